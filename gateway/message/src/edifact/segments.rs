//! Which segments, elements and components does the text hold?
//!
//! One pass, nothing copied: a value is a stretch of the text, and empty values are not kept. Data are not judged
//! here but for characters that no data may hold. Source: ISO 9735, sections on segments and on the release character.

use super::flaw::{Code, Flaw, Spot};
use super::level::Level;
use super::marks::Marks;
use crate::request::Limits;
use crate::source::to_offset;
use nom::branch::alt;
use nom::bytes::complete::take_while1;
use nom::character::complete::{anychar, char};
use nom::combinator::{recognize, verify};
use nom::multi::many0_count;
use nom::sequence::preceded;
use nom::{IResult, Parser};
use std::borrow::Cow;

/// Three capital letters.
pub(super) type Tag = [u8; 3];

/// The segments of an interchange.
#[derive(Debug)]
pub(super) struct Segments<'t> {
    text: &'t str,
    release: Option<char>,
    pub(super) list: Vec<Segment>,
    values: Vec<Value>,
}

/// One segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub(super) tag: Tag,
    /// Where it begins and where its terminator stands.
    pub(super) at: u32,
    end: u32,
    /// Its values: from, and up to but without.
    first: u32,
    after: u32,
    /// A separator stands before the terminator, or before the next separator of a higher rank.
    pub(super) trails: bool,
}

/// One value that is not empty. Element and component count from 1, the tag not counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value {
    pub(super) at: u32,
    end: u32,
    pub(super) element: u16,
    pub(super) repetition: u16,
    pub(super) component: u16,
}

impl<'t> Segments<'t> {
    /// The values of a segment.
    pub(super) fn values(&self, segment: &Segment) -> &[Value] {
        let place = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
        self.values.get(place(segment.first)..place(segment.after)).unwrap_or_default()
    }

    /// The text of a value, released.
    pub(super) fn text_of(&self, value: &Value) -> Cow<'t, str> {
        let raw = self.stretch(value.at, value.end);
        match self.release.filter(|release| raw.contains(*release)) {
            None => Cow::Borrowed(raw),
            Some(release) => {
                let mut text = String::with_capacity(raw.len());
                let mut letters = raw.chars();
                while let Some(letter) = letters.next() {
                    text.extend(if letter == release { letters.next() } else { Some(letter) });
                }
                Cow::Owned(text)
            }
        }
    }

    /// The value at an element and component of the first repetition, with where it stands.
    pub(super) fn value(&self, segment: &Segment, element: u16, component: u16) -> Option<(Cow<'t, str>, u32)> {
        let is_it = |value: &&Value| value.element == element && value.component == component && value.repetition == 1;
        self.values(segment).iter().find(is_it).map(|value| (self.text_of(value), value.at))
    }

    /// The same as text alone; empty when there is none.
    pub(super) fn said(&self, segment: &Segment, element: u16, component: u16) -> Cow<'t, str> {
        self.value(segment, element, component).map(|(text, _)| text).unwrap_or_default()
    }

    /// The segment as it was written, without its terminator.
    pub(super) fn written(&self, segment: &Segment) -> &'t str {
        self.stretch(segment.at, segment.end)
    }

    fn stretch(&self, from: u32, to: u32) -> &'t str {
        let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        self.text.get(place(from)..place(to)).unwrap_or_default()
    }
}

/// How a text is cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cutting {
    pub(super) marks: Marks,
    pub(super) level: Level,
    /// Segments and values at most, together: bounds the memory of a message made of separators.
    pub(super) values: usize,
}

impl Cutting {
    /// With the usual limit.
    pub(super) fn of(marks: Marks, level: Level) -> Self {
        Self { marks, level, values: Limits::default().elements }
    }

