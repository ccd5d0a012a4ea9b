//! The tables and their columns as people read them: names, hints, and how each value is shown and filled in.

use crate::list::Value;
use crate::text::{Language, day, words};
use ebirlik_domain::rules::Rules;
use ebirlik_operations::changes::table::Cells;
use ebirlik_operations::import::Kind;
use jiff::civil::Date;

/// What a column takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Code,
    Day,
    Rate,
    /// Yes or no.
    Flag,
    /// One of a list of codes.
    Choice,
}

pub(super) fn shape(kind: Kind, column: &str) -> Shape {
    match column {
        "valid_from" | "valid_to" | "date" => Shape::Day,
        "rate_e4" | "extra_rate_e4" => Shape::Rate,
        "needs_approval" | "takes_fee" | "at_desk" | "half_day" | "automatic" => Shape::Flag,
        "sector_code" | "union" | "kind" | "secretariat" => Shape::Choice,
        "regime" if kind == Kind::Regimes => Shape::Choice,
        "note" | "origin" | "name" | "name_tr" => Shape::Text,
        _ => Shape::Code,
    }
}

/// Whether nothing may stand there.
pub(super) fn is_optional(column: &str) -> bool {
    matches!(column, "valid_to" | "registry_no" | "note" | "origin" | "validity_days" | "declarant")
}

/// The codes to choose from; staff choose among those of their own secretariat.
pub(super) fn choices(rules: &Rules, kind: Kind, column: &str, own: &str) -> Vec<String> {
    let mut codes: Vec<String> = match column {
        "sector_code" => rules.sectors.values().cloned().collect(),
        "union" => {
            let own = rules.unions.iter().filter(|(_, secretariat)| own.is_empty() || *secretariat == own);
            own.map(|(union, _)| union.clone()).collect()
        }
        "secretariat" => rules.secretariats.keys().filter(|code| own.is_empty() || *code == own).cloned().collect(),
        "regime" => rules.regimes.keys().cloned().collect(),
        "kind" if kind == Kind::Exemptions => vec!["item_property".to_owned(), "payment_method".to_owned()],
        _ => Vec::new(),
    };
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// A value of a row as a list shows it.
pub(super) fn value(kind: Kind, column: &str, row: &Cells, language: Language) -> Value {
    let text = row.get(column);
    if text.is_empty() {
        return Value::Empty;
    }
    let words = Words::of(language);
    match shape(kind, column) {
        Shape::Day => text.parse().map_or_else(|_| Value::Text(text.to_owned()), Value::Day),
        Shape::Rate if language == Language::Turkish => Value::Text(text.replace('.', ",")),
        Shape::Flag => Value::Text(if text == "yes" { words.yes } else { words.no }.to_owned()),
        Shape::Choice => Value::Code(choice_label(text, words).to_owned()),
        Shape::Code => Value::Code(text.to_owned()),
        Shape::Text | Shape::Rate => Value::Text(text.to_owned()),
    }
}

/// A code to choose in words, where it is no name itself.
pub(super) fn choice_label<'t>(code: &'t str, words: &'t Words) -> &'t str {
    match code {
        "item_property" => words.item_property,
        "payment_method" => words.payment_method,
        "yes" => words.yes,
        "no" => words.no,
        other => other,
    }
}

/// What was filled in, as an import writes it; what cannot be read stays as it was typed.
pub(super) fn imported(kind: Kind, column: &str, typed: &str) -> String {
    let typed = typed.trim();
    match shape(kind, column) {
        Shape::Day => parse_day(typed).map_or_else(|| typed.to_owned(), |day| day.to_string()),
        Shape::Rate => typed.replace(',', "."),
        _ => typed.split(['\r', '\n']).collect::<Vec<_>>().join(" "),
    }
}

/// The same the other way, for a form.
pub(super) fn filled(kind: Kind, column: &str, text: &str, language: Language) -> String {
    match shape(kind, column) {
        Shape::Day => text.parse().map_or_else(|_| text.to_owned(), day),
        Shape::Rate if language == Language::Turkish => text.replace('.', ","),
        _ => text.to_owned(),
    }
}

/// `21.11.2026`, also `1.1.2027`.
pub(super) fn parse_day(text: &str) -> Option<Date> {
    let mut parts = text.split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// The name of a table.
pub(super) fn name(kind: Kind, words: &Words) -> &'static str {
    match kind {
        Kind::Rates => words.rates,
        Kind::Regimes => words.regimes,
        Kind::Exemptions => words.exemptions,
        Kind::WatchedGoods => words.watched_goods,
        Kind::BoundGoods => words.bound_goods,
        Kind::Holidays => words.holidays,
        Kind::Memberships => words.memberships,
        Kind::Commitments => words.commitments,
        Kind::Payers => words.payers,
        _ => words.contact_offices,
    }
}

/// The name of a column.
pub(super) fn label(column: &str, words: &Words) -> &'static str {
    match column {
        "sector_code" => words.sector,
        "rate_e4" => words.rate,
        "extra_rate_e4" => words.extra_rate,
        "valid_from" => words.valid_from,
        "valid_to" => words.valid_to,
        "registry_no" => words.registry_no,
        "regime" => words.regime,
        "needs_approval" => words.needs_approval,
        "takes_fee" => words.takes_fee,
        "kind" => words.kind,
        "value" => words.value,
        "gtip_prefix" => words.gtip_prefix,
        "at_desk" => words.at_desk,
        "validity_days" => words.validity_days,
        "secretariat" => words.secretariat,
        "date" => words.date,
        "name" | "name_tr" => words.name,
        "half_day" => words.half_day,
        "tax_no" | "firm" => words.tax_no,
        "union" => words.union,
        "exporter" => words.exporter,
        "declarant" => words.declarant,
        "payer" => words.payer,
        "automatic" => words.automatic,
        "code" => words.code,
        _ => words.origin,
    }
}

