//! The membership branch: its queue, the papers, and its decision. Only applications that lie with the staff's own
//! secretariat are there; others are not found.

use super::Paper;
use crate::client::{Client, Role};
use crate::office::Office;
use ebirlik_domain::decision::Fault;
use ebirlik_store::applications::{Application, ApplicationFile, Deciding};
use ebirlik_store::uploads::Upload;

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It stands.
    Done,
    /// It was decided before.
    Before,
    /// The address is the code of a user that is no person of the portal: nothing was decided.
    NotAPerson,
    /// A rejection needs its reason, of at most a thousand letters.
    ReasonNeeded,
    /// There is no such application here.
    NotFound,
}

/// The queue of the staff's secretariat, and how long it is: of a state and a firm where these are not empty.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    office: &Office,
    staff: &Client,
    of: (&str, &str),
    newest_first: bool,
    page: (u32, u64),
) -> Result<(Vec<Application>, u64), Fault> {
    if !staff.roles.has(Role::Staff) {
        return Ok((Vec::new(), 0));
    }
    Ok(office.store.list_applications(&staff.secretariat, of, newest_first, page).await?)
}

/// An application with its files.
///
/// # Errors
/// When the store does not answer.
pub async fn find(
    office: &Office,
    staff: &Client,
    id: i64,
) -> Result<Option<(Application, Vec<ApplicationFile>)>, Fault> {
    if !staff.roles.has(Role::Staff) || !office.store.application_is_at(id, &staff.secretariat).await? {
        return Ok(None);
    }
    let files = office.store.list_application_files(id).await?;
    Ok(office.store.find_application(id).await?.map(|application| (application, files)))
}

/// A paper of an application.
///
/// # Errors
/// When the store does not answer.
pub async fn read_file(office: &Office, staff: &Client, id: i64, paper: Paper) -> Result<Option<Upload>, Fault> {
    let Some((_, files)) = find(office, staff, id).await? else { return Ok(None) };
    match files.iter().find(|file| file.kind == paper.as_str()) {
        Some(file) => Ok(office.store.find_upload(file.upload_id).await?),
        None => Ok(None),
    }
}

/// Approves: the address becomes a person of the portal who acts for the firm, or its firms become one more (P-1.1.17).
///
/// # Errors
/// When we cannot tell now.
pub async fn approve(office: &Office, staff: &Client, id: i64) -> Result<Decided, Fault> {
    let Some((application, _)) = find(office, staff, id).await? else { return Ok(Decided::NotFound) };
    let by = (staff.code.as_str(), ROLES);
    let done = office.store.approve_application(&application, by, &office.ids, office.clock.now()).await?;
    Ok(decided(done))
}

/// Rejects, saying why.
///
/// # Errors
/// When we cannot tell now.
pub async fn reject(office: &Office, staff: &Client, id: i64, reason: &str) -> Result<Decided, Fault> {
    let reason = reason.trim();
    if find(office, staff, id).await?.is_none() {
        return Ok(Decided::NotFound);
    }
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        return Ok(Decided::ReasonNeeded);
    }
    let by = (staff.code.as_str(), reason);
    Ok(decided(office.store.reject_application(id, by, &office.ids, office.clock.now()).await?))
}

fn decided(done: Deciding) -> Decided {
    match done {
        Deciding::Done => Decided::Done,
        Deciding::Decided => Decided::Before,
        Deciding::NotAPerson => Decided::NotAPerson,
    }
}

/// Letters of a reason.
const REASON_MAX: usize = 1_000;
/// What a person of the portal may be.
const ROLES: &str = "portal payer";