    /// Cuts the text from here on. With a flaw come the segments before it.
    pub(super) fn cut<'t>(&self, text: &'t str, start: usize) -> (Segments<'t>, Option<Flaw>) {
        // What is not filled takes no memory; growing would hold them twice for a while.
        let room = |bytes: usize| (text.len() / bytes).min(self.values);
        let list = Vec::with_capacity(room(BYTES_PER_SEGMENT));
        let values = Vec::with_capacity(room(BYTES_PER_VALUE));
        let mut segments = Segments { text, release: self.marks.release, list, values };
        let mut at = start;
        loop {
            let rest = text.get(at..).unwrap_or_default().trim_start_matches(['\r', '\n']);
            if rest.is_empty() {
                return (segments, None);
            }
            match self.segment(&mut segments, rest) {
                Ok(after) => at = text.len() - after.len(),
                Err(flaw) => return (segments, Some(flaw)),
            }
        }
    }

    /// Takes one segment; gives the text after it.
    fn segment<'t>(&self, segments: &mut Segments<'t>, input: &'t str) -> Result<&'t str, Flaw> {
        let text = segments.text;
        let begin = text.len() - input.len();
        let first = to_offset(segments.values.len());
        let mut place = Place { tag: [0; 3], element: 0, repetition: 1, component: 1, last: Rank::Tag };
        if segments.list.len() + segments.values.len() >= self.values {
            return Err(place.flaw(Code::OverLimit(self.values), begin));
        }
        let (mut rest, tag) = tag(input).map_err(|_| place.flaw(Code::NoSegment, begin))?;
        place.tag = tag;
        let (mut is_empty, mut trails) = (false, false);
        loop {
            let here = text.len() - rest.len();
            let Some(mark) = rest.chars().next() else { return Err(place.flaw(Code::NotEnded, here)) };
            let after = rest.get(mark.len_utf8()..).unwrap_or_default();
            if mark == self.marks.terminator {
                trails |= is_empty;
                let (at, end) = (to_offset(begin), to_offset(here));
                let after_values = to_offset(segments.values.len());
                segments.list.push(Segment { tag, at, end, first, after: after_values, trails });
                return Ok(after);
            }
            let before = place.last;
            place.step(mark, &self.marks).map_err(|code| place.flaw(code, here))?;
            // `a:+b` has an empty last component too many; `a++b` leaves out an element in the middle.
            trails |= is_empty && place.last < before;
            let (next, value) = data(&self.marks, after).unwrap_or((after, ""));
            let at = text.len() - after.len();
            if let Some((bad, _)) = value.char_indices().find(|(_, letter)| !self.level.holds(*letter)) {
                return Err(place.flaw(Code::Character, at + bad));
            }
            is_empty = value.is_empty();
            if !is_empty {
                let Place { element, repetition, component, .. } = place;
                let (at, end) = (to_offset(at), to_offset(at + value.len()));
                segments.values.push(Value { at, end, element, repetition, component });
            }
            rest = next;
        }
    }
}

/// Where in a segment the cutting is.
#[derive(Debug, Clone, Copy)]
struct Place {
    tag: Tag,
    element: u16,
    repetition: u16,
    component: u16,
    /// What the last separator separated.
    last: Rank,
}

impl Place {
    /// Goes over a separator.
    fn step(&mut self, mark: char, marks: &Marks) -> Result<(), Code> {
        let is_in_element = self.element > 0;
        if mark == marks.element {
            (self.element, self.repetition, self.component, self.last) = (self.element + 1, 1, 1, Rank::Element);
        } else if is_in_element && Some(mark) == marks.repetition {
            (self.repetition, self.component, self.last) = (self.repetition + 1, 1, Rank::Repetition);
        } else if is_in_element && mark == marks.component {
            (self.component, self.last) = (self.component + 1, Rank::Component);
        } else {
            // A release character that is not data already releases nothing: the text is at its end.
            return Err(match mark {
                _ if Some(mark) == marks.release && is_in_element => Code::NotEnded,
                _ if mark == marks.component => Code::Nesting,
                _ => Code::NoSegment,
            });
        }
        let most = self.element.max(self.repetition).max(self.component);
        if most > ELEMENTS_MAX { Err(Code::TooMany) } else { Ok(()) }
    }

    fn flaw(self, code: Code, at: usize) -> Flaw {
        let Self { tag, element, component, .. } = self;
        let component = if element == 0 { 0 } else { component };
        Flaw::new(code, Spot { at: to_offset(at), tag, element, component })
    }
}

