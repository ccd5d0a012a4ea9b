//! What the reader itself says of a declaration: twice, numbers, days, stray text, unknown elements, and never a secret.

use super::{SAMPLE, place, read_good, try_read};
use crate::content::Content;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::finding::Finding;

const PREFIX: &str = "/Gelen/BeyannameBilgi";

/// A finding as `Rule path line:column value kalem`; the path without what all have in common.
#[track_caller]
fn check(body: &str, expected: &[&str]) {
    let read = read_good(body);
    let shown = |finding: &Finding| {
        let (path, line, column) = place(&read, finding);
        let path = path.replace(PREFIX, "~");
        let (value, item) = (finding.value.as_deref().unwrap_or("-"), finding.item.as_deref().unwrap_or("-"));
        format!("{} {path} {line}:{column} {value} {item}", finding.rule.name())
    };
    let seen: Vec<String> = read.declaration.findings.iter().chain(&read.declaration.notices).map(shown).collect();
    assert_eq!(seen, expected, "{body}");
}

fn header(inside: &str) -> String {
    format!("<Gelen><BeyannameBilgi>\n{inside}</BeyannameBilgi></Gelen>")
}

fn items(inside: &str) -> String {
    header(&format!("<Kalemler>\n{inside}</Kalemler>"))
}

#[test]
fn an_element_that_stands_twice_is_said_at_the_second_and_the_first_counts() {
    let body = header("<Rejim>1000</Rejim>\n <Rejim>2100</Rejim>");
    check(&body, &["Twice ~/Rejim 3:2 2100 -"]);
    assert_eq!(read_good(body).declaration.regime.text(), Some("1000"));
    check(&header("<Rejim/><Rejim/>"), &["Twice ~/Rejim 2:9 - -"]);
    check(
        &header("<Toplan_navlun_dovizi>USD</Toplan_navlun_dovizi><Toplam_navlun_dovizi>EUR</Toplam_navlun_dovizi>"),
        &["Twice ~/Toplam_navlun_dovizi 2:49 EUR -"],
    );
    check(
        &items("<kalem><Gtip>1</Gtip><Kalem_sira_no>7</Kalem_sira_no>\n<Gtip>2<x/></Gtip></kalem>"),
        &["Twice ~/Kalemler/kalem[1]/Gtip 4:1 2 7"],
    );
    check(
        &header("<Kalemler><kalem/></Kalemler>\n<Kalemler><kalem/><kalem/></Kalemler>"),
        &["Twice ~/Kalemler 3:1 - -"],
    );
    check("<Gelen><BeyannameBilgi/><BeyannameBilgi><x/></BeyannameBilgi></Gelen>", &["Twice ~ 1:25 - -"]);
    check("<BirlikOnayTalebi><Gelen/><Kontrol><Gelen/></Kontrol></BirlikOnayTalebi>", &["Twice /Gelen 1:36 - -"]);
    check("<Gelen><Sifre>a</Sifre>\n<Sifre>geheim</Sifre></Gelen>", &["Twice /Gelen/Sifre 2:1 - -"]);
    check(
        &header("<Firma_bilgi><firma/><firma><No>1</No>\n<No>2</No></firma></Firma_bilgi>"),
        &["Twice ~/Firma_bilgi/firma[2]/No 3:1 2 -"],
    );
}

#[test]
fn numbers_and_days_are_read_where_the_schema_has_them() {
    check(&header("<Kap_adedi>4,5</Kap_adedi>"), &["NumberForm ~/Kap_adedi 2:1 4,5 -"]);
    check(
        &header("<Toplam_yurt_ici_harcamalar> -1 </Toplam_yurt_ici_harcamalar>"),
        &["NumberForm ~/Toplam_yurt_ici_harcamalar 2:1 -1 -"],
    );
    check(
        &header("<Telafi_edici_vergi>1234567890123456</Telafi_edici_vergi>"),
        &["NumberTooLong ~/Telafi_edici_vergi 2:1 1234567890123456 -"],
    );
    check(
        &header("<Referans_tarihi>31/02/2026</Referans_tarihi>"),
        &["DateUnknown ~/Referans_tarihi 2:1 31/02/2026 -"],
    );
    check(
        &header("<Dokumanlar><Dokuman><Belge_tarihi>x</Belge_tarihi></Dokuman></Dokumanlar>"),
        &["DateUnknown ~/Dokumanlar/Dokuman[1]/Belge_tarihi 2:22 x -"],
    );
    check(
        &items("<kalem/>\n<kalem>\n<Brut_agirlik>1e3</Brut_agirlik><Kalem_sira_no> 12 </Kalem_sira_no></kalem>"),
        &["NumberForm ~/Kalemler/kalem[2]/Brut_agirlik 5:1 1e3 12"],
    );
    check(
        &items("<kalem><OdemeSekilleri><OdemeSekli><OdemeTutari>x</OdemeTutari></OdemeSekli></OdemeSekilleri></kalem>"),
        &["NumberForm ~/Kalemler/kalem[1]/OdemeSekilleri/OdemeSekli[1]/OdemeTutari 3:36 x -"],
    );
    // Judged by the union's own rules.
    check(&items("<kalem><Net_agirlik>x</Net_agirlik><Kalem_sira_no>x</Kalem_sira_no></kalem>"), &[]);
    check(&header("<Toplam_fatura>x</Toplam_fatura><Toplam_navlun>x</Toplam_navlun>"), &[]);
    let long = "9".repeat(300);
    check(
        &header(&format!("<Kap_adedi>{long}</Kap_adedi>")),
        &[&format!("NumberTooLong ~/Kap_adedi 2:1 {} -", "9".repeat(200))],
    );
}

