//! Changes of the registers and dated tables by two people: one proposes rows, another confirms them.
//!
//! A proposal is judged as an imported file is, and its effect is shown on declarations that were approved already
//! ([`preview`]). Nothing changes before the second person's word, and then all of it does, if the rows of the same
//! keys still are what they were. A key is in one open proposal at most.

pub mod preview;
pub mod table;

use crate::client::{Client, Role, Roles};
use crate::import::{self, Amiss, ImportErrors, Kind, RowError};
use crate::office::Office;
use ebirlik_domain::decision::Fault;
use ebirlik_store::changes::{Applied, ChangeState, ChangedRows, TableChange};
use ebirlik_store::client_acts::ClientFilter;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use table::{Cells, closing, key, may_change, scope, stored};

/// What became of a question: the answer, what is wrong by line, or why not.
#[derive(Debug, Clone, PartialEq)]
pub enum Judged<T> {
    /// Here it is.
    Given(T),
    /// Nothing was done; line 2 is the first row.
    Wrong(Vec<RowError>),
    /// Nothing was done.
    Refused(Refused),
}

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is no such proposal, or it is not this client's to see.
    NotFound,
    /// This client may not change this table.
    NotAllowed,
    /// There is no row in it.
    Empty,
    /// More rows than [`ROWS_MAX`].
    TooMany,
    /// The rows are what stands already.
    NothingNew,
    /// No reason was given, or a longer one than [`REASON_LETTERS_MAX`].
    ReasonMissing,
    /// Who proposed it cannot confirm or refuse it.
    SecondPersonNeeded,
    /// Only who proposed it can take it back.
    NotProposer,
    /// It was decided before.
    Decided,
    /// Rows of its keys changed since it was proposed.
    ChangedMeanwhile,
    /// An open proposal has one of its keys.
    Awaits(i64),
}

/// Rows that are sound, and all that follows from them; nothing is stored.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The rows to be written: those that were given, then stored ones that end the day before.
    pub rows: Vec<Cells>,
    /// The stored rows of the same keys.
    pub before: Vec<Cells>,
    changed: ChangedRows,
}

/// A proposal as it is looked at.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// Who, when, why, and how it stands.
    pub change: TableChange,
    /// Which table.
    pub kind: Kind,
    /// The rows to be written.
    pub rows: Vec<Cells>,
    /// The stored rows of the same keys, as they stood when it was proposed.
    pub before: Vec<Cells>,
}

#[derive(Serialize, Deserialize)]
struct Proposal {
    rows: Vec<Cells>,
    before: Vec<Cells>,
}

/// Judges rows as an import would, adds the stored rows that end before them, and stores nothing.
///
/// # Errors
/// When the store does not answer.
pub async fn draft(office: &Office, client: &Client, kind: Kind, given: Vec<Cells>) -> Result<Judged<Draft>, Fault> {
    if !may_change(client, kind) {
        return Ok(Judged::Refused(Refused::NotAllowed));
    }
    if given.len() > ROWS_MAX {
        return Ok(Judged::Refused(Refused::TooMany));
    }
    let mut rows: Vec<Cells> = given.iter().map(|row| row.all_of(kind)).collect();
    let before = stored(office, kind, &rows).await?;
    rows.extend(closing(kind, &rows, &before));
    let changed = match judge(office, client, kind, &rows).await? {
        Judged::Given(changed) => changed,
        Judged::Wrong(errors) => return Ok(Judged::Wrong(errors)),
        Judged::Refused(refused) => return Ok(Judged::Refused(refused)),
    };
    if rows.iter().all(|row| before.contains(row)) {
        return Ok(Judged::Refused(Refused::NothingNew));
    }
    if let Some(id) = office.store.find_held(kind.as_str(), &keys(kind, &rows)).await? {
        return Ok(Judged::Refused(Refused::Awaits(id)));
    }
    Ok(Judged::Given(Draft { rows, before, changed }))
}

