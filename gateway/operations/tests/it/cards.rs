//! Card payments, with a real bank across HTTP: what is believed, what is booked, and what a crash leaves.
//!
//! `EBIRLIK_CARD_PAYMENTS` makes the nastiest run longer, `EBIRLIK_CARD_SEED` repeats one.

use crate::stage::{BROKER, EXPORTER, OTHER_EXPORTER, Stage, approval, given, message, message_with};
use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use ebirlik_bank_simulator::{Bank, CODE, Forgery, GOOD_CARD, Mood, POOR_CARD, Settings};
use ebirlik_domain::decision::{ApprovalKind, Decision};
use ebirlik_domain::money::Money;
use ebirlik_domain::state::State as DeclarationState;
use ebirlik_domain::time::Clock;
use ebirlik_operations::card::hosted::{HostedPage, HostedSettings};
use ebirlik_operations::card::signature::Secret;
use ebirlik_operations::card::{self, Cards, NoticeError, OPEN_FOR, Page};
use ebirlik_operations::pay::{Named, pay};
use ebirlik_operations::{Client, Office, Roles, waiting_room};
use ebirlik_store::bank::Choice;
use ebirlik_store::cards::OrderState;
use ebirlik_store::clients::ClientRow;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use jiff::SignedDuration;
use std::collections::HashMap;
use std::env;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const MERCHANT: &str = "M-1";
const SECRET: &str = "ortak|anahtar";

/// An office that takes cards, its bank, and the door for the bank's notices.
struct Till {
    stage: Stage,
    bank: Bank,
    payer: Client,
    browser: reqwest::Client,
    own_url: String,
    door: JoinHandle<()>,
}

impl Drop for Till {
    fn drop(&mut self) {
        self.door.abort();
    }
}

impl Till {
    /// With so much in the exporter's account; the bank sends its notices to nobody unless `told`.
    async fn open(url: &str, balance: &str, mood: Mood, told: bool) -> Self {
        Self::seeded(url, balance, mood, told, 1).await
    }

    async fn seeded(url: &str, balance: &str, mood: Mood, told: bool, seed: u64) -> Self {
        let stage = Stage::with_balance(url, balance).await;
        let payer = payer(&stage, "payer-1", EXPORTER).await;
        let settings = Settings {
            listen: ([127, 0, 0, 1], 0).into(),
            merchant: MERCHANT.into(),
            secret: SECRET.into(),
            seed,
            mood,
            pace: Duration::from_millis(5),
            open_for: Duration::from_mins(90),
        };
        let bank = Bank::open(settings).await.expect("a bank");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let address = listener.local_addr().expect("an address");
        let path = if told { card::NOTICES } else { "/nobody" };
        let router = Router::new().route(path, post(take_notice)).with_state(Arc::clone(&stage.office));
        let door = tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        let no_redirects = reqwest::redirect::Policy::none();
        let browser = reqwest::Client::builder().redirect(no_redirects).build().expect("a browser");
        let till = Self { stage, bank, payer, browser, own_url: format!("http://{address}"), door };
        till.set_up(&till.stage.office);
        till
    }

    fn set_up(&self, office: &Office) {
        let settings = HostedSettings {
            merchant: MERCHANT.into(),
            secret: Secret::new(SECRET),
            url: self.bank.url(),
            timeout: Duration::from_millis(500),
        };
        let gateway = Box::new(HostedPage::new(settings).expect("a gateway"));
        office.take_cards(Cards { gateway, own_url: self.own_url.clone(), open_for: OPEN_FOR });
    }

    /// Declarations that wait for payment; the fee of each is 518.77.
    async fn waiting(&self, references: &[&str]) -> Vec<Named> {
        for reference in references {
            assert!(matches!(self.stage.send(&held(reference, "25000.00")).await, Decision::Pending(_)));
        }
        references.iter().map(|reference| named(reference)).collect()
    }

    async fn begin(&self, declarations: &[Named]) -> Page {
        given(card::begin(&self.stage.office, &self.payer, "öde", declarations).await.expect("no fault"))
            .expect("a page")
    }

