//! The officer's day, and the paper in a stranger's hand.

use crate::keyboard::{Stroke, by_hand};
use crate::office::SMALL;
use crate::stage::Stage;

/// G-32, G-33: fifty codes as a list and on paper; a single one compared with its declaration; the keys on the screen;
/// and grey, with what to do, when the gateway is away.
#[test]
fn the_officer_checks_a_stack_prints_it_and_is_told_when_nothing_can_be_told() {
    let stage = Stage::set();
    let codes: Vec<String> = (1..=49).map(|number| stage.approved(&format!("YIGIN-{number}"), SMALL)).collect();
    let mut desk = stage.page_of("customs");
    desk.open("/desk");
    desk.follow(|desk| desk.strike(&[Stroke::named("F2")], 120));
    let list = codes.join("\r\n");
    desk.write("Kodlar", &format!("{list}\n0000-0000-0000-0000\n"));
    desk.press("Listeyi sorgula");
    let first = desk.rows();
    assert!(first.len() == 1 && first[0][1] == "0000-0000-0000-0000", "{first:?}");
    assert_eq!(desk.eval("document.querySelectorAll('ol.codes li').length"), 49);
    desk.eval("window.printed = 0, window.print = () => { window.printed += 1 }, 0");
    desk.click("Yazdır F9");
    desk.strike(&[Stroke::named("F9")], 120);
    desk.wait_for("window.printed === 2");
    desk.set_print(true);
    assert!(!desk.text("main").contains("Listeyi sorgula"), "the form is not printed");
    desk.reads("customs");
    desk.set_print(false);

    desk.follow(|desk| desk.strike(&[Stroke::named("F2")], 120));
    assert_eq!(desk.path(), "/desk");
    desk.click("Beyannameyle karşılaştır ↓");
    desk.write("Beyanname referansı", "YIGIN-1");
    desk.write("İhracatçı vergi no", "1234567890");
    desk.fill("#kod", "");
    desk.strike(&by_hand(&codes[0]), 120);
    desk.wait_for("document.querySelector('#verdict .verdict.sure')");
    desk.reads("GEÇERLİ");
    desk.eval("window.printed = 0, window.print = () => { window.printed += 1 }, 0");
    desk.strike(&[Stroke::named("F9")], 120);
    desk.wait_for("window.printed === 1");
    desk.strike(&[Stroke::named("ArrowUp")], 120);
    assert!(desk.text("#past").contains("Önceki sorgular"));
    desk.strike(&[Stroke::named("Escape")], 120);
    desk.strike(&[Stroke::named("Escape")], 120);
    assert_eq!(desk.complaints(), Vec::<String>::new());

    stage.server.signal("KILL");
    desk.fill("#kod", "");
    desk.strike(&by_hand(&codes[1]), 120);
    desk.wait_for("document.querySelector('#verdict .verdict.unsure')");
    desk.reads("ŞU AN BİLİNEMİYOR");
}

/// G-72: anybody who holds a slip sees without signing in what the register says of it; not with another tax number.
#[test]
fn a_slip_in_a_strangers_hand_is_checked_by_anybody() {
    let stage = Stage::set();
    let code = stage.approved("FIS-1", SMALL);
    let mut page = stage.page();
    page.open("/check");
    page.write("Fişteki kod", "0000");
    page.write("İhracatçının vergi numarası", "1234567891");
    page.press("Sorgula");
    page.refuses("16 karakter ya da 26 rakam");
    page.write("Fişteki kod", &code.to_lowercase());
    page.write("İhracatçının vergi numarası", "5260181599");
    page.press("Sorgula");
    page.reads("BÖYLE BİR FİŞ YOK");
    page.write("İhracatçının vergi numarası", "1234567890");
    page.press("Sorgula");
    page.reads("FİŞ GERÇEK");
    page.reads("FIS-1");
    page.reads("Ihlamur");
    page.complaints();
    page.set_script(false);
    page.open("/check");
    page.reads("Bilgi fişi sorgulama");
}
