//! The officer's own decision while the register could not be asked: noted when it can be again, for the secretariat of
//! the code, or for every one where nobody knows the code.

use crate::client::{Client, Role};
use crate::office::Office;
use crypto_code::CryptoCode;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::time::TURKEY;
use ebirlik_store::desk_decisions::DeskDecision;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// What became of a decision that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noting {
    /// It stands, also when it was told before.
    Noted,
    /// Its code or note is too long, or its time cannot be.
    Unfit,
    /// More than an officer can decide in a day.
    TooMany,
    /// Only who checks codes decides on them.
    NotAllowed,
}

/// Notes what somebody at the desk decided on a code that could not be checked.
///
/// # Errors
/// When the store does not take it.
pub async fn note(
    office: &Office,
    client: &Client,
    (code, let_pass, note): (&str, bool, &str),
    decided_at: Timestamp,
) -> Result<Noting, Fault> {
    if !client.roles.has_any(&[Role::Customs, Role::Staff, Role::Admin]) {
        return Ok(Noting::NotAllowed);
    }
    let (code, note, now) = (code.trim(), note.trim(), office.clock.now());
    let fits = |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_control);
    let is_lately = decided_at <= now + CLOCKS_DIFFER && decided_at > now - TOLD_WITHIN;
    if code.is_empty() || !fits(code, CODE_LETTERS_MAX) || !fits(note, NOTE_LETTERS_MAX) || !is_lately {
        return Ok(Noting::Unfit);
    }
    let issued = match CryptoCode::parse(code) {
        Ok(code) => office.store.list_codes(&[code.as_str()]).await?,
        Err(_) => Vec::new(),
    };
    let secretariat = issued.first().map(|issued| issued.secretariat.as_str()).unwrap_or_default();
    let when = TURKEY.to_datetime(decided_at).strftime("%d.%m.%Y %H:%M").to_string();
    let body = json!({ "by": client.code, "code": code, "reason": note, "proof": when, "secretariat": secretariat });
    let decision = DeskDecision { client: &client.code, decided_at, code, let_pass, note };
    let since = now.as_microsecond() - DAY_MICROS;
    let kept = office.store.keep_desk_decision(&decision, (since, A_DAY_MAX), &body, (&office.ids, now)).await?;
    Ok(if kept { Noting::Noted } else { Noting::TooMany })
}

/// Letters of a code as typed; a scan with its reference and number has fewer.
const CODE_LETTERS_MAX: usize = 64;
/// Letters of a note.
pub const NOTE_LETTERS_MAX: usize = 200;
/// Decisions that one officer tells in a day: a whole outage of one, at a check a minute.
const A_DAY_MAX: i64 = 1_500;
const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;
/// The officer's computer may be somewhat ahead.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(10);
/// What is told later than this is not told by a desk.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_hours(14 * 24);
