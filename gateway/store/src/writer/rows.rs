//! The rows of a batch.

use crate::events::{EventRow, hex};
use crate::parties::Basis;
use jiff::civil::Date;
use serde::{Serialize, Serializer};

/// Rows as one JSON array. Our rows hold only texts and numbers, which always serialise.
pub(crate) fn json<R: Serialize>(rows: &[R]) -> String {
    serde_json::to_string(rows).expect("rows of texts and numbers serialise")
}

/// Everything that a batch writes.
pub(super) struct Rows<'a> {
    /// Declarations that are new.
    pub(super) fresh: Vec<DeclarationRow<'a>>,
    /// Declarations that stood and changed.
    pub(super) touched: Vec<DeclarationRow<'a>>,
    pub(super) versions: Vec<VersionRow<'a>>,
    pub(super) approvals: Vec<ApprovalRow<'a>>,
    pub(super) transfers: Vec<TransferRow>,
    pub(super) events: Vec<EventRow>,
    /// What each account pays in all.
    pub(super) debits: Vec<DebitRow>,
    /// What is debited by each power that has a daily limit.
    pub(super) spendings: Vec<SpendingRow<'a>>,
}

impl Rows<'_> {
    /// True when the batch changes nothing: replays and refusals alone.
    pub(super) fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.touched.is_empty() && self.events.is_empty()
    }
}

/// Bytes in JSON are hexadecimal digits.
pub(crate) fn as_hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex(bytes))
}

pub(super) struct DeclarationRow<'a> {
    pub(super) id: i64,
    pub(super) key: [u8; 16],
    pub(super) declarant: &'a str,
    pub(super) reference: &'a str,
    pub(super) exporter: &'a str,
    pub(super) secretariat: &'a str,
    pub(super) digest: Vec<u8>,
    pub(super) state: &'static str,
    pub(super) version: u32,
    pub(super) received_at: i64,
    /// Waits, because its sender asked for it.
    pub(super) hold: bool,
}

pub(super) struct VersionRow<'a> {
    pub(super) declaration_id: i64,
    pub(super) version: u32,
    pub(super) digest: &'a [u8],
    pub(super) content: &'a [u8],
    pub(super) dictionary: i64,
    pub(super) sent_by: &'a str,
    pub(super) sent_at: i64,
}

pub(super) struct ApprovalRow<'a> {
    pub(super) declaration_id: i64,
    pub(super) version: u32,
    pub(super) code: String,
    pub(super) collision: u32,
    pub(super) record_no: String,
    pub(super) kind: &'static str,
    pub(super) approved_at: i64,
    pub(super) valid_until: Option<String>,
    pub(super) fee_kurus: i64,
    pub(super) fob_try_kurus: i64,
    pub(super) account_id: Option<i64>,
    pub(super) balance_kurus: Option<i64>,
    pub(super) detail: &'a [u8],
    pub(super) dictionary: i64,
    pub(super) notices: Option<String>,
    pub(super) renderer: u32,
    pub(super) answer_digest: [u8; 32],
    pub(super) basis: Basis,
}

pub(super) struct TransferRow {
    pub(super) id: i64,
    pub(super) debit_account: i64,
    pub(super) credit_account: i64,
    pub(super) amount_kurus: i64,
    pub(super) declaration_id: i64,
    pub(super) booked_at: i64,
}

pub(super) struct DebitRow {
    pub(super) id: i64,
    pub(super) amount_kurus: i64,
}

/// A power that has a daily limit, in one order on all servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct LimitedPower<'a> {
    pub(super) exporter: &'a str,
    pub(super) declarant: &'a str,
    pub(super) secretariat: &'a str,
    pub(super) valid_from: Date,
}

pub(super) struct SpendingRow<'a> {
    pub(super) power: LimitedPower<'a>,
    pub(super) day: Date,
    pub(super) amount_kurus: i64,
    pub(super) limit_kurus: i64,
}
