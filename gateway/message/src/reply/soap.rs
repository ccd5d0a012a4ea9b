//! How does an answer travel in SOAP? The same `BirlikOnayCevabi`, inside of `OnayIsteCevabi` or of a fault's detail.

use super::writer::{Attribute, Writer};
use super::{ONAY, XML_DECLARATION, detail, write_refusal};
use crate::soap::{SECURITY, Version};
use ebirlik_domain::catalogue::{Rule, fill};
use ebirlik_domain::decision::Refusal;
use ebirlik_domain::finding::{Finding, Place};

/// An answer in an envelope.
pub(super) fn enveloped(version: Version, answer: &[u8]) -> Vec<u8> {
    message(version, |out| out.element("OnayIsteCevabi", &[("xmlns", &ONAY)], |out| out.part(&element(answer))))
}

/// Why a request was not answered as it wished, as a fault: its HTTP status and its message.
///
/// Text and code are those of the first finding; the detail holds the whole answer.
pub fn fault(version: Version, refusal: &Refusal) -> (u16, Vec<u8>) {
    let first = refusal.findings.first();
    let reason = Reason::of(first);
    let answer = element(&write_refusal(refusal, None));
    let (tr, en) = first.map(told).unwrap_or_default();
    let of_security: [Attribute<'_>; 1] = [("xmlns:wsse", &SECURITY)];
    let namespaces = if reason.security().is_some() { of_security.as_slice() } else { &[] };
    let bytes = message(version, |out| {
        out.element("soap:Fault", &[], |out| match version {
            Version::Soap11 => {
                out.text("faultcode", namespaces, reason.code_11());
                out.text("faultstring", &[], format_args!("{tr} / {en}"));
                out.element("detail", &[], |out| out.part(&answer));
            }
            Version::Soap12 => {
                out.element("soap:Code", &[], |out| {
                    out.text("soap:Value", &[], reason.code_12());
                    if let Some(security) = reason.security() {
                        out.element("soap:Subcode", &[], |out| out.text("soap:Value", namespaces, security));
                    }
                });
                out.element("soap:Reason", &[], |out| {
                    out.text("soap:Text", &[("xml:lang", &"tr")], &tr);
                    out.text("soap:Text", &[("xml:lang", &"en")], &en);
                });
                out.element("soap:Detail", &[], |out| out.part(&answer));
            }
        });
    });
    (reason.status(version, refusal.status), bytes)
}

/// Whose fault it is, in the words of SOAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    VersionMismatch,
    MustUnderstand,
    SignIn,
    Token,
    Sender,
    Ourselves,
}

impl Reason {
    fn of(finding: Option<&Finding>) -> Self {
        match finding.map(|finding| finding.rule) {
            Some(Rule::SoapVersion) => Self::VersionMismatch,
            Some(Rule::SoapHeader) => Self::MustUnderstand,
            Some(Rule::SignIn) => Self::SignIn,
            Some(Rule::SoapToken) => Self::Token,
            Some(rule) if rule.code().as_str().starts_with("E9") => Self::Ourselves,
            Some(_) => Self::Sender,
            None => Self::Ourselves,
        }
    }

    /// SOAP 1.1 has one code, so that WS-Security's stands in place of its own.
    fn code_11(self) -> &'static str {
        match self {
            Self::VersionMismatch => "soap:VersionMismatch",
            Self::MustUnderstand => "soap:MustUnderstand",
            Self::Sender => "soap:Client",
            Self::Ourselves => "soap:Server",
            Self::SignIn | Self::Token => self.security().unwrap_or("soap:Client"),
        }
    }

    fn code_12(self) -> &'static str {
        match self {
            Self::VersionMismatch => "soap:VersionMismatch",
            Self::MustUnderstand => "soap:MustUnderstand",
            Self::Sender | Self::SignIn | Self::Token => "soap:Sender",
            Self::Ourselves => "soap:Receiver",
        }
    }

    /// The code of WS-Security. Source: SOAP Message Security 1.0, section 12.
    fn security(self) -> Option<&'static str> {
        match self {
            Self::SignIn => Some("wsse:FailedAuthentication"),
            Self::Token => Some("wsse:UnsupportedSecurityToken"),
            Self::VersionMismatch | Self::MustUnderstand | Self::Sender | Self::Ourselves => None,
        }
    }

    /// SOAP 1.1 knows 500 alone for a message that cannot be read, SOAP 1.2 says 400. All that HTTP itself has to say
    /// keeps its status. Source: SOAP 1.1, section 6.2; SOAP 1.2 part 2, section 7.5.2.2.
    fn status(self, version: Version, status: u16) -> u16 {
        match (self, version, status) {
            (Self::VersionMismatch | Self::MustUnderstand, ..) | (_, Version::Soap11, 400) => 500,
            _ => status,
        }
    }
}

fn message(version: Version, body: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::new();
    out.line(XML_DECLARATION);
    out.element("soap:Envelope", &[("xmlns:soap", &version.namespace())], |out| out.element("soap:Body", &[], body));
    out.into_text().into_bytes()
}

/// An answer without its XML declaration: byte for byte what stands behind it.
fn element(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    text.strip_prefix(XML_DECLARATION).map_or(&*text, |rest| rest.trim_start_matches('\n')).to_owned()
}

/// What is wrong and what to do, in Turkish and in English.
fn told(finding: &Finding) -> (String, String) {
    let path = match &finding.place {
        Place::Located { path, .. } | Place::Source { path, .. } => Some(path.as_str()),
        Place::Field { .. } | Place::Nowhere => None,
    };
    let (rule, value) = (finding.rule, finding.value.as_deref().unwrap_or_default());
    let filled = |text| fill(text, value, detail(finding, path));
    let place = path.map_or_else(String::new, |path| format!("{path}: "));
    let both = |text, remedy| format!("{place}{} {}", filled(text), filled(remedy));
    (both(rule.tr(), rule.remedy_tr()), both(rule.en(), rule.remedy_en()))
}
