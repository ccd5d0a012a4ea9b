//! In which SOAP is a message, and what belongs to each?
//!
//! The one operation `OnayIste` takes the wrapper and gives its answer in `OnayIsteCevabi`. Before it is known who sends
//! a message, no more of it is read than [`head`] reads; then [`crate::xml`] reads the whole, and the answer has the
//! version of its question. Source: SOAP 1.1 (W3C Note of 8 May 2000); SOAP 1.2 part 1 (second edition).

pub use crate::reply::soap::fault;
pub use crate::xml::head::{HEAD_BYTES, Head, Sender, head};

/// A version of SOAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// SOAP 1.1.
    Soap11,
    /// SOAP 1.2.
    Soap12,
}

impl Version {
    /// The version that has this media type.
    pub fn of_media(media: &str) -> Option<Self> {
        match media {
            "text/xml" => Some(Self::Soap11),
            "application/soap+xml" => Some(Self::Soap12),
            _ => None,
        }
    }

    /// Content type of its messages.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Soap11 => "text/xml; charset=utf-8",
            Self::Soap12 => "application/soap+xml; charset=utf-8",
        }
    }

    /// The namespace of its envelope.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::Soap11 => ENVELOPE_11,
            Self::Soap12 => ENVELOPE_12,
        }
    }
}

pub(crate) const ENVELOPE_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(crate) const ENVELOPE_12: &str = "http://www.w3.org/2003/05/soap-envelope";
/// Source: Web Services Security, SOAP Message Security 1.0 (OASIS, March 2004).
pub(crate) const SECURITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
