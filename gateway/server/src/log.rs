//! How the server writes its log: one JSON object a line, to standard error, never a body, a key or a tax number.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// Starts the log with a filter such as `info` or `info,ebirlik_store=debug`. A second start changes nothing.
///
/// # Errors
/// When the filter cannot be read.
pub(crate) fn start(filter: &str) -> Result<(), ParseError> {
    let filter = EnvFilter::builder().parse(filter)?;
    let lines =
        tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).with_writer(std::io::stderr);
    // Refused only where a log runs already, as in tests that start several servers.
    let _ = lines.try_init();
    Ok(())
}

/// Whether the text is a filter that [`start`] takes.
pub(crate) fn is_filter(filter: &str) -> bool {
    EnvFilter::builder().parse(filter).is_ok()
}
