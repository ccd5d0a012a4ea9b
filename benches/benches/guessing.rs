//! Does the time of an answer tell a guesser anything? Good codes, good codes of another declaration and codes never
//! issued, interleaved at random, through `operations::verify` on SQLite; then Welch's t of each pair of kinds.
//!
//! ```text
//! cargo bench -p ebirlik-benches --bench guessing                a million of each kind, some minutes
//! cargo bench -p ebirlik-benches --bench guessing -- --short     a tenth of that
//! ```
//!
//! Ends with 1 where a |t| on trimmed data reaches 4.5. Trimmed: the slowest tenth of all measurements, whatever
//! their kind, is left out on both sides, because it is the machine's (interrupts, other programs) and drowns the rest.
#![expect(clippy::float_arithmetic, reason = "statistics of times; no money here")]
#![expect(clippy::print_stdout, reason = "a bench speaks on standard output")]

use crypto_code::{CryptoCode, Item, KeyRing, Statement};
use ebirlik_domain::decision::Decision;
use ebirlik_domain::money::Money;
use ebirlik_domain::time::Clock;
use ebirlik_domain::verdict::Verdict;
use ebirlik_message::RequestFacts;
use ebirlik_operations::approve::{Mode, approve};
use ebirlik_operations::verify::{Asked, verify};
use ebirlik_operations::{Office, Settings, demo, keys, sign_in};
use ebirlik_store::Store;
use jiff::{Timestamp, civil::date};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let each = if std::env::args().any(|word| word == "--short") { SHORT } else { LONG };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(measure(each))) {
        Ok(worst) if worst < T_MAX => ExitCode::SUCCESS,
        Ok(worst) => {
            eprintln!("times differ: |t| {worst:.2} reaches {T_MAX}");
            ExitCode::FAILURE
        }
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// Measures and prints; gives the largest |t|.
async fn measure(each: usize) -> Outcome<f64> {
    let folder = tempfile::tempdir()?;
    let stage = Stage::set(folder.path()).await?;
    let mut draw = Draw(1);
    let mut samples: [Vec<u32>; 3] = Default::default();
    for _ in 0..WARM_UP {
        stage.time(&mut draw, Kind::Good).await?;
    }
    while samples.iter().any(|sample| sample.len() < each) {
        let kind = *KINDS.get(draw.below(3)).ok_or("three kinds")?;
        let taken = stage.time(&mut draw, kind).await?;
        let sample = samples.get_mut(kind as usize).ok_or("three kinds")?;
        if sample.len() < each {
            sample.push(taken);
        }
    }
    stage.office.close().await;
    let mut all: Vec<u32> = samples.iter().flatten().copied().collect();
    all.sort_unstable();
    let last = *all.get(all.len() / 10 * 9).ok_or("measurements")?;
    let whole = samples.each_ref().map(|sample| Moments::of(sample, u32::MAX));
    let trimmed = samples.each_ref().map(|sample| Moments::of(sample, last));
    for ((kind, moments), all) in KINDS.iter().zip(&trimmed).zip(&whole) {
        let Moments { count, mean, variance } = moments;
        println!("{kind:?}: {count} of {} kept, mean {mean:.0} ns, deviation {:.0} ns", all.count, variance.sqrt());
    }
    let mut worst = 0.0_f64;
    for (left, right) in [(0, 1), (0, 2), (1, 2)] {
        let of = |moments: &[Moments; 3]| Some(moments.get(left)?.t(moments.get(right)?));
        let (raw, t) = (of(&whole).unwrap_or(f64::NAN), of(&trimmed).unwrap_or(f64::NAN));
        let name = |at: usize| KINDS.get(at).map_or_else(String::new, |kind| format!("{kind:?}"));
        println!("{} against {}: t {t:.2} (untrimmed {raw:.2})", name(left), name(right));
        worst = worst.max(t.abs());
    }
    Ok(worst)
}

/// What a guesser may hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Good,
    WrongDeclaration,
    NotIssued,
}

/// An office with some approvals.
struct Stage {
    office: Arc<Office>,
    /// References and codes.
    issued: Vec<(String, String)>,
    /// A ring of another key: its codes are well formed and never ours.
    stranger: KeyRing,
}

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        NOW.parse().expect("an instant")
    }
}

