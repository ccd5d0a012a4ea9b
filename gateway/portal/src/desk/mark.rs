//! The line under a printed list: when it was checked, by whom, how many of each, what its rows hash to, and our mark.
//! `docs/desk-lists.md` publishes it.

use super::list::Row;
use super::verdict::Look;
use crate::session::hex;
use ebirlik_operations::Office;
use ebirlik_operations::marks::{marked, unmarked};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ListMark {
    pub(crate) at: Timestamp,
    pub(crate) officer: String,
    /// Compared, valid, not valid, not to be told, repeated, all.
    pub(crate) totals: [usize; 6],
    pub(crate) digest: String,
}

impl ListMark {
    /// Of these rows, in the order of their places.
    pub(super) fn of(at: Timestamp, officer: &str, totals: [usize; 6], rows: &[Row]) -> Self {
        let mut digest = Sha256::new();
        for row in rows {
            let sign = match row.answer.look {
                Look::Sure | Look::Valid => '+',
                Look::Invalid => '-',
                Look::Unsure => '?',
            };
            digest.update(format!("{} {} {sign}\n", row.place, row.code));
        }
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        let digest = hex(&digest.finalize()).chars().take(DIGEST_DIGITS).collect();
        Self { at, officer: officer.to_owned(), totals, digest }
    }

    /// As it is printed.
    pub(super) fn line(&self, office: &Office) -> String {
        let totals = self.totals.map(|total| total.to_string()).join("/");
        marked(office, &format!("{} {} {totals} {}", self.at, self.officer, self.digest))
    }

    /// From a line that we printed; nothing from any other.
    pub(crate) fn parse(office: &Office, typed: &str) -> Option<Self> {
        let line = unmarked(office, typed)?;
        let mut words = line.split(' ');
        let (at, officer, totals, digest) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let totals: Vec<usize> = totals.split('/').map(str::parse).collect::<Result<_, _>>().ok()?;
        let totals = totals.try_into().ok()?;
        Some(Self { at: at.parse().ok()?, officer: officer.to_owned(), totals, digest: digest.to_owned() })
    }
}

const DIGEST_DIGITS: usize = 16;
