//! Paying by card on a bank's own page (G-51, G-53, G-54): an order for what waits, the bank's word, money once, approvals.
//!
//! Neither the browser's return nor a notice is believed: they make us ask the bank, and only its answer counts. What it
//! took is booked into the payer's current account in one commit with the order; then the declarations are approved out
//! of it one by one, and a worker takes up what a crash left. An order without an answer stays open and is asked for
//! again each minute. The amount is the sum of the fees as priced at the start, without a commission.

pub mod gateway;
pub mod hosted;
pub mod signature;

use crate::approve::{Mode, Terms, approve_on};
use crate::cases::{declarant_of, resume};
use crate::client::{Client, Role};
use crate::office::Office;
use crate::pay::{Named, is_proved};
use crate::status::Answer;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{ApprovalKind, Decision, Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::Money;
use ebirlik_domain::state::State;
use ebirlik_message::content;
use ebirlik_store::cards::{BegunOrder, ConfirmedOrder, NewOrder, Order, OrderLine, OrderState};
use ebirlik_store::declarations::Recorded;
use ebirlik_store::writer::Tender;
use ebirlik_store::{DeclarationKey, StoreError};
use gateway::{BankAnswer, CardGateway, Forged, GatewayFault, StartedOrder};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Card payments of an installation: its bank, and what it is told.
#[derive(Debug)]
pub struct Cards {
    /// The bank.
    pub gateway: Box<dyn CardGateway>,
    /// Our own address as browsers and the bank reach it, such as `https://onay.example.org`.
    pub own_url: String,
    /// How long the bank leaves its page open; then an unpaid order expires. Source: hosted pages end after 90 minutes.
    pub open_for: SignedDuration,
}

/// An order, and the bank's page for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Our number of the order.
    pub order_no: String,
    /// What the bank will take.
    pub amount: Money,
    /// Where the payer goes now.
    pub url: String,
}

/// What a payer sees of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The order.
    pub order: Order,
    /// What it pays for, with what became of each.
    pub declarations: Vec<Recorded>,
}

/// Why a notice was not understood.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// It is not the bank's, or not about an order of ours; nothing changed.
    #[error(transparent)]
    Forged(#[from] Forged),
    /// We cannot tell now: the bank should say it again.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Begins an order for declarations that wait, all at one secretariat, and tells the bank of it. The payer proves the
/// payment password, as for every payment.
///
/// # Errors
/// When we cannot tell now. An order that the bank has heard of stays open then, and is shown among what waits.
pub async fn begin(
    office: &Office,
    payer: &Client,
    password: &str,
    declarations: &[Named],
) -> Result<Answer<Page>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(None, finding)));
    let Some(cards) = office.cards() else { return refused(Finding::new(Rule::CardsNotTaken)) };
    if !is_proved(office, payer, password).await? {
        return refused(Finding::new(Rule::PaymentPasswordWrong));
    }
    let (mut lines, mut secretariats, mut amount) = (Vec::new(), BTreeSet::new(), Money::ZERO);
    for named in declarations {
        let (recorded, fee) = match priced(office, payer, named).await? {
            Answer::Given(priced) => priced,
            Answer::Refused(refusal) => return Ok(Answer::Refused(refusal)),
        };
        if lines.iter().any(|line: &OrderLine| line.declaration == recorded.id) {
            continue;
        }
        lines.push(OrderLine { declaration: recorded.id, fee });
        secretariats.insert(recorded.secretariat);
        amount = amount.checked_add(fee).ok_or(Fault::Unavailable)?;
    }
    if lines.len() > LINES_MAX || secretariats.len() > 1 {
        return refused(Finding::new(Rule::CardSeveralSecretariats).detail(LINES_MAX.to_string()));
    }
    let Some(secretariat) = secretariats.pop_first().filter(|_| !amount.is_zero()) else {
        return refused(Finding::new(Rule::CardNothingToPay));
    };
    let now = office.clock.now();
    let order_no = format!("EB{}", office.ids.next(now));
    let (client, firm) = (payer.code.clone(), payer.firm.clone());
    let order = NewOrder { order_no: order_no.clone(), client, firm, secretariat, amount, lines };
    if let BegunOrder::InOpenOrder(other) = office.store.begin_card_order(&order, &office.ids, now).await? {
        return refused(Finding::new(Rule::CardPaymentOpen).value(other.clone()).detail(other));
    }
    match cards.gateway.start(&cards.told(&order_no, amount)).await {
        Ok(url) => Ok(Answer::Given(Page { order_no, amount, url })),
        Err(error) => {
            tracing::error!(order = order_no, %error, "the bank gave no page for an order");
            // What it has not heard of, nobody can pay: the payer may try again at once.
            if matches!(error, GatewayFault::Unreached) {
                office.store.fail_card_order(&order_no, &office.ids, now).await?;
            }
            Err(Fault::Unavailable)
        }
    }
}

