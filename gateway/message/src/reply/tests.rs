//! Tests of the answer, byte by byte where it must stay for ever.

use super::{digest, prepare, soap, write, write_approval, write_fault};
use crate::soap::Version;
use crate::source::Source;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Approval, ApprovalKind, Awaits, Change, Decision, Pending, Refusal, Trial};
use ebirlik_domain::finding::{Field, Finding, Place};
use ebirlik_domain::money::{Money, Rate};
use ebirlik_domain::price::{Price, PricedItem, UsedRate, Written};
use jiff::civil::date;
use std::fmt::Write as _;
use std::sync::Arc;

#[track_caller]
fn check(bytes: Vec<u8>, expected: &str) {
    let text = String::from_utf8(bytes).unwrap();
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BirlikOnayCevabi xmlns=\"urn:ebirlik:onay:1\">\n";
    let inside = text.strip_prefix(head).and_then(|text| text.strip_suffix("</BirlikOnayCevabi>\n"));
    assert_eq!(inside.unwrap_or(&text), expected);
}

fn price() -> Price {
    let rate = |currency: &str, buying: &str, unit| UsedRate {
        currency: currency.to_owned(),
        buying: buying.parse().unwrap(),
        unit,
        date: date(2026, 11, 20),
        bulletin: "2026/220".to_owned(),
    };
    Price {
        fee: Money::parse("518.77").unwrap(),
        fob_try: Money::parse("1037530.00").unwrap(),
        rates: vec![rate("USD", "41.5012", 1), rate("JPY", "27.5000", 100)],
        items: vec![PricedItem {
            number: 1,
            sector: "HAZIRGIYIM".to_owned(),
            fob: "25000.00".parse().unwrap(),
            currency: "USD".to_owned(),
            rate: Rate::from_ppm(500),
            fee: Money::parse("518.77").unwrap(),
        }],
        written: Written::default(),
    }
}

const PRICE: &str = r#"  <NispiAidat>
    <Tutar>518.77</Tutar>
    <FobTL>1037530.00</FobTL>
    <Kur doviz="USD" tarih="2026-11-20" bulten="2026/220">41.5012</Kur>
    <Kur doviz="JPY" tarih="2026-11-20" bulten="2026/220" birim="100">27.5000</Kur>
    <Kalem no="1" sektor="HAZIRGIYIM" fob="25000.00" doviz="USD" oran="0.0005" tutar="518.77"/>
  </NispiAidat>
"#;

fn approval() -> Approval {
    Approval {
        reference: "BRK-2026-0042".to_owned(),
        version: 1,
        secretariat: "IMMIB".to_owned(),
        record_no: "26IMMIB000000042".to_owned(),
        code: "7K3MXXXXXXXXXXXX".to_owned(),
        approved_at: "2026-11-21T11:03:22.123456Z".parse().unwrap(),
        valid_until: Some(date(2026, 12, 21)),
        kind: ApprovalKind::CurrentAccount,
        price: Arc::new(price()),
        balance: Money::parse("99481.23"),
        notices: Vec::new(),
    }
}

/// G-27, R-5.4: customs software gets two values, the record number and the code.
#[test]
fn an_approval_is_answered_with_code_fee_and_balance() {
    let head = "  <Referans>BRK-2026-0042</Referans>\n  <Durum>ONAYLANDI</Durum>\n  <Surum>1</Surum>\n\
        \x20 <GenelSekreterlik>IMMIB</GenelSekreterlik>\n  <BirlikKayitNo>26IMMIB000000042</BirlikKayitNo>\n\
        \x20 <KriptoKodu>7K3MXXXXXXXXXXXX</KriptoKodu>\n  <OnayZamani>2026-11-21T14:03:22.123+03:00</OnayZamani>\n";
    let term = "  <GecerlilikSonu>2026-12-21</GecerlilikSonu>\n";
    let kind = "  <OnaySekli>CARI_HESAP</OnaySekli>\n";
    let tail = "  <Bakiye>99481.23</Bakiye>\n  <Bildirimler/>\n  <Hatalar/>\n";
    check(write(&Decision::Approved(Arc::new(approval())), None), &[head, term, kind, PRICE, tail].concat());
    let free = Approval { kind: ApprovalKind::Free, valid_until: None, balance: None, ..approval() };
    let kind = "  <OnaySekli>UCRETSIZ</OnaySekli>\n";
    let tail = "  <Bildirimler/>\n  <Hatalar/>\n";
    check(write(&Decision::Approved(Arc::new(free)), None), &[head, kind, PRICE, tail].concat());
}

