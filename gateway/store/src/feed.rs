//! Numbers for what happened: one gapless sequence for each firm, the lines of each account, receipts.
//!
//! Events come unnumbered in the commit of their fact, so that no counter makes approvals wait. Moments later the audit
//! chain has them in one order for all servers, and whoever comes first here gives them their numbers in that order. A
//! turn reads outside its transaction and writes within one; the cursor, moved from where it was read, proves that
//! nobody was faster.

use crate::behind::{Row, Set, Writing, seek, values};
use crate::connection::read;
use crate::error::StoreError;
use crate::sql::statements;
use crate::writer::rows::json;
use crate::{Ids, Store, places};
use ebirlik_domain::money::Money;
use ebirlik_domain::time::day_of;
use jiff::Timestamp;
use rusqlite::{Connection, Statement};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

statements! {
    FOLLOWED = "select position, coalesce((select first_position + events - 1 from audit_block
            order by first_position desc limit 1), 0) from sequencer where name = $1";
    FEED = "select feed.position, event.id, event.kind, event.happened_at, event.body, declaration.reference,
            declaration.declarant, declaration.exporter, declaration.secretariat, account.firm as account_firm,
            account.secretariat as account_secretariat
        from feed join event on event.id = feed.event_id
        left join declaration on declaration.id = event.declaration_id
        left join account on account.id = event.account_id and account.kind = 'current'
        where feed.firm = $1 and feed.position > $2 order by feed.position limit $3";
    LINES = "select number, booked_at, amount_kurus, balance_kurus, event.kind, event.body, declaration.reference,
            declaration.declarant, declaration.exporter
        from account_line join event on event.id = account_line.event_id
        left join declaration on declaration.id = event.declaration_id
        where account_line.account_id = $1 and number > $2 and number <= $3 order by number limit $4";
    SPENT_SINCE = "select cast(coalesce(sum(-amount_kurus), 0) as bigint), coalesce(min(booked_at), 0) from account_line
        where account_id = $1 and amount_kurus < 0 and booked_at >= $2";
    BALANCE_BEFORE = "select number, balance_kurus from account_line where account_id = $1 and booked_at < $2
        order by booked_at desc, number desc limit 1";
    @differ
    EVENTS = sqlite "select event.id, event.kind, event.declaration_id, event.account_id, event.happened_at, event.body, declaration.declarant,
            declaration.exporter, declaration.secretariat, account.kind as account_kind, account.firm as account_firm
        from event left join declaration on declaration.id = event.declaration_id
        left join account on account.id = event.account_id
        where event.id in (select value from json_each($1))"
    postgres "select event.id, event.kind, event.declaration_id, event.account_id, event.happened_at, event.body, declaration.declarant,
            declaration.exporter, declaration.secretariat, account.kind as account_kind, account.firm as account_firm
        from event left join declaration on declaration.id = event.declaration_id
        left join account on account.id = event.account_id
        where event.id in (select value::bigint from json_array_elements_text($1::json))";
    LIMITS = sqlite "select account_id, low_balance_kurus from json_each($1) cross join account_choice on account_id = value
            where low_balance_kurus is not null"
    postgres "select account_id, low_balance_kurus from json_array_elements_text($1::json)
            join account_choice on account_id = value::bigint where low_balance_kurus is not null";
    FEED_HEADS = sqlite "select value, max(coalesce((select max(position) from feed where firm = value), 0),
            coalesce((select max(last_number) from left_out where kind = 'feed' and owner in (value, '')), 0))
        from json_each($1)"
    postgres "select value, greatest((select max(position) from feed where firm = value),
            (select max(last_number) from left_out where kind = 'feed' and owner in (value, '')))
        from json_array_elements_text($1::json)";
    ACCOUNT_HEADS = sqlite "select value, max(coalesce(account_line.number, 0), coalesce((select max(last_number) from left_out
            where kind = 'line' and owner = cast(value as text)), 0)), coalesce(balance_kurus, 0), coalesce(booked_at, 0)
        from json_each($1) left join account_line on account_line.account_id = value
            and account_line.number = (select max(l.number) from account_line l where l.account_id = value)"
    postgres "select account.id, greatest(account_line.number, (select max(last_number) from left_out
            where kind = 'line' and owner = cast(account.id as text)), 0), coalesce(account_line.balance_kurus, 0),
            coalesce(booked_at, 0)
        from json_array_elements_text($1::json) join account on account.id = value::bigint
        left join account_line on account_line.account_id = account.id
            and account_line.number = (select max(l.number) from account_line l where l.account_id = account.id)";
    RECEIPT_HEADS = sqlite "select value->>'secretariat', value->>'year', max(coalesce((select max(number) from receipt
            where secretariat = value->>'secretariat' and year = value->>'year'), 0),
            coalesce((select max(last_number) from left_out where kind = 'receipt'
                and owner = (value->>'secretariat') || '-' || (value->>'year')), 0)) from json_each($1)"
    postgres "select x.secretariat, x.year, greatest((select max(number) from receipt
            where receipt.secretariat = x.secretariat and receipt.year = x.year),
            (select max(last_number) from left_out where kind = 'receipt' and owner = x.secretariat || '-' || x.year))
        from json_to_recordset($1::json) as x(secretariat text, year bigint)";
    SAVE_FEED = sqlite "insert into feed (firm, position, event_id) values (?1, ?2, ?3)"
    postgres "insert into feed (firm, position, event_id)
        select firm, position, event_id from json_to_recordset($1::json)
            as x(firm text, position bigint, event_id bigint)";
    SAVE_LINES = sqlite "insert into account_line (account_id, number, event_id, booked_at, amount_kurus, balance_kurus)
        values (?1, ?2, ?3, ?4, ?5, ?6)"
    postgres "insert into account_line (account_id, number, event_id, booked_at, amount_kurus, balance_kurus)
        select account_id, number, event_id, booked_at, amount_kurus, balance_kurus from json_to_recordset($1::json)
            as x(account_id bigint, number bigint, event_id bigint, booked_at bigint, amount_kurus bigint,
                balance_kurus bigint)";
    SAVE_RECEIPTS = sqlite "insert into receipt (secretariat, year, number, event_id, declaration_id, exporter, declarant,
            amount_kurus, paid_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
    postgres "insert into receipt (secretariat, year, number, event_id, declaration_id, exporter, declarant,
            amount_kurus, paid_at)
        select secretariat, year, number, event_id, declaration_id, exporter, declarant, amount_kurus, paid_at
            from json_to_recordset($1::json) as x(secretariat text, year bigint, number bigint, event_id bigint,
                declaration_id bigint, exporter text, declarant text, amount_kurus bigint, paid_at bigint)";
}

