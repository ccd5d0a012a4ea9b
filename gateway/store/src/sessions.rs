//! Browser sessions: who is signed in on the portal, and since when. Only digests of identifiers are kept.

use crate::Store;
use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::sql::statements;

statements! {
    START_SESSION = "insert into session (id_hash, client, started_at, seen_at) values ($1, $2, $3, $3)";
    SESSION = "select session.client from session join client on client.code = session.client
        where id_hash = $1 and started_at > $2 and seen_at > $3 and client.locked = 0";
    TOUCH_SESSION = "update session set seen_at = $2 where id_hash = $1";
    END_SESSION = "delete from session where id_hash = $1";
    FORGET_SESSIONS = "delete from session where started_at <= $1 or seen_at <= $2";
}

impl Store {
    /// Starts a session; `now` in microseconds.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn start_session(&self, id_hash: &[u8], client: &str, now: i64) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&START_SESSION)).bind(id_hash).bind(client).bind(now).execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }

    /// The client of a session that started and was last seen after the given instants.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_session(
        &self,
        id_hash: &[u8],
        started_after: i64,
        seen_after: i64,
    ) -> Result<Option<String>, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&SESSION))
            .bind(id_hash).bind(started_after).bind(seen_after).fetch_optional(store.readers()))
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn touch_session(&self, id_hash: &[u8], now: i64) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&TOUCH_SESSION)).bind(id_hash).bind(now).execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }

    /// Ends a session, and forgets those that ran out.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn end_session(&self, id_hash: &[u8], started_before: i64, seen_before: i64) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&END_SESSION)).bind(id_hash).execute(&mut *tx).await?;
                sqlx::query(store.text(&FORGET_SESSIONS)).bind(started_before).bind(seen_before).execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }
}
