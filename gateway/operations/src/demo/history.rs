//! Two years of invented history for forty firms, so that the demo's portal is lived in.
//!
//! The product's own operations make it, under a clock that runs through the years: every declaration is read, checked,
//! priced, debited and given its code, and what customs and staff do afterwards is done. The same day gives the same
//! history. Its firms are others than those that [`super::Cast`] tells of.

use super::queues::Queues;
use super::trade::{PAYERS, Trade, dice, reference, registration_no};
use super::{DemoError, cell, load, rows};
use crate::cases::{Act, Effect, Proposal, propose};
use crate::customs::{Presentation, exit, register};
use crate::import::Kind;
use crate::money::deposit;
use crate::refund::Application;
use crate::withdraw::withdraw;
use crate::{Client, Office};
use ebirlik_domain::bulletin::{Bulletin, ForexRate};
use ebirlik_domain::decision::{Approval, Awaits, Decision};
use ebirlik_domain::money::Money;
use ebirlik_domain::time::{Clock, TURKEY};
use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that is turned by hand.
#[derive(Debug, Default)]
pub struct Years(AtomicI64);

impl Years {
    /// To an instant.
    pub fn turn_to(&self, now: Timestamp) {
        self.0.store(now.as_microsecond(), Ordering::Relaxed);
    }

    pub(super) fn turn_to_minute(&self, date: Date, minute: i64) {
        let morning = TURKEY.to_timestamp(date.at(8, 30, 0, 0)).unwrap_or_default();
        self.turn_to(morning.checked_add(minute.minutes()).unwrap_or(morning));
    }
}

impl Clock for Years {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::Relaxed)).unwrap_or_default()
    }
}

/// Who signs in for the firms of the history.
pub(super) static USERS: &str = include_str!("../../../../fixtures/demo/history/users.csv");

/// The history's files in the order of their references to one another.
static FILES: [(Kind, &str); 6] = [
    (Kind::Firms, include_str!("../../../../fixtures/demo/history/firms.csv")),
    (Kind::Memberships, include_str!("../../../../fixtures/demo/history/memberships.csv")),
    (Kind::Commitments, include_str!("../../../../fixtures/demo/history/commitments.csv")),
    (Kind::Powers, include_str!("../../../../fixtures/demo/history/powers.csv")),
    (Kind::Payers, PAYERS),
    (Kind::Users, USERS),
];

/// Who signs in for the firms of the history, and for whom, in the order of the file.
pub fn users() -> Vec<(String, String)> {
    let whom = |row: &BTreeMap<String, String>| {
        let firm = cell(row, "firm");
        let title = rows(FILES[0].1).into_iter().find(|row| cell(row, "tax_no") == firm);
        let of_staff = Some(cell(row, "secretariat")).filter(|code| !code.is_empty());
        title.map_or_else(
            || of_staff.unwrap_or("runs the installation").to_owned(),
            |row| cell(&row, "title").to_owned(),
        )
    };
    rows(USERS).iter().map(|row| (cell(row, "user").to_owned(), whom(row))).collect()
}

/// What was approved and waits for customs.
struct Sent {
    trade: usize,
    number: u64,
    approval: Approval,
}

pub(super) struct Tale<'o> {
    pub(super) office: &'o Office,
    pub(super) years: &'o Years,
    pub(super) trades: Vec<Trade>,
    pub(super) customs: Client,
    /// Declarations so far.
    pub(super) number: u64,
}

/// Tells the history into an empty store, up to the day before today; `years` is the office's clock and stands at that
/// day's evening afterwards.
///
/// # Errors
/// When the store fails.
pub(super) async fn tell(office: &Office, years: &Years, today: Date) -> Result<(), DemoError> {
    let first = today.checked_sub(DAYS.days()).unwrap_or(today);
    years.turn_to_minute(first, 0);
    for (kind, text) in FILES {
        load(office, kind, text).await?;
    }
    office.refresh().await?;
    let mut tale = Tale { office, years, trades: Trade::read(office).await?, customs: officer(), number: 0 };
    let mut queues = Queues::of(&tale.trades, today);
    let mut waiting: Vec<Sent> = Vec::new();
    for day in 0..DAYS {
        let date = first.checked_add(day.days()).unwrap_or(today);
        tale.morning(date, day).await?;
        for sent in std::mem::take(&mut waiting) {
            tale.customs(date, sent).await?;
        }
        waiting = tale.day(date, day).await?;
        queues.fill(&mut tale, date, DAYS - day).await?;
    }
    Ok(())
}

