//! Reading declarations, their versions and their approvals; and withdrawing one.

use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::events::{EventRow, hex, overtaken, save_events};
use crate::packed::Packed;
use crate::parties::Basis;
use crate::rules::day;
use crate::sql::statements;
use crate::writer::rows::json;
use crate::{Ids, Store, detail};
use ebirlik_domain::decision::{Approval, ApprovalKind};
use ebirlik_domain::money::Money;
use ebirlik_domain::price::{Price, Written};
use ebirlik_domain::state::{Move, State};
use ebirlik_domain::time::Clock;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::sync::Arc;

statements! {
    DECLARATION = "select id, declarant, reference, exporter, secretariat, state, version, received_at, ended_at,
        registration_no, hold from declaration where key = $1";
    VERSION = "select version, digest, content, dictionary, sent_by, sent_at from declaration_version
        where declaration_id = $1 and version = $2";
    VERSIONS = "select version, digest, content, dictionary, sent_by, sent_at from declaration_version
        where declaration_id = $1 order by version";
    APPROVAL = "select declaration.reference, declaration.secretariat, approval.version, code, collision, record_no,
        kind, approved_at, valid_until, fee_kurus, fob_try_kurus, balance_kurus, detail, dictionary, notices, renderer,
        answer_digest, tables_version, parties_version
        from approval join declaration on declaration.id = approval.declaration_id
        where approval.declaration_id = $1 order by approval.version desc limit 1";
    APPROVAL_OF_VERSION = "select declaration.reference, declaration.secretariat, approval.version, code, collision,
        record_no, kind, approved_at, valid_until, fee_kurus, fob_try_kurus, balance_kurus, detail, dictionary, notices,
        renderer, answer_digest, tables_version, parties_version
        from approval join declaration on declaration.id = approval.declaration_id
        where approval.declaration_id = $1 and approval.version = $2";
    DECLARATION_BY_ID = "select id, declarant, reference, exporter, secretariat, state, version, received_at, ended_at,
        registration_no, hold from declaration where id = $1";
    WAITING = "select id, declarant, reference, exporter, secretariat, state, version, received_at, ended_at,
        registration_no, hold from declaration
        where state in ('waiting_payment', 'at_desk') and state = $2 and secretariat = $1 and received_at > $3
        order by received_at limit $4";
    SHORT_OF_MONEY = "select declaration.id, declaration.declarant, reference, declaration.exporter,
        declaration.secretariat, state, version, received_at, ended_at, registration_no, hold
        from declaration join payer_commitment on payer_commitment.exporter = declaration.exporter
            and payer_commitment.secretariat = declaration.secretariat
            and payer_commitment.declarant in ('', declaration.declarant)
        where state in ('waiting_payment', 'at_desk') and state = 'waiting_payment' and hold = 0
            and declaration.secretariat = $1 and account_id = $2 and automatic = 1
            and valid_from <= $4 and (valid_to = '' or valid_to >= $4)
        order by urgent desc, received_at limit $3";
    WAITING_OF = "select id, declarant, reference, exporter, secretariat, state, version, received_at, ended_at,
        registration_no, hold from declaration
        where state in ('waiting_payment', 'at_desk') and state = 'waiting_payment' and (exporter = $1 or declarant = $1)
            and received_at > $2
        order by received_at limit $3";
    SET_URGENT = "update declaration set urgent = $2
        where id = $1 and urgent <> $2 and state in ('waiting_payment', 'at_desk')";
    WAITS = "select exists (select 1 from declaration where id = $1 and state in ('waiting_payment', 'at_desk'))";
    APPROVALS = "select count(*) from approval where declaration_id = $1";
    END = "update declaration set state = $2, ended_at = $3 where id = $1";
    @differ
    DECLARATIONS = sqlite "select id, declarant, reference, exporter, secretariat, state, version, received_at, ended_at,
        registration_no, hold from declaration where key in (select unhex(value) from json_each($1))"
        postgres "select id, declarant, reference, exporter, secretariat, state, version, received_at, ended_at,
        registration_no, hold from declaration
        where key in (select decode(value, 'hex') from json_array_elements_text($1::json))";
    STATE_FOR_UPDATE_BY_ID = sqlite "select state from declaration where id = $1"
        postgres "select state from declaration where id = $1 for update";
    STATE_FOR_UPDATE = sqlite "select id, state from declaration where key = $1"
        postgres "select id, state from declaration where key = $1 for update";
}

/// The identity of a declaration in the store: the first 16 bytes of SHA-256 over declarant and reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeclarationKey(pub(crate) [u8; 16]);

