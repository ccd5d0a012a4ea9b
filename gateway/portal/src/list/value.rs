//! What stands in a cell: one value, shown on the page, in CSV and in the workbook.

use crate::text::{Language, day, lira, time};
use ebirlik_documents::Cell as WorkbookCell;
use ebirlik_domain::money::Money;
use jiff::Timestamp;
use jiff::civil::Date;

/// A value of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Empty,
    Text(String),
    /// Letters that are compared one by one: references, numbers of papers, codes.
    Code(String),
    /// A word with a colour: `good`, `warn`, `bad` or nothing.
    Tag(&'static str, String),
    Lira(Money),
    /// An amount as the declaration writes it, with its currency.
    Amount(String, String),
    Number(u64),
    Day(Date),
    Time(Timestamp),
}

impl Value {
    /// As people read it.
    pub(crate) fn shown(&self, language: Language) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Code(text) | Self::Tag(_, text) => text.clone(),
            Self::Lira(amount) => lira(*amount, language),
            Self::Amount(amount, currency) => format!("{} {currency}", decimal(amount, language)),
            Self::Number(number) => grouped(*number, language),
            Self::Day(date) => day(*date),
            Self::Time(instant) => time(*instant),
        }
    }

    /// The class of its cell.
    pub(crate) fn class(&self) -> &'static str {
        match self {
            Self::Code(_) => "code",
            Self::Lira(_) | Self::Amount(..) | Self::Number(_) => "n",
            _ => "",
        }
    }

    /// Of a tag: its colour.
    pub(crate) fn tag(&self) -> Option<&'static str> {
        match self {
            Self::Tag(class, _) => Some(class),
            _ => None,
        }
    }

    /// As a spreadsheet reckons with it.
    pub(super) fn in_workbook(&self) -> WorkbookCell<'static> {
        match self {
            Self::Empty => WorkbookCell::Empty,
            Self::Text(text) | Self::Code(text) | Self::Tag(_, text) => WorkbookCell::Text(text.clone().into()),
            Self::Lira(amount) => WorkbookCell::Money(*amount),
            Self::Amount(amount, currency) => WorkbookCell::Text(format!("{amount} {currency}").into()),
            Self::Number(number) => WorkbookCell::Number(*number),
            Self::Day(date) => WorkbookCell::Date(*date),
            Self::Time(instant) => WorkbookCell::Time(*instant),
        }
    }

    /// As a Turkish spreadsheet reads it from CSV: decimals after a comma, no grouping, no currency sign.
    pub(super) fn in_csv(&self) -> String {
        match self {
            Self::Lira(amount) => amount.to_string().replace('.', ","),
            Self::Amount(amount, currency) => format!("{} {currency}", amount.replace('.', ",")),
            Self::Number(number) => number.to_string(),
            other => other.shown(Language::Turkish),
        }
    }
}

/// `1.204`; in English `1,204`.
pub(super) fn grouped(number: u64, language: Language) -> String {
    let between = if language == Language::Turkish { '.' } else { ',' };
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(between);
        }
        text.push(digit);
    }
    text
}

/// `25000.5` is `25.000,50`: two decimals at least, as many as are written.
fn decimal(amount: &str, language: Language) -> String {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let before = if language == Language::Turkish { ',' } else { '.' };
    match whole.parse() {
        Ok(whole) => format!("{}{before}{fraction:0<2}", grouped(whole, language)),
        Err(_) => amount.to_owned(),
    }
}
