//! One declaration for its firm's people: how it stands, what happened, what it cost, and what can be done now.
//!
//! The same rights as [`crate::status`]: declarant and exporter see it, and for everybody else it does not exist. Who acts
//! by an exporter's power sees those that its firm declared for that exporter.

use crate::client::Client;
use crate::listing;
use crate::office::Office;
use crate::papers::{self, Paper, PaperError, Slip};
use crate::status::{Status, may_see, tell};
use ebirlik_domain::decision::Fault;
use ebirlik_domain::money::Money;
use ebirlik_domain::state::{Move, State};
use ebirlik_store::DeclarationKey;
use ebirlik_store::declarations::Recorded;
use ebirlik_store::listing::HappenedRow;
use jiff::Timestamp;
use serde_json::Value;

/// A declaration as its people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// The store's number.
    pub id: i64,
    /// How it stands.
    pub status: Status,
    /// When it first came.
    pub received_at: Timestamp,
    /// Titles of declarant and exporter; empty where the register does not know them.
    pub declarant_title: String,
    /// Likewise.
    pub exporter_title: String,
    /// What happened, the first first.
    pub happened: Vec<Happened>,
    /// Whether the client's firm may give it up now.
    pub may_withdraw: bool,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The kind of its event, such as `declaration.approved`.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// Who did it, where it was somebody of the firm's own.
    pub by: Option<String>,
    /// What was paid with it.
    pub paid: Option<Money>,
    /// What was given back with it.
    pub returned: Option<Money>,
    /// The receipt of what was paid, such as `IMMIB-2026-0000042`.
    pub receipt: Option<String>,
    /// Customs' number, the reason that was given, or the name of a paper.
    pub detail: Option<String>,
}

/// The story of a declaration, or `None` where the client may not see one of that number.
///
/// # Errors
/// When the store does not answer.
pub async fn story(office: &Office, client: &Client, exporter: Option<&str>, id: i64) -> Result<Option<Story>, Fault> {
    let Some(recorded) = find(office, client, exporter, id).await? else { return Ok(None) };
    listing::catch_up(office).await?;
    let (received_at, state) = (recorded.received_at, recorded.state);
    let titles = office.store.list_titles(&[&recorded.declarant, &recorded.exporter]).await?;
    let title = |firm: &str| titles.get(firm).cloned().unwrap_or_default();
    let happened = office.store.list_happened(id).await?.into_iter().map(Happened::of).collect();
    Ok(Some(Story {
        id,
        received_at,
        declarant_title: title(&recorded.declarant),
        exporter_title: title(&recorded.exporter),
        may_withdraw: recorded.declarant == client.firm && state.after(Move::Withdraw).is_some(),
        status: tell(office, recorded).await?,
        happened,
    }))
}

/// The store's number of a declaration of the client's own firm.
///
/// # Errors
/// When the store does not answer.
pub async fn number_of(office: &Office, client: &Client, reference: &str) -> Result<Option<i64>, Fault> {
    let recorded = office.store.find_declaration(DeclarationKey::of(&client.firm, reference)).await?;
    Ok(recorded.map(|recorded| recorded.id))
}

/// A receipt of a declaration, or the slip with the same facts, as PDF; `None` where there is none that the client may see.
///
/// # Errors
/// When the store does not answer or the document cannot be made.
pub async fn receipt(
    office: &Office,
    client: &Client,
    (exporter, id): (Option<&str>, i64),
    number: &str,
    (paper, slip): (Paper, Slip),
) -> Result<Option<Vec<u8>>, PaperError> {
    let Some(story) = story(office, client, exporter, id).await.map_err(|_| PaperError::Unavailable)? else {
        return Ok(None);
    };
    if story.happened.iter().all(|happened| happened.receipt.as_deref() != Some(number)) {
        return Ok(None);
    }
    papers::one_receipt(office, client, number, paper, slip).await
}

async fn find(office: &Office, client: &Client, exporter: Option<&str>, id: i64) -> Result<Option<Recorded>, Fault> {
    let recorded = office.store.find_declaration_by_id(id).await?;
    Ok(recorded.filter(|recorded| {
        let by_power =
            exporter.is_none_or(|exporter| recorded.exporter == exporter && recorded.declarant == client.firm);
        may_see(client, recorded) && by_power
    }))
}

impl Story {
    /// Whether its payment is awaited.
    pub fn waits_for_payment(&self) -> bool {
        self.status.state == State::WaitingPayment
    }
}

impl Happened {
    fn of(row: HappenedRow) -> Self {
        let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        let money = |name: &str| text(name).and_then(|text| Money::parse(&text)).filter(|amount| !amount.is_zero());
        let (mut paid, mut returned) = (None, None);
        match row.kind.as_str() {
            "declaration.approved" => paid = money("fee"),
            "declaration.corrected" => (paid, returned) = (money("charged"), money("returned")),
            "fee.refunded" => returned = money("amount"),
            _ => {}
        }
        let receipt = row.secretariat.zip(row.year).zip(row.number);
        let is_own = OWN_ACTS.contains(&row.kind.as_str());
        Self {
            at: Timestamp::from_microsecond(row.happened_at).unwrap_or_default(),
            by: text("by").filter(|_| is_own),
            paid,
            returned,
            receipt: receipt.map(|((secretariat, year), number)| format!("{secretariat}-{year}-{number:07}")),
            detail: text("registration_no").or_else(|| text("reason")).or_else(|| text("name")),
            kind: row.kind,
        }
    }
}

/// What firms do themselves; who works at a secretariat or at customs is not named to them.
const OWN_ACTS: [&str; 4] =
    ["declaration.recorded", "declaration.approved", "declaration.withdrawn", "declaration.paper_attached"];
