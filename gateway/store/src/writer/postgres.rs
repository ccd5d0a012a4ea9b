//! A batch's transaction on PostgreSQL: one statement for all rows that are new, whatever their number.
//!
//! Rows travel as an array for each column. Declarations and accounts are locked in one order on all servers.

use super::batch::{Books, Counts, KnownRow};
use super::rows::{DeclarationRow, LimitedPower, Rows, SpendingRow};
use crate::connection::PostgresStore;
use crate::declarations::{self, APPROVAL};
use crate::fault_point::reach;
use crate::lent::PostgresTransaction;
use crate::parties::{BASIS, Basis};
use crate::sql::texts;
use crate::{DeclarationKey, StoreError};
use jiff::civil::Date;
use sqlx::{FromRow, Row, ValueRef};
use std::collections::HashMap;

texts! {
    HELD = "with known as materialized (
            select id, key, state, version, cleared_version, ended_at, digest from declaration
            where key = any($1) order by id for update),
        funds as materialized (
            select id, balance_kurus from account where id = any($2) order by id for update)
        select id, 0::bigint as balance_kurus, key, state, version, cleared_version, ended_at, digest from known
        union all
        select id, balance_kurus, null, null, null, null, null, null from funds";
    DRAW = "insert into record_counter (secretariat, year, last)
        select x.secretariat, $2, x.count from unnest($1::text[], $3::bigint[]) as x(secretariat, count) order by 1
        on conflict (secretariat, year) do update set last = record_counter.last + excluded.last
        returning secretariat, last";
    WRITE = "with declarations as (
            insert into declaration
                (id, key, declarant, reference, exporter, secretariat, digest, state, version, received_at, hold)
            select * from unnest($1::bigint[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[],
                $8::text[], $9::bigint[], $10::bigint[], $11::bigint[])),
        versions as (
            insert into declaration_version (declaration_id, version, digest, content, dictionary, sent_by, sent_at)
            select * from unnest($12::bigint[], $13::bigint[], $14::bytea[], $15::bytea[], $16::bigint[], $17::text[],
                $18::bigint[])),
        approvals as (
            insert into approval (declaration_id, version, code, collision, record_no, kind,
                approved_at, valid_until, fee_kurus, fob_try_kurus, account_id, balance_kurus, detail, dictionary,
                notices, renderer, answer_digest, tables_version, parties_version)
            select * from unnest($19::bigint[], $20::bigint[], $21::text[], $22::bigint[], $23::text[], $24::text[],
                $25::bigint[], $26::text[], $27::bigint[], $28::bigint[], $29::bigint[], $30::bigint[], $31::bytea[],
                $32::bigint[], $33::text[], $34::bigint[], $35::bytea[], $36::bigint[], $37::bigint[])),
        transfers as (
            insert into transfer (id, kind, debit_account, credit_account, amount_kurus, declaration_id, booked_at)
            select id, 'fee', debit_account, credit_account, amount_kurus, declaration_id, booked_at
            from unnest($38::bigint[], $39::bigint[], $40::bigint[], $41::bigint[], $42::bigint[], $43::bigint[])
                as x(id, debit_account, credit_account, amount_kurus, declaration_id, booked_at)),
        events as (
            insert into event (id, kind, declaration_id, account_id, happened_at, body, leaf)
            select * from unnest($44::bigint[], $45::text[], $46::bigint[], $47::bigint[], $48::bigint[], $49::text[],
                $50::bytea[])
            returning id),
        unchained as (insert into event_unchained (event_id) select id from events),
        debits as (
            update account set balance_kurus = balance_kurus - x.amount_kurus
            from unnest($51::bigint[], $52::bigint[]) as x(id, amount_kurus)
            where account.id = x.id and balance_kurus >= x.amount_kurus
            returning account.id)
        select count(*) from debits";
    UPDATE_DECLARATIONS = "update declaration set exporter = x.exporter, secretariat = x.secretariat, digest = x.digest,
            state = x.state, version = x.version, hold = x.hold
        from unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::bigint[], $7::bigint[])
            as x(id, exporter, secretariat, digest, state, version, hold)
        where declaration.id = x.id";
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
}

/// A transaction that is open.
pub(super) struct PostgresBooks<'s> {
    transaction: PostgresTransaction,
    store: &'s PostgresStore,
}