/// Proposes rows to a second person; gives the proposal's number.
///
/// # Errors
/// When the store does not take it.
pub async fn propose(
    office: &Office,
    client: &Client,
    kind: Kind,
    given: Vec<Cells>,
    reason: &str,
) -> Result<Judged<i64>, Fault> {
    let Some(reason) = reasoned(reason) else { return Ok(Judged::Refused(Refused::ReasonMissing)) };
    let Draft { rows, before, changed } = match draft(office, client, kind, given).await? {
        Judged::Given(draft) => draft,
        Judged::Wrong(errors) => return Ok(Judged::Wrong(errors)),
        Judged::Refused(refused) => return Ok(Judged::Refused(refused)),
    };
    let now = office.clock.now();
    let keys = keys(kind, &rows);
    let secretariats = changed.secretariats();
    let secretariat = match secretariats.first() {
        Some(only) if secretariats.len() == 1 => (*only).to_owned(),
        _ => String::new(),
    };
    let proposal = serde_json::to_string(&Proposal { rows, before }).map_err(|_| Fault::Unavailable)?;
    let change = TableChange {
        id: office.ids.next(now),
        table: kind.as_str().to_owned(),
        secretariat,
        proposal,
        reason,
        proposed_by: client.code.clone(),
        proposed_at: now,
        state: ChangeState::Open,
        decided_by: None,
        decided_at: None,
        decision_reason: None,
    };
    if office.store.propose_change(&change, &keys, &office.ids).await? {
        return Ok(Judged::Given(change.id));
    }
    let held = office.store.find_held(kind.as_str(), &keys).await?;
    Ok(Judged::Refused(held.map_or(Refused::ChangedMeanwhile, Refused::Awaits)))
}

/// The second person's yes: the rows are written now, with their history.
///
/// # Errors
/// When the store does not take it; nothing is written then.
pub async fn confirm(office: &Office, client: &Client, id: i64) -> Result<Judged<()>, Fault> {
    let proposed = match by_another(office, client, id).await? {
        Judged::Given(proposed) => proposed,
        Judged::Wrong(errors) => return Ok(Judged::Wrong(errors)),
        Judged::Refused(refused) => return Ok(Judged::Refused(refused)),
    };
    let Proposed { change, kind, rows, before } = proposed;
    let now = office.clock.now();
    let decided = decided(change, ChangeState::Confirmed, client, None, now);
    for _ in 0..TURNS_MAX {
        let version = office.store.counter(table::counter(kind)).await?;
        if stored(office, kind, &rows).await? != before {
            return Ok(Judged::Refused(Refused::ChangedMeanwhile));
        }
        let changed = match judge(office, client, kind, &rows).await? {
            Judged::Given(changed) => changed,
            Judged::Wrong(errors) => return Ok(Judged::Wrong(errors)),
            Judged::Refused(refused) => return Ok(Judged::Refused(refused)),
        };
        match office.store.apply_change(&decided, &changed, version, (&office.ids, now)).await? {
            Applied::Done => return Ok(Judged::Given(())),
            Applied::Decided => return Ok(Judged::Refused(Refused::Decided)),
            Applied::Stale => {}
        }
    }
    Err(Fault::Unavailable)
}

/// The second person's no.
///
/// # Errors
/// When the store does not take it.
pub async fn refuse(office: &Office, client: &Client, id: i64, reason: &str) -> Result<Judged<()>, Fault> {
    let Some(reason) = reasoned(reason) else { return Ok(Judged::Refused(Refused::ReasonMissing)) };
    match by_another(office, client, id).await? {
        Judged::Given(proposed) => {
            let now = office.clock.now();
            close(office, decided(proposed.change, ChangeState::Refused, client, Some(reason), now)).await
        }
        Judged::Wrong(errors) => Ok(Judged::Wrong(errors)),
        Judged::Refused(refused) => Ok(Judged::Refused(refused)),
    }
}

