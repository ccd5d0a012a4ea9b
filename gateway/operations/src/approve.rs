//! A declaration in, a decision out: the heart of the product.
//!
//! The steps have types of their own, so that a later one cannot be called without the earlier. Checks and price are
//! pure; the parties are read; the only write is the writer's, which also finds twins, resends and debits.

use crate::client::Client;
use crate::office::Office;
use crate::register;
use crate::stored::statement;
use ebirlik_domain::authority::{AuthorisedDeclaration, AuthorityFacts, Payer, PowerLimit, authorise};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::check::{CheckedDeclaration, check};
use ebirlik_domain::decision::{ApprovalKind, Decision, Fault, Refusal, Trial};
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::finding::{Finding, Place};
use ebirlik_domain::money::Money;
use ebirlik_domain::price::{PricedDeclaration, price};
use ebirlik_domain::state::State;
use ebirlik_domain::time::day_of;
use ebirlik_message::{content, reply};
use ebirlik_store::declarations::Recorded;
use ebirlik_store::parties::Basis;
use ebirlik_store::powers::PowerKey;
use ebirlik_store::writer::{Settled, Settlement, Tender, pack_price};
use ebirlik_store::{DeclarationKey, Packed, StoreError, Wall};
use jiff::civil::Date;
use std::sync::Arc;

/// Is it meant?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Record, debit, approve.
    Real,
    /// Prova: the same checks and price, nothing recorded.
    Trial,
}

/// Approves a declaration that a client sent, or says why not.
///
/// # Errors
/// When we cannot tell now; the same bytes may be sent again and meet one answer.
pub async fn approve(
    office: &Office,
    client: &Client,
    declaration: Declaration,
    mode: Mode,
) -> Result<Decision, Fault> {
    approve_on(office, client, declaration, mode, Terms::ORDINARY).await
}

/// On which terms a declaration is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    /// How it is paid.
    pub(crate) tender: Tender,
    /// The account that somebody with the right to said should pay, whatever was agreed before.
    pub(crate) account: Option<i64>,
    /// The most that it may cost; above, it waits on.
    pub(crate) fee_max: Option<Money>,
    /// Staff have the papers before them: no power and no commitment is looked for (G-12, G-79).
    pub(crate) papers_seen: bool,
    /// No other account than this may pay by standing consent.
    pub(crate) only: Option<i64>,
    /// Its sender asked to wait, when it came.
    pub(crate) hold: bool,
    /// The version that is taken up again; another one must not be touched.
    pub(crate) version: Option<u32>,
}

impl Terms {
    /// As the payer commitment says.
    pub(crate) const ORDINARY: Self = Self {
        tender: Tender::Account { kind: ApprovalKind::CurrentAccount },
        account: None,
        fee_max: None,
        papers_seen: false,
        only: None,
        hold: false,
        version: None,
    };

    /// What the register says, on these terms.
    pub(crate) fn applied(self, facts: AuthorityFacts) -> AuthorityFacts {
        AuthorityFacts {
            power: facts.power || self.papers_seen,
            committed: facts.committed || self.papers_seen,
            payer: match self.account {
                Some(account) => Some(Payer { account, automatic: true }),
                None => facts.payer.filter(|payer| self.only.is_none_or(|only| payer.account == only)),
            },
            // Who pays by hand pays its own money; a limit is on what others agreed to beforehand.
            limit: facts.limit.filter(|_| self.waits_if_asked()),
            ..facts
        }
    }

    /// Whether it is paid by standing consent, so that its sender may ask to wait instead.
    fn waits_if_asked(self) -> bool {
        matches!(self.tender, Tender::Account { .. }) && self.account.is_none()
    }
}

/// As [`approve`], on other terms. The client is the declarant, or acts for it.
pub(crate) async fn approve_on(
    office: &Office,
    client: &Client,
    declaration: Declaration,
    mode: Mode,
    terms: Terms,
) -> Result<Decision, Fault> {
    let declaration = Arc::new(declaration);
    for turn in 1..=TURNS_MAX {
        if let Turn::Decided(decision) = decide(office, client, &declaration, (mode, terms), turn).await? {
            return Ok(*decision);
        }
        if let Some(taken_up) = terms.version {
            let stands = recorded(office, client, &declaration).await?;
            if let Some(stands) = stands.filter(|stands| stands.version != taken_up) {
                let finding = Finding::new(Rule::ChangedMeanwhile);
                return Ok(Decision::Refused(Refusal::of(Some(stands.reference), finding)));
            }
        }
        Box::pin(office.reload()).await?;
    }
    Err(Fault::Unavailable)
}

