//! Is the text a well-formed document of XML 1.0 with namespaces, within the limits?
//!
//! [`Events`] gives the elements and texts of a document and proves, as it goes, all that stands between the borders
//! of its pieces; when the last event has come without a flaw, the whole document is proven. It knows nothing of which
//! elements there are. DTDs, entities, processing instructions and XInclude are refused.

use super::chars::{is_blank, is_space, survey};
use super::flaw::{Fault, Flaw, said};
use super::namespaces::{Namespaces, Space};
use super::pieces::Piece;
use super::tag::{self, Attribute, Name};
use super::{prolog, reference};
use crate::request::Limits;
use ebirlik_domain::catalogue::Rule;
use memchr::memchr3;
use std::borrow::Cow;

/// A piece of a proven document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// An element begins.
    Open {
        /// Local name.
        name: &'a str,
        /// Its namespace.
        space: Space,
        /// Offset of its `<`.
        at: usize,
    },
    /// The element that was opened last ends.
    Close,
    /// An element that begins and ends with nothing but this text inside; white space alone is none.
    Leaf {
        /// Local name.
        name: &'a str,
        /// Its namespace.
        space: Space,
        /// Offset of its `<`.
        at: usize,
        /// Text as it was written.
        text: &'a str,
    },
    /// Text, references not among it; line ends as they were written. Never outside the root.
    Text(&'a str),
    /// A character that was written as a reference.
    Letter(char),
}

/// The events of a document, to its end or its first flaw.
pub(super) struct Events<'a> {
    text: &'a str,
    /// Where the next piece begins.
    at: usize,
    limits: Limits,
    /// The first character that XML forbids, or beyond the end.
    forbidden: usize,
    /// Whether line ends need looking after.
    pub(super) has_return: bool,
    open: Vec<Open<'a>>,
    namespaces: Namespaces<'a>,
    attributes: Vec<Attribute<'a>>,
    has_root: bool,
    /// Elements, attributes, references, comments and CDATA sections so far.
    pieces: usize,
    /// The element opened last was written `<a/>`: its end is the next event.
    closes: bool,
}

struct Open<'a> {
    name: &'a str,
    at: usize,
}

impl<'a> Events<'a> {
    pub(super) fn of(text: &'a str, limits: Limits) -> Self {
        let (forbidden, has_return) = survey(text);
        Self {
            text,
            at: 0,
            limits,
            forbidden: forbidden.unwrap_or(usize::MAX),
            has_return,
            open: Vec::with_capacity(16),
            namespaces: Namespaces::default(),
            attributes: Vec::new(),
            has_root: false,
            pieces: 0,
            closes: false,
        }
    }

    /// The next event; `None` at the end of a document that is now proven.
    pub(super) fn next(&mut self) -> Result<Option<Event<'a>>, Flaw<'a>> {
        if self.closes {
            self.closes = false;
            self.pop();
            return Ok(Some(Event::Close));
        }
        loop {
            let before = self.at;
            let at = before + spaces(self.piece(before, self.text.len()));
            let rest = self.piece(at, self.text.len());
            if rest.is_empty() {
                return self.finish();
            }
            if let Some(leaf) = self.leaf(at, rest) {
                return Ok(Some(leaf));
            }
            let (piece, length) = Piece::first(rest);
            if at > before && piece.is_amid_text() && !self.open.is_empty() {
                // The white space before it is text; its own turn comes next.
                self.at = at;
                return Ok(Some(Event::Text(self.piece(before, at))));
            }
            self.at = at + length;
            if self.forbidden < self.at && piece != Piece::Broken {
                return Err(self.forbidden_at(self.forbidden));
            }
            if piece.is_amid_text() {
                self.count(1).map_err(|fault| fault.at(at))?;
            }
            match piece {
                Piece::Start { tag, is_empty } => {
                    let (name, rest) = Name::of_tag(tag).map_err(|fault| fault.at(at))?;
                    return self.start(at, name, rest, is_empty).map(Some);
                }
                Piece::End(tag) => return self.end(at, tag).map(Some),
                Piece::Text(_) => {
                    if let Some(event) = self.text_run(before, self.piece(before, self.at))? {
                        return Ok(Some(event));
                    }
                }
                Piece::Section(text) => {
                    self.inside_root(at)?;
                    return Ok(Some(Event::Text(text)));
                }
                Piece::Reference(body) => {
                    self.inside_root(at)?;
                    let letter = reference::letter(body).map_err(|fault| fault.at(at))?;
                    return Ok(Some(Event::Letter(letter)));
                }
                Piece::Comment(piece) => check_comment(at, piece)?,
                Piece::Declaration(piece) => check_declaration(at, piece)?,
                Piece::Instruction => return Err(plain(Rule::ProcessingInstruction).at(at)),
                Piece::DocumentType => return Err(plain(Rule::Dtd).at(at)),
                Piece::Broken => return Err(unreadable(at, rest)),
            }
        }
    }

