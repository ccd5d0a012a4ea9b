//! CUSRES: the answer to a CUSDEC, with the same facts as `BirlikOnayCevabi`.
//!
//! The answer of an approval is made of its facts and of the envelope that it answers, and of nothing else: the same
//! bytes in, the same bytes out. Source: our profile, `schemas/edifact/README.md`; structure of D.96B and D.19B.

use super::directory::Directory;
use super::envelope::Envelope;
use super::flaw::tag_text;
use super::segments::{Cutting, Segments};
use super::writer::{Writer, minute};
use crate::reply::detail;
use crate::source::{Located, Source};
use ebirlik_domain::catalogue::fill;
use ebirlik_domain::decision::{Approval, Awaits, Decision, Refusal};
use ebirlik_domain::finding::{Finding, Place};
use ebirlik_domain::price::Price;
use jiff::Timestamp;

/// The answer to a declaration.
pub(crate) fn write(decision: &Decision, envelope: &Envelope, source: &Source) -> Vec<u8> {
    let answer = Answer { envelope, source, at: envelope.received_at };
    match decision {
        Decision::Approved(approval) => Answer { at: approval.approved_at, ..answer }.approved(approval),
        Decision::Pending(pending) => {
            let (state, code) = match pending.awaits {
                Awaits::Payment => ("ODEME_BEKLIYOR", AWAITING),
                Awaits::Desk => ("ONAY_MASASINDA", AWAITING),
            };
            let recorded = Recorded { reference: &pending.reference, version: pending.version, price: &pending.price };
            answer.recorded(&Verdict { kind: "962", response: "CA", code, state }, &recorded, &pending.notices)
        }
        Decision::Trial(trial) => {
            let recorded = Recorded { reference: &trial.reference, version: trial.version, price: &trial.price };
            let verdict = Verdict { kind: "962", response: "NA", code: AWAITING, state: "PROVA" };
            answer.recorded(&verdict, &recorded, &trial.notices)
        }
        Decision::Refused(refusal) => answer.refused(refusal),
    }
}

/// What the answer says in its first segments.
#[derive(Clone, Copy)]
struct Verdict<'a> {
    /// Data element 1001 of `BGM`.
    kind: &'a str,
    /// Data element 4343.
    response: &'a str,
    /// Data element 7365 of `GIS` or `GEI`.
    code: &'a str,
    /// `Durum`, as in XML.
    state: &'a str,
}

struct Answer<'a> {
    envelope: &'a Envelope,
    source: &'a Source,
    at: Timestamp,
}

/// A declaration that is recorded, or would be.
struct Recorded<'a> {
    reference: &'a str,
    version: u32,
    price: &'a Price,
}

