//! Everything that happened, each row with its audit leaf, and the chain that puts the leaves in one order.
//!
//! A fact's event is written in the fact's commit, unnumbered. The chain follows some milliseconds later, so that
//! no counter makes commits wait for one another; whichever server extends it first wins, the others try again.

use crate::connection::on;
use crate::error::StoreError;
use crate::sql::statements;
use crate::{Ids, Store};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

statements! {
    NEWEST_EVENT = "select coalesce(max(id), 0) from event";
    CHAIN_HEAD = "select position, hash from audit_chain order by position desc limit 1";
    UNCHAINED = "select event.id, event.leaf from event left join audit_chain on audit_chain.event_id = event.id
        where audit_chain.event_id is null and event.id > $1 order by event.id limit $2";
    CHAINED_UP_TO = "select coalesce(max(event_id), 0) from audit_chain";
    @differ
    SAVE_EVENTS = sqlite "insert into event (id, kind, declaration_id, account_id, happened_at, body, leaf)
        select value->>'id', value->>'kind', value->>'declaration_id', value->>'account_id', value->>'happened_at',
            value->>'body', unhex(value->>'leaf') from json_each($1)"
    postgres "insert into event (id, kind, declaration_id, account_id, happened_at, body, leaf)
        select id, kind, declaration_id, account_id, happened_at, body, decode(leaf, 'hex')
        from json_to_recordset($1::json) as x(id bigint, kind text, declaration_id bigint, account_id bigint,
            happened_at bigint, body text, leaf text)";
    EXTEND_CHAIN = sqlite "insert into audit_chain (position, event_id, hash)
        select value->>'position', value->>'event_id', unhex(value->>'hash') from json_each($1)"
    postgres "insert into audit_chain (position, event_id, hash)
        select position, event_id, decode(hash, 'hex') from json_to_recordset($1::json)
            as x(position bigint, event_id bigint, hash text)";
}

/// How far behind the newest chained event an unchained one is looked for at each turn: long commits, and servers'
/// clocks that differ. Row numbers carry microseconds in their upper bits. Two minutes.
const LATE_EVENTS: i64 = 120_000_000 << 8;
/// How far back the first turn of a server looks: as far as another server's clock may have been ahead. Two hours.
const FIRST_LOOK: i64 = 7_200_000_000 << 8;
/// A number drawn by a server is committed within this time, or never.
const COMMITTED_BY: Duration = Duration::from_secs(30);
/// Events chained in one transaction.
const CHAIN_BATCH: i64 = 1_000;

/// One event as it is stored.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct EventRow {
    id: i64,
    kind: &'static str,
    declaration_id: Option<i64>,
    account_id: Option<i64>,
    happened_at: i64,
    body: String,
    leaf: String,
}

impl EventRow {
    pub(crate) fn new(
        id: i64,
        kind: &'static str,
        declaration_id: Option<i64>,
        account_id: Option<i64>,
        at: Timestamp,
        body: &serde_json::Value,
    ) -> Self {
        let (happened_at, body) = (at.as_microsecond(), body.to_string());
        let leaf = hex(&leaf(id, kind, declaration_id, account_id, happened_at, &body));
        Self { id, kind, declaration_id, account_id, happened_at, body, leaf }
    }
}

/// The audit leaf of an event: SHA-256 over its columns, each followed by a line feed.
pub(crate) fn leaf(
    id: i64,
    kind: &str,
    declaration: Option<i64>,
    account: Option<i64>,
    at: i64,
    body: &str,
) -> [u8; 32] {
    let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    let text = format!("{id}\n{kind}\n{}\n{}\n{at}\n{body}\n", number(declaration), number(account));
    Sha256::digest(text.as_bytes()).into()
}

/// The next link: SHA-256 over the hash before it and the leaf.
pub(crate) fn link(before: &[u8], leaf: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(before);
    hasher.update(leaf);
    hasher.finalize().into()
}

/// Lower-case hexadecimal, as the batch statements take bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(*DIGITS.get(usize::from(value)).unwrap_or(&b'0'));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[derive(Serialize)]
struct LinkRow {
    position: i64,
    event_id: i64,
    hash: String,
}