/// What a separator separates, the wider before the narrower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Tag,
    Element,
    Repetition,
    Component,
}

/// Only guesses of room: about how much of a message a segment takes, and a value.
const BYTES_PER_SEGMENT: usize = 16;
const BYTES_PER_VALUE: usize = 8;

fn tag(input: &str) -> IResult<&str, Tag> {
    let (rest, letters) =
        verify(nom::bytes::complete::take(3_usize), |tag: &str| tag.bytes().all(|byte| byte.is_ascii_uppercase()))
            .parse(input)?;
    let mut tag = Tag::default();
    tag.copy_from_slice(letters.as_bytes());
    Ok((rest, tag))
}

/// Data up to the next service character that is not released.
fn data<'t>(marks: &Marks, input: &'t str) -> IResult<&'t str, &'t str> {
    let plain = take_while1(|letter| !marks.is_service(letter));
    match marks.release {
        Some(release) => {
            let released = recognize(preceded(char(release), anychar));
            recognize(many0_count(alt((plain, released)))).parse(input)
        }
        None => recognize(many0_count(plain)).parse(input),
    }
}

/// Elements of a segment, repetitions of an element, components of an element. The longest segment has 9 and 13.
const ELEMENTS_MAX: u16 = 99;

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> (Vec<String>, Option<Code>) {
        let level = Level::of("UNOY", 4).unwrap();
        let (segments, flaw) = Cutting::of(Marks::usual(4), level).cut(text, 0);
        let shown = segments.list.iter().map(|segment| {
            let values = segments.values(segment).iter().map(|value| {
                let Value { element, repetition, component, .. } = value;
                format!(" {element}.{repetition}.{component}={}", segments.text_of(value))
            });
            let tag = String::from_utf8_lossy(&segment.tag).into_owned();
            let trails = if segment.trails { " trails" } else { "" };
            format!("{tag}{}{trails}", values.collect::<String>())
        });
        (shown.collect(), flaw.map(|flaw| flaw.code))
    }

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(cut(text), (expected.iter().map(|text| (*text).to_owned()).collect(), None), "{text}");
    }

    #[test]
    fn elements_components_and_repetitions_have_their_places() {
        check("BGM+830+GB-1+9'", &["BGM 1.1.1=830 2.1.1=GB-1 3.1.1=9"]);
        check("LOC+22+341300:113:ZZZ'\r\nUNS+D'\n", &["LOC 1.1.1=22 2.1.1=341300 2.1.2=113 2.1.3=ZZZ", "UNS 1.1.1=D"]);
        check("AAA+a*b:c++d'", &["AAA 1.1.1=a 1.2.1=b 1.2.2=c 3.1.1=d"]);
        check("UNS'", &["UNS"]);
    }

    #[test]
    fn a_released_character_is_data() {
        check("FTX+a?+b?:c?'d??'", &["FTX 1.1.1=a+b:c'd?"]);
        check("FTX+?*'", &["FTX 1.1.1=*"]);
    }

    #[test]
    fn separators_without_data_after_them_are_noticed() {
        check("AAA+a+'", &["AAA 1.1.1=a trails"]);
        check("AAA+a:+b'", &["AAA 1.1.1=a 2.1.1=b trails"]);
        check("AAA+a++b'", &["AAA 1.1.1=a 3.1.1=b"]);
        check("AAA+:a+b'", &["AAA 1.1.2=a 2.1.1=b"]);
    }

    #[test]
    fn what_is_no_segment_ends_the_cutting() {
        for (text, code) in [
            ("BGM+1", Code::NotEnded),
            ("BGM+1?'", Code::NotEnded),
            ("BGM+1?", Code::NotEnded),
            ("bgm+1'", Code::NoSegment),
            ("B", Code::NoSegment),
            ("BGMX+1'", Code::NoSegment),
            ("BGM:1+1'", Code::Nesting),
            ("BGM+a\nb'", Code::Character),
            ("BGM+a\u{1}'", Code::Character),
        ] {
            assert_eq!(cut(text), (Vec::new(), Some(code)), "{text}");
        }
        assert_eq!(cut(&format!("AAA{}'", "+".repeat(100))).1, Some(Code::TooMany));
    }
}