    /// The payer at the bank, as a browser without script; where it is sent afterwards.
    async fn pay_with(&self, page: &Page, card: &str, code: &str) -> Option<String> {
        let shown = self.browser.get(&page.url).send().await.expect("a page").text().await.expect("a text");
        if !shown.contains("name=\"card\"") {
            return None;
        }
        let answer = self.post(&format!("{}/card", page.url), &format!("card={card}&expiry=12%2F30&cvv=000")).await;
        let answer = if answer.status() == StatusCode::OK {
            self.post(&format!("{}/code", page.url), &format!("code={code}")).await
        } else {
            answer
        };
        let location = answer.headers().get("location")?;
        Some(location.to_str().expect("an address").to_owned())
    }

    async fn post(&self, url: &str, form: &str) -> reqwest::Response {
        let request = self.browser.post(url).header("content-type", "application/x-www-form-urlencoded");
        request.body(form.to_owned()).send().await.expect("an answer")
    }

    async fn take(&self, notice: Option<String>) -> Result<(), NoticeError> {
        card::notice(&self.stage.office, notice.expect("a notice").as_bytes()).await
    }

    async fn state(&self, order_no: &str) -> OrderState {
        self.stage.office.store.find_card_order(order_no).await.expect("an answer").expect("an order").state
    }

    fn later(&self, by: SignedDuration) {
        let later = self.stage.clock.now().checked_add(by).expect("an instant");
        self.stage.clock.move_to(&later.to_string());
    }

    async fn sweep(&self) -> usize {
        card::sweep(&self.stage.office, SignedDuration::ZERO).await.expect("a turn")
    }

    async fn kind(&self, reference: &str) -> Option<ApprovalKind> {
        self.stage.status(reference).await.kind
    }

    /// What the bank took has been credited, each order once and to the kuruş, and the books are right.
    async fn agrees(&self) {
        let taken: HashMap<String, i64> =
            self.bank.taken().into_iter().map(|taken| (taken.order_no, taken.amount_kurus)).collect();
        assert_eq!(taken.len(), self.bank.taken().len(), "the bank took nothing twice");
        for taken in self.bank.taken() {
            let order = self.stage.office.store.find_card_order(&taken.order_no).await.unwrap().expect("an order");
            assert_eq!((order.state, order.amount.kurus()), (OrderState::Paid, taken.amount_kurus), "{order:?}");
            assert_eq!(order.bank_reference, Some(taken.bank_reference));
        }
        self.stage.audit_is_clean().await;
    }
}

async fn take_notice(State(office): State<Arc<Office>>, body: Bytes) -> (StatusCode, &'static str) {
    match card::notice(&office, &body).await {
        Ok(()) => (StatusCode::OK, "OK"),
        Err(NoticeError::Forged(_)) => (StatusCode::BAD_REQUEST, "NO"),
        Err(NoticeError::Fault(_)) => (StatusCode::SERVICE_UNAVAILABLE, "LATER"),
    }
}

/// Somebody of a firm who may pay.
pub(crate) async fn payer(stage: &Stage, code: &str, firm: &str) -> Client {
    let row = ClientRow {
        code: code.into(),
        firm: firm.into(),
        secretariat: String::new(),
        contact_office: String::new(),
        roles: "payer".into(),
        password_hash: String::new(),
        payment_password_hash: cheap_hash("öde"),
        locked: 0,
    };
    stage.office.store.save_clients(&[row]).await.expect("a client");
    let roles = Roles::parse("payer").expect("roles");
    Client { code: code.into(), firm: firm.into(), secretariat: String::new(), roles }
}

/// Of the least cost, so that thousands of payments do not wait for password checks.
fn cheap_hash(password: &str) -> String {
    let params = Params::new(Params::MIN_M_COST, 1, 1, None).expect("parameters");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password(password.as_bytes()).expect("a hash").to_string()
}

pub(crate) fn named(reference: &str) -> Named {
    Named { declarant: BROKER.into(), reference: reference.into() }
}

fn held(reference: &str, amount: &str) -> String {
    message_with(reference, "IMMIB", "BEKLET", EXPORTER, "610910000011", amount)
}

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

/// The seeded sequence of `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

on_each_store! {
    /// G-51, G-53, G-54: forged, late, repeated, reordered and lost notices, questions that fail and hang, browsers that
    /// never return.
    async fn the_nastiest_bank_is_credited_to_the_kurus(database: TestDatabase) {
        the_nastiest_bank(&database.url).await;
    }
}
