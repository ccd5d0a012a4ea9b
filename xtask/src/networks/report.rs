//! What does `docs/networks.md` say? The machine, the table, and for each limit whether it held in this run.

use super::attack::{self, Size};
use super::attacks::Deed;
use super::{MEMORY_MAX, NOISE, Row};
use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

/// The whole document.
pub(crate) fn document(size: &Size, rows: &[Row]) -> String {
    let mut document = preface(size);
    document.push_str(HEADING);
    for row in rows {
        document.push_str(&line(row));
        document.push('\n');
    }
    document.push_str("\nVerdict of this run:\n\n");
    for verdict in verdicts(size, rows) {
        // Writing to a string cannot fail.
        let _ = writeln!(document, "- {verdict}");
    }
    document
}

/// One row of the table.
pub(crate) fn line(row: &Row) -> String {
    let seen = &row.seen;
    let is_hold = matches!(row.attack.deed, Deed::Hold { .. });
    let (mut cut, mut each) = (String::new(), String::new());
    if is_hold {
        cut = format!("{}.{} s", seen.longest.as_secs(), seen.longest.subsec_millis() / 100);
        let more = row.peak.saturating_sub(row.before) >> 10;
        each = format!("{} KiB", more / u64::try_from(seen.connections.max(1)).unwrap_or(u64::MAX));
    }
    let answers: Vec<String> = seen.answers.iter().map(|(status, count)| format!("{status} x {count}")).collect();
    let cells = [
        row.attack.name.to_owned(),
        seen.connections.to_string(),
        in_ms(row.half),
        format!("{} ({})", in_ms(row.most), in_tenths(row.tenths)),
        format!("{} of {}", row.wrong, row.asked),
        cut,
        format!("{} MiB", row.peak >> 20),
        each,
        answers.join(", "),
        row.attack.held_by.to_owned(),
        if misses(row).is_empty() { "held" } else { "not held" }.to_owned(),
    ];
    format!("| {} |", cells.join(" | "))
}

/// What a row did not hold.
fn misses(row: &Row) -> Vec<String> {
    let mut misses = row.complaints.clone();
    if row.tenths > TENTHS_MAX {
        misses.push(format!("{}: others' p99 was {} times the normal", row.attack.name, in_tenths(row.tenths)));
    }
    misses
}

/// A sentence for each limit, then everything that was not held.
fn verdicts(size: &Size, rows: &[Row]) -> Vec<String> {
    let held = |is_held: bool| if is_held { "Held" } else { "Not held" };
    let peak = rows.iter().map(|row| row.peak).max().unwrap_or_default();
    let tenths = rows.iter().map(|row| row.tenths).max().unwrap_or_default();
    let wrong: usize = rows.iter().map(|row| row.wrong).sum();
    let left: usize = rows.iter().map(|row| row.seen.left).sum();
    let mut verdicts = vec![
        format!(
            "{}: others' p99 within {} times the normal state's; {} at most.",
            held(tenths <= TENTHS_MAX),
            TENTHS_MAX / 10,
            in_tenths(tenths)
        ),
        format!("{}: memory below {} MiB; {} MiB at most.", held(peak <= MEMORY_MAX), MEMORY_MAX >> 20, peak >> 20),
        format!("{}: slow ones cut within {} s; {left} were not.", held(left == 0), size.limit.as_secs()),
        format!("{}: no good request answered wrong; {wrong} were.", held(wrong == 0)),
    ];
    verdicts.extend(rows.iter().flat_map(misses).map(|miss| format!("Not held: {miss}.")));
    verdicts
}

fn in_ms(time: Duration) -> String {
    format!("{}.{} ms", time.as_millis(), time.subsec_micros() % 1_000 / 100)
}

fn in_tenths(tenths: u128) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// What stands before the table.
fn preface(size: &Size) -> String {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    };
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "# Hostile networks\n\nWhat well-behaved clients notice while others attack: five of them (two submit, two verify, \
         one connects anew for each question) measured beside each attack. Written whole by the command.\n\n\
         - Command: `cargo xtask networks`, release build, the limits as shipped, SQLite; commit `{}`.\n\
         - Machine: {cores} cores, {}; server, clients and attackers share them, the attackers at the lowest priority, as they would stand elsewhere.\n\
         - Held: {} connections that send a drop a second. Flood: {} connections that send as fast as they can.\n\
         - p99 in brackets: times the normal state's, which counts as {} ms at least (noise).\n\
         - Memory: of the whole server, at the highest; what an earlier attack left is in it.\n\
         - Held to: others' p99 within {} times the normal, no good request answered wrong, slow ones cut within {} s \
         (and {} s of slack for a busy machine), memory below {} MiB, refusals well-formed.\n\n",
        said("git", &["rev-parse", "--short", "HEAD"]),
        processor.trim_start_matches([' ', '\t', ':']),
        size.held,
        size.floods,
        NOISE.as_millis(),
        TENTHS_MAX / 10,
        size.limit.as_secs(),
        attack::SLACK.as_secs(),
        MEMORY_MAX >> 20,
    )
}

/// The head of the table.
pub(crate) const HEADING: &str = "\
| attack | connections | p50 | p99 (x normal) | wrong | cut after at most | memory | each | attackers were told | held by | verdict |
|---|---|---|---|---|---|---|---|---|---|---|
";
/// The others' p99 at most, in tenths of the normal state's.
const TENTHS_MAX: u128 = 20;
