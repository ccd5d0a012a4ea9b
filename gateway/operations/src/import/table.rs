//! Reading a CSV file row by row, with each fault put down to its line and column.

use super::{Amiss, ERRORS_MAX, FILE_BYTES_MAX, ImportErrors, RowError};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::money::Money;
use ebirlik_domain::rules::Term;
use ebirlik_domain::tax_number::TaxNumber;
use ebirlik_domain::turkish::composed;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Names of the columns that a kind of file must and may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
}

/// Letters of a value that an error repeats.
const SHOWN_MAX: usize = 60;

/// A file whose header is right.
pub(super) struct File<'a> {
    text: &'a str,
    reader: csv::Reader<&'a [u8]>,
    /// Position of each column that is there.
    positions: HashMap<&'static str, usize>,
    width: usize,
}

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(super) struct Errors {
    listed: Vec<RowError>,
    left_off: usize,
}

/// The rows of a file and what is still to be proved about them.
pub(super) struct Read<T> {
    /// Each with its line.
    pub(super) rows: Vec<(u64, T)>,
    pub(super) errors: Errors,
    /// Tax numbers that must be in the register, by where they stand.
    pub(super) mentions: BTreeMap<String, Vec<(u64, &'static str)>>,
}

/// One row while it is read.
pub(super) struct Row<'a> {
    pub(super) line: u64,
    record: &'a csv::StringRecord,
    positions: &'a HashMap<&'static str, usize>,
    errors: &'a mut Errors,
    mentions: &'a mut BTreeMap<String, Vec<(u64, &'static str)>>,
    keys: &'a mut HashMap<String, u64>,
}

impl<'a> File<'a> {
    /// Opens a file: UTF-8 with or without mark, separated by commas or semicolons.
    pub(super) fn open(bytes: &'a [u8], columns: Columns) -> Result<Self, ImportErrors> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(ImportErrors::TooLarge { bytes: bytes.len() });
        }
        let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.iter().take(error.valid_up_to());
            ImportErrors::NotUtf8 { line: before.filter(|byte| **byte == b'\n').count() + 1 }
        })?;
        let header = text.lines().find(|line| !line.is_empty()).unwrap_or_default();
        // Spreadsheets of Türkiye separate by semicolons.
        let delimiter = if header.contains(';') && !header.contains(',') { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let mut header = csv::StringRecord::new();
        if !matches!(reader.read_record(&mut header), Ok(true)) {
            return Err(ImportErrors::Empty);
        }
        let positions = positions(&header, columns)?;
        Ok(Self { text, reader, positions, width: header.len() })
    }

    /// Reads every row. `convert` looks at all of a row's cells and gives `None` when one is wrong.
    pub(super) fn read<T>(
        mut self,
        mut convert: impl FnMut(&mut Row<'_>) -> Option<T>,
    ) -> Result<Read<T>, ImportErrors> {
        let mut read = Read { rows: Vec::new(), errors: Errors::default(), mentions: BTreeMap::new() };
        let mut keys = HashMap::new();
        let mut record = csv::StringRecord::new();
        let mut any = false;
        while matches!(self.reader.read_record(&mut record), Ok(true)) {
            // A row of empty cells is what spreadsheets leave at the end.
            if record.iter().all(str::is_empty) {
                continue;
            }
            any = true;
            let line = line_of(self.text, &record);
            if record.len() != self.width {
                let expected = format!("{} cells, as the header has", self.width);
                read.errors.push((line, ""), &format!("{} cells", record.len()), Amiss::Form, expected);
                continue;
            }
            let (errors, mentions) = (&mut read.errors, &mut read.mentions);
            let mut row = Row { line, record: &record, positions: &self.positions, errors, mentions, keys: &mut keys };
            if row.is_printable()
                && let Some(value) = convert(&mut row)
            {
                read.rows.push((line, value));
            }
        }
        if any { Ok(read) } else { Err(ImportErrors::Empty) }
    }
}

/// The line on which a record begins. The reader counts from the end of the record before: blank lines come first.
fn line_of(text: &str, record: &csv::StringRecord) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let before = text.as_bytes().get(from..).unwrap_or_default().iter().take_while(|byte| b"\r\n".contains(*byte));
    position.line() + before.filter(|byte| **byte == b'\n').count() as u64
}

