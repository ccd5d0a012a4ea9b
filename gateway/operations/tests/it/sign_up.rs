//! How people come in: applications with their mails and papers, the membership branch, passwords, on a clock that is
//! moved and by a mail server over a socket.

use crate::sink::{Received, Sink};
use crate::stage::{BROKER, EXPORTER, OTHER_EXPORTER, Stage, given, message, staff};
use ebirlik_operations::Client;
use ebirlik_operations::acting::firms_of;
use ebirlik_operations::applications::{
    AccountType, Asking, Decided, Details, FirmFlaw, Keeping, Opened, Paper, Sending, Starting, approve, ask_again,
    choices, extend, find, find_firm, forget_overdue, keep, list, open, read_file, reject, remind, send, start,
};
use ebirlik_operations::backup::{Afterwards, backup, restore};
use ebirlik_operations::links::Token;
use ebirlik_operations::mail::{self, Mailing, Post};
use ebirlik_operations::passwords::{
    Changing, PasswordFlaw, Setting, ask, change, code_of, find_user, set, set_payment,
};
use ebirlik_operations::powers::acts::{Verdict, decide};
use ebirlik_operations::powers::apply::{self as powers, Terms};
use ebirlik_operations::sign_in::{Purpose, sign_in};
use ebirlik_operations::uploads::FILE_BYTES_MAX;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::{TestDatabase, execute};

const AYSE: &str = "ayse@ihlamur.example";
const GOOD: &str = "üç kelime yeter 7";

fn mailing(sink: &Sink) -> Mailing {
    let post = Post::open(&sink.url(), "e-birlik <noreply@onay.example>").expect("a post");
    Mailing { public_url: "https://onay.example".to_owned(), post: Some(post), is_shown: false }
}

pub(crate) async fn staged(url: &str) -> (Stage, Sink) {
    let (stage, sink) = (Stage::with_balance(url, "1000").await, Sink::open().await);
    stage.office.mail_by(mailing(&sink));
    (stage, sink)
}

/// Everything that is mailed now.
pub(crate) async fn mailed(stage: &Stage, sink: &Sink) -> Vec<Received> {
    stage.number().await;
    mail::write(&stage.office).await.expect("mails are written");
    mail::send(&stage.office).await.expect("mails are sent");
    sink.take()
}

async fn one_mail(stage: &Stage, sink: &Sink) -> Received {
    let mut mails = mailed(stage, sink).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    mails.remove(0)
}

fn details(email: &str) -> Details {
    Details::parse("Ayşe Yılmaz", email, "+90 532 123 45 67").expect("details")
}

async fn begun(stage: &Stage, kind: AccountType, firm: &str, secretariat: &str, email: &str) -> Token {
    let firm = find_firm(&stage.office, kind, firm).await.expect("no fault").expect("a firm");
    match start(&stage.office, &firm, secretariat, &details(email)).await.expect("no fault") {
        Starting::Started(handle) => handle,
        Starting::TooOften => panic!("too often"),
        Starting::NoSecretariat => panic!("no secretariat"),
    }
}

/// A PDF of so many bytes.
fn pdf(bytes: usize) -> Vec<u8> {
    let mut pdf = b"%PDF-1.7\n".to_vec();
    pdf.resize(bytes, b' ');
    pdf
}

async fn sent(stage: &Stage, link: &Token) {
    for (paper, name) in [(Paper::Petition, "dilekçe.pdf"), (Paper::Circular, "sirküler.PDF")] {
        assert_eq!(keep(&stage.office, link, paper, name, pdf(100)).await.expect("no fault"), Keeping::Kept);
    }
    assert_eq!(send(&stage.office, link).await.expect("no fault"), Sending::Sent);
}

/// The number of the only application that waits at IMMIB.
async fn waiting(stage: &Stage) -> i64 {
    let (queue, total) = list(&stage.office, &staff("staff-1"), ("sent", ""), false, (10, 0)).await.expect("no fault");
    assert_eq!((queue.len(), total), (1, 1), "{queue:?}");
    queue[0].id
}

/// An exporter's application, sent.
async fn applied(stage: &Stage, sink: &Sink, email: &str) -> i64 {
    begun(stage, AccountType::Exporter, EXPORTER, "", email).await;
    sent(stage, &one_mail(stage, sink).await.link("application")).await;
    waiting(stage).await
}

