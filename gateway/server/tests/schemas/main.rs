//! Do the published XML schemas say what the product reads and writes? Held by two validators, not by us.

#![cfg(test)]

mod differences;
mod mutants;
mod validators;

use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{ApprovalKind, Change, Decision, Refusal};
use ebirlik_domain::finding::{Finding, Place};
use ebirlik_message::reply;
use ebirlik_message::schema::{Element, GELEN, Group, Kind, ROOT, WRAPPER};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use validators::{ONAY, flaw, flaws, folder};

/// G-88, R-5.4: what we answer to every declaration of the fixtures is what we published.
#[test]
fn every_answer_of_the_fixtures_is_valid() {
    let answers: Vec<PathBuf> = cases().iter().flat_map(|case| files(case, "answer")).collect();
    assert!(answers.len() > 80, "only {} answers", answers.len());
    assert_none(flaws_of(ONAY, &answers));
}

/// R-5.4: the states that no fixture has, and every error of the catalogue.
#[test]
fn every_kind_of_refusal_fault_and_approval_is_valid() {
    let place = Place::Located { path: "/Gelen/BeyannameBilgi/GUMRUK".into(), line: 8, column: 7 };
    let mut wrong = Vec::new();
    for rule in Rule::ALL.iter().copied().filter(|rule| !rule.code().is_notice()) {
        let finding = Finding::new(rule).at(place.clone()).value(" \"<\n\u{1}ş ").detail("12");
        let mut refusal = Refusal::of(Some("A-1".into()), finding.clone());
        refusal.changes.push(Change { path: "/Gelen/RefID".into(), old: String::new(), new: "\t1".into() });
        for answer in [
            reply::write_fault(&Finding::new(rule), None),
            reply::write_fault(&finding, Some("A-1")),
            reply::write(&Decision::Refused(refusal), None),
        ] {
            wrong.extend(flaw(ONAY, &answer).map(|flaw| format!("{}: {flaw}", rule.name())));
        }
    }
    for kind in ApprovalKind::ALL {
        let answer = approved().replace("CARI_HESAP", kind.as_str());
        wrong.extend(flaw(ONAY, answer.as_bytes()));
    }
    assert_none(wrong);
}

/// R-5.4: a schema that lets everything pass would be worth nothing.
#[test]
fn an_answer_that_differs_from_the_form_is_not_valid() {
    let approved = approved();
    let check = |from: &str, to: &str, named: &str| {
        assert!(approved.contains(from), "nothing to change: {from}");
        let flaw = flaw(ONAY, approved.replacen(from, to, 1).as_bytes());
        assert!(flaw.as_ref().is_some_and(|flaw| flaw.contains(named)), "{from} -> {to}: {flaw:?}");
    };
    check("urn:ebirlik:onay:1", "urn:ebirlik:onay:2", "BirlikOnayCevabi");
    check("<Durum>ONAYLANDI", "<Durum>TAMAM", "Durum");
    check("<Durum>ONAYLANDI</Durum>", "", "Surum");
    check("<Surum>1</Surum>", "<Surum>0</Surum>", "Surum");
    check("<BirlikKayitNo>26IMMIB000000001</BirlikKayitNo>", "<BirlikKayitNo/>", "BirlikKayitNo");
    check(
        "  <Surum>1</Surum>\n  <GenelSekreterlik>",
        "  <Bakiye>1.00</Bakiye>\n  <GenelSekreterlik>",
        "GenelSekreterlik",
    );
    check("<BirlikKayitNo>26IMMIB000000001", "<BirlikKayitNo>26IMMIB1", "BirlikKayitNo");
    check("<KriptoKodu>1R21CB39A2KN1RE7", "<KriptoKodu>1R21CB39A2KN1REU", "KriptoKodu");
    check("<KriptoKodu>1R21CB39A2KN1RE7", "<KriptoKodu>1R21-CB39-A2KN-1RE7", "KriptoKodu");
    check("14:03:22.123+03:00", "14:03:22+03:00", "OnayZamani");
    check("14:03:22.123+03:00", "25:03:22.123+03:00", "OnayZamani");
    check("CARI_HESAP", "CEK", "OnaySekli");
    check("<Tutar>518.77", "<Tutar>518,77", "Tutar");
    check("<FobTL>1037530.00", "<FobTL>1037530", "FobTL");
    check(" doviz=\"USD\" tarih", " tarih", "doviz");
    check("oran=\"0.0005\"", "oran=\"-0.0005\"", "oran");
    check("<Bildirimler/>\n  <Hatalar/>", "<Hatalar/>\n  <Bildirimler/>", "Hatalar");
    check("<Hatalar/>", "<Hatalar/><Ek/>", "Ek");
    check("<Hatalar/>", "<Hatalar><Hata kod=\"N4001\"/></Hatalar>", "kod");
}

