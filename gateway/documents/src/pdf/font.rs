//! Which glyph is a letter, how wide is it, and which glyphs does the document draw?

use super::Length;
use pdf_writer::Name;
use std::collections::HashMap;
use subsetter::GlyphRemapper;

/// One of the three faces that come with the crate. Their licence lies beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// The face of nearly everything.
    Regular,
    /// For what is looked for first.
    Bold,
    /// For codes: 0 and O, 1 and I differ, and every symbol is as wide as any other.
    Mono,
}

impl Face {
    /// Every face.
    pub(crate) const ALL: [Self; 3] = [Self::Regular, Self::Bold, Self::Mono];

    /// Its name in the resources of a page.
    pub(crate) fn resource(self) -> Name<'static> {
        match self {
            Self::Regular => Name(b"R"),
            Self::Bold => Name(b"B"),
            Self::Mono => Name(b"M"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Regular => "DejaVuSansCondensed",
            Self::Bold => "DejaVuSansCondensed-Bold",
            Self::Mono => "DejaVuSansMono-Bold",
        }
    }

    fn file(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../../fonts/DejaVuSansCondensed.ttf"),
            Self::Bold => include_bytes!("../../fonts/DejaVuSansCondensed-Bold.ttf"),
            Self::Mono => include_bytes!("../../fonts/DejaVuSansMono-Bold.ttf"),
        }
    }
}

/// A face in one document.
pub(crate) struct Font {
    face: Face,
    parsed: ttf_parser::Face<'static>,
    /// Letters seen so far.
    known: HashMap<char, Glyph>,
    /// The glyphs drawn so far get numbers from 1 in the order of their first use.
    used: GlyphRemapper,
    drawn: Vec<Glyph>,
}

/// A letter as the document draws it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glyph {
    /// Its number in the document's part of the font.
    pub(crate) id: u16,
    /// The letter that it was first drawn for.
    pub(crate) letter: char,
    /// How far it moves on, in the font's units.
    pub(crate) advance: u16,
}

/// Measures of a face in thousandths of its size.
pub(crate) struct Metrics {
    /// Left, bottom, right, top of all glyphs together.
    pub(crate) bounds: [Length; 4],
    pub(crate) ascent: Length,
    pub(crate) descent: Length,
    pub(crate) cap_height: Length,
}

impl Font {
    pub(crate) fn new(face: Face) -> Self {
        let parsed = ttf_parser::Face::parse(face.file(), 0).expect(SOUND);
        Self { face, parsed, known: HashMap::new(), used: GlyphRemapper::new(), drawn: Vec::new() }
    }

    /// The glyph of a letter. One that the face lacks becomes U+FFFD, the sign for a letter that cannot be shown.
    fn glyph(&mut self, letter: char) -> Glyph {
        if let Some(glyph) = self.known.get(&letter) {
            return *glyph;
        }
        let shown = if letter.is_control() { ' ' } else { letter };
        let (shown, old) = self
            .parsed
            .glyph_index(shown)
            .map_or_else(|| ('\u{FFFD}', self.parsed.glyph_index('\u{FFFD}').unwrap_or_default()), |old| (shown, old));
        let id = self.used.remap(old.0);
        let glyph = Glyph { id, letter: shown, advance: self.parsed.glyph_hor_advance(old).unwrap_or_default() };
        if usize::from(id) > self.drawn.len() {
            self.drawn.push(glyph);
        }
        self.known.insert(letter, glyph);
        glyph
    }

    /// A text as two bytes a glyph, and its width.
    pub(crate) fn encode(&mut self, text: &str, size: Length) -> (Vec<u8>, Length) {
        let (mut bytes, mut units) = (Vec::with_capacity(2 * text.len()), 0);
        for letter in text.chars() {
            let glyph = self.glyph(letter);
            bytes.extend(glyph.id.to_be_bytes());
            units += i64::from(glyph.advance);
        }
        (bytes, self.in_em(units, size))
    }

