//! Matching what customs registered with what we approved, and keeping where the two differ.
//!
//! Rows are kept and read in pages, so that a month of any size takes the same memory. A difference is known by its name,
//! so the same file twice changes nothing; one that is not found again is settled.

use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::events::{EventRow, overtaken, save_events};
use crate::packed::Packed;
use crate::sql::statements;
use crate::writer::rows::json;
use crate::{Ids, Store};
use jiff::Timestamp;
use serde::Serialize;

statements! {
    ROWS = "select customs_row.registration_no, customs_row.code, customs_row.reference, customs_row.declarant,
            customs_row.exporter, registered_on, invoice_total, invoice_currency, goods,
            declaration.id as declaration_id, declaration.reference as our_reference,
            declaration.declarant as our_declarant, declaration.exporter as our_exporter,
            declaration.secretariat as secretariat, declaration.state as state,
            declaration.registration_no as our_registration_no, v.content as content, v.dictionary as dictionary
        from customs_row
        left join approval on approval.code = customs_row.code and approval.kept = 0
        left join declaration on declaration.id = approval.declaration_id
        left join declaration_version v on v.declaration_id = declaration.id and v.version = declaration.version
        where customs_row.month = $1 and customs_row.registration_no > $2
        order by customs_row.month, customs_row.registration_no limit $3";
    NEVER_REGISTERED = "select approval.declaration_id, declaration.secretariat
        from approval join declaration on declaration.id = approval.declaration_id
        where approval.declaration_id > $1 and approved_at >= $2 and approved_at < $3 and declaration.state = 'approved'
            and approval.version = declaration.version
            and not exists (select 1 from customs_row where customs_row.code = approval.code)
        order by approval.declaration_id limit $4";
    SETTLE_UNSEEN = "update reconciliation_row set state = 'settled', settled_at = $3, reason = 'not found again'
        where month = $1 and state = 'open' and seen < $2
            -- What was presented one by one waits for the file that holds it.
            and (kind <> 'without_approval' or exists (select 1 from customs_row
                where customs_row.registration_no = reconciliation_row.registration_no))";
    SETTLE_NEVER_REGISTERED = "update reconciliation_row set state = 'settled', settled_at = $2, reason = 'registered'
        where declaration_id = $1 and kind = 'never_registered' and state = 'open'";
    COUNTS = "select kind, count(*) from reconciliation_row where month = $1 and state = 'open' group by kind";
    FOUND = "select reconciliation_row.id, month, kind, reconciliation_row.registration_no, declaration.reference,
            declaration.declarant, declaration.exporter, reconciliation_row.secretariat, fields,
            reconciliation_row.state, owner, found_at
        from reconciliation_row left join declaration on declaration.id = reconciliation_row.declaration_id
        where month = $1 and ($2 = '' or kind = $2) and reconciliation_row.id > $3
            and ($4 = '' or reconciliation_row.secretariat in ($4, ''))
        order by reconciliation_row.id limit $5";
    DECIDE = "update reconciliation_row set owner = $3, state = $4, settled_at = $5, reason = $6
        where id = $1 and secretariat in ($2, '') and state = 'open'";
    @differ
    KNOWN_ROWS = sqlite "select count(*) from json_each($1)
        -- In this order: for each row of the file ours, never for each of ours all of the file.
        cross join customs_row
            on customs_row.registration_no = value->>'registration_no' and customs_row.digest = value->>'digest'
            and customs_row.month = $2"
    postgres "select count(*) from json_to_recordset($1::json) as x(registration_no text, digest text)
        join customs_row on customs_row.registration_no = x.registration_no and customs_row.digest = x.digest
            and customs_row.month = $2";
    SAVE_ROWS = sqlite "insert into customs_row (registration_no, month, code, reference, declarant, exporter,
            registered_on, invoice_total, invoice_currency, goods, digest)
        select value->>'registration_no', $2, value->>'code', value->>'reference', value->>'declarant',
            value->>'exporter', value->>'registered_on', value->>'invoice_total', value->>'invoice_currency',
            value->>'goods', value->>'digest' from json_each($1) where true
        on conflict (registration_no) do update set month = excluded.month, code = excluded.code,
            reference = excluded.reference, declarant = excluded.declarant, exporter = excluded.exporter,
            registered_on = excluded.registered_on, invoice_total = excluded.invoice_total,
            invoice_currency = excluded.invoice_currency, goods = excluded.goods, digest = excluded.digest
        where customs_row.digest <> excluded.digest or customs_row.month <> excluded.month"
    postgres "insert into customs_row (registration_no, month, code, reference, declarant, exporter,
            registered_on, invoice_total, invoice_currency, goods, digest)
        select registration_no, $2, code, reference, declarant, exporter, registered_on, invoice_total,
            invoice_currency, goods, digest from json_to_recordset($1::json)
            as x(registration_no text, code text, reference text, declarant text, exporter text, registered_on text,
                invoice_total text, invoice_currency text, goods text, digest text)
        on conflict (registration_no) do update set month = excluded.month, code = excluded.code,
            reference = excluded.reference, declarant = excluded.declarant, exporter = excluded.exporter,
            registered_on = excluded.registered_on, invoice_total = excluded.invoice_total,
            invoice_currency = excluded.invoice_currency, goods = excluded.goods, digest = excluded.digest
        where customs_row.digest <> excluded.digest or customs_row.month <> excluded.month";
    SAVE_FOUND = sqlite "insert into reconciliation_row (id, row_key, month, kind, registration_no, declaration_id,
            secretariat, fields, state, found_at, reason, seen)
        select value->>'id', value->>'row_key', value->>'month', value->>'kind', value->>'registration_no',
            value->>'declaration_id', value->>'secretariat', value->>'fields', 'open', value->>'found_at', '',
            value->>'seen' from json_each($1) where true
        on conflict (row_key) do update set
            seen = case when reconciliation_row.seen > excluded.seen then reconciliation_row.seen else excluded.seen end,
            fields = excluded.fields, month = excluded.month,
            state = case when reconciliation_row.reason = 'not found again' or (reconciliation_row.kind = 'differs' and reconciliation_row.fields <> excluded.fields)
                then 'open' else reconciliation_row.state end,
            settled_at = case when reconciliation_row.reason = 'not found again' or (reconciliation_row.kind = 'differs' and reconciliation_row.fields <> excluded.fields)
                then null else reconciliation_row.settled_at end,
            reason = case when reconciliation_row.reason = 'not found again' or (reconciliation_row.kind = 'differs' and reconciliation_row.fields <> excluded.fields)
                then '' else reconciliation_row.reason end"
    postgres "insert into reconciliation_row (id, row_key, month, kind, registration_no, declaration_id, secretariat,
            fields, state, found_at, reason, seen)
        select id, row_key, month, kind, registration_no, declaration_id, secretariat, fields, 'open', found_at, '', seen
        from json_to_recordset($1::json) as x(id bigint, row_key text, month text, kind text, registration_no text,
            declaration_id bigint, secretariat text, fields text, found_at bigint, seen bigint)
        on conflict (row_key) do update set
            seen = case when reconciliation_row.seen > excluded.seen then reconciliation_row.seen else excluded.seen end,
            fields = excluded.fields, month = excluded.month,
            state = case when reconciliation_row.reason = 'not found again' or (reconciliation_row.kind = 'differs' and reconciliation_row.fields <> excluded.fields)
                then 'open' else reconciliation_row.state end,
            settled_at = case when reconciliation_row.reason = 'not found again' or (reconciliation_row.kind = 'differs' and reconciliation_row.fields <> excluded.fields)
                then null else reconciliation_row.settled_at end,
            reason = case when reconciliation_row.reason = 'not found again' or (reconciliation_row.kind = 'differs' and reconciliation_row.fields <> excluded.fields)
                then '' else reconciliation_row.reason end";
}

