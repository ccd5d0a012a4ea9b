//! What waits for the staff of a secretariat: the queues with their lengths and ages, and a page of each.
//!
//! [`QUEUES`] names them all; whoever adds work for staff adds its name there and its line to the store's statement.

use crate::client::Client;
use crate::office::Office;
use ebirlik_domain::decision::Fault;
pub use ebirlik_store::queues::{DeskRow, MatchFilter, MatchRow, OpenCaseRow, UnmatchedLine, Window};
use jiff::Timestamp;

/// Every queue, in the order in which staff see them.
pub const QUEUES: [&str; 6] = ["desk", "cases", "bank", "without_approval", "never_registered", "differs"];

/// The three lists of the monthly match. Source: G-82 to G-84.
pub const LISTS: [&str; 3] = ["without_approval", "never_registered", "differs"];

/// How much waits, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// One of [`QUEUES`].
    pub name: &'static str,
    /// How many.
    pub count: u64,
    /// Since when the oldest waits.
    pub oldest: Option<Timestamp>,
}

/// Every queue of the staff's secretariat, empty ones too.
///
/// # Errors
/// When the store does not answer.
pub async fn queues(office: &Office, staff: &Client) -> Result<Vec<Queue>, Fault> {
    let waiting = office.store.list_queues(&staff.secretariat).await?;
    let queue = |name: &'static str| {
        let found = waiting.iter().find(|queue| queue.kind == name);
        let oldest = found.and_then(|queue| Timestamp::from_microsecond(queue.oldest?).ok());
        Queue { name, count: found.map_or(0, |queue| u64::try_from(queue.count).unwrap_or_default()), oldest }
    };
    Ok(QUEUES.into_iter().map(queue).collect())
}

/// A page of the desk's queue: of a firm or a reference where one is given.
///
/// # Errors
/// When the store does not answer.
pub async fn at_desk(
    office: &Office,
    staff: &Client,
    of: (&str, &str),
    window: Window,
) -> Result<(Vec<DeskRow>, u64), Fault> {
    Ok(counted(office.store.list_desk(&staff.secretariat, of, window).await?, |row| row.total))
}

/// A page of the cases that wait for a second person; of one kind where it is given.
///
/// # Errors
/// When the store does not answer.
pub async fn open_cases(
    office: &Office,
    staff: &Client,
    kind: &str,
    window: Window,
) -> Result<(Vec<OpenCaseRow>, u64), Fault> {
    Ok(counted(office.store.list_open_case_rows(&staff.secretariat, kind, window).await?, |row| row.total))
}

/// A page of the bank's lines that a person must decide on.
///
/// # Errors
/// When the store does not answer.
pub async fn unmatched(office: &Office, staff: &Client, window: Window) -> Result<(Vec<UnmatchedLine>, u64), Fault> {
    Ok(counted(office.store.list_unmatched_page(&staff.secretariat, window).await?, |row| row.total))
}

/// A page of the monthly match: rows of the staff's secretariat and those that nobody can tell whose they are.
///
/// # Errors
/// When the store does not answer.
pub async fn differences(
    office: &Office,
    staff: &Client,
    filter: &MatchFilter,
    window: Window,
) -> Result<(Vec<MatchRow>, u64), Fault> {
    Ok(counted(office.store.list_match_rows(&staff.secretariat, filter, window).await?, |row| row.total))
}

/// One row of the monthly match.
///
/// # Errors
/// When the store does not answer.
pub async fn difference(office: &Office, staff: &Client, id: i64) -> Result<Option<MatchRow>, Fault> {
    Ok(office.store.find_match_row(&staff.secretariat, id).await?)
}

/// Rows with the length of the whole list, which each of them tells.
fn counted<R>(rows: Vec<R>, total: impl Fn(&R) -> i64) -> (Vec<R>, u64) {
    let total = rows.first().map_or(0, |row| u64::try_from(total(row)).unwrap_or_default());
    (rows, total)
}
