//! Which exchange rates did the Central Bank publish? Reads its daily bulletin (`today.xml`) and keeps it.
//!
//! Knows the bank's file and nothing of prices. A bulletin is dated by its own attribute `Tarih`, never by the clock;
//! the clock only refuses one that claims to come from tomorrow. Source.

mod error;

pub use error::{BulletinError, RatesError};

use crate::Office;
use ebirlik_domain::bulletin::{Bulletin, ForexRate};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1254};
use jiff::civil::{Date, date};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashSet};

/// Largest bulletin that is read. The bank's have about 12 KiB.
pub const BULLETIN_BYTES_MAX: usize = 1 << 20;
/// Before this day the bank's figures were old lira, a million of which are one lira of today.
const NEW_LIRA_SINCE: Date = date(2005, 1, 1);
/// Digits of a rate before and after the dot. The bank writes at most 4 and 5.
const RATE_DIGITS_MAX: (usize, usize) = (9, 8);
/// The bank lists this special drawing right without a market; nothing is converted with it.
const SPECIAL_DRAWING_RIGHT: &str = "XDR";
/// Without a rate of this currency it is no bulletin that prices could rest on.
const INDISPENSABLE: &str = "USD";

/// A bulletin that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its day.
    pub date: Date,
    /// The bank's number.
    pub number: String,
    /// Currencies with a buying rate.
    pub currencies: usize,
}

/// Imports bulletins, given as file name and content. Every file is read before the first is stored.
///
/// # Errors
/// When a file is no bulletin, two differ on one day, or the store fails.
pub async fn import(office: &Office, files: &[(String, Vec<u8>)]) -> Result<Vec<Imported>, RatesError> {
    let mut bulletins: BTreeMap<Date, (&String, Bulletin)> = BTreeMap::new();
    for (file, bytes) in files {
        let bulletin = parse_bulletin(bytes, office.clock.today())
            .map_err(|error| RatesError::Bulletin { file: file.clone(), error })?;
        let date = bulletin.date;
        if let Some((first, before)) = bulletins.get(&date)
            && *before != bulletin
        {
            return Err(RatesError::TwoOfOneDay { first: (*first).clone(), second: file.clone(), date });
        }
        bulletins.insert(date, (file, bulletin));
    }
    if bulletins.is_empty() {
        return Err(RatesError::NoFile);
    }
    let mut imported = Vec::new();
    for (_, bulletin) in bulletins.into_values() {
        let saved = office.store.save_bulletin(&bulletin, office.clock.now().as_microsecond()).await;
        saved.map_err(|error| RatesError::Store { stored: imported.len(), error })?;
        imported.push(Imported { date: bulletin.date, number: bulletin.number, currencies: bulletin.rates.len() });
    }
    Ok(imported)
}

/// Reads one bulletin. `today` is the present day in Türkiye.
///
/// # Errors
/// When it is not a whole, plausible bulletin of the Central Bank.
pub fn parse_bulletin(bytes: &[u8], today: Date) -> Result<Bulletin, BulletinError> {
    if bytes.len() > BULLETIN_BYTES_MAX {
        return Err(BulletinError::TooLarge { bytes: bytes.len() });
    }
    let text = decode(bytes)?;
    let mut reader = Reader::from_str(&text);
    reader.config_mut().expand_empty_elements = true;
    let mut reading = Reading::default();
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(Event::DocType(_)) => return Err(BulletinError::Doctype),
            Ok(event) => reading.take(&event, today)?,
            Err(error) => {
                let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
                return Err(BulletinError::NotXml { line, reason: error.to_string() });
            }
        }
    }
    reading.bulletin()
}

/// The bank's files are UTF-8 today and were ISO-8859-9 (as the web reads it: windows-1254) in 2015.
fn decode(bytes: &[u8]) -> Result<String, BulletinError> {
    if bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE]) {
        return Err(BulletinError::Encoding { declared: "UTF-16".to_owned() });
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let declared = declared_encoding(bytes);
    let encoding = match &declared {
        Some(label) => Encoding::for_label(label.as_bytes()),
        None => Some(UTF_8),
    };
    let Some(encoding) = encoding.filter(|encoding| [UTF_8, WINDOWS_1254].contains(encoding)) else {
        return Err(BulletinError::Encoding { declared: declared.unwrap_or_default() });
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(Into::into).ok_or(BulletinError::Bytes { encoding: encoding.name() })
}

/// The encoding that the XML declaration names.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let head: String = bytes.iter().take(200).map(|byte| char::from(*byte)).collect();
    let (declaration, _) = head.strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    value.split(quote).nth(1).map(ToOwned::to_owned)
}

/// What was read of a bulletin so far.
#[derive(Default)]
struct Reading {
    /// Names of the elements that are open.
    open: Vec<String>,
    head: Option<(Date, String)>,
    entry: Entry,
    seen: HashSet<String>,
    rates: BTreeMap<String, ForexRate>,
    whole: bool,
}

/// One `Currency` element.
#[derive(Default)]
struct Entry {
    code: String,
    unit: String,
    buying: String,
}

