//! How is an answer written as EDIFACT? Service characters as usual, trailing empties left out, no line breaks.

use super::envelope::Envelope;
use super::level::Level;
use super::marks::Marks;
use ebirlik_domain::time::TURKEY;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// A message in the making.
pub(super) struct Writer {
    level: Level,
    marks: Marks,
    out: String,
    count: usize,
}

impl Writer {
    /// For an answer in the syntax of this envelope.
    pub(super) fn new(envelope: &Envelope) -> Self {
        let marks = Marks::usual(envelope.version);
        Self { level: envelope.level, marks, out: String::with_capacity(2_048), count: 0 }
    }

    /// A segment: its elements with their components.
    pub(super) fn put(&mut self, tag: &str, elements: &[&[&str]]) {
        self.out.push_str(tag);
        let last = elements.iter().rposition(|components| components.iter().any(|text| !text.is_empty()));
        for components in elements.iter().take(last.map_or(0, |last| last + 1)) {
            self.out.push(self.marks.element);
            let last = components.iter().rposition(|text| !text.is_empty());
            for (index, text) in components.iter().take(last.map_or(0, |last| last + 1)).enumerate() {
                if index > 0 {
                    self.out.push(self.marks.component);
                }
                self.data(text);
            }
        }
        self.out.push(self.marks.terminator);
        self.count += 1;
    }

    fn data(&mut self, text: &str) {
        for letter in self.level.folded(text).chars() {
            if self.marks.is_service(letter) {
                self.out.extend(self.marks.release);
            }
            self.out.push(letter);
        }
    }

    /// A message from `UNH` to `UNT`.
    pub(super) fn message(&mut self, reference: &str, identifier: &[&str], inside: impl FnOnce(&mut Self)) {
        self.count = 0;
        self.put("UNH", &[&[reference], identifier]);
        inside(self);
        let count = (self.count + 1).to_string();
        self.put("UNT", &[&[&count], &[reference]]);
    }

    /// The whole interchange around what was written: `messages` of them, back to the sender.
    ///
    /// Its control reference is made of what it says, so that the same answer has the same reference.
    pub(super) fn interchange(
        self,
        envelope: &Envelope,
        prefix: &str,
        application: &str,
        messages: usize,
        at: Timestamp,
    ) -> Vec<u8> {
        let mut reference = String::from(prefix);
        for byte in Sha256::digest(&self.out).iter().take(6) {
            // Writing to a string cannot fail.
            let _ = write!(reference, "{byte:02X}");
        }
        reference.truncate(14);
        let mut outer = Self { level: self.level, marks: self.marks, out: String::new(), count: 0 };
        let (day, time) = printed(at, envelope.version);
        let version = envelope.version.to_string();
        let test = if envelope.is_test { "1" } else { "" };
        outer.put(
            "UNB",
            &[
                &[self.level.as_str(), &version],
                &borrowed(&envelope.recipient),
                &borrowed(&envelope.sender),
                &[&day, &time],
                &[&reference],
                &[],
                &[application],
                &[],
                &[],
                &[],
                &[test],
            ],
        );
        outer.out.push_str(&self.out);
        outer.put("UNZ", &[&[&messages.to_string()], &[&reference]]);
        self.level.encode(&outer.out)
    }
}

/// Texts as components.
pub(super) fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// `CCYYMMDDHHMM` in Türkiye: format 203 of data element 2379.
pub(super) fn minute(at: Timestamp) -> String {
    let local = TURKEY.to_datetime(at);
    format!("{}{:02}{:02}", local.date().strftime("%Y%m%d"), local.hour(), local.minute())
}

/// Day and time of `UNB`: `YYMMDD` up to syntax 3, `CCYYMMDD` in 4.
fn printed(at: Timestamp, version: u8) -> (String, String) {
    let minute = minute(at);
    let (day, time) = minute.split_at_checked(8).unwrap_or((&minute, ""));
    let day = if version >= 4 { day } else { day.get(2..).unwrap_or(day) };
    (day.to_owned(), time.to_owned())
}