/// Times that a declaration is judged because the day, the rules or the register changed under it. What the last turn
/// reads is believed as it is, so that a register in steady change delays nobody for ever.
const TURNS_MAX: u32 = 3;

enum Turn {
    Decided(Box<Decision>),
    /// The day, the rules or the register changed meanwhile: judge it anew.
    Stale,
}

impl From<Decision> for Turn {
    fn from(decision: Decision) -> Self {
        Self::Decided(Box::new(decision))
    }
}

async fn decide(
    office: &Office,
    client: &Client,
    declaration: &Arc<Declaration>,
    (mode, terms): (Mode, Terms),
    turn: u32,
) -> Result<Turn, Fault> {
    let ((rules, version), today) = (office.rules_and_version(), office.clock.today());
    let mut findings = Vec::new();
    let checked = check(Arc::clone(declaration), &rules, today, &mut findings);
    let remembered = (turn < TURNS_MAX).then_some(version);
    let (facts, basis) = facts(office, client, &checked, today, remembered).await?;
    if basis.tables != version {
        return Ok(Turn::Stale);
    }
    let basis = (turn < TURNS_MAX).then_some(basis);
    let facts = terms.applied(facts);
    let authorised = authorise(checked, &facts, &client.firm, &rules, today, &mut findings);
    let bulletin = office.bulletin_on(today).await?;
    let priced = match price(authorised, bulletin.as_deref(), &rules, today, &mut findings) {
        Ok(priced) => priced.filter(|_| findings.is_empty()),
        // What is known already is answered also while no price can be had.
        Err(fault) => return Box::pin(known_answer(office, client, declaration)).await?.map(Turn::from).ok_or(fault),
    };
    // What is seldom done lies in boxes, so that an approval on its way stays small: it is moved from thread to thread.
    match (priced, mode) {
        (Some(priced), Mode::Real) if terms.fee_max.is_some_and(|most| priced.price.fee > most) => {
            Box::pin(refuse(office, client, declaration, vec![Finding::new(Rule::CardFeeRose)])).await.map(Turn::from)
        }
        (Some(priced), Mode::Real) => settle(office, client, priced, terms, (today, basis)).await,
        _ if !Box::pin(still_holds(office, basis)).await? => Ok(Turn::Stale),
        (None, _) => Box::pin(refuse(office, client, declaration, findings)).await.map(Turn::from),
        (Some(priced), Mode::Trial) => Box::pin(try_out(office, client, priced)).await.map(Turn::from),
    }
}

/// What the register knows of the parties, as far as they are known, and the versions that this was read at; from
/// memory, where a version of the tables is given that it may be of.
async fn facts(
    office: &Office,
    client: &Client,
    checked: &CheckedDeclaration,
    today: Date,
    tables: Option<i64>,
) -> Result<(AuthorityFacts, Basis), Fault> {
    let exporter = checked.exporter.as_ref().map_or("", |exporter| exporter.as_str());
    let secretariat = checked.secretariat.as_deref().unwrap_or_default();
    let parties = register::parties(exporter, &client.firm, secretariat);
    let remembered = || tables.and_then(|tables| office.register.find(&parties, today, tables));
    if let Some(remembered) = remembered() {
        return Ok(remembered);
    }
    let _turn = office.register.turn().await;
    if let Some(remembered) = remembered() {
        return Ok(remembered);
    }
    let store = office.behind(Wall::Submission);
    let (facts, basis) = Box::pin(store.authority(exporter, &client.firm, secretariat, today)).await?;
    if facts.exporter_known && checked.secretariat.is_some() {
        office.register.remember(parties, today, facts, basis);
    }
    Ok((facts, basis))
}