#[test]
fn a_price_written_ahead_reads_the_same_and_a_changed_copy_is_written_anew() {
    let ahead = approval();
    prepare(&ahead.price);
    assert_eq!(digest(&ahead), digest(&approval()));
    let dearer = Price { fee: Money::parse("518.78").unwrap(), ..Price::clone(&ahead.price) };
    let dearer = Approval { price: Arc::new(dearer), ..ahead };
    assert!(String::from_utf8(write_approval(&dearer)).unwrap().contains("<Tutar>518.78</Tutar>"));
}

/// A stored approval, with every notice that there is, is rendered to this digest for ever. If this test fails, raise
/// `RENDERER` and keep the old form and words for the old approvals.
#[test]
fn the_answer_of_an_approval_never_changes() {
    let notices = Rule::ALL.iter().filter(|rule| rule.code().is_notice());
    let notices = notices.map(|rule| Finding::new(*rule).value("1.00").detail("1.00")).collect();
    let hex = digest(&Approval { notices, ..approval() }).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    assert_eq!(
        (super::RENDERER, hex.as_str()),
        (1, "3fec575d58f0bf069261d346e739d5f37b3cfb78db936fea11bb8793ce776140")
    );
}

#[test]
fn what_waits_and_what_is_tried_has_its_price_and_no_code() {
    let short = Finding::new(Rule::AccountShort).detail("12.50");
    let pending = Pending {
        reference: "R1".to_owned(),
        version: 2,
        secretariat: "UIB".to_owned(),
        awaits: Awaits::Payment,
        price: Arc::new(price()),
        notices: vec![short],
    };
    let text = String::from_utf8(write(&Decision::Pending(pending.clone()), None)).unwrap();
    assert!(text.contains(
        "<Durum>ODEME_BEKLIYOR</Durum>\n  <Surum>2</Surum>\n  <GenelSekreterlik>UIB</GenelSekreterlik>\n  <NispiAidat>"
    ));
    assert!(
        text.contains("<Bildirim kod=\"N4001\">")
            && text.contains("<Deger>12.50</Deger>")
            && text.contains("TRY 12.50"),
        "{text}"
    );
    assert!(text.contains("<Hatalar/>") && !text.contains("KriptoKodu"));
    let desk = Pending { awaits: Awaits::Desk, ..pending };
    assert!(
        String::from_utf8(write(&Decision::Pending(desk), None)).unwrap().contains("<Durum>ONAY_MASASINDA</Durum>")
    );
    let trial = Trial {
        reference: "R1".to_owned(),
        version: 1,
        secretariat: "UIB".to_owned(),
        price: price(),
        notices: Vec::new(),
    };
    let expected = "  <Referans>R1</Referans>\n  <Durum>PROVA</Durum>\n  <Surum>1</Surum>\n  <GenelSekreterlik>UIB</GenelSekreterlik>\n";
    check(write(&Decision::Trial(trial), None), &[expected, PRICE, "  <Bildirimler/>\n  <Hatalar/>\n"].concat());
}

/// G-88: each error with code, place, both languages, the value and the remedy.
#[test]
fn a_refusal_lists_every_error_with_its_place() {
    let source = Source::new("<Gelen>\n <a/>\n</Gelen>".to_owned(), true);
    let place = Place::Field { field: Field::ItemGtip, position: 3, at: 9 };
    let gtip = Finding::new(Rule::GtipUnknown).at(place).value("99<&\"").item(Some("7"));
    let refusal = Refusal {
        reference: Some("R1".to_owned()),
        status: 422,
        findings: vec![gtip, Finding::new(Rule::NoPower)],
        changes: vec![Change { path: "/Gelen/x".to_owned(), old: "a\"b".to_owned(), new: String::new() }],
        notices: Vec::new(),
    };
    let (gtip, power) = (Rule::GtipUnknown, Rule::NoPower);
    let expected = |place: &str| {
        format!(
            "  <Referans>R1</Referans>\n  <Durum>REDDEDILDI</Durum>\n  <Bildirimler/>\n  <Hatalar>\n    \
             <Hata kod=\"E2005\" yol=\"/Gelen/BeyannameBilgi/Kalemler/kalem[3]/Gtip\"{place} kalem=\"7\">\n      \
             <Mesaj dil=\"tr\">{}</Mesaj>\n      <Mesaj dil=\"en\">{}</Mesaj>\n      <Deger>99&lt;&amp;\"</Deger>\n      \
             <Oneri>{} / {}</Oneri>\n    </Hata>\n    <Hata kod=\"E3002\">\n      <Mesaj dil=\"tr\">{}</Mesaj>\n      \
             <Mesaj dil=\"en\">{}</Mesaj>\n      <Oneri>{} / {}</Oneri>\n    </Hata>\n  </Hatalar>\n  <Degisiklikler>\n    \
             <Degisiklik yol=\"/Gelen/x\" eski=\"a&quot;b\" yeni=\"\"/>\n  </Degisiklikler>\n",
            gtip.tr(),
            gtip.en(),
            gtip.remedy_tr(),
            gtip.remedy_en(),
            power.tr(),
            power.en(),
            power.remedy_tr(),
            power.remedy_en(),
        )
    };
    check(write(&Decision::Refused(refusal.clone()), Some(&source)), &expected(" satir=\"2\" sutun=\"2\""));
    check(write(&Decision::Refused(refusal), None), &expected(""));
}

