//! What the officer sees of each verdict, in both languages, as whole page and as a part.

use super::*;
use crate::text::Language;
use crypto_code::Mistyped;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::ApprovalKind;
use ebirlik_domain::verdict::{Verdict, Verification, VerifiedApproval};

const CODE_TYPED: &str = "1SF9ND6AHM0AP9A0";

impl Asking {
    fn sample(language: Language) -> Self {
        Self { text: language.texts(), officer: "GMR-001".to_owned(), at: "21.11.2026 14:05".to_owned() }
    }
}

impl Filled {
    fn sample(bound: bool) -> Self {
        let given = |text: &str| if bound { text.to_owned() } else { String::new() };
        Self {
            code: CODE_TYPED.to_owned(),
            reference: given("BRK-2026-0042"),
            exporter: given("1234567890"),
            only_fill: String::new(),
        }
    }
}

impl Page<'_> {
    fn sample<'a>(language: Language, answer: Option<&'a Answer>, spare: &'a Answer) -> Page<'a> {
        Page {
            frame: Frame::sample(language, true),
            words: Words::of(language),
            scripts: SCRIPTS.map(assets::Asset::address),
            filled: Filled::default(),
            compare_open: false,
            focus: CODE,
            answer,
            unreachable: spare,
            mistyped: spare,
        }
    }
}

fn verification(verdict: Verdict, bound: bool) -> Verification {
    let known = !matches!(verdict, Verdict::WrongDeclaration | Verdict::NotIssued | Verdict::Mistyped);
    let approval = VerifiedApproval {
        kind: ApprovalKind::CurrentAccount,
        approved_at: "2026-11-21T11:03:22Z".parse().unwrap(),
        secretariat: "IMMIB".to_owned(),
        record_no: "26IMMIB000000042".to_owned(),
        registration_no: (verdict == Verdict::ValidUsed).then(|| "26341200EX012345".to_owned()),
        valid_until: (verdict == Verdict::Expired).then(|| "2026-11-20".parse().unwrap()),
        ended_at: (verdict == Verdict::Cancelled).then(|| "2026-11-21T20:59:59Z".parse().unwrap()),
    };
    Verification {
        verdict,
        code: CODE_TYPED.to_owned(),
        reference: bound.then(|| "BRK-2026-0042".to_owned()),
        bound,
        approval: known.then_some(approval),
        typo_at: None,
        key_leaked: false,
    }
}

fn answer_to(verdict: Verdict, bound: bool, language: Language) -> Answer {
    let name = |code: &str| (code == "IMMIB").then(|| "İstanbul Maden Birlikleri".to_owned());
    Answer::of(&Asking::sample(language), &Filled::sample(bound), &verification(verdict, bound), name)
}

fn shown(answer: &Answer) -> String {
    Fragment { answer }.render().unwrap()
}

fn check(verdict: Verdict, bound: bool, look: Look, parts: &[&str]) {
    let html = shown(&answer_to(verdict, bound, Language::Turkish));
    assert!(html.contains(&format!("class=\"verdict {}\"", look.class())), "{verdict:?}: {html}");
    for part in parts {
        assert!(html.contains(part), "{verdict:?}: {part} in {html}");
    }
}

#[test]
fn a_code_compared_with_its_declaration_is_full_green() {
    check(
        Verdict::Valid,
        true,
        Look::Sure,
        &["GEÇERLİ", "Kod bu beyannameye ait.", "İşleme devam edebilirsiniz.", "BRK-2026-0042", "Denetlendi, uyuyor"],
    );
}

#[test]
fn a_code_alone_is_green_and_says_what_was_not_checked() {
    let parts = [
        "GEÇERLİ",
        "Kod geçerli. Beyannameyle eşleşmesi denetlenmedi.",
        "Beyannameyle karşılaştırılmadı",
        "kayıt numarasını elinizdeki beyannameyle karşılaştırın",
        "href=\"/desk?kod=1SF9ND6AHM0AP9A0&#38;ref=&#38;ihracatci=&#38;duzelt=1\"",
    ];
    check(Verdict::Valid, false, Look::Valid, &parts);
    let half = Filled { reference: "BRK-2026-0042".to_owned(), ..Filled::sample(false) };
    let answer = Answer::of(&Asking::sample(Language::Turkish), &half, &verification(Verdict::Valid, false), |_| None);
    assert!(answer.sentence.contains("birlikte gerekir") && answer.look == Look::Valid);
}