/// What customs registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CustomsRow {
    /// The registration number.
    pub registration_no: String,
    /// The code that stands on it, bare; empty where there is none.
    pub code: String,
    /// The declarant's reference.
    pub reference: String,
    /// Declarant's tax number; may be empty.
    pub declarant: String,
    /// Exporter's tax number.
    pub exporter: String,
    /// Day of registration.
    pub registered_on: String,
    /// Total invoice amount, as a decimal.
    pub invoice_total: String,
    /// Its currency.
    pub invoice_currency: String,
    /// Commodity codes of the items in order, separated by blanks.
    pub goods: String,
    /// Of all of it.
    pub digest: String,
}

/// A row of customs beside our declaration with its code.
#[derive(Debug, Clone)]
pub struct Pair {
    /// What customs registered.
    pub row: CustomsRow,
    /// Our declaration, where the code is ours.
    pub ours: Option<Ours>,
}

/// Our side of a pair.
#[derive(Debug, Clone)]
pub struct Ours {
    /// The store's number.
    pub declaration: i64,
    /// Its reference.
    pub reference: String,
    /// Its declarant.
    pub declarant: String,
    /// Its exporter.
    pub exporter: String,
    /// Its secretariat.
    pub secretariat: String,
    /// Its state, as stored.
    pub state: String,
    /// Customs' number as we know it.
    pub registration_no: Option<String>,
    /// Its content.
    pub content: String,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The store's number; counts only where the difference is new.
    pub id: i64,
    /// What names it.
    pub row_key: String,
    /// The month.
    pub month: String,
    /// `without_approval`, `never_registered` or `differs`.
    pub kind: &'static str,
    /// Customs' number, where there is one.
    pub registration_no: Option<String>,
    /// Our declaration, where there is one.
    pub declaration_id: Option<i64>,
    /// Whose it is; empty where nobody can tell.
    pub secretariat: String,
    /// The fields that differ, as JSON.
    pub fields: String,
    /// Microseconds UTC.
    pub found_at: i64,
    /// The run that saw it.
    pub seen: i64,
}

