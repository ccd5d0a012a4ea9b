//! Applications to act for a firm on the portal: begun, sent with their two files, decided by a membership branch.
//!
//! An application that is not sent in time is removed with its files; one that was sent stays.

use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::events::{EventRow, overtaken, save_events};
use crate::parties::RAISE_COUNTER;
use crate::people::{ADD_FIRM, SAVE_PROFILE};
use crate::sql::statements;
use crate::uploads::{Upload, save_upload};
use crate::{Ids, Store};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

/// The columns of [`Application`].
macro_rules! columns {
    ($rest:expr) => {
        concat!(
            "select application.id, application.kind, firm, title, application.secretariat, name, email, phone, state,
                created_at, ends_at, mails, mailed_at, extended_at, sent_at, decided_at, decided_by, reason
            from application join firm on firm.tax_no = application.firm ",
            $rest
        )
    };
}

/// The queue of a secretariat. `$2` state or empty, `$3` tax number or empty.
macro_rules! queue {
    ($order:literal) => {
        columns!(concat!(
            "join application_branch on application_id = application.id where application_branch.secretariat = $1
                and ($2 = '' or state = $2) and ($3 = '' or firm = $3) order by ",
            $order,
            " limit $4 offset $5"
        ))
    };
}

statements! {
    START = "insert into application (id, handle, kind, firm, secretariat, name, email, phone, state, created_at, ends_at,
            mails, mailed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 'started', $9, $10, 1, $9)";
    STARTED_SINCE = "select count(*) from application where email = $1 and created_at > $2";
    MAIL_AGAIN = "update application set mails = mails + 1, mailed_at = $2
        where id = $1 and state = 'started' and ends_at > $2 and mailed_at <= $3 and mails < $4";
    LOCK_STARTED = "update application set state = state where id = $1 and state = 'started' and ends_at > $2";
    FILES = "select application_file.kind, upload_id, media_type, name, cast(length(bytes) as bigint) as size
        from application_file join upload on upload.id = upload_id where application_id = $1 order by application_file.kind";
    FORGET_UPLOADS = "delete from upload where id in
        (select upload_id from application_file where application_id = $1 and ($2 = '' or kind = $2))";
    FORGET_FILES = "delete from application_file where application_id = $1 and ($2 = '' or kind = $2)";
    SAVE_FILE = "insert into application_file (application_id, kind, upload_id) values ($1, $2, $3)";
    COUNT_FILES = "select count(*) from application_file where application_id = $1";
    SEND = "update application set state = 'sent', sent_at = $2 where id = $1 and state = 'started' and ends_at > $2";
    SAVE_BRANCH = "insert into application_branch (secretariat, application_id) values ($1, $2)";
    SECRETARIATS_OF = "select distinct secretariat from membership
        where firm = $1 and valid_from <= $2 and (valid_to = '' or valid_to >= $2) order by secretariat";
    IS_AT = "select exists (select 1 from application_branch where secretariat = $1 and application_id = $2)";
    QUEUE_LENGTH = "select count(*) from application join application_branch on application_id = application.id
        where application_branch.secretariat = $1 and ($2 = '' or state = $2) and ($3 = '' or firm = $3)";
    DECIDE = "update application set state = $2, decided_at = $3, decided_by = $4, reason = $5
        where id = $1 and state = 'sent'";
    ROLES_OF = "select roles from client where code = $1";
    ADD_CLIENT = "insert into client (code, firm, secretariat, contact_office, roles, password_hash,
            payment_password_hash, locked)
        values ($1, '', '', '', $2, '', '', 0) on conflict (code) do nothing";
    EXTEND = "update application set ends_at = ends_at + $2, extended_at = $3, reminded_at = null
        where id = $1 and state = 'started' and ends_at > $3 and extended_at is null";
    EXTEND_LINKS = "update mail_link set ends_at = ends_at + $2 where subject = $1 and purpose = 'application'";
    NEAR_THEIR_END = "select id from application
        where state = 'started' and ends_at > $1 and ends_at <= $2 and reminded_at is null order by ends_at limit $3";
    REMIND = "update application set reminded_at = $2
        where id = $1 and state = 'started' and ends_at > $2 and reminded_at is null";
    OVERDUE = "select id, firm from application where state = 'started' and ends_at <= $1 order by ends_at limit $2";
    FORGET = "delete from application where id = $1 and state = 'started' and ends_at <= $2";
    APPLICATION = columns!("where application.id = $1");
    BY_HANDLE = columns!("where handle = $1");
    QUEUE_OLDEST = queue!("case state when 'sent' then 0 else 1 end, sent_at, application.id");
    QUEUE_NEWEST = queue!("case state when 'sent' then 0 else 1 end, sent_at desc, application.id desc");
}

