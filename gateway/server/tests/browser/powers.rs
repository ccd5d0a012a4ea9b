//! Powers of attorney, from the paper that goes up to the broker that acts by it and the exporter that ends it; and what
//! else firms find in their menu.

use crate::page::Page;
use crate::signup::{BROKER, EXPORTER, PASSWORD, sign_in, sign_up};
use crate::stage::Stage;
use serde_json::json;
use tokio::runtime::Runtime;

/// P-4.7.1 to P-4.7.5, P-4.7.1.1 to P-4.7.1.6, P-5.9.1, P-5.9.2, P-5.5.1, P-4.8.1, P-4.13.1, P-5.7.1, P-4.16.1, P-5.10.1: an
/// exporter gives a power, which is rejected once; the broker acts by it, and the exporter freezes and ends it.
#[test]
fn an_exporter_gives_a_power() {
    let settings = [("EBIRLIK_MEMBERSHIP_URL", "{url}/status?uyelik=tim")];
    let stage = Stage::set_with(Runtime::new().expect("a runtime"), &settings);
    sign_up(&stage, &EXPORTER, EXPORTER.firms[0], FIRM_MAIL);
    sign_up(&stage, &BROKER, BROKER.firms[0], AGENT_MAIL);
    let (mut firm, mut agent) = (stage.page(), stage.page());
    sign_in(&mut firm, FIRM_MAIL, PASSWORD);
    sign_in(&mut agent, AGENT_MAIL, PASSWORD);
    powers_are_looked_through(&mut firm, "Gümrük müşaviri", ["ÇINARLI liman", "9876543217"]);
    assert!(!has_card(&mut agent), "the power of old has ended");

    ask_for_power(&mut firm, "Gümrük müşaviri firmanın vergi numarası", ("1111111114", "9876543217"));
    terms_are_looked_at(&stage, &mut firm);
    assert!(!has_card(&mut agent), "it waits");
    decide(&stage, "itkib", EXPORTER_TITLE, Some(REASON));
    for to in [FIRM_MAIL, AGENT_MAIL] {
        stage.page().open_mail(to, &["Vekaletname onaylanmadı.", REASON, EXPORTER_TITLE, BROKER_TITLE]);
    }
    assert!(!has_card(&mut agent), "it was rejected");
    firm.press("Vekaletnameler");
    firm.press_in_row("Reddedildi");
    firm.reads(REASON);
    firm.press("Yeni başvuru yap");
    fill_in_terms(&stage, &mut firm, "Genel Sekreterliği");
    firm.press("Devam Et");
    firm.press("Onaya gönder");
    decide(&stage, "itkib", EXPORTER_TITLE, None);
    for to in [FIRM_MAIL, AGENT_MAIL] {
        stage.page().open_mail(to, &["Vekaletname onaylandı.", EXPORTER_TITLE, BROKER_TITLE]);
    }

    assert!(has_card(&mut agent));
    agent.press(&format!("Adına işlem yap: {EXPORTER_TITLE}"));
    card_is_entered(&mut agent);
    power_is_taken_back(&mut firm, &mut agent);
    firm_finds_itself(&mut firm, FIRM_MAIL, "exporter7");
    firm_finds_itself(&mut agent, AGENT_MAIL, "broker1");
    firm.press("Üyesi Olduğunuz Birlikler");
    assert!(firm.rows().iter().any(|row| row.contains(&"01.01.2024".to_owned())), "{:?}", firm.rows());
    assert!(firm.text("main thead").contains("Sicil no"));
    assert_eq!([firm.complaints(), agent.complaints()].concat(), Vec::<String>::new());
}

