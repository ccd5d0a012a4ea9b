//! What is answered while the disk is full or broken? Writes and syncs of the store's files fail in the middle of the
//! load, and heal: meanwhile every answer says to come again, codes are verified, and afterwards all works by itself.

use super::installation::{Server, Start};
use super::load::Client;
use super::people::verdicts;
use super::shim::{Control, DiskError};
use super::site::Site;
use anyhow::{Context, Result, ensure};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Data writes fail with this error, again and again on one server.
pub(super) async fn writes_fail(site: &mut Site<'_>, count: u32, error: DiskError) -> Result<()> {
    let control = Control::new(site.installation.beside("control"))?;
    let server =
        site.installation.serve(&Start { shim: Some((site.tools.shim, &control)), ..Start::default() }).await?;
    rounds(site, &control, server, count, error).await
}

/// The tables' files of the database cannot grow, again and again.
pub(super) async fn database_is_full(site: &mut Site<'_>, count: u32) -> Result<()> {
    let cluster = Arc::clone(site.installation.cluster.as_ref().context("a cluster")?);
    cluster.kill()?;
    let control = cluster.start_on(site.tools.shim)?;
    let server = site.serve().await?;
    let outcome = rounds(site, &control, server, count, DiskError::Full).await;
    control.heal()?;
    cluster.restart(&[])?;
    outcome
}

async fn rounds(
    site: &mut Site<'_>,
    control: &Control,
    mut server: Server,
    count: u32,
    error: DiskError,
) -> Result<()> {
    let load = site.load("WRITE", &[server.port], |manner| {
        manner.connections = 4;
        manner.pause = Duration::from_millis(5);
    });
    site.until_approved("WRITE-FIRST", server.port).await?;
    let code = site.some_code().context("a code")?;
    for round in 0..count {
        let before = control.failed()?;
        control.fail_writes(error, site.rng.i64(0..40))?;
        until(|| Ok(control.failed()? > before)).await?;
        let hold = Instant::now() + Duration::from_millis(site.rng.u64(50..400));
        while Instant::now() < hold {
            let answer = Client::to(server.port).ask(&site.people.question(std::slice::from_ref(&code))?).await?;
            ensure!(answer.status == 200, "verification on a full disk: {}", answer.status);
            let verdicts = verdicts(&answer.body, 1)?;
            ensure!(verdicts == ["valid"], "verification on a full disk: {verdicts:?}");
            sleep(Duration::from_millis(20)).await;
        }
        control.heal()?;
        site.until_approved(&format!("HEALED-{round}"), server.port).await?;
        site.mend(server.port).await?;
    }
    load.stop().await?;
    ensure!(server.ended()?.is_none(), "the server ended");
    site.mend(server.port).await?;
    site.remark = format!("approves again within {} ms", site.recovery.as_millis());
    Ok(())
}

/// fsync fails as on a broken disk: the server must end, since nobody knows what the disk has kept.
pub(super) async fn syncs_fail(site: &mut Site<'_>, count: u32) -> Result<()> {
    let control = Control::new(site.installation.beside("control"))?;
    let mut longest = Duration::ZERO;
    for round in 0..count {
        let start = Start { shim: Some((site.tools.shim, &control)), ..Start::default() };
        let mut server = site.installation.serve(&start).await?;
        site.mend(server.port).await?;
        let load = site.load(&format!("SYNC-{round}"), &[server.port], |manner| manner.ends_when_broken = true);
        let before = control.failed()?;
        control.fail_syncs(DiskError::Broken, site.rng.i64(0..40))?;
        until(|| Ok(control.failed()? > before)).await?;
        let failed_at = Instant::now();
        let ended = server.until_ended(END_MAX).await;
        longest = longest.max(failed_at.elapsed());
        load.stop().await?;
        ensure!(!ended.context("fsync failed, and the server goes on")?.success(), "the server ended in peace");
        control.heal()?;
    }
    site.remark = format!("ends within {} ms", longest.as_millis());
    Ok(())
}

/// Waits for what the load brings about.
async fn until(happens: impl Fn() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !happens()? {
        ensure!(Instant::now() < deadline, "the fault did not happen");
        sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

/// After a failed fsync the server has ended by then.
const END_MAX: Duration = Duration::from_secs(10);