/// G-88, R-5.4: the other documents in XML, in the forms that the server writes.
#[test]
fn states_and_verifications_are_valid() {
    let wrong = [STATE_WAITING, STATE_WITHDRAWN, VERIFIED, MISTYPED, VERIFICATIONS, NO_VERIFICATION];
    assert_none(wrong.iter().filter_map(|text| Some(format!("{}\n{text}", flaw(ONAY, text.as_bytes())?))));
    for (text, from, to) in [
        (STATE_WAITING, "ODEME_BEKLIYOR", "waiting_payment"),
        (STATE_WAITING, "<Surumler>", "<Surumler yeni=\"1\">"),
        (VERIFIED, "valid_used", "ONAYLANDI"),
        (VERIFIED, "<Bagli>true</Bagli>", ""),
        (VERIFIED, "<Anahtar>leaked", "<Anahtar>sound"),
        (MISTYPED, "<HataliKarakter>9", "<HataliKarakter>17"),
    ] {
        assert!(flaw(ONAY, text.replacen(from, to, 1).as_bytes()).is_some(), "{from} -> {to}");
    }
}

/// G-88: whatever is taken in the wrapper is valid in the wrapper, in every encoding and shape of customs' message.
#[test]
fn every_good_request_in_the_wrapper_is_valid() {
    let wrapped: Vec<PathBuf> = good_requests().into_iter().filter(|file| shown(file).contains(WRAPPED)).collect();
    assert!(wrapped.len() > 40, "only {} requests", wrapped.len());
    assert_none(flaws_of(ONAY, &wrapped));
}

/// G-88: order is free in the wrapper, and each part stands once.
#[test]
fn the_wrapper_takes_its_parts_in_any_order_and_each_once() {
    let (secretariat, payment) = ("<GenelSekreterlik> IMMIB </GenelSekreterlik>", "<Odeme>BEKLET</Odeme>");
    let messages = [
        "<Gelen><BeyannameBilgi><Odeme>PESIN</Odeme></BeyannameBilgi></Gelen>",
        "<Kontrol><Gelen/></Kontrol>",
        "<Gelen xmlns=\"\"/>",
        "<Gelen xmlns=\"http://tempuri.org/\"/>",
        "<l:Gelen xmlns:l=\"http://LoginKontrol.KontrolGelen\"/>",
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body/></s:Envelope>",
    ];
    let is_valid = |parts: &[&str]| {
        let text = format!("<BirlikOnayTalebi xmlns=\"urn:ebirlik:onay:1\">{}</BirlikOnayTalebi>", parts.concat());
        flaw(ONAY, text.as_bytes()).is_none()
    };
    for message in messages {
        for (a, b, c) in [
            (secretariat, payment, message),
            (secretariat, message, payment),
            (payment, secretariat, message),
            (payment, message, secretariat),
            (message, secretariat, payment),
            (message, payment, secretariat),
        ] {
            assert!(is_valid(&[a, b, c]), "{a}{b}{c}");
            assert!(!is_valid(&[a, b, c, a]), "{a}{b}{c}{a}");
        }
        assert!(is_valid(&[secretariat, message]) && is_valid(&[message, secretariat]), "{message}");
        assert!(is_valid(&[secretariat, "<Odeme/>", message]), "{message}");
        assert!(!is_valid(&[payment, message]), "{message}");
        assert!(!is_valid(&[secretariat, "<Odeme>CEK</Odeme>", message]), "{message}");
    }
    assert!(!is_valid(&[secretariat, payment]));
}

