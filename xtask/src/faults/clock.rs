//! What does a wall clock that jumps break? It goes back by seconds, an hour, a day, and forward by an hour, under
//! load; on PostgreSQL beside a second server whose clock is right.

use super::installation::Start;
use super::shim::Control;
use super::site::Site;
use anyhow::Result;
use std::time::Duration;
use tokio::time::sleep;

/// Jumps so many times, each time by the next of [`JUMPS`] and back.
pub(super) async fn jumps(site: &mut Site<'_>, count: u32) -> Result<()> {
    let control = Control::new(site.installation.beside("control"))?;
    let start = || Start { shim: Some((site.tools.shim, &control)), ..Start::default() };
    let mut server = site.installation.serve(&start()).await?;
    let second = if site.installation.cluster.is_some() { Some(site.serve().await?) } else { None };
    for (round, seconds) in (0..count).zip(JUMPS.iter().cycle()) {
        let ports: Vec<u16> = [server.port].into_iter().chain(second.as_ref().map(|second| second.port)).collect();
        let load = site.load(&format!("CLOCK-{round}"), &ports, |manner| {
            manner.connections = 4;
            manner.pause = Duration::from_millis(5);
        });
        sleep(Duration::from_millis(site.rng.u64(50..200))).await;
        control.shift_clock(*seconds)?;
        sleep(Duration::from_millis(site.rng.u64(200..500))).await;
        if site.rng.bool() {
            // Started by the wrong clock.
            server.kill()?;
            server = site.installation.serve(&start()).await?;
            sleep(Duration::from_millis(100)).await;
        }
        site.verify(server.port, true).await?;
        control.shift_clock(0)?;
        sleep(Duration::from_millis(100)).await;
        load.stop().await?;
        site.until_approved(&format!("CLOCK-RIGHT-{round}"), server.port).await?;
        site.mend(server.port).await?;
    }
    // The chain is made a moment after the facts; then the audit may look.
    sleep(Duration::from_secs(1)).await;
    Ok(())
}

/// Back five seconds, an hour, a day; forward an hour; in seconds.
const JUMPS: &[i64] = &[-5, 3_600, -3_600, -86_400];
