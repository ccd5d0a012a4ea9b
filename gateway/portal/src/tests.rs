//! The portal as a browser meets it: pages in, pages out, on a store with the demo's people in it.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{
    ACCEPT_LANGUAGE, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION, ORIGIN,
    REFERRER_POLICY, RETRY_AFTER, SET_COOKIE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode};
use ebirlik_domain::decision::{Approval, Decision};
use ebirlik_domain::money::Money;
use ebirlik_domain::time::Clock;
use ebirlik_message::{RequestFacts, read};
use ebirlik_operations::approve::{Mode, approve};
use ebirlik_operations::card::gateway::{Answering, BankAnswer, CardGateway, Forged, Notice, StartedOrder};
use ebirlik_operations::card::{Cards, OPEN_FOR};
use ebirlik_operations::demo::{cases, seed};
use ebirlik_operations::sign_in::find_client;
use ebirlik_operations::standing::Sight;
use ebirlik_operations::{Office, Settings, keys};
use ebirlik_store::Store;
use ebirlik_store::testing::TestDatabase;
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp, civil::date};
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;
use tower::ServiceExt;

/// A clock that stands until it is moved.
struct Hands(Mutex<Timestamp>);

impl Hands {
    fn forward(&self, minutes: i64) {
        let mut now = self.0.lock().unwrap();
        *now += SignedDuration::from_mins(minutes);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// The portal of a demo, on a Saturday afternoon.
pub(crate) struct House {
    router: Router,
    office: Arc<Office>,
    clock: Arc<Hands>,
    /// Removed with its file when the house is dropped.
    _database: TestDatabase,
}

impl House {
    pub(crate) async fn open() -> Self {
        // Seeding hashes a password for each of the demo's people: done once, then copied.
        static SEEDED: OnceCell<Vec<u8>> = OnceCell::const_new();
        let seeded = SEEDED.get_or_init(async || {
            let database = TestDatabase::sqlite();
            let (office, _) = Self::office(&database, "2026-11-21T11:00:00Z").await;
            seed(&office).await.unwrap();
            office.close().await;
            fs::read(file_of(&database)).unwrap()
        });
        let database = TestDatabase::sqlite();
        fs::write(file_of(&database), seeded.await).unwrap();
        let (office, clock) = Self::office(&database, "2026-11-21T11:03:22.123Z").await;
        let router = crate::router(Arc::clone(&office), false);
        Self { router, office, clock, _database: database }
    }

    async fn office(database: &TestDatabase, now: &str) -> (Arc<Office>, Arc<Hands>) {
        let ring = database.folder().unwrap().join("keys");
        keys::generate(&ring, &[7; 32], date(2026, 1, 1)).unwrap();
        let clock = Arc::new(Hands(Mutex::new(now.parse().unwrap())));
        let low_balance = Money::parse("1000").unwrap();
        let settings = Settings {
            keys: ring,
            keys_passphrase: None,
            low_balance,
            two_people_above: Money::ZERO,
            queue: 64,
            batch: 256,
            server_salt: 1,
        };
        let store = Store::open(&database.url).await.unwrap();
        (Office::open(store, Arc::clone(&clock) as _, settings).await.unwrap(), clock)
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: BTreeMap::new(), address: ([192, 0, 2, 1], 40_000).into() }
    }

    pub(crate) async fn browser_of(&self, user: &str) -> Browser {
        let mut browser = self.browser();
        let page = browser.sign_in(user, &format!("demo-{user}")).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/"), "{}", page.body);
        browser
    }

    /// An approval, and the tax number of its exporter.
    pub(crate) async fn approved(&self) -> (Approval, String) {
        let case = cases().iter().find(|case| case.name == "plain-sample-wrapped").unwrap();
        let step = case.steps.first().unwrap();
        let client = find_client(&self.office, step.user).await.unwrap().unwrap();
        let declaration = read(step.request, &RequestFacts::default()).unwrap().declaration;
        match approve(&self.office, &client, declaration, Mode::Real).await.unwrap() {
            Decision::Approved(approval) => ((*approval).clone(), "1234567890".to_owned()),
            other => panic!("{other:?}"),
        }
    }
}

/// The file of an SQLite database.
fn file_of(database: &TestDatabase) -> &Path {
    Path::new(database.url.strip_prefix("sqlite://").unwrap())
}

/// Keeps cookies and follows nothing.
pub(crate) struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    address: SocketAddr,
}

pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Page {
    fn location(&self) -> &str {
        self.header(&LOCATION)
    }

    fn header(&self, name: &HeaderName) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The value of the hidden field `token`.
    pub(crate) fn token(&self) -> &str {
        let (_, rest) = self.body.split_once("name=\"token\" value=\"").unwrap();
        rest.split('"').next().unwrap()
    }
}

impl Browser {
    pub(crate) async fn get(&mut self, address: &str) -> Page {
        self.send(Request::get(address).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&mut self, address: &str, form: String) -> Page {
        let form = Request::post(address).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.into());
        self.send(form.unwrap()).await
    }

    async fn sign_in(&mut self, user: &str, password: &str) -> Page {
        self.post("/login", format!("user={user}&password={password}")).await
    }

    async fn send(&mut self, mut request: Request<Body>) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(COOKIE, cookies.join("; ").parse().unwrap());
        }
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let (pair, rest) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Page { status: parts.status, headers: parts.headers, body }
    }
}

#[tokio::test]
async fn each_role_finds_its_start_page() {
    let house = House::open().await;
    assert_eq!(house.browser().get("/").await.location(), "/login");
    for user in ["customs", "staff-immib", "admin"] {
        assert_eq!(house.browser_of(user).await.get("/").await.location(), "/desk", "{user}");
    }
    let mut broker = house.browser_of("broker1").await;
    let page = broker.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in ["broker1", "9876543217", "Beyanname gönderen program, Ödeme yetkilisi", "href=\"/errors\""] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    for address in ["/desk", "/desk?kod=1SF9", "/desk/verdict?kod=1SF9"] {
        let page = broker.get(address).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{address}");
        assert!(page.body.contains("Bu sayfa size açık değil") && page.body.contains("href=\"/\""));
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_without_saying_which_was_wrong() {
    let house = House::open().await;
    let mut browser = house.browser();
    let known = browser.sign_in("customs", "wrong").await;
    assert_eq!(known.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(known.body.contains("<title>Hata: Oturum aç - e-birlik</title>"), "{}", known.body);
    assert!(known.body.contains("Kullanıcı kodu veya şifre yanlış.") && known.body.contains("value=\"customs\""));
    assert!(!known.body.contains("value=\"wrong\""), "a password is never sent back");
    let unknown = browser.sign_in("nobody", "wrong").await;
    assert_eq!(unknown.body.replace("nobody", "customs"), known.body);
    assert!(browser.cookies.is_empty());

    let page = browser.sign_in("", "").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("Kullanıcı kodunuzu yazın.") && page.body.contains("Şifrenizi yazın."));
    let page = browser.get("/login?lang=en").await;
    assert!(page.body.contains("<html lang=\"en\">") && page.body.contains("User code"));
    let page = browser.sign_in("customs", "wrong").await;
    assert!(page.body.contains("<title>Error: Sign in - e-birlik</title>"), "the language was kept");
}

#[tokio::test]
async fn after_ten_failures_a_try_waits_and_only_there() {
    let house = House::open().await;
    let mut guesser = house.browser();
    for _ in 0..10 {
        assert_eq!(guesser.sign_in("customs", "wrong").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let page = guesser.sign_in("customs", "demo-customs").await;
    assert_eq!((page.status, page.header(&RETRY_AFTER)), (StatusCode::TOO_MANY_REQUESTS, "1"));
    assert!(page.body.contains("1 saniye bekleyip yeniden deneyin. Hesabınız kilitlenmedi."), "{}", page.body);
    let mut officer = house.browser();
    officer.address = ([192, 0, 2, 99], 40_000).into();
    assert_eq!(officer.sign_in("customs", "demo-customs").await.status, StatusCode::SEE_OTHER);
    house.clock.forward(1);
    assert_eq!(guesser.sign_in("customs", "demo-customs").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_when_unused_when_old_and_when_signed_out() {
    let house = House::open().await;
    let mut browser = house.browser_of("customs").await;
    house.clock.forward(29);
    assert_eq!(browser.get("/desk").await.status, StatusCode::OK);
    house.clock.forward(29);
    assert_eq!(browser.get("/desk").await.status, StatusCode::OK, "each use counts");
    house.clock.forward(31);
    assert_eq!(browser.get("/desk").await.location(), "/login?next=%2Fdesk");

    let mut browser = house.browser_of("customs").await;
    for _ in 0..26 {
        house.clock.forward(27);
        assert_eq!(browser.get("/desk").await.status, StatusCode::OK);
    }
    house.clock.forward(27);
    assert_eq!(browser.get("/desk").await.status, StatusCode::SEE_OTHER, "twelve hours are the end");

    let mut browser = house.browser_of("customs").await;
    let before = browser.cookies.clone();
    let page = browser.get("/desk").await;
    let signed_out = browser.post("/sign-out", format!("token={}", page.token())).await;
    assert_eq!(signed_out.location(), "/login");
    assert!(!browser.cookies.contains_key("ebirlik"));
    browser.cookies = before;
    assert_eq!(browser.get("/desk").await.status, StatusCode::SEE_OTHER, "the cookie is worth nothing any more");
}

#[tokio::test]
async fn signing_in_again_starts_another_session_and_ends_the_first() {
    let house = House::open().await;
    let mut browser = house.browser_of("customs").await;
    let first = browser.cookies.clone();
    assert_eq!(browser.get("/login").await.location(), "/");
    assert_eq!(browser.sign_in("customs", "demo-customs").await.status, StatusCode::SEE_OTHER);
    assert_ne!(browser.cookies, first);
    browser.cookies = first;
    assert_eq!(browser.get("/desk").await.status, StatusCode::SEE_OTHER);
    // A name brought from elsewhere is never taken over.
    let mut planted = house.browser();
    planted.cookies.insert("ebirlik".to_owned(), "0a".repeat(32));
    assert_eq!(planted.sign_in("customs", "demo-customs").await.status, StatusCode::SEE_OTHER);
    assert_ne!(planted.cookies["ebirlik"], "0a".repeat(32));
}

#[tokio::test]
async fn forms_of_other_sites_and_other_sessions_change_nothing() {
    let house = House::open().await;
    let mut browser = house.browser_of("customs").await;
    let page = browser.get("/desk").await;
    let form = |token: &str, header: &'static str, value: &str| {
        Request::post("/sign-out")
            .header("host", "birlik.example")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header, value)
            .body(Body::from(format!("token={token}")))
            .unwrap()
    };
    let other = house.browser_of("admin").await.get("/desk").await;
    for wrong in [
        form(page.token(), "sec-fetch-site", "cross-site"),
        form(page.token(), ORIGIN.as_str(), "https://evil.example"),
        form(other.token(), "sec-fetch-site", "same-origin"),
        form("", "sec-fetch-site", "same-origin"),
    ] {
        let answer = browser.send(wrong).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.body.contains("Hiçbir şey değişmedi."), "{}", answer.body);
    }
    assert_eq!(browser.get("/desk").await.status, StatusCode::OK, "still signed in");
    let right = form(page.token(), ORIGIN.as_str(), "https://birlik.example");
    assert_eq!(browser.send(right).await.location(), "/login");
    let mut stranger = house.browser();
    let request = Request::post("/login")
        .header("sec-fetch-site", "cross-site")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("user=customs&password=demo-customs"));
    assert_eq!(stranger.send(request.unwrap()).await.status, StatusCode::FORBIDDEN);
    assert!(stranger.cookies.is_empty());
}

/// G-32, G-33: the officer sees whether the code is genuine, how it was paid and whether it belongs.
#[tokio::test]
async fn the_officer_checks_a_code_alone_and_with_its_declaration() {
    let house = House::open().await;
    let (approval, exporter) = house.approved().await;
    let mut officer = house.browser_of("customs").await;
    let question =
        format!("kod={}&ref={}&ihracatci={exporter}", approval.code.to_ascii_lowercase(), approval.reference);

    let page = officer.get(&format!("/desk?{question}")).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in
        ["<title>GEÇERLİ - Kod sorgulama - e-birlik</title>", "verdict good sure", "Cari hesap", &approval.record_no]
    {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    assert!(page.body.contains("name=\"kod\" value=\"\""), "the box is empty for the next truck");

    let part = officer.get(&format!("/desk/verdict?kod={}", approval.code)).await;
    assert_eq!(part.header(&HeaderName::from_static("x-fragment")), "verdict");
    assert!(part.body.starts_with("<section class=\"verdict good\"") && !part.body.contains("<html"), "{}", part.body);
    assert!(part.body.contains("Beyannameyle eşleşmesi denetlenmedi.") && !part.body.contains(&approval.reference));

    let wrong = officer.get(&format!("/desk?kod={}&ref=BASKA&ihracatci={exporter}", approval.code)).await;
    assert!(wrong.body.contains("girilen beyannameye ait değil") && wrong.body.contains("verdict bad"));
    assert!(!wrong.body.contains(&approval.record_no), "nothing of the other declaration");
    let again = officer.get(&format!("/desk?{question}&duzelt=1")).await;
    assert!(again.body.contains(&format!("name=\"ref\" value=\"{}\"", approval.reference)));
    assert!(!again.body.contains("class=\"verdict good"));

    let typing = officer.get(&format!("/desk?kod={}&ihracatci=1234567891", approval.code)).await;
    assert!(typing.body.contains("denetim hanesi tutmuyor") && !typing.body.contains("verdict bad"));
    assert!(typing.body.contains("name=\"ihracatci\" value=\"1234567891\""), "what was typed is kept");
}

#[tokio::test]
async fn codes_that_are_not_ours_or_not_well_typed_are_told_apart() {
    let house = House::open().await;
    let mut officer = house.browser_of("customs").await;
    let page = officer.get("/desk?kod=1SF9-ND6A-HM0A-P9A0").await;
    assert!(page.body.contains("Böyle bir kod hiç verilmedi.") && page.body.contains("verdict bad"));
    let page = officer.get("/desk?kod=1SF9-ND6A-HM0A-P8A0").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("14. karaktere bakın.") && page.body.contains("P<mark>8</mark>A0"));
    assert!(page.body.contains("value=\"1SF9-ND6A-HM0A-P8A0\""), "the code stays to be corrected");
    let page = officer.get("/desk?kod=%3Cscript%3Ealert(1)%3C%2Fscript%3E&lang=en").await;
    assert!(page.body.contains("A code has 16 characters") && !page.body.contains("<script>alert"));
    assert!(officer.get("/desk?kod=%FF%FE&kod=2").await.status.is_success());
}

#[tokio::test]
async fn when_the_register_is_out_of_reach_the_answer_is_grey() {
    let house = House::open().await;
    let (approval, _) = house.approved().await;
    let mut officer = house.browser_of("customs").await;
    house.office.store.close().await;
    for address in [format!("/desk?kod={}", approval.code), format!("/desk/verdict?kod={}", approval.code)] {
        let page = officer.get(&address).await;
        assert_eq!((page.status, page.header(&RETRY_AFTER)), (StatusCode::SERVICE_UNAVAILABLE, "5"), "{address}");
        assert!(page.body.contains("Bu, geçersiz demek değildir."), "{}", page.body);
        assert!(page.body.contains("verdict unsure") && !page.body.contains("verdict bad"));
    }
    let page = house.browser().sign_in("customs", "demo-customs").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.body.contains("Şu anda oturum açılamıyor."));
    assert_eq!(officer.get("/").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(officer.cookies.contains_key("ebirlik"), "nobody is signed out by a fault");
}

/// A bank that says what it is told to say.
#[derive(Debug)]
struct Teller(Arc<Mutex<BankAnswer>>);

impl CardGateway for Teller {
    fn start<'a>(&'a self, order: &'a StartedOrder) -> Answering<'a, String> {
        Box::pin(async move { Ok(format!("https://bank.example/pay?order={}", order.order_no)) })
    }

    fn ask<'a>(&'a self, _order_no: &'a str) -> Answering<'a, BankAnswer> {
        Box::pin(async move { Ok(self.0.lock().unwrap().clone()) })
    }

    fn read_notice(&self, _body: &[u8]) -> Result<Notice, Forged> {
        Err(Forged::Form)
    }
}

impl House {
    /// Declarations that wait for payment, by the demo's first broker.
    async fn waiting(&self, references: &[&str]) {
        let case = cases().iter().find(|case| case.name == "plain-sample-wrapped").unwrap();
        let step = case.steps.first().unwrap();
        let client = find_client(&self.office, step.user).await.unwrap().unwrap();
        let held = String::from_utf8(step.request.to_vec()).unwrap().replace("CARI_HESAP", "BEKLET");
        let (_, rest) = held.split_once("<Referans_no>").unwrap();
        let before = rest.split('<').next().unwrap().to_owned();
        for reference in references {
            let message = held.replace(&before, reference);
            let declaration = read(message.as_bytes(), &RequestFacts::default()).unwrap().declaration;
            let decision = approve(&self.office, &client, declaration, Mode::Real).await.unwrap();
            assert!(matches!(decision, Decision::Pending(_)), "{decision:?}");
        }
    }
}

/// The numbers behind the boxes of the payment page.
fn boxes(page: &Page) -> Vec<String> {
    let parts = page.body.split("name=\"declaration\" value=\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

/// G-53, G-57, G-59, G-60: the payer sees what waits, chooses several and the method, and types the payment password;
/// the form is bound to the session, and where cards are not taken none is offered.
#[tokio::test]
async fn what_waits_is_chosen_and_paid_from_the_account() {
    let house = House::open().await;
    house.waiting(&["ODE-1", "ODE-2", "ODE-3"]).await;
    assert_eq!(house.browser().get("/payments").await.location(), "/login?next=%2Fpayments");
    let refused = house.browser_of("customs").await.get("/payments").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("Bu sayfa size açık değil"));
    let mut payer = house.browser_of("exporter1").await;
    assert!(payer.get("/").await.body.contains("href=\"/payments\""));
    let page = payer.get("/payments").await;
    let chosen = boxes(&page);
    assert_eq!((page.status, chosen.len()), (StatusCode::OK, 3), "{}", page.body);
    assert!(page.body.contains("ODE-1") && page.body.contains(" TL") && !page.body.contains("value=\"card\""));
    let form = |token: &str, password: &str| {
        format!("token={token}&declaration={}&declaration={}&method=account&password={password}", chosen[0], chosen[1])
    };
    let stale = payer.post("/payments", form("0f", "demo-exporter1-pay")).await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN);
    let wrong = payer.post("/payments", form(page.token(), "demo-exporter1")).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert!(wrong.body.contains("Ödeme şifresi yanlış ya da tanımlanmamış.") && wrong.body.contains(" checked"));
    let empty = payer.post("/payments", format!("token={}", page.token())).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.body.contains("en az bir beyanname seçin") && empty.body.contains("Ödeme şifrenizi yazın."));
    let paid = payer.post("/payments", form(page.token(), "demo-exporter1-pay")).await;
    assert_eq!(paid.status, StatusCode::OK, "{}", paid.body);
    assert_eq!(paid.body.matches("Onaylandı").count(), 2, "{}", paid.body);
    assert_eq!(boxes(&payer.get("/payments").await), chosen[2..]);
    let strangers = house.browser_of("exporter2").await.get("/payments").await;
    assert!(!strangers.body.contains("ODE-3"));
}

/// G-44, G-51, G-53, G-59: by card the payer goes to the bank's page; the page to return to tells pending, then paid, and
/// refreshes itself without script; meanwhile no second payment is offered.
#[tokio::test]
async fn a_card_payment_leads_to_the_bank_and_back() {
    let house = House::open().await;
    let says = Arc::new(Mutex::new(BankAnswer::Pending));
    let gateway = Box::new(Teller(Arc::clone(&says)));
    house.office.take_cards(Cards { gateway, own_url: "https://onay.example".to_owned(), open_for: OPEN_FOR });
    house.waiting(&["KART-1", "KART-2"]).await;
    let mut payer = house.browser_of("exporter1").await;
    let page = payer.get("/payments").await;
    assert!(page.body.contains("value=\"card\""));
    let chosen = boxes(&page);
    let token = page.token().to_owned();
    let form = format!("token={token}&declaration={}&method=card&password=demo-exporter1-pay", chosen[0]);
    let sent = payer.post("/payments", form.clone()).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
    let (_, rest) = sent.body.split_once("https://bank.example/pay?order=").unwrap();
    let order = rest.split('"').next().unwrap().to_owned();
    assert!(sent.body.contains("http-equiv=\"refresh\" content=\"1; url=https://bank.example/pay?order="));
    let again = payer.post("/payments", form).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.body.contains("sonuçlanmamış bir kart ödemesi var"), "{}", again.body);
    assert_eq!(boxes(&payer.get("/payments").await), chosen[1..]);
    let form = format!("token={token}&declaration={}&method=card&password=demo-exporter1-pay", chosen[1]);
    assert_eq!(payer.post("/payments", form).await.status, StatusCode::OK);
    let nothing_left = payer.get("/payments").await;
    assert!(nothing_left.body.contains(&order) && !nothing_left.body.contains("name=\"method\""), "its order alone");
    let address = format!("/payments/card/{order}");
    let pending = payer.get(&address).await;
    assert!(pending.body.contains("Bankanın sonucu bekleniyor.") && pending.body.contains("content=\"5\""));
    assert_eq!(pending.body.matches("<script").count(), 1, "the one that every page has");
    let left = payer.post(&address, format!("token={token}")).await;
    assert!(left.body.contains("https://bank.example/pay?order="));
    assert_eq!(payer.post(&address, "token=0f".to_owned()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.browser_of("exporter2").await.get(&address).await.status, StatusCode::NOT_FOUND);

    let amount = house.office.store.find_card_order(&order).await.unwrap().unwrap().amount;
    *says.lock().unwrap() = BankAnswer::Paid { bank_reference: "B-1".to_owned(), amount };
    house.clock.forward(1);
    let paid = payer.get(&format!("{address}?lang=en")).await;
    assert!(paid.body.contains("The payment was received.") && paid.body.contains("Approved"), "{}", paid.body);
    assert!(!paid.body.contains("http-equiv=\"refresh\""));
    let report = ebirlik_operations::audit::audit(&house.office).await.unwrap();
    assert_eq!(report.broken, []);
}

#[tokio::test]
async fn the_question_survives_the_sign_in() {
    let house = House::open().await;
    let mut browser = house.browser();
    let page = browser.get("/desk?kod=1SF9-ND6A-HM0A-P9A0&ref=A%26B").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let page = browser.get(page.location()).await;
    assert!(page.body.contains("value=\"/desk?kod=1SF9-ND6A-HM0A-P9A0&#38;ref=A%26B\""), "{}", page.body);
    let form = "user=customs&password=demo-customs&next=%2Fdesk%3Fkod%3D1SF9-ND6A-HM0A-P9A0%26ref%3DA%2526B";
    let page = browser.post("/login", form.to_owned()).await;
    assert_eq!(page.location(), "/desk?kod=1SF9-ND6A-HM0A-P9A0&ref=A%26B");
    let page = house.browser().post("/login", format!("{form}&next=x")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "a form that cannot be read is an empty one");
    let form = "user=customs&password=demo-customs&next=%2F%2Fevil.example";
    assert_eq!(house.browser().post("/login", form.to_owned()).await.location(), "/");
}

#[tokio::test]
async fn every_page_is_closed_to_strangers_scripts_and_kept_nowhere() {
    let house = House::open().await;
    let mut officer = house.browser_of("customs").await;
    for address in ["/", "/login", "/desk", "/desk/verdict?kod=1", "/no-such-page", "/assets/no-such.css"] {
        let page = officer.get(address).await;
        let policy = page.header(&CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'self';") && policy.contains("frame-ancestors 'none'"), "{address}");
        assert!(!policy.contains("unsafe"));
        assert_eq!(page.header(&X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(page.header(&X_FRAME_OPTIONS), "DENY");
        assert_eq!(page.header(&REFERRER_POLICY), "same-origin");
        assert_eq!(page.header(&CACHE_CONTROL), "no-store", "{address}");
    }
}

#[tokio::test]
async fn what_is_not_there_has_a_page_with_the_way_out() {
    let house = House::open().await;
    let page = house.browser().get("/boyle-bir-sayfa-yok").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("Bu adreste bir sayfa yok") && page.body.contains("Başlangıç sayfasına git"));
    let request = Request::builder().method(Method::DELETE).uri("/desk").body(Body::empty()).unwrap();
    let page = house.browser().send(request).await;
    assert_eq!((page.status, page.header(&ALLOW)), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD"));
    assert!(page.body.contains("Bu sayfa böyle açılmaz"));
    let request = Request::get("/yok").header(ACCEPT_LANGUAGE, "en-GB,en;q=0.9").body(Body::empty()).unwrap();
    assert!(house.browser().send(request).await.body.contains("There is no page at this address"));
}

#[tokio::test]
async fn styles_and_scripts_are_kept_a_year_under_names_that_change() {
    let house = House::open().await;
    let mut officer = house.browser_of("customs").await;
    let page = officer.get("/desk").await;
    for (name, ending, media) in [("style", "css", "text/css"), ("portal", "js", "text/javascript")] {
        let (_, rest) = page.body.split_once(&format!("\"/assets/{name}-")).unwrap();
        let address = format!("/assets/{name}-{}", rest.split('"').next().unwrap());
        let file = officer.get(&address).await;
        assert_eq!((file.status, file.header(&CONTENT_TYPE)), (StatusCode::OK, &*format!("{media}; charset=utf-8")));
        assert_eq!(file.header(&CACHE_CONTROL), "public, max-age=31536000, immutable");
        // A server of another version asks for another name: it gets what there is, and browsers do not keep it.
        let other = officer.get(&format!("/assets/{name}-0000000000000000.{ending}")).await;
        assert_eq!((other.body, other.headers[CACHE_CONTROL].to_str().unwrap()), (file.body, "no-cache"));
    }
}

#[tokio::test]
async fn how_things_stand_is_told_without_a_sign_in_and_without_the_store() {
    let house = House::open().await;
    let mut stranger = house.browser();
    let page = stranger.get("/status").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body.contains("Bilinmiyor") && !page.body.contains("Çalışıyor"),
        "nobody has looked yet: {}",
        page.body
    );
    house.office.look(Sight { submission_crowded: false, verification_crowded: true, writes: true }).await;
    let mut officer = house.browser_of("customs").await;
    house.office.close().await;
    for browser in [&mut stranger, &mut officer] {
        let page = browser.get("/status?lang=en").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Working") && page.body.contains("Crowded"), "{}", page.body);
        assert!(page.body.contains("Since 21.11.2026 14:03") && !page.body.contains("demo-customs"));
    }
    house.clock.forward(1);
    assert!(stranger.get("/status?lang=tr").await.body.contains("Bilinmiyor"), "what is old is unknown");
}
