//! When does an account run out, if it goes on as it did?

use crate::office::Office;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::money::Money;
use ebirlik_domain::time::{TURKEY, day_of};
use ebirlik_store::accounts::Account;
use jiff::civil::Date;
use jiff::{Span, Timestamp};

/// How an account is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// It holds less than its owner, or else the installation, wants to be told of (G-52).
    pub is_low: bool,
    /// Below this it counts as low: its owner's limit, or else the installation's.
    pub limit: Money,
    /// What it spent in the days looked at.
    pub spent: Money,
    /// How many days these are, today included.
    pub days: u32,
    /// What it spent a day, on average.
    pub daily: Money,
    /// The day on which it runs out; `None` when it spent nothing, or lasts longer than a year.
    pub runs_out_on: Option<Date>,
    /// Declarations short of money release themselves when money comes.
    pub releases: bool,
}

/// From the account's own history of the last four weeks, or less where it is younger.
///
/// # Errors
/// When the store does not answer.
pub async fn outlook(office: &Office, account: &Account) -> Result<Outlook, Fault> {
    let (now, choice) = (office.clock.now(), office.store.find_choice(account.id).await?);
    let since = day_of(now).saturating_sub(Span::new().days(DAYS));
    let since = TURKEY.to_timestamp(since.at(0, 0, 0, 0)).unwrap_or(now);
    let (spent, first) = office.store.spent_since(account.id, since.as_microsecond()).await?;
    let first = Timestamp::from_microsecond(first).unwrap_or(now).max(since);
    let days = (day_of(now) - day_of(first)).get_days().max(0) + 1;
    let daily = spent / i64::from(days);
    let last_days = account.balance_kurus.checked_div(daily).and_then(|days| i32::try_from(days).ok());
    let runs_out_on = last_days
        .filter(|days| spent > 0 && *days <= DAYS_TOLD)
        .map(|days| day_of(now).saturating_add(Span::new().days(days)));
    let limit = choice.low_balance.unwrap_or(office.low_balance());
    Ok(Outlook {
        is_low: account.balance_kurus < limit.kurus(),
        limit,
        spent: Money::from_kurus(spent).unwrap_or_default(),
        days: days.unsigned_abs(),
        daily: Money::from_kurus(daily).unwrap_or_default(),
        runs_out_on,
        releases: choice.releases,
    })
}

/// Days of history that count.
const DAYS: i32 = 28;
/// Beyond a year nobody plans by it.
const DAYS_TOLD: i32 = 366;