/// G-88: the archives of broker programs are valid as they lie there, in whatever order their elements come.
#[test]
fn every_good_request_in_the_file_shape_is_valid() {
    let is_file_shape = |file: &PathBuf| shown(file).contains(FILE_SHAPE) && !shown(file).contains(WRAPPED);
    let requests: Vec<PathBuf> = good_requests().into_iter().filter(is_file_shape).collect();
    assert!(requests.len() >= 3, "only {} requests", requests.len());
    for request in &requests {
        let text = read(request);
        assert_eq!(flaw(BEYANNAME, &text), None, "{}", request.display());
    }
    let plain = fs::read_to_string(fixtures().join("plain-sample-file-shape/request.xml")).expect("a fixture");
    for (from, to, named) in [
        ("<Rejim>1000</Rejim>", "<Rejim>1000</Rejim><Regim>1000</Regim>", "Regim"),
        ("<GUMRUK>", "x<GUMRUK>", "BeyannameBilgi"),
        ("<Kalemler>", "<Kalemler><Rejim/>", "Rejim"),
        (".00</Toplam_fatura>", ",00</Toplam_fatura>", "Toplam_fatura"),
    ] {
        assert!(plain.contains(from), "nothing to change: {from}");
        let flaw = flaw(BEYANNAME, plain.replacen(from, to, 1).as_bytes());
        assert!(flaw.as_ref().is_some_and(|flaw| flaw.contains(named)), "{from} -> {to}: {flaw:?}");
    }
}

/// G-88: every element that the reader knows stands in the schema, at its place, and the schema knows no other.
#[test]
fn the_schema_of_the_declaration_has_the_elements_that_the_reader_knows() {
    let mut known = BTreeSet::from(["Gelen"]);
    walk(&GELEN, &mut |element| {
        known.insert(element.name);
    });
    assert_eq!(names_in(&schema(BEYANNAME)), known);
    for is_reversed in [false, true] {
        for is_nil in [false, true] {
            let text = all_of(&GELEN, is_reversed, is_nil);
            let namespaces = "xmlns=\"http://tempuri.org/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
            let message = format!("<Gelen {namespaces}>{text}</Gelen>");
            assert_eq!(flaw(BEYANNAME, message.as_bytes()), None, "reversed {is_reversed}, nil {is_nil}");
        }
    }
}

/// G-88: the shells around the declaration stand in the union's own schema, but for SOAP's own.
#[test]
fn the_schema_of_the_union_has_the_shells_that_the_reader_knows() {
    let text = schema(ONAY);
    let published = names_in(&text);
    let shells = ROOT.elements.iter().chain(WRAPPER.elements).map(|element| element.name);
    assert_none(
        shells
            .filter(|name| *name != "Envelope" && !published.contains(name))
            .map(|name| format!("not in birlik-onay-1.xsd: {name}")),
    );
}

/// G-88: what stands in the body of SOAP is valid both ways, and a fault holds a valid answer.
#[test]
fn what_stands_in_soap_is_valid() {
    let folder = fixtures().join("../soap");
    let cases: Vec<PathBuf> = fs::read_dir(folder).expect("cases").flatten().map(|entry| entry.path()).collect();
    let cases: Vec<&PathBuf> = cases.iter().filter(|path| path.is_dir()).collect();
    assert!(cases.len() >= 4, "only {} cases", cases.len());
    let check = |file: &Path, elements: &[&str], is_good: bool| {
        let text = fs::read_to_string(file).expect("a message");
        let inside = elements.iter().find_map(|name| element(&text, name)).expect("an element");
        let flaw = flaw(ONAY, inside.as_bytes());
        assert_eq!(flaw.is_none(), is_good, "{}: {flaw:?}", file.display());
    };
    for case in cases {
        check(&case.join("request.xml"), &["OnayIste"], !case.ends_with("body-of-another-kind"));
        check(&case.join("answer.xml"), &["OnayIsteCevabi", "BirlikOnayCevabi"], true);
    }
}

/// G-88: the description for toolkits names elements that the schema has, and that schema alone.
#[test]
fn the_description_of_the_service_names_what_the_schema_has() {
    let text = fs::read_to_string(folder().join("../soap/onay.wsdl")).expect("a description");
    let (schema, prefix) = (schema(ONAY), "element=\"onay:");
    let published = names_in(&schema);
    let named: Vec<&str> = text.split(prefix).skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(named, ["OnayIste", "OnayIsteCevabi", "BirlikOnayCevabi"]);
    assert!(named.iter().all(|name| published.contains(name)));
    assert!(text.contains(&format!("schemaLocation=\"/schemas/xml/{ONAY}\"")));
    // Toolkits make one record of an answer: they fail at choices and at groups that may be absent.
    let (_, answers) = schema.split_once("<xs:element name=\"BirlikOnayCevabi\">").expect("an answer");
    assert!(!answers.contains("<xs:choice") && !answers.contains("<xs:all"));
    let mut groups = answers.split("<xs:group ref=").skip(1).filter_map(|rest| rest.split("/>").next());
    assert!(groups.all(|group| !group.contains("minOccurs")));
    let file = folder().join("../soap/onay.wsdl");
    let read = Command::new("xmllint").args(["--nonet", "--noout"]).arg(file).output().expect("xmllint runs");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
}

