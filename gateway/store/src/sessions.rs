//! Browser sessions: who is signed in on the portal, since when, and for which firm. Only digests of identifiers are kept.

use crate::Store;
use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::sql::{Sql, statements};

statements! {
    START_SESSION = "insert into session (id_hash, client, started_at, seen_at, agent) values ($1, $2, $3, $3, $4)";
    SESSION = "select session.client, session.firm, session.exporter, session.started_at
        from session join client on client.code = session.client
        where id_hash = $1 and started_at > $2 and seen_at > $3 and client.locked = 0";
    SESSIONS_OF = "select id_hash, started_at, seen_at, agent from session
        where client = $1 and started_at > $2 and seen_at > $3 order by seen_at desc limit 100";
    ACT_FOR = "update session set firm = $2, exporter = $3 where id_hash = $1";
    END_SESSION_OF = "delete from session where client = $1 and id_hash = $2";
    END_OTHERS = "delete from session where client = $1 and id_hash <> $2";
    TOUCH_SESSION = "update session set seen_at = $2 where id_hash = $1";
    END_SESSION = "delete from session where id_hash = $1";
    FORGET_SESSIONS = "delete from session where started_at <= $1 or seen_at <= $2";
}

/// Whose a session is, and for whom it acts.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionRow {
    /// User code.
    pub client: String,
    /// Tax number of the firm chosen; empty while none was.
    pub firm: String,
    /// Tax number of the exporter whose power is used; empty where a firm acts for itself.
    pub exporter: String,
    /// Microseconds UTC.
    pub started_at: i64,
}

/// One of somebody's sessions, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OpenSession {
    /// SHA-256 of its identifier.
    pub id_hash: Vec<u8>,
    /// Microseconds UTC.
    pub started_at: i64,
    /// Microseconds UTC, to the minute.
    pub seen_at: i64,
    /// What its browser calls itself.
    pub agent: String,
}

impl Store {
    /// Starts a session; `now` in microseconds, `agent` what the browser calls itself.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn start_session(&self, id_hash: &[u8], client: &str, agent: &str, now: i64) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&START_SESSION)).bind(id_hash).bind(client).bind(now).bind(agent)
                    .execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }

    /// A session that started and was last seen after the given instants.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_session(
        &self,
        id_hash: &[u8],
        started_after: i64,
        seen_after: i64,
    ) -> Result<Option<SessionRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&SESSION))
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

    /// The sessions of a client that live, the one used last first; a hundred at most.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_sessions(
        &self,
        client: &str,
        started_after: i64,
        seen_after: i64,
    ) -> Result<Vec<OpenSession>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&SESSIONS_OF))
            .bind(client).bind(started_after).bind(seen_after).fetch_all(store.readers()))
    }

    /// From now on a session acts for a firm, and by the power of an exporter where one is named.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn act_for(&self, id_hash: &[u8], firm: &str, exporter: &str) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&ACT_FOR)).bind(id_hash).bind(firm).bind(exporter).execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }

    /// Ends one session of a client.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn end_session_of(&self, client: &str, id_hash: &[u8]) -> Result<(), StoreError> {
        self.end(&END_SESSION_OF, client, id_hash).await
    }

    /// Ends every session of a client but one.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn end_other_sessions(&self, client: &str, id_hash: &[u8]) -> Result<(), StoreError> {
        self.end(&END_OTHERS, client, id_hash).await
    }

    async fn end(&self, sql: &Sql, client: &str, id_hash: &[u8]) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(sql)).bind(client).bind(id_hash).execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }
}
