//! How are letters, lines and symbols put on a page?
//!
//! Lengths are counted from the top left corner, downwards, to the base line of a text.

use super::font::{Face, Font};
use super::{Length, TOTAL, tenths};
use crate::symbols::Symbol;
use crate::text::Text;
use pdf_writer::{Content, Str};

/// The page at hand.
pub(crate) struct Canvas {
    content: Content,
    fonts: [Font; 3],
    shade: Option<u8>,
}

/// Face, size and shade of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) face: Face,
    pub(crate) size: Length,
    /// Per cent of black.
    pub(crate) shade: u8,
}

impl Style {
    /// The size in tenths of a point.
    pub(crate) const fn new(face: Face, size_tenths: i32, shade: u8) -> Self {
        Self { face, size: tenths(size_tenths), shade }
    }

    /// As PDF counts: 1 is white.
    pub(super) fn grey(self) -> f32 {
        grey(self.shade)
    }

    /// From one base line to the next.
    pub(crate) fn leading(self) -> Length {
        self.size / 100 * 122
    }
}

impl Canvas {
    pub(super) fn new() -> Self {
        Self { content: Content::new(), fonts: Face::ALL.map(Font::new), shade: None }
    }

    pub(super) fn font(&mut self, face: Face) -> &mut Font {
        let [regular, bold, mono] = &mut self.fonts;
        match face {
            Face::Regular => regular,
            Face::Bold => bold,
            Face::Mono => mono,
        }
    }

    /// What was drawn, moved so that the top of a page of this height is where lengths are counted from.
    pub(super) fn take(&mut self, height: Length) -> Vec<u8> {
        let mut page = Content::new();
        page.transform([1.0, 0.0, 0.0, 1.0, 0.0, points(height)]);
        let mut page = page.finish().into_vec();
        page.push(b'\n');
        page.extend_from_slice(std::mem::replace(&mut self.content, Content::new()).finish().as_slice());
        self.shade = None;
        page
    }

    /// How wide a text would be.
    pub(crate) fn width(&mut self, style: Style, text: &str) -> Length {
        self.font(style.face).width(text, style.size)
    }

    /// Draws a text from its left end; gives its width.
    pub(crate) fn text(&mut self, x: Length, y: Length, style: Style, text: &str) -> Length {
        let (letters, width) = self.font(style.face).encode(text, style.size);
        self.ink(style.shade);
        self.content.begin_text().set_font(style.face.resource(), points(style.size));
        self.content.next_line(points(x), points(-y)).show(Str(&letters)).end_text();
        width
    }

    /// Draws a text that ends at `right`, smaller where it would be wider than `width`: a number is never cut.
    pub(crate) fn right(&mut self, right: Length, y: Length, width: Length, style: Style, text: &str) {
        let style = self.fitted(style, text, width);
        let wide = self.width(style, text);
        self.text(right - wide, y, style, text);
    }

    /// Draws a text in the middle between two ends, smaller where it would not fit.
    pub(crate) fn centred(&mut self, left: Length, y: Length, width: Length, style: Style, text: &str) {
        let style = self.fitted(style, text, width);
        let wide = self.width(style, text);
        self.text(left + (width - wide) / 2, y, style, text);
    }

    /// Draws a text on as many lines as it needs; gives the base line after the last one.
    pub(crate) fn wrapped(&mut self, x: Length, y: Length, width: Length, style: Style, text: &str) -> Length {
        let mut y = y;
        for line in self.lines(style, text, width) {
            self.text(x, y, style, line);
            y += style.leading();
        }
        y
    }

