//! Where an exporter lands (P-4.0.2): what waits, how its declarations stand, and the latest of them.

use crate::declarations::words::{Words as Shared, country, state_in_words};
use crate::declarations::{address_of, before};
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{Language, time, words};
use crate::visitor::Visitor;
use crate::{Portal, notice, payments};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::state::State as Standing;
use ebirlik_operations::listing::{self, Order, Summary, Wanted};
use ebirlik_operations::sending::may_send;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use std::sync::Arc;

/// The page.
#[derive(Template)]
#[template(path = "overview/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    shared: &'static Shared,
    counts: Vec<Count>,
    latest: Vec<Latest>,
    /// How many wait for payment, whenever they came.
    waiting: u64,
    pays: bool,
    sends: bool,
}

/// How many are in a state.
struct Count {
    class: &'static str,
    word: &'static str,
    number: u64,
    address: String,
}

/// One of the latest.
struct Latest {
    address: String,
    reference: String,
    at: String,
    country: String,
    state: (&'static str, &'static str),
}

/// `GET /overview`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, Visitor(asker, session): Visitor) -> Response {
    match Page::of(&portal, &asker, &session).await {
        Ok(page) => html(StatusCode::OK, &page),
        Err(_) => notice::unavailable(&asker),
    }
}

impl Page {
    async fn of(portal: &Portal, asker: &Asker, session: &Session) -> Result<Self, Fault> {
        let (office, client, language) = (&portal.office, &session.client, asker.language);
        let (words, shared, today) = (Words::of(language), Shared::of(language), office.clock.today());
        listing::catch_up(office).await?;
        let lately = listing::count_states(office, client, (before(today), today)).await?;
        let ever = listing::count_states(office, client, (FIRST_DAY, today)).await?;
        let count = |states: &[Standing]| states.iter().filter_map(|state| lately.get(state.as_str())).sum::<u64>();
        let counts = COUNTED.map(|states| {
            let [first, ..] = states else { return Count { class: "", word: "", number: 0, address: String::new() } };
            let (class, word) = state_in_words(first.as_str(), shared);
            Count { class, word, number: count(states), address: format!("/declarations?state={}", first.as_str()) }
        });
        let latest = listing::list(office, client, None, &latest(today)).await?;
        Ok(Self {
            frame: Frame::of(asker, words.title),
            words,
            shared,
            counts: counts.into(),
            latest: latest.rows.iter().map(|row| Latest::of(row, language)).collect(),
            waiting: ever.get(Standing::WaitingPayment.as_str()).copied().unwrap_or_default(),
            pays: payments::is_open_to(client),
            sends: may_send(client),
        })
    }
}

impl Latest {
    fn of(row: &Summary, language: Language) -> Self {
        Self {
            address: address_of(row.declaration_id),
            reference: row.reference.clone(),
            at: time(Timestamp::from_microsecond(row.received_at).unwrap_or_default()),
            country: country(&row.destination, language),
            state: state_in_words(&row.state, Shared::of(language)),
        }
    }
}

/// The five that came last.
fn latest(today: Date) -> Wanted {
    Wanted {
        from: FIRST_DAY,
        to: today,
        secretariat: String::new(),
        destination: String::new(),
        state: String::new(),
        sought: String::new(),
        side: None,
        order: (Order::Time, true),
        limit: 5,
        offset: 0,
    }
}

/// Before anything was recorded.
const FIRST_DAY: Date = date(2020, 1, 1);
/// States as they are counted; those of one entry go together, as in the list's filter.
const COUNTED: [&[Standing]; 5] = [
    &[Standing::WaitingPayment],
    &[Standing::AtDesk],
    &[Standing::Approved, Standing::Registered],
    &[Standing::Withdrawn],
    &[Standing::Cancelled],
];

words! {
    Words;
    title: "Genel Bakış", "Overview";
    lede: "Beyannamelerinizin durumu ve sizden beklenenler.", "How your declarations stand, and what is expected of you.";
    waiting: "Ödemesi beklenen beyanname sayısı", "Declarations that wait for payment";
    to_pay: "Ödeme sayfasına git", "Go to the payment page";
    lately: "Son otuz günde gelenler", "Those of the last thirty days";
    latest: "Son beyannameler", "Latest declarations";
    none: "Henüz beyanname yok.", "There is no declaration yet.";
    all: "Bütün beyannameler", "All declarations";
    at: "Tarih", "Date";
}
