//! Which of several PostgreSQL servers takes writes now, and how do our connections follow it?
//!
//! With several hosts in the address, one question a second goes to each of them over a connection that stays open.
//! Of those that are not in recovery the one with the newest timeline leads: an old leader that was started again by
//! mistake is on an older one. Whoever leads stays the leader until another one does. Connections that were opened
//! before the last move are closed instead of being used again; no connection to a standby comes into a pool.

use crate::connection::require_durable;
use crate::error::StoreError;
use crate::sql::texts;
use futures_util::future::join_all;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection, Postgres};
use std::str::FromStr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

texts! {
    TIMELINE = "select case when pg_is_in_recovery() then null
        else substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) end";
    IN_RECOVERY = "select pg_is_in_recovery()";
    STANDBYS = "select current_setting('synchronous_standby_names')";
}

/// How often each server is asked.
const ROUND: Duration = Duration::from_secs(1);
/// How often while the leader does not answer.
const ROUND_WITHOUT_LEADER: Duration = Duration::from_millis(200);
/// A server that does not answer by then counts as gone in this round; a connection as broken.
const ANSWER_MAX: Duration = Duration::from_secs(2);
/// Rounds at the start before we say that nobody takes writes: some five seconds.
const ROUNDS_MAX: u32 = 25;

/// The servers of an address as libpq writes it, `postgres://user@one:5432,two:5433/name?...`: one or several.
///
/// `target_session_attrs` is taken and means what we always do: the server that takes writes.
pub(crate) fn parse(url: &str) -> Result<Vec<PgConnectOptions>, StoreError> {
    each_host(url).iter().map(|url| Ok(PgConnectOptions::from_str(url)?.application_name("ebirlik"))).collect()
}

/// One address for each host of an address.
fn each_host(url: &str) -> Vec<String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user, hosts) = authority.rfind('@').map_or(("", authority), |at| authority.split_at(at + 1));
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    let known: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("target_session_attrs=")).collect();
    let query = known.join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    hosts.split(',').map(|host| format!("{scheme}://{user}{host}{path}{mark}{query}")).collect()
}

/// The servers, asked one after the other who leads.
pub(crate) struct Nodes {
    nodes: Vec<Node>,
    leader: usize,
}

struct Node {
    options: PgConnectOptions,
    /// For the questions alone. It outlives a standby's promotion.
    connection: Option<PgConnection>,
}

impl Node {
    /// Its timeline; `None` for a standby, and for who does not answer in time.
    async fn timeline(&mut self) -> Option<String> {
        let asked = timeout(ANSWER_MAX, async {
            let connection = match &mut self.connection {
                Some(connection) => connection,
                none => none.insert(PgConnection::connect_with(&self.options).await?),
            };
            sqlx::query_scalar(TIMELINE).fetch_one(connection).await
        });
        if let Ok(Ok::<_, sqlx::Error>(timeline)) = asked.await {
            return timeline;
        }
        self.connection = None;
        None
    }

    /// Proves that it keeps what it acknowledges.
    async fn require_durable(&mut self) -> Result<(), StoreError> {
        let Some(connection) = &mut self.connection else { return Err(StoreError::Late) };
        require_durable(&mut *connection).await?;
        let standbys: String = sqlx::query_scalar(STANDBYS).fetch_one(connection).await?;
        if standbys.is_empty() {
            tracing::warn!(
                "no standby is synchronous (synchronous_standby_names): a fail-over now would lose approvals"
            );
        }
        Ok(())
    }
}

impl Nodes {
    /// Finds the leader among several servers.
    pub(crate) async fn find(options: &[PgConnectOptions]) -> Result<Self, StoreError> {
        let nodes = options.iter().map(|options| Node { options: options.clone(), connection: None }).collect();
        let mut nodes = Self { nodes, leader: 0 };
        for _ in 0..ROUNDS_MAX {
            if let Some(leader) = nodes.elect().await {
                nodes.require_durable(leader).await?;
                nodes.leader = leader;
                return Ok(nodes);
            }
            sleep(ROUND_WITHOUT_LEADER).await;
        }
        Err(StoreError::Leaderless(options.len()))
    }

    /// Where to connect now.
    pub(crate) fn leader(&self) -> Option<&PgConnectOptions> {
        self.nodes.get(self.leader).map(|node| &node.options)
    }

    /// Who takes writes and is on the newest timeline; whoever leads already, among equals.
    async fn elect(&mut self) -> Option<usize> {
        let timelines = join_all(self.nodes.iter_mut().map(Node::timeline)).await;
        let leader = self.leader;
        let leaders = timelines.into_iter().enumerate().filter_map(|(index, timeline)| Some((timeline?, index)));
        leaders.max_by_key(|(timeline, index)| (timeline.clone(), *index == leader)).map(|(_, index)| index)
    }

    async fn require_durable(&mut self, index: usize) -> Result<(), StoreError> {
        match self.nodes.get_mut(index) {
            Some(node) => timeout(ANSWER_MAX, node.require_durable()).await.unwrap_or(Err(StoreError::Late)),
            None => Err(StoreError::Leaderless(index)),
        }
    }