impl Tale<'_> {
    /// A bulletin a week, deposits a quarter.
    async fn morning(&self, date: Date, day: i64) -> Result<(), DemoError> {
        self.years.turn_to_minute(date, 0);
        if day % BULLETIN_DAYS == 0 {
            let now = self.office.clock.now().as_microsecond();
            self.office.store.save_bulletin(&bulletin(date, day), now).await?;
            self.office.refresh().await?;
        }
        if day % QUARTER == 0 {
            let mut sums: BTreeMap<String, u64> = BTreeMap::new();
            for trade in &self.trades {
                *sums.entry(trade.account()).or_default() += trade.deposit(day);
            }
            sums.retain(|_, lira| *lira > 0);
            for (account, lira) in sums {
                let kurus = i64::try_from(lira * 100).unwrap_or_default();
                let amount = Money::from_kurus(kurus).unwrap_or_default();
                let reference = format!("EFT-{}-{account}", date.strftime("%Y%m%d"));
                // Accounts are those of the payers' file; one that is not there has nothing to pay.
                let _ = deposit(self.office, &account, amount, &reference).await;
            }
        }
        Ok(())
    }

    /// The declarations of a day; what was approved goes to customs on the next.
    async fn day(&mut self, date: Date, day: i64) -> Result<Vec<Sent>, DemoError> {
        let mut sent = Vec::new();
        if date.weekday() == Weekday::Sunday {
            return Ok(sent);
        }
        for place in 0..self.trades.len() {
            let Some(trade) = self.trades.get(place) else { break };
            let dice = dice(place as u64, day.unsigned_abs());
            if dice % WORKING_DAYS >= trade.a_month {
                continue;
            }
            self.number += 1;
            self.years.turn_to_minute(date, 10 + (dice >> 8).cast_signed().rem_euclid(500));
            let declaration = trade.declaration(&reference(date, self.number), self.number, dice)?;
            let decided = trade.send(self.office, declaration).await?;
            let is_at_desk = matches!(&decided, Decision::Pending(pending) if pending.awaits == Awaits::Desk);
            let decision = if is_at_desk && day < DAYS - AT_DESK_DAYS {
                self.release(trade, date).await?.unwrap_or(decided)
            } else {
                decided
            };
            if let Decision::Approved(approval) = decision {
                sent.push(Sent { trade: place, number: self.number, approval: (*approval).clone() });
            }
        }
        Ok(sent)
    }

    /// The desk lets the last declaration pass.
    async fn release(&self, trade: &Trade, date: Date) -> Result<Option<Decision>, DemoError> {
        let proposal = Proposal {
            declarant: trade.declarant.clone(),
            reference: reference(date, self.number),
            act: Act::Release { version: None },
            reason: "Kayda bağlı ihracat belgesi görüldü".to_owned(),
            proof: String::new(),
        };
        let done = propose(self.office, &trade.staff, proposal).await?.given().ok();
        Ok(done.and_then(|done| match done.effect {
            Some(Effect::Released(decision)) => Some(decision),
            _ => None,
        }))
    }

    /// What becomes of an approval on the next day: nearly always it is registered and leaves.
    async fn customs(&self, date: Date, sent: Sent) -> Result<(), DemoError> {
        let Some(trade) = self.trades.get(sent.trade) else { return Ok(()) };
        let reference = sent.approval.reference.clone();
        self.years.turn_to_minute(date, 30 + (sent.number * 37).cast_signed() % 420);
        match sent.number % 100 {
            // Given up before customs, and the fee asked back.
            3 | 47 => {
                withdraw(self.office, &trade.broker, &reference, None).await?;
                self.act(
                    trade,
                    &reference,
                    Act::Refund(Application {
                        confirmation: format!(
                            "İhracat gerçekleşmedi, {} tarihli gümrük yazısı",
                            date.strftime("%d.%m.%Y")
                        ),
                        ..Application::default()
                    }),
                )
                .await
            }
            61 => self.act(trade, &reference, Act::Cancel).await,
            // Never presented: the month's match finds it.
            79 => Ok(()),
            _ => {
                let registration_no = registration_no(date, &trade.office, sent.number);
                let asked = Presentation {
                    code: sent.approval.code.clone(),
                    registration_no: registration_no.clone(),
                    reference,
                    exporter: trade.exporter.clone(),
                };
                register(self.office, &self.customs, &asked).await?;
                exit(self.office, &self.customs, &registration_no).await?;
                Ok(())
            }
        }
    }

    async fn act(&self, trade: &Trade, reference: &str, act: Act) -> Result<(), DemoError> {
        let proposal = Proposal {
            declarant: trade.declarant.clone(),
            reference: reference.to_owned(),
            act,
            reason: "Alıcı siparişten vazgeçti".to_owned(),
            proof: format!("Dilekçe {reference}"),
        };
        propose(self.office, &trade.staff, proposal).await?;
        Ok(())
    }
}

/// The officer of the history; it signs in nowhere.
fn officer() -> Client {
    Client {
        code: "customs".to_owned(),
        firm: String::new(),
        secretariat: String::new(),
        roles: crate::Roles::default().with(crate::Role::Customs),
    }
}

/// Illustrative rates that rise through the two years. The number within the year is one that the bank never gives.
fn bulletin(date: Date, day: i64) -> Bulletin {
    let rate = |code: &str, first: i64, a_day: i64| {
        let wobble = dice(first.unsigned_abs(), day.unsigned_abs()).cast_signed().rem_euclid(2_000);
        (code.to_owned(), ForexRate { unit: 1, buying: Decimal::new(first + a_day * day + wobble, 4) })
    };
    let rates = BTreeMap::from([rate("USD", 342_000, 100), rate("EUR", 365_000, 165), rate("GBP", 435_000, 165)]);
    Bulletin { date, number: format!("{}/0", date.year()), rates }
}

/// Two years.
const DAYS: i64 = 730;
/// A bulletin prices ten days at most.
const BULLETIN_DAYS: i64 = 7;
pub(super) const QUARTER: i64 = 91;
/// What the desk has not looked at yet, in days before the end.
const AT_DESK_DAYS: i64 = 10;
/// Of a month.
const WORKING_DAYS: u64 = 26;
