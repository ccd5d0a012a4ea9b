//! What the secretariat's staff do to a declaration: let it pass the desk, cancel it, correct it, give its fee back,
//! bind another registration number. Each with its reason; above a configured sum a second person decides.
//!
//! Nothing is edited: what happened stays, and further postings put it right.

use crate::approve::{Mode, Terms, approve_on};
use crate::client::Client;
use crate::customs::registration_number;
use crate::office::Office;
use crate::refund::{self, Application};
use crate::status::Answer;
use crate::stored::statement;
use ebirlik_domain::authority::{AuthorityFacts, authorise};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::check::check;
use ebirlik_domain::decision::{Decision, Fault, Refusal};
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::Money;
use ebirlik_domain::price::price;
use ebirlik_domain::state::{Move, State};
use ebirlik_domain::time::day_of;
use ebirlik_message::content;
use ebirlik_store::cases::{Case, CaseKind, CaseState};
use ebirlik_store::corrections::{Corrected, Correction, Done};
use ebirlik_store::declarations::{Recorded, StoredApproval};
use ebirlik_store::writer::pack_price;
use ebirlik_store::{DeclarationKey, Packed, StoreError};
use jiff::civil::Date;
use std::sync::Arc;

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Act {
    /// The desk lets watched goods pass: the version that was looked at; the one that stands where it is not said.
    Release {
        /// From 1.
        version: Option<u32>,
    },
    /// İptal, also the desk's no.
    Cancel,
    /// Düzeltme: the declaration as it should have been.
    Correct(Box<Declaration>),
    /// The fee, or a part of it, back.
    Refund(Application),
    /// Another customs registration number.
    Rebind {
        /// The new number.
        registration_no: String,
    },
}

/// An act on one declaration with its reason.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Declarant's tax number.
    pub declarant: String,
    /// Its reference.
    pub reference: String,
    /// What is to be done.
    pub act: Act,
    /// Why.
    pub reason: String,
    /// The paper that it rests on.
    pub proof: String,
}

/// What became of an act.
#[derive(Debug, Clone, PartialEq)]
pub struct ActResult {
    /// The case's number.
    pub case: i64,
    /// Done, waiting for a second person, or refused by one.
    pub state: CaseState,
    /// What was done.
    pub effect: Option<Effect>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// It passed the desk; what became of it then.
    Released(Decision),
    /// It is cancelled.
    Cancelled,
    /// It has other content.
    Corrected(Box<Corrected>),
    /// Money went back; the balance where it went to a current account.
    Refunded {
        /// How much.
        amount: Money,
        /// Afterwards.
        balance: Option<Money>,
    },
    /// It has another number.
    Rebound,
}

/// What an act comes to before it is done: the money at stake, and what doing it needs.
pub(crate) struct Prepared {
    pub(crate) kind: CaseKind,
    pub(crate) amount: Money,
    /// What decides whether one person is enough: with what was given back before.
    pub(crate) at_stake: Money,
    subject: serde_json::Value,
    content: Option<Packed>,
    /// Of a correction: the fee before, the fee after, and whether the code becomes another.
    pub(crate) correction: Option<(Money, Money, bool)>,
}

