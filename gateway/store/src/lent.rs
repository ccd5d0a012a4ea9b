//! How does a connection to PostgreSQL come back, when the network may fall silent at any moment?
//!
//! The driver asks each connection that comes back whether it lives, and waits for the answer as long as it takes: over a
//! network that drops everything without a word its place in the pool would be gone until the system gives the socket up,
//! after a quarter of an hour. So connections are lent: who comes back late is closed, and its place is free again.

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool, PgQueryResult, PgRow, PgStatement, PgTransactionManager, PgTypeInfo};
use sqlx::{Describe, Either, Error, Execute, Executor, Postgres, SqlStr};
use sqlx_core::transaction::TransactionManager;
use std::ops::{Deref, DerefMut};
use std::time::Duration;
use tokio::time::timeout;

/// How long a connection that comes back may take to say that it lives.
const BACK_MAX: Duration = Duration::from_secs(2);

/// A pool whose connections always come back. Statements that are given it run on a connection each.
#[derive(Debug, Clone)]
pub(crate) struct LendingPool(PgPool);

impl LendingPool {
    pub(crate) fn of(pool: PgPool) -> Self {
        Self(pool)
    }

    /// For what lends nothing: the schema, and another server to connect to.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.0
    }

    /// Connections that are open.
    pub(crate) fn size(&self) -> u32 {
        self.0.size()
    }

    /// Of these, not on loan.
    pub(crate) fn num_idle(&self) -> usize {
        self.0.num_idle()
    }

    /// Closes every connection, after what is under way.
    pub(crate) async fn close(&self) {
        self.0.close().await;
    }

    /// One of its connections.
    pub(crate) async fn acquire(&self) -> Result<Lent, Error> {
        Ok(Lent { connection: Some(self.0.acquire().await?), has_begun: false })
    }

    /// A transaction that is opened by this statement.
    pub(crate) async fn begin(&self, statement: &'static str) -> Result<PostgresTransaction, Error> {
        let mut lent = self.acquire().await?;
        // Also a statement that was given up half way may have arrived.
        lent.has_begun = true;
        PgTransactionManager::begin(&mut lent, Some(SqlStr::from_static(statement))).await?;
        Ok(PostgresTransaction(lent))
    }
}

impl<'p> Executor<'p> for &LendingPool {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let pool = self.clone();
        let found = async move {
            let mut lent = pool.acquire().await?;
            let found: Vec<_> = lent.fetch_many(query).try_collect().await?;
            Ok::<_, Error>(stream::iter(found).map(Ok))
        };
        stream::once(found).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let pool = self.clone();
        Box::pin(async move { pool.acquire().await?.fetch_optional(query).await })
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'p: 'e,
    {
        let pool = self.clone();
        Box::pin(async move { pool.acquire().await?.prepare_with(sql, parameters).await })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'p: 'e,
    {
        let pool = self.clone();
        Box::pin(async move { pool.acquire().await?.describe(sql).await })
    }
}

/// A connection on loan.
#[derive(Debug)]
pub(crate) struct Lent {
    /// Nothing only while it is dropped.
    connection: Option<PoolConnection<Postgres>>,
    /// A transaction may be open.
    has_begun: bool,
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection.as_ref().expect("it is there until it is dropped")
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect("it is there until it is dropped")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let has_begun = self.has_begun;
        // What is not back by the end of the time is closed.
        connection.close_on_drop();
        tokio::spawn(timeout(BACK_MAX, async move {
            let is_clean = if has_begun {
                // One whose beginning was given up does not know that it may have begun.
                let knows = PgTransactionManager::get_transaction_depth(&connection) > 0;
                knows && PgTransactionManager::rollback(&mut connection).await.is_ok()
            } else {
                true
            };
            if is_clean {
                connection.return_to_pool().await;
            }
        }));
    }
}

/// A transaction; dropped without a commit, nothing has happened.
pub(crate) struct PostgresTransaction(Lent);

impl PostgresTransaction {
    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        PgTransactionManager::commit(&mut self.0).await?;
        self.0.has_begun = false;
        Ok(())
    }

    pub(crate) async fn rollback(mut self) -> Result<(), Error> {
        PgTransactionManager::rollback(&mut self.0).await?;
        self.0.has_begun = false;
        Ok(())
    }
}

impl Deref for PostgresTransaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for PostgresTransaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes;
    use crate::testing::TestDatabase;
    use futures_util::future::join_all;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::sleep;

    /// A network that lets so many more questions pass and then falls silent: nothing is closed, nothing answered.
    async fn network_to(database: &PgConnectOptions) -> (PgConnectOptions, Arc<AtomicI64>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (near, far) = (listener.local_addr().unwrap().port(), database.get_port());
        let passing = Arc::new(AtomicI64::new(i64::MAX));
        let left = Arc::clone(&passing);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (left, server) = (Arc::clone(&left), TcpStream::connect(("127.0.0.1", far)).await.unwrap());
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
                tokio::spawn(async move {
                    let mut question = vec![0; 65_536];
                    while let Ok(length @ 1..) = from_client.read(&mut question).await {
                        if left.fetch_sub(1, Ordering::Relaxed) > 0 {
                            to_server.write_all(&question[..length]).await.unwrap();
                        }
                    }
                });
            }
        });
        (database.clone().host("127.0.0.1").port(near), passing)
    }

    #[tokio::test]
    async fn a_connection_comes_back_whenever_its_network_falls_silent() {
        let database = TestDatabase::postgres().await;
        let options = nodes::parse(&database.url).unwrap();
        // While it is rolled back, while it is asked whether it lives, afterwards.
        join_all((0..3).map(async |passing| {
            let (through, left) = network_to(&options[0]).await;
            let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(10));
            let pool = LendingPool::of(pool.test_before_acquire(false).connect_lazy_with(through));
            let mut given_up = pool.begin("begin").await.unwrap();
            sqlx::query("create table given_up ()").execute(&mut *given_up).await.unwrap();
            left.store(passing, Ordering::Relaxed);
            drop(given_up);
            sleep(BACK_MAX + Duration::from_millis(500)).await;
            left.store(i64::MAX, Ordering::Relaxed);
            let found: Option<String> =
                sqlx::query_scalar("select to_regclass('given_up')::text").fetch_one(&pool).await.unwrap();
            assert_eq!(found, None, "after {passing} questions");
        }))
        .await;
    }
}
