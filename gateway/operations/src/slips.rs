//! Is this slip genuine? What an information slip says, for whoever holds it: its code and its exporter's tax number.
//!
//! The numbers of receipts are given one after the other, so that anybody could go through them; a code cannot be guessed.
//! Therefore a slip is asked for by its code, or by the digits below its bars, which are the code in other signs.

use crate::office::Office;
use crypto_code::CryptoCode;
use ebirlik_documents::code_of_digits;
use ebirlik_domain::decision::{ApprovalKind, Fault};
use ebirlik_domain::money::Money;
use ebirlik_store::StoreError;
use jiff::Timestamp;
use jiff::civil::Date;

/// What stands on a slip, and no more: not what became of the declaration since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlipContent {
    /// The code, bare.
    pub code: String,
    /// Code of the general secretariat.
    pub secretariat: String,
    /// Its name in Turkish.
    pub secretariat_name: String,
    /// Title of the exporter.
    pub exporter: String,
    /// Title of the declarant.
    pub declarant: String,
    /// The declarant's reference.
    pub reference: String,
    /// Union record number.
    pub record_no: String,
    /// How it was paid.
    pub kind: ApprovalKind,
    /// When it was approved.
    pub approved_at: Timestamp,
    /// Last day, where goods have a term.
    pub valid_until: Option<Date>,
    /// The fee.
    pub fee: Money,
}

/// The slip with this code and this exporter, none where there is none such: which of the two was wrong is not told.
/// `guesser` is who asks, such as a network; who asks for many that are not there waits.
///
/// # Errors
/// When the store does not answer.
pub async fn check_slip(
    office: &Office,
    guesser: &str,
    typed: &str,
    exporter: &str,
) -> Result<Option<SlipContent>, Fault> {
    let Some(code) = code_of_slip(typed) else { return Ok(None) };
    let found = find(office, &code, exporter).await?;
    let consequence = office.code_guesses.record(guesser, usize::from(found.is_none()), office.clock.now());
    if consequence.alarm {
        tracing::warn!("slips that are not there are asked for in numbers");
    }
    consequence.bear("slip").await;
    Ok(found)
}

/// The code that is meant; none for a typing error, which is no guess.
pub fn code_of_slip(typed: &str) -> Option<CryptoCode> {
    let bare: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    CryptoCode::parse(code_of_digits(&bare).as_deref().unwrap_or(typed)).ok()
}

async fn find(office: &Office, code: &CryptoCode, exporter: &str) -> Result<Option<SlipContent>, StoreError> {
    let store = &office.store;
    let Some((id, version)) = store.find_code(code.as_str()).await? else { return Ok(None) };
    let (declaration, approval) = (store.find_declaration_by_id(id).await?, store.find_approval_of(id, version).await?);
    let (Some(declaration), Some(approval)) = (declaration, approval.map(|stored| stored.approval)) else {
        return Ok(None);
    };
    if declaration.exporter != exporter {
        return Ok(None);
    }
    let title = async |tax_no: &str| {
        let firm = store.find_firm(tax_no).await?;
        Ok::<_, StoreError>(firm.map(|firm| firm.title).unwrap_or_default())
    };
    Ok(Some(SlipContent {
        secretariat_name: office.rules().secretariats.get(&approval.secretariat).cloned().unwrap_or_default(),
        secretariat: approval.secretariat,
        exporter: title(&declaration.exporter).await?,
        declarant: title(&declaration.declarant).await?,
        reference: declaration.reference,
        code: approval.code,
        record_no: approval.record_no,
        kind: approval.kind,
        approved_at: approval.approved_at,
        valid_until: approval.valid_until,
        fee: approval.price.fee,
    }))
}
