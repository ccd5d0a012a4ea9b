//! The current accounts of a firm: what is left, what waits to be taken, how money comes in, and what their owner chose.
//!
//! An account is its owner's alone: a declarant that works by a power sees its own accounts, never the exporter's.

use crate::client::{Client, Role};
use crate::forecast::{Outlook, outlook};
use crate::office::Office;
use crate::papers::period;
use crate::status::{Answer, price_today};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::Money;
use ebirlik_domain::time::TURKEY;
use ebirlik_store::accounts::Account;
use ebirlik_store::bank::{Choice, DepositAccount};
use ebirlik_store::feed::AccountLine;
use ebirlik_store::movements::MovementFilter;
use jiff::civil::{Date, date};
use std::collections::BTreeSet;

/// An account as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The account.
    pub account: Account,
    /// How long it lasts.
    pub outlook: Outlook,
    /// What its owner chose.
    pub choice: Choice,
    /// What will be taken of it by itself.
    pub waiting: WaitingDebits,
    /// Where deposits for it are wired to.
    pub deposits: Vec<DepositAccount>,
}

/// Declarations that will be paid out of an account by itself, once it holds enough and it is their turn. Nothing is set
/// aside for them: each is debited whole with its approval, or not at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaitingDebits {
    /// How many.
    pub count: usize,
    /// What they would cost today; those that cannot be priced today are left out.
    pub fees: Money,
    /// There are more than were looked at.
    pub has_more: bool,
}

impl Overview {
    /// What the account holds.
    pub fn balance(&self) -> Money {
        Money::from_kurus(self.account.balance_kurus).unwrap_or_default()
    }

    /// What is left once everything that waits is paid; nothing where it does not suffice.
    pub fn free(&self) -> Money {
        self.balance().checked_sub(self.waiting.fees).unwrap_or_default()
    }

    /// How much everything that waits costs more than there is.
    pub fn missing(&self) -> Money {
        self.waiting.fees.checked_sub(self.balance()).unwrap_or_default()
    }
}

/// The accounts of the client's firm, by secretariat.
///
/// # Errors
/// When the store does not answer.
pub async fn list(office: &Office, client: &Client) -> Result<Vec<Overview>, Fault> {
    let accounts = own_accounts(office, client).await?;
    let deposits = office.store.list_deposit_accounts(office.clock.today()).await?;
    let mut overviews = Vec::with_capacity(accounts.len());
    for account in accounts {
        let here = deposits.iter().filter(|deposit| deposit.secretariat == account.secretariat);
        overviews.push(Overview {
            outlook: outlook(office, &account).await?,
            choice: office.store.find_choice(account.id).await?,
            waiting: waiting_debits(office, &account).await?,
            deposits: here.cloned().collect(),
            account,
        });
    }
    Ok(overviews)
}

/// An account of the client's firm by its name, such as `IMMIB-1234567890`; what belongs to others is none.
///
/// # Errors
/// When the store does not answer.
pub async fn find(office: &Office, client: &Client, name: &str) -> Result<Option<Account>, Fault> {
    Ok(own_accounts(office, client).await?.into_iter().find(|account| account.name() == name))
}

/// Keeps what the owner of an account chose (G-52). Whoever may pay out of an account may choose.
///
/// # Errors
/// When we cannot tell now.
pub async fn choose(office: &Office, client: &Client, name: &str, choice: Choice) -> Result<Answer<Account>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(None, finding)));
    if !client.roles.has(Role::Payer) {
        return refused(Finding::new(Rule::RoleMayNot));
    }
    let Some(account) = find(office, client, name).await? else {
        return refused(Finding::new(Rule::NotFound).value(name.to_owned()));
    };
    let at = (office.ids.as_ref(), office.clock.now());
    office.store.save_choice(account.id, choice, &client.code, at).await?;
    Ok(Answer::Given(account))
}

/// Which lines of an account, by days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The event that moved it; empty is any.
    pub kind: String,
    /// A part of a reference; empty is any.
    pub reference: String,
    /// Else the oldest first.
    pub newest_first: bool,
    /// Lines before these, and how many at most.
    pub page: (u64, u32),
}

/// A line of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The line.
    pub line: AccountLine,
    /// The reference of its declaration, or else of its payment.
    pub reference: Option<String>,
}

impl Movement {
    fn of(line: AccountLine) -> Self {
        let body: serde_json::Value = serde_json::from_str(&line.body).unwrap_or_default();
        let of_payment = || body.get("reference").and_then(serde_json::Value::as_str).map(ToOwned::to_owned);
        Self { reference: line.reference.clone().or_else(of_payment), line }
    }
}

/// The lines of an account between two days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movements {
    /// The lines of this page.
    pub lines: Vec<Movement>,
    /// How many there are.
    pub total: u64,
    /// The balance before the first day.
    pub opening: Money,
    /// The balance after the last day.
    pub closing: Money,
    /// The balance at the end of each day on which it moved.
    pub days: Vec<(Date, Money)>,
}

/// The lines of an account, as its owner looks for them (G-72).
///
/// # Errors
/// When the store does not answer.
pub async fn movements(office: &Office, account: &Account, wanted: &Wanted) -> Result<Movements, Fault> {
    office.catch_up().await?;
    let (start, end) = period(wanted.from, wanted.to);
    let (after, opening) = office.store.balance_before(account.id, start).await?;
    let (last, closing) = office.store.balance_before(account.id, end).await?;
    let filter = MovementFilter { after, last, kind: wanted.kind.clone(), reference: wanted.reference.clone() };
    let (lines, total) = office.store.list_movements(account.id, &filter, wanted.newest_first, wanted.page).await?;
    let days = office.store.list_balances(account.id, (after, last), ZONE_MICROS).await?;
    let money = |kurus| Money::from_kurus(kurus).unwrap_or_default();
    let days = days.into_iter().map(|(day, kurus)| (day_since_1970(day), money(kurus)));
    let lines = lines.into_iter().map(Movement::of).collect();
    Ok(Movements { lines, total, opening: money(opening), closing: money(closing), days: days.collect() })
}

async fn own_accounts(office: &Office, client: &Client) -> Result<Vec<Account>, Fault> {
    if client.firm.is_empty() {
        return Ok(Vec::new());
    }
    let mut accounts = office.store.list_accounts(&client.firm).await?;
    accounts.sort_by(|one, other| one.secretariat.cmp(&other.secretariat));
    Ok(accounts)
}

async fn waiting_debits(office: &Office, account: &Account) -> Result<WaitingDebits, Fault> {
    let today = office.clock.today();
    let waiting = office.store.list_short(&account.secretariat, account.id, today, WAITING_MAX).await?;
    let mut debits = WaitingDebits { has_more: waiting.len() == WAITING_MAX as usize, ..WaitingDebits::default() };
    let mut seen = BTreeSet::new();
    for waiting in waiting {
        // Several commitments of one payer name it several times.
        if seen.insert(waiting.recorded.id) {
            let fee = price_today(office, Some(&waiting.version)).await?.map(|price| price.fee);
            debits.count += 1;
            debits.fees = debits.fees.checked_add(fee.unwrap_or_default()).ok_or(Fault::Unavailable)?;
        }
    }
    Ok(debits)
}

fn day_since_1970(days: i64) -> Date {
    let days = i32::try_from(days).unwrap_or_default();
    date(1970, 1, 1).saturating_add(jiff::Span::new().days(days))
}

/// Declarations that are priced for one account.
const WAITING_MAX: u32 = 100;
/// How far the days of Türkiye begin before those of UTC.
const ZONE_MICROS: i64 = TURKEY.seconds() as i64 * 1_000_000;
