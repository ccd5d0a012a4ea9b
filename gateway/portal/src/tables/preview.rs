//! Rows before and after a change, and what it would have come to on past declarations, as pages show them.

use super::columns::{self, label, value};
use super::day_or_nothing;
use super::words::Words;
use crate::text::{Language, day, fill, lira};
use ebirlik_domain::time::day_of;
use ebirlik_operations::changes::preview::{Outcome, Preview};
use ebirlik_operations::changes::table::{Cells, key};
use ebirlik_operations::import::Kind;

/// Rows as a table.
pub(super) struct Rows {
    pub(super) heads: Vec<&'static str>,
    pub(super) lines: Vec<Row>,
    /// Whether they are to be written; else they stand.
    pub(super) are_written: bool,
}

/// A row, and what happens to it where it is to be written: colour and word.
pub(super) struct Row {
    pub(super) what: Option<(&'static str, &'static str)>,
    pub(super) cells: Vec<String>,
}

/// What a change would have come to.
pub(super) struct Shown {
    pub(super) day: String,
    pub(super) judged: usize,
    pub(super) looked_through: usize,
    pub(super) since: String,
    pub(super) differ: usize,
    /// Label, before, after.
    pub(super) sides: Vec<(&'static str, String, String)>,
    pub(super) differences: Vec<ShownDifference>,
}

/// One declaration.
pub(super) struct ShownDifference {
    pub(super) reference: String,
    pub(super) declarant: String,
    pub(super) before: String,
    pub(super) after: String,
}

impl Rows {
    /// Rows to be written, beside the stored ones of their keys.
    pub(super) fn written(kind: Kind, rows: &[Cells], before: &[Cells], language: Language) -> Self {
        let words = Words::of(language);
        let what = |row: &Cells| {
            let is_same =
                |stood: &&Cells| key(kind, stood) == key(kind, row) && stood.get("valid_from") == row.get("valid_from");
            match before.iter().find(is_same) {
                None => ("good", words.is_new),
                Some(stood) if Cells::clone(stood).with("valid_to", row.get("valid_to")) == *row => {
                    ("warn", words.ends)
                }
                Some(_) => ("warn", words.changes),
            }
        };
        let mut shown = Self::standing(kind, rows, language);
        for (line, row) in shown.lines.iter_mut().zip(rows) {
            line.what = Some(what(row));
        }
        Self { are_written: true, ..shown }
    }

    /// Rows as they stand.
    pub(super) fn standing(kind: Kind, rows: &[Cells], language: Language) -> Self {
        let names = columns::Words::of(language);
        let heads = kind.column_names().map(|column| label(column, names)).collect();
        let cells = |row: &Cells| {
            kind.column_names().map(|column| value(kind, column, row, language).shown(language)).collect()
        };
        let rows = rows.iter().map(|row| Row { what: None, cells: cells(row) });
        Self { heads, lines: rows.collect(), are_written: false }
    }
}

impl Shown {
    pub(super) fn of(preview: Preview, language: Language) -> Self {
        let words = Words::of(language);
        let (before, after) = (preview.before, preview.after);
        let count = |label, before: usize, after: usize| (label, before.to_string(), after.to_string());
        let differences = preview.differences.into_iter().map(|found| ShownDifference {
            before: outcome(&found.before, words, language),
            after: outcome(&found.after, words, language),
            reference: found.reference,
            declarant: found.declarant,
        });
        Self {
            day: day(preview.day),
            judged: preview.judged,
            looked_through: preview.looked_through,
            since: day_or_nothing(preview.since.map(day_of)),
            differ: preview.differ,
            sides: vec![
                (words.preview_fee, lira(before.fee, language), lira(after.fee, language)),
                count(words.preview_refused, before.refused, after.refused),
                count(words.preview_desk, before.at_desk, after.at_desk),
            ],
            differences: differences.collect(),
        }
    }
}

fn outcome(outcome: &Outcome, words: &Words, language: Language) -> String {
    let mut said = match outcome.fee {
        Some(fee) => lira(fee, language),
        None if outcome.codes.is_empty() => words.no_rate.to_owned(),
        None => fill(words.refused_with, "codes", outcome.codes.join(", ")),
    };
    if outcome.at_desk {
        said = fill(words.at_desk_too, "fee", said);
    }
    match outcome.validity_days {
        Some(days) => fill(&fill(words.for_days, "days", days), "outcome", said),
        None => said,
    }
}
