//! What makes a document unreadable, before its place is worked out.

use ebirlik_domain::catalogue::Rule;

/// A rule of form broken, no place yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) rule: Rule,
    /// What fills `{detail}` of the rule's text. In Turkish and English at once, because it stands in both texts.
    pub(super) detail: String,
}

/// The same, with its place. In a box: it is rare, and what is returned instead should stay small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flaw<'a>(Box<Told<'a>>);

/// A flaw told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told<'a> {
    pub(super) fault: Fault,
    /// Offset in the text.
    pub(super) at: usize,
    /// The element being read, if its start tag is the place and it is not open yet.
    pub(super) name: Option<&'a str>,
}

impl Fault {
    pub(super) fn at<'a>(self, at: usize) -> Flaw<'a> {
        Flaw(Box::new(Told { fault: self, at, name: None }))
    }

    /// In the start tag, at this place, of this element.
    pub(super) fn in_tag(self, at: usize, name: &str) -> Flaw<'_> {
        Flaw(Box::new(Told { fault: self, at, name: Some(name) }))
    }

    /// A limit of so much is passed.
    pub(super) fn over(rule: Rule, limit: usize) -> Self {
        Self { rule, detail: limit.to_string() }
    }
}

impl<'a> Flaw<'a> {
    pub(super) fn told(self) -> Told<'a> {
        *self.0
    }
}

/// The document is not well-formed: what is wrong (in both languages), and the piece of markup in question.
pub(super) fn said(what: &str, piece: &str) -> Fault {
    let piece = cut(piece, PIECE_MAX);
    let detail = if piece.is_empty() { what.to_owned() } else { format!("{what}: {piece}") };
    Fault { rule: Rule::NotWellFormed, detail }
}

/// The first so many characters of a text.
pub(super) fn cut(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// A piece of markup is shown to find the place, not to read it.
const PIECE_MAX: usize = 40;
