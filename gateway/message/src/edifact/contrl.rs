//! CONTRL: what is wrong with the syntax of an interchange, segment by segment.
//!
//! Source: UN/EDIFACT service message CONTRL; structure in `schemas/edifact/syntax-3.txt` and `syntax-4.txt`.

use super::envelope::Envelope;
use super::flaw::{Flaw, tag_text};
use super::writer::{Writer, borrowed};

/// The answer to an interchange with flaws; never empty of them.
pub(super) fn write(envelope: &Envelope, flaws: &[Flaw]) -> Vec<u8> {
    let mut writer = Writer::new(envelope);
    let identifier: &[&str] =
        if envelope.version >= 4 { &["CONTRL", "4", "1", "UN"] } else { &["CONTRL", "D", "3", "UN"] };
    writer.message("1", identifier, |writer| report(writer, envelope, flaws));
    writer.interchange(envelope, "EBC", "", 1, envelope.received_at)
}

fn report(writer: &mut Writer, envelope: &Envelope, flaws: &[Flaw]) {
    let (sender, recipient) = (borrowed(&envelope.sender), borrowed(&envelope.recipient));
    let outside = flaws.iter().find(|flaw| flaw.position == 0);
    // A group's end without its beginning is the interchange's flaw.
    if let Some(flaw) = outside.filter(|flaw| envelope.group.is_none() || !is_of_group(flaw)) {
        let Said { code, tag, element, component } = Said::of(flaw);
        writer.put(
            "UCI",
            &[&[&envelope.reference], &sender, &recipient, &["4"], &[&code], &[tag], &[&element, &component]],
        );
        return;
    }
    writer.put("UCI", &[&[&envelope.reference], &sender, &recipient, &["7"]]);
    if let Some(group) = &envelope.group {
        let (sender, recipient) = (borrowed(&group.sender), borrowed(&group.recipient));
        if let Some(flaw) = outside {
            let Said { code, tag, element, component } = Said::of(flaw);
            writer.put(
                "UCF",
                &[&[&group.reference], &sender, &recipient, &["4"], &[&code], &[tag], &[&element, &component]],
            );
            return;
        }
        writer.put("UCF", &[&[&group.reference], &sender, &recipient, &["7"]]);
    }
    let message = &envelope.message;
    let head = flaws.iter().find(|flaw| is_of_message(flaw));
    let said = head.map(Said::of).unwrap_or_default();
    writer.put(
        "UCM",
        &[
            &[&message.reference],
            &borrowed(&message.identifier),
            &["4"],
            &[&said.code],
            &[said.tag],
            &[&said.element, &said.component],
        ],
    );
    let mut position = 0;
    for flaw in flaws.iter().filter(|flaw| !head.is_some_and(|head| std::ptr::eq(head, *flaw))).take(SEGMENTS_MAX) {
        let Said { code, element, component, .. } = Said::of(flaw);
        let is_whole = element.is_empty();
        if flaw.position != position || is_whole {
            position = flaw.position;
            writer.put("UCS", &[&[&position.to_string()], &[if is_whole { &code } else { "" }]]);
        }
        if !is_whole {
            writer.put("UCD", &[&[&code], &[&element, &component]]);
        }
    }
}

/// A flaw in the terms of CONTRL: elements count from 1 with the tag.
#[derive(Default)]
struct Said<'f> {
    code: String,
    tag: &'f str,
    element: String,
    component: String,
}

impl<'f> Said<'f> {
    fn of(flaw: &'f Flaw) -> Self {
        let (element, component) = match (flaw.spot.element, flaw.spot.component) {
            (0, _) => (String::new(), String::new()),
            (element, 0) => ((element + 1).to_string(), String::new()),
            (element, component) => ((element + 1).to_string(), component.to_string()),
        };
        Self { code: flaw.code.number().to_string(), tag: tag_text(&flaw.spot.tag), element, component }
    }
}

fn is_of_group(flaw: &Flaw) -> bool {
    matches!(&flaw.spot.tag, b"UNG" | b"UNE")
}

/// Flaws of `UNH` and `UNT` are the message's own.
fn is_of_message(flaw: &Flaw) -> bool {
    matches!(&flaw.spot.tag, b"UNH" | b"UNT")
}

/// Segments reported at most. Source: CONTRL, SG2.
const SEGMENTS_MAX: usize = 999;
