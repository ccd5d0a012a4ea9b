//! How does a store look after years? One is filled by the product's own operations, under a clock that runs through
//! the years: every approval is read, checked, priced, debited and given its code, and the audit finds nothing.

use crate::installation::Installation;
use crate::message::{Pool, TEN};
use crate::questions::place_of_exporter;
use anyhow::{Context, Result, bail, ensure};
use ebirlik_domain::bulletin::{Bulletin, ForexRate};
use ebirlik_domain::decision::Decision;
use ebirlik_domain::money::Money;
use ebirlik_domain::time::{Clock, TURKEY};
use ebirlik_message::{RequestFacts, read};
use ebirlik_operations::approve::{Mode, approve};
use ebirlik_operations::sign_in::{Purpose, sign_in};
use ebirlik_operations::{Client, Office, Settings, listing};
use ebirlik_store::Store;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// Makes an installation in a folder and fills its store with so many approvals, spread over the years since [`FIRST`].
pub(crate) fn run(program: &Path, folder: &Path, approvals: u64) -> Result<()> {
    ensure!(!folder.exists(), "{} is there already", folder.display());
    let installation = Installation::new(program, folder)?;
    let started = Instant::now();
    Runtime::new()?.block_on(async {
        let office = fill(&installation, folder, approvals, (FIRST, LAST), |_| Ok(())).await?;
        println!("  approved after {} s", started.elapsed().as_secs());
        follow(&office).await?;
        office.close().await;
        Ok::<_, anyhow::Error>(())
    })?;
    installation.holds(approvals)?;
    let seconds = started.elapsed().as_secs_f64();
    let bytes = installation.store_bytes();
    #[expect(clippy::cast_precision_loss, reason = "counts of one run")]
    let (rate, each) = (approvals as f64 / seconds, bytes as f64 / approvals.max(1) as f64);
    println!("{approvals} approvals in {seconds:.0} s, {rate:.0}/s; {bytes} bytes, {each:.0} for each");
    Ok(())
}

/// What was approved, as customs would tell it.
pub(crate) struct Approved {
    /// The code.
    pub(crate) code: String,
    /// The declarant's reference.
    pub(crate) reference: String,
    /// Exporter's tax number.
    pub(crate) exporter: String,
    /// Total invoice amount.
    pub(crate) total: String,
    /// Its currency.
    pub(crate) currency: String,
    /// Commodity codes of the items, separated by blanks.
    pub(crate) goods: String,
}

/// Fills a store with so many approvals, spread over the days from the first to the last; each is told to `tell`. Gives
/// the office, which is to be closed.
pub(crate) async fn fill(
    installation: &Installation,
    folder: &Path,
    approvals: u64,
    (first, last): (Date, Date),
    mut tell: impl FnMut(Approved) -> Result<()>,
) -> Result<Arc<Office>> {
    let clock = Arc::new(Years(AtomicI64::new(0)));
    clock.turn_to(first, 0)?;
    let settings = Settings {
        keys: folder.join("data/code-keys"),
        keys_passphrase: None,
        low_balance: Money::ZERO,
        two_people_above: Money::ZERO,
        queue: 4 * AT_ONCE,
        batch: AT_ONCE,
        server_salt: 1,
    };
    let store = Store::open(&format!("sqlite:{}", folder.join("ebirlik.db").display())).await?;
    let office = Office::open(store, Arc::clone(&clock) as _, settings).await?;
    let (user, password) = &installation.broker;
    let broker = sign_in(&office, user, password, Purpose::Operate).await.ok().flatten().context("the broker")?;
    let work = Arc::new(Work {
        office,
        broker,
        pool: Pool::new(TEN, ("", "")),
        exporters: Arc::clone(&installation.exporters),
    });
    let days = u64::try_from((last - first).get_days() + 1)?;
    let (mut done, mut told) = (0, 0);
    for day in 0..days {
        let date = first.checked_add(i32::try_from(day)?.days())?;
        clock.turn_to(date, 0)?;
        if day % BULLETIN_DAYS == 0 {
            work.office.store.save_bulletin(&bulletin(date), clock.now().as_microsecond()).await?;
            work.office.refresh().await.ok().context("the store answers")?;
        }
        let until = approvals * (day + 1) / days;
        while done < until {
            let count = (until - done).min(u64::try_from(AT_ONCE)?);
            clock.turn_to(date, i64::try_from(done % 30_000)?)?;
            work.approve(done..done + count).await?.into_iter().try_for_each(&mut tell)?;
            done += count;
        }
        if done * 20 / approvals.max(1) > told {
            told = done * 20 / approvals.max(1);
            println!("  {date}: {done} approvals");
        }
    }
    Ok(Arc::clone(&work.office))
}

