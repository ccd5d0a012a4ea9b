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
        if self.is_hot { 0 } else { place_of_exporter(number, self.exporters.len()) }
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

/// From now on declarations have numbers beyond those of any store that lies ready: they are new there too.
pub(crate) fn number_beyond_all_stored() {
    NUMBERS.fetch_max(STORED_MAX, Ordering::Relaxed);
}

/// A broker's questions about its declarations of any year, in a scattered order.
pub(crate) struct Statuses {
    exporters: Arc<Vec<String>>,
    /// How many there are, from number 1.
    stored: u64,
    next: Cell<u64>,
    request: Vec<u8>,
    reference_at: usize,
    /// What the answers said.
    pub(crate) told: RefCell<Vec<Issued>>,
}

impl Statuses {
    pub(crate) fn new(installation: &Installation, stored: u64) -> Self {
        let (user, password) = &installation.broker;
        let request = request(&format!("GET /v1/approvals/{}", reference(0)), (user, password), "", b"");
        let reference_at = find(&request, reference(0).as_bytes()).unwrap_or_default();
        let exporters = Arc::clone(&installation.exporters);
        Self { exporters, stored, next: Cell::new(0), request, reference_at, told: RefCell::default() }
    }
}

impl Questions for Statuses {
    fn next(&self, buffer: &mut Vec<u8>) -> u64 {
        self.next.set(self.next.get() + 1);
        let number = 1 + self.next.get().wrapping_mul(LEAP) % self.stored.saturating_sub(1).max(1);
        let reference = reference(number);
        buffer.clear();
        buffer.extend_from_slice(&self.request);
        if let Some(place) = buffer.get_mut(self.reference_at..self.reference_at + reference.len()) {
            place.copy_from_slice(reference.as_bytes());
        }
        number
    }

    fn answered(&self, number: u64, status: u16, body: &[u8]) -> Outcome {
        let code = || {
            let at = find(body, b"\"code\":\"")? + b"\"code\":\"".len();
            body.get(at..at + CODE.len())?.try_into().ok()
        };
        match (status, code()) {
            (200, Some(code)) => {
                let exporter = place_of_exporter(number, self.exporters.len());
                self.told.borrow_mut().push(Issued { number, exporter, code });
                Outcome::Done
            }
            (429 | 503, _) => Outcome::Refused,
            _ => Outcome::Wrong,
        }
    }
}

/// Which exporter a declaration is of, where there are so many.
pub(crate) fn place_of_exporter(number: u64, exporters: usize) -> usize {
    usize::try_from(number * SCATTER).unwrap_or_default() % exporters
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
/// A store that lies ready has fewer.
const STORED_MAX: u64 = 1_000_000_000;
/// Neighbouring numbers go to exporters far apart.
const SCATTER: u64 = 7_919;
/// Neighbouring questions ask about years far apart: prime, and a large part of ten million.
const LEAP: u64 = 6_700_417;
/// As long as what takes their place.
const CODE: &str = "0000000000000000";
const EXPORTER: &str = "##########";
