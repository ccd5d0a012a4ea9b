//! What is measured, under which name and in which unit: one table, which `docs/metrics.md` repeats and tests compare.
//!
//! Everything that is counted or timed as it happens stands where it happens; what is a state (places, connections,
//! memory) is read here when somebody asks.

use super::Edge;
use super::trail::Trail;
use super::walls::ROOMS;
use ebirlik_operations::standing::Level;
use ebirlik_store::{Connections, Wall};
use metrics::{Histogram, Unit, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::fs;
use std::sync::OnceLock;
use std::time::Instant;

/// One figure of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    /// As Prometheus reads it.
    pub(crate) name: &'static str,
    kind: Kind,
    /// What it is.
    pub(crate) about: &'static str,
    /// The label and its values where both are known beforehand: they are there from the start, at zero.
    known: Option<(&'static str, &'static [&'static str])>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// How long the stages of a submission take. Handles, so that measuring one looks nothing up.
#[derive(Debug)]
pub(crate) struct Stages {
    /// Gathering the body.
    pub(crate) receive: Stage,
    /// Waiting for a place.
    pub(crate) wait: Stage,
    /// Unpacking and reading the message.
    pub(crate) read: Stage,
    /// Checks, price, the writer's queue, its batch and commit; those of the writer have figures of their own.
    pub(crate) decide: Stage,
    /// Writing the answer.
    pub(crate) answer: Stage,
}

/// One stage.
#[derive(Debug)]
pub(crate) struct Stage {
    name: &'static str,
    figure: Histogram,
}

impl Stages {
    /// After the recorder stands.
    pub(crate) fn new() -> Self {
        let of = |name: &'static str| Stage { name, figure: metrics::histogram!(STAGES, "stage" => name) };
        Self { receive: of("receive"), wait: of("wait"), read: of("read"), decide: of("decide"), answer: of("answer") }
    }
}

impl Stage {
    /// Records that it is over and began at that moment.
    pub(crate) fn took(&self, since: Instant, trail: &Trail) {
        self.figure.record(since.elapsed());
        trail.stage(self.name, since);
    }
}

/// The recorder of this process, installed when it is first asked for.
///
/// # Errors
/// When its buckets are refused, which tests would have shown.
pub(crate) fn recorder() -> Result<PrometheusHandle, BuildError> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let builder = PrometheusBuilder::new().set_buckets(&REQUESTS)?;
    let builder = builder.set_buckets_for_metric(Matcher::Full(STAGES.to_owned()), &PARTS)?;
    let builder = builder.set_buckets_for_metric(Matcher::Full(WRITER_STAGES.to_owned()), &PARTS)?;
    let recorder = builder.set_buckets_for_metric(Matcher::Full(BATCHES.to_owned()), &COUNTS)?.build_recorder();
    let handle = recorder.handle();
    // Another thread may have been faster; its recorder counts then, and its handle shows it.
    if metrics::set_global_recorder(recorder).is_ok() {
        let _ = HANDLE.set(handle.clone());
        FIGURES.iter().for_each(Figure::announce);
    }
    Ok(HANDLE.get().cloned().unwrap_or(handle))
}

impl Figure {
    fn announce(&self) {
        let unit = if self.name.ends_with("_seconds") { Unit::Seconds } else { Unit::Count };
        match self.kind {
            Kind::Counter => metrics::describe_counter!(self.name, unit, self.about),
            Kind::Gauge => metrics::describe_gauge!(self.name, unit, self.about),
            Kind::Histogram => metrics::describe_histogram!(self.name, unit, self.about),
        }
        let Some((label, values)) = self.known else { return };
        let with = |value: &'static str| if label.is_empty() { Vec::new() } else { vec![(label, value)] };
        for value in values {
            match self.kind {
                Kind::Counter => metrics::counter!(self.name, &with(value)).absolute(0),
                Kind::Gauge => gauge!(self.name, &with(value)).set(0),
                Kind::Histogram => drop(metrics::histogram!(self.name, &with(value))),
            }
        }
    }
}

/// Reads the states of this moment and writes everything as Prometheus reads it.
pub(crate) fn written(edge: &Edge) -> String {
    gauge!("ebirlik_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    gauge!("ebirlik_uptime_seconds").set(edge.started.elapsed().as_secs_f64());
    gauge!("ebirlik_queue_length").set(number(edge.office.waiting()));
    gauge!("ebirlik_queue_capacity").set(number(edge.config.limits.queue));
    for (wall, room) in edge.rooms.each() {
        let (taken, waiting, places) = room.taken();
        gauge!("ebirlik_wall_places_taken", "wall" => wall).set(number(taken));
        gauge!("ebirlik_wall_waiting", "wall" => wall).set(number(waiting));
        gauge!("ebirlik_wall_places", "wall" => wall).set(number(places));
    }
    for wall in Wall::ALL {
        let Connections { open, busy, most } = edge.office.connections(wall);
        for (state, value) in [("open", open), ("busy", busy), ("most", most)] {
            gauge!("ebirlik_store_connections", "wall" => wall.as_str(), "state" => state).set(value);
        }
    }
    standing(edge);
    machine(edge);
    edge.figures.render()
}

fn standing(edge: &Edge) {
    let standing = edge.office.standing();
    for (part, level) in [
        ("submission", standing.submission.level),
        ("verification", standing.verification.level),
        ("payments", standing.payments.level),
        ("rates", standing.rates.level),
    ] {
        // Crowded is not down; unknown is not up.
        let up = matches!(level, Level::Works | Level::Crowded);
        gauge!("ebirlik_part_works", "part" => part).set(u32::from(up));
    }
    if let Some((day, _)) = standing.bulletin {
        let age = edge.office.clock.today().since(day).map_or(0, |age| age.get_days());
        gauge!("ebirlik_bulletin_age_days").set(age);
    }
    gauge!("ebirlik_key_generation").set(edge.office.key_generation());
}

/// What the system says of this process and its disk; what it does not say stays as it was.
fn machine(edge: &Edge) {
    let page = rustix::param::page_size();
    let resident = fs::read_to_string("/proc/self/statm").ok();
    let resident = resident.and_then(|text| text.split(' ').nth(1)?.parse::<usize>().ok());
    if let Some(pages) = resident {
        gauge!("ebirlik_process_resident_bytes").set(number(pages.saturating_mul(page)));
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        gauge!("ebirlik_process_open_files").set(number(open.count()));
    }
    if let Ok(disk) = rustix::fs::statvfs(&edge.config.data_dir) {
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        gauge!("ebirlik_disk_free_bytes").set(number(usize::try_from(free).unwrap_or(usize::MAX)));
    }
    if let Some(path) = edge.config.database.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        let bytes = fs::metadata(format!("{path}-wal")).map_or(0, |file| file.len());
        gauge!("ebirlik_store_wal_bytes").set(number(usize::try_from(bytes).unwrap_or(usize::MAX)));
    }
}

/// A count as the float that gauges hold.
#[expect(clippy::cast_precision_loss, reason = "exact up to 9 million thousand million, which nothing here reaches")]
fn number(count: usize) -> f64 {
    count as f64
}

const fn counter(
    name: &'static str,
    about: &'static str,
    known: Option<(&'static str, &'static [&'static str])>,
) -> Figure {
    Figure { name, kind: Kind::Counter, about, known }
}

const fn state(
    name: &'static str,
    about: &'static str,
    known: Option<(&'static str, &'static [&'static str])>,
) -> Figure {
    Figure { name, kind: Kind::Gauge, about, known }
}

const fn time(
    name: &'static str,
    about: &'static str,
    known: Option<(&'static str, &'static [&'static str])>,
) -> Figure {
    Figure { name, kind: Kind::Histogram, about, known }
}

/// Without a label.
const BARE: Option<(&str, &[&str])> = Some(("", &[""]));

/// Every figure, in the order of `docs/metrics.md`.
pub(crate) const FIGURES: &[Figure] = &[
    counter("ebirlik_requests_total", "Requests answered, by route and status.", None),
    time("ebirlik_request_duration_seconds", "From the header of a request to its answer, by route.", None),
    state("ebirlik_requests_in_flight", "Requests under way.", BARE),
    counter("ebirlik_panics_total", "Handlers that panicked; each is a fault of ours.", BARE),
    state("ebirlik_connections", "Connections that are open.", BARE),
    counter("ebirlik_connections_refused_total", "Connections closed because all places were taken.", BARE),
    counter("ebirlik_connections_dismissed_total", "Connections closed to make room for others.", BARE),
    counter(
        "ebirlik_tls_handshakes_failed_total",
        "Handshakes that failed, by reason.",
        Some(("why", &["refused", "timeout", "certificate"])),
    ),
    counter("ebirlik_tls_reloads_total", "Changed files of TLS, by outcome.", Some(("outcome", &["done", "failed"]))),
    state("ebirlik_tls_certificate_days_left", "Days until the certificate of TLS ends; 0 without TLS.", BARE),
    time(STAGES, "Stages of a submission.", Some(("stage", &["receive", "wait", "read", "decide", "answer"]))),
    time(
        WRITER_STAGES,
        "Stages of the writer's batches.",
        Some(("stage", &["queue", "begin", "read", "decide", "write", "commit"])),
    ),
    time(BATCHES, "Declarations settled in one transaction.", BARE),
    state("ebirlik_queue_length", "Declarations that wait for the writer.", BARE),
    state("ebirlik_queue_capacity", "Declarations that may wait for the writer.", BARE),
    state("ebirlik_wall_places", "Places behind each wall.", Some(("wall", ROOMS))),
    state("ebirlik_wall_places_taken", "Places taken.", Some(("wall", ROOMS))),
    state("ebirlik_wall_waiting", "Requests that wait for a place.", Some(("wall", ROOMS))),
    counter("ebirlik_wall_refusals_total", "Requests without a place, by wall and reason.", None),
    counter("ebirlik_limited_total", "Requests that came too often, by traffic.", Some(("traffic", TRAFFIC))),
    state("ebirlik_store_connections", "Connections that read, by wall and state: open, busy, most.", None),
    counter("ebirlik_store_errors_total", "Errors of the store, by kind.", Some(("kind", STORE_ERRORS))),
    counter("ebirlik_store_retries_total", "Transactions tried again since another was faster.", BARE),
    state("ebirlik_store_wal_bytes", "Size of SQLite's write-ahead log; 0 on PostgreSQL.", BARE),
    counter("ebirlik_chained_events_total", "Events chained for the audit.", BARE),
    counter("ebirlik_numbered_events_total", "Events numbered for firms, accounts and receipts.", BARE),
    state("ebirlik_chain_behind_seconds", "Since the chain last held every event, as last seen.", BARE),
    state("ebirlik_numbers_behind_seconds", "For how long chained events have waited for their numbers.", BARE),
    state(
        "ebirlik_lists_behind_seconds",
        "For how long chained events have waited for the lists of declarations.",
        BARE,
    ),
    counter(
        "ebirlik_mails_total",
        "Tries to send a mail, by outcome.",
        Some(("outcome", &["sent", "put_off", "failed"])),
    ),
    state("ebirlik_mails_queued", "Mails that wait to be sent.", BARE),
    state("ebirlik_mails_failed", "Mails given up within the last 30 days.", BARE),
    counter("ebirlik_refusals_total", "Findings told, by code of the catalogue.", None),
    counter("ebirlik_verifications_total", "Verdicts told.", Some(("verdict", VERDICTS))),
    counter(
        "ebirlik_leaked_key_verifications_total",
        "Verdicts on codes of a leaked key.",
        Some(("verdict", VERDICTS)),
    ),
    counter(
        "ebirlik_credentials_total",
        "Sign-ins of programs: remembered, or proved anew.",
        Some(("how", &["remembered", "proved"])),
    ),
    counter(
        "ebirlik_sign_ins_failed_total",
        "Wrong sign-ins, of programs and on pages.",
        Some(("at", &["programs", "pages"])),
    ),
    counter(
        "ebirlik_answers_delayed_total",
        "Answers that waited because somebody guesses.",
        Some(("guessed", &["code", "password"])),
    ),
    state(
        "ebirlik_part_works",
        "1 while a part of the service works, as `/status` tells.",
        Some(("part", &["submission", "verification", "payments", "rates"])),
    ),
    state("ebirlik_bulletin_age_days", "Age of the bulletin in force.", BARE),
    state("ebirlik_key_generation", "Generation of the key that new codes are made with.", BARE),
    state("ebirlik_disk_free_bytes", "Free where this installation keeps its data.", BARE),
    state("ebirlik_process_resident_bytes", "Memory of this process.", BARE),
    state("ebirlik_process_open_files", "Descriptors of this process.", BARE),
    state("ebirlik_uptime_seconds", "Since this server started.", BARE),
    state("ebirlik_build_info", "1, with the version.", None),
];

const STAGES: &str = "ebirlik_stage_duration_seconds";
const WRITER_STAGES: &str = "ebirlik_writer_stage_duration_seconds";
const BATCHES: &str = "ebirlik_writer_batch_declarations";
const TRAFFIC: &[&str] = &["submission", "verification", "inquiry", "pages", "public"];
const STORE_ERRORS: &[&str] = &["overtaken", "refused", "unreachable", "late", "inconsistent"];
const VERDICTS: &[&str] =
    &["valid", "valid_used", "wrong_declaration", "superseded", "cancelled", "expired", "not_issued", "mistyped"];
/// Seconds. A verification takes less than a millisecond, an approval some, a long list some hundreds.
const REQUESTS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
/// Seconds. Reading and writing a message take some tens of microseconds, a commit some hundreds.
const PARTS: [f64; 12] = [0.000_02, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0];

/// Declarations of a batch.
const COUNTS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn document(name: &str) -> String {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/");
        fs::read_to_string(format!("{root}{name}")).unwrap()
    }

    fn names() -> BTreeSet<&'static str> {
        FIGURES.iter().map(|figure| figure.name).collect()
    }

    #[test]
    fn the_document_tells_of_every_figure_and_no_other() {
        let text = document("metrics.md");
        let told: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        let ours: Vec<&str> = FIGURES.iter().map(|figure| figure.name).collect();
        assert_eq!(told, ours);
        for figure in FIGURES {
            let line = text.lines().find(|line| line.starts_with(&format!("| `{}`", figure.name))).unwrap();
            assert!(line.contains(figure.about), "{line}");
            let is_counter = figure.kind == Kind::Counter;
            assert_eq!(is_counter, figure.name.ends_with("_total"), "{}", figure.name);
        }
    }

    #[test]
    fn dashboard_and_alerts_name_figures_that_there_are() {
        for name in ["grafana-dashboard.json", "alerts.yml"] {
            let text = document(name);
            let mut found = 0;
            for word in text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_') {
                if !word.starts_with("ebirlik_") {
                    continue;
                }
                found += 1;
                let bare = ["_bucket", "_sum", "_count"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
                assert!(names().contains(bare), "{name}: {word}");
            }
            assert!(found > 8, "{name}");
        }
    }
}
