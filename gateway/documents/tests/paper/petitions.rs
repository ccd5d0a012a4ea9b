//! Membership petitions, as they are read from paper.

use crate::receipts::nothing_covers_anything;
use crate::tools::Printed;
use ebirlik_documents::{Petition, petition_pdf};

/// P-1.1.6, P-1.2.6, P-1.1.4, P-1.2.4: the petition is filled in for the application, with the details that were given.
#[test]
fn a_petition_says_firm_person_and_whom_it_goes_to() {
    let petition = Petition {
        number: "458112345678".to_owned(),
        to: vec!["İstanbul Maden ve Metaller İhracatçı Birlikleri Genel Sekreterliği".to_owned()],
        firm: "Ihlamur Dış Ticaret ve Sanayi A.Ş. ".repeat(4).trim().to_owned(),
        tax_number: "1234567890".to_owned(),
        is_broker: false,
        name: "Şükrü Öğütçü-İnce".to_owned(),
        email: "sukru@ihlamur.example".to_owned(),
        phone: "05321234567".to_owned(),
        begun_at: "2026-11-21T11:03:22Z".parse().unwrap(),
        ends_at: "2026-11-28T11:03:22Z".parse().unwrap(),
    };
    let printed = Printed::new(&petition_pdf(&petition, Vec::new()).unwrap());
    nothing_covers_anything(&printed);
    let pages = printed.pages();
    assert_eq!(pages.len(), 1);
    for part in [
        "ÜYELİK DİLEKÇESİ",
        "İstanbul Maden ve Metaller",
        "ihracatçı firmamız adına",
        "Ihlamur Dış Ticaret",
        "1234567890",
        "Şükrü Öğütçü-İnce",
        "sukru@ihlamur.example",
        "05321234567",
        "28.11.2026 14:03",
        "Firma kaşesi ve imza",
        "458112345678",
    ] {
        assert!(pages[0].contains(part), "{part} is not in\n{}", pages[0]);
    }
    let broker = Printed::new(&petition_pdf(&Petition { is_broker: true, ..petition }, Vec::new()).unwrap());
    assert!(broker.letters().contains("gümrükmüşavirliğifirmamız"));
}
