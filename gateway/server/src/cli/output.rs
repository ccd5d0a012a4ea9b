//! Writing to the terminal: results to standard output, everything else to standard error.

use ebirlik_domain::catalogue::fill;
use ebirlik_domain::decision::Refusal;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Display;
use std::io::{self, IsTerminal, Read, Write};

/// One line of result. A reader that has gone away ends nothing: the work goes on.
pub(crate) fn line(text: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// One line for the person who watches.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Why something was refused, a line for each finding.
pub(crate) fn refusal(refusal: &Refusal) {
    for finding in &refusal.findings {
        let detail = finding.detail.as_deref().unwrap_or_default();
        note(format_args!("ebirlik: {}", fill(finding.rule.en(), "", detail)));
    }
}

/// A bar that shows how far the work is: on standard error, and only when that is a terminal.
pub(crate) fn bar(length: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec} {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// The password: `EBIRLIK_PASSWORD`, else the first line of standard input. Never an argument, which others see.
///
/// # Errors
/// When there is none.
pub(crate) fn password() -> io::Result<String> {
    if let Ok(password) = std::env::var("EBIRLIK_PASSWORD")
        && !password.is_empty()
    {
        return Ok(password);
    }
    let mut text = String::new();
    if io::stdin().is_terminal() {
        note("password (it will be seen; set EBIRLIK_PASSWORD to avoid that):");
        io::stdin().read_line(&mut text)?;
    } else {
        io::stdin().lock().take(PASSWORD_BYTES_MAX).read_to_string(&mut text)?;
    }
    let password = text.lines().next().unwrap_or_default().to_owned();
    if password.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "no password: set EBIRLIK_PASSWORD or give it on standard input",
        ));
    }
    Ok(password)
}

/// Longest password read.
const PASSWORD_BYTES_MAX: u64 = 4_096;
