//! What would everything but the store cost? Only in a build with the feature `measure`, and only when asked for by
//! `EBIRLIK_MEASURE=store-off`: declarations get codes and answers, and nothing is remembered. For the bench alone.

use super::{Job, Settled, WriterSettings};
use ebirlik_domain::decision::{Approval, ApprovalKind};
use ebirlik_domain::money::Money;
use ebirlik_domain::time::day_of;
use std::sync::{Arc, LazyLock};

/// Whether this process was started to answer without a store.
pub(super) fn is_store_off() -> bool {
    static OFF: LazyLock<bool> =
        LazyLock::new(|| std::env::var_os("EBIRLIK_MEASURE").is_some_and(|word| word == "store-off"));
    *OFF
}

/// Seals and proves each as the writer does.
pub(super) fn settle(settings: &WriterSettings, jobs: &[Job]) -> Vec<Settled> {
    let now = settings.clock.now();
    let year = day_of(now).year().rem_euclid(100);
    let sealed = |job: &Job| {
        let settlement = &job.settlement;
        let approval = Approval {
            reference: settlement.reference.clone(),
            version: 1,
            secretariat: settlement.secretariat.clone(),
            record_no: format!("{year:02}{}{:09}", settlement.secretariat, 1),
            code: settings.seal.code(&settlement.statement, 0),
            approved_at: now,
            valid_until: None,
            kind: ApprovalKind::CurrentAccount,
            price: Arc::clone(&settlement.price),
            balance: Some(Money::ZERO),
            notices: settlement.notices.clone(),
        };
        std::hint::black_box(settings.seal.answer_digest(&approval));
        Settled::Approved(Arc::new(approval))
    };
    jobs.iter().map(sealed).collect()
}
