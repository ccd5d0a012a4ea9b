//! What do the parts cost? Reading XML of 1, 10 and 400 items and a CUSDEC, pricing, the writer's approvals, issuing and parsing a
//! code.

use crypto_code::{CryptoCode, Item, KeyRing, Statement};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use ebirlik_domain::authority::{AuthorisedDeclaration, AuthorityFacts, authorise};
use ebirlik_domain::check::check;
use ebirlik_domain::decision::Decision;
use ebirlik_domain::money::Money;
use ebirlik_domain::price::price;
use ebirlik_domain::time::Clock;
use ebirlik_message::{RequestFacts, edifact, read};
use ebirlik_operations::approve::{Mode, approve};
use ebirlik_operations::sign_in::{Purpose, sign_in};
use ebirlik_operations::{Client, Office, Settings, demo, keys};
use ebirlik_store::Store;
use jiff::Timestamp;
use jiff::civil::date;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

const ITEMS: [usize; 3] = [1, 10, 400];

/// The customs message with the first so many of its four hundred items, each of about 2 KB.
fn message(items: usize) -> String {
    let whole = include_str!("../../fixtures/bilge/four-hundred-items/request.xml");
    let (head, rest) = whole.split_once("<kalem>").expect("items");
    let (kept, tail) = rest.rsplit_once("</kalem>").expect("items");
    let kept: Vec<&str> = kept.split("<kalem>").take(items).collect();
    format!("{head}<kalem>{}</kalem>{tail}", kept.join("<kalem>").trim_end().trim_end_matches("</kalem>"))
}

#[divan::bench(args = ITEMS)]
fn read_items(bencher: Bencher<'_, '_>, items: usize) {
    let message = message(items);
    let declaration = read(message.as_bytes(), &RequestFacts::default()).expect("it is sound").declaration;
    assert_eq!(declaration.items.len(), items);
    bencher
        .counter(BytesCount::new(message.len()))
        .bench(|| black_box(read(black_box(message.as_bytes()), &RequestFacts::default()).is_ok()));
}

#[divan::bench(args = ITEMS)]
fn price_items(bencher: Bencher<'_, '_>, items: usize) {
    let Stage { office, runtime, .. } = &*STAGE;
    let (rules, today) = (office.rules(), office.clock.today());
    let bulletin = runtime.block_on(office.bulletin_on(today)).expect("the store answers");
    let authorised: AuthorisedDeclaration = {
        let declaration = read(message(items).as_bytes(), &RequestFacts::default()).expect("it is sound").declaration;
        let checked = check(declaration, &rules, today, &mut Vec::new());
        authorise(checked, &AuthorityFacts::default(), "9876543217", &rules, today, &mut Vec::new())
    };
    let mut findings = Vec::new();
    let priced = price(authorised.clone(), bulletin.as_deref(), &rules, today, &mut findings);
    assert!(priced.is_ok_and(|priced| priced.is_some()), "{findings:?}");
    bencher
        .counter(ItemsCount::new(items))
        .with_inputs(|| authorised.clone())
        .bench_values(|authorised| price(authorised, bulletin.as_deref(), &rules, today, &mut Vec::new()));
}

/// Approvals at once, durable in an SQLite file: what the writer makes of so many that wait.
#[divan::bench(args = [1, 64, 256], sample_count = 20, sample_size = 1)]
fn writer(bencher: Bencher<'_, '_>, at_once: usize) {
    static NUMBERS: AtomicU64 = AtomicU64::new(0);
    let Stage { office, runtime, broker, .. } = &*STAGE;
    let text = include_str!("../../fixtures/first/declaration.xml");
    let declarations = || {
        let next = |_| {
            let reference = format!("PART-{:08}", NUMBERS.fetch_add(1, Ordering::Relaxed));
            let message = text.replace("BRK-2026-0042", &reference);
            read(message.as_bytes(), &RequestFacts::default()).expect("it is sound").declaration
        };
        (0..at_once).map(next).collect::<Vec<_>>()
    };
    bencher.counter(ItemsCount::new(at_once)).with_inputs(declarations).bench_values(|declarations| {
        runtime.block_on(async {
            let mut waiting = tokio::task::JoinSet::new();
            for declaration in declarations {
                let (office, broker) = (Arc::clone(office), broker.clone());
                waiting.spawn(async move { approve(&office, &broker, declaration, Mode::Real).await });
            }
            while let Some(decided) = waiting.join_next().await {
                assert!(matches!(decided.expect("no panic"), Ok(Decision::Approved(_))));
            }
        });
    });
}

/// The demo's office on a file of its own.
struct Stage {
    office: Arc<Office>,
    broker: Client,
    runtime: Runtime,
    _folder: tempfile::TempDir,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = Runtime::new().expect("a runtime");
    let (office, broker) = runtime.block_on(async {
        let ring = folder.path().join("keys");
        keys::generate(&ring, &[7; 32], date(2026, 1, 1)).expect("a ring");
        let low_balance = Money::parse("1000").expect("an amount");
        let settings = Settings {
            keys: ring,
            keys_passphrase: None,
            low_balance,
            two_people_above: Money::ZERO,
            queue: 4_096,
            batch: 256,
            server_salt: 1,
        };
        let store = Store::open(&format!("sqlite:{}", folder.path().join("store.sqlite").display())).await;
        let office = Office::open(store.expect("a store"), Arc::new(StoppedClock), settings).await.expect("an office");
        demo::seed(&office).await.expect("an empty store");
        let broker = sign_in(&office, "broker1", "demo-broker1", Purpose::Operate).await.expect("the store answers");
        (office, broker.expect("the demo's broker signs in"))
    });
    Stage { office, broker, runtime, _folder: folder }
});

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        "2026-11-21T11:03:22.123Z".parse().expect("an instant")
    }
}

#[divan::bench]
fn read_edifact(bencher: Bencher<'_, '_>) {
    let message = include_bytes!("../../fixtures/edifact/one-declaration/cusdec-d96b.edi");
    bencher
        .counter(BytesCount::new(message.len()))
        .bench(|| black_box(edifact::read(black_box(message), &RequestFacts::default()).is_ok()));
}

fn statement() -> crypto_code::StatementBytes {
    let item = Item { number: 1, gtip: "610910000011", net_weight: "600", amount: "26450.00", currency: "USD" };
    let statement = Statement {
        declarant: "9876543217",
        reference: "BRK-2026-0042",
        exporter: "1234567890",
        secretariat: "IMMIB",
        office: "341300",
        regime: "1000",
        destination: "004",
        invoice_total: "26450.00",
        invoice_currency: "USD",
        items: vec![item],
    };
    statement.to_bytes().expect("decimals")
}

#[divan::bench]
fn issue_code(bencher: Bencher<'_, '_>) {
    let ring = KeyRing::generate(&[7; 32], "2026-01-01").expect("a ring");
    let statement = statement();
    bencher.bench(|| ring.issue(black_box(&statement), 0));
}

#[divan::bench]
fn parse_code(bencher: Bencher<'_, '_>) {
    let ring = KeyRing::generate(&[7; 32], "2026-01-01").expect("a ring");
    let code = ring.issue(&statement(), 0).printed();
    bencher.bench(|| CryptoCode::parse(black_box(&code)).is_ok());
}
