//! One batch in one transaction: who is a twin, who can pay, which numbers and codes; then sets of rows.
//!
//! Decisions fall in the order of arrival, on balances and states read (and on PostgreSQL locked) in this transaction.

use super::decide::{Known, Outcome, Writes, decide};
use super::rows::{DebitRow, DeclarationRow, json};
use super::seal::Sealing;
use super::{Job, Settled, WriterSettings};
use crate::accounts::AccountKind;
use crate::connection::on;
use crate::declarations::{self, number, parse_state};
use crate::events::{SAVE_EVENTS, hex};
use crate::sql::statements;
use crate::{DeclarationKey, Store, StoreError};
use ebirlik_domain::time::day_of;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

statements! {
    INCOME_ACCOUNTS = "select secretariat, id from account where kind = 'income'";
    RAISE_RECORD_COUNTER = "insert into record_counter (secretariat, year, last) values ($1, $2, $3)
        on conflict (secretariat, year) do update set last = record_counter.last + excluded.last returning last";
    @differ
    KNOWN = sqlite "select id, key, state, version, cleared_version, ended_at, digest from declaration
            where key in (select unhex(value) from json_each($1))"
        postgres "select id, key, state, version, cleared_version, ended_at, digest from declaration
            where key in (select decode(value, 'hex') from json_array_elements_text($1::json))
            order by id for update";
    BALANCES = sqlite "select id, balance_kurus from account where id in (select value from json_each($1))"
        postgres "select id, balance_kurus from account
            where id in (select value::bigint from json_array_elements_text($1::json)) order by id for update";
    SAVE_DECLARATIONS = sqlite "insert into declaration
            (id, key, declarant, reference, exporter, secretariat, digest, state, version, received_at)
        select value->>'id', unhex(value->>'key'), value->>'declarant', value->>'reference', value->>'exporter',
            value->>'secretariat', unhex(value->>'digest'), value->>'state', value->>'version', value->>'received_at'
        from json_each($1)"
        postgres "insert into declaration
            (id, key, declarant, reference, exporter, secretariat, digest, state, version, received_at)
        select id, decode(key, 'hex'), declarant, reference, exporter, secretariat, decode(digest, 'hex'), state, version,
            received_at
        from json_to_recordset($1::json) as x(id bigint, key text, declarant text, reference text, exporter text,
            secretariat text, digest text, state text, version bigint, received_at bigint)";
    UPDATE_DECLARATIONS = sqlite "update declaration set exporter = value->>'exporter',
            secretariat = value->>'secretariat', digest = unhex(value->>'digest'), state = value->>'state',
            version = value->>'version'
        from json_each($1) where declaration.id = value->>'id'"
        postgres "update declaration set exporter = x.exporter, secretariat = x.secretariat,
            digest = decode(x.digest, 'hex'), state = x.state, version = x.version
        from json_to_recordset($1::json) as x(id bigint, exporter text, secretariat text, digest text, state text,
            version bigint)
        where declaration.id = x.id";
    SAVE_VERSIONS = sqlite "insert into declaration_version (declaration_id, version, digest, content, sent_by, sent_at)
        select value->>'declaration_id', value->>'version', unhex(value->>'digest'), value->>'content',
            value->>'sent_by', value->>'sent_at' from json_each($1)"
        postgres "insert into declaration_version (declaration_id, version, digest, content, sent_by, sent_at)
        select declaration_id, version, decode(digest, 'hex'), content, sent_by, sent_at
        from json_to_recordset($1::json) as x(declaration_id bigint, version bigint, digest text, content text,
            sent_by text, sent_at bigint)";
    SAVE_APPROVALS = sqlite "insert into approval (declaration_id, version, code, collision, record_no, kind,
            approved_at, valid_until, fee_kurus, fob_try_kurus, account_id, balance_kurus, detail, renderer, answer_digest)
        select value->>'declaration_id', value->>'version', value->>'code', value->>'collision', value->>'record_no',
            value->>'kind', value->>'approved_at', value->>'valid_until', value->>'fee_kurus', value->>'fob_try_kurus',
            value->>'account_id', value->>'balance_kurus', value->>'detail', value->>'renderer',
            unhex(value->>'answer_digest') from json_each($1)"
        postgres "insert into approval (declaration_id, version, code, collision, record_no, kind,
            approved_at, valid_until, fee_kurus, fob_try_kurus, account_id, balance_kurus, detail, renderer, answer_digest)
        select declaration_id, version, code, collision, record_no, kind, approved_at, valid_until, fee_kurus,
            fob_try_kurus, account_id, balance_kurus, detail, renderer, decode(answer_digest, 'hex')
        from json_to_recordset($1::json) as x(declaration_id bigint, version bigint, code text, collision bigint,
            record_no text, kind text, approved_at bigint, valid_until text, fee_kurus bigint, fob_try_kurus bigint,
            account_id bigint, balance_kurus bigint, detail text, renderer bigint, answer_digest text)";
    SAVE_TRANSFERS = sqlite "insert into transfer
            (id, kind, debit_account, credit_account, amount_kurus, declaration_id, booked_at)
        select value->>'id', 'fee', value->>'debit_account', value->>'credit_account', value->>'amount_kurus',
            value->>'declaration_id', value->>'booked_at' from json_each($1)"
        postgres "insert into transfer
            (id, kind, debit_account, credit_account, amount_kurus, declaration_id, booked_at)
        select id, 'fee', debit_account, credit_account, amount_kurus, declaration_id, booked_at
        from json_to_recordset($1::json) as x(id bigint, debit_account bigint, credit_account bigint,
            amount_kurus bigint, declaration_id bigint, booked_at bigint)";
    DEBIT = sqlite "update account set balance_kurus = balance_kurus - (value->>'amount_kurus')
        from json_each($1) where account.id = value->>'id' and balance_kurus >= value->>'amount_kurus'"
        postgres "update account set balance_kurus = balance_kurus - x.amount_kurus
        from json_to_recordset($1::json) as x(id bigint, amount_kurus bigint)
        where account.id = x.id and balance_kurus >= x.amount_kurus";
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    id: i64,
    key: Vec<u8>,
    state: String,
    version: i64,
    cleared_version: i64,
    ended_at: Option<i64>,
    digest: Vec<u8>,
}