impl DeclarationKey {
    /// Of a declarant's tax number and its reference. A tax number holds no line feed, so the pair is unambiguous.
    pub fn of(declarant: &str, reference: &str) -> Self {
        let digest = Sha256::digest(format!("{declarant}\n{reference}").as_bytes());
        let mut key = [0; 16];
        key.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
        Self(key)
    }
}

/// A declaration as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The store's number.
    pub id: i64,
    /// Declarant's tax number.
    pub declarant: String,
    /// Its reference.
    pub reference: String,
    /// Exporter's tax number.
    pub exporter: String,
    /// Secretariat of the version that stands.
    pub secretariat: String,
    /// State.
    pub state: State,
    /// The version that stands, from 1.
    pub version: u32,
    /// When it was first recorded.
    pub received_at: Timestamp,
    /// When it was withdrawn or cancelled.
    pub ended_at: Option<Timestamp>,
    /// Customs registration number, once known.
    pub registration_no: Option<String>,
    /// Waits because its sender asked for it.
    pub hold: bool,
}

/// One version of a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1.
    pub version: u32,
    /// Digest of its content.
    pub digest: Vec<u8>,
    /// Its content as text.
    pub content: String,
    /// User code of the sender.
    pub sent_by: String,
    /// When it came.
    pub sent_at: Timestamp,
}

/// A stored approval with what proves its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredApproval {
    /// What the answer is made of.
    pub approval: Approval,
    /// The counter that the code was issued with.
    pub collision: u32,
    /// Version of the renderer of the first answer.
    pub renderer: u32,
    /// SHA-256 of the bytes first sent.
    pub answer_digest: Vec<u8>,
    /// What it was judged by; `None` in rows from before it was kept.
    pub basis: Option<Basis>,
}

/// What became of a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawn {
    /// It is withdrawn, now or before.
    Done,
    /// In this state it cannot be.
    NotFrom(State),
    /// There is no such declaration.
    Unknown,
}

#[derive(sqlx::FromRow)]
pub(crate) struct DeclarationRow {
    id: i64,
    declarant: String,
    reference: String,
    exporter: String,
    secretariat: String,
    state: String,
    version: i64,
    received_at: i64,
    ended_at: Option<i64>,
    registration_no: Option<String>,
    hold: i64,
}

#[derive(sqlx::FromRow)]
pub(crate) struct VersionRow {
    version: i64,
    digest: Vec<u8>,
    content: Vec<u8>,
    dictionary: i64,
    sent_by: String,
    sent_at: i64,
}

#[derive(sqlx::FromRow)]
pub(crate) struct ApprovalRow {
    pub(crate) reference: String,
    pub(crate) secretariat: String,
    pub(crate) version: i64,
    pub(crate) code: String,
    pub(crate) collision: i64,
    pub(crate) record_no: String,
    pub(crate) kind: String,
    pub(crate) approved_at: i64,
    pub(crate) valid_until: Option<String>,
    pub(crate) fee_kurus: i64,
    pub(crate) fob_try_kurus: i64,
    pub(crate) balance_kurus: Option<i64>,
    pub(crate) detail: Vec<u8>,
    pub(crate) dictionary: i64,
    pub(crate) notices: Option<String>,
    pub(crate) renderer: i64,
    pub(crate) answer_digest: Vec<u8>,
    pub(crate) tables_version: Option<i64>,
    pub(crate) parties_version: Option<i64>,
}

