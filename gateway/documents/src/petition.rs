//! How does a membership petition look? One page, filled in for an application, to be stamped and signed on paper.

use crate::DocumentError;
use crate::pdf::{Canvas, FOOT, Face, Length, Pdf, Style, mm};
use crate::text::{self, Text};
use jiff::Timestamp;
use std::io::Write;

/// What a petition says. Source: P-1.1.6, P-1.2.6; P-1.1.4: the same details as in the papers that go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Petition {
    /// Number of the application.
    pub number: String,
    /// Names of the secretariats that it is addressed to.
    pub to: Vec<String>,
    /// Title of the firm.
    pub firm: String,
    /// Its tax number.
    pub tax_number: String,
    /// Whether the firm is a customs broker; else it is an exporter.
    pub is_broker: bool,
    /// Who is to act for the firm.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Mobile number.
    pub phone: String,
    /// When the application was begun.
    pub begun_at: Timestamp,
    /// Until when it has to be sent.
    pub ends_at: Timestamp,
}

/// Writes a petition as a PDF; gives back what was written to.
///
/// # Errors
/// [`DocumentError::Write`] when it cannot be written.
pub fn petition_pdf<W: Write>(petition: &Petition, out: W) -> Result<W, DocumentError> {
    let mut pdf = Pdf::begin(out)?;
    let canvas = &mut pdf.canvas;
    let mut y = head(canvas, petition);
    y = request(canvas, y, petition);
    y = facts(canvas, y, petition);
    signature(canvas, y + mm(6));
    let foot = format!("{} {} · {}", text::APPLICATION_NO.tr, petition.number, text::time(petition.begun_at));
    canvas.text(LEFT, HEIGHT - mm(14), FOOT, &foot);
    pdf.close_page(mm(210), HEIGHT)?;
    Ok(pdf.finish(text::PETITION.tr)?)
}

fn head(canvas: &mut Canvas, petition: &Petition) -> Length {
    canvas.text(LEFT, mm(26), TITLE, text::PETITION.tr);
    canvas.text(LEFT, mm(31), ENGLISH, text::PETITION.en);
    let mut y = canvas.both(LEFT, mm(42), WIDTH, (LABEL, ENGLISH), text::PETITION_TO) + mm(1);
    for secretariat in &petition.to {
        y = canvas.wrapped(LEFT, y, WIDTH, STRONG, secretariat);
    }
    y + mm(5)
}

fn request(canvas: &mut Canvas, y: Length, petition: &Petition) -> Length {
    let asked = if petition.is_broker { text::PETITION_OF_A_BROKER } else { text::PETITION_OF_AN_EXPORTER };
    let y = canvas.wrapped(LEFT, y, WIDTH, BODY, asked.tr);
    canvas.wrapped(LEFT, y, WIDTH, ENGLISH, asked.en) + mm(5)
}

fn facts(canvas: &mut Canvas, y: Length, petition: &Petition) -> Length {
    let rows: [(Text, &str); 7] = [
        (text::FIRM, &petition.firm),
        (text::TAX_NUMBER, &petition.tax_number),
        (text::PERSON, &petition.name),
        (text::EMAIL, &petition.email),
        (text::PHONE, &petition.phone),
        (text::BEGUN_AT, &text::time(petition.begun_at)),
        (text::SEND_BY, &text::time(petition.ends_at)),
    ];
    let mut y = y;
    for (label, value) in rows {
        canvas.rule(LEFT, y - mm(5), WIDTH, 20);
        let label_end = canvas.both(LEFT, y, LABELS, (LABEL, ENGLISH), label);
        let value_end = canvas.wrapped(LEFT + LABELS, y, WIDTH - LABELS, STRONG, value);
        y = label_end.max(value_end) + mm(4);
    }
    canvas.rule(LEFT, y - mm(5), WIDTH, 20);
    y
}

/// The place for stamp and signature.
fn signature(canvas: &mut Canvas, y: Length) {
    let (box_width, box_height) = (mm(80), mm(42));
    let left = LEFT + WIDTH - box_width;
    for (x, top, wide, high) in [
        (left, y, box_width, LINE),
        (left, y + box_height, box_width, LINE),
        (left, y, LINE, box_height),
        (left + box_width, y, LINE, box_height + LINE),
    ] {
        canvas.area(x, top, wide, high, 60);
    }
    canvas.both(left + mm(3), y + mm(5), box_width - mm(6), (LABEL, ENGLISH), text::STAMP_AND_SIGNATURE);
    let y = canvas.wrapped(LEFT, y + mm(5), WIDTH - box_width - mm(8), LABEL, text::PETITION_NEXT.tr);
    canvas.wrapped(LEFT, y, WIDTH - box_width - mm(8), ENGLISH, text::PETITION_NEXT.en);
}

const LEFT: Length = mm(22);
const WIDTH: Length = mm(166);
const HEIGHT: Length = mm(297);
/// Of the labels before the facts.
const LABELS: Length = mm(62);
/// The thickness of the box's edge.
const LINE: Length = mm(1) / 5;

const TITLE: Style = Style::new(Face::Bold, 160, 100);
const BODY: Style = Style::new(Face::Regular, 105, 100);
const STRONG: Style = Style::new(Face::Bold, 100, 100);
const LABEL: Style = Style::new(Face::Regular, 85, 75);
const ENGLISH: Style = Style::new(Face::Regular, 75, 60);
