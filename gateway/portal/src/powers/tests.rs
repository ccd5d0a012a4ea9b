//! Powers of attorney as a browser meets them: both sides, the secretariat, and who is kept out.

use crate::tests::{Browser, House, Page};
use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{Request, StatusCode};

const EXPORTER: &str = "9960308245"; // exporter6: no power, no membership
const MEMBER: &str = "1860913903"; // exporter4: a member at IMMIB
const BROKER: &str = "9876543217"; // broker1

/// A form with a file, as a browser sends it.
async fn upload(browser: &mut Browser, address: &str, fields: &[(&str, &str)], file: Option<(&str, Vec<u8>)>) -> Page {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
    }
    if let Some((name, bytes)) = file {
        let head = format!(
            "--b\r\nContent-Disposition: form-data; name=\"paper\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    let request = Request::post(address).header(CONTENT_TYPE, "multipart/form-data; boundary=b");
    browser.send(request.body(Body::from(body)).unwrap()).await
}

fn pdf() -> Vec<u8> {
    b"%PDF-1.7\nvekaletname".to_vec()
}

/// An application of exporter4 for broker1 at IMMIB, sent: its address.
async fn applied(house: &House) -> String {
    let mut exporter = house.browser_of("exporter4").await;
    let page = exporter.get("/powers/new").await;
    let token = page.token().to_owned();
    let asked = exporter.post("/powers/new", format!("token={token}&tax_no={BROKER}")).await;
    assert_eq!(asked.location(), format!("/powers/new/{BROKER}"), "{}", asked.body);
    let fields =
        [("token", token.as_str()), ("secretariat", "IMMIB"), ("scope", "one"), ("from", "01.11.2026"), ("to", "")];
    let drafted = upload(&mut exporter, asked.location(), &fields, Some(("vekalet.pdf", pdf()))).await;
    assert_eq!(drafted.status, StatusCode::SEE_OTHER, "{}", drafted.body);
    let address = drafted.location().to_owned();
    let check = exporter.get(&address).await;
    for part in
        ["Bilgileri denetleyin", "Işıltı Boya ve Kimya Sanayi A.Ş. adına", "vekalet.pdf", "01.11.2026", "Süresiz"]
    {
        assert!(check.body.contains(part), "{part} in {}", check.body);
    }
    let sent = exporter.post(&address, format!("token={token}&act=send")).await;
    assert_eq!(sent.location(), format!("{address}?done=sent"), "{}", sent.body);
    let again = exporter.post(&address, format!("token={token}&act=send")).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "a form that comes twice changes nothing");
    let told = exporter.get(sent.location()).await;
    assert!(told.body.contains("onaya gönderildi") && told.body.contains("e-postayla"), "{}", told.body);
    address
}

/// P-4.7.1, P-4.7.2, P-4.7.3, P-5.4.1: each side lists its own, searches by title in Turkish or by number, sorts, hides and
/// takes the list along; others see nothing of it.
#[tokio::test]
async fn each_side_lists_searches_and_sorts_its_powers() {
    let house = House::open().await;
    let mut exporter = house.browser_of("exporter1").await;
    let page = exporter.get("/powers").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in ["VEKALETNAME TANIMLA", "Çınarlı Liman", "Yedikapı", "Geçerli", "sort=firm", "hide=tax%5Fno"] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    let page = exporter.get("/powers?firm=CINARLI").await;
    assert!(page.body.contains("Çınarlı Liman") && !page.body.contains("Yedikapı Gümrük"), "{}", page.body);
    let page = exporter.get("/powers?firm=3880718497&lang=en").await;
    assert!(page.body.contains("Yedikapı") && page.body.contains("Powers of attorney"));
    let file = exporter.get("/powers?format=csv").await;
    assert!(file.body.contains("9876543217") && file.header(&CONTENT_DISPOSITION).contains("vekaletnameler.csv"));
    let mut broker = house.browser_of("broker1").await;
    let page = broker.get("/powers?sort=-firm").await;
    for part in ["Ihlamur Dış Ticaret", "Düğümlü Halı", "Süresi bitti"] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    assert!(!page.body.contains("Güneşbahçe"));
    let (ihlamur, akcakaya) = (page.body.find("Ihlamur").unwrap(), page.body.find("Akçakaya").unwrap());
    assert!(ihlamur < akcakaya, "the last of the Turkish alphabet first");
    assert_eq!(house.browser_of("customs").await.get("/powers").await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.browser().get("/powers").await.location(), "/login?next=%2Fpowers");
}

