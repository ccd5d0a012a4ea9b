//! Tests of the XML reader, by what they prove: form, shapes, findings, and properties of any input.

mod findings;
mod forms;
mod properties;
mod shapes;
mod soap;

use crate::request::{FormError, Read, RequestFacts};
use crate::xml::read;
use ebirlik_domain::finding::{Finding, Place};

/// An export declaration in the SOAP namespaces, invented, valid by customs' schema.
pub(super) const SAMPLE: &str = include_str!("sample.xml");

/// Reads a bare message, the secretariat in the query.
pub(super) fn try_read(body: impl AsRef<[u8]>) -> Result<Read, FormError> {
    read(body.as_ref(), &RequestFacts { secretariat: Some("IMMIB"), ..RequestFacts::default() })
}

#[track_caller]
pub(super) fn read_good(body: impl AsRef<[u8]>) -> Read {
    try_read(body).unwrap_or_else(|error| panic!("{:?}", error.finding()))
}

/// The sample without its XML declaration.
pub(super) fn sample_element() -> &'static str {
    SAMPLE.split_once("?>").unwrap().1.trim()
}

/// The sample in the file shape: everything in customs' second namespace.
pub(super) fn file_shape() -> String {
    let text =
        SAMPLE.replace(" xmlns=\"\"", "").replace("log:Gelen xmlns:log=\"http://LoginKontrol.KontrolGelen\"", "Gelen");
    text.replace("</log:Gelen>", "</Gelen>")
}

/// Path, line and column of a finding, as an answer shows them.
#[track_caller]
pub(super) fn place(read: &Read, finding: &Finding) -> (String, u32, u32) {
    let located = read.source.locate(&finding.place).unwrap();
    (located.path, located.line, located.column)
}

/// Code, path, line and column of a form error.
#[track_caller]
pub(super) fn form(error: &FormError) -> (&'static str, String, u32, u32) {
    match &error.finding().place {
        Place::Located { path, line, column } => (error.finding().code().as_str(), path.clone(), *line, *column),
        other => panic!("not located: {other:?}"),
    }
}
