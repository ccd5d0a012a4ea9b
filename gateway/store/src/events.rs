//! Everything that happened, each row with its audit leaf, and the chain that puts the leaves in one order.
//!
//! A fact's event is written in the fact's commit, unnumbered. The chain follows some milliseconds later, so that
//! no counter makes commits wait for one another; on SQLite, where they wait anyway, each chains its own at once. It
//! grows by blocks: some events in one order, and the hash of the last link; whichever server extends it first wins, the
//! others try again.

use crate::Store;
use crate::connection::{on, read};
use crate::error::StoreError;
use crate::packed::Packed;
use crate::sql::statements;
use crate::writer::rows::as_hex;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

statements! {
    NEWEST_EVENT = "select coalesce(max(id), 0) from event";
    CHAIN_HEAD = "select first_position + events, hash from audit_block order by first_position desc limit 1";
    ANY_UNCHAINED = "select exists (select 1 from event_unchained)";
    UNCHAINED = "select event_unchained.event_id, event.leaf
        from event_unchained left join event on event.id = event_unchained.event_id
        order by event_unchained.event_id limit $1";
    SAVE_BLOCK = "insert into audit_block (first_position, events, event_ids, dictionary, hash)
        values ($1, $2, $3, $4, $5)";
    @differ
    SAVE_EVENTS = sqlite "insert into event (id, kind, declaration_id, account_id, happened_at, body, leaf)
        select value->>'id', value->>'kind', value->>'declaration_id', value->>'account_id', value->>'happened_at',
            value->>'body', unhex(value->>'leaf') from json_each($1)"
    postgres "insert into event (id, kind, declaration_id, account_id, happened_at, body, leaf)
        select id, kind, declaration_id, account_id, happened_at, body, decode(leaf, 'hex')
        from json_to_recordset($1::json) as x(id bigint, kind text, declaration_id bigint, account_id bigint,
            happened_at bigint, body text, leaf text)";
    SAVE_UNCHAINED = sqlite "insert into event_unchained (event_id) select value->>'id' from json_each($1)"
    postgres "insert into event_unchained (event_id) select id from json_to_recordset($1::json) as x(id bigint)";
    FORGET_UNCHAINED = sqlite "delete from event_unchained where event_id in (select value from json_each($1))"
    postgres "delete from event_unchained
        where event_id in (select value::bigint from json_array_elements_text($1::json))";
}

/// Events of one block: read, hashed and written in a millisecond or two, so that approvals hardly wait for it.
const BLOCK_EVENTS: i64 = 1_000;

/// Writes events within the transaction of what happened, and chains them where whoever writes is alone; else they are
/// remembered as not chained yet.
macro_rules! save_events {
    ($store:ident, $tx:ident, $events:expr) => {{
        use $crate::events::{Block, CHAIN_HEAD, EventRow, SAVE_BLOCK, SAVE_EVENTS, SAVE_UNCHAINED, overtaken};
        let events: &[EventRow] = $events;
        let rows = $crate::writer::rows::json(events);
        sqlx::query($store.text(&SAVE_EVENTS))
            .bind(&rows)
            .execute(&mut *$tx)
            .await
            .map_err(|error| overtaken(error.into()))?;
        if $store.is_written_by_one() {
            let head = sqlx::query_as($store.text(&CHAIN_HEAD)).fetch_optional(&mut *$tx).await?;
            let block = Block::behind(head, events.iter().map(|event| (event.id, event.leaf.as_slice())));
            sqlx::query($store.text(&SAVE_BLOCK))
                .bind(block.first_position)
                .bind(block.events)
                .bind(block.packed.bytes)
                .bind(block.packed.dictionary)
                .bind(block.hash)
                .execute(&mut *$tx)
                .await?;
        } else {
            sqlx::query($store.text(&SAVE_UNCHAINED)).bind(&rows).execute(&mut *$tx).await?;
        }
    }};
}
pub(crate) use save_events;

/// Another server drew the same row number: the whole transaction may be tried again.
pub(crate) fn overtaken(error: StoreError) -> StoreError {
    if error.is_unique_violation() { StoreError::Overtaken } else { error }
}

