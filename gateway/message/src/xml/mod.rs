//! What does an XML message declare? (G-21)
//!
//! Bytes are decoded (`decode`), the text is proven well-formed while it is read once (`events`), and the
//! elements that the schema knows become content (`pass`). Nothing here reaches outside the message: no DTD, no
//! entity, no inclusion.

mod chars;
mod decode;
mod events;
mod flaw;
mod frame;
pub(crate) mod head;
mod namespaces;
mod pass;
mod pieces;
mod prolog;
mod reference;
mod shells;
mod tag;
pub(crate) mod value;

#[cfg(test)]
mod tests;

use crate::request::{FormError, Read, RequestFacts};
use crate::source::{Source, Walk, to_offset};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::finding::{Finding, Place};
use pass::{Pass, Stop};
use std::borrow::Cow;

/// Reads an XML message: the wrapper, customs' message bare or in SOAP, with any prefixes and in any order.
///
/// ```
/// use ebirlik_message::{RequestFacts, xml};
/// let body = b"<BirlikOnayTalebi xmlns='urn:ebirlik:onay:1'><GenelSekreterlik>IMMIB</GenelSekreterlik>\
///     <Gelen><BeyannameBilgi><Rejim>1000</Rejim></BeyannameBilgi></Gelen></BirlikOnayTalebi>";
/// let declaration = xml::read(body, &RequestFacts::default()).unwrap().declaration;
/// assert_eq!(declaration.secretariat.text(), Some("IMMIB"));
/// assert_eq!(declaration.regime.text(), Some("1000"));
/// ```
///
/// A body that is handed over is not held twice; of one that is lent, a copy is kept. Where the request says so, the
/// wrapper in an envelope of SOAP 1.1 or 1.2 is read, and nothing else.
///
/// # Errors
/// E1001 not well-formed, E1002 DTD, entity or the like, E1003 over a limit, E1004 encoding, E1005 another message;
/// the first of them in the order of the document, except that E1005 is said only of a document without the others.
pub fn read<'b>(body: impl Into<Cow<'b, [u8]>>, request: &RequestFacts<'_>) -> Result<Read, FormError> {
    let bytes_max = request.limits.decoded_bytes;
    let text = decode::decode(body.into(), request.charset, bytes_max).map_err(|undecodable| {
        if undecodable.rule == Rule::BodyTooLarge {
            return FormError::too_large(bytes_max);
        }
        let at = undecodable.before.len();
        let path = Pass::over(&undecodable.before, request).run().err().map_or_else(root_path, |stop| stop.path);
        form_error(&undecodable.before, Stop { rule: undecodable.rule, detail: String::new(), at, path })
    })?;
    let pass = Pass::over(&text, request);
    let read = pass.run().map_err(|stop| form_error(&text, stop))?;
    let source = Source::new(text.into_owned(), read.is_bare).enveloped(read.version);
    Ok(Read { declaration: read.declaration, source })
}

fn form_error(text: &str, stop: Stop) -> FormError {
    let (line, column) = Walk::over(text).to(to_offset(stop.at));
    let mut finding = Finding::new(stop.rule).at(Place::Located { path: stop.path, line, column });
    if !stop.detail.is_empty() {
        finding = finding.detail(stop.detail);
    }
    FormError::new(finding)
}

fn root_path() -> String {
    "/".to_owned()
}
