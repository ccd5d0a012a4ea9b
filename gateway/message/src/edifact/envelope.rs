//! Who wrote to whom, in which syntax and directory? What an answer needs of the interchange that it answers.

use super::directory::Directory;
use super::level::Level;
use super::marks::{Marks, Opening};
use super::segments::{Segment, Segments};
use jiff::Timestamp;

/// The envelope of an interchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Where `UNB` begins in the text, and the service characters there: findings are placed by cutting it again.
    pub(super) start: usize,
    pub(super) marks: Marks,
    pub(super) level: Level,
    pub(super) version: u8,
    /// Interchange sender and recipient (S002, S003), component by component.
    pub(super) sender: Vec<String>,
    pub(super) recipient: Vec<String>,
    /// Interchange control reference (0020).
    pub(super) reference: String,
    /// Test indicator (0035).
    pub(super) is_test: bool,
    /// Functional group: its reference (0048), sender and recipient.
    pub(super) group: Option<Group>,
    /// The message, where one was found.
    pub(super) message: Message,
    /// When the request came.
    pub(super) received_at: Timestamp,
}

/// A functional group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) reference: String,
    pub(super) sender: Vec<String>,
    pub(super) recipient: Vec<String>,
}

/// What an answer repeats of the message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// Message reference number (0062).
    pub(super) reference: String,
    /// Message identifier (S009): type, version, release, agency, association code.
    pub(super) identifier: Vec<String>,
    /// Its directory, when it is one of ours.
    pub(super) directory: Option<Directory>,
    /// Document number (1004 of `BGM`).
    pub(super) document: String,
    /// Tax numbers of exporter and declarant.
    pub(super) exporter: String,
    pub(super) declarant: String,
}

impl Envelope {
    /// Of an interchange whose `UNB` could not be read.
    pub(super) fn unknown(received_at: Timestamp) -> Self {
        let nobody = |name: &str| vec![name.to_owned()];
        Self {
            start: 0,
            marks: Marks::usual(3),
            level: Level::A,
            version: 3,
            sender: nobody("UNKNOWN"),
            recipient: nobody(OURSELVES),
            reference: "0".to_owned(),
            is_test: false,
            group: None,
            message: Message::default(),
            received_at,
        }
    }

    /// Of what was cut, as much as there is.
    pub(super) fn of(opening: &Opening, level: Level, segments: &Segments<'_>, received_at: Timestamp) -> Self {
        let (start, marks, version) = (opening.at, opening.marks, opening.version.min(4));
        let mut envelope = Self { start, marks, level, version, ..Self::unknown(received_at) };
        let find = |tag: &[u8; 3]| segments.list.iter().find(|segment| segment.tag == *tag);
        if let Some(header) = find(b"UNB") {
            envelope.sender = party(segments, header, 2, version);
            envelope.recipient = party(segments, header, 3, version);
            envelope.reference = reference(segments, header, 5);
            envelope.is_test = segments.said(header, 11, 1) == "1";
        }
        envelope.group = find(b"UNG").map(|group| Group {
            reference: reference(segments, group, 5),
            sender: some_party(segments, group, 2, version),
            recipient: some_party(segments, group, 3, version),
        });
        if let Some(header) = find(b"UNH") {
            let part = |component: u16| segments.said(header, 2, component);
            envelope.message.directory = Directory::of(&part(2), &part(3), &part(4)).filter(|_| part(1) == "CUSDEC");
            envelope.message.reference = reference(segments, header, 1);
            let agency = if version >= 4 { 3 } else { 2 };
            let lengths: [(u16, usize); 5] = [(1, 6), (2, 3), (3, 3), (4, agency), (5, 6)];
            let parts = lengths.map(|(component, length)| cut(&part(component), length));
            // All but the last are mandatory.
            let or_unknown = |(place, part): (usize, String)| {
                if part.is_empty() && place < 4 { "X".to_owned() } else { part }
            };
            envelope.message.identifier = parts.into_iter().enumerate().map(or_unknown).collect();
        }
        envelope
    }

    /// True for an interchange that its sender marked as a test (data element 0035).
    pub fn is_test(&self) -> bool {
        self.is_test
    }
}

/// Sender or recipient (S002, S003): what is broken in it is mended, since an answer keeps the syntax.
fn party(segments: &Segments<'_>, segment: &Segment, element: u16, version: u8) -> Vec<String> {
    let lengths: &[usize] = if version >= 4 { &[35, 4, 35, 35] } else { &[35, 4, 14] };
    let components = (1_u16..).zip(lengths);
    let mut party: Vec<String> =
        components.map(|(component, length)| cut(&segments.said(segment, element, component), *length)).collect();
    if let Some(name) = party.first_mut().filter(|name| name.is_empty()) {
        "UNKNOWN".clone_into(name);
    }
    party
}

/// The same of a group, where syntax 4 may leave it out.
fn some_party(segments: &Segments<'_>, segment: &Segment, element: u16, version: u8) -> Vec<String> {
    let is_there = segments.values(segment).iter().any(|value| value.element == element);
    // A group's party has two components, and CONTRL no room for more.
    if is_there { party(segments, segment, element, version).into_iter().take(2).collect() } else { Vec::new() }
}

/// A reference of up to 14 characters; `0` where there is none.
fn reference(segments: &Segments<'_>, segment: &Segment, element: u16) -> String {
    let reference = cut(&segments.said(segment, element, 1), 14);
    if reference.is_empty() { "0".to_owned() } else { reference }
}

/// The first so many characters: an answer stays within the limits of its own syntax.
fn cut(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// Our interchange identification.
pub(super) const OURSELVES: &str = "EBIRLIK";
