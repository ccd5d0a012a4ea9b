//! What does an EDIFACT interchange declare, and how is it answered? (G-91)
//!
//! ISO 9735 syntax 1 to 4 with one CUSDEC of D.96B or D.19B. Bytes are decoded by their syntax level (`level`), cut into
//! segments (`marks`, `segments`), their envelope (`interchange`) and structure (`structure`, by the tables of
//! `directory`) checked; the profile (`profile`) makes them the same content as customs' XML (`cusdec`). Syntax that
//! is broken is answered with `contrl`, a declaration with `cusres`.

mod contrl;
mod cusdec;
pub(crate) mod cusres;
mod directory;
mod envelope;
mod flaw;
mod interchange;
mod level;
mod marks;
mod message;
mod plain;
mod profile;
mod segments;
mod structure;
mod writer;

#[cfg(test)]
mod tests;

pub use envelope::Envelope;
pub use plain::{PlainSegment, segments};
pub(crate) use profile::path_of;

use crate::request::{Contrl, FormError, Read, RequestFacts};
use crate::source::{Source, Walk};
use ebirlik_domain::declaration::Entry;
use ebirlik_domain::finding::{Finding, Place};
use flaw::{Code, Flaw, Spot};
use level::{Level, Undecodable};
use marks::{NoOpening, Opening};
use message::Judged;
use segments::{Cutting, Segments};
use std::borrow::Cow;

/// Reads an interchange with one CUSDEC.
///
/// ```
/// use ebirlik_message::{RequestFacts, edifact};
/// let body = b"UNB+UNOC:3+B+EBIRLIK+260316:0915+1'UNH+1+CUSDEC:D:96B:UN'BGM+830+GB-1+9'CST++1000:117:ZZZ'\
///     UNS+D'UNS+S'UNT+6+1'UNZ+1+1'";
/// let declaration = edifact::read(body, &RequestFacts::default()).unwrap().declaration;
/// assert_eq!(declaration.regime.text(), Some("1000"));
/// assert_eq!(declaration.reference.text(), Some("GB-1"));
/// ```
///
/// # Errors
/// E1101 for broken syntax, E1004 for bytes that the level does not know, E1005 for another message, E1003 over a
/// limit. The error carries the CONTRL that says everything that was found.
pub fn read<'b>(body: impl Into<Cow<'b, [u8]>>, request: &RequestFacts<'_>) -> Result<Read, FormError> {
    let body = without_mark(body.into());
    let opening = marks::opening(&body).map_err(|reason| unopened(&body, reason, request))?;
    let Some(level) = Level::of(&opening.level, opening.version) else {
        return Err(refused(&beginning(&body), &opening, Level::A, Code::CharacterSet, request));
    };
    if opening.version > 4 {
        return Err(refused(&beginning(&body), &opening, level, Code::Version, request));
    }
    let bytes_max = request.limits.decoded_bytes;
    let text = level.decode(body, bytes_max).map_err(|undecodable| {
        let Undecodable::Byte { before } = undecodable else { return FormError::too_large(bytes_max) };
        let at = crate::source::to_offset(before.len());
        let cutting = Cutting { marks: opening.marks, level, values: request.limits.elements };
        let (segments, _) = cutting.cut(&before, opening.at);
        let envelope = Envelope::of(&opening, level, &segments, request.received_at);
        let spot = Spot { at, tag: *b"UNB", element: 0, component: 0 };
        form_error(&before, &envelope, &[Flaw::new(Code::Bytes, spot)])
    })?;
    read_text(text, &opening, level, request)
}

fn without_mark(body: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    match body {
        Cow::Borrowed(body) => Cow::Borrowed(body.strip_prefix(MARK).unwrap_or(body)),
        Cow::Owned(mut body) => {
            if body.starts_with(MARK) {
                body.drain(..MARK.len());
            }
            Cow::Owned(body)
        }
    }
}

