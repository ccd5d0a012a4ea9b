//! What the officer is told: each verdict's word, colour and shape, its sentence, what to do next, and the facts.
//!
//! Three looks only. Green is for "valid", and full green for a code that was compared with its declaration; red is
//! for a code that must not be used; grey is for all that we cannot tell, and never means "not valid".

use super::Filled;
use super::typed::{self, Letter};
use crate::text::{Texts, day, fill, time};
use crypto_code::{CryptoCode, Mistyped, MistypedKind};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::ApprovalKind;
use ebirlik_domain::verdict::{Verdict, Verification, VerifiedApproval};

/// Colour and shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Full green, a tick in a circle: valid and compared.
    Sure,
    /// Light green, a tick in a circle: valid, something is left to compare.
    Valid,
    /// Red, a cross in an octagon.
    Invalid,
    /// Grey and dashed, a question mark.
    Unsure,
}

impl Look {
    /// The shape within a line of text.
    pub(crate) fn sign(self) -> char {
        match self {
            Self::Sure | Self::Valid => '✓',
            Self::Invalid => '✕',
            Self::Unsure => '?',
        }
    }

    /// Class of the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Sure => "good sure",
            Self::Valid => "good",
            Self::Invalid => "bad",
            Self::Unsure => "unsure",
        }
    }
}

/// Who asks, when, in which language.
#[derive(Clone)]
pub(crate) struct Asking {
    pub(crate) text: &'static Texts,
    pub(crate) officer: String,
    pub(crate) at: String,
}

/// One verdict, ready to be shown.
pub(crate) struct Answer {
    pub(crate) text: &'static Texts,
    pub(crate) look: Look,
    pub(crate) word: &'static str,
    pub(crate) tag: Option<&'static str>,
    pub(crate) sentence: String,
    /// What to do next.
    pub(crate) advice: &'static str,
    /// As typed, where that has to be looked at again.
    pub(crate) letters: Vec<Vec<Letter>>,
    pub(crate) link: Option<Link>,
    pub(crate) facts: Vec<Fact>,
    /// In fours; empty where there is none.
    pub(crate) code: String,
    pub(crate) asked_at: String,
    pub(crate) asked_by: String,
    /// The fields keep what was typed: it has to be corrected, or asked again.
    pub(crate) keep: bool,
    /// The field to go on in.
    pub(crate) focus: &'static str,
    /// The officer decides for itself: the register cannot be asked.
    pub(crate) decides: bool,
}

/// A way on.
pub(crate) struct Link {
    pub(crate) href: String,
    pub(crate) label: &'static str,
}

/// A line under the verdict.
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) value: String,
    pub(crate) is_code: bool,
    /// A Turkish name, also on an English page.
    pub(crate) is_turkish: bool,
}

impl Answer {
    /// What the register says. `name` gives a secretariat's name.
    pub(crate) fn of(
        asking: &Asking,
        filled: &Filled,
        verification: &Verification,
        name: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let text = asking.text;
        let (look, sentence, advice) = in_words(text, verification, filled);
        let link = |label| Some(Link { href: filled.address_to_correct(), label });
        let valid_alone = verification.verdict.is_valid() && !verification.bound;
        Self {
            look,
            word: if verification.verdict.is_valid() { text.word_valid } else { text.word_invalid },
            tag: match verification.verdict {
                Verdict::ValidUsed => Some(text.tag_used),
                Verdict::Valid if !verification.bound => Some(text.tag_not_compared),
                _ => None,
            },
            link: match verification.verdict {
                Verdict::WrongDeclaration => link(text.fix_entries),
                _ if valid_alone => link(text.enter_declaration),
                _ => None,
            },
            facts: facts(text, filled, verification, name),
            code: printed(&verification.code),
            ..Self::bare(asking, sentence.to_owned(), advice)
        }
    }

