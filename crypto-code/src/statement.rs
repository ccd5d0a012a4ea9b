//! What does a code vouch for, and how is that written as bytes?
//!
//! The bytes are part of the published format: see "The statement" in the README. Changing one
//! of them asks for a new [`VERSION`].

use std::{error, fmt};

use crate::decimal;

/// What an approval says: the facts that a code is bound to.
///
/// Texts are taken byte for byte, so the caller passes them as its own domain writes them, trimmed.
/// Decimals are texts of the shape `[0-9]+(\.[0-9]+)?`; `600.00` and `600` are the same.
///
/// # Examples
///
/// ```
/// use crypto_code::{Item, Statement};
///
/// let statement = Statement {
///     declarant: "1234567890",
///     reference: "BRK-2026-0042",
///     exporter: "9876543210",
///     secretariat: "IMMIB",
///     office: "341200",
///     regime: "1000",
///     destination: "004",
///     invoice_total: "25000.00",
///     invoice_currency: "USD",
///     items: vec![Item {
///         number: 1,
///         gtip: "610910000011",
///         net_weight: "600.00",
///         amount: "25000",
///         currency: "USD",
///     }],
/// };
/// let bytes = statement.to_bytes()?;
/// # Ok::<(), crypto_code::NotDecimal>(())
/// ```
#[derive(Clone)]
pub struct Statement<'a> {
    /// Tax number of the declarant.
    pub declarant: &'a str,
    /// The declarant's own reference of the declaration.
    pub reference: &'a str,
    /// Tax number of the exporter.
    pub exporter: &'a str,
    /// Code of the general secretariat.
    pub secretariat: &'a str,
    /// Code of the customs office.
    pub office: &'a str,
    /// Code of the customs regime.
    pub regime: &'a str,
    /// Code of the country of destination.
    pub destination: &'a str,
    /// Invoice total, a decimal.
    pub invoice_total: &'a str,
    /// Currency of the invoice total.
    pub invoice_currency: &'a str,
    /// The items, in any order.
    pub items: Vec<Item<'a>>,
}

/// One item of a [`Statement`].
#[derive(Clone, Copy)]
pub struct Item<'a> {
    /// The item's number in the declaration; each number stands once.
    pub number: u32,
    /// GTİP, the customs tariff number.
    pub gtip: &'a str,
    /// Net weight in kilograms, a decimal.
    pub net_weight: &'a str,
    /// Invoice amount, a decimal.
    pub amount: &'a str,
    /// Currency of the amount.
    pub currency: &'a str,
}

/// A statement as bytes: the same facts give the same bytes, different facts different ones.
#[derive(Clone, PartialEq, Eq)]
pub struct StatementBytes(Vec<u8>);

/// A number that is not written `[0-9]+(\.[0-9]+)?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotDecimal {
    /// The field: `invoice_total`, `net_weight` or `amount`.
    pub field: &'static str,
    /// The number of the item that the field belongs to.
    pub item: Option<u32>,
    /// The value as given.
    pub found: String,
}

impl Statement<'_> {
    /// The statement's bytes, to be made once and used for every counter.
    ///
    /// # Errors
    ///
    /// [`NotDecimal`] if the invoice total, a net weight or an amount is not a plain decimal.
    pub fn to_bytes(&self) -> Result<StatementBytes, NotDecimal> {
        // An item takes some 90 bytes, everything else some 200.
        let mut bytes = Vec::with_capacity(256 + 96 * self.items.len());
        bytes.push(VERSION);
        for text in [
            self.declarant,
            self.reference,
            self.exporter,
            self.secretariat,
            self.office,
            self.regime,
            self.destination,
        ] {
            put_text(&mut bytes, text);
        }
        put_decimal(&mut bytes, self.invoice_total, "invoice_total", None)?;
        put_text(&mut bytes, self.invoice_currency);

        put_length(&mut bytes, self.items.len());
        let start = bytes.len();
        let mut ends = Vec::with_capacity(self.items.len());
        for item in &self.items {
            item.put(&mut bytes)?;
            ends.push(bytes.len());
        }
        sort_pieces(&mut bytes, start, &ends);
        Ok(StatementBytes(bytes))
    }
}

impl Item<'_> {
    fn put(self, bytes: &mut Vec<u8>) -> Result<(), NotDecimal> {
        bytes.extend(self.number.to_be_bytes());
        put_text(bytes, self.gtip);
        put_decimal(bytes, self.net_weight, "net_weight", Some(self.number))?;
        put_decimal(bytes, self.amount, "amount", Some(self.number))?;
        put_text(bytes, self.currency);
        Ok(())
    }
}

/// Sorts the items, which lie one behind the other from `start` on. The number stands first and big-endian: sorting
/// the bytes sorts by number. Mostly they are sorted already.
fn sort_pieces(bytes: &mut Vec<u8>, start: usize, ends: &[usize]) {
    let starts = std::iter::once(&start).chain(ends);
    let mut pieces: Vec<&[u8]> = starts.zip(ends).filter_map(|(start, end)| bytes.get(*start..*end)).collect();
    if !pieces.is_sorted() {
        pieces.sort_unstable();
        let sorted = pieces.concat();
        bytes.truncate(start);
        bytes.extend(sorted);
    }
}

