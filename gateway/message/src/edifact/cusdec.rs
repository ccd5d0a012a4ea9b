//! What does a CUSDEC declare? The rows of the profile make content of its segments.

use super::directory::Directory;
use super::profile::{self, Again, Row, Take};
use super::segments::{Segment, Segments, Value};
use crate::content::Draft;
use crate::request::RequestFacts;
use crate::schema::{DECLARATION, ITEM};
use crate::xml::value::broken_rule;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::finding::{Finding, Place};
use std::borrow::Cow;
use std::sync::LazyLock;

/// The declaration of a message whose segments are placed.
pub(super) fn declaration<'t>(
    segments: &Segments<'t>,
    message: &[Segment],
    paths: &[&'static str],
    directory: Directory,
    request: &RequestFacts<'t>,
) -> Declaration {
    let mut reading = Reading {
        segments,
        directory,
        header: Block::default(),
        items: Vec::new(),
        kept: Vec::new(),
        findings: Vec::new(),
        summary: false,
    };
    for (segment, path) in message.iter().zip(paths) {
        reading.take(segment, path);
    }
    reading.declared(message, request)
}

struct Reading<'s, 't> {
    segments: &'s Segments<'t>,
    directory: Directory,
    header: Block<'t>,
    items: Vec<Block<'t>>,
    /// Segments that no row reads: path and text.
    kept: Vec<(String, &'t str)>,
    findings: Vec<Finding>,
    /// The summary section has begun: no item is open any more.
    summary: bool,
}

/// The values of the header or of one item, in the order of the message.
#[derive(Default)]
struct Block<'t> {
    at: u32,
    values: Vec<Given<'t>>,
}

struct Given<'t> {
    name: &'static str,
    text: Cow<'t, str>,
    at: u32,
}

