//! Who sends declarations, and how does one look? From the demo's own description: one broker for several exporters
//! whose accounts are large, and the customs officer.

use crate::networks::wire::{basic, request};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A broker with the exporters that it may act for, and the officer.
#[derive(Debug, Clone)]
pub(crate) struct People {
    login: String,
    officer: String,
    declarant: String,
    /// Exporter, secretariat: each pair has an account of its own that pays by itself.
    pairs: Vec<(String, String)>,
}

/// What varies from one declaration to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Goods {
    /// Which of the pairs.
    pub(crate) pair: usize,
    /// Items of the declaration.
    pub(crate) items: u32,
    /// Whole dollars of each item.
    pub(crate) amount: u32,
}

impl People {
    /// The broker with the most pairs that can pay for as long as any run takes.
    pub(crate) fn of(info: &Value) -> Result<Self> {
        let mut best: Option<Self> = None;
        for broker in list(info, "brokers") {
            let pairs = payable(info, broker);
            if pairs.len() > best.as_ref().map_or(0, |best| best.pairs.len()) {
                let officer = info.get("customs").context("the demo has no officer")?;
                let (login, officer) = (signed_in(broker), signed_in(officer));
                best = Some(Self { login, officer, declarant: text(broker, "tax_no"), pairs });
            }
        }
        best.context("the demo has nobody who can submit")
    }

    /// How many pairs there are.
    pub(crate) fn pairs(&self) -> usize {
        self.pairs.len()
    }

    /// A request that asks for the approval of a declaration.
    pub(crate) fn declaration(&self, reference: &str, goods: Goods) -> Result<Vec<u8>> {
        let (exporter, secretariat) = self.pairs.get(goods.pair).context("no such pair")?;
        let Goods { items, amount, .. } = goods;
        let mut list = String::new();
        for item in 1..=items {
            write!(
                list,
                "<kalem><Gtip>610910000011</Gtip><Kalem_sira_no>{item}</Kalem_sira_no><Net_agirlik>6</Net_agirlik>\
                 <Fatura_miktari>{amount}.00</Fatura_miktari><Fatura_miktarinin_dovizi>USD</Fatura_miktarinin_dovizi></kalem>"
            )?;
        }
        let body = format!(
            "<BirlikOnayTalebi xmlns=\"urn:ebirlik:onay:1\"><GenelSekreterlik>{secretariat}</GenelSekreterlik>\
             <Gelen xmlns=\"http://tempuri.org/\"><BeyannameBilgi><Rejim>1000</Rejim><GUMRUK>341300</GUMRUK>\
             <Referans_no>{reference}</Referans_no><Gidecegi_ulke>004</Gidecegi_ulke>\
             <Teslim_sekli>FOB</Teslim_sekli><Toplam_fatura>{}.00</Toplam_fatura>\
             <Toplam_fatura_dovizi>USD</Toplam_fatura_dovizi><Gonderici_vergi_no>{exporter}</Gonderici_vergi_no>\
             <Beyan_sahibi_vergi_no>{}</Beyan_sahibi_vergi_no><Kalemler>{list}</Kalemler></BeyannameBilgi></Gelen>\
             </BirlikOnayTalebi>",
            amount * items,
            self.declarant,
        );
        let headers = format!("{}content-type: application/xml\r\n", self.login);
        Ok(request("POST /v1/approvals", &headers, body.as_bytes()))
    }

    /// A request that asks whether these codes are good: code, reference, and the pair it was sent for.
    pub(crate) fn question(&self, codes: &[(String, String, usize)]) -> Result<Vec<u8>> {
        let mut asked = Vec::with_capacity(codes.len());
        for (code, reference, pair) in codes {
            let (exporter, _) = self.pairs.get(*pair).context("no such pair")?;
            asked.push(json!({ "code": code, "ref": reference, "exporter": exporter }));
        }
        let headers = format!("{}content-type: application/json\r\n", self.officer);
        Ok(request("POST /v1/codes/verify", &headers, Value::Array(asked).to_string().as_bytes()))
    }
}

/// The verdicts of an answer to [`People::question`].
pub(crate) fn verdicts(body: &[u8], asked: usize) -> Result<Vec<String>> {
    let told: Vec<Value> = serde_json::from_slice(body)?;
    ensure!(told.len() == asked, "{} verdicts on {asked} codes", told.len());
    Ok(told.iter().map(|told| text(told, "verdict")).collect())
}

/// The text of the first element of a name.
pub(crate) fn element<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = answer.split_once(&format!("<{name}>"))?;
    rest.split_once("</").map(|(value, _)| value)
}

/// The pairs of a broker whose own account pays by itself and holds a million at least.
fn payable(info: &Value, broker: &Value) -> Vec<(String, String)> {
    let is_rich = |exporter: &str, secretariat: &str| {
        let pays = |row: &Value| {
            text(row, "secretariat") == secretariat
                && row.get("pays") == Some(&Value::Bool(true))
                && text(row, "balance").len() >= "1000000.00".len()
        };
        let is_his = |row: &&Value| text(row, "tax_no") == exporter;
        list(info, "exporters").iter().find(is_his).is_some_and(|row| list(row, "accounts").iter().any(pays))
    };
    let mut pairs = Vec::new();
    for power in list(broker, "may_act_for") {
        let exporter = text(power, "exporter");
        let secretariats = list(power, "secretariats").iter().filter_map(Value::as_str);
        let rich = secretariats.filter(|secretariat| is_rich(&exporter, secretariat));
        pairs.extend(rich.map(|secretariat| (exporter.clone(), secretariat.to_owned())));
    }
    pairs
}

fn signed_in(row: &Value) -> String {
    basic(&text(row, "user"), &text(row, "password"))
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
