//! A declaration as a person brings it: a message that was pasted or uploaded, or the few facts of one filled in by hand.
//!
//! All of them are read by the reader that programs' messages are read by.

use crate::office::Office;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::Refusal;
use ebirlik_domain::declaration::{Declaration, Entry};
use ebirlik_domain::finding::{Finding, Place};
use ebirlik_domain::turkish::plain_number;
use ebirlik_message::{Read, RequestFacts, Source, Wire};
use quick_xml::escape::escape;
use std::fmt::Write;

/// Longest message that people bring, some 1,500 items; programs send longer ones.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Items that are filled in by hand; a longer declaration is uploaded.
pub const ITEMS_MAX: usize = 20;

/// A message with what was chosen beside it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sheet<'a> {
    /// XML or EDIFACT, as its first letters show.
    pub bytes: &'a [u8],
    /// The secretariat chosen; counts where the message names none.
    pub secretariat: &'a str,
    /// `CARI_HESAP` or `BEKLET`; counts where the message names neither.
    pub payment: &'a str,
}

/// A message that was read, with what is needed to name places in it.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// What it declares, not judged yet.
    pub declaration: Declaration,
    /// Where in the message each thing stands.
    pub source: Source,
}

/// What was typed where a message is filled in by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilledIn {
    /// The secretariat chosen.
    pub secretariat: String,
    /// `CARI_HESAP` or `BEKLET`; may be empty.
    pub payment: String,
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

/// Reads a message.
///
/// # Errors
/// Why it is no message, with its place.
pub fn read(office: &Office, sheet: Sheet<'_>) -> Result<Incoming, Refusal> {
    let Sheet { bytes, secretariat, payment } = sheet;
    if bytes.len() > MESSAGE_BYTES_MAX {
        let finding = Finding::new(Rule::BodyTooLarge).detail(MESSAGE_BYTES_MAX.to_string());
        return Err(Refusal::of(None, finding));
    }
    let facts = RequestFacts {
        secretariat: Some(secretariat).filter(|code| !code.is_empty()),
        payment: Some(payment).filter(|code| !code.is_empty()),
        received_at: office.clock.now(),
        ..RequestFacts::default()
    };
    match Wire::of(bytes).read(bytes, &facts) {
        Ok(Read { mut declaration, source }) => {
            if let (None, Some(chosen)) = (declaration.payment.text(), facts.payment) {
                declaration.payment = Entry::new(chosen, declaration.payment.at());
            }
            Ok(Incoming { declaration, source })
        }
        Err(error) => {
            let (finding, contrl) = error.into_parts();
            Err(Refusal::of_findings(None, contrl.map_or_else(|| vec![finding], |contrl| contrl.findings)))
        }
    }
}

/// The bytes of a message that was pasted: a browser sends UTF-8, whatever its first line says. None where nothing was.
pub fn pasted(text: &str) -> Vec<u8> {
    let text = text.trim_start_matches('\u{feff}').trim();
    match Wire::of(text.as_bytes()) {
        _ if text.is_empty() => Vec::new(),
        Wire::Xml => [BYTE_ORDER_MARK, text.as_bytes()].concat(),
        Wire::Edifact => text.as_bytes().to_vec(),
    }
}

/// The same findings with their places in the message worked out.
pub fn placed(source: &Source, findings: &[Finding]) -> Vec<Finding> {
    let places: Vec<&Place> = findings.iter().map(|finding| &finding.place).collect();
    let located = source.locate_all(&places);
    let told = findings.iter().zip(located).map(|(finding, located)| match located {
        Some(at) => finding.clone().at(Place::Located { path: at.path, line: at.line, column: at.column }),
        None => finding.clone(),
    });
    told.collect()
}

