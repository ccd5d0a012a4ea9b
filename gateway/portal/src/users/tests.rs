//! Users and firms as a browser meets them.

use crate::tests::{House, Page};
use axum::http::StatusCode;

fn has(page: &Page, parts: &[&str]) {
    for part in parts {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
}

/// S-12: an administrator makes a member of staff, whose first password is shown once and signs in; locks and roles.
#[tokio::test]
async fn an_administrator_makes_and_locks_a_member_of_staff() {
    let house = House::open().await;
    let mut admin = house.browser_of("admin").await;
    has(&admin.get("/staff/users?role=staff").await, &["staff-immib", "staff-eib", "Yeni görevli"]);
    has(&admin.get("/staff/users?code=broker&lang=en").await, &["broker1", "Users and roles", "9876543217"]);
    let form = admin.get("/staff/users/new?lang=tr").await;
    let token = form.token().to_owned();
    let send = |code: &str, roles: &str| format!("token={token}&code={code}&{roles}&reason=Yeni+memur");
    let wrong = admin.post("/staff/users/new", send("memur-1", "role=staff&secretariat=")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    has(&wrong, &["<title>Hata: ", "Genel sekreterlik görevlisi için genel sekreterlik seçin", "value=\"memur-1\""]);
    let made = admin.post("/staff/users/new", send("memur-1", "role=staff&secretariat=EIB")).await;
    has(&made, &["Kullanıcı oluşturuldu", "memur-1", "bir daha gösterilmez"]);
    let (_, rest) = made.body.split_once("İlk parola</dt><dd class=\"code\">").unwrap();
    let password = rest.split('<').next().unwrap();
    assert_eq!(house.browser().sign_in("memur-1", password).await.status, StatusCode::SEE_OTHER);
    let again = admin.post("/staff/users/new", send("memur-1", "role=staff&secretariat=EIB")).await;
    has(&again, &["Bu kullanıcı kodu kullanılıyor."]);

    let page = admin.get("/staff/users/memur%2D1").await;
    has(&page, &["Oluşturuldu", "Yeni memur", "Kilitle", "Yetkileri değiştir"]);
    let lock = format!("token={token}&locked=yes&reason=");
    let silent = admin.post("/staff/users/memur-1/lock", lock.clone()).await;
    has(&silent, &["Gerekçeyi yazın"]);
    let locked = admin.post("/staff/users/memur-1/lock", format!("{lock}Ayr%C4%B1ld%C4%B1")).await;
    assert_eq!((locked.status, locked.location()), (StatusCode::SEE_OTHER, "/staff/users/memur%2D1"));
    has(&admin.get(locked.location()).await, &["Kilitli", "Ayrıldı", "Kilidi aç"]);
    assert_eq!(house.browser().sign_in("memur-1", password).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let own = admin.get("/staff/users/admin").await;
    has(&own, &["kendinizi değiştiremezsiniz"]);
    assert!(!own.body.contains("/lock\""));
    let roles = format!("token={token}&role=customs&secretariat=&reason=x");
    has(&admin.post("/staff/users/admin/roles", roles.clone()).await, &["Bu sizsiniz"]);
    let changed = admin.post("/staff/users/memur-1/roles", roles).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER);
    has(&admin.get("/staff/users/memur-1").await, &["Yetkileri değişti (Gümrük"]);
}

/// S-12: staff see the users of its secretariat, lock those who act for firms, and make nobody.
#[tokio::test]
async fn staff_lock_users_of_their_firms_alone() {
    let house = House::open().await;
    let mut staff = house.browser_of("staff-immib").await;
    let page = staff.get("/staff/users").await;
    has(&page, &["broker1", "staff-immib"]);
    assert!(!page.body.contains("staff-eib") && !page.body.contains("/staff/users/new"));
    assert_eq!(staff.get("/staff/users/new").await.status, StatusCode::FORBIDDEN);
    assert_eq!(staff.get("/staff/users/staff-eib").await.status, StatusCode::NOT_FOUND);
    let token = staff.get("/staff/users/broker1").await.token().to_owned();
    let lock = format!("token={token}&locked=yes&reason=%C5%9E%C3%BCpheli");
    assert_eq!(staff.post("/staff/users/staff-eib/lock", lock.clone()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(staff.post("/staff/users/broker1/roles", lock.clone()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(staff.post("/staff/users/broker1/lock", lock).await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.browser().sign_in("broker1", "demo-broker1").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut broker = house.browser_of("broker2").await;
    assert_eq!(broker.get("/staff/users").await.status, StatusCode::FORBIDDEN);
}

/// S-9: a firm's card has memberships, powers, accounts, users and latest declarations of the own secretariat.
#[tokio::test]
async fn a_firms_card_shows_what_the_secretariat_may_see() {
    let house = House::open().await;
    let (approval, exporter) = house.approved().await;
    while house.office.chain_events().await.unwrap() + house.office.number_events().await.unwrap() > 0 {}
    let mut staff = house.browser_of(&format!("staff-{}", approval.secretariat.to_lowercase())).await;
    let page = staff.get(&format!("/staff/firms/{exporter}")).await;
    has(
        &page,
        &[
            "Ihlamur Dış Ticaret",
            "Birlik üyelikleri",
            "Cari hesaplar",
            &approval.reference,
            "Beyanname onaylandı",
            " TL",
        ],
    );
    assert!(page.body.len() < 100_000, "{}", page.body.len());
    has(
        &staff.get(&format!("/staff/firms/{exporter}?lang=en")).await,
        &["Powers of attorney", "A declaration was approved"],
    );
    assert_eq!(staff.get("/staff/firms/0000000000").await.status, StatusCode::NOT_FOUND);
    let mut uib = house.browser_of("staff-uib").await;
    assert_eq!(uib.get("/staff/firms/95861093438").await.status, StatusCode::NOT_FOUND);
    let mut broker = house.browser_of("broker1").await;
    assert_eq!(broker.get(&format!("/staff/firms/{exporter}")).await.status, StatusCode::FORBIDDEN);
}
