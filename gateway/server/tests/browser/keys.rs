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
