//! Two years of invented history for forty firms, so that the demo's portal is lived in.
//!
//! The product's own operations make it, under a clock that runs through the years: every declaration is read, checked,
//! priced, debited and given its code, and what customs and staff do afterwards is done. The same day gives the same
//! history. Its firms and secretariats are others than those that [`super::Cast`] tells of.

use super::{DemoError, cell, load, rows};
use crate::approve::{Mode, approve};
use crate::cases::{Act, Effect, Proposal, propose};
use crate::customs::{Presentation, exit, register};
use crate::import::Kind;
use crate::money::deposit;
use crate::refund::Application;
use crate::sign_in::find_client;
use crate::withdraw::withdraw;
use crate::{Client, Office};
use ebirlik_domain::bulletin::{Bulletin, ForexRate};
use ebirlik_domain::decision::{Approval, Awaits, Decision, Fault};
use ebirlik_domain::money::Money;
use ebirlik_domain::time::{Clock, TURKEY};
use ebirlik_message::{RequestFacts, read};
use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that is turned by hand.
#[derive(Debug, Default)]
pub struct Years(AtomicI64);

impl Years {
    /// To an instant.
    pub fn turn_to(&self, now: Timestamp) {
        self.0.store(now.as_microsecond(), Ordering::Relaxed);
    }

    fn turn_to_minute(&self, date: Date, minute: i64) {
        let morning = TURKEY.to_timestamp(date.at(8, 30, 0, 0)).unwrap_or_default();
        self.turn_to(morning.checked_add(minute.minutes()).unwrap_or(morning));
    }
}

impl Clock for Years {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::Relaxed)).unwrap_or_default()
    }
}

static TRADE: &str = include_str!("../../../../fixtures/demo/history/trade.csv");
/// Who signs in for the firms of the history.
pub(super) static USERS: &str = include_str!("../../../../fixtures/demo/history/users.csv");

/// The history's files in the order of their references to one another.
static FILES: [(Kind, &str); 6] = [
    (Kind::Firms, include_str!("../../../../fixtures/demo/history/firms.csv")),
    (Kind::Memberships, include_str!("../../../../fixtures/demo/history/memberships.csv")),
    (Kind::Commitments, include_str!("../../../../fixtures/demo/history/commitments.csv")),
    (Kind::Powers, include_str!("../../../../fixtures/demo/history/powers.csv")),
    (Kind::Payers, include_str!("../../../../fixtures/demo/history/payers.csv")),
    (Kind::Users, USERS),
];

/// Who signs in for the firms of the history, and for whom, in the order of the file.
pub fn users() -> Vec<(String, String)> {
    let whom = |row: &BTreeMap<String, String>| {
        let firm = cell(row, "firm");
        let title = rows(FILES[0].1).into_iter().find(|row| cell(row, "tax_no") == firm);
        title.map_or_else(|| cell(row, "secretariat").to_owned(), |row| cell(&row, "title").to_owned())
    };
    rows(USERS).iter().map(|row| (cell(row, "user").to_owned(), whom(row))).collect()
}

/// What an exporter sends again and again.
struct Trade {
    exporter: String,
    secretariat: String,
    declarant: String,
    office: String,
    gtip: String,
    /// Of one declaration, about, in units of the currency.
    amount: u64,
    currency: String,
    countries: Vec<String>,
    a_month: u64,
    broker: Client,
    staff: Client,
}

/// What was approved and waits for customs.
struct Sent {
    trade: usize,
    number: u64,
    approval: Approval,
}

struct Tale<'o> {
    office: &'o Office,
    years: &'o Years,
    trades: Vec<Trade>,
    customs: Client,
    /// Declarations so far.
    number: u64,
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
    let mut tale = Tale { office, years, trades: Vec::new(), customs: officer(), number: 0 };
    tale.trades = tale.read_trades().await?;
    let mut waiting: Vec<Sent> = Vec::new();
    for day in 0..DAYS {
        let date = first.checked_add(day.days()).unwrap_or(today);
        tale.morning(date, day).await?;
        for sent in std::mem::take(&mut waiting) {
            tale.customs(date, sent).await?;
        }
        waiting = tale.day(date, day).await?;
    }
    Ok(())
}

