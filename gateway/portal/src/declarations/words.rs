//! What pages about declarations have in common: states, parts and payment in words.

use crate::text::{Language, words};
use ebirlik_operations::countries;
use ebirlik_operations::listing::Side;

/// Colour and word of a state. Source of the words: P-4.4.4.
pub(crate) fn state_in_words(state: &str, words: &Words) -> (&'static str, &'static str) {
    match state {
        "waiting_payment" => ("warn", words.waiting_payment),
        "at_desk" => ("warn", words.at_desk),
        "approved" => ("good", words.approved),
        "registered" => ("good", words.registered),
        "cancelled" => ("bad", words.cancelled),
        _ => ("", words.withdrawn),
    }
}

/// As what a firm takes part.
pub(crate) fn side_in_words(side: Side, words: &Words) -> &'static str {
    match side {
        Side::Exporter => words.as_exporter,
        Side::Declarant => words.as_declarant,
        Side::Manufacturer => words.as_manufacturer,
    }
}

/// A country's name; what is no country stays as it was declared.
pub(crate) fn country(code: &str, language: Language) -> String {
    countries::find(code).map_or_else(|| code.to_owned(), |country| name_of(country, language).to_owned())
}

/// Every country with its code, by name.
pub(crate) fn country_choices(language: Language) -> Vec<(String, String)> {
    let mut all: Vec<_> = countries::list().iter().collect();
    if language == Language::English {
        all.sort_by_key(|country| country.place_en);
    }
    all.into_iter().map(|country| (country.code.clone(), name_of(country, language).to_owned())).collect()
}

fn name_of(country: &countries::Country, language: Language) -> &str {
    match language {
        Language::Turkish => &country.turkish,
        Language::English => &country.english,
    }
}

words! {
    Words;
    waiting_payment: "Ödeme bekliyor", "Waiting for payment";
    at_desk: "Onay masasında", "At the approval desk";
    approved: "Onay", "Approved";
    registered: "Onay, tescil edildi", "Approved, registered";
    withdrawn: "Vazgeç", "Withdrawn";
    cancelled: "İptal", "Cancelled";
    as_exporter: "İhracatçı olarak", "As exporter";
    as_declarant: "Beyan sahibi olarak", "As declarant";
    as_manufacturer: "İmalatçı olarak", "As manufacturer";
    reference: "Referans", "Reference";
    exporter: "İhracatçı", "Exporter";
    declarant: "Beyan sahibi", "Declarant";
    secretariat: "Genel sekreterlik", "General secretariat";
    destination: "Gideceği ülke", "Destination";
    invoice: "Fatura", "Invoice";
    fee: "Nispi aidat", "Fee";
    state: "Durum", "State";
    code: "Onay kodu", "Approval code";
    send_one: "Beyanname gönder", "Send a declaration";
    acting: "{firm} adına", "On behalf of {firm}";
    back: "Beyannamelere dön", "Back to the declarations";
}
