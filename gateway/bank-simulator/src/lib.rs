//! A bank with a hosted card page, for trying and testing: orders, a page with 3-D Secure, questions, notices, and moods.
//!
//! It knows nothing of us but the protocol that it publishes: JSON with HMAC-SHA256 signatures from server to server,
//! plain forms for the payer. It keeps everything in memory and takes no real card.
//!
//! In reading order: [`Bank`], `ledger` (orders and what was taken), `pages`, `notices`, `mood`, `signature`.

mod ledger;
mod mood;
mod notices;
mod pages;
mod signature;

pub use ledger::{CODE, GOOD_CARD, POOR_CARD, Taken};
pub use mood::Mood;
pub use notices::Forgery;

use axum::extract::{Form, Json, Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, serve};
use ledger::{Ledger, Order, State as OrderState};
use notices::Said;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// What a bank is told once.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it listens; a port 0 becomes a real one.
    pub listen: SocketAddr,
    /// Its one merchant.
    pub merchant: String,
    /// What signs.
    pub secret: String,
    /// What its moods are drawn from.
    pub seed: u64,
    /// How it behaves at first.
    pub mood: Mood,
    /// Between two tries of a notice; late ones come some forty of these later.
    pub pace: Duration,
    /// How long a page stays open.
    pub open_for: Duration,
}

/// A bank that is open until it is dropped.
#[derive(Debug)]
pub struct Bank {
    /// Where it listens.
    pub address: SocketAddr,
    inside: Arc<Inside>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Inside {
    settings: Settings,
    address: SocketAddr,
    client: reqwest::Client,
    ledger: Mutex<Ledger>,
    mood: Mutex<Mood>,
    chance: Mutex<fastrand::Rng>,
    /// A notice that is kept back.
    kept: Mutex<Option<(String, String)>>,
    /// Amounts that the bank says instead of the truth, by order.
    misstated: Mutex<HashMap<String, i64>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inside {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        locked(&self.ledger)
    }

    fn mood(&self) -> Mood {
        *locked(&self.mood)
    }

    /// Whether what happens so often of a thousand times happens now.
    fn happens(&self, share: u32) -> bool {
        share > 0 && locked(&self.chance).u32(0..1_000) < share
    }

    fn below(&self, most: u32) -> u32 {
        locked(&self.chance).u32(0..most)
    }

    /// Keeps a notice back, and gives the one kept before.
    fn keep_back(&self, notice: (String, String)) -> Option<(String, String)> {
        locked(&self.kept).replace(notice)
    }

    fn take_kept(&self) -> Option<(String, String)> {
        locked(&self.kept).take()
    }
}

impl Bank {
    /// Opens a bank.
    ///
    /// # Errors
    /// When its address is taken.
    pub async fn open(settings: Settings) -> io::Result<Self> {
        // Refused only where somebody chose before.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let client = reqwest::Client::builder().timeout(NOTICE_TIMEOUT).build().map_err(io::Error::other)?;
        let inside = Arc::new(Inside {
            mood: Mutex::new(settings.mood),
            chance: Mutex::new(fastrand::Rng::with_seed(settings.seed)),
            address,
            client,
            ledger: Mutex::default(),
            kept: Mutex::default(),
            misstated: Mutex::default(),
            settings,
        });
        let router = router(Arc::clone(&inside));
        let task = tokio::spawn(async move {
            let _ended = serve(listener, router).await;
        });
        Ok(Self { address, inside, task })
    }

    /// Where the merchant reaches it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Behaves otherwise from now on.
    pub fn set_mood(&self, mood: Mood) {
        *locked(&self.inside.mood) = mood;
    }

    /// What it really took, in order.
    pub fn taken(&self) -> Vec<Taken> {
        self.inside.ledger().taken().to_vec()
    }

    /// The true notice about an order, as it would be sent.
    pub fn notice(&self, order_no: &str) -> Option<String> {
        let ledger = self.inside.ledger();
        Some(notices::message(&self.inside, "notice", &Said::of(&self.inside, ledger.find(order_no)?)))
    }

    /// A false notice around an order, where there is something to lie about.
    pub fn forged(&self, order_no: &str, forgery: Forgery) -> Option<String> {
        notices::forged(&self.inside, order_no, forgery)
    }

    /// Says another amount than it took, when asked for this order.
    pub fn misstate(&self, order_no: &str, amount_kurus: i64) {
        locked(&self.inside.misstated).insert(order_no.to_owned(), amount_kurus);
    }

