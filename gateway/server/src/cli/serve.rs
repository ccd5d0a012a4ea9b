//! `ebirlik serve`: the server, until it is told to stop.

use super::CommandError;
use crate::config::Config;
use crate::{log, server};
use clap::Args;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};

/// Run the server from a configuration file and EBIRLIK_* variables
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik serve --config /etc/ebirlik/ebirlik.toml\n\n\
    SIGTERM or Ctrl-C ends it after what it has accepted. SIGHUP reads the files of TLS again at once; it also notices\n\
    changed ones by itself. A setting that would be unsafe is refused by name.")]
pub(crate) struct Serve {
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// What the process ends with when the disk failed; a supervisor starts it again, which reads what the disk has.
const DISK_FAILED: u8 = 74;

impl Serve {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        let config = Config::read(&self.config)?;
        // `Config::read` has proved the filter.
        let _ = log::start(&config.log);
        // SIGHUP asks to read changed files again. Where there are none it must not end us, as it would unheard.
        let _heard = signal(SignalKind::hangup())?;
        let running = server::start(config).await?;
        tokio::select! {
            () = server::told_to_stop() => {}
            () = ebirlik_store::sync_failed() => {
                tracing::error!("the disk failed to sync; nobody knows what it holds, so this server ends at once");
                return Ok(DISK_FAILED);
            }
        }
        running.stop().await;
        Ok(0)
    }
}