/// A day.
const NEWS_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// One entry of a firm's feed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FeedEntry {
    /// Its number, from 1 without gaps.
    pub position: i64,
    /// What happened, such as `declaration.approved`.
    pub kind: String,
    /// Microseconds UTC.
    pub happened_at: i64,
    /// The rest of it, as JSON.
    pub body: String,
    /// Of the declaration, where it is about one.
    pub reference: Option<String>,
    /// Likewise.
    pub declarant: Option<String>,
    /// Likewise.
    pub exporter: Option<String>,
    /// Likewise.
    pub secretariat: Option<String>,
    /// Owner of the current account, where one was moved.
    pub account_firm: Option<String>,
    /// Where that account is held.
    pub account_secretariat: Option<String>,
}

/// One line of a current account.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AccountLine {
    /// Its number, from 1 without gaps.
    pub number: i64,
    /// Microseconds UTC.
    pub booked_at: i64,
    /// Kuruş; below zero leaves the account.
    pub amount_kurus: i64,
    /// Kuruş, after it.
    pub balance_kurus: i64,
    /// The event that moved it.
    pub kind: String,
    /// The rest of the event, as JSON.
    pub body: String,
    /// Of the declaration, where it is about one.
    pub reference: Option<String>,
    /// Likewise.
    pub declarant: Option<String>,
    /// Likewise.
    pub exporter: Option<String>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct EventRow {
    id: i64,
    kind: String,
    declaration_id: Option<i64>,
    account_id: Option<i64>,
    happened_at: i64,
    body: String,
    declarant: Option<String>,
    exporter: Option<String>,
    secretariat: Option<String>,
    account_kind: Option<String>,
    account_firm: Option<String>,
}

