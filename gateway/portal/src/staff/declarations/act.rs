//! What staff do to a declaration: asked for with reason and paper, shown as it would be done, then done.
//!
//! The form comes twice: once to be checked, once to be done. What may be done is decided by `operations::cases`.

use super::super::words::Words;
use super::super::{carried, day_typed, message_of};
use super::{address, shown};
use crate::form::{Errors, Said, Sent};
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{Language, lira};
use crate::visitor::{Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::money::Money;
use ebirlik_domain::state::{Move, State as DeclarationState};
use ebirlik_operations::cases::{Act, Proposal, propose};
use ebirlik_operations::incoming::{self, Incoming, Sheet, placed};
use ebirlik_operations::lookup;
use ebirlik_operations::preview::{Preview, preview};
use ebirlik_operations::refund::Application;
use ebirlik_operations::status::Answer;
use ebirlik_store::declarations::Recorded;
use std::sync::Arc;

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Release,
    Refuse,
    Cancel,
    Correct,
    Refund,
    Rebind,
}

impl Step {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Release, "release"),
        (Self::Refuse, "refuse"),
        (Self::Correct, "correct"),
        (Self::Rebind, "rebind"),
        (Self::Refund, "refund"),
        (Self::Cancel, "cancel"),
    ];

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, name)| *name == text).map(|(step, _)| step)
    }

    /// Those that a page offers in a state.
    pub(super) fn possible(state: DeclarationState, was_approved: bool) -> Vec<Self> {
        let at_desk = state == DeclarationState::AtDesk;
        let may = |step: Self| match step {
            Self::Release | Self::Refuse => at_desk,
            Self::Correct => state.after(Move::Correct).is_some(),
            Self::Rebind => state == DeclarationState::Registered,
            Self::Refund => was_approved,
            Self::Cancel => !at_desk && state.after(Move::Cancel).is_some(),
        };
        Self::ALL.into_iter().map(|(step, _)| step).filter(|step| may(*step)).collect()
    }

    pub(super) fn address(self, id: i64) -> String {
        let name = Self::ALL.into_iter().find(|(step, _)| *step == self).map_or("", |(_, name)| name);
        format!("{}/{name}", address(id))
    }

    pub(super) fn label(self, words: &Words) -> &'static str {
        match self {
            Self::Release => words.release,
            Self::Refuse => words.refuse,
            Self::Cancel => words.cancel,
            Self::Correct => words.correct,
            Self::Refund => words.refund,
            Self::Rebind => words.rebind,
        }
    }

    fn lede(self, words: &Words) -> &'static str {
        match self {
            Self::Release => words.release_lede,
            Self::Refuse => words.refuse_lede,
            Self::Cancel => words.cancel_lede,
            Self::Correct => words.correct_lede,
            Self::Refund => words.refund_lede,
            Self::Rebind => words.rebind_lede,
        }
    }

    /// Whether a paper has to prove it; at the desk the reason is enough.
    fn needs_proof(self) -> bool {
        !matches!(self, Self::Release | Self::Refuse)
    }
}

/// The form, or with a summary the page to check it.
#[derive(Template)]
#[template(path = "staff/declarations/act.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    findings: Vec<Said>,
    token: String,
    step: Step,
    action: String,
    back: String,
    recorded: Recorded,
    secretariat: String,
    filled: Filled,
    summary: Option<Summary>,
}

/// What was filled in, as typed.
#[derive(Default)]
struct Filled {
    version: String,
    reason: String,
    proof: String,
    amount: String,
    applied_by: String,
    applied_on: String,
    confirmation: String,
    registration_no: String,
    pasted: String,
    /// The message, carried from the first page to the second.
    message: String,
}

