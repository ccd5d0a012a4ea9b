//! Lists of declarations, each firm's rows together: written behind the approvals by a worker that follows the chain of
//! events, read by pages.
//!
//! A turn reads which declarations the next events are about; whoever knows messages reads them anew as they stand; then
//! all of their rows are written in one transaction with the cursor, so that of several servers one wins and none goes
//! back in time. A cursor set back to 0 rebuilds everything, to the same rows.

use crate::behind::{Row, Set, Writing, seek, values};
use crate::connection::read;
use crate::error::StoreError;
use crate::packed::Packed;
use crate::sql::{Sql, statements};
use crate::writer::rows::json;
use crate::{Store, places};
use rusqlite::{Connection, Statement};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

statements! {
    HAPPENED = "select event.kind, event.happened_at, event.body, receipt.secretariat, receipt.year, receipt.number
        from declaration_event join event on event.id = declaration_event.event_id
        left join receipt on receipt.event_id = event.id
        where declaration_event.declaration_id = $1 order by event.id limit $2";
    STATES = "select state, count(*) from declaration_summary
        where firm = $1 and received_at >= $2 and received_at < $3 and ($4 = '' or exporter = $4) group by state";
    @differ
    EVENTS = sqlite "select id, declaration_id from event where id in (select value from json_each($1))"
    postgres "select id, declaration_id from event
        where id in (select value::bigint from json_array_elements_text($1::json))";
    STANDING = sqlite "select declaration.id, declarant, declaration.exporter, declaration.secretariat, reference, state,
            declaration.version, received_at, registration_no, content, declaration_version.dictionary, code, approved_at,
            fee_kurus
        from declaration
        join declaration_version on declaration_version.declaration_id = declaration.id
            and declaration_version.version = declaration.version
        left join approval on approval.declaration_id = declaration.id
            and approval.version = (select max(version) from approval where declaration_id = declaration.id)
        where declaration.id in (select value from json_each($1))"
    postgres "select declaration.id, declarant, declaration.exporter, declaration.secretariat, reference, state,
            declaration.version, received_at, registration_no, content, declared.dictionary, code, approved_at, fee_kurus
        from json_array_elements_text($1::json) as wanted (id)
        cross join lateral (select * from declaration where id = wanted.id::bigint limit 1) as declaration
        cross join lateral (select content, dictionary from declaration_version
            where declaration_id = declaration.id and version = declaration.version limit 1) as declared
        left join lateral (select code, approved_at, fee_kurus from approval where declaration_id = declaration.id
            order by version desc limit 1) as approval on true";
    FORGET = sqlite "delete from declaration_summary where received_at = ?2 and declaration_id = ?3 and firm in (?1, ?4,
            (select exporter from declaration_summary where firm = ?1 and received_at = ?2 and declaration_id = ?3))"
    postgres "delete from declaration_summary as row
        using json_to_recordset($1::json) as x(declarant text, received_at bigint, declaration_id bigint, exporter text)
        where row.received_at = x.received_at and row.declaration_id = x.declaration_id and row.firm = any (array[
            x.declarant, x.exporter, (select exporter from declaration_summary as own where own.firm = x.declarant
                and own.received_at = x.received_at and own.declaration_id = x.declaration_id)])";
    SAVE_SUMMARIES = sqlite "insert into declaration_summary (firm, received_at, declaration_id, declarant, exporter,
            secretariat, reference, state, version, destination, destination_tr, destination_en, invoice_total,
            invoice_currency, manufacturers, fee_kurus, code, approved_at, registration_no)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"
    postgres "insert into declaration_summary (firm, received_at, declaration_id, declarant, exporter,
            secretariat, reference, state, version, destination, destination_tr, destination_en, invoice_total,
            invoice_currency, manufacturers, fee_kurus, code, approved_at, registration_no)
        select firm, received_at, declaration_id, declarant, exporter, secretariat, reference, state, version,
            destination, destination_tr, destination_en, invoice_total, invoice_currency, manufacturers, fee_kurus, code,
            approved_at, registration_no
        from json_to_recordset($1::json) as x(firm text, received_at bigint, declaration_id bigint, declarant text,
            exporter text, secretariat text, reference text, state text, version bigint, destination text,
            destination_tr bigint, destination_en bigint, invoice_total text, invoice_currency text, manufacturers text,
            fee_kurus bigint, code text, approved_at bigint, registration_no text)";
    SAVE_EVENTS_OF = sqlite "insert into declaration_event (declaration_id, event_id) values (?1, ?2) on conflict do nothing"
    postgres "insert into declaration_event (declaration_id, event_id)
        select (value->>0)::bigint, (value->>1)::bigint from json_array_elements($1::json) on conflict do nothing";
    TITLES = sqlite "select tax_no, title from firm where tax_no in (select value from json_each($1))"
    postgres "select tax_no, title from firm where tax_no in (select value from json_array_elements_text($1::json))";
}

