//! Bank statements: what came in, whose it is, and what nobody could tell yet; and what an account's owner chose.
//!
//! A line is known by the digest of its content and its place among equal ones, so the same file twice changes nothing.

use crate::accounts::{BOOK, CREDIT};
use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::events::{EventRow, overtaken, save_events};
use crate::sql::statements;
use crate::{Ids, Store};
use ebirlik_domain::money::Money;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

statements! {
    KNOWN_LINE = "select state from bank_line where secretariat = $1 and line_key = $2";
    SAVE_LINE = "insert into bank_line (secretariat, line_key, booked_on, amount_kurus, bank_reference, text, state,
            account_id, reason, imported_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, '', $9)";
    LINE = "select line_key, booked_on, amount_kurus, bank_reference, text, state, account_id
        from bank_line where secretariat = $1 and line_key = $2";
    UNMATCHED = "select line_key, booked_on, amount_kurus, bank_reference, text, state, account_id
        from bank_line where secretariat = $1 and state = 'unmatched' order by booked_on, line_key limit $2";
    DECIDE_LINE = "update bank_line set state = $3, account_id = $4, decided_by = $5, decided_at = $6, reason = $7
        where secretariat = $1 and line_key = $2 and state = 'unmatched'";
    CHOICE = "select releases, low_balance_kurus from account_choice where account_id = $1";
    SAVE_CHOICE = "insert into account_choice (account_id, releases, low_balance_kurus, changed_by, changed_at)
        values ($1, $2, $3, $4, $5)
        on conflict (account_id) do update set releases = excluded.releases,
            low_balance_kurus = excluded.low_balance_kurus, changed_by = excluded.changed_by,
            changed_at = excluded.changed_at";
    RELEASING = "select account.id, account.firm, account.secretariat, account.balance_kurus
        from account_choice join account on account.id = account_choice.account_id
        where releases = 1 and not exists (select 1 from card_order where state = 'paid' and settled = 0
            and card_order.firm = account.firm and card_order.secretariat = account.secretariat)
        order by account.id";
    DEPOSIT_ACCOUNTS = "select iban, secretariat, bank, valid_from, valid_to from deposit_account
        where valid_from <= $1 and (valid_to = '' or valid_to >= $1) order by secretariat, bank, iban";
    @differ
    SAVE_DEPOSIT_ACCOUNTS = sqlite "insert into deposit_account (iban, secretariat, bank, valid_from, valid_to)
        select value->>'iban', value->>'secretariat', value->>'bank', value->>'valid_from', value->>'valid_to'
        from json_each($1) where true
        on conflict (iban) do update set secretariat = excluded.secretariat, bank = excluded.bank,
            valid_from = excluded.valid_from, valid_to = excluded.valid_to"
    postgres "insert into deposit_account (iban, secretariat, bank, valid_from, valid_to)
        select iban, secretariat, bank, valid_from, valid_to from json_to_recordset($1::json)
            as x(iban text, secretariat text, bank text, valid_from text, valid_to text)
        on conflict (iban) do update set secretariat = excluded.secretariat, bank = excluded.bank,
            valid_from = excluded.valid_from, valid_to = excluded.valid_to";
}

/// Where deposits for a secretariat's current accounts are wired to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct DepositAccount {
    /// Without blanks.
    pub iban: String,
    /// Whose it is.
    pub secretariat: String,
    /// Name of the bank.
    pub bank: String,
    /// First day, `YYYY-MM-DD`.
    pub valid_from: String,
    /// Last day; empty for none.
    pub valid_to: String,
}

/// One line of a bank statement that brought money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankLine {
    /// SHA-256 over what the line says and its place among equal ones, hexadecimal.
    pub key: String,
    /// The bank's day, `YYYY-MM-DD`.
    pub booked_on: String,
    /// How much.
    pub amount: Money,
    /// The bank's own reference; may be empty.
    pub bank_reference: String,
    /// What the sender wrote.
    pub text: String,
    /// The current account that it is for, where the text says so.
    pub account: Option<i64>,
}