/// The bank's page of an open order, for a payer who left it.
///
/// # Errors
/// When we cannot tell now.
pub async fn page_of(office: &Office, payer: &Client, order_no: &str) -> Result<Answer<Page>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(None, finding)));
    let Some(order) = own_order(office, payer, order_no).await? else {
        return refused(Finding::new(Rule::NotFound).value(order_no.to_owned()));
    };
    let Some(cards) = office.cards().filter(|_| order.state == OrderState::Begun) else {
        return refused(Finding::new(Rule::CardsNotTaken));
    };
    match cards.gateway.start(&cards.told(order_no, order.amount)).await {
        Ok(url) => Ok(Answer::Given(Page { order_no: order.order_no, amount: order.amount, url })),
        Err(error) => {
            tracing::error!(order = order_no, %error, "the bank gave no page for an order");
            Err(Fault::Unavailable)
        }
    }
}

/// An order of the payer's firm as it stands. What is open is asked for at the bank first, some seconds apart.
///
/// # Errors
/// When the store does not answer.
pub async fn show(office: &Office, payer: &Client, order_no: &str) -> Result<Option<Shown>, Fault> {
    let Some(mut order) = own_order(office, payer, order_no).await? else { return Ok(None) };
    let rested = office.clock.now().duration_since(order.asked_at) >= ASKED_AGAIN;
    let is_unfinished = order.state == OrderState::Begun || (order.state == OrderState::Paid && !order.settled);
    if is_unfinished && (rested || order.asked_at == order.begun_at) {
        // Whatever broke, the page tells what we know.
        if let Err(fault) = conclude(office, &order).await {
            tracing::warn!(order = order_no, %fault, "an order could not be concluded; the sweeper asks again");
        }
        order = own_order(office, payer, order_no).await?.ok_or(Fault::Unavailable)?;
    }
    let mut declarations = Vec::new();
    for line in office.store.list_card_order_lines(order.id).await? {
        declarations.extend(office.store.find_declaration_by_id(line.declaration).await?);
    }
    Ok(Some(Shown { order, declarations }))
}

/// Takes a notice of the bank: proves it, and asks the bank what is true of its order.
///
/// # Errors
/// When it is forged, or we cannot tell now.
pub async fn notice(office: &Office, body: &[u8]) -> Result<(), NoticeError> {
    let cards = office.cards().ok_or(Forged::Merchant)?;
    let notice = cards.gateway.read_notice(body)?;
    let order = office.store.find_card_order(&notice.order_no).await.map_err(Fault::from)?.ok_or(Forged::Order)?;
    if order.amount != notice.amount {
        return Err(Forged::Order.into());
    }
    // Money is owed also for what counted as failed or expired.
    if order.state != OrderState::Paid || !order.settled {
        conclude(office, &order).await?;
    }
    Ok(())
}