fn read_text(text: String, opening: &Opening, level: Level, request: &RequestFacts<'_>) -> Result<Read, FormError> {
    let cutting = Cutting { marks: opening.marks, level, values: request.limits.elements };
    let (segments, broken) = cutting.cut(&text, opening.at);
    let mut envelope = Envelope::of(opening, level, &segments, request.received_at);
    if let Some(broken) = broken {
        let broken = placed(broken, &segments);
        return Err(form_error(&text, &envelope, &[broken]));
    }
    let contents = interchange::open(&segments);
    let message = contents.messages.first().and_then(|place| segments.list.get(place.clone())).unwrap_or_default();
    let directory = envelope.message.directory;
    let Judged { mut flaws, paths } = message::judge(&segments, message, opening, directory, request.limits.items);
    flaws.extend(contents.flaws);
    if let Some(second) = contents.messages.get(1).and_then(|place| segments.list.get(place.start)) {
        flaws.push(Flaw::new(Code::SecondMessage, Spot { at: second.at, tag: second.tag, element: 0, component: 0 }));
    }
    let Some(directory) = directory.filter(|_| flaws.is_empty()) else {
        flaws.sort_by_key(|flaw| (flaw.spot.at, flaw.position));
        flaws.truncate(FLAWS_MAX);
        return Err(form_error(&text, &envelope, &flaws));
    };
    let declaration = cusdec::declaration(&segments, message, &paths, directory, request);
    let said = |tag: &[u8; 3]| message.iter().find(|segment| segment.tag == *tag);
    envelope.message.document =
        said(b"BGM").map(|segment| segments.said(segment, 2, 1).into_owned()).unwrap_or_default();
    let number = |entry: &Entry| entry.text().map(ToOwned::to_owned).unwrap_or_default();
    envelope.message.exporter = number(&declaration.exporter);
    envelope.message.declarant = number(&declaration.declarant);
    Ok(Read { declaration, source: Source::edifact(text, envelope) })
}

/// A flaw of the cutting, with the number of the segment that it stopped in.
fn placed(flaw: Flaw, segments: &Segments<'_>) -> Flaw {
    let begin = segments.list.iter().rposition(|segment| segment.tag == *b"UNH");
    let is_ended = begin.is_some_and(|begin| segments.list.iter().skip(begin).any(|segment| segment.tag == *b"UNT"));
    match begin.filter(|_| !is_ended) {
        Some(begin) => flaw.in_message(u32::try_from(segments.list.len() - begin + 1).unwrap_or(u32::MAX)),
        None => flaw,
    }
}

/// An interchange without a readable `UNB`.
fn unopened(body: &[u8], reason: NoOpening, request: &RequestFacts<'_>) -> FormError {
    let (code, tag) = match reason {
        NoOpening::Marks => (Code::Marks, *b"UNA"),
        NoOpening::Unb => (Code::NoOpening, *b"UNB"),
    };
    let flaw = Flaw::new(code, Spot { at: 0, tag, element: 0, component: 0 });
    form_error(&beginning(body), &Envelope::unknown(request.received_at), &[flaw])
}

/// A level or version that we do not read: `UNB` is plain enough to be answered.
fn refused(text: &str, opening: &Opening, level: Level, code: Code, request: &RequestFacts<'_>) -> FormError {
    let (segments, _) = Cutting::of(opening.marks, Level::Utf8("UNOY")).cut(text, opening.at);
    let envelope = Envelope::of(opening, level, &segments, request.received_at);
    let at = segments.list.first().map_or(0, |segment| segment.at);
    let component = if code == Code::Version { 2 } else { 1 };
    form_error(text, &envelope, &[Flaw::new(code, Spot { at, tag: *b"UNB", element: 1, component })])
}

/// The first bytes as far as they are plain text.
fn beginning(body: &[u8]) -> String {
    body.iter().take(BEGINNING_BYTES).map(|byte| if byte.is_ascii() { char::from(*byte) } else { ' ' }).collect()
}

/// The finding that ends the reading, and the CONTRL with all flaws. There is at least one.
fn form_error(text: &str, envelope: &Envelope, flaws: &[Flaw]) -> FormError {
    let mut walk = Walk::over(text);
    let finding = |flaw: &Flaw| {
        let (line, column) = walk.to(flaw.spot.at);
        Finding::new(flaw.code.rule()).at(Place::Located { path: flaw.path(), line, column }).detail(flaw.detail())
    };
    let findings: Vec<Finding> = flaws.iter().map(finding).collect();
    let first = findings.first().cloned().unwrap_or_else(|| Finding::new(Code::NoOpening.rule()));
    FormError::new(first).answered(Contrl { findings, bytes: contrl::write(envelope, flaws) })
}

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";
/// Flaws told at most.
const FLAWS_MAX: usize = 500;
/// Longer than any `UNA` and `UNB` together.
const BEGINNING_BYTES: usize = 2_048;
