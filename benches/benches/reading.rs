//! What does a declaration cost between its bytes and the writer? Judging, pricing, the statement of its code and the
//! answer, for 1, 10 and 400 items.

use divan::{Bencher, black_box};
use ebirlik_domain::authority::AuthorisedDeclaration;
use ebirlik_domain::bulletin::{Bulletin, ForexRate};
use ebirlik_domain::check::{CheckedDeclaration, check};
use ebirlik_domain::decision::{Approval, ApprovalKind};
use ebirlik_domain::declaration::{Declaration, DeclaredItem, Entry};
use ebirlik_domain::money::Rate;
use ebirlik_domain::price::{Price, price};
use ebirlik_domain::rules::{FeeRate, Rules, Term};
use ebirlik_message::{RequestFacts, read, reply};
use ebirlik_operations::rules;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use std::collections::BTreeSet;
use std::sync::Arc;

fn main() {
    divan::main();
}

const SIZES: [u32; 3] = [1, 10, 400];

/// The sample's one item so many times, with numbers of their own.
fn declaration(items: u32) -> Arc<Declaration> {
    let message = include_bytes!("../../fixtures/bilge/plain-sample-wrapped/request.xml");
    let mut declaration = read(message, &RequestFacts::default()).expect("a message").declaration;
    let one = declaration.items.first().expect("an item").clone();
    let numbered = |number: u32| DeclaredItem { number: Entry::new(number.to_string(), 0), ..one.clone() };
    declaration.items = (1..=items).map(numbered).collect();
    let amount = one.amount.text().and_then(|amount| amount.parse::<rust_decimal::Decimal>().ok()).expect("an amount");
    declaration.invoice_total = Entry::new((amount * rust_decimal::Decimal::from(items)).to_string(), 0);
    Arc::new(declaration)
}

fn tables() -> Rules {
    let mut rules = rules::builtin().expect("tables");
    let sectors: BTreeSet<String> = rules.sectors.values().cloned().collect();
    let term = Term { from: date(2026, 1, 1), to: None };
    let row = |sector| FeeRate { sector, rate: Rate::from_ppm(500), extra: Rate::default(), term };
    rules.fee_rates = sectors.into_iter().map(row).collect();
    rules
}

fn bulletin() -> Bulletin {
    let rate = |code: &str| (code.to_owned(), ForexRate { unit: 1, buying: "41.5012".parse().expect("a rate") });
    Bulletin { date: TODAY, number: "2026/220".to_owned(), rates: [rate("USD"), rate("EUR")].into() }
}

fn checked(items: u32, rules: &Rules) -> CheckedDeclaration {
    let mut findings = Vec::new();
    let checked = check(declaration(items), rules, TODAY, &mut findings);
    assert!(findings.is_empty(), "{findings:?}");
    checked
}

fn priced(checked: CheckedDeclaration, rules: &Rules, bulletin: &Bulletin) -> Price {
    let authorised = AuthorisedDeclaration { checked, payer: None, at_desk: false, validity_days: None, limit: None };
    let priced = price(authorised, Some(bulletin), rules, TODAY, &mut Vec::new());
    priced.expect("rates").expect("no findings").price
}

#[divan::bench(args = SIZES)]
fn check_items(bencher: Bencher<'_, '_>, items: u32) {
    let (rules, declaration) = (tables(), declaration(items));
    bencher.bench(|| check(Arc::clone(black_box(&declaration)), &rules, TODAY, &mut Vec::new()));
}

#[divan::bench(args = SIZES)]
fn price_items(bencher: Bencher<'_, '_>, items: u32) {
    let (rules, bulletin) = (tables(), bulletin());
    let checked = checked(items, &rules);
    bencher.with_inputs(|| checked.clone()).bench_values(|checked| priced(black_box(checked), &rules, &bulletin));
}

#[divan::bench(args = SIZES)]
fn digest_of_the_answer(bencher: Bencher<'_, '_>, items: u32) {
    let (rules, bulletin) = (tables(), bulletin());
    let approval = Approval {
        reference: "BRK-2026-0042".to_owned(),
        version: 1,
        secretariat: "IMMIB".to_owned(),
        record_no: "26IMMIB000000042".to_owned(),
        code: "7K3MXXXXXXXXXXXX".to_owned(),
        approved_at: Timestamp::UNIX_EPOCH,
        valid_until: None,
        kind: ApprovalKind::Free,
        price: Arc::new(priced(checked(items, &rules), &rules, &bulletin)),
        balance: None,
        notices: Vec::new(),
    };
    bencher.bench(|| reply::digest(black_box(&approval)));
}

const TODAY: Date = date(2026, 11, 20);