/// A difference as it stands.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FoundRow {
    /// The store's number.
    pub id: i64,
    /// The month.
    pub month: String,
    /// Which of the three lists.
    pub kind: String,
    /// Customs' number, where there is one.
    pub registration_no: Option<String>,
    /// Of our declaration, where there is one.
    pub reference: Option<String>,
    /// Likewise.
    pub declarant: Option<String>,
    /// Likewise.
    pub exporter: Option<String>,
    /// Whose it is; empty where nobody can tell.
    pub secretariat: String,
    /// The fields that differ, as JSON.
    pub fields: String,
    /// `open` or `settled`.
    pub state: String,
    /// Who took it on.
    pub owner: Option<String>,
    /// Microseconds UTC.
    pub found_at: i64,
}

/// What staff decide on a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowDecision {
    /// This user looks after it.
    Owner(String),
    /// It is done with, for a reason.
    Settled(String),
}

impl FoundRow {
    /// Whole days since it was found, not below 0.
    pub fn age_days(&self, now: Timestamp) -> u64 {
        const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
        u64::try_from((now.as_microsecond() - self.found_at) / DAY_MICROS).unwrap_or_default()
    }
}

#[derive(sqlx::FromRow)]
struct PairRow {
    registration_no: String,
    code: String,
    reference: String,
    declarant: String,
    exporter: String,
    registered_on: String,
    invoice_total: String,
    invoice_currency: String,
    goods: String,
    declaration_id: Option<i64>,
    our_reference: Option<String>,
    our_declarant: Option<String>,
    our_exporter: Option<String>,
    secretariat: Option<String>,
    state: Option<String>,
    our_registration_no: Option<String>,
    content: Option<Vec<u8>>,
    dictionary: Option<i64>,
}