/// What somebody applies with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApplication<'a> {
    /// SHA-256 of the name under which the applicant's own browser finds it.
    pub handle: [u8; 32],
    /// `exporter` or `broker`.
    pub kind: &'a str,
    /// Tax number of the firm.
    pub firm: &'a str,
    /// Where the applicant sends it; empty where the firm's memberships say it.
    pub secretariat: &'a str,
    /// Who applies.
    pub name: &'a str,
    /// Where mails go, as typed but for the case of ASCII letters.
    pub email: &'a str,
    /// Mobile number, eleven digits.
    pub phone: &'a str,
    /// Until when it has to be sent.
    pub ends_at: Timestamp,
}

/// An application. Instants are microseconds UTC.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Application {
    /// Its number.
    pub id: i64,
    /// `exporter` or `broker`.
    pub kind: String,
    /// Tax number of the firm.
    pub firm: String,
    /// Title of the firm.
    pub title: String,
    /// Where the applicant sends it; empty where the firm's memberships say it.
    pub secretariat: String,
    /// Who applies.
    pub name: String,
    /// Where mails go.
    pub email: String,
    /// Mobile number.
    pub phone: String,
    /// `started`, `sent`, `approved` or `rejected`.
    pub state: String,
    /// When it was begun.
    pub created_at: i64,
    /// Until when it has to be sent.
    pub ends_at: i64,
    /// Instruction mails asked for.
    pub mails: i64,
    /// When the last of them was.
    pub mailed_at: i64,
    /// When its end was put off.
    pub extended_at: Option<i64>,
    /// When it was sent.
    pub sent_at: Option<i64>,
    /// When it was decided.
    pub decided_at: Option<i64>,
    /// User code of who decided; empty before.
    pub decided_by: String,
    /// Why it was rejected.
    pub reason: String,
}

/// A file of an application, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ApplicationFile {
    /// What it is.
    pub kind: String,
    /// The number of its file.
    pub upload_id: i64,
    /// Its media type.
    pub media_type: String,
    /// What its sender called it.
    pub name: String,
    /// How many bytes it has.
    pub size: i64,
}

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deciding {
    /// It stands.
    Done,
    /// Somebody was faster.
    Decided,
    /// The address is the code of a user that is no person of the portal.
    NotAPerson,
}

