//! The whole story of a declaration: its state, versions, price, code and use by customs.

use crate::acting::FOR_FIRMS;
use crate::client::Client;
use crate::office::Office;
use crate::stored::unauthorised;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::check::check;
use ebirlik_domain::decision::{ApprovalKind, Change, Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::price::{Price, price};
use ebirlik_domain::state::State;
use ebirlik_message::content;
use ebirlik_store::DeclarationKey;
use ebirlik_store::declarations::{Recorded, Version};
use jiff::{Timestamp, civil::Date};
use std::sync::Arc;

/// What was asked, or why it is not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    /// Here it is.
    Given(T),
    /// With status and reason.
    Refused(Refusal),
}

impl<T> Answer<T> {
    /// What was asked.
    ///
    /// # Errors
    /// The refusal.
    pub fn given(self) -> Result<T, Refusal> {
        match self {
            Self::Given(value) => Ok(value),
            Self::Refused(refusal) => Err(refusal),
        }
    }
}

/// A declaration as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The declarant's reference.
    pub reference: String,
    /// Declarant's tax number.
    pub declarant: String,
    /// Exporter's tax number.
    pub exporter: String,
    /// The secretariat chosen.
    pub secretariat: String,
    /// State.
    pub state: State,
    /// The version that stands, from 1.
    pub version: u32,
    /// All versions with their differences.
    pub versions: Vec<VersionStatus>,
    /// The code, once approved.
    pub code: Option<String>,
    /// Record number, once approved.
    pub record_no: Option<String>,
    /// Kind of approval, once approved.
    pub kind: Option<ApprovalKind>,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// Last day of validity, where goods have a term.
    pub valid_until: Option<Date>,
    /// When it was withdrawn or cancelled.
    pub ended_at: Option<Timestamp>,
    /// Customs registration number, once used.
    pub registration_no: Option<String>,
    /// The fee: as charged, or for a waiting declaration as it would be today; absent when it cannot be priced today.
    pub price: Option<Arc<Price>>,
}

/// One version of a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionStatus {
    /// Its number, from 1.
    pub version: u32,
    /// When it came.
    pub sent_at: Timestamp,
    /// User code of the sender.
    pub sent_by: String,
    /// What differs from the version before.
    pub changes: Vec<Change>,
}

/// The status of a declaration of the client's firm, or of which its firm is the exporter.
///
/// # Errors
/// When we cannot tell now.
pub async fn status(
    office: &Office,
    client: &Client,
    reference: &str,
    declarant: Option<&str>,
) -> Result<Answer<Status>, Fault> {
    match find(office, client, reference, declarant).await? {
        Answer::Given(recorded) => Ok(Answer::Given(tell(office, recorded).await?)),
        Answer::Refused(refusal) => Ok(Answer::Refused(refusal)),
    }
}

/// Finds the declaration that a client may see under a reference.
pub(crate) async fn find(
    office: &Office,
    client: &Client,
    reference: &str,
    declarant: Option<&str>,
) -> Result<Answer<Recorded>, Fault> {
    let mut declarants = match declarant {
        Some(declarant) => vec![declarant.to_owned()],
        None => office.store.list_declarants_of(&client.firm).await?,
    };
    if declarant.is_none() && !declarants.contains(&client.firm) {
        declarants.push(client.firm.clone());
    }
    let mut found = Vec::new();
    for declarant in declarants {
        let recorded = office.store.find_declaration(DeclarationKey::of(&declarant, reference)).await?;
        found.extend(recorded.filter(|recorded| may_see(client, recorded)));
    }
    if found.len() > 1 {
        return Ok(refused(reference, Rule::ReferenceShared));
    }
    Ok(found.pop().map_or_else(|| refused(reference, Rule::NotFound), Answer::Given))
}

pub(crate) fn may_see(client: &Client, recorded: &Recorded) -> bool {
    let is_party = !client.firm.is_empty() && (recorded.declarant == client.firm || recorded.exporter == client.firm);
    is_party && client.roles.has_any(&FOR_FIRMS)
}

fn refused<T>(reference: &str, rule: Rule) -> Answer<T> {
    Answer::Refused(Refusal::of(Some(reference.to_owned()), Finding::new(rule).value(reference)))
}

pub(crate) async fn tell(office: &Office, recorded: Recorded) -> Result<Status, Fault> {
    let versions = office.store.list_versions(recorded.id).await?;
    let approval = office.store.find_approval(recorded.id).await?.map(|stored| stored.approval);
    let price = match &approval {
        Some(approval) => Some(approval.price.clone()),
        None => price_today(office, versions.last()).await?.map(Arc::new),
    };
    Ok(Status {
        versions: told_versions(versions),
        state: recorded.state,
        version: recorded.version,
        code: approval.as_ref().map(|approval| approval.code.clone()),
        record_no: approval.as_ref().map(|approval| approval.record_no.clone()),
        kind: approval.as_ref().map(|approval| approval.kind),
        approved_at: approval.as_ref().map(|approval| approval.approved_at),
        valid_until: approval.as_ref().and_then(|approval| approval.valid_until),
        ended_at: recorded.ended_at,
        registration_no: recorded.registration_no,
        reference: recorded.reference,
        declarant: recorded.declarant,
        exporter: recorded.exporter,
        secretariat: recorded.secretariat,
        price,
    })
}

fn told_versions(versions: Vec<Version>) -> Vec<VersionStatus> {
    let mut before: Option<String> = None;
    let tell = |version: Version| {
        let changes = before.as_deref().map(|old| content::differences(old, &version.content)).unwrap_or_default();
        before = Some(version.content);
        VersionStatus { version: version.version, sent_at: version.sent_at, sent_by: version.sent_by, changes }
    };
    versions.into_iter().map(tell).collect()
}

/// What a recorded declaration would cost today; `None` when it cannot be priced today.
pub(crate) async fn price_today(office: &Office, version: Option<&Version>) -> Result<Option<Price>, Fault> {
    let Some(version) = version else { return Ok(None) };
    let (rules, today) = (office.rules(), office.clock.today());
    let mut findings = Vec::new();
    let checked = check(content::declaration(&version.content), &rules, today, &mut findings);
    let bulletin = office.bulletin_on(today).await?;
    match price(unauthorised(checked), bulletin.as_deref(), &rules, today, &mut findings) {
        Ok(priced) => Ok(priced.map(|priced| priced.price)),
        Err(_) => Ok(None),
    }
}
