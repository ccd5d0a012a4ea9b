//! Signing up and passwords, walked as people do: mails are read in the demo's mailbox, papers go up as files, and staff
//! decide in a browser of their own.

use crate::page::Page;
use crate::stage::Stage;

/// One of the two account types, and firms of the demo that sign up as it.
pub(crate) struct Kind {
    /// What is pressed on the first page.
    account: &'static str,
    /// Tax number, title, the secretariat whose staff decide.
    pub(crate) firms: [(&'static str, &'static str, &'static str); 2],
    /// Brokers choose a secretariat; exporters are members.
    chooses: bool,
    /// A tax number of the other account type, and what is said to it.
    other: (&'static str, &'static str),
    /// The page that it lands on.
    landing: &'static str,
}

pub(crate) const EXPORTER: Kind = Kind {
    account: "İhracatçı Firma Yetkilisiyim",
    firms: [
        ("6281948215", "Düğümlü Halı ve Dokuma A.Ş.", "itkib"),
        ("1860913903", "Işıltı Boya ve Kimya Sanayi A.Ş.", "immib"),
    ],
    chooses: false,
    other: ("9876543217", "kayıtlı bir ihracatçı firma yok"),
    landing: "Genel Bakış",
};
pub(crate) const BROKER: Kind = Kind {
    account: "Gümrük Müşaviriyim",
    firms: [
        ("9876543217", "Çınarlı Liman Gümrük Müşavirliği Ltd. Şti.", "immib"),
        ("3880718497", "Yedikapı Gümrük Müşavirliği A.Ş.", "oaib"),
    ],
    chooses: true,
    other: ("6281948215", "kayıtlı bir gümrük müşaviri yok"),
    landing: "Vekaletnameler",
};

/// P-1.1 to P-1.3, P-1.1.1 to P-1.1.11, P-1.1.14 to P-1.1.17, P-2.1, P-2.3, P-4.0.1, P-4.0.2, P-4.1.6, P-4.1.7, P-4.15.1,
/// P-4.15.2: an exporter's representative signs up, is let in, and comes back for a second firm.
#[test]
fn exporters_sign_up() {
    walk(&EXPORTER, "ayşe@dugumlu.example", "ayse@dugumlu.example");
}

/// P-1.2.1 to P-1.2.11, P-1.2.14 to P-1.2.17, P-2.1, P-2.3, P-5.0.1, P-5.0.2: so does a customs broker.
#[test]
fn brokers_sign_up() {
    walk(&BROKER, "", "mehmet@cinarli.example");
}

fn walk(kind: &Kind, mistyped: &str, email: &str) {
    let stage = Stage::set();
    let mut page = stage.page();
    let [first, second] = kind.firms;
    firms_are_looked_at(&mut page, kind);
    details_are_looked_at(&mut page, kind, mistyped, email);
    page.open_mail(email, &["şimdi ne yapacaksınız", first.1]);
    let petition = page.keep("uyelik-dilekcesi.pdf");
    assert!(petition.bytes.starts_with(b"%PDF-") && petition.kind == "application/pdf");
    page.follow_mail();
    papers_are_looked_at(&stage, &mut page, first.1, &petition.bytes);

    let mut staff = stage.page_of(&format!("staff-{}", first.2));
    staff.press("Üyelik başvuruları");
    staff.press_in_row(first.1);
    staff.reads(email);
    assert_eq!(staff.keep("İndir: Üyelik dilekçesi").bytes, petition.bytes);
    staff.press("Onayla");
    staff.reads("Onaylandı");

    page.open_mail(email, &["başvurunuz onaylandı"]);
    page.follow_mail();
    let link = page.path();
    choose_password(&mut page, PASSWORD);
    page.open(&link);
    page.reads("Bağlantının süresi dolmuş ya da kullanılmış");
    page.press("Şifremi Unuttum");
    page.press("Oturum açma sayfasına dön");
    sign_in(&mut page, email, PASSWORD);
    assert_eq!(page.text("h1"), kind.landing);
    assert!(page.text(".acting b").contains(first.1));
    page.press("Oturumu kapat");

    // The same e-mail for another firm; somebody else's application for it is refused, with a reason.
    let other = &email.replace('@', "-2@");
    apply(&stage, &mut page, kind, second, other);
    decide(&stage, second, Some(REASON));
    page.open_mail(other, &["kabul edilmedi", second.1, REASON]);
    apply(&stage, &mut page, kind, second, email);
    decide(&stage, second, None);
    page.open_mail(email, &["hesabınıza bir firma eklendi", second.1]);
    sign_in(&mut page, email, PASSWORD);
    firms_are_switched(&mut page, kind);
    assert_eq!([page.complaints(), staff.complaints()].concat(), Vec::<String>::new());
}

/// From the sign-in page to the firm: only one registered as what was chosen passes.
fn firms_are_looked_at(page: &mut Page, kind: &Kind) {
    page.open("/login");
    page.press("Kayıt Ol");
    assert_eq!(
        (page.path().as_str(), page.eval("document.querySelectorAll('.types a').length")),
        ("/signup", 2.into())
    );
    page.reads("Aktif olarak hem Gümrük Müşaviri ve İhracatçı Firma iseniz Gümrük Müşaviri olarak devam edin.");
    page.press(kind.account);
    for (tax_no, said) in [("1234567891", "denetim hanesi tutmuyor"), kind.other] {
        page.write("Vergi numarası", tax_no);
        page.press("Devam Et");
        page.refuses(said);
        assert_eq!(page.value("Vergi numarası"), tax_no, "what was typed is kept");
    }
    let (tax_no, title, _) = kind.firms[0];
    page.write("Vergi numarası", tax_no);
    page.press("Devam Et");
    page.reads(title);
    page.reads(tax_no);
    page.press("Devam Et");
}

/// Who applies; a mistyped address is nothing but applied with anew.
fn details_are_looked_at(page: &mut Page, kind: &Kind, mistyped: &str, email: &str) {
    page.reads("yetkilendirme belgesindekilerle aynı olmalı");
    fill_in_person(page, kind, kind.firms[0].2, mistyped);
    page.write("Cep Telefonu", "5321234567");
    page.press("Yönergeleri Gönder");
    page.refuses("Cep telefonunu 0 ile başlayan 11 hane olarak yazın.");
    page.refuses("E-posta adresini");
    assert_eq!((page.value("Ad soyad").as_str(), page.value("Cep Telefonu").as_str()), (NAME, "5321234567"));
    fill_in_person(page, kind, kind.firms[0].2, &email.replace("example", "exmaple"));
    page.press("Yönergeleri Gönder");
    page.reads("önemsiz e-postalar (spam) klasörüne de bakın");
    page.press("Yeniden başvur");
    begin(page, kind, kind.firms[0], email);
    page.press("Yönergeleri Tekrar Gönder");
    page.refuses("saniye sonra yeniden isteyebilirsiniz");
}

/// Both papers are required, of the right kind and size, judged by their content.
fn papers_are_looked_at(stage: &Stage, page: &mut Page, title: &str, petition: &[u8]) {
    page.reads("JPEG, JPG, PNG ya da PDF; her dosya en çok 5 MB.");
    page.press("Belgeleri Yükle");
    page.refuses("Yüklenecek dosyayı seçin.");
    let mut photo = b"\xff\xd8\xff\xe0".to_vec();
    photo.resize((5 << 20) + 1, 0);
    page.upload("Üyelik dilekçesi", &stage.file("dilekçe.pdf", petition));
    page.upload("İmza sirküleri", &stage.file("çok büyük.jpg", &photo));
    page.press("Belgeleri Yükle");
    page.refuses("sınır: 5 MB");
    page.reads("dilekçe.pdf");
    for (name, bytes) in [("sirküler.pdf", &b"MZ\x90"[..]), ("sirküler.gif", b"GIF89a")] {
        page.upload("İmza sirküleri", &stage.file(name, bytes));
        page.press("Belgeleri Yükle");
        page.refuses("Dosyanın içeriği PDF, JPEG ya da PNG değil.");
    }
    assert!(!page.text("main").contains("Başvuruyu Gönder"), "one paper is missing");
    page.upload("İmza sirküleri", &stage.file("beş mega.jpeg", &photo[..5 << 20]));
    page.press("Belgeleri Yükle");
    page.reads(&format!("{title} adına"));
    page.press_unheard("Başvuruyu Gönder");
    page.press("Başvuruyu Gönder");
    page.reads("Başvurunuz alındı");
    page.reads("üyelik şubesinin sırasına girdi");
}

/// Cards, the button at the top left, and the menu on the left lead from firm to firm.
fn firms_are_switched(page: &mut Page, kind: &Kind) {
    let [(_, first, _), (_, second, _)] = kind.firms;
    assert_eq!(page.text("h1"), "İşlem Yapabileceğiniz Firmalar", "whoever has several firms chooses one");
    page.press(&format!("Adına işlem yap: {second}"));
    assert!(page.text(".acting b").contains(second) && page.text_of("document.title").contains(second));
    page.follow(|page| {
        page.eval("document.querySelector('header .acting').click()");
    });
    page.reads("Firmalarım");
    page.press(&format!("Adına işlem yap: {first}"));
    page.press("Kullanıcılar");
    assert!(page.text(".acting b").contains(first), "later pages act for it too");
    page.press("İşlem Yapabileceğiniz Firmalar");
    page.reads("Şu anda bu firma adına işlem yapıyorsunuz");
}

/// P-3.1, P-3.2, P-4.0.1: a forgotten password is set anew by a link; the answer is one and the same for an address that is
/// not known, and the sessions of before are over.
#[test]
fn a_forgotten_password_is_set_anew() {
    let stage = Stage::set();
    let email = "zeynep@isilti.example";
    sign_up(&stage, &EXPORTER, EXPORTER.firms[1], email);
    let (mut page, mut elsewhere) = (stage.page(), stage.page());
    sign_in(&mut elsewhere, email, PASSWORD);
    let mut answers = Vec::new();
    for address in ["kimse@nerede.example", email] {
        page.open("/login");
        page.press("Şifremi Unuttum");
        page.write("E-posta", address);
        page.press("Bağlantı Gönder");
        answers.push(page.text("main"));
    }
    assert_eq!(answers[0], answers[1]);
    page.open_mail(email, &["e-birlik şifreniz"]);
    page.follow_mail();
    choose_password(&mut page, "başka bir uzun cümle");
    elsewhere.open("/overview");
    assert!(elsewhere.path().starts_with("/login"), "{}", elsewhere.path());
    page.press("Oturum aç");
    try_to_sign_in(&mut page, email, PASSWORD);
    page.refuses("E-posta, kullanıcı kodu veya şifre yanlış.");
    sign_in(&mut page, email, "başka bir uzun cümle");
    assert_eq!([page.complaints(), elsewhere.complaints()].concat(), Vec::<String>::new());
}

/// Signs a person up for a firm and sets its password.
pub(crate) fn sign_up(stage: &Stage, kind: &Kind, firm: (&str, &str, &str), email: &str) {
    let mut page = stage.page();
    apply(stage, &mut page, kind, firm, email);
    decide(stage, firm, None);
    page.open_mail(email, &["başvurunuz onaylandı"]);
    page.follow_mail();
    choose_password(&mut page, PASSWORD);
}

/// Signs in with an e-mail address.
pub(crate) fn sign_in(page: &mut Page, email: &str, password: &str) {
    page.open("/login");
    try_to_sign_in(page, email, password);
    assert_ne!(page.path(), "/login", "{email}: {}", page.text("main"));
}

fn try_to_sign_in(page: &mut Page, email: &str, password: &str) {
    page.write("E-posta ya da kullanıcı kodu", email);
    page.write("Şifre", password);
    page.press("Oturum aç");
}

/// From the first page to the papers that are sent.
fn apply(stage: &Stage, page: &mut Page, kind: &Kind, firm: (&str, &str, &str), email: &str) {
    page.open("/signup");
    begin(page, kind, firm, email);
    page.open_mail(email, &["şimdi ne yapacaksınız", firm.1]);
    page.follow_mail();
    page.upload("Üyelik dilekçesi", &stage.file("dilekçe.pdf", b"%PDF-1.7 bir"));
    page.upload("İmza sirküleri", &stage.file("sirküler.png", b"\x89PNG\r\n\x1a\n"));
    page.press("Belgeleri Yükle");
    page.press("Başvuruyu Gönder");
}

/// From the account types to the waiting page.
fn begin(page: &mut Page, kind: &Kind, (tax_no, _, secretariat): (&str, &str, &str), email: &str) {
    page.press(kind.account);
    page.write("Vergi numarası", tax_no);
    page.press("Devam Et");
    page.press("Devam Et");
    fill_in_person(page, kind, secretariat, email);
    page.press("Yönergeleri Gönder");
    page.reads(email);
}

fn fill_in_person(page: &mut Page, kind: &Kind, secretariat: &str, email: &str) {
    if kind.chooses {
        let script =
            format!("document.querySelector('#secretariat option[value={}]').text", secretariat.to_uppercase());
        let name = page.text_of(&script);
        page.choose("Başvurunun gönderileceği genel sekreterlik", &name);
    }
    page.write("Ad soyad", NAME);
    page.write("E-posta", email);
    page.write("Cep Telefonu", "0532 123 45 67");
}

/// Staff approve the application of a firm, or reject it with a reason.
fn decide(stage: &Stage, (_, title, secretariat): (&str, &str, &str), reason: Option<&str>) {
    let mut staff = stage.page_of(&format!("staff-{secretariat}"));
    staff.press("Üyelik başvuruları");
    staff.choose("Durum", "Karar bekliyor");
    staff.renew(|page| page.click("Filtrele"));
    staff.press_in_row(title);
    let Some(reason) = reason else {
        staff.press("Onayla");
        return staff.reads("Onaylandı");
    };
    staff.press("Reddet");
    staff.refuses("Ret gerekçesini yazın");
    staff.write("Gerekçe", reason);
    staff.press("Reddet");
    staff.reads("Kabul edilmedi");
}

fn choose_password(page: &mut Page, password: &str) {
    assert_eq!(page.text("h1"), "Şifrenizi Oluşturun");
    page.write("Yeni şifre", "kısa");
    page.press("Şifreyi Kaydet");
    page.refuses("Şifre en az 10 karakter olmalı.");
    page.write("Yeni şifre", password);
    page.press("Şifreyi Kaydet");
    page.reads("Şifreniz kaydedildi");
}

const NAME: &str = "Ayşe Yılmaz Öğütçü";
pub(crate) const PASSWORD: &str = "uzun ve güzel bir cümle";
const REASON: &str = "Dilekçede kaşe yok.";
