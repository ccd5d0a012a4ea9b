//! The second step: everything once more, the sum told three times the same way, the payment password, and paying.

use super::words::Words;
use super::{BY_ACCOUNT, BY_CARD, CHOICES, Filled, METHOD, PASSWORD, Payer, choice, is_open_to, order};
use crate::form::{Errors, told};
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{Language, fill, lira};
use crate::visitor::{FromAddress, Posted};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::Refusal;
use ebirlik_domain::money::Money;
use ebirlik_operations::card;
use ebirlik_operations::pay::{self as paying, Basket, Bill, Named, Payable};
use ebirlik_operations::status::Answer;
use std::sync::Arc;

/// What is about to be paid.
#[derive(Template)]
#[template(path = "payments/check.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    /// What it comes to, a sentence for each secretariat; the same words in three places.
    sums: Vec<String>,
    /// Some account holds too little.
    is_short: bool,
    /// Whether there is anything that this way of paying can pay.
    may_pay: bool,
    /// How it is paid, as the form says it.
    method: &'static str,
    /// Whether the same could be paid by card.
    cards: bool,
    rows: Vec<Row>,
    left_out: Vec<LeftOut>,
    /// The chosen ones as an address names them.
    query: String,
    total: String,
    total_kurus: i64,
}

impl Page {
    fn by_card(&self) -> bool {
        self.method == BY_CARD
    }
}

/// What will be paid.
struct Row {
    id: i64,
    reference: String,
    exporter: String,
    fee: String,
}

/// What was chosen and cannot be paid now.
struct LeftOut {
    reference: String,
    why: &'static str,
    card_order: Option<String>,
}

/// `GET /payments/check`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Payer(asker, session): Payer,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let (filled, words) = (Filled::of(pairs), Words::of(asker.language));
    let mut errors = Errors::default();
    if filled.chosen.is_empty() {
        errors.add(CHOICES, words.choose_one);
    }
    if ![BY_ACCOUNT, BY_CARD].contains(&filled.method.as_str()) {
        errors.add(METHOD, words.method_missing);
    }
    if !errors.is_empty() {
        return choice(&portal, (&asker, &session), &filled, errors).await;
    }
    match paying::basket(&portal.office, &session.client, &filled.chosen).await {
        Ok(basket) => Step { portal: &portal, asker: &asker, session: &session, filled: &filled }.page(
            &basket,
            StatusCode::OK,
            errors,
        ),
        Err(_) => notice::unavailable(&asker),
    }
}

/// `POST /payments`: pays what was checked. The same form sent again finds it paid and changes nothing.
pub(crate) async fn pay(
    State(portal): State<Arc<Portal>>,
    Posted(asker, session, pairs): Posted<Vec<(String, String)>>,
) -> Response {
    if !is_open_to(&session.client) {
        return notice::not_a_payer(&asker);
    }
    let filled = Filled::of(pairs);
    let words = Words::of(asker.language);
    let mut errors = Errors::default();
    if filled.chosen.is_empty() {
        errors.add(CHOICES, words.choose_one);
        return choice(&portal, (&asker, &session), &filled, errors).await;
    }
    let Ok(basket) = paying::basket(&portal.office, &session.client, &filled.chosen).await else {
        return notice::unavailable(&asker);
    };
    let step = Step { portal: &portal, asker: &asker, session: &session, filled: &filled };
    if basket.payable.is_empty() && basket.left_out.iter().all(|left| left.card_order.is_none()) {
        return step.to_the_result();
    }
    if filled.password.is_empty() {
        errors.add(PASSWORD, words.password_missing);
        return step.page(&basket, StatusCode::UNPROCESSABLE_ENTITY, errors);
    }
    if !basket.payable.is_empty() && basket.total().map(Money::kurus) != filled.total {
        errors.add(CHOICES, words.changed);
        return step.page(&basket, StatusCode::CONFLICT, errors);
    }
    step.pay(&basket).await
}

/// One sender at this step.
struct Step<'s> {
    portal: &'s Portal,
    asker: &'s Asker,
    session: &'s Session,
    filled: &'s Filled,
}

