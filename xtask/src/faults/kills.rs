//! Is anything lost when the server dies? kill -9 at random moments under load, and an end at each named step of the
//! approval writer.

use super::installation::Start;
use super::site::Site;
use anyhow::{Result, ensure};
use std::time::Duration;
use tokio::time::sleep;

/// Kills the server at a random moment, from in the middle of the first batch to well into the load.
pub(super) async fn at_random(site: &mut Site<'_>, count: u32) -> Result<()> {
    for round in 0..count {
        let server = site.serve().await?;
        if round > 0 {
            site.mend(server.port).await?;
        }
        let load = site.load(&format!("KILL-{round}"), &[server.port], |manner| manner.ends_when_broken = true);
        let moment = Duration::from_micros(site.rng.u64(1_000..150_000));
        sleep(moment).await;
        server.kill()?;
        load.stop().await?;
    }
    Ok(())
}

/// Ends the server at each step so many times, at the first to the eighth time that it comes there.
pub(super) async fn at_steps(site: &mut Site<'_>, count: u32) -> Result<()> {
    for (step, number) in STEPS.iter().zip(0..) {
        for round in 0..count {
            let mut times = site.rng.u32(1..8);
            if *step == "before-answer" || *step == "after-answer" {
                times = times.min(4);
            }
            let start = Start { environment: vec![("FAULT_POINT", format!("{step}:{times}"))], ..Start::default() };
            let mut server = site.installation.serve(&start).await?;
            let name = format!("STEP-{number}-{round}");
            let load = site.load(&name, &[server.port], |manner| manner.ends_when_broken = true);
            let status = server.until_ended(STEP_MAX).await;
            load.stop().await?;
            ensure!(!status?.success(), "{step}: the server ended in peace");
            let server = site.serve().await?;
            site.mend(server.port).await?;
        }
    }
    Ok(())
}

/// The steps, in the order in which a batch comes by.
pub(super) const STEPS: &[&str] = &[
    "before-code",
    "after-code",
    "before-leaf",
    "after-leaf",
    "before-debit",
    "after-debit",
    "before-commit",
    "after-commit",
    "before-answer",
    "after-answer",
];
/// Some batches of a brisk load take less than a second.
const STEP_MAX: Duration = Duration::from_secs(30);