/// Gives numbers to what happened and puts it into the lists, as a server did long since.
async fn follow(office: &Office) -> Result<()> {
    let mut followed = 0;
    loop {
        let events = office.number_events().await.ok().context("numbers")?
            + listing::follow(office).await.ok().context("lists")?;
        if events == 0 {
            return Ok(());
        }
        followed += events;
        if followed % FOLLOWED_TOLD < events {
            println!("  {followed} followed");
        }
    }
}

struct Work {
    office: Arc<Office>,
    broker: Client,
    pool: Pool,
    exporters: Arc<Vec<String>>,
}

impl Work {
    /// Approves declarations of these numbers at once.
    async fn approve(self: &Arc<Self>, numbers: std::ops::Range<u64>) -> Result<Vec<Approved>> {
        let mut waiting = JoinSet::new();
        for number in numbers {
            let work = Arc::clone(self);
            waiting.spawn(async move {
                let place = place_of_exporter(number, work.exporters.len());
                let exporter = work.exporters.get(place).context("an exporter")?;
                let message = work.pool.body(number, exporter);
                let declaration = read(message, &RequestFacts::default())?.declaration;
                let text = |entry: &ebirlik_domain::declaration::Entry| entry.text().unwrap_or_default().to_owned();
                let goods: Vec<String> = declaration.items.iter().map(|item| text(&item.gtip)).collect();
                let mut approved = Approved {
                    code: String::new(),
                    reference: text(&declaration.reference),
                    exporter: text(&declaration.exporter),
                    total: text(&declaration.invoice_total),
                    currency: text(&declaration.invoice_currency),
                    goods: goods.join(" "),
                };
                let decided = approve(&work.office, &work.broker, declaration, Mode::Real).await;
                match decided.ok().context("the store answers")? {
                    Decision::Approved(approval) => {
                        approved.code.clone_from(&approval.code);
                        Ok(approved)
                    }
                    other => bail!("declaration {number} is not approved: {other:?}"),
                }
            });
        }
        let mut approved = Vec::new();
        while let Some(done) = waiting.join_next().await {
            approved.push(done??);
        }
        Ok(approved)
    }
}

/// Runs through the years as it is told.
struct Years(AtomicI64);

impl Years {
    /// Some milliseconds after nine o'clock of a day.
    fn turn_to(&self, date: Date, millis: i64) -> Result<()> {
        let morning = TURKEY.to_timestamp(date.at(9, 0, 0, 0))?;
        self.0.store(morning.as_microsecond() + millis * 1_000, Ordering::Relaxed);
        Ok(())
    }
}

impl Clock for Years {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::Relaxed)).unwrap_or_default()
    }
}

/// Rates of a day, near enough to real ones to give ordinary prices.
fn bulletin(date: Date) -> Bulletin {
    let rate = |code: &str, buying: i64| (code.to_owned(), ForexRate { unit: 1, buying: Decimal::new(buying, 4) });
    let rates = BTreeMap::from([rate("USD", 415_012), rate("EUR", 480_345), rate("GBP", 551_200)]);
    Bulletin { date, number: format!("{}/{}", date.year(), date.day_of_year()), rates }
}

/// The first day: the demo's memberships and rates begin the day before.
const FIRST: Date = jiff::civil::date(2024, 1, 2);
const LAST: Date = jiff::civil::date(2026, 11, 20);
/// A bulletin prices ten days at most.
const BULLETIN_DAYS: u64 = 7;
/// Declarations that wait together: the writer's batch.
const AT_ONCE: usize = 256;
/// So many events are followed before it is told.
const FOLLOWED_TOLD: usize = 1_000_000;
