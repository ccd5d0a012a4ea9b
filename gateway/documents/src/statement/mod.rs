//! What stands on an account's statement (ekstre), and does it add up?

mod pdf;
mod xlsx;

pub use pdf::{StatementPdf, statement_pdf};
pub use xlsx::{StatementXlsx, statement_xlsx};

use crate::DocumentError;
use crate::receipt::Party;
use ebirlik_domain::money::Money;
use jiff::{Timestamp, civil::Date};

/// The facts at the head of a statement.
#[derive(Clone, PartialEq, Eq)]
pub struct Statement {
    /// Name of the account.
    pub account: String,
    /// Whose it is.
    pub holder: Party,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Balance before the first line.
    pub opening: Money,
    /// Balance after the last line.
    pub closing: Money,
}

/// One entry of the account.
#[derive(Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// The entry's number.
    pub number: u64,
    /// When it was booked.
    pub booked_at: Timestamp,
    /// What it is, in Turkish words.
    pub what: String,
    /// The reference of the payment or posting.
    pub reference: Option<String>,
    /// The declarant's reference of the declaration.
    pub declaration: Option<String>,
    /// The declaration's union record number.
    pub record_no: Option<String>,
    /// What left the account.
    pub debit: Option<Money>,
    /// What came in.
    pub credit: Option<Money>,
    /// The balance after it.
    pub balance: Money,
}

/// The sums so far. A statement that does not add up is a mistake of ours and never leaves as a whole document.
struct Sums {
    balance: Money,
    debit: Money,
    credit: Money,
}

impl Sums {
    fn of(statement: &Statement) -> Self {
        Self { balance: statement.opening, debit: Money::ZERO, credit: Money::ZERO }
    }

    /// Takes the next line.
    fn book(&mut self, line: &StatementLine) -> Result<(), DocumentError> {
        let (debit, credit) = (line.debit.unwrap_or_default(), line.credit.unwrap_or_default());
        // Credit first: a line that has both may not pass below zero on the way.
        let balance = self.balance.checked_add(credit).and_then(|balance| balance.checked_sub(debit));
        if balance != Some(line.balance) {
            return Err(DocumentError::DoesNotAddUp { line: line.number });
        }
        self.balance = line.balance;
        self.debit = self.debit.checked_add(debit).ok_or(DocumentError::TooLarge)?;
        self.credit = self.credit.checked_add(credit).ok_or(DocumentError::TooLarge)?;
        Ok(())
    }

    /// After the last line.
    fn close(&self, statement: &Statement) -> Result<(), DocumentError> {
        if self.balance == statement.closing { Ok(()) } else { Err(DocumentError::WrongClosing) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lira(lira: i64) -> Money {
        Money::from_kurus(lira * 100).unwrap()
    }

    fn statement(opening: i64, closing: i64) -> Statement {
        Statement {
            account: String::new(),
            holder: Party { title: String::new(), tax_number: String::new() },
            from: "2026-11-01".parse().unwrap(),
            to: "2026-11-30".parse().unwrap(),
            opening: lira(opening),
            closing: lira(closing),
        }
    }

    fn line(debit: i64, credit: i64, balance: i64) -> StatementLine {
        StatementLine {
            number: 7,
            booked_at: "2026-11-26T11:03:00Z".parse().unwrap(),
            what: String::new(),
            reference: None,
            declaration: None,
            record_no: None,
            debit: (debit > 0).then(|| lira(debit)),
            credit: (credit > 0).then(|| lira(credit)),
            balance: lira(balance),
        }
    }

    #[test]
    fn a_line_left_out_or_told_twice_is_noticed() {
        let statement = statement(100, 150);
        let (top_up, fee) = (line(0, 80, 180), line(30, 0, 150));
        let mut sums = Sums::of(&statement);
        sums.book(&top_up).unwrap();
        assert!(matches!(sums.book(&top_up), Err(DocumentError::DoesNotAddUp { line: 7 })));
        assert!(matches!(sums.close(&statement), Err(DocumentError::WrongClosing)));
        sums.book(&fee).unwrap();
        sums.close(&statement).unwrap();
        assert_eq!((sums.debit, sums.credit), (lira(30), lira(80)));
        assert!(Sums::of(&statement).book(&fee).is_err(), "the first line is missing");
    }
}
