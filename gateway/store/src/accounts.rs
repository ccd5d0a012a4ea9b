//! Current accounts and the transfers between accounts: double entry, append only.

use crate::connection::{on, read, retrying};
use crate::declarations::Recorded;
use crate::error::StoreError;
use crate::events::{EventRow, overtaken, save_events};
use crate::sql::statements;
use crate::{Ids, Store};
use ebirlik_domain::money::Money;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{BTreeSet, HashMap};

statements! {
    OPEN_ACCOUNT = "insert into account (id, kind, firm, secretariat)
        select (select coalesce(max(id), 0) + 1 from account), $1, $2, $3
        where not exists (select 1 from account where kind = $1 and firm = $2 and secretariat = $3)";
    ACCOUNT_ID = "select id from account where kind = $1 and firm = $2 and secretariat = $3";
    ACCOUNTS_OF = "select id, firm, secretariat, balance_kurus from account
        where kind = 'current' and firm = $1 order by secretariat";
    BALANCE = "select balance_kurus from account where id = $1";
    TRANSFER_BY_REFERENCE = "select credit_account, amount_kurus from transfer where reference = $1";
    BOOK = "insert into transfer (id, kind, debit_account, credit_account, amount_kurus, declaration_id, reference, booked_at)
        values ($1, $2, $3, $4, $5, null, $6, $7)";
    IS_PAYER = "select exists (select 1 from payer_commitment join account on account.id = payer_commitment.account_id
        where exporter = $1 and payer_commitment.secretariat = $2 and declarant in ('', $3) and account.firm = $4
            and valid_from <= $5 and (valid_to = '' or valid_to >= $5))";
    CREDIT = "update account set balance_kurus = balance_kurus + $2 where id = $1 and kind = 'current'";
}

/// What an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    /// A firm's prepaid account at a secretariat; never below zero (G-45).
    Current,
    /// Where a secretariat's incoming money comes from.
    Bank,
    /// A secretariat's fees.
    Income,
}

impl AccountKind {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Bank => "bank",
            Self::Income => "income",
        }
    }
}

/// Money taken in cash at an office; the name of a part of [`AccountKind::Bank`], where a firm stands in others.
pub const CASH: &str = "CASH";
/// Money paid by card, until the bank has passed it on; likewise.
pub const CARD: &str = "CARD";

/// A current account.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Account {
    /// The store's number.
    pub id: i64,
    /// Tax number of its owner.
    pub firm: String,
    /// Where it is held.
    pub secretariat: String,
    /// Kuruş.
    pub balance_kurus: i64,
}

impl Account {
    /// The account's name for people: `IMMIB-1234567890`.
    pub fn name(&self) -> String {
        format!("{}-{}", self.secretariat, self.firm)
    }
}

/// What became of a deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deposited {
    /// Booked now.
    Booked,
    /// The same reference had booked the same deposit before; nothing changed.
    Before,
}

/// Money that came in.
#[derive(Debug, Clone)]
pub struct Deposit {
    /// `deposit` or `opening`.
    pub kind: &'static str,
    /// Tax number of the account's owner.
    pub firm: String,
    /// Where the account is held.
    pub secretariat: String,
    /// How much, above zero.
    pub amount: Money,
    /// The bank's reference; books once.
    pub reference: String,
}