/// Finds the columns by their names, or says everything that is wrong with the header.
fn positions(header: &csv::StringRecord, columns: Columns) -> Result<HashMap<&'static str, usize>, ImportErrors> {
    let mut errors = Errors::default();
    let mut positions = HashMap::new();
    let known = || columns.required.iter().chain(columns.optional).copied();
    let all = known().collect::<Vec<_>>().join(",");
    for (position, name) in header.iter().enumerate() {
        match known().find(|column| *column == name) {
            None => errors.push((1, name), name, Amiss::Form, format!("only the columns {all}")),
            Some(column) => {
                if positions.insert(column, position).is_some() {
                    errors.push((1, name), name, Amiss::Twice, "each column once".to_owned());
                }
            }
        }
    }
    for column in columns.required.iter().filter(|column| !positions.contains_key(*column)) {
        errors.push((1, column), "", Amiss::Form, format!("a column {column}; the columns are {all}"));
    }
    errors.none()?;
    Ok(positions)
}

impl Errors {
    pub(super) fn push(&mut self, (line, column): (u64, &str), value: &str, amiss: Amiss, expected: String) {
        if self.listed.len() >= ERRORS_MAX {
            self.left_off += 1;
            return;
        }
        let mut shown: String = value.chars().take(SHOWN_MAX).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        self.listed.push(RowError { line, column: column.to_owned(), value: shown, amiss, expected });
    }

    /// Goes on only without errors.
    pub(super) fn none(mut self) -> Result<(), ImportErrors> {
        if self.listed.is_empty() {
            return Ok(());
        }
        self.listed.sort_by_key(|error| error.line);
        Err(ImportErrors::Rows { errors: self.listed, left_off: self.left_off })
    }
}

