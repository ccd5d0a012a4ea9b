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
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

/// What each account held when it was looked at last: it is looked at again when it holds something else.
#[derive(Debug, Default)]
pub(crate) struct WaitingRoom(Mutex<HashMap<i64, i64>>);

impl WaitingRoom {
    /// Whether an account holds something else than it did.
    fn has_moved(&self, account: i64, balance: i64) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(account, balance) != Some(balance)
    }

    fn forget(&self, account: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&account);
    }
}

/// Lets go what can be paid by now; how many were approved. Called by the server each second, and by whoever books money.
/// On several servers at once each declaration is still paid once.
///
/// # Errors
/// When the store does not answer.
pub async fn release(office: &Office) -> Result<usize, Fault> {
    let mut approved = 0;
    for account in office.store.list_releasing().await? {
        if office.waiting_room.has_moved(account.id, account.balance_kurus) {
            approved += release_of(office, &account.secretariat, account.id).await?;
        }
    }
    Ok(approved)
}

async fn release_of(office: &Office, secretariat: &str, account: i64) -> Result<usize, Fault> {
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
                return Ok(approved);
            }
            // Another reason keeps it: its declarant has to act, and those behind it need not wait.
            Ok(_) => {}
            Err(fault) => {
                office.waiting_room.forget(account);
                return Err(fault);
            }
        }
    }
    // More may stand behind them; where nobody could go, the next money is waited for.
    if is_full && approved > 0 {
        office.waiting_room.forget(account);
    }
    Ok(approved)
}

/// What stands as the sender's code in the event.
const BY: &str = "waiting-room";
/// Declarations of one account that go on in one turn.
const TURN_MAX: u32 = 200;
