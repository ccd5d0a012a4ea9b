//! Vazgeç: the declarant gives a declaration up before customs registers it.

use crate::client::Client;
use crate::office::Office;
use crate::status::{Answer, Status, find, status};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::state::State;
use ebirlik_domain::time::day_of;
use ebirlik_store::DeclarationKey;
use ebirlik_store::declarations::Withdrawn;

/// Withdraws a declaration of the client's own firm and gives its status; again the same for a second time.
/// The code is dead at once; a fee paid stays until its refund is decided.
///
/// # Errors
/// When we cannot tell now.
pub async fn withdraw(
    office: &Office,
    client: &Client,
    reference: &str,
    declarant: Option<&str>,
) -> Result<Answer<Status>, Fault> {
    let recorded = match find(office, client, reference, declarant).await? {
        Answer::Given(recorded) => recorded,
        Answer::Refused(refusal) => return Ok(Answer::Refused(refusal)),
    };
    if recorded.declarant != client.firm {
        // Its exporter may look, but only who declared may withdraw.
        return Ok(refused(reference, Finding::new(Rule::NotFound).value(reference)));
    }
    let key = DeclarationKey::of(&recorded.declarant, &recorded.reference);
    match office.store.withdraw(key, &client.code, &office.ids, office.clock.as_ref()).await? {
        Withdrawn::Done => status(office, client, reference, Some(&recorded.declarant)).await,
        Withdrawn::NotFrom(State::Registered) => Ok(refused(reference, Finding::new(Rule::UsedByCustoms))),
        Withdrawn::NotFrom(_) => {
            let mut finding = Finding::new(Rule::Cancelled);
            finding.detail = recorded.ended_at.map(|at| day_of(at).strftime("%d.%m.%Y").to_string());
            Ok(refused(reference, finding))
        }
        Withdrawn::Unknown => Ok(refused(reference, Finding::new(Rule::NotFound).value(reference))),
    }
}

fn refused<T>(reference: &str, finding: Finding) -> Answer<T> {
    Answer::Refused(Refusal::of(Some(reference.to_owned()), finding))
}
