//! Applying for a power: the other firm, the terms, the paper; a look at all of it, and then to the secretariat.

use super::{find_application, secretariats_of};
use crate::acting::{BROKER, FOR_FIRMS};
use crate::client::Client;
use crate::office::Office;
use crate::status::Answer;
use crate::uploads;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::Money;
use ebirlik_domain::tax_number::TaxNumber;
use ebirlik_store::parties::Firm;
use ebirlik_store::power_applications::{ApplicationRow, Sent};
use ebirlik_store::powers::Deed;
use ebirlik_store::uploads::Upload;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// Both sides of a power that is applied for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// Who gives it.
    pub exporter: Firm,
    /// Who is to hold it.
    pub declarant: Firm,
    /// The secretariats of the exporter's unions: one of them decides.
    pub secretariats: Vec<String>,
}

/// What is applied for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// The secretariat that decides.
    pub secretariat: String,
    /// Whether it is to hold at every secretariat.
    pub everywhere: bool,
    /// Whether fees may be given back on the declarant's own petition.
    pub takes_refunds: bool,
    /// The most that it is to let be debited on one day; none where nothing is to limit it.
    pub daily_limit: Option<Money>,
    /// First day.
    pub valid_from: Option<Date>,
    /// Last day; none where the paper has none.
    pub valid_to: Option<Date>,
}

/// The paper as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// What its sender calls it; may be empty.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Both sides, from the tax number of the other one: an exporter names a registered broker (P-4.7.1.2), a broker an
/// exporter (P-5.4.1.1).
///
/// # Errors
/// When we cannot tell now.
pub async fn sides(office: &Office, client: &Client, other: &str) -> Result<Answer<Sides>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(None, finding)));
    let own = office.store.find_firm(&client.firm).await?.filter(|_| client.roles.has_any(&FOR_FIRMS));
    let Some(own) = own else { return refused(Finding::new(Rule::RoleMayNot)) };
    let typed: String = other.chars().filter(|letter| !letter.is_whitespace()).collect();
    let number = match TaxNumber::parse(&typed) {
        Ok(number) => number.as_str().to_owned(),
        Err(rule) => return refused(Finding::new(rule).value(typed)),
    };
    let other = office.store.find_firm(&number).await?.filter(|other| (other.kind == BROKER) != (own.kind == BROKER));
    let Some(other) = other else {
        let rule = if own.kind == BROKER { Rule::ExporterUnknown } else { Rule::BrokerUnknown };
        return refused(Finding::new(rule).value(number));
    };
    let (exporter, declarant) = if own.kind == BROKER { (other, own) } else { (own, other) };
    let secretariats = secretariats_of(office, &exporter.tax_no).await?;
    if secretariats.is_empty() {
        return refused(Finding::new(Rule::NotMember).value(exporter.tax_no));
    }
    Ok(Answer::Given(Sides { exporter, declarant, secretariats }))
}

/// What keeps terms from being sent.
pub fn judge(office: &Office, sides: &Sides, terms: &Terms) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !sides.secretariats.contains(&terms.secretariat) {
        findings.push(Finding::new(Rule::NotMember).value(terms.secretariat.clone()));
    }
    let today = office.clock.today();
    let is_in_order = terms
        .valid_from
        .is_some_and(|from| terms.valid_to.is_none_or(|to| from <= to && today <= to) && YEARS.contains(&from.year()));
    if !is_in_order {
        findings.push(Finding::new(Rule::PowerTerm));
    }
    findings
}

/// Keeps a draft with what is filled in so far: `id` of an earlier one, or a new one. A paper that is none of ours is
/// refused and nothing kept; without a paper, now or before, there is nothing to keep.
///
/// # Errors
/// When we cannot tell now.
pub async fn draft(
    office: &Office,
    client: &Client,
    (sides, terms): (&Sides, &Terms),
    id: Option<i64>,
    paper: Option<Paper>,
) -> Result<Answer<i64>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(None, finding)));
    let now = office.clock.now();
    let before = match id {
        Some(id) => draft_of(office, client, sides, id).await?,
        None => None,
    };
    let upload = match paper {
        None => None,
        Some(paper) => match uploads::check(&paper.bytes, &paper.name) {
            Err(finding) => return refused(finding),
            Ok(kind) => Some(Upload::of(paper.bytes, kind.media_type(), &paper.name, (client.code.as_str(), now))),
        },
    };
    if upload.is_none() && before.is_none() {
        return refused(Finding::new(Rule::Missing));
    }
    let mut row = before.unwrap_or_else(|| blank(client, sides));
    row.secretariat.clone_from(&terms.secretariat);
    row.scope = if terms.everywhere { "*".to_owned() } else { terms.secretariat.clone() };
    row.takes_refunds = i64::from(terms.takes_refunds);
    row.daily_limit = terms.daily_limit.map(Money::kurus);
    row.valid_from = terms.valid_from.map(|day| day.to_string()).unwrap_or_default();
    row.valid_to = terms.valid_to.map(|day| day.to_string()).unwrap_or_default();
    if let Some(upload) = &upload {
        row.file_name.clone_from(&upload.name);
    }
    let forget_before = now.checked_sub(DRAFTS_KEPT).unwrap_or(Timestamp::MIN);
    let saved = office.store.save_draft(&row, upload.as_ref(), (&office.ids, now), forget_before).await?;
    Ok(match saved {
        Some(id) => Answer::Given(id),
        None => Answer::Refused(Refusal::of(None, Finding::new(Rule::PowerMoved))),
    })
}