impl FilledIn {
    /// The message that a program would send, in customs' own elements.
    pub fn message(&self) -> String {
        let mut xml = String::from("<BirlikOnayTalebi xmlns=\"urn:ebirlik:onay:1\">\n");
        element(&mut xml, "GenelSekreterlik", &self.secretariat);
        element(&mut xml, "Odeme", &self.payment);
        xml.push_str("<Gelen xmlns=\"http://tempuri.org/\">\n<BeyannameBilgi>\n");
        let currency = self.currency.trim().to_ascii_uppercase();
        let currency_of = |amount: &str| if amount.trim().is_empty() { "" } else { currency.as_str() };
        for (name, value) in [
            ("Rejim", self.regime.as_str()),
            ("GUMRUK", &self.office),
            ("Referans_no", &self.reference),
            ("Gidecegi_ulke", &self.destination),
            ("Teslim_sekli", &self.delivery_term.to_ascii_uppercase()),
            ("Toplam_fatura", &number(&self.invoice_total)),
            ("Toplam_fatura_dovizi", &currency),
            ("Toplam_navlun", &number(&self.freight)),
            ("Toplan_navlun_dovizi", currency_of(&self.freight)),
            ("Toplam_sigorta", &number(&self.insurance)),
            ("Toplam_sigorta_dovizi", currency_of(&self.insurance)),
            ("Gonderici_vergi_no", &self.exporter),
            ("Beyan_sahibi_vergi_no", &self.declarant),
        ] {
            element(&mut xml, name, value);
        }
        xml.push_str("<Kalemler>\n");
        for (item, place) in self.items.iter().filter(|item| !item.is_empty()).zip(1_u32..) {
            let gtip: String = item.gtip.chars().filter(|letter| !matches!(letter, '.' | ' ')).collect();
            xml.push_str("<kalem>\n");
            element(&mut xml, "Gtip", &gtip);
            element(&mut xml, "Kalem_sira_no", &place.to_string());
            element(&mut xml, "Net_agirlik", &number(&item.net_weight));
            element(&mut xml, "Fatura_miktari", &number(&item.amount));
            element(&mut xml, "Fatura_miktarinin_dovizi", &currency);
            xml.push_str("</kalem>\n");
        }
        xml.push_str("</Kalemler>\n</BeyannameBilgi>\n</Gelen>\n</BirlikOnayTalebi>\n");
        xml
    }
}

impl FilledItem {
    /// True where nothing stands in it.
    pub fn is_empty(&self) -> bool {
        [&self.gtip, &self.net_weight, &self.amount].iter().all(|text| text.trim().is_empty())
    }
}

/// An element, where there is something to say: what is missing is missing. What no XML document can hold is left out.
fn element(xml: &mut String, name: &str, value: &str) {
    let value: String = value.chars().filter(|letter| !letter.is_control()).collect();
    if !value.trim().is_empty() {
        let _ = writeln!(xml, "<{name}>{}</{name}>", escape(value.trim()));
    }
}

/// A number as messages write it. What people do not write like this stays as it is, for the rules to refuse.
fn number(typed: &str) -> String {
    plain_number(typed).unwrap_or_else(|| typed.to_owned())
}

/// It outweighs the encoding that a message's first line names.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

#[cfg(test)]
mod tests {
    use super::*;
    use ebirlik_message::read;

    /// G-79: what is filled in at the counter is a message like any other.
    #[test]
    fn numbers_are_taken_as_people_type_them_and_never_guessed() {
        let check = |typed: &str, expected: &str| assert_eq!(number(typed), expected, "{typed}");
        check("1.234,56", "1234.56");
        check(" 1234,56 ", "1234.56");
        check("1.234", "1234");
        check("1234.56", "1234.56");
        check("1,234.56", "1,234.56");
        check("12.34,5", "12.34,5");
        check("600", "600");
        check("bin", "bin");
    }

    /// Turkish rules: GTİP, numbers.
    #[test]
    fn what_is_filled_in_is_read_as_a_message() {
        let text = |text: &str| text.to_owned();
        let item = FilledItem { gtip: text("6109.10.00.00.11"), net_weight: text("600"), amount: text("25.000,00") };
        let filled = FilledIn {
            secretariat: text("IMMIB"),
            reference: text("A&B\u{1} <1> "),
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
        let message = filled.message();
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