/// Declares what is selected by [`Filter`], each between what stands before and behind it. Small letters are those of
/// ASCII on both engines, whatever language the database speaks.
macro_rules! lists {
    ($($name:ident = [$($before:literal)+] [$($after:literal)*];)*) => {
        $(const $name: Sql = Sql {
            sqlite: lists!(@text "lower(reference || ' ' || code || ' ' || registration_no)",
                [$($before)+] [$($after)*]),
            postgres: lists!(@text "lower((reference || ' ' || code || ' ' || registration_no) collate \"C\")",
                [$($before)+] [$($after)*]),
        };)*
        #[cfg(test)]
        pub(crate) const LISTS: &[(&str, &Sql)] = &[$((stringify!($name), &$name),)*];
    };
    (@text $sought:literal, [$($before:literal)+] [$($after:literal)*]) => {
        concat!($($before,)+ "
            from declaration_summary where firm = $1 and received_at >= $2 and received_at < $3
                and ($4 = '' or exporter = $4) and ($5 = '' or secretariat = $5) and ($6 = '' or destination = $6)
                and ($7 = '' or state = $7 or ($7 = 'approved' and state = 'registered'))
                and ($8 = '' or replace(", $sought, ", $8, '') <> ", $sought, ")
                and ($9 = '' or ($9 = 'exporter' and exporter = $10) or ($9 = 'declarant' and declarant = $10)
                    or ($9 = 'manufacturer' and replace(manufacturers, ' ' || $10 || ' ', '') <> manufacturers))"
            $(, $after)*)
    };
}

/// The columns of [`Summary`], in an order. Keys alone are sorted, and the rows of a page read behind them: that halves
/// the time of a long list.
macro_rules! orders {
    ($($name:ident = $order:literal;)*) => {
        lists! {
            COUNT = ["select count(*)"] [];
            $($name = ["select declaration_id, received_at, declarant, exporter, secretariat, reference, state, version,
                destination, invoice_total, invoice_currency, manufacturers, fee_kurus, code, approved_at, registration_no
                from (select received_at as page_at, declaration_id as page_id"]
                [$order " limit $11 offset $12) as page
                join declaration_summary on firm = $1 and received_at = page_at and declaration_id = page_id" $order];)*
        }
    };
}

orders! {
    BY_TIME = " order by received_at, declaration_id";
    BY_TIME_DOWN = " order by received_at desc, declaration_id desc";
    BY_REFERENCE = " order by reference, received_at, declaration_id";
    BY_REFERENCE_DOWN = " order by reference desc, received_at desc, declaration_id desc";
    BY_FEE = " order by coalesce(fee_kurus, -1), received_at, declaration_id";
    BY_FEE_DOWN = " order by coalesce(fee_kurus, -1) desc, received_at desc, declaration_id desc";
    BY_COUNTRY_TR = " order by destination_tr, received_at, declaration_id";
    BY_COUNTRY_TR_DOWN = " order by destination_tr desc, received_at desc, declaration_id desc";
    BY_COUNTRY_EN = " order by destination_en, received_at, declaration_id";
    BY_COUNTRY_EN_DOWN = " order by destination_en desc, received_at desc, declaration_id desc";
    BY_STATE = " order by state, received_at, declaration_id";
    BY_STATE_DOWN = " order by state desc, received_at desc, declaration_id desc";
}

/// Events of one declaration that are told; resends change nothing, so that few have more than ten.
const HAPPENED_MAX: i64 = 1_000;

/// The next events to follow, and the declarations that they are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    from: i64,
    to: i64,
    /// Declaration and event.
    touched: Vec<(i64, i64)>,
}

impl Turn {
    /// How many events.
    pub fn events(&self) -> usize {
        usize::try_from(self.to - self.from).unwrap_or_default()
    }

    /// The declarations, each once.
    pub fn declarations(&self) -> Vec<i64> {
        let declarations: BTreeSet<i64> = self.touched.iter().map(|(declaration, _)| *declaration).collect();
        declarations.into_iter().collect()
    }
}

/// A declaration as it stands, with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What needs no look into the content; the rest is empty.
    pub summary: Summary,
    /// The content of the version that stands.
    pub content: String,
}

/// A declaration as lists show it. Empty texts are none yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Summary {
    /// The store's number.
    pub declaration_id: i64,
    /// Microseconds UTC.
    pub received_at: i64,
    /// Tax number.
    pub declarant: String,
    /// Tax number.
    pub exporter: String,
    /// Code.
    pub secretariat: String,
    /// The declarant's reference.
    pub reference: String,
    /// The stored word.
    pub state: String,
    /// The version that stands, from 1.
    pub version: i64,
    /// Customs' code of the country.
    pub destination: String,
    /// As declared.
    pub invoice_total: String,
    /// ISO 4217.
    pub invoice_currency: String,
    /// Tax numbers of the manufacturers that the content names, each between spaces.
    pub manufacturers: String,
    /// The fee, once approved.
    pub fee_kurus: Option<i64>,
    /// The code, once approved.
    pub code: String,
    /// Microseconds UTC, once approved.
    pub approved_at: Option<i64>,
    /// Customs' number, once registered.
    pub registration_no: String,
}

/// A summary with the places of its country by name, in Turkish and in English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// What lists show.
    pub summary: Summary,
    /// Among all countries by their Turkish names.
    pub destination_tr: i64,
    /// By their English ones.
    pub destination_en: i64,
}