impl Tale<'_> {
    async fn read_trades(&self) -> Result<Vec<Trade>, DemoError> {
        let mut users = BTreeMap::new();
        for row in rows(USERS) {
            let code = cell(&row, "user");
            let client = find_client(self.office, code).await?.ok_or_else(|| DemoError::Missing(code.to_owned()))?;
            let whose = format!("{}{}", client.firm, client.secretariat);
            users.entry(whose).or_insert(client);
        }
        let client = |whose: &str| users.get(whose).cloned().ok_or_else(|| DemoError::Missing(whose.to_owned()));
        let trades = rows(TRADE).into_iter().map(|row| {
            let text = |column: &str| cell(&row, column).to_owned();
            let number = |column: &str| cell(&row, column).parse().unwrap_or(1);
            Ok(Trade {
                exporter: text("exporter"),
                broker: client(cell(&row, "declarant"))?,
                staff: client(cell(&row, "secretariat"))?,
                secretariat: text("secretariat"),
                declarant: text("declarant"),
                office: text("office"),
                gtip: text("gtip"),
                amount: number("amount"),
                currency: text("currency"),
                countries: cell(&row, "countries").split(' ').map(str::to_owned).collect(),
                a_month: number("a_month"),
            })
        });
        trades.collect()
    }

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
                let payer = if is_paid_by_broker(&trade.exporter) { &trade.declarant } else { &trade.exporter };
                *sums.entry(format!("{}-{payer}", trade.secretariat)).or_default() += trade.deposit(day);
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
            let message = trade.message(self.number, date, dice);
            let declaration = read(message.as_bytes(), &RequestFacts::default()).map_err(|_| Fault::Unavailable)?;
            let decided = approve(self.office, &trade.broker, declaration.declaration, Mode::Real).await?;
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
                let year = date.year().rem_euclid(100);
                let registration_no = format!("{year:02}{}EX{:08}", trade.office, sent.number);
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

impl Trade {
    /// About what the exporter's fees come to in a quarter, in whole lira, rounded up to thousands. Some put in less
    /// towards the end, so that declarations wait for money.
    fn deposit(&self, day: i64) -> u64 {
        let lira = self.amount * 45 * self.a_month * 3 * 8 / 10_000;
        let is_scarce = self.exporter.ends_with(['4', '8']);
        let part = match day {
            0..LAST_QUARTER => 11,
            LAST_QUARTER.. if !is_scarce => 11,
            LAST_QUARTER => 3,
            _ => 0,
        };
        (lira * part / 10).div_ceil(1_000) * 1_000
    }

    fn message(&self, number: u64, date: Date, dice: u64) -> String {
        let countries = self.countries.len().max(1) as u64;
        let country = self.countries.get(usize::try_from(dice / 7 % countries).unwrap_or_default());
        // Growth of a tenth a year, and a quarter up or down.
        let amount = self.amount * (75 + dice / 11 % 50) / 100 * (100 + number / 190) / 100;
        let items = 1 + dice / 13 % 3;
        let mut goods = String::new();
        for item in 1..=items {
            let share = amount / items;
            let share = if item == items { amount - share * (items - 1) } else { share };
            let _ = write!(
                goods,
                "<kalem><Gtip>{}</Gtip><Kalem_sira_no>{item}</Kalem_sira_no><Mensei_ulke>052</Mensei_ulke>\
                 <Brut_agirlik>{}</Brut_agirlik><Net_agirlik>{}</Net_agirlik><Fatura_miktari>{share}.00</Fatura_miktari>\
                 <Fatura_miktarinin_dovizi>{}</Fatura_miktarinin_dovizi></kalem>",
                self.gtip,
                share / 3 + 20,
                share / 3 + 5,
                self.currency
            );
        }
        format!(
            "<BirlikOnayTalebi xmlns=\"urn:ebirlik:onay:1\"><GenelSekreterlik>{}</GenelSekreterlik>\
             <Odeme>CARI_HESAP</Odeme><Gelen><BeyannameBilgi><Rejim>1000</Rejim><GUMRUK>{}</GUMRUK>\
             <Referans_no>{}</Referans_no><Gidecegi_ulke>{}</Gidecegi_ulke><Teslim_sekli>FOB</Teslim_sekli>\
             <Toplam_fatura>{amount}.00</Toplam_fatura><Toplam_fatura_dovizi>{}</Toplam_fatura_dovizi>\
             <Gonderici_vergi_no>{}</Gonderici_vergi_no><Beyan_sahibi_vergi_no>{}</Beyan_sahibi_vergi_no>\
             <Kalemler>{goods}</Kalemler></BeyannameBilgi></Gelen></BirlikOnayTalebi>",
            self.secretariat,
            self.office,
            reference(date, number),
            country.map_or("004", String::as_str),
            self.currency,
            self.exporter,
            self.declarant,
        )
    }
}

fn reference(date: Date, number: u64) -> String {
    format!("{}-{number:05}", date.strftime("%y"))
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

/// Whether the payers' file names the broker.
fn is_paid_by_broker(exporter: &str) -> bool {
    rows(FILES[4].1).iter().any(|row| cell(row, "exporter") == exporter && cell(row, "payer") != exporter)
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

/// An even number for a place and a day, always the same (the function of `SplitMix64`).
fn dice(place: u64, day: u64) -> u64 {
    let mut mixed = (place << 32 | day).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x2545_f491_4f6c_dd1d);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// Two years.
const DAYS: i64 = 730;
/// A bulletin prices ten days at most.
const BULLETIN_DAYS: i64 = 7;
const QUARTER: i64 = 91;
/// The last day of deposits but one.
const LAST_QUARTER: i64 = 7 * QUARTER;
/// What the desk has not looked at yet, in days before the end.
const AT_DESK_DAYS: i64 = 10;
/// Of a month.
const WORKING_DAYS: u64 = 26;
