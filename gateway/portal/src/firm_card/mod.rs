//! A firm on one page, for whoever has it on the phone.

use crate::list::Value;
use crate::page::{Frame, html, roles_in_words_of};
use crate::session::Asker;
use crate::text::{Language, fill, words};
use crate::visitor::Visitor;
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_domain::money::Money;
use ebirlik_domain::state::State as DeclarationState;
use ebirlik_operations::acting::BROKER;
use ebirlik_operations::firm_card::{FirmCard, firm_card};
use ebirlik_store::register::{LatestEvent, RegisterRow};
use jiff::Timestamp;
use jiff::civil::Date;
use std::sync::Arc;

/// The card.
#[derive(Template)]
#[template(path = "firm_card/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    title: String,
    tax_no: String,
    kind: &'static str,
    sections: Vec<Section>,
}

/// A table of the card; `none` where it has no row.
struct Section {
    title: &'static str,
    none: &'static str,
    heads: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
    language: Language,
    /// Where a change of these rows is proposed.
    propose: Option<String>,
}

impl Section {
    fn shown(&self, value: &Value) -> String {
        value.shown(self.language)
    }
}

/// `GET /staff/firms/{tax_no}`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(tax_no): Path<String>,
) -> Response {
    match firm_card(&portal.office, &session.client, &tax_no).await {
        Ok(Some(card)) => html(StatusCode::OK, &Page::of(&asker, card, portal.office.clock.today())),
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

impl Page {
    fn of(asker: &Asker, card: FirmCard, today: Date) -> Self {
        let (words, language) = (Words::of(asker.language), asker.language);
        let tax_no = card.firm.tax_no.clone();
        let propose = |table: &str, column: &str| Some(format!("/staff/tables/{table}/propose?{column}={tax_no}"));
        let sections = vec![
            Section {
                propose: propose("memberships", "tax_no"),
                ..register(words, language, (words.memberships, words.union), &card.memberships, today)
            },
            Section {
                propose: propose("commitments", "firm"),
                ..register(words, language, (words.commitments, words.secretariat), &card.commitments, today)
            },
            Section {
                propose: propose("payers", "exporter"),
                ..register(words, language, (words.payers, words.payer), &card.payers, today)
            },
            powers(words, language, &card, today),
            accounts(words, language, &card),
            people(words, language, &card),
            latest(words, language, &card.latest),
        ];
        Self {
            frame: Frame::of(asker, card.firm.title.clone()),
            kind: if card.firm.kind == BROKER { words.a_broker } else { words.an_exporter },
            title: card.firm.title,
            tax_no: card.firm.tax_no,
            sections,
            words,
        }
    }
}

/// Memberships, commitments or who pays.
fn register(
    words: &'static Words,
    language: Language,
    (title, what): (&'static str, &'static str),
    rows: &[RegisterRow],
    today: Date,
) -> Section {
    let row = |row: &RegisterRow| {
        let what = [row.union_code.as_str(), row.payer.as_str()].into_iter().find(|text| !text.is_empty());
        let first = what.unwrap_or(&row.secretariat);
        let first = if row.declarant.is_empty() || row.declarant == row.payer {
            first.to_owned()
        } else {
            format!("{first} ({})", fill(words.only_for, "declarant", &row.declarant))
        };
        vec![
            Value::Code(first),
            Value::Code(row.secretariat.clone()),
            day(&row.valid_from),
            day(&row.valid_to),
            standing(words, (&row.valid_from, &row.valid_to), today),
        ]
    };
    Section {
        heads: vec![what, words.secretariat, words.valid_from, words.valid_to, words.state],
        rows: rows.iter().map(row).collect(),
        ..Section::empty(title, words, language)
    }
}

fn powers(words: &'static Words, language: Language, card: &FirmCard, today: Date) -> Section {
    let rows = card.powers.iter().map(|power| {
        let secretariat = power.secretariat.replace('*', words.every_secretariat);
        vec![
            Value::Text(format!("{} · {}", power.exporter_title, power.exporter)),
            Value::Text(format!("{} · {}", power.declarant_title, power.declarant)),
            Value::Code(secretariat),
            day(&power.valid_from),
            day(&power.valid_to),
            standing(words, (&power.valid_from, &power.valid_to), today),
        ]
    });
    Section {
        heads: vec![words.giver, words.holder, words.secretariat, words.valid_from, words.valid_to, words.state],
        rows: rows.collect(),
        ..Section::empty(words.powers, words, language)
    }
}

fn accounts(words: &'static Words, language: Language, card: &FirmCard) -> Section {
    let rows = card.accounts.iter().map(|account| {
        let balance = Money::from_kurus(account.balance_kurus).unwrap_or_default();
        vec![Value::Code(account.name()), Value::Lira(balance)]
    });
    Section {
        heads: vec![words.account, words.balance],
        rows: rows.collect(),
        ..Section::empty(words.accounts, words, language)
    }
}

fn people(words: &'static Words, language: Language, card: &FirmCard) -> Section {
    let rows = card.people.iter().map(|person| {
        let state = if person.locked == 1 { ("bad", words.locked) } else { ("good", words.open) };
        vec![
            Value::Code(person.code.clone()),
            Value::Text(person.name.clone()),
            Value::Code(person.phone.clone()),
            Value::Text(roles_in_words_of(&person.roles, language.texts()).join(", ")),
            Value::Tag(state.0, state.1.to_owned()),
        ]
    });
    Section {
        heads: vec![words.user, words.name, words.phone, words.role, words.state],
        rows: rows.collect(),
        ..Section::empty(words.people, words, language)
    }
}

fn latest(words: &'static Words, language: Language, events: &[LatestEvent]) -> Section {
    let rows = events.iter().map(|event| {
        let state = event.state.as_deref().and_then(DeclarationState::parse);
        vec![
            Timestamp::from_microsecond(event.happened_at).map_or(Value::Empty, Value::Time),
            Value::Text(happened(&event.kind, words).to_owned()),
            Value::Code(event.reference.clone().unwrap_or_default()),
            Value::Code(event.declarant.clone().unwrap_or_default()),
            Value::Code(event.secretariat.clone()),
            state.map_or(Value::Empty, |state| tag(state, words)),
        ]
    });
    Section {
        heads: vec![words.when, words.what, words.reference, words.declarant, words.secretariat, words.state_now],
        rows: rows.collect(),
        ..Section::empty(words.latest, words, language)
    }
}

impl Section {
    fn empty(title: &'static str, words: &'static Words, language: Language) -> Self {
        Self { title, none: words.none, heads: Vec::new(), rows: Vec::new(), language, propose: None }
    }
}

fn day(text: &str) -> Value {
    text.parse().map_or(Value::Empty, Value::Day)
}

fn standing(words: &Words, (from, to): (&str, &str), today: Date) -> Value {
    let today = today.to_string();
    if from > today.as_str() {
        Value::Tag("warn", words.begins.to_owned())
    } else if !to.is_empty() && to < today.as_str() {
        Value::Tag("", words.ended.to_owned())
    } else {
        Value::Tag("good", words.holds.to_owned())
    }
}

fn tag(state: DeclarationState, words: &Words) -> Value {
    let (class, word) = match state {
        DeclarationState::WaitingPayment => ("warn", words.waiting_payment),
        DeclarationState::AtDesk => ("warn", words.at_desk),
        DeclarationState::Approved => ("good", words.approved),
        DeclarationState::Registered => ("good", words.registered),
        DeclarationState::Withdrawn => ("", words.withdrawn),
        DeclarationState::Cancelled => ("bad", words.cancelled),
    };
    Value::Tag(class, word.to_owned())
}

/// What happened, in words; a kind without a word of its own is told by its group.
fn happened(kind: &str, words: &Words) -> &'static str {
    match kind {
        "declaration.approved" => words.was_approved,
        "declaration.withdrawn" => words.was_withdrawn,
        "declaration.cancelled" => words.was_cancelled,
        "declaration.corrected" => words.was_corrected,
        "declaration.registered" => words.was_registered,
        "fee.refunded" => words.was_refunded,
        "account.deposited" => words.was_deposited,
        "account.low" => words.is_low,
        "table.confirmed" => words.was_changed,
        _ if kind.starts_with("power.") => words.about_power,
        _ if kind.starts_with("declaration.") => words.about_declaration,
        _ if kind.starts_with("account.") => words.about_account,
        _ => words.about_firm,
    }
}

words! {
    Words;
    an_exporter: "İhracatçı", "Exporter";
    a_broker: "Gümrük müşaviri", "Customs broker";
    lede: "Telefondaki firma: genel sekreterliğinizle ilgili her şey.", "The firm on the phone: everything that has to do with your general secretariat.";
    memberships: "Birlik üyelikleri", "Memberships in unions";
    commitments: "Taahhütnameler", "Commitments";
    payers: "Kim öder", "Who pays";
    powers: "Vekâletnameler", "Powers of attorney";
    accounts: "Cari hesaplar", "Current accounts";
    people: "Kullanıcılar", "Users";
    latest: "Son olaylar ve beyannameler", "Latest events and declarations";
    none: "Kayıt yok.", "Nothing is recorded.";
    propose: "Değişiklik öner", "Propose a change";
    union: "Birlik", "Union";
    payer: "Ödeyen", "Payer";
    only_for: "yalnızca {declarant} için", "for {declarant} only";
    secretariat: "Genel sekreterlik", "General secretariat";
    every_secretariat: "Hepsi", "All";
    valid_from: "İlk gün", "First day";
    valid_to: "Son gün", "Last day";
    state: "Durum", "State";
    holds: "Geçerli", "Holds";
    ended: "Bitti", "Ended";
    begins: "Başlayacak", "Will begin";
    giver: "Vekâlet veren", "Given by";
    holder: "Vekil", "Held by";
    account: "Hesap", "Account";
    balance: "Bakiye", "Balance";
    user: "Kullanıcı kodu", "User code";
    name: "Ad soyad", "Name";
    phone: "Cep telefonu", "Mobile number";
    role: "Yetki", "Role";
    locked: "Kilitli", "Locked";
    open: "Açık", "Open";
    when: "Zaman", "When";
    what: "Olay", "Event";
    reference: "Referans", "Reference";
    declarant: "Beyan sahibi", "Declarant";
    state_now: "Beyannamenin durumu", "State of the declaration";
    waiting_payment: "Ödeme bekliyor", "Waits for payment";
    at_desk: "Onay masasında", "At the desk";
    approved: "Onay", "Approved";
    registered: "Tescil edildi", "Registered";
    withdrawn: "Vazgeçildi", "Withdrawn";
    cancelled: "İptal", "Cancelled";
    was_approved: "Beyanname onaylandı", "A declaration was approved";
    was_withdrawn: "Beyannameden vazgeçildi", "A declaration was withdrawn";
    was_cancelled: "Beyanname iptal edildi", "A declaration was cancelled";
    was_corrected: "Beyanname düzeltildi", "A declaration was corrected";
    was_registered: "Beyanname tescil edildi", "A declaration was registered";
    was_refunded: "Nispi aidat iade edildi", "A fee was given back";
    was_deposited: "Cari hesaba para yatırıldı", "Money came into a current account";
    is_low: "Cari hesap azaldı", "A current account is low";
    was_changed: "Kütük kaydı değişti", "A row of the register changed";
    about_power: "Vekâletname işlemi", "About a power of attorney";
    about_declaration: "Beyanname işlemi", "About a declaration";
    about_account: "Cari hesap işlemi", "About a current account";
    about_firm: "Firma işlemi", "About the firm";
}
