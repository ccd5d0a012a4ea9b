//! A batch's transaction on PostgreSQL: a statement for each set of rows, whatever its size.
//!
//! Rows travel as one parameter of JSON. Declarations and accounts are locked in one order on all servers.

use super::batch::{Books, KnownRow, RAISE_RECORD_COUNTER};
use super::rows::{Rows, json};
use crate::connection::PostgresStore;
use crate::declarations::{APPROVAL, ApprovalRow};
use crate::events::{SAVE_EVENTS, SAVE_UNCHAINED};
use crate::fault_point::reach;
use crate::parties::{BASIS, Basis};
use crate::sql::texts;
use crate::{DeclarationKey, StoreError};
use sqlx::{Postgres, Transaction};

texts! {
    KNOWN = "select id, key, state, version, cleared_version, ended_at, digest from declaration
        where key = any($1) order by id for update";
    BALANCES = "select id, balance_kurus from account where id = any($1) order by id for update";
    SAVE_DECLARATIONS = "insert into declaration
            (id, key, declarant, reference, exporter, secretariat, digest, state, version, received_at)
        select id, decode(key, 'hex'), declarant, reference, exporter, secretariat, decode(digest, 'hex'), state, version,
            received_at
        from json_to_recordset($1::json) as x(id bigint, key text, declarant text, reference text, exporter text,
            secretariat text, digest text, state text, version bigint, received_at bigint)";
    UPDATE_DECLARATIONS = "update declaration set exporter = x.exporter, secretariat = x.secretariat,
            digest = decode(x.digest, 'hex'), state = x.state, version = x.version
        from json_to_recordset($1::json) as x(id bigint, exporter text, secretariat text, digest text, state text,
            version bigint)
        where declaration.id = x.id";
    SAVE_VERSIONS = "insert into declaration_version (declaration_id, version, digest, content, dictionary, sent_by, sent_at)
        select declaration_id, version, decode(digest, 'hex'), decode(content, 'hex'), dictionary, sent_by, sent_at
        from json_to_recordset($1::json) as x(declaration_id bigint, version bigint, digest text, content text,
            dictionary bigint, sent_by text, sent_at bigint)";
    SAVE_APPROVALS = "insert into approval (declaration_id, version, code, collision, record_no, kind,
            approved_at, valid_until, fee_kurus, fob_try_kurus, account_id, balance_kurus, detail, dictionary,
            notices, renderer, answer_digest)
        select declaration_id, version, code, collision, record_no, kind, approved_at, valid_until, fee_kurus,
            fob_try_kurus, account_id, balance_kurus, decode(detail, 'hex'), dictionary, notices, renderer,
            decode(answer_digest, 'hex')
        from json_to_recordset($1::json) as x(declaration_id bigint, version bigint, code text, collision bigint,
            record_no text, kind text, approved_at bigint, valid_until text, fee_kurus bigint, fob_try_kurus bigint,
            account_id bigint, balance_kurus bigint, detail text, dictionary bigint, notices text, renderer bigint,
            answer_digest text)";
    SAVE_TRANSFERS = "insert into transfer
            (id, kind, debit_account, credit_account, amount_kurus, declaration_id, booked_at)
        select id, 'fee', debit_account, credit_account, amount_kurus, declaration_id, booked_at
        from json_to_recordset($1::json) as x(id bigint, debit_account bigint, credit_account bigint,
            amount_kurus bigint, declaration_id bigint, booked_at bigint)";
    DEBIT = "update account set balance_kurus = balance_kurus - x.amount_kurus
        from json_to_recordset($1::json) as x(id bigint, amount_kurus bigint)
        where account.id = x.id and balance_kurus >= x.amount_kurus";
}

/// A transaction that is open.
pub(super) struct PostgresBooks(Transaction<'static, Postgres>);

impl PostgresBooks {
    pub(super) async fn begin(store: &PostgresStore) -> Result<Self, StoreError> {
        Ok(Self(store.begin().await?))
    }
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

    async fn raise_record_counter(&mut self, secretariat: &str, year: i16, count: i64) -> Result<i64, StoreError> {
        let raise =
            sqlx::query_scalar(RAISE_RECORD_COUNTER.postgres).bind(secretariat).bind(i64::from(year)).bind(count);
        Ok(raise.fetch_one(&mut *self.0).await?)
    }

    async fn approval(&mut self, declaration: i64) -> Result<Option<ApprovalRow>, StoreError> {
        Ok(sqlx::query_as(APPROVAL.postgres).bind(declaration).fetch_optional(&mut *self.0).await?)
    }

    async fn write(&mut self, rows: &Rows<'_>) -> Result<(), StoreError> {
        let events = json(&rows.events);
        let sets = [
            (SAVE_DECLARATIONS, rows.fresh.len(), json(&rows.fresh)),
            (UPDATE_DECLARATIONS, rows.touched.len(), json(&rows.touched)),
            (SAVE_VERSIONS, rows.versions.len(), json(&rows.versions)),
            (SAVE_APPROVALS, rows.approvals.len(), json(&rows.approvals)),
            (SAVE_TRANSFERS, rows.transfers.len(), json(&rows.transfers)),
            (SAVE_UNCHAINED.postgres, rows.events.len(), events.clone()),
            (SAVE_EVENTS.postgres, rows.events.len(), events),
        ];
        reach("before-leaf");
        for (statement, count, rows) in sets {
            if count > 0 {
                sqlx::query(statement).bind(rows).execute(&mut *self.0).await?;
            }
        }
        reach("after-leaf");
        reach("before-debit");
        if !rows.debits.is_empty() {
            let done = sqlx::query(DEBIT).bind(json(&rows.debits)).execute(&mut *self.0).await?;
            if usize::try_from(done.rows_affected()) != Ok(rows.debits.len()) {
                // Somebody debited between our reading and our writing: start again from what is there now.
                return Err(StoreError::Overtaken);
            }
        }
        reach("after-debit");
        Ok(())
    }

    async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }
}