#[test]
fn a_used_code_is_never_full_green_and_names_its_registration() {
    let parts = ["GEÇERLİ", "Tescilde kullanıldı", "26341200EX012345", "Aynı değilse işleme devam etmeyin."];
    for bound in [true, false] {
        check(Verdict::ValidUsed, bound, Look::Valid, &parts);
    }
}

#[test]
fn codes_that_must_not_be_used_are_red_and_say_why() {
    let red = |verdict, bound, parts: &[&str]| {
        check(verdict, bound, Look::Invalid, parts);
        check(verdict, bound, Look::Invalid, &["GEÇERSİZ", "<path d=\"M31 5h38"]);
    };
    red(Verdict::WrongDeclaration, false, &["girilen beyannameye ait değil", "Girilenleri düzelt", "Karşılaştırılan"]);
    red(Verdict::Superseded, false, &["yenisi verildi", "yeni kodu isteyin"]);
    red(Verdict::Cancelled, true, &["iptal", "21.11.2026 23:59"]);
    red(Verdict::Expired, false, &["süresi dolmuş", "20.11.2026"]);
    red(Verdict::NotIssued, false, &["hiç verilmedi", "bir kez daha okuyun"]);
}

#[test]
fn a_leaked_key_is_told_and_changes_no_verdict() {
    for (verdict, word) in [(Verdict::Valid, Look::Sure), (Verdict::NotIssued, Look::Invalid)] {
        let leaked = Verification { key_leaked: true, ..verification(verdict, true) };
        let answer = Answer::of(&Asking::sample(Language::Turkish), &Filled::sample(true), &leaked, |_| None);
        let html = shown(&answer);
        assert!(html.contains("Sızdı: başkaları da kod üretebilir.") && answer.look == word, "{html}");
    }
    assert!(!shown(&answer_to(Verdict::Valid, true, Language::Turkish)).contains("Sızdı"));
}

#[test]
fn facts_are_in_words() {
    check(
        Verdict::Valid,
        false,
        Look::Valid,
        &[
            "1SF9-ND6A-HM0A-P9A0",
            "Cari hesap",
            "21.11.2026 14:03",
            "<dd lang=\"tr\">İstanbul Maden Birlikleri (IMMIB)</dd>",
            "26IMMIB000000042",
            "GMR-001",
        ],
    );
}

#[test]
fn each_verdict_has_a_sentence_and_an_advice_of_its_own_in_both_languages() {
    const VERDICTS: [Verdict; 7] = [
        Verdict::Valid,
        Verdict::ValidUsed,
        Verdict::WrongDeclaration,
        Verdict::Superseded,
        Verdict::Cancelled,
        Verdict::Expired,
        Verdict::NotIssued,
    ];
    for language in [Language::Turkish, Language::English] {
        let asking = Asking::sample(language);
        let filled = Filled { code: "1SF9".to_owned(), ..Filled::default() };
        let mistyped = Answer::mistyped(&asking, &filled, CryptoCode::parse("1SF9").unwrap_err());
        let answers = VERDICTS.map(|verdict| answer_to(verdict, true, language));
        let others = [mistyped, Answer::unknown(&asking, CODE_TYPED)];
        let all: Vec<(&str, &str)> =
            answers.iter().chain(&others).map(|answer| (answer.sentence.as_str(), answer.advice)).collect();
        for (place, one) in all.iter().enumerate() {
            assert!(one.0.len() > 10 && one.1.len() > 10);
            assert!(all.iter().skip(place + 1).all(|other| other.0 != one.0 && other.1 != one.1), "{one:?}");
        }
    }
}

