//! What holds of any input: an answer and never a panic, and the digest follows the content alone.

use super::{SAMPLE, sample_element, try_read};
use crate::content::{Content, declaration, differences};
use crate::request::RequestFacts;
use crate::soap::{ENVELOPE_12, head};
use crate::xml::read;
use proptest::prelude::*;

/// Bytes that are nearly a message.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "<Gelen>",
        "</Gelen>",
        "<BeyannameBilgi>",
        "</BeyannameBilgi>",
        "<Kalemler>",
        "</Kalemler>",
        "<kalem>",
        "</kalem>",
        "<Rejim>",
        "</Rejim>",
        "<a b='c'",
        "/>",
        ">",
        "<",
        "&",
        ";",
        "&amp;",
        "&#0;",
        "<!--",
        "-->",
        "--",
        "<![CDATA[",
        "]]>",
        "<?xml version='1.0'?>",
        "<!DOCTYPE",
        "xmlns:x='u'",
        "x:",
        "\u{FEFF}",
        "ş",
        "\r\n",
        " ",
        "1",
        "\u{0}",
        "<Sifre>",
        "</Sifre>",
        "<BirlikOnayTalebi>",
        "</BirlikOnayTalebi>",
        "'",
        "\"",
        "=",
        "Toplam_fatura",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

/// The sample with some bytes replaced.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4).prop_map(|changes| {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        for (index, byte) in changes {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        bytes
    })
}

/// The header's elements of the sample, one each.
fn parts() -> (Vec<&'static str>, &'static str, &'static str) {
    let (before, rest) = sample_element().split_once("<BeyannameBilgi>").unwrap();
    let (inside, after) = rest.split_once("</BeyannameBilgi>").unwrap();
    let mut parts: Vec<&str> = Vec::new();
    let mut rest = inside.trim();
    while !rest.is_empty() {
        let name = rest.trim_start_matches('<').split(['>', ' ', '/']).next().unwrap();
        let first = rest.split_once('>').unwrap().0;
        let end = if first.ends_with('/') {
            first.len() + 1
        } else {
            rest.find(&format!("</{name}>")).unwrap() + name.len() + 3
        };
        parts.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    (parts, before, after)
}

fn check(body: &[u8]) {
    if let Ok(read) = try_read(body) {
        let text = &read.declaration.content;
        let content = Content::parse(text).unwrap();
        assert_eq!(&content.to_text(), text);
        assert_eq!(content.digest(), read.declaration.digest);
        assert_eq!(declaration(text).digest, read.declaration.digest);
        assert_eq!(differences(text, text), []);
        for finding in read.declaration.findings.iter().chain(&read.declaration.notices) {
            assert!(read.source.locate(&finding.place).is_some());
        }
    }
}

/// The same in SOAP's shells, and for the beginning that is read of it.
fn check_in_soap(body: &[u8]) {
    let facts = RequestFacts { is_enveloped: true, ..RequestFacts::default() };
    let start = format!("<e:Envelope xmlns:e='{ENVELOPE_12}'><e:Body><OnayIste>");
    let whole = [start.as_bytes(), body, b"</OnayIste></e:Body></e:Envelope>"].concat();
    for message in [body, &whole] {
        head(message, &facts);
        if let Ok(read) = read(message, &facts) {
            assert_eq!(declaration(&read.declaration.content).digest, read.declaration.digest);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_give_an_answer(body in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&body);
        check_in_soap(&body);
    }

    #[test]
    fn near_messages_give_an_answer(body in nearly()) {
        check(&body);
        check_in_soap(&body);
    }

    #[test]
    fn damaged_messages_give_an_answer(body in damaged()) {
        check(&body);
    }

    #[test]
    fn the_order_of_elements_is_no_content(parts in Just(parts().0).prop_shuffle()) {
        let (_, before, after) = super::properties::parts();
        let body = format!("{before}<BeyannameBilgi>{}</BeyannameBilgi>{after}", parts.concat());
        let read = try_read(body).unwrap();
        let sample = try_read(SAMPLE).unwrap();
        prop_assert_eq!(read.declaration.digest, sample.declaration.digest);
        prop_assert_eq!(differences(&sample.declaration.content, &read.declaration.content), []);
    }

    #[test]
    fn a_changed_value_is_a_difference(index in any::<prop::sample::Index>(), value in "[a-z]{1,5}") {
        let ends: Vec<usize> = SAMPLE.match_indices("</").map(|(at, _)| at).collect();
        let content = SAMPLE.find("<Rejim>").unwrap();
        let leaf = |at: &&usize| **at > content && !SAMPLE[..**at].trim_end().ends_with('>');
        let leaves: Vec<&usize> = ends.iter().filter(leaf).collect();
        let at = **index.get(&leaves);
        let body = format!("{}{value}{}", &SAMPLE[..at], &SAMPLE[at..]);
        let (read, sample) = (try_read(body).unwrap(), try_read(SAMPLE).unwrap());
        prop_assert_ne!(read.declaration.digest, sample.declaration.digest);
        let changes = differences(&sample.declaration.content, &read.declaration.content);
        prop_assert!(!changes.is_empty() && changes.len() <= 100);
    }

    #[test]
    fn values_come_back_as_they_were(text in "\\PC*|[\\\\nr\n\r a]{0,8}") {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#13;");
        let body = format!("<Gelen><BeyannameBilgi><Aciklamalar>{escaped}</Aciklamalar></BeyannameBilgi></Gelen>");
        let read = try_read(body).unwrap();
        let content = Content::parse(&read.declaration.content).unwrap();
        prop_assert_eq!(content.value(&["Gelen", "BeyannameBilgi", "Aciklamalar"]).unwrap_or_default(), text.trim());
    }
}