impl Store {
    pub(super) async fn settle(
        &self,
        settings: &WriterSettings,
        jobs: &[Job],
        collision: u32,
    ) -> Result<Vec<Settled>, StoreError> {
        let income = self.income_accounts(jobs).await?;
        on!(self, store => {
            let mut tx = store.begin().await?;
            // Read after the transaction began: waiting for the lock takes time.
            let now = settings.clock.now().round(jiff::Unit::Millisecond).unwrap_or_else(|_| settings.clock.now());
            let keys: Vec<String> = jobs.iter().map(|job| hex(&job.key.0)).collect();
            let rows: Vec<KnownRow> = sqlx::query_as(store.text(&KNOWN)).bind(json(&keys)).fetch_all(&mut *tx).await?;
            let mut known = known_by_key(rows)?;
            let mut accounts: Vec<i64> =
                jobs.iter().filter_map(|job| job.settlement.payer).map(|payer| payer.account).collect();
            accounts.sort_unstable();
            accounts.dedup();
            let balances: Vec<(i64, i64)> = if accounts.is_empty() { Vec::new() } else {
                sqlx::query_as(store.text(&BALANCES)).bind(json(&accounts)).fetch_all(&mut *tx).await?
            };
            let mut balances: HashMap<i64, i64> = balances.into_iter().collect();

            let mut writes = Writes::default();
            let mut outcomes = Vec::with_capacity(jobs.len());
            for (index, job) in jobs.iter().enumerate() {
                outcomes.push(decide(settings, index, job, now, &mut known, &mut balances, &mut writes));
            }

            let mut numbers = BTreeMap::new();
            for (secretariat, count) in approvals_per_secretariat(jobs, &outcomes) {
                let last: i64 = sqlx::query_scalar(store.text(&RAISE_RECORD_COUNTER)).bind(secretariat)
                    .bind(i64::from(day_of(now).year())).bind(count).fetch_one(&mut *tx).await?;
                numbers.insert(secretariat, last - count);
            }
            let mut replays = HashMap::new();
            for outcome in &outcomes {
                let Outcome::Replay(key) = outcome else { continue };
                let Some(declaration) = known.get(key).map(|known| known.id) else { continue };
                if replays.contains_key(key) {
                    continue;
                }
                let row: Option<declarations::ApprovalRow> = sqlx::query_as(store.text(&declarations::APPROVAL))
                    .bind(declaration).fetch_optional(&mut *tx).await?;
                if let Some(row) = row {
                    replays.insert(*key, Arc::new(row.into_stored()?.approval));
                }
            }
            let mut sealing = Sealing {
                settings, now, collision, numbers, income: &income, replays,
                results: Vec::with_capacity(jobs.len()), approvals: Vec::new(), transfers: Vec::new(),
            };
            crate::fault_point::reach("before-code");
            for (job, outcome) in jobs.iter().zip(outcomes) {
                sealing.seal(job, known.get(&job.key), outcome, &mut writes)?;
            }
            crate::fault_point::reach("after-code");

            let (fresh, touched) = declaration_rows(jobs, &known, now);
            let debits: Vec<DebitRow> =
                writes.debits.iter().map(|(&id, &amount_kurus)| DebitRow { id, amount_kurus }).collect();
            let sets = [
                (&SAVE_DECLARATIONS, fresh.len(), json(&fresh)),
                (&UPDATE_DECLARATIONS, touched.len(), json(&touched)),
                (&SAVE_VERSIONS, writes.versions.len(), json(&writes.versions)),
                (&SAVE_APPROVALS, sealing.approvals.len(), json(&sealing.approvals)),
                (&SAVE_TRANSFERS, sealing.transfers.len(), json(&sealing.transfers)),
                (&SAVE_EVENTS, writes.events.len(), json(&writes.events)),
            ];
            crate::fault_point::reach("before-leaf");
            for (statement, count, rows) in &sets {
                if *count > 0 {
                    sqlx::query(store.text(statement)).bind(rows).execute(&mut *tx).await?;
                }
            }
            crate::fault_point::reach("after-leaf");
            crate::fault_point::reach("before-debit");
            if !debits.is_empty() {
                let done = sqlx::query(store.text(&DEBIT)).bind(json(&debits)).execute(&mut *tx).await?;
                if usize::try_from(done.rows_affected()) != Ok(debits.len()) {
                    // Somebody debited between our reading and our writing: start again from what is there now.
                    return Err(StoreError::Overtaken);
                }
            }
            crate::fault_point::reach("after-debit");
            crate::fault_point::reach("before-commit");
            tx.commit().await?;
            crate::fault_point::reach("after-commit");
            Ok(sealing.results)
        })
    }

