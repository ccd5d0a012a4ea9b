//! Does everything still hold? The store's invariants, and for each approval its code, its price and its answer.

use crate::office::Office;
use crate::stored::{statement, unauthorised};
use crypto_code::{Check, CryptoCode, KeyRing};
use ebirlik_domain::bulletin::{Bulletin, ForexRate};
use ebirlik_domain::check::check;
use ebirlik_domain::decision::{Approval, Fault};
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::price::price;
use ebirlik_domain::rules::Rules;
use ebirlik_domain::time::day_of;
use ebirlik_message::{content, reply};
use ebirlik_store::audit::{AuditReport, AuditedApproval, Broken, Judge};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Recomputes every invariant from one snapshot of the whole store. Works beside a running server.
///
/// # Errors
/// When the store cannot be read.
pub async fn audit(office: &Office) -> Result<AuditReport, Fault> {
    office.reload().await?;
    let mut rules = Rules::clone(&office.rules());
    // A tariff imported after an approval says nothing about it.
    rules.tariff.clear();
    let auditor = Auditor { ring: office.seal.ring(), rules, unproved: AtomicU64::new(0) };
    let mut report = office.store.audit(&auditor).await?;
    report.broken.extend(stuck(office).await?);
    Ok(AuditReport { unproved: auditor.unproved.into_inner(), ..report })
}

/// Whether events wait for their numbers and never get them: the next turn is tried, and not kept. Somebody else may be
/// at it, and moves on then.
async fn stuck(office: &Office) -> Result<Option<Broken>, Fault> {
    let mut found = String::new();
    for _ in 0..STUCK_TRIES {
        let before = office.store.numbering().await?;
        if before.followed >= before.chained {
            return Ok(None);
        }
        found = match office
            .store
            .try_numbering(office.turn_events(), office.low_balance(), (&office.ids, office.clock.now()))
            .await
        {
            Ok(0) => format!("events after position {} wait and cannot be numbered", before.followed),
            Ok(_) => return Ok(None),
            Err(error) => format!("events after position {} wait: {error}", before.followed),
        };
        tokio::time::sleep(STUCK_PAUSE).await;
        if office.store.numbering().await?.followed > before.followed {
            return Ok(None);
        }
    }
    Ok(Some(Broken { invariant: "numbers follow the chain", found }))
}

/// Tries until numbers that do not go on count as stuck.
const STUCK_TRIES: u32 = 5;
/// Between them: several turns of a server.
const STUCK_PAUSE: Duration = Duration::from_millis(500);

struct Auditor {
    ring: Arc<KeyRing>,
    rules: Rules,
    /// Codes of generations whose keys are lost.
    unproved: AtomicU64,
}

impl Judge for Auditor {
    fn approval(&self, audited: &AuditedApproval) -> Vec<String> {
        let approval = &audited.stored.approval;
        let declaration = content::declaration(&audited.content);
        let mut broken = Vec::new();
        if declaration.digest.as_slice() != audited.digest.as_slice() {
            broken.push("the content does not give its digest".to_owned());
        }
        let same = |entry: &ebirlik_domain::declaration::Entry, stored: &str| entry.text() == Some(stored);
        let parties = same(&declaration.declarant, &audited.declarant)
            && same(&declaration.exporter, &audited.exporter)
            && same(&declaration.reference, &approval.reference)
            && same(&declaration.secretariat, &approval.secretariat);
        if !parties {
            broken.push("the parties are not those of the content".to_owned());
        }
        if !self.is_proved(&approval.code, &declaration, audited.stored.collision) {
            broken.push("the code is not the one of its statement".to_owned());
        }
        if audited.stored.renderer == reply::RENDERER
            && reply::digest(approval).as_slice() != audited.stored.answer_digest
        {
            broken.push("the answer does not render to its digest".to_owned());
        }
        if let Some(difference) = self.price_again(approval, audited) {
            broken.push(difference);
        }
        broken
    }
}

impl Auditor {
    /// Whether a code is the one of its statement. Of codes of a lost generation the store alone can
    /// tell; they are counted.
    fn is_proved(&self, code: &str, declaration: &Declaration, collision: u32) -> bool {
        let (Ok(code), Ok(statement)) = (CryptoCode::parse(code), statement(declaration)) else { return false };
        if self.ring.is_lost(code.generation()) {
            self.unproved.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        matches!(self.ring.matches(&code, &statement, collision..=collision), Check::Genuine { .. })
    }

    /// The price from the approved content, the rates used and the rules of its day; what differs, if anything.
    fn price_again(&self, approval: &Approval, audited: &AuditedApproval) -> Option<String> {
        let day = day_of(approval.approved_at);
        let rates: BTreeMap<String, ForexRate> = approval
            .price
            .rates
            .iter()
            .map(|rate| (rate.currency.clone(), ForexRate { unit: rate.unit, buying: rate.buying }))
            .collect();
        let bulletin =
            approval.price.rates.first().map(|rate| Bulletin { date: rate.date, number: rate.bulletin.clone(), rates });
        let mut findings = Vec::new();
        let checked = check(content::declaration(&audited.content), &self.rules, day, &mut findings);
        match price(unauthorised(checked), bulletin.as_ref(), &self.rules, day, &mut findings) {
            Ok(Some(priced)) if priced.price == *approval.price => None,
            Ok(Some(priced)) => {
                Some(format!("the price is {}, its inputs give {}", approval.price.fee, priced.price.fee))
            }
            Ok(None) => {
                let rules: Vec<_> = findings.iter().map(|finding| finding.rule.name()).collect();
                Some(format!("its content would not pass today's reading of that day's rules: {}", rules.join(", ")))
            }
            Err(fault) => Some(format!("it cannot be priced: {fault}")),
        }
    }
}