/// True while a judgement rests on what the store says now. What goes to the writer is compared there.
async fn still_holds(office: &Office, basis: Option<Basis>) -> Result<bool, Fault> {
    let Some(basis) = basis else { return Ok(true) };
    Ok(office.behind(Wall::Submission).basis().await? == basis)
}

/// A declaration with findings: an approved or ended one is answered as what it is, before any finding.
async fn refuse(
    office: &Office,
    client: &Client,
    declaration: &Declaration,
    findings: Vec<Finding>,
) -> Result<Decision, Fault> {
    if let Some(known) = known_answer(office, client, declaration).await? {
        return Ok(known);
    }
    let reference = declaration.reference.text().map(ToOwned::to_owned);
    let mut refusal = Refusal::of_findings(reference, findings);
    refusal.notices.clone_from(&declaration.notices);
    let left_out = refusal.findings.len().saturating_sub(FINDINGS_MAX);
    if left_out > 0 {
        // What forbids the whole outweighs the thousandth wrong item.
        refusal.findings.sort_by_key(|finding| !finding.code().as_str().starts_with("E3"));
        refusal.findings.truncate(FINDINGS_MAX);
        refusal.notices.push(Finding::new(Rule::MoreNotListed).detail(left_out.to_string()));
    }
    refusal.findings.sort_by_key(|finding| match &finding.place {
        Place::Field { at, .. } | Place::Source { at, .. } => *at,
        Place::Located { .. } | Place::Nowhere => u32::MAX,
    });
    Ok(Decision::Refused(refusal))
}

/// Most errors in one answer; a message with more is broken as a whole.
const FINDINGS_MAX: usize = 1_000;

/// The answer of a declaration of this client's firm that is approved or ended, if it is.
async fn known_answer(office: &Office, client: &Client, declaration: &Declaration) -> Result<Option<Decision>, Fault> {
    let Some(recorded) = recorded(office, client, declaration).await? else { return Ok(None) };
    match recorded.state {
        State::WaitingPayment | State::AtDesk => Ok(None),
        State::Withdrawn | State::Cancelled => {
            Ok(Some(Decision::Refused(ended(&recorded.reference, recorded.state, recorded.ended_at))))
        }
        State::Approved | State::Registered => {
            let stored = office.behind(Wall::Submission).find_approval(recorded.id).await?.ok_or(Fault::Unavailable)?;
            let approved = office.behind(Wall::Submission).find_version(recorded.id, stored.approval.version).await?;
            let approved = approved.ok_or(Fault::Unavailable)?;
            if approved.digest == declaration.digest {
                return Ok(Some(Decision::Approved(Arc::new(stored.approval))));
            }
            let mut refusal = Refusal::of(Some(recorded.reference), Finding::new(Rule::ChangedAfterApproval));
            let on = day_of(stored.approval.approved_at).strftime("%d.%m.%Y").to_string();
            refusal.findings.iter_mut().for_each(|finding| finding.detail = Some(on.clone()));
            refusal.changes = content::differences(&approved.content, &declaration.content);
            Ok(Some(Decision::Refused(refusal)))
        }
    }
}

async fn recorded(office: &Office, client: &Client, declaration: &Declaration) -> Result<Option<Recorded>, StoreError> {
    let Some(reference) = declaration.reference.text() else { return Ok(None) };
    if client.firm.is_empty() || declaration.declarant.text() != Some(client.firm.as_str()) {
        return Ok(None);
    }
    office.behind(Wall::Submission).find_declaration(DeclarationKey::of(&client.firm, reference)).await
}

fn ended(reference: &str, state: State, at: Option<jiff::Timestamp>) -> Refusal {
    let rule = if state == State::Withdrawn { Rule::Withdrawn } else { Rule::Cancelled };
    let mut finding = Finding::new(rule);
    finding.detail = at.map(|at| day_of(at).strftime("%d.%m.%Y").to_string());
    Refusal::of(Some(reference.to_owned()), finding)
}

/// A dry run of a sound declaration.
async fn try_out(office: &Office, client: &Client, priced: PricedDeclaration) -> Result<Decision, Fault> {
    let declaration = &priced.authorised.checked.declaration;
    if let Some(known) = known_answer(office, client, declaration).await? {
        return Ok(known);
    }
    let before = recorded(office, client, declaration).await?;
    let mut notices = declaration.notices.clone();
    notices.extend(foreseen(office, &priced).await?);
    Ok(Decision::Trial(Trial {
        reference: declaration.reference.text().unwrap_or_default().to_owned(),
        version: before.map_or(1, |before| before.version + 1),
        secretariat: declaration.secretariat.text().unwrap_or_default().to_owned(),
        price: priced.price,
        notices,
    }))
}

