//! Reading the answer to a declaration, as a broker's program does.

use ebirlik_message::{Wire, edifact};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use serde::Serialize;
use std::borrow::Cow;

/// What a program wants of a `BirlikOnayCevabi`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Reply {
    /// The declarant's reference.
    pub(crate) reference: Option<String>,
    /// `ONAYLANDI`, `REDDEDILDI` and so on.
    pub(crate) state: String,
    /// The version that stands.
    pub(crate) version: Option<String>,
    /// The code.
    pub(crate) code: Option<String>,
    /// The fee in lira.
    pub(crate) fee: Option<String>,
    /// Balance of the debited account in lira.
    pub(crate) balance: Option<String>,
    /// Codes of notices.
    pub(crate) notices: Vec<String>,
    /// Errors.
    pub(crate) errors: Vec<Fault>,
}

/// One error as told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    /// Its code.
    pub(crate) code: String,
    /// Where.
    pub(crate) path: Option<String>,
    /// Line, from 1.
    pub(crate) line: Option<String>,
    /// Column, from 1.
    pub(crate) column: Option<String>,
    /// What is wrong, in English.
    pub(crate) message: String,
}

impl Reply {
    /// Reads an answer; `None` when it is not one of ours.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        match Wire::of(body) {
            Wire::Xml => Self::of_xml(body),
            Wire::Edifact => Self::of_edifact(body),
        }
    }

    /// Of a CUSRES, or of a CONTRL, which is one error.
    fn of_edifact(body: &[u8]) -> Option<Self> {
        let mut reply = Self::default();
        let segments = edifact::segments(body)?;
        for segment in &segments {
            let text = |element: usize, component: usize| segment.text(element, component).to_owned();
            let some =
                |element: usize, component: usize| Some(text(element, component)).filter(|text| !text.is_empty());
            match (segment.tag.as_str(), segment.text(1, 1)) {
                ("GIS", "ZZZ") => {}
                ("GIS", _) if reply.state.is_empty() => reply.state = text(1, 4),
                ("GEI", _) if reply.state.is_empty() => reply.state = text(2, 4),
                ("RFF", "ABE") => {
                    (reply.reference, reply.version) = (some(1, 2), some(1, 4));
                }
                ("MOA", "161") if reply.fee.is_none() => reply.fee = some(1, 2),
                ("MOA", "ZZZ") => reply.balance = some(1, 2),
                ("AUT", _) => reply.code = some(1, 1),
                ("ERC", code) if code.starts_with('N') => reply.notices.push(code.to_owned()),
                ("ERC", code) => reply.errors.push(Fault { code: code.to_owned(), ..Fault::default() }),
                ("FTX", "AAO") if segment.text(5, 1) == "EN" => {
                    if let Some(error) = reply.errors.last_mut() {
                        error.message = segment.element(4).join(" ");
                    }
                }
                ("UCI", _) => {
                    "REDDEDILDI".clone_into(&mut reply.state);
                    let message = format!("CONTRL code {} in {}", segment.text(5, 1), segment.text(6, 1));
                    reply.errors.push(Fault { code: "E1101".to_owned(), message, ..Fault::default() });
                }
                ("UCS", position) => {
                    if let Some(error) = reply.errors.last_mut() {
                        error.message = format!("CONTRL names segment {position}");
                    }
                }
                _ => {}
            }
        }
        (!reply.state.is_empty()).then_some(reply)
    }

    fn of_xml(body: &[u8]) -> Option<Self> {
        let mut reader = Reader::from_str(std::str::from_utf8(body).ok()?);
        let mut reply = Self::default();
        let mut path: Vec<String> = Vec::new();
        let mut language = String::new();
        let mut text = String::new();
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => {
                    language = attribute(&start, "dil").unwrap_or_default();
                    reply.open(&start);
                    path.push(name_of(&start));
                    text.clear();
                }
                Event::Empty(start) => reply.open(&start),
                Event::Text(piece) => text.push_str(&piece),
                Event::GeneralRef(reference) => text.push_str(&resolved(&reference)?),
                Event::End(_) => {
                    reply.close(&path.join("/"), &language, &text);
                    path.pop();
                    text.clear();
                }
                Event::Eof => break,
                _ => {}
            }
        }
        (!reply.state.is_empty()).then_some(reply)
    }

    fn open(&mut self, start: &BytesStart<'_>) {
        let code = || attribute(start, "kod").unwrap_or_default();
        match name_of(start).as_str() {
            "Hata" => self.errors.push(Fault {
                code: code(),
                path: attribute(start, "yol"),
                line: attribute(start, "satir"),
                column: attribute(start, "sutun"),
                message: String::new(),
            }),
            "Bildirim" => self.notices.push(code()),
            _ => {}
        }
    }

    fn close(&mut self, path: &str, language: &str, text: &str) {
        let text = text.trim().to_owned();
        match path.strip_prefix("BirlikOnayCevabi/").unwrap_or_default() {
            "Referans" => self.reference = Some(text),
            "Durum" => self.state = text,
            "Surum" => self.version = Some(text),
            "KriptoKodu" => self.code = Some(text),
            "NispiAidat/Tutar" => self.fee = Some(text),
            "Bakiye" => self.balance = Some(text),
            "Hatalar/Hata/Mesaj" if language == "en" => {
                if let Some(error) = self.errors.last_mut() {
                    error.message = text;
                }
            }
            _ => {}
        }
    }
}