/// Proposes an act, and does it at once unless a second person must decide.
///
/// # Errors
/// When we cannot tell now; nothing is done then.
pub async fn propose(office: &Office, staff: &Client, proposal: Proposal) -> Result<Answer<ActResult>, Fault> {
    let (recorded, prepared) = match Box::pin(judge(office, staff, &proposal)).await? {
        Answer::Given(judged) => judged,
        Answer::Refused(refusal) => return Ok(Answer::Refused(refusal)),
    };
    let Proposal { reason, proof, .. } = proposal;
    if let Some(done) = done_before(office, &recorded, &prepared, &reason, &proof).await? {
        return Ok(Answer::Given(done));
    }
    let now = office.clock.now();
    let alone = prepared.at_stake <= office.two_people_above;
    let case = Case {
        id: office.ids.next(now),
        kind: prepared.kind,
        secretariat: recorded.secretariat.clone(),
        declaration: recorded.id,
        amount_kurus: prepared.amount.kurus(),
        subject: prepared.subject.to_string(),
        content: prepared.content,
        reason: reason.trim().to_owned(),
        proof: proof.trim().to_owned(),
        proposed_by: staff.code.clone(),
        proposed_at: now,
        state: if alone { CaseState::Done } else { CaseState::Open },
        decided_by: alone.then(|| staff.code.clone()),
        decided_at: alone.then_some(now),
        decision_reason: None,
    };
    if alone {
        return execute(office, &case).await;
    }
    office.store.save_case(&case, &office.ids, now).await?;
    Ok(Answer::Given(ActResult { case: case.id, state: CaseState::Open, effect: None }))
}

/// Judges a proposal without doing anything: the declaration that it is about, and what it comes to.
pub(crate) async fn judge(
    office: &Office,
    staff: &Client,
    proposal: &Proposal,
) -> Result<Answer<(Recorded, Prepared)>, Fault> {
    let Proposal { declarant, reference, act, reason, proof } = proposal;
    let refused = |finding| Ok(Answer::Refused(Refusal::of(Some(reference.clone()), finding)));
    let Some(recorded) = own_declaration(office, staff, declarant, reference).await? else {
        return refused(Finding::new(Rule::NotFound).value(reference.clone()));
    };
    if reason.trim().is_empty() {
        return refused(Finding::new(Rule::ReasonMissing));
    }
    let needs_proof = !matches!(act, Act::Release { .. }) && recorded.state != State::AtDesk;
    if needs_proof && proof.trim().is_empty() {
        return refused(Finding::new(Rule::ProofMissing));
    }
    match prepare(office, &recorded, act).await? {
        Answer::Given(prepared) => Ok(Answer::Given((recorded, prepared))),
        Answer::Refused(refusal) => Ok(Answer::Refused(refusal)),
    }
}

/// A second person's yes: the act is done now.
///
/// # Errors
/// When we cannot tell now; nothing is done then.
pub async fn confirm(office: &Office, staff: &Client, id: i64, reason: &str) -> Result<Answer<ActResult>, Fault> {
    let now = office.clock.now();
    let case = match decidable(office, staff, id).await? {
        Answer::Given(case) => case,
        Answer::Refused(refusal) => return Ok(Answer::Refused(refusal)),
    };
    let case = Case {
        state: CaseState::Done,
        decided_by: Some(staff.code.clone()),
        decided_at: Some(now),
        decision_reason: Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty()),
        ..case
    };
    execute(office, &case).await
}

/// A second person's no.
///
/// # Errors
/// When we cannot tell now.
pub async fn refuse(office: &Office, staff: &Client, id: i64, reason: &str) -> Result<Answer<ActResult>, Fault> {
    let now = office.clock.now();
    let case = match decidable(office, staff, id).await? {
        Answer::Given(case) => case,
        Answer::Refused(refusal) => return Ok(Answer::Refused(refusal)),
    };
    if reason.trim().is_empty() {
        return Ok(Answer::Refused(Refusal::of(None, Finding::new(Rule::ReasonMissing))));
    }
    let case = Case {
        state: CaseState::Refused,
        decided_by: Some(staff.code.clone()),
        decided_at: Some(now),
        decision_reason: Some(reason.trim().to_owned()),
        ..case
    };
    match office.store.save_case(&case, &office.ids, now).await {
        Ok(()) => Ok(Answer::Given(ActResult { case: id, state: CaseState::Refused, effect: None })),
        Err(StoreError::Conflict(_)) => Ok(decided_before()),
        Err(error) => Err(error.into()),
    }
}