/// Who proposed it takes it back.
///
/// # Errors
/// When the store does not take it.
pub async fn withdraw(office: &Office, client: &Client, id: i64) -> Result<Judged<()>, Fault> {
    let Some(proposed) = find(office, client, id).await? else { return Ok(Judged::Refused(Refused::NotFound)) };
    if proposed.change.proposed_by != client.code {
        return Ok(Judged::Refused(Refused::NotProposer));
    }
    let now = office.clock.now();
    close(office, decided(proposed.change, ChangeState::Withdrawn, client, None, now)).await
}

/// A proposal that this client may see: of a table that it may change, of its secretariat.
///
/// # Errors
/// When the store does not answer.
pub async fn find(office: &Office, client: &Client, id: i64) -> Result<Option<Proposed>, Fault> {
    let Some(change) = office.store.find_change(id).await? else { return Ok(None) };
    let Some(kind) = Kind::parse(&change.table).filter(|kind| sees(client, *kind, &change.secretariat)) else {
        return Ok(None);
    };
    let Proposal { rows, before } = serde_json::from_str(&change.proposal).map_err(|_| Fault::Unavailable)?;
    Ok(Some(Proposed { change, kind, rows, before }))
}

/// User codes of those who may be the second person of a proposal, and are not locked.
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn list_second_persons(office: &Office, change: &TableChange) -> Result<Vec<String>, Fault> {
    let Some(kind) = Kind::parse(&change.table) else { return Ok(Vec::new()) };
    let mut codes = BTreeSet::new();
    for (role, secretariat) in [(Role::Admin, ""), (Role::Staff, change.secretariat.as_str())] {
        let (role, secretariat) = (role.as_str().to_owned(), secretariat.to_owned());
        let filter = ClientFilter { role, secretariat, ..ClientFilter::default() };
        for found in office.store.list_clients(&filter, SECOND_PERSONS_MAX, 0).await?.0 {
            let roles = Roles::parse(&found.roles).unwrap_or_default();
            let is_locked = found.locked != 0;
            let client = Client { code: found.code, firm: found.firm, secretariat: found.secretariat, roles };
            if !is_locked && client.code != change.proposed_by && sees(&client, kind, &change.secretariat) {
                codes.insert(client.code);
            }
        }
    }
    Ok(codes.into_iter().collect())
}

/// Proposals of a state that this client may see, the newest first.
///
/// # Errors
/// When the store does not answer.
pub async fn list(office: &Office, client: &Client, state: ChangeState) -> Result<Vec<TableChange>, Fault> {
    let mut changes = office.store.list_changes(state, scope(client), LIST_MAX).await?;
    changes.retain(|change| Kind::parse(&change.table).is_some_and(|kind| may_change(client, kind)));
    Ok(changes)
}

/// Whether a proposal of a table and a secretariat is a client's to see.
fn sees(client: &Client, kind: Kind, secretariat: &str) -> bool {
    may_change(client, kind) && (scope(client).is_empty() || scope(client) == secretariat)
}

/// What a draft would have come to on declarations that are approved; none where the table changes no decision.
///
/// # Errors
/// When the store does not answer.
pub async fn preview_draft(office: &Office, draft: &Draft) -> Result<Option<preview::Preview>, Fault> {
    preview::preview(office, &draft.changed, preview::day(&draft.rows, &draft.before)).await
}

/// The same of a proposal, as things stand now; none where its rows cannot be written any more.
///
/// # Errors
/// When the store does not answer.
pub async fn preview_proposed(
    office: &Office,
    client: &Client,
    proposed: &Proposed,
) -> Result<Option<preview::Preview>, Fault> {
    match judge(office, client, proposed.kind, &proposed.rows).await? {
        Judged::Given(changed) => {
            preview::preview(office, &changed, preview::day(&proposed.rows, &proposed.before)).await
        }
        Judged::Wrong(_) | Judged::Refused(_) => Ok(None),
    }
}