/// Which rows of a firm; empty texts are any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whose list it is: exporter or declarant of each row.
    pub firm: String,
    /// First instant, in microseconds UTC.
    pub from: i64,
    /// First instant after them.
    pub until: i64,
    /// Of this exporter.
    pub exporter: String,
    /// At this secretariat.
    pub secretariat: String,
    /// To this country.
    pub destination: String,
    /// In this state; `approved` includes those that customs registered.
    pub state: String,
    /// Part of reference, code or registration number, in small letters.
    pub sought: String,
    /// As what `subject` takes part: `exporter`, `declarant` or `manufacturer`.
    pub side: &'static str,
    /// A tax number.
    pub subject: String,
}

/// By what rows are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// When they came.
    Time,
    /// The declarant's reference.
    Reference,
    /// The fee; what has none yet is less than any.
    Fee,
    /// The country's Turkish name.
    CountryTurkish,
    /// The country's English name.
    CountryEnglish,
    /// The state's word.
    State,
}

impl Order {
    fn statement(self, descending: bool) -> &'static Sql {
        match (self, descending) {
            (Self::Time, false) => &BY_TIME,
            (Self::Time, true) => &BY_TIME_DOWN,
            (Self::Reference, false) => &BY_REFERENCE,
            (Self::Reference, true) => &BY_REFERENCE_DOWN,
            (Self::Fee, false) => &BY_FEE,
            (Self::Fee, true) => &BY_FEE_DOWN,
            (Self::CountryTurkish, false) => &BY_COUNTRY_TR,
            (Self::CountryTurkish, true) => &BY_COUNTRY_TR_DOWN,
            (Self::CountryEnglish, false) => &BY_COUNTRY_EN,
            (Self::CountryEnglish, true) => &BY_COUNTRY_EN_DOWN,
            (Self::State, false) => &BY_STATE,
            (Self::State, true) => &BY_STATE_DOWN,
        }
    }
}