/// Cases of the staff's secretariat that wait for a second person.
///
/// # Errors
/// When the store does not answer.
pub async fn list_open(office: &Office, staff: &Client) -> Result<Vec<(Case, Recorded)>, Fault> {
    let mut open = Vec::new();
    for case in office.store.list_open_cases(&staff.secretariat, LIST_MAX).await? {
        let recorded = office.store.find_declaration_by_id(case.declaration).await?.ok_or(Fault::Unavailable)?;
        open.push((case, recorded));
    }
    Ok(open)
}

/// Declarations that wait at the desk of the staff's secretariat, first come first.
///
/// # Errors
/// When the store does not answer.
pub async fn list_at_desk(office: &Office, staff: &Client, after: i64) -> Result<Vec<Recorded>, Fault> {
    Ok(office.store.list_waiting(&staff.secretariat, State::AtDesk, after, LIST_MAX).await?)
}

/// Rows of one list.
const LIST_MAX: u32 = 500;

/// A declaration of the staff's own secretariat.
pub(crate) async fn own_declaration(
    office: &Office,
    staff: &Client,
    declarant: &str,
    reference: &str,
) -> Result<Option<Recorded>, Fault> {
    let recorded = office.store.find_declaration(DeclarationKey::of(declarant, reference)).await?;
    Ok(recorded.filter(|recorded| !staff.secretariat.is_empty() && recorded.secretariat == staff.secretariat))
}

/// An open case that this person may decide on.
async fn decidable(office: &Office, staff: &Client, id: i64) -> Result<Answer<Case>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(None, finding)));
    let case = office.store.find_case(id).await?.filter(|case| case.secretariat == staff.secretariat);
    match case {
        None => refused(Finding::new(Rule::NotFound).value(id.to_string())),
        Some(case) if case.state != CaseState::Open => Ok(decided_before()),
        Some(case) if case.proposed_by == staff.code => refused(Finding::new(Rule::SecondPersonNeeded)),
        Some(case) => Ok(Answer::Given(case)),
    }
}

fn decided_before<T>() -> Answer<T> {
    Answer::Refused(Refusal::of(None, Finding::new(Rule::CaseDecided)))
}

/// Judges an act without doing it.
async fn prepare(office: &Office, recorded: &Recorded, act: &Act) -> Result<Answer<Prepared>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(Some(recorded.reference.clone()), finding)));
    let step = match act {
        Act::Release { .. } => Some(Move::Release),
        Act::Cancel => Some(Move::Cancel),
        Act::Correct(_) => Some(Move::Correct),
        Act::Refund(_) | Act::Rebind { .. } => None,
    };
    if step.is_some_and(|step| recorded.state.after(step).is_none()) {
        return refused(not_from(recorded.state));
    }
    let stored = office.store.find_approval(recorded.id).await?;
    let plain = |kind, amount| Prepared {
        kind,
        amount,
        at_stake: amount,
        subject: serde_json::json!({}),
        content: None,
        correction: None,
    };
    let prepared = match act {
        Act::Release { version } => {
            if version.is_some_and(|version| version != recorded.version) {
                return refused(Finding::new(Rule::ChangedMeanwhile));
            }
            let subject = serde_json::json!({ "version": recorded.version });
            Prepared { subject, ..plain(CaseKind::Release, Money::ZERO) }
        }
        Act::Cancel => {
            let fee = stored.map_or(Money::ZERO, |stored| stored.approval.price.fee);
            plain(CaseKind::Cancel, fee)
        }
        Act::Correct(declaration) => {
            let stored = stored.ok_or(Fault::Unavailable)?;
            let judged = match judge_correction(office, recorded, &stored, declaration).await? {
                Answer::Given(judged) => judged,
                Answer::Refused(refusal) => return Ok(Answer::Refused(refusal)),
            };
            let (before, after) = (stored.approval.price.fee, judged.price.fee);
            let amount = before.checked_sub(after).or_else(|| after.checked_sub(before)).unwrap_or_default();
            let subject = serde_json::json!({ "from_version": stored.approval.version });
            let correction = Some((before, after, judged.statement.is_some()));
            Prepared { subject, content: Some(judged.content), correction, ..plain(CaseKind::Correct, amount) }
        }
        Act::Refund(application) => {
            let now = office.clock.now();
            if !refund::may_apply(&office.store, recorded, application, now).await? {
                let firm = application.applied_by.clone().unwrap_or_default();
                return refused(Finding::new(Rule::RefundNotForApplicant).value(firm));
            }
            let refunded = office.store.refunded(recorded.id).await?;
            match refund::judge(recorded, stored.as_ref(), refunded, application, now) {
                Ok(amount) => Prepared {
                    subject: application.to_json(amount),
                    at_stake: amount.checked_add(refunded).unwrap_or(amount),
                    ..plain(CaseKind::Refund, amount)
                },
                Err(finding) => return refused(finding),
            }
        }
        Act::Rebind { registration_no } => {
            if recorded.state != State::Registered {
                return refused(not_from(recorded.state));
            }
            let Some(number) = registration_number(office, registration_no) else {
                return refused(Finding::new(Rule::RegistrationNumberForm).value(registration_no.clone()));
            };
            let subject = serde_json::json!({ "registration_no": number.as_str() });
            Prepared { subject, ..plain(CaseKind::Rebind, Money::ZERO) }
        }
    };
    Ok(Answer::Given(prepared))
}

