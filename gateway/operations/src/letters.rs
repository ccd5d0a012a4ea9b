//! Letters of a secretariat to a firm: what its row of the monthly match asks of it.
//!
//! Source: G-82 (so that legal steps can start quickly), G-83, G-84.

use crate::client::Client;
use crate::office::Office;
use crate::papers::PaperError;
use crate::queues;
use crate::reconcile::fields_of;
use ebirlik_documents::{Letter, LetterField, LetterSubject, Party, letter_pdf};

/// The letter about a row of the monthly match as PDF; `None` where there is no such row or nobody to write to.
///
/// # Errors
/// When the store does not answer or the letter cannot be made.
pub async fn letter(office: &Office, staff: &Client, row: i64) -> Result<Option<Vec<u8>>, PaperError> {
    let found = queues::difference(office, staff, row).await.map_err(|_| PaperError::Unavailable)?;
    let Some(found) = found else { return Ok(None) };
    let row = found.row;
    let fields = fields_of(&row);
    // Without an approval customs' own file is all that says whose it is.
    let of_customs = fields.iter().find(|field| field.field == "exporter").and_then(|field| field.customs.clone());
    let Some(tax_number) = row.exporter.clone().or(of_customs) else { return Ok(None) };
    let title = office.store.find_firm(&tax_number).await?.map(|firm| firm.title).unwrap_or_default();
    let names = office.rules();
    let subject = match row.kind.as_str() {
        "without_approval" => LetterSubject::WithoutApproval,
        "never_registered" => LetterSubject::NeverRegistered,
        _ => LetterSubject::Differs,
    };
    let letter = Letter {
        number: format!("{}-{}-{}", staff.secretariat, row.month, row.id),
        date: office.clock.today(),
        secretariat: names.secretariats.get(&staff.secretariat).cloned().unwrap_or_else(|| staff.secretariat.clone()),
        to: Party { title, tax_number },
        subject,
        month: row.month.clone(),
        reference: row.reference.clone(),
        registration_no: row.registration_no.clone(),
        fields: fields
            .into_iter()
            .map(|field| LetterField { name: field.field, customs: field.customs, ours: field.ours })
            .collect(),
    };
    Ok(Some(letter_pdf(&letter, Vec::new())?))
}
