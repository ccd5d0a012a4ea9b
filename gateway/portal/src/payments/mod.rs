//! Paying what waits: choose several, the method, the payment password; and how a card payment stands.

use crate::access::sign_in_first;
use crate::form::told;
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{Language, Texts, fill, lira};
use crate::{Portal, csrf, notice};
use askama::Template;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::catalogue;
use ebirlik_domain::decision::{Decision, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::state::State as DeclarationState;
use ebirlik_operations::card::{self, Shown};
use ebirlik_operations::pay::{self as paying, PAYABLE_MAX, Payable};
use ebirlik_operations::status::Answer;
use ebirlik_operations::{Client, Role};
use ebirlik_store::cards::OrderState;
use serde::Deserialize;
use std::sync::Arc;

/// What waits, and the form around it.
#[derive(Template)]
#[template(path = "payments/page.html")]
struct Page {
    frame: Frame,
    errors: Vec<Error>,
    token: String,
    rows: Vec<Row>,
    /// Where later ones begin, if there may be some.
    after: Option<i64>,
    cards: bool,
    by_card: bool,
}

impl Page {
    /// Whether there is one to choose: what is being paid by card already cannot be.
    fn may_pay(&self) -> bool {
        self.rows.iter().any(|row| row.card_order.is_none())
    }
}

/// What is wrong, and the field to go to.
struct Error {
    field: &'static str,
    sentence: String,
}

/// A declaration to choose.
struct Row {
    id: i64,
    reference: String,
    secretariat: String,
    exporter: String,
    declarant: String,
    fee: String,
    card_order: Option<String>,
    chosen: bool,
}

/// What became of a payment from the account.
#[derive(Template)]
#[template(path = "payments/paid.html")]
struct Paid {
    frame: Frame,
    rows: Vec<Outcome>,
}

/// What became of one declaration.
struct Outcome {
    reference: String,
    class: &'static str,
    word: &'static str,
    sentence: String,
    code: Option<String>,
}

/// A card payment: on its way to the bank, or as it stands.
#[derive(Template)]
#[template(path = "payments/order.html")]
struct OrderPage {
    frame: Frame,
    token: String,
    order_no: String,
    amount: String,
    class: &'static str,
    sentence: &'static str,
    rows: Vec<Outcome>,
    /// The bank's page, for whoever goes there now.
    bank: Option<String>,
    refreshes: bool,
    /// Whether the bank's page may still be open.
    goes_on: bool,
}

/// Where a list begins.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    after: i64,
}

/// What the form sends; a name comes once for each declaration.
#[derive(Default)]
struct Filled {
    token: String,
    chosen: Vec<i64>,
    method: String,
    password: String,
}

impl Filled {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut filled = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "token" => filled.token = value,
                "declaration" => filled.chosen.extend(value.parse::<i64>()),
                "method" => filled.method = value,
                "password" => filled.password = value,
                _ => {}
            }
        }
        filled
    }
}

/// Whether a client pays for a firm.
pub(crate) fn is_open_to(client: &Client) -> bool {
    client.roles.has(Role::Payer) && !client.firm.is_empty()
}

/// Who pays; whoever may not, or has to sign in first, is sent elsewhere.
fn payer(asker: &Asker) -> Result<&Session, Box<Response>> {
    match &asker.session {
        Ok(Some(session)) if is_open_to(&session.client) => Ok(session),
        Ok(Some(_)) => Err(Box::new(notice::not_a_payer(asker))),
        Ok(None) => Err(Box::new(Redirect::to(&sign_in_first(&asker.asked_for)).into_response())),
        Err(_) => Err(Box::new(notice::unavailable(asker))),
    }
}

/// `GET /payments`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Response {
    let session = match payer(&asker) {
        Ok(session) => session,
        Err(elsewhere) => return *elsewhere,
    };
    let after = wish.map(|Query(wish)| wish.after).unwrap_or_default();
    form(&portal, &asker, session, after, &Filled::default(), StatusCode::OK, Vec::new()).await
}

