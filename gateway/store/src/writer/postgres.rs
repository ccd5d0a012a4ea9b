//! A batch's transaction on PostgreSQL: a statement for each set of rows, whatever its size.
//!
//! Rows travel as an array for each column. Declarations and accounts are locked in one order on all servers.

use super::batch::{Books, KnownRow, RAISE_RECORD_COUNTER};
use super::rows::{ApprovalRow, DebitRow, DeclarationRow, LimitedPower, Rows, SpendingRow, TransferRow, VersionRow};
use crate::connection::PostgresStore;
use crate::declarations::{self, APPROVAL};
use crate::events::EventRow;
use crate::fault_point::reach;
use crate::parties::{BASIS, Basis};
use crate::sql::texts;
use crate::{DeclarationKey, StoreError};
use jiff::civil::Date;
use sqlx::{Postgres, Transaction};

texts! {
    KNOWN = "select id, key, state, version, cleared_version, ended_at, digest from declaration
        where key = any($1) order by id for update";
    BALANCES = "select id, balance_kurus from account where id = any($1) order by id for update";
    SAVE_DECLARATIONS = "insert into declaration
            (id, key, declarant, reference, exporter, secretariat, digest, state, version, received_at, hold)
        select * from unnest($1::bigint[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[],
            $8::text[], $9::bigint[], $10::bigint[], $11::bigint[])";
    UPDATE_DECLARATIONS = "update declaration set exporter = x.exporter, secretariat = x.secretariat, digest = x.digest,
            state = x.state, version = x.version, hold = x.hold
        from unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::bigint[], $7::bigint[])
            as x(id, exporter, secretariat, digest, state, version, hold)
        where declaration.id = x.id";
    SAVE_VERSIONS = "insert into declaration_version (declaration_id, version, digest, content, dictionary, sent_by, sent_at)
        select * from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[], $6::text[], $7::bigint[])";
    SAVE_APPROVALS = "insert into approval (declaration_id, version, code, collision, record_no, kind,
            approved_at, valid_until, fee_kurus, fob_try_kurus, account_id, balance_kurus, detail, dictionary,
            notices, renderer, answer_digest, tables_version, parties_version)
        select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::bigint[],
            $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bytea[], $14::bigint[],
            $15::text[], $16::bigint[], $17::bytea[], $18::bigint[], $19::bigint[])";
    SAVE_TRANSFERS = "insert into transfer
            (id, kind, debit_account, credit_account, amount_kurus, declaration_id, booked_at)
        select id, 'fee', debit_account, credit_account, amount_kurus, declaration_id, booked_at
        from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
            as x(id, debit_account, credit_account, amount_kurus, declaration_id, booked_at)";
    SAVE_EVENTS = "with saved as (
            insert into event (id, kind, declaration_id, account_id, happened_at, body, leaf)
            select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],
                $7::bytea[])
            returning id)
        insert into event_unchained (event_id) select id from saved";
    SPENT = "select coalesce(power_day.spent_kurus, 0)
        from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality
            as x(exporter, declarant, secretariat, valid_from, place)
        left join power_day on power_day.exporter = x.exporter and power_day.declarant = x.declarant
            and power_day.secretariat = x.secretariat and power_day.valid_from = x.valid_from and power_day.day = $5
        order by x.place";
    SPEND = "insert into power_day (exporter, declarant, secretariat, valid_from, day, spent_kurus, limit_kurus)
        select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
        on conflict (exporter, declarant, secretariat, valid_from, day) do update
            set spent_kurus = power_day.spent_kurus + excluded.spent_kurus, limit_kurus = excluded.limit_kurus
            where power_day.spent_kurus + excluded.spent_kurus <= excluded.limit_kurus";
    DEBIT = "update account set balance_kurus = balance_kurus - x.amount_kurus
        from unnest($1::bigint[], $2::bigint[]) as x(id, amount_kurus)
        where account.id = x.id and balance_kurus >= x.amount_kurus";
}