#[test]
fn what_is_our_trouble_is_never_a_refusal() {
    let state = |rule, reference: Option<&str>| {
        let text = String::from_utf8(write_fault(&Finding::new(rule), reference)).unwrap();
        (
            text.contains("<Durum>GECICI_HATA</Durum>"),
            text.contains("<Durum>REDDEDILDI</Durum>"),
            text.contains("<Referans>R1</Referans>"),
        )
    };
    assert_eq!(state(Rule::Busy, Some("R1")), (true, false, true));
    assert_eq!(state(Rule::NoBulletin, None), (true, false, false));
    assert_eq!(state(Rule::TooManyRequests, None), (true, false, false));
    assert_eq!(state(Rule::NotFound, None), (false, true, false));
    assert_eq!(state(Rule::SignIn, None), (false, true, false));
}

/// R-5.4: in SOAP the answer is the same, byte for byte, with SOAP's shells around it.
#[test]
fn an_answer_in_soap_is_the_same_answer_in_shells() {
    let decision = Decision::Approved(Arc::new(approval()));
    let plain = String::from_utf8(write(&decision, None)).unwrap();
    let plain = plain.split_once('\n').unwrap().1;
    for version in [Version::Soap11, Version::Soap12] {
        let source = Source::new(String::new(), false).enveloped(Some(version));
        let expected = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"{}\">\n  <soap:Body>\n    \
             <OnayIsteCevabi xmlns=\"urn:ebirlik:onay:1\">\n{plain}    </OnayIsteCevabi>\n  </soap:Body>\n</soap:Envelope>\n",
            version.namespace()
        );
        assert_eq!(String::from_utf8(write(&decision, Some(&source))).unwrap(), expected);
    }
}

/// R-5.4: a fault says in SOAP's words whose it is, and holds the answer.
#[test]
fn a_fault_says_whose_it_is_in_two_languages_and_holds_the_answer() {
    let check = |version, rule: Rule, status: u16, code: &str| {
        let place = Place::Located { path: "/Envelope/Body".to_owned(), line: 2, column: 3 };
        let refusal = Refusal::of(None, Finding::new(rule).at(place).detail("12"));
        let (found, bytes) = soap::fault(version, &refusal);
        let text = String::from_utf8(bytes).unwrap();
        let plain = String::from_utf8(write(&Decision::Refused(refusal), None)).unwrap();
        assert_eq!(found, status, "{rule:?} {version:?}");
        for part in [code, plain.split_once('\n').unwrap().1, "/Envelope/Body: ", rule.tr(), rule.en()] {
            let part = part.replace("{detail}", "12");
            assert!(text.contains(&part), "{part}: {text}");
        }
    };
    let (one, two) = (Version::Soap11, Version::Soap12);
    check(one, Rule::SoapShape, 500, "<faultcode>soap:Client</faultcode>");
    check(two, Rule::SoapShape, 400, "<soap:Value>soap:Sender</soap:Value>");
    check(one, Rule::SoapVersion, 500, "<faultcode>soap:VersionMismatch</faultcode>");
    check(two, Rule::SoapVersion, 500, "<soap:Value>soap:VersionMismatch</soap:Value>");
    check(one, Rule::SoapHeader, 500, "<faultcode>soap:MustUnderstand</faultcode>");
    check(two, Rule::SoapHeader, 500, "<soap:Value>soap:MustUnderstand</soap:Value>");
    check(one, Rule::SignIn, 401, ">wsse:FailedAuthentication</faultcode>");
    check(two, Rule::SignIn, 401, ">wsse:FailedAuthentication</soap:Value>");
    check(two, Rule::SoapToken, 401, ">wsse:UnsupportedSecurityToken</soap:Value>");
    check(one, Rule::RoleMayNot, 403, "<faultcode>soap:Client</faultcode>");
    check(one, Rule::Unavailable, 503, "<faultcode>soap:Server</faultcode>");
    check(two, Rule::TooManyRequests, 429, "<soap:Value>soap:Receiver</soap:Value>");
}