impl Store {
    /// Begins an application; gives its number.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn start_application(
        &self,
        new: &NewApplication<'_>,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        retrying(async || {
            let id = ids.next(now);
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&START)).bind(id).bind(&new.handle[..]).bind(new.kind).bind(new.firm)
                    .bind(new.secretariat).bind(new.name).bind(new.email).bind(new.phone).bind(now.as_microsecond())
                    .bind(new.ends_at.as_microsecond())
                    .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                save_events!(store, tx, &[event("application.started", id, ids, now)]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(id)
        })
        .await
    }

    /// How many applications an address began after an instant, in microseconds.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn count_applications(&self, email: &str, after: i64) -> Result<i64, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&STARTED_SINCE)).bind(email).bind(after)
            .fetch_one(store.readers()))
    }

    /// An application by its number.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_application(&self, id: i64) -> Result<Option<Application>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&APPLICATION)).bind(id).fetch_optional(store.readers()))
    }

    /// An application by the digest of its applicant's name for it.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_application_by_handle(&self, handle: &[u8; 32]) -> Result<Option<Application>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&BY_HANDLE)).bind(&handle[..]).fetch_optional(store.readers()))
    }

    /// Asks for the instruction mail once more; false when the last was asked for after `before`, in microseconds, when
    /// there were as many as there may be, or when the application is no longer open.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn mail_application_again(
        &self,
        id: i64,
        (before, most): (i64, i64),
        ids: &Ids,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let asked = sqlx::query(store.text(&MAIL_AGAIN)).bind(id).bind(now.as_microsecond()).bind(before).bind(most)
                    .execute(&mut *tx).await?;
                if asked.rows_affected() != 1 {
                    return Ok(false);
                }
                save_events!(store, tx, &[event("application.mail_asked", id, ids, now)]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(true)
        })
        .await
    }

    /// Keeps a file of an application in the place of an earlier one; false when the application is no longer open.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn keep_application_file(
        &self,
        id: i64,
        kind: &str,
        upload: &Upload,
        ids: &Ids,
    ) -> Result<bool, StoreError> {
        retrying(async || {
            let now = upload.uploaded_at;
            on!(self, store => {
                let mut tx = store.begin().await?;
                let open = sqlx::query(store.text(&LOCK_STARTED)).bind(id).bind(now.as_microsecond())
                    .execute(&mut *tx).await?;
                if open.rows_affected() != 1 {
                    return Ok(false);
                }
                for statement in [&FORGET_UPLOADS, &FORGET_FILES] {
                    sqlx::query(store.text(statement)).bind(id).bind(kind).execute(&mut *tx).await?;
                }
                let upload_id = ids.next(now);
                save_upload!(store, tx, upload_id, upload);
                sqlx::query(store.text(&SAVE_FILE)).bind(id).bind(kind).bind(upload_id).execute(&mut *tx).await?;
                save_events!(store, tx, &[event("application.file_kept", id, ids, now)]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(true)
        })
        .await
    }

    /// The files of an application.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_application_files(&self, id: i64) -> Result<Vec<ApplicationFile>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&FILES)).bind(id).fetch_all(store.readers()))
    }

    /// Sends an application with so many files to these branches; false when it is no longer open, or a file is missing.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn send_application(
        &self,
        id: i64,
        (branches, files): (&[String], i64),
        ids: &Ids,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let sent = sqlx::query(store.text(&SEND)).bind(id).bind(now.as_microsecond()).execute(&mut *tx).await?;
                let there: i64 = sqlx::query_scalar(store.text(&COUNT_FILES)).bind(id).fetch_one(&mut *tx).await?;
                if sent.rows_affected() != 1 || there != files {
                    return Ok(false);
                }
                for branch in branches {
                    sqlx::query(store.text(&SAVE_BRANCH)).bind(branch).bind(id).execute(&mut *tx).await?;
                }
                save_events!(store, tx, &[event("application.sent", id, ids, now)]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(true)
        })
        .await
    }

    /// The secretariats with a union of which a firm is a member on a day.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_secretariats_of(&self, firm: &str, day: Date) -> Result<Vec<String>, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&SECRETARIATS_OF)).bind(firm).bind(day.to_string())
            .fetch_all(store.readers()))
    }

    /// Whether an application lies with a secretariat.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn application_is_at(&self, id: i64, secretariat: &str) -> Result<bool, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&IS_AT)).bind(secretariat).bind(id)
            .fetch_one(store.readers()))
    }

    /// Applications that lie with a secretariat and how many there are in all: of a state and a firm where these are not
    /// empty, the oldest first or last.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_applications(
        &self,
        secretariat: &str,
        (state, firm): (&str, &str),
        newest_first: bool,
        (limit, offset): (u32, u64),
    ) -> Result<(Vec<Application>, u64), StoreError> {
        let order = if newest_first { &QUEUE_NEWEST } else { &QUEUE_OLDEST };
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let rows = read!(self, store => sqlx::query_as(store.text(order)).bind(secretariat).bind(state).bind(firm)
            .bind(i64::from(limit)).bind(offset).fetch_all(store.readers()))?;
        let total: i64 = read!(self, store => sqlx::query_scalar(store.text(&QUEUE_LENGTH)).bind(secretariat)
            .bind(state).bind(firm).fetch_one(store.readers()))?;
        Ok((rows, u64::try_from(total).unwrap_or_default()))
    }

    /// Approves an application: its address becomes the code of a person with these roles who acts for the firm.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn approve_application(
        &self,
        application: &Application,
        (by, roles): (&str, &str),
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Deciding, StoreError> {
        let Application { id, firm, name, email, phone, .. } = application;
        let at = now.as_microsecond();
        let body = json!({ "application": id.to_string(), "by": by, "firms": [firm] });
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let decided = sqlx::query(store.text(&DECIDE)).bind(*id).bind("approved").bind(at).bind(by).bind("")
                    .execute(&mut *tx).await?;
                if decided.rows_affected() != 1 {
                    return Ok(Deciding::Decided);
                }
                let held: Option<String> =
                    sqlx::query_scalar(store.text(&ROLES_OF)).bind(email).fetch_optional(&mut *tx).await?;
                if held.is_some_and(|held| !held.split(' ').any(|role| role == "portal")) {
                    return Ok(Deciding::NotAPerson);
                }
                sqlx::query(store.text(&ADD_CLIENT)).bind(email).bind(roles).execute(&mut *tx).await?;
                sqlx::query(store.text(&SAVE_PROFILE)).bind(email).bind(name).bind(phone).execute(&mut *tx).await?;
                sqlx::query(store.text(&ADD_FIRM)).bind(email).bind(firm).bind(at).execute(&mut *tx).await?;
                sqlx::query(store.text(&RAISE_COUNTER)).bind("clients").execute(&mut *tx).await?;
                let event = EventRow::new(ids.next(now), "application.approved", None, None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(Deciding::Done)
        })
        .await
    }

    /// Rejects an application.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn reject_application(
        &self,
        id: i64,
        (by, reason): (&str, &str),
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Deciding, StoreError> {
        let body = json!({ "application": id.to_string(), "by": by, "reason": reason });
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let decided = sqlx::query(store.text(&DECIDE)).bind(id).bind("rejected").bind(now.as_microsecond())
                    .bind(by).bind(reason).execute(&mut *tx).await?;
                if decided.rows_affected() != 1 {
                    return Ok(Deciding::Decided);
                }
                let event = EventRow::new(ids.next(now), "application.rejected", None, None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(Deciding::Done)
        })
        .await
    }

    /// Puts the end of an application off by so many microseconds, and that of its links; false when it was put off before,
    /// or the application is no longer open.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn extend_application(&self, id: i64, by: i64, ids: &Ids, now: Timestamp) -> Result<bool, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let extended = sqlx::query(store.text(&EXTEND)).bind(id).bind(by).bind(now.as_microsecond())
                    .execute(&mut *tx).await?;
                if extended.rows_affected() != 1 {
                    return Ok(false);
                }
                sqlx::query(store.text(&EXTEND_LINKS)).bind(id.to_string()).bind(by).execute(&mut *tx).await?;
                save_events!(store, tx, &[event("application.extended", id, ids, now)]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(true)
        })
        .await
    }

    /// Notes that the applicants whose applications end until an instant are reminded, each once; gives how many, `limit`
    /// at most. The event of each makes its mail.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn remind_of_applications(
        &self,
        until: Timestamp,
        limit: u32,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let at = now.as_microsecond();
        let due: Vec<i64> = read!(self, store => sqlx::query_scalar(store.text(&NEAR_THEIR_END)).bind(at)
            .bind(until.as_microsecond()).bind(i64::from(limit)).fetch_all(store.readers()))?;
        for id in &due {
            retrying(async || {
                on!(self, store => {
                    let mut tx = store.begin().await?;
                    let reminded = sqlx::query(store.text(&REMIND)).bind(*id).bind(at).execute(&mut *tx).await?;
                    // Sent meanwhile, or another server was faster.
                    if reminded.rows_affected() == 1 {
                        save_events!(store, tx, &[event("application.reminded", *id, ids, now)]);
                        tx.commit().await.map_err(|error| overtaken(error.into()))?;
                    }
                });
                Ok(())
            })
            .await?;
        }
        Ok(due.len())
    }

    /// Removes applications that were not sent in time, with their files; gives how many, `limit` at most.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn forget_applications(&self, limit: u32, ids: &Ids, now: Timestamp) -> Result<usize, StoreError> {
        let at = now.as_microsecond();
        let overdue: Vec<(i64, String)> = read!(self, store => sqlx::query_as(store.text(&OVERDUE)).bind(at)
            .bind(i64::from(limit)).fetch_all(store.readers()))?;
        for (id, _) in &overdue {
            retrying(async || {
                on!(self, store => {
                    let mut tx = store.begin().await?;
                    for statement in [&FORGET_UPLOADS, &FORGET_FILES] {
                        sqlx::query(store.text(statement)).bind(*id).bind("").execute(&mut *tx).await?;
                    }
                    let gone = sqlx::query(store.text(&FORGET)).bind(*id).bind(at).execute(&mut *tx).await?;
                    // Sent at the last moment, or removed by another server: then nothing of this counts.
                    if gone.rows_affected() == 1 {
                        save_events!(store, tx, &[event("application.expired", *id, ids, now)]);
                        tx.commit().await.map_err(|error| overtaken(error.into()))?;
                    }
                });
                Ok(())
            })
            .await?;
        }
        Ok(overdue.len())
    }
}

/// Names the application by its number alone: whose it is must be removable.
fn event(kind: &'static str, id: i64, ids: &Ids, now: Timestamp) -> EventRow {
    EventRow::new(ids.next(now), kind, None, None, now, &json!({ "application": id.to_string() }))
}
