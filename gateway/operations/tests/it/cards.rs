//! Card payments, with a real bank across HTTP: what is believed, what is booked, and what a crash leaves.

use crate::stage::{BROKER, EXPORTER, OTHER_EXPORTER, approval, given, message};
use crate::till::{Till, held, named, payer};
use ebirlik_bank_simulator::{CODE, Forgery, GOOD_CARD, Mood, POOR_CARD};
use ebirlik_domain::decision::{ApprovalKind, Decision};
use ebirlik_domain::state::State as DeclarationState;
use ebirlik_domain::time::Clock;
use ebirlik_operations::card::{self, NoticeError};
use ebirlik_operations::pay::pay;
use ebirlik_operations::waiting_room;
use ebirlik_store::bank::Choice;
use ebirlik_store::cards::OrderState;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use jiff::SignedDuration;

on_each_store! {
    /// G-44, G-51, G-53, G-54, G-59: several declarations that wait are paid by card on the bank's page, with what their
    /// fees come to and not a kuruş more; each gets its code, as paid by card, and the account is as before.
    async fn several_are_paid_by_card_for_exactly_their_fees(database: TestDatabase) {
        let till = Till::open(&database.url, "7.50", Mood::HONEST, false).await;
        let declarations = till.waiting(&["K-1", "K-2", "K-3"]).await;
        let wrong = card::begin(&till.stage.office, &till.payer, "gönder", &declarations).await.unwrap();
        assert_eq!(given(wrong).map(|_| ()), Err(vec!["E4001"]));
        let page = till.begin(&declarations[..2]).await;
        let returned = till.pay_with(&page, GOOD_CARD, CODE).await.expect("the way back");
        assert_eq!(returned, format!("{}/payments/card/{}", till.own_url, page.order_no));
        // The browser's return makes us ask; what it says is not looked at.
        let shown = card::show(&till.stage.office, &till.payer, &page.order_no).await.unwrap().expect("an order");
        assert_eq!((shown.order.state, shown.order.settled, shown.declarations.len()), (OrderState::Paid, true, 2));
        assert_eq!(till.bank.taken()[0].amount_kurus, 2 * 51_877, "no commission");
        for reference in ["K-1", "K-2"] {
            assert_eq!(till.kind(reference).await, Some(ApprovalKind::Card), "{reference}");
        }
        assert_eq!(till.kind("K-3").await, None);
        assert_eq!(till.stage.balance().await, "7.50");
        // The same message again gets the answer of the approval by card.
        let again = till.stage.send(&held("K-1", "25000.00")).await;
        assert_eq!(approval(&again).kind, ApprovalKind::Card);
        let stranger = payer(&till.stage, "payer-2", OTHER_EXPORTER).await;
        assert_eq!(card::show(&till.stage.office, &stranger, &page.order_no).await.unwrap(), None);
        let refused = card::begin(&till.stage.office, &stranger, "öde", &declarations[2..]).await.unwrap();
        assert_eq!(given(refused).map(|_| ()), Err(vec!["E1404"]));
        till.agrees().await;
    }

    /// G-53: a payer whose firm has no account may pay by card; one is opened for the money that passes through.
    async fn a_firm_without_an_account_pays_by_card(database: TestDatabase) {
        let till = Till::open(&database.url, "7.50", Mood::HONEST, false).await;
        let declarations = till.waiting(&["K-1"]).await;
        let broker = payer(&till.stage, "payer-3", BROKER).await;
        let page = card::begin(&till.stage.office, &broker, "öde", &declarations).await.unwrap();
        let page = given(page).expect("a page");
        till.pay_with(&page, GOOD_CARD, CODE).await;
        till.take(till.bank.notice(&page.order_no)).await.expect("understood");
        assert_eq!(till.kind("K-1").await, Some(ApprovalKind::Card));
        let accounts = till.stage.office.store.list_accounts(BROKER).await.unwrap();
        assert_eq!(accounts.iter().map(|account| account.balance_kurus).collect::<Vec<_>>(), [0]);
        till.agrees().await;
    }

    /// G-53: a second payment of a declaration begins only when the first is closed; a page that was left is found again.
    async fn one_payment_at_a_time(database: TestDatabase) {
        let till = Till::open(&database.url, "7.50", Mood::HONEST, false).await;
        let declarations = till.waiting(&["K-1", "K-2"]).await;
        let page = till.begin(&declarations[..1]).await;
        let second = card::begin(&till.stage.office, &till.payer, "öde", &declarations).await.unwrap();
        assert_eq!(given(second).map(|_| ()), Err(vec!["E4007"]));
        let same = card::page_of(&till.stage.office, &till.payer, &page.order_no).await.unwrap();
        assert_eq!(given(same).expect("the page"), page);
        till.pay_with(&page, POOR_CARD, CODE).await;
        assert_eq!(till.sweep().await, 1);
        assert_eq!(till.state(&page.order_no).await, OrderState::Failed);
        let other = till.begin(&declarations).await;
        till.pay_with(&other, GOOD_CARD, CODE).await;
        assert_eq!(till.sweep().await, 1);
        assert_eq!(till.kind("K-2").await, Some(ApprovalKind::Card));
        let ended = card::begin(&till.stage.office, &till.payer, "öde", &declarations).await.unwrap();
        assert_eq!(given(ended).map(|_| ()), Err(vec!["E5005"]));
        till.agrees().await;
    }

    /// G-53: what is forged changes nothing, however well it is made: without the secret, for another amount, for what
    /// nobody paid, for another merchant, for an order that is none.
    async fn forged_notices_change_nothing(database: TestDatabase) {
        let till = Till::open(&database.url, "7.50", Mood::HONEST, false).await;
        let declarations = till.waiting(&["K-1", "K-2"]).await;
        let (paid, unpaid) = (till.begin(&declarations[..1]).await, till.begin(&declarations[1..]).await);
        for forgery in Forgery::ALL {
            let taken = till.take(till.bank.forged(&paid.order_no, forgery)).await;
            if forgery == Forgery::Unpaid {
                assert!(taken.is_ok(), "it is well signed; the bank says when asked that nobody paid");
            } else {
                assert!(matches!(taken, Err(NoticeError::Forged(_))), "{forgery:?}: {taken:?}");
            }
        }
        for order_no in [&paid.order_no, &unpaid.order_no] {
            assert_eq!(till.state(order_no).await, OrderState::Begun);
        }
        till.pay_with(&paid, GOOD_CARD, CODE).await;
        for forgery in [Forgery::Signature, Forgery::Amount, Forgery::Merchant, Forgery::Form] {
            assert!(till.take(till.bank.forged(&paid.order_no, forgery)).await.is_err(), "{forgery:?}");
        }
        assert_eq!((till.state(&paid.order_no).await, till.stage.balance().await), (OrderState::Begun, "7.50".into()));
        till.take(till.bank.notice(&paid.order_no)).await.expect("the true one");
        assert_eq!(till.state(&paid.order_no).await, OrderState::Paid);
        assert_eq!((till.kind("K-1").await, till.kind("K-2").await), (Some(ApprovalKind::Card), None));
        till.agrees().await;
    }

    /// G-53: notices that are repeated, come in another order, late or all at once credit once.
    async fn repeated_reordered_and_late_notices_credit_once(database: TestDatabase) {
        let till = Till::open(&database.url, "7.50", Mood::HONEST, false).await;
        let declarations = till.waiting(&["K-1", "K-2", "K-3"]).await;
        let mut pages = Vec::new();
        for declaration in &declarations {
            let page = till.begin(std::slice::from_ref(declaration)).await;
            till.pay_with(&page, GOOD_CARD, CODE).await;
            pages.push(page);
        }
        till.stage.clock.move_to("2026-11-21T11:50:00Z");
        for page in pages.iter().rev() {
            let notice = till.bank.notice(&page.order_no).expect("a notice");
            let office = &till.stage.office;
            let at_once = tokio::join!(
                card::notice(office, notice.as_bytes()),
                card::notice(office, notice.as_bytes()),
                card::notice(office, notice.as_bytes()),
                card::sweep(office, SignedDuration::ZERO),
            );
            assert!(at_once.0.is_ok() && at_once.1.is_ok() && at_once.2.is_ok() && at_once.3.is_ok(), "{at_once:?}");
        }
        for page in &pages {
            till.take(till.bank.notice(&page.order_no)).await.expect("again");
        }
        assert_eq!(till.bank.taken().len(), 3);
        assert_eq!(till.stage.balance().await, "7.50");
        till.agrees().await;
    }

    /// G-53: with the notice lost and the browser gone the sweeper finds the money; what nobody paid stays open until
    /// the bank's time has run out, and a late payment of it would still be credited.
    async fn the_sweeper_asks_when_nobody_says_anything(database: TestDatabase) {
        let till = Till::open(&database.url, "7.50", Mood::HONEST, false).await;
        let declarations = till.waiting(&["K-1", "K-2", "K-3"]).await;
        let page = till.begin(&declarations[..1]).await;
        let left = till.begin(&declarations[1..2]).await;
        till.pay_with(&page, GOOD_CARD, CODE).await;
        let minute = SignedDuration::from_mins(1);
        assert_eq!(card::sweep(&till.stage.office, minute).await.unwrap(), 0, "asked when it began");
        till.stage.clock.move_to("2026-11-21T11:04:30Z");
        assert_eq!(card::sweep(&till.stage.office, minute).await.unwrap(), 1);
        assert_eq!((till.state(&page.order_no).await, till.kind("K-1").await), (OrderState::Paid, Some(ApprovalKind::Card)));
        till.stage.clock.move_to("2026-11-21T12:33:00Z");
        assert_eq!(till.sweep().await, 0, "the bank's page is open for 90 minutes");
        assert_eq!(till.state(&left.order_no).await, OrderState::Begun);
        till.stage.clock.move_to("2026-11-21T12:33:23Z");
        assert_eq!(till.sweep().await, 1);
        assert_eq!(till.state(&left.order_no).await, OrderState::Expired);
        // The bank took it a moment later all the same: it is owed.
        till.pay_with(&left, GOOD_CARD, CODE).await;
        till.take(till.bank.notice(&left.order_no)).await.expect("understood");
        assert_eq!((till.state(&left.order_no).await, till.kind("K-2").await), (OrderState::Paid, Some(ApprovalKind::Card)));
        till.agrees().await;
    }

    /// G-53: a bank that says it took another amount than the order's is not believed: a person has to look.
    async fn another_amount_is_not_credited(database: TestDatabase) {
        let till = Till::open(&database.url, "7.50", Mood::HONEST, false).await;
        let page = till.begin(&till.waiting(&["K-1"]).await).await;
        till.pay_with(&page, GOOD_CARD, CODE).await;
        till.bank.misstate(&page.order_no, 100);
        till.take(till.bank.notice(&page.order_no)).await.expect("understood");
        assert_eq!(till.sweep().await, 0);
        assert_eq!((till.state(&page.order_no).await, till.stage.balance().await), (OrderState::Begun, "7.50".into()));
        till.bank.misstate(&page.order_no, 51_877);
        assert_eq!(till.sweep().await, 1);
        till.agrees().await;
    }

    /// G-53: a bank that fails or hangs when it is asked is asked again; until then the order is open.
    async fn a_bank_that_does_not_answer_is_asked_again(database: TestDatabase) {
        let till = Till::open(&database.url, "7.50", Mood::HONEST, false).await;
        let page = till.begin(&till.waiting(&["K-1"]).await).await;
        till.pay_with(&page, GOOD_CARD, CODE).await;
        for mood in [Mood { failing: 1_000, ..Mood::HONEST }, Mood { hanging: 1_000, ..Mood::HONEST }] {
            till.bank.set_mood(mood);
            let taken = till.take(till.bank.notice(&page.order_no)).await;
            assert!(matches!(taken, Err(NoticeError::Fault(_))), "the bank shall say it again: {taken:?}");
            assert_eq!(till.sweep().await, 0);
            let shown = card::show(&till.stage.office, &till.payer, &page.order_no).await.unwrap().expect("an order");
            assert_eq!(shown.order.state, OrderState::Begun);
        }
        till.bank.set_mood(Mood::HONEST);
        assert_eq!(till.sweep().await, 1);
        till.agrees().await;
    }

    /// G-53: the server dies between the bank's confirmation and the approvals: the next one takes them up.
    async fn a_crash_after_the_money_loses_no_approval(database: TestDatabase) {
        let till = Till::open(&database.url, "7.50", Mood::HONEST, false).await;
        let page = till.begin(&till.waiting(&["K-1", "K-2"]).await).await;
        till.pay_with(&page, GOOD_CARD, CODE).await;
        let (store, ids) = (&till.stage.office.store, &till.stage.office.ids);
        let now = till.stage.clock.now();
        let reference = till.bank.taken()[0].bank_reference.clone();
        store.confirm_card_order(&page.order_no, &reference, ids, now).await.expect("booked");
        assert_eq!((till.stage.balance().await, till.kind("K-1").await), ("1045.04".into(), None));
        till.stage.audit_is_clean().await;
        // Its declarations are not offered for another payment meanwhile.
        let second = card::begin(&till.stage.office, &till.payer, "öde", &[named("K-1")]).await.unwrap();
        assert_eq!(given(second).map(|_| ()), Err(vec!["E4007"]));
        let after = till.stage.killed(&database.url).await;
        till.set_up(&after.office);
        assert_eq!(card::sweep(&after.office, SignedDuration::ZERO).await.unwrap(), 1);
        assert_eq!(card::sweep(&after.office, SignedDuration::ZERO).await.unwrap(), 0);
        assert_eq!((till.kind("K-1").await, till.kind("K-2").await), (Some(ApprovalKind::Card), Some(ApprovalKind::Card)));
        assert_eq!(till.stage.balance().await, "7.50");
        till.agrees().await;
    }

    /// G-51, G-53: money from a card pays what it was for, before anything that waits for money in the same account.
    async fn the_waiting_room_leaves_card_money_alone(database: TestDatabase) {
        let till = Till::open(&database.url, "7.50", Mood::HONEST, false).await;
        let (store, ids) = (&till.stage.office.store, &till.stage.office.ids);
        assert!(matches!(till.stage.send(&message("W-1")).await, Decision::Pending(_)));
        let account = store.find_account(EXPORTER, "IMMIB").await.unwrap().expect("an account");
        let choice = Choice { releases: true, low_balance: None };
        store.save_choice(account, choice, "payer-1", (ids.as_ref(), till.stage.clock.now())).await.unwrap();
        let page = till.begin(&till.waiting(&["K-1"]).await).await;
        till.pay_with(&page, GOOD_CARD, CODE).await;
        let reference = till.bank.taken()[0].bank_reference.clone();
        store.confirm_card_order(&page.order_no, &reference, ids, till.stage.clock.now()).await.expect("booked");
        assert_eq!(waiting_room::release(&till.stage.office).await.unwrap(), 0);
        assert_eq!(till.sweep().await, 1);
        assert_eq!((till.kind("K-1").await, till.kind("W-1").await), (Some(ApprovalKind::Card), None));
        till.stage.deposit("2", "511.27").await;
        assert_eq!(waiting_room::release(&till.stage.office).await.unwrap(), 1);
        assert_eq!(till.stage.balance().await, "0.00");
        till.agrees().await;
    }

    /// G-53: a declaration that was paid otherwise or withdrawn meanwhile, or costs more by then, leaves its money in the
    /// account.
    async fn money_that_is_not_needed_stays_in_the_account(database: TestDatabase) {
        let till = Till::open(&database.url, "600", Mood::HONEST, false).await;
        let page = till.begin(&till.waiting(&["K-1", "K-2", "K-3"]).await).await;
        till.pay_with(&page, GOOD_CARD, CODE).await;
        let paid = pay(&till.stage.office, &till.payer, "öde", &[named("K-1")]).await.unwrap();
        assert!(matches!(given(paid).expect("decisions")[0], Decision::Approved(_)));
        assert!(matches!(till.stage.send(&held("K-2", "26000.00")).await, Decision::Pending(_)), "it costs more now");
        assert_eq!(till.sweep().await, 1);
        assert_eq!(till.kind("K-1").await, Some(ApprovalKind::CurrentAccount));
        assert_eq!(till.stage.status("K-2").await.state, DeclarationState::WaitingPayment);
        assert_eq!(till.kind("K-3").await, Some(ApprovalKind::Card));
        // 600 less one fee, and the card's three less one.
        assert_eq!(till.stage.balance().await, "1118.77");
        assert_eq!(till.state(&page.order_no).await, OrderState::Paid);
        let again = till.begin(&[named("K-2")]).await;
        till.pay_with(&again, GOOD_CARD, CODE).await;
        assert_eq!(till.sweep().await, 1);
        assert_eq!(till.kind("K-2").await, Some(ApprovalKind::Card));
        till.agrees().await;
    }

    /// G-53: two reports of the same reference for two orders book one; the audit sees what was made by hand.
    async fn a_bank_reference_pays_one_order(database: TestDatabase) {
        let till = Till::open(&database.url, "7.50", Mood::HONEST, false).await;
        let declarations = till.waiting(&["K-1", "K-2"]).await;
        let (one, other) = (till.begin(&declarations[..1]).await, till.begin(&declarations[1..]).await);
        let (store, ids) = (&till.stage.office.store, &till.stage.office.ids);
        let now = till.stage.clock.now();
        store.confirm_card_order(&one.order_no, "R-1", ids, now).await.expect("booked");
        assert!(store.confirm_card_order(&other.order_no, "R-1", ids, now).await.is_err());
        assert!(store.confirm_card_order(&one.order_no, "R-2", ids, now).await.is_err());
        assert_eq!(till.stage.balance().await, "526.27");
        till.stage.audit_is_clean().await;
        let slip = "update card_order set state = 'failed' where bank_reference = 'R-1'";
        ebirlik_store::testing::execute(&database.url, slip).await;
        let report = ebirlik_operations::audit::audit(&till.stage.office).await.unwrap();
        assert_eq!(report.broken.len(), 1, "{:?}", report.broken);
        assert_eq!(report.broken[0].invariant, "what was paid by card is deposited once");
    }
}
