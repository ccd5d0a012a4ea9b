//! Is the message one that we take: a CUSDEC of one of our directories, whole, for exportation?

use super::directory::Directory;
use super::flaw::{Code, Flaw, Spot};
use super::marks::Opening;
use super::segments::{Segment, Segments};
use super::structure::{self, Shapes};

/// What is wrong with a message, and where its segments stand.
pub(super) struct Judged {
    pub(super) flaws: Vec<Flaw>,
    /// One path a segment, as far as they could be placed.
    pub(super) paths: Vec<&'static str>,
}

/// Judges a message, `UNH` to `UNT`, and the values of the envelope around it.
pub(super) fn judge(
    segments: &Segments<'_>,
    message: &[Segment],
    opening: &Opening,
    directory: Option<Directory>,
    items_max: usize,
) -> Judged {
    let mut flaws = shapes(segments, message, opening, directory);
    let Some(directory) = directory else {
        if let Some(header) = message.first() {
            let spot = Spot { at: header.at, tag: header.tag, element: 2, component: 1 };
            flaws.push(Flaw::new(Code::MessageType, spot).in_message(1));
        }
        return Judged { flaws, paths: Vec::new() };
    };
    let placed = structure::place(message, directory.table().message("CUSDEC"));
    // A message without its end has no structure to speak of; the envelope tells that.
    if message.last().is_some_and(|last| last.tag == *b"UNT") {
        flaws.extend(placed.flaws);
    }
    flaws.extend(sections(segments, message));
    flaws.extend(function(segments, message));
    flaws.extend(items_over(message, &placed.paths, items_max));
    Judged { flaws, paths: placed.paths }
}

/// Values of the envelope and of the message.
fn shapes(segments: &Segments<'_>, message: &[Segment], opening: &Opening, directory: Option<Directory>) -> Vec<Flaw> {
    let shapes = Shapes { segments, marks: opening.marks, version: opening.version, directory };
    let mut flaws = Vec::new();
    let service = |segment: &&Segment| matches!(&segment.tag, b"UNB" | b"UNG" | b"UNE" | b"UNZ");
    for segment in segments.list.iter().filter(service) {
        shapes.check(segment, 0, &mut flaws);
    }
    for (segment, position) in message.iter().zip(1..) {
        if flaws.len() > super::FLAWS_MAX {
            break;
        }
        shapes.check(segment, position, &mut flaws);
    }
    flaws
}

/// `UNS` says D before the details and S before the summary.
fn sections(segments: &Segments<'_>, message: &[Segment]) -> Vec<Flaw> {
    let borders = message.iter().zip(1..).filter(|(segment, _)| segment.tag == *b"UNS");
    let wrong = borders.zip(["D", "S"]).filter(|((segment, _), letter)| {
        let said = segments.said(segment, 1, 1);
        !said.is_empty() && said != *letter
    });
    wrong.map(|((segment, position), _)| value_flaw(Code::Value, segments, segment, 1, position)).collect()
}

/// `BGM`: goods declaration for exportation; original, replacement or retransmission, which the store tells apart.
fn function(segments: &Segments<'_>, message: &[Segment]) -> Vec<Flaw> {
    let Some((begin, position)) = message.iter().zip(1..).find(|(segment, _)| segment.tag == *b"BGM") else {
        return Vec::new();
    };
    let known = [(1, &["830"][..], true), (3, &["9", "5", "35"][..], false)];
    let wrong = known.into_iter().filter(|(element, values, is_required)| {
        let said = segments.said(begin, *element, 1);
        !values.contains(&&*said) && (*is_required || !said.is_empty())
    });
    wrong.map(|(element, ..)| value_flaw(Code::Function, segments, begin, element, position)).collect()
}

fn items_over(message: &[Segment], paths: &[&str], limit: usize) -> Option<Flaw> {
    let items = message.iter().zip(paths).zip(1..).filter(|((_, path), _)| **path == "CST*");
    let ((segment, _), position) = items.into_iter().nth(limit)?;
    Some(Flaw::new(Code::TooManyItems(limit), whole(segment)).in_message(position))
}

fn value_flaw(code: Code, segments: &Segments<'_>, segment: &Segment, element: u16, position: u32) -> Flaw {
    let at = segments.value(segment, element, 1).map_or(segment.at, |(_, at)| at);
    let component = u16::from(segment.tag == *b"BGM" && element == 1);
    Flaw::new(code, Spot { at, tag: segment.tag, element, component }).in_message(position)
}

fn whole(segment: &Segment) -> Spot {
    Spot { at: segment.at, tag: segment.tag, element: 0, component: 0 }
}
