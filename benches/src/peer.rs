//! `conventional_pg`: what one would write without this product. pgbench, prepared statements, Unix socket; for each
//! approval one transaction of its own.
//!
//! No HTTP, no XML, no checks and no second look for a declaration that was sent before: flattering to the peer.

use crate::load::Measured;
use crate::machine::family_s;
use crate::postgres::Cluster;
use crate::process::run;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The peer in a database of its own.
#[derive(Debug)]
pub(crate) struct Peer {
    payload: String,
    many: PathBuf,
    hot: PathBuf,
    /// Clients with which it was fastest, on many accounts.
    pub(crate) clients_many: u32,
    /// The same on one account.
    pub(crate) clients_hot: u32,
}

impl Peer {
    /// Makes its tables; `payload` is the message that the product gets.
    pub(crate) fn new(cluster: &Cluster, folder: &Path, payload: String) -> Result<Self> {
        cluster.create(DATABASE)?;
        run(cluster.client("psql").args([
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            DATABASE,
            "-c",
            TABLES,
            "-c",
            "vacuum analyze",
        ]))?;
        let script = |name: &str, account: &str| -> Result<PathBuf> {
            let path = folder.join(name);
            fs::write(&path, SCRIPT.replace("ACCOUNT", account))?;
            Ok(path)
        };
        let (many, hot) = (script("many.sql", ":member")?, script("hot.sql", "1")?);
        Ok(Self { payload, many, hot, clients_many: 16, clients_hot: 16 })
    }

    /// Finds the best of 8, 16 and 32 clients.
    pub(crate) fn tune(&mut self, cluster: &Cluster, seconds: u64) -> Result<()> {
        for is_hot in [false, true] {
            let mut best = 0.0;
            for clients in [8, 16, 32] {
                let reached = self.with_clients(cluster, is_hot, clients, seconds)?.per_second;
                println!("  conventional_pg{}, {clients} clients: {reached:.0}/s", if is_hot { " hot" } else { "" });
                if reached > best {
                    best = reached;
                    *(if is_hot { &mut self.clients_hot } else { &mut self.clients_many }) = clients;
                }
            }
        }
        Ok(())
    }

    /// One run with the best number of clients.
    pub(crate) fn run(&self, cluster: &Cluster, is_hot: bool, seconds: u64) -> Result<Measured> {
        let clients = if is_hot { self.clients_hot } else { self.clients_many };
        self.with_clients(cluster, is_hot, clients, seconds)
    }

    fn with_clients(&self, cluster: &Cluster, is_hot: bool, clients: u32, seconds: u64) -> Result<Measured> {
        let script = if is_hot { &self.hot } else { &self.many };
        let before = family_s(cluster.process.id)?;
        let mut command = cluster.client("pgbench");
        command.args(["-n", "-M", "prepared", "-j", "2", "-c", &clients.to_string(), "-T", &seconds.to_string()]);
        command.arg("-f").arg(script).args(["-D", &format!("payload={}", self.payload), DATABASE]);
        let said = run(&mut command)?;
        let used = family_s(cluster.process.id)? - before;
        let figure = |opening: &str| -> Result<f64> {
            let line = said.lines().find_map(|line| line.strip_prefix(opening)).context("pgbench says no figure")?;
            Ok(line.trim().split(' ').next().unwrap_or_default().parse()?)
        };
        let done: f64 = figure("number of transactions actually processed: ")?;
        let average_us = figure("latency average = ")? * 1e3;
        Ok(Measured {
            per_second: figure("tps = ")?,
            mean_us: average_us,
            cpu_us: used * 1e6 / done,
            ..Measured::default()
        })
    }
}

const DATABASE: &str = "conventional";

/// Half-empty pages for accounts, so that an update stays on its page; lz4 for the payload, cheaper than the default.
const TABLES: &str = "
create table member (id bigint primary key, tax_no text not null, title text not null, active boolean not null);
create table account (id bigint primary key, balance_kurus bigint not null) with (fillfactor = 50);
create table declaration (id bigserial primary key, member_id bigint not null, received_at timestamptz not null default now(),
    payload text compression lz4 not null);
create table ledger (id bigserial primary key, account_id bigint not null, amount_kurus bigint not null,
    booked_at timestamptz not null default now());
create table approval (id bigserial primary key, member_id bigint not null, code text not null, fee_kurus bigint not null,
    approved_at timestamptz not null default now());
create unique index approval_code on approval (code);
insert into member select n, (1000000000 + n)::text, 'Member ' || n, true from generate_series(1, 10000) n;
insert into account select n, 1000000000000000 from generate_series(1, 10000) n;
";

const SCRIPT: &str = r"
\set member random(1, 10000)
\set account ACCOUNT
\set code random(1, 9000000000000000000)
begin;
select title, active from member where id = :member;
select balance_kurus from account where id = :account for update;
update account set balance_kurus = balance_kurus - 1234 where id = :account;
insert into ledger (account_id, amount_kurus) values (cast(:account as bigint), -1234);
insert into ledger (account_id, amount_kurus) values (0, 1234);
insert into declaration (member_id, payload) values (:member, :payload);
insert into approval (member_id, code, fee_kurus) values (:member, lpad(to_hex(cast(:code as bigint)), 16, '0'), 1234);
commit;
";