/// Asks the bank for open orders that nobody asked for lately, and settles paid ones that a crash left; how many orders
/// changed. An order that makes trouble holds up no other.
///
/// # Errors
/// When the store does not answer.
pub async fn sweep(office: &Arc<Office>, asked_before: SignedDuration) -> Result<usize, Fault> {
    if office.cards().is_none() {
        return Ok(0);
    }
    let until = office.clock.now().checked_sub(asked_before).unwrap_or(Timestamp::MIN);
    let mut orders = office.store.list_open_card_orders(until, SWEEP_MAX).await?;
    let mut after = Timestamp::MIN;
    loop {
        let unsettled = office.store.list_unsettled_card_orders(after, SWEEP_MAX).await?;
        let Some(last) = unsettled.last().and_then(|order| order.closed_at) else { break };
        let is_last = unsettled.len() < SWEEP_MAX as usize || last == after;
        after = last;
        orders.extend(unsettled);
        if is_last {
            break;
        }
    }
    let (mut changed, mut asking) = (0, JoinSet::new());
    for order in orders {
        if asking.len() >= ASKED_AT_ONCE
            && let Some(done) = asking.join_next().await
        {
            changed += usize::from(done.unwrap_or_default());
        }
        let office = Arc::clone(office);
        asking.spawn(async move {
            conclude(&office, &order).await.unwrap_or_else(|fault| {
                tracing::warn!(order = order.order_no, %fault, "an order could not be concluded; asked again later");
                false
            })
        });
    }
    while let Some(done) = asking.join_next().await {
        changed += usize::from(done.unwrap_or_default());
    }
    Ok(changed)
}

/// Finds out what the bank has done for an order and does what follows; true when something changed.
async fn conclude(office: &Office, order: &Order) -> Result<bool, Fault> {
    let cards = office.cards().ok_or(Fault::Unavailable)?;
    let (store, ids, order_no) = (&office.store, &office.ids, order.order_no.as_str());
    if order.state == OrderState::Paid {
        settle(office, order).await?;
        return Ok(true);
    }
    store.note_card_order_asked(order_no, office.clock.now()).await?;
    let answer = cards.gateway.ask(order_no).await.map_err(|error| {
        tracing::warn!(order = order_no, %error, "the bank does not say what became of an order");
        Fault::Unavailable
    })?;
    let now = office.clock.now();
    match answer {
        BankAnswer::Paid { amount, .. } if amount != order.amount => {
            tracing::error!(order = order_no, "the bank took another amount than the order's; a person has to decide");
            Ok(false)
        }
        BankAnswer::Paid { bank_reference, .. } => {
            match store.confirm_card_order(order_no, &bank_reference, ids, now).await {
                Ok(ConfirmedOrder::Booked | ConfirmedOrder::Before) => {}
                Err(StoreError::Conflict(reason)) => {
                    tracing::error!(order = order_no, reason, "the bank's reference is another payment's");
                    return Ok(false);
                }
                Err(error) => return Err(error.into()),
            }
            settle(office, order).await?;
            Ok(true)
        }
        BankAnswer::Failed => Ok(store.fail_card_order(order_no, ids, now).await?),
        BankAnswer::Pending if now.duration_since(order.begun_at) >= cards.open_for => {
            Ok(store.expire_card_order(order_no, ids, now).await?)
        }
        BankAnswer::Pending => Ok(false),
    }
}

