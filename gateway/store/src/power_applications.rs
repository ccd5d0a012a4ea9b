//! Applications for powers of attorney: drafted, sent, decided on. An approved one is a power of the register in the same
//! commit.

use crate::connection::{on, read, retrying};
use crate::declarations::instant;
use crate::error::StoreError;
use crate::events::{EventRow, overtaken, save_events};
use crate::parties::Power;
use crate::powers::{Deed, event, keep_change, moment, told};
use crate::sql::statements;
use crate::uploads::{Upload, save_upload};
use crate::{Ids, Store};
use jiff::Timestamp;
use serde_json::{Value, json};

/// An application with the titles of both sides.
macro_rules! applications {
    ($where:literal) => {
        concat!(
            "select id, exporter, giver.title as exporter_title, declarant, holder.title as declarant_title, secretariat,
                scope, takes_refunds, daily_limit, valid_from, valid_to, upload_id, file_name, made_by, made_by_firm, made_at, state,
                decided_by, decided_at, reason
            from power_application join firm giver on giver.tax_no = exporter
                join firm holder on holder.tax_no = declarant where ",
            $where
        )
    };
}

statements! {
    APPLICATION = applications!("id = $1");
    APPLIED_FOR_EXPORTER = applications!("exporter = $1 order by id");
    APPLIED_FOR_DECLARANT = applications!("declarant = $1 order by id");
    APPLIED_AT = applications!("secretariat = $1 and state = $2 order by id desc limit $3");
    FIND_WAITING = "select id from power_application
        where exporter = $1 and declarant = $2 and scope = $3 and state = 'waiting'";
    SAVE_DRAFT = "insert into power_application (id, exporter, declarant, secretariat, scope, takes_refunds, valid_from,
            valid_to, upload_id, file_name, made_by, made_by_firm, made_at, daily_limit, state)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'draft')
        on conflict (id) do update set secretariat = excluded.secretariat, scope = excluded.scope,
            takes_refunds = excluded.takes_refunds, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
            upload_id = excluded.upload_id, file_name = excluded.file_name, daily_limit = excluded.daily_limit
        where power_application.state = 'draft'";
    OLD_DRAFTS = "select id, upload_id from power_application where state = 'draft' and made_at < $1 limit 100";
    FORGET_DRAFT = "delete from power_application where id = $1 and state = 'draft'";
    FORGET_FILE = "delete from upload where id = $1";
    MOVE = "update power_application set state = $3, decided_by = $4, decided_at = $5, reason = $6
        where id = $1 and state = $2";
    GRANT = "insert into power (exporter, declarant, secretariat, takes_refunds, daily_limit, valid_from, valid_to)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (exporter, declarant, secretariat, valid_from) do update set takes_refunds = excluded.takes_refunds,
            daily_limit = excluded.daily_limit, valid_to = excluded.valid_to, revoked_at = 0, revoked_by = '', revoke_reason = ''";
}

/// An application for a power.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ApplicationRow {
    /// Its number.
    pub id: i64,
    /// Who gives the power.
    pub exporter: String,
    /// Its title.
    pub exporter_title: String,
    /// Who is to hold it.
    pub declarant: String,
    /// Its title.
    pub declarant_title: String,
    /// The secretariat that decides.
    pub secretariat: String,
    /// Where the power is to hold: that secretariat, or `*` for all.
    pub scope: String,
    /// 1 when fees may be given back on the declarant's own petition.
    pub takes_refunds: i64,
    /// The most that it is to let be debited on one day, in kuruş; none where nothing is to limit it.
    pub daily_limit: Option<i64>,
    /// First day; a draft's may be empty.
    pub valid_from: String,
    /// Last day, or empty.
    pub valid_to: String,
    /// Its paper.
    pub upload_id: i64,
    /// What the paper is called; may be empty.
    pub file_name: String,
    /// User code of the one who made it.
    pub made_by: String,
    /// For which firm.
    pub made_by_firm: String,
    /// When it was made, microseconds UTC.
    pub made_at: i64,
    /// `draft`, `waiting`, `approved`, `rejected` or `cancelled`.
    pub state: String,
    /// Who decided; empty before.
    pub decided_by: String,
    /// When, microseconds UTC; 0 before.
    pub decided_at: i64,
    /// Why it was rejected.
    pub reason: String,
}

/// What became of an application that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It waits for the secretariat.
    Waiting,
    /// Another one for the same two firms and the same scope waits already.
    OtherWaits,
    /// It is no draft any more.
    NoDraft,
}

impl ApplicationRow {
    /// When it was made.
    ///
    /// # Errors
    /// When the database holds what is no instant.
    pub fn made_at(&self) -> Result<Timestamp, StoreError> {
        instant("power_application", "made_at", self.made_at)
    }

    /// When it was decided on or cancelled.
    ///
    /// # Errors
    /// When the database holds what is no instant.
    pub fn decided_at(&self) -> Result<Option<Timestamp>, StoreError> {
        moment("power_application", "decided_at", self.decided_at)
    }

    /// The power that it asks for.
    pub fn power(&self) -> Power {
        Power {
            exporter: self.exporter.clone(),
            declarant: self.declarant.clone(),
            secretariat: self.scope.clone(),
            takes_refunds: self.takes_refunds,
            daily_limit: self.daily_limit,
            valid_from: self.valid_from.clone(),
            valid_to: self.valid_to.clone(),
        }
    }

    fn told(&self) -> Value {
        let mut told = told(&self.power());
        if let Some(body) = told.as_object_mut() {
            body.insert("application".to_owned(), json!(self.id.to_string()));
            body.insert("reviewed_by".to_owned(), json!(self.secretariat));
            body.insert("applied_by_firm".to_owned(), json!(self.made_by_firm));
        }
        told
    }
}

