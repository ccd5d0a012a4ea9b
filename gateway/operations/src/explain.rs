//! Why was it decided so? Any approval recomputed from what it rested on, and compared bit for bit.
//!
//! What it rested on is stored: the content, the exchange rates used, and the versions of the dated tables and of the
//! register, of which every state is kept. So it can be explained years later, whatever has changed since.

use crate::cases;
use crate::client::{Client, Role};
use crate::office::Office;
use crate::rules;
use crate::status::{Answer, find};
use crate::stored::statement;
use crypto_code::{Check, CryptoCode};
use ebirlik_domain::authority::{AuthorityFacts, authorise};
use ebirlik_domain::bulletin::{Bulletin, ForexRate};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::check::check;
use ebirlik_domain::decision::{ApprovalKind, Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::price::price;
use ebirlik_domain::rules::Rules;
use ebirlik_domain::time::{day_of, printed};
use ebirlik_message::{content, reply};
use ebirlik_store::declarations::{Recorded, StoredApproval};
use ebirlik_store::events::hex;
use ebirlik_store::parties::{Basis, Commitment, Firm, Membership, PayerCommitment, Power};
use ebirlik_store::powers::PowerFreeze;
use jiff::Timestamp;
use jiff::civil::Date;
use std::sync::{Arc, Mutex, PoisonError};

/// A past decision and what it comes to again.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Declarant's tax number.
    pub declarant: String,
    /// Its reference.
    pub reference: String,
    /// The version that was approved.
    pub version: u32,
    /// The code.
    pub code: String,
    /// When it was approved.
    pub approved_at: Timestamp,
    /// The versions of the tables and of the register; `None` for approvals from before they were kept.
    pub basis: Option<Basis>,
    /// Rows of the register that it rested on, as they stood then.
    pub grounds: Grounds,
    /// Each step with what was recorded and what comes out of it again.
    pub steps: Vec<Step>,
}

/// Rows of the register that counted on the day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grounds {
    /// The exporter's memberships in unions of the secretariat.
    pub memberships: Vec<Membership>,
    /// Its powers of attorney for the declarant.
    pub powers: Vec<Power>,
    /// The secretariat in the declarant's commitment.
    pub commitments: Vec<Commitment>,
    /// Who pays.
    pub payers: Vec<PayerCommitment>,
}

/// One step, recomputed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was decided.
    pub name: &'static str,
    /// As it was recorded.
    pub recorded: String,
    /// As it comes out again.
    pub again: String,
}

impl Step {
    /// Whether both are the same.
    pub fn is_equal(&self) -> bool {
        self.recorded == self.again
    }
}

impl Explanation {
    /// Whether every step comes out as it was recorded.
    pub fn is_equal(&self) -> bool {
        self.steps.iter().all(Step::is_equal)
    }

    /// As it is published.
    pub fn to_json(&self) -> serde_json::Value {
        let steps = self.steps.iter().map(|step| {
            serde_json::json!({
                "step": step.name, "recorded": step.recorded, "again": step.again, "equal": step.is_equal(),
            })
        });
        let Grounds { memberships, powers, commitments, payers } = &self.grounds;
        serde_json::json!({
            "declarant": self.declarant,
            "reference": self.reference,
            "version": self.version,
            "code": self.code,
            "approved_at": printed(self.approved_at),
            "equal": self.is_equal(),
            "tables_version": self.basis.map(|basis| basis.tables),
            "register_version": self.basis.map(|basis| basis.parties),
            "memberships": memberships, "powers": powers, "commitments": commitments, "payers": payers,
            "steps": steps.collect::<Vec<_>>(),
        })
    }
}

/// Rules at a version, kept for the next decision of the same version.
#[derive(Debug, Default)]
pub struct RulesAt(Mutex<Option<(i64, Arc<Rules>)>>);

