//! One declaration in every shape, prefix, order and encoding is the same declaration (G-21, G-22, G-35).

use super::{SAMPLE, file_shape, place, read_good, sample_element, try_read};
use crate::content::{Content, declaration, differences};
use crate::request::{Read, RequestFacts};
use crate::xml::read;
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::finding::{Field, Place};
use encoding_rs::WINDOWS_1254;

/// The same declaration as the sample, with the same facts and nothing to say about it.
#[track_caller]
fn check(body: impl AsRef<[u8]>, is_same: bool) -> Read {
    let (sample, read) = (read_good(SAMPLE), read_good(body));
    assert_eq!(read.declaration.digest == sample.declaration.digest, is_same, "{}", read.declaration.content);
    assert_eq!(read.declaration.notices, [], "{}", read.declaration.content);
    assert_eq!(read.declaration.findings, []);
    assert_eq!(differences(&sample.declaration.content, &read.declaration.content).is_empty(), is_same);
    assert_eq!(declaration(&read.declaration.content).digest, read.declaration.digest);
    read
}

fn wrapped(inside: &str) -> String {
    format!(
        "<BirlikOnayTalebi xmlns=\"urn:ebirlik:onay:1\"><GenelSekreterlik> IMMIB </GenelSekreterlik>{inside}</BirlikOnayTalebi>"
    )
}

fn operation(inside: &str) -> String {
    format!("<g:Kontrol xmlns:g='http://Gumruk.BizTalk.Integration'>{inside}</g:Kontrol>")
}

fn soap(inside: &str) -> String {
    format!(
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header><Security><Password>geheim</Password>\
         </Security></s:Header><s:Body>{inside}</s:Body></s:Envelope>"
    )
}

/// Every element without namespace and prefix.
fn without_namespaces() -> String {
    let text = file_shape().replace(" xmlns=\"http://tempuri.org/\"", "");
    text.replace(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"", "").replace(" xsi:nil=\"true\"", "")
}

/// Every element with a prefix.
fn prefixed() -> String {
    let text = without_namespaces();
    let body = text.split_once("?>").unwrap().1.replace("</", "\u{1}").replace('<', "<tem:").replace('\u{1}', "</tem:");
    body.replacen("<tem:Gelen", "<tem:Gelen xmlns:tem=\"http://tempuri.org/\"", 1)
}

/// G-22: a program changes one address, or puts one element around, and nothing else.
#[test]
fn every_shape_and_prefix_is_the_same_declaration() {
    check(file_shape(), true);
    check(without_namespaces(), true);
    check(prefixed(), true);
    for inside in [sample_element().to_owned(), operation(sample_element()), soap(&operation(sample_element()))] {
        check(&inside, true);
        check(wrapped(&inside), true);
    }
    check(wrapped(sample_element()).replace(" xmlns=\"urn:ebirlik:onay:1\"", ""), true);
    check(soap(sample_element()), true);
    check(SAMPLE.replace("xsi:nil=\"true\"", "xsi:nil=\"1\""), true);
    check(SAMPLE.replace("\r\n", "\n").replace('\n', "\r\n"), true);
    check(SAMPLE.replace("  ", ""), true);
    check(SAMPLE.replace("<Rejim>1000", "<Rejim> 1<!-- -->0<![CDATA[0]]>&#48;\n"), true);
}

#[test]
fn every_encoding_is_the_same_declaration() {
    let turkish = SAMPLE.replace("ORNEK BEYAN", "Örnek beyan: şığüÇİ €");
    let expected = read_good(&turkish).declaration;
    assert_ne!(expected.digest, read_good(SAMPLE).declaration.digest);
    let check = |body: Vec<u8>| assert_eq!(read_good(body).declaration, expected);
    check([b"\xEF\xBB\xBF", turkish.as_bytes()].concat());
    for label in ["ISO-8859-9", "windows-1254", "iso-8859-9"] {
        let declared = turkish.replace("encoding=\"utf-8\"", &format!("encoding=\"{label}\""));
        let shift = u32::try_from(label.len()).unwrap() - 5;
        let declaration = read_good(WINDOWS_1254.encode(&declared).0).declaration;
        assert_eq!(declaration.digest, expected.digest);
        assert_eq!(declaration.office.at(), expected.office.at() + shift);
    }
    check([0xFF, 0xFE].into_iter().chain(turkish.encode_utf16().flat_map(u16::to_le_bytes)).collect());
    check([0xFE, 0xFF].into_iter().chain(turkish.encode_utf16().flat_map(u16::to_be_bytes)).collect());
}

