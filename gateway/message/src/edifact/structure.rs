//! Do the segments of a message stand where its table lets them, and do their values look as they should?

use super::directory::{Directory, Element, Format, Kind, Node, Table};
use super::flaw::{Code, Flaw, Spot};
use super::marks::Marks;
use super::segments::{Segment, Segments, Tag, Value};

/// The place of each segment in its message, by the paths of the table; and what is wrong.
#[derive(Debug, Default)]
pub(super) struct Placed {
    /// One path a segment, as far as they could be placed.
    pub(super) paths: Vec<&'static str>,
    pub(super) flaws: Vec<Flaw>,
}

/// Places the segments of a message, `UNH` to `UNT`.
pub(super) fn place(message: &[Segment], nodes: &'static [Node]) -> Placed {
    let mut walk = Walk { message, placed: Placed::default() };
    walk.level(nodes);
    let at = walk.placed.paths.len();
    if let Some(stuck) = message.get(at) {
        let before = at.checked_sub(1).and_then(|before| message.get(before));
        let path = walk.placed.paths.last().copied().unwrap_or_default();
        let code = match before {
            Some(before) if before.tag == stuck.tag && path.ends_with('*') => Code::GroupRepeated,
            Some(before) if before.tag == stuck.tag => Code::Repeated,
            _ => Code::NotHere,
        };
        walk.flaw(code, stuck.tag);
    }
    walk.placed
}

struct Walk<'s> {
    message: &'s [Segment],
    placed: Placed,
}

impl Walk<'_> {
    fn level(&mut self, nodes: &'static [Node]) {
        for node in nodes {
            let mut count = 0;
            while count < node.max && self.next() == Some(node.tag) {
                if node.inside.is_empty() {
                    self.placed.paths.push(&node.path);
                } else {
                    self.level(&node.inside);
                }
                count += 1;
            }
            if node.is_mandatory && count == 0 {
                self.flaw(Code::Missing, node.tag);
            }
        }
    }

    fn next(&self) -> Option<Tag> {
        self.message.get(self.placed.paths.len()).map(|segment| segment.tag)
    }

    /// A flaw where the next segment stands, or behind the last.
    fn flaw(&mut self, code: Code, tag: Tag) {
        let place = self.placed.paths.len();
        let at = self.message.get(place).or(self.message.last()).map_or(0, |segment| segment.at);
        let position = u32::try_from(place + 1).unwrap_or(u32::MAX);
        self.placed.flaws.push(Flaw::new(code, Spot { at, tag, element: 0, component: 0 }).in_message(position));
    }
}

/// Judges the values of segments.
pub(super) struct Shapes<'s, 't> {
    pub(super) segments: &'s Segments<'t>,
    pub(super) marks: Marks,
    pub(super) version: u8,
    /// The message's directory; without one, service segments only.
    pub(super) directory: Option<Directory>,
}

impl Shapes<'_, '_> {
    /// Adds what is wrong with the values of a segment.
    pub(super) fn check(&self, segment: &Segment, position: u32, flaws: &mut Vec<Flaw>) {
        let service = Table::of_syntax(self.version).segment(segment.tag);
        let elements = service.or_else(|| self.directory.and_then(|directory| directory.table().segment(segment.tag)));
        let start = flaws.len();
        if segment.trails && self.version >= 4 {
            flaws.push(Flaw::new(Code::Trailing, Spot { at: segment.at, tag: segment.tag, element: 0, component: 0 }));
        }
        let Some(elements) = elements else {
            flaws.iter_mut().skip(start).for_each(|flaw| flaw.position = position);
            return;
        };
        let values = self.segments.values(segment);
        for (element, number) in elements.iter().zip(1_u16..) {
            self.check_element(segment, element, number, flaws);
        }
        if let Some(value) = values.iter().find(|value| usize::from(value.element) > elements.len()) {
            flaws.push(flaw(Code::TooMany, segment, value));
        }
        flaws.iter_mut().skip(start).for_each(|flaw| flaw.position = position);
    }

    fn check_element(&self, segment: &Segment, element: &Element, number: u16, flaws: &mut Vec<Flaw>) {
        let mut is_there = false;
        for value in self.segments.values(segment).iter().filter(|value| value.element == number) {
            is_there = true;
            let format = match element.format {
                Some(format) => (value.component == 1).then_some(format),
                None => element.components.get(usize::from(value.component) - 1).map(|(_, format)| *format),
            };
            let code = match format {
                _ if value.repetition > 1 => Some(Code::Repeated),
                None => Some(Code::TooMany),
                Some(format) => self.broken(format, value),
            };
            let mut found = code.map(|code| flaw(code, segment, value));
            if let Some(found) = &mut found
                && element.format.is_some()
                && value.component == 1
            {
                found.spot.component = 0;
            }
            flaws.extend(found);
        }
        let missing =
            |component| Flaw::new(Code::Missing, Spot { at: segment.at, tag: segment.tag, element: number, component });
        if !is_there {
            flaws.extend(element.is_mandatory.then(|| missing(0)));
            return;
        }
        for ((is_mandatory, _), component) in element.components.iter().zip(1_u16..) {
            if *is_mandatory && self.segments.value(segment, number, component).is_none() {
                flaws.push(missing(component));
            }
        }
    }

    fn broken(&self, format: Format, value: &Value) -> Option<Code> {
        let text = self.segments.text_of(value);
        if format.kind == Kind::Number
            && let Some(code) = self.no_number(&text)
        {
            return Some(code);
        }
        if format.kind == Kind::Letters && !text.chars().all(char::is_alphabetic) {
            return Some(Code::Kind);
        }
        // Sign and decimal mark of a number are not counted.
        let counts = |letter: &char| format.kind != Kind::Number || letter.is_ascii_digit();
        let length = text.chars().filter(counts).count();
        match length.cmp(&usize::from(format.length)) {
            std::cmp::Ordering::Greater => Some(Code::TooLong(format.length)),
            std::cmp::Ordering::Less if format.is_fixed => Some(Code::TooShort(format.length)),
            _ => None,
        }
    }

    /// Digits, a minus before them, one decimal mark among them.
    fn no_number(&self, text: &str) -> Option<Code> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        match digits.split_once(['.', ',']) {
            None => (!is_digits(digits)).then_some(Code::Kind),
            Some((_, fraction)) if !is_digits(fraction) => Some(Code::Kind),
            Some(("", _)) => Some(Code::LeadingDigit),
            Some((integer, _)) if !is_digits(integer) => Some(Code::Kind),
            Some(_) => (self.version < 4 && !digits.contains(self.marks.decimal)).then_some(Code::DecimalMark),
        }
    }
}

fn flaw(code: Code, segment: &Segment, value: &Value) -> Flaw {
    Flaw::new(code, Spot { at: value.at, tag: segment.tag, element: value.element, component: value.component })
}