/// Something that happened to a declaration.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct HappenedRow {
    /// Such as `declaration.approved`.
    pub kind: String,
    /// Microseconds UTC.
    pub happened_at: i64,
    /// The rest of it, as JSON.
    pub body: String,
    /// Of the receipt that was given for it: the secretariat that took the money.
    pub secretariat: Option<String>,
    /// Likewise, the year of its number.
    pub year: Option<i64>,
    /// Likewise, its number.
    pub number: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct StandingRow {
    id: i64,
    declarant: String,
    exporter: String,
    secretariat: String,
    reference: String,
    state: String,
    version: i64,
    received_at: i64,
    registration_no: Option<String>,
    content: Vec<u8>,
    dictionary: i64,
    code: Option<String>,
    approved_at: Option<i64>,
    fee_kurus: Option<i64>,
}

#[derive(Serialize)]
struct NewRow<'s> {
    #[serde(flatten)]
    summary: &'s Summary,
    firm: &'s str,
    destination_tr: i64,
    destination_en: i64,
}

/// What finds the rows of a declaration that stand: its declarant's names the exporter of that time.
#[derive(Serialize)]
struct OldRows {
    declarant: String,
    received_at: i64,
    declaration_id: i64,
    exporter: String,
}

#[derive(Serialize)]
struct EventOf(i64, i64);

impl Placed {
    /// A row for each firm of it.
    fn rows(&self) -> impl Iterator<Item = NewRow<'_>> {
        let Self { summary, destination_tr, destination_en } = self;
        let firms: BTreeSet<&str> = [summary.exporter.as_str(), summary.declarant.as_str()].into();
        firms.into_iter().map(|firm| NewRow {
            firm,
            destination_tr: *destination_tr,
            destination_en: *destination_en,
            summary,
        })
    }

    fn old_rows(&self) -> OldRows {
        let Summary { declarant, received_at, declaration_id, exporter, .. } = &self.summary;
        let (declarant, exporter) = (declarant.clone(), exporter.clone());
        OldRows { declarant, received_at: *received_at, declaration_id: *declaration_id, exporter }
    }
}

impl Row for Placed {
    fn save(&self, save: &mut Statement<'_>) -> rusqlite::Result<()> {
        self.rows().try_for_each(|NewRow { firm, summary, destination_tr, destination_en }| {
            let row = summary;
            values!(
                save,
                firm,
                row.received_at,
                row.declaration_id,
                row.declarant,
                row.exporter,
                row.secretariat,
                row.reference,
                row.state,
                row.version,
                row.destination,
                destination_tr,
                destination_en,
                row.invoice_total,
                row.invoice_currency,
                row.manufacturers,
                row.fee_kurus,
                row.code,
                row.approved_at,
                row.registration_no,
            )
        })
    }

    fn set(placed: &[Self]) -> String {
        json(&placed.iter().flat_map(Self::rows).collect::<Vec<_>>())
    }
}

impl Row for OldRows {
    fn save(&self, save: &mut Statement<'_>) -> rusqlite::Result<()> {
        values!(save, self.declarant, self.received_at, self.declaration_id, self.exporter)
    }

    /// The new rows go to the same places.
    fn seek(&self, connection: &Connection) -> rusqlite::Result<()> {
        seek!(connection, places::SUMMARIES, self.declarant, self.received_at)?;
        seek!(connection, places::SUMMARIES, self.exporter, self.received_at)
    }
}

impl Row for EventOf {
    fn save(&self, save: &mut Statement<'_>) -> rusqlite::Result<()> {
        values!(save, self.0, self.1)
    }
}

