//! The declarations that the demo sends, and what must come back. Made from `fixtures/bilge` and `fixtures/edifact` when the program is built.

/// One case: a story told in one or more requests, sent one after the other.
#[derive(Debug, Clone, Copy)]
pub struct DemoCase {
    /// Name of its folder.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub shows: &'static str,
    /// Its requests.
    pub steps: &'static [DemoStep],
}

/// One request and what its answer must say.
#[derive(Debug, Clone, Copy)]
pub struct DemoStep {
    /// Who sends it.
    pub user: &'static str,
    /// What follows the `?` of the address; may be empty.
    pub query: &'static str,
    /// The request's content type.
    pub content_type: &'static str,
    /// The request, byte for byte.
    pub request: &'static [u8],
    /// HTTP status of the answer.
    pub status: u16,
    /// `Durum` of the answer.
    pub durum: &'static str,
    /// `Surum` of the answer, where the case is about it.
    pub surum: Option<u32>,
    /// Codes of its errors, or of its notices where the declaration is taken.
    pub codes: &'static [&'static str],
    /// The fee, computed apart from this program.
    pub fee: Option<&'static str>,
    /// The earlier step, from 0, whose answer must come again byte for byte.
    pub same_answer_as: Option<usize>,
}

/// Every case that is marked for the demo, by name. They give the same result on any day and in any order.
pub fn cases() -> &'static [DemoCase] {
    CASES
}

static CASES: &[DemoCase] = include!(concat!(env!("OUT_DIR"), "/cases.rs"));
