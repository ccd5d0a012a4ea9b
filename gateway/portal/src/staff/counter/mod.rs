//! The counter (G-9, G-12, G-13, G-79, G-80): a declaration that was brought is pasted, uploaded or filled in, tried, and
//! entered against cash or on paper. Code and receipt stand on the declaration's page afterwards.

use super::declarations::{self, Content, content};
use super::words::Words;
use super::{carried, message_of};
use crate::form::{Errors, Said, Sent};
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{Language, lira};
use crate::visitor::{Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::{Decision, Fault, Refusal};
use ebirlik_domain::declaration::Declaration;
use ebirlik_operations::approve::Mode;
use ebirlik_operations::counter::{Counter, enter};
use ebirlik_operations::incoming::{self, FilledIn, FilledItem, ITEMS_MAX, Incoming, Sheet, placed};
use ebirlik_store::DeclarationKey;
use std::sync::Arc;

/// The form, or with a summary the page to check it.
#[derive(Template)]
#[template(path = "staff/counter/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    findings: Vec<Said>,
    token: String,
    secretariat: String,
    filled: Filled,
    summary: Option<Summary>,
}

/// What was filled in, as typed.
#[derive(Default)]
struct Filled {
    on_paper: bool,
    pasted: String,
    /// The message, carried from the first page to the second.
    message: String,
    by_hand: FilledIn,
}

