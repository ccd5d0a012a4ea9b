//! Passwords that people choose themselves, by links that work once; and what is asked for by those who forgot theirs.

use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::events::{EventRow, overtaken, save_events};
use crate::parties::RAISE_COUNTER;
use crate::sessions::END_OTHERS;
use crate::sql::statements;
use crate::{Ids, Store};
use jiff::Timestamp;
use serde_json::json;

statements! {
    SAVE_LINK = "insert into mail_link (digest, purpose, subject, ends_at) values ($1, $2, $3, $4)";
    LINK = "select purpose, subject, ends_at, used_at from mail_link where digest = $1";
    USE_LINK = "update mail_link set used_at = $2
        where digest = $1 and purpose = 'password' and used_at is null and ends_at > $2 returning subject";
    END_LINKS_TO = "update mail_link set used_at = $2 where subject = $1 and purpose = 'password' and used_at is null";
    FORGET_LINKS = "delete from mail_link where ends_at < $1";
    SET_PASSWORD = "update client set password_hash = $2 where code = $1 and locked = 0";
    SET_PAYMENT_PASSWORD = "update client set payment_password_hash = $2 where code = $1 and locked = 0";
    END_SESSIONS = "delete from session where client = $1";
    ASKED_SINCE = "select count(*) from password_request where address = $1 and asked_at > $2";
    ASK = "insert into password_request (id, address, asked_at) values ($1, $2, $3)";
    REQUEST = "select address from password_request where id = $1";
    FORGET_REQUESTS = "delete from password_request where asked_at < $1";
}

/// A link that was mailed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MailLink {
    /// `application` or `password`.
    pub purpose: String,
    /// An application's number, or a user code.
    pub subject: String,
    /// Until when it works; microseconds UTC.
    pub ends_at: i64,
    /// When it was used, where it works once; microseconds UTC.
    pub used_at: Option<i64>,
}

impl Store {
    /// A link by its digest.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_link(&self, digest: &[u8; 32]) -> Result<Option<MailLink>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&LINK)).bind(&digest[..]).fetch_optional(store.readers()))
    }

    /// Sets the password of the user whose link this is, uses up all links to it and ends its sessions; gives the user's
    /// code. `None` when the link was used or is over, or the user is locked.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn set_password_by_link(
        &self,
        digest: &[u8; 32],
        hash: &str,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let at = now.as_microsecond();
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let user: Option<String> = sqlx::query_scalar(store.text(&USE_LINK)).bind(&digest[..]).bind(at)
                    .fetch_optional(&mut *tx).await?;
                let Some(user) = user else { return Ok(None) };
                let set = sqlx::query(store.text(&SET_PASSWORD)).bind(&user).bind(hash).execute(&mut *tx).await?;
                if set.rows_affected() != 1 {
                    return Ok(None);
                }
                sqlx::query(store.text(&END_LINKS_TO)).bind(&user).bind(at).execute(&mut *tx).await?;
                sqlx::query(store.text(&END_SESSIONS)).bind(&user).execute(&mut *tx).await?;
                sqlx::query(store.text(&RAISE_COUNTER)).bind("clients").execute(&mut *tx).await?;
                let body = json!({ "by": user });
                save_events!(store, tx, &[EventRow::new(ids.next(now), "password.set", None, None, now, &body)]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
                Ok(Some(user))
            })
        })
        .await
    }

    /// Changes the password of a user who is signed in, uses up all links to it and ends every session but the one of this
    /// digest.
    ///
    /// # Errors
    /// When the database cannot take it, or the user is unknown or locked.
    pub async fn change_password(
        &self,
        (user, hash): (&str, &str),
        session: &[u8; 32],
        ids: &Ids,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let set = sqlx::query(store.text(&SET_PASSWORD)).bind(user).bind(hash).execute(&mut *tx).await?;
                if set.rows_affected() != 1 {
                    return Err(StoreError::Conflict("the user is unknown or locked".to_owned()));
                }
                sqlx::query(store.text(&END_LINKS_TO)).bind(user).bind(now.as_microsecond()).execute(&mut *tx).await?;
                sqlx::query(store.text(&END_OTHERS)).bind(user).bind(&session[..]).execute(&mut *tx).await?;
                sqlx::query(store.text(&RAISE_COUNTER)).bind("clients").execute(&mut *tx).await?;
                let body = json!({ "by": user });
                save_events!(store, tx, &[EventRow::new(ids.next(now), "password.changed", None, None, now, &body)]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(())
        })
        .await
    }

    /// Sets the second password of a user, to pay with.
    ///
    /// # Errors
    /// When the database cannot take it, or the user is unknown or locked.
    pub async fn set_payment_password(
        &self,
        user: &str,
        hash: &str,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let set = sqlx::query(store.text(&SET_PAYMENT_PASSWORD)).bind(user).bind(hash).execute(&mut *tx).await?;
                if set.rows_affected() != 1 {
                    return Err(StoreError::Conflict("the user is unknown or locked".to_owned()));
                }
                sqlx::query(store.text(&RAISE_COUNTER)).bind("clients").execute(&mut *tx).await?;
                let body = json!({ "by": user });
                let event = EventRow::new(ids.next(now), "payment_password.set", None, None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(())
        })
        .await
    }

    /// Notes that a new password was asked for, whether the address is anybody's or not; nothing where it was asked for
    /// `most` times after `since`, in microseconds.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn ask_for_password(
        &self,
        address: &str,
        (since, most): (i64, i64),
        ids: &Ids,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let asked: i64 = sqlx::query_scalar(store.text(&ASKED_SINCE)).bind(address).bind(since)
                    .fetch_one(&mut *tx).await?;
                if asked >= most {
                    return Ok(());
                }
                let id = ids.next(now);
                sqlx::query(store.text(&ASK)).bind(id).bind(address).bind(now.as_microsecond()).execute(&mut *tx).await
                    .map_err(|error| overtaken(error.into()))?;
                let body = json!({ "request": id.to_string() });
                save_events!(store, tx, &[EventRow::new(ids.next(now), "password.asked", None, None, now, &body)]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(())
        })
        .await
    }

    /// The address for which a password was asked for.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_password_request(&self, id: i64) -> Result<Option<String>, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&REQUEST)).bind(id).fetch_optional(store.readers()))
    }
}
