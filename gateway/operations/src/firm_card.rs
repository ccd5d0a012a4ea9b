//! A firm on one page, for whoever has it on the phone: what it is, who acts and pays for it, what it holds, and what
//! happened lately. Staff see what their own secretariat has to do with it.

use crate::client::{Client, Role};
use crate::office::Office;
use ebirlik_domain::decision::Fault;
use ebirlik_store::accounts::Account;
use ebirlik_store::parties::Firm;
use ebirlik_store::people::PersonRow;
use ebirlik_store::register::{LatestEvent, NamedPower, RegisterFilter, RegisterList, RegisterRow};

/// Everything about a firm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmCard {
    /// Title, tax number and kind.
    pub firm: Firm,
    /// Its memberships.
    pub memberships: Vec<RegisterRow>,
    /// Secretariats of its commitment.
    pub commitments: Vec<RegisterRow>,
    /// Who pays for it.
    pub payers: Vec<RegisterRow>,
    /// Powers that it gave or holds, the newest first.
    pub powers: Vec<NamedPower>,
    /// Its current accounts.
    pub accounts: Vec<Account>,
    /// Who signs in for it.
    pub people: Vec<PersonRow>,
    /// What happened lately, the newest first.
    pub latest: Vec<LatestEvent>,
}

/// A firm as a client may see it; none where its secretariat has nothing to do with it.
///
/// # Errors
/// When the store does not answer.
pub async fn firm_card(office: &Office, client: &Client, tax_no: &str) -> Result<Option<FirmCard>, Fault> {
    let store = &office.store;
    let is_admin = client.roles.has(Role::Admin);
    let secretariat = if is_admin { "" } else { client.secretariat.as_str() };
    let is_staff = client.roles.has(Role::Staff) && !secretariat.is_empty();
    if !(is_admin || is_staff && store.has_ties(tax_no, secretariat).await?) {
        return Ok(None);
    }
    let Some(firm) = store.find_firm(tax_no).await? else { return Ok(None) };
    let filter = RegisterFilter {
        secretariat: secretariat.to_owned(),
        firm: tax_no.to_owned(),
        order: Some(("valid_from".to_owned(), true)),
        ..RegisterFilter::default()
    };
    let rows = async |list| Ok::<_, Fault>(store.list_register(list, &filter, ROWS_MAX, 0).await?.0);
    let mut accounts = store.list_accounts(tax_no).await?;
    accounts.retain(|account| is_admin || account.secretariat == secretariat);
    Ok(Some(FirmCard {
        memberships: rows(RegisterList::Memberships).await?,
        commitments: rows(RegisterList::Commitments).await?,
        payers: rows(RegisterList::Payers).await?,
        powers: store.list_powers_of(tax_no, secretariat, ROWS_MAX).await?,
        accounts,
        people: store.list_people_of(tax_no).await?,
        latest: store.list_latest(tax_no, secretariat, LATEST_MAX).await?,
        firm,
    }))
}

/// Rows of one table on a card.
const ROWS_MAX: u32 = 50;
/// Events on a card.
const LATEST_MAX: u32 = 30;
