//! What do we answer? `BirlikOnayCevabi`, in UTF-8 whatever encoding came (G-27, R-5.4); to SOAP in its envelope; to
//! EDIFACT, a CUSRES.
//!
//! The form is that of the contract with customs software, two spaces a level. The answer of an approval is never
//! stored but written anew from the facts, so its bytes must stay the same for ever: whoever changes what is written
//! of an [`Approval`] raises [`RENDERER`] and keeps the old form for the old approvals.

pub(crate) mod soap;
mod writer;

#[cfg(test)]
mod tests;

use crate::edifact::cusres;
use crate::source::{Located, Source, path_of};
use ebirlik_domain::catalogue::{Rule, fill};
use ebirlik_domain::decision::{Approval, Awaits, Decision, Refusal};
use ebirlik_domain::finding::{Finding, Place};
use ebirlik_domain::price::Price;
use ebirlik_domain::time;
use sha2::{Digest as _, Sha256};
use writer::{Attribute, Writer};

/// Version of the form in which approvals are written.
pub const RENDERER: u32 = 1;

/// The answer to a declaration, in the form in which its `source` came. Without it: XML, and places without lines.
pub fn write(decision: &Decision, source: Option<&Source>) -> Vec<u8> {
    if let Some((source, envelope)) = source.and_then(|source| Some((source, source.envelope()?))) {
        return cusres::write(decision, envelope, source);
    }
    let answer = write_xml(decision, source);
    match source.and_then(Source::soap) {
        Some(version) => soap::enveloped(version, &answer),
        None => answer,
    }
}

fn write_xml(decision: &Decision, source: Option<&Source>) -> Vec<u8> {
    match decision {
        Decision::Approved(approval) => write_approval(approval),
        Decision::Pending(pending) => {
            let state = match pending.awaits {
                Awaits::Payment => "ODEME_BEKLIYOR",
                Awaits::Desk => "ONAY_MASASINDA",
            };
            let recorded = Recorded { state, reference: &pending.reference, version: pending.version };
            recorded.write(&pending.secretariat, &pending.price, &pending.notices, source)
        }
        Decision::Trial(trial) => {
            let recorded = Recorded { state: "PROVA", reference: &trial.reference, version: trial.version };
            recorded.write(&trial.secretariat, &trial.price, &trial.notices, source)
        }
        Decision::Refused(refusal) => write_refusal(refusal, source),
    }
}

/// The answer to a request that never became a declaration: one finding, about the request as a whole or with its
/// place worked out.
pub fn write_fault(finding: &Finding, reference: Option<&str>) -> Vec<u8> {
    let reference = reference.map(ToOwned::to_owned);
    write_refusal(&Refusal::of(reference, finding.clone()), None)
}

/// SHA-256 of the answer of an approval, as recorded in the commit of the approval.
pub fn digest(approval: &Approval) -> [u8; 32] {
    Sha256::digest(write_approval(approval)).into()
}

fn write_approval(approval: &Approval) -> Vec<u8> {
    answer(|out| {
        out.text("Referans", &[], &approval.reference);
        out.text("Durum", &[], "ONAYLANDI");
        out.text("Surum", &[], approval.version);
        out.text("GenelSekreterlik", &[], &approval.secretariat);
        out.text("BirlikKayitNo", &[], &approval.record_no);
        out.text("KriptoKodu", &[], &approval.code);
        out.text("OnayZamani", &[], time::printed(approval.approved_at));
        if let Some(day) = approval.valid_until {
            out.text("GecerlilikSonu", &[], day);
        }
        out.text("OnaySekli", &[], approval.kind.as_str());
        out.part(price_part(&approval.price));
        if let Some(balance) = approval.balance {
            out.text("Bakiye", &[], balance);
        }
        write_findings(out, "Bildirimler", "Bildirim", &approval.notices, None);
        write_findings(out, "Hatalar", "Hata", &[], None);
    })
}

struct Recorded<'a> {
    state: &'a str,
    reference: &'a str,
    version: u32,
}

impl Recorded<'_> {
    fn write(&self, secretariat: &str, price: &Price, notices: &[Finding], source: Option<&Source>) -> Vec<u8> {
        answer(|out| {
            out.text("Referans", &[], self.reference);
            out.text("Durum", &[], self.state);
            out.text("Surum", &[], self.version);
            out.text("GenelSekreterlik", &[], secretariat);
            out.part(price_part(price));
            write_findings(out, "Bildirimler", "Bildirim", notices, source);
            write_findings(out, "Hatalar", "Hata", &[], source);
        })
    }
}

