//! Every page by everybody, made from the table of pages: nobody sees more than it says, and nothing of others.

use super::Who;
use crate::pages::pages;
use crate::session::Audience;
use crate::tests::{Browser, House};
use axum::http::StatusCode;
use ebirlik_domain::decision::Decision;
use ebirlik_message::{RequestFacts, read};
use ebirlik_operations::approve::{Mode, approve};
use ebirlik_operations::sign_in::find_client;

/// One who signs in, as what it sees pages, and the exporter whose card it enters first.
const EVERYBODY: &[(&str, Audience, &str)] = &[
    ("exporter1", Audience::Exporter, ""),
    ("broker1", Audience::Broker, ""),
    ("broker1", Audience::BrokerFor, "1234567890"),
    ("customs", Audience::Customs, ""),
    ("staff-immib", Audience::Staff, ""),
    ("admin", Audience::Admin, ""),
];

pub(super) async fn browser_of(house: &House, user: &str, exporter: &str) -> Browser {
    let mut browser = house.browser_of(user).await;
    if !exporter.is_empty() {
        let token = browser.get("/firms").await.token().to_owned();
        let entered = browser.post("/firms", format!("token={token}&exporter={exporter}")).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER);
    }
    browser
}

/// A declaration of one item as a user's program sends it: for a secretariat, an exporter and a declarant; its reference,
/// how it is paid, and its amount in US dollars.
pub(super) async fn declared(
    house: &House,
    user: &str,
    (secretariat, exporter, broker): (&str, &str, &str),
    (reference, payment, amount): (&str, &str, &str),
) -> Decision {
    let message = format!(
        r#"<BirlikOnayTalebi xmlns="urn:ebirlik:onay:1"><GenelSekreterlik>{secretariat}</GenelSekreterlik>
<Odeme>{payment}</Odeme><Gelen xmlns="http://tempuri.org/"><BeyannameBilgi><Rejim>1000</Rejim><GUMRUK>341300</GUMRUK>
<Referans_no>{reference}</Referans_no><Gidecegi_ulke>004</Gidecegi_ulke><Teslim_sekli>FOB</Teslim_sekli>
<Toplam_fatura>{amount}</Toplam_fatura><Toplam_fatura_dovizi>USD</Toplam_fatura_dovizi>
<Gonderici_vergi_no>{exporter}</Gonderici_vergi_no><Beyan_sahibi_vergi_no>{broker}</Beyan_sahibi_vergi_no><Kalemler><kalem>
<Gtip>610910000011</Gtip><Kalem_sira_no>1</Kalem_sira_no><Net_agirlik>600</Net_agirlik>
<Fatura_miktari>{amount}</Fatura_miktari><Fatura_miktarinin_dovizi>USD</Fatura_miktarinin_dovizi>
</kalem></Kalemler></BeyannameBilgi></Gelen></BirlikOnayTalebi>"#
    );
    let declaration = read(message.as_bytes(), &RequestFacts::default()).unwrap().declaration;
    let sender = find_client(&house.office, user).await.unwrap().unwrap();
    approve(&house.office, &sender, declaration, Mode::Real).await.unwrap()
}

/// A path with its places filled by numbers that belong to nobody.
fn filled(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "7" } else { part }).collect::<Vec<_>>().join("/")
}

/// G-60 and issue of rights: page x role, by reading and by sending a form.
#[tokio::test]
async fn each_page_is_open_to_those_in_the_table_and_to_nobody_else() {
    let house = House::open().await;
    for (path, who, _) in pages() {
        let address = filled(path);
        let mut stranger = house.browser();
        let page = stranger.get(&address).await;
        if !matches!(who, Who::Anyone) {
            assert!(page.location().starts_with("/login") || page.status == StatusCode::METHOD_NOT_ALLOWED, "{path}");
        }
        assert_ne!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
    }
    for (user, audience, exporter) in EVERYBODY {
        let mut browser = browser_of(&house, user, exporter).await;
        for (path, who, _) in pages() {
            let Who::Only(audiences) = who else { continue };
            let page = browser.get(&filled(path)).await;
            let open = audiences.contains(audience);
            let refused = page.status == StatusCode::FORBIDDEN;
            assert!(open || refused, "{path} for {audience:?}: {}", page.status);
            assert!(page.status != StatusCode::INTERNAL_SERVER_ERROR, "{path} for {audience:?}");
            // A form without its token changes nothing, whoever sends it.
            let sent = browser.post(&filled(path), "token=0f".to_owned()).await;
            let is_kept_out =
                matches!(sent.status, StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_FOUND);
            assert!(is_kept_out, "POST {path} for {audience:?}: {}", sent.status);
        }
    }
}

/// What the menu shows can be opened.
#[tokio::test]
async fn every_entry_of_the_menu_leads_to_a_page() {
    let house = House::open().await;
    for (user, audience, exporter) in EVERYBODY {
        let mut browser = browser_of(&house, user, exporter).await;
        let page = browser.get("/account").await;
        let menu = page.body.split("<div class=\"wide\">").nth(1).and_then(|rest| rest.split("</nav>").next());
        let links = menu.unwrap_or_default().split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for link in links {
            let page = browser.get(link).await;
            // Another house's page (P-5.5.1).
            if page.location().starts_with("https://") {
                continue;
            }
            assert_eq!(page.status, StatusCode::OK, "{link} for {audience:?}");
            assert!(page.body.contains("aria-current=\"page\""), "{link} for {audience:?}");
        }
    }
}
