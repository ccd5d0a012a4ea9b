//! What would an act of staff come to? Judged as it would be done, and nothing of it done.

use crate::cases::{Act, Proposal, judge};
use crate::client::Client;
use crate::office::Office;
use crate::status::Answer;
use ebirlik_domain::decision::{Change, Fault};
use ebirlik_domain::money::Money;
use ebirlik_message::content;
use ebirlik_store::cases::{Case, CaseKind};
use ebirlik_store::declarations::Recorded;

/// What an act would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The declaration.
    pub recorded: Recorded,
    /// What would be done.
    pub kind: CaseKind,
    /// The money that it moves.
    pub amount: Money,
    /// Whether a second person has to decide.
    pub needs_second: bool,
    /// Of a correction.
    pub correction: Option<CorrectionPreview>,
}

/// What a correction would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionPreview {
    /// The fee as charged.
    pub fee_before: Money,
    /// The fee of the corrected declaration, by the rates of the day of approval.
    pub fee_after: Money,
    /// Whether the code becomes another; the old one then is superseded.
    pub new_code: bool,
    /// What differs.
    pub changes: Vec<Change>,
}

/// Judges a proposal as [`crate::cases::propose`] does.
///
/// # Errors
/// When we cannot tell now.
pub async fn preview(office: &Office, staff: &Client, proposal: &Proposal) -> Result<Answer<Preview>, Fault> {
    let (recorded, prepared) = match Box::pin(judge(office, staff, proposal)).await? {
        Answer::Given(judged) => judged,
        Answer::Refused(refusal) => return Ok(Answer::Refused(refusal)),
    };
    let correction = match (&proposal.act, prepared.correction) {
        (Act::Correct(declaration), Some((fee_before, fee_after, new_code))) => {
            let changes = differences(office, &recorded, &declaration.content).await?;
            Some(CorrectionPreview { fee_before, fee_after, new_code, changes })
        }
        _ => None,
    };
    Ok(Answer::Given(Preview {
        recorded,
        kind: prepared.kind,
        amount: prepared.amount,
        needs_second: prepared.at_stake > office.two_people_above,
        correction,
    }))
}

/// What a correction that waits for a second person would change; nothing for other cases.
///
/// # Errors
/// When we cannot tell now.
pub async fn changes_of(office: &Office, case: &Case, recorded: &Recorded) -> Result<Vec<Change>, Fault> {
    match &case.content {
        Some(packed) => differences(office, recorded, &packed.text("staff_case", "content")?).await,
        None => Ok(Vec::new()),
    }
}

async fn differences(office: &Office, recorded: &Recorded, new: &str) -> Result<Vec<Change>, Fault> {
    let standing = office.store.find_version(recorded.id, recorded.version).await?.ok_or(Fault::Unavailable)?;
    Ok(content::differences(&standing.content, new))
}