/// P-4.7.1.1, P-4.7.1.5, P-5.4.1.5, P-4.7.4, S-4: an exporter applies, the secretariat of its union approves, and from then on
/// the broker has its card.
#[tokio::test]
async fn a_power_is_applied_for_approved_and_used() {
    let house = House::open().await;
    let mut broker = house.browser_of("broker1").await;
    let address = applied(&house).await;
    let id = address.rsplit('/').next().unwrap().to_owned();
    assert!(!broker.get("/firms").await.body.contains("Işıltı"), "P-4.7.1.6: not before it is approved");
    let seen = broker.get(&address).await;
    assert!(seen.body.contains("İncelemede") && seen.body.contains("Bu başvuruyu karşı taraf yaptı."));
    assert_eq!(house.browser_of("broker2").await.get(&address).await.status, StatusCode::NOT_FOUND);

    assert_eq!(
        house.browser_of("staff-itkib").await.get(&format!("/staff/powers/{id}")).await.status,
        StatusCode::NOT_FOUND
    );
    let mut staff = house.browser_of("staff-immib").await;
    let queue = staff.get("/staff/powers").await;
    assert!(queue.body.contains(&format!("/staff/powers/{id}")) && queue.body.contains("Işıltı"), "{}", queue.body);
    let page = staff.get(&format!("/staff/powers/{id}")).await;
    assert!(
        page.body.contains("Aynı iki firma arasındaki vekaletnameler") && page.body.contains("Başka vekaletname yok.")
    );
    let paper = staff.get(&format!("/staff/powers/{id}/paper")).await;
    assert_eq!((paper.body.as_bytes(), paper.header(&CONTENT_TYPE)), (pdf().as_slice(), "application/pdf"));
    assert!(paper.header(&CONTENT_DISPOSITION).starts_with("attachment"));
    let token = page.token().to_owned();
    let missing = staff.post(&format!("/staff/powers/{id}"), format!("token={token}&act=reject&reason=+")).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(missing.body.contains("<title>Hata: "), "{}", missing.body);
    let approved = staff.post(&format!("/staff/powers/{id}"), format!("token={token}&act=approve")).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.body);
    let twice = staff.post(&format!("/staff/powers/{id}"), format!("token={token}&act=approve")).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);

    assert!(broker.get("/firms").await.body.contains("Işıltı"));
    let held = format!("/powers/held/{MEMBER}.{BROKER}.IMMIB.2026-11-01");
    let page = broker.get(&held).await;
    assert!(page.body.contains("Geçerli") && !page.body.contains("Dondur"), "{}", page.body);
    let page = staff.get(&format!("/staff{held}")).await;
    let token = page.token().to_owned();
    assert_eq!(
        staff.post(&format!("/staff{held}"), format!("token={token}&reason=")).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let ended = staff.post(&format!("/staff{held}"), format!("token={token}&reason=azilname")).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.body);
    assert!(staff.get(ended.location()).await.body.contains("azilname"));
    assert!(!broker.get("/firms").await.body.contains("Işıltı"));
}

/// P-4.7.1.2, P-4.7.1.4, P-5.4.1.3: a broker that is not registered and a file that is none are refused at their fields; what
/// was typed and a file that is right stay.
#[tokio::test]
async fn what_is_wrong_is_told_at_its_field_and_the_rest_stays() {
    let house = House::open().await;
    let mut exporter = house.browser_of("exporter4").await;
    let token = exporter.get("/powers/new").await.token().to_owned();
    for (typed, said) in [("1234567890", "gümrük müşaviri yok"), ("12", "10 rakam"), (EXPORTER, "gümrük müşaviri yok")]
    {
        let page = exporter.post("/powers/new", format!("token={token}&tax_no={typed}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.body.contains(said) && page.body.contains(&format!("value=\"{typed}\"")),
            "{said} in {}",
            page.body
        );
    }
    assert_eq!(exporter.post("/powers/new", format!("token=0f&tax_no={BROKER}")).await.status, StatusCode::FORBIDDEN);
    let address = format!("/powers/new/{BROKER}");
    let fields =
        |from, to| [("token", token.as_str()), ("secretariat", "IMMIB"), ("scope", "all"), ("from", from), ("to", to)];
    let page = upload(&mut exporter, &address, &fields("31.02.2026", ""), Some(("a.pdf", b"MZ".to_vec()))).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("İlk günü gg.aa.yyyy olarak yazın.") && page.body.contains("PDF, JPEG ya da PNG değil"));
    assert!(page.body.contains("value=\"31.02.2026\"") && page.body.contains("value=\"all\" checked"), "{}", page.body);
    let mut large = pdf();
    large.resize((5 << 20) + 1, b' ');
    let page = upload(&mut exporter, &address, &fields("01.11.2026", ""), Some(("a.pdf", large))).await;
    assert!(page.body.contains("5 MB") && page.body.contains("id=\"paper-error\""), "{}", page.body);
    let mut larger = pdf();
    larger.resize(7 << 20, b' ');
    let page = upload(&mut exporter, &address, &fields("01.11.2026", ""), Some(("a.pdf", larger))).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("id=\"paper-error\""), "{}", page.body);
    let page = upload(
        &mut exporter,
        &address,
        &fields("01.11.2026", "01.10.2026"),
        Some(("tarama.png", b"\x89PNG\r\n\x1a\nx".to_vec())),
    )
    .await;
    assert!(page.body.contains("Alınan dosya: tarama.png") && page.body.contains("id=\"to-error\""), "{}", page.body);
    let (_, rest) = page.body.split_once("name=\"draft\" value=\"").unwrap();
    let draft = rest.split('"').next().unwrap().to_owned();
    let mut fields = fields("01.11.2026", "01.10.2027").to_vec();
    fields.push(("draft", draft.as_str()));
    let page = upload(&mut exporter, &address, &fields, None).await;
    assert_eq!(page.location(), format!("/powers/applications/{draft}"), "{}", page.body);
    let mut large = pdf();
    large.resize(5 << 20, b' ');
    let page = upload(&mut exporter, &address, &fields, Some(("a.pdf", large))).await;
    assert_eq!(page.location(), format!("/powers/applications/{draft}"), "5 MB are taken: {}", page.body);
}