#[test]
fn a_typing_error_is_pointed_at_and_is_neither_red_nor_lost() {
    let check = |typed: &str, sentence: &str, letters: &str| {
        let filled = Filled { code: typed.to_owned(), ..Filled::default() };
        let mistyped: Mistyped = CryptoCode::parse(typed).unwrap_err();
        let answer = Answer::mistyped(&Asking::sample(Language::Turkish), &filled, mistyped);
        assert!(answer.look == Look::Unsure && answer.keep && answer.word == "KODA YENİDEN BAKIN");
        assert_eq!(answer.sentence, sentence);
        let html = shown(&answer);
        assert!(html.contains(letters), "{html}");
        assert!(html.contains("Yazım hatası yanlış kod sayılmaz"));
        assert!(!html.to_lowercase().contains("yanlış karakter"), "a letter is looked at, never called wrong");
    };
    check("1sf9-nd6a-hk0a-p9a0", "10. karaktere bakın.", "<span>H<mark>K</mark>0A</span>");
    check("1SF9ND6A", "Kod 16 karakterdir; yazılan karakter sayısı: 8.", "<span>1SF9</span><span>ND6A</span>");
    check("0SF9ND6AHM0AP9A1", "Karakterler birbirini tutmuyor; birden çok yerde hata olabilir.", "<span>P9A1</span>");
    check("ÜÜF9ND6AHM0AP9A0", "Kodlarda bulunmayan bir karakter var: Ü", "<span>ÜÜF9</span>");
    check("<b>", "Kod 16 karakterdir; yazılan karakter sayısı: 3.", "<span>&#60;B&#62;</span>");
}

#[test]
fn a_mistyped_tax_number_never_makes_a_code_look_wrong() {
    let filled = Filled { exporter: "1234567891".to_owned(), ..Filled::sample(true) };
    let answer = Answer::doubtful_exporter(&Asking::sample(Language::Turkish), &filled, Rule::CheckDigit);
    assert!(answer.look == Look::Unsure && answer.keep && answer.focus == "ihracatci");
    let html = shown(&answer);
    assert!(html.contains("1234567891") && html.contains("Kod henüz sorgulanmadı."));
}

#[test]
fn not_to_know_is_grey_and_says_that_it_does_not_mean_not_valid() {
    let html = shown(&Answer::unknown(&Asking::sample(Language::Turkish), CODE_TYPED));
    for part in ["verdict unsure", "ŞU AN BİLİNEMİYOR", "Bu, geçersiz demek değildir.", "data-keep", "stroke-dasharray"]
    {
        assert!(html.contains(part), "{part}");
    }
    let html = shown(&Answer::unknown(&Asking::sample(Language::English), ""));
    assert!(html.contains("This does not mean that the code is not valid."));
}

#[test]
fn the_page_works_without_script_and_carries_what_the_script_needs() {
    let spare = Answer::unknown(&Asking::sample(Language::Turkish), "");
    let answer = answer_to(Verdict::Valid, true, Language::Turkish);
    let page = Page::sample(Language::Turkish, Some(&answer), &spare).render().unwrap();
    for part in [
        r#"<form id="ask" action="/desk" method="get""#,
        r#"<label for="kod">Onay kodu</label>"#,
        r#"name="kod" value="" autocomplete="off""#,
        "autofocus",
        r#"<details id="compare">"#,
        r#"role="status" aria-live="assertive" aria-atomic="true""#,
        r#"<template id="unreachable">"#,
        r#"data-at="{n}. karaktere bakın.""#,
        r#"<kbd data-key="print">F9</kbd> yazdır"#,
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert_eq!(page.matches("autofocus").count(), 1);
    assert_eq!(page.matches(r#"class="verdict good sure""#).count(), 1);
    let page = Page::sample(Language::English, None, &spare).render().unwrap();
    assert!(page.contains("Code check") && page.contains("Declaration reference"));
}

#[test]
fn what_cannot_be_meant_is_left_out() {
    let filled = Filled {
        code: "\u{2}1SF9-ND6A\r\n".to_owned(),
        reference: " BRK 42\t".to_owned(),
        exporter: "123 456 78-90\r".to_owned(),
        only_fill: String::new(),
    };
    let cleaned = filled.cleaned();
    assert_eq!((cleaned.code.as_str(), cleaned.reference.as_str()), ("1SF9-ND6A", "BRK 42"));
    assert_eq!(cleaned.exporter, "1234567890");
    let address = Filled { reference: "A&B ş".to_owned(), ..Filled::default() }.address_to_correct();
    assert_eq!(address, "/desk?kod=&ref=A%26B%20%C5%9F&ihracatci=&duzelt=1");
}
