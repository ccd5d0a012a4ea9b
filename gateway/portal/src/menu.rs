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
    // Of an entry and one above it, the page is at the nearer.
    let addresses = MENU.iter().flat_map(|(_, lines)| lines.iter().map(|line| line.address));
    let nearest = addresses.filter(|address| is_at(path, address)).max_by_key(|address| address.len());
    let entries = |lines: &[Line]| -> Vec<Entry> {
        let open = lines.iter().filter(|line| line.is_open_to(session));
        open.map(|line| Entry {
            address: line.address,
            label: (line.label)(words),
            here: nearest == Some(line.address),
        })
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

/// `/payments/card/7` is at `/payments`; nothing else is at `/`, nor at `/staff`, whose pages have entries of their own.
fn is_at(path: &str, address: &str) -> bool {
    let has_pages_below = !matches!(address, "/" | "/staff");
    path.strip_prefix(address).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') && has_pages_below)
}

const fn line(address: &'static str, label: fn(&Words) -> &'static str, open_to: &'static [Audience]) -> Line {
    Line { address, label, open_to, role: None }
}

use Audience::{Admin, Broker, BrokerFor, Customs, Exporter, Staff};

const MENU: &[(fn(&Words) -> &'static str, &[Line])] = &[
    (
        |_| "",
        &[
            line("/overview", |words| words.overview, &[Exporter]),
            line("/desk", |words| words.desk, &[Customs, Staff, Admin]),
            line("/declarations", |words| words.declarations, &[Exporter, Broker, BrokerFor]),
            line("/desk/list", |words| words.desk_list, &[Customs, Staff, Admin]),
            line("/desk/scanner", |words| words.desk_scanner, &[Customs, Staff, Admin]),
            line("/firms", |words| words.firms, &[Exporter, Broker, BrokerFor]),
        ],
    ),
    (
        |words| words.staff,
        &[
            line("/staff", |words| words.queues, &[Staff]),
            line("/staff/desk", |words| words.approval_desk, &[Staff]),
            line("/staff/applications", |words| words.applications, &[Staff]),
            line("/staff/powers", |words| words.queue_of_powers, &[Staff]),
            line("/staff/declarations", |words| words.find_declaration, &[Staff]),
            line("/staff/cases", |words| words.cases, &[Staff]),
            line("/staff/counter", |words| words.counter, &[Staff]),
            line("/staff/bank", |words| words.bank, &[Staff]),
            line("/staff/reconciliation", |words| words.reconciliation, &[Staff]),
            line("/staff/search", |words| words.search, &[Staff]),
        ],
    ),
    (
        |words| words.money,
        &[
            line("/accounts", |words| words.accounts, &[Exporter, Broker, BrokerFor]),
            Line {
                address: "/payments",
                label: |words| words.payments,
                open_to: &[Exporter, Broker, BrokerFor],
                role: Some(Role::Payer),
            },
            line("/receipts", |words| words.receipts, &[Exporter, Broker, BrokerFor]),
        ],
    ),
    (
        |words| words.firm,
        &[
            line("/powers", |words| words.powers, &[Exporter, Broker]),
            line("/powers/activity", |words| words.activity, &[Exporter]),
            line("/memberships", |words| words.memberships, &[Exporter, BrokerFor]),
            line("/membership-application", |words| words.membership_application, &[Broker, BrokerFor]),
            line("/users", |words| words.users, &[Exporter, Broker]),
        ],
    ),
    (
        |words| words.registers,
        &[
            line("/staff/memberships", |words| words.all_memberships, &[Staff, Admin]),
            line("/staff/tables", |words| words.tables, &[Staff, Admin]),
            line("/staff/users", |words| words.all_users, &[Staff, Admin]),
        ],
    ),
];

words! {
    Words;
    desk: "Kod sorgulama", "Check a code";
    overview: "Genel Bakış", "Overview";
    declarations: "Beyannameler", "Declarations";
    desk_list: "Liste sorgulama", "Check a list";
    desk_scanner: "Okuyucu ayarı", "Set up the scanner";
    firms: "İşlem Yapabileceğiniz Firmalar", "Firms you can act for";
    staff: "Sekreterlik", "Secretariat";
    queues: "Bekleyen işler", "What waits";
    approval_desk: "Onay masası", "Approval desk";
    find_declaration: "Beyanname bul", "Find a declaration";
    cases: "İkinci kişi", "Second person";
    counter: "Vezne", "Counter";
    bank: "Banka ekstreleri", "Bank statements";
    reconciliation: "Gümrükle mutabakat", "Match with customs";
    search: "Kim, ne, ne zaman", "Who did what";
    money: "Para", "Money";
    accounts: "Cari Hesaplar", "Current accounts";
    payments: "Ödeme Bekleyenler", "Waiting for payment";
    receipts: "Makbuzlar", "Receipts";
    firm: "Firma", "Firm";
    powers: "Vekaletnameler", "Powers of attorney";
    activity: "Adıma yapılan işlemler", "What was done in my name";
    memberships: "Üyesi Olduğunuz Birlikler", "Unions you are a member of";
    membership_application: "Firma Adına Birlik Üyeliği Başvurusu Başlat", "Apply for union membership on behalf of a firm";
    users: "Kullanıcılar", "Users";
    applications: "Üyelik başvuruları", "Membership applications";
    queue_of_powers: "Vekaletname onayları", "Powers of attorney to review";
    registers: "Kütükler", "Registers";
    all_memberships: "Birlik üyelikleri", "Memberships in unions";
    tables: "Tablolar ve değişiklikler", "Tables and changes";
    all_users: "Kullanıcılar ve yetkiler", "Users and roles";
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
