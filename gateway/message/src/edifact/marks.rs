//! Which characters separate, end and release, and which repertoire is the text in?
//!
//! Read from the bytes before anything is decoded: `UNA` and the first component of `UNB` are plain ASCII in every
//! repertoire. Source: ISO 9735, sections on UNA and on UNB.

use nom::bytes::complete::{tag, take};
use nom::combinator::opt;
use nom::sequence::preceded;
use nom::{IResult, Parser};

/// The service characters of an interchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// Between components.
    pub(super) component: char,
    /// Between elements.
    pub(super) element: char,
    /// Before decimals; syntax 4 takes `.` and `,` whatever stands here.
    pub(super) decimal: char,
    /// Makes the next character literal.
    pub(super) release: Option<char>,
    /// Between repetitions of an element; syntax 4 only.
    pub(super) repetition: Option<char>,
    /// At the end of a segment.
    pub(super) terminator: char,
}

/// What an interchange says of itself before its text can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) marks: Marks,
    /// Data element 0001, such as `UNOC`, as it stands there.
    pub(super) level: String,
    /// Data element 0002.
    pub(super) version: u8,
    /// Where `UNB` begins.
    pub(super) at: usize,
}

/// Why there is no opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoOpening {
    /// `UNA` names characters that cannot serve.
    Marks,
    /// `UNB` does not begin the interchange, or its first element is not one.
    Unb,
}

/// The opening of a body without its byte order mark.
pub(super) fn opening(body: &[u8]) -> Result<Opening, NoOpening> {
    let space = body.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let start = body.get(space..).unwrap_or_default();
    let (rest, advice) = advice(start).map_err(|_| NoOpening::Unb)?;
    let breaks = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let rest = rest.get(breaks..).unwrap_or_default();
    let (_, (element, level, _, version)) = interchange_header(rest).map_err(|_| NoOpening::Unb)?;
    let version = match version {
        [digit @ b'1'..=b'9'] => digit - b'0',
        _ => return Err(NoOpening::Unb),
    };
    let marks = match (advice, element) {
        (Some(advice), _) => Marks::of_advice(advice, version).ok_or(NoOpening::Marks)?,
        (None, [0x1D]) => Marks::CONTROLS,
        (None, _) => Marks::usual(version),
    };
    Ok(Opening { marks, level: String::from_utf8_lossy(level).into_owned(), version, at: body.len() - rest.len() })
}

fn advice(input: &[u8]) -> IResult<&[u8], Option<&[u8]>> {
    opt(preceded(tag("UNA"), take(6_usize))).parse(input)
}

/// Element separator, level, component separator, version.
type Header<'b> = (&'b [u8], &'b [u8], &'b [u8], &'b [u8]);

/// `UNB+UNOC:3`, whatever separates.
fn interchange_header(input: &[u8]) -> IResult<&[u8], Header<'_>> {
    preceded(tag("UNB"), (take(1_usize), take(4_usize), take(1_usize), take(1_usize))).parse(input)
}

impl Marks {
    /// Those that count where no `UNA` stands.
    pub(super) fn usual(version: u8) -> Self {
        let repetition = (version >= 4).then_some('*');
        Self { component: ':', element: '+', decimal: '.', release: Some('?'), repetition, terminator: '\'' }
    }

    /// The information separators that level B of syntax 1 to 3 may use instead.
    const CONTROLS: Self = Self {
        component: '\u{1F}',
        element: '\u{1D}',
        decimal: '.',
        release: None,
        repetition: None,
        terminator: '\u{1C}',
    };

    /// Those of `UNA`; `None` when they cannot serve. The fifth is reserved before syntax 4.
    fn of_advice(advice: &[u8], version: u8) -> Option<Self> {
        let [component, element, decimal, release, repetition, terminator] = *advice else { return None };
        let optional = |byte: u8| (byte != b' ').then_some(char::from(byte));
        let marks = Self {
            component: char::from(component),
            element: char::from(element),
            decimal: char::from(decimal),
            release: optional(release),
            repetition: optional(repetition).filter(|_| version >= 4),
            terminator: char::from(terminator),
        };
        marks.can_serve().then_some(marks)
    }

    fn can_serve(&self) -> bool {
        let all = self.separators();
        let is_apart =
            all.iter().enumerate().all(|(index, mark)| all.iter().skip(index + 1).all(|other| other != mark));
        let is_service = |mark: &char| mark.is_ascii() && !mark.is_ascii_alphanumeric() && *mark != ' ';
        is_apart && all.iter().all(is_service) && matches!(self.decimal, '.' | ',')
    }

    /// Every character that is not data.
    fn separators(&self) -> Vec<char> {
        let always = [self.component, self.element, self.terminator];
        always.into_iter().chain(self.release).chain(self.repetition).collect()
    }

    /// True for a character that is not data unless released.
    pub(super) fn is_service(&self, letter: char) -> bool {
        letter == self.component
            || letter == self.element
            || letter == self.terminator
            || Some(letter) == self.release
            || Some(letter) == self.repetition
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(body: &str) -> Result<(Marks, String, u8, usize), NoOpening> {
        opening(body.as_bytes()).map(|opening| (opening.marks, opening.level, opening.version, opening.at))
    }

    #[test]
    fn the_usual_marks_count_without_advice() {
        let (marks, level, version, at) = found("UNB+UNOC:3+A+B").unwrap();
        assert_eq!((marks, level.as_str(), version, at), (Marks::usual(3), "UNOC", 3, 0));
        assert_eq!(marks.repetition, None);
        let (marks, ..) = found("\r\nUNB+UNOY:4+A+B").unwrap();
        assert_eq!(marks.repetition, Some('*'));
    }

    #[test]
    fn advice_names_other_marks() {
        let (marks, _, _, at) = found("UNA;|,! ~\r\nUNB|UNOC;3|").unwrap();
        let expected =
            Marks { component: ';', element: '|', decimal: ',', release: Some('!'), repetition: None, terminator: '~' };
        assert_eq!((marks, at), (expected, 11));
        let (marks, ..) = found("UNA:+.  'UNB+UNOC:3+").unwrap();
        assert_eq!(marks.release, None);
    }

    #[test]
    fn level_b_may_use_information_separators() {
        let (marks, ..) = found("UNB\u{1D}UNOB\u{1F}1\u{1D}").unwrap();
        assert_eq!(marks, Marks::CONTROLS);
    }

    #[test]
    fn marks_that_cannot_serve_are_refused() {
        for advice in ["UNA++.? '", "UNAA+.? '", "UNA:+.+ '", "UNA:+x? '", "UNA: .? '"] {
            assert_eq!(found(&format!("{advice}UNB+UNOC:3+")), Err(NoOpening::Marks), "{advice}");
        }
        for body in ["", "UNA", "UNH+1+CUSDEC", "UNB", "UNB+UNOC:x+", "<a/>"] {
            assert_eq!(found(body), Err(NoOpening::Unb), "{body}");
        }
    }
}