/// What one server has seen of the chain, so that it finds late events also where clocks differ.
///
/// Numbers follow the clock of the server that draws them. Where another server's clock is ahead, the newest link stands
/// far above what we are just drawing; so we look from the newest link of a moment ago, before that could matter, and
/// draw higher numbers from then on.
#[derive(Debug, Default)]
pub struct ChainView(Mutex<Option<View>>);

#[derive(Debug, Clone, Copy)]
struct View {
    /// The newest link half a minute ago or earlier, and since then.
    before: i64,
    since: i64,
    turned_at: Instant,
}

impl ChainView {
    /// The number from which events without a link are looked for, now that this is the newest link.
    fn look_from(&self, newest: i64, now: Instant) -> i64 {
        let mut view = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(view) = view.as_mut() else {
            *view = Some(View { before: newest, since: newest, turned_at: now });
            return newest - FIRST_LOOK;
        };
        if now.saturating_duration_since(view.turned_at) >= COMMITTED_BY {
            *view = View { before: view.since, since: newest, turned_at: now };
        }
        view.before.min(newest) - LATE_EVENTS
    }
}

impl Store {
    /// The highest row number of an event; every transaction that writes rows writes one.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn newest_event(&self) -> Result<i64, StoreError> {
        Ok(on!(self, store => sqlx::query_scalar(store.text(&NEWEST_EVENT)).fetch_one(store.readers()).await?))
    }

    /// Chains the events that no link holds yet; gives how many. Safe to run on several servers at once.
    ///
    /// Looks through a reader first: a turn without new events never takes the writer's place.
    ///
    /// # Errors
    /// When the database cannot answer. Losing the race against another server counts as nothing chained.
    pub async fn extend_chain(&self, view: &ChainView, ids: &Ids) -> Result<usize, StoreError> {
        let (from, waiting) = on!(self, store => {
            let mut tx = store.snapshot().await?;
            let newest: i64 = sqlx::query_scalar(store.text(&CHAINED_UP_TO)).fetch_one(&mut *tx).await?;
            ids.follow(newest);
            let from = view.look_from(newest, Instant::now());
            let waiting: Vec<(i64, Vec<u8>)> = sqlx::query_as(store.text(&UNCHAINED))
                .bind(from).bind(1_i64).fetch_all(&mut *tx).await?;
            tx.commit().await?;
            (from, !waiting.is_empty())
        });
        if !waiting {
            return Ok(0);
        }
        match self.extend_chain_once(from).await {
            Err(error) if error.is_unique_violation() || error.is_transient() => Ok(0),
            result => result,
        }
    }

    async fn extend_chain_once(&self, from: i64) -> Result<usize, StoreError> {
        on!(self, store => {
            let mut tx = store.begin().await?;
            let head: Option<(i64, Vec<u8>)> =
                sqlx::query_as(store.text(&CHAIN_HEAD)).fetch_optional(&mut *tx).await?;
            let (mut position, mut hash) = head.unwrap_or_default();
            let events: Vec<(i64, Vec<u8>)> = sqlx::query_as(store.text(&UNCHAINED))
                .bind(from).bind(CHAIN_BATCH).fetch_all(&mut *tx).await?;
            let links: Vec<LinkRow> = events.iter().map(|(event_id, leaf)| {
                position += 1;
                hash = link(&hash, leaf).to_vec();
                LinkRow { position, event_id: *event_id, hash: hex(&hash) }
            }).collect();
            if !links.is_empty() {
                sqlx::query(store.text(&EXTEND_CHAIN)).bind(crate::writer::rows::json(&links)).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(links.len())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_whose_clock_is_behind_still_finds_what_it_drew_before_it_knew() {
        let (view, start) = (ChainView::default(), Instant::now());
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let (hour, now) = (3_600_000_000_i64 << 8, 10_000_000_000_i64 << 8);
        assert_eq!(view.look_from(now, at(0)), now - FIRST_LOOK);
        // Another server's clock is an hour ahead: its link is the newest one at once.
        assert!(view.look_from(now + hour, at(1)) < now);
        assert!(view.look_from(now + hour, at(29)) < now, "a batch of ours may still be committed");
        assert!(view.look_from(now + hour, at(31)) < now);
        assert!(view.look_from(now + hour, at(62)) > now, "by now our numbers follow theirs");
    }
}
