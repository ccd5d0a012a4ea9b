//! The counter: staff of a secretariat enter a declaration that was brought to them, and take the fee in cash.
//!
//! Source: G-9, G-12, G-13, G-79, G-80. The same checks, price, code and verification as for everybody else; only powers
//! and commitments are papers on the table here, and no account is debited.

use crate::approve::{Mode, Terms, approve_on};
use crate::client::Client;
use crate::office::Office;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{ApprovalKind, Decision, Fault, Refusal};
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::finding::{Field, Finding};
use ebirlik_store::accounts::CASH;
use ebirlik_store::writer::Tender;

/// What the entry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// The code is printed on the cash receipt (G-77).
    Cash,
    /// The declaration goes with stamp and signature to an office that is not automated (G-13).
    Paper,
}

impl Counter {
    /// How the approval is called then.
    pub fn kind(self) -> ApprovalKind {
        match self {
            Self::Cash => ApprovalKind::Cash,
            Self::Paper => ApprovalKind::Paper,
        }
    }
}

/// Enters a declaration for whoever brought it. It must name the secretariat of the staff. The same again gives the same
/// answer; one that was approved before keeps its own kind of approval, and then no cash is due.
///
/// # Errors
/// When we cannot tell now.
pub async fn enter(
    office: &Office,
    staff: &Client,
    declaration: Declaration,
    counter: Counter,
    mode: Mode,
) -> Result<Decision, Fault> {
    let reference = declaration.reference.text().map(ToOwned::to_owned);
    if declaration.secretariat.text().is_some_and(|chosen| chosen != staff.secretariat) {
        let place = declaration.secretariat.place(Field::Secretariat, 0);
        let finding = Finding::new(Rule::RoleMayNot).at(place).value(staff.secretariat.clone());
        return Ok(Decision::Refused(Refusal::of(reference, finding)));
    }
    let seat = office.store.find_client(&staff.code).await?.map(|row| row.contact_office).unwrap_or_default();
    let on_behalf = Client {
        // No user code holds a slash: who entered it, and at which contact office (G-14).
        code: if seat.is_empty() { staff.code.clone() } else { format!("{}/{seat}", staff.code) },
        firm: declaration.declarant.text().unwrap_or_default().to_owned(),
        ..staff.clone()
    };
    let account = office.store.bank_account(&staff.secretariat, CASH).await?;
    let tender = Tender::Received { kind: counter.kind(), account };
    let terms = Terms { tender, papers_seen: true, ..Terms::ORDINARY };
    Box::pin(approve_on(office, &on_behalf, declaration, mode, terms)).await
}
