//! How much does a server take of everything? The limits that an installation may set, under `[limits]`.

use crate::http::http2::Http2;
use ebirlik_store::writer::BATCH_MAX;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How much of everything is taken. The defaults hold a whole country's traffic on one machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Connections at a time; each costs a descriptor and some 10 to 80 KB.
    pub(crate) connections: usize,
    /// Requests a second of one user.
    pub(crate) requests_per_second_user: u32,
    /// Requests a second of one address (IPv6: one /64).
    pub(crate) requests_per_second_address: u32,
    /// Verifications a second of one user, counted apart from everything else.
    pub(crate) verifications_per_second_user: u32,
    /// Verifications a second of one address.
    pub(crate) verifications_per_second_address: u32,
    /// Approvals that may wait for the writer; beyond that we say so at once.
    pub(crate) queue: usize,
    /// Approvals that share one transaction, 1 to 512. One shows what sharing is worth; nobody gains by it.
    pub(crate) batch: usize,
    /// Declarations worked on at a time, from their whole body to their answer, and as many that may wait for it. Four
    /// batches of the writer: one is being committed, one gathers, two are being read; more would only wait longer.
    pub(crate) submissions: usize,
    /// Verifications worked on at a time, and as many that may wait: what its connections to the store serve in a few
    /// milliseconds.
    pub(crate) verifications: usize,
    /// Inquiries of firms' programs (status, accounts, feeds) worked on at a time, and as many that may wait.
    pub(crate) inquiries: usize,
    /// Pages worked on at a time, and as many that may wait.
    pub(crate) pages: usize,
    /// How long a request may wait for one of these places before it is told to come again; people wait a second.
    pub(crate) wait_ms: u64,
    /// A declaration's body, packed and unpacked. The largest possible message has about 20 MB.
    pub(crate) body_bytes_max: usize,
    /// A list of codes to verify; 5,000 entries with both parties have about 600 KB.
    pub(crate) list_bytes_max: usize,
    /// Bodies of all requests under way, together: two of the largest, or five hundred of 128 KiB. Large ones are read
    /// one after the other; who comes beyond is told to come again. As much again for those whom only their SOAP message
    /// names.
    pub(crate) bodies_in_flight_bytes_max: usize,
    /// Until the whole header of a request is there.
    pub(crate) header_timeout_ms: u64,
    /// Until the whole body of a request is there.
    pub(crate) body_timeout_ms: u64,
    /// Between two pieces of a body.
    pub(crate) body_pause_timeout_ms: u64,
    /// How long a connection may rest between two requests.
    pub(crate) idle_timeout_ms: u64,
    /// How long a stopping server finishes what it has accepted.
    pub(crate) shutdown_timeout_ms: u64,
    /// Elements inside each other.
    pub(crate) depth: usize,
    /// Items of a declaration.
    pub(crate) items: usize,
    /// Attributes of one element.
    pub(crate) attributes: usize,
    /// Elements, attributes, references, comments and CDATA sections of the whole message.
    pub(crate) elements: usize,
    /// Bytes of one text or attribute value.
    pub(crate) text_bytes: usize,
    /// One HTTP/2 connection.
    pub(crate) http2: Http2,
}

impl Default for Limits {
    fn default() -> Self {
        let message = ebirlik_message::Limits::default();
        Self {
            connections: 6_144,
            requests_per_second_user: 1_000,
            requests_per_second_address: 1_000,
            verifications_per_second_user: 1_000,
            verifications_per_second_address: 1_000,
            queue: 2_048,
            batch: BATCH_MAX,
            submissions: 1_024,
            verifications: 256,
            inquiries: 256,
            pages: 256,
            wait_ms: 25,
            body_bytes_max: 32 * MIB,
            list_bytes_max: 4 * MIB,
            bodies_in_flight_bytes_max: 64 * MIB,
            header_timeout_ms: 10_000,
            body_timeout_ms: 30_000,
            body_pause_timeout_ms: 10_000,
            idle_timeout_ms: 60_000,
            shutdown_timeout_ms: 30_000,
            depth: message.depth,
            items: message.items,
            attributes: message.attributes,
            elements: message.elements,
            text_bytes: message.text_bytes,
            http2: Http2::default(),
        }
    }
}

