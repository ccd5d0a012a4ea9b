//! What can be answered to a declaration.
//!
//! A refusal is a value here; what broke on our side is a [`Fault`] and never dressed as a refusal.

use crate::catalogue::Rule;
use crate::finding::{Finding, status_of};
use crate::money::Money;
use crate::price::Price;
use jiff::{Timestamp, civil::Date};
use std::fmt;
use std::sync::Arc;

/// The answer to one submitted declaration.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// `ONAYLANDI`: paid or free of fee, the code is issued.
    Approved(Arc<Approval>),
    /// `ODEME_BEKLIYOR` or `ONAY_MASASINDA`: recorded and priced, no code yet.
    Pending(Pending),
    /// `PROVA`: what would have happened; nothing is recorded.
    Trial(Trial),
    /// `REDDEDILDI`: nothing recorded, every error listed.
    Refused(Refusal),
}

/// What the answer of an approved declaration is made of. Stored in the commit of the approval;
/// rendering it again gives the same bytes for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The declarant's reference.
    pub reference: String,
    /// Which version of the declaration was approved, from 1.
    pub version: u32,
    /// The general secretariat that approved.
    pub secretariat: String,
    /// Union record number, such as `26IMMIB000000042`: unique and rising per secretariat and year.
    pub record_no: String,
    /// The 16 characters, bare.
    pub code: String,
    /// The instant of approval, to the millisecond.
    pub approved_at: Timestamp,
    /// Last day on which customs takes the code; only where goods have a term.
    pub valid_until: Option<Date>,
    /// How it was paid.
    pub kind: ApprovalKind,
    /// The fee and what it was computed from.
    pub price: Arc<Price>,
    /// Balance of the debited account after the debit; absent where no account was debited.
    pub balance: Option<Money>,
    /// Notices given with the answer, places worked out.
    pub notices: Vec<Finding>,
}

/// Kind of approval (onay şekli), as customs sees it (G-32).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApprovalKind {
    /// Debited from a prepaid current account.
    CurrentAccount,
    /// Paid by card.
    Card,
    /// Paid in cash at an office.
    Cash,
    /// Approved on paper.
    Paper,
    /// Free of fee.
    Free,
}

impl ApprovalKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::CurrentAccount, Self::Card, Self::Cash, Self::Paper, Self::Free];

    /// The wire's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CurrentAccount => "CARI_HESAP",
            Self::Card => "KREDI_KARTI",
            Self::Cash => "NAKIT",
            Self::Paper => "KAGIT",
            Self::Free => "UCRETSIZ",
        }
    }

    /// From the wire's word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A declaration that is recorded and priced and waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The declarant's reference.
    pub reference: String,
    /// The version that stands now, from 1.
    pub version: u32,
    /// The general secretariat chosen.
    pub secretariat: String,
    /// What it waits for.
    pub awaits: Awaits,
    /// Today's price; it is computed anew when paid.
    pub price: Arc<Price>,
    /// Why it waits, and what else the sender should know.
    pub notices: Vec<Finding>,
}

/// What a recorded declaration waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaits {
    /// Its payment.
    Payment,
    /// A person at the secretariat (watched goods, R-4.4).
    Desk,
}

/// A dry run: the same checks and price, nothing recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The declarant's reference.
    pub reference: String,
    /// The version that a real submission would get.
    pub version: u32,
    /// The general secretariat chosen.
    pub secretariat: String,
    /// The price of today.
    pub price: Price,
    /// What would have been noticed.
    pub notices: Vec<Finding>,
}

/// Nothing is recorded; here is everything that must change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The declarant's reference, where it could be read.
    pub reference: Option<String>,
    /// HTTP status.
    pub status: u16,
    /// Every error, in the order of the message.
    pub findings: Vec<Finding>,
    /// For a declaration changed after approval: what differs from the approved one.
    pub changes: Vec<Change>,
    /// What the sender should know beside the errors.
    pub notices: Vec<Finding>,
}

impl Refusal {
    /// For findings of content, authority and price.
    pub fn of_findings(reference: Option<String>, findings: Vec<Finding>) -> Self {
        Self { reference, status: status_of(&findings), findings, changes: Vec::new(), notices: Vec::new() }
    }

    /// For one finding, with the status of its code.
    pub fn of(reference: Option<String>, finding: Finding) -> Self {
        let status = finding.code().status();
        Self { reference, status, findings: vec![finding], changes: Vec::new(), notices: Vec::new() }
    }
}

/// One difference between two versions of a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Path in the message's terms, items named by their own number.
    pub path: String,
    /// The value before; absent is empty.
    pub old: String,
    /// The value now; absent is empty.
    pub new: String,
}

/// What keeps us from answering now. Nothing is lost: send the same bytes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A queue is full.
    Busy,
    /// The store or another part of ours is out of reach.
    Unavailable,
    /// No exchange-rate bulletin of the last ten days.
    NoBulletin,
}

impl Fault {
    /// The rule of the catalogue that says so.
    pub fn rule(self) -> Rule {
        match self {
            Self::Busy => Rule::Busy,
            Self::Unavailable => Rule::Unavailable,
            Self::NoBulletin => Rule::NoBulletin,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.rule().en())
    }
}

impl std::error::Error for Fault {}
