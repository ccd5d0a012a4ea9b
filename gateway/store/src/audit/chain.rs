//! Does the audit chain hold every event once, and does each block follow from the one before it?

use crate::error::StoreError;
use crate::events::link;
use crate::packed::Packed;
use std::collections::HashMap;

/// A block as it is stored.
#[derive(sqlx::FromRow)]
pub(super) struct Block {
    pub(super) first_position: i64,
    events: i64,
    event_ids: Vec<u8>,
    dictionary: i64,
    hash: Vec<u8>,
}

impl Block {
    /// The events of the block in their order.
    pub(super) fn ids(&self) -> Result<Vec<i64>, StoreError> {
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