impl<'s> PostgresBooks<'s> {
    pub(super) async fn begin(store: &'s PostgresStore) -> Result<Self, StoreError> {
        Ok(Self { transaction: store.begin().await?, store })
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
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// All that is new and all debits, as one statement: each way to the database and back costs a small batch more than its
    /// rows do.
    async fn write_at_once(&mut self, rows: &Rows<'_>) -> Result<(), StoreError> {
        let Rows { fresh, versions, approvals, transfers, events, debits, .. } = rows;
        let debited: i64 = sqlx::query_scalar(WRITE)
            .bind(column(fresh, |row| row.id))
            .bind(column(fresh, |row| row.key.as_slice()))
            .bind(column(fresh, |row| row.declarant))
            .bind(column(fresh, |row| row.reference))
            .bind(column(fresh, |row| row.exporter))
            .bind(column(fresh, |row| row.secretariat))
            .bind(column(fresh, |row| row.digest.as_slice()))
            .bind(column(fresh, |row| row.state))
            .bind(column(fresh, |row| i64::from(row.version)))
            .bind(column(fresh, |row| row.received_at))
            .bind(column(fresh, |row| i64::from(row.hold)))
            .bind(column(versions, |row| row.declaration_id))
            .bind(column(versions, |row| i64::from(row.version)))
            .bind(column(versions, |row| row.digest))
            .bind(column(versions, |row| row.content))
            .bind(column(versions, |row| row.dictionary))
            .bind(column(versions, |row| row.sent_by))
            .bind(column(versions, |row| row.sent_at))
            .bind(column(approvals, |row| row.declaration_id))
            .bind(column(approvals, |row| i64::from(row.version)))
            .bind(column(approvals, |row| row.code.as_str()))
            .bind(column(approvals, |row| i64::from(row.collision)))
            .bind(column(approvals, |row| row.record_no.as_str()))
            .bind(column(approvals, |row| row.kind))
            .bind(column(approvals, |row| row.approved_at))
            .bind(column(approvals, |row| row.valid_until.as_deref()))
            .bind(column(approvals, |row| row.fee_kurus))
            .bind(column(approvals, |row| row.fob_try_kurus))
            .bind(column(approvals, |row| row.account_id))
            .bind(column(approvals, |row| row.balance_kurus))
            .bind(column(approvals, |row| row.detail))
            .bind(column(approvals, |row| row.dictionary))
            .bind(column(approvals, |row| row.notices.as_deref()))
            .bind(column(approvals, |row| i64::from(row.renderer)))
            .bind(column(approvals, |row| row.answer_digest.as_slice()))
            .bind(column(approvals, |row| row.basis.tables))
            .bind(column(approvals, |row| row.basis.parties))
            .bind(column(transfers, |row| row.id))
            .bind(column(transfers, |row| row.debit_account))
            .bind(column(transfers, |row| row.credit_account))
            .bind(column(transfers, |row| row.amount_kurus))
            .bind(column(transfers, |row| row.declaration_id))
            .bind(column(transfers, |row| row.booked_at))
            .bind(column(events, |row| row.id))
            .bind(column(events, |row| row.kind))
            .bind(column(events, |row| row.declaration_id))
            .bind(column(events, |row| row.account_id))
            .bind(column(events, |row| row.happened_at))
            .bind(column(events, |row| row.body.as_str()))
            .bind(column(events, |row| row.leaf.as_slice()))
            .bind(column(debits, |row| row.id))
            .bind(column(debits, |row| row.amount_kurus))
            .fetch_one(&mut *self.transaction)
            .await?;
        if usize::try_from(debited) != Ok(debits.len()) {
            // Somebody debited between our reading and our writing: start again from what is there now.
            return Err(StoreError::Overtaken);
        }
        Ok(())
    }
}

impl PostgresBooks<'_> {
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
        if usize::try_from(spend.execute(&mut *self.transaction).await?.rows_affected()) != Ok(rows.len()) {
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

impl Books for PostgresBooks<'_> {
    async fn basis(&mut self) -> Result<Basis, StoreError> {
        let (tables, parties) = sqlx::query_as(BASIS.postgres).fetch_one(&mut *self.transaction).await?;
        Ok(Basis { tables, parties })
    }

    async fn held(
        &mut self,
        keys: &[DeclarationKey],
        accounts: &[i64],
    ) -> Result<(Vec<KnownRow>, Vec<(i64, i64)>), StoreError> {
        let keys: Vec<&[u8]> = keys.iter().map(|key| key.0.as_slice()).collect();
        let (mut known, mut balances) = (Vec::new(), Vec::with_capacity(accounts.len()));
        for row in sqlx::query(HELD).bind(keys).bind(accounts).fetch_all(&mut *self.transaction).await? {
            // The rows of accounts have no key.
            if row.try_get_raw("key")?.is_null() {
                balances.push((row.try_get("id")?, row.try_get("balance_kurus")?));
            } else {
                known.push(KnownRow::from_row(&row)?);
            }
        }
        Ok((known, balances))
    }

    async fn spent(&mut self, powers: &[LimitedPower<'_>], day: Date) -> Result<Vec<i64>, StoreError> {
        let spent = sqlx::query_scalar(SPENT)
            .bind(column(powers, |power| power.exporter))
            .bind(column(powers, |power| power.declarant))
            .bind(column(powers, |power| power.secretariat))
            .bind(column(powers, |power| power.valid_from.to_string()))
            .bind(day.to_string());
        Ok(spent.fetch_all(&mut *self.transaction).await?)
    }

    /// Beside this transaction: no other server waits for our commit to draw its own. What a commit made durable was drawn
    /// before it, so no number is ever drawn twice.
    async fn draw_record_numbers(
        &mut self,
        year: i16,
        counts: &Counts<'_>,
    ) -> Result<HashMap<String, i64>, StoreError> {
        let (secretariats, counts): (Vec<&str>, Vec<i64>) = counts.iter().map(|(name, count)| (*name, *count)).unzip();
        let draw = sqlx::query_as(DRAW).bind(secretariats).bind(i64::from(year)).bind(counts);
        let drawn: Vec<(String, i64)> = draw.fetch_all(self.store.numbers()).await?;
        Ok(drawn.into_iter().collect())
    }

    async fn approval(&mut self, declaration: i64) -> Result<Option<declarations::ApprovalRow>, StoreError> {
        Ok(sqlx::query_as(APPROVAL.postgres).bind(declaration).fetch_optional(&mut *self.transaction).await?)
    }

    async fn write(&mut self, rows: &Rows<'_>) -> Result<(), StoreError> {
        self.update_declarations(&rows.touched).await?;
        reach("before-leaf");
        reach("before-debit");
        self.write_at_once(rows).await?;
        reach("after-leaf");
        self.spend(&rows.spendings).await?;
        reach("after-debit");
        Ok(())
    }

    async fn commit(self) -> Result<(), StoreError> {
        Ok(self.transaction.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::lent::LendingPool;
    use crate::testing::TestDatabase;
    use std::time::Duration;
    use tokio::time::timeout;

    /// D-9: no server waits for another one's commit, or for its disk, to draw record numbers.
    #[tokio::test]
    async fn record_numbers_are_drawn_beside_transactions_that_are_open() {
        let database = TestDatabase::postgres().await;
        let stores = [Store::open(&database.url).await.unwrap(), Store::open(&database.url).await.unwrap()];
        let [Store::Postgres(one), Store::Postgres(other)] = &stores else { panic!("not PostgreSQL") };
        let draw = async |books: &mut PostgresBooks<'_>, counts: &[(&str, i64)]| {
            let drawn = books.draw_record_numbers(2026, &counts.iter().copied().collect()).await.unwrap();
            let mut drawn: Vec<_> = drawn.into_iter().collect();
            drawn.sort();
            drawn
        };
        let drawn = |numbers: &[(&str, i64)]| -> Vec<_> {
            numbers.iter().map(|(secretariat, last)| ((*secretariat).to_owned(), *last)).collect()
        };
        let mut open = PostgresBooks::begin(one).await.unwrap();
        assert_eq!(draw(&mut open, &[("EIB", 2), ("IMMIB", 30)]).await, drawn(&[("EIB", 2), ("IMMIB", 30)]));
        let mut second = PostgresBooks::begin(other).await.unwrap();
        let quickly = timeout(Duration::from_secs(2), draw(&mut second, &[("IMMIB", 5)])).await;
        assert_eq!(quickly.expect("nobody is waited for"), drawn(&[("IMMIB", 35)]));
        drop(open);
        assert_eq!(draw(&mut second, &[("EIB", 1)]).await, drawn(&[("EIB", 3)]), "its numbers are left out");
        let awaited = async |pool: &LendingPool| -> String {
            sqlx::query_scalar("select current_setting('synchronous_commit')").fetch_one(pool).await.unwrap()
        };
        assert_eq!(awaited(one.numbers()).await, "off");
        let setting: String = sqlx::query_scalar("select current_setting('synchronous_commit')")
            .fetch_one(&mut *second.transaction)
            .await
            .unwrap();
        assert_eq!(setting, "on", "only these commits are not waited for");
    }
}
