//! Which of the elements are known, and what do they say? One pass over the document.

use super::events::{Event, Events};
use super::flaw::{Fault, Flaw, cut};
use super::frame::{Frame, NAME_MAX, What, path};
use super::namespaces::Space;
use super::shells::{self, Inside, Shell};
use super::value;
use crate::content::{Content, trim};
use crate::request::RequestFacts;
use crate::schema::{Element, GELEN, Group, Kind, List, ROOT, Standing, WRAPPER};
use crate::soap::Version;
use crate::source::{Walk, to_offset};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::finding::{Finding, Place};

/// What a whole document declares.
pub(super) struct Declared {
    pub(super) declaration: Declaration,
    /// Secretariat and payment are the query's.
    pub(super) is_bare: bool,
    /// The SOAP around it.
    pub(super) version: Option<Version>,
}

/// Why the reading ended.
pub(super) struct Stop {
    pub(super) rule: Rule,
    pub(super) detail: String,
    pub(super) at: usize,
    pub(super) path: String,
}

/// The state of the one pass.
pub(super) struct Pass<'a> {
    text: &'a str,
    request: RequestFacts<'a>,
    events: Events<'a>,
    content: Content<'a>,
    open: Vec<Frame<'a>>,
    /// The findings, each with the node of the item that it is about.
    findings: Vec<(Finding, Option<usize>)>,
    /// Unknown elements: path and place.
    unknown: Vec<(String, usize)>,
    /// The item being read.
    item: Option<usize>,
    /// The root, when we know it: its element and place.
    root: Option<(&'static Element, usize)>,
    /// A root that we do not know, or what may not stand in SOAP's shells: the rule, path and place.
    foreign: Option<(Rule, String, usize)>,
    /// Path and place of the innermost of SOAP's shells.
    shell: Option<(String, usize)>,
    version: Option<Version>,
    has_operation: bool,
    has_message: bool,
}

impl<'a> Pass<'a> {
    pub(super) fn over(text: &'a str, request: &RequestFacts<'a>) -> Self {
        Self {
            text,
            request: *request,
            events: Events::of(text, request.limits),
            content: Content::of(text),
            open: Vec::with_capacity(16),
            findings: Vec::new(),
            unknown: Vec::new(),
            item: None,
            root: None,
            foreign: None,
            shell: None,
            version: None,
            has_operation: false,
            has_message: false,
        }
    }

    /// Reads to the end.
    pub(super) fn run(mut self) -> Result<Declared, Stop> {
        loop {
            let step = match self.events.next() {
                Ok(Some(event)) => self.take(event),
                Ok(None) => break,
                Err(flaw) => Err(flaw),
            };
            step.map_err(|flaw| self.stop(flaw))?;
        }
        self.known()?;
        Ok(self.declared())
    }