#[derive(Serialize)]
struct NewEntry {
    firm: String,
    position: i64,
    event_id: i64,
}

#[derive(Serialize)]
struct NewLine {
    account_id: i64,
    number: i64,
    event_id: i64,
    booked_at: i64,
    amount_kurus: i64,
    balance_kurus: i64,
}

#[derive(Serialize)]
struct NewReceipt {
    secretariat: String,
    year: i64,
    number: i64,
    event_id: i64,
    declaration_id: i64,
    exporter: String,
    declarant: String,
    amount_kurus: i64,
    paid_at: i64,
}

impl Row for NewEntry {
    fn save(&self, save: &mut Statement<'_>) -> rusqlite::Result<()> {
        values!(save, self.firm, self.position, self.event_id)
    }
}

impl Row for NewLine {
    fn save(&self, save: &mut Statement<'_>) -> rusqlite::Result<()> {
        let Self { account_id, number, event_id, booked_at, amount_kurus, balance_kurus } = self;
        values!(save, account_id, number, event_id, booked_at, amount_kurus, balance_kurus)
    }

    fn seek(&self, connection: &Connection) -> rusqlite::Result<()> {
        seek!(connection, places::BOOKED, self.account_id, self.booked_at)
    }
}

impl Row for NewReceipt {
    fn save(&self, save: &mut Statement<'_>) -> rusqlite::Result<()> {
        let Self { secretariat, year, number, event_id, declaration_id, exporter, declarant, amount_kurus, paid_at } =
            self;
        values!(save, secretariat, year, number, event_id, declaration_id, exporter, declarant, amount_kurus, paid_at)
    }

    fn seek(&self, connection: &Connection) -> rusqlite::Result<()> {
        seek!(connection, places::EXPORTERS_RECEIPTS, self.exporter, self.paid_at)?;
        seek!(connection, places::DECLARANTS_RECEIPTS, self.declarant, self.paid_at)
    }
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct ReceiptSeries<'e> {
    secretariat: &'e str,
    year: i64,
}

/// An event with what follows from it.
struct Numbered<'e> {
    row: &'e EventRow,
    body: Value,
}

impl Numbered<'_> {
    /// The firms that see it.
    fn firms(&self) -> BTreeSet<&str> {
        let named = self.body.get("firms").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let current = self.row.account_firm.as_deref().filter(|_| self.is_current());
        let parties = [self.row.declarant.as_deref(), self.row.exporter.as_deref(), current];
        parties.into_iter().flatten().chain(named).filter(|firm| !firm.is_empty()).collect()
    }

    fn is_current(&self) -> bool {
        self.row.account_kind.as_deref() == Some("current")
    }

    fn kurus(&self, name: &str) -> i64 {
        self.body.get(name).and_then(Value::as_str).and_then(Money::parse).unwrap_or_default().kurus()
    }

    /// What it adds to its current account, in kuruş.
    fn moved(&self) -> i64 {
        match self.row.kind.as_str() {
            "declaration.approved" => -self.kurus("fee"),
            "declaration.corrected" => self.kurus("returned") - self.kurus("charged"),
            "account.deposited" | "fee.refunded" => self.kurus("amount"),
            _ => 0,
        }
    }

    /// What was paid with it, in kuruş: then it gets a receipt (G-71).
    fn paid(&self) -> i64 {
        paid_in(&self.row.kind).map_or(0, |field| self.kurus(field))
    }

    fn series(&self) -> Option<ReceiptSeries<'_>> {
        let secretariat = self.row.secretariat.as_deref().filter(|_| self.paid() > 0)?;
        Some(ReceiptSeries { secretariat, year: year_of(self.row.happened_at) })
    }
}

/// Lines of accounts in the making: the last number, balance and instant of each.
struct Ledger {
    heads: HashMap<i64, (i64, i64, i64)>,
    lines: Vec<NewLine>,
}

