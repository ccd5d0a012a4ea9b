//! The dated tables: fee rates, regimes, exemptions, watched and bound goods; tariff and holidays.
//!
//! A row is known by its key and first day. Giving it again changes it, so a rate ends by being given again with a
//! last day, in the same file as its successor. No two rows of a key may hold on one day.

use super::table::{Errors, File, Row, stored};
use super::{Amiss, ImportErrors, Rows};
use crate::Office;
use ebirlik_domain::money::Rate;
use ebirlik_domain::rules::{ExemptionKind, Term};
use ebirlik_store::rules::{
    BoundGoodsRow, DatedTables, ExemptionRow, FeeRateRow, HolidayRow, RegimeRuleRow, TariffRow, WatchedGoodsRow,
};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Highest rates that may be saved.
static LIMITS: &str = include_str!("../../../../schemas/reference/dated/limits.csv");
/// Letters of a description or a note on origin.
const NOTE_LETTERS_MAX: usize = 1_000;
/// Letters of a commodity code's description; the tariff's longest has some eight hundred.
const DESCRIPTION_LETTERS_MAX: usize = 2_000;
/// Days that an approval may be valid at most. A year is more than any rule gives.
const VALIDITY_DAYS_MAX: i64 = 366;

type Planned = Result<(Rows, Vec<String>), ImportErrors>;

/// at most one per thousand, and one rate per sector and day.
pub(super) async fn rates(office: &Office, file: File<'_>) -> Planned {
    let sectors: BTreeSet<String> = office.rules().sectors.values().cloned().collect();
    let tables = office.store.dated_tables().await?;
    let mut timeline = Timeline::of(tables.fee_rates.iter().map(|row| (row.sector.clone(), row.term)));
    let mut read = file.read(|row| {
        let sector = row.code("sector_code", sectors.iter(), "a sector");
        let rate_ppm = rate(row, "rate_e4", "rate_ceiling");
        let extra_ppm = rate(row, "extra_rate_e4", "extra_ceiling");
        let (term, origin) = (row.term(), row.free_text("note", NOTE_LETTERS_MAX));
        let (sector, term) = (sector?, term?);
        timeline.add(row, "sector_code", &[&sector], term)?;
        let (valid_from, valid_to) = stored(term);
        let (rate_ppm, extra_ppm, origin) = (rate_ppm?, extra_ppm?, origin?);
        Some(FeeRateRow { sector, rate_ppm, extra_ppm, valid_from, valid_to, origin })
    })?;
    timeline.overlaps(&mut read.errors);
    let rows = read.sound()?;
    let mut notes = vec![timeline.note()];
    let today = office.clock.today();
    let without: Vec<String> = sectors.into_iter().filter(|sector| !timeline.holds(sector, today)).collect();
    if !without.is_empty() {
        notes.push(format!("without a rate on {today}, so that their goods cannot be priced: {}", without.join(", ")));
    }
    Ok((Rows::Rates(rows), notes))
}

pub(super) async fn regimes(office: &Office, file: File<'_>) -> Planned {
    let rules = office.rules();
    let tables = office.store.dated_tables().await?;
    let mut timeline = Timeline::of(tables.regime_rules.iter().map(|row| (row.regime.clone(), row.term)));
    let mut read = file.read(|row| {
        let regime = row.code("regime", rules.regimes.keys(), "a regime");
        let (needs_approval, takes_fee) = (row.flag("needs_approval"), row.flag("takes_fee"));
        let (term, origin) = (row.term(), row.free_text("origin", NOTE_LETTERS_MAX));
        let (regime, term) = (regime?, term?);
        timeline.add(row, "regime", &[&regime], term)?;
        let (valid_from, valid_to) = stored(term);
        let (needs_approval, takes_fee, origin) = (needs_approval?, takes_fee?, origin?);
        Some(RegimeRuleRow { regime, needs_approval, takes_fee, valid_from, valid_to, origin })
    })?;
    timeline.overlaps(&mut read.errors);
    Ok((Rows::Regimes(read.sound()?), vec![timeline.note()]))
}