/// A person with a password.
async fn person(stage: &Stage, sink: &Sink, email: &str) -> Client {
    let id = applied(stage, sink, email).await;
    assert_eq!(approve(&stage.office, &staff("staff-1"), id).await, Ok(Decided::Done));
    let link = one_mail(stage, sink).await.link("password");
    assert_eq!(set(&stage.office, &link, GOOD).await, Ok(Setting::Set));
    sign_in(&stage.office, email, GOOD, Purpose::Operate).await.expect("no fault").expect("signed in")
}

fn of(secretariat: &str) -> Client {
    Client { secretariat: secretariat.into(), ..staff("staff-9") }
}

fn at(text: &str) -> jiff::Timestamp {
    text.parse().expect("an instant")
}

on_each_store! {
    /// P-1.1.1, P-1.1.2, P-1.2.1, P-1.2.2: only a firm of the register passes, as what it is there.
    async fn only_a_firm_of_the_register_passes(database: TestDatabase) {
        let (stage, _) = staged(&database.url).await;
        let found = async |kind, text: &str| {
            find_firm(&stage.office, kind, text).await.expect("no fault").map(|firm| firm.tax_no)
        };
        assert_eq!(found(AccountType::Exporter, " 123 456 7890 ").await, Ok(EXPORTER.to_owned()));
        assert_eq!(found(AccountType::Broker, BROKER).await, Ok(BROKER.to_owned()));
        assert_eq!(found(AccountType::Broker, EXPORTER).await, Err(FirmFlaw::Unknown));
        assert_eq!(found(AccountType::Exporter, BROKER).await, Err(FirmFlaw::Unknown));
        assert_eq!(found(AccountType::Exporter, "9960308245").await, Err(FirmFlaw::Unknown));
        assert_eq!(found(AccountType::Exporter, "1234567891").await, Err(FirmFlaw::CheckDigit));
        assert_eq!(found(AccountType::Exporter, "12345").await, Err(FirmFlaw::Form));
    }

    /// P-1.1.6, P-1.1.10, P-1.1.11, P-1.1.14, P-1.1.15, P-2.1, P-2.3, P-4.0.1, S-1: an exporter's application from the mail with
    /// its petition to the first sign-in.
    async fn an_exporter_applies_and_is_approved(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        let office = &stage.office;
        begun(&stage, AccountType::Exporter, EXPORTER, "", AYSE).await;
        let mail = one_mail(&stage, &sink).await;
        assert!(mail.attachment().starts_with(b"%PDF-1.7") && mail.to == AYSE);
        assert!(mail.text().contains("Son gönderme zamanı: 28.11.2026 14:03"), "{}", mail.text());
        assert!(mail.text().contains("Örnek A.Ş.") && mail.text().contains("To be sent by: 28.11.2026 14:03"));
        let link = mail.link("application");

        assert_eq!(send(office, &link).await, Ok(Sending::Incomplete));
        let kept = async |paper, name: &str, bytes| keep(office, &link, paper, name, bytes).await.expect("no fault");
        assert_eq!(kept(Paper::Petition, "dilekçe.pdf", pdf(FILE_BYTES_MAX)).await, Keeping::Kept);
        let code = |keeping| match keeping {
            Keeping::Refused(finding) => finding.code().as_str(),
            other => panic!("{other:?}"),
        };
        let large = code(kept(Paper::Circular, "sirküler.pdf", pdf(FILE_BYTES_MAX + 1)).await);
        let wrong = code(kept(Paper::Circular, "sirküler.pdf", b"MZ\x90".to_vec()).await);
        let renamed = code(kept(Paper::Circular, "sirküler.docx", pdf(10)).await);
        assert!(large != wrong && wrong == renamed);
        let Ok(Opened::Application(application, files)) = open(office, &link).await else { panic!("open") };
        assert_eq!((application.state.as_str(), files.len()), ("started", 1), "what was uploaded is kept");
        assert_eq!(send(office, &link).await, Ok(Sending::Incomplete));
        assert_eq!(kept(Paper::Circular, "sirküler.jpeg", b"\xff\xd8\xff\xe0".to_vec()).await, Keeping::Kept);
        assert_eq!(kept(Paper::Petition, "dilekçe 2.png", b"\x89PNG\r\n\x1a\n".to_vec()).await, Keeping::Kept);
        assert_eq!(send(office, &link).await, Ok(Sending::Sent));
        assert_eq!(send(office, &link).await, Ok(Sending::Closed));
        assert_eq!(kept(Paper::Petition, "dilekçe.pdf", pdf(10)).await, Keeping::Closed);

        let id = waiting(&stage).await;
        let (_, files) = find(office, &staff("staff-1"), id).await.expect("no fault").expect("there");
        assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["sirküler.jpeg", "dilekçe 2.png"]);
        let file = read_file(office, &staff("staff-1"), id, Paper::Circular).await.expect("no fault").expect("a file");
        assert_eq!(file.media_type, "image/jpeg");
        assert_eq!(approve(office, &staff("staff-1"), id).await, Ok(Decided::Done));
        assert_eq!(approve(office, &staff("staff-2"), id).await, Ok(Decided::Before));
        assert_eq!(reject(office, &staff("staff-2"), id, "geç").await, Ok(Decided::Before));

        let mail = one_mail(&stage, &sink).await;
        assert!(mail.text().contains("Şifrenizi Oluşturun") && !mail.text().contains(GOOD));
        let link = mail.link("password");
        assert_eq!(find_user(office, &link).await, Ok(Some(AYSE.to_owned())));
        assert_eq!(set(office, &link, "kısa").await, Ok(Setting::Flawed(PasswordFlaw::Short)));
        assert_eq!(set(office, &link, GOOD).await, Ok(Setting::Set));
        assert_eq!(set(office, &link, "başka bir şifre 8").await, Ok(Setting::Over));
        let signed_in = sign_in(office, &code_of("Ayse@IHLAMUR.example"), GOOD, Purpose::Operate).await;
        let client = signed_in.expect("no fault").expect("signed in");
        let firms = firms_of(office, &client).await.expect("firms");
        assert_eq!(firms.iter().map(|firm| firm.tax_no.as_str()).collect::<Vec<_>>(), [EXPORTER]);
        stage.audit_is_clean().await;
    }

    /// P-1.2.6, P-1.2.10, P-1.2.11, P-1.2.14, P-1.2.15: a broker chooses where it applies, and only that branch sees it.
    async fn a_broker_applies_at_the_secretariat_that_it_chose(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        let office = &stage.office;
        let broker = find_firm(office, AccountType::Broker, BROKER).await.expect("no fault").expect("a firm");
        assert!(choices(office, &broker).await.expect("no fault").len() > 10);
        let nowhere = start(office, &broker, "TIM", &details("b@c.example")).await.expect("no fault");
        assert!(matches!(nowhere, Starting::NoSecretariat));
        begun(&stage, AccountType::Broker, BROKER, "OAIB", "mert@musavir.example").await;
        let mail = one_mail(&stage, &sink).await;
        assert!(mail.attachment().starts_with(b"%PDF"));
        sent(&stage, &mail.link("application")).await;
        let queue = async |client: &Client| {
            list(office, client, ("", ""), true, (10, 0)).await.expect("no fault").0
        };
        assert!(queue(&of("IMMIB")).await.is_empty() && queue(&stage.client).await.is_empty());
        let id = queue(&of("OAIB")).await[0].id;
        for foreign in [of("IMMIB"), stage.client.clone()] {
            assert_eq!(find(office, &foreign, id).await, Ok(None));
            assert_eq!(read_file(office, &foreign, id, Paper::Petition).await, Ok(None));
            assert_eq!(approve(office, &foreign, id).await, Ok(Decided::NotFound));
            assert_eq!(reject(office, &foreign, id, "x").await, Ok(Decided::NotFound));
        }
        assert_eq!(approve(office, &of("OAIB"), id).await, Ok(Decided::Done));
        assert_eq!(one_mail(&stage, &sink).await.to, "mert@musavir.example");
    }

    /// P-1.1.16, P-1.2.16: a rejection needs its reason, which the mail brings; nobody becomes anything.
    async fn a_rejection_brings_its_reason(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        let id = applied(&stage, &sink, AYSE).await;
        assert_eq!(reject(&stage.office, &staff("staff-1"), id, "  ").await, Ok(Decided::ReasonNeeded));
        assert_eq!(mailed(&stage, &sink).await.len(), 0);
        let done = reject(&stage.office, &staff("staff-1"), id, "Kaşe {link} okunmuyor.").await;
        assert_eq!(done, Ok(Decided::Done));
        let mail = one_mail(&stage, &sink).await;
        assert!(mail.text().contains("Kaşe link okunmuyor."), "{}", mail.text());
        assert!(stage.office.store.find_client(AYSE).await.expect("an answer").is_none());
        stage.audit_is_clean().await;
    }

    /// P-1.1.8, P-1.1.9, P-1.2.8, P-1.2.9: an unfinished application is no obstacle to another; the mail comes again, a minute
    /// later at the soonest and ten times at most.
    async fn the_mail_comes_again_and_an_unfinished_application_is_no_obstacle(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        begun(&stage, AccountType::Exporter, EXPORTER, "", "yanlis@ihlamur.example").await;
        let handle = begun(&stage, AccountType::Exporter, EXPORTER, "", AYSE).await;
        let mails = mailed(&stage, &sink).await;
        assert_eq!(mails.len(), 2);
        let first = mails.iter().find(|mail| mail.to == AYSE).expect("a mail").link("application");
        let asked = async || ask_again(&stage.office, &handle).await.expect("no fault");
        assert_eq!(asked().await, Asking::Wait(at("2026-11-21T11:04:22.123Z")));
        for minute in 5..14 {
            stage.clock.move_to(&format!("2026-11-21T11:{minute:02}:00Z"));
            assert_eq!(asked().await, Asking::Asked);
        }
        let again = mailed(&stage, &sink).await;
        assert_eq!(again.len(), 9);
        stage.clock.move_to("2026-11-21T12:00:00Z");
        assert_eq!(asked().await, Asking::TooOften);
        assert!(matches!(open(&stage.office, &first).await, Ok(Opened::Application(..))), "both links work");
        sent(&stage, &again[0].link("application")).await;
        assert_eq!(asked().await, Asking::Closed);
        for _ in 0..9 {
            begun(&stage, AccountType::Exporter, EXPORTER, "", AYSE).await;
        }
        let firm = find_firm(&stage.office, AccountType::Exporter, EXPORTER).await.expect("no fault").expect("a firm");
        let much = start(&stage.office, &firm, "", &details(AYSE)).await.expect("no fault");
        assert!(matches!(much, Starting::TooOften), "nobody's mailbox is filled");
    }

    /// P-1.1.12, P-1.1.13, P-1.2.12, P-1.2.13, S-2: what is not sent within seven days is deleted with its files; the link says so,
    /// and whoever wants to go on applies anew.
    async fn an_application_that_is_not_sent_is_deleted_after_seven_days(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        let office = &stage.office;
        begun(&stage, AccountType::Exporter, EXPORTER, "", AYSE).await;
        let link = one_mail(&stage, &sink).await.link("application");
        for paper in Paper::ALL {
            assert_eq!(keep(office, &link, paper, "a.pdf", pdf(10)).await, Ok(Keeping::Kept));
        }
        let Ok(Opened::Application(_, files)) = open(office, &link).await else { panic!("open") };
        stage.clock.move_to("2026-11-28T11:03:22.122Z");
        assert_eq!(forget_overdue(office).await, Ok(0));
        assert!(matches!(open(office, &link).await, Ok(Opened::Application(..))));
        stage.clock.move_to("2026-11-28T11:03:22.123Z");
        let expired = Ok(Opened::Expired(at("2026-11-28T11:03:22.123Z")));
        assert_eq!(open(office, &link).await, expired, "over before it is removed");
        assert_eq!(send(office, &link).await, Ok(Sending::Closed));
        assert_eq!((forget_overdue(office).await, forget_overdue(office).await), (Ok(1), Ok(0)));
        assert_eq!(open(office, &link).await, expired, "and afterwards");
        mail::tidy(office).await.expect("forgotten");
        for file in &files {
            assert_eq!(office.store.find_upload(file.upload_id).await.expect("an answer"), None);
        }
        let count = office.store.count_applications(AYSE, 0).await.expect("a count");
        assert_eq!((files.len(), count), (2, 0));
        begun(&stage, AccountType::Exporter, EXPORTER, "", AYSE).await;
        assert_ne!(one_mail(&stage, &sink).await.link("application").to_text(), link.to_text());
        stage.audit_is_clean().await;
    }

    /// P-1.1.12, P-1.2.12: the applicant is reminded two days before the end, once; seven more days are to be had, once, and
    /// are reminded of again; then all is deleted as ever. What was sent is not reminded of.
    async fn an_unfinished_application_is_reminded_of_and_extended_once(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        let office = &stage.office;
        begun(&stage, AccountType::Exporter, EXPORTER, "", AYSE).await;
        let link = one_mail(&stage, &sink).await.link("application");
        begun(&stage, AccountType::Exporter, EXPORTER, "", "fatma@ihlamur.example").await;
        sent(&stage, &one_mail(&stage, &sink).await.link("application")).await;
        stage.clock.move_to("2026-11-26T11:03:22.122Z");
        assert_eq!((remind(office).await, mailed(&stage, &sink).await.len()), (Ok(0), 0));
        stage.clock.move_to("2026-11-26T11:03:22.123Z");
        assert_eq!((remind(office).await, remind(office).await), (Ok(1), Ok(0)));
        let mail = one_mail(&stage, &sink).await;
        assert!(mail.to == AYSE && mail.text().contains("Son gönderme zamanı: 28.11.2026 14:03"), "{}", mail.text());
        assert!(mail.text().contains("Uzatılmış son gönderme zamanı: 05.12.2026 14:03") && mail.text().contains("one click"));
        let reminded = mail.link("application");
        assert_eq!((extend(office, &reminded).await, extend(office, &link).await), (Ok(true), Ok(false)));
        stage.clock.move_to("2026-12-03T11:03:22.123Z");
        mail::tidy(office).await.expect("done");
        let mail = one_mail(&stage, &sink).await;
        assert!(mail.text().contains("Son gönderme zamanı: 05.12.2026 14:03") && !mail.text().contains("Uzatılmış"));
        for link in [&link, &reminded] {
            assert!(matches!(open(office, link).await, Ok(Opened::Application(..))), "every link still works");
        }
        stage.clock.move_to("2026-12-05T11:03:22.123Z");
        assert_eq!(extend(office, &link).await, Ok(false));
        mail::tidy(office).await.expect("done");
        assert_eq!(open(office, &link).await, Ok(Opened::Expired(at("2026-12-05T11:03:22.123Z"))));
        assert_eq!(mailed(&stage, &sink).await.len(), 0);
        stage.audit_is_clean().await;
    }

    /// P-1.1.17, P-1.2.17: the same address applies for several firms; approval adds each to the one account.
    async fn the_same_address_acts_for_several_firms(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        let client = person(&stage, &sink, AYSE).await;
        begun(&stage, AccountType::Exporter, OTHER_EXPORTER, "", "AYSE@Ihlamur.example").await;
        sent(&stage, &one_mail(&stage, &sink).await.link("application")).await;
        let id = waiting(&stage).await;
        assert_eq!(approve(&stage.office, &staff("staff-1"), id).await, Ok(Decided::Done));
        let mail = one_mail(&stage, &sink).await;
        assert!(mail.text().contains("firma hesabınıza eklendi") && !mail.text().contains("/password/"));
        assert_eq!(firms_of(&stage.office, &client).await.expect("firms").len(), 2);
        let still = sign_in(&stage.office, AYSE, GOOD, Purpose::Operate).await.expect("no fault");
        assert!(still.is_some(), "the password stays");
    }

    /// P-1.1.17: an address that is a program's user code is not made a person of.
    async fn a_programs_user_code_gets_no_firm(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        execute(&database.url, "insert into client (code, firm, secretariat, roles, password_hash, payment_password_hash, locked)
            values ('edi@ihlamur.example', '', 'IMMIB', 'staff', '', '', 0)").await;
        let id = applied(&stage, &sink, "edi@ihlamur.example").await;
        assert_eq!(approve(&stage.office, &staff("staff-1"), id).await, Ok(Decided::NotAPerson));
        assert_eq!(waiting(&stage).await, id, "nothing was decided");
        assert_eq!(reject(&stage.office, &staff("staff-1"), id, "Başka adres verin.").await, Ok(Decided::Done));
    }

    /// P-2.2: a link to set a password lives 24 hours from its mail.
    async fn a_password_link_lives_24_hours(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        let id = applied(&stage, &sink, AYSE).await;
        assert_eq!(approve(&stage.office, &staff("staff-1"), id).await, Ok(Decided::Done));
        let mail = one_mail(&stage, &sink).await;
        assert!(mail.text().contains("Bağlantının son kullanma zamanı: 22.11.2026 14:03"), "{}", mail.text());
        let link = mail.link("password");
        stage.clock.move_to("2026-11-22T11:03:22.122Z");
        assert_eq!(find_user(&stage.office, &link).await, Ok(Some(AYSE.to_owned())));
        stage.clock.move_to("2026-11-22T11:03:22.123Z");
        assert_eq!(find_user(&stage.office, &link).await, Ok(None));
        assert_eq!(set(&stage.office, &link, GOOD).await, Ok(Setting::Over));
        ask(&stage.office, AYSE).await.expect("asked");
        let link = one_mail(&stage, &sink).await.link("password");
        assert_eq!(set(&stage.office, &link, GOOD).await, Ok(Setting::Set));
    }

    /// P-3.1, P-3.2: who forgot the password gets a link; what is written is the same for an unknown address, a program's and a
    /// locked person's, who get nothing. A new password ends every session and every other link.
    async fn who_forgot_the_password_gets_a_link_and_nobody_learns_who_is_known(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        let office = &stage.office;
        person(&stage, &sink, AYSE).await;
        let before = office.store.newest_event().await.expect("a number");
        for unknown in ["nobody@x.example", "broker1@x.example"] {
            ask(office, unknown).await.expect("asked");
        }
        assert!(office.store.newest_event().await.expect("a number") > before, "an event as for any other");
        assert_eq!(mailed(&stage, &sink).await.len(), 0);

        office.store.start_session(&[1; 32], AYSE, "", office.clock.now().as_microsecond()).await.expect("a session");
        ask(office, " Ayse@ihlamur.example").await.expect("asked");
        ask(office, AYSE).await.expect("asked");
        let mails = mailed(&stage, &sink).await;
        assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [AYSE, AYSE]);
        let (first, second) = (mails[0].link("password"), mails[1].link("password"));
        assert_eq!(set(office, &second, "bambaşka bir şifre").await, Ok(Setting::Set));
        assert_eq!(set(office, &first, GOOD).await, Ok(Setting::Over));
        assert!(sign_in(office, AYSE, GOOD, Purpose::Operate).await.expect("no fault").is_none());
        assert!(office.store.list_sessions(AYSE, 0, 0).await.expect("sessions").is_empty());

        for _ in 0..10 {
            ask(office, AYSE).await.expect("asked");
        }
        assert_eq!(mailed(&stage, &sink).await.len(), 3, "five within an hour");
        execute(&database.url, "update client set locked = 1").await;
        stage.clock.move_to("2026-11-22T11:03:22Z");
        ask(office, AYSE).await.expect("asked");
        assert_eq!(mailed(&stage, &sink).await.len(), 0);
    }

    /// P-2.1: the password to pay with is another one, set after proving one's own.
    async fn the_payment_password_is_set_after_proving_ones_own(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        let client = person(&stage, &sink, AYSE).await;
        let set = async |own: &str, new: &str| set_payment(&stage.office, &client, own, new).await.expect("no fault");
        assert_eq!(set("yanlış şifre", "ödeme için bu 9").await, Changing::NotProved);
        assert_eq!(set(GOOD, GOOD).await, Changing::Flawed(PasswordFlaw::LikeOther));
        assert_eq!(set(GOOD, "kısa").await, Changing::Flawed(PasswordFlaw::Short));
        assert_eq!(set(GOOD, "ödeme için bu 9").await, Changing::Set);
        let proved = async |password: &str, purpose| {
            sign_in(&stage.office, AYSE, password, purpose).await.expect("no fault").is_some()
        };
        assert!(proved("ödeme için bu 9", Purpose::Pay).await && !proved(GOOD, Purpose::Pay).await);
        assert!(proved(GOOD, Purpose::Operate).await && !proved("ödeme için bu 9", Purpose::Operate).await);
    }

    /// P-3.2: one's own password is changed after proving it, by the rules for any new one; the other sessions and the links
    /// that were mailed end, and a mail tells of it.
    async fn ones_own_password_is_changed_while_signed_in(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        let office = &stage.office;
        let client = person(&stage, &sink, AYSE).await;
        ask(office, AYSE).await.expect("asked");
        let link = one_mail(&stage, &sink).await.link("password");
        set_payment(office, &client, GOOD, "ödeme için bu 9").await.expect("no fault");
        assert!(one_mail(&stage, &sink).await.text().contains("Ödeme şifreniz belirlendi."));
        for session in [[1; 32], [2; 32]] {
            office.store.start_session(&session, AYSE, "", office.clock.now().as_microsecond()).await.expect("begun");
        }
        let to = async |own: &str, new: &str| change(office, &client, (own, new), &[1; 32]).await.expect("no fault");
        assert_eq!(to("yanlış şifre", "bambaşka bir şifre").await, Changing::NotProved);
        for (new, flaw) in [
            ("kısa", PasswordFlaw::Short),
            ("password123", PasswordFlaw::Common),
            (GOOD, PasswordFlaw::Unchanged),
            ("ödeme için bu 9", PasswordFlaw::LikeOther),
        ] {
            assert_eq!(to(GOOD, new).await, Changing::Flawed(flaw));
        }
        assert_eq!(office.store.list_sessions(AYSE, 0, 0).await.expect("sessions").len(), 2, "nothing was changed");
        assert_eq!(to(GOOD, "bambaşka bir şifre").await, Changing::Set);
        assert!(sign_in(office, AYSE, GOOD, Purpose::Operate).await.expect("no fault").is_none());
        assert!(sign_in(office, AYSE, "bambaşka bir şifre", Purpose::Operate).await.expect("no fault").is_some());
        let left = office.store.list_sessions(AYSE, 0, 0).await.expect("sessions");
        assert_eq!(left.iter().map(|open| open.id_hash.as_slice()).collect::<Vec<_>>(), [[1; 32]]);
        assert_eq!(set(office, &link, GOOD).await, Ok(Setting::Over));
        let mail = one_mail(&stage, &sink).await;
        assert!(mail.to == AYSE && mail.text().contains("Şifreniz değiştirildi; diğer açık oturumlarınız kapatıldı."));
        assert!(mail.text().contains("Your password was changed") && !mail.text().contains("bambaşka"));
        stage.audit_is_clean().await;
    }

    /// P-1.1.6: a mail waits while the server does not take it, longer each time, and is given up in the end; one that never
    /// will be taken is given up at once. Of two servers one writes and one sends.
    async fn mails_wait_for_a_mail_server_and_go_out_once(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        let beside = stage.beside(&database.url).await;
        beside.office.mail_by(mailing(&sink));
        sink.refuse(Some("451 later"));
        begun(&stage, AccountType::Exporter, EXPORTER, "", AYSE).await;
        assert_eq!(mailed(&stage, &sink).await.len() + mailed(&beside, &sink).await.len(), 0);
        assert_eq!(mail::standing(&stage.office).await, Ok((1, 0)));
        sink.refuse(None);
        assert_eq!(mailed(&stage, &sink).await.len(), 0, "not before its time");
        for stage in [&stage, &beside] {
            stage.clock.move_to("2026-11-21T11:04:22.123Z");
        }
        let (one, other) = tokio::join!(mail::send(&stage.office), mail::send(&beside.office));
        assert_eq!((one.unwrap() + other.unwrap(), sink.take().len()), (1, 1));
        assert_eq!(mail::standing(&stage.office).await, Ok((0, 0)));

        sink.refuse(Some("550 no such mailbox"));
        begun(&stage, AccountType::Exporter, EXPORTER, "", AYSE).await;
        assert_eq!(mailed(&stage, &sink).await.len(), 0);
        assert_eq!(mail::standing(&stage.office).await, Ok((0, 1)));

        sink.refuse(Some("451 later"));
        begun(&stage, AccountType::Exporter, EXPORTER, "", AYSE).await;
        for hour in 0..60 {
            stage.clock.move_to(&format!("2026-11-{:02}T{:02}:30:00Z", 22 + hour / 24, hour % 24));
            mailed(&stage, &sink).await;
        }
        assert_eq!(mail::standing(&stage.office).await, Ok((0, 2)));
        let stored = stage.office.store.list_mails(10).await.expect("mails");
        assert!(stored.len() == 3 && stored.iter().all(|mail| mail.link.is_empty()), "links are struck out");
    }

    /// G-52: an account that runs low is told to the people of its firm, and to nobody else.
    async fn a_low_balance_is_mailed_to_the_people_of_the_firm(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        person(&stage, &sink, AYSE).await;
        stage.send(&message("BRK-1")).await;
        stage.number().await;
        let mail = one_mail(&stage, &sink).await;
        assert_eq!(mail.to, AYSE);
        assert!(mail.text().contains("Bakiye: 481,23 TL") && mail.text().contains("Balance: 481.23 TL"));
    }

    /// P-4.7.5, P-5.4.1.4: that a power was sent, and what became of it, is mailed to the people of its firms, with the reason.
    async fn what_becomes_of_a_power_is_mailed(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        let client = Client { firm: OTHER_EXPORTER.into(), ..person(&stage, &sink, AYSE).await };
        let added = stage.office.store.add_person(AYSE, ("Ayşe Yılmaz", "05321234567"), OTHER_EXPORTER, 1).await;
        added.expect("a firm more");
        let terms = Terms {
            secretariat: "IMMIB".into(),
            valid_from: Some("2026-11-01".parse().expect("a day")),
            valid_to: Some("2026-11-25".parse().expect("a day")),
            ..Terms::default()
        };
        let sides = given(powers::sides(&stage.office, &client, BROKER).await.expect("no fault")).expect("two firms");
        let paper = powers::Paper { name: "vekaletname.pdf".into(), bytes: pdf(100) };
        let drafted = powers::draft(&stage.office, &client, (&sides, &terms), None, Some(paper)).await;
        let id = given(drafted.expect("no fault")).expect("a draft");
        given(powers::send(&stage.office, &client, id).await.expect("no fault")).expect("sent");
        let mail = one_mail(&stage, &sink).await;
        assert!(mail.to == AYSE && mail.text().contains("incelemesine gönderildi"), "{}", mail.text());
        let no = Verdict::Reject("imza sirküleri eksik".into());
        given(decide(&stage.office, &staff("staff-1"), id, &no).await.expect("no fault")).expect("rejected");
        let mail = one_mail(&stage, &sink).await;
        assert!(mail.text().contains("Vekaletname onaylanmadı. Gerekçe: imza sirküleri eksik"), "{}", mail.text());
        assert!(mail.text().contains("was not approved. Reason: imza sirküleri eksik") && mail.text().contains(BROKER));
    }

    /// P-2.2: neither mails nor links are in a backup; people and applications are.
    async fn a_backup_holds_people_and_no_links(database: TestDatabase) {
        let (stage, sink) = staged(&database.url).await;
        let client = person(&stage, &sink, AYSE).await;
        ask(&stage.office, AYSE).await.expect("asked");
        let link = one_mail(&stage, &sink).await.link("password");
        let folder = tempfile::tempdir().expect("a folder");
        let (file, now) = (folder.path().join("copy"), at("2026-11-22T00:00:00Z"));
        backup(&database.url, &file, now, &mut |_, _| ()).await.expect("a backup");
        let other = TestDatabase::sqlite();
        restore(&other.url, &file, Afterwards::Nothing, now, &mut |_, _| ()).await.expect("restored");
        let beside = stage.beside(&other.url).await;
        beside.office.mail_by(mailing(&sink));
        assert_eq!(firms_of(&beside.office, &client).await.expect("firms").len(), 1);
        assert_eq!(waiting_and_decided(&beside).await, 1);
        assert_eq!(find_user(&beside.office, &link).await, Ok(None));
        assert_eq!(mailed(&beside, &sink).await.len(), 0, "nothing is mailed twice");
    }
}

async fn waiting_and_decided(stage: &Stage) -> u64 {
    list(&stage.office, &staff("staff-1"), ("", ""), false, (10, 0)).await.expect("no fault").1
}
