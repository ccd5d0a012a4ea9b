//! The waiting room: declarations short of money go on by themselves when money comes, urgent ones first, then first
//! come first, where their payer chose so.
//!
//! The order is kept strictly: one that the account cannot pay yet holds those behind it back, so that a large one is
//! never starved by small ones.

use crate::approve::Terms;
use crate::cases::resume;
use crate::office::Office;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Decision, Fault};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

/// What each account held when it was looked at last, and when: it is looked at again when it holds something else, and
/// each minute, since what held others back may have gone or become less urgent.
#[derive(Debug, Default)]
pub(crate) struct WaitingRoom(Mutex<HashMap<i64, (i64, Timestamp)>>);

impl WaitingRoom {
    fn is_as_it_was(&self, account: i64, balance: i64, now: Timestamp) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(&account).is_some_and(|(held, at)| *held == balance && now.duration_since(*at) < LOOK_AGAIN)
    }

    /// After a turn that came to its end: one that broke off is done again.
    fn remember(&self, account: i64, balance: i64, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(account, (balance, now));
    }
}

/// Lets go what can be paid by now; how many were approved. Called by the server each second, and by whoever books money.
/// On several servers at once each declaration is still paid once.
///
/// # Errors
/// When the store does not answer.
pub async fn release(office: &Office) -> Result<usize, Fault> {
    let (mut approved, now) = (0, office.clock.now());
    for account in office.store.list_releasing().await? {
        if office.waiting_room.is_as_it_was(account.id, account.balance_kurus, now) {
            continue;
        }
        let turn = release_of(office, &account.secretariat, account.id).await?;
        approved += turn.approved;
        if turn.is_complete {
            office.waiting_room.remember(account.id, account.balance_kurus, now);
        }
    }
    Ok(approved)
}

/// What a turn over one account came to.
struct Turn {
    approved: usize,
    /// Whether nobody else can go before something changes.
    is_complete: bool,
}

async fn release_of(office: &Office, secretariat: &str, account: i64) -> Result<Turn, Fault> {
    let (mut approved, mut seen) = (0, BTreeSet::new());
    let waiting = office.store.list_short_of_money(secretariat, account, office.clock.today(), TURN_MAX).await?;
    let is_full = waiting.len() == TURN_MAX as usize;
    for recorded in waiting {
        // Several commitments of one payer name it several times.
        if !seen.insert(recorded.id) {
            continue;
        }
        let terms = Terms { only: Some(account), ..Terms::ORDINARY };
        match resume(office, &recorded, BY, terms).await {
            Ok(Decision::Approved(_)) => approved += 1,
            Ok(Decision::Pending(pending))
                if pending.notices.iter().any(|notice| notice.rule == Rule::AccountShort) =>
            {
                return Ok(Turn { approved, is_complete: true });
            }
            // Another reason keeps it: its declarant has to act, and those behind it need not wait.
            Ok(_) => {}
            Err(fault) => return Err(fault),
        }
    }
    // More may stand behind them; where nobody could go, the next money is waited for.
    Ok(Turn { approved, is_complete: !is_full || approved == 0 })
}

/// What stands as the sender's code in the event.
const BY: &str = "waiting-room";
/// How long an account that holds the same is left alone.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// Declarations of one account that go on in one turn.
const TURN_MAX: u32 = 200;