impl Row<'_> {
    /// A cell; empty when the column was left out.
    pub(super) fn cell(&self, column: &'static str) -> &str {
        self.positions.get(column).and_then(|position| self.record.get(*position)).unwrap_or_default()
    }

    /// Puts down that a cell is not what is expected.
    pub(super) fn wrong<T>(&mut self, column: &'static str, expected: impl Into<String>) -> Option<T> {
        self.amiss(column, Amiss::Form, expected.into())
    }

    fn amiss<T>(&mut self, column: &'static str, amiss: Amiss, expected: String) -> Option<T> {
        let value = self.cell(column).to_owned();
        self.errors.push((self.line, column), &value, amiss, expected);
        None
    }

    /// The same for a cell that may hold a password by mistake: what stands there is not repeated.
    pub(super) fn wrong_secret<T>(&mut self, column: &'static str, expected: &str) -> Option<T> {
        self.errors.push((self.line, column), "(not shown)", Amiss::Form, expected.to_owned());
        None
    }

    /// No store keeps control characters well, and a line break means a quotation mark that is not closed.
    fn is_printable(&mut self) -> bool {
        let Some(cell) = self.record.iter().find(|cell| cell.chars().any(char::is_control)) else { return true };
        let expected = "printable text on one line; is a quotation mark not closed?";
        self.errors.push((self.line, ""), cell, Amiss::Form, expected.to_owned());
        false
    }

    /// Text of 1 to `most` letters.
    pub(super) fn text(&mut self, column: &'static str, most: usize) -> Option<String> {
        let text = self.cell(column);
        if text.is_empty() || text.chars().count() > most {
            return self.wrong(column, format!("text of 1 to {most} letters"));
        }
        Some(composed(text))
    }

    /// Text of up to `most` letters.
    pub(super) fn free_text(&mut self, column: &'static str, most: usize) -> Option<String> {
        if self.cell(column).is_empty() { Some(String::new()) } else { self.text(column, most) }
    }

    /// A tax number with right check digits.
    pub(super) fn tax_number(&mut self, column: &'static str) -> Option<String> {
        match TaxNumber::parse(self.cell(column)) {
            Ok(number) => Some(number.as_str().to_owned()),
            Err(Rule::CheckDigit) => self.wrong(column, "a tax number whose check digit is right"),
            Err(_) => self.wrong(column, "a tax number of 10 digits or an identity number of 11, leading zeros kept"),
        }
    }

    /// The tax number of a firm that is in the register.
    pub(super) fn firm(&mut self, column: &'static str) -> Option<String> {
        let firm = self.tax_number(column)?;
        self.mentions.entry(firm.clone()).or_default().push((self.line, column));
        Some(firm)
    }

    /// One of the words.
    pub(super) fn word(&mut self, column: &'static str, words: &[&str]) -> Option<String> {
        if words.contains(&self.cell(column)) {
            return Some(self.cell(column).to_owned());
        }
        self.wrong(column, words.join(" or "))
    }

    /// `yes` as 1 and `no` as 0.
    pub(super) fn flag(&mut self, column: &'static str) -> Option<i64> {
        self.word(column, &["yes", "no"]).map(|word| i64::from(word == "yes"))
    }

    /// One of the codes of a table.
    pub(super) fn code<'c>(
        &mut self,
        column: &'static str,
        mut codes: impl Iterator<Item = &'c String> + Clone,
        what: &str,
    ) -> Option<String> {
        let all = codes.clone();
        if let Some(code) = codes.find(|code| *code == self.cell(column)) {
            return Some(code.clone());
        }
        let all: Vec<&str> = all.map(String::as_str).collect();
        let all = if all.len() <= 30 { format!(": {}", all.join(", ")) } else { String::new() };
        self.wrong(column, format!("the code of {what}{all}"))
    }

    /// A day written `2026-11-20`.
    pub(super) fn day(&mut self, column: &'static str) -> Option<Date> {
        let text = self.cell(column);
        // The parser also reads other forms; what is stored is compared as text.
        match text.parse::<Date>() {
            Ok(day) if day.to_string() == text => Some(day),
            _ => self.wrong(column, "a day such as 2026-11-20"),
        }
    }

    /// The columns `valid_from` and `valid_to`; an empty end has none.
    pub(super) fn term(&mut self) -> Option<Term> {
        let from = self.day("valid_from");
        let to = if self.cell("valid_to").is_empty() { Some(None) } else { self.day("valid_to").map(Some) };
        let term = Term { from: from?, to: to? };
        if term.to.is_some_and(|to| to < term.from) {
            return self.wrong("valid_to", format!("a day not before valid_from, {}", term.from));
        }
        Some(term)
    }

    /// A sum above zero, at most `most`.
    pub(super) fn money(&mut self, column: &'static str, most: Money) -> Option<Money> {
        match Money::parse(self.cell(column)) {
            Some(money) if !money.is_zero() && money <= most => Some(money),
            _ => self.wrong(column, format!("a sum such as 1000.00, above zero and at most {most}")),
        }
    }

    /// Digits, at least and at most so many.
    pub(super) fn digits(&mut self, column: &'static str, least: usize, most: usize) -> Option<String> {
        let text = self.cell(column);
        if (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(text.to_owned());
        }
        self.wrong(column, format!("{least} to {most} digits"))
    }

    /// Proves that no row before has the same key; `column` is where a second one is put down.
    pub(super) fn unique(&mut self, column: &'static str, key: &[&str]) -> Option<()> {
        let line = *self.keys.entry(key.join("\u{1f}")).or_insert(self.line);
        if line == self.line {
            return Some(());
        }
        let expected = format!("another value than in line {line}, which says the same; leave one of the two out");
        self.amiss(column, Amiss::Twice, expected)
    }
}

impl<T> Read<T> {
    /// Every tax number that the rows mention.
    pub(super) fn firms(&self) -> BTreeSet<String> {
        self.mentions.keys().cloned().collect()
    }

    /// The rows without their lines, if nothing is wrong.
    pub(super) fn sound(self) -> Result<Vec<T>, ImportErrors> {
        self.errors.none()?;
        Ok(self.rows.into_iter().map(|(_, row)| row).collect())
    }
}

/// A term as the store writes it.
pub(super) fn stored(term: Term) -> (String, String) {
    (term.from.to_string(), term.to.map(|to| to.to_string()).unwrap_or_default())
}
