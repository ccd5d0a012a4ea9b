//! How large is each paper, and how large is what stands on it?

use super::Paper;
use crate::pdf::{Face, Length, Style, mm};

/// What differs between the papers.
pub(super) struct Sheet {
    pub(super) paper: Paper,
    pub(super) width: Length,
    /// White at each side.
    pub(super) margin: Length,
    pub(super) top: Length,
    /// Where the tables must stop: above the notes on A4; a roll is as long as PDF lets a page be.
    pub(super) end: Length,
    pub(super) heading: Style,
    pub(super) code: Style,
    pub(super) amount: Style,
    /// A module of the square and of the bars. On thermal paper whole dots of 203 to the inch.
    pub(super) square: Length,
    pub(super) bar: Length,
}

impl Sheet {
    pub(super) fn of(paper: Paper) -> &'static Self {
        match paper {
            Paper::A4 => &A4,
            Paper::Roll80mm => &ROLL,
        }
    }

    pub(super) fn narrow(&self) -> bool {
        self.paper == Paper::Roll80mm
    }

    /// Between the margins.
    pub(super) fn inner(&self) -> Length {
        self.width - 2 * self.margin
    }

    pub(super) fn right(&self) -> Length {
        self.width - self.margin
    }
}

/// So many dots of a thermal printer: 203 to the inch, an inch being 72 points.
const fn dots(dots: i32) -> Length {
    dots * 72_000 / 203
}

/// A column of the table of items, from the left margin.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) left: Length,
    pub(super) width: Length,
}

pub(super) const NUMBER: Column = Column { left: 0, width: mm(16) };
pub(super) const SECTOR: Column = Column { left: mm(18), width: mm(44) };
pub(super) const FOB: Column = Column { left: mm(64), width: mm(38) };
pub(super) const CURRENCY: Column = Column { left: mm(105), width: mm(12) };
pub(super) const RATE: Column = Column { left: mm(119), width: mm(17) };
pub(super) const FEE: Column = Column { left: mm(138), width: mm(36) };

static A4: Sheet = Sheet {
    paper: Paper::A4,
    width: mm(210),
    margin: mm(18),
    top: mm(17),
    end: mm(269),
    heading: Style::new(Face::Bold, 200, 100),
    code: Style::new(Face::Mono, 210, 100),
    amount: Style::new(Face::Bold, 180, 100),
    square: mm(14) / 10,
    bar: mm(33) / 100,
};

static ROLL: Sheet = Sheet {
    paper: Paper::Roll80mm,
    width: mm(80),
    margin: mm(4),
    top: mm(6),
    end: mm(5_000),
    heading: Style::new(Face::Bold, 150, 100),
    code: Style::new(Face::Mono, 170, 100),
    amount: Style::new(Face::Bold, 150, 100),
    square: dots(11),
    bar: dots(3),
};

pub(super) const ISSUER: Style = Style::new(Face::Bold, 120, 100);
pub(super) const TITLE: Style = Style::new(Face::Bold, 95, 100);
pub(super) const STRONG: Style = Style::new(Face::Bold, 90, 100);
pub(super) const PLAIN: Style = Style::new(Face::Regular, 85, 100);
pub(super) const SMALL: Style = Style::new(Face::Regular, 75, 80);
pub(super) const LABEL: Style = Style::new(Face::Regular, 70, 70);
pub(super) const ENGLISH: Style = Style::new(Face::Regular, 60, 55);
pub(super) const DIGITS: Style = Style::new(Face::Mono, 80, 100);

/// A row of the table of items.
pub(super) const ROW: Length = mm(43) / 10;

pub(super) const A4_HEIGHT: Length = mm(297);
