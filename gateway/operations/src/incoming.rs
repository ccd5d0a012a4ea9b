//! A declaration as a person brings it: a message that was pasted or uploaded, or the few facts of one filled in by hand.
//!
//! All of them are read by the reader that programs' messages are read by.

use crate::office::Office;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::Refusal;
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::finding::{Finding, Place};
use ebirlik_message::{RequestFacts, Source, Wire};
use std::fmt::Write;

/// Longest message that people bring; programs send longer ones.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Items that are filled in by hand; a longer declaration is uploaded.
pub const ITEMS_MAX: usize = 20;

/// A message that was read, with what is needed to name places in it.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// What it declares, not judged yet.
    pub declaration: Declaration,
    source: Source,
}

/// What was typed where a message is filled in by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilledIn {
    /// The declarant's reference.
    pub reference: String,
    /// Declarant's tax number.
    pub declarant: String,
    /// Exporter's tax number.
    pub exporter: String,
    /// Customs regime.
    pub regime: String,
    /// Customs office.
    pub office: String,
    /// Country of destination.
    pub destination: String,
    /// Delivery term.
    pub delivery_term: String,
    /// Total invoice amount.
    pub invoice_total: String,
    /// Its currency, and that of the items.
    pub currency: String,
    /// Freight; may be empty.
    pub freight: String,
    /// Insurance; may be empty.
    pub insurance: String,
    /// Items; those in which nothing stands are left out.
    pub items: Vec<FilledItem>,
}

/// One item as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilledItem {
    /// Commodity code; dots and blanks are left out.
    pub gtip: String,
    /// Net weight in kilograms.
    pub net_weight: String,
    /// Invoice amount.
    pub amount: String,
}

/// Reads a message. A bare one, which names no secretariat, is for the one given.
///
/// # Errors
/// Why it is no message, with its place.
pub fn read(office: &Office, bytes: &[u8], secretariat: &str) -> Result<Incoming, Refusal> {
    if bytes.len() > MESSAGE_BYTES_MAX {
        let finding = Finding::new(Rule::BodyTooLarge).detail(MESSAGE_BYTES_MAX.to_string());
        return Err(Refusal::of(None, finding));
    }
    let facts = RequestFacts {
        secretariat: Some(secretariat).filter(|code| !code.is_empty()),
        received_at: office.clock.now(),
        ..RequestFacts::default()
    };
    let read = Wire::of(bytes).read(bytes, &facts).map_err(|error| Refusal::of(None, error.into_parts().0))?;
    Ok(Incoming { declaration: read.declaration, source: read.source })
}

/// The bytes of a message that was pasted: a browser sends UTF-8, whatever its first line says.
pub fn pasted(text: &str) -> Vec<u8> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match Wire::of(text.as_bytes()) {
        Wire::Xml => [BYTE_ORDER_MARK, text.as_bytes()].concat(),
        Wire::Edifact => text.as_bytes().to_vec(),
    }
}

impl Incoming {
    /// The same findings with their places worked out.
    #[must_use]
    pub fn placed(&self, findings: &[Finding]) -> Vec<Finding> {
        let places: Vec<&Place> = findings.iter().map(|finding| &finding.place).collect();
        let located = self.source.locate_all(&places);
        let told = findings.iter().zip(located).map(|(finding, located)| match located {
            Some(at) => finding.clone().at(Place::Located { path: at.path, line: at.line, column: at.column }),
            None => finding.clone(),
        });
        told.collect()
    }
}

impl FilledIn {
    /// The message that says so, in customs' own elements.
    pub fn message(&self, secretariat: &str) -> String {
        let mut xml = String::from("<BirlikOnayTalebi xmlns=\"urn:ebirlik:onay:1\">\n");
        element(&mut xml, "GenelSekreterlik", secretariat);
        xml.push_str("<Gelen xmlns=\"http://tempuri.org/\">\n<BeyannameBilgi>\n");
        for (name, value) in [
            ("Rejim", self.regime.as_str()),
            ("GUMRUK", &self.office),
            ("Referans_no", &self.reference),
            ("Gidecegi_ulke", &self.destination),
            ("Teslim_sekli", &self.delivery_term.to_ascii_uppercase()),
            ("Toplam_fatura", &decimal(&self.invoice_total)),
            ("Toplam_fatura_dovizi", &self.currency.to_ascii_uppercase()),
            ("Toplam_navlun", &decimal(&self.freight)),
            ("Toplan_navlun_dovizi", self.currency_of(&self.freight)),
            ("Toplam_sigorta", &decimal(&self.insurance)),
            ("Toplam_sigorta_dovizi", self.currency_of(&self.insurance)),
            ("Gonderici_vergi_no", &self.exporter),
            ("Beyan_sahibi_vergi_no", &self.declarant),
        ] {
            element(&mut xml, name, value.trim());
        }
        xml.push_str("<Kalemler>\n");
        for (item, number) in self.items.iter().filter(|item| !item.is_empty()).zip(1_u32..) {
            let gtip: String = item.gtip.chars().filter(|letter| !matches!(letter, '.' | ' ')).collect();
            xml.push_str("<kalem>\n");
            element(&mut xml, "Gtip", &gtip);
            element(&mut xml, "Kalem_sira_no", &number.to_string());
            element(&mut xml, "Net_agirlik", &decimal(&item.net_weight));
            element(&mut xml, "Fatura_miktari", &decimal(&item.amount));
            element(&mut xml, "Fatura_miktarinin_dovizi", &self.currency.trim().to_ascii_uppercase());
            xml.push_str("</kalem>\n");
        }
        xml.push_str("</Kalemler>\n</BeyannameBilgi>\n</Gelen>\n</BirlikOnayTalebi>\n");
        xml
    }