#[test]
fn spelling_of_numbers_and_order_make_no_difference() {
    let changed = |from: &str, to: &str| {
        assert!(SAMPLE.contains(from), "{from}");
        SAMPLE.replacen(from, to, 1)
    };
    check(changed("<Net_agirlik>600<", "<Net_agirlik>00600.00<"), true);
    check(changed("<Kap_adedi>40<", "<Kap_adedi> 040 <"), true);
    check(changed("<Kalem_sira_no>1<", "<Kalem_sira_no>01<"), true);
    check(
        changed("<Toplan_navlun_dovizi>USD</Toplan_navlun_dovizi>", "<Toplam_navlun_dovizi>USD</Toplam_navlun_dovizi>"),
        true,
    );
    check(
        changed("<Rejim>1000</Rejim>\n    <GUMRUK>341300</GUMRUK>", "<GUMRUK>341300</GUMRUK><Rejim>1000</Rejim>"),
        true,
    );
    check(changed("<Basitlestirilmis_usul/>", ""), true);
    check(changed("<mail1>", "<mail2> \n </mail2><mail1>"), true);
    // Not content.
    check(changed("<RefID xmlns=\"\">BRK-2026-0042<", "<RefID xmlns=\"\">x<"), true);
    check(
        changed(
            "<Beyanname_no/>",
            "<Beyanname_no>26341300EX000123</Beyanname_no><Tescil_tarihi>13/03/2026</Tescil_tarihi>",
        ),
        true,
    );
    check(
        changed(
            "<Rejim>",
            "<Birlik_kayit_numarasi>1</Birlik_kayit_numarasi><Birlik_kripto_numarasi>2</Birlik_kripto_numarasi><Rejim>",
        ),
        true,
    );
    check(changed("00000000000<", "11111111111<"), true);
    // Content.
    check(changed("<Odeme>PESIN<", "<Odeme>PEŞİN<"), false);
    check(changed("<Gtip>610910000011<", "<Gtip>610910000012<"), false);
    check(changed("<Banka_kodu>000000000000<", "<Banka_kodu>0<"), false);
    check(changed("<Net_agirlik>600<", "<Net_agirlik>600.01<"), false);
    check(changed("<mail1>ornek@example.com</mail1>", ""), false);
    check(changed("<Kimlik_turu>2<", "<Kimlik_turu>1<"), false);
}

#[test]
fn the_wrappers_choice_counts_and_the_querys_does_not() {
    let facts = RequestFacts { secretariat: Some("UIB"), payment: Some("BEKLET"), ..RequestFacts::default() };
    let wrapped = wrapped(&format!("<Odeme>CARI_HESAP</Odeme>{}", sample_element()));
    let declaration = read(wrapped.as_bytes(), &facts).unwrap().declaration;
    assert_eq!((declaration.secretariat.text(), declaration.payment.text()), (Some("IMMIB"), Some("CARI_HESAP")));
    assert_eq!(declaration.digest, read_good(SAMPLE).declaration.digest);
    let bare = read(SAMPLE.as_bytes(), &facts).unwrap().declaration;
    assert_eq!((bare.secretariat.text(), bare.payment.text()), (Some("UIB"), Some("BEKLET")));
    assert_ne!(bare.digest, declaration.digest);
    let changes = differences(&declaration.content, &bare.content);
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].path, "/BirlikOnayTalebi/GenelSekreterlik");
}

/// the facts that approval, price and code rest on.
#[test]
fn the_facts_of_the_declaration_are_taken_from_their_elements() {
    let declaration = read_good(SAMPLE).declaration;
    let entries = [
        (&declaration.reference, "BRK-2026-0042"),
        (&declaration.regime, "1000"),
        (&declaration.office, "341300"),
        (&declaration.destination, "004"),
        (&declaration.delivery_term, "CIF"),
        (&declaration.invoice_total, "26450.00"),
        (&declaration.invoice_currency, "USD"),
        (&declaration.freight, "1350.00"),
        (&declaration.freight_currency, "USD"),
        (&declaration.insurance, "100.00"),
        (&declaration.insurance_currency, "USD"),
        (&declaration.exporter, "1234567890"),
        (&declaration.declarant, "9876543217"),
    ];
    for (entry, expected) in entries {
        assert_eq!(entry.text(), Some(expected));
        assert!(SAMPLE.get(usize::try_from(entry.at()).unwrap()..).unwrap().starts_with('<'));
    }
    let [item] = declaration.items.as_slice() else { panic!("{:?}", declaration.items) };
    let entries = [
        (&item.number, "1"),
        (&item.gtip, "610910000011"),
        (&item.net_weight, "600"),
        (&item.amount, "26450.00"),
        (&item.currency, "USD"),
        (&item.delivery_term, "CIF"),
        (&item.property, "01"),
        (&item.freight, "1350.00"),
        (&item.freight_currency, "USD"),
        (&item.insurance, "100.00"),
        (&item.insurance_currency, "USD"),
    ];
    for (entry, expected) in entries {
        assert_eq!(entry.text(), Some(expected));
    }
    assert_eq!(item.payment_methods, ["1"]);
    let older = SAMPLE.replace("<Gtip>", "<OdemeSekli>7</OdemeSekli><Gtip>");
    assert_eq!(read_good(older).declaration.items[0].payment_methods, ["1", "7"]);
}

