//! What happens when PostgreSQL's leader dies under load? `cargo xtask failover` lets two servers of ours work on a pair
//! with a synchronous standby, kills the leader with everything that belongs to it, and lets the standby be promoted:
//! by hand, or with `--patroni` by Patroni and etcd. With `--hang` the leader stands still instead. With `--rolling` the
//! database lives, and our servers are restarted one after the other, as for an upgrade.
//!
//! Held to: every approval that was acknowledged, before and after, verifies on both servers and is answered with the
//! same bytes when it is sent again; nobody was told anything but "come again"; the audit is clean.

mod load;
mod pair;

use crate::gate::cargo;
use crate::networks::others::People;
use crate::networks::target::{Installation, Server};
use crate::tools;
use anyhow::{Context, Result, bail, ensure};
use load::{Load, Told};
use pair::{Fate, Pair};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Runs it.
pub(crate) fn command(words: &[&str]) -> Result<()> {
    let (with_patroni, fate) = match words {
        [] => (false, Fate::Dies),
        ["--hang"] => (false, Fate::Hangs),
        ["--patroni"] => (true, Fate::Dies),
        ["--patroni", "--hang"] => (true, Fate::Hangs),
        ["--rolling"] => return rolling(),
        _ => bail!("usage: cargo xtask failover [--patroni] [--hang] | --rolling"),
    };
    tools::ensure_postgresql()?;
    if with_patroni {
        tools::ensure_program("patroni", "patroni")?;
        tools::ensure_program("etcd", "etcd-server")?;
    }
    cargo(&["build", "--locked", "--package", "ebirlik-server"])?;
    let pair = if with_patroni { Pair::under_patroni()? } else { Pair::plain()? };
    println!("PostgreSQL: {}", pair.url());
    let installation = Installation::new(&tools::target().join("debug/ebirlik"), Some(&pair.url()))?;
    let servers = [installation.serve(&[], false)?, installation.serve(&[], false)?];
    let outcome = fail_over(&pair, fate, &installation, &servers);
    if outcome.is_err() {
        eprintln!("{}", installation.log());
    }
    outcome
}

/// Restarts each server in turn, again and again, while the other one works.
fn rolling() -> Result<()> {
    tools::ensure_postgresql()?;
    cargo(&["build", "--locked", "--package", "ebirlik-server"])?;
    let pair = Pair::plain()?;
    let installation = Installation::new(&tools::target().join("debug/ebirlik"), Some(&pair.url()))?;
    let mut servers = vec![installation.serve(&[], false)?, installation.serve(&[], false)?];
    let runtime = Runtime::new()?;
    let people = People::of(&installation.info)?;
    let load = runtime.block_on(async { Load::start(&servers, &people) });
    std::thread::sleep(BEFORE);
    let (started, mut slowest) = (Instant::now(), Duration::ZERO);
    for _ in 0..2 * ROLLS {
        let server = servers.remove(0);
        let port = server.address.port;
        slowest = slowest.max(server.end()?);
        servers.push(installation.serve_on(port, &[], false)?);
        let back = Instant::now();
        while load.servers_after(back) < servers.len() {
            ensure!(back.elapsed() < RECOVERY_MAX, "no approval on both servers after a restart");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    println!(
        "restarts             {:>8} in {:.1} s, the slowest end took {:.2} s",
        2 * ROLLS,
        started.elapsed().as_secs_f64(),
        slowest.as_secs_f64()
    );
    let told = runtime.block_on(load.stop())?;
    ensure!(told.wrong.is_empty(), "{} wrong answers, such as {:?}", told.wrong.len(), told.wrong.first());
    println!(
        "approved             {:>8}, told to come again or cut off {} times",
        told.approvals.len(),
        told.come_again
    );
    println!("longest pause        {:>8.2} s without an approval on either server", told.longest_pause().as_secs_f64());
    hold(&runtime, &told, &installation, &people, &servers)
}

/// Nothing that was acknowledged is lost, on each server; and the audit is clean.
fn hold(
    runtime: &Runtime,
    told: &Told,
    installation: &Installation,
    people: &People,
    servers: &[Server],
) -> Result<()> {
    for server in servers {
        runtime.block_on(told.hold(&server.address, people))?;
    }
    println!("verified and resent  {:>8} codes on each server: all valid, all answers equal", told.approvals.len());
    let audit = installation.run(&["audit"])?;
    ensure!(audit.status.success(), "the audit is not clean:\n{}", String::from_utf8_lossy(&audit.stdout));
    println!("audit                   clean");
    Ok(())
}

fn fail_over(pair: &Pair, fate: Fate, installation: &Installation, servers: &[Server; 2]) -> Result<()> {
    let runtime = Runtime::new()?;
    let people = People::of(&installation.info)?;
    let load = runtime.block_on(async { Load::start(servers, &people) });
    std::thread::sleep(BEFORE);
    let killed = Instant::now();
    pair.strike_leader(fate)?;
    pair.promote()?;
    println!("promoted             {:>8.2} s after the kill", killed.elapsed().as_secs_f64());
    while load.servers_after(killed) < servers.len() {
        ensure!(
            killed.elapsed() < RECOVERY_MAX,
            "no approval on both servers {} s after the kill",
            RECOVERY_MAX.as_secs()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(AFTER);
    let told = runtime.block_on(load.stop())?;
    judge(&told, killed)?;
    hold(&runtime, &told, installation, &people, servers)
}

/// Says how it went.
fn judge(told: &Told, killed: Instant) -> Result<()> {
    let before = told.approvals.iter().filter(|approval| approval.answered < killed).count();
    println!("approved             {before:>8} before the kill, {} after", told.approvals.len() - before);
    println!("told to come again   {:>8} times", told.come_again);
    for server in 0..2 {
        let fresh = told.approvals.iter().filter(|approval| approval.server == server && approval.sent > killed);
        let first = fresh.map(|approval| approval.answered).min().context("no approval after the kill")?;
        let seconds = first.duration_since(killed).as_secs_f64();
        println!("server {}             {seconds:>8.2} s from the kill to its next approval", server + 1);
    }
    ensure!(before > 0, "nothing was approved before the kill");
    ensure!(told.wrong.is_empty(), "{} wrong answers, such as {:?}", told.wrong.len(), told.wrong.first());
    Ok(())
}

/// How often each server is restarted.
const ROLLS: usize = 3;
/// Load before the kill, and after both servers approve again.
const BEFORE: Duration = Duration::from_secs(4);
const AFTER: Duration = Duration::from_secs(3);
/// Patroni's leader has its lease for twenty seconds.
const RECOVERY_MAX: Duration = Duration::from_secs(90);
