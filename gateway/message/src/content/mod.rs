//! What does a message declare, apart from how it was written?
//!
//! [`Content`] is the tree of known elements with their values, without namespaces, comments, white space and
//! customs' credentials. Every reader builds one; from it come the stored text, the digest by which "the same
//! declaration" is told (R-5), the typed declaration, and the differences between two versions.
//!
//! The stored text is made for people and read again by [`Content::parse`]:
//! ```text
//! content 1
//! GenelSekreterlik: IMMIB
//! Gelen
//!  BeyannameBilgi
//!   Rejim: 1000
//! kept
//! /Gelen/RefID: BRK-2026-0042
//! ```
//! One element a line, a space a level, document order; line breaks in values are written `\n` and `\r`, the
//! backslash `\\`. What stands after `kept` takes no part in digest and differences.

mod declare;
mod differences;
mod digest;
mod draft;

#[cfg(test)]
mod tests;

pub use declare::declaration;
pub use differences::differences;
pub use draft::Draft;

use crate::schema::{Element, Standing};
use crate::source::to_offset;
use ebirlik_domain::finding::Field;
use quick_xml::escape::escape;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What a message declares, as a tree of known elements.
#[derive(Debug, Clone, Default)]
pub struct Content<'a> {
    /// What most values are pieces of.
    source: &'a str,
    /// All other values, one after the other.
    written: String,
    /// Elements in document order, each before what is inside it.
    nodes: Vec<Node>,
    /// Elements that are not content but worth keeping, such as unknown ones: path and text.
    kept: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// An element of the tree. A message may have a million of them, so it is small: 24 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    /// Which element of the schema.
    pub(crate) element: &'static Element,
    /// Where it stands in the source.
    pub(crate) at: u32,
    /// Where its value begins, in the source or among what was written.
    start: u32,
    /// Bytes of its value, trimmed; of groups and lists, how many nodes are inside.
    length: u32,
    /// Its place in the table of its parent.
    pub(crate) index: u16,
    is_written: bool,
}

impl Node {
    /// How many nodes are inside it.
    fn size(&self) -> usize {
        if self.element.is_container() { to_usize(self.length) } else { 0 }
    }

    fn has_text(&self) -> bool {
        self.length > 0 && !self.element.is_container()
    }
}

/// Stored content that cannot be read again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// It does not begin with a version that we know.
    #[error("stored content does not begin with `{FIRST_LINE}`")]
    Version,
    /// A line that is no element where it stands.
    #[error("line {0} of stored content is no known element where it stands")]
    Line(usize),
}

impl<'a> Content<'a> {
    /// Nothing yet, of a message that most values will be pieces of.
    pub(crate) fn of(source: &'a str) -> Self {
        // Growing would hold the tree of a long message twice for a while; room costs memory only as it is filled.
        let room = if source.len() < LONG { source.len() / BYTES_PER_ELEMENT } else { NODES_MAX };
        let nodes = Vec::with_capacity(room);
        Self { source, nodes, ..Self::default() }
    }

    /// Opens an element; what comes until [`Self::close`] is inside it.
    pub(crate) fn open(&mut self, element: &'static Element, index: usize, at: u32) -> usize {
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        self.nodes.push(Node { element, index, at, start: 0, length: 0, is_written: false });
        self.nodes.len() - 1
    }

    /// Gives an element its value, trimmed.
    pub(crate) fn set_text(&mut self, node: usize, text: &str) {
        let piece = place_in(self.source, text);
        let start = piece.unwrap_or(self.written.len());
        if piece.is_none() {
            self.written.push_str(text);
        }
        if let Some(node) = self.nodes.get_mut(node) {
            (node.start, node.length, node.is_written) = (to_offset(start), to_offset(text.len()), piece.is_none());
        }
    }

    /// The value of a node; empty for groups and lists.
    pub(crate) fn text(&self, node: &Node) -> &str {
        if !node.has_text() {
            return "";
        }
        let whole = if node.is_written { self.written.as_str() } else { self.source };
        let start = to_usize(node.start);
        whole.get(start..start + to_usize(node.length)).unwrap_or_default()
    }

    /// Closes an element.
    pub(crate) fn close(&mut self, node: usize) {
        let size = self.nodes.len().saturating_sub(node + 1);
        if let Some(node) = self.nodes.get_mut(node) {
            node.length = to_offset(size);
        }
    }

    /// Keeps an element that is not content.
    pub(crate) fn keep(&mut self, path: impl Into<Cow<'a, str>>, text: Cow<'a, str>) {
        self.kept.push((path.into(), trimmed(text)));
    }

