//! Does the audit chain hold every event once, and does each block follow from the one before it?

use crate::error::StoreError;
use crate::events::link;
use crate::packed::Packed;
use crate::sql::statements;
use std::collections::HashMap;

statements! {
    EVENTS = "select id, kind, declaration_id, account_id, happened_at, body, leaf from event
        where id > $1 order by id limit $2";
    BLOCKS = "select first_position, events, event_ids, dictionary, hash from audit_block
        where first_position > $1 order by first_position limit $2";
    UNCHAINED_LEAVES = "select event_unchained.event_id, event.leaf from event_unchained
        left join event on event.id = event_unchained.event_id
        where event_unchained.event_id > $1 order by event_unchained.event_id limit $2";
    @differ
    LEAVES = sqlite "select id, leaf from event where id in (select value from json_each($1))"
        postgres "select id, leaf from event
            where id in (select value::bigint from json_array_elements_text($1::json))";
}

/// Blocks read at a time; each has up to a thousand events.
pub(super) const BLOCKS_PAGE: i64 = 100;

/// A row of [`EVENTS`].
pub(super) type EventRow = (i64, String, Option<i64>, Option<i64>, i64, String, Vec<u8>);

/// Follows the chain within a snapshot of either engine; how many events there are.
macro_rules! audit_chain {
    ($store:ident, $tx:ident, $broken:ident) => {{
        use $crate::audit::{PAGE, chain};
        let (mut events, mut after, mut all) = (0_u64, i64::MIN, chain::LeafSum::default());
        loop {
            let rows: Vec<chain::EventRow> =
                sqlx::query_as($store.text(&chain::EVENTS)).bind(after).bind(PAGE).fetch_all(&mut *$tx).await?;
            let Some(last) = rows.last() else { break };
            after = last.0;
            for (id, kind, declaration, account, at, body, stored) in &rows {
                events += 1;
                all.add(stored);
                if $crate::events::leaf(*id, kind, *declaration, *account, *at, body).as_slice() != stored.as_slice() {
                    $broken("audit leaves match their events", format!("event {id}"));
                }
            }
        }
        let mut links = chain::ChainAudit::default();
        let mut after = 0_i64;
        loop {
            let blocks: Vec<chain::Block> = sqlx::query_as($store.text(&chain::BLOCKS))
                .bind(after)
                .bind(chain::BLOCKS_PAGE)
                .fetch_all(&mut *$tx)
                .await?;
            let Some(last) = blocks.last() else { break };
            after = last.first_position;
            for block in blocks {
                let ids = match block.ids() {
                    Ok(ids) => ids,
                    Err(error) => {
                        $broken("the audit chain is whole", error.to_string());
                        Vec::new()
                    }
                };
                let leaves: Vec<(i64, Vec<u8>)> = sqlx::query_as($store.text(&chain::LEAVES))
                    .bind($crate::writer::rows::json(&ids))
                    .fetch_all(&mut *$tx)
                    .await?;
                if !links.follows(&block, &ids, &leaves.into_iter().collect()) {
                    $broken("the audit chain is whole", format!("position {}", block.first_position));
                }
            }
        }
        let mut after = i64::MIN;
        loop {
            let waiting: Vec<(i64, Option<Vec<u8>>)> = sqlx::query_as($store.text(&chain::UNCHAINED_LEAVES))
                .bind(after)
                .bind(PAGE)
                .fetch_all(&mut *$tx)
                .await?;
            let Some(last) = waiting.last() else { break };
            after = last.0;
            for (_, leaf) in waiting {
                links.leaves.add(leaf.as_deref().unwrap_or_default());
            }
        }
        if links.leaves != all {
            $broken("the audit chain is whole", "the events are not those that are chained or wait for it".to_owned());
        }
        events
    }};
}
pub(super) use audit_chain;

/// A block as it is stored.
#[derive(sqlx::FromRow)]
pub(crate) struct Block {
    pub(crate) first_position: i64,
    pub(crate) events: i64,
    event_ids: Vec<u8>,
    dictionary: i64,
    hash: Vec<u8>,
}

impl Block {
    /// The position of its last event.
    pub(super) fn last(&self) -> i64 {
        self.first_position + self.events - 1
    }

    /// The events of the block in their order.
    pub(crate) fn ids(&self) -> Result<Vec<i64>, StoreError> {
        let packed = Packed { bytes: self.event_ids.clone(), dictionary: self.dictionary };
        let text = packed.text("audit_block", "event_ids")?;
        let wrong = |_| StoreError::Inconsistent { table: "audit_block", column: "event_ids", value: text.clone() };
        serde_json::from_str(&text).map_err(wrong)
    }
}

/// A sum over leaves that tells, in any order, whether two sets of events are the same: leaves hold the event's number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LeafSum(u128);

impl LeafSum {
    pub(super) fn add(&mut self, leaf: &[u8]) {
        let first = leaf.first_chunk().copied().unwrap_or_default();
        self.0 = self.0.wrapping_add(u128::from_be_bytes(first));
    }
}

/// The chain as far as it was followed.
#[derive(Debug, Default)]
pub(super) struct ChainAudit {
    /// Over what is chained, and whatever is added.
    pub(super) leaves: LeafSum,
    position: i64,
    hash: Vec<u8>,
}

impl ChainAudit {
    /// True when a block follows from the one before it. One broken block is told once; what follows is judged from
    /// what is stored.
    pub(super) fn follows(&mut self, block: &Block, ids: &[i64], leaves: &HashMap<i64, Vec<u8>>) -> bool {
        let mut hash = std::mem::take(&mut self.hash);
        for id in ids {
            let leaf = leaves.get(id).map(Vec::as_slice).unwrap_or_default();
            self.leaves.add(leaf);
            hash = link(&hash, leaf).to_vec();
        }
        let holds = block.first_position == self.position + 1
            && i64::try_from(ids.len()) == Ok(block.events)
            && hash == block.hash;
        self.position = block.first_position + block.events - 1;
        self.hash.clone_from(&block.hash);
        holds
    }
}