impl Ledger {
    /// Whether the account of an event holds what it takes away.
    fn can_book(&self, event: &Numbered<'_>) -> bool {
        let account = event.row.account_id.unwrap_or_default();
        let held = self.heads.get(&account).map_or(0, |(_, balance, _)| *balance);
        held + event.moved() >= 0
    }

    fn book(&mut self, event: &Numbered<'_>) {
        let Some(account_id) = event.row.account_id else { return };
        let (number, balance, booked_at) = self.heads.entry(account_id).or_default();
        *number += 1;
        *balance += event.moved();
        // Days and numbers run the same way, whatever the clocks of several servers say.
        *booked_at = event.row.happened_at.max(*booked_at);
        self.lines.push(NewLine {
            account_id,
            number: *number,
            event_id: event.row.id,
            booked_at: *booked_at,
            amount_kurus: event.moved(),
            balance_kurus: *balance,
        });
    }
}

impl EventRow {
    /// Each number that follows from it, named so that it can be found again whatever its declaration became since: its
    /// place in the declarant's feed, its line, its receipt.
    pub(crate) fn numbers(&self) -> Vec<String> {
        let event = Numbered { row: self, body: serde_json::from_str(&self.body).unwrap_or_default() };
        let feed = self.declarant.as_ref().map(|_| format!("feed {}", self.id));
        let line = self.account_id.filter(|_| event.is_current() && event.moved() != 0);
        let receipt = event.series().map(|_| format!("receipt {}", self.id));
        feed.into_iter().chain(line.map(|account| format!("line {} {account}", self.id))).chain(receipt).collect()
    }
}

/// How far the chain's events were followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Followed {
    /// The last position of the chain whose event was; 0 before the first.
    pub followed: i64,
    /// The last position of the chain; 0 while it is empty.
    pub chained: i64,
}

/// Where an event of this kind says what was paid with it.
pub(crate) fn paid_in(kind: &str) -> Option<&'static str> {
    match kind {
        "declaration.approved" => Some("fee"),
        "declaration.corrected" => Some("charged"),
        _ => None,
    }
}

fn year_of(micros: i64) -> i64 {
    Timestamp::from_microsecond(micros).map_or(0, |at| i64::from(day_of(at).year()))
}

impl Store {
    /// Numbers events that the chain holds and that have no numbers yet, so many give or take a block; gives how many. Safe to
    /// run on several servers at once: one of them wins. An account that falls below what its owner chose, or else below
    /// `low_balance`, is told of it by an event more (G-52).
    ///
    /// # Errors
    /// When the database cannot answer. Losing the race against another server counts as nothing numbered.
    pub async fn number_events(
        &self,
        most: i64,
        low_balance: Money,
        (ids, now): (&Ids, Timestamp),
    ) -> Result<usize, StoreError> {
        match self.number_events_once(most, low_balance, (ids, now), true).await {
            Err(error) if error.is_unique_violation() || error.is_transient() => Ok(0),
            result => result,
        }
    }

    /// As [`Store::number_events`], and leaves everything as it was: could the next turn be done? Gives how many events it
    /// would number.
    ///
    /// # Errors
    /// Why it cannot be done.
    pub async fn try_numbering(
        &self,
        most: i64,
        low_balance: Money,
        (ids, now): (&Ids, Timestamp),
    ) -> Result<usize, StoreError> {
        self.number_events_once(most, low_balance, (ids, now), false).await
    }

