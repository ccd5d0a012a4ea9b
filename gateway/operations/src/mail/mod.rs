//! Mails: what happened is told to those whom it concerns, after its commit and never in a request.
//!
//! [`write()`] reads events along the chain and writes mails in the transaction that moves on; `compose` has one
//! template for each kind of event. [`send`] gives what waits to a mail server, again and again with growing pauses.
//! Without a mail server mails wait.

mod compose;
mod post;
mod sentences;

pub use post::{Post, PostError};

use crate::applications;
use crate::office::Office;
use ebirlik_domain::decision::Fault;
use ebirlik_store::Wall;
use ebirlik_store::mails::{Mail, NewMail};
use jiff::{SignedDuration, Timestamp};
use post::Refused;
use std::sync::atomic::Ordering;

/// How mails of this installation are made and sent.
#[derive(Debug)]
pub struct Mailing {
    /// Our own address as people reach it, such as `https://onay.example.org`.
    pub public_url: String,
    /// Who takes mails; without it they wait.
    pub post: Option<Post>,
    /// Whether everybody may read all mails, links among them, on a page: for trying the product out.
    pub is_shown: bool,
}

/// Writes the mails of what happened up to now, turn by turn within a bound; gives how many. Safe to run on several
/// servers at once: of each turn one wins.
///
/// # Errors
/// When the store does not answer; the next turn looks at the same events again.
pub async fn write(office: &Office) -> Result<usize, Fault> {
    let Some(mailing) = office.mailing() else { return Ok(0) };
    let mut written = 0;
    for _ in 0..TURNS_AT_ONCE {
        match write_turn(office, mailing).await? {
            Some(mails) => written += mails,
            None => break,
        }
    }
    Ok(written)
}

/// Writes the mails of one turn of events; `None` where there were no events.
async fn write_turn(office: &Office, mailing: &Mailing) -> Result<Option<usize>, Fault> {
    let store = office.behind(Wall::Background);
    let looked_at = office.mails_looked_at.load(Ordering::Relaxed);
    let turn = store.mail_turn(looked_at, compose::KINDS).await?;
    if turn.to <= looked_at.max(turn.written) {
        return Ok(None);
    }
    let mut mails: Vec<NewMail> = Vec::new();
    for event in &turn.events {
        mails.extend(compose::compose(office, &mailing.public_url, event).await?);
    }
    // Most turns have nothing to tell: then this server remembers how far it looked, and writes it down now and then.
    let moves = !mails.is_empty() || turn.to - turn.written >= WRITTEN_DOWN_EVERY;
    if moves && !store.write_mails(&turn, &mails, &office.ids, office.clock.now()).await? {
        return Ok(None);
    }
    office.mails_looked_at.fetch_max(turn.to, Ordering::Relaxed);
    Ok(Some(mails.len()))
}

/// Sends mails that are due; gives how many were taken. What the mail server does not take now is tried again later;
/// the first that it does not take ends the turn.
///
/// # Errors
/// When the store does not answer. A mail may then go out twice, and never not at all.
pub async fn send(office: &Office) -> Result<usize, Fault> {
    let Some(post) = office.mailing().and_then(|mailing| mailing.post.as_ref()) else { return Ok(0) };
    let store = office.behind(Wall::Background);
    let mut sent = 0;
    for mail in store.list_due_mails(SENT_AT_ONCE, office.clock.now()).await? {
        let now = office.clock.now();
        if !store.try_mail(&mail, now + pause(mail.tries)).await? {
            continue;
        }
        match post.send(&mail, now).await {
            Ok(()) => {
                store.mail_was_sent(mail.id, now).await?;
                count("sent");
                sent += 1;
            }
            Err(Refused::ForEver) => give_up(office, &mail).await?,
            Err(Refused::ForNow) => {
                if mail.tries + 1 >= TRIES_MAX {
                    give_up(office, &mail).await?;
                } else {
                    count("put_off");
                }
                break;
            }
        }
    }
    Ok(sent)
}

/// Does what is due by the clock: reminds of applications that end soon, and removes what nobody needs any more, which is
/// applications that were not sent in time, and mails and links of long ago.
///
/// # Errors
/// When the store does not take it.
pub async fn tidy(office: &Office) -> Result<(), Fault> {
    applications::remind(office).await?;
    applications::forget_overdue(office).await?;
    let ago = |age: SignedDuration| (office.clock.now() - age).as_microsecond();
    office.store.forget_mails(ago(MAILS_KEPT), ago(REQUESTS_KEPT), ago(LINKS_KEPT)).await?;
    Ok(())
}

/// How many mails wait, and how many were given up.
///
/// # Errors
/// When the store does not answer.
pub async fn standing(office: &Office) -> Result<(i64, i64), Fault> {
    Ok(office.behind(Wall::Background).count_mails().await?)
}

/// The newest mails, where everybody may read them.
///
/// # Errors
/// When the store does not answer.
pub async fn list_shown(office: &Office) -> Result<Option<Vec<Mail>>, Fault> {
    match office.mailing() {
        Some(mailing) if mailing.is_shown => Ok(Some(office.store.list_mails(SHOWN_MAX).await?)),
        _ => Ok(None),
    }
}

async fn give_up(office: &Office, mail: &Mail) -> Result<(), Fault> {
    tracing::error!(mail = mail.id, event = mail.event_id, "a mail cannot be sent and was given up");
    count("failed");
    Ok(office.behind(Wall::Background).mail_failed(mail.id).await?)
}

fn count(outcome: &'static str) {
    metrics::counter!("ebirlik_mails_total", "outcome" => outcome).increment(1);
}

/// After so many tries before: one minute, two, four, up to four hours.
fn pause(tries: i64) -> SignedDuration {
    let minutes = 1_i64.checked_shl(u32::try_from(tries).unwrap_or(u32::MAX)).unwrap_or(i64::MAX);
    SignedDuration::from_mins(minutes.clamp(1, PAUSE_MINUTES_MAX))
}

/// When a link to set a password that is mailed now ends. Source: P-2.2.
fn password_link_end(now: Timestamp) -> Timestamp {
    now + SignedDuration::from_hours(24)
}

const PAUSE_MINUTES_MAX: i64 = 4 * 60;
/// With the pauses above twelve hours, within the day that a link to set a password works.
const TRIES_MAX: i64 = 11;
/// Mails of one turn.
const SENT_AT_ONCE: u32 = 20;
/// Turns of a thousand events each before others have their turn.
const TURNS_AT_ONCE: usize = 20;
/// Events looked at before that is written down without a mail.
const WRITTEN_DOWN_EVERY: i64 = 10_000;
/// Mails on the page that shows them.
const SHOWN_MAX: u32 = 50;
/// Mails hold names and addresses: they are not kept longer than the help desk needs them.
const MAILS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
const REQUESTS_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// So long a link still says that it is over.
const LINKS_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_within_the_life_of_a_link() {
        assert_eq!([0, 1, 4, 8, 20, 90].map(|tries| pause(tries).as_mins()), [1, 2, 16, 240, 240, 240]);
        let all: SignedDuration = (0..TRIES_MAX - 1).map(pause).sum();
        assert!(all > SignedDuration::from_hours(12) && all < SignedDuration::from_hours(24), "{all:?}");
    }
}
