//! A bank with which everything goes wrong at once: what is credited is what it took, to the kuruş.
//!
//! `EBIRLIK_CARD_PAYMENTS` makes the run longer, `EBIRLIK_CARD_SEED` repeats one.

use crate::chance::{Random, number};
use crate::stage::BROKER;
use crate::till::{Till, held, named};
use ebirlik_bank_simulator::{CODE, GOOD_CARD, Mood, POOR_CARD};
use ebirlik_domain::decision::{ApprovalKind, Decision};
use ebirlik_domain::money::Money;
use ebirlik_domain::time::Clock;
use ebirlik_operations::card::{self};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// G-51, G-53, G-54: with everything going wrong at once, what is credited is what the bank took, to the kuruş.
async fn the_nastiest_bank(url: &str) {
    let (count, seed) = (number("EBIRLIK_CARD_PAYMENTS", 200), number("EBIRLIK_CARD_SEED", 20_261_126));
    // Shown by the test runner where the test fails.
    println!("EBIRLIK_CARD_PAYMENTS={count} EBIRLIK_CARD_SEED={seed}");
    let begun = Instant::now();
    let till = Arc::new(Till::seeded(url, "0.01", Mood::NASTY, true, seed).await);
    let mut payers = tokio::task::JoinSet::new();
    for lane in 0..AT_ONCE {
        let till = Arc::clone(&till);
        payers.spawn(async move {
            let mut chance = Random(seed.wrapping_add(lane));
            let mut number = lane;
            while number < count {
                one_payer(&till, number, &mut chance).await;
                number += AT_ONCE;
            }
        });
    }
    let sweeper = tokio::spawn({
        let till = Arc::clone(&till);
        async move {
            // A second of theirs is a twentieth of ours.
            loop {
                till.later(SignedDuration::from_secs(1));
                card::sweep(&till.stage.office, SignedDuration::from_secs(20)).await.expect("a turn");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    });
    while let Some(done) = payers.join_next().await {
        done.expect("a payer");
    }
    sweeper.abort();
    let _ended = sweeper.await;
    till.bank.set_mood(Mood::HONEST);
    // Everything that the bank knows the end of is ended; the rest runs out of time.
    till.sweep().await;
    till.later(SignedDuration::from_mins(91));
    for _ in 0..3 {
        while till.sweep().await > 0 {}
    }
    let store = &till.stage.office.store;
    let now = till.stage.clock.now();
    assert!(store.list_open_card_orders(now, 10).await.unwrap().is_empty(), "every order is closed");
    till.agrees().await;
    let taken = till.bank.taken();
    let in_all: i64 = taken.iter().map(|taken| taken.amount_kurus).sum();
    let (mut spent, mut approved) = (0, 0_u64);
    for number in 0..count {
        for part in 0..2 {
            let Some(price) = status_fee(&till, &format!("N-{number}-{part}")).await else { continue };
            spent += price;
            approved += 1;
        }
    }
    let left = Money::parse(&till.stage.balance().await).expect("money").kurus();
    assert_eq!(in_all + 1, left + spent, "credits are what the bank took");
    println!(
        "{count} orders, {} paid, {approved} approvals, {in_all} kuruş in {:.1} s, all as the bank has it",
        taken.len(),
        begun.elapsed().as_secs_f64()
    );
    till.stage.office.close().await;
}

/// Payers at a time.
const AT_ONCE: u64 = 6;

/// What an approved declaration cost.
async fn status_fee(till: &Till, reference: &str) -> Option<i64> {
    let key = ebirlik_store::DeclarationKey::of(BROKER, reference);
    let recorded = till.stage.office.store.find_declaration(key).await.unwrap()?;
    let stored = till.stage.office.store.find_approval(recorded.id).await.unwrap()?;
    assert_eq!(stored.approval.kind, ApprovalKind::Card);
    Some(stored.approval.price.fee.kurus())
}

/// One payer with one or two declarations: pays, pays badly, gives up, or never comes back.
async fn one_payer(till: &Till, number: u64, chance: &mut Random) {
    let mut declarations = Vec::new();
    for part in 0..=chance.below(2) {
        let reference = format!("N-{number}-{part}");
        let amount = format!("{}.{:02}", 1_000 + chance.below(40_000), chance.below(100));
        assert!(matches!(till.stage.send(&held(&reference, &amount)).await, Decision::Pending(_)));
        declarations.push(named(&reference));
    }
    let page = till.begin(&declarations).await;
    match chance.below(10) {
        0 => {}
        1 => drop(till.pay_with(&page, POOR_CARD, CODE).await),
        2 => drop(till.pay_with(&page, GOOD_CARD, "000000").await),
        3 => drop(till.post(&format!("{}/give-up", page.url), "").await),
        ending => {
            till.pay_with(&page, GOOD_CARD, CODE).await.expect("the way back");
            // Half of the browsers never return.
            if ending % 2 == 0 {
                card::show(&till.stage.office, &till.payer, &page.order_no).await.expect("no fault");
            }
        }
    }
}

on_each_store! {
    /// G-51, G-53, G-54: forged, late, repeated, reordered and lost notices, questions that fail and hang, browsers that
    /// never return.
    async fn the_nastiest_bank_is_credited_to_the_kurus(database: TestDatabase) {
        the_nastiest_bank(&database.url).await;
    }
}