/// What would be done.
struct Summary {
    facts: Vec<(&'static str, String)>,
    needs_second: bool,
    /// Of a correction.
    changes: Option<Vec<(String, String, String)>>,
}

/// `GET /staff/declarations/{id}/{act}`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path((id, step)): Path<(String, String)>,
) -> Response {
    match found(&portal, &session, &id, &step).await {
        Ok(Some((step, recorded))) => {
            let filled = Filled { version: recorded.version.to_string(), ..Filled::default() };
            html(StatusCode::OK, &Page::of(&asker, &session, step, recorded, filled))
        }
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// `POST /staff/declarations/{id}/{act}`
pub(crate) async fn submit(
    State(portal): State<Arc<Portal>>,
    Path((id, step)): Path<(String, String)>,
    Posted(asker, session, sent): Posted<Sent>,
) -> Response {
    let (step, recorded) = match found(&portal, &session, &id, &step).await {
        Ok(Some(found)) => found,
        Ok(None) => return notice::not_found(asker).await,
        Err(_) => return notice::unavailable(&asker),
    };
    let mut page = Page::of(&asker, &session, step, recorded, Filled::of(&sent));
    if sent.is_cut {
        page.errors.add("file", page.words.too_long);
        return page.respond(&asker, StatusCode::PAYLOAD_TOO_LARGE);
    }
    if sent.text("step") == "edit" {
        return page.respond(&asker, StatusCode::OK);
    }
    if [&page.filled.reason, &page.filled.proof].iter().any(|text| text.len() > TEXT_BYTES_MAX) {
        page.errors.add("reason", page.words.too_long);
        return page.respond(&asker, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let Some(act) = page.act(&portal, &asker, &sent) else {
        return page.respond(&asker, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let proposal = Proposal {
        declarant: page.recorded.declarant.clone(),
        reference: page.recorded.reference.clone(),
        act,
        reason: page.filled.reason.clone(),
        proof: page.filled.proof.clone(),
    };
    if sent.text("step") == "do" {
        return match Box::pin(propose(&portal.office, &session.client, proposal)).await {
            Ok(Answer::Given(done)) => {
                Redirect::to(&format!("{}?done={}", address(page.recorded.id), done.case)).into_response()
            }
            Ok(Answer::Refused(refusal)) => page.refused(&asker, &sent, &refusal, &portal),
            Err(_) => notice::unavailable(&asker),
        };
    }
    match Box::pin(preview(&portal.office, &session.client, &proposal)).await {
        Ok(Answer::Given(preview)) => {
            page.summary = Some(Summary::of(&preview, &page.filled, asker.language));
            page.respond(&asker, StatusCode::OK)
        }
        Ok(Answer::Refused(refusal)) => page.refused(&asker, &sent, &refusal, &portal),
        Err(_) => notice::unavailable(&asker),
    }
}

async fn found(portal: &Portal, session: &Session, id: &str, step: &str) -> Result<Option<(Step, Recorded)>, Fault> {
    let (Some(step), Ok(id)) = (Step::parse(step), id.parse()) else { return Ok(None) };
    Ok(lookup::recorded(&portal.office, &session.client, id).await?.map(|recorded| (step, recorded)))
}

impl Filled {
    fn of(sent: &Sent) -> Self {
        let text = |name: &str| sent.text(name).trim().to_owned();
        Self {
            version: text("version"),
            reason: text("reason"),
            proof: text("proof"),
            amount: text("amount"),
            applied_by: text("applied_by"),
            applied_on: text("applied_on"),
            confirmation: text("confirmation"),
            registration_no: text("registration_no"),
            pasted: sent.text("pasted").to_owned(),
            message: message_of(sent).map(|message| carried(&message)).unwrap_or_default(),
        }
    }
}

impl Page {
    fn of(asker: &Asker, session: &Session, step: Step, recorded: Recorded, filled: Filled) -> Self {
        let words = Words::of(asker.language);
        Self {
            frame: Frame::of(asker, step.label(words)),
            words,
            errors: Errors::default(),
            findings: Vec::new(),
            token: session.token(),
            step,
            action: step.address(recorded.id),
            back: address(recorded.id),
            secretariat: session.client.secretariat.clone(),
            recorded,
            filled,
            summary: None,
        }
    }

    /// The act as filled in; what is wrong with it is among the errors.
    fn act(&mut self, portal: &Portal, asker: &Asker, sent: &Sent) -> Option<Act> {
        match self.step {
            Step::Release => Some(Act::Release { version: self.filled.version.parse().ok() }),
            Step::Refuse | Step::Cancel => Some(Act::Cancel),
            Step::Rebind => Some(Act::Rebind { registration_no: self.filled.registration_no.clone() }),
            Step::Refund => self.application().map(Act::Refund),
            Step::Correct => {
                let Some(message) = message_of(sent) else {
                    self.errors.add("pasted", self.words.message_missing);
                    return None;
                };
                match self.read(portal, &message) {
                    Ok(read) => Some(Act::Correct(Box::new(read.declaration))),
                    Err(refusal) => {
                        self.tell(&refusal, asker.language);
                        None
                    }
                }
            }
        }
    }

    fn read(&self, portal: &Portal, message: &[u8]) -> Result<Incoming, Refusal> {
        let sheet = Sheet { bytes: message, secretariat: &self.secretariat, payment: "" };
        incoming::read(&portal.office, sheet)
    }

    fn application(&mut self) -> Option<Application> {
        let filled = &self.filled;
        let amount = (!filled.amount.is_empty()).then(|| money(&filled.amount));
        if amount == Some(None) {
            self.errors.add("amount", self.words.bad_amount);
        }
        let applied_on = (!filled.applied_on.is_empty()).then(|| day_typed(&filled.applied_on));
        if applied_on == Some(None) {
            self.errors.add("applied_on", self.words.bad_day);
        }
        let application = Application {
            amount: amount.flatten(),
            applied_by: Some(filled.applied_by.clone()).filter(|firm| !firm.is_empty()),
            applied_on: applied_on.flatten(),
            confirmation: filled.confirmation.clone(),
        };
        self.errors.is_empty().then_some(application)
    }

    fn refused(mut self, asker: &Asker, sent: &Sent, refusal: &Refusal, portal: &Portal) -> Response {
        // Where the message is the matter, its places are worked out.
        let read = message_of(sent).and_then(|message| self.read(portal, &message).ok());
        let refusal = match read {
            Some(read) => Refusal { findings: placed(&read.source, &refusal.findings), ..refusal.clone() },
            None => refusal.clone(),
        };
        self.tell(&refusal, asker.language);
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        self.respond(asker, status)
    }

    fn tell(&mut self, refusal: &Refusal, language: Language) {
        let field = match self.step {
            Step::Correct => "pasted",
            Step::Refund => "confirmation",
            Step::Rebind => "registration_no",
            _ => "reason",
        };
        self.errors = Errors::refused(field, refusal, language);
        if self.step == Step::Correct {
            self.findings = refusal.findings.iter().map(|finding| Said::of(finding, language)).collect();
        }
    }

    fn respond(mut self, asker: &Asker, status: StatusCode) -> Response {
        self.frame.title = self.errors.title(&self.frame.title, asker.language);
        html(status, &self)
    }

    /// What the second page brings back.
    fn carried(&self) -> Vec<(&'static str, &str)> {
        let filled = &self.filled;
        let all = [
            ("reason", filled.reason.as_str()),
            ("proof", &filled.proof),
            ("amount", &filled.amount),
            ("applied_by", &filled.applied_by),
            ("applied_on", &filled.applied_on),
            ("confirmation", &filled.confirmation),
            ("registration_no", &filled.registration_no),
            ("message", &filled.message),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    fn is(&self, name: &str) -> bool {
        Step::parse(name) == Some(self.step)
    }
}

impl Summary {
    fn of(preview: &Preview, filled: &Filled, language: Language) -> Self {
        let words = Words::of(language);
        let amount = (!preview.amount.is_zero()).then(|| lira(preview.amount, language));
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let mut facts = vec![(words.reason, text(&filled.reason)), (words.proof, text(&filled.proof))];
        match &preview.correction {
            None => facts.push((words.amount, amount)),
            Some(correction) => {
                let (before, after) = (correction.fee_before, correction.fee_after);
                facts.push((words.fee_before, Some(lira(before, language))));
                facts.push((words.fee_after, Some(lira(after, language))));
                match after.cmp(&before) {
                    std::cmp::Ordering::Greater => facts.push((words.charged, amount)),
                    std::cmp::Ordering::Less => facts.push((words.returned, amount)),
                    std::cmp::Ordering::Equal => facts.push((words.charged, text(words.no_difference))),
                }
                let code = if correction.new_code { words.code_changes } else { words.code_stays };
                facts.push((words.code, text(code)));
            }
        }
        let changes = preview.correction.as_ref().map(|correction| shown::changes(&correction.changes));
        facts.extend([
            (words.refund_confirmation, text(&filled.confirmation)),
            (words.refund_by, text(&filled.applied_by)),
            (words.refund_on, text(&filled.applied_on)),
            (words.new_registration, text(&filled.registration_no)),
        ]);
        let facts = facts.into_iter().filter_map(|(label, value)| Some((label, value?))).collect();
        Self { facts, needs_second: preview.needs_second, changes }
    }
}

/// `1.234,56` or `1234,56`; a foreign habit is refused.
fn money(typed: &str) -> Option<Money> {
    match typed.split_once(',') {
        Some((lira, kurus)) => Money::parse(&format!("{}.{kurus}", lira.replace('.', ""))),
        None if typed.contains('.') => None,
        None => Money::parse(typed),
    }
}

/// A reason, or what names a paper: the browser stops at half of it.
const TEXT_BYTES_MAX: usize = 2_000;