impl Stage {
    async fn set(folder: &Path) -> Outcome<Self> {
        let ring = folder.join("keys");
        keys::generate(&ring, &[7; 32], date(2026, 1, 1))?;
        let low_balance = Money::parse("1000").ok_or("money")?;
        let settings = Settings {
            keys: ring,
            keys_passphrase: None,
            low_balance,
            two_people_above: Money::ZERO,
            queue: 4_096,
            batch: 256,
            server_salt: 1,
        };
        let store = Store::open(&format!("sqlite:{}", folder.join("store.sqlite").display())).await?;
        let office = Office::open(store, Arc::new(StoppedClock), settings).await?;
        demo::seed(&office).await?;
        let broker = sign_in::sign_in(&office, "broker1", "demo-broker1", sign_in::Purpose::Operate).await?;
        let broker = broker.ok_or("the demo's broker signs in")?;
        let mut issued = Vec::new();
        for number in 0..ISSUED {
            let reference = format!("GUESS-{number:06}");
            let message = MESSAGE.replace("BRK-2026-0042", &reference);
            let read = ebirlik_message::read(message.as_bytes(), &RequestFacts::default())
                .map_err(|flaw| format!("{flaw:?}"))?;
            match approve(&office, &broker, read.declaration, Mode::Real).await? {
                Decision::Approved(approval) => issued.push((reference, approval.code.clone())),
                other => return Err(format!("not approved: {other:?}").into()),
            }
        }
        Ok(Self { office, issued, stranger: KeyRing::generate(&[8; 32], "2026-01-01")? })
    }

    /// Nanoseconds of one verification, from the question to the end of the answer's life.
    async fn time(&self, draw: &mut Draw, kind: Kind) -> Outcome<u32> {
        let place = draw.below(self.issued.len());
        let elsewhere = (place + 1 + draw.below(self.issued.len() - 1)) % self.issued.len();
        let (reference, code) = self.issued.get(place).ok_or("an approval")?;
        let (other, _) = self.issued.get(elsewhere).ok_or("an approval")?;
        // All are drawn in each case, so that they come to the caches alike.
        let guess = self.guess(draw.next())?;
        let (code, reference, expected) = match kind {
            Kind::Good => (code.as_str(), reference, Verdict::Valid),
            Kind::WrongDeclaration => (code.as_str(), other, Verdict::WrongDeclaration),
            Kind::NotIssued => (guess.as_str(), reference, Verdict::NotIssued),
        };
        let asked =
            [Asked { code: code.to_owned(), reference: Some(reference.clone()), exporter: Some(EXPORTER.to_owned()) }];
        let start = Instant::now();
        let answers = verify(&self.office, &asked).await?;
        let verdict = answers.first().map(|answer| answer.verdict);
        drop(answers);
        let taken = start.elapsed();
        if verdict != Some(expected) {
            return Err(format!("{kind:?} is {verdict:?}").into());
        }
        Ok(u32::try_from(taken.as_nanos()).unwrap_or(u32::MAX))
    }

    fn guess(&self, number: u64) -> Outcome<CryptoCode> {
        let amount = number.to_string();
        let item = Item { number: 1, gtip: "610910000011", net_weight: "600", amount: &amount, currency: "USD" };
        let statement = Statement {
            declarant: "9876543217",
            reference: "BRK-2026-0042",
            exporter: EXPORTER,
            secretariat: "IMMIB",
            office: "341300",
            regime: "1000",
            destination: "004",
            invoice_total: &amount,
            invoice_currency: "USD",
            items: vec![item],
        };
        Ok(self.stranger.issue(&statement.to_bytes()?, 0))
    }
}

/// Count, mean and variance of a sample.
struct Moments {
    count: usize,
    mean: f64,
    variance: f64,
}

impl Moments {
    /// Of the measurements that took no longer than `last`.
    fn of(sample: &[u32], last: u32) -> Self {
        let (mut count, mut mean, mut squares) = (0_u32, 0.0, 0.0);
        for &taken in sample.iter().filter(|taken| **taken <= last) {
            count += 1;
            let distance = f64::from(taken) - mean;
            mean += distance / f64::from(count);
            squares += distance * (f64::from(taken) - mean);
        }
        let variance = squares / f64::from(count.saturating_sub(1).max(1));
        Self { count: usize::try_from(count).unwrap_or_default(), mean, variance }
    }

    /// Welch's t.
    fn t(&self, other: &Self) -> f64 {
        let share = |moments: &Self| moments.variance / f64::from(u32::try_from(moments.count).unwrap_or(u32::MAX));
        (self.mean - other.mean) / (share(self) + share(other)).sqrt()
    }
}

/// Seeded drawing by `SplitMix64`.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(1).max(1);
        usize::try_from(self.next() % end).unwrap_or_default()
    }
}

const KINDS: [Kind; 3] = [Kind::Good, Kind::WrongDeclaration, Kind::NotIssued];
const MESSAGE: &str = include_str!("../../fixtures/first/declaration.xml");
const NOW: &str = "2026-11-21T11:03:22.123Z";
const EXPORTER: &str = "1234567890";
/// Approvals in the store.
const ISSUED: usize = 2_000;
const WARM_UP: usize = 5_000;
/// Of each kind.
const LONG: usize = 1_000_000;
const SHORT: usize = 100_000;
/// The customary limit: above it, times are said to differ. Source: dudect (Reparaz, Balasch, Verbauwhede 2017).
const T_MAX: f64 = 4.5;
