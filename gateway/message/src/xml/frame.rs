//! What is an open element to the reader, and what is its path?

use super::flaw::{Fault, Flaw, cut};
use super::shells::Shell;
use super::value;
use crate::schema::{Element, GELEN, Group, List, WRAPPER};
use ebirlik_domain::catalogue::Rule;
use std::borrow::Cow;
use std::fmt::Write as _;

/// An open element.
pub(super) struct Frame<'a> {
    pub(super) what: What,
    pub(super) name: &'a str,
    pub(super) at: usize,
    /// Position among the rows of its list; 0 for what is no row.
    pub(super) position: u32,
    /// Its own text so far.
    pub(super) text: Cow<'a, str>,
    text_bytes: usize,
    pub(super) is_stray_said: bool,
    /// Where in the table its next child is looked for.
    pub(super) hint: usize,
    /// Which of its elements have stood already, a bit each.
    seen: u128,
    pub(super) rows: u32,
}

/// What an open element is to us.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// A group; the node is missing for shells.
    Group(&'static Group, Option<usize>),
    List(&'static List, usize),
    Value(&'static Element, usize),
    /// A second one where one may stand: which finding says so, to be given the value.
    Second(Option<usize>),
    /// Kept as text, not considered.
    Unknown,
    /// Proven well-formed and forgotten.
    Dropped,
    /// Around the request in a SOAP message.
    Shell(Shell),
    /// The header of a SOAP message: as what is dropped, and never repeated.
    Sealed,
}

impl<'a> Frame<'a> {
    /// An element that begins.
    #[inline]
    pub(super) fn of(what: What, name: &'a str, at: usize, position: u32) -> Self {
        Self {
            what,
            name,
            at,
            position,
            text: Cow::Borrowed(""),
            text_bytes: 0,
            is_stray_said: false,
            hint: 0,
            seen: 0,
            rows: 0,
        }
    }

    /// Whether what stands inside is never repeated.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self.what, What::Sealed) || value::is_credential(self.name)
    }

    /// Whether the element at this place of its table stood already; from now on it did.
    pub(super) fn is_second(&mut self, index: usize) -> bool {
        let bit = 1_u128 << (index & 127);
        let before = self.seen;
        self.seen |= bit;
        before & bit != 0
    }

    /// Counts text against the limit.
    pub(super) fn count(&mut self, bytes: usize, limit: usize) -> Result<(), Flaw<'a>> {
        self.text_bytes += bytes;
        if self.text_bytes > limit { Err(Fault::over(Rule::TextTooLong, limit).at(self.at)) } else { Ok(()) }
    }

    /// Adds to the text; CRLF and a lone CR become a line feed. Source: XML 1.0, section 2.11.
    pub(super) fn append(&mut self, text: &'a str, has_return: bool) {
        let text = if has_return && text.contains('\r') {
            Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
        } else {
            Cow::Borrowed(text)
        };
        if self.text.is_empty() {
            self.text = text;
        } else {
            self.text.to_mut().push_str(&text);
        }
    }
}

/// The path of the innermost open element, or of a child of it.
pub(super) fn path(open: &[Frame<'_>], child: Option<&str>) -> String {
    let is_message = |frame: &Frame<'_>| matches!(frame.what, What::Group(group, _) if group.is(&GELEN));
    let is_request = |frame: &Frame<'_>| matches!(frame.what, What::Group(group, None) if group.is(&WRAPPER));
    let message = open.iter().position(is_message);
    // In SOAP's shells the request begins a path of its own, as the message does in any.
    let first = message.or_else(|| open.iter().position(is_request));
    let mut path = String::new();
    for frame in open.iter().skip(first.unwrap_or_default()) {
        add_step(&mut path, frame.name, frame.position);
        if frame.is_secret() {
            // What seems to stand inside may be a piece of it.
            return path;
        }
    }
    if let Some(name) = child {
        let position = match open.last().map(|parent| (parent.what, parent.rows)) {
            Some((What::List(list, _), rows)) if list.row.name == name => rows.max(1),
            _ => 0,
        };
        // A message inside a shell starts a path of its own.
        if message.is_none() && name == "Gelen" {
            path.clear();
        }
        add_step(&mut path, name, position);
    }
    if path.is_empty() { "/".to_owned() } else { path }
}

fn add_step(path: &mut String, name: &str, position: u32) {
    path.push('/');
    path.push_str(cut(name, NAME_MAX));
    if position > 0 {
        // Writing to a string cannot fail.
        let _ = write!(path, "[{position}]");
    }
}

/// Characters of a name that a path repeats.
pub(super) const NAME_MAX: usize = 200;
