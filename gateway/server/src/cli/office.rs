//! Opening an installation for one command, beside a server that may be running.

use super::CommandError;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::server;
use ebirlik_operations::Office;
use ebirlik_store::Store;
use std::path::Path;
use std::sync::Arc;

/// Opens the office of a configuration file, lets the command work, and closes it again.
///
/// # Errors
/// When it cannot be opened, and whatever the work gives.
pub(crate) async fn with<T>(
    config: &Path,
    work: impl AsyncFnOnce(&Office) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    let config = Config::read(config)?;
    let store = Store::open(&config.database).await?;
    let office = Office::open(store, Arc::new(SystemClock), server::settings(&config)?).await?;
    let result = work(&office).await;
    office.close().await;
    result
}