/// A transaction that is open.
pub(super) struct PostgresBooks(Transaction<'static, Postgres>);

impl PostgresBooks {
    pub(super) async fn begin(store: &PostgresStore) -> Result<Self, StoreError> {
        Ok(Self(store.begin().await?))
    }

    async fn save_declarations(&mut self, rows: &[DeclarationRow<'_>]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        sqlx::query(SAVE_DECLARATIONS)
            .bind(column(rows, |row| row.id))
            .bind(column(rows, |row| row.key.as_slice()))
            .bind(column(rows, |row| row.declarant))
            .bind(column(rows, |row| row.reference))
            .bind(column(rows, |row| row.exporter))
            .bind(column(rows, |row| row.secretariat))
            .bind(column(rows, |row| row.digest.as_slice()))
            .bind(column(rows, |row| row.state))
            .bind(column(rows, |row| i64::from(row.version)))
            .bind(column(rows, |row| row.received_at))
            .bind(column(rows, |row| i64::from(row.hold)))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    async fn update_declarations(&mut self, rows: &[DeclarationRow<'_>]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        sqlx::query(UPDATE_DECLARATIONS)
            .bind(column(rows, |row| row.id))
            .bind(column(rows, |row| row.exporter))
            .bind(column(rows, |row| row.secretariat))
            .bind(column(rows, |row| row.digest.as_slice()))
            .bind(column(rows, |row| row.state))
            .bind(column(rows, |row| i64::from(row.version)))
            .bind(column(rows, |row| i64::from(row.hold)))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    async fn save_versions(&mut self, rows: &[VersionRow<'_>]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        sqlx::query(SAVE_VERSIONS)
            .bind(column(rows, |row| row.declaration_id))
            .bind(column(rows, |row| i64::from(row.version)))
            .bind(column(rows, |row| row.digest))
            .bind(column(rows, |row| row.content))
            .bind(column(rows, |row| row.dictionary))
            .bind(column(rows, |row| row.sent_by))
            .bind(column(rows, |row| row.sent_at))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    async fn save_approvals(&mut self, rows: &[ApprovalRow<'_>]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        sqlx::query(SAVE_APPROVALS)
            .bind(column(rows, |row| row.declaration_id))
            .bind(column(rows, |row| i64::from(row.version)))
            .bind(column(rows, |row| row.code.as_str()))
            .bind(column(rows, |row| i64::from(row.collision)))
            .bind(column(rows, |row| row.record_no.as_str()))
            .bind(column(rows, |row| row.kind))
            .bind(column(rows, |row| row.approved_at))
            .bind(column(rows, |row| row.valid_until.as_deref()))
            .bind(column(rows, |row| row.fee_kurus))
            .bind(column(rows, |row| row.fob_try_kurus))
            .bind(column(rows, |row| row.account_id))
            .bind(column(rows, |row| row.balance_kurus))
            .bind(column(rows, |row| row.detail))
            .bind(column(rows, |row| row.dictionary))
            .bind(column(rows, |row| row.notices.as_deref()))
            .bind(column(rows, |row| i64::from(row.renderer)))
            .bind(column(rows, |row| row.answer_digest.as_slice()))
            .bind(column(rows, |row| row.basis.tables))
            .bind(column(rows, |row| row.basis.parties))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    async fn save_transfers(&mut self, rows: &[TransferRow]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        sqlx::query(SAVE_TRANSFERS)
            .bind(column(rows, |row| row.id))
            .bind(column(rows, |row| row.debit_account))
            .bind(column(rows, |row| row.credit_account))
            .bind(column(rows, |row| row.amount_kurus))
            .bind(column(rows, |row| row.declaration_id))
            .bind(column(rows, |row| row.booked_at))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    async fn save_events(&mut self, rows: &[EventRow]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        sqlx::query(SAVE_EVENTS)
            .bind(column(rows, |row| row.id))
            .bind(column(rows, |row| row.kind))
            .bind(column(rows, |row| row.declaration_id))
            .bind(column(rows, |row| row.account_id))
            .bind(column(rows, |row| row.happened_at))
            .bind(column(rows, |row| row.body.as_str()))
            .bind(column(rows, |row| row.leaf.as_slice()))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    async fn debit(&mut self, rows: &[DebitRow]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let debit = sqlx::query(DEBIT).bind(column(rows, |row| row.id)).bind(column(rows, |row| row.amount_kurus));
        if usize::try_from(debit.execute(&mut *self.0).await?.rows_affected()) != Ok(rows.len()) {
            // Somebody debited between our reading and our writing: start again from what is there now.
            return Err(StoreError::Overtaken);
        }
        Ok(())
    }
}

impl PostgresBooks {
    /// Last of all: nothing is waited for after it, so that servers never wait for one another in a ring.
    async fn spend(&mut self, rows: &[SpendingRow<'_>]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let spend = sqlx::query(SPEND)
            .bind(column(rows, |row| row.power.exporter))
            .bind(column(rows, |row| row.power.declarant))
            .bind(column(rows, |row| row.power.secretariat))
            .bind(column(rows, |row| row.power.valid_from.to_string()))
            .bind(column(rows, |row| row.day.to_string()))
            .bind(column(rows, |row| row.amount_kurus))
            .bind(column(rows, |row| row.limit_kurus));
        if usize::try_from(spend.execute(&mut *self.0).await?.rows_affected()) != Ok(rows.len()) {
            // Another server spent by the same power meanwhile: start again from what is left.
            return Err(StoreError::Overtaken);
        }
        Ok(())
    }
}

/// One column of the rows; the engine puts columns together again.
fn column<'r, R, V>(rows: &'r [R], value: impl FnMut(&'r R) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}

impl Books for PostgresBooks {
    async fn basis(&mut self) -> Result<Basis, StoreError> {
        let (tables, parties) = sqlx::query_as(BASIS.postgres).fetch_one(&mut *self.0).await?;
        Ok(Basis { tables, parties })
    }

    async fn known(&mut self, keys: &[DeclarationKey]) -> Result<Vec<KnownRow>, StoreError> {
        let keys: Vec<&[u8]> = keys.iter().map(|key| key.0.as_slice()).collect();
        Ok(sqlx::query_as(KNOWN).bind(keys).fetch_all(&mut *self.0).await?)
    }

    async fn balances(&mut self, accounts: &[i64]) -> Result<Vec<(i64, i64)>, StoreError> {
        Ok(sqlx::query_as(BALANCES).bind(accounts).fetch_all(&mut *self.0).await?)
    }

    async fn spent(&mut self, powers: &[LimitedPower<'_>], day: Date) -> Result<Vec<i64>, StoreError> {
        let spent = sqlx::query_scalar(SPENT)
            .bind(column(powers, |power| power.exporter))
            .bind(column(powers, |power| power.declarant))
            .bind(column(powers, |power| power.secretariat))
            .bind(column(powers, |power| power.valid_from.to_string()))
            .bind(day.to_string());
        Ok(spent.fetch_all(&mut *self.0).await?)
    }

    async fn raise_record_counter(&mut self, secretariat: &str, year: i16, count: i64) -> Result<i64, StoreError> {
        let raise =
            sqlx::query_scalar(RAISE_RECORD_COUNTER.postgres).bind(secretariat).bind(i64::from(year)).bind(count);
        Ok(raise.fetch_one(&mut *self.0).await?)
    }

    async fn approval(&mut self, declaration: i64) -> Result<Option<declarations::ApprovalRow>, StoreError> {
        Ok(sqlx::query_as(APPROVAL.postgres).bind(declaration).fetch_optional(&mut *self.0).await?)
    }

    async fn write(&mut self, rows: &Rows<'_>) -> Result<(), StoreError> {
        self.save_declarations(&rows.fresh).await?;
        self.update_declarations(&rows.touched).await?;
        self.save_versions(&rows.versions).await?;
        self.save_approvals(&rows.approvals).await?;
        self.save_transfers(&rows.transfers).await?;
        reach("before-leaf");
        self.save_events(&rows.events).await?;
        reach("after-leaf");
        reach("before-debit");
        self.debit(&rows.debits).await?;
        self.spend(&rows.spendings).await?;
        reach("after-debit");
        Ok(())
    }

    async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }
}
