//! Who did what and when (S-13): what happened in a secretariat, by days, firm, reference, user and kind.

use crate::client::Client;
use crate::lookup;
use crate::office::Office;
use crate::papers::period;
use ebirlik_domain::decision::Fault;
use ebirlik_store::trail::{TrailFilter, TrailRow};
use jiff::Timestamp;
use jiff::civil::Date;

/// What is asked. Empty texts ask for everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// One of [`KINDS`].
    pub kind: String,
    /// User code.
    pub user: String,
    /// Tax number of an exporter or declarant.
    pub tax_no: String,
    /// A declaration's reference, or one of its numbers.
    pub reference: String,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// What, such as `declaration.approved`.
    pub kind: String,
    /// User code of who did it; empty where nobody did.
    pub by: String,
    /// Who proposed it, where another decided.
    pub proposed_by: String,
    /// Why; may be empty.
    pub reason: String,
    /// The paper that it rests on; may be empty.
    pub proof: String,
    /// How much money it was about; may be empty.
    pub amount: String,
    /// The store's number of the declaration.
    pub declaration: Option<i64>,
    /// Its reference; else the firm or the line that it is about.
    pub about: String,
}

/// A page of what happened, the newest first, and where to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// What happened.
    pub happenings: Vec<Happening>,
    /// Where to go on; none at the end.
    pub next: Option<i64>,
}

/// Looks for what happened in the staff's secretariat. A page may be short, or empty, and still go on.
///
/// # Errors
/// When the store does not answer.
pub async fn search(
    office: &Office,
    staff: &Client,
    question: &Question,
    before: Option<i64>,
    limit: u32,
) -> Result<Page, Fault> {
    if staff.secretariat.is_empty() {
        return Ok(Page::default());
    }
    let (from, until) = period(question.from, question.to);
    let mut filter = TrailFilter {
        secretariat: staff.secretariat.clone(),
        from,
        until,
        kind: question.kind.trim().to_owned(),
        user: question.user.trim().to_owned(),
        firm: question.tax_no.trim().to_owned(),
        declaration: 0,
    };
    if !question.reference.trim().is_empty() {
        let found = lookup::find(office, staff, &question.reference, &question.tax_no).await?;
        let Some(found) = found.first() else { return Ok(Page::default()) };
        filter.firm.clone_from(&found.declarant);
        filter.declaration = found.id;
        filter.from = filter.from.max(found.received_at.as_microsecond());
    }
    if !filter.firm.is_empty() {
        office.catch_up().await?;
    }
    let page = office.store.list_trail(&filter, before, limit).await?;
    Ok(Page { happenings: page.rows.into_iter().map(happening).collect(), next: page.next })
}

fn happening(row: TrailRow) -> Happening {
    let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let first = |names: &[&str]| names.iter().map(|name| text(name)).find(|text| !text.is_empty()).unwrap_or_default();
    let declaration = row.declaration_id.or_else(|| text("declaration").parse().ok());
    let (by, proposed_by) = (text("by"), text("proposed_by"));
    Happening {
        at: Timestamp::from_microsecond(row.happened_at).unwrap_or_default(),
        proposed_by: if proposed_by == by { String::new() } else { proposed_by },
        by,
        reason: text("reason"),
        proof: text("proof"),
        amount: first(&["amount", "fee"]),
        declaration,
        about: row
            .reference
            .or(row.account_firm)
            .unwrap_or_else(|| first(&["case", "line", "row", "exporter", "code"])),
        kind: row.kind,
    }
}

/// What can be asked for; events of other kinds are found without one.
pub const KINDS: [&str; 21] = [
    "declaration.recorded",
    "declaration.approved",
    "declaration.withdrawn",
    "declaration.released",
    "declaration.cancelled",
    "declaration.corrected",
    "declaration.paper_attached",
    "fee.refunded",
    "customs.registered",
    "customs.registered_anew",
    "customs.exited",
    "case.opened",
    "case.refused",
    "account.deposited",
    "account.choice_changed",
    "bank.set_aside",
    "reconciliation.owned",
    "reconciliation.settled",
    "power.recorded",
    "desk.let_pass",
    "desk.held_back",
];