fn name_of(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = start.try_get_attribute(name).ok()??;
    unescape(&attribute.value).ok().map(Cow::into_owned)
}

fn resolved(reference: &str) -> Option<String> {
    unescape(&format!("&{reference};")).ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ebirlik_domain::catalogue::Rule;
    use ebirlik_domain::decision::{Decision, Refusal};
    use ebirlik_domain::finding::Finding;

    #[test]
    fn our_own_refusal_is_read_back() {
        let finding = Finding::new(Rule::ExporterUnknown).value("<1>");
        let refusal = Refusal::of(Some("A&B".to_owned()), finding);
        let reply = Reply::read(&ebirlik_message::reply::write(&Decision::Refused(refusal), None)).unwrap();
        assert_eq!(reply.reference.as_deref(), Some("A&B"));
        assert_eq!((reply.state.as_str(), reply.errors[0].code.as_str()), ("REDDEDILDI", "E3003"));
        assert!(!reply.errors[0].message.is_empty());
    }

    /// G-91: a program reads of a CUSRES what it reads of XML.
    #[test]
    fn an_edifact_answer_is_read_back() {
        let read = |case: &str| {
            let file = format!("{}/../../fixtures/edifact/{case}/answer.edi", env!("CARGO_MANIFEST_DIR"));
            Reply::read(&std::fs::read(file).unwrap()).unwrap()
        };
        for case in ["d96b-one-item", "level-y-utf-8", "d19b-two-items-cif", "released-reference"] {
            let reply = read(case);
            assert_eq!((reply.state.as_str(), reply.version.as_deref()), ("ONAYLANDI", Some("1")), "{case}");
            assert_eq!(reply.code.map(|code| code.len()), Some(16), "{case}");
            assert!(reply.fee.is_some() && reply.balance.is_some() && reply.errors.is_empty(), "{case}");
        }
        assert_eq!(read("released-reference").reference.as_deref(), Some("A+B:1'? 7"));
        let refused = read("unknown-gtip");
        assert_eq!((refused.state.as_str(), refused.errors[0].code.as_str()), ("REDDEDILDI", "E2005"));
        let broken = read("segments-miscounted");
        assert_eq!((broken.state.as_str(), broken.errors[0].code.as_str()), ("REDDEDILDI", "E1101"));
    }

    #[test]
    fn what_is_not_ours_is_no_answer() {
        assert_eq!(Reply::read(b"<html><body>502</body></html>"), None);
        assert_eq!(Reply::read(b"{}"), None);
    }
}
