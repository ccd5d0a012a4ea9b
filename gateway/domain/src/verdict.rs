//! What customs is told about a code.

use crate::decision::ApprovalKind;
use jiff::{Timestamp, civil::Date};

/// The word of a verification. Source: contract section 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Genuine and usable.
    Valid,
    /// Genuine, bound to this same declaration's customs registration.
    ValidUsed,
    /// Genuine, but not for this reference or exporter.
    WrongDeclaration,
    /// Replaced by a correction's new code.
    Superseded,
    /// Withdrawn (Vazgeç) or cancelled (İptal).
    Cancelled,
    /// Past its term.
    Expired,
    /// The checks hold, but we never issued it.
    NotIssued,
    /// The checks fail: a typing error.
    Mistyped,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 8] = [
        Self::Valid,
        Self::ValidUsed,
        Self::WrongDeclaration,
        Self::Superseded,
        Self::Cancelled,
        Self::Expired,
        Self::NotIssued,
        Self::Mistyped,
    ];

    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::ValidUsed => "valid_used",
            Self::WrongDeclaration => "wrong_declaration",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::NotIssued => "not_issued",
            Self::Mistyped => "mistyped",
        }
    }

    /// True when goods may leave on it.
    pub fn is_valid(self) -> bool {
        matches!(self, Self::Valid | Self::ValidUsed)
    }
}

/// The answer to one verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The word.
    pub verdict: Verdict,
    /// The code as understood, bare; as typed when it could not be.
    pub code: String,
    /// The declaration's reference; only when bound.
    pub reference: Option<String>,
    /// True only when reference and exporter were both given and agree.
    pub bound: bool,
    /// About the approval; absent for codes never issued, mistyped or of another declaration.
    pub approval: Option<VerifiedApproval>,
    /// The one doubtful position, from 1, when one explains the error.
    pub typo_at: Option<u8>,
    /// The code's key is known to have leaked. The verdict stays what the register says; whoever asks should know.
    pub key_leaked: bool,
}

/// What a verification tells about an approval. No party's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedApproval {
    /// How it was paid (onay şekli).
    pub kind: ApprovalKind,
    /// When.
    pub approved_at: Timestamp,
    /// By which secretariat.
    pub secretariat: String,
    /// Union record number.
    pub record_no: String,
    /// Customs registration number, once used.
    pub registration_no: Option<String>,
    /// Last day of validity, where goods have a term.
    pub valid_until: Option<Date>,
    /// When it was withdrawn or cancelled.
    pub ended_at: Option<Timestamp>,
}