/// P-5.4.1.1, P-5.4.1.2: a broker names the exporter, and chooses among the secretariats of its unions.
#[tokio::test]
async fn a_broker_chooses_among_the_exporters_secretariats() {
    let house = House::open().await;
    let mut broker = house.browser_of("broker2").await;
    let token = broker.get("/powers/new").await.token().to_owned();
    let asked = broker.post("/powers/new", format!("token={token}&tax_no=1234567890")).await;
    let page = broker.get(asked.location()).await;
    assert!(
        page.body.contains("<option value=\"IMMIB\"") && page.body.contains("<option value=\"ITKIB\""),
        "{}",
        page.body
    );
    assert!(!page.body.contains("<option value=\"OAIB\""));
    let page = broker.post("/powers/new", format!("token={token}&tax_no={EXPORTER}")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "a member nowhere");
    let fields = [("token", token.as_str()), ("secretariat", "OAIB"), ("scope", "one"), ("from", "01.11.2026")];
    let page = upload(&mut broker, asked.location(), &fields, Some(("a.pdf", pdf()))).await;
    assert!(page.body.contains("id=\"secretariat-error\""), "{}", page.body);
}

/// An exporter sees what its broker did and stops it with one button; the broker's card is gone at once, and comes back.
#[tokio::test]
async fn an_exporter_freezes_and_releases_a_broker() {
    let house = House::open().await;
    let (approval, _) = house.approved().await;
    while house.office.chain_events().await.unwrap() + house.office.number_events().await.unwrap() > 0 {}
    let mut exporter = house.browser_of("exporter1").await;
    let page = exporter.get("/powers/activity").await;
    for part in [
        "Çınarlı Liman",
        "Beyanname onaylandı",
        approval.reference.as_str(),
        "Ihlamur Dış Ticaret ve Sanayi A.Ş. adına",
    ] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    let token = page.token().to_owned();
    let mut broker = house.browser_of("broker1").await;
    assert!(broker.get("/firms").await.body.contains("Ihlamur"));
    let address = format!("/powers/brokers/{BROKER}");
    assert_eq!(exporter.post(&address, "token=0f&act=freeze".to_owned()).await.status, StatusCode::FORBIDDEN);
    let frozen = exporter.post(&address, format!("token={token}&act=freeze")).await;
    assert_eq!(frozen.location(), "/powers/activity?done=frozen");
    assert!(exporter.get(frozen.location()).await.body.contains("Müşavir donduruldu"));
    assert!(!broker.get("/firms").await.body.contains("Ihlamur"));
    let held = format!("/powers/held/1234567890.{BROKER}.all.2024-01-01");
    assert!(broker.get(&held).await.body.contains("Donduruldu"));
    assert!(exporter.get(&held).await.body.contains("Donmayı kaldır"));
    let broker_token = broker.get("/powers/new").await.token().to_owned();
    assert_eq!(broker.post(&address, format!("token={broker_token}&act=release")).await.status, StatusCode::FORBIDDEN);
    let released =
        exporter.post(&address, format!("token={token}&act=release&key=1234567890.{BROKER}.all.2024-01-01")).await;
    assert_eq!(released.location(), format!("{held}?done=released"));
    assert!(broker.get("/firms").await.body.contains("Ihlamur"));
    let ended = exporter.post(&held, format!("token={token}")).await;
    assert_eq!(ended.location(), format!("{held}?done=revoked"));
    assert!(exporter.get(ended.location()).await.body.contains("Sona erdirildi"));
    let other = exporter.post("/powers/brokers/4840847211", format!("token={token}&act=freeze")).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "no broker of this exporter");
}