/// One event as it is stored.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct EventRow {
    pub(crate) id: i64,
    pub(crate) kind: &'static str,
    pub(crate) declaration_id: Option<i64>,
    pub(crate) account_id: Option<i64>,
    pub(crate) happened_at: i64,
    pub(crate) body: String,
    #[serde(serialize_with = "as_hex")]
    pub(crate) leaf: [u8; 32],
}

impl EventRow {
    pub(crate) fn new(
        id: i64,
        kind: &'static str,
        declaration_id: Option<i64>,
        account_id: Option<i64>,
        at: Timestamp,
        body: &impl Serialize,
    ) -> Self {
        let body = serde_json::to_string(body).expect("texts and numbers serialise");
        let happened_at = at.as_microsecond();
        let leaf = leaf(id, kind, declaration_id, account_id, happened_at, &body);
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

/// What extends the chain: some events in one order, behind all that is chained.
pub(crate) struct Block {
    pub(crate) first_position: i64,
    pub(crate) events: i64,
    /// As JSON.
    pub(crate) ids: String,
    /// The same, packed.
    pub(crate) packed: Packed,
    /// Of the last link.
    pub(crate) hash: Vec<u8>,
}

impl Block {
    /// Behind this position and hash, or the first of all.
    pub(crate) fn behind<'e>(
        head: Option<(i64, Vec<u8>)>,
        events: impl ExactSizeIterator<Item = (i64, &'e [u8])>,
    ) -> Self {
        let (first_position, mut hash) = head.unwrap_or((1, Vec::new()));
        let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
        let mut ids = Vec::with_capacity(events.len());
        for (id, leaf) in events {
            hash = link(&hash, leaf).to_vec();
            ids.push(id);
        }
        let ids = crate::writer::rows::json(&ids);
        Self { first_position, events: count, packed: Packed::of(&ids), ids, hash }
    }
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(*DIGITS.get(usize::from(value)).unwrap_or(&b'0'));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

impl Store {
    /// The highest row number of an event; every transaction that writes rows writes one.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn newest_event(&self) -> Result<i64, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&NEWEST_EVENT)).fetch_one(store.readers()))
    }

    /// Chains events that no block holds yet, at most a block's worth; gives how many. Safe to run on several servers at
    /// once: they meet at the block's first position, and one of them wins.
    ///
    /// # Errors
    /// When the database cannot answer. Losing the race against another server counts as nothing chained.
    pub async fn extend_chain(&self) -> Result<usize, StoreError> {
        match self.extend_chain_once().await {
            Err(error) if error.is_unique_violation() || error.is_transient() => Ok(0),
            result => result,
        }
    }

    async fn extend_chain_once(&self) -> Result<usize, StoreError> {
        if !read!(self, store => sqlx::query_scalar::<_, bool>(store.text(&ANY_UNCHAINED)).fetch_one(store.readers()))?
        {
            return Ok(0);
        }
        on!(self, store => {
            let mut tx = store.begin().await?;
            // The head first: whoever chains these events meanwhile takes our position, and who did before has forgotten
            // them. The other way round both could chain them, one behind the other.
            let head = sqlx::query_as(store.text(&CHAIN_HEAD)).fetch_optional(&mut *tx).await?;
            let events: Vec<(i64, Vec<u8>)> =
                sqlx::query_as(store.text(&UNCHAINED)).bind(BLOCK_EVENTS).fetch_all(&mut *tx).await?;
            if events.is_empty() {
                return Ok(0);
            }
            let block = Block::behind(head, events.iter().map(|(id, leaf)| (*id, leaf.as_slice())));
            sqlx::query(store.text(&SAVE_BLOCK)).bind(block.first_position).bind(block.events)
                .bind(block.packed.bytes).bind(block.packed.dictionary).bind(block.hash).execute(&mut *tx).await?;
            sqlx::query(store.text(&FORGET_UNCHAINED)).bind(block.ids).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(events.len())
        })
    }
}
