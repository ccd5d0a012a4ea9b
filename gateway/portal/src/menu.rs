//! The menu: every page that somebody goes to by itself, in one table. What is open to nobody's eyes is not shown.

use crate::session::{Audience, Session};
use crate::text::{Language, words};
use ebirlik_operations::Role;

/// A heading with its pages.
pub(crate) struct Group {
    /// Empty for the first.
    pub(crate) heading: &'static str,
    pub(crate) entries: Vec<Entry>,
}

/// A page.
pub(crate) struct Entry {
    pub(crate) address: &'static str,
    pub(crate) label: &'static str,
    /// Whether it is the page that is shown, or above it.
    pub(crate) here: bool,
}

struct Line {
    address: &'static str,
    label: fn(&Words) -> &'static str,
    open_to: &'static [Audience],
    /// A role that it takes besides.
    role: Option<Role>,
}

/// The groups that a session sees, for the page at a path.
pub(crate) fn menu(session: &Session, path: &str, language: Language) -> Vec<Group> {
    let words = Words::of(language);
    // Of `/desk` and `/desk/list` it is at the nearer one.
    let all = MENU.iter().flat_map(|(_, lines)| lines.iter().map(|line| line.address));
    let here = all.filter(|address| is_at(path, address)).max_by_key(|address| address.len());
    let entries = |lines: &[Line]| -> Vec<Entry> {
        let open = lines.iter().filter(|line| line.is_open_to(session));
        open.map(|line| Entry { address: line.address, label: (line.label)(words), here: here == Some(line.address) })
            .collect()
    };
    let groups = MENU.iter().map(|(heading, lines)| Group { heading: heading(words), entries: entries(lines) });
    groups.filter(|group| !group.entries.is_empty()).collect()
}

impl Line {
    fn is_open_to(&self, session: &Session) -> bool {
        session.audience.is_some_and(|audience| self.open_to.contains(&audience))
            && self.role.is_none_or(|role| session.client.roles.has(role))
    }
}

/// `/payments/card/7` is at `/payments`; nothing else is at `/`.
fn is_at(path: &str, address: &str) -> bool {
    path.strip_prefix(address).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') && address != "/")
}

const fn line(address: &'static str, label: fn(&Words) -> &'static str, open_to: &'static [Audience]) -> Line {
    Line { address, label, open_to, role: None }
}

use Audience::{Admin, Broker, BrokerFor, Customs, Exporter, Staff};

const MENU: &[(fn(&Words) -> &'static str, &[Line])] = &[
    (
        |_| "",
        &[
            line("/desk", |words| words.desk, &[Customs, Staff, Admin]),
            line("/desk/list", |words| words.desk_list, &[Customs, Staff, Admin]),
            line("/desk/scanner", |words| words.desk_scanner, &[Customs, Staff, Admin]),
            line("/firms", |words| words.firms, &[Exporter, Broker, BrokerFor]),
        ],
    ),
    (
        |words| words.money,
        &[Line {
            address: "/payments",
            label: |words| words.payments,
            open_to: &[Exporter, Broker, BrokerFor],
            role: Some(Role::Payer),
        }],
    ),
];

words! {
    Words;
    desk: "Kod sorgulama", "Check a code";
    desk_list: "Liste sorgulama", "Check a list";
    desk_scanner: "Okuyucu ayarı", "Set up the scanner";
    firms: "İşlem Yapabileceğiniz Firmalar", "Firms you can act for";
    money: "Para", "Money";
    payments: "Ödeme Bekleyenler", "Waiting for payment";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_below_an_entry_is_at_it() {
        assert!(is_at("/payments/card/7", "/payments") && is_at("/", "/"));
        assert!(!is_at("/payments-of", "/payments") && !is_at("/desk", "/"));
    }
}