    /// What nearly every element is: a name without prefix or attributes, and text without references between its
    /// tags or in place of them. Whatever a limit or a flaw may stand in the way of is left to the longer way.
    fn leaf(&mut self, at: usize, rest: &'a str) -> Option<Event<'a>> {
        let (name, tag) = tag::plain_name(rest.strip_prefix('<')?)?;
        let (text, after) = if let Some(inside) = tag.strip_prefix('>') {
            // What ends at a `>` may be `]]>`.
            let (text, end) = inside.split_at_checked(memchr3(b'<', b'&', b'>', inside.as_bytes())?)?;
            (text, end.strip_prefix("</")?.strip_prefix(name)?.strip_prefix('>')?)
        } else {
            ("", tag.strip_prefix("/>")?)
        };
        let end = self.text.len() - after.len();
        let space = self.namespaces.of_unprefixed();
        let is_inside = !self.open.is_empty() && self.open.len() < self.limits.depth;
        if !is_inside || self.pieces >= self.limits.elements || self.forbidden < end || space == Space::Include {
            return None;
        }
        self.pieces += 1;
        self.at = end;
        Some(Event::Leaf { name, space, at, text: if is_blank(text) { "" } else { text } })
    }

    /// An attribute of the element that was opened last, by its namespace and name; without one, it has no prefix.
    pub(super) fn attribute(&self, uri: &str, name: &str) -> Option<Cow<'a, str>> {
        let is_meant = |attribute: &&Attribute<'a>| {
            let Name { prefix, local, .. } = attribute.name;
            let is_in_space = match prefix {
                "" => uri.is_empty(),
                _ => self.namespaces.uri(attribute.name).is_ok_and(|found| found == uri),
            };
            local == name && is_in_space
        };
        reference::expanded(self.attributes.iter().find(is_meant)?.value).ok()
    }

    fn start(&mut self, at: usize, name: Name<'a>, mut rest: &'a str, is_empty: bool) -> Result<Event<'a>, Flaw<'a>> {
        let flaw = |fault: Fault| fault.in_tag(at, name.local);
        if self.open.is_empty() {
            if self.has_root {
                return Err(said("ikinci bir kök öğe / a second root element", name.whole).at(at));
            }
            self.has_root = true;
        }
        if self.open.len() >= self.limits.depth {
            return Err(flaw(Fault::over(Rule::TooDeep, self.limits.depth)));
        }
        self.namespaces.open();
        self.attributes.clear();
        if !rest.is_empty() {
            while let Some(attribute) = Attribute::take(&mut rest).map_err(flaw)? {
                if self.attributes.len() >= self.limits.attributes {
                    return Err(flaw(Fault::over(Rule::TooManyAttributes, self.limits.attributes)));
                }
                if attribute.value.len() > self.limits.text_bytes {
                    return Err(flaw(Fault::over(Rule::TextTooLong, self.limits.text_bytes)));
                }
                self.attributes.push(attribute);
            }
            self.namespaces.declare(&self.attributes).map_err(flaw)?;
        }
        self.count(1 + self.attributes.len()).map_err(flaw)?;
        let space = self.namespaces.space_of(name).map_err(flaw)?;
        if space == Space::Include {
            return Err(flaw(plain(Rule::XInclude)));
        }
        self.open.push(Open { name: name.whole, at });
        self.closes = is_empty;
        Ok(Event::Open { name: name.local, space, at })
    }

    fn end(&mut self, at: usize, tag: &'a str) -> Result<Event<'a>, Flaw<'a>> {
        let name = tag.trim_end_matches([' ', '\t', '\r', '\n']);
        match self.open.last() {
            Some(open) if open.name == name => {
                self.pop();
                Ok(Event::Close)
            }
            Some(open) => {
                let piece = format!("<{}> … </{name}>", open.name);
                Err(said("uyuşmayan bitiş etiketi / end tag does not match", &piece).at(at))
            }
            None => Err(said("açılmamış öğenin bitiş etiketi / end tag without a start tag", name).at(at)),
        }
    }

    fn text_run(&self, at: usize, text: &'a str) -> Result<Option<Event<'a>>, Flaw<'a>> {
        if self.open.is_empty() {
            let stray = text.bytes().position(|byte| !is_space(byte));
            return stray.map_or(Ok(None), |offset| Err(outside(at + offset)));
        }
        if text.as_bytes().contains(&b'>')
            && let Some(offset) = text.find("]]>")
        {
            return Err(said("metinde ]]> / ]]> in text", "").at(at + offset));
        }
        Ok(Some(Event::Text(text)))
    }

    fn inside_root(&self, at: usize) -> Result<(), Flaw<'a>> {
        if self.open.is_empty() { Err(outside(at)) } else { Ok(()) }
    }

    /// Counts markup against the limit: each piece costs time, and an element memory too.
    fn count(&mut self, pieces: usize) -> Result<(), Fault> {
        self.pieces += pieces;
        let limit = self.limits.elements;
        if self.pieces > limit { Err(Fault::over(Rule::TooManyElements, limit)) } else { Ok(()) }
    }

    fn finish(&self) -> Result<Option<Event<'a>>, Flaw<'a>> {
        match self.open.last() {
            Some(open) => Err(said("kapatılmamış öğe / element not closed", open.name).at(open.at)),
            None if !self.has_root => Err(said("boş belge / empty document", "").at(0)),
            None => Ok(None),
        }
    }

    fn pop(&mut self) {
        self.open.pop();
        self.namespaces.close();
    }

    fn forbidden_at(&self, at: usize) -> Flaw<'a> {
        let letter = self.text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
        let code = format!("U+{:04X}", u32::from(letter));
        said("XML'de bulunamayacak karakter / character not allowed in XML", &code).at(at)
    }

    fn piece(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }
}