/// Approves the declarations of a paid order out of the account that its money is in. One that was approved otherwise,
/// ended, or costs more by now leaves its money there.
async fn settle(office: &Office, order: &Order) -> Result<(), Fault> {
    let account = office.store.find_account(&order.firm, &order.secretariat).await?.ok_or(Fault::Unavailable)?;
    for line in office.store.list_card_order_lines(order.id).await? {
        let recorded = office.store.find_declaration_by_id(line.declaration).await?.ok_or(Fault::Unavailable)?;
        if recorded.state != State::WaitingPayment || recorded.secretariat != order.secretariat {
            continue;
        }
        let tender = Tender::Account { kind: ApprovalKind::Card };
        let terms = Terms { tender, account: Some(account), fee_max: Some(line.fee), ..Terms::ORDINARY };
        let decision = resume(office, &recorded, &order.client, terms).await?;
        let changed = |finding: &Finding| finding.rule == Rule::ChangedMeanwhile;
        if matches!(&decision, Decision::Refused(refusal) if refusal.findings.iter().any(changed)) {
            // The next turn takes up the version that stands then.
            return Err(Fault::Unavailable);
        }
        if !matches!(decision, Decision::Approved(_)) {
            tracing::warn!(order = order.order_no, "a declaration paid by card waits on; its money is in the account");
        }
    }
    Ok(office.store.settle_card_order(order).await?)
}

/// A declaration that the payer's firm may pay by card now, and its fee today.
async fn priced(office: &Office, payer: &Client, named: &Named) -> Result<Answer<(Recorded, Money)>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(Some(named.reference.clone()), finding)));
    let key = DeclarationKey::of(&named.declarant, &named.reference);
    let recorded = office.store.find_declaration(key).await?;
    let is_own = |recorded: &Recorded| recorded.exporter == payer.firm || recorded.declarant == payer.firm;
    let Some(recorded) = recorded.filter(is_own) else {
        return refused(Finding::new(Rule::NotFound).value(named.reference.clone()));
    };
    if recorded.state != State::WaitingPayment {
        return refused(Finding::new(Rule::NotFromThisState).detail(recorded.state.as_str()));
    }
    if let Some(other) = office.store.find_open_card_order(recorded.id).await? {
        return refused(Finding::new(Rule::CardPaymentOpen).value(other.clone()).detail(other));
    }
    let version = office.store.find_version(recorded.id, recorded.version).await?.ok_or(Fault::Unavailable)?;
    let (declarant, declaration) = (declarant_of(&recorded, &payer.code), content::declaration(&version.content));
    match Box::pin(approve_on(office, &declarant, declaration, Mode::Trial, Terms::ORDINARY)).await? {
        Decision::Trial(trial) => Ok(Answer::Given((recorded, trial.price.fee))),
        Decision::Refused(refusal) => Ok(Answer::Refused(refusal)),
        Decision::Approved(_) | Decision::Pending(_) => {
            refused(Finding::new(Rule::NotFromThisState).detail(recorded.state.as_str()))
        }
    }
}

async fn own_order(office: &Office, payer: &Client, order_no: &str) -> Result<Option<Order>, Fault> {
    if payer.firm.is_empty() || !payer.roles.has(Role::Payer) {
        return Ok(None);
    }
    let order = office.store.find_card_order(order_no).await?;
    Ok(order.filter(|order| order.firm == payer.firm))
}

impl Cards {
    fn told(&self, order_no: &str, amount: Money) -> StartedOrder {
        let own = self.own_url.trim_end_matches('/');
        StartedOrder {
            order_no: order_no.to_owned(),
            amount,
            return_url: format!("{own}{RETURN}{order_no}"),
            notice_url: format!("{own}{NOTICES}"),
        }
    }
}

/// Where the browser comes back to, before the order's number.
pub const RETURN: &str = "/payments/card/";
/// Where the bank's notices come in.
pub const NOTICES: &str = "/card-notices";
/// Hosted pages of banks end by then.
pub const OPEN_FOR: SignedDuration = SignedDuration::from_mins(90);
/// Declarations of one order: as many as one list shows.
const LINES_MAX: usize = 500;
/// Orders of one turn of the sweeper.
const SWEEP_MAX: u32 = 500;
/// Questions to the bank at a time.
const ASKED_AT_ONCE: usize = 8;
/// A page that looks again and again does not ask the bank each time.
const ASKED_AGAIN: SignedDuration = SignedDuration::from_secs(4);
