//! A mark under a line that we printed: whoever holds the paper can ask whether we wrote it.

use crate::office::Office;
use crypto_code::CryptoCode;

/// The line with its mark behind it.
pub fn marked(office: &Office, line: &str) -> String {
    format!("{line} {}", office.seal.ring().mark(line.as_bytes()).printed())
}

/// The line before a mark, where we wrote it; however many blanks stand between its words.
pub fn unmarked(office: &Office, typed: &str) -> Option<String> {
    let words: Vec<&str> = typed.split_whitespace().collect();
    let (mark, line) = words.split_last()?;
    let (mark, line) = (CryptoCode::parse(mark).ok()?, line.join(" "));
    office.seal.ring().is_mark(&mark, line.as_bytes()).then_some(line)
}