#[derive(Deserialize)]
struct Case {
    step: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    request: String,
    status: u16,
}

/// The elements of a group and of all groups below it, each once.
fn walk(group: &'static Group, see: &mut impl FnMut(&'static Element)) {
    for element in group.elements {
        see(element);
        match element.kind {
            Kind::Group(group) => walk(group, see),
            Kind::List(list) => {
                see(&list.row);
                walk(list.row.group().expect("rows are groups"), see);
            }
            _ => {}
        }
    }
}

/// Every element that a group may hold, with two rows for a list.
fn all_of(group: &'static Group, is_reversed: bool, is_nil: bool) -> String {
    let mut elements: Vec<String> = group.elements.iter().map(|element| one(element, is_reversed, is_nil)).collect();
    if is_reversed {
        elements.reverse();
    }
    elements.concat()
}

fn one(element: &'static Element, is_reversed: bool, is_nil: bool) -> String {
    let name = element.name;
    if is_nil && !element.is_container() {
        return format!("<{name} xsi:nil=\"true\"/>");
    }
    let inside = match element.kind {
        Kind::Group(group) => all_of(group, is_reversed, is_nil),
        Kind::List(list) => {
            let row = all_of(list.row.group().expect("rows are groups"), is_reversed, is_nil);
            format!("<{0}>{row}</{0}><{0} xsi:nil=\"true\"/>", list.row.name)
        }
        Kind::Decimal => " 0600.50 ".to_owned(),
        Kind::Int => "1".to_owned(),
        Kind::Date => "18/01/2026".to_owned(),
        Kind::Text | Kind::Synonym(_) | Kind::Dropped => "ş 1".to_owned(),
    };
    format!("<{name}>{inside}</{name}>")
}