impl Answer<'_> {
    fn approved(&self, approval: &Approval) -> Vec<u8> {
        let verdict = Verdict { kind: "962", response: "AP", code: "1", state: "ONAYLANDI" };
        let recorded = Recorded { reference: &approval.reference, version: approval.version, price: &approval.price };
        self.messages(&approval.notices, |writer, notices| {
            self.head(writer, &verdict, approval.valid_until.map(|day| day.strftime("%Y%m%d").to_string()).as_deref());
            self.indicator(writer, "ZZZ", approval.kind.as_str());
            self.parties(writer);
            put_reference(writer, Some(recorded.reference), Some(recorded.version));
            writer.put("RFF", &[&["AGU", &approval.record_no]]);
            self.findings(writer, notices);
            self.fee(writer, recorded.price, approval.balance.map(|balance| balance.to_string()).as_deref());
            writer.put("AUT", &[&[&approval.code], &[&approval.secretariat]]);
            writer.put("DTM", &[&["137", &minute(approval.approved_at), "203"]]);
        })
    }

    fn recorded(&self, verdict: &Verdict<'_>, recorded: &Recorded<'_>, notices: &[Finding]) -> Vec<u8> {
        self.messages(notices, |writer, notices| {
            self.head(writer, verdict, None);
            self.parties(writer);
            put_reference(writer, Some(recorded.reference), Some(recorded.version));
            self.findings(writer, notices);
            self.fee(writer, recorded.price, None);
        })
    }

    fn refused(&self, refusal: &Refusal) -> Vec<u8> {
        let is_ours = |finding: &Finding| finding.code().as_str().starts_with("E9");
        let is_fault = !refusal.findings.is_empty() && refusal.findings.iter().all(is_ours);
        let verdict = if is_fault {
            Verdict { kind: "963", response: "NA", code: "14", state: "GECICI_HATA" }
        } else {
            Verdict { kind: "963", response: "RE", code: "2", state: "REDDEDILDI" }
        };
        let findings: Vec<Finding> = refusal.findings.iter().chain(&refusal.notices).cloned().collect();
        let changes: Vec<[String; 3]> = refusal
            .changes
            .iter()
            .map(|change| [change.path.clone(), format!("ESKI: {}", change.old), format!("YENI: {}", change.new)])
            .collect();
        self.messages(&findings, |writer, findings| {
            self.head(writer, &verdict, None);
            self.parties(writer);
            put_reference(writer, refusal.reference.as_deref(), None);
            self.findings(writer, findings);
            // The last of the finding's free texts; what a program compares stands in the JSON status.
            for change in changes.iter().take(CHANGES_MAX) {
                let pieces: Vec<&str> = change.iter().map(|text| cut(text, self.line())).collect();
                writer.put("FTX", &[&["CHG"], &[], &[], &pieces]);
            }
        })
    }

    /// As many messages as the findings need: 99 stand in one. The interchange around them.
    fn messages(&self, findings: &[Finding], mut inside: impl FnMut(&mut Writer, &[Finding])) -> Vec<u8> {
        let mut writer = Writer::new(self.envelope);
        let association = self.envelope.message.identifier.get(4).map(String::as_str).unwrap_or_default();
        let identifier = ["CUSRES", "D", self.directory().release(), "UN", association];
        let mut chunks: Vec<&[Finding]> = findings.chunks(FINDINGS_MAX).collect();
        if chunks.is_empty() {
            chunks.push(&[]);
        }
        for (number, findings) in (1..).zip(&chunks) {
            writer.message(&u64::to_string(&number), &identifier, |writer| inside(writer, findings));
        }
        writer.interchange(self.envelope, "EBR", "CUSRES", chunks.len(), self.at)
    }

    fn directory(&self) -> Directory {
        self.envelope.message.directory.unwrap_or(Directory::D96B)
    }

    fn head(&self, writer: &mut Writer, verdict: &Verdict<'_>, valid_until: Option<&str>) {
        let function = if verdict.response == "RE" { "27" } else { "11" };
        let document = &self.envelope.message.document;
        writer.put("BGM", &[&[verdict.kind], &[document], &[function], &[verdict.response]]);
        writer.put("DTM", &[&["137", &minute(self.at), "203"]]);
        if let Some(day) = valid_until {
            writer.put("DTM", &[&["36", day, "102"]]);
        }
        self.indicator(writer, verdict.code, verdict.state);
    }

    /// A word of ours with its code: in `GIS`, which D.19B calls `GEI`.
    fn indicator(&self, writer: &mut Writer, code: &str, word: &str) {
        match self.directory() {
            Directory::D96B => writer.put("GIS", &[&[code, "", "", word]]),
            Directory::D19B => writer.put("GEI", &[&["ZZZ"], &[code, "", "", word]]),
        }
    }

    fn parties(&self, writer: &mut Writer) {
        for (qualifier, number) in [("EX", &self.envelope.message.exporter), ("DT", &self.envelope.message.declarant)] {
            if !number.is_empty() {
                writer.put("NAD", &[&[qualifier], &[number, "", "ZZZ"]]);
            }
        }
    }

    fn fee(&self, writer: &mut Writer, price: &Price, balance: Option<&str>) {
        writer.put("TAX", &[&["6"], &["OTH", "", "", "NISPI AIDAT"]]);
        writer.put("MOA", &[&["56", &price.fob_try.to_string(), "TRY"]]);
        writer.put("MOA", &[&["161", &price.fee.to_string(), "TRY"]]);
        if let Some(balance) = balance {
            writer.put("MOA", &[&["ZZZ", balance, "TRY"]]);
        }
        writer.put("DOC", &[&["830"], &[&self.envelope.message.document]]);
        let rates: Vec<String> = price
            .rates
            .iter()
            .map(|rate| format!("{} {} {} {}", rate.currency, rate.buying, rate.date, rate.bulletin))
            .collect();
        let rates: Vec<&str> = rates.iter().map(String::as_str).collect();
        for rates in rates.chunks(LINES).take(RATE_LINES_MAX) {
            writer.put("FTX", &[&["AAI"], &[], &[], rates]);
        }
        writer.put("MOA", &[&["56", &price.fob_try.to_string(), "TRY"]]);
        for rate in price.rates.iter().take(RATES_MAX) {
            let base = if rate.unit == 1 { String::new() } else { rate.unit.to_string() };
            let buying = rate.buying.to_string();
            writer.put("CUX", &[&["2", &rate.currency, "4", &base], &["3", "TRY", "13"], &[&buying]]);
        }
        for item in &price.items {
            let number = item.number.to_string();
            let (fob, rate, fee) = (item.fob.to_string(), item.rate.to_string(), item.fee.to_string());
            writer.put("CST", &[&[&number]]);
            writer.put("TAX", &[&["6"], &["OTH", "", "", &item.sector], &[], &[], &["", "", "", &rate]]);
            writer.put("MOA", &[&["63", &fob, &item.currency]]);
            writer.put("MOA", &[&["161", &fee, "TRY"]]);
        }
    }

    /// Errors and notices: where, which code, and what is said in both languages.
    fn findings(&self, writer: &mut Writer, findings: &[Finding]) {
        if findings.is_empty() {
            return;
        }
        let places: Vec<&Place> = findings.iter().map(|finding| &finding.place).collect();
        let located = self.source.locate_all(&places);
        let spots = Spots::of(self.envelope, self.source.text());
        for (finding, located) in findings.iter().zip(located) {
            let spot = offset(&finding.place).and_then(|at| spots.find(at));
            self.finding(writer, finding, located.as_ref(), spot.as_ref());
        }
    }

    fn finding(&self, writer: &mut Writer, finding: &Finding, located: Option<&Located>, spot: Option<&Spot>) {
        let path = located.map(|located| located.path.as_str());
        let section = if finding.item.is_some() { "10" } else { "1" };
        let item = finding.item.as_deref().unwrap_or_default();
        let (tag, number) =
            spot.map_or((String::new(), String::new()), |spot| (spot.tag.clone(), spot.number.to_string()));
        writer.put("ERP", &[&[section, cut(item, 35)], &[&tag, &number]]);
        writer.put("ERC", &[&[finding.code().as_str(), "", "ZZZ"]]);
        let (value, detail) = (finding.value.as_deref().unwrap_or_default(), detail(finding, path));
        let filled = |text: &str| fill(text, value, detail);
        let place = match (path, spot) {
            (Some(path), Some(spot)) if spot.element > 0 => {
                format!("{path} ({} {}.{}): ", spot.tag, spot.element, spot.component)
            }
            (Some(path), _) => format!("{path}: "),
            (None, _) => String::new(),
        };
        let rule = finding.rule;
        for (subject, text, language) in [
            ("AAO", format!("{place}{}", filled(rule.tr())), "TR"),
            ("AAO", format!("{place}{}", filled(rule.en())), "EN"),
            ("ACB", filled(rule.remedy_tr()), "TR"),
            ("ACB", filled(rule.remedy_en()), "EN"),
        ] {
            self.free_text(writer, subject, &text, language);
        }
    }

    /// A text in as many lines as the directory asks for.
    fn free_text(&self, writer: &mut Writer, subject: &str, text: &str, language: &str) {
        let lines = wrapped(text, self.line());
        for lines in lines.chunks(LINES) {
            writer.put("FTX", &[&[subject], &[], &[], lines, &[language]]);
        }
    }

    /// Characters of a line of free text (4440).
    fn line(&self) -> usize {
        match self.directory() {
            Directory::D96B => 70,
            Directory::D19B => 512,
        }
    }
}

