//! Is this code good for this declaration? What customs asks at the gate.

use crate::office::Office;
use crate::stored::statement;
use crypto_code::{Check, CryptoCode, KeyRing};
use ebirlik_domain::decision::Fault;
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::state::State;
use ebirlik_domain::verdict::{Verdict, Verification, VerifiedApproval};
use ebirlik_store::declarations::IssuedCode;
use jiff::civil::Date;
use std::collections::HashMap;
use std::ops::RangeInclusive;

/// One question. Reference and exporter bind the code to a declaration; without them it speaks for itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The code as typed.
    pub code: String,
    /// The declaration's reference.
    pub reference: Option<String>,
    /// The exporter's tax number.
    pub exporter: Option<String>,
}

/// Answers questions in their order. Source: contract section 7.
///
/// # Errors
/// When the store does not answer: then nothing is said about any code.
pub async fn verify(office: &Office, asked: &[Asked]) -> Result<Vec<Verification>, Fault> {
    let today = office.clock.today();
    let parsed: Vec<_> = asked.iter().map(|asked| CryptoCode::parse(&asked.code)).collect();
    let issued = match parsed.as_slice() {
        [Ok(code)] => office.store.nearest_code(code.as_str()).await?.into_iter().collect(),
        codes => {
            let codes: Vec<&str> = codes.iter().flatten().map(CryptoCode::as_str).collect();
            if codes.is_empty() { Vec::new() } else { office.store.list_codes(&codes).await? }
        }
    };
    let known: HashMap<&str, &IssuedCode> = issued.iter().map(|issued| (issued.code.as_str(), issued)).collect();
    let answer = |(asked, parsed): (&Asked, &Result<CryptoCode, crypto_code::Mistyped>)| match parsed {
        // One code alone is judged by whatever was read, which may be another one's row.
        Ok(code) => judge(asked, *code, known.get(code.as_str()).copied().or(issued.first()), today),
        Err(mistyped) => bare(Verdict::Mistyped, asked.code.clone(), mistyped.typo_at),
    };
    Ok(asked.iter().zip(&parsed).map(answer).collect())
}

/// What is told of a typing error, which needs neither store nor key; `None` for a well-formed code.
pub fn mistyped(code: &str) -> Option<Verification> {
    let typo_at = CryptoCode::parse(code).err()?.typo_at;
    Some(bare(Verdict::Mistyped, code.to_owned(), typo_at))
}

/// Judges codes by the declaration and the key ring alone: who made them, not what became of them since.
/// `None` when the declaration holds an amount that is no number.
pub fn recompute(ring: &KeyRing, codes: &[String], declaration: &Declaration) -> Option<Vec<(String, Verdict)>> {
    let statement = statement(declaration).ok()?;
    let judged = |typed: &String| match CryptoCode::parse(typed) {
        Err(_) => (typed.clone(), Verdict::Mistyped),
        Ok(code) => {
            let verdict = match ring.matches(&code, &statement, COLLISIONS) {
                Check::Genuine { .. } => Verdict::Valid,
                Check::NotOurs => Verdict::WrongDeclaration,
                Check::UnknownGeneration => Verdict::NotIssued,
            };
            (code.as_str().to_owned(), verdict)
        }
    };
    Some(codes.iter().map(judged).collect())
}

/// Collision counters that are tried without the store. One in 2^65 codes ever needs the second.
const COLLISIONS: RangeInclusive<u32> = 0..=3;

fn bare(verdict: Verdict, code: String, typo_at: Option<u8>) -> Verification {
    Verification { verdict, code, reference: None, bound: false, approval: None, typo_at }
}

/// The same work whatever comes out of it, so that the time tells a guesser nothing: both answers are made, one is
/// given. `read` is the code's own row, or another's where the code was never issued.
fn judge(asked: &Asked, code: CryptoCode, read: Option<&IssuedCode>, today: Date) -> Verification {
    let not_issued = bare(Verdict::NotIssued, code.as_str().to_owned(), None);
    let Some(read) = read else { return not_issued };
    let given =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    let (reference, exporter) = (given(&asked.reference), given(&asked.exporter));
    let is_issued = read.code == code.as_str();
    let agrees = reference.as_ref().is_none_or(|reference| *reference == read.reference)
        & exporter.as_ref().is_none_or(|exporter| *exporter == read.exporter);
    let bound = reference.is_some() && exporter.is_some();
    let genuine = Verification {
        verdict: verdict_of(read, today),
        code: code.as_str().to_owned(),
        reference: reference.filter(|_| bound),
        bound,
        approval: Some(VerifiedApproval {
            kind: read.kind,
            approved_at: read.approved_at,
            secretariat: read.secretariat.clone(),
            record_no: read.record_no.clone(),
            registration_no: read.registration_no.clone(),
            valid_until: read.valid_until,
            ended_at: read.ended_at,
        }),
        typo_at: None,
    };
    match (is_issued, agrees) {
        (true, true) => genuine,
        (true, false) => Verification { verdict: Verdict::WrongDeclaration, ..not_issued },
        (false, _) => not_issued,
    }
}

fn verdict_of(issued: &IssuedCode, today: Date) -> Verdict {
    match issued.state {
        State::Registered => Verdict::ValidUsed,
        State::Approved if issued.valid_until.is_some_and(|last| last < today) => Verdict::Expired,
        State::Approved => Verdict::Valid,
        State::Withdrawn | State::Cancelled => Verdict::Cancelled,
        // A code of a declaration that waits again was replaced by what made it wait.
        State::WaitingPayment | State::AtDesk => Verdict::Superseded,
    }
}