/// Explains the approval of a declaration that the client may see: its own firm's, or of its secretariat.
///
/// # Errors
/// When we cannot tell now.
pub async fn explain(
    office: &Office,
    client: &Client,
    reference: &str,
    declarant: Option<&str>,
) -> Result<Answer<Explanation>, Fault> {
    let recorded = if client.roles.has_any(&[Role::Staff, Role::Admin]) {
        let declarant = declarant.unwrap_or_default();
        let key = ebirlik_store::DeclarationKey::of(declarant, reference);
        let recorded = office.store.find_declaration(key).await?;
        let sees = |recorded: &Recorded| client.roles.has(Role::Admin) || recorded.secretariat == client.secretariat;
        match recorded.filter(sees) {
            Some(recorded) => recorded,
            None => return Ok(not_found(reference)),
        }
    } else {
        match find(office, client, reference, declarant).await? {
            Answer::Given(recorded) => recorded,
            Answer::Refused(refusal) => return Ok(Answer::Refused(refusal)),
        }
    };
    if let Some(explanation) = explain_recorded(office, &recorded, &RulesAt::default()).await? {
        return Ok(Answer::Given(explanation));
    }
    let finding = Finding::new(Rule::NotFromThisState).detail(recorded.state.as_str());
    Ok(Answer::Refused(Refusal::of(Some(reference.to_owned()), finding)))
}

/// Explains the approval of a declaration; `None` while it has none.
///
/// # Errors
/// When we cannot tell now.
pub async fn explain_recorded(
    office: &Office,
    recorded: &Recorded,
    rules_at: &RulesAt,
) -> Result<Option<Explanation>, Fault> {
    let store = &office.store;
    let Some(stored) = store.find_approval(recorded.id).await? else { return Ok(None) };
    let version = store.find_version(recorded.id, stored.approval.version).await?.ok_or(Fault::Unavailable)?;
    let approval = &stored.approval;
    let day = day_of(approval.approved_at);
    let rules = rules_at.rules(office, stored.basis).await?;
    let declaration = content::declaration(&version.content);
    let is_corrected = store.is_corrected(recorded.id).await?;
    let (facts, grounds) = facts_at(office, recorded, &stored, is_corrected).await?;
    let mut steps = Vec::new();
    let mut step = |name, recorded: String, again: String| steps.push(Step { name, recorded, again });
    step("content", hex(&version.digest), hex(&declaration.digest));

    let digest_statement = statement(&declaration);
    let mut findings = Vec::new();
    let checked = check(declaration, &rules, day, &mut findings);
    let authorised = authorise(checked, &facts, &recorded.declarant, &rules, day, &mut findings);
    let validity = authorised.validity_days;
    let bulletin = bulletin_used(&stored);
    let priced = price(authorised, bulletin.as_ref(), &rules, day, &mut findings)?;
    let told: Vec<&str> = findings.iter().map(|finding| finding.code().as_str()).collect();
    step("findings", String::new(), told.join(" "));
    let again = priced.map(|priced| priced.price);
    let of_again =
        |tell: &dyn Fn(&ebirlik_domain::price::Price) -> String| again.as_ref().map(tell).unwrap_or_default();
    step("fob_try", approval.price.fob_try.to_string(), of_again(&|price| price.fob_try.to_string()));
    for (position, item) in approval.price.items.iter().enumerate() {
        let tell = |item: &ebirlik_domain::price::PricedItem| {
            format!("{} {} {} {} x {} = {}", item.number, item.sector, item.fob, item.currency, item.rate, item.fee)
        };
        step("item", tell(item), of_again(&|price| price.items.get(position).map(tell).unwrap_or_default()));
    }
    step("fee", approval.price.fee.to_string(), of_again(&|price| price.fee.to_string()));
    let whole_price = of_again(&|price| (*price == *approval.price).to_string());
    step("price", true.to_string(), whole_price);
    let term = validity.map(|days| day.saturating_add(jiff::Span::new().days(days)));
    let shown = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    if !is_corrected {
        // A correction keeps the term of the approval that it corrects.
        step("valid_until", shown(approval.valid_until), shown(term));
    }
    let ring = office.seal.ring();
    let is_ours = match (CryptoCode::parse(&approval.code), digest_statement) {
        (Ok(code), Ok(statement)) => {
            let counters = stored.collision..=stored.collision;
            matches!(ring.matches(&code, &statement, counters), Check::Genuine { .. })
                || ring.is_lost(code.generation())
        }
        _ => false,
    };
    step("code", approval.code.clone(), if is_ours { approval.code.clone() } else { "another code".to_owned() });
    if stored.renderer == reply::RENDERER {
        step("answer", hex(&stored.answer_digest), hex(&reply::digest(approval)));
    }
    Ok(Some(Explanation {
        declarant: recorded.declarant.clone(),
        reference: recorded.reference.clone(),
        version: approval.version,
        code: approval.code.clone(),
        approved_at: approval.approved_at,
        basis: stored.basis,
        grounds,
        steps,
    }))
}

