//! Which declaration does somebody ask the staff about, and what is its whole story?

use crate::acting::BROKER;
use crate::client::Client;
use crate::office::Office;
use crate::status::{Status, tell};
use crypto_code::CryptoCode;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::money::Money;
use ebirlik_domain::time::TURKEY;
use ebirlik_message::content;
use ebirlik_store::DeclarationKey;
use ebirlik_store::cases::Case;
use ebirlik_store::declarations::Recorded;
use ebirlik_store::receipts::ReceiptRow;
use jiff::Timestamp;
use jiff::civil::date;

/// A declaration with all that is known of it.
#[derive(Debug, Clone)]
pub struct Story {
    /// As it stands.
    pub recorded: Recorded,
    /// Versions, code, price.
    pub status: Status,
    /// What the version that stands declares.
    pub declaration: Declaration,
    /// Title of the exporter; empty where the register has none.
    pub exporter_title: String,
    /// Likewise of the declarant.
    pub declarant_title: String,
    /// What staff did to it, in order.
    pub cases: Vec<Case>,
    /// Receipts of what was paid, as far as they have their numbers.
    pub receipts: Vec<ReceiptRow>,
    /// What was given back of its fee.
    pub refunded: Money,
}

/// Declarations of the staff's secretariat with this code, registration number, record number or reference. A reference
/// is its declarant's own: with the tax number of the declarant or the exporter it is looked for there, without one among
/// the brokers'.
///
/// # Errors
/// When the store does not answer.
pub async fn find(office: &Office, staff: &Client, text: &str, tax_no: &str) -> Result<Vec<Recorded>, Fault> {
    let (text, tax_no) = (text.trim(), tax_no.trim());
    if text.is_empty() || staff.secretariat.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = of_reference(office, text, tax_no).await?;
    for id in numbers_of(office, staff, text).await? {
        found.extend(office.store.find_declaration_by_id(id).await?);
    }
    found.retain(|recorded| recorded.secretariat == staff.secretariat);
    found.retain(|recorded| {
        tax_no.is_empty() || [&recorded.declarant, &recorded.exporter].iter().any(|no| *no == tax_no)
    });
    found.sort_by_key(|recorded| std::cmp::Reverse(recorded.id));
    found.dedup_by_key(|recorded| recorded.id);
    Ok(found)
}

/// One declaration of the staff's secretariat, as it stands.
///
/// # Errors
/// When the store does not answer.
pub async fn recorded(office: &Office, staff: &Client, id: i64) -> Result<Option<Recorded>, Fault> {
    let recorded = office.store.find_declaration_by_id(id).await?;
    Ok(recorded.filter(|recorded| !staff.secretariat.is_empty() && recorded.secretariat == staff.secretariat))
}

/// One declaration of the staff's secretariat with its story.
///
/// # Errors
/// When the store does not answer.
pub async fn story(office: &Office, staff: &Client, id: i64) -> Result<Option<Story>, Fault> {
    let store = &office.store;
    let Some(recorded) = recorded(office, staff, id).await? else { return Ok(None) };
    let standing = store.find_version(id, recorded.version).await?.ok_or(Fault::Unavailable)?;
    let status = tell(office, recorded.clone()).await?;
    let (mut receipts, mut paid_at) = (Vec::new(), Vec::new());
    paid_at.extend(status.approved_at);
    let cases = store.list_cases_of(id).await?;
    paid_at.extend(cases.iter().filter_map(|case| case.decided_at));
    office.catch_up().await?;
    for at in paid_at {
        receipts.extend(store.list_receipts_for(id, at).await?);
    }
    receipts.sort_by_key(|receipt| receipt.number);
    receipts.dedup_by_key(|receipt| (receipt.year, receipt.number));
    let title =
        async |tax_no: &str| Ok::<_, Fault>(store.find_firm(tax_no).await?.map(|firm| firm.title).unwrap_or_default());
    Ok(Some(Story {
        declaration: content::declaration(&standing.content),
        exporter_title: title(&recorded.exporter).await?,
        declarant_title: title(&recorded.declarant).await?,
        refunded: store.refunded(id).await?,
        recorded,
        status,
        cases,
        receipts,
    }))
}

/// One case of the staff's secretariat with its declaration.
///
/// # Errors
/// When the store does not answer.
pub async fn case(office: &Office, staff: &Client, id: i64) -> Result<Option<(Case, Recorded)>, Fault> {
    let found = office.store.find_case(id).await?.filter(|case| case.secretariat == staff.secretariat);
    let Some(case) = found else { return Ok(None) };
    let recorded = office.store.find_declaration_by_id(case.declaration).await?.ok_or(Fault::Unavailable)?;
    Ok(Some((case, recorded)))
}

async fn of_reference(office: &Office, reference: &str, tax_no: &str) -> Result<Vec<Recorded>, Fault> {
    let declarants = if tax_no.is_empty() {
        office.store.list_firms_of_kind(BROKER).await?
    } else {
        let mut declarants = office.store.list_declarants_of(tax_no).await?;
        declarants.push(tax_no.to_owned());
        declarants
    };
    let keys: Vec<_> = declarants.iter().map(|declarant| DeclarationKey::of(declarant, reference)).collect();
    Ok(office.store.list_declarations(&keys).await?)
}

/// Declarations with a number that somebody else gave them.
async fn numbers_of(office: &Office, staff: &Client, text: &str) -> Result<Vec<i64>, Fault> {
    let (store, upper) = (&office.store, text.to_ascii_uppercase());
    let mut found = Vec::new();
    if let Ok(code) = CryptoCode::parse(text) {
        found.extend(store.find_code(code.as_str()).await?.map(|(id, _)| id));
    }
    found.extend(store.find_registration(&upper).await?.map(|registration| registration.declaration));
    if let Some(year) = year_of_record(&upper, &staff.secretariat) {
        let first = |year| TURKEY.to_timestamp(date(year, 1, 1).at(0, 0, 0, 0)).map_or(0, Timestamp::as_microsecond);
        let until = first(year + 1).min(office.clock.now().as_microsecond() + 1);
        found.extend(store.declaration_of_record(&upper, &staff.secretariat, (first(year), until)).await?);
    }
    Ok(found)
}

/// The year of a record number of a secretariat, such as `26IMMIB000000042`; `None` for anything else.
fn year_of_record(text: &str, secretariat: &str) -> Option<i16> {
    let (year, rest) = text.split_at_checked(2)?;
    let serial = rest.strip_prefix(secretariat)?;
    let is_serial = serial.len() >= 9 && serial.bytes().all(|digit| digit.is_ascii_digit());
    is_serial.then(|| year.parse::<i16>().ok()).flatten().map(|year| 2000 + year)
}
