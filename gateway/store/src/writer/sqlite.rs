//! A batch's transaction on SQLite: prepared statements, row by row, on a connection of the writer's own.
//!
//! It speaks to SQLite without a thread between, so a row costs a microsecond or two; a set of rows as JSON, through the
//! driver that everybody else uses, costs twice as much. Blocks: the writer has a thread of its own.

use super::batch::{Books, Counts, KnownRow};
use super::rows::{ApprovalRow, DeclarationRow, LimitedPower, Rows, SpendingRow, TransferRow, VersionRow};
use crate::declarations::{self, APPROVAL};
use crate::events::{Block, CHAIN_HEAD, EventRow, SAVE_BLOCK};
use crate::fault_point::reach;
use crate::packed::Packed;
use crate::parties::{BASIS, Basis};
use crate::sql::texts;
use crate::{DeclarationKey, StoreError};
use jiff::civil::Date;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::collections::HashMap;

texts! {
    KNOWN = "select id, key, state, version, cleared_version, ended_at, digest from declaration where key = ?1";
    BALANCE = "select balance_kurus from account where id = ?1";
    DRAW = "insert into record_counter (secretariat, year, last) values (?1, ?2, ?3)
        on conflict (secretariat, year) do update set last = record_counter.last + excluded.last returning last";
    SAVE_DECLARATION = "insert into declaration
        (id, key, declarant, reference, exporter, secretariat, digest, state, version, received_at, hold)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    UPDATE_DECLARATION = "update declaration set exporter = ?2, secretariat = ?3, digest = ?4, state = ?5, version = ?6,
        hold = ?7 where id = ?1";
    SAVE_VERSION = "insert into declaration_version
        (declaration_id, version, digest, content, dictionary, sent_by, sent_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    SAVE_APPROVAL = "insert into approval (declaration_id, version, code, collision, record_no, kind, approved_at,
        valid_until, fee_kurus, fob_try_kurus, account_id, balance_kurus, detail, dictionary, notices, renderer,
        answer_digest, tables_version, parties_version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
    SAVE_TRANSFER = "insert into transfer (id, kind, debit_account, credit_account, amount_kurus, declaration_id,
        booked_at) values (?1, 'fee', ?2, ?3, ?4, ?5, ?6)";
    SAVE_EVENT = "insert into event (id, kind, declaration_id, account_id, happened_at, body, leaf)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    SPENT = "select spent_kurus from power_day
        where exporter = ?1 and declarant = ?2 and secretariat = ?3 and valid_from = ?4 and day = ?5";
    SPEND = "insert into power_day (exporter, declarant, secretariat, valid_from, day, spent_kurus, limit_kurus)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        on conflict (exporter, declarant, secretariat, valid_from, day) do update
            set spent_kurus = power_day.spent_kurus + excluded.spent_kurus, limit_kurus = excluded.limit_kurus
            where power_day.spent_kurus + excluded.spent_kurus <= excluded.limit_kurus";
    DEBIT = "update account set balance_kurus = balance_kurus - ?2 where id = ?1 and balance_kurus >= ?2";
}

/// A transaction that is open and holds the write lock.
pub(crate) struct SqliteBooks<'c>(Transaction<'c>);

impl<'c> SqliteBooks<'c> {
    pub(crate) fn begin(connection: &'c mut Connection) -> Result<Self, StoreError> {
        // A deferred transaction that turns into a writer fails at once; this one waits its turn.
        Ok(Self(connection.transaction_with_behavior(TransactionBehavior::Immediate)?))
    }