impl Store {
    /// Keeps rows of a month's file; how many of them were known before, unchanged.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn save_customs_rows(&self, month: &str, rows: &[CustomsRow]) -> Result<u64, StoreError> {
        let rows = json(rows);
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let known: i64 = sqlx::query_scalar(store.text(&KNOWN_ROWS)).bind(&rows).bind(month)
                    .fetch_one(&mut *tx).await?;
                sqlx::query(store.text(&SAVE_ROWS)).bind(&rows).bind(month).execute(&mut *tx).await?;
                tx.commit().await?;
                Ok(u64::try_from(known).unwrap_or_default())
            })
        })
        .await
    }

    /// Rows of a month behind a registration number, each beside our declaration.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_pairs(&self, month: &str, after: &str, limit: u32) -> Result<Vec<Pair>, StoreError> {
        let rows: Vec<PairRow> = read!(self, store => sqlx::query_as(store.text(&ROWS)).bind(month).bind(after)
            .bind(i64::from(limit)).fetch_all(store.readers()))?;
        rows.into_iter().map(PairRow::into_pair).collect()
    }

    /// Declarations approved between two instants (microseconds UTC) that customs has not registered, behind a number of
    /// the store; with their secretariats.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_never_registered(
        &self,
        after: i64,
        from: i64,
        until: i64,
        limit: u32,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&NEVER_REGISTERED)).bind(after).bind(from).bind(until)
            .bind(i64::from(limit)).fetch_all(store.readers()))
    }

    /// Keeps differences: new ones are open, known ones are seen again.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn save_differences(&self, differences: &[Difference]) -> Result<(), StoreError> {
        let rows = json(differences);
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&SAVE_FOUND)).bind(&rows).execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }

    /// Settles the open differences of a month that a run did not see; how many are open now, by kind.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn settle_unseen(&self, month: &str, run: i64, now: Timestamp) -> Result<Vec<(String, i64)>, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&SETTLE_UNSEEN)).bind(month).bind(run).bind(now.as_microsecond())
                    .execute(&mut *tx).await?;
                let counts = sqlx::query_as(store.text(&COUNTS)).bind(month).fetch_all(&mut *tx).await?;
                tx.commit().await?;
                Ok(counts)
            })
        })
        .await
    }

    /// A registration that was presented with a code that we never issued: one of the first list, as it happens.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn note_without_approval(
        &self,
        registration_no: &str,
        month: &str,
        fields: &serde_json::Value,
        (ids, now): (&Ids, Timestamp),
    ) -> Result<(), StoreError> {
        let id = ids.next(now);
        self.save_differences(&[Difference {
            id,
            row_key: format!("without_approval|{registration_no}"),
            month: month.to_owned(),
            kind: "without_approval",
            registration_no: Some(registration_no.to_owned()),
            declaration_id: None,
            secretariat: String::new(),
            fields: fields.to_string(),
            found_at: now.as_microsecond(),
            seen: id,
        }])
        .await
    }

    /// Differences of a month behind a number of the store; `kind` and `secretariat` may be empty for all.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_differences(
        &self,
        month: &str,
        kind: &str,
        secretariat: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<FoundRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&FOUND)).bind(month).bind(kind).bind(after).bind(secretariat)
            .bind(i64::from(limit)).fetch_all(store.readers()))
    }

    /// Says who looks after a difference, or settles it with a reason, by a member of staff; false when it is not open, or
    /// another secretariat's.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn decide_difference(
        &self,
        id: i64,
        (secretariat, by): (&str, &str),
        decision: &RowDecision,
        (ids, now): (&Ids, Timestamp),
    ) -> Result<bool, StoreError> {
        let (kind, owner, state, reason) = match decision {
            RowDecision::Owner(owner) => ("reconciliation.owned", Some(owner.as_str()), "open", ""),
            RowDecision::Settled(reason) => ("reconciliation.settled", Some(by), "settled", reason.as_str()),
        };
        let settled_at = (state == "settled").then(|| now.as_microsecond());
        let body = serde_json::json!({ "row": id.to_string(), "by": by, "owner": owner, "reason": reason });
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let done = sqlx::query(store.text(&DECIDE)).bind(id).bind(secretariat).bind(owner).bind(state)
                    .bind(settled_at).bind(reason).execute(&mut *tx).await?;
                if done.rows_affected() != 1 {
                    return Ok(false);
                }
                // The staff's own affair: it stands in no firm's feed.
                let event = EventRow::new(ids.next(now), kind, None, None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
                Ok(true)
            })
        })
        .await
    }
}

impl PairRow {
    fn into_pair(self) -> Result<Pair, StoreError> {
        let ours = match (self.declaration_id, self.content, self.dictionary) {
            (Some(declaration), Some(bytes), Some(dictionary)) => Some(Ours {
                declaration,
                content: Packed { bytes, dictionary }.text("declaration_version", "content")?,
                reference: self.our_reference.unwrap_or_default(),
                declarant: self.our_declarant.unwrap_or_default(),
                exporter: self.our_exporter.unwrap_or_default(),
                secretariat: self.secretariat.unwrap_or_default(),
                state: self.state.unwrap_or_default(),
                registration_no: self.our_registration_no,
            }),
            _ => None,
        };
        let row = CustomsRow {
            registration_no: self.registration_no,
            code: self.code,
            reference: self.reference,
            declarant: self.declarant,
            exporter: self.exporter,
            registered_on: self.registered_on,
            invoice_total: self.invoice_total,
            invoice_currency: self.invoice_currency,
            goods: self.goods,
            digest: String::new(),
        };
        Ok(Pair { row, ours })
    }
}