pub(super) async fn exemptions(office: &Office, file: File<'_>) -> Planned {
    let word = |kind: ExemptionKind| match kind {
        ExemptionKind::ItemProperty => "item_property",
        ExemptionKind::PaymentMethod => "payment_method",
    };
    let tables = office.store.dated_tables().await?;
    let known = tables.exemptions.iter().map(|row| (key(&[word(row.kind), &row.value]), row.term));
    let mut timeline = Timeline::of(known);
    let mut read = file.read(|row| {
        let kind = row.word("kind", &["item_property", "payment_method"]);
        let value = row.digits("value", 1, 4);
        let (term, origin) = (row.term(), row.free_text("origin", NOTE_LETTERS_MAX));
        let (kind, value, term) = (kind?, value?, term?);
        timeline.add(row, "value", &[&kind, &value], term)?;
        let (valid_from, valid_to) = stored(term);
        Some(ExemptionRow { kind, value, valid_from, valid_to, origin: origin? })
    })?;
    timeline.overlaps(&mut read.errors);
    Ok((Rows::Exemptions(read.sound()?), vec![timeline.note()]))
}

pub(super) async fn watched_goods(office: &Office, file: File<'_>) -> Planned {
    let tables = office.store.dated_tables().await?;
    let mut timeline = Timeline::of(tables.watched.iter().map(|row| (row.prefix.clone(), row.term)));
    let mut read = file.read(|row| {
        let gtip_prefix = row.digits("gtip_prefix", 2, 12);
        let at_desk = row.flag("at_desk");
        let endless = row.cell("validity_days").is_empty();
        let validity_days = if endless { Some(None) } else { validity_days(row).map(Some) };
        let (term, origin) = (row.term(), row.free_text("origin", NOTE_LETTERS_MAX));
        let (gtip_prefix, term) = (gtip_prefix?, term?);
        timeline.add(row, "gtip_prefix", &[&gtip_prefix], term)?;
        let (valid_from, valid_to) = stored(term);
        let (at_desk, validity_days, origin) = (at_desk?, validity_days?, origin?);
        Some(WatchedGoodsRow { gtip_prefix, at_desk, validity_days, valid_from, valid_to, origin })
    })?;
    timeline.overlaps(&mut read.errors);
    Ok((Rows::WatchedGoods(read.sound()?), vec![timeline.note()]))
}

pub(super) async fn bound_goods(office: &Office, file: File<'_>) -> Planned {
    let rules = office.rules();
    let tables = office.store.dated_tables().await?;
    let mut timeline = Timeline::of(tables.bound.iter().map(|row| (row.prefix.clone(), row.term)));
    let mut read = file.read(|row| {
        let gtip_prefix = row.digits("gtip_prefix", 2, 12);
        let secretariat = row.code("secretariat", rules.secretariats.keys(), "a secretariat");
        let (term, origin) = (row.term(), row.free_text("origin", NOTE_LETTERS_MAX));
        let (gtip_prefix, term) = (gtip_prefix?, term?);
        timeline.add(row, "gtip_prefix", &[&gtip_prefix], term)?;
        let (valid_from, valid_to) = stored(term);
        Some(BoundGoodsRow { gtip_prefix, secretariat: secretariat?, valid_from, valid_to, origin: origin? })
    })?;
    timeline.overlaps(&mut read.errors);
    Ok((Rows::BoundGoods(read.sound()?), vec![timeline.note()]))
}

/// twelve digits, written with or without dots.
pub(super) async fn tariff(office: &Office, file: File<'_>) -> Planned {
    let rules = office.rules();
    let read = file.read(|row| {
        let gtip = gtip(row);
        let description_tr = row.free_text("description_tr", DESCRIPTION_LETTERS_MAX);
        let description_en = row.free_text("description_en", DESCRIPTION_LETTERS_MAX);
        let gtip = gtip?;
        row.unique("gtip", &[&gtip])?;
        if rules.sector_of(&gtip).is_none() {
            return row.wrong("gtip", "a commodity code of a chapter that belongs to a sector");
        }
        Some(TariffRow { gtip, description_tr: description_tr?, description_en: description_en? })
    })?;
    let rows = read.sound()?;
    let DatedTables { tariff, .. } = office.store.dated_tables().await?;
    let known: BTreeSet<&str> = tariff.iter().map(String::as_str).collect();
    let fresh = rows.iter().filter(|row| !known.contains(row.gtip.as_str())).count();
    let notes = vec![
        format!("{fresh} of {} codes are new", rows.len()),
        format!("only the {} codes of the tariff are accepted from then on", known.len() + fresh),
    ];
    Ok((Rows::Tariff(rows), notes))
}