    /// The code was not typed right. That says nothing about the code on the paper.
    pub(crate) fn mistyped(asking: &Asking, filled: &Filled, mistyped: Mistyped) -> Self {
        let text = asking.text;
        let sentence = match (mistyped.typo_at, mistyped.kind) {
            (Some(place), _) => fill(text.mistyped_at, "n", place),
            (None, MistypedKind::Length { found }) => fill(text.mistyped_length, "n", found),
            (None, MistypedKind::Letter { found }) => fill(text.mistyped_letter, "letter", found),
            (None, MistypedKind::Checks) => text.mistyped_checks.to_owned(),
        };
        Self {
            word: text.word_mistyped,
            letters: typed::groups(&filled.code, mistyped.typo_at),
            keep: true,
            ..Self::bare(asking, sentence, text.mistyped_do)
        }
    }

    /// The same for the script to fill in.
    pub(crate) fn mistyped_blank(asking: &Asking) -> Self {
        let blank = vec![vec![Letter { shown: ' ', doubtful: false }]];
        let text = asking.text;
        let bare = Self::bare(asking, text.mistyped_checks.to_owned(), text.mistyped_do);
        Self { word: text.word_mistyped, letters: blank, keep: true, ..bare }
    }

    /// The exporter's number was not typed right: the code would be refused for a typing error.
    pub(crate) fn doubtful_exporter(asking: &Asking, filled: &Filled, rule: Rule) -> Self {
        let text = asking.text;
        let sentence = if rule == Rule::CheckDigit { text.tax_number_digit } else { text.tax_number_form };
        let exporter = Fact { is_code: true, ..fact(text.exporter, filled.exporter.clone()) };
        let bare = Self::bare(asking, sentence.to_owned(), text.tax_number_do);
        Self { word: text.word_tax_number, facts: vec![exporter], keep: true, focus: EXPORTER, ..bare }
    }

    /// The register cannot be asked. This does not mean "not valid".
    pub(crate) fn unknown(asking: &Asking, code: &str) -> Self {
        let code = CryptoCode::parse(code).map(|code| code.printed()).unwrap_or_default();
        let facts = if code.is_empty() { Vec::new() } else { vec![code_fact(asking.text, code.clone())] };
        let bare = Self::bare(asking, asking.text.unknown.to_owned(), asking.text.unknown_do);
        Self { word: asking.text.word_unknown, facts, code, keep: true, decides: true, ..bare }
    }

    /// The same for the script to fill in.
    pub(crate) fn unknown_blank(asking: &Asking) -> Self {
        Self { facts: vec![code_fact(asking.text, String::new())], ..Self::unknown(asking, "") }
    }

    /// Grey, with nothing but its words.
    fn bare(asking: &Asking, sentence: String, advice: &'static str) -> Self {
        Self {
            text: asking.text,
            look: Look::Unsure,
            word: asking.text.word_unknown,
            tag: None,
            sentence,
            advice,
            letters: Vec::new(),
            link: None,
            facts: Vec::new(),
            code: String::new(),
            asked_at: asking.at.clone(),
            asked_by: asking.officer.clone(),
            keep: false,
            focus: CODE,
            decides: false,
        }
    }
}

/// Look, sentence and advice of each verdict.
fn in_words(text: &'static Texts, verification: &Verification, filled: &Filled) -> (Look, &'static str, &'static str) {
    let bound = verification.bound;
    let half = !(filled.reference.is_empty() && filled.exporter.is_empty());
    match verification.verdict {
        Verdict::Valid if bound => (Look::Sure, text.valid, text.valid_do),
        Verdict::Valid if half => (Look::Valid, text.valid_half, text.valid_alone_do),
        Verdict::Valid => (Look::Valid, text.valid_alone, text.valid_alone_do),
        // Somebody else's registration would make this a wrong accept: never full green.
        Verdict::ValidUsed if bound => (Look::Valid, text.valid_used, text.valid_used_do),
        Verdict::ValidUsed => (Look::Valid, text.valid_used_alone, text.valid_used_do),
        Verdict::WrongDeclaration => (Look::Invalid, text.wrong_declaration, text.wrong_declaration_do),
        Verdict::Superseded => (Look::Invalid, text.superseded, text.superseded_do),
        Verdict::Cancelled => (Look::Invalid, text.cancelled, text.cancelled_do),
        Verdict::Expired => (Look::Invalid, text.expired, text.expired_do),
        Verdict::NotIssued => (Look::Invalid, text.not_issued, text.not_issued_do),
        // Caught before the register is asked; were it not, it would still be no refusal.
        Verdict::Mistyped => (Look::Unsure, text.mistyped_checks, text.mistyped_do),
    }
}