impl Store {
    /// The next events that lists have to follow, so many give or take a block; `None` when they are up to date.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn next_listing_turn(&self, most: i64) -> Result<Option<Turn>, StoreError> {
        let from = self.cursor("listing").await?;
        let (to, ids) = self.chained_behind(from, most).await?;
        if ids.is_empty() {
            return Ok(None);
        }
        let rows: Vec<(i64, Option<i64>)> = read!(self, store => sqlx::query_as(store.text(&EVENTS)).bind(json(&ids))
            .fetch_all(store.readers()))?;
        if rows.len() != ids.len() {
            // A replica or snapshot that is behind; the next turn sees them.
            return Ok(None);
        }
        let touched = rows.into_iter().filter_map(|(event, declaration)| Some((declaration?, event))).collect();
        Ok(Some(Turn { from, to, touched }))
    }

    /// Declarations as they stand, in no order.
    ///
    /// # Errors
    /// When the database cannot answer, or a content cannot be unpacked.
    pub async fn list_standing(&self, declarations: &[i64]) -> Result<Vec<Standing>, StoreError> {
        let rows: Vec<StandingRow> = read!(self, store => sqlx::query_as(store.text(&STANDING))
            .bind(json(declarations)).fetch_all(store.readers()))?;
        rows.into_iter().map(StandingRow::into_standing).collect()
    }

    /// Writes what a turn came to; false when another server was faster, which wrote the same.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn save_listing(&self, turn: &Turn, summaries: Vec<Placed>) -> Result<bool, StoreError> {
        let events = turn.touched.iter().map(|(declaration, event)| EventOf(*declaration, *event)).collect();
        let sets = vec![
            Set::of(&FORGET, summaries.iter().map(Placed::old_rows).collect()),
            Set::of(&SAVE_SUMMARIES, summaries),
            Set::of(&SAVE_EVENTS_OF, events),
        ];
        let writing = Writing { cursor: ("listing", turn.from, turn.to), sets, events: Vec::new(), is_kept: true };
        match self.write_behind(writing).await {
            Err(error) if error.is_unique_violation() || error.is_transient() => Ok(false),
            result => result,
        }
    }

    /// Rows of a firm's list, behind the first `offset` of them.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_summaries(
        &self,
        filter: &Filter,
        (order, descending): (Order, bool),
        (limit, offset): (u32, u64),
    ) -> Result<Vec<Summary>, StoreError> {
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        read!(self, store => sqlx::query_as(store.text(order.statement(descending))).bind(&filter.firm)
            .bind(filter.from).bind(filter.until).bind(&filter.exporter).bind(&filter.secretariat)
            .bind(&filter.destination).bind(&filter.state).bind(&filter.sought).bind(filter.side).bind(&filter.subject)
            .bind(i64::from(limit)).bind(offset).fetch_all(store.readers()))
    }

    /// How many rows a firm's list has.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn count_summaries(&self, filter: &Filter) -> Result<u64, StoreError> {
        let count: i64 = read!(self, store => sqlx::query_scalar(store.text(&COUNT)).bind(&filter.firm)
            .bind(filter.from).bind(filter.until).bind(&filter.exporter).bind(&filter.secretariat)
            .bind(&filter.destination).bind(&filter.state).bind(&filter.sought).bind(filter.side).bind(&filter.subject)
            .fetch_one(store.readers()))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// How many declarations of a firm are in each state; of the filter, firm, time and exporter count.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn count_states(&self, filter: &Filter) -> Result<HashMap<String, u64>, StoreError> {
        let rows: Vec<(String, i64)> = read!(self, store => sqlx::query_as(store.text(&STATES)).bind(&filter.firm)
            .bind(filter.from).bind(filter.until).bind(&filter.exporter).fetch_all(store.readers()))?;
        Ok(rows.into_iter().map(|(state, count)| (state, u64::try_from(count).unwrap_or_default())).collect())
    }

    /// What happened to a declaration, the first first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_happened(&self, declaration: i64) -> Result<Vec<HappenedRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&HAPPENED)).bind(declaration).bind(HAPPENED_MAX)
            .fetch_all(store.readers()))
    }

    /// Titles of firms by their tax numbers; what is no firm is left out.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_titles(&self, firms: &[&str]) -> Result<HashMap<String, String>, StoreError> {
        let rows: Vec<(String, String)> = read!(self, store => sqlx::query_as(store.text(&TITLES)).bind(json(firms))
            .fetch_all(store.readers()))?;
        Ok(rows.into_iter().collect())
    }
}

impl StandingRow {
    fn into_standing(self) -> Result<Standing, StoreError> {
        let content = Packed { bytes: self.content, dictionary: self.dictionary };
        let summary = Summary {
            declaration_id: self.id,
            received_at: self.received_at,
            declarant: self.declarant,
            exporter: self.exporter,
            secretariat: self.secretariat,
            reference: self.reference,
            state: self.state,
            version: self.version,
            fee_kurus: self.fee_kurus,
            code: self.code.unwrap_or_default(),
            approved_at: self.approved_at,
            registration_no: self.registration_no.unwrap_or_default(),
            ..Summary::default()
        };
        Ok(Standing { summary, content: content.text("declaration_version", "content")? })
    }
}