/// What became of the lines of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportedLines {
    /// Booked into an account now.
    pub booked: u64,
    /// Kept for a person to decide.
    pub unmatched: u64,
    /// Known from before; nothing changed.
    pub before: u64,
}

/// A line that is kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct KeptLine {
    /// Its key.
    pub line_key: String,
    /// The bank's day.
    pub booked_on: String,
    /// Kuruş.
    pub amount_kurus: i64,
    /// The bank's own reference.
    pub bank_reference: String,
    /// What the sender wrote.
    pub text: String,
    /// `booked`, `unmatched` or `set_aside`.
    pub state: String,
    /// The account that it was booked into.
    pub account_id: Option<i64>,
}

/// What a person decides on a line that nobody could tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineDecision {
    /// It is for this current account.
    Book(i64),
    /// It is no deposit.
    SetAside,
}

/// What the owner of a current account chose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Choice {
    /// Declarations short of money release themselves when money comes.
    pub releases: bool,
    /// A balance below this is told; `None` is the installation's own limit.
    pub low_balance: Option<Money>,
}

impl Store {
    /// Keeps lines of a secretariat's bank statement and books those whose account is known, all or none.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn import_bank_lines(
        &self,
        secretariat: &str,
        lines: &[BankLine],
        ids: &Ids,
        now: Timestamp,
    ) -> Result<ImportedLines, StoreError> {
        let bank = self.bank_account(secretariat, "").await?;
        retrying(async || {
            let mut imported = ImportedLines::default();
            on!(self, store => {
                let mut tx = store.begin().await?;
                let mut events = Vec::new();
                for line in lines {
                    let known: Option<String> = sqlx::query_scalar(store.text(&KNOWN_LINE)).bind(secretariat)
                        .bind(&line.key).fetch_optional(&mut *tx).await?;
                    if known.is_some() {
                        imported.before += 1;
                        continue;
                    }
                    let state = if line.account.is_some() { "booked" } else { "unmatched" };
                    sqlx::query(store.text(&SAVE_LINE)).bind(secretariat).bind(&line.key).bind(&line.booked_on)
                        .bind(line.amount.kurus()).bind(&line.bank_reference).bind(&line.text).bind(state)
                        .bind(line.account).bind(now.as_microsecond())
                        .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                    let Some(account) = line.account else {
                        imported.unmatched += 1;
                        continue;
                    };
                    imported.booked += 1;
                    let reference = transfer_reference(&line.key);
                    sqlx::query(store.text(&BOOK)).bind(ids.next(now)).bind("deposit").bind(bank).bind(account)
                        .bind(line.amount.kurus()).bind(&reference).bind(now.as_microsecond())
                        .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                    sqlx::query(store.text(&CREDIT)).bind(account).bind(line.amount.kurus()).execute(&mut *tx).await?;
                    events.push(deposited(line.amount, &line.bank_reference, &reference, account, None, (ids, now)));
                }
                if !events.is_empty() {
                    save_events!(store, tx, &events);
                }
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(imported)
        })
        .await
    }

    /// Lines of a secretariat that a person must decide on, the oldest first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_unmatched_lines(&self, secretariat: &str, limit: u32) -> Result<Vec<KeptLine>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&UNMATCHED)).bind(secretariat).bind(i64::from(limit))
            .fetch_all(store.readers()))
    }

    /// A line by its key.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_bank_line(&self, secretariat: &str, key: &str) -> Result<Option<KeptLine>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&LINE)).bind(secretariat).bind(key)
            .fetch_optional(store.readers()))
    }

    /// Books or sets aside a line that nobody could tell; false when it was decided before, or is none.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn decide_line(
        &self,
        secretariat: &str,
        key: &str,
        decision: &LineDecision,
        (by, reason): (&str, &str),
        (ids, now): (&Ids, Timestamp),
    ) -> Result<bool, StoreError> {
        let bank = self.bank_account(secretariat, "").await?;
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let (state, account) = match decision {
                    LineDecision::Book(account) => ("booked", Some(*account)),
                    LineDecision::SetAside => ("set_aside", None),
                };
                let decided = sqlx::query(store.text(&DECIDE_LINE)).bind(secretariat).bind(key).bind(state).bind(account)
                    .bind(by).bind(now.as_microsecond()).bind(reason).execute(&mut *tx).await?;
                if decided.rows_affected() != 1 {
                    return Ok(false);
                }
                let line: KeptLine = sqlx::query_as(store.text(&LINE)).bind(secretariat).bind(key)
                    .fetch_one(&mut *tx).await?;
                let event = if let Some(account) = account {
                    let reference = transfer_reference(key);
                    sqlx::query(store.text(&BOOK)).bind(ids.next(now)).bind("deposit").bind(bank).bind(account).bind(line.amount_kurus)
                        .bind(&reference).bind(now.as_microsecond())
                        .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                    sqlx::query(store.text(&CREDIT)).bind(account).bind(line.amount_kurus).execute(&mut *tx).await?;
                    let amount = Money::from_kurus(line.amount_kurus).unwrap_or_default();
                    deposited(amount, &line.bank_reference, &reference, account, Some((by, reason)), (ids, now))
                } else {
                    let body = serde_json::json!({ "line": key, "by": by, "reason": reason });
                    EventRow::new(ids.next(now), "bank.set_aside", None, None, now, &body)
                };
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
                Ok(true)
            })
        })
        .await
    }

    /// Where deposits are wired to on a day, by secretariat.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_deposit_accounts(&self, day: Date) -> Result<Vec<DepositAccount>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&DEPOSIT_ACCOUNTS)).bind(day.to_string())
            .fetch_all(store.readers()))
    }

    /// Adds or changes accounts for deposits, all or none.
    ///
    /// # Errors
    /// When a row cannot be stored.
    pub async fn save_deposit_accounts(&self, rows: &[DepositAccount]) -> Result<(), StoreError> {
        self.save_without_history(&SAVE_DEPOSIT_ACCOUNTS, rows, "clients").await
    }

    /// What an account's owner chose.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_choice(&self, account: i64) -> Result<Choice, StoreError> {
        let row: Option<(i64, Option<i64>)> =
            read!(self, store => sqlx::query_as(store.text(&CHOICE)).bind(account).fetch_optional(store.readers()))?;
        Ok(row.map_or_else(Choice::default, |(releases, low)| Choice {
            releases: releases == 1,
            low_balance: low.and_then(Money::from_kurus),
        }))
    }

    /// Keeps what an account's owner chose.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn save_choice(
        &self,
        account: i64,
        choice: Choice,
        by: &str,
        (ids, now): (&Ids, Timestamp),
    ) -> Result<(), StoreError> {
        let low = choice.low_balance.map(Money::kurus);
        let body = serde_json::json!({
            "releases": choice.releases, "low_balance": choice.low_balance.map(|low| low.to_string()), "by": by,
        });
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&SAVE_CHOICE)).bind(account).bind(i64::from(choice.releases)).bind(low).bind(by)
                    .bind(now.as_microsecond()).execute(&mut *tx).await?;
                let event = EventRow::new(ids.next(now), "account.choice_changed", None, Some(account), now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(())
        })
        .await
    }

    /// Current accounts whose owners chose that waiting declarations release themselves. One that has just got money from
    /// a card waits until what that was for is paid.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_releasing(&self) -> Result<Vec<crate::accounts::Account>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&RELEASING)).fetch_all(store.readers()))
    }
}

/// What books a line only once, also where somebody books it by hand.
fn transfer_reference(key: &str) -> String {
    format!("BANK-{key}")
}

fn deposited(
    amount: Money,
    bank_reference: &str,
    reference: &str,
    account: i64,
    decided: Option<(&str, &str)>,
    (ids, now): (&Ids, Timestamp),
) -> EventRow {
    let shown = if bank_reference.is_empty() { reference } else { bank_reference };
    let mut body = serde_json::json!({ "amount": amount.to_string(), "reference": shown });
    if let (Some((by, reason)), Some(body)) = (decided, body.as_object_mut()) {
        body.insert("by".to_owned(), by.into());
        body.insert("reason".to_owned(), reason.into());
    }
    EventRow::new(ids.next(now), "account.deposited", None, Some(account), now, &body)
}