    /// Paths and texts of the elements that are kept without being content.
    pub fn kept(&self) -> &[(Cow<'a, str>, Cow<'a, str>)] {
        &self.kept
    }

    /// The value of the element with these names from the top on, such as `["Gelen", "RefID"]`;
    /// of several rows, of the first.
    pub fn value(&self, path: &[&str]) -> Option<&str> {
        let (last, above) = path.split_last()?;
        let mut level = self.top();
        for name in above {
            level = level.named(name)?.children();
        }
        level.named(last).map(Branch::text).filter(|text| !text.is_empty())
    }

    /// The values of all elements of a name, wherever they stand, each once.
    pub fn values_named(&self, name: &str) -> BTreeSet<&str> {
        let named = self.nodes.iter().filter(|node| node.element.name == name && node.has_text());
        named.map(|node| self.text(node)).collect()
    }

    /// The elements at the top.
    pub(crate) fn top(&self) -> Branches<'_, 'a> {
        Branches { content: self, nodes: &self.nodes }
    }

    /// The node at this place of the tree.
    pub(crate) fn branch(&self, node: usize) -> Option<Branch<'_, 'a>> {
        Branches { content: self, nodes: self.nodes.get(node..)? }.next()
    }

    /// True when the element counts when declarations are compared.
    pub(crate) fn counts(&self, element: &Element) -> bool {
        match element.standing {
            Standing::Content => true,
            Standing::Fallback => !self.has_reference(),
            Standing::Kept | Standing::Passing | Standing::Shell => false,
        }
    }

    /// True when `Referans_no` stands.
    fn has_reference(&self) -> bool {
        let is_reference = |node: &Node| node.element.field == Some(Field::Reference) && node.has_text();
        self.nodes.iter().any(is_reference)
    }

    /// The form in which content is stored.
    pub fn to_text(&self) -> String {
        let mut out = String::with_capacity(self.nodes.len() * 32 + 64);
        out.push_str(FIRST_LINE);
        out.push('\n');
        self.write_branches(self.top(), 0, &mut out);
        let aside = self.nodes.iter().filter(|node| node.has_text() && !self.counts(node.element));
        let mut aside = aside.filter_map(|node| Some((path_aside(node.element)?, node))).peekable();
        if aside.peek().is_some() || !self.kept.is_empty() {
            out.push_str(KEPT_LINE);
            out.push('\n');
        }
        for (parent, node) in aside {
            out.push_str(parent);
            write_line(&mut out, node.element.name, self.text(node));
        }
        for (path, text) in &self.kept {
            write_line(&mut out, path, text);
        }
        out
    }

    fn write_branches(&self, branches: Branches<'_, 'a>, depth: usize, out: &mut String) {
        let indent = INDENT.get(..depth).unwrap_or(INDENT);
        for branch in branches {
            let element = branch.node.element;
            if element.is_container() {
                // An empty row stays, because rows are named by their position.
                if element.is_row || branch.inside.iter().any(|node| node.element.is_row || self.is_content(node)) {
                    out.push_str(indent);
                    out.push_str(element.name);
                    out.push('\n');
                    self.write_branches(branch.children(), depth + 1, out);
                }
            } else if self.is_content(branch.node) {
                out.push_str(indent);
                write_line(out, element.name, branch.text());
            }
        }
    }

    fn is_content(&self, node: &Node) -> bool {
        node.has_text() && self.counts(node.element)
    }

    /// The message that declares this and nothing else, as XML in the union's wrapper: the same declaration, without
    /// customs' credentials and whatever else is no content.
    pub fn to_message(&self, payment: &str) -> String {
        let mut out = String::from("<BirlikOnayTalebi xmlns=\"urn:ebirlik:onay:1\">");
        if !payment.is_empty() {
            write_element(&mut out, "Odeme", payment);
        }
        self.write_elements(self.top(), &mut out);
        out.push_str("</BirlikOnayTalebi>");
        out
    }

    fn write_elements(&self, branches: Branches<'_, 'a>, out: &mut String) {
        for branch in branches {
            let element = branch.node.element;
            if element.is_container() {
                out.extend(["<", element.name, ">"]);
                self.write_elements(branch.children(), out);
                out.extend(["</", element.name, ">"]);
            } else if self.is_content(branch.node) {
                write_element(out, element.name, branch.text());
            }
        }
    }