impl Store {
    /// Applications for powers that an exporter gives, the oldest first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_applications_of_exporter(&self, exporter: &str) -> Result<Vec<ApplicationRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&APPLIED_FOR_EXPORTER)).bind(exporter).fetch_all(store.readers()))
    }

    /// Applications for powers that a declarant is to hold, the oldest first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_applications_of_declarant(&self, declarant: &str) -> Result<Vec<ApplicationRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&APPLIED_FOR_DECLARANT)).bind(declarant)
            .fetch_all(store.readers()))
    }

    /// Applications in one state that a secretariat decides on, the newest `most` of them first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_applications_at(
        &self,
        secretariat: &str,
        state: &str,
        most: u32,
    ) -> Result<Vec<ApplicationRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&APPLIED_AT)).bind(secretariat).bind(state).bind(i64::from(most))
            .fetch_all(store.readers()))
    }

    /// One application.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_power_application(&self, id: i64) -> Result<Option<ApplicationRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&APPLICATION)).bind(id).fetch_optional(store.readers()))
    }

    /// Keeps a draft: a new one where its number is 0, with a new paper where there is one. Drafts from before
    /// `forget_before` go, with their papers. Gives the draft's number; `None` when it is no draft any more.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn save_draft(
        &self,
        draft: &ApplicationRow,
        paper: Option<&Upload>,
        (ids, now): (&Ids, Timestamp),
        forget_before: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let old: Vec<(i64, i64)> = sqlx::query_as(store.text(&OLD_DRAFTS)).bind(forget_before.as_microsecond())
                    .fetch_all(&mut *tx).await?;
                for (id, file) in old.into_iter().filter(|(id, _)| *id != draft.id) {
                    let gone = sqlx::query(store.text(&FORGET_DRAFT)).bind(id).execute(&mut *tx).await?;
                    if gone.rows_affected() == 1 {
                        sqlx::query(store.text(&FORGET_FILE)).bind(file).execute(&mut *tx).await?;
                    }
                }
                let (id, mut file) = (if draft.id == 0 { ids.next(now) } else { draft.id }, draft.upload_id);
                if let Some(paper) = paper {
                    if file != 0 {
                        sqlx::query(store.text(&FORGET_FILE)).bind(file).execute(&mut *tx).await?;
                    }
                    file = ids.next(now);
                    save_upload!(store, tx, file, paper);
                }
                let saved = sqlx::query(store.text(&SAVE_DRAFT)).bind(id).bind(&draft.exporter).bind(&draft.declarant)
                    .bind(&draft.secretariat).bind(&draft.scope).bind(draft.takes_refunds).bind(&draft.valid_from)
                    .bind(&draft.valid_to).bind(file).bind(&draft.file_name).bind(&draft.made_by)
                    .bind(&draft.made_by_firm).bind(now.as_microsecond()).bind(draft.daily_limit).execute(&mut *tx).await?;
                if saved.rows_affected() == 0 {
                    return Ok(None);
                }
                tx.commit().await?;
                Ok(Some(id))
            })
        })
        .await
    }

    /// Sends a draft to the secretariat that decides.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn send_power_application(
        &self,
        draft: &ApplicationRow,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Sent, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let other: Option<i64> = sqlx::query_scalar(store.text(&FIND_WAITING)).bind(&draft.exporter)
                    .bind(&draft.declarant).bind(&draft.scope).fetch_optional(&mut *tx).await?;
                if other.is_some_and(|other| other != draft.id) {
                    return Ok(Sent::OtherWaits);
                }
                let moved = sqlx::query(store.text(&MOVE)).bind(draft.id).bind("draft").bind("waiting").bind("")
                    .bind(0_i64).bind("").execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                if moved.rows_affected() == 0 {
                    return Ok(Sent::NoDraft);
                }
                let event = EventRow::new(ids.next(now), "power.applied", None, None, now, &draft.told());
                save_events!(store, tx, &[event]);
                tx.commit().await?;
                Ok(Sent::Waiting)
            })
        })
        .await
    }

    /// Gives a draft up, with its paper.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn forget_draft(&self, draft: &ApplicationRow) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let gone = sqlx::query(store.text(&FORGET_DRAFT)).bind(draft.id).execute(&mut *tx).await?;
                if gone.rows_affected() == 1 {
                    sqlx::query(store.text(&FORGET_FILE)).bind(draft.upload_id).execute(&mut *tx).await?;
                }
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }

    /// Decides on an application that waits: it becomes `approved`, `rejected` or `cancelled`. An approved one is a power
    /// of the register in the same commit. False when it did not wait any more.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn decide_application(
        &self,
        application: &ApplicationRow,
        state: &'static str,
        deed: Deed<'_>,
        ids: &Ids,
    ) -> Result<bool, StoreError> {
        let kind = match state {
            "approved" => "power.approved",
            "rejected" => "power.rejected",
            _ => "power.cancelled",
        };
        let power = application.power();
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let moved = sqlx::query(store.text(&MOVE)).bind(application.id).bind("waiting").bind(state).bind(deed.by)
                    .bind(deed.at.as_microsecond()).bind(deed.reason).execute(&mut *tx).await?;
                if moved.rows_affected() == 0 {
                    return Ok(false);
                }
                if state == "approved" {
                    sqlx::query(store.text(&GRANT)).bind(&power.exporter).bind(&power.declarant).bind(&power.secretariat)
                        .bind(power.takes_refunds).bind(power.daily_limit).bind(&power.valid_from).bind(&power.valid_to)
                        .execute(&mut *tx).await?;
                    keep_change!(store, tx, std::slice::from_ref(&power));
                }
                save_events!(store, tx, &[event(kind, application.told(), deed, ids)]);
                tx.commit().await?;
                Ok(true)
            })
        })
        .await
    }
}