    /// A text cut into lines that fit.
    pub(crate) fn lines<'t>(&mut self, style: Style, text: &'t str, width: Length) -> Vec<&'t str> {
        let (mut lines, mut rest) = (Vec::new(), text.trim());
        while !rest.is_empty() {
            let (line, more) = rest.split_at(self.font(style.face).fitting(rest, style.size, width));
            lines.push(line.trim_end());
            rest = more.trim_start();
        }
        lines
    }

    /// Draws both languages of a text beside each other while they fit, else the English below.
    /// Gives the base line after the last one.
    pub(crate) fn both(&mut self, x: Length, y: Length, width: Length, (tr, en): (Style, Style), text: Text) -> Length {
        let (first, second) = (self.width(tr, text.tr), self.width(en, text.en));
        if first + GAP + second <= width {
            self.text(x, y, tr, text.tr);
            self.text(x + first + GAP, y, en, text.en);
            return y + tr.leading();
        }
        let y = self.wrapped(x, y, width, tr, text.tr);
        // The base line after small type lies higher than after large.
        let below = self.wrapped(x, y - tr.leading() + en.leading(), width, en, text.en);
        below - en.leading() + tr.leading()
    }

    /// Fills a rectangle, `y` being its top.
    pub(crate) fn area(&mut self, x: Length, y: Length, width: Length, height: Length, shade: u8) {
        self.ink(shade);
        self.content.rect(points(x), points(-y - height), points(width), points(height)).fill_nonzero();
    }

    /// A level line.
    pub(crate) fn rule(&mut self, x: Length, y: Length, width: Length, shade: u8) {
        self.area(x, y, width, RULE, shade);
    }

    /// A symbol from its top left corner, each module so wide and so high.
    pub(crate) fn symbol(&mut self, x: Length, y: Length, (wide, high): (Length, Length), symbol: &Symbol) {
        self.ink(100);
        self.content.save_state().transform([points(wide), 0.0, 0.0, points(-high), points(x), points(-y)]);
        for (left, top, long) in &symbol.runs {
            self.content.rect(f32::from(*left), f32::from(*top), f32::from(*long), 1.0);
        }
        self.content.fill_nonzero().restore_state();
    }

    /// The number of all pages, which is known at the end, in the style of the foot.
    pub(crate) fn total_pages(&mut self, x: Length, y: Length) {
        self.content.save_state().transform([1.0, 0.0, 0.0, 1.0, points(x), points(-y)]);
        self.content.x_object(TOTAL).restore_state();
    }

    fn fitted(&mut self, style: Style, text: &str, width: Length) -> Style {
        let natural = self.width(style, text);
        if natural <= width || natural == 0 {
            return style;
        }
        let size = i64::from(style.size) * i64::from(width) / i64::from(natural);
        Style { size: Length::try_from(size).unwrap_or(style.size), ..style }
    }

    fn ink(&mut self, shade: u8) {
        if self.shade != Some(shade) {
            self.content.set_fill_gray(grey(shade));
            self.shade = Some(shade);
        }
    }
}

/// As PDF writes lengths: in points.
#[expect(
    clippy::cast_precision_loss,
    reason = "a page is at most 14,400 points long, which a float holds to the thousandth"
)]
#[expect(clippy::float_arithmetic, reason = "a place on paper, not money")]
pub(super) fn points(length: Length) -> f32 {
    length as f32 / 1000.0
}

#[expect(clippy::float_arithmetic, reason = "a shade of grey, not money")]
fn grey(shade: u8) -> f32 {
    f32::from(100 - shade.min(100)) / 100.0
}

/// The small type at the foot of a page.
pub(crate) const FOOT: Style = Style::new(Face::Regular, 65, 65);

/// Between the two languages of a text.
const GAP: Length = tenths(35);

/// The thickness of a line.
const RULE: Length = tenths(5);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever the letters and however narrow the column, none is lost, and only a letter alone may stick out.
        #[test]
        fn lines_hold_every_letter_and_fit(text in "\\PC{0,80}", width in 1_000..200_000) {
            let (mut canvas, style) = (Canvas::new(), Style::new(Face::Regular, 85, 100));
            let lines = canvas.lines(style, &text, width);
            let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            for line in lines {
                prop_assert!(canvas.width(style, line) <= width || line.chars().count() == 1, "{:?}", line);
            }
        }
    }
}