/// `POST /payments`
pub(crate) async fn pay(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    sent: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let session = match payer(&asker) {
        Ok(session) => session,
        Err(elsewhere) => return *elsewhere,
    };
    let filled = Filled::of(sent.map(|Form(pairs)| pairs).unwrap_or_default());
    if !csrf::is_token_of(&session.id, &filled.token) {
        return notice::stale_form(&asker);
    }
    let (text, client) = (asker.language.texts(), &session.client);
    let again = async |status, errors| form(&portal, &asker, session, 0, &filled, status, errors).await;
    let missing = missing(&filled, text);
    if !missing.is_empty() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, missing).await;
    }
    let Ok(named) = paying::name(&portal.office, client, &filled.chosen).await else {
        return notice::unavailable(&asker);
    };
    // Guesses at the payment password count apart from those at the sign-in.
    let name = format!("{}/pay", client.code);
    if let Err(wait) = portal.tries.begin(&name, asker.network, portal.office.clock.now()) {
        let sentence = fill(text.wait_seconds, "n", wait.seconds);
        let page = again(StatusCode::TOO_MANY_REQUESTS, vec![Error { field: PASSWORD, sentence }]).await;
        return ([(RETRY_AFTER, HeaderValue::from(wait.seconds))], page).into_response();
    }
    if filled.method == BY_CARD {
        return match card::begin(&portal.office, client, &filled.password, &named).await {
            Ok(Answer::Given(page)) => {
                portal.tries.succeeded(&name, asker.network);
                to_the_bank(&asker, session, page)
            }
            Ok(Answer::Refused(refusal)) => {
                note_proved(&portal, &name, &asker, &refusal);
                again(status_of(&refusal), errors_of(&refusal, asker.language)).await
            }
            Err(_) => {
                portal.tries.came_to_nothing(&name, asker.network);
                let error = Error { field: "method", sentence: text.payments_bank_silent.to_owned() };
                again(StatusCode::SERVICE_UNAVAILABLE, vec![error]).await
            }
        };
    }
    match paying::pay(&portal.office, client, &filled.password, &named).await {
        Ok(Answer::Given(decisions)) => {
            portal.tries.succeeded(&name, asker.network);
            let rows = decisions
                .iter()
                .zip(&named)
                .map(|(decision, named)| Outcome::of(&named.reference, decision, asker.language));
            let page = Paid { frame: Frame::of(&asker, text.paid_title), rows: rows.collect() };
            html(StatusCode::OK, &page)
        }
        Ok(Answer::Refused(refusal)) => {
            note_proved(&portal, &name, &asker, &refusal);
            again(status_of(&refusal), errors_of(&refusal, asker.language)).await
        }
        Err(_) => {
            portal.tries.came_to_nothing(&name, asker.network);
            notice::unavailable(&asker)
        }
    }
}