impl Limits {
    /// What the message reader keeps to.
    pub(crate) fn message(&self) -> ebirlik_message::Limits {
        let Self { depth, items, attributes, elements, text_bytes, body_bytes_max, .. } = *self;
        let decoded_bytes = body_bytes_max.saturating_add(body_bytes_max / 2);
        ebirlik_message::Limits { depth, items, attributes, elements, text_bytes, decoded_bytes }
    }

    /// How long a stopping server finishes what it has accepted.
    pub(crate) fn shutdown_timeout(&self) -> Duration {
        Duration::from_millis(self.shutdown_timeout_ms)
    }

    /// The first limit with which a server would do harm, or nothing: its name, its value, and why.
    pub(super) fn unsafe_setting(&self) -> Option<(&'static str, String, &'static str)> {
        let zero = self.never_zero().into_iter().chain(self.http2.never_zero()).find(|(_, value)| *value == 0);
        if let Some((setting, value)) = zero {
            return Some((setting, value.to_string(), ZERO));
        }
        if let Some((setting, value)) = self.http2.too_large() {
            return Some((setting, value.to_string(), WINDOW));
        }
        if self.batch > BATCH_CEILING {
            return Some(("limits.batch", self.batch.to_string(), BATCH));
        }
        if self.body_bytes_max > BODY_BYTES_CEILING {
            return Some(("limits.body_bytes_max", self.body_bytes_max.to_string(), BODY_CEILING));
        }
        if self.bodies_in_flight_bytes_max < self.body_bytes_max {
            return Some(("limits.bodies_in_flight_bytes_max", self.bodies_in_flight_bytes_max.to_string(), BODIES));
        }
        None
    }

    fn never_zero(&self) -> [(&'static str, u64); 25] {
        let of = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        [
            ("limits.connections", of(self.connections)),
            ("limits.requests_per_second_user", self.requests_per_second_user.into()),
            ("limits.requests_per_second_address", self.requests_per_second_address.into()),
            ("limits.verifications_per_second_user", self.verifications_per_second_user.into()),
            ("limits.verifications_per_second_address", self.verifications_per_second_address.into()),
            ("limits.queue", of(self.queue)),
            ("limits.batch", of(self.batch)),
            ("limits.submissions", of(self.submissions)),
            ("limits.verifications", of(self.verifications)),
            ("limits.inquiries", of(self.inquiries)),
            ("limits.pages", of(self.pages)),
            ("limits.wait_ms", self.wait_ms),
            ("limits.body_bytes_max", of(self.body_bytes_max)),
            ("limits.list_bytes_max", of(self.list_bytes_max)),
            ("limits.bodies_in_flight_bytes_max", of(self.bodies_in_flight_bytes_max)),
            ("limits.header_timeout_ms", self.header_timeout_ms),
            ("limits.body_timeout_ms", self.body_timeout_ms),
            ("limits.body_pause_timeout_ms", self.body_pause_timeout_ms),
            ("limits.idle_timeout_ms", self.idle_timeout_ms),
            ("limits.shutdown_timeout_ms", self.shutdown_timeout_ms),
            ("limits.depth", of(self.depth)),
            ("limits.items", of(self.items)),
            ("limits.attributes", of(self.attributes)),
            ("limits.elements", of(self.elements)),
            ("limits.text_bytes", of(self.text_bytes)),
        ]
    }
}

const MIB: usize = 1 << 20;
/// Offsets in a message are 32 bits wide.
const BODY_BYTES_CEILING: usize = 1 << 30;
/// A batch of this size shares its commit so well that a larger one gains nothing and keeps others waiting.
const BATCH_CEILING: usize = 512;

const ZERO: &str = "with zero nothing would ever be answered; give a positive number, or leave it out for the default";
const WINDOW: &str = "HTTP/2 knows windows up to 2147483647 bytes; give less";
const BATCH: &str = "more in one transaction gains nothing and keeps others waiting; give at most 512";
const BODY_CEILING: &str = "places in a message are counted up to 1 GiB; give less";
const BODIES: &str = "must be at least limits.body_bytes_max, or the largest message could never be read";
