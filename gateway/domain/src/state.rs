//! In which states a declaration can be, and which moves exist.

/// State of a declaration. Source: contract section 5, R-3.12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Recorded and priced; its payment is awaited.
    WaitingPayment,
    /// A person at the secretariat decides first.
    AtDesk,
    /// Onay: paid or free, code valid.
    Approved,
    /// Registered at customs with its code.
    Registered,
    /// Vazgeç: withdrawn by the declarant.
    Withdrawn,
    /// İptal: cancelled by the secretariat.
    Cancelled,
}

/// What can happen to a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Move {
    /// Other content, or the same again, while it waits.
    Resubmit,
    /// Other content falls, or no longer falls, under watched goods.
    SendToDesk,
    /// Paid, or found free of fee.
    Approve,
    /// The desk lets it pass to payment.
    Release,
    /// Customs registers it.
    Register,
    /// The declarant gives it up.
    Withdraw,
    /// The secretariat ends it on proof.
    Cancel,
    /// The secretariat gives it other content on proof.
    Correct,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::WaitingPayment, Self::AtDesk, Self::Approved, Self::Registered, Self::Withdrawn, Self::Cancelled];

    /// The one table of moves: where a move leads from here, or `None` when it does not exist.
    pub fn after(self, step: Move) -> Option<Self> {
        match (self, step) {
            (Self::WaitingPayment | Self::AtDesk, Move::SendToDesk) => Some(Self::AtDesk),
            (Self::WaitingPayment | Self::AtDesk, Move::Resubmit) | (Self::AtDesk, Move::Release) => {
                Some(Self::WaitingPayment)
            }
            (Self::WaitingPayment | Self::AtDesk, Move::Approve) => Some(Self::Approved),
            (Self::Approved, Move::Register) => Some(Self::Registered),
            (Self::Approved | Self::Registered, Move::Correct) => Some(self),
            (Self::WaitingPayment | Self::AtDesk | Self::Approved, Move::Withdraw) => Some(Self::Withdrawn),
            (Self::WaitingPayment | Self::AtDesk | Self::Approved | Self::Registered, Move::Cancel) => {
                Some(Self::Cancelled)
            }
            _ => None,
        }
    }

    /// The word in JSON and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WaitingPayment => "waiting_payment",
            Self::AtDesk => "at_desk",
            Self::Approved => "approved",
            Self::Registered => "registered",
            Self::Withdrawn => "withdrawn",
            Self::Cancelled => "cancelled",
        }
    }

    /// From the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// True while other content may still replace it.
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::WaitingPayment | Self::AtDesk)
    }

    /// True once it was approved and not ended.
    pub fn is_approved(self) -> bool {
        matches!(self, Self::Approved | Self::Registered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MOVES: [Move; 8] = [
        Move::Resubmit,
        Move::SendToDesk,
        Move::Approve,
        Move::Release,
        Move::Register,
        Move::Withdraw,
        Move::Cancel,
        Move::Correct,
    ];

    proptest! {
        /// G-40, G-41: whatever happens, a declaration is approved at most once, never changes after that,
        /// and nothing follows its end.
        #[test]
        fn any_run_of_moves_approves_at_most_once(steps in proptest::collection::vec(0..MOVES.len(), 0..40)) {
            let (mut state, mut approvals) = (State::WaitingPayment, 0);
            for step in steps {
                let Some(next) = state.after(MOVES[step]) else { continue };
                prop_assert!(!matches!(state, State::Withdrawn | State::Cancelled));
                prop_assert!(!(state.is_approved() && next.is_waiting()));
                prop_assert!(!(state == State::Registered && next == State::Withdrawn));
                approvals += u32::from(MOVES[step] == Move::Approve);
                state = next;
            }
            prop_assert!(approvals <= 1);
        }
    }

    #[test]
    fn words_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
    }
}