impl Store {
    /// Opens an account unless it is open, and gives its number.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn open_account(&self, kind: AccountKind, firm: &str, secretariat: &str) -> Result<i64, StoreError> {
        let ids = self.open_accounts(kind, &BTreeSet::from([(firm, secretariat)])).await?;
        ids.first().copied().ok_or_else(|| StoreError::Missing(format!("there is no account {secretariat}-{firm}")))
    }

    /// Opens those accounts, of firms at secretariats, that are not open, in one transaction; gives their numbers in order.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn open_accounts(
        &self,
        kind: AccountKind,
        accounts: &BTreeSet<(&str, &str)>,
    ) -> Result<Vec<i64>, StoreError> {
        retrying(async || {
            let mut ids = Vec::with_capacity(accounts.len());
            on!(self, store => {
                let mut tx = store.begin().await?;
                for (firm, secretariat) in accounts {
                    sqlx::query(store.text(&OPEN_ACCOUNT)).bind(kind.as_str()).bind(firm).bind(secretariat)
                        .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                    let id: i64 = sqlx::query_scalar(store.text(&ACCOUNT_ID)).bind(kind.as_str()).bind(firm)
                        .bind(secretariat).fetch_one(&mut *tx).await?;
                    ids.push(id);
                }
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(ids)
        })
        .await
    }

    /// The account of a secretariat's fees.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn income_account(&self, secretariat: &str) -> Result<i64, StoreError> {
        self.own_account(AccountKind::Income, "", secretariat).await
    }

    /// Where a secretariat's money comes in: its bank account, or with a word one of the other ways, such as [`CASH`].
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn bank_account(&self, secretariat: &str, way: &str) -> Result<i64, StoreError> {
        self.own_account(AccountKind::Bank, way, secretariat).await
    }

    /// One of a secretariat's own accounts, opened at its first use.
    async fn own_account(&self, kind: AccountKind, part: &str, secretariat: &str) -> Result<i64, StoreError> {
        let standing: Option<i64> = read!(self, store => sqlx::query_scalar(store.text(&ACCOUNT_ID))
            .bind(kind.as_str()).bind(part).bind(secretariat).fetch_optional(store.readers()))?;
        match standing {
            Some(id) => Ok(id),
            None => self.open_account(kind, part, secretariat).await,
        }
    }

    /// The number of a current account.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_account(&self, firm: &str, secretariat: &str) -> Result<Option<i64>, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&ACCOUNT_ID)).bind("current").bind(firm).bind(secretariat)
            .fetch_optional(store.readers()))
    }

    /// What an account holds now; nothing when it is not open. For telling, never for deciding.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn balance(&self, account: i64) -> Result<Money, StoreError> {
        let kurus: Option<i64> = read!(self, store => sqlx::query_scalar(store.text(&BALANCE)).bind(account)
            .fetch_optional(store.readers()))?;
        Ok(kurus.and_then(Money::from_kurus).unwrap_or_default())
    }

    /// Whether a firm's current account pays for a declaration by a commitment of a day.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn is_payer(&self, recorded: &Recorded, firm: &str, day: Date) -> Result<bool, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&IS_PAYER)).bind(&recorded.exporter)
            .bind(&recorded.secretariat).bind(&recorded.declarant).bind(firm).bind(day.to_string())
            .fetch_one(store.readers()))
    }

    /// The current accounts of a firm.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_accounts(&self, firm: &str) -> Result<Vec<Account>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&ACCOUNTS_OF)).bind(firm).fetch_all(store.readers()))
    }

    /// Books deposits, all or none; each reference once (G-48).
    ///
    /// # Errors
    /// `Missing` for an account that is not open, `Conflict` for a reference that booked something else.
    pub async fn deposit(&self, deposits: &[Deposit], ids: &Ids, now: Timestamp) -> Result<Vec<Deposited>, StoreError> {
        let secretariats: BTreeSet<_> = deposits.iter().map(|deposit| ("", deposit.secretariat.as_str())).collect();
        let banks = self.open_accounts(AccountKind::Bank, &secretariats).await?;
        let banks: HashMap<&str, i64> = secretariats.iter().map(|(_, secretariat)| *secretariat).zip(banks).collect();
        retrying(async || {
            let mut results = Vec::new();
            on!(self, store => {
                let mut tx = store.begin().await?;
                let mut events = Vec::new();
                for deposit in deposits {
                    let bank = banks.get(deposit.secretariat.as_str()).copied();
                    let account: Option<i64> = sqlx::query_scalar(store.text(&ACCOUNT_ID)).bind("current")
                        .bind(&deposit.firm).bind(&deposit.secretariat).fetch_optional(&mut *tx).await?;
                    let account = account.ok_or_else(|| StoreError::Missing(
                        format!("there is no current account {}-{}", deposit.secretariat, deposit.firm)))?;
                    let amount = deposit.amount.kurus();
                    let before: Option<(i64, i64)> = sqlx::query_as(store.text(&TRANSFER_BY_REFERENCE))
                        .bind(&deposit.reference).fetch_optional(&mut *tx).await?;
                    if let Some(before) = before {
                        if before != (account, amount) {
                            return Err(StoreError::Conflict(
                                format!("reference {} has booked another account or amount", deposit.reference)));
                        }
                        results.push(Deposited::Before);
                        continue;
                    }
                    sqlx::query(store.text(&BOOK)).bind(ids.next(now)).bind(deposit.kind).bind(bank).bind(account)
                        .bind(amount).bind(&deposit.reference).bind(now.as_microsecond())
                        .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                    sqlx::query(store.text(&CREDIT)).bind(account).bind(amount).execute(&mut *tx).await?;
                    let body = serde_json::json!({ "amount": deposit.amount.to_string(), "reference": deposit.reference });
                    events.push(EventRow::new(ids.next(now), "account.deposited", None, Some(account), now, &body));
                    results.push(Deposited::Booked);
                }
                if !events.is_empty() {
                    save_events!(store, tx, &events);
                }
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(results)
        })
        .await
    }
}
