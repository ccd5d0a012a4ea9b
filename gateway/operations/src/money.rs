//! Money that came in: a deposit to a current account, booked once by its reference.
//!
//! Source: G-48, contract section 8. Debits happen only with an approval and are none of this module's business.

use crate::Office;
use ebirlik_domain::money::Money;
use ebirlik_domain::tax_number::TaxNumber;
use ebirlik_store::StoreError;
use ebirlik_store::accounts::{Deposit, Deposited};

/// Largest single deposit in kuruş: a trillion lira, more than any transfer and far from what a ledger cannot hold.
const DEPOSIT_KURUS_MAX: i64 = 100_000_000_000_000;
/// Letters of a bank's reference.
pub const REFERENCE_LETTERS_MAX: usize = 100;

/// Why a deposit was not booked.
#[derive(Debug, thiserror::Error)]
pub enum DepositError {
    /// Not the name of an account.
    #[error("{account:?} is not the name of an account; it is SECRETARIAT-TAXNUMBER, such as IMMIB-1234567890")]
    Name {
        /// What was given.
        account: String,
    },
    /// No such secretariat.
    #[error("there is no secretariat {secretariat}; the secretariats are {known}")]
    UnknownSecretariat {
        /// What was given.
        secretariat: String,
        /// Which there are.
        known: String,
    },
    /// Nothing, or too much.
    #[error("{amount} TL cannot be deposited; give a sum above zero and at most {}", deposit_max())]
    Amount {
        /// What was given.
        amount: Money,
    },
    /// No reference.
    #[error(
        "a reference of 1 to {REFERENCE_LETTERS_MAX} printable letters is needed; it is what books a deposit only once"
    )]
    Reference,
    /// The account is not open.
    #[error(
        "there is no account {account}; it is opened by a payer commitment or an opening balance \
         (ebirlik import payers, ebirlik import balances)"
    )]
    UnknownAccount {
        /// Its name.
        account: String,
    },
    /// The reference stands for another booking.
    #[error("the reference {reference} has booked another account or another sum; nothing was booked now")]
    Conflict {
        /// The reference.
        reference: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

/// What became of a deposit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The account's name.
    pub account: String,
    /// What was deposited.
    pub amount: Money,
    /// The bank's reference.
    pub reference: String,
    /// Booked now, or by the same reference before.
    pub booked: Deposited,
    /// The balance afterwards.
    pub balance: Money,
}

/// Books a deposit to an account such as `IMMIB-1234567890`. The same reference twice books once.
///
/// # Errors
/// When the account is unknown, the reference stands for another booking, or the store fails.
pub async fn deposit(office: &Office, account: &str, amount: Money, reference: &str) -> Result<Receipt, DepositError> {
    let (secretariat, firm) = parse_account(account)?;
    let known = &office.rules().secretariats;
    if !known.contains_key(&secretariat) {
        let known = known.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        return Err(DepositError::UnknownSecretariat { secretariat, known });
    }
    if amount.is_zero() || amount > deposit_max() {
        return Err(DepositError::Amount { amount });
    }
    let reference = reference.trim().to_owned();
    let letters = reference.chars().count();
    if !(1..=REFERENCE_LETTERS_MAX).contains(&letters) || reference.chars().any(char::is_control) {
        return Err(DepositError::Reference);
    }
    let deposit = Deposit {
        kind: "deposit",
        firm: firm.clone(),
        secretariat: secretariat.clone(),
        amount,
        reference: reference.clone(),
    };
    let booked = office.store.deposit(&[deposit], &office.ids, office.clock.now()).await;
    let booked = booked.map_err(|error| match error {
        StoreError::Missing(_) => DepositError::UnknownAccount { account: account.to_owned() },
        StoreError::Conflict(_) => DepositError::Conflict { reference: reference.clone() },
        error => DepositError::Store(error),
    })?;
    let accounts = office.store.list_accounts(&firm).await.map_err(DepositError::Store)?;
    let held = accounts.into_iter().find(|held| held.secretariat == secretariat);
    let balance = held.and_then(|held| Money::from_kurus(held.balance_kurus)).unwrap_or_default();
    let booked = booked.first().copied().unwrap_or(Deposited::Before);
    Ok(Receipt { account: account.to_owned(), amount, reference, booked, balance })
}

/// Largest single deposit.
pub(crate) fn deposit_max() -> Money {
    Money::from_kurus(DEPOSIT_KURUS_MAX).unwrap_or_default()
}

/// `IMMIB-1234567890` as secretariat and tax number.
fn parse_account(account: &str) -> Result<(String, String), DepositError> {
    let parts = account.split_once('-');
    let parts = parts.and_then(|(secretariat, firm)| Some((secretariat, TaxNumber::parse(firm).ok()?)));
    match parts {
        Some((secretariat, firm)) if !secretariat.is_empty() => Ok((secretariat.to_owned(), firm.as_str().to_owned())),
        _ => Err(DepositError::Name { account: account.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Kind;
    use crate::import::tests::{load, office};
    use ebirlik_store::on_each_store;
    use ebirlik_store::testing::TestDatabase;

    on_each_store! {
        /// G-48: the payer deposits a sum into its account; the bank's reference books once.
        async fn the_same_reference_books_once(database: TestDatabase) {
            let office = office(&database).await;
            load(&office, Kind::Firms, "tax_no,title,kind\n1234567890,Ihlamur A.Ş.,exporter\n").await;
            let payers = "exporter,secretariat,declarant,payer,automatic,valid_from\n\
                1234567890,IMMIB,,1234567890,yes,2024-01-01\n";
            load(&office, Kind::Payers, payers).await;
            let money = |text: &str| Money::parse(text).unwrap();
            let first = deposit(&office, "IMMIB-1234567890", money("1000.00"), "EFT-1").await.unwrap();
            assert_eq!((first.booked, first.balance), (Deposited::Booked, money("1000.00")));
            let again = deposit(&office, "IMMIB-1234567890", money("1000.00"), " EFT-1 ").await.unwrap();
            assert_eq!((again.booked, again.balance), (Deposited::Before, money("1000.00")));
            let other = deposit(&office, "IMMIB-1234567890", money("1000.01"), "EFT-1").await;
            assert!(matches!(other, Err(DepositError::Conflict { .. })));
            let none = deposit(&office, "EIB-1234567890", money("1.00"), "EFT-2").await;
            assert!(matches!(none, Err(DepositError::UnknownAccount { .. })));
            let zero = deposit(&office, "IMMIB-1234567890", Money::ZERO, "EFT-3").await;
            assert!(matches!(zero, Err(DepositError::Amount { .. })));
            let blank = deposit(&office, "IMMIB-1234567890", money("1.00"), " ").await;
            assert!(matches!(blank, Err(DepositError::Reference)));
            let place = deposit(&office, "XXMIB-1234567890", money("1.00"), "EFT-4").await.unwrap_err().to_string();
            assert!(place.starts_with("there is no secretariat XXMIB; the secretariats are AKIB, "), "{place}");
            for name in ["1234567890", "IMMIB-1234567891", "-1234567890", "IMMIB 1234567890"] {
                let error = deposit(&office, name, money("1.00"), "EFT-5").await;
                assert!(matches!(error, Err(DepositError::Name { .. })), "{name}");
            }
            let balance = office.store.list_accounts("1234567890").await.unwrap()[0].balance_kurus;
            assert_eq!(balance, 100_000);
        }
    }
}
