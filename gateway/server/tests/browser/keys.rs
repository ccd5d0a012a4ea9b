//! The officer's desk by keyboard and scanner.

use crate::keyboard::{Layout, Stroke, Suffix, by_hand, scanned};
use crate::page::Page;
use crate::stage::Stage;

/// G-32: a scanner's code is read the same under each layout, with and without caps lock, whatever the scanner sends
/// behind it.
#[test]
fn scanners_give_the_same_code_under_every_keyboard() {
    let stage = Stage::set();
    let mut desk = stage.page_of("customs");
    desk.open("/desk");
    let mut wrong = Vec::new();
    for layout in Layout::ALL {
        for (caps_lock, suffix) in [false, true].into_iter().flat_map(|caps| Suffix::ALL.map(|suffix| (caps, suffix))) {
            for code in stage.codes() {
                desk.strike(&scanned(&code.replace('-', ""), layout, caps_lock, suffix), SCANNER_GAP_MS);
                let told = verdict(&mut desk, &code);
                if told != format!("GEÇERLİ {code} kod") {
                    wrong.push(format!("{layout:?}, caps lock {caps_lock}, {suffix:?}, {code}: {told}"));
                    desk.open("/desk");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(desk.complaints(), Vec::<String>::new());
}

/// Everything at the desk without a mouse: check, see the last ones, clear.
#[test]
fn the_desk_is_worked_by_keys_alone() {
    let stage = Stage::set();
    let mut desk = stage.page_of("customs");
    desk.open("/desk");
    let codes = stage.codes();
    for code in codes.iter().take(2) {
        desk.strike(&by_hand(code), HAND_GAP_MS);
        assert_eq!(verdict(&mut desk, code), format!("GEÇERLİ {code} kod"));
    }
    desk.strike(&[Stroke::named("ArrowUp")], HAND_GAP_MS);
    assert!(desk.text("#past li:first-child").contains(&codes[1]));
    desk.strike(&[Stroke::named("ArrowDown"), Stroke::named("Enter")], HAND_GAP_MS);
    assert_eq!(verdict(&mut desk, &codes[0]), format!("GEÇERLİ {} kod", codes[0]), "the last but one, asked again");
    desk.strike(&[Stroke::named("Escape")], HAND_GAP_MS);
    assert_eq!(desk.text("#verdict"), "");
    desk.strike(&by_hand("0000"), HAND_GAP_MS);
    desk.wait_for("document.querySelector('#verdict .verdict')");
    assert!(desk.text("#verdict").contains('4'), "{}", desk.text("#verdict"));
}

/// Word, code and focused field, once there is a verdict on this code and the box is empty; what is there after a while,
/// if that never comes.
fn verdict(desk: &mut Page, code: &str) -> String {
    let script = format!(
        "new Promise((done) => {{
            const looking = setInterval(look, 10), since = Date.now();
            function look() {{
                const shown = document.querySelector('#verdict .verdict:not(.old)')?.dataset ?? {{}};
                const box = document.querySelector('#kod').value;
                if ((shown.code !== '{code}' || box !== '') && Date.now() - since < 5000) return;
                clearInterval(looking);
                done(`${{shown.word}} ${{shown.code}} ${{box}}${{document.activeElement.id}}`);
            }}
        }})"
    );
    desk.text_of(&script)
}

/// Between two keys of a scanner.
const SCANNER_GAP_MS: u64 = 5;
/// Between two keys of a quick hand.
const HAND_GAP_MS: u64 = 120;

/// The digits below a slip's bars are read under every layout, also behind a scanner's own prefix.
#[test]
fn scanners_give_the_code_behind_its_digits() {
    let stage = Stage::set();
    let mut desk = stage.page_of("customs");
    desk.open("/desk");
    let code = stage.codes().swap_remove(0);
    let digits = digits_of(&code);
    for layout in Layout::ALL {
        for (suffix, prefix) in Suffix::ALL.into_iter().zip(["", "A", ""]) {
            desk.strike(&scanned(&format!("{prefix}{digits}"), layout, false, suffix), SCANNER_GAP_MS);
            assert_eq!(verdict(&mut desk, &code), format!("GEÇERLİ {code} kod"), "{layout:?} {suffix:?}");
            desk.strike(&[Stroke::named("Escape")], HAND_GAP_MS);
        }
    }
}

/// A stack is scanned into the list, one code a line whatever ends it, and the bad one comes first.
#[test]
fn a_stack_is_scanned_into_the_list() {
    let stage = Stage::set();
    let mut desk = stage.page_of("customs");
    desk.open("/desk");
    desk.follow(|desk| desk.strike(&[Stroke::named("F2")], HAND_GAP_MS));
    assert_eq!(desk.path(), "/desk/list");
    let codes = stage.codes();
    for (code, suffix) in codes.iter().zip(Suffix::ALL) {
        desk.strike(&scanned(&code.replace('-', ""), Layout::TurkishF, false, suffix), SCANNER_GAP_MS);
        desk.wait_for(&format!("document.querySelector('#codes').value.endsWith('{code}\\n')"));
    }
    assert_eq!(desk.text_of("document.querySelector('#codes').value"), format!("{}\n", codes[..3].join("\n")));
    assert!(desk.text("#counted").contains('3'));
    desk.strike(&by_hand("0000000000000000"), HAND_GAP_MS);
    desk.press("Listeyi sorgula");
    assert!(desk.text("tbody tr:first-child").contains("0000-0000-0000-0000"), "{}", desk.text("main"));
    assert_eq!(desk.axe(), Vec::<String>::new());
    assert_eq!(desk.is_too_wide(320), None);
    assert_eq!(desk.complaints(), Vec::<String>::new());
}

/// The set-up page finds a good scanner good, and says what a slow one lacks.
#[test]
fn the_set_up_page_judges_a_scanner() {
    let stage = Stage::set();
    let mut page = stage.page_of("customs");
    for (gap_ms, suffix, outcome, told) in
        [(5, Suffix::Enter, "Okuyucu iyi.", ""), (60, Suffix::Tab, "Okuyucuda ayarlanacak", "gecikmeyi")]
    {
        page.open("/desk/scanner");
        let holds = page.eval("[...document.querySelectorAll('[data-holds]')].map((one) => one.dataset.holds)");
        for text in holds.as_array().expect("barcodes") {
            let strokes = scanned(text.as_str().expect("a text"), Layout::TurkishF, false, suffix);
            page.strike(&strokes, gap_ms);
        }
        page.wait_for("document.querySelectorAll('[data-holds].good').length === 3");
        assert!(page.text("#outcome").starts_with(outcome), "{}", page.text("main"));
        assert!(page.text("#said").contains(told), "{}", page.text("main"));
        assert_eq!(page.axe(), Vec::<String>::new());
    }
}

/// Each look has its sound, and one press silences them for good.
#[test]
fn verdicts_are_heard_until_they_are_muted() {
    let stage = Stage::set();
    let mut desk = stage.page_of("customs");
    let code = stage.codes().swap_remove(0);
    let heard = |desk: &mut Page| {
        desk.eval(
            "window.heard = 0, AudioContext.prototype.createOscillator = ((make) => function () {
            window.heard += 1; return make.call(this) })(AudioContext.prototype.createOscillator), 0",
        );
        desk.strike(&by_hand(&code), HAND_GAP_MS);
        verdict(desk, &code);
        desk.eval("heard")
    };
    desk.open("/desk");
    assert_eq!(heard(&mut desk), 1);
    desk.click("Sesi kapat");
    desk.open("/desk");
    assert_eq!(heard(&mut desk), 0, "remembered");
    assert_eq!(desk.text("[data-do=sound]"), "Sesi aç");
}

/// As printed below the bars: the sixteen values as one number of 26 digits.
fn digits_of(code: &str) -> String {
    let value = |letter: char| "0123456789ABCDEFGHJKMNPQRSTVWXYZ".find(letter).expect("a letter of codes");
    let letters = code.chars().filter(|letter| *letter != '-');
    let number = letters.fold(0_u128, |number, letter| number * 32 + value(letter) as u128);
    format!("{number:026}")
}