    /// Runs until the process ends.
    pub async fn stay_open(mut self) {
        let _ended = (&mut self.task).await;
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn router(inside: Arc<Inside>) -> Router {
    Router::new()
        .route("/orders", post(order))
        .route("/status", post(status))
        .route("/pay/{token}", get(show))
        .route("/pay/{token}/card", post(card))
        .route("/pay/{token}/code", post(code))
        .route("/pay/{token}/give-up", post(give_up))
        .route("/control/taken", get(taken))
        .route("/control/mood", post(mood))
        .with_state(inside)
}

#[derive(Deserialize)]
struct OrderMessage {
    merchant: String,
    order_no: String,
    amount_kurus: i64,
    currency: String,
    return_url: String,
    notice_url: String,
    signature: String,
}

/// The merchant tells of an order.
async fn order(State(inside): State<Arc<Inside>>, Json(told): Json<OrderMessage>) -> Response {
    let amount = told.amount_kurus.to_string();
    let fields = ["order", &told.merchant, &told.order_no, &amount, &told.currency, &told.return_url, &told.notice_url];
    if signature::sign(&inside.settings.secret, &fields) != told.signature {
        return StatusCode::FORBIDDEN.into_response();
    }
    if told.merchant != inside.settings.merchant || told.currency != "TRY" || told.amount_kurus <= 0 {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    }
    let token = format!("{:032x}", locked(&inside.chance).u128(..));
    let mut ledger = inside.ledger();
    let opened = ledger.open(&told.order_no, told.amount_kurus, [&told.return_url, &told.notice_url], token);
    let Some(order) = opened else { return StatusCode::CONFLICT.into_response() };
    let page = format!("http://{}/pay/{}", inside.address, order.token);
    let signature = signature::sign(&inside.settings.secret, &["page", &order.number, &page]);
    Json(json!({ "order_no": order.number, "page": page, "signature": signature })).into_response()
}

#[derive(Deserialize)]
struct QuestionMessage {
    merchant: String,
    order_no: String,
    signature: String,
}

/// The merchant asks what became of an order.
async fn status(State(inside): State<Arc<Inside>>, Json(asked): Json<QuestionMessage>) -> Response {
    let fields = ["question", asked.merchant.as_str(), &asked.order_no];
    if signature::sign(&inside.settings.secret, &fields) != asked.signature {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mood = inside.mood();
    if inside.happens(mood.failing) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    if inside.happens(mood.hanging) {
        sleep(HANGS_FOR).await;
    }
    let ledger = inside.ledger();
    let Some(order) = ledger.find(&asked.order_no) else {
        // Never heard of: nobody has paid it, and its merchant gives it up in time.
        let said = Said {
            merchant: &asked.merchant,
            order_no: &asked.order_no,
            amount_kurus: 0,
            currency: "TRY",
            state: "pending",
            bank_reference: "",
        };
        return answer(notices::message(&inside, "answer", &said));
    };
    let mut said = Said::of(&inside, order);
    if let Some(amount_kurus) = locked(&inside.misstated).get(&asked.order_no) {
        said.amount_kurus = *amount_kurus;
    }
    answer(notices::message(&inside, "answer", &said))
}

fn answer(message: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], message).into_response()
}

/// The payer comes.
async fn show(State(inside): State<Arc<Inside>>, Path(token): Path<String>) -> Response {
    inside.ledger().of_token(&token).map_or_else(lost, where_it_stands)
}

#[derive(Deserialize)]
struct CardForm {
    card: String,
}

/// The payer typed a card.
async fn card(State(inside): State<Arc<Inside>>, Path(token): Path<String>, Form(typed): Form<CardForm>) -> Response {
    let mut ledger = inside.ledger();
    let was_open = ledger.of_token(&token).is_some_and(is_unfinished);
    let Some(order) = ledger.card(&token, &typed.card, inside.settings.open_for) else { return lost() };
    if was_open && !is_unfinished(order) {
        notices::tell(&inside, order);
    }
    where_it_stands(order)
}

#[derive(Deserialize)]
struct CodeForm {
    code: String,
}

/// The payer typed the code.
async fn code(State(inside): State<Arc<Inside>>, Path(token): Path<String>, Form(typed): Form<CodeForm>) -> Response {
    let mut ledger = inside.ledger();
    let was_open = ledger.of_token(&token).is_some_and(is_unfinished);
    let Some(order) = ledger.code(&token, &typed.code) else { return lost() };
    if is_unfinished(order) {
        return pages::code(order, true).into_response();
    }
    if was_open {
        notices::tell(&inside, order);
    }
    where_it_stands(order)
}

/// The payer gives up.
async fn give_up(State(inside): State<Arc<Inside>>, Path(token): Path<String>) -> Response {
    let mut ledger = inside.ledger();
    let was_open = ledger.of_token(&token).is_some_and(is_unfinished);
    let Some(order) = ledger.give_up(&token) else { return lost() };
    if was_open {
        notices::tell(&inside, order);
    }
    where_it_stands(order)
}

/// What was really taken, for whoever compares.
async fn taken(State(inside): State<Arc<Inside>>) -> Json<Vec<Value>> {
    let ledger = inside.ledger();
    let taken = ledger.taken().iter().map(|taken| {
        json!({
            "order_no": taken.order_no, "amount_kurus": taken.amount_kurus, "bank_reference": taken.bank_reference,
        })
    });
    Json(taken.collect())
}

/// Behaves otherwise: shares of a thousand, as JSON.
async fn mood(State(inside): State<Arc<Inside>>, Json(mood): Json<Mood>) -> StatusCode {
    *locked(&inside.mood) = mood;
    StatusCode::NO_CONTENT
}

fn is_unfinished(order: &Order) -> bool {
    matches!(order.state, OrderState::Open | OrderState::Challenged)
}

fn where_it_stands(order: &Order) -> Response {
    match order.state {
        OrderState::Open => pages::card(order).into_response(),
        OrderState::Challenged => pages::code(order, false).into_response(),
        OrderState::Paid(_) | OrderState::Failed => Redirect::to(&order.return_url).into_response(),
    }
}

fn lost() -> Response {
    let page: Html<String> = pages::nothing();
    (StatusCode::NOT_FOUND, page).into_response()
}

/// Longest wait for the merchant to take a notice.
const NOTICE_TIMEOUT: Duration = Duration::from_secs(10);
/// A question that hangs is answered after this, when nobody waits any more.
const HANGS_FOR: Duration = Duration::from_secs(20);