impl RulesAt {
    async fn rules(&self, office: &Office, basis: Option<Basis>) -> Result<Arc<Rules>, Fault> {
        // Older approvals are judged by what stood when versions began to be kept.
        let version = basis.map_or(0, |basis| basis.tables);
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, rules)) = kept.filter(|(kept, _)| *kept == version) {
            return Ok(rules);
        }
        let rules = rules::load_at(&office.store, version).await.map_err(|error| {
            tracing::error!(%error, "the rules of a version cannot be read");
            Fault::Unavailable
        })?;
        let rules = Arc::new(rules);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((version, Arc::clone(&rules)));
        Ok(rules)
    }
}

/// What the register said of the parties, and the rows that said so.
async fn facts_at(
    office: &Office,
    recorded: &Recorded,
    stored: &StoredApproval,
    is_corrected: bool,
) -> Result<(AuthorityFacts, Grounds), Fault> {
    let (store, version) = (&office.store, stored.basis.map_or(0, |basis| basis.parties));
    let day = day_of(stored.approval.approved_at).to_string();
    let holds = |from: &str, to: &str| from <= day.as_str() && (to.is_empty() || day.as_str() <= to);
    let known: Vec<Firm> = store.rows_at(&recorded.exporter, version).await?;
    let mut memberships: Vec<Membership> = store.rows_at(&recorded.exporter, version).await?;
    memberships.retain(|row| row.secretariat == recorded.secretariat && holds(&row.valid_from, &row.valid_to));
    let mut powers: Vec<Power> = store.rows_at(&recorded.exporter, version).await?;
    powers.retain(|row| {
        row.declarant == recorded.declarant
            && (row.secretariat == "*" || row.secretariat == recorded.secretariat)
            && holds(&row.valid_from, &row.valid_to)
    });
    let freezes: Vec<PowerFreeze> = store.rows_at(&recorded.exporter, version).await?;
    if freezes.iter().any(|freeze| freeze.declarant == recorded.declarant && freeze.frozen == 1) {
        powers.clear();
    }
    let mut commitments: Vec<Commitment> = store.rows_at(&recorded.declarant, version).await?;
    commitments.retain(|row| row.secretariat == recorded.secretariat && holds(&row.valid_from, &row.valid_to));
    let mut payers: Vec<PayerCommitment> = store.rows_at(&recorded.exporter, version).await?;
    payers.retain(|row| {
        row.secretariat == recorded.secretariat
            && (row.declarant.is_empty() || row.declarant == recorded.declarant)
            && holds(&row.valid_from, &row.valid_to)
    });
    // At the counter powers and commitments were papers on the table; a correction rests on the approval before it.
    let papers_seen = is_corrected
        || match stored.approval.kind {
            ApprovalKind::Cash | ApprovalKind::Paper => true,
            // Free of charge is free of charge at the counter too.
            ApprovalKind::Free => cases::is_of_staff(office, recorded, stored.approval.version).await?,
            ApprovalKind::CurrentAccount | ApprovalKind::Card => false,
        };
    let facts = AuthorityFacts {
        exporter_known: !known.is_empty(),
        member: is_corrected || !memberships.is_empty(),
        power: papers_seen || !powers.is_empty(),
        committed: papers_seen || !commitments.is_empty(),
        payer: None,
        limit: None,
    };
    Ok((facts, Grounds { memberships, powers, commitments, payers }))
}

/// The exchange rates that were used, as the bulletin that held them.
pub(crate) fn bulletin_used(stored: &StoredApproval) -> Option<Bulletin> {
    let used = &stored.approval.price.rates;
    let first = used.first()?;
    let rates = used.iter().map(|rate| (rate.currency.clone(), ForexRate { unit: rate.unit, buying: rate.buying }));
    Some(Bulletin { date: first.date, number: first.bulletin.clone(), rates: rates.collect() })
}

fn not_found<T>(reference: &str) -> Answer<T> {
    Answer::Refused(Refusal::of(Some(reference.to_owned()), Finding::new(Rule::NotFound).value(reference)))
}
