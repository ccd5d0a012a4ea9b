//! An office that takes cards, with a real bank across HTTP, and who pays there.

use crate::stage::{BROKER, EXPORTER, Stage, given, message_with};
use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use ebirlik_bank_simulator::{Bank, Mood, Settings};
use ebirlik_domain::decision::{ApprovalKind, Decision};
use ebirlik_domain::time::Clock;
use ebirlik_operations::card::hosted::{HostedPage, HostedSettings};
use ebirlik_operations::card::signature::Secret;
use ebirlik_operations::card::{self, Cards, NoticeError, OPEN_FOR, Page};
use ebirlik_operations::pay::Named;
use ebirlik_operations::{Client, Office, Roles};
use ebirlik_store::cards::OrderState;
use ebirlik_store::clients::ClientRow;
use jiff::SignedDuration;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) const MERCHANT: &str = "M-1";
pub(crate) const SECRET: &str = "ortak|anahtar";

/// An office that takes cards, its bank, and the door for the bank's notices.
pub(crate) struct Till {
    pub(crate) stage: Stage,
    pub(crate) bank: Bank,
    pub(crate) payer: Client,
    pub(crate) browser: reqwest::Client,
    pub(crate) own_url: String,
    door: JoinHandle<()>,
}

impl Drop for Till {
    fn drop(&mut self) {
        self.door.abort();
    }
}

impl Till {
    /// With so much in the exporter's account; the bank sends its notices to nobody unless `told`.
    pub(crate) async fn open(url: &str, balance: &str, mood: Mood, told: bool) -> Self {
        Self::seeded(url, balance, mood, told, 1).await
    }

    pub(crate) async fn seeded(url: &str, balance: &str, mood: Mood, told: bool, seed: u64) -> Self {
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

    pub(crate) fn set_up(&self, office: &Office) {
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
    pub(crate) async fn waiting(&self, references: &[&str]) -> Vec<Named> {
        for reference in references {
            assert!(matches!(self.stage.send(&held(reference, "25000.00")).await, Decision::Pending(_)));
        }
        references.iter().map(|reference| named(reference)).collect()
    }

    pub(crate) async fn begin(&self, declarations: &[Named]) -> Page {
        given(card::begin(&self.stage.office, &self.payer, "öde", declarations).await.expect("no fault"))
            .expect("a page")
    }

    /// The payer at the bank, as a browser without script; where it is sent afterwards.
    pub(crate) async fn pay_with(&self, page: &Page, card: &str, code: &str) -> Option<String> {
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

    pub(crate) async fn post(&self, url: &str, form: &str) -> reqwest::Response {
        let request = self.browser.post(url).header("content-type", "application/x-www-form-urlencoded");
        request.body(form.to_owned()).send().await.expect("an answer")
    }

    pub(crate) async fn take(&self, notice: Option<String>) -> Result<(), NoticeError> {
        card::notice(&self.stage.office, notice.expect("a notice").as_bytes()).await
    }

    pub(crate) async fn state(&self, order_no: &str) -> OrderState {
        self.stage.office.store.find_card_order(order_no).await.expect("an answer").expect("an order").state
    }

    pub(crate) fn later(&self, by: SignedDuration) {
        let later = self.stage.clock.now().checked_add(by).expect("an instant");
        self.stage.clock.move_to(&later.to_string());
    }

    pub(crate) async fn sweep(&self) -> usize {
        card::sweep(&self.stage.office, SignedDuration::ZERO).await.expect("a turn")
    }

    pub(crate) async fn kind(&self, reference: &str) -> Option<ApprovalKind> {
        self.stage.status(reference).await.kind
    }

    /// What the bank took has been credited, each order once and to the kuruş, and the books are right.
    pub(crate) async fn agrees(&self) {
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

pub(crate) fn held(reference: &str, amount: &str) -> String {
    message_with(reference, "IMMIB", "BEKLET", EXPORTER, "610910000011", amount)
}