    /// The income account of every secretariat of a batch; opened at its first approval.
    async fn income_accounts(&self, jobs: &[Job]) -> Result<HashMap<String, i64>, StoreError> {
        let rows: Vec<(String, i64)> =
            on!(self, store => sqlx::query_as(store.text(&INCOME_ACCOUNTS)).fetch_all(store.readers()).await?);
        let mut accounts: HashMap<String, i64> = rows.into_iter().collect();
        for job in jobs {
            let secretariat = &job.settlement.secretariat;
            if !accounts.contains_key(secretariat) {
                let id = self.open_account(AccountKind::Income, "", secretariat).await?;
                accounts.insert(secretariat.clone(), id);
            }
        }
        Ok(accounts)
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
                ended_at: row
                    .ended_at
                    .map(|micros| declarations::instant("declaration", "ended_at", micros))
                    .transpose()?,
                digest: row.digest,
                is_new: false,
                settlement: None,
            };
            Ok((DeclarationKey(key), known))
        })
        .collect()
}

/// How many record numbers each secretariat needs, in a fixed order so that servers never wait in a ring.
fn approvals_per_secretariat<'a>(jobs: &'a [Job], outcomes: &[Outcome]) -> BTreeMap<&'a str, i64> {
    let mut counts = BTreeMap::new();
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
                key: hex(&key.0),
                declarant: &settlement.declarant,
                reference: &settlement.reference,
                exporter: &settlement.exporter,
                secretariat: &settlement.secretariat,
                digest: hex(&known.digest),
                state: known.state.as_str(),
                version: known.version,
                received_at: now.as_microsecond(),
            };
            Some((known.is_new, row))
        })
        .collect();
    rows.sort_by_key(|(_, row)| row.id);
    let (fresh, touched): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(is_new, _)| *is_new);
    let only_rows = |rows: Vec<(bool, DeclarationRow<'a>)>| rows.into_iter().map(|(_, row)| row).collect();
    (only_rows(fresh), only_rows(touched))
}