impl Reading {
    fn take(&mut self, event: &Event<'_>, today: Date) -> Result<(), BulletinError> {
        match event {
            Event::Start(tag) => self.start(tag, today)?,
            Event::End(_) => {
                self.open.pop();
                match self.open.len() {
                    0 => self.whole = true,
                    1 => self.keep_entry()?,
                    _ => {}
                }
            }
            Event::Text(text) => self.text(text),
            Event::CData(text) => self.text(text),
            // Left as it stands, so that a value with a reference in it is no number.
            Event::GeneralRef(reference) => self.text(&format!("&{};", &**reference)),
            // The bank's style sheet is a processing instruction. Nothing here acts on one.
            Event::PI(_) | Event::Comment(_) | Event::Decl(_) | Event::Empty(_) | Event::DocType(_) | Event::Eof => {}
        }
        Ok(())
    }

    fn start(&mut self, tag: &BytesStart<'_>, today: Date) -> Result<(), BulletinError> {
        let name = tag.name().as_ref().to_owned();
        match self.open.len() {
            0 if name != "Tarih_Date" || self.head.is_some() => {
                return Err(BulletinError::NotABulletin { root: name });
            }
            0 => self.head = Some(head(tag, today)?),
            1 => {
                let (kod, code) = (attribute(tag, "Kod"), attribute(tag, "CurrencyCode"));
                if let (Some(kod), Some(code)) = (&kod, &code)
                    && kod != code
                {
                    return Err(BulletinError::Currency { value: format!("{kod} and {code}") });
                }
                self.entry = Entry { code: code.or(kod).unwrap_or_default(), ..Entry::default() };
            }
            _ => {}
        }
        self.open.push(name);
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let [_, currency, field] = self.open.as_slice()
            && currency == "Currency"
        {
            match field.as_str() {
                "Unit" => self.entry.unit.push_str(text),
                "ForexBuying" => self.entry.buying.push_str(text),
                _ => {}
            }
        }
    }

    /// Keeps the rate of the currency that was just read; the first entry of a currency stands.
    fn keep_entry(&mut self) -> Result<(), BulletinError> {
        let Entry { code, unit, buying } = std::mem::take(&mut self.entry);
        if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(BulletinError::Currency { value: code });
        }
        if code == SPECIAL_DRAWING_RIGHT || !self.seen.insert(code.clone()) {
            return Ok(());
        }
        let Some(buying) = rate(&code, buying.trim())? else { return Ok(()) };
        let Some(unit) = power_of_ten(unit.trim()) else {
            return Err(BulletinError::Unit { currency: code, value: unit });
        };
        self.rates.insert(code, ForexRate { unit, buying });
        Ok(())
    }

    fn bulletin(self) -> Result<Bulletin, BulletinError> {
        let Some((date, number)) = self.head.filter(|_| self.whole) else { return Err(BulletinError::Incomplete) };
        if !self.rates.contains_key(INDISPENSABLE) {
            return Err(BulletinError::NoDollar);
        }
        Ok(Bulletin { date, number, rates: self.rates })
    }
}

/// Day and number of a bulletin. `Tarih` is read and `Date` is not: some copies write the day first there too.
fn head(tag: &BytesStart<'_>, today: Date) -> Result<(Date, String), BulletinError> {
    let value = attribute(tag, "Tarih").unwrap_or_default();
    let Some(date) = turkish_day(&value) else { return Err(BulletinError::Day { value }) };
    if date < NEW_LIRA_SINCE {
        return Err(BulletinError::OldLira { date });
    }
    if date > today {
        return Err(BulletinError::Future { date, today });
    }
    let number = attribute(tag, "Bulten_No").unwrap_or_default();
    let digits = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    match number.split_once('/') {
        Some((year, serial)) if year.len() == 4 && digits(year, 4) && digits(serial, 4) => Ok((date, number)),
        _ => Err(BulletinError::Number { value: number }),
    }
}

/// An attribute's value, trimmed.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().flatten().find(|attribute| attribute.key.as_ref() == name)?;
    Some(found.value.trim().to_owned())
}

/// `20.11.2026`.
fn turkish_day(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split('.').collect();
    let [day, month, year] = parts.as_slice() else { return None };
    if (day.len(), month.len(), year.len()) != (2, 2, 4) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// The buying rate with the bank's digits; `None` when the bank has none: empty, or zero.
fn rate(currency: &str, text: &str) -> Result<Option<Decimal>, BulletinError> {
    if text.is_empty() {
        return Ok(None);
    }
    let (currency, value) = (currency.to_owned(), text.to_owned());
    if text.contains(',') {
        return Err(BulletinError::Comma { currency, value });
    }
    let (integer, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits =
        |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let (integer_max, fraction_max) = RATE_DIGITS_MAX;
    let plain = digits(integer, integer_max) && digits(fraction, fraction_max);
    match text.parse::<Decimal>() {
        Ok(rate) if plain => Ok(Some(rate).filter(|rate| !rate.is_zero())),
        _ => Err(BulletinError::Rate { currency, value }),
    }
}

/// 1, 10, 100 or 1000.
fn power_of_ten(text: &str) -> Option<u32> {
    match text {
        "1" => Some(1),
        "10" => Some(10),
        "100" => Some(100),
        "1000" => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
