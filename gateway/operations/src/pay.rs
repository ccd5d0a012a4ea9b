//! Paying declarations that wait: who may, with which password, out of which account.
//!
//! Source: G-55 to G-61. There is no way here for brokers' programs: whoever pays is on our own page and types the
//! payment password. Card payments come by another way and end in the same approval.

use crate::approve::{Mode, Terms, approve_on};
use crate::cases::{declarant_of, resume};
use crate::client::{Client, Role};
use crate::office::Office;
use crate::sign_in::{Purpose, sign_in};
use crate::status::{Answer, price_today};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Approval, Decision, Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::Money;
use ebirlik_domain::state::State;
use ebirlik_message::content;
use ebirlik_store::DeclarationKey;
use ebirlik_store::accounts::Account;
use ebirlik_store::declarations::{Recorded, Version};
use ebirlik_store::waiting::Waiting;

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

/// The first of what waits for a payer's firm (see [`list_waiting`]), with what each would cost today; of one exporter
/// alone where one is named.
///
/// # Errors
/// When the store does not answer.
pub async fn list_payable(
    office: &Office,
    payer: &Client,
    exporter: Option<&str>,
    after: i64,
) -> Result<Vec<Payable>, Fault> {
    if payer.firm.is_empty() || !payer.roles.has(Role::Payer) {
        return Ok(Vec::new());
    }
    let most = u32::try_from(PAYABLE_MAX).unwrap_or(LIST_MAX);
    let waiting = office.store.list_payable(&payer.firm, exporter.unwrap_or_default(), after, most).await?;
    priced(office, waiting).await
}

async fn priced(office: &Office, waiting: Vec<Waiting>) -> Result<Vec<Payable>, Fault> {
    let mut payable = Vec::with_capacity(waiting.len());
    for Waiting { recorded, version, card_order } in waiting {
        let fee = match recorded.state {
            State::WaitingPayment => price_today(office, Some(&version)).await?.map(|price| price.fee),
            _ => None,
        };
        payable.push(Payable { recorded, fee, card_order });
    }
    Ok(payable)
}

/// What a payer is about to pay, to be checked before the last step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Basket {
    /// What can be paid now.
    pub payable: Vec<Payable>,
    /// What was chosen and cannot be: paid or ended meanwhile, being paid by card, or without a price today.
    pub left_out: Vec<Payable>,
    /// What it comes to, at each secretariat.
    pub bills: Vec<Bill>,
}

/// What is to be paid at one secretariat, and the payer's account there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Where.
    pub secretariat: String,
    /// How many declarations.
    pub count: usize,
    /// What they cost today.
    pub total: Money,
    /// The account's name and what it holds; none where the payer has none there.
    pub account: Option<(String, Money)>,
}

impl Bill {
    /// What is left in the account afterwards; none where it holds too little, or there is none.
    pub fn left(&self) -> Option<Money> {
        self.account.as_ref()?.1.checked_sub(self.total)
    }

    /// What the account lacks; nothing where there is no account.
    pub fn missing(&self) -> Money {
        self.account.as_ref().and_then(|(_, held)| self.total.checked_sub(*held)).unwrap_or_default()
    }
}

impl Basket {
    /// What everything costs; `None` when no ledger could hold it.
    pub fn total(&self) -> Option<Money> {
        self.bills.iter().try_fold(Money::ZERO, |sum, bill| sum.checked_add(bill.total))
    }
}

/// Looks at what a payer chose, as it stands and is priced now. What is not of the payer's firm is left out unsaid.
///
/// # Errors
/// When the store does not answer.
pub async fn basket(office: &Office, payer: &Client, ids: &[i64]) -> Result<Basket, Fault> {
    let chosen = own_chosen(office, payer, ids).await?;
    let accounts = office.store.list_accounts(&payer.firm).await?;
    let mut basket = Basket::default();
    for payable in priced(office, chosen).await? {
        let Some(fee) = payable.fee.filter(|_| payable.card_order.is_none()) else {
            basket.left_out.push(payable);
            continue;
        };
        let secretariat = &payable.recorded.secretariat;
        if let Some(bill) = basket.bills.iter_mut().find(|bill| bill.secretariat == *secretariat) {
            bill.count += 1;
            bill.total = bill.total.checked_add(fee).ok_or(Fault::Unavailable)?;
        } else {
            let account = accounts.iter().find(|account| account.secretariat == *secretariat);
            let held = |account: &Account| Money::from_kurus(account.balance_kurus).unwrap_or_default();
            let account = account.map(|account| (account.name(), held(account)));
            basket.bills.push(Bill { secretariat: secretariat.clone(), count: 1, total: fee, account });
        }
        basket.payable.push(payable);
    }
    Ok(basket)
}

async fn own_chosen(office: &Office, payer: &Client, ids: &[i64]) -> Result<Vec<Waiting>, Fault> {
    if payer.firm.is_empty() || !payer.roles.has(Role::Payer) {
        return Ok(Vec::new());
    }
    let ids = ids.get(..PAYABLE_MAX.min(ids.len())).unwrap_or_default();
    Ok(office.store.list_chosen(&payer.firm, ids).await?)
}

/// What became of a declaration that was to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The declaration as it stands.
    pub recorded: Recorded,
    /// Its approval, once it is paid.
    pub approval: Option<Approval>,
    /// Why it cannot be paid now; nothing where it can.
    pub findings: Vec<Finding>,
}

/// What became of declarations of the payer's firm, looked at anew, so that the page that says it can be opened again.
///
/// # Errors
/// When the store does not answer.
pub async fn outcomes(office: &Office, payer: &Client, ids: &[i64]) -> Result<Vec<Outcome>, Fault> {
    let mut outcomes = Vec::new();
    for Waiting { recorded, version, card_order } in own_chosen(office, payer, ids).await? {
        let (mut approval, mut findings) = (None, Vec::new());
        if let Some(order) = card_order.filter(|_| recorded.state == State::WaitingPayment) {
            findings.push(Finding::new(Rule::CardPaymentOpen).value(order.clone()).detail(order));
        } else if recorded.state == State::WaitingPayment {
            findings = hindrances(office, payer, &recorded, &version).await?;
        } else {
            approval = office.store.find_approval(recorded.id).await?.map(|stored| stored.approval);
        }
        outcomes.push(Outcome { recorded, approval, findings });
    }
    Ok(outcomes)
}

/// What keeps a waiting declaration from being paid out of the payer's account now.
async fn hindrances(
    office: &Office,
    payer: &Client,
    recorded: &Recorded,
    version: &Version,
) -> Result<Vec<Finding>, Fault> {
    let (declarant, declaration) = (declarant_of(recorded, &payer.code), content::declaration(&version.content));
    let fee = match Box::pin(approve_on(office, &declarant, declaration, Mode::Trial, Terms::ORDINARY)).await? {
        Decision::Refused(refusal) => return Ok(refusal.findings),
        Decision::Trial(trial) => trial.price.fee,
        Decision::Approved(_) | Decision::Pending(_) => return Ok(Vec::new()),
    };
    let Some(account) = office.store.find_account(&payer.firm, &recorded.secretariat).await? else {
        return Ok(vec![Finding::new(Rule::NoAccountToPay).value(recorded.secretariat.clone())]);
    };
    let missing = fee.checked_sub(office.store.balance(account).await?).filter(|missing| !missing.is_zero());
    let short =
        |missing: Money| Finding::new(Rule::AccountShort).value(missing.to_string()).detail(missing.to_string());
    Ok(missing.map(short).into_iter().collect())
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
