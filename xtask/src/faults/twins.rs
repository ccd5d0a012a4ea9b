//! What if everything comes several times? Each message one to five times, a fifth of them at once, over all servers
//! that a store may have.

use super::site::Site;
use anyhow::Result;
use std::time::Duration;
use tokio::time::sleep;

/// Sends so many declarations, each up to five times: one answer each.
pub(super) async fn over_all_servers(site: &mut Site<'_>, count: u32) -> Result<()> {
    let mut servers = vec![site.serve().await?];
    if site.installation.cluster.is_some() {
        servers.push(site.serve().await?);
    }
    let ports: Vec<u16> = servers.iter().map(|server| server.port).collect();
    let load = site.load("TWINS", &ports, |manner| manner.twins = 5);
    while site.book.entries().sent.len() < usize::try_from(count)? {
        sleep(Duration::from_millis(20)).await;
    }
    load.stop().await?;
    let faulted = site.book.entries().faulted;
    if faulted > 0 {
        site.book.complain(format!("{faulted} messages were told to come again, although nothing was broken"));
    }
    Ok(())
}