/// The names of the elements that a schema declares.
fn names_in(schema: &str) -> BTreeSet<&str> {
    schema.split("<xs:element name=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// An element with all that stands in it.
fn element(text: &str, name: &str) -> Option<String> {
    let (start, end) = (text.find(&format!("<{name} "))?, format!("</{name}>"));
    let inside = text.get(start..)?;
    inside.get(..inside.find(&end)? + end.len()).map(ToOwned::to_owned)
}

/// What is wrong with files, each with its name.
fn flaws_of(schema: &str, files: &[PathBuf]) -> Vec<String> {
    let documents: Vec<Vec<u8>> = files.iter().map(|file| read(file)).collect();
    let flaws = files.iter().zip(flaws(schema, &documents));
    flaws.filter_map(|(file, flaw)| Some(format!("{}: {}", file.display(), flaw?))).collect()
}

/// The requests that the product takes.
fn good_requests() -> BTreeSet<PathBuf> {
    let mut requests = BTreeSet::new();
    for folder in cases() {
        let text = fs::read_to_string(folder.join("case.toml")).expect("a case");
        let case: Case = toml::from_str(&text).expect("a case.toml");
        requests.extend(case.step.iter().filter(|step| step.status < 300).map(|step| folder.join(&step.request)));
    }
    requests
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(fixtures()).expect("cases").flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

/// The files of a case whose names begin so.
fn files(case: &Path, start: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(case).expect("a case").flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(start)).map(|entry| entry.path()).collect()
}

fn read(file: &Path) -> Vec<u8> {
    fs::read(file).unwrap_or_else(|fault| panic!("{}: {fault}", file.display()))
}

/// A message well enough to see its tags, UTF-16 too.
fn shown(file: &Path) -> String {
    let bytes: Vec<u8> = read(file).into_iter().filter(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn approved() -> String {
    fs::read_to_string(fixtures().join("plain-sample-wrapped/answer.xml")).expect("a fixture")
}

fn schema(name: &str) -> String {
    fs::read_to_string(folder().join(name)).expect("a schema")
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bilge")
}

/// Fails with everything that is wrong.
fn assert_none(wrong: impl IntoIterator<Item = String>) {
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Customs' message.
const BEYANNAME: &str = "beyanname.xsd";
/// Start of a request in our wrapper.
const WRAPPED: &str = "<BirlikOnayTalebi";
/// Start of customs' message as broker programs keep it.
const FILE_SHAPE: &str = "<Gelen xmlns=\"http://tempuri.org/\"";

const STATE_WAITING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<BirlikOnayDurumu xmlns="urn:ebirlik:onay:1">
  <Referans>A-1</Referans>
  <BeyanSahibi>9876543217</BeyanSahibi>
  <Ihracatci>1234567890</Ihracatci>
  <GenelSekreterlik>IMMIB</GenelSekreterlik>
  <Durum>ODEME_BEKLIYOR</Durum>
  <Surum>2</Surum>
  <NispiAidat>
    <Tutar>518.77</Tutar>
    <FobTL>1037530.00</FobTL>
    <Kur doviz="JPY" tarih="2026-11-20" bulten="2026/220" birim="100">27.1234</Kur>
    <Kalem no="1" sektor="HAZIRGIYIM" fob="25000.00" doviz="JPY" oran="0" tutar="0.00"/>
  </NispiAidat>
  <Surumler>
    <Surum no="1" zaman="2026-11-21T14:03:22.123+03:00" kullanici="broker1"/>
    <Surum no="2" zaman="2026-11-21T14:05:00.000+03:00" kullanici="broker1">
      <Degisiklik yol="/Gelen/BeyannameBilgi/Kalemler/kalem[1]/Net_agirlik" eski="600" yeni="650"/>
    </Surum>
  </Surumler>
</BirlikOnayDurumu>
"#;

const STATE_WITHDRAWN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<BirlikOnayDurumu xmlns="urn:ebirlik:onay:1">
  <Referans>A-1</Referans>
  <BeyanSahibi>9876543217</BeyanSahibi>
  <Ihracatci>12345678901</Ihracatci>
  <GenelSekreterlik>IMMIB</GenelSekreterlik>
  <Durum>VAZGECILDI</Durum>
  <Surum>1</Surum>
  <KriptoKodu>1R21CB39A2KN1RE7</KriptoKodu>
  <BirlikKayitNo>26IMMIB000000001</BirlikKayitNo>
  <OnaySekli>CARI_HESAP</OnaySekli>
  <OnayZamani>2026-11-21T14:03:22.123+03:00</OnayZamani>
  <GecerlilikSonu>2026-12-21</GecerlilikSonu>
  <TescilNo>26341300EX000123</TescilNo>
  <BitisZamani>2026-11-22T09:00:00.000+03:00</BitisZamani>
  <Surumler/>
</BirlikOnayDurumu>
"#;

const VERIFIED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<KodDogrulama xmlns="urn:ebirlik:onay:1">
  <Sonuc>valid_used</Sonuc>
  <KriptoKodu>1R21CB39A2KN1RE7</KriptoKodu>
  <Referans>A-1</Referans>
  <Bagli>true</Bagli>
  <Onay>
    <OnaySekli>UCRETSIZ</OnaySekli>
    <OnayZamani>2026-11-21T14:03:22.123+03:00</OnayZamani>
    <GenelSekreterlik>IMMIB</GenelSekreterlik>
    <BirlikKayitNo>26IMMIB000000001</BirlikKayitNo>
    <TescilNo>26341300EX000123</TescilNo>
    <GecerlilikSonu>2026-12-21</GecerlilikSonu>
  </Onay>
  <Anahtar>leaked</Anahtar>
</KodDogrulama>
"#;

const MISTYPED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<KodDogrulama xmlns="urn:ebirlik:onay:1">
  <Sonuc>mistyped</Sonuc>
  <KriptoKodu>1R21-CB39 A2KN.1RE8</KriptoKodu>
  <Bagli>false</Bagli>
  <HataliKarakter>9</HataliKarakter>
</KodDogrulama>
"#;

const VERIFICATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<KodDogrulamalari xmlns="urn:ebirlik:onay:1">
  <KodDogrulama>
    <Sonuc>not_issued</Sonuc>
    <KriptoKodu>1R21CB39A2KN1RE7</KriptoKodu>
    <Bagli>false</Bagli>
  </KodDogrulama>
  <KodDogrulama>
    <Sonuc>unavailable</Sonuc>
    <KriptoKodu>1R21CB39A2KN1RE7</KriptoKodu>
    <Bagli>false</Bagli>
  </KodDogrulama>
</KodDogrulamalari>
"#;

const NO_VERIFICATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<KodDogrulamalari xmlns="urn:ebirlik:onay:1"/>
"#;
