//! Does a database that refuses for its own reasons make us refuse? Deadlocks, cancelled statements, ended sessions,
//! serialization failures and no free connection, provoked for real in PostgreSQL, beside two servers under load.

use super::postgres::{Disturbance, name_of};
use super::site::Site;
use anyhow::{Context, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Provokes each until it happened so many times, or its time is over.
pub(super) async fn refusals(site: &mut Site<'_>, count: u32) -> Result<()> {
    let cluster = Arc::clone(site.installation.cluster.as_ref().context("a cluster")?);
    let database = name_of(&site.installation.database).to_owned();
    let mut told = Vec::new();
    for state in STATES {
        if state.code == "40001" {
            cluster.execute(
                &database,
                &format!("alter database {database} set default_transaction_isolation = 'serializable'"),
            )?;
        }
        let servers = [site.serve().await?, site.serve().await?];
        if state.code == "53300" {
            // Under servers that run: one that comes when all connections are taken ends, and is no part of this.
            cluster.restart(&["max_connections=12"])?;
        }
        let before = cluster.times(state.code);
        let ports = servers.each_ref().map(|server| server.port);
        let load = site.load(&format!("STATE-{}", state.code), &ports, |manner| manner.connections = 16);
        let disturbers: Vec<Disturbance> = (0..state.sessions)
            .map(|_| cluster.disturb(&database, &state.statements.repeat(state.repeats)))
            .collect::<Result<_>>()?;
        let deadline = Instant::now() + Duration::from_secs(5) + Duration::from_millis(50) * count;
        while cluster.times(state.code) < before + usize::try_from(count)? && Instant::now() < deadline {
            sleep(Duration::from_millis(20)).await;
        }
        drop(disturbers);
        if state.code != "53300" {
            cluster.calm()?;
        }
        load.stop().await?;
        let times = cluster.times(state.code) - before;
        if times == 0 {
            site.book.complain(format!("{} was not provoked", state.code));
        }
        told.push(format!("{} x {times}", state.code));
        if state.code == "40001" {
            cluster.execute(&database, &format!("alter database {database} reset default_transaction_isolation"))?;
        }
        drop(servers);
        if state.code == "53300" {
            cluster.restart(&[])?;
        }
        let server = site.serve().await?;
        site.mend(server.port).await?;
    }
    site.remark = told.join(", ");
    Ok(())
}

/// An error of PostgreSQL's and how to provoke it.
struct State {
    code: &'static str,
    statements: &'static str,
    repeats: usize,
    sessions: u32,
}

const STATES: &[State] = &[
    State {
        code: "40P01",
        statements: "begin; select 1 from account where id = (select max(id) from account where balance_kurus > 0
            and kind = 'current') for update; select pg_sleep(0.005);
            select 1 from account where kind = 'current' order by id desc for update; commit; select pg_sleep(0.01);\n",
        repeats: 2_000,
        sessions: 2,
    },
    State {
        code: "57014",
        statements: "do $$ begin loop perform pg_stat_clear_snapshot(); perform pg_cancel_backend(pid)
            from pg_stat_activity where application_name = 'ebirlik' and state = 'active'; perform pg_sleep(0.02);
            end loop; end $$;\n",
        repeats: 1,
        sessions: 1,
    },
    State {
        code: "57P01",
        statements: "do $$ begin loop perform pg_stat_clear_snapshot(); perform pg_terminate_backend(pid)
            from pg_stat_activity where application_name = 'ebirlik' order by random() limit 1; perform pg_sleep(0.05);
            end loop; end $$;\n",
        repeats: 1,
        sessions: 1,
    },
    State { code: "40001", statements: "select pg_sleep(60);\n", repeats: 1, sessions: 1 },
    State { code: "53300", statements: "select pg_sleep(60);\n", repeats: 1, sessions: 8 },
];
