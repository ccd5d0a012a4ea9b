//! Does the crate agree with the published vectors?
//!
//! `fixtures/code/vectors.json` was made by an implementation that shares nothing with this one.

use serde_json::Value;

use crate::{CryptoCode, Item, KeyRing, MistypedKind, Statement, mac};

/// G-28, G-31.
#[test]
fn every_published_code_is_ours() {
    let vectors = list("vectors");
    assert!(vectors.len() >= 25);
    for vector in vectors {
        let name = text(&vector, "name");
        let statement = statement(&vector["statement"]).to_bytes().unwrap();
        let counter = number(&vector, "counter");
        assert_eq!(hex(statement.as_bytes()), text(&vector, "statement_bytes"), "{name}");

        let ring = ring(&vector);
        let key = ring.keys().last().unwrap().key.bytes();
        assert_eq!(hex(&mac::mac(key, &statement, counter)), text(&vector, "mac"), "{name}");

        let code = ring.issue(&statement, counter);
        assert_eq!(code.as_str(), text(&vector, "code"), "{name}");
        assert_eq!(code.printed(), text(&vector, "printed"), "{name}");
        assert_eq!(CryptoCode::parse(&code.printed()), Ok(code), "{name}");
    }
}

#[test]
fn every_published_input_is_read_as_published() {
    let typed = list("typed");
    assert!(typed.len() >= 25);
    for case in typed {
        let (name, input) = (text(&case, "name"), text(&case, "typed"));
        match CryptoCode::parse(input) {
            Ok(code) => assert_eq!(Some(code.as_str()), case["code"].as_str(), "{name}"),
            Err(mistyped) => {
                let kind = match mistyped.kind {
                    MistypedKind::Length { .. } => "length",
                    MistypedKind::Letter { .. } => "letter",
                    MistypedKind::Checks => "checks",
                };
                assert_eq!(Some(kind), case["mistyped"].as_str(), "{name}");
                assert_eq!(mistyped.typo_at.map(u64::from), case["typo_at"].as_u64(), "{name}");
            }
        }
    }
}

#[test]
fn every_published_decimal_is_refused_or_rewritten_as_published() {
    for case in list("decimals") {
        let given = text(&case, "given");
        assert_eq!(crate::decimal::canonical(given), case["canonical"].as_str(), "{given:?}");
    }
}

fn list(name: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../../fixtures/code/vectors.json")).unwrap();
    file[name].as_array().unwrap().clone()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} of {value}"))
}

fn number(value: &Value, name: &str) -> u32 {
    value[name].as_u64().unwrap().try_into().unwrap()
}

fn ring(vector: &Value) -> KeyRing {
    let (generation, key) = (text(vector, "generation"), text(vector, "key"));
    KeyRing::parse(&format!("{generation} current 2026-01-01 {key}")).unwrap()
}

fn statement(value: &Value) -> Statement<'_> {
    let item = |item| Item {
        number: number(item, "number"),
        gtip: text(item, "gtip"),
        net_weight: text(item, "net_weight"),
        amount: text(item, "amount"),
        currency: text(item, "currency"),
    };
    Statement {
        declarant: text(value, "declarant"),
        reference: text(value, "reference"),
        exporter: text(value, "exporter"),
        secretariat: text(value, "secretariat"),
        office: text(value, "office"),
        regime: text(value, "regime"),
        destination: text(value, "destination"),
        invoice_total: text(value, "invoice_total"),
        invoice_currency: text(value, "invoice_currency"),
        items: value["items"].as_array().unwrap().iter().map(item).collect(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(digit.into(), 16).unwrap()).collect()
}
