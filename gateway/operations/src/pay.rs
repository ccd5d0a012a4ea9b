//! Paying declarations that wait: who may, with which password, out of which account.
//!
//! Source: G-55 to G-61. There is no way here for brokers' programs: whoever pays is on our own page and types the
//! payment password. Card payments come by another way and end in the same approval.

use crate::approve::Terms;
use crate::cases::resume;
use crate::client::{Client, Role};
use crate::office::Office;
use crate::sign_in::{Purpose, sign_in};
use crate::status::{Answer, price_today};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Decision, Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::Money;
use ebirlik_store::DeclarationKey;
use ebirlik_store::declarations::Recorded;

/// A declaration by its identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Declarant's tax number.
    pub declarant: String,
    /// Its reference.
    pub reference: String,
}

/// Declarations that wait for the payment of a payer's firm, first come first.
///
/// # Errors
/// When the store does not answer.
pub async fn list_waiting(office: &Office, payer: &Client, after: i64) -> Result<Vec<Recorded>, Fault> {
    if payer.firm.is_empty() || !payer.roles.has(Role::Payer) {
        return Ok(Vec::new());
    }
    Ok(office.store.list_waiting_of(&payer.firm, after, LIST_MAX).await?)
}

/// A declaration that a payer may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payable {
    /// The declaration.
    pub recorded: Recorded,
    /// What it would cost today; absent when it cannot be priced today.
    pub fee: Option<Money>,
    /// The number of a card payment of it that has not ended.
    pub card_order: Option<String>,
}

/// The first of what waits for a payer's firm (see [`list_waiting`]), with what each would cost today.
///
/// # Errors
/// When the store does not answer.
pub async fn list_payable(office: &Office, payer: &Client, after: i64) -> Result<Vec<Payable>, Fault> {
    let mut payable = Vec::new();
    for recorded in list_waiting(office, payer, after).await?.into_iter().take(PAYABLE_MAX) {
        let version = office.store.find_version(recorded.id, recorded.version).await?;
        let fee = price_today(office, version.as_ref()).await?.map(|price| price.fee);
        let card_order = office.store.find_open_card_order(recorded.id).await?;
        payable.push(Payable { recorded, fee, card_order });
    }
    Ok(payable)
}

/// Declarations of the payer's firm by the store's numbers, as a form names them; what is not the firm's is left out.
///
/// # Errors
/// When the store does not answer.
pub async fn name(office: &Office, payer: &Client, ids: &[i64]) -> Result<Vec<Named>, Fault> {
    let mut named = Vec::new();
    for id in ids.iter().take(PAYABLE_MAX) {
        let recorded = office.store.find_declaration_by_id(*id).await?;
        let own = recorded
            .filter(|found| !payer.firm.is_empty() && (found.exporter == payer.firm || found.declarant == payer.firm));
        named.extend(own.map(|found| Named { declarant: found.declarant, reference: found.reference }));
    }
    Ok(named)
}

/// Pays declarations out of the current account of the payer's firm, in their order, each in a commit of its own: what
/// became of each. A firm pays what it declared itself or what is declared for it (G-61); declarations of others are not
/// found.
///
/// # Errors
/// When we cannot tell now; what was paid before stays paid, and paying again changes nothing.
pub async fn pay(
    office: &Office,
    payer: &Client,
    password: &str,
    declarations: &[Named],
) -> Result<Answer<Vec<Decision>>, Fault> {
    if !is_proved(office, payer, password).await? {
        return Ok(Answer::Refused(Refusal::of(None, Finding::new(Rule::PaymentPasswordWrong))));
    }
    let mut decisions = Vec::with_capacity(declarations.len());
    for named in declarations {
        decisions.push(pay_one(office, payer, named).await?);
    }
    Ok(Answer::Given(decisions))
}

/// Whether the payer typed the payment password.
pub(crate) async fn is_proved(office: &Office, payer: &Client, password: &str) -> Result<bool, Fault> {
    let proved = sign_in(office, &payer.code, password, Purpose::Pay).await?;
    Ok(proved.is_some_and(|proved| {
        // A person of the portal has several firms, and chose one of them.
        let is_of_firm = proved.firm == payer.firm || proved.roles.has(Role::Portal);
        proved.roles.has(Role::Payer) && is_of_firm
    }))
}

async fn pay_one(office: &Office, payer: &Client, named: &Named) -> Result<Decision, Fault> {
    let refused = |finding| Ok(Decision::Refused(Refusal::of(Some(named.reference.clone()), finding)));
    let key = DeclarationKey::of(&named.declarant, &named.reference);
    let recorded = office.store.find_declaration(key).await?;
    let is_own = |recorded: &Recorded| recorded.exporter == payer.firm || recorded.declarant == payer.firm;
    let Some(recorded) = recorded.filter(is_own) else {
        return refused(Finding::new(Rule::NotFound).value(named.reference.clone()));
    };
    let Some(account) = office.store.find_account(&payer.firm, &recorded.secretariat).await? else {
        return refused(Finding::new(Rule::NoAccountToPay).value(recorded.secretariat));
    };
    let terms = Terms { account: Some(account), ..Terms::ORDINARY };
    resume(office, &recorded, &payer.code, terms).await
}

/// Puts a waiting declaration before those that are not urgent, or back. Its payer's firm says so, which is the firm
/// whose account the waiting room takes the fee from; its declarant and exporter are told so, others find nothing.
///
/// # Errors
/// When we cannot tell now.
pub async fn set_urgent(office: &Office, payer: &Client, named: &Named, urgent: bool) -> Result<Answer<()>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(Some(named.reference.clone()), finding)));
    let key = DeclarationKey::of(&named.declarant, &named.reference);
    let not_found = || refused(Finding::new(Rule::NotFound).value(named.reference.clone()));
    let Some(recorded) = office.store.find_declaration(key).await?.filter(|_| !payer.firm.is_empty()) else {
        return not_found();
    };
    if !office.store.is_payer(&recorded, &payer.firm, office.clock.today()).await? {
        let is_party = recorded.exporter == payer.firm || recorded.declarant == payer.firm;
        return if is_party { refused(Finding::new(Rule::NotThePayer)) } else { not_found() };
    }
    if !payer.roles.has(Role::Payer) {
        return refused(Finding::new(Rule::RoleMayNot));
    }
    let at = (office.ids.as_ref(), office.clock.now());
    if office.store.set_urgent(recorded.id, urgent, &payer.code, at).await? {
        return Ok(Answer::Given(()));
    }
    refused(Finding::new(Rule::NotFromThisState).detail(recorded.state.as_str()))
}

/// Declarations that are priced for one page.
pub const PAYABLE_MAX: usize = 100;
/// Declarations of one list.
const LIST_MAX: u32 = 500;