/// Does what a case allows, in the transaction that closes it.
async fn execute(office: &Office, case: &Case) -> Result<Answer<ActResult>, Fault> {
    let (store, ids, clock) = (&office.store, &office.ids, office.clock.as_ref());
    let recorded = store.find_declaration_by_id(case.declaration).await?.ok_or(Fault::Unavailable)?;
    let subject: serde_json::Value = serde_json::from_str(&case.subject).map_err(|_| Fault::Unavailable)?;
    let done = match case.kind {
        CaseKind::Release => {
            let version = number(&subject, "version");
            known(store.release(case, version, ids, clock).await)?.map(|done| done.map(|()| None))
        }
        CaseKind::Cancel => {
            known(store.cancel(case, ids, clock).await)?.map(|done| done.map(|()| Some(Effect::Cancelled)))
        }
        CaseKind::Correct => {
            let content = case.content.clone().ok_or(Fault::Unavailable)?;
            let declaration = content::declaration(&content.text("staff_case", "content")?);
            let stored = store.find_approval(case.declaration).await?.ok_or(Fault::Unavailable)?;
            let correction = match judge_correction(office, &recorded, &stored, &declaration).await? {
                Answer::Given(correction) => correction,
                Answer::Refused(refusal) => return Ok(Answer::Refused(refusal)),
            };
            let from_version = number(&subject, "from_version");
            let by = case.decided_by.clone().unwrap_or_else(|| case.proposed_by.clone());
            let correction = Correction { from_version, sent_by: by, ..correction };
            let corrected = store.correct(case, &correction, office.seal.as_ref(), ids, clock).await;
            known(corrected)?.map(|done| done.map(|corrected| Some(Effect::Corrected(Box::new(corrected)))))
        }
        CaseKind::Refund => {
            let amount = subject.get("amount").and_then(serde_json::Value::as_str).and_then(Money::parse);
            let amount = amount.ok_or(Fault::Unavailable)?;
            let refunded = known(store.refund(case, amount, ids, clock).await)?;
            refunded.map(|done| done.map(|balance| Some(Effect::Refunded { amount, balance })))
        }
        CaseKind::Rebind => {
            let number = subject.get("registration_no").and_then(serde_json::Value::as_str).unwrap_or_default();
            let stored = store.find_approval(case.declaration).await?.ok_or(Fault::Unavailable)?;
            let rebound = store.rebind(case, number, &stored.approval.code, ids, clock).await;
            known(rebound)?.map(|done| done.map(|()| Some(Effect::Rebound)))
        }
    };
    let Some(done) = done else { return Ok(decided_before()) };
    let finding = match done {
        Done::Done(effect) => {
            // What passed the desk goes on its way at once.
            let effect = match effect {
                None => released(office, &recorded, &case.proposed_by).await,
                effect => effect,
            };
            return Ok(Answer::Given(ActResult { case: case.id, state: CaseState::Done, effect }));
        }
        Done::NotFrom(state) => not_from(state),
        Done::Overtaken => Finding::new(Rule::ChangedMeanwhile),
        Done::Short(missing) => Finding::new(Rule::AccountCannotPay).detail(missing.to_string()),
        Done::TooMuch(most) => Finding::new(Rule::RefundTooMuch).detail(most.to_string()),
        Done::NumberTaken => Finding::new(Rule::RegistrationNumberTaken),
    };
    Ok(Answer::Refused(Refusal::of(Some(recorded.reference), finding)))
}