    /// The width of a text.
    pub(crate) fn width(&mut self, text: &str, size: Length) -> Length {
        let units = text.chars().map(|letter| i64::from(self.glyph(letter).advance)).sum();
        self.in_em(units, size)
    }

    /// How many bytes of a text fit into a width: up to its last space where there is one, else up to the letter that
    /// is too much, and one letter at least.
    pub(crate) fn fitting(&mut self, text: &str, size: Length, width: Length) -> usize {
        let (mut units, mut space) = (0, None);
        for (place, letter) in text.char_indices() {
            if letter.is_whitespace() {
                space = Some(place);
            }
            units += i64::from(self.glyph(letter).advance);
            if place > 0 && self.in_em(units, size) > width {
                return space.filter(|space| *space > 0).unwrap_or(place);
            }
        }
        text.len()
    }

    /// The font's units as a length at a size.
    pub(crate) fn in_em(&self, units: i64, size: Length) -> Length {
        let length = units.saturating_mul(size.into()) / i64::from(self.parsed.units_per_em().max(1));
        Length::try_from(length).unwrap_or(Length::MAX)
    }

    /// The glyphs drawn, in the order of their numbers, which begin at 1.
    pub(crate) fn drawn(&self) -> &[Glyph] {
        &self.drawn
    }

    /// The part of the font that the document needs.
    pub(crate) fn subset(&self) -> Vec<u8> {
        subsetter::subset(self.face.file(), 0, &self.used).expect(SOUND)
    }

    /// Six letters for the part, made of its glyphs, then the face's name, as PDF asks.
    pub(crate) fn subset_name(&self) -> String {
        let mut mixed = self.drawn.iter().fold(17_u64, |mixed, glyph| {
            mixed.wrapping_mul(1_000_003).wrapping_add(u64::from(u32::from(glyph.letter)))
        });
        let mut name = String::new();
        for _ in 0..6 {
            name.push(char::from(b'A' + u8::try_from(mixed % 26).unwrap_or_default()));
            mixed /= 26;
        }
        name + "+" + self.face.name()
    }

    pub(crate) fn metrics(&self) -> Metrics {
        let measure = |units: i16| self.in_em(units.into(), super::EM);
        let bounds = self.parsed.global_bounding_box();
        Metrics {
            bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(measure),
            ascent: measure(self.parsed.ascender()),
            descent: measure(self.parsed.descender()),
            cap_height: measure(self.parsed.capital_height().unwrap_or_else(|| self.parsed.ascender())),
        }
    }
}

/// Why neither reading nor cutting a face can fail.
const SOUND: &str = "the faces are in the program, and a test reads and cuts each";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_face_has_every_turkish_letter_and_the_lira_sign() {
        for face in Face::ALL {
            let mut font = Font::new(face);
            for letter in "ABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZabcçdefgğhıijklmnoöprsştuüvyzÂâÎîÛû₺0123456789–·%".chars()
            {
                assert_eq!(font.glyph(letter).letter, letter, "{face:?} lacks {letter}");
            }
            assert!(font.subset().len() < 60_000, "{face:?}: a part is small");
            assert!(font.metrics().cap_height > 600_000, "{face:?}");
        }
    }

    #[test]
    fn a_letter_that_no_face_has_is_shown_as_missing() {
        let mut font = Font::new(Face::Regular);
        assert_eq!(font.glyph('漢').letter, '\u{FFFD}');
        assert_eq!(font.glyph('\n').letter, ' ');
    }

    #[test]
    fn lines_break_at_spaces_and_else_between_letters() {
        let mut font = Font::new(Face::Regular);
        let size = 10_000;
        let width = font.width("demir çelik", size);
        let mut check = |text: &str, line: &str| {
            let fits = font.fitting(text, size, width);
            assert_eq!(&text[..fits], line);
        };
        check("demir çelik", "demir çelik");
        check("demir çelik ürünleri", "demir çelik");
        check("demir", "demir");
        check("demirçelikmamulleri", "demirçelik");
    }
}