/// What would be entered.
struct Summary {
    facts: Vec<(&'static str, String)>,
    content: Content,
}

/// `GET /staff/counter`
pub(crate) async fn show(Visitor(asker, session): Visitor) -> Response {
    html(StatusCode::OK, &Page::of(&asker, &session, Filled::default()))
}

/// `POST /staff/counter`: tries it first, then enters it.
pub(crate) async fn submit(State(portal): State<Arc<Portal>>, Posted(asker, session, sent): Posted<Sent>) -> Response {
    let mut page = Page::of(&asker, &session, Filled::of(&sent));
    if sent.is_cut {
        page.errors.add("file", page.words.too_long);
        return page.respond(&asker, StatusCode::PAYLOAD_TOO_LARGE);
    }
    if sent.text("step") == "edit" {
        return page.respond(&asker, StatusCode::OK);
    }
    let Some(message) = message_of(&sent).or_else(|| page.message_by_hand()) else {
        page.errors.add("pasted", page.words.message_missing);
        return page.respond(&asker, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let sheet = Sheet { bytes: &message, secretariat: &page.secretariat, payment: "" };
    let read = match incoming::read(&portal.office, sheet) {
        Ok(read) => read,
        Err(refusal) => return page.refused(&asker, &refusal, None),
    };
    let is_real = sent.text("step") == "do";
    let mode = if is_real { Mode::Real } else { Mode::Trial };
    let counter = if page.filled.on_paper { Counter::Paper } else { Counter::Cash };
    let declaration = read.declaration.clone();
    match Box::pin(enter(&portal.office, &session.client, declaration, counter, mode)).await {
        Ok(Decision::Refused(refusal)) => page.refused(&asker, &refusal, Some(&read)),
        Ok(_) if is_real => match entered(&portal, &read.declaration).await {
            Ok(address) => Redirect::to(&address).into_response(),
            Err(_) => notice::unavailable(&asker),
        },
        Ok(decision) => {
            page.filled.message = carried(&message);
            page.summary = Some(Summary::of(&read.declaration, &decision, asker.language));
            page.respond(&asker, StatusCode::OK)
        }
        Err(_) => notice::unavailable(&asker),
    }
}

/// Where it is told what was entered.
async fn entered(portal: &Portal, declaration: &Declaration) -> Result<String, Fault> {
    let text = |entry: &ebirlik_domain::declaration::Entry| entry.text().unwrap_or_default().to_owned();
    let key = DeclarationKey::of(&text(&declaration.declarant), &text(&declaration.reference));
    let recorded = portal.office.store.find_declaration(key).await?.ok_or(Fault::Unavailable)?;
    Ok(format!("{}?entered=1", declarations::address(recorded.id)))
}

impl Filled {
    fn of(sent: &Sent) -> Self {
        let text = |name: &str| sent.text(name).trim().to_owned();
        let items = sent.all("gtip").zip(sent.all("net_weight")).zip(sent.all("item_amount"));
        let items = items.take(ITEMS_MAX).map(|((gtip, net_weight), amount)| FilledItem {
            gtip: gtip.trim().to_owned(),
            net_weight: net_weight.trim().to_owned(),
            amount: amount.trim().to_owned(),
        });
        Self {
            on_paper: text("kind") == "paper",
            pasted: sent.text("pasted").to_owned(),
            message: message_of(sent).map(|message| carried(&message)).unwrap_or_default(),
            by_hand: FilledIn {
                secretariat: String::new(),
                payment: String::new(),
                reference: text("reference"),
                declarant: text("declarant"),
                exporter: text("exporter"),
                regime: text("regime"),
                office: text("office"),
                destination: text("destination"),
                delivery_term: text("delivery_term"),
                invoice_total: text("invoice_total"),
                currency: text("currency"),
                freight: text("freight"),
                insurance: text("insurance"),
                items: items.filter(|item| *item != FilledItem::default()).collect(),
            },
        }
    }
}

impl Page {
    fn of(asker: &Asker, session: &Session, filled: Filled) -> Self {
        let words = Words::of(asker.language);
        Self {
            frame: Frame::of(asker, words.counter_title),
            words,
            errors: Errors::default(),
            findings: Vec::new(),
            token: session.token(),
            secretariat: session.client.secretariat.clone(),
            filled,
            summary: None,
        }
    }

    fn refused(mut self, asker: &Asker, refusal: &Refusal, read: Option<&Incoming>) -> Response {
        let findings = read.map_or_else(|| refusal.findings.clone(), |read| placed(&read.source, &refusal.findings));
        let (field, language) = (if self.is_by_hand() { "reference" } else { "pasted" }, asker.language);
        self.errors = Errors::refused(field, refusal, language);
        self.findings = findings.iter().map(|finding| Said::of(finding, language)).collect();
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        self.respond(asker, status)
    }

    fn respond(mut self, asker: &Asker, status: StatusCode) -> Response {
        self.frame.title = self.errors.title(&self.frame.title, asker.language);
        html(status, &self)
    }

    fn message_by_hand(&self) -> Option<Vec<u8>> {
        let filled = FilledIn { secretariat: self.secretariat.clone(), ..self.filled.by_hand.clone() };
        self.is_by_hand().then(|| filled.message().into_bytes())
    }

    fn is_by_hand(&self) -> bool {
        self.filled.by_hand != FilledIn::default()
    }

    /// Name, label and value of the fields that are filled in by hand.
    fn fields(&self) -> [(&'static str, &'static str, &str); 11] {
        let (words, by_hand) = (self.words, &self.filled.by_hand);
        [
            ("reference", words.reference, by_hand.reference.as_str()),
            ("declarant", words.declarant, &by_hand.declarant),
            ("exporter", words.exporter, &by_hand.exporter),
            ("regime", words.regime, &by_hand.regime),
            ("office", words.office, &by_hand.office),
            ("destination", words.destination, &by_hand.destination),
            ("delivery_term", words.delivery_term, &by_hand.delivery_term),
            ("invoice_total", words.invoice, &by_hand.invoice_total),
            ("currency", words.currency, &by_hand.currency),
            ("freight", words.freight, &by_hand.freight),
            ("insurance", words.insurance, &by_hand.insurance),
        ]
    }

    /// The rows for items: those that are filled in, and empty ones.
    fn rows(&self) -> Vec<FilledItem> {
        let filled = self.filled.by_hand.items.iter().cloned();
        filled.chain(std::iter::repeat_with(FilledItem::default)).take(ITEMS_MAX).collect()
    }
}

impl Summary {
    fn of(declaration: &Declaration, decision: &Decision, language: Language) -> Self {
        let words = Words::of(language);
        let text = |entry: &ebirlik_domain::declaration::Entry| entry.text().unwrap_or_default().to_owned();
        let mut facts = vec![
            (words.reference, text(&declaration.reference)),
            (words.exporter, text(&declaration.exporter)),
            (words.declarant, text(&declaration.declarant)),
        ];
        let price = match decision {
            Decision::Trial(trial) => Some(&trial.price),
            Decision::Pending(pending) => Some(&*pending.price),
            Decision::Approved(approval) => Some(&*approval.price),
            Decision::Refused(_) => None,
        };
        match (decision, price) {
            (Decision::Approved(_), _) => facts.push((words.state, words.known_before.to_owned())),
            (_, Some(price)) => facts.push((words.to_collect, lira(price.fee, language))),
            _ => {}
        }
        if let Decision::Trial(trial) = decision {
            facts.extend(trial.notices.iter().map(|notice| (words.state, crate::form::told(notice, language))));
        }
        Self { facts, content: content(declaration, price, language) }
    }
}