impl Store {
    /// A declaration by its identity.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_declaration(&self, key: DeclarationKey) -> Result<Option<Recorded>, StoreError> {
        let row: Option<DeclarationRow> = read!(self, store => sqlx::query_as(store.text(&DECLARATION))
            .bind(&key.0[..]).fetch_optional(store.readers()))?;
        row.map(recorded).transpose()
    }

    /// A declaration by the store's number.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_declaration_by_id(&self, id: i64) -> Result<Option<Recorded>, StoreError> {
        let row: Option<DeclarationRow> = read!(self, store => sqlx::query_as(store.text(&DECLARATION_BY_ID))
            .bind(id).fetch_optional(store.readers()))?;
        row.map(recorded).transpose()
    }

    /// Those of many declarations that there are, in no order.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_declarations(&self, keys: &[DeclarationKey]) -> Result<Vec<Recorded>, StoreError> {
        let keys: Vec<String> = keys.iter().map(|key| hex(&key.0)).collect();
        let rows: Vec<DeclarationRow> = read!(self, store => sqlx::query_as(store.text(&DECLARATIONS)).bind(json(&keys))
            .fetch_all(store.readers()))?;
        rows.into_iter().map(recorded).collect()
    }

    /// Declarations of a secretariat that wait in a state, first come first, from after an instant in microseconds.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_waiting(
        &self,
        secretariat: &str,
        state: State,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let rows: Vec<DeclarationRow> = read!(self, store => sqlx::query_as(store.text(&WAITING)).bind(secretariat)
            .bind(state.as_str()).bind(after).bind(i64::from(limit)).fetch_all(store.readers()))?;
        rows.into_iter().map(recorded).collect()
    }

    /// Declarations of a firm, as exporter or declarant, that wait for payment, first come first, from after an instant
    /// in microseconds.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_waiting_of(&self, firm: &str, after: i64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        let rows: Vec<DeclarationRow> = read!(self, store => sqlx::query_as(store.text(&WAITING_OF)).bind(firm)
            .bind(after).bind(i64::from(limit)).fetch_all(store.readers()))?;
        rows.into_iter().map(recorded).collect()
    }

    /// Declarations that wait for an account to be able to pay them by itself: urgent ones first, then first come first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_short_of_money(
        &self,
        secretariat: &str,
        account: i64,
        day: jiff::civil::Date,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let rows: Vec<DeclarationRow> = read!(self, store => sqlx::query_as(store.text(&SHORT_OF_MONEY))
            .bind(secretariat).bind(account).bind(i64::from(limit)).bind(day.to_string()).fetch_all(store.readers()))?;
        rows.into_iter().map(recorded).collect()
    }

    /// Puts a waiting declaration before those that are not urgent, or back; false when it does not wait.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn set_urgent(
        &self,
        id: i64,
        urgent: bool,
        by: &str,
        (ids, now): (&Ids, Timestamp),
    ) -> Result<bool, StoreError> {
        let body = serde_json::json!({ "urgent": urgent, "by": by });
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let done = sqlx::query(store.text(&SET_URGENT)).bind(id).bind(i64::from(urgent)).execute(&mut *tx).await?;
                if done.rows_affected() == 0 {
                    return Ok(sqlx::query_scalar(store.text(&WAITS)).bind(id).fetch_one(&mut *tx).await?);
                }
                let event = EventRow::new(ids.next(now), "declaration.urgency_changed", Some(id), None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
                Ok(true)
            })
        })
        .await
    }

    /// All versions of a declaration, the first one first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_versions(&self, declaration: i64) -> Result<Vec<Version>, StoreError> {
        let rows: Vec<VersionRow> = read!(self, store => sqlx::query_as(store.text(&VERSIONS))
            .bind(declaration).fetch_all(store.readers()))?;
        rows.into_iter().map(version).collect()
    }

    /// One version of a declaration.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_version(&self, declaration: i64, number: u32) -> Result<Option<Version>, StoreError> {
        let row: Option<VersionRow> = read!(self, store => sqlx::query_as(store.text(&VERSION))
            .bind(declaration).bind(i64::from(number)).fetch_optional(store.readers()))?;
        row.map(version).transpose()
    }

    /// The approval of a declaration, if it has one.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_approval(&self, declaration: i64) -> Result<Option<StoredApproval>, StoreError> {
        let row: Option<ApprovalRow> = read!(self, store => sqlx::query_as(store.text(&APPROVAL))
            .bind(declaration).fetch_optional(store.readers()))?;
        row.map(ApprovalRow::into_stored).transpose()
    }

    /// The approval of one version of a declaration.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_approval_of(&self, declaration: i64, version: u32) -> Result<Option<StoredApproval>, StoreError> {
        let row: Option<ApprovalRow> = read!(self, store => sqlx::query_as(store.text(&APPROVAL_OF_VERSION))
            .bind(declaration).bind(i64::from(version)).fetch_optional(store.readers()))?;
        row.map(ApprovalRow::into_stored).transpose()
    }

    /// Whether a declaration was corrected after its approval.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn is_corrected(&self, declaration: i64) -> Result<bool, StoreError> {
        let approvals: i64 = read!(self, store => sqlx::query_scalar(store.text(&APPROVALS)).bind(declaration)
            .fetch_one(store.readers()))?;
        Ok(approvals > 1)
    }

    /// Withdraws a declaration (Vazgeç). The code, if any, is dead with the commit.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn withdraw(
        &self,
        key: DeclarationKey,
        by: &str,
        ids: &Ids,
        clock: &dyn Clock,
    ) -> Result<Withdrawn, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let row: Option<(i64, String)> = sqlx::query_as(store.text(&STATE_FOR_UPDATE))
                    .bind(&key.0[..]).fetch_optional(&mut *tx).await?;
                // Read after the row is locked: the approval that we waited for comes first.
                let now = clock.now();
                let Some((id, state)) = row else { return Ok(Withdrawn::Unknown) };
                let state = parse_state(&state)?;
                if state == State::Withdrawn {
                    return Ok(Withdrawn::Done);
                }
                let Some(next) = state.after(Move::Withdraw) else { return Ok(Withdrawn::NotFrom(state)) };
                sqlx::query(store.text(&END)).bind(id).bind(next.as_str()).bind(now.as_microsecond())
                    .execute(&mut *tx).await?;
                let body = serde_json::json!({ "from": state.as_str(), "by": by });
                let event = EventRow::new(ids.next(now), "declaration.withdrawn", Some(id), None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await?;
            });
            Ok(Withdrawn::Done)
        })
        .await
    }
}

