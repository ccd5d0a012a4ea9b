//! Reading the answer to a declaration, as a broker's program does.

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

    #[test]
    fn what_is_not_ours_is_no_answer() {
        assert_eq!(Reply::read(b"<html><body>502</body></html>"), None);
        assert_eq!(Reply::read(b"{}"), None);
    }
}