    /// How far the chain's events are numbered.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn numbering(&self) -> Result<Followed, StoreError> {
        self.followed("feed").await
    }

    /// How far the chain's events are in the lists of declarations.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn listed(&self) -> Result<Followed, StoreError> {
        self.followed("listing").await
    }

    async fn followed(&self, cursor: &str) -> Result<Followed, StoreError> {
        let (followed, chained) =
            read!(self, store => sqlx::query_as(store.text(&FOLLOWED)).bind(cursor).fetch_one(store.readers()))?;
        Ok(Followed { followed, chained })
    }

    async fn number_events_once(
        &self,
        most: i64,
        low_balance: Money,
        (ids_of, now): (&Ids, Timestamp),
        is_kept: bool,
    ) -> Result<usize, StoreError> {
        let from = self.cursor("feed").await?;
        let (to, ids) = self.chained_behind(from, most).await?;
        if ids.is_empty() {
            return Ok(0);
        }
        let rows: Vec<EventRow> = read!(self, store => sqlx::query_as(store.text(&EVENTS)).bind(json(&ids))
            .fetch_all(store.readers()))?;
        let mut rows: HashMap<i64, EventRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        let rows: Vec<EventRow> = ids.iter().filter_map(|id| rows.remove(id)).collect();
        if rows.len() != ids.len() {
            // A replica or snapshot that is behind; the next turn sees them.
            return Ok(0);
        }
        let events: Vec<Numbered<'_>> = rows
            .iter()
            .map(|row| Numbered { body: serde_json::from_str(&row.body).unwrap_or_default(), row })
            .collect();
        let entries = self.entries(&events).await?;
        let lines = self.lines(&events).await?;
        let receipts = self.receipts_for(&events).await?;
        let low = self.low(&lines, low_balance, (ids_of, now)).await?;
        let sets = vec![Set::of(&SAVE_FEED, entries), Set::of(&SAVE_LINES, lines), Set::of(&SAVE_RECEIPTS, receipts)];
        let writing = Writing { cursor: ("feed", from, to), sets, events: low, is_kept };
        Ok(if self.write_behind(writing).await? { ids.len() } else { 0 })
    }

    /// Events of accounts that these lines take from above their limit to below it.
    async fn low(
        &self,
        lines: &[NewLine],
        low_balance: Money,
        (ids, now): (&Ids, Timestamp),
    ) -> Result<Vec<crate::events::EventRow>, StoreError> {
        let leaving: BTreeSet<i64> =
            lines.iter().filter(|line| line.amount_kurus < 0).map(|line| line.account_id).collect();
        let leaving: Vec<i64> = leaving.into_iter().collect();
        let limits: Vec<(i64, i64)> = read!(self, store => sqlx::query_as(store.text(&LIMITS)).bind(json(&leaving))
            .fetch_all(store.readers()))?;
        let limits: HashMap<i64, i64> = limits.into_iter().collect();
        let falls = |line: &&NewLine| {
            let limit = limits.get(&line.account_id).copied().unwrap_or(low_balance.kurus());
            // What is long past, as on a store that is numbered for the first time, is no news.
            let is_news = now.as_microsecond() - line.booked_at < NEWS_MICROS;
            is_news && line.balance_kurus < limit && line.balance_kurus - line.amount_kurus >= limit
        };
        let event = |line: &NewLine| {
            let balance = Money::from_kurus(line.balance_kurus).unwrap_or_default();
            let body = serde_json::json!({ "balance": balance.to_string() });
            crate::events::EventRow::new(ids.next(now), "account.low", None, Some(line.account_id), now, &body)
        };
        Ok(lines.iter().filter(falls).map(event).collect())
    }

    async fn entries(&self, events: &[Numbered<'_>]) -> Result<Vec<NewEntry>, StoreError> {
        let firms: BTreeSet<&str> = events.iter().flat_map(Numbered::firms).collect();
        let firms: Vec<&str> = firms.into_iter().collect();
        let heads: Vec<(String, Option<i64>)> = read!(self, store => sqlx::query_as(store.text(&FEED_HEADS))
            .bind(json(&firms)).fetch_all(store.readers()))?;
        let mut heads: HashMap<String, i64> =
            heads.into_iter().map(|(firm, head)| (firm, head.unwrap_or_default())).collect();
        let mut entries = Vec::new();
        for event in events {
            for firm in event.firms() {
                let head = heads.entry(firm.to_owned()).or_default();
                *head += 1;
                entries.push(NewEntry { firm: firm.to_owned(), position: *head, event_id: event.row.id });
            }
        }
        Ok(entries)
    }

    async fn lines(&self, events: &[Numbered<'_>]) -> Result<Vec<NewLine>, StoreError> {
        let moving = |event: &&Numbered<'_>| event.is_current() && event.moved() != 0;
        let accounts: BTreeSet<i64> = events.iter().filter(moving).filter_map(|event| event.row.account_id).collect();
        let accounts: Vec<i64> = accounts.into_iter().collect();
        let heads: Vec<(i64, i64, i64, i64)> = read!(self, store => sqlx::query_as(store.text(&ACCOUNT_HEADS))
            .bind(json(&accounts)).fetch_all(store.readers()))?;
        let heads: HashMap<i64, (i64, i64, i64)> =
            heads.into_iter().map(|(account, number, balance, at)| (account, (number, balance, at))).collect();
        let mut ledger = Ledger { heads, lines: Vec::new() };
        // Of several servers one may have chained a debit before the credit that it was paid from, in the same moment:
        // such a line waits for the credit, so that no statement shows a balance below zero.
        let mut held: Vec<&Numbered<'_>> = Vec::new();
        for event in events.iter().filter(moving) {
            if !ledger.can_book(event) {
                held.push(event);
                continue;
            }
            ledger.book(event);
            held.retain(|event| {
                let fits = ledger.can_book(event);
                if fits {
                    ledger.book(event);
                }
                !fits
            });
        }
        for event in held {
            ledger.book(event);
        }
        Ok(ledger.lines)
    }

    async fn receipts_for(&self, events: &[Numbered<'_>]) -> Result<Vec<NewReceipt>, StoreError> {
        let series: BTreeSet<ReceiptSeries<'_>> = events.iter().filter_map(Numbered::series).collect();
        let series: Vec<ReceiptSeries<'_>> = series.into_iter().collect();
        let heads: Vec<(String, i64, Option<i64>)> = read!(self, store => sqlx::query_as(store.text(&RECEIPT_HEADS))
            .bind(json(&series)).fetch_all(store.readers()))?;
        let mut heads: HashMap<(String, i64), i64> = heads
            .into_iter()
            .map(|(secretariat, year, head)| ((secretariat, year), head.unwrap_or_default()))
            .collect();
        let mut receipts = Vec::new();
        for event in events {
            let Some(ReceiptSeries { secretariat, year }) = event.series() else { continue };
            let head = heads.entry((secretariat.to_owned(), year)).or_default();
            *head += 1;
            receipts.push(NewReceipt {
                secretariat: secretariat.to_owned(),
                year,
                number: *head,
                event_id: event.row.id,
                declaration_id: event.row.declaration_id.unwrap_or_default(),
                exporter: event.row.exporter.clone().unwrap_or_default(),
                declarant: event.row.declarant.clone().unwrap_or_default(),
                amount_kurus: event.paid(),
                paid_at: event.row.happened_at,
            });
        }
        Ok(receipts)
    }

    /// A firm's feed behind a position.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_feed(&self, firm: &str, after: i64, limit: u32) -> Result<Vec<FeedEntry>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&FEED)).bind(firm).bind(after).bind(i64::from(limit))
            .fetch_all(store.readers()))
    }

    /// Lines of a current account behind a number, up to another.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_lines(
        &self,
        account: i64,
        after: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<AccountLine>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&LINES)).bind(account).bind(after).bind(last)
            .bind(i64::from(limit)).fetch_all(store.readers()))
    }

    /// The number of the last line of a current account before an instant, and what the account held then, in kuruş.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn balance_before(&self, account: i64, instant: i64) -> Result<(i64, i64), StoreError> {
        let last: Option<(i64, i64)> = read!(self, store => sqlx::query_as(store.text(&BALANCE_BEFORE)).bind(account)
            .bind(instant).fetch_optional(store.readers()))?;
        Ok(last.unwrap_or_default())
    }

    /// What left a current account since an instant, in kuruş, and when the first of it left, in microseconds UTC.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn spent_since(&self, account: i64, instant: i64) -> Result<(i64, i64), StoreError> {
        read!(self, store => sqlx::query_as(store.text(&SPENT_SINCE)).bind(account).bind(instant)
            .fetch_one(store.readers()))
    }
}
