//! Is the envelope whole: does every beginning have its end, every count its number, every reference its twin?
//!
//! `[UNA] UNB { UNG { UNH .. UNT } UNE | UNH .. UNT } UNZ`. One message a request is taken, in a group or not.
//! Source: ISO 9735.

use super::flaw::{Code, Flaw, Spot};
use super::segments::{Segment, Segments, Tag};
use std::ops::Range;

/// What stands in the envelope.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The messages, `UNH` to `UNT`, as places in the list of segments.
    pub(super) messages: Vec<Range<usize>>,
    pub(super) flaws: Vec<Flaw>,
}

/// Walks over the envelope of an interchange that was cut to its end.
pub(super) fn open(segments: &Segments<'_>) -> Contents {
    let mut walk = Walk { segments, contents: Contents::default(), groups: 0, group: None, bare: 0 };
    walk.run();
    walk.contents
}

struct Walk<'s, 't> {
    segments: &'s Segments<'t>,
    contents: Contents,
    groups: u32,
    /// The open group: its `UNG`, and the messages before it.
    group: Option<(Segment, usize)>,
    /// Messages outside groups.
    bare: u32,
}

impl Walk<'_, '_> {
    fn run(&mut self) {
        let list = &self.segments.list;
        let Some((header, _)) = list.split_first() else { return };
        let mut place = 1;
        let mut is_ended = false;
        let mut has_stray = false;
        while let Some(segment) = list.get(place) {
            let mut next = place + 1;
            match &segment.tag {
                _ if is_ended => {
                    self.flaw(Code::Outside, segment, 0);
                    return;
                }
                b"UNG" => self.begin_group(segment),
                b"UNH" => next = self.message(place),
                b"UNE" => self.end_group(segment),
                b"UNZ" => {
                    self.end(header, segment);
                    is_ended = true;
                }
                // Said once: what follows it is lost too.
                _ if !std::mem::replace(&mut has_stray, true) => self.flaw(Code::Outside, segment, 0),
                _ => {}
            }
            place = next;
        }
        if !is_ended {
            self.missing(*b"UNZ");
        }
    }

    fn begin_group(&mut self, segment: &Segment) {
        if self.group.is_some() {
            self.missing(*b"UNE");
        }
        if self.bare > 0 {
            self.flaw(Code::Mixed, segment, 0);
        }
        self.groups += 1;
        self.group = Some((*segment, self.contents.messages.len()));
    }

    fn end_group(&mut self, segment: &Segment) {
        let Some((header, before)) = self.group.take() else {
            self.flaw(Code::Outside, segment, 0);
            return;
        };
        let count = self.contents.messages.len() - before;
        if count == 0 {
            self.flaw(Code::Empty, &header, 0);
        }
        self.compare(segment, count, &header, 5);
    }

    /// Takes the message that begins here; gives the place after it.
    fn message(&mut self, place: usize) -> usize {
        let list = &self.segments.list;
        if self.group.is_none() {
            self.bare += 1;
            if self.groups > 0
                && let Some(segment) = list.get(place)
            {
                self.flaw(Code::Mixed, segment, 0);
            }
        }
        let inside = list.iter().skip(place + 1).take_while(|segment| !is_service(segment.tag)).count();
        let end = place + 1 + inside;
        match (list.get(place), list.get(end)) {
            (Some(header), Some(trailer)) if trailer.tag == *b"UNT" => {
                let before = self.contents.flaws.len();
                self.compare(trailer, end - place + 1, header, 1);
                let position = position(end - place);
                self.contents.flaws.iter_mut().skip(before).for_each(|flaw| flaw.position = position);
                self.contents.messages.push(place..end + 1);
                end + 1
            }
            (header, _) => {
                let at = header.map_or(0, |header| header.at);
                let spot = Spot { at, tag: *b"UNT", element: 0, component: 0 };
                self.contents.flaws.push(Flaw::new(Code::Missing, spot).in_message(position(inside + 1)));
                self.contents.messages.push(place..end);
                end
            }
        }
    }

    fn end(&mut self, header: &Segment, trailer: &Segment) {
        if self.group.is_some() {
            self.missing(*b"UNE");
        }
        let messages = self.contents.messages.len();
        if messages == 0 {
            self.flaw(Code::Empty, header, 0);
        }
        let count = if self.groups > 0 { usize::try_from(self.groups).unwrap_or(usize::MAX) } else { messages };
        self.compare(trailer, count, header, 5);
    }

    /// The trailer's count and reference, against what was counted and the header's reference, which is this element.
    fn compare(&mut self, trailer: &Segment, count: usize, header: &Segment, reference: u16) {
        let said = self.segments.said(trailer, 1, 1);
        // What is no number is told by the check of formats.
        if said.parse::<usize>().is_ok_and(|said| said != count) {
            self.flaw(Code::Count, trailer, 1);
        }
        let (there, here) = (self.segments.said(header, reference, 1), self.segments.said(trailer, 2, 1));
        if !here.is_empty() && !there.is_empty() && here != there {
            self.flaw(Code::Reference, trailer, 2);
        }
    }

    /// A flaw of a segment, or of this simple element of it.
    fn flaw(&mut self, code: Code, segment: &Segment, element: u16) {
        let at = self.segments.value(segment, element, 1).map_or(segment.at, |(_, at)| at);
        self.contents.flaws.push(Flaw::new(code, Spot { at, tag: segment.tag, element, component: 0 }));
    }

    /// A service segment that should have come by now.
    fn missing(&mut self, tag: Tag) {
        let at = self.segments.list.last().map_or(0, |segment| segment.at);
        self.contents.flaws.push(Flaw::new(Code::Missing, Spot { at, tag, element: 0, component: 0 }));
    }
}

/// True for segments of the envelope, which end a message.
fn is_service(tag: Tag) -> bool {
    matches!(&tag, b"UNB" | b"UNZ" | b"UNG" | b"UNE" | b"UNH" | b"UNT")
}

/// Number in the message of the segment so many places behind `UNH`.
fn position(behind: usize) -> u32 {
    u32::try_from(behind + 1).unwrap_or(u32::MAX)
}
