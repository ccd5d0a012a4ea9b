//! What if the database is lost from view? Its answers to COMMIT are lost, the network drops, delays and resets, and the
//! database itself dies and comes back: every wait ends, and afterwards all works by itself.

use super::installation::{Server, Start};
use super::load::Load;
use super::proxy::{Commit, Network, Proxy};
use super::site::Site;
use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The answer to COMMIT is lost, or COMMIT itself.
pub(super) async fn commits_lost(site: &mut Site<'_>, count: u32) -> Result<()> {
    let (proxy, server) = behind_proxy(site).await?;
    let load = steady(site, "COMMIT", server.port);
    for round in 0..count {
        let commit = match round % SILENT_EVERY {
            0 => Commit::AnswerDropped,
            turn if turn % 3 == 1 => Commit::NeverSent,
            _ => Commit::AnswerCut,
        };
        let before = proxy.hit();
        proxy.hit_commit(commit);
        let deadline = Instant::now() + Duration::from_secs(20);
        while proxy.hit() == before {
            ensure!(Instant::now() < deadline, "no COMMIT came by");
            sleep(Duration::from_millis(1)).await;
        }
        site.until_approved(&format!("AFTER-{round}"), server.port).await?;
        if round % 5 == 4 {
            site.mend(server.port).await?;
        }
    }
    load.stop().await?;
    site.mend(server.port).await?;
    recovered(site);
    Ok(())
}

/// The network between server and database fails in each way, for a while.
pub(super) async fn network(site: &mut Site<'_>, count: u32) -> Result<()> {
    let (proxy, server) = behind_proxy(site).await?;
    let load = steady(site, "NETWORK", server.port);
    for round in 0..count {
        let network = match round % 6 {
            0 | 3 => Network::Resets,
            1 => Network::Delays(Duration::from_millis(site.rng.u64(5..40))),
            2 => Network::DropsAll,
            4 => Network::DropsAnswers,
            _ => Network::DropsQuestions,
        };
        proxy.set(network);
        sleep(Duration::from_millis(site.rng.u64(100..2_000))).await;
        proxy.set(Network::Works);
        site.until_approved(&format!("HEALED-{round}"), server.port).await?;
        site.mend(server.port).await?;
    }
    load.stop().await?;
    recovered(site);
    Ok(())
}

/// PostgreSQL ends at once, as in a crash, and comes back after a while.
pub(super) async fn restarts(site: &mut Site<'_>, count: u32) -> Result<()> {
    let server = site.serve().await?;
    let load = steady(site, "RESTART", server.port);
    for round in 0..count {
        sleep(Duration::from_millis(site.rng.u64(50..300))).await;
        let cluster = site.installation.cluster.as_ref().context("a cluster")?;
        cluster.kill()?;
        sleep(Duration::from_millis(site.rng.u64(0..1_000))).await;
        cluster.start(&[])?;
        site.until_approved(&format!("BACK-{round}"), server.port).await?;
        site.mend(server.port).await?;
    }
    load.stop().await?;
    recovered(site);
    Ok(())
}

/// A server whose database is behind a proxy.
async fn behind_proxy(site: &Site<'_>) -> Result<(Proxy, Server)> {
    let cluster = site.installation.cluster.as_ref().context("a cluster")?;
    let proxy = Proxy::to(cluster.port).await?;
    let (near, far) = (format!(":{}/", cluster.port), format!(":{}/", proxy.port));
    let database = site.installation.database.replace(&near, &far);
    let start = Start { environment: vec![("EBIRLIK_DATABASE", database)], ..Start::default() };
    let server = site.installation.serve(&start).await?;
    Ok((proxy, server))
}

fn steady(site: &mut Site<'_>, name: &str, port: u16) -> Load {
    site.load(name, &[port], |manner| {
        manner.connections = 4;
        manner.pause = Duration::from_millis(10);
    })
}

fn recovered(site: &mut Site<'_>) {
    site.remark = format!("approves again within {} ms", site.recovery.as_millis());
}

/// One in so many lost answers is lost in silence, which costs the time until the batch is given up.
const SILENT_EVERY: u32 = 10;