    fn take(&mut self, event: Event<'a>) -> Result<(), Flaw<'a>> {
        match event {
            Event::Open { name, space, at } => self.begin(name, space, at),
            Event::Close => {
                self.end();
                Ok(())
            }
            Event::Leaf { name, space, at, text } => self.leaf(name, space, at, text),
            Event::Text(text) => self.add_text(text),
            Event::Letter(letter) => self.add_letter(letter),
        }
    }

    fn begin(&mut self, name: &'a str, space: Space, at: usize) -> Result<(), Flaw<'a>> {
        let (what, position) = self.place(name, space, at)?;
        self.open.push(Frame::of(what, name, at, position));
        Ok(())
    }

    /// A whole element at once. A value needs no frame: nothing can stand inside it any more.
    fn leaf(&mut self, name: &'a str, space: Space, at: usize, text: &'a str) -> Result<(), Flaw<'a>> {
        let (what, position) = self.place(name, space, at)?;
        let limit = self.request.limits.text_bytes;
        if let What::Value(element, node) = what
            && !(self.events.has_return && text.contains('\r'))
        {
            if text.len() > limit {
                return Err(Fault::over(Rule::TextTooLong, limit).in_tag(at, name));
            }
            self.give(element, node, trim(text), Some(name), at);
            return Ok(());
        }
        self.open.push(Frame::of(what, name, at, position));
        if !text.is_empty() {
            self.add_text(text)?;
        }
        self.end();
        Ok(())
    }

    /// What an element that begins is to us, and its position among the rows of its list.
    fn place(&mut self, name: &'a str, space: Space, at: usize) -> Result<(What, u32), Flaw<'a>> {
        let mut position = 0;
        let what = match self.open.last_mut().map(|parent| parent.what) {
            None if self.request.is_enveloped => self.begin_envelope(name, space, at),
            None => self.begin_root(name, space, at),
            Some(What::Shell(shell)) => self.begin_in_shell(shell, name, space, at),
            Some(What::Group(group, _)) => self.begin_in_group(group, name, space, at),
            Some(What::List(list, _)) if space == Space::Known && list.row.name == name => {
                if let Some(parent) = self.open.last_mut() {
                    parent.rows = parent.rows.saturating_add(1);
                    position = parent.rows;
                }
                self.begin_row(list, position, name, at)?
            }
            Some(What::List(..) | What::Value(..)) => self.begin_unknown(name, at),
            Some(What::Unknown) if value::is_credential(name) => What::Dropped,
            Some(What::Unknown) => What::Unknown,
            Some(What::Second(_) | What::Dropped | What::Sealed) => What::Dropped,
        };
        Ok((what, position))
    }

    /// Gives a value its text, trimmed. `child` names it when it is not open itself.
    fn give(&mut self, element: &Element, node: usize, text: &str, child: Option<&str>, at: usize) {
        if let Some(rule) = value::broken_rule(element, text) {
            self.find(rule, child, at, Some(text));
        }
        self.content.set_text(node, text);
    }

    fn begin_root(&mut self, name: &'a str, space: Space, at: usize) -> What {
        let Some((index, element)) = ROOT.find(name, 0).filter(|(_, element)| fits(element, space)) else {
            self.foreign = Some((Rule::MessageUnknown, format!("/{}", cut(name, NAME_MAX)), at));
            return What::Dropped;
        };
        self.root = Some((element, at));
        if self.is_bare() {
            for (name, value) in [("GenelSekreterlik", self.request.secretariat), ("Odeme", self.request.payment)] {
                if let (Some(value), Some((index, element))) = (value, WRAPPER.find(name, 0)) {
                    let node = self.content.open(element, index, 0);
                    self.content.set_text(node, value.trim());
                }
            }
        }
        self.begin_known(element, index, at)
    }

    fn begin_envelope(&mut self, name: &'a str, space: Space, at: usize) -> What {
        if let Space::Soap(version) = space
            && name == "Envelope"
        {
            self.version = Some(version);
            return self.begin_shell(Shell::Envelope(version), name, at);
        }
        let rule = if name == "Envelope" { Rule::SoapVersion } else { Rule::SoapShape };
        self.foreign = Some((rule, format!("/{}", cut(name, NAME_MAX)), at));
        What::Dropped
    }

    fn begin_in_shell(&mut self, shell: Shell, name: &'a str, space: Space, at: usize) -> What {
        let Some(parent) = self.open.last_mut() else { return What::Dropped };
        let inside = shell.inside(name, space, parent.rows);
        parent.rows = if inside == Some(Inside::Header) { shells::BEGUN } else { shells::FULL };
        match (inside, ROOT.find(name, 0)) {
            (Some(Inside::Header), _) => What::Sealed,
            (Some(Inside::Shell(shell)), _) => self.begin_shell(shell, name, at),
            (Some(Inside::Request), Some((index, element))) => {
                self.root = Some((element, at));
                self.begin_known(element, index, at)
            }
            (Some(Inside::Request) | None, _) => {
                let path = path(&self.open, Some(name));
                self.foreign.get_or_insert((Rule::SoapShape, path, at));
                What::Dropped
            }
        }
    }

    fn begin_shell(&mut self, shell: Shell, name: &'a str, at: usize) -> What {
        self.shell = Some((path(&self.open, Some(name)), at));
        What::Shell(shell)
    }

    fn begin_in_group(&mut self, group: &'static Group, name: &'a str, space: Space, at: usize) -> What {
        let Some(parent) = self.open.last_mut() else { return What::Dropped };
        let Some((index, element)) = group.find(name, parent.hint).filter(|(_, element)| fits(element, space)) else {
            return self.begin_unknown(name, at);
        };
        let is_second = parent.is_second(index);
        parent.hint = index + 1;
        let is_message = element.group().is_some_and(|group| group.is(&GELEN));
        if is_second || is_message && self.has_message {
            return self.begin_second(element, name, at);
        }
        self.begin_known(element, index, at)
    }

    fn begin_known(&mut self, element: &'static Element, index: usize, at: usize) -> What {
        match element.kind {
            Kind::Group(group) if element.standing == Standing::Shell => {
                self.has_operation |= element.name == "Kontrol";
                What::Group(group, None)
            }
            Kind::Group(group) => {
                self.has_message |= group.is(&GELEN);
                What::Group(group, Some(self.content.open(element, index, to_offset(at))))
            }
            Kind::List(list) => What::List(list, self.content.open(element, index, to_offset(at))),
            Kind::Dropped | Kind::Synonym(_) => What::Dropped,
            Kind::Text | Kind::Decimal | Kind::Int | Kind::Date => {
                What::Value(element, self.content.open(element, index, to_offset(at)))
            }
        }
    }

    fn begin_row(&mut self, list: &'static List, rows: u32, name: &'a str, at: usize) -> Result<What, Flaw<'a>> {
        let limit = self.request.limits.items;
        if list.is_items && usize::try_from(rows).is_ok_and(|rows| rows > limit) {
            return Err(Fault::over(Rule::TooManyItems, limit).in_tag(at, name));
        }
        let what = self.begin_known(&list.row, 0, at);
        if let What::Group(_, node) = what
            && list.is_items
        {
            self.item = node;
        }
        Ok(what)
    }

    fn begin_second(&mut self, element: &Element, name: &'a str, at: usize) -> What {
        let finding = self.find(Rule::Twice, Some(name), at, None);
        match element.kind {
            Kind::Group(_) | Kind::List(_) | Kind::Dropped | Kind::Synonym(_) => What::Dropped,
            Kind::Text | Kind::Decimal | Kind::Int | Kind::Date => What::Second(finding),
        }
    }

    fn begin_unknown(&mut self, name: &'a str, at: usize) -> What {
        if self.unknown.len() < NOTICES_MAX {
            self.unknown.push((path(&self.open, Some(name)), at));
        }
        if value::is_credential(name) { What::Dropped } else { What::Unknown }
    }

    fn end(&mut self) {
        let Some(frame) = self.open.last_mut() else { return };
        let text = std::mem::take(&mut frame.text);
        match frame.what {
            What::Group(_, Some(node)) => {
                self.content.close(node);
                if self.item == Some(node) {
                    self.item = None;
                }
            }
            What::List(_, node) => self.content.close(node),
            What::Value(element, node) => {
                let at = frame.at;
                self.give(element, node, trim(&text), None, at);
            }
            What::Second(Some(finding)) => {
                if let Some((finding, _)) = self.findings.get_mut(finding) {
                    finding.value = Some(cut(text.trim(), VALUE_MAX).to_owned()).filter(|value| !value.is_empty());
                }
            }
            What::Unknown if !text.trim().is_empty() && self.content.kept().len() < KEPT_MAX => {
                let path = path(&self.open, None);
                self.content.keep(path, text);
            }
            What::Group(_, None)
            | What::Second(None)
            | What::Unknown
            | What::Dropped
            | What::Shell(_)
            | What::Sealed => {}
        }
        self.open.pop();
    }

    fn add_text(&mut self, text: &'a str) -> Result<(), Flaw<'a>> {
        let Some(frame) = self.open.last_mut() else { return Ok(()) };
        let is_value = matches!(frame.what, What::Value(..) | What::Second(_));
        // White space between elements is nobody's text.
        if !is_value && super::chars::is_blank(text) {
            return Ok(());
        }
        frame.count(text.len(), self.request.limits.text_bytes)?;
        match frame.what {
            What::Value(..) | What::Second(_) | What::Unknown => frame.append(text, self.events.has_return),
            What::Group(..) | What::List(..) | What::Shell(_) => self.stray(text),
            What::Dropped | What::Sealed => {}
        }
        Ok(())
    }

    fn add_letter(&mut self, letter: char) -> Result<(), Flaw<'a>> {
        let Some(frame) = self.open.last_mut() else { return Ok(()) };
        frame.count(letter.len_utf8(), self.request.limits.text_bytes)?;
        match frame.what {
            What::Value(..) | What::Second(_) | What::Unknown => frame.text.to_mut().push(letter),
            What::Group(..) | What::List(..) | What::Shell(_) if !letter.is_whitespace() => self.stray(""),
            What::Group(..) | What::List(..) | What::Shell(_) | What::Dropped | What::Sealed => {}
        }
        Ok(())
    }

    /// Text where only elements may stand, said once for each element. Beside credentials it is not repeated:
    /// it could be one.
    fn stray(&mut self, text: &str) {
        let Some(frame) = self.open.last_mut() else { return };
        if std::mem::replace(&mut frame.is_stray_said, true) {
            return;
        }
        let is_beside_credentials = match frame.what {
            What::Group(group, node) => node.is_none() || group.is(&GELEN),
            What::Shell(_) => true,
            _ => false,
        };
        let at = frame.at;
        let value = Some(text.trim()).filter(|value| !value.is_empty() && !is_beside_credentials);
        self.find(Rule::StrayText, None, at, value);
    }

    /// Says what is wrong with the innermost open element, or a child of it. Gives the finding's place in the list.
    fn find(&mut self, rule: Rule, child: Option<&str>, at: usize, value: Option<&str>) -> Option<usize> {
        if self.findings.len() >= FINDINGS_MAX {
            return None;
        }
        let path = path(&self.open, child);
        let mut finding = Finding::new(rule).at(Place::Source { path, at: to_offset(at) });
        finding.value = value.map(|value| cut(value, VALUE_MAX).to_owned());
        self.findings.push((finding, self.item));
        Some(self.findings.len() - 1)
    }

    fn stop(&self, flaw: Flaw<'a>) -> Stop {
        let flaw = flaw.told();
        // Markup inside a password is a piece of the password.
        let is_secret = self.open.iter().any(Frame::is_secret);
        let name = flaw.name.filter(|_| !is_secret);
        let detail =
            if is_secret && flaw.fault.rule == Rule::NotWellFormed { String::new() } else { flaw.fault.detail };
        Stop { rule: flaw.fault.rule, detail, at: flaw.at, path: path(&self.open, name) }
    }

    /// E1005: a well-formed document, but not one of ours.
    fn known(&self) -> Result<(), Stop> {
        let stop = |rule, at, path: &str| Err(Stop { rule, detail: String::new(), at, path: path.to_owned() });
        match (self.root, &self.foreign) {
            (_, Some((rule, path, at))) => stop(*rule, *at, path),
            (Some((_, at)), None) if !self.has_message && (!self.is_bare() || self.has_operation) => {
                stop(Rule::GelenMissing, at, "/Gelen")
            }
            (Some((element, at)), None) if !self.has_message => {
                stop(Rule::MessageUnknown, at, &format!("/{}", element.name))
            }
            (Some(_), None) => Ok(()),
            // What is missing takes its parent's place.
            (None, None) => self.shell.as_ref().map_or(Ok(()), |(path, at)| stop(Rule::SoapShape, *at, path)),
        }
    }

    fn is_bare(&self) -> bool {
        !self.root.and_then(|(element, _)| element.group()).is_some_and(|group| group.is(&WRAPPER))
    }

    fn declared(self) -> Declared {
        let is_bare = self.is_bare();
        let shell_at = self.root.filter(|_| !is_bare).map_or(0, |(_, at)| to_offset(at));
        let mut declaration = self.content.declaration(shell_at);
        let number = |item: usize| {
            let item = self.content.branch(item)?;
            Some(cut(item.text_of("Kalem_sira_no"), VALUE_MAX).to_owned()).filter(|number| !number.is_empty())
        };
        let finding = |(finding, item): (Finding, Option<usize>)| finding.item(item.and_then(number));
        declaration.findings = self.findings.into_iter().map(finding).collect();
        let mut walk = Walk::over(self.text);
        let notice = |(path, at): (String, usize)| {
            let (line, column) = walk.to(to_offset(at));
            Finding::new(Rule::UnknownElement).at(Place::Located { path, line, column })
        };
        declaration.notices = self.unknown.into_iter().map(notice).collect();
        Declared { declaration, is_bare, version: self.version }
    }
}

/// Whether an element of this name is meant in this namespace.
fn fits(element: &Element, space: Space) -> bool {
    let is_soap = matches!(element.standing, Standing::Shell) && matches!(element.name, "Envelope" | "Body")
        || matches!(element.kind, Kind::Dropped) && element.name == "Header";
    space == if is_soap { Space::Soap(Version::Soap11) } else { Space::Known }
}

/// Findings of the reader at most; more would help nobody.
const FINDINGS_MAX: usize = 10_000;
/// Unknown elements reported at most.
const NOTICES_MAX: usize = 1_000;
/// Unknown elements kept at most.
const KEPT_MAX: usize = 1_000;
/// Characters of a value that a finding repeats.
const VALUE_MAX: usize = 200;
