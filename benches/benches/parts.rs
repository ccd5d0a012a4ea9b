//! What do the parts cost? Reading XML of 1, 7 and 400 items and a CUSDEC, the digest of an answer, issuing and parsing a code.

use crypto_code::{CryptoCode, Item, KeyRing, Statement};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use ebirlik_message::{RequestFacts, edifact, read};

fn main() {
    divan::main();
}

const MESSAGES: [(&str, &[u8]); 3] = [
    ("1", include_bytes!("../../fixtures/bilge/plain-sample-wrapped/request.xml")),
    ("7", include_bytes!("../../fixtures/bilge/seven-items-share-freight-and-insurance/request.xml")),
    ("400", include_bytes!("../../fixtures/bilge/four-hundred-items/request.xml")),
];

#[divan::bench(args = ["1", "7", "400"])]
fn read_items(bencher: Bencher<'_, '_>, items: &str) {
    let (_, message) = MESSAGES.into_iter().find(|(name, _)| *name == items).expect("a message of that size");
    bencher
        .counter(BytesCount::new(message.len()))
        .bench(|| black_box(read(black_box(message), &RequestFacts::default()).is_ok()));
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
