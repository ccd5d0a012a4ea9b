//! What a reader is given and what it hands back, whatever the wire.

use crate::source::Source;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::finding::Finding;
use jiff::Timestamp;
use std::borrow::Cow;
use std::fmt;

/// In which of the two forms a message is written, and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Customs' XML, wrapped or bare.
    Xml,
    /// An EDIFACT interchange.
    Edifact,
}

impl Wire {
    /// What a body looks like: an interchange begins with `UNA` or `UNB`, anything else is taken for XML.
    pub fn of(body: &[u8]) -> Self {
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
        if body.starts_with(b"UNA") || body.starts_with(b"UNB") { Self::Edifact } else { Self::Xml }
    }

    /// Content type of messages and answers.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Xml => "application/xml; charset=utf-8",
            Self::Edifact => "application/EDIFACT",
        }
    }

    /// Reads a message of this form.
    ///
    /// # Errors
    /// As [`crate::xml::read`] and [`crate::edifact::read`].
    pub fn read<'b>(self, body: impl Into<Cow<'b, [u8]>>, request: &RequestFacts<'_>) -> Result<Read, FormError> {
        match self {
            Self::Xml => crate::xml::read(body, request),
            Self::Edifact => crate::edifact::read(body, request),
        }
    }
}

/// What the request says beside its body.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestFacts<'a> {
    /// `charset` of the Content-Type header.
    pub charset: Option<&'a str>,
    /// Query parameter `secretariat`; counts for bare messages only.
    pub secretariat: Option<&'a str>,
    /// Query parameter `payment`; counts for bare messages only.
    pub payment: Option<&'a str>,
    /// How much of everything is taken.
    pub limits: Limits,
    /// When the request came; EDIFACT answers say it.
    pub received_at: Timestamp,
    /// The message is the wrapper in an envelope of SOAP, and nothing else is.
    pub is_enveloped: bool,
}

/// How much of everything a message may hold. Body size and unpacking are the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Elements inside each other, the root counted. A SOAP message inside the wrapper needs 11.
    pub depth: usize,
    /// Items (`kalem`). The largest real declarations have some hundreds.
    pub items: usize,
    /// Attributes of one element, namespace declarations counted.
    pub attributes: usize,
    /// Elements, attributes, references, comments and CDATA sections of the whole message. 9,999 items with all that customs knows have 800,000.
    pub elements: usize,
    /// Bytes of text of one element, and of one attribute value, in UTF-8.
    pub text_bytes: usize,
    /// Bytes of the body and of the text that it becomes, together, where it is not UTF-8: both lie in memory for a
    /// moment. Half as much again as the largest body is enough for every UTF-16 of ASCII.
    pub decoded_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 32,
            items: 9_999,
            attributes: 64,
            elements: 1_000_000,
            text_bytes: 65_536,
            decoded_bytes: 48 << 20,
        }
    }
}

/// A message as read: what it declares, and the source that findings point into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The declaration, not judged yet.
    pub declaration: Declaration,
    /// Works out paths, lines and columns.
    pub source: Source,
}

/// The message cannot be read: the finding that ended the reading, its place worked out. It comes alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormError(Box<Ended>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Ended {
    finding: Finding,
    contrl: Option<Contrl>,
}

/// The answer to an interchange that breaks the syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contrl {
    /// Everything that was found, places worked out; at least one.
    pub findings: Vec<Finding>,
    /// The interchange that says so.
    pub bytes: Vec<u8>,
}

impl FormError {
    /// From its finding.
    pub fn new(finding: Finding) -> Self {
        Self(Box::new(Ended { finding, contrl: None }))
    }

    /// The same, with the CONTRL that says everything that was found.
    #[must_use]
    pub(crate) fn answered(mut self, contrl: Contrl) -> Self {
        self.0.contrl = Some(contrl);
        self
    }

    /// A body whose text would take too much.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(Finding::new(Rule::BodyTooLarge).detail(limit.to_string()))
    }

    /// What is wrong, and where.
    pub fn finding(&self) -> &Finding {
        &self.0.finding
    }

    /// The same, owned, and the answer where the message was EDIFACT.
    pub fn into_parts(self) -> (Finding, Option<Contrl>) {
        let Ended { finding, contrl } = *self.0;
        (finding, contrl)
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.finding().code().as_str(), self.finding().rule.en())
    }
}

impl std::error::Error for FormError {}
