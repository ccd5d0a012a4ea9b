//! What the exporters of the history send again and again.

use super::history::{QUARTER, USERS};
use super::{DemoError, cell, rows};
use crate::approve::{Mode, approve};
use crate::sign_in::find_client;
use crate::{Client, Office};
use ebirlik_domain::decision::{Decision, Fault};
use ebirlik_domain::declaration::Declaration;
use ebirlik_message::{RequestFacts, read};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt::Write;

static TRADE: &str = include_str!("../../../../fixtures/demo/history/trade.csv");
pub(super) static PAYERS: &str = include_str!("../../../../fixtures/demo/history/payers.csv");

/// What an exporter sends at a secretariat.
pub(super) struct Trade {
    pub(super) exporter: String,
    pub(super) secretariat: String,
    pub(super) declarant: String,
    /// Tax number of whose account is debited.
    payer: String,
    pub(super) office: String,
    gtip: String,
    /// Of one declaration, about, in units of the currency.
    amount: u64,
    currency: String,
    countries: Vec<String>,
    pub(super) a_month: u64,
    pub(super) broker: Client,
    pub(super) staff: Client,
}

/// What one declaration is about.
pub(super) struct Goods<'t> {
    pub(super) reference: &'t str,
    pub(super) country: &'t str,
    pub(super) gtip: &'t str,
    /// In units of the currency.
    pub(super) amount: u64,
    pub(super) items: u64,
}

impl Trade {
    /// All of them, with who sends and who decides.
    pub(super) async fn read(office: &Office) -> Result<Vec<Self>, DemoError> {
        let mut users = BTreeMap::new();
        for row in rows(USERS) {
            let code = cell(&row, "user");
            let client = find_client(office, code).await?.ok_or_else(|| DemoError::Missing(code.to_owned()))?;
            let whose = format!("{}{}", client.firm, client.secretariat);
            // Of a secretariat's staff the last of the file does its work, so that the first can be the second person.
            users.insert(whose, client);
        }
        let client = |whose: &str| users.get(whose).cloned().ok_or_else(|| DemoError::Missing(whose.to_owned()));
        let of = |row: &BTreeMap<String, String>| format!("{}-{}", cell(row, "secretariat"), cell(row, "exporter"));
        let payers: BTreeMap<String, String> =
            rows(PAYERS).iter().map(|row| (of(row), cell(row, "payer").to_owned())).collect();
        let trades = rows(TRADE).into_iter().map(|row| {
            let text = |column: &str| cell(&row, column).to_owned();
            let number = |column: &str| cell(&row, column).parse().unwrap_or(1);
            Ok(Self {
                exporter: text("exporter"),
                broker: client(cell(&row, "declarant"))?,
                staff: client(cell(&row, "secretariat"))?,
                payer: payers.get(&of(&row)).cloned().unwrap_or_default(),
                secretariat: text("secretariat"),
                declarant: text("declarant"),
                office: text("office"),
                gtip: text("gtip"),
                amount: number("amount"),
                currency: text("currency"),
                countries: cell(&row, "countries").split(' ').map(str::to_owned).collect(),
                a_month: number("a_month"),
            })
        });
        trades.collect()
    }

    /// The name of the account that is debited.
    pub(super) fn account(&self) -> String {
        format!("{}-{}", self.secretariat, self.payer)
    }

    /// About what the exporter's fees come to in a quarter, in whole lira, rounded up to thousands. Some put in less
    /// towards the end, so that declarations wait for money.
    pub(super) fn deposit(&self, day: i64) -> u64 {
        let lira = self.amount * 45 * self.a_month * 3 * 8 / 10_000;
        let is_scarce = self.exporter.ends_with(['4', '8']);
        let part = match day {
            0..LAST_QUARTER => 11,
            LAST_QUARTER.. if !is_scarce => 11,
            LAST_QUARTER => 3,
            _ => 0,
        };
        (lira * part / 10).div_ceil(1_000) * 1_000
    }