pub(super) fn holidays(file: File<'_>) -> Planned {
    let read = file.read(|row| {
        let (day, name_tr, half_day) = (row.day("date"), row.text("name_tr", 200), row.flag("half_day"));
        let day = day?.to_string();
        row.unique("date", &[&day])?;
        Some(HolidayRow { day, name_tr: name_tr?, half_day: half_day? })
    })?;
    let rows = read.sound()?;
    let days = rows.iter().map(|row| row.day.as_str());
    let (first, last) = (days.clone().min().unwrap_or_default(), days.max().unwrap_or_default());
    let notes = vec![format!("{} holidays from {first} to {last} are added or change", rows.len())];
    Ok((Rows::Holidays(rows), notes))
}

/// Parts per ten thousand, with at most two decimals, up to the published ceiling.
fn rate(row: &mut Row<'_>, column: &'static str, ceiling: &str) -> Option<i64> {
    let ceiling = limit(ceiling);
    match Rate::from_per_ten_thousand(row.cell(column)) {
        Some(rate) if rate <= ceiling => Some(i64::from(rate.ppm())),
        _ => {
            let highest = ceiling.ppm() / 100;
            row.wrong(column, format!("parts per ten thousand such as 5 or 7.25, at most {highest}"))
        }
    }
}

/// A row of `limits.csv`.
fn limit(name: &str) -> Rate {
    let row = LIMITS.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(',')?.split(',').next());
    row.and_then(Rate::from_per_ten_thousand)
        .expect("the table inside the program has both ceilings; a test reads them")
}

fn validity_days(row: &mut Row<'_>) -> Option<i64> {
    let days = row.digits("validity_days", 1, 4)?.parse().unwrap_or_default();
    if (1..=VALIDITY_DAYS_MAX).contains(&days) {
        return Some(days);
    }
    row.wrong("validity_days", format!("1 to {VALIDITY_DAYS_MAX} days, or nothing"))
}

fn gtip(row: &mut Row<'_>) -> Option<String> {
    let digits = row.cell("gtip").replace('.', "");
    if digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(digits);
    }
    row.wrong("gtip", "a commodity code of 12 digits, with or without dots, leading zeros kept")
}

/// What holds when, of the store and of a file together.
struct Timeline {
    rows: BTreeMap<(String, Date), Span>,
    replaced: usize,
    added: usize,
}

/// One row's last day, and its line when the file has it.
struct Span {
    to: Option<Date>,
    line: Option<u64>,
}

impl Timeline {
    fn of(stored: impl Iterator<Item = (String, Term)>) -> Self {
        let rows = stored.map(|(key, term)| ((key, term.from), Span { to: term.to, line: None })).collect();
        Self { rows, replaced: 0, added: 0 }
    }

    /// Adds a row of the file in the place of the stored one of the same first day.
    fn add(&mut self, row: &mut Row<'_>, column: &'static str, words: &[&str], term: Term) -> Option<()> {
        let key = key(words);
        row.unique(column, &[&key, &term.from.to_string()])?;
        let before = self.rows.insert((key, term.from), Span { to: term.to, line: Some(row.line) });
        if before.is_some() {
            self.replaced += 1;
        } else {
            self.added += 1;
        }
        Some(())
    }

    /// Puts down each row of the file that holds on a day on which another row of the same key holds.
    fn overlaps(&self, errors: &mut Errors) {
        // The row of the same key that goes on longest, of those before.
        let mut longest: Option<(&str, Date, &Span)> = None;
        for ((key, from), span) in &self.rows {
            let before = longest.filter(|(before, ..)| before == key);
            if let Some((_, before_from, before)) = before
                && before.to.is_none_or(|to| to >= *from)
                && let Some(line) = span.line.max(before.line)
            {
                let place = before.line.map_or_else(|| "the store".to_owned(), |line| format!("line {line}"));
                let end = before.to.map_or_else(|| "without end".to_owned(), |to| format!("to {to}"));
                let expected = format!(
                    "one row of {} on each day; {place} has one from {before_from} {end}: give that row again with \
                     its last day in valid_to",
                    key.replace('\u{1f}', " ")
                );
                errors.push((line, "valid_from"), &from.to_string(), Amiss::Overlap, expected);
            }
            let goes_on = before.is_none_or(|(.., before)| match (before.to, span.to) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(before), Some(to)) => to > before,
            });
            if goes_on {
                longest = Some((key, *from, span));
            }
        }
    }

    fn holds(&self, key: &str, day: Date) -> bool {
        self.rows.iter().any(|((row, from), span)| row == key && Term { from: *from, to: span.to }.holds(day))
    }

    fn note(&self) -> String {
        format!("{} rows are new, {} take the place of stored ones", self.added, self.replaced)
    }
}

fn key(words: &[&str]) -> String {
    words.join("\u{1f}")
}