/// What passed the desk goes on, as its sender wished: not where it asked to wait, nor what was brought to the counter,
/// which is entered there again. Where we cannot tell now it is released all the same.
async fn released(office: &Office, recorded: &Recorded, by: &str) -> Option<Effect> {
    if is_of_staff(office, recorded, recorded.version).await.ok()? {
        return None;
    }
    let terms = Terms { hold: recorded.hold, ..Terms::ORDINARY };
    resume(office, recorded, by, terms).await.ok().map(Effect::Released)
}

/// Whether the secretariat's staff sent a version: it was entered at the counter.
pub(crate) async fn is_of_staff(office: &Office, recorded: &Recorded, version: u32) -> Result<bool, Fault> {
    let Some(version) = office.store.find_version(recorded.id, version).await? else { return Ok(false) };
    let sender = office.store.find_client(version.sent_by.split('/').next().unwrap_or_default()).await?;
    Ok(sender.is_some_and(|sender| sender.firm != recorded.declarant))
}

/// The same refund on the same paper, asked for again because its answer was lost: done once.
async fn done_before(
    office: &Office,
    recorded: &Recorded,
    prepared: &Prepared,
    reason: &str,
    proof: &str,
) -> Result<Option<ActResult>, Fault> {
    if prepared.kind != CaseKind::Refund {
        return Ok(None);
    }
    let subject = prepared.subject.to_string();
    let same = |case: &Case| {
        case.kind == CaseKind::Refund
            && case.state != CaseState::Refused
            && case.subject == subject
            && (case.reason.as_str(), case.proof.as_str()) == (reason.trim(), proof.trim())
    };
    let before = office.store.list_cases_of(recorded.id).await?.into_iter().find(same);
    Ok(before.map(|case| {
        let done = Effect::Refunded { amount: prepared.amount, balance: None };
        ActResult { case: case.id, state: case.state, effect: (case.state == CaseState::Done).then_some(done) }
    }))
}

fn number(subject: &serde_json::Value, name: &str) -> u32 {
    let number = subject.get(name).and_then(serde_json::Value::as_u64);
    number.and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
}