#[test]
fn text_between_elements_is_said_once_for_each_element() {
    check(&header("ab &amp; <Rejim/> c"), &["StrayText ~ 1:8 ab -"]);
    check(
        &header("<Kalemler>x<kalem>\ny</kalem></Kalemler>"),
        &["StrayText ~/Kalemler 2:1 x -", "StrayText ~/Kalemler/kalem[1] 2:12 y -"],
    );
    check("<Gelen>\n geheim<BeyannameBilgi/></Gelen>", &["StrayText /Gelen 1:1 - -"]);
    check("<BirlikOnayTalebi>&#65;<Gelen/></BirlikOnayTalebi>", &["StrayText /BirlikOnayTalebi 1:1 - -"]);
    check("<Gelen>&#32;<![CDATA[ \n]]></Gelen>", &[]);
}

#[test]
fn unknown_elements_are_noticed_without_their_value_and_kept() {
    let body = header(
        "<Yeni>\n deger <Alt>1\\2</Alt><Bos/></Yeni><Rejim>10<x>q</x>00</Rejim><a:Rejim xmlns:a='urn:x'>9</a:Rejim>",
    );
    check(
        &body,
        &["UnknownElement ~/Yeni 2:1 - -", "UnknownElement ~/Rejim/x 3:44 - -", "UnknownElement ~/Rejim 3:62 - -"],
    );
    let read = read_good(&body);
    assert_eq!(read.declaration.regime.text(), Some("1000"));
    let content = Content::parse(&read.declaration.content).unwrap();
    let kept: Vec<(&str, &str)> = content.kept().iter().map(|(path, text)| (path.as_ref(), text.as_ref())).collect();
    let path = |rest: &str| format!("{PREFIX}{rest}");
    let expected =
        [(path("/Yeni/Alt"), "1\\2"), (path("/Yeni"), "deger"), (path("/Rejim/x"), "q"), (path("/Rejim"), "9")];
    assert_eq!(kept, expected.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>());
    assert_eq!(read.declaration.digest, read_good(header("<Rejim>1000</Rejim>")).declaration.digest);
    check(
        &items("<Kalem/><kalem><Gumruk/></kalem>"),
        &["UnknownElement ~/Kalemler/Kalem 3:1 - -", "UnknownElement ~/Kalemler/kalem[1]/Gumruk 3:16 - -"],
    );
    check("<BirlikOnayTalebi><Not/><Gelen/></BirlikOnayTalebi>", &["UnknownElement /BirlikOnayTalebi/Not 1:19 - -"]);
}

#[test]
fn findings_notices_and_what_is_kept_are_bounded() {
    let read = read_good(header(&"<Rejim/><x/>".repeat(12_000)));
    assert_eq!((read.declaration.findings.len(), read.declaration.notices.len()), (10_000, 1_000));
    let many = read_good(header(&"<x>1</x>".repeat(2_000)));
    assert_eq!(Content::parse(&many.declaration.content).unwrap().kept().len(), 1_000);
}

/// The customs credentials are another system's secrets: wherever they stand and however they are spelt, they go.
#[test]
fn credentials_leave_no_trace() {
    let secret = "GEHEIM";
    let places = [
        "<Gelen>%</Gelen>".to_owned(),
        "<Gelen>%%</Gelen>".to_owned(),
        "<BirlikOnayTalebi>%<Gelen/></BirlikOnayTalebi>".to_owned(),
        header("%"),
        header("<Yeni>%<Alt>%</Alt></Yeni>"),
        header("<Rejim>1%0</Rejim>"),
        items("<kalem>%</kalem>%"),
    ];
    for name in ["Sifre", "KullaniciAdi", "IP", "sifre", "SIFRE", "ip", "kullaniciadi", "x:Sifre", "Şifre"] {
        for inside in [secret, "<a>GEHEIM</a>", "&#65;<![CDATA[GEHEIM]]>"] {
            for place in &places {
                let element = format!("<{name} xmlns:x='urn:x'>{inside}</{name}>");
                let read = read_good(place.replace('%', &element));
                assert!(!format!("{:?}", read.declaration).contains(secret), "{name} in {place}");
            }
        }
    }
    let body = SAMPLE.replace(">00000000000000000000000000000000<", ">GEHEIM<").replace(">00000000000<", ">GEHEIM<");
    let body = body.replace("<IP xmlns=\"\"/>", "<IP xmlns=\"\">GEHEIM</IP>");
    assert_eq!(body.matches(secret).count(), 4);
    // The user code of the declaration is no credential.
    let body = body.replace("<Kullanici_kodu>GEHEIM<", "<Kullanici_kodu>1<");
    assert!(!format!("{:?}", read_good(body).declaration).contains(secret));
    assert!(try_read("<Gelen><Sifre>GEHEIM</Gelen>").is_err_and(|error| !format!("{error:?}").contains(secret)));
}

#[test]
fn line_ends_in_values_are_line_feeds() {
    let read = read_good(header("<Aciklamalar>a\r\nb\rc&#13;d</Aciklamalar>"));
    let content = Content::parse(&read.declaration.content).unwrap();
    assert_eq!(content.value(&["Gelen", "BeyannameBilgi", "Aciklamalar"]), Some("a\nb\nc\rd"));
    assert!(read.declaration.content.contains("  Aciklamalar: a\\nb\\nc\\rd\n"), "{}", read.declaration.content);
    let spaces = read_good(header("<Aciklamalar>a &amp; &lt; b <!-- --> <!-- -->c</Aciklamalar>"));
    let content = Content::parse(&spaces.declaration.content).unwrap();
    assert_eq!(content.value(&["Gelen", "BeyannameBilgi", "Aciklamalar"]), Some("a & < b  c"));
    assert_eq!(Rule::Twice.code().as_str(), "E2002");
}
