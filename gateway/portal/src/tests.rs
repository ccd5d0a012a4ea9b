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
use ebirlik_operations::demo::{cases, seed};
use ebirlik_operations::sign_in::{find_client, hash_password};
use ebirlik_operations::standing::Sight;
use ebirlik_operations::{Office, Settings, keys};
use ebirlik_store::Store;
use ebirlik_store::clients::ClientRow;
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
pub(crate) struct Hands(Mutex<Timestamp>);

impl Hands {
    pub(crate) fn forward(&self, minutes: i64) {
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
    pub(crate) office: Arc<Office>,
    pub(crate) clock: Arc<Hands>,
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
        let router = crate::router(Arc::clone(&office), false, site());
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

    /// A person of the portal with firms; its password is its address after `demo-`.
    pub(crate) async fn person(&self, address: &str, firms: &[&str]) {
        let client = ClientRow {
            code: address.to_owned(),
            firm: String::new(),
            secretariat: String::new(),
            contact_office: String::new(),
            roles: "payer portal".to_owned(),
            password_hash: hash_password(&format!("demo-{address}")).unwrap(),
            payment_password_hash: String::new(),
            locked: 0,
        };
        self.office.store.save_clients(&[client]).await.unwrap();
        for firm in firms {
            self.office.store.add_person(address, ("Ayşe Yılmaz", "05321234567"), firm, 1).await.unwrap();
        }
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

/// Addresses as an installation has them.
fn site() -> crate::Site {
    crate::Site { membership_url: "https://uyelik.tim.org.tr".to_owned(), ..crate::Site::default() }
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
    pub(crate) fn location(&self) -> &str {
        self.header(&LOCATION)
    }

    pub(crate) fn header(&self, name: &HeaderName) -> &str {
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

    pub(crate) async fn sign_in(&mut self, user: &str, password: &str) -> Page {
        self.post("/login", format!("user={user}&password={password}")).await
    }

    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Page {
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
        // Documents are no text; what they begin with is.
        let body = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
        Page { status: parts.status, headers: parts.headers, body }
    }
}

#[tokio::test]
async fn each_role_finds_its_start_page() {
    let house = House::open().await;
    assert_eq!(house.browser().get("/").await.location(), "/login");
    for (user, start) in [("customs", "/desk"), ("admin", "/desk"), ("staff-immib", "/staff")] {
        assert_eq!(house.browser_of(user).await.get("/").await.location(), start, "{user}");
    }
    let mut broker = house.browser_of("broker1").await;
    assert_eq!(broker.get("/").await.location(), "/powers");
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
    assert!(
        known.body.contains("E-posta, kullanıcı kodu veya şifre yanlış.") && known.body.contains("value=\"customs\"")
    );
    assert!(!known.body.contains("value=\"wrong\""), "a password is never sent back");
    let unknown = browser.sign_in("nobody", "wrong").await;
    assert_eq!(unknown.body.replace("nobody", "customs"), known.body);
    assert!(browser.cookies.is_empty());

    let page = browser.sign_in("", "").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.body.contains("E-posta adresinizi ya da kullanıcı kodunuzu yazın.")
            && page.body.contains("Şifrenizi yazın.")
    );
    let page = browser.get("/login?lang=en").await;
    assert!(page.body.contains("<html lang=\"en\">") && page.body.contains("E-mail or user code"));
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
