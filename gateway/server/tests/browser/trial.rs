//! A thousand checks at the desk, five in a hundred of them with a planted fault.

use crate::installation::{element, message};
use crate::keyboard::{Layout, Stroke, Suffix, by_hand, scanned};
use crate::page::Page;
use crate::stage::Stage;
use crypto_code::CryptoCode;
use serde_json::json;

/// No fault is accepted, nothing genuine is refused, and the next code can be typed at once.
#[test]
fn a_thousand_checks_accept_no_fault() {
    let stage = Stage::set();
    let approved = approved(&stage);
    let mut desk = stage.page_of("customs");
    desk.open("/desk");
    let (mut wrong, mut taken_us) = (Vec::new(), Vec::new());
    for number in 0..CHECKS {
        let (declaration, code) = &approved[number % approved.len()];
        let fault =
            (number % FAULT_EVERY == FAULT_EVERY - 1).then(|| Fault::ALL[number / FAULT_EVERY % Fault::ALL.len()]);
        let presented = fault.map_or_else(|| code.clone(), |fault| fault.planted(code, &approved));
        let strokes = if number % 2 == 0 {
            scanned(&presented.replace('-', ""), Layout::TurkishQ, false, Suffix::Enter)
        } else {
            by_hand(&presented)
        };
        let compared = matches!(fault, Some(Fault::OtherDeclaration)).then_some(declaration);
        let (word, shown, us) = check(&mut desk, &strokes, if number % 2 == 0 { 5 } else { 150 }, compared);
        let is_right = if fault.is_some() { word != VALID } else { word == VALID && shown == *code };
        if !is_right {
            wrong.push(format!("check {number}, {fault:?}, {presented}: {word} {shown}"));
        }
        if fault.is_none() {
            taken_us.push(us);
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    taken_us.sort_unstable();
    let at = |part: usize| taken_us[taken_us.len() * part / 100].to_string();
    println!("{CHECKS} checks: from the last key to the next empty box {} µs (median), {} µs (95th)", at(50), at(95));
    assert!(taken_us[taken_us.len() / 2] < EMPTY_BOX_US_MAX, "{} µs", at(50));
}

/// What goes wrong at a gate.
#[derive(Debug, Clone, Copy)]
enum Fault {
    OneLetter,
    NeighboursSwapped,
    LetterMissing,
    NeverIssued,
    OtherDeclaration,
}

impl Fault {
    const ALL: [Self; 5] =
        [Self::OneLetter, Self::NeighboursSwapped, Self::LetterMissing, Self::NeverIssued, Self::OtherDeclaration];

    /// What is presented instead of the code.
    fn planted(self, code: &str, approved: &[(String, String)]) -> String {
        let letters: Vec<char> = code.chars().filter(|letter| *letter != '-').collect();
        let mut planted = letters.clone();
        match self {
            Self::OneLetter => planted[7] = if letters[7] == '7' { 'K' } else { '7' },
            Self::NeighboursSwapped => {
                let at = (0..15).find(|at| letters[*at] != letters[at + 1]).expect("two different neighbours");
                planted.swap(at, at + 1);
            }
            Self::LetterMissing => {
                planted.remove(3);
            }
            Self::NeverIssued => return never_issued(planted),
            // A genuine code, presented for somebody else's declaration.
            Self::OtherDeclaration => {
                return approved.iter().map(|(_, code)| code).find(|other| *other != code).expect("another").clone();
            }
        }
        planted.into_iter().collect()
    }
}

/// The same in one place, and with the check signs that belong to it.
fn never_issued(mut letters: Vec<char>) -> String {
    letters[5] = if letters[5] == 'A' { 'B' } else { 'A' };
    let endings = LETTERS.chars().flat_map(|first| LETTERS.chars().map(move |second| (first, second)));
    for (first, second) in endings {
        (letters[14], letters[15]) = (first, second);
        let code: String = letters.iter().collect();
        if CryptoCode::parse(&code).is_ok() {
            return code;
        }
    }
    panic!("no ending fits");
}

/// Types or scans, and reads the verdict: its word, its code, and how long it took from the last key on.
fn check(desk: &mut Page, strokes: &[Stroke], gap_ms: u64, compared: Option<&String>) -> (String, String, u64) {
    if let Some(reference) = compared {
        desk.strike(&[Stroke::named("ArrowDown")], gap_ms);
        desk.fill("#ref", reference);
        desk.text_of("(document.querySelector('#kod').focus(), '')");
    }
    desk.eval(WATCH);
    desk.strike(strokes, gap_ms);
    let told = desk.eval("trial");
    let text = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
    if told["keep"] == json!(true) {
        desk.strike(&[Stroke::named("Escape")], gap_ms);
    }
    (text("word"), text("code"), told["us"].as_u64().unwrap_or_default())
}

/// References and codes, in fours.
fn approved(stage: &Stage) -> Vec<(String, String)> {
    let pair = stage.installation.pair();
    let approve = |number: usize| {
        let reference = format!("TRIAL-{number}");
        let message = message(&pair, &reference, &format!("{}.50", 100 + number));
        let answer = stage.runtime.block_on(stage.installation.post(&stage.server.url, &pair, message));
        let (_, answer) = answer.expect("an answer");
        let code = element(&answer, "KriptoKodu");
        (reference, code.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&answer))))
    };
    let printed = |(reference, code): (String, String)| {
        let code = CryptoCode::parse(&code).expect("a code").printed();
        (reference, code)
    };
    (0..APPROVALS).map(approve).map(printed).collect()
}

/// From now on: what comes of the next question. Whole microseconds, since only the browser knows of fractions.
const WATCH: &str = "void (window.trial = new Promise((done) => {
    let last = 0;
    const key = (event) => { last = performance.now(); };
    addEventListener('keydown', key, true);
    new MutationObserver((_, observer) => {
        const shown = document.querySelector('#verdict .verdict');
        if (!shown) return;
        observer.disconnect();
        removeEventListener('keydown', key, true);
        const { word, code } = shown.dataset;
        const keep = document.querySelector('#kod').value !== '';
        done({ word, code, keep, us: Math.round(1000 * (performance.now() - last)) });
    }).observe(document.querySelector('#verdict'), { childList: true, subtree: true });
}))";
const CHECKS: usize = 1_000;
const APPROVALS: usize = 40;
/// Five in a hundred.
const FAULT_EVERY: usize = 20;
const VALID: &str = "GEÇERLİ";
const LETTERS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The officer gets 2.5 s for everything; the machine may take a fifth of them.
const EMPTY_BOX_US_MAX: u64 = 500_000;

#[test]
fn a_code_made_up_has_right_check_signs() {
    let code = never_issued("0000000000000000".chars().collect());
    assert!(code != "0000000000000000" && CryptoCode::parse(&code).is_ok());
}