fn put_reference(writer: &mut Writer, reference: Option<&str>, version: Option<u32>) {
    if let Some(reference) = reference.filter(|reference| !reference.is_empty()) {
        let version = version.map(|version| version.to_string()).unwrap_or_default();
        writer.put("RFF", &[&["ABE", reference, "", &version]]);
    }
}

/// Where in the message, as CUSRES says it.
struct Spot {
    tag: String,
    number: usize,
    element: u16,
    component: u16,
}

/// The message cut again, to find places in it.
struct Spots<'t> {
    segments: Segments<'t>,
    first: usize,
}

impl<'t> Spots<'t> {
    fn of(envelope: &Envelope, text: &'t str) -> Self {
        let (segments, _) = Cutting::of(envelope.marks, envelope.level).cut(text, envelope.start);
        let first = segments.list.iter().position(|segment| segment.tag == *b"UNH").unwrap_or(0);
        Self { segments, first }
    }

    /// The spot at an offset: a value there, else the segment around it.
    fn find(&self, at: u32) -> Option<Spot> {
        let place = self.segments.list.partition_point(|segment| segment.at <= at).checked_sub(1)?;
        let number = place.checked_sub(self.first)? + 1;
        let segment = self.segments.list.get(place)?;
        let value = self.segments.values(segment).iter().find(|value| value.at == at);
        let (element, component) = value.map_or((0, 0), |value| (value.element, value.component));
        Some(Spot { tag: tag_text(&segment.tag).to_owned(), number, element, component })
    }
}

fn offset(place: &Place) -> Option<u32> {
    match place {
        // Offset 0 is the query's: no value of an interchange stands there.
        Place::Field { at, .. } | Place::Source { at, .. } => Some(*at).filter(|at| *at > 0),
        Place::Located { .. } | Place::Nowhere => None,
    }
}

/// The text cut into lines of at most so many characters, at spaces where there are any.
fn wrapped(text: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while rest.chars().count() > width {
        let head = cut(rest, width);
        let end = head.rfind(' ').filter(|end| *end > 0).unwrap_or(head.len());
        let (line, after) = rest.split_at(end);
        lines.push(line.trim_end());
        rest = after.trim_start();
    }
    lines.push(rest);
    lines
}

fn cut(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// Data element 7365: awaiting.
const AWAITING: &str = "34";
/// Repetitions of SG4 in one D.96B message.
const FINDINGS_MAX: usize = 99;
/// Components of C108.
const LINES: usize = 5;
/// Free texts of SG6 in D.96B, less some for others.
const RATE_LINES_MAX: usize = 8;
/// Repetitions of CUX in SG9.
const RATES_MAX: usize = 9;
/// Free texts left in the one SG4 of a changed declaration; D.96B has 99 of them.
const CHANGES_MAX: usize = 80;
