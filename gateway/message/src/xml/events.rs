//! Is the text a well-formed document of XML 1.0 with namespaces, within the limits?
//!
//! [`Events`] gives the elements and texts of a document and proves, as it goes, all that the pull reader below it
//! is lenient about; when the last event has come without a flaw, the whole document is proven. It knows nothing
//! of which elements there are. DTDs, entities, processing instructions and XInclude are refused.

use super::chars::{is_space, survey};
use super::flaw::{Fault, Flaw, said};
use super::namespaces::{Namespaces, Space};
use super::tag::{Attribute, Name};
use super::{prolog, reference};
use crate::request::Limits;
use ebirlik_domain::catalogue::Rule;
use quick_xml::Reader;
use quick_xml::events::Event as Token;

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
    /// Text, references not among it; line ends as they were written. Never outside the root.
    Text(&'a str),
    /// A character that was written as a reference.
    Letter(char),
}

/// The events of a document, to its end or its first flaw.
pub(super) struct Events<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    limits: Limits,
    /// The first character that XML forbids.
    forbidden: Option<usize>,
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
    /// Markup between two offsets whose turn comes after the white space before it.
    waiting: Option<(Markup, usize, usize)>,
}

struct Open<'a> {
    name: &'a str,
    at: usize,
}

impl<'a> Events<'a> {
    pub(super) fn of(text: &'a str, limits: Limits) -> Self {
        let (forbidden, has_return) = survey(text);
        let mut reader = Reader::from_str(text);
        // White space between elements is no event of its own: it is found again before what follows it.
        reader.config_mut().trim_text_start = true;
        // Ends are compared here, with places of our own.
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        Self {
            text,
            reader,
            limits,
            forbidden,
            has_return,
            open: Vec::with_capacity(16),
            namespaces: Namespaces::default(),
            attributes: Vec::new(),
            has_root: false,
            pieces: 0,
            closes: false,
            waiting: None,
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
            let (markup, at, end) = if let Some(waiting) = self.waiting.take() {
                waiting
            } else {
                let before = self.position();
                let markup = Markup::of(&self.reader.read_event());
                let end = self.position();
                let lead = if markup == Markup::Text { 0 } else { self.spaces(before, end) };
                if lead > 0 && markup.is_amid_text() && !self.open.is_empty() {
                    self.waiting = Some((markup, before + lead, end));
                    return Ok(Some(Event::Text(self.piece(before, before + lead))));
                }
                (markup, before + lead, end)
            };
            if let Some(forbidden) = self.forbidden.filter(|forbidden| *forbidden < end && markup != Markup::Broken) {
                return Err(self.forbidden_at(forbidden));
            }
            let piece = self.piece(at, end);
            if markup.is_amid_text() {
                self.count(1).map_err(|fault| fault.at(at))?;
            }
            match markup {
                Markup::Start => return self.start(at, inner(piece, 1, 1), false).map(Some),
                Markup::Empty => return self.start(at, inner(piece, 1, 2), true).map(Some),
                Markup::End => return self.end(at, inner(piece, 2, 1)).map(Some),
                Markup::Text => {
                    if let Some(event) = self.text_run(at, piece)? {
                        return Ok(Some(event));
                    }
                }
                Markup::Section => {
                    self.inside_root(at)?;
                    return Ok(Some(Event::Text(inner(piece, 9, 3))));
                }
                Markup::Reference => {
                    self.inside_root(at)?;
                    let letter = reference::letter(inner(piece, 1, 1)).map_err(|fault| fault.at(at))?;
                    return Ok(Some(Event::Letter(letter)));
                }
                Markup::Comment => check_comment(at, piece)?,
                Markup::Declaration => check_declaration(at, piece)?,
                Markup::Instruction => return Err(plain(Rule::ProcessingInstruction).at(at)),
                Markup::DocumentType => return Err(plain(Rule::Dtd).at(at)),
                Markup::Broken => return Err(self.unreadable(at)),
                Markup::EndOfInput => return self.finish(),
            }
        }
    }

    fn start(&mut self, at: usize, tag: &'a str, is_empty: bool) -> Result<Event<'a>, Flaw<'a>> {
        let (name, mut rest) = Name::of_tag(tag).map_err(|fault| fault.at(at))?;
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

    /// What the pull reader below stumbled over.
    fn unreadable(&self, at: usize) -> Flaw<'a> {
        let rest = self.text.get(at..).unwrap_or_default();
        let is_doctype = rest.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!DOCTYPE"));
        if is_doctype {
            plain(Rule::Dtd).at(at)
        } else if rest.starts_with('&') {
            said("kapanmamış & / & without ;", "").at(at)
        } else {
            said("tamamlanmamış işaretleme / unfinished markup", "").at(at)
        }
    }

    fn forbidden_at(&self, at: usize) -> Flaw<'a> {
        let letter = self.text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
        let code = format!("U+{:04X}", u32::from(letter));
        said("XML'de bulunamayacak karakter / character not allowed in XML", &code).at(at)
    }

    /// How many bytes of white space the pull reader has passed over before a markup.
    fn spaces(&self, from: usize, to: usize) -> usize {
        self.piece(from, to).bytes().take_while(|byte| is_space(*byte)).count()
    }

    fn piece(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }
}

/// What the pull reader came upon. Its own events are larger and are taken by reference only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Markup {
    Start,
    Empty,
    End,
    Text,
    Section,
    Reference,
    Comment,
    Declaration,
    Instruction,
    DocumentType,
    Broken,
    EndOfInput,
}

impl Markup {
    /// Markup that may stand inside of a value, so that white space before it is part of the value.
    fn is_amid_text(self) -> bool {
        matches!(self, Self::Section | Self::Reference | Self::Comment)
    }

    fn of(token: &Result<Token<'_>, quick_xml::Error>) -> Self {
        match token {
            Ok(Token::Start(_)) => Self::Start,
            Ok(Token::Empty(_)) => Self::Empty,
            Ok(Token::End(_)) => Self::End,
            Ok(Token::Text(_)) => Self::Text,
            Ok(Token::CData(_)) => Self::Section,
            Ok(Token::GeneralRef(_)) => Self::Reference,
            Ok(Token::Comment(_)) => Self::Comment,
            Ok(Token::Decl(_)) => Self::Declaration,
            Ok(Token::PI(_)) => Self::Instruction,
            Ok(Token::DocType(_)) => Self::DocumentType,
            Ok(Token::Eof) => Self::EndOfInput,
            Err(_) => Self::Broken,
        }
    }
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