/// A draft between these two firms that the client may go on with.
///
/// # Errors
/// When the store does not answer.
pub async fn draft_of(
    office: &Office,
    client: &Client,
    sides: &Sides,
    id: i64,
) -> Result<Option<ApplicationRow>, Fault> {
    let found = find_application(office, client, id).await?;
    Ok(found.filter(|row| {
        row.state == "draft" && row.exporter == sides.exporter.tax_no && row.declarant == sides.declarant.tax_no
    }))
}

/// The terms of a draft.
pub fn terms_of(row: &ApplicationRow) -> Terms {
    Terms {
        secretariat: row.secretariat.clone(),
        everywhere: row.scope == "*",
        takes_refunds: row.takes_refunds == 1,
        daily_limit: row.daily_limit.and_then(Money::from_kurus),
        valid_from: row.valid_from.parse().ok(),
        valid_to: row.valid_to.parse().ok(),
    }
}

/// Sends a draft to the secretariat that decides. What was sent before is sent: a form that comes twice changes nothing.
///
/// # Errors
/// When we cannot tell now.
pub async fn send(office: &Office, client: &Client, id: i64) -> Result<Answer<()>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(None, finding)));
    let Some(row) = find_application(office, client, id).await? else {
        return refused(Finding::new(Rule::NotFound));
    };
    if row.state == "waiting" && row.made_by_firm == client.firm {
        return Ok(Answer::Given(()));
    }
    let other = if row.exporter == client.firm { &row.declarant } else { &row.exporter };
    let sides = match sides(office, client, other).await? {
        Answer::Given(sides) => sides,
        Answer::Refused(refusal) => return Ok(Answer::Refused(refusal)),
    };
    let findings = judge(office, &sides, &terms_of(&row));
    if !findings.is_empty() {
        return Ok(Answer::Refused(Refusal::of_findings(None, findings)));
    }
    match office.store.send_power_application(&row, &office.ids, office.clock.now()).await? {
        Sent::Waiting => Ok(Answer::Given(())),
        Sent::OtherWaits => refused(Finding::new(Rule::PowerWaits)),
        Sent::NoDraft => refused(Finding::new(Rule::PowerMoved)),
    }
}

/// Gives up what was not decided on yet: whoever made it, and an exporter what a broker asked for in its name.
///
/// # Errors
/// When we cannot tell now.
pub async fn cancel(office: &Office, client: &Client, id: i64) -> Result<Answer<()>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(None, finding)));
    let found = find_application(office, client, id).await?;
    let may = |row: &ApplicationRow| row.made_by_firm == client.firm || row.exporter == client.firm;
    let Some(row) = found.filter(|row| client.roles.has_any(&FOR_FIRMS) && may(row)) else {
        return refused(Finding::new(Rule::NotFound));
    };
    if row.state == "draft" {
        office.store.forget_draft(&row).await?;
        return Ok(Answer::Given(()));
    }
    let deed = Deed { by: &client.firm, reason: "", at: office.clock.now() };
    let is_done = office.store.decide_application(&row, "cancelled", deed, &office.ids).await?;
    if is_done { Ok(Answer::Given(())) } else { refused(Finding::new(Rule::PowerMoved)) }
}

/// The paper of an application that the client may see.
///
/// # Errors
/// When we cannot tell now.
pub async fn paper(office: &Office, client: &Client, id: i64) -> Result<Option<Upload>, Fault> {
    match find_application(office, client, id).await? {
        Some(row) => Ok(office.store.find_upload(row.upload_id).await?),
        None => Ok(None),
    }
}

fn blank(client: &Client, sides: &Sides) -> ApplicationRow {
    ApplicationRow {
        id: 0,
        exporter: sides.exporter.tax_no.clone(),
        exporter_title: sides.exporter.title.clone(),
        declarant: sides.declarant.tax_no.clone(),
        declarant_title: sides.declarant.title.clone(),
        secretariat: String::new(),
        scope: String::new(),
        takes_refunds: 0,
        daily_limit: None,
        valid_from: String::new(),
        valid_to: String::new(),
        upload_id: 0,
        file_name: String::new(),
        made_by: client.code.clone(),
        made_by_firm: client.firm.clone(),
        made_at: 0,
        state: "draft".to_owned(),
        decided_by: String::new(),
        decided_at: 0,
        reason: String::new(),
    }
}

/// First days of powers: none is older than the electronic service by a generation, nor beyond one ahead.
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;
/// Drafts that nobody sent go after a week, with their papers.
const DRAFTS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
