//! What a reader is given and what it hands back, whatever the wire.

use crate::source::Source;
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::finding::Finding;
use std::fmt;

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
    /// Elements and attributes of the whole message. 9,999 items with all that customs knows have 800,000.
    pub elements: usize,
    /// Bytes of text of one element, and of one attribute value, in UTF-8.
    pub text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 32, items: 9_999, attributes: 64, elements: 1_000_000, text_bytes: 65_536 }
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

/// The message cannot be read: one finding (E1001 to E1005), its place worked out.
/// It ends the reading and comes alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormError(Box<Finding>);

impl FormError {
    /// From its finding.
    pub fn new(finding: Finding) -> Self {
        Self(Box::new(finding))
    }

    /// What is wrong, and where.
    pub fn finding(&self) -> &Finding {
        &self.0
    }

    /// The same, owned.
    pub fn into_finding(self) -> Finding {
        *self.0
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.0.code().as_str(), self.0.rule.en())
    }
}

impl std::error::Error for FormError {}