fn write_refusal(refusal: &Refusal, source: Option<&Source>) -> Vec<u8> {
    let is_ours = |finding: &Finding| finding.code().as_str().starts_with("E9");
    let is_fault = !refusal.findings.is_empty() && refusal.findings.iter().all(is_ours);
    answer(|out| {
        if let Some(reference) = &refusal.reference {
            out.text("Referans", &[], reference);
        }
        out.text("Durum", &[], if is_fault { "GECICI_HATA" } else { "REDDEDILDI" });
        write_findings(out, "Bildirimler", "Bildirim", &refusal.notices, source);
        write_findings(out, "Hatalar", "Hata", &refusal.findings, source);
        if !refusal.changes.is_empty() {
            out.element("Degisiklikler", &[], |out| {
                for change in &refusal.changes {
                    let attributes: [Attribute<'_>; 3] =
                        [("yol", &change.path), ("eski", &change.old), ("yeni", &change.new)];
                    out.element("Degisiklik", &attributes, |_| {});
                }
            });
        }
    })
}

fn answer(inside: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::new();
    out.line(XML_DECLARATION);
    out.element("BirlikOnayCevabi", &[("xmlns", &ONAY)], inside);
    out.into_text().into_bytes()
}

/// Writes a price's part of its answer ahead, where nobody waits for it.
pub fn prepare(price: &Price) {
    price_part(price);
}

/// A price's part of an answer, in the form of [`RENDERER`].
fn price_part(price: &Price) -> &str {
    price.written.or_write(|| {
        let mut out = Writer::within_root();
        write_price(&mut out, price);
        out.into_text()
    })
}

fn write_price(out: &mut Writer, price: &Price) {
    out.element("NispiAidat", &[], |out| {
        out.text("Tutar", &[], price.fee);
        out.text("FobTL", &[], price.fob_try);
        for rate in &price.rates {
            let attributes: [Attribute<'_>; 4] =
                [("doviz", &rate.currency), ("tarih", &rate.date), ("bulten", &rate.bulletin), ("birim", &rate.unit)];
            // A rate for one unit says nothing of units.
            let shown = if rate.unit == 1 {
                attributes.split_last().map_or(&attributes[..], |(_, rest)| rest)
            } else {
                &attributes
            };
            out.text("Kur", shown, rate.buying);
        }
        for item in &price.items {
            let attributes: [Attribute<'_>; 6] = [
                ("no", &item.number),
                ("sektor", &item.sector),
                ("fob", &item.fob),
                ("doviz", &item.currency),
                ("oran", &item.rate),
                ("tutar", &item.fee),
            ];
            out.element("Kalem", &attributes, |_| {});
        }
    });
}

fn write_findings(out: &mut Writer, list: &str, name: &str, findings: &[Finding], source: Option<&Source>) {
    let places: Vec<&Place> = findings.iter().map(|finding| &finding.place).collect();
    let located = source.map_or_else(Vec::new, |source| source.locate_all(&places));
    let mut located = located.into_iter();
    out.element(list, &[], |out| {
        for finding in findings {
            let located = located.next().unwrap_or_else(|| without_source(&finding.place));
            write_finding(out, name, finding, located.as_ref());
        }
    });
}

fn write_finding(out: &mut Writer, name: &str, finding: &Finding, located: Option<&Located>) {
    let rule = finding.rule;
    let path = located.map(|located| located.path.as_str());
    let (value, detail) = (finding.value.as_deref(), detail(finding, path));
    let code = finding.code();
    let code = code.as_str();
    let mut attributes: Vec<Attribute<'_>> = vec![("kod", &code)];
    if let Some(located) = located {
        attributes.push(("yol", &located.path));
        if located.line > 0 {
            attributes.push(("satir", &located.line));
            attributes.push(("sutun", &located.column));
        }
    }
    if let Some(item) = &finding.item {
        attributes.push(("kalem", item));
    }
    let filled = |text: &str| fill(text, value.unwrap_or_default(), detail);
    out.element(name, &attributes, |out| {
        out.text("Mesaj", &[("dil", &"tr")], filled(rule.tr()));
        out.text("Mesaj", &[("dil", &"en")], filled(rule.en()));
        // The missing sum is what a program wants of this notice.
        let sum = finding.detail.as_deref().filter(|_| rule == Rule::AccountShort);
        if let Some(value) = value.or(sum) {
            out.text("Deger", &[], value);
        }
        out.text("Oneri", &[], format_args!("{} / {}", filled(rule.remedy_tr()), filled(rule.remedy_en())));
    });
}

/// What completes a finding's text: its own detail, or for what is missing its name, the end of its path.
pub fn detail<'a>(finding: &'a Finding, path: Option<&'a str>) -> &'a str {
    let missing = path.filter(|_| finding.rule == Rule::Missing).and_then(|path| path.rsplit(['/', '?']).next());
    finding.detail.as_deref().or(missing).unwrap_or_default()
}

/// A place without its message: the path, and line 0 for "not known".
fn without_source(place: &Place) -> Option<Located> {
    let unknown = |path: String| Some(Located { path, line: 0, column: 0 });
    match place {
        Place::Field { field, position, .. } => unknown(path_of(*field, *position, false)),
        Place::Source { path, .. } => unknown(path.clone()),
        Place::Located { path, line, column } => Some(Located { path: path.clone(), line: *line, column: *column }),
        Place::Nowhere => None,
    }
}

/// The union's own namespace.
const ONAY: &str = "urn:ebirlik:onay:1";
const XML_DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
