//! What did they send, and what do we answer? Wire to domain and back, pure: no clock, no socket, no store.
//!
//! ```text
//! bytes ── read ──▶ Declaration ── (operations) ──▶ Decision ── reply::write ──▶ bytes
//! ```
//! Modules, in reading order: what a reader is given and gives ([`request`]), the XML reader ([`xml`]),
//! the EDIFACT reader and its answers ([`edifact`]), what SOAP puts around both ways ([`soap`]),
//! the elements it knows ([`schema`]), the content it makes of them ([`content`]), the places that findings
//! point at ([`source`]), and the answer ([`reply`]).

pub mod content;
pub mod edifact;
pub mod reply;
pub mod request;
pub mod schema;
pub mod soap;
pub mod source;
pub mod xml;

pub use request::{Contrl, FormError, Limits, Read, RequestFacts, Wire};
pub use source::{Located, Source};
pub use xml::read;