/// Rows as an import judges them, and whether they are this client's to change.
async fn judge(office: &Office, client: &Client, kind: Kind, rows: &[Cells]) -> Result<Judged<ChangedRows>, Fault> {
    let csv = table::csv(kind, rows).ok_or(Fault::Unavailable)?;
    let plan = match import::plan(office, kind, &csv).await {
        Ok(plan) => plan,
        Err(ImportErrors::Rows { errors, .. }) => return Ok(Judged::Wrong(errors)),
        Err(ImportErrors::Store(error)) => return Err(error.into()),
        Err(ImportErrors::Empty) => return Ok(Judged::Refused(Refused::Empty)),
        Err(ImportErrors::TooLarge { .. } | ImportErrors::NotUtf8 { .. }) => {
            return Ok(Judged::Refused(Refused::TooMany));
        }
    };
    let changed = plan.into_changed().ok_or(Fault::Unavailable)?;
    let own = scope(client);
    if !own.is_empty() && changed.secretariats().into_iter().any(|secretariat| secretariat != own) {
        return Ok(Judged::Wrong(others(office, kind, rows, own)));
    }
    Ok(Judged::Given(changed))
}

/// The rows that are another secretariat's than this one.
fn others(office: &Office, kind: Kind, rows: &[Cells], own: &str) -> Vec<RowError> {
    let rules = office.rules();
    let column = if kind == Kind::Memberships { "union" } else { "secretariat" };
    let of = |value: &str| match kind {
        Kind::Memberships => rules.unions.get(value).cloned().unwrap_or_default(),
        _ => value.to_owned(),
    };
    let error = |(row, line): (&Cells, u64)| {
        let value = row.get(column);
        (of(value) != own).then(|| RowError {
            line,
            column: column.to_owned(),
            value: value.to_owned(),
            amiss: Amiss::OtherSecretariat,
            expected: format!("one of {own}"),
        })
    };
    rows.iter().zip(2..).filter_map(error).collect()
}

/// An open proposal that another person made.
async fn by_another(office: &Office, client: &Client, id: i64) -> Result<Judged<Proposed>, Fault> {
    Ok(match find(office, client, id).await? {
        None => Judged::Refused(Refused::NotFound),
        Some(proposed) if proposed.change.state != ChangeState::Open => Judged::Refused(Refused::Decided),
        Some(proposed) if proposed.change.proposed_by == client.code => Judged::Refused(Refused::SecondPersonNeeded),
        Some(proposed) => Judged::Given(proposed),
    })
}

async fn close(office: &Office, decided: TableChange) -> Result<Judged<()>, Fault> {
    let closed = office.store.drop_change(&decided, &office.ids, office.clock.now()).await?;
    Ok(if closed { Judged::Given(()) } else { Judged::Refused(Refused::Decided) })
}

fn decided(
    change: TableChange,
    state: ChangeState,
    client: &Client,
    reason: Option<String>,
    now: jiff::Timestamp,
) -> TableChange {
    let decided_by = Some(client.code.clone());
    TableChange { state, decided_by, decided_at: Some(now), decision_reason: reason, ..change }
}

fn keys(kind: Kind, rows: &[Cells]) -> BTreeSet<String> {
    rows.iter().map(|row| key(kind, row)).collect()
}

/// A reason of at least one letter and not too many.
pub(crate) fn reasoned(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text.chars().count() <= REASON_LETTERS_MAX).then(|| text.to_owned())
}

/// Rows of one proposal; more are better imported from a file.
pub const ROWS_MAX: usize = 50;
/// Letters of a reason.
pub const REASON_LETTERS_MAX: usize = 1_000;
/// Users of a role that are looked at.
const SECOND_PERSONS_MAX: u32 = 1_000;
/// Proposals of a list.
const LIST_MAX: u32 = 100;
/// Times that a confirmed proposal is judged because its table changed under it.
const TURNS_MAX: u32 = 3;
