//! The membership branch at work.

use crate::signup::tests::{AYSE, house, sent};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use ebirlik_operations::mail;

/// The address of the first application of a queue.
fn first(queue: &str) -> String {
    let (_, rest) = queue.split_once("href=\"/staff/applications/").expect("an application");
    format!("/staff/applications/{}", rest.split('"').next().unwrap())
}

/// S-1, P-1.1.14: the branches of the firm's unions see what waits and for how long, keep the papers, and decide; nobody else.
#[tokio::test]
async fn the_membership_branch_sees_keeps_and_decides() {
    let house = house().await;
    sent(&house, AYSE).await;
    house.clock.forward(3 * 24 * 60);
    let mut staff = house.browser_of("staff-immib").await;
    let queue = staff.get("/staff/applications").await;
    assert_eq!(queue.status, StatusCode::OK);
    for part in
        ["Karar bekleyen başvuru: 1", "Ihlamur Dış Ticaret", "1234567890", "<td class=\"n\">3</td>", "Karar bekliyor"]
    {
        assert!(queue.body.contains(part), "{part} in {}", queue.body);
    }
    assert!(staff.get("/desk").await.body.contains("href=\"/staff/applications\""));
    let address = first(&queue.body);
    assert!(house.browser_of("staff-itkib").await.get("/staff/applications").await.body.contains("Ihlamur"));
    let mut elsewhere = house.browser_of("staff-oaib").await;
    assert!(elsewhere.get("/staff/applications").await.body.contains("Karar bekleyen başvuru: 0"));
    for address in [address.clone(), format!("{address}/petition")] {
        assert_eq!(elsewhere.get(&address).await.status, StatusCode::NOT_FOUND);
        assert_eq!(house.browser_of("exporter1").await.get(&address).await.status, StatusCode::FORBIDDEN);
        assert_eq!(house.browser().get(&address).await.status, StatusCode::SEE_OTHER);
    }

    let page = staff.get(&address).await;
    for part in ["Ayşe Yılmaz", AYSE, "05321234567", "dilekçe.pdf", "image/png", "Onayla", "Reddet"] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    let file = staff.get(&format!("{address}/petition")).await;
    assert_eq!(file.body, "%PDF-1.7 bir");
    assert!(file.header(&CONTENT_DISPOSITION).starts_with("attachment; filename=\"petition-"));
    assert_eq!(file.header(&CONTENT_TYPE), "application/pdf");
    assert_eq!(file.header(&CONTENT_SECURITY_POLICY), "sandbox; default-src 'none'");
    assert_eq!(file.header(&X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(staff.get(&format!("{address}/secret")).await.status, StatusCode::NOT_FOUND);

    let token = page.token().to_owned();
    assert_eq!(staff.post(&address, "token=0f&act=approve".to_owned()).await.status, StatusCode::FORBIDDEN);
    let silent = staff.post(&address, format!("token={token}&act=reject&reason=")).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.body.contains("Ret gerekçesini yazın"), "{}", silent.body);
    let done = staff.post(&address, format!("token={token}&act=approve")).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, &*address));
    let page = staff.get(&address).await;
    assert!(page.body.contains("Onaylandı") && page.body.contains("staff-immib") && !page.body.contains(">Onayla<"));
    let late = staff.post(&address, format!("token={token}&act=reject&reason=x")).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.body.contains("daha önce karar verilmiş"));
    let approved = staff.get("/staff/applications?state=approved&sort=-sent&lang=en").await;
    assert!(approved.body.contains("Applications that wait for a decision: 0") && approved.body.contains("Ihlamur"));
    let csv = staff.get("/staff/applications?format=csv&lang=tr").await;
    assert!(csv.body.contains("Ihlamur Dış Ticaret") && csv.body.contains("1234567890"), "{}", csv.body);
}

/// P-1.1.16, P-1.2.16: the applicant reads the reason by the link and in the mail.
#[tokio::test]
async fn a_rejection_is_told_with_its_reason() {
    let house = house().await;
    let link = sent(&house, AYSE).await;
    let mut staff = house.browser_of("staff-itkib").await;
    let address = first(&staff.get("/staff/applications").await.body);
    let token = staff.get(&address).await.token().to_owned();
    let done = staff.post(&address, format!("token={token}&act=reject&reason=Ka%C5%9Fe+okunmuyor")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    mail::write(&house.office).await.unwrap();
    assert!(house.browser().get("/mailbox").await.body.contains("Kaşe okunmuyor"));
    let page = house.browser().get(&link).await;
    assert!(page.body.contains("Başvurunuz kabul edilmedi") && page.body.contains("Kaşe okunmuyor"));
}
