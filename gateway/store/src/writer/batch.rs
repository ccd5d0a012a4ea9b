//! One batch in one transaction: who is a twin, who can pay, which numbers and codes; then sets of rows.
//!
//! Decisions fall in the order of arrival, on balances and states read (and on PostgreSQL locked) in this transaction.
//! What a transaction of either engine can do is said by [`Books`]; everything else is the same for both.

use super::decide::{Funds, Known, Outcome, Writes, decide, limited_power};
use super::postgres::PostgresBooks;
use super::rows::{DebitRow, DeclarationRow, LimitedPower, Rows, SpendingRow};
use super::seal::Sealing;
use super::sqlite::SqliteBooks;
use super::stages::{STAGES, Watch};
use super::{Job, Settled, WriterSettings};
use crate::accounts::AccountKind;
use crate::connection::read;
use crate::declarations::{ApprovalRow, instant, number, parse_state};
use crate::events::hex;
use crate::fault_point::reach;
use crate::parties::Basis;
use crate::sql::statements;
use crate::{DeclarationKey, Store, StoreError};
use ebirlik_domain::time::day_of;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

statements! {
    INCOME_ACCOUNTS = "select secretariat, id from account where kind = 'income'";
}

/// What a batch reads and writes in its transaction. Dropped without a commit, nothing has happened.
pub(super) trait Books {
    /// The versions that declarations are judged by.
    async fn basis(&mut self) -> Result<Basis, StoreError>;
    /// Those of these declarations that stand, and the balances of these accounts; both are sorted. Kept from others until
    /// the end where others may write.
    async fn held(
        &mut self,
        keys: &[DeclarationKey],
        accounts: &[i64],
    ) -> Result<(Vec<KnownRow>, Vec<(i64, i64)>), StoreError>;
    /// What was debited on a day by each of these powers, in their order. Not kept from others: [`Books::write`] compares.
    async fn spent(&mut self, powers: &[LimitedPower<'_>], day: Date) -> Result<Vec<i64>, StoreError>;
    /// Draws so many record numbers of each secretariat; the last one of each. Those of a transaction that comes to nothing
    /// may be left out for ever.
    async fn draw_record_numbers(&mut self, year: i16, counts: &Counts<'_>)
    -> Result<HashMap<String, i64>, StoreError>;
    /// The approval of a declaration.
    async fn approval(&mut self, declaration: i64) -> Result<Option<ApprovalRow>, StoreError>;
    /// Writes everything. `Overtaken` when an account holds less than it did when it was read, or a power
    /// has spent more.
    async fn write(&mut self, rows: &Rows<'_>) -> Result<(), StoreError>;
    /// Makes it durable.
    async fn commit(self) -> Result<(), StoreError>;
}

/// A declaration that stands.
#[derive(sqlx::FromRow)]
pub(super) struct KnownRow {
    pub(super) id: i64,
    pub(super) key: Vec<u8>,
    pub(super) state: String,
    pub(super) version: i64,
    pub(super) cleared_version: i64,
    pub(super) ended_at: Option<i64>,
    pub(super) digest: Vec<u8>,
}

/// Where batches are written: what lasts from one to the next. No balance, number or state is among it.
pub(super) struct Desk {
    store: Store,
    /// The income account of each secretariat. Once open it never changes.
    income: HashMap<String, i64>,
}

impl Desk {
    pub(super) fn of(store: Store) -> Self {
        Self { store, income: HashMap::new() }
    }

    pub(super) async fn settle(
        &mut self,
        settings: &WriterSettings,
        jobs: &[Job],
        collision: u32,
    ) -> Result<Vec<Settled>, StoreError> {
        self.know_income_accounts(jobs).await?;
        let round = Round { settings, jobs, collision, income: &self.income };
        let watch = Watch::start();
        match &self.store {
            Store::Sqlite(store) => {
                let mut turn = store.turn().await?;
                let settled = match turn.connection().and_then(SqliteBooks::begin) {
                    Ok(books) => round.settle(books, watch).await,
                    Err(error) => Err(error),
                };
                turn.look_at(&settled);
                settled
            }
            Store::Postgres(store) => {
                let settled = match PostgresBooks::begin(store).await {
                    Ok(books) => round.settle(books, watch).await,
                    Err(error) => Err(error),
                };
                if settled.as_ref().is_err_and(StoreError::is_of_the_connection) {
                    // Who answers next may be a follower that never saw an account opened a moment ago.
                    self.income.clear();
                }
                settled
            }
        }
    }

    /// Learns the income accounts of a batch; one is opened at its secretariat's first approval.
    async fn know_income_accounts(&mut self, jobs: &[Job]) -> Result<(), StoreError> {
        for job in jobs {
            let secretariat = &job.settlement.secretariat;
            if self.income.contains_key(secretariat) {
                continue;
            }
            let store = &self.store;
            let rows: Vec<(String, i64)> =
                read!(store, store => sqlx::query_as(store.text(&INCOME_ACCOUNTS)).fetch_all(store.readers()))?;
            self.income.extend(rows);
            if !self.income.contains_key(secretariat) {
                let id = self.store.open_account(AccountKind::Income, "", secretariat).await?;
                self.income.insert(secretariat.clone(), id);
            }
        }
        Ok(())
    }
}

/// One try at one batch.
struct Round<'a> {
    settings: &'a WriterSettings,
    jobs: &'a [Job],
    collision: u32,
    income: &'a HashMap<String, i64>,
}

impl Round<'_> {
    async fn settle(&self, mut books: impl Books, mut watch: Watch) -> Result<Vec<Settled>, StoreError> {
        let Self { settings, jobs, .. } = *self;
        watch.lap(&STAGES.begin);
        // Read after the transaction began: waiting for the lock takes time.
        let now = settings.clock.now();
        let now = now.round(jiff::Unit::Millisecond).unwrap_or(now);
        let basis = books.basis().await?;
        let mut keys: Vec<DeclarationKey> = jobs.iter().map(|job| job.key).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut accounts: Vec<i64> =
            jobs.iter().filter_map(|job| job.settlement.payer).map(|payer| payer.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let (known, balances) = books.held(&keys, &accounts).await?;
        let (mut known, balances) = (known_by_key(known)?, balances.into_iter().collect());
        let mut powers: Vec<LimitedPower<'_>> = jobs.iter().filter_map(|job| limited_power(&job.settlement)).collect();
        powers.sort_unstable();
        powers.dedup();
        let spent = if powers.is_empty() { Vec::new() } else { books.spent(&powers, day_of(now)).await? };
        let mut funds = Funds { balances, spent: powers.into_iter().zip(spent).collect() };
        watch.lap(&STAGES.read);

        let mut writes = Writes::default();
        let mut outcomes = Vec::with_capacity(jobs.len());
        for (index, job) in jobs.iter().enumerate() {
            outcomes.push(decide(settings, index, job, (now, basis), &mut known, &mut funds, &mut writes));
        }

        let counts = approvals_per_secretariat(jobs, &outcomes);
        let numbers = if counts.is_empty() {
            HashMap::new()
        } else {
            let mut numbers = books.draw_record_numbers(day_of(now).year(), &counts).await?;
            for (secretariat, number) in &mut numbers {
                *number -= counts.get(secretariat.as_str()).copied().unwrap_or_default();
            }
            numbers
        };
        let mut replays = HashMap::new();
        for outcome in &outcomes {
            let Outcome::Replay(key) = outcome else { continue };
            let Some(declaration) = known.get(key).map(|known| known.id) else { continue };
            if !replays.contains_key(key)
                && let Some(row) = books.approval(declaration).await?
            {
                replays.insert(*key, Arc::new(row.into_stored()?.approval));
            }
        }
        let mut sealing = Sealing {
            settings,
            now,
            basis,
            collision: self.collision,
            numbers,
            income: self.income,
            replays,
            results: Vec::with_capacity(jobs.len()),
            approvals: Vec::new(),
            transfers: Vec::new(),
        };
        reach("before-code");
        for (job, outcome) in jobs.iter().zip(outcomes) {
            sealing.seal(job, known.get(&job.key), outcome, &mut writes)?;
        }
        reach("after-code");

        let (fresh, touched) = declaration_rows(jobs, &known, now);
        let debits = writes.debits.iter().map(|(&id, &amount_kurus)| DebitRow { id, amount_kurus }).collect();
        let spending =
            |(power, (amount_kurus, limit_kurus))| SpendingRow { power, day: day_of(now), amount_kurus, limit_kurus };
        let spendings = writes.spendings.into_iter().map(spending).collect();
        let rows = Rows {
            fresh,
            touched,
            versions: writes.versions,
            approvals: sealing.approvals,
            transfers: sealing.transfers,
            events: writes.events,
            debits,
            spendings,
        };
        watch.lap(&STAGES.decide);
        if !rows.is_empty() {
            books.write(&rows).await?;
            watch.lap(&STAGES.write);
            reach("before-commit");
            books.commit().await?;
            watch.lap(&STAGES.commit);
            reach("after-commit");
        }
        Ok(sealing.results)
    }
}

fn known_by_key(rows: Vec<KnownRow>) -> Result<HashMap<DeclarationKey, Known>, StoreError> {
    rows.into_iter()
        .map(|row| {
            let wrong = |_| StoreError::Inconsistent { table: "declaration", column: "key", value: hex(&row.key) };
            let key = <[u8; 16]>::try_from(row.key.as_slice()).map_err(wrong)?;
            let known = Known {
                id: row.id,
                state: parse_state(&row.state)?,
                version: number("declaration", "version", row.version)?,
                cleared_version: number("declaration", "cleared_version", row.cleared_version)?,
                ended_at: row.ended_at.map(|micros| instant("declaration", "ended_at", micros)).transpose()?,
                digest: row.digest,
                is_new: false,
                settlement: None,
            };
            Ok((DeclarationKey(key), known))
        })
        .collect()
}

/// How many record numbers each secretariat needs, in a fixed order so that servers never wait in a ring.
pub(super) type Counts<'a> = BTreeMap<&'a str, i64>;

fn approvals_per_secretariat<'a>(jobs: &'a [Job], outcomes: &[Outcome]) -> Counts<'a> {
    let mut counts = Counts::new();
    for (job, outcome) in jobs.iter().zip(outcomes) {
        if matches!(outcome, Outcome::Approve(_)) {
            *counts.entry(job.settlement.secretariat.as_str()).or_default() += 1;
        }
    }
    counts
}

/// The declarations to insert and to update: each once, as the last settlement of the batch left it.
fn declaration_rows<'a>(
    jobs: &'a [Job],
    known: &HashMap<DeclarationKey, Known>,
    now: Timestamp,
) -> (Vec<DeclarationRow<'a>>, Vec<DeclarationRow<'a>>) {
    let mut rows: Vec<(bool, DeclarationRow<'a>)> = known
        .iter()
        .filter_map(|(key, known)| {
            let settlement = &jobs.get(known.settlement?)?.settlement;
            let row = DeclarationRow {
                id: known.id,
                key: key.0,
                declarant: &settlement.declarant,
                reference: &settlement.reference,
                exporter: &settlement.exporter,
                secretariat: &settlement.secretariat,
                digest: known.digest.clone(),
                state: known.state.as_str(),
                version: known.version,
                received_at: now.as_microsecond(),
                hold: known.state.is_waiting() && settlement.hold,
            };
            Some((known.is_new, row))
        })
        .collect();
    rows.sort_by_key(|(_, row)| row.id);
    let (fresh, touched): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(is_new, _)| *is_new);
    let only_rows = |rows: Vec<(bool, DeclarationRow<'a>)>| rows.into_iter().map(|(_, row)| row).collect();
    (only_rows(fresh), only_rows(touched))
}