/// What would keep a real submission waiting now.
async fn foreseen(office: &Office, priced: &PricedDeclaration) -> Result<Option<Finding>, Fault> {
    let (authorised, fee) = (&priced.authorised, priced.price.fee);
    if authorised.at_desk {
        return Ok(Some(Finding::new(Rule::AtDesk)));
    }
    if authorised.checked.hold || fee.is_zero() {
        return Ok(None);
    }
    let Some(payer) = authorised.payer.filter(|payer| payer.automatic) else {
        return Ok(Some(Finding::new(Rule::NoAutomaticDebit)));
    };
    if let Some(limit) = authorised.limit {
        let open = open_by_power(office, &authorised.checked.declaration, limit).await?;
        if fee > open {
            return Ok(Some(Finding::new(Rule::DailyLimit).value(open.to_string()).detail(open.to_string())));
        }
    }
    let balance = office.behind(Wall::Submission).balance(payer.account).await?;
    let missing = fee.checked_sub(balance).filter(|missing| !missing.is_zero());
    Ok(missing.map(|missing| Finding::new(Rule::AccountShort).value(missing.to_string()).detail(missing.to_string())))
}

/// What the power of a declaration lets be debited yet today.
async fn open_by_power(office: &Office, declaration: &Declaration, limit: PowerLimit) -> Result<Money, Fault> {
    let text = |entry: &ebirlik_domain::declaration::Entry| entry.text().unwrap_or_default().to_owned();
    let key = PowerKey {
        exporter: text(&declaration.exporter),
        declarant: text(&declaration.declarant),
        secretariat: if limit.everywhere { "*".to_owned() } else { text(&declaration.secretariat) },
        valid_from: limit.valid_from.to_string(),
    };
    let spent = office.behind(Wall::Submission).spent_by_power(&key, office.clock.today()).await?;
    Ok(limit.most.checked_sub(spent).unwrap_or_default())
}

/// Hands a sound declaration to the writer and tells what became of it.
async fn settle(
    office: &Office,
    client: &Client,
    priced: PricedDeclaration,
    terms: Terms,
    (day, basis): (Date, Option<Basis>),
) -> Result<Turn, Fault> {
    let PricedDeclaration { authorised, price } = priced;
    reply::prepare(&price);
    let AuthorisedDeclaration { checked, payer, limit, at_desk, validity_days } = authorised;
    let declaration = checked.declaration;
    let text = |entry: &ebirlik_domain::declaration::Entry| entry.text().unwrap_or_default().to_owned();
    let settlement = Settlement {
        declarant: client.firm.clone(),
        reference: text(&declaration.reference),
        exporter: text(&declaration.exporter),
        secretariat: text(&declaration.secretariat),
        sent_by: client.code.clone(),
        // A checked declaration holds only decimals.
        statement: statement(&declaration).map_err(|_| Fault::Unavailable)?,
        content: Packed::of(&declaration.content),
        digest: declaration.digest,
        day,
        basis,
        detail: pack_price(&price),
        price: Arc::new(price),
        payer,
        limit,
        tender: terms.tender,
        expected_version: terms.version,
        hold: (checked.hold || terms.hold) && terms.waits_if_asked(),
        at_desk,
        validity_days,
        notices: declaration.notices.clone(),
    };
    match office.writer.settle(settlement).await? {
        Settled::Approved(approval) => Ok(Decision::Approved(approval).into()),
        Settled::Pending(pending) => Ok(Decision::Pending(pending).into()),
        Settled::Changed => {
            Box::pin(known_answer(office, client, &declaration)).await?.map(Turn::from).ok_or(Fault::Unavailable)
        }
        Settled::Ended { state, at } => Ok(Decision::Refused(ended(&text(&declaration.reference), state, at)).into()),
        Settled::Stale => Ok(Turn::Stale),
    }
}