    pub(crate) fn prepared(&self, text: &str) -> Result<CachedStatement<'_>, StoreError> {
        Ok(self.0.prepare_cached(text)?)
    }

    /// Makes it durable.
    pub(crate) fn keep(self) -> Result<(), StoreError> {
        Ok(self.0.commit()?)
    }

    fn known(&self, keys: &[DeclarationKey]) -> Result<Vec<KnownRow>, StoreError> {
        let mut find = self.prepared(KNOWN)?;
        let mut known = Vec::new();
        for key in keys {
            let row = find.query_row([key.0.as_slice()], |row| {
                Ok(KnownRow {
                    id: row.get(0)?,
                    key: row.get(1)?,
                    state: row.get(2)?,
                    version: row.get(3)?,
                    cleared_version: row.get(4)?,
                    ended_at: row.get(5)?,
                    digest: row.get(6)?,
                })
            });
            known.extend(row.optional()?);
        }
        Ok(known)
    }

    fn balances(&self, accounts: &[i64]) -> Result<Vec<(i64, i64)>, StoreError> {
        let mut find = self.prepared(BALANCE)?;
        let mut balances = Vec::with_capacity(accounts.len());
        for account in accounts {
            let balance: Option<i64> = find.query_row([account], |row| row.get(0)).optional()?;
            balances.extend(balance.map(|balance| (*account, balance)));
        }
        Ok(balances)
    }

    fn save_approvals(&self, rows: &[ApprovalRow<'_>]) -> Result<(), StoreError> {
        let mut save = self.prepared(SAVE_APPROVAL)?;
        for row in rows {
            save.execute(params![
                row.declaration_id,
                row.version,
                row.code,
                row.collision,
                row.record_no,
                row.kind,
                row.approved_at,
                row.valid_until,
                row.fee_kurus,
                row.fob_try_kurus,
                row.account_id,
                row.balance_kurus,
                row.detail,
                row.dictionary,
                row.notices,
                row.renderer,
                row.answer_digest.as_slice(),
                row.basis.tables,
                row.basis.parties,
            ])?;
        }
        Ok(())
    }

    fn save_declarations(&self, rows: &[DeclarationRow<'_>]) -> Result<(), StoreError> {
        let mut save = self.prepared(SAVE_DECLARATION)?;
        for row in rows {
            save.execute(params![
                row.id,
                row.key.as_slice(),
                row.declarant,
                row.reference,
                row.exporter,
                row.secretariat,
                row.digest,
                row.state,
                row.version,
                row.received_at,
                row.hold
            ])?;
        }
        Ok(())
    }

    fn save_versions(&self, rows: &[VersionRow<'_>]) -> Result<(), StoreError> {
        let mut save = self.prepared(SAVE_VERSION)?;
        for row in rows {
            save.execute(params![
                row.declaration_id,
                row.version,
                row.digest,
                row.content,
                row.dictionary,
                row.sent_by,
                row.sent_at
            ])?;
        }
        Ok(())
    }

    fn save_transfers(&self, rows: &[TransferRow]) -> Result<(), StoreError> {
        let mut save = self.prepared(SAVE_TRANSFER)?;
        for row in rows {
            save.execute(params![
                row.id,
                row.debit_account,
                row.credit_account,
                row.amount_kurus,
                row.declaration_id,
                row.booked_at
            ])?;
        }
        Ok(())
    }

    fn spend(&self, rows: &[SpendingRow<'_>]) -> Result<(), StoreError> {
        for SpendingRow { power, day, amount_kurus, limit_kurus } in rows {
            let LimitedPower { exporter, declarant, secretariat, valid_from } = power;
            let (from, day) = (valid_from.to_string(), day.to_string());
            let row = params![exporter, declarant, secretariat, from, day, amount_kurus, limit_kurus];
            if self.prepared(SPEND)?.execute(row)? != 1 {
                return Err(StoreError::Overtaken);
            }
        }
        Ok(())
    }

    pub(crate) fn save_events(&self, rows: &[EventRow]) -> Result<(), StoreError> {
        let mut save = self.prepared(SAVE_EVENT)?;
        for row in rows {
            save.execute(params![
                row.id,
                row.kind,
                row.declaration_id,
                row.account_id,
                row.happened_at,
                row.body,
                row.leaf.as_slice()
            ])?;
        }
        self.chain(rows)
    }

    /// Who writes here is alone, so the chain's head stands still: nothing has to wait for a later turn.
    fn chain(&self, events: &[EventRow]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let mut find = self.prepared(CHAIN_HEAD.sqlite)?;
        let head = find.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let block = Block::behind(head, events.iter().map(|event| (event.id, event.leaf.as_slice())));
        let mut save = self.prepared(SAVE_BLOCK.sqlite)?;
        let Packed { bytes, dictionary } = block.packed;
        save.execute(params![block.first_position, block.events, bytes, dictionary, block.hash])?;
        metrics::counter!("ebirlik_chained_events_total").increment(u64::try_from(events.len()).unwrap_or(u64::MAX));
        Ok(())
    }
}

impl Books for SqliteBooks<'_> {
    async fn basis(&mut self) -> Result<Basis, StoreError> {
        let basis = |row: &rusqlite::Row<'_>| Ok(Basis { tables: row.get(0)?, parties: row.get(1)? });
        Ok(self.prepared(BASIS.sqlite)?.query_row([], basis)?)
    }

    async fn held(
        &mut self,
        keys: &[DeclarationKey],
        accounts: &[i64],
    ) -> Result<(Vec<KnownRow>, Vec<(i64, i64)>), StoreError> {
        Ok((self.known(keys)?, self.balances(accounts)?))
    }

    async fn spent(&mut self, powers: &[LimitedPower<'_>], day: Date) -> Result<Vec<i64>, StoreError> {
        let (mut find, day) = (self.prepared(SPENT)?, day.to_string());
        let mut spent = Vec::with_capacity(powers.len());
        for power in powers {
            let key = params![power.exporter, power.declarant, power.secretariat, power.valid_from.to_string(), day];
            spent.push(find.query_row(key, |row| row.get(0)).optional()?.unwrap_or_default());
        }
        Ok(spent)
    }

    async fn draw_record_numbers(
        &mut self,
        year: i16,
        counts: &Counts<'_>,
    ) -> Result<HashMap<String, i64>, StoreError> {
        let mut draw = self.prepared(DRAW)?;
        let mut drawn = HashMap::with_capacity(counts.len());
        for (secretariat, count) in counts {
            let last = draw.query_row(params![secretariat, year, count], |row| row.get(0))?;
            drawn.insert((*secretariat).to_owned(), last);
        }
        Ok(drawn)
    }

    async fn approval(&mut self, declaration: i64) -> Result<Option<declarations::ApprovalRow>, StoreError> {
        Ok(self.prepared(APPROVAL.sqlite)?.query_row([declaration], declarations::ApprovalRow::of_sqlite).optional()?)
    }

    async fn write(&mut self, rows: &Rows<'_>) -> Result<(), StoreError> {
        self.save_declarations(&rows.fresh)?;
        let mut update = self.prepared(UPDATE_DECLARATION)?;
        for row in &rows.touched {
            update.execute(params![
                row.id,
                row.exporter,
                row.secretariat,
                row.digest,
                row.state,
                row.version,
                row.hold
            ])?;
        }
        self.save_versions(&rows.versions)?;
        self.save_approvals(&rows.approvals)?;
        self.save_transfers(&rows.transfers)?;
        reach("before-leaf");
        self.save_events(&rows.events)?;
        reach("after-leaf");
        reach("before-debit");
        let mut debit = self.prepared(DEBIT)?;
        for row in &rows.debits {
            if debit.execute([row.id, row.amount_kurus])? != 1 {
                // Nobody else writes meanwhile; a balance that is short all the same was not read right.
                return Err(StoreError::Overtaken);
            }
        }
        self.spend(&rows.spendings)?;
        reach("after-debit");
        Ok(())
    }

    async fn commit(self) -> Result<(), StoreError> {
        self.keep()
    }
}