/// `None` when somebody else decided on the case meanwhile.
fn known<T>(done: Result<T, StoreError>) -> Result<Option<T>, Fault> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(StoreError::Conflict(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Takes up a declaration that waits, as if its declarant had sent it again.
pub(crate) async fn resume(office: &Office, recorded: &Recorded, by: &str, terms: Terms) -> Result<Decision, Fault> {
    let version = office.store.find_version(recorded.id, recorded.version).await?.ok_or(Fault::Unavailable)?;
    let declaration = content::declaration(&version.content);
    // Never what stands no more: its declarant may have sent another version meanwhile.
    let terms = Terms { version: Some(recorded.version), ..terms };
    Box::pin(approve_on(office, &declarant_of(recorded, by), declaration, Mode::Real, terms)).await
}

/// Somebody in the place of a declaration's declarant.
pub(crate) fn declarant_of(recorded: &Recorded, by: &str) -> Client {
    Client {
        code: by.to_owned(),
        firm: recorded.declarant.clone(),
        secretariat: String::new(),
        roles: crate::Roles::default(),
    }
}

/// Judges a correction's content by the rules and rates of the day of approval, so that what did not change costs what
/// it cost.
async fn judge_correction(
    office: &Office,
    recorded: &Recorded,
    stored: &StoredApproval,
    declaration: &Declaration,
) -> Result<Answer<Correction>, Fault> {
    let refused = |findings| Ok(Answer::Refused(Refusal::of_findings(Some(recorded.reference.clone()), findings)));
    let same = |entry: &ebirlik_domain::declaration::Entry, stored: &str| entry.text() == Some(stored);
    let is_same_declaration = same(&declaration.declarant, &recorded.declarant)
        && same(&declaration.reference, &recorded.reference)
        && same(&declaration.exporter, &recorded.exporter)
        && same(&declaration.secretariat, &recorded.secretariat);
    if !is_same_declaration {
        return refused(vec![Finding::new(Rule::CorrectionChangesParties)]);
    }
    let basis = office.store.basis().await?;
    if office.rules_and_version().1 != basis.tables {
        Box::pin(office.reload()).await?;
    }
    let (rules, day) = (office.rules(), day_of(stored.approval.approved_at));
    let mut findings = Vec::new();
    let checked = check(Arc::new(declaration.clone()), &rules, day, &mut findings);
    // Whose it is was judged at its approval; the goods may be others now.
    let facts =
        AuthorityFacts { exporter_known: true, member: true, power: true, committed: true, payer: None, limit: None };
    let authorised = authorise(checked, &facts, &recorded.declarant, &rules, day, &mut findings);
    let bulletin = bulletin_of(office, stored, day).await?;
    let Some(priced) =
        price(authorised, bulletin.as_ref(), &rules, day, &mut findings)?.filter(|_| findings.is_empty())
    else {
        return refused(findings);
    };
    let standing = office.store.find_version(recorded.id, stored.approval.version).await?.ok_or(Fault::Unavailable)?;
    let statement_of = |declaration: &Declaration| statement(declaration).map_err(|_| Fault::Unavailable);
    let (before, after) = (statement_of(&content::declaration(&standing.content))?, statement_of(declaration)?);
    let (facts, _) =
        office.store.authority(&recorded.exporter, &recorded.declarant, &recorded.secretariat, day).await?;
    Ok(Answer::Given(Correction {
        from_version: stored.approval.version,
        content: Packed::of(&declaration.content),
        digest: declaration.digest,
        statement: (before.as_bytes() != after.as_bytes()).then_some(after),
        detail: pack_price(&priced.price),
        price: Arc::new(priced.price),
        notices: declaration.notices.clone(),
        basis,
        // What was free has no account that it was paid from: standing consent alone may name one.
        payer: facts.payer.filter(|payer| payer.automatic).map(|payer| payer.account),
        sent_by: String::new(),
    }))
}

/// The bulletin that the approval was priced by, with the rates that were used, whatever was imported since.
async fn bulletin_of(
    office: &Office,
    stored: &StoredApproval,
    day: Date,
) -> Result<Option<ebirlik_domain::bulletin::Bulletin>, Fault> {
    let used = &stored.approval.price.rates;
    // That of the day of approval may have come after it.
    let date = used.first().map_or(day, |rate| rate.date);
    let mut bulletin = office.store.find_bulletin(date).await?.filter(|bulletin| bulletin.serves(day));
    if let Some(bulletin) = &mut bulletin {
        for rate in used.iter().filter(|rate| rate.date == bulletin.date) {
            let used = ebirlik_domain::bulletin::ForexRate { unit: rate.unit, buying: rate.buying };
            bulletin.rates.insert(rate.currency.clone(), used);
        }
    }
    Ok(bulletin)
}

fn not_from(state: State) -> Finding {
    Finding::new(Rule::NotFromThisState).detail(state.as_str())
}
