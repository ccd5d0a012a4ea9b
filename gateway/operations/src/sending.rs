//! A person sends a declaration in the browser: customs' file as it is, or a form that makes the same message. From the
//! message on it is the same reader and the same [`approve`] as for programs, so a form that is sent again after a break
//! meets the answer that it had.
//!
//! Source: G-11, P-0.3.

use crate::approve::{Mode, approve};
use crate::client::{Client, Role};
use crate::incoming::{self, Incoming, Sheet};
use crate::office::Office;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Decision, Fault, Refusal};
use ebirlik_domain::declaration::{Declaration, Entry};
use ebirlik_domain::finding::Finding;
use ebirlik_message::Source;
use ebirlik_message::content::Content;
use ebirlik_message::edifact::Envelope;

/// Who sends in the browser: users of a firm who may send by program, and people of the portal.
pub const SENDERS: [Role; 2] = [Role::Edi, Role::Portal];
/// What became of a message.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The answer; a message that cannot be read is refused like any other.
    pub decision: Decision,
    /// Errors of the answer, or its notices where there are none.
    pub findings: Vec<Finding>,
    /// What the message says.
    pub facts: Facts,
    /// Of a message that was tried out and may be sent: one that declares the same and holds nothing else, above all no
    /// credentials of customs, which are never shown again.
    pub message: Option<String>,
    source: Source,
}

/// What a message says, for the eye; empty where it could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The declarant's reference.
    pub reference: String,
    /// Tax number.
    pub declarant: String,
    /// Tax number.
    pub exporter: String,
    /// The exporter's title, where the register knows it.
    pub exporter_title: String,
    /// Code.
    pub secretariat: String,
    /// Whether it is to wait for its payment.
    pub waits: bool,
    /// Customs regime.
    pub regime: String,
    /// Customs office.
    pub office: String,
    /// Customs' code of the country.
    pub destination: String,
    /// Delivery term.
    pub delivery_term: String,
    /// As declared.
    pub invoice_total: String,
    /// ISO 4217.
    pub invoice_currency: String,
    /// Items: number, GTİP, net weight, amount, currency.
    pub items: Vec<[String; 5]>,
}

/// Whether a client may send in the browser.
pub fn may_send(client: &Client) -> bool {
    !client.firm.is_empty() && client.roles.has_any(&SENDERS)
}

/// Sends a message, or tries it out. `exporter` is the one by whose power the client acts: then a message for another one
/// is refused, so that nobody sends in the wrong name.
///
/// An interchange with the test indicator is only tried out.
///
/// # Errors
/// When we cannot tell now; the same may be sent again.
pub async fn send(
    office: &Office,
    client: &Client,
    exporter: Option<&str>,
    sheet: Sheet<'_>,
    mode: Mode,
) -> Result<Sent, Fault> {
    let Incoming { declaration, source } = match incoming::read(office, sheet) {
        Ok(read) => read,
        Err(refusal) => return Ok(Sent::refused(refusal.findings, Source::default(), Facts::default())),
    };
    let told = told(office, &declaration).await?;
    if !may_send(client) {
        return Ok(Sent::refused(vec![Finding::new(Rule::RoleMayNot)], source, told));
    }
    if exporter.is_some_and(|exporter| declaration.exporter.text().is_some_and(|declared| declared != exporter)) {
        let place = declaration.exporter.place(ebirlik_domain::finding::Field::Exporter, 0);
        let finding = Finding::new(Rule::NoPower).at(place).value(told.exporter.clone());
        return Ok(Sent::refused(vec![finding], source, told));
    }
    let is_test = source.envelope().is_some_and(Envelope::is_test);
    let mode = if is_test { Mode::Trial } else { mode };
    let message = Content::parse(&declaration.content).ok().filter(|_| mode == Mode::Trial && !is_test);
    let message = message.map(|content| content.to_message(declaration.payment.text().unwrap_or_default()));
    let decision = Box::pin(approve(office, client, declaration, mode)).await?;
    Ok(Sent { message, ..Sent::of(decision, source, told) })
}

async fn told(office: &Office, declaration: &Declaration) -> Result<Facts, Fault> {
    let text = |entry: &Entry| entry.text().unwrap_or_default().to_owned();
    let exporter = text(&declaration.exporter);
    let known = office.store.find_firm(&exporter).await?;
    let items = declaration
        .items
        .iter()
        .map(|item| [&item.number, &item.gtip, &item.net_weight, &item.amount, &item.currency].map(text));
    Ok(Facts {
        exporter_title: known.map(|firm| firm.title).unwrap_or_default(),
        reference: text(&declaration.reference),
        declarant: text(&declaration.declarant),
        secretariat: text(&declaration.secretariat),
        waits: declaration.payment.text() == Some("BEKLET"),
        regime: text(&declaration.regime),
        office: text(&declaration.office),
        destination: text(&declaration.destination),
        delivery_term: text(&declaration.delivery_term),
        invoice_total: text(&declaration.invoice_total),
        invoice_currency: text(&declaration.invoice_currency),
        items: items.collect(),
        exporter,
    })
}

impl Sent {
    fn refused(findings: Vec<Finding>, source: Source, facts: Facts) -> Self {
        let reference = Some(facts.reference.clone()).filter(|reference| !reference.is_empty());
        Self::of(Decision::Refused(Refusal::of_findings(reference, findings)), source, facts)
    }

    fn of(decision: Decision, source: Source, facts: Facts) -> Self {
        let findings = match &decision {
            Decision::Refused(refusal) => &refusal.findings,
            Decision::Trial(trial) => &trial.notices,
            Decision::Pending(pending) => &pending.notices,
            Decision::Approved(approval) => &approval.notices,
        };
        Self { findings: findings.clone(), decision, facts, message: None, source }
    }

    /// The findings with their places in the message.
    pub fn placed(&self) -> Vec<Finding> {
        incoming::placed(&self.source, &self.findings)
    }
}