/// P-5.4.1, P-5.4.1.1 to P-5.4.1.5: a broker applies for the power of an exporter, and acts for it once it is approved.
#[test]
fn a_broker_applies_for_a_power() {
    let stage = Stage::set();
    let mut page = stage.page_of("broker1");
    powers_are_looked_through(&mut page, "İhracatçı", ["AKCAKAYA mermer", "9935181908"]);
    ask_for_power(&mut page, "İhracatçının vergi numarası", ("1111111114", "9935181908"));
    let choices = page.eval("[...document.querySelector('#secretariat').options].map((one) => one.value)");
    assert_eq!(choices, json!(["", "EIB", "IMMIB"]), "those of the exporter's unions");
    page.upload("Vekaletname", &stage.file("vekalet.txt", b"vekalet"));
    page.press("Devam Et");
    page.refuses("Dosyanın içeriği PDF, JPEG ya da PNG değil.");
    page.refuses("Genel sekreterliği seçin.");
    let mut scan = b"\x89PNG\r\n\x1a\n".to_vec();
    scan.resize((5 << 20) + 1, 0);
    page.upload("Vekaletname", &stage.file("vekalet.png", &scan));
    page.press("Devam Et");
    page.refuses("sınır: 5 MB");
    let eib = page.text_of("document.querySelector('#secretariat option[value=EIB]').text");
    fill_in_terms(&stage, &mut page, &eib);
    page.press("Devam Et");
    page.press_unheard("Onaya gönder");
    page.press("Onaya gönder");
    page.press("Vekaletnamelere dön");
    let waiting = page.rows().into_iter().filter(|row| row.contains(&"İncelemede".to_owned())).count();
    assert_eq!(waiting, 1, "sent twice, applied for once");
    decide(&stage, "eib", "Akçakaya", None);
    page.press("İşlem Yapabileceğiniz Firmalar");
    page.reads("EIB, IMMIB");
    page.press("Adına işlem yap: Akçakaya Mermer ve Maden Ltd. Şti.");
    assert!(page.text(".acting b").contains("Akçakaya"));
    assert_eq!(page.complaints(), Vec::<String>::new());
}

/// The list: search by name and by number, in any case, and the menus of its columns.
fn powers_are_looked_through(page: &mut Page, head: &str, sought: [&str; 2]) {
    page.press("Vekaletnameler");
    let all = page.rows();
    for words in sought {
        page.write("Unvan ya da vergi no", words);
        page.renew(|page| page.click("Filtrele"));
        assert!(!page.rows().is_empty(), "{words}");
        assert!(page.rows().iter().all(|row| row[1] == sought[1]), "{words}: {:?}", page.rows());
    }
    page.write("Unvan ya da vergi no", "bulunmaz");
    page.renew(|page| page.click("Filtrele"));
    page.reads("Vekaletname bulunamadı.");
    page.renew(|page| page.click("Filtreleri temizle"));
    let firsts = |page: &mut Page| page.rows().into_iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    page.renew(|page| page.press_in_column(head, "Artan sırala"));
    let mut ascending = firsts(page);
    page.renew(|page| page.press_in_column(head, "Azalan sırala"));
    ascending.reverse();
    assert_eq!(firsts(page), ascending);
    page.press_in_column("Durum", "Filtrele");
    assert_eq!(page.text_of("location.hash"), "#f-state");
    page.renew(|page| page.press_in_column(head, "Sütunu gizle"));
    assert_eq!(page.rows()[0].len(), all[0].len() - 1);
    assert_eq!(page.keep("Excel indir").workbook_rows(), all.len() + 2);
}

/// The other firm has to be known; `numbers` are of one that is not, and of one that is.
fn ask_for_power(page: &mut Page, label: &str, numbers: (&str, &str)) {
    page.press("Vekaletnameler");
    page.press("VEKALETNAME TANIMLA");
    page.reads("her firma için ayrı ayrı yükleyin");
    page.write(label, numbers.0);
    page.press("Devam Et");
    page.refuses("kayıtlı");
    page.write(label, numbers.1);
    page.press("Devam Et");
}

/// What is wrong is said, what was right is kept.
fn terms_are_looked_at(stage: &Stage, firm: &mut Page) {
    firm.reads("JPG, JPEG, PNG ya da PDF; en çok 5 MB.");
    fill_in_terms(stage, firm, "Genel Sekreterliği");
    firm.write("İlk gün", "31.02.2026");
    firm.press("Devam Et");
    firm.refuses("İlk günü gg.aa.yyyy olarak yazın.");
    firm.reads("Alınan dosya: vekaletname.pdf");
    firm.write("İlk gün", FIRST_DAY);
    firm.press("Devam Et");
    for words in ["Henüz gönderilmedi", "Düğümlü Halı ve Dokuma A.Ş. adına", FIRST_DAY, "Süresiz"] {
        firm.reads(words);
    }
    assert!(firm.keep("Dosyayı indir").bytes.starts_with(PAPER));
    firm.press("Onaya gönder");
    firm.reads("Vekaletname onaya gönderildi.");
    firm.press("Vekaletnamelere dön");
    firm.reads("İncelemede");
}