/// How many bytes of white space a text begins with.
fn spaces(text: &str) -> usize {
    let mut rest = text.as_bytes();
    // Between elements it is mostly a line end and an indentation.
    if let Some(line) = rest.strip_prefix(b"\n") {
        rest = line;
        while let Some(deeper) = rest.strip_prefix(b"    ") {
            rest = deeper;
        }
    }
    while let [byte, beyond @ ..] = rest
        && is_space(*byte)
    {
        rest = beyond;
    }
    text.len() - rest.len()
}

/// Markup or a reference that does not end.
fn unreadable<'a>(at: usize, rest: &str) -> Flaw<'a> {
    let what = if rest.starts_with('&') {
        "kapanmamış & / & without ;"
    } else {
        "tamamlanmamış işaretleme / unfinished markup"
    };
    said(what, "").at(at)
}

/// A piece of markup without so many bytes at its start and end.
fn inner(piece: &str, start: usize, end: usize) -> &str {
    piece.get(start..piece.len().saturating_sub(end)).unwrap_or_default()
}

fn plain(rule: Rule) -> Fault {
    Fault { rule, detail: String::new() }
}

fn outside<'a>(at: usize) -> Flaw<'a> {
    said("kök öğenin dışında metin / text outside the root element", "").at(at)
}

fn check_comment<'a>(at: usize, piece: &str) -> Result<(), Flaw<'a>> {
    let comment = inner(piece, 4, 3);
    if piece.len() < "<!---->".len() || comment.contains("--") || comment.ends_with('-') {
        return Err(said("yorumda -- / -- in a comment", "").at(at));
    }
    Ok(())
}

fn check_declaration<'a>(at: usize, piece: &str) -> Result<(), Flaw<'a>> {
    if at != 0 {
        return Err(said("XML bildirimi en başta değil / XML declaration not at the very start", "").at(at));
    }
    if !prolog::is_declaration(piece) {
        return Err(said("geçersiz XML bildirimi / not a valid XML declaration", "").at(at));
    }
    Ok(())
}