/// What a column takes, in words.
pub(super) fn hint(kind: Kind, column: &str, words: &Words) -> &'static str {
    match (column, shape(kind, column)) {
        (_, Shape::Day) => words.hint_day,
        ("extra_rate_e4", _) => words.hint_extra,
        (_, Shape::Rate) => words.hint_rate,
        (_, Shape::Flag | Shape::Choice) => words.hint_choice,
        ("gtip_prefix", _) => words.hint_gtip,
        ("validity_days", _) => words.hint_days,
        ("value", _) => words.hint_value,
        ("tax_no" | "firm" | "exporter" | "declarant", _) => words.hint_tax_no,
        ("payer", _) => words.hint_payer,
        ("code", _) => words.hint_code,
        _ => words.hint_text,
    }
}

words! {
    Words;
    rates: "Nispi aidat oranları", "Fee rates";
    regimes: "Rejim kuralları", "Rules on regimes";
    exemptions: "Nispi aidattan muaf olanlar", "What is free of fee";
    watched_goods: "İzlenen eşya", "Watched goods";
    bound_goods: "Tek genel sekreterliğe bağlı eşya", "Goods of one secretariat alone";
    holidays: "Resmî tatiller", "Public holidays";
    memberships: "Birlik üyelikleri", "Memberships in unions";
    commitments: "Taahhütnameler", "Commitments";
    payers: "Ek taahhütnameler (ödeyen)", "Payer commitments";
    contact_offices: "İrtibat büroları", "Contact offices";
    sector: "Sektör", "Sector";
    rate: "Oran (on binde)", "Rate (per ten thousand)";
    extra_rate: "Ek oran (on binde)", "Extra rate (per ten thousand)";
    valid_from: "İlk gün", "First day";
    valid_to: "Son gün", "Last day";
    registry_no: "Sicil no", "Registry number";
    regime: "Rejim", "Regime";
    needs_approval: "Birlik onayı gerekir", "Needs the union's approval";
    takes_fee: "Nispi aidat alınır", "Takes a fee";
    kind: "Tür", "Kind";
    value: "Değer", "Value";
    gtip_prefix: "GTİP başlangıcı", "Beginning of the GTIP";
    at_desk: "Önce onay masası inceler", "The desk looks first";
    validity_days: "Onayın geçerli olduğu gün sayısı", "Days that the approval is valid";
    secretariat: "Genel sekreterlik", "General secretariat";
    date: "Gün", "Day";
    name: "Adı", "Name";
    half_day: "Yarım gün (öğleden sonra)", "Half day (afternoon)";
    tax_no: "Vergi numarası", "Tax number";
    union: "Birlik", "Union";
    exporter: "İhracatçının vergi numarası", "Exporter's tax number";
    declarant: "Beyan sahibinin vergi numarası", "Declarant's tax number";
    payer: "Ödeyenin vergi numarası", "Payer's tax number";
    automatic: "Sormadan ödenir", "Paid without being asked";
    code: "Kod", "Code";
    origin: "Dayanak", "Origin";
    yes: "Evet", "Yes";
    no: "Hayır", "No";
    item_property: "Kalem özelliği", "Item property";
    payment_method: "Ödeme şekli", "Payment method";
    hint_day: "Örnek: 01.01.2027; son gün ilk günden önce olamaz.", "Example: 01.01.2027; the last day is not before the first.";
    hint_rate: "On binde olarak en çok 10, en çok iki ondalıkla: 5 ya da 7,25.", "Per ten thousand, at most 10, with two decimals at most: 5 or 7.25.";
    hint_extra: "On binde olarak en çok 30, en çok iki ondalıkla; yoksa 0.", "Per ten thousand, at most 30, with two decimals at most; 0 for none.";
    hint_choice: "Listeden seçin.", "Choose from the list.";
    hint_gtip: "2 ile 12 arasında rakam, noktasız.", "2 to 12 digits, without dots.";
    hint_days: "1 ile 366 arasında bir sayı.", "A number from 1 to 366.";
    hint_value: "1 ile 4 arasında rakam.", "1 to 4 digits.";
    hint_tax_no: "Kütükteki bir firmanın 10 ya da 11 haneli numarası.", "The number of a firm of the register, 10 or 11 digits.";
    hint_payer: "İhracatçının ya da satırda yazılı beyan sahibinin numarası.", "The number of the exporter, or of the declarant that the row names.";
    hint_code: "En çok 20 büyük harf, rakam ve tire.", "Up to 20 capital letters, digits and hyphens.";
    hint_text: "Tek satırlık metin.", "Text on one line.";
}
