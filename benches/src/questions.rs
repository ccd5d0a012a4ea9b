//! What is asked in a run? Declarations that nobody sent before, codes that were issued, or one request again and again.

use crate::installation::Installation;
use crate::load::{Outcome, Questions};
use crate::message::{Pool, Size, reference};
use crate::wire::{element, find, request};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// An approval that was acknowledged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Issued {
    /// Of the declaration; its reference follows from it.
    pub(crate) number: u64,
    /// Place of the exporter among all.
    pub(crate) exporter: usize,
    pub(crate) code: [u8; 16],
}

/// Declarations, each new.
pub(crate) struct Submissions {
    pool: Pool,
    exporters: Arc<Vec<String>>,
    is_hot: bool,
    /// What was acknowledged.
    pub(crate) issued: RefCell<Vec<Issued>>,
}

impl Submissions {
    pub(crate) fn new(installation: &Installation, size: Size, is_hot: bool) -> Self {
        let (user, password) = &installation.broker;
        let exporters = Arc::clone(&installation.exporters);
        Self { pool: Pool::new(size, (user, password)), exporters, is_hot, issued: RefCell::default() }
    }

    fn exporter(&self, number: u64) -> usize {
        if self.is_hot { 0 } else { usize::try_from(number * SCATTER).unwrap_or_default() % self.exporters.len() }
    }
}

impl Questions for Submissions {
    fn next(&self, buffer: &mut Vec<u8>) -> u64 {
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let exporter = self.exporters.get(self.exporter(number)).map(String::as_str).unwrap_or_default();
        self.pool.write(number, exporter, buffer);
        number
    }

    fn answered(&self, number: u64, status: u16, body: &[u8]) -> Outcome {
        match status {
            200 => match element(body, b"<KriptoKodu>").and_then(|code| code.try_into().ok()) {
                Some(code) => {
                    self.issued.borrow_mut().push(Issued { number, exporter: self.exporter(number), code });
                    Outcome::Done
                }
                None => Outcome::Wrong,
            },
            429 | 503 => Outcome::Refused,
            _ => Outcome::Wrong,
        }
    }
}

/// Questions of customs about codes that were issued.
pub(crate) struct Verifications {
    exporters: Arc<Vec<String>>,
    issued: Vec<Issued>,
    next: Cell<usize>,
    request: Vec<u8>,
    code_at: usize,
    reference_at: usize,
    exporter_at: usize,
}

impl Verifications {
    /// About these, in a scattered order.
    pub(crate) fn new(installation: &Installation, issued: &[Issued]) -> Self {
        let (user, password) = &installation.customs;
        let line = format!("GET /v1/codes/{CODE}?ref={}&exporter={EXPORTER}", reference(0));
        let request = request(&line, (user, password), "", b"");
        let place = |wanted: &str| find(&request, wanted.as_bytes()).unwrap_or_default();
        Self {
            exporters: Arc::clone(&installation.exporters),
            issued: issued.to_vec(),
            next: Cell::new(0),
            code_at: place(CODE),
            reference_at: place(&reference(0)),
            exporter_at: place(EXPORTER),
            request,
        }
    }
}

impl Questions for Verifications {
    fn next(&self, buffer: &mut Vec<u8>) -> u64 {
        let next = self.next.get() + 1;
        self.next.set(next);
        buffer.clear();
        buffer.extend_from_slice(&self.request);
        if let Some(issued) = self.issued.get(next.wrapping_mul(7_919) % self.issued.len().max(1)) {
            let exporter = self.exporters.get(issued.exporter).map(String::as_str).unwrap_or_default();
            let reference = reference(issued.number);
            for (at, text) in [
                (self.code_at, issued.code.as_slice()),
                (self.reference_at, reference.as_bytes()),
                (self.exporter_at, exporter.as_bytes()),
            ] {
                if let Some(place) = buffer.get_mut(at..at + text.len()) {
                    place.copy_from_slice(text);
                }
            }
        }
        0
    }

    fn answered(&self, _: u64, status: u16, body: &[u8]) -> Outcome {
        match status {
            200 if find(body, b"\"verdict\":\"valid\"").is_some() && find(body, b"\"bound\":true").is_some() => {
                Outcome::Done
            }
            429 | 503 => Outcome::Refused,
            _ => Outcome::Wrong,
        }
    }
}

/// The same bytes each time.
pub(crate) struct Same(pub(crate) Vec<u8>);

impl Questions for Same {
    fn next(&self, buffer: &mut Vec<u8>) -> u64 {
        buffer.clear();
        buffer.extend_from_slice(&self.0);
        0
    }

    fn answered(&self, _: u64, status: u16, _: &[u8]) -> Outcome {
        if status == 200 { Outcome::Done } else { Outcome::Wrong }
    }
}

/// No two declarations of a run have the same number, whichever server they go to.
static NUMBERS: AtomicU64 = AtomicU64::new(1);
/// Neighbouring numbers go to exporters far apart.
const SCATTER: u64 = 7_919;
/// As long as what takes their place.
const CODE: &str = "0000000000000000";
const EXPORTER: &str = "##########";
