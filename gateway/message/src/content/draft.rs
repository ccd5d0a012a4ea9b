//! How is content built by names? For wires that are not customs' XML, and for stored content.

use super::{Content, trim};
use crate::schema::{Element, Kind, WRAPPER};
use std::borrow::Cow;

/// Content in the making: elements are opened, given and closed by their names.
///
/// ```
/// use ebirlik_message::content::Draft;
/// let mut draft = Draft::new();
/// assert!(draft.open("Gelen", 0) && draft.open("BeyannameBilgi", 0));
/// assert!(draft.value("Rejim", "1000", 0));
/// assert!(!draft.value("Regime", "1000", 0));
/// assert_eq!(draft.finish().value(&["Gelen", "BeyannameBilgi", "Rejim"]), Some("1000"));
/// ```
#[derive(Debug, Default)]
pub struct Draft<'a> {
    content: Content<'a>,
    open: Vec<(usize, &'static Element)>,
}

impl<'a> Draft<'a> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing yet, of a text that most values will be pieces of.
    pub(super) fn of(source: &'a str) -> Self {
        Self { content: Content::of(source), open: Vec::new() }
    }

    /// Opens the group, list or row of this name inside what is open; false when there is none of that name.
    /// `at` is where it stands in the source.
    pub fn open(&mut self, name: &str, at: u32) -> bool {
        let found = self.find(name).filter(|(_, element)| element.is_container());
        if let Some((index, element)) = found {
            let node = self.content.open(element, index, at);
            self.open.push((node, element));
        }
        found.is_some()
    }

    /// Adds a value; false when what is open has no element of that name.
    pub fn value(&mut self, name: &str, text: &str, at: u32) -> bool {
        let found = self.find(name).filter(|(_, element)| !element.is_container());
        if let Some((index, element)) = found {
            let node = self.content.open(element, index, at);
            self.content.set_text(node, trim(text));
        }
        found.is_some()
    }

    /// Closes what was opened last.
    pub fn close(&mut self) {
        if let Some((node, _)) = self.open.pop() {
            self.content.close(node);
        }
    }

    /// Closes until so many are open; false when fewer are.
    pub(super) fn close_to(&mut self, depth: usize) -> bool {
        while self.open.len() > depth {
            self.close();
        }
        self.open.len() == depth
    }

    /// Keeps a fact that is no content: path and text.
    pub fn keep(&mut self, path: impl Into<Cow<'a, str>>, text: impl Into<Cow<'a, str>>) {
        self.content.keep(path, text.into());
    }

    /// The content; what is still open is closed.
    pub fn finish(mut self) -> Content<'a> {
        self.close_to(0);
        self.content
    }

    fn find(&self, name: &str) -> Option<(usize, &'static Element)> {
        match self.open.last().map(|(_, element)| element.kind) {
            None => WRAPPER.find(name, 0).filter(|(_, element)| element.standing != crate::schema::Standing::Shell),
            Some(Kind::Group(group)) => group.find(name, 0),
            Some(Kind::List(list)) => (list.row.name == name).then_some((0, &list.row)),
            Some(_) => None,
        }
    }
}
