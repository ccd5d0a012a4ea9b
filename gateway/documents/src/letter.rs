//! What does a secretariat write to a firm about a difference with customs?
//!
//! One page of A4: who writes, to whom, about what, both sides beside each other, and what is asked of the firm.

use crate::DocumentError;
use crate::pdf::{Canvas, FOOT, Face, Length, Pdf, Style, mm};
use crate::receipt::Party;
use crate::text::{self, Text};
use jiff::civil::Date;
use std::io::Write;

/// A letter about one row of the monthly match. Never printed for debugging: it names firms.
#[derive(Clone)]
pub struct Letter {
    /// Its own number.
    pub number: String,
    /// Its day.
    pub date: Date,
    /// Name of the general secretariat that writes.
    pub secretariat: String,
    /// To whom.
    pub to: Party,
    /// Why.
    pub subject: LetterSubject,
    /// The month that was matched, as `2026-11`.
    pub month: String,
    /// The declarant's reference, where we have the declaration.
    pub reference: Option<String>,
    /// Customs' registration number, where there is one.
    pub registration_no: Option<String>,
    /// What differs.
    pub fields: Vec<LetterField>,
}

/// Which of the three lists the row stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterSubject {
    /// Registered at customs without our approval (G-82).
    WithoutApproval,
    /// Approved and never registered (G-83).
    NeverRegistered,
    /// Registered otherwise than approved (G-84).
    Differs,
}

/// One field with what stands on either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterField {
    /// Its name in the match, such as `invoice_total`.
    pub name: String,
    /// At customs.
    pub customs: Option<String>,
    /// In the approval.
    pub ours: Option<String>,
}

/// Writes a letter as PDF, and gives back what was written to.
///
/// # Errors
/// [`DocumentError::Write`] when it cannot be written.
pub fn letter_pdf<W: Write>(letter: &Letter, out: W) -> Result<W, DocumentError> {
    let mut pdf = Pdf::begin(out)?;
    draw(&mut pdf.canvas, letter);
    let (y, page) = (HEIGHT - mm(12), format!("{} / {} 1 / ", text::PAGE.tr, text::PAGE.en));
    let width = pdf.canvas.text(LEFT, y, FOOT, &page);
    pdf.canvas.total_pages(LEFT + width, y);
    pdf.close_page(mm(210), HEIGHT)?;
    Ok(pdf.finish(&format!("{} {}", text::LETTER.tr, letter.number))?)
}

fn draw(canvas: &mut Canvas, letter: &Letter) {
    let mut y = canvas.wrapped(LEFT, mm(24), WIDTH, TITLE, &letter.secretariat) + mm(2);
    canvas.rule(LEFT, y - mm(4), WIDTH, 50);
    for (label, value) in [(text::LETTER_NO, letter.number.clone()), (text::DATE, text::day(letter.date))] {
        y = fact(canvas, y + mm(2), label, &value);
    }
    y = canvas.wrapped(LEFT, y + mm(6), WIDTH, STRONG, &letter.to.title);
    y = canvas.wrapped(LEFT, y, WIDTH, BODY, &format!("{} {}", text::TAX_NUMBER.tr, letter.to.tax_number));
    let (heading, asked) = letter.subject.texts();
    y = paragraph(canvas, y + mm(6), (STRONG, ENGLISH), heading);
    y = fact(canvas, y + mm(2), text::MONTH, &letter.month);
    for (label, value) in [(text::REFERENCE, &letter.reference), (text::REGISTRATION_NO, &letter.registration_no)] {
        if let Some(value) = value {
            y = fact(canvas, y, label, value);
        }
    }
    if !letter.fields.is_empty() {
        y = fields(canvas, y + mm(5), &letter.fields);
    }
    y = paragraph(canvas, y + mm(6), (BODY, ENGLISH), asked);
    y = paragraph(canvas, y + mm(3), (BODY, ENGLISH), text::LETTER_ANSWER);
    canvas.wrapped(LEFT, y + mm(12), WIDTH, STRONG, &letter.secretariat);
}

/// A label with its value beside it.
fn fact(canvas: &mut Canvas, y: Length, label: Text, value: &str) -> Length {
    let below = canvas.both(LEFT, y, LABELS, (LABEL, ENGLISH), label);
    canvas.wrapped(LEFT + LABELS, y, WIDTH - LABELS, BODY, value).max(below) + mm(1)
}

/// Turkish, and English below it.
fn paragraph(canvas: &mut Canvas, y: Length, (tr, en): (Style, Style), text: Text) -> Length {
    let y = canvas.wrapped(LEFT, y, WIDTH, tr, text.tr);
    canvas.wrapped(LEFT, y, WIDTH, en, text.en)
}

/// Both sides beside each other.
fn fields(canvas: &mut Canvas, y: Length, fields: &[LetterField]) -> Length {
    canvas.area(LEFT - mm(1), y - mm(5), WIDTH + mm(2), mm(10), 7);
    for (column, head) in [text::FIELD, text::AT_CUSTOMS, text::IN_APPROVAL].into_iter().enumerate() {
        let left = column_left(column);
        canvas.text(left, y, HEAD, head.tr);
        canvas.text(left, y + mm(3), ENGLISH, head.en);
    }
    let mut y = y + mm(10);
    for field in fields.iter().take(FIELDS_MAX) {
        let name = text::field(&field.name).map_or(field.name.as_str(), |text| text.tr);
        let cells = [Some(name), field.customs.as_deref(), field.ours.as_deref()];
        let below = cells.into_iter().enumerate().map(|(column, words)| {
            let words = words.unwrap_or("-");
            // A long list of goods is told by its beginning; all of it stands on the page that the letter is of.
            let shown: String = words.chars().take(LETTERS_MAX).collect();
            canvas.wrapped(column_left(column), y, COLUMN - mm(3), CELL, &shown)
        });
        y = below.max().unwrap_or(y) + mm(1);
        canvas.rule(LEFT, y - mm(4), WIDTH, 15);
    }
    y
}

fn column_left(column: usize) -> Length {
    LEFT + COLUMN * Length::try_from(column).unwrap_or_default()
}

impl LetterSubject {
    /// What it is about, and what is asked.
    fn texts(self) -> (Text, Text) {
        match self {
            Self::WithoutApproval => (text::WITHOUT_APPROVAL, text::WITHOUT_APPROVAL_ASKED),
            Self::NeverRegistered => (text::NEVER_REGISTERED, text::NEVER_REGISTERED_ASKED),
            Self::Differs => (text::DIFFERS, text::DIFFERS_ASKED),
        }
    }
}

const LEFT: Length = mm(22);
const WIDTH: Length = mm(166);
const HEIGHT: Length = mm(297);
const LABELS: Length = mm(62);
const COLUMN: Length = WIDTH / 3;
/// Fields that the match compares are fewer.
const FIELDS_MAX: usize = 12;
/// Ten commodity codes.
const LETTERS_MAX: usize = 130;

const TITLE: Style = Style::new(Face::Bold, 130, 100);
const STRONG: Style = Style::new(Face::Bold, 100, 100);
const BODY: Style = Style::new(Face::Regular, 95, 100);
const LABEL: Style = Style::new(Face::Regular, 85, 75);
const HEAD: Style = Style::new(Face::Bold, 80, 100);
const CELL: Style = Style::new(Face::Regular, 85, 100);
const ENGLISH: Style = Style::new(Face::Regular, 70, 60);