#[test]
fn the_message_id_is_the_reference_where_there_is_no_other() {
    let body = SAMPLE.replace("<Referans_no>BRK-2026-0042<", "<Referans_no> <").replace(">BRK-2026-0042<", ">R7<");
    let read = read_good(&body);
    let reference = &read.declaration.reference;
    assert_eq!(reference.text(), Some("R7"));
    let located = read.source.locate(&reference.place(Field::Reference, 0)).unwrap();
    assert_eq!((located.path.as_str(), located.line, located.column), ("/Gelen/RefID", 3, 3));
    // Then it is content.
    assert_ne!(read.declaration.digest, read_good(body.replace(">R7<", ">R8<")).declaration.digest);
    assert_eq!(Content::parse(&read.declaration.content).unwrap().value(&["Gelen", "RefID"]), Some("R7"));
    assert_eq!(declaration(&read.declaration.content).reference.text(), Some("R7"));
    let neither = read_good(body.replace(">R7<", "><"));
    assert_eq!(neither.declaration.reference.text(), None);
}

#[test]
fn what_is_missing_takes_its_parents_place() {
    let body = "<!-- ığş -->\r\n<Gelen>\r\n <BeyannameBilgi><mail1>x</mail1>\r\n  <Kalemler>\r\n   <kalem/>\r\n  </Kalemler></BeyannameBilgi></Gelen>";
    let read = read_good(body);
    let at = |field, position, at| {
        let located = read.source.locate(&Place::Field { field, position, at }).unwrap();
        (located.path, located.line, located.column)
    };
    let Declaration { regime, items, items_at, secretariat, .. } = &read.declaration;
    assert_eq!(at(Field::Regime, 0, regime.at()), ("/Gelen/BeyannameBilgi/Rejim".to_owned(), 3, 2));
    assert_eq!(
        at(Field::ItemGtip, 1, items[0].gtip.at()),
        ("/Gelen/BeyannameBilgi/Kalemler/kalem[1]/Gtip".to_owned(), 5, 4)
    );
    assert_eq!(at(Field::Items, 0, *items_at), ("/Gelen/BeyannameBilgi/Kalemler".to_owned(), 4, 3));
    assert_eq!(at(Field::Secretariat, 0, secretariat.at()), ("?secretariat".to_owned(), 1, 1));
    let body = format!("\n {}", wrapped("<Gelen/>").replace("<GenelSekreterlik> IMMIB </GenelSekreterlik>", ""));
    let read = read_good(body);
    let missing = read.declaration.secretariat.place(Field::Secretariat, 0);
    let located = read.source.locate(&missing).unwrap();
    assert_eq!((located.path.as_str(), located.line, located.column), ("/BirlikOnayTalebi/GenelSekreterlik", 2, 2));
    assert!(read.declaration.is_empty);
    let place_of_all =
        place(&read, &ebirlik_domain::finding::Finding::new(ebirlik_domain::catalogue::Rule::Missing).at(missing));
    assert_eq!(place_of_all.1, 2);
}

#[test]
fn a_message_without_declaration_is_empty() {
    for body in [
        "<Gelen/>",
        "<Gelen><BeyannameBilgi/></Gelen>",
        "<Gelen><RefID>1</RefID><BeyannameBilgi><Rejim> </Rejim></BeyannameBilgi></Gelen>",
    ] {
        assert!(read_good(body).declaration.is_empty, "{body}");
    }
    assert!(!read_good(SAMPLE).declaration.is_empty);
    assert!(try_read("<BirlikOnayTalebi/>").is_err());
}