    /// Looks who leads, and turns to them; false while nobody does.
    async fn look(&mut self, follower: &Follower) -> bool {
        let Some(leader) = self.elect().await else { return false };
        if leader == self.leader {
            return true;
        }
        if let Err(error) = self.require_durable(leader).await {
            tracing::error!(%error, server = leader + 1, "the PostgreSQL server that leads now is not used");
            return false;
        }
        self.leader = leader;
        if let Some(options) = self.leader() {
            follower.turn_to(options);
            tracing::warn!(
                server = leader + 1,
                host = options.get_host(),
                port = options.get_port(),
                "another PostgreSQL server leads"
            );
        }
        true
    }
}

/// The pools of a store, and when they turned to another server for the last time.
pub(crate) struct Follower {
    /// Each with what its connections are told beside the server's address.
    pools: Vec<(PgPool, &'static [(&'static str, &'static str)])>,
    turned: Turned,
}

/// When the pools turned to another server for the last time.
#[derive(Clone)]
pub(crate) struct Turned(Arc<RwLock<Instant>>);

impl Turned {
    pub(crate) fn now() -> Self {
        Self(Arc::new(RwLock::new(Instant::now())))
    }

    /// True for a connection of this age that was opened since.
    fn is_current(&self, age: Duration) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).elapsed() >= age
    }

    /// Pools that only hold connections to whoever leads.
    pub(crate) fn guard(&self, pool: PgPoolOptions) -> PgPoolOptions {
        let (taking, giving) = (self.clone(), self.clone());
        pool.test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    let in_recovery: bool = sqlx::query_scalar(IN_RECOVERY).fetch_one(connection).await?;
                    if in_recovery {
                        Err(sqlx::Error::Protocol("a standby takes no writes".to_owned()))
                    } else {
                        Ok(())
                    }
                })
            })
            .before_acquire(move |connection, meta| {
                let current = taking.is_current(meta.age);
                Box::pin(async move { Ok(current && answers(connection).await) })
            })
            .after_release(move |_, meta| {
                let current = giving.is_current(meta.age);
                Box::pin(async move { if current { Ok(true) } else { Err(gone()) } })
            })
    }
}

async fn answers(connection: &mut <Postgres as sqlx::Database>::Connection) -> bool {
    timeout(ANSWER_MAX, connection.ping()).await.is_ok_and(|answer| answer.is_ok())
}

fn gone() -> sqlx::Error {
    sqlx::Error::Protocol("the server leads no longer".to_owned())
}

impl Follower {
    pub(crate) fn new(turned: Turned) -> Self {
        Self { pools: Vec::new(), turned }
    }

    /// A pool that is turned from now on.
    pub(crate) fn follow(&mut self, pool: &PgPool, told: &'static [(&'static str, &'static str)]) {
        self.pools.push((pool.clone(), told));
    }

    fn turn_to(&self, options: &PgConnectOptions) {
        for (pool, told) in &self.pools {
            pool.set_connect_options(options.clone().options(told.iter().copied()));
        }
        *self.turned.0.write().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Looks who leads until what is returned is dropped.
    pub(crate) fn watch(self, mut nodes: Nodes) -> Arc<JoinSet<()>> {
        let mut task = JoinSet::new();
        task.spawn(async move {
            while !self.pools.iter().all(|(pool, _)| pool.is_closed()) {
                let pause = if nodes.look(&self).await { ROUND } else { ROUND_WITHOUT_LEADER };
                sleep(pause).await;
            }
        });
        Arc::new(task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Host and port of each.
    fn hosts(url: &str) -> Vec<(String, u16)> {
        let nodes = parse(url).expect("an address");
        nodes.iter().map(|node| (node.get_host().to_owned(), node.get_port())).collect()
    }

    #[test]
    fn one_host_is_left_as_it_is() {
        for url in ["postgres://u:p@h:5432/db?sslmode=require", "postgres://h", "postgresql:///db?host=/tmp"] {
            assert_eq!(each_host(url), [url]);
        }
        assert_eq!(hosts("postgres://u@[::1]:7000/db"), [("[::1]".to_owned(), 7000)]);
    }

    #[test]
    fn several_hosts_share_all_the_rest() {
        let urls = each_host("postgres://u:p%2C@h1:5432,h2,[::1]:5434/db?sslmode=require");
        let expected =
            ["h1:5432", "h2", "[::1]:5434"].map(|host| format!("postgres://u:p%2C@{host}/db?sslmode=require"));
        assert_eq!(urls, expected);
        let found = hosts("postgres://u@h1:5433,h2:5434/db");
        assert_eq!(found, [("h1".to_owned(), 5433), ("h2".to_owned(), 5434)]);
    }

    #[test]
    fn target_session_attrs_is_taken() {
        assert_eq!(
            each_host("postgres://h1,h2/db?target_session_attrs=read-write"),
            ["postgres://h1/db", "postgres://h2/db"]
        );
        let among = "postgres://h/db?sslmode=disable&target_session_attrs=primary&application_name=x";
        assert_eq!(each_host(among), ["postgres://h/db?sslmode=disable&application_name=x"]);
    }

    #[test]
    fn a_connection_from_before_the_last_move_is_known_by_its_age() {
        let turned = Turned::now();
        assert!(!turned.is_current(Duration::from_hours(1)));
        assert!(turned.is_current(Duration::ZERO));
    }

    #[tokio::test]
    async fn without_a_server_that_takes_writes_it_says_so() {
        let nodes = parse("postgres://u@127.0.0.1:1,127.0.0.1:2/db").expect("an address");
        assert!(matches!(Nodes::find(&nodes).await, Err(StoreError::Leaderless(2))));
    }
}