impl ApprovalRow {
    /// From the columns of [`APPROVAL`].
    pub(crate) fn of_sqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            reference: row.get("reference")?,
            secretariat: row.get("secretariat")?,
            version: row.get("version")?,
            code: row.get("code")?,
            collision: row.get("collision")?,
            record_no: row.get("record_no")?,
            kind: row.get("kind")?,
            approved_at: row.get("approved_at")?,
            valid_until: row.get("valid_until")?,
            fee_kurus: row.get("fee_kurus")?,
            fob_try_kurus: row.get("fob_try_kurus")?,
            balance_kurus: row.get("balance_kurus")?,
            detail: row.get("detail")?,
            dictionary: row.get("dictionary")?,
            notices: row.get("notices")?,
            renderer: row.get("renderer")?,
            answer_digest: row.get("answer_digest")?,
            tables_version: row.get("tables_version")?,
            parties_version: row.get("parties_version")?,
        })
    }

    pub(crate) fn into_stored(self) -> Result<StoredApproval, StoreError> {
        let wrong = |column: &'static str, value: String| StoreError::Inconsistent { table: "approval", column, value };
        let text = Packed { bytes: self.detail, dictionary: self.dictionary }.text("approval", "detail")?;
        let (rates, items, notices) =
            detail::read(&text, self.notices.as_deref()).map_err(|error| wrong("detail", error))?;
        let money = |column, kurus: i64| Money::from_kurus(kurus).ok_or_else(|| wrong(column, kurus.to_string()));
        let approval = Approval {
            version: number("approval", "version", self.version)?,
            approved_at: instant("approval", "approved_at", self.approved_at)?,
            valid_until: self.valid_until.as_deref().map(|text| day("approval", "valid_until", text)).transpose()?,
            kind: ApprovalKind::parse(&self.kind).ok_or_else(|| wrong("kind", self.kind.clone()))?,
            price: Arc::new(Price {
                fee: money("fee_kurus", self.fee_kurus)?,
                fob_try: money("fob_try_kurus", self.fob_try_kurus)?,
                rates,
                items,
                written: Written::default(),
            }),
            balance: self.balance_kurus.map(|kurus| money("balance_kurus", kurus)).transpose()?,
            notices,
            reference: self.reference,
            secretariat: self.secretariat,
            record_no: self.record_no,
            code: self.code,
        };
        Ok(StoredApproval {
            approval,
            collision: number("approval", "collision", self.collision)?,
            renderer: number("approval", "renderer", self.renderer)?,
            answer_digest: self.answer_digest,
            basis: self.tables_version.zip(self.parties_version).map(|(tables, parties)| Basis { tables, parties }),
        })
    }
}

pub(crate) fn parse_state(text: &str) -> Result<State, StoreError> {
    let wrong = || StoreError::Inconsistent { table: "declaration", column: "state", value: text.to_owned() };
    State::parse(text).ok_or_else(wrong)
}

pub(crate) fn number(table: &'static str, column: &'static str, value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|_| StoreError::Inconsistent { table, column, value: value.to_string() })
}

pub(crate) fn instant(table: &'static str, column: &'static str, micros: i64) -> Result<Timestamp, StoreError> {
    let wrong = |_| StoreError::Inconsistent { table, column, value: micros.to_string() };
    Timestamp::from_microsecond(micros).map_err(wrong)
}

pub(crate) fn recorded(row: DeclarationRow) -> Result<Recorded, StoreError> {
    Ok(Recorded {
        state: parse_state(&row.state)?,
        version: number("declaration", "version", row.version)?,
        received_at: instant("declaration", "received_at", row.received_at)?,
        ended_at: row.ended_at.map(|micros| instant("declaration", "ended_at", micros)).transpose()?,
        id: row.id,
        declarant: row.declarant,
        reference: row.reference,
        exporter: row.exporter,
        secretariat: row.secretariat,
        registration_no: row.registration_no,
        hold: row.hold == 1,
    })
}

pub(crate) fn version(row: VersionRow) -> Result<Version, StoreError> {
    Ok(Version {
        version: number("declaration_version", "version", row.version)?,
        sent_at: instant("declaration_version", "sent_at", row.sent_at)?,
        content: Packed { bytes: row.content, dictionary: row.dictionary }.text("declaration_version", "content")?,
        digest: row.digest,
        sent_by: row.sent_by,
    })
}