fn facts(
    text: &'static Texts,
    filled: &Filled,
    verification: &Verification,
    name: impl Fn(&str) -> Option<String>,
) -> Vec<Fact> {
    let mut facts = vec![code_fact(text, printed(&verification.code))];
    if verification.verdict == Verdict::WrongDeclaration {
        let given = [filled.reference.as_str(), filled.exporter.as_str()];
        let given: Vec<&str> = given.into_iter().filter(|text| !text.is_empty()).collect();
        facts.push(fact(text.compared_with, given.join(" · ")));
    }
    if verification.key_leaked {
        facts.push(fact(text.key, text.key_leaked.to_owned()));
    }
    let Some(approval) = &verification.approval else { return facts };
    let bound = if verification.bound { text.bound_yes } else { text.bound_no };
    facts.push(fact(text.bound, bound.to_owned()));
    if let Some(reference) = &verification.reference {
        facts.push(fact(text.reference, reference.clone()));
    }
    facts.extend(facts_of(text, approval, name));
    facts
}

fn facts_of(
    text: &'static Texts,
    approval: &VerifiedApproval,
    name: impl Fn(&str) -> Option<String>,
) -> impl Iterator<Item = Fact> {
    let secretariat = match name(&approval.secretariat) {
        Some(name) => format!("{name} ({})", approval.secretariat),
        None => approval.secretariat.clone(),
    };
    let registration = approval.registration_no.clone().map(|number| fact(text.registration_no, number));
    let ended = approval.ended_at.map(|at| fact(text.ended_at, time(at)));
    let until = approval.valid_until.map(|last| fact(text.valid_until, day(last)));
    let record = fact(text.record_no, approval.record_no.clone());
    let always = [
        fact(text.approved_at, time(approval.approved_at)),
        fact(text.kind, kind_in_words(text, approval.kind).to_owned()),
        Fact { is_turkish: true, ..fact(text.secretariat, secretariat) },
    ];
    // First what has to be compared or says why, then the rest.
    registration.into_iter().chain(ended).chain(until).chain([record]).chain(always)
}

/// A kind of approval by its name.
pub(crate) fn kind_in_words(text: &'static Texts, kind: ApprovalKind) -> &'static str {
    match kind {
        ApprovalKind::CurrentAccount => text.kind_current_account,
        ApprovalKind::Card => text.kind_card,
        ApprovalKind::Cash => text.kind_cash,
        ApprovalKind::Paper => text.kind_paper,
        ApprovalKind::Free => text.kind_free,
    }
}

fn fact(label: &'static str, value: String) -> Fact {
    Fact { label, value, is_code: false, is_turkish: false }
}

fn code_fact(text: &'static Texts, code: String) -> Fact {
    Fact { is_code: true, ..fact(text.code, code) }
}

/// Names of the fields, and their identifiers in the page.
pub(crate) const CODE: &str = "kod";
pub(crate) const REFERENCE: &str = "ref";
pub(crate) const EXPORTER: &str = "ihracatci";

/// In fours, if it is a code; else as it is.
pub(crate) fn printed(code: &str) -> String {
    CryptoCode::parse(code).map_or_else(|_| code.to_owned(), |code| code.printed())
}