impl<'t> Reading<'_, 't> {
    fn take(&mut self, segment: &Segment, path: &'static str) {
        if path == "CST*" {
            self.items.push(Block { at: segment.at, values: Vec::new() });
        }
        self.summary |= segment.tag == *b"UNS" && !self.items.is_empty();
        let is = |element: u16, qualifier: &str| self.segments.said(segment, element, 1) == qualifier;
        let lists = |codes: &[&str]| self.listed(segment, codes).is_some();
        let Some(row) = profile::row(path, self.directory, is, lists) else {
            // The frame and the data about the message itself are no content at all.
            if !matches!(&segment.tag, b"UNH" | b"UNS" | b"UNT" | b"AUT") && self.kept.len() < KEPT_MAX {
                let is_in_item = !self.summary && !self.items.is_empty();
                let item = if is_in_item { format!("CST[{}]/", self.items.len()) } else { String::new() };
                let path = format!("/CUSDEC/{item}{}", String::from_utf8_lossy(&segment.tag));
                let written = self.segments.written(segment);
                self.kept.push((path, written.get(4..).unwrap_or_default()));
            }
            return;
        };
        for take in row.takes {
            self.give(segment, row, take);
        }
    }

    fn give(&mut self, segment: &Segment, row: &'static Row, take: &'static Take) {
        let Some(Given { name, text, at }) = self.given(segment, row, take) else { return };
        let segments = self.segments;
        let is_item = row.path.starts_with("CST*");
        let block = if is_item { self.items.last_mut() } else { Some(&mut self.header) };
        let Some(block) = block else { return };
        match (block.values.iter_mut().find(|known| known.name == name), row.again) {
            (None, _) => block.values.push(Given { name, text, at }),
            (Some(known), Again::More) => {
                let known = known.text.to_mut();
                known.push(' ');
                known.push_str(&text);
            }
            (Some(_), Again::Kept) => {
                let path = format!("/CUSDEC/CST[{}]/{}", self.items.len(), String::from_utf8_lossy(&segment.tag));
                let written = segments.written(segment).get(4..).unwrap_or_default();
                if self.kept.len() < KEPT_MAX && self.kept.last().is_none_or(|(_, last)| !std::ptr::eq(*last, written))
                {
                    self.kept.push((path, written));
                }
            }
            (Some(_), Again::Error) => self.find(Rule::Twice, name, is_item, &text, at),
        }
    }

    /// The value that a row takes of a segment; `None` when there is none.
    fn given(&mut self, segment: &Segment, row: &'static Row, take: &'static Take) -> Option<Given<'t>> {
        let segments = self.segments;
        let (name, (text, at)) = match *take {
            Take::Text(element, component, name) => (name, segments.value(segment, element, component)?),
            Take::Number(element, component, name) => (name, number(segments.value(segment, element, component)?)),
            Take::Either(element, [first, second], name) => {
                let value = |component| segments.value(segment, element, component);
                (name, value(first).or_else(|| value(second))?)
            }
            Take::Lines(element, name) => (name, self.lines(segment, element)?),
            Take::Country(element, name) => {
                let (code, at) = segments.value(segment, element, 1)?;
                let is_iso = segments.said(segment, element, 3) == "5";
                let known = if is_iso { customs_country(&code).map(Cow::Borrowed) } else { None };
                (name, (known.unwrap_or(code), at))
            }
            Take::Listed(name) => {
                let profile::When::Listed(codes) = row.when else { return None };
                let listed = self.listed(segment, codes)?;
                let code = segments
                    .values(segment)
                    .iter()
                    .find(|value| value.element == listed.element && value.component == 1 && value.repetition == 1)?;
                (name, (segments.text_of(code), code.at))
            }
            Take::Weight(element, name) => {
                let unit = segments.said(segment, element, 1);
                let (text, at) = number(segments.value(segment, element, 2)?);
                if unit != "KGM" {
                    let is_item = row.path.starts_with("CST*");
                    self.find(Rule::WeightUnit, name, is_item, &unit, at);
                }
                (name, (text, at))
            }
        };
        Some(Given { name, text, at })
    }

    /// The component that names one of these code lists (1131).
    fn listed(&self, segment: &Segment, codes: &[&str]) -> Option<Value> {
        let is_list = |value: &&Value| value.component == 2 && codes.contains(&&*self.segments.text_of(value));
        self.segments.values(segment).iter().find(is_list).copied()
    }

    /// The components of an element as one text.
    fn lines(&self, segment: &Segment, element: u16) -> Option<(Cow<'t, str>, u32)> {
        let mut lines = self.segments.values(segment).iter().filter(|value| value.element == element);
        let first = lines.next()?;
        let mut text = self.segments.text_of(first);
        for line in lines {
            let text = text.to_mut();
            text.push(' ');
            text.push_str(self.segments.text_of(line).trim());
        }
        Some((text, first.at))
    }

    fn find(&mut self, rule: Rule, name: &str, is_item: bool, value: &str, at: u32) {
        if self.findings.len() >= FINDINGS_MAX {
            return;
        }
        let path =
            if is_item { format!("/CUSDEC/CST[{}]/{name}", self.items.len()) } else { format!("/CUSDEC/{name}") };
        let mut finding = Finding::new(rule).at(Place::Source { path, at }).value(value);
        if is_item {
            let number =
                self.items.last().and_then(|item| item.values.iter().find(|given| given.name == "Kalem_sira_no"));
            finding = finding.item(number.map(|given| given.text.to_string()));
        }
        self.findings.push(finding);
    }

    /// Values of the wrong type, where the union's own rules do not look.
    fn check_types(&mut self) {
        let mut broken = Vec::new();
        let blocks = std::iter::once((0, &self.header)).chain((1..).zip(&self.items));
        for (position, block) in blocks {
            let group = if position == 0 { &DECLARATION } else { &ITEM };
            for given in &block.values {
                let rule = group.find(given.name, 0).and_then(|(_, element)| broken_rule(element, &given.text));
                let Some(rule) = rule else { continue };
                let item = if position == 0 { String::new() } else { format!("CST[{position}]/") };
                let place = Place::Source { path: format!("/CUSDEC/{item}{}", given.name), at: given.at };
                let number = block.values.iter().find(|given| given.name == "Kalem_sira_no");
                let number = number.filter(|_| position > 0).map(|given| given.text.to_string());
                broken.push(Finding::new(rule).at(place).value(given.text.as_ref()).item(number));
            }
        }
        self.findings.extend(broken);
        self.findings.truncate(FINDINGS_MAX);
    }

    fn declared(mut self, message: &[Segment], request: &RequestFacts<'t>) -> Declaration {
        self.check_types();
        let mut draft = Draft::new();
        let header_at = message.get(1).or(message.first()).map_or(0, |segment| segment.at);
        let outside = |name: &str| self.header.values.iter().position(|given| given.name == name);
        if let Some(place) = outside("GenelSekreterlik") {
            let Given { name, text, at } = self.header.values.remove(place);
            draft.value(name, &text, at);
        } else if let Some(secretariat) = request.secretariat {
            draft.value("GenelSekreterlik", secretariat, 0);
        }
        if let Some(payment) = request.payment {
            draft.value("Odeme", payment, 0);
        }
        draft.open("Gelen", header_at);
        let outside = |name: &str| self.header.values.iter().position(|given| given.name == name);
        if let Some(place) = outside("RefID") {
            let Given { name, text, at } = self.header.values.remove(place);
            draft.value(name, &text, at);
        }
        draft.open("BeyannameBilgi", header_at);
        give_all(&mut draft, self.header.values);
        if !self.items.is_empty() {
            draft.open("Kalemler", self.items.first().map_or(header_at, |item| item.at));
        }
        for item in self.items {
            draft.open("kalem", item.at);
            give_all(&mut draft, item.values);
            draft.close();
        }
        for (path, text) in self.kept {
            draft.keep(path, text);
        }
        let mut declaration = draft.finish().declaration(header_at);
        declaration.findings = self.findings;
        declaration
    }
}

fn give_all<'t>(draft: &mut Draft<'t>, values: Vec<Given<'t>>) {
    for Given { name, text, at } in values {
        draft.value(name, &text, at);
    }
}

fn number((text, at): (Cow<'_, str>, u32)) -> (Cow<'_, str>, u32) {
    if text.contains(',') { (Cow::Owned(text.replace(',', ".")), at) } else { (text, at) }
}

/// Customs' code of a country by its two letters. Source: the published table of countries.
fn customs_country(letters: &str) -> Option<&'static str> {
    static COUNTRIES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
        let rows = include_str!("../../../../schemas/reference/countries.csv").lines().skip(1);
        // The first four columns are codes, never quoted.
        rows.filter_map(|row| Some((row.split(',').next()?, row.split(',').nth(3)?))).collect()
    });
    COUNTRIES.iter().find(|(known, code)| *known == letters && !code.is_empty()).map(|(_, code)| *code)
}

/// Segments kept beside the content at most: some for each of 9,999 items.
const KEPT_MAX: usize = 200_000;
/// Findings of the reader at most; more would help nobody.
const FINDINGS_MAX: usize = 10_000;