    /// Reads what [`Self::to_text`] wrote.
    ///
    /// # Errors
    /// `Version` when the first line is another; `Line` for a line that is no known element where it stands.
    pub fn parse(text: &'a str) -> Result<Self, ContentError> {
        let mut lines = (1..).zip(text.split('\n')).filter(|(_, line)| !line.is_empty());
        if lines.next() != Some((1, FIRST_LINE)) {
            return Err(ContentError::Version);
        }
        let mut draft = Draft::of(text);
        while let Some((number, line)) = lines.next() {
            if line == KEPT_LINE {
                let mut content = draft.finish();
                for (number, line) in lines {
                    let (path, text) = line.split_once(": ").ok_or(ContentError::Line(number))?;
                    content.keep(path, unescaped(text));
                }
                return Ok(content);
            }
            let element = line.trim_start_matches(' ');
            let known = draft.close_to(line.len() - element.len())
                && match element.split_once(": ") {
                    Some((name, text)) => draft.value(name, &unescaped(text), 0),
                    None => draft.open(element, 0),
                };
            if !known {
                return Err(ContentError::Line(number));
            }
        }
        Ok(draft.finish())
    }
}

/// A node with what is inside it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Branch<'t, 'a> {
    content: &'t Content<'a>,
    pub(crate) node: &'t Node,
    inside: &'t [Node],
}

impl<'t, 'a> Branch<'t, 'a> {
    /// The elements directly inside.
    pub(crate) fn children(self) -> Branches<'t, 'a> {
        Branches { content: self.content, nodes: self.inside }
    }

    /// Its value; empty for groups and lists.
    pub(crate) fn text(self) -> &'t str {
        self.content.text(self.node)
    }

    /// True when there is a value anywhere inside.
    pub(crate) fn has_value(self) -> bool {
        self.inside.iter().any(Node::has_text)
    }

    /// The value of the element of this name directly inside; empty when there is none.
    pub(crate) fn text_of(self, name: &str) -> &'t str {
        self.children().named(name).map_or("", Branch::text)
    }
}

/// Branches beside each other.
#[derive(Debug, Clone)]
pub(crate) struct Branches<'t, 'a> {
    content: &'t Content<'a>,
    nodes: &'t [Node],
}

impl<'t, 'a> Branches<'t, 'a> {
    /// The first branch of this name.
    pub(crate) fn named(mut self, name: &str) -> Option<Branch<'t, 'a>> {
        self.find(|branch| branch.node.element.name == name)
    }
}

impl<'t, 'a> Iterator for Branches<'t, 'a> {
    type Item = Branch<'t, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (node, rest) = self.nodes.split_first()?;
        let (inside, rest) = rest.split_at_checked(node.size()).unwrap_or((rest, &[]));
        self.nodes = rest;
        Some(Branch { content: self.content, node, inside })
    }
}

/// Where an element stands that is kept without being content; `None` when it is not kept.
fn path_aside(element: &Element) -> Option<&'static str> {
    match element.standing {
        Standing::Fallback => Some("/Gelen/"),
        Standing::Kept => Some("/Gelen/BeyannameBilgi/"),
        Standing::Content | Standing::Passing | Standing::Shell => None,
    }
}

/// Where a text lies in another that it is a piece of.
fn place_in(whole: &str, piece: &str) -> Option<usize> {
    let start = piece.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    (start + piece.len() <= whole.len()).then_some(start)
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The text without white space around it.
pub(crate) fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(trim(text)),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// The same of a text that is borrowed. Nearly every value begins and ends with a visible character of ASCII.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    let is_visible = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_graphic);
    if is_visible(text.as_bytes().first()) && is_visible(text.as_bytes().last()) { text } else { text.trim() }
}

/// An element with its value; a reader would take a line's return for its end, so that one is written by its number.
fn write_element(out: &mut String, name: &str, value: &str) {
    let value = escape(value).replace('\r', "&#13;");
    out.extend(["<", name, ">", &value, "</", name, ">"]);
}

fn write_line(out: &mut String, name: &str, text: &str) {
    out.push_str(name);
    out.push_str(": ");
    if text.bytes().any(|byte| matches!(byte, b'\n' | b'\r' | b'\\')) {
        for letter in text.chars() {
            match letter {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\\' => out.push_str("\\\\"),
                other => out.push(other),
            }
        }
    } else {
        out.push_str(text);
    }
    out.push('\n');
}

fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        out.push(match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            (other, false) => other,
        });
    }
    Cow::Owned(out)
}

/// The first line of stored content: the version of its form.
const FIRST_LINE: &str = "content 1";
/// The line before what is kept without being content.
const KEPT_LINE: &str = "kept";
/// As deep as the schema goes, with room.
const INDENT: &str = "                ";
/// About how much of a message an element takes, tags and white space included; only a guess of room.
const BYTES_PER_ELEMENT: usize = 32;
/// Bytes of a message that gets room for every element that it may have.
const LONG: usize = 4 << 20;
/// More elements than the limits let through.
const NODES_MAX: usize = 1 << 20;