impl StatementBytes {
    /// The bytes as the README describes them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Says the length only: the bytes hold tax numbers.
impl fmt::Debug for StatementBytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "StatementBytes({} bytes)", self.0.len())
    }
}

impl fmt::Display for NotDecimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.field)?;
        if let Some(item) = self.item {
            write!(out, " of item {item}")?;
        }
        write!(out, " is {:?}, not digits with an optional point and digits", self.found)
    }
}

impl error::Error for NotDecimal {}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_length(bytes, text.len());
    bytes.extend(text.as_bytes());
}

fn put_decimal(bytes: &mut Vec<u8>, text: &str, field: &'static str, item: Option<u32>) -> Result<(), NotDecimal> {
    let canonical = decimal::canonical(text).ok_or_else(|| NotDecimal { field, item, found: text.to_owned() })?;
    put_text(bytes, canonical);
    Ok(())
}

/// Eight bytes, so that no length in memory can overflow them.
fn put_length(bytes: &mut Vec<u8>, length: usize) {
    bytes.extend((length as u64).to_be_bytes());
}

/// The serialisation's version, the first byte of a statement.
const VERSION: u8 = 1;

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn sample() -> Statement<'static> {
        let item = Item { number: 1, gtip: "610910000011", net_weight: "600", amount: "25000", currency: "USD" };
        Statement {
            declarant: "1234567890",
            reference: "BRK-2026-0042",
            exporter: "9876543210",
            secretariat: "IMMIB",
            office: "341200",
            regime: "1000",
            destination: "004",
            invoice_total: "25000",
            invoice_currency: "USD",
            items: vec![item, Item { number: 2, ..item }],
        }
    }

    /// A change to one field of a statement.
    pub(crate) type Change = fn(&mut Statement<'static>);

    /// One change for each field and for the list of items.
    pub(crate) const CHANGES: [(&str, Change); 16] = [
        ("declarant", |s| s.declarant = "1234567891"),
        ("reference", |s| s.reference = "BRK-2026-0043"),
        ("exporter", |s| s.exporter = "9876543211"),
        ("secretariat", |s| s.secretariat = "ITKIB"),
        ("office", |s| s.office = "341300"),
        ("regime", |s| s.regime = "1040"),
        ("destination", |s| s.destination = "400"),
        ("invoice_total", |s| s.invoice_total = "25000.01"),
        ("invoice_currency", |s| s.invoice_currency = "EUR"),
        ("item number", |s| s.items[1].number = 3),
        ("item gtip", |s| s.items[1].gtip = "610910000012"),
        ("item net weight", |s| s.items[1].net_weight = "600.5"),
        ("item amount", |s| s.items[1].amount = "2500"),
        ("item currency", |s| s.items[1].currency = "TRY"),
        ("an item less", |s| s.items.truncate(1)),
        ("no item", |s| s.items.clear()),
    ];

    fn check(change: Change, same: bool) {
        let mut changed = sample();
        change(&mut changed);
        assert_eq!(changed.to_bytes() == sample().to_bytes(), same);
    }

    #[test]
    fn every_field_is_in_the_bytes() {
        for (_, change) in CHANGES {
            check(change, false);
        }
    }

    #[test]
    fn spelling_of_decimals_and_order_of_items_say_nothing() {
        check(|s| s.invoice_total = "025000.00", true);
        check(|s| s.items[0].net_weight = "600.0", true);
        check(|s| s.items[1].amount = "0025000", true);
        check(|s| s.items.reverse(), true);
    }

    #[test]
    fn text_moved_between_fields_is_another_statement() {
        check(
            |s| {
                s.declarant = "1234567890B";
                s.reference = "RK-2026-0042";
            },
            false,
        );
    }

    #[test]
    fn a_bad_decimal_is_named() {
        let mut statement = sample();
        statement.items[1].amount = "1,5";
        let bad = statement.to_bytes().unwrap_err();
        assert_eq!(bad.to_string(), "amount of item 2 is \"1,5\", not digits with an optional point and digits");
        statement.items.clear();
        statement.invoice_total = "";
        assert_eq!(statement.to_bytes().unwrap_err().field, "invoice_total");
    }

    #[test]
    fn debug_says_no_tax_number() {
        let said = format!("{:?}", sample().to_bytes().unwrap());
        assert!(!said.contains("1234567890") && said.contains("bytes"), "{said}");
    }

    proptest! {
        #[test]
        fn different_texts_give_different_bytes(one in any::<[String; 3]>(), other in any::<[String; 3]>()) {
            let bytes = |texts: &[String; 3]| {
                let [declarant, reference, currency] = texts.each_ref().map(String::as_str);
                let item = Item { number: 7, gtip: declarant, net_weight: "1", amount: "2", currency };
                Statement { declarant, reference, exporter: currency, secretariat: "", office: "", regime: "",
                    destination: "", invoice_total: "3", invoice_currency: "", items: vec![item] }.to_bytes()
            };
            prop_assert_eq!(bytes(&one) == bytes(&other), one == other);
        }
    }
}
