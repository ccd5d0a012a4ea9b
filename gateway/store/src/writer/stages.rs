//! How long do the stages of a batch take, and how many declarations share one? For figures alone.

use metrics::Histogram;
use std::sync::LazyLock;
use std::time::Instant;

/// Handles, so that measuring looks nothing up.
pub(super) struct Stages {
    /// From arrival until the batch begins, of the one that waited longest.
    pub(super) queue: Histogram,
    /// Until the transaction is open and holds what it must.
    pub(super) begin: Histogram,
    /// Versions, twins and balances.
    pub(super) read: Histogram,
    /// Decisions, numbers, codes and digests.
    pub(super) decide: Histogram,
    /// Rows.
    pub(super) write: Histogram,
    /// Until it is durable.
    pub(super) commit: Histogram,
    /// Declarations of a batch.
    pub(super) batch: Histogram,
}

/// The first look at them is after the recorder stands: the writer starts with the office.
pub(super) static STAGES: LazyLock<Stages> = LazyLock::new(|| {
    let of = |stage: &'static str| metrics::histogram!("ebirlik_writer_stage_duration_seconds", "stage" => stage);
    Stages {
        queue: of("queue"),
        begin: of("begin"),
        read: of("read"),
        decide: of("decide"),
        write: of("write"),
        commit: of("commit"),
        batch: metrics::histogram!("ebirlik_writer_batch_declarations"),
    }
});

/// Time since the last stage ended.
pub(super) struct Watch(Instant);

impl Watch {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    /// A stage ends.
    pub(super) fn lap(&mut self, stage: &Histogram) {
        let now = Instant::now();
        stage.record(now.duration_since(self.0));
        self.0 = now;
    }
}