impl Step<'_> {
    /// Pays, unless the payment password is guessed at: guesses count apart from those at the sign-in.
    async fn pay(&self, basket: &Basket) -> Response {
        let (portal, client, words) = (self.portal, &self.session.client, Words::of(self.asker.language));
        let mut errors = Errors::default();
        let name = format!("{}/pay", client.code);
        if let Err(wait) = portal.tries.begin(&name, self.asker.network, portal.office.clock.now()) {
            errors.add(PASSWORD, fill(self.asker.language.texts().wait_seconds, "n", wait.seconds));
            let page = self.page(basket, StatusCode::TOO_MANY_REQUESTS, errors);
            return ([(RETRY_AFTER, HeaderValue::from(wait.seconds))], page).into_response();
        }
        // What a card is paying already is named too: the rules say that it is.
        let under_way = basket.left_out.iter().filter(|left| left.card_order.is_some());
        let named: Vec<Named> = basket.payable.iter().chain(under_way).map(named).collect();
        let payable = named.get(..basket.payable.len()).unwrap_or_default();
        let refusal = if self.filled.is_by_card() {
            match card::begin(&portal.office, client, &self.filled.password, &named).await {
                Ok(Answer::Given(page)) => {
                    portal.tries.succeeded(&name, self.asker.network);
                    return order::to_the_bank(self.asker, self.session, page);
                }
                Ok(Answer::Refused(refusal)) => refusal,
                Err(_) => {
                    portal.tries.came_to_nothing(&name, self.asker.network);
                    errors.add(METHOD, words.bank_silent);
                    return self.page(basket, StatusCode::SERVICE_UNAVAILABLE, errors);
                }
            }
        } else {
            match paying::pay(&portal.office, client, &self.filled.password, payable).await {
                Ok(Answer::Given(_)) => {
                    portal.tries.succeeded(&name, self.asker.network);
                    return self.to_the_result();
                }
                Ok(Answer::Refused(refusal)) => refusal,
                Err(_) => {
                    portal.tries.came_to_nothing(&name, self.asker.network);
                    return notice::unavailable(self.asker);
                }
            }
        };
        let is_guess = refusal.findings.iter().all(|finding| finding.rule == Rule::PaymentPasswordWrong);
        if !is_guess {
            portal.tries.succeeded(&name, self.asker.network);
        }
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        self.page(basket, status, errors_of(&refusal, self.asker.language))
    }

    fn to_the_result(&self) -> Response {
        Redirect::to(&format!("/payments/done?{}", self.filled.query())).into_response()
    }

    fn page(&self, basket: &Basket, status: StatusCode, errors: Errors) -> Response {
        let (language, by_card) = (self.asker.language, self.filled.is_by_card());
        let words = Words::of(language);
        let Some(total) = basket.total() else { return notice::unavailable(self.asker) };
        let count: usize = basket.bills.iter().map(|bill| bill.count).sum();
        let sums = match by_card {
            true if count == 0 => Vec::new(),
            true => vec![counted(words.by_card, count, &lira(total, language))],
            false => basket.bills.iter().map(|bill| sum(bill, language)).collect(),
        };
        let page = Page {
            frame: Frame::of(self.asker, errors.title(words.check_title, language)),
            words,
            errors,
            token: self.session.token(),
            sums,
            is_short: !by_card && basket.bills.iter().any(|bill| !bill.missing().is_zero()),
            may_pay: count > 0 && (by_card || basket.bills.iter().any(|bill| bill.account.is_some())),
            method: if by_card { BY_CARD } else { BY_ACCOUNT },
            cards: self.portal.office.cards().is_some(),
            rows: basket.payable.iter().map(|payable| Row::of(payable, language)).collect(),
            left_out: basket.left_out.iter().map(|payable| LeftOut::of(payable, words)).collect(),
            query: self.filled.query(),
            total: lira(total, language),
            total_kurus: total.kurus(),
        };
        html(status, &page)
    }
}

fn named(payable: &Payable) -> Named {
    Named { declarant: payable.recorded.declarant.clone(), reference: payable.recorded.reference.clone() }
}

/// What is to be paid at one secretariat, in one sentence.
fn sum(bill: &Bill, language: Language) -> String {
    let words = Words::of(language);
    let sentence = |text: &str| counted(text, bill.count, &lira(bill.total, language));
    let Some((account, _)) = &bill.account else {
        return fill(&sentence(words.no_account), "secretariat", &bill.secretariat);
    };
    let sentence = |text: &str| fill(&sentence(text), "account", account);
    if let Some(left) = bill.left() {
        return fill(&sentence(words.by_account), "left", lira(left, language));
    }
    fill(&sentence(words.by_account_short), "missing", lira(bill.missing(), language))
}

fn counted(text: &str, count: usize, total: &str) -> String {
    fill(&fill(text, "n", count), "sum", total)
}

fn errors_of(refusal: &Refusal, language: Language) -> Errors {
    let mut errors = Errors::default();
    for finding in &refusal.findings {
        let field = if finding.rule == Rule::PaymentPasswordWrong { PASSWORD } else { CHOICES };
        let reference = refusal.reference.as_ref().map(|reference| format!("{reference}: ")).unwrap_or_default();
        errors.add(field, format!("{reference}{}", told(finding, language)));
    }
    errors
}

impl Row {
    fn of(payable: &Payable, language: Language) -> Self {
        Self {
            id: payable.recorded.id,
            reference: payable.recorded.reference.clone(),
            exporter: payable.recorded.exporter.clone(),
            fee: payable.fee.map(|fee| lira(fee, language)).unwrap_or_default(),
        }
    }
}

impl LeftOut {
    fn of(payable: &Payable, words: &Words) -> Self {
        use ebirlik_domain::state::State;
        let why = match (&payable.card_order, payable.recorded.state) {
            (Some(_), State::WaitingPayment) => words.card_open,
            (None, State::WaitingPayment) => words.unpriced,
            _ => words.left_paid,
        };
        Self { reference: payable.recorded.reference.clone(), why, card_order: payable.card_order.clone() }
    }
}