    fn currency_of(&self, amount: &str) -> &str {
        if amount.trim().is_empty() { "" } else { self.currency.trim() }
    }
}

impl FilledItem {
    fn is_empty(&self) -> bool {
        [&self.gtip, &self.net_weight, &self.amount].iter().all(|text| text.trim().is_empty())
    }
}

/// Empty ones are left out: what is missing is missing.
fn element(xml: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = writeln!(xml, "<{name}>{value}</{name}>");
    }
}

/// A number as people type it, `1.234,56` or `1234,56`, as messages write it. What is none stays as it is, for the rules to
/// refuse.
fn decimal(typed: &str) -> String {
    let typed = typed.trim();
    let (whole, fraction) = typed.split_once(',').unwrap_or((typed, ""));
    let groups: Vec<&str> = whole.split('.').collect();
    let is_grouped = groups.len() > 1
        && groups.first().is_some_and(|first| (1..=3).contains(&first.len()))
        && groups.iter().skip(1).all(|group| group.len() == 3);
    let is_foreign = !is_grouped && whole.contains('.') && typed.contains(',');
    if is_foreign || fraction.contains(['.', ',']) || (!typed.contains(',') && !is_grouped) {
        return typed.to_owned();
    }
    let whole = groups.concat();
    if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
}

/// It outweighs the encoding that a message's first line names.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

#[cfg(test)]
mod tests {
    use super::*;
    use ebirlik_message::read;

    #[test]
    fn numbers_are_taken_as_people_type_them_and_never_guessed() {
        let check = |typed: &str, expected: &str| assert_eq!(decimal(typed), expected, "{typed}");
        check("1.234,56", "1234.56");
        check(" 1234,56 ", "1234.56");
        check("1.234", "1234");
        check("1234.56", "1234.56");
        check("1,234.56", "1,234.56");
        check("12.34,5", "12.34,5");
        check("600", "600");
        check("bin", "bin");
    }

    /// G-79: what is filled in at the counter is a message like any other.
    /// Turkish rules: GTİP, numbers.
    #[test]
    fn what_is_filled_in_is_read_as_a_message() {
        let text = |text: &str| text.to_owned();
        let item = FilledItem { gtip: text("6109.10.00.00.11"), net_weight: text("600"), amount: text("25.000,00") };
        let filled = FilledIn {
            reference: text("A&B <1>"),
            declarant: text("9876543217"),
            exporter: text("1234567890"),
            regime: text("1000"),
            office: text("341300"),
            destination: text("004"),
            delivery_term: text("fob"),
            invoice_total: text("25000"),
            currency: text("usd"),
            items: vec![item, FilledItem::default()],
            ..FilledIn::default()
        };
        let message = filled.message("IMMIB");
        let declaration = read(message.as_bytes(), &RequestFacts::default()).unwrap().declaration;
        assert_eq!((declaration.reference.text(), declaration.findings.len()), (Some("A&B <1>"), 0));
        assert_eq!((declaration.items.len(), declaration.items[0].gtip.text()), (1, Some("610910000011")));
        assert_eq!(declaration.items[0].amount.text(), Some("25000.00"));
        assert_eq!(declaration.invoice_currency.text(), Some("USD"));
        assert_eq!(declaration.secretariat.text(), Some("IMMIB"));
    }

    #[test]
    fn a_pasted_message_is_utf_8_whatever_it_says() {
        let sent = "<?xml version=\"1.0\" encoding=\"iso-8859-9\"?>\n<Gelen><BeyannameBilgi><Aciklamalar>İŞ</Aciklamalar></BeyannameBilgi></Gelen>";
        let read = read(pasted(sent), &RequestFacts::default()).unwrap();
        assert!(read.declaration.content.contains("İŞ"), "{}", read.declaration.content);
        assert_eq!(pasted("UNA:+.? '"), b"UNA:+.? '");
    }
}
