//! How long do long documents take, and how much memory?
//!
//!     cargo run --release -p ebirlik-documents --example bulk
//!
//! Each document is made in a process of its own, since memory once used is never less. Documents go to files under the
//! system's temporary folder and are removed; `keep FOLDER` keeps them, and `samples FOLDER` makes short ones to look at.

#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "facts are made up here, nothing comes from outside")]
#[path = "../tests/paper/facts.rs"]
mod facts;

use ebirlik_documents::{Paper, Slip, receipts_pdf, receipts_xlsx, statement_pdf, statement_xlsx};
use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

type Outcome = Result<(), Box<dyn Error>>;

#[expect(clippy::print_stdout, reason = "its answer")]
fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => each(&tempfile::tempdir()?.path().join("made")),
        ["keep", folder] => each(Path::new(folder)),
        ["samples", folder] => samples(Path::new(folder)),
        ["make", what, folder] => {
            let begun = Instant::now();
            make(what, Path::new(folder))?;
            let (seconds, peak) = (begun.elapsed().as_secs_f64(), peak_kib()?);
            let bytes = Path::new(folder).join(what).metadata()?.len();
            println!("{what:<28} {seconds:>7.2} s {:>7} KiB written {peak:>7} KiB at most in memory", bytes / 1024);
            Ok(())
        }
        _ => Err("usage: bulk [keep FOLDER | samples FOLDER]".into()),
    }
}

fn each(folder: &Path) -> Outcome {
    std::fs::create_dir_all(folder)?;
    for what in DOCUMENTS {
        let itself = std::env::current_exe()?;
        let status = Command::new(itself).arg("make").arg(what).arg(folder).status()?;
        if !status.success() {
            return Err(format!("{what}: {status}").into());
        }
    }
    Ok(())
}

fn make(what: &str, folder: &Path) -> Outcome {
    let out = BufWriter::new(File::create(folder.join(what))?);
    let receipts = (1..=10_000).map(facts::receipt);
    let (statement, lines) = facts::statement(100_000);
    match what {
        "receipts-10000-a4.pdf" => drop(receipts_pdf(receipts, Paper::A4, Slip::Receipt, out)?),
        "receipts-10000-80mm.pdf" => drop(receipts_pdf(receipts, Paper::Roll80mm, Slip::Receipt, out)?),
        "receipts-10000.xlsx" => receipts_xlsx(receipts, out)?,
        "statement-100000.pdf" => drop(statement_pdf(&statement, lines, out)?),
        "statement-100000.xlsx" => statement_xlsx(&statement, lines, out)?,
        _ => return Err("no such document".into()),
    }
    Ok(())
}

/// A page or two of everything.
fn samples(folder: &Path) -> Outcome {
    std::fs::create_dir_all(folder)?;
    for (paper, size) in [(Paper::A4, "a4"), (Paper::Roll80mm, "80mm")] {
        for (slip, name) in [(Slip::Receipt, "receipts"), (Slip::Information, "information")] {
            let plain = [facts::receipt(1), facts::cash(), facts::many_items(), facts::many_sectors()];
            let receipts = plain.into_iter().chain([facts::long(), facts::longer()]);
            receipts_pdf(receipts, paper, slip, File::create(folder.join(format!("{name}-{size}.pdf")))?)?;
        }
    }
    let (statement, lines) = facts::statement(100);
    statement_pdf(&statement, lines, File::create(folder.join("statement.pdf"))?)?;
    let (statement, lines) = facts::statement(100);
    Ok(statement_xlsx(&statement, lines, File::create(folder.join("statement.xlsx"))?)?)
}

/// The most memory that this process ever had.
fn peak_kib() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

const DOCUMENTS: [&str; 5] = [
    "receipts-10000-a4.pdf",
    "receipts-10000-80mm.pdf",
    "receipts-10000.xlsx",
    "statement-100000.pdf",
    "statement-100000.xlsx",
];