/// `GET /payments/card/{order}`: where the bank sends the browser back to. That it comes proves nothing.
pub(crate) async fn show_order(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    Path(order_no): Path<String>,
) -> Response {
    let session = match payer(&asker) {
        Ok(session) => session,
        Err(elsewhere) => return *elsewhere,
    };
    match card::show(&portal.office, &session.client, &order_no).await {
        Ok(Some(shown)) => html(StatusCode::OK, &OrderPage::of(&asker, session, &shown)),
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// `POST /payments/card/{order}`: back to the bank's page that was left.
pub(crate) async fn go_on(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    Path(order_no): Path<String>,
    sent: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let session = match payer(&asker) {
        Ok(session) => session,
        Err(elsewhere) => return *elsewhere,
    };
    let filled = Filled::of(sent.map(|Form(pairs)| pairs).unwrap_or_default());
    if !csrf::is_token_of(&session.id, &filled.token) {
        return notice::stale_form(&asker);
    }
    match card::page_of(&portal.office, &session.client, &order_no).await {
        Ok(Answer::Given(page)) => to_the_bank(&asker, session, page),
        // Ended meanwhile: the page tells how.
        Ok(Answer::Refused(_)) => {
            let order_no: String = order_no.chars().filter(char::is_ascii_alphanumeric).collect();
            Redirect::to(&format!("/payments/card/{order_no}")).into_response()
        }
        Err(_) => notice::unavailable(&asker),
    }
}

/// The way to the bank is a link of its own: a form that leads to another host would be stopped by browsers.
fn to_the_bank(asker: &Asker, session: &Session, page: card::Page) -> Response {
    let text = asker.language.texts();
    let page = OrderPage {
        frame: Frame::of(asker, text.order_title),
        token: session.token(),
        order_no: page.order_no,
        amount: lira(page.amount, asker.language),
        class: "",
        sentence: text.order_to_bank,
        rows: Vec::new(),
        bank: Some(page.url),
        refreshes: false,
        goes_on: false,
    };
    html(StatusCode::OK, &page)
}

async fn form(
    portal: &Portal,
    asker: &Asker,
    session: &Session,
    after: i64,
    filled: &Filled,
    status: StatusCode,
    errors: Vec<Error>,
) -> Response {
    let Ok(payable) = paying::list_payable(&portal.office, &session.client, session.exporter(), after).await else {
        return notice::unavailable(asker);
    };
    let text = asker.language.texts();
    let after = payable.last().filter(|_| payable.len() == PAYABLE_MAX);
    let title = match errors.as_slice() {
        [] => text.payments_title.to_owned(),
        _ => format!("{}: {}", text.error, text.payments_title),
    };
    let page = Page {
        frame: Frame::of(asker, title),
        errors,
        token: session.token(),
        after: after.map(|last| last.recorded.received_at.as_microsecond()),
        rows: payable.into_iter().map(|payable| Row::of(payable, filled, asker.language)).collect(),
        cards: portal.office.cards().is_some(),
        by_card: filled.method == BY_CARD,
    };
    html(status, &page)
}

fn missing(filled: &Filled, text: &'static Texts) -> Vec<Error> {
    let rules = [
        (filled.chosen.is_empty(), "choices", text.payments_choose_one),
        (![BY_ACCOUNT, BY_CARD].contains(&filled.method.as_str()), "method", text.payments_method_missing),
        (filled.password.is_empty(), PASSWORD, text.payments_password_missing),
    ];
    let broken = rules.into_iter().filter(|(broken, ..)| *broken);
    broken.map(|(_, field, sentence)| Error { field, sentence: sentence.to_owned() }).collect()
}

/// A refusal for another reason than the password is no guess.
fn note_proved(portal: &Portal, name: &str, asker: &Asker, refusal: &Refusal) {
    if refusal.findings.iter().any(|finding| finding.rule != catalogue::Rule::PaymentPasswordWrong) {
        portal.tries.succeeded(name, asker.network);
    }
}

fn status_of(refusal: &Refusal) -> StatusCode {
    StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
}

fn errors_of(refusal: &Refusal, language: Language) -> Vec<Error> {
    let errors = refusal.findings.iter().map(|finding| {
        let field = if finding.rule == catalogue::Rule::PaymentPasswordWrong { PASSWORD } else { "choices" };
        let reference = refusal.reference.as_ref().map(|reference| format!("{reference}: ")).unwrap_or_default();
        Error { field, sentence: format!("{reference}{}", told(finding, language)) }
    });
    errors.collect()
}

impl Row {
    fn of(payable: Payable, filled: &Filled, language: Language) -> Self {
        let Payable { recorded, fee, card_order } = payable;
        let unpriced = || language.texts().payments_unpriced.to_owned();
        Self {
            id: recorded.id,
            chosen: filled.chosen.contains(&recorded.id),
            reference: recorded.reference,
            secretariat: recorded.secretariat,
            exporter: recorded.exporter,
            declarant: recorded.declarant,
            fee: fee.map_or_else(unpriced, |fee| lira(fee, language)),
            card_order,
        }
    }
}

impl Outcome {
    fn of(reference: &str, decision: &Decision, language: Language) -> Self {
        let text = language.texts();
        let first = |findings: &[Finding]| findings.last().map(|finding| told(finding, language)).unwrap_or_default();
        let (class, word, sentence, code) = match decision {
            Decision::Approved(approval) => {
                let fee = lira(approval.price.fee, language);
                ("good", text.paid_approved, fee, Some(approval.code.clone()))
            }
            Decision::Pending(pending) => ("warn", text.paid_waits, first(&pending.notices), None),
            Decision::Refused(refusal) => ("bad", text.paid_refused, first(&refusal.findings), None),
            Decision::Trial(_) => ("warn", text.paid_waits, String::new(), None),
        };
        Self { reference: reference.to_owned(), class, word, sentence, code }
    }
}

impl OrderPage {
    fn of(asker: &Asker, session: &Session, shown: &Shown) -> Self {
        let text = asker.language.texts();
        let order = &shown.order;
        let (class, sentence) = match order.state {
            OrderState::Begun => ("warn", text.order_pending),
            OrderState::Paid if order.settled => ("good", text.order_paid),
            OrderState::Paid => ("good", text.order_settling),
            OrderState::Failed => ("bad", text.order_failed),
            OrderState::Expired => ("bad", text.order_expired),
        };
        let is_settled = order.state == OrderState::Paid && order.settled;
        let rows = shown.declarations.iter().map(|recorded| {
            let approved = matches!(recorded.state, DeclarationState::Approved | DeclarationState::Registered);
            let (class, word) = if approved { ("good", text.paid_approved) } else { ("warn", text.paid_waits) };
            let sentence = if is_settled && !approved { text.order_left.to_owned() } else { String::new() };
            Outcome { reference: recorded.reference.clone(), class, word, sentence, code: None }
        });
        Self {
            frame: Frame::of(asker, text.order_title),
            token: session.token(),
            order_no: order.order_no.clone(),
            amount: lira(order.amount, asker.language),
            class,
            sentence,
            rows: rows.collect(),
            bank: None,
            refreshes: matches!(order.state, OrderState::Begun) || (order.state == OrderState::Paid && !order.settled),
            goes_on: order.state == OrderState::Begun,
        }
    }
}

const BY_ACCOUNT: &str = "account";
const BY_CARD: &str = "card";
const PASSWORD: &str = "password";

#[cfg(test)]
mod tests {
    use super::*;

    impl Page {
        fn sample(language: Language, cards: bool) -> Self {
            let row = Row {
                id: 7,
                reference: "BRK<1>".to_owned(),
                secretariat: "IMMIB".to_owned(),
                exporter: "1234567890".to_owned(),
                declarant: "9876543217".to_owned(),
                fee: "518,77 TL".to_owned(),
                card_order: None,
                chosen: true,
            };
            let open =
                Row { id: 8, card_order: Some("EB9".to_owned()), reference: "BRK2".to_owned(), ..Self::copy(&row) };
            let rows = vec![row, open];
            let frame = Frame::sample(language, true);
            Self { frame, errors: Vec::new(), token: "0f".to_owned(), rows, after: Some(5), cards, by_card: false }
        }

        fn copy(row: &Row) -> Row {
            Row {
                id: row.id,
                reference: row.reference.clone(),
                secretariat: row.secretariat.clone(),
                exporter: row.exporter.clone(),
                declarant: row.declarant.clone(),
                fee: row.fee.clone(),
                card_order: row.card_order.clone(),
                chosen: false,
            }
        }
    }

    #[test]
    fn cards_are_offered_only_where_they_are_taken_and_what_is_under_way_is_not_chosen_again() {
        let page = Page::sample(Language::Turkish, true).render().unwrap();
        assert!(page.contains("value=\"card\"") && page.contains("518,77 TL") && page.contains("BRK&#60;1&#62;"));
        assert!(page.contains("name=\"declaration\" value=\"7\" checked") && !page.contains("value=\"8\""));
        assert!(page.contains("href=\"/payments/card/EB9\"") && page.contains("href=\"/payments?after=5\""));
        let page = Page::sample(Language::English, false).render().unwrap();
        assert!(!page.contains("value=\"card\"") && page.contains("Payment password"));
    }

    #[test]
    fn a_form_names_several_declarations() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let filled = Filled::of(vec![pair("declaration", "7"), pair("declaration", "x"), pair("declaration", "8")]);
        assert_eq!(filled.chosen, [7, 8]);
        assert_eq!(missing(&filled, Language::Turkish.texts()).len(), 2);
    }
}