    /// Its declaration of a day: the dice say where to and how much.
    pub(super) fn declaration(&self, reference: &str, number: u64, dice: u64) -> Result<Declaration, Fault> {
        let countries = self.countries.len().max(1) as u64;
        let country = self.countries.get(usize::try_from(dice / 7 % countries).unwrap_or_default());
        self.declaration_of(&Goods {
            reference,
            country: country.map_or("004", String::as_str),
            gtip: &self.gtip,
            // Growth of a tenth a year, and a quarter up or down.
            amount: self.amount * (75 + dice / 11 % 50) / 100 * (100 + number / 190) / 100,
            items: 1 + dice / 13 % 3,
        })
    }

    /// One declaration, of its usual goods unless others are named.
    pub(super) fn plain(&self, reference: &str, amount: u64, gtip: Option<&str>) -> Result<Declaration, Fault> {
        let gtip = gtip.unwrap_or(&self.gtip);
        self.declaration_of(&Goods { reference, country: "004", gtip, amount, items: 1 })
    }

    /// Sends a declaration as its broker.
    pub(super) async fn send(&self, office: &Office, declaration: Declaration) -> Result<Decision, Fault> {
        approve(office, &self.broker, declaration, Mode::Real).await
    }

    fn declaration_of(&self, of: &Goods<'_>) -> Result<Declaration, Fault> {
        let Goods { reference, country, gtip, amount, items } = *of;
        let mut goods = String::new();
        for item in 1..=items {
            let share = amount / items;
            let share = if item == items { amount - share * (items - 1) } else { share };
            let _ = write!(
                goods,
                "<kalem><Gtip>{gtip}</Gtip><Kalem_sira_no>{item}</Kalem_sira_no><Mensei_ulke>052</Mensei_ulke>\
                 <Brut_agirlik>{}</Brut_agirlik><Net_agirlik>{}</Net_agirlik><Fatura_miktari>{share}.00</Fatura_miktari>\
                 <Fatura_miktarinin_dovizi>{}</Fatura_miktarinin_dovizi></kalem>",
                share / 3 + 20,
                share / 3 + 5,
                self.currency
            );
        }
        let message = format!(
            "<BirlikOnayTalebi xmlns=\"urn:ebirlik:onay:1\"><GenelSekreterlik>{}</GenelSekreterlik>\
             <Odeme>CARI_HESAP</Odeme><Gelen><BeyannameBilgi><Rejim>1000</Rejim><GUMRUK>{}</GUMRUK>\
             <Referans_no>{reference}</Referans_no><Gidecegi_ulke>{country}</Gidecegi_ulke><Teslim_sekli>FOB</Teslim_sekli>\
             <Toplam_fatura>{amount}.00</Toplam_fatura><Toplam_fatura_dovizi>{}</Toplam_fatura_dovizi>\
             <Gonderici_vergi_no>{}</Gonderici_vergi_no><Beyan_sahibi_vergi_no>{}</Beyan_sahibi_vergi_no>\
             <Kalemler>{goods}</Kalemler></BeyannameBilgi></Gelen></BirlikOnayTalebi>",
            self.secretariat, self.office, self.currency, self.exporter, self.declarant,
        );
        read(message.as_bytes(), &RequestFacts::default()).map(|read| read.declaration).map_err(|_| Fault::Unavailable)
    }
}

/// The declarant's own reference.
pub(super) fn reference(date: Date, number: u64) -> String {
    format!("{}-{number:05}", date.strftime("%y"))
}

/// The customs registration number that a declaration gets.
pub(super) fn registration_no(date: Date, office: &str, number: u64) -> String {
    format!("{:02}{office}EX{number:08}", date.year().rem_euclid(100))
}

/// An even number for a place and a day, always the same (the function of `SplitMix64`).
pub(super) fn dice(place: u64, day: u64) -> u64 {
    let mut mixed = (place << 32 | day).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x2545_f491_4f6c_dd1d);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// The last day of deposits but one.
const LAST_QUARTER: i64 = 7 * QUARTER;