/// P-4.8.1, P-4.13.1, P-5.7.1, P-4.16.1, P-5.10.1, P-5.5.1: unions with their registry numbers, users, whom to call, and the way to the
/// membership system.
#[tokio::test]
async fn a_firm_sees_its_unions_users_and_whom_to_call() {
    let house = House::open().await;
    let mut exporter = house.browser_of("exporter1").await;
    let page = exporter.get("/memberships").await;
    for part in ["IKMIB", "IHKIB", "01.01.2024", "Sicil no", "Üyelik tarihi"] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    assert_eq!(exporter.get("/membership-application").await.status, StatusCode::FORBIDDEN);
    assert!(exporter.get("/users").await.body.contains("exporter1"));
    let mut broker = house.browser_of("broker1").await;
    assert!(broker.get("/users").await.body.contains("broker1"));
    let sent = broker.get("/membership-application").await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "https://uyelik.tim.org.tr"));
    let page = house.browser().get("/contact?lang=en").await;
    assert!(page.body.contains("Within working hours") && page.body.contains("Outside working hours"));
    assert!(house.browser().get("/login").await.body.contains("href=\"/contact\""), "from every page");
}

/// P-4.7.1, P-5.4.1, S-4: a power may have a daily money limit. Whoever applies states it as people write money, the
/// secretariat sees it, and both sides see it with what is used today.
#[tokio::test]
async fn a_daily_limit_is_stated_reviewed_and_shown_with_what_is_used() {
    let house = House::open().await;
    let mut exporter = house.browser_of("exporter4").await;
    let token = exporter.get("/powers/new").await.token().to_owned();
    let address = format!("/powers/new/{BROKER}");
    let with = |limit| [("token", token.as_str()), ("secretariat", "IMMIB"), ("from", "01.11.2026"), ("limit", limit)];
    for wrong in ["1,234.56", "0", "-5", "çok", "1.23"] {
        let page = upload(&mut exporter, &address, &with(wrong), Some(("v.pdf", pdf()))).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        for part in ["href=\"#limit\"", "1.234,56 ya da 1234,56", &format!("value=\"{wrong}\"")] {
            assert!(page.body.contains(part), "{part} in {}", page.body);
        }
    }
    let drafted = upload(&mut exporter, &address, &with("1.000,50 TL"), Some(("v.pdf", pdf()))).await;
    let application = drafted.location().to_owned();
    let check = exporter.get(&application).await;
    assert!(check.body.contains("Günlük tutar sınırı") && check.body.contains("1.000,50 TL"), "{}", check.body);
    let id = application.rsplit('/').next().unwrap();
    let again = exporter.get(&format!("{address}?draft={id}")).await;
    assert!(again.body.contains("name=\"limit\" value=\"1.000,50\""), "{}", again.body);
    exporter.post(&application, format!("token={token}&act=send")).await;
    let mut staff = house.browser_of("staff-immib").await;
    let page = staff.get(&format!("/staff/powers/{id}?lang=en")).await;
    assert!(page.body.contains("Daily money limit") && page.body.contains("1,000.50 TL"), "{}", page.body);
    let approved = staff.post(&format!("/staff/powers/{id}"), format!("token={}&act=approve", page.token())).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER);
    let held = format!("/powers/held/{MEMBER}.{BROKER}.IMMIB.2026-11-01");
    for browser in [&mut exporter, &mut house.browser_of("broker1").await] {
        let page = browser.get(&held).await;
        for part in ["1.000,50 TL", "Bugün kullanılan", "0,00 TL"] {
            assert!(page.body.contains(part), "{part} in {}", page.body);
        }
    }
    let unlimited = exporter_power(&house).await;
    assert!(unlimited.body.contains("Sınırsız") && !unlimited.body.contains("Bugün kullanılan"), "{}", unlimited.body);
}

async fn exporter_power(house: &House) -> Page {
    house.browser_of("exporter1").await.get(&format!("/powers/held/1234567890.{BROKER}.all.2024-01-01")).await
}
