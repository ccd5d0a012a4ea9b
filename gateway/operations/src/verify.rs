//! Is this code good for this declaration? What customs asks at the gate.

use crate::client::Client;
use crate::office::Office;
use crate::stored::statement;
use crypto_code::{Check, CryptoCode, KeyRing};
use ebirlik_domain::decision::Fault;
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::state::State;
use ebirlik_domain::verdict::{Verdict, Verification, VerifiedApproval};
use ebirlik_store::Wall;
use ebirlik_store::codes::IssuedCode;
use jiff::civil::Date;
use metrics::Counter;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

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
        [Ok(code)] => office.behind(Wall::Verification).nearest_code(code.as_str()).await?.into_iter().collect(),
        codes => {
            let codes: Vec<&str> = codes.iter().flatten().map(CryptoCode::as_str).collect();
            if codes.is_empty() { Vec::new() } else { office.behind(Wall::Verification).list_codes(&codes).await? }
        }
    };
    let known: HashMap<&str, &IssuedCode> = issued.iter().map(|issued| (issued.code.as_str(), issued)).collect();
    let ring = office.seal.ring();
    let answer = |(asked, parsed): (&Asked, &Result<CryptoCode, crypto_code::Mistyped>)| match parsed {
        Ok(code) => {
            // One code alone is judged by whatever was read, which may be another one's row.
            let read = known.get(code.as_str()).copied().or(issued.first());
            Verification { key_leaked: ring.is_leaked(code.generation()), ..judge(asked, *code, read, today) }
        }
        Err(mistyped) => bare(Verdict::Mistyped, asked.code.clone(), mistyped.typo_at),
    };
    Ok(asked.iter().zip(&parsed).map(answer).collect())
}

/// As [`verify`], for a client who asks from outside: the verdicts are counted, and answers to many codes that were
/// never issued wait, whether they were asked by program or at the desk.
///
/// # Errors
/// When the store does not answer.
pub async fn verify_for(office: &Office, client: &Client, asked: &[Asked]) -> Result<Vec<Verification>, Fault> {
    let verifications = verify(office, asked).await?;
    note(office, client, &verifications).await;
    Ok(verifications)
}

/// Counts verdicts that a client is about to be told, and waits where it guesses. For whoever calls [`verify`] alone.
pub async fn note(office: &Office, client: &Client, verifications: &[Verification]) {
    let mut not_issued = 0;
    for verification in verifications {
        not_issued += usize::from(verification.verdict == Verdict::NotIssued);
        let verdict = verification.verdict.as_str();
        if let Some(counted) = COUNTED.get(&verification.verdict) {
            counted.increment(1);
        }
        if verification.key_leaked {
            metrics::counter!("ebirlik_leaked_key_verifications_total", "verdict" => verdict).increment(1);
            tracing::warn!(user = client.code, verdict, "asked about a code whose key has leaked");
        }
    }
    let consequence = office.code_guesses.record(&client.code, not_issued, office.clock.now());
    if consequence.alarm {
        tracing::warn!(user = client.code, "codes that were never issued are asked for in numbers; this user was last");
    }
    consequence.bear("code").await;
}

/// The verdicts given; finding a figure by its labels takes as long as the rest of the counting.
static COUNTED: LazyLock<HashMap<Verdict, Counter>> = LazyLock::new(|| {
    let counted =
        |verdict: Verdict| (verdict, metrics::counter!("ebirlik_verifications_total", "verdict" => verdict.as_str()));
    Verdict::ALL.into_iter().map(counted).collect()
});

/// What is told of a typing error, which needs neither store nor key; `None` for a well-formed code.
pub fn mistyped(code: &str) -> Option<Verification> {
    let typo_at = CryptoCode::parse(code).err()?.typo_at;
    Some(bare(Verdict::Mistyped, code.to_owned(), typo_at))
}

/// What the key ring alone says of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recomputed {
    /// The code as understood, bare; as typed when it could not be.
    pub code: String,
    /// The word.
    pub verdict: Verdict,
    /// The key is known to have leaked: then the ring alone proves nothing, whatever the word.
    pub key_leaked: bool,
}

/// Judges codes by the declaration and the key ring alone: who made them, not what became of them since.
/// `None` when the declaration holds an amount that is no number.
pub fn recompute(ring: &KeyRing, codes: &[String], declaration: &Declaration) -> Option<Vec<Recomputed>> {
    let statement = statement(declaration).ok()?;
    let judged = |typed: &String| match CryptoCode::parse(typed) {
        Err(_) => Recomputed { code: typed.clone(), verdict: Verdict::Mistyped, key_leaked: false },
        Ok(code) => {
            let verdict = match ring.matches(&code, &statement, COLLISIONS) {
                Check::Genuine { .. } => Verdict::Valid,
                Check::NotOurs => Verdict::WrongDeclaration,
                Check::UnknownGeneration => Verdict::NotIssued,
            };
            Recomputed { code: code.as_str().to_owned(), verdict, key_leaked: ring.is_leaked(code.generation()) }
        }
    };
    Some(codes.iter().map(judged).collect())
}

/// Collision counters that are tried without the store. One in 2^65 codes ever needs the second.
const COLLISIONS: RangeInclusive<u32> = 0..=3;

fn bare(verdict: Verdict, code: String, typo_at: Option<u8>) -> Verification {
    Verification { verdict, code, reference: None, bound: false, approval: None, typo_at, key_leaked: false }
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
        key_leaked: false,
    };
    match (is_issued, agrees) {
        (true, true) => genuine,
        (true, false) => Verification { verdict: Verdict::WrongDeclaration, ..not_issued },
        (false, _) => not_issued,
    }
}

fn verdict_of(issued: &IssuedCode, today: Date) -> Verdict {
    match issued.state {
        // The end of a declaration ends all of its codes; short of that an old one was replaced.
        State::Approved | State::Registered if issued.is_superseded => Verdict::Superseded,
        State::Registered => Verdict::ValidUsed,
        State::Approved if issued.valid_until.is_some_and(|last| last < today) => Verdict::Expired,
        State::Approved => Verdict::Valid,
        State::Withdrawn | State::Cancelled => Verdict::Cancelled,
        // A code of a declaration that waits again was replaced by what made it wait.
        State::WaitingPayment | State::AtDesk => Verdict::Superseded,
    }
}
