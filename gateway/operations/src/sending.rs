//! A person sends a declaration in the browser: customs' file as it is, or a form that makes the same message. From the
//! message on it is the same reader and the same [`approve`] as for programs, so a form that is sent again after a break
//! meets the answer that it had.
//!
//! Source: G-11, P-0.3.

use crate::approve::{Mode, approve};
use crate::client::{Client, Role};
use crate::office::Office;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Decision, Fault, Refusal};
use ebirlik_domain::declaration::{Declaration, Entry};
use ebirlik_domain::finding::{Finding, Place};
use ebirlik_message::content::Content;
use ebirlik_message::edifact::Envelope;
use ebirlik_message::{Limits, Located, Read, RequestFacts, Source, Wire};
use quick_xml::escape::escape;
use std::fmt::Write;

/// Who sends in the browser: users of a firm who may send by program, and people of the portal.
pub const SENDERS: [Role; 2] = [Role::Edi, Role::Portal];
/// Longest message that a page takes; some 1,500 items. What is longer is sent by a program.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// A message with what was chosen beside it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sheet<'a> {
    /// XML or EDIFACT, as its first letters show.
    pub bytes: &'a [u8],
    /// The secretariat chosen; counts where the message names none.
    pub secretariat: &'a str,
    /// `CARI_HESAP` or `BEKLET`; counts where the message names neither.
    pub payment: &'a str,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// The answer; a message that cannot be read is refused like any other.
    pub decision: Decision,
    /// Errors of the answer, or its notices where there are none, each with its place.
    pub findings: Vec<Told>,
    /// What the message says.
    pub facts: Facts,
    /// Of a message that was tried out and may be sent: one that declares the same and holds nothing else, above all no
    /// credentials of customs, which are never shown again.
    pub message: Option<String>,
}

/// A finding and where it points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What is wrong.
    pub finding: Finding,
    /// Path, line and column; none where it is about the whole.
    pub spot: Option<(String, u32, u32)>,
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
    let facts = RequestFacts {
        charset: None,
        secretariat: Some(sheet.secretariat).filter(|chosen| !chosen.is_empty()),
        payment: Some(sheet.payment).filter(|chosen| !chosen.is_empty()),
        limits: Limits::default(),
        received_at: office.clock.now(),
    };
    let Read { mut declaration, source } = match Wire::of(sheet.bytes).read(sheet.bytes, &facts) {
        Ok(read) => read,
        Err(error) => {
            let (finding, contrl) = error.into_parts();
            let findings = contrl.map_or_else(|| vec![finding], |contrl| contrl.findings);
            return Ok(Sent::refused(findings, &Source::default(), Facts::default()));
        }
    };
    if let (None, Some(chosen)) = (declaration.payment.text(), facts.payment) {
        declaration.payment = Entry::new(chosen, declaration.payment.at());
    }
    let told = told(office, &declaration).await?;
    if !may_send(client) {
        return Ok(Sent::refused(vec![Finding::new(Rule::RoleMayNot)], &source, told));
    }
    if exporter.is_some_and(|exporter| declaration.exporter.text().is_some_and(|declared| declared != exporter)) {
        let place = declaration.exporter.place(ebirlik_domain::finding::Field::Exporter, 0);
        let finding = Finding::new(Rule::NoPower).at(place).value(told.exporter.clone());
        return Ok(Sent::refused(vec![finding], &source, told));
    }
    let is_test = source.envelope().is_some_and(Envelope::is_test);
    let mode = if is_test { Mode::Trial } else { mode };
    let message = Content::parse(&declaration.content).ok().filter(|_| mode == Mode::Trial && !is_test);
    let message = message.map(|content| content.to_message(declaration.payment.text().unwrap_or_default()));
    let decision = Box::pin(approve(office, client, declaration, mode)).await?;
    Ok(Sent { message, ..Sent::of(decision, &source, told) })
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
    fn refused(findings: Vec<Finding>, source: &Source, facts: Facts) -> Self {
        let reference = Some(facts.reference.clone()).filter(|reference| !reference.is_empty());
        Self::of(Decision::Refused(Refusal::of_findings(reference, findings)), source, facts)
    }

    fn of(decision: Decision, source: &Source, facts: Facts) -> Self {
        let findings = match &decision {
            Decision::Refused(refusal) => &refusal.findings,
            Decision::Trial(trial) => &trial.notices,
            Decision::Pending(pending) => &pending.notices,
            Decision::Approved(approval) => &approval.notices,
        };
        let places: Vec<&Place> = findings.iter().map(|finding| &finding.place).collect();
        let located = source.locate_all(&places).into_iter();
        let spots = located.map(|spot| spot.map(|Located { path, line, column }| (path, line, column)));
        let findings = findings.iter().cloned().zip(spots).map(|(finding, spot)| Told { finding, spot }).collect();
        Self { decision, findings, facts, message: None }
    }
}

/// A declaration as a form asks for it: what is required and no more, numbers with a dot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The secretariat chosen.
    pub secretariat: String,
    /// `CARI_HESAP` or `BEKLET`.
    pub payment: String,
    /// The elements of the header by their names in the message.
    pub header: Vec<(&'static str, String)>,
    /// The elements of each item; their numbers are given here.
    pub items: Vec<Vec<(&'static str, String)>>,
}

impl Draft {
    /// The message that a program would send.
    pub fn message(&self) -> String {
        let mut out = String::from("<BirlikOnayTalebi xmlns=\"urn:ebirlik:onay:1\">");
        element(&mut out, "GenelSekreterlik", &self.secretariat);
        element(&mut out, "Odeme", &self.payment);
        out.push_str("<Gelen><BeyannameBilgi>");
        for (name, value) in &self.header {
            element(&mut out, name, value);
        }
        out.push_str("<Kalemler>");
        for (item, number) in self.items.iter().zip(1..) {
            out.push_str("<kalem>");
            element(&mut out, "Kalem_sira_no", &i32::to_string(&number));
            for (name, value) in item {
                element(&mut out, name, value);
            }
            out.push_str("</kalem>");
        }
        out.push_str("</Kalemler></BeyannameBilgi></Gelen></BirlikOnayTalebi>");
        out
    }
}

/// An element, where there is something to say. What no XML document can hold is left out.
fn element(out: &mut String, name: &str, value: &str) {
    let value: String = value.chars().filter(|letter| !letter.is_control()).collect();
    if !value.trim().is_empty() {
        let _ = write!(out, "<{name}>{}</{name}>", escape(value.trim()));
    }
}
