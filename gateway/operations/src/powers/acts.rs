//! What becomes of powers: the secretariat approves, rejects and ends them; the exporter ends and freezes them, and sees
//! what was done in its name.

use super::{find, find_application, secretariats_of};
use crate::acting::FOR_FIRMS;
use crate::client::{Client, Role};
use crate::office::Office;
use crate::status::Answer;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_store::feed::FeedEntry;
use ebirlik_store::powers::{Deed, PowerFreeze, PowerKey, PowerRow};
use std::collections::BTreeMap;

/// What the secretariat says of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It becomes a power.
    Approve,
    /// It does not, and why.
    Reject(String),
}

/// Decides on an application of the own secretariat (S-4). An approved one counts from this commit on, in its term.
///
/// # Errors
/// When we cannot tell now.
pub async fn decide(office: &Office, staff: &Client, id: i64, verdict: &Verdict) -> Result<Answer<()>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(None, finding)));
    let found = find_application(office, staff, id).await?;
    let Some(row) = found.filter(|row| staff.roles.has(Role::Staff) && row.secretariat == staff.secretariat) else {
        return refused(Finding::new(Rule::NotFound));
    };
    let (state, reason) = match verdict {
        Verdict::Approve => ("approved", ""),
        Verdict::Reject(reason) => ("rejected", reason.trim()),
    };
    if state == "rejected" && reason.is_empty() {
        return refused(Finding::new(Rule::ReasonMissing));
    }
    if state == "approved" {
        if !row.valid_to.is_empty() && row.valid_to < office.clock.today().to_string() {
            return refused(Finding::new(Rule::PowerTerm));
        }
        if !secretariats_of(office, &row.exporter).await?.contains(&staff.secretariat) {
            return refused(Finding::new(Rule::NotMember).value(staff.secretariat.clone()));
        }
    }
    let deed = Deed { by: &staff.code, reason: short(reason), at: office.clock.now() };
    let is_done = office.store.decide_application(&row, state, deed, &office.ids).await?;
    if is_done { Ok(Answer::Given(())) } else { refused(Finding::new(Rule::PowerMoved)) }
}

/// Ends a power at once: its exporter, or staff with a reason. From this commit on it counts for nothing.
///
/// # Errors
/// When we cannot tell now.
pub async fn revoke(office: &Office, client: &Client, key: &PowerKey, reason: &str) -> Result<Answer<()>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(None, finding)));
    let Some(shown) = find(office, client, key).await? else { return refused(Finding::new(Rule::NotFound)) };
    let is_staff = client.roles.has(Role::Staff);
    let by = match () {
        () if is_staff && reason.trim().is_empty() => return refused(Finding::new(Rule::ReasonMissing)),
        () if is_staff => &client.code,
        () if shown.power.exporter == client.firm && client.roles.has_any(&FOR_FIRMS) => &client.firm,
        () => return refused(Finding::new(Rule::RoleMayNot)),
    };
    let yesterday = office.clock.today().yesterday().map_err(|_| Fault::Unavailable)?;
    let deed = Deed { by, reason: short(reason.trim()), at: office.clock.now() };
    let is_done = office.store.end_power(key, yesterday, deed, &office.ids).await?;
    if is_done { Ok(Answer::Given(())) } else { refused(Finding::new(Rule::PowerMoved)) }
}

/// Keeps a broker from acting in the exporter's name at once, by whatever powers it holds or gets; or lets it act again.
/// Twice is once.
///
/// # Errors
/// When we cannot tell now.
pub async fn freeze(office: &Office, client: &Client, declarant: &str, frozen: bool) -> Result<Answer<()>, Fault> {
    let given = office.store.list_powers_given(&client.firm).await?;
    let is_known = client.roles.has_any(&FOR_FIRMS) && given.iter().any(|power| power.declarant == declarant);
    if client.firm.is_empty() || !is_known {
        return Ok(Answer::Refused(Refusal::of(None, Finding::new(Rule::NotFound).value(declarant))));
    }
    let freeze =
        PowerFreeze { exporter: client.firm.clone(), declarant: declarant.to_owned(), frozen: i64::from(frozen) };
    let deed = Deed { by: &client.firm, reason: "", at: office.clock.now() };
    office.store.freeze_powers(&freeze, deed, &office.ids).await?;
    Ok(Answer::Given(()))
}

/// Something that was done in an exporter's name, or with a power of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Microseconds UTC.
    pub at: i64,
    /// The firm that did it, or a member of staff.
    pub by: String,
    /// The kind of its event.
    pub kind: String,
    /// Of a declaration.
    pub reference: Option<String>,
    /// Where.
    pub secretariat: String,
}

/// What was done in an exporter's name, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Declarations of others in its name, and what became of its powers.
    pub deeds: Vec<Done>,
    /// The brokers that hold or held a power of it: tax number to title and whether it is frozen.
    pub brokers: BTreeMap<String, (String, bool)>,
    /// Where earlier ones go on; none at the end.
    pub before: Option<i64>,
}

/// What brokers did in the client's name, before a position of its feed or to its end.
///
/// # Errors
/// When the store does not answer.
pub async fn activity(office: &Office, client: &Client, before: Option<i64>) -> Result<Activity, Fault> {
    let store = &office.store;
    let before = match before {
        Some(before) => before,
        None => store.feed_end(&client.firm).await?.saturating_add(1),
    };
    let entries = store.list_activity(&client.firm, before, FEED_LOOKED_AT).await?;
    let given = store.list_powers_given(&client.firm).await?;
    let brokers =
        given.into_iter().map(|power: PowerRow| (power.declarant, (power.declarant_title, power.frozen == 1)));
    // Positions have no gaps: what lies before the ones that were looked at is known.
    let earlier = before.saturating_sub(i64::from(FEED_LOOKED_AT));
    let deeds = entries.into_iter().map(Done::of).collect();
    Ok(Activity { deeds, brokers: brokers.collect(), before: (earlier > 1).then_some(earlier) })
}

impl Done {
    /// Of a declaration its declarant acted; of a power its event says who did.
    fn of(entry: FeedEntry) -> Self {
        let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap_or_default();
        let said = |name: &str| body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let by = ["by", "applied_by_firm"].map(said).into_iter().find(|by| !by.is_empty());
        Self {
            at: entry.happened_at,
            by: entry.declarant.or(by).unwrap_or_default(),
            kind: entry.kind,
            reference: entry.reference,
            secretariat: entry.secretariat.unwrap_or_else(|| said("secretariat")),
        }
    }
}

/// A reason as it is kept.
fn short(reason: &str) -> &str {
    reason.char_indices().nth(REASON_LETTERS_MAX).map_or(reason, |(end, _)| reason.get(..end).unwrap_or(reason))
}

/// Letters of a reason: some ten sentences.
const REASON_LETTERS_MAX: usize = 1_000;
/// Entries of the feed that a page looks through: some milliseconds, and enough for a day of most firms.
const FEED_LOOKED_AT: u32 = 200;