fn fill_in_terms(stage: &Stage, page: &mut Page, secretariat: &str) {
    page.choose("Onaya gönderileceği genel sekreterlik", secretariat);
    page.write("İlk gün", FIRST_DAY);
    page.upload("Vekaletname", &stage.file("vekaletname.pdf", PAPER));
}

/// Staff look at the paper, and approve it or reject it with a reason.
fn decide(stage: &Stage, secretariat: &str, exporter: &str, reason: Option<&str>) {
    let mut staff = stage.page_of(&format!("staff-{secretariat}"));
    staff.press("Vekaletname onayları");
    staff.press_in_row(exporter);
    assert!(staff.keep("Dosyayı indir").bytes.starts_with(PAPER));
    if let Some(reason) = reason {
        staff.write("Gerekçe", reason);
        staff.press("Reddet");
        return staff.reads("Vekaletname reddedildi");
    }
    staff.press("Onayla");
    staff.reads("Vekaletname onaylandı");
}

/// Whether the broker can enter the exporter's card.
fn has_card(agent: &mut Page) -> bool {
    agent.follow(|page| {
        page.eval("document.querySelector('header .acting').click()");
    });
    assert!(agent.text(".acting").contains(BROKER_TITLE), "the button at the top left bears the broker's name");
    agent.text("main").contains(EXPORTER_TITLE)
}

/// Inside the card the broker has the exporter's pages, as far as the power goes.
fn card_is_entered(agent: &mut Page) {
    assert!(
        agent.text(".acting b").contains(EXPORTER_TITLE) && agent.text_of("document.title").contains(EXPORTER_TITLE)
    );
    assert!(!agent.text("nav").contains("Vekaletnameler"), "nobody gives a power by a power");
    agent.press("Üyesi Olduğunuz Birlikler");
    agent.reads("IHIB");
    agent.press("Firma Adına Birlik Üyeliği Başvurusu Başlat");
    assert_eq!(agent.path(), "/status?uyelik=tim", "the address of the membership system is configured");
    agent.open("/");
}

/// The exporter sees what was done in its name, freezes the broker, lets it act again, and ends the power.
fn power_is_taken_back(firm: &mut Page, agent: &mut Page) {
    firm.press("Adıma yapılan işlemler");
    firm.reads("Vekaletname onaylandı");
    firm.press(&format!("Dondur: {BROKER_TITLE}"));
    firm.reads("Müşavir donduruldu; artık adınıza işlem yapamaz.");
    agent.open("/declarations");
    assert!(!agent.text(".acting").contains(EXPORTER_TITLE), "{}", agent.text(".acting"));
    assert!(!has_card(agent), "frozen");
    firm.press(&format!("Donmayı kaldır: {BROKER_TITLE}"));
    firm.reads("Donma kaldırıldı.");
    assert!(has_card(agent));
    firm.press("Vekaletnameler");
    firm.press_in_row("Geçerli");
    firm.reads("Düğümlü Halı ve Dokuma A.Ş. adına");
    firm.press("Vekaleti sona erdir");
    firm.reads("Vekaletname sona erdirildi.");
    assert!(!has_card(agent), "ended");
}

/// Its users, and whom it can call within working hours and outside.
fn firm_finds_itself(page: &mut Page, person: &str, program: &str) {
    page.press("Kullanıcılar");
    for user in [person, program] {
        assert!(page.rows().iter().any(|row| row.contains(&user.to_owned())), "{user}: {:?}", page.rows());
    }
    page.press("İletişim");
    page.reads("Mesai saatleri içinde");
    page.reads("Mesai saatleri dışında");
    page.open("/");
}

const FIRM_MAIL: &str = "ayse@dugumlu.example";
const AGENT_MAIL: &str = "mehmet@cinarli.example";
const EXPORTER_TITLE: &str = EXPORTER.firms[0].1;
const BROKER_TITLE: &str = BROKER.firms[0].1;
const REASON: &str = "Belgede noter onayı yok.";
const PAPER: &[u8] = b"%PDF-1.7 vekaletname";
const FIRST_DAY: &str = "01.02.2026";
