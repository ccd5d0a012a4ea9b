//! Sending a declaration without a program: a form for what is required, which makes the message that a program would
//! send. From there on it is the way of `send`.

use super::check;
use super::send::{arrived, secretariats, tried};
use super::words::{Words as Shared, country_choices};
use crate::form::{Errors, told};
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{Language, fill, words};
use crate::visitor::{Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_domain::decision::{Decision, Fault};
use ebirlik_domain::finding::{Field as Part, Finding, Place};
use ebirlik_domain::turkish::plain_number;
use ebirlik_operations::approve::Mode;
use ebirlik_operations::incoming::{FilledIn, FilledItem, ITEMS_MAX, Sheet};
use ebirlik_operations::sending::may_send;
use std::sync::Arc;

/// The form.
#[derive(Template)]
#[template(path = "declarations/fill.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    fields: Vec<Input>,
    items: Vec<Item>,
    may_add: bool,
}

/// A field.
struct Input {
    id: String,
    label: String,
    hint: &'static str,
    value: String,
    error: Option<String>,
    kind: InputKind,
}

enum InputKind {
    Text,
    /// Value and label.
    Choice(Vec<(String, String)>),
    /// Said and not to be changed.
    Fixed,
}

/// The fields of an item.
struct Item {
    legend: String,
    fields: Vec<Input>,
}

/// What the form holds, by the names of its fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Filled(Vec<(String, String)>);

impl Filled {
    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    fn items(&self) -> usize {
        self.get("items").parse().unwrap_or(1).clamp(1, ITEMS_MAX)
    }

    fn put(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(key, _)| key != name);
        self.0.push((name.to_owned(), value.into()));
    }

    /// What goes along to the check and back: everything but the token and the step.
    fn kept(self) -> Vec<(String, String)> {
        self.0.into_iter().filter(|(name, _)| name != "token" && name != "step").collect()
    }
}

/// `GET /declarations/new/form`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, Visitor(asker, session): Visitor) -> Response {
    if !may_send(&session.client) {
        return notice::not_allowed(&asker);
    }
    let mut filled = Filled::default();
    for (name, value) in [("regime", "1000"), ("currency", "USD"), ("term", "FOB"), ("payment", "CARI_HESAP")] {
        filled.put(name, value);
    }
    form(&portal, &asker, &session, &filled, Errors::default())
}

/// `POST /declarations/new/form`: one item more, back from the check, or tries it out.
pub(crate) async fn submit(
    State(portal): State<Arc<Portal>>,
    Posted(asker, session, pairs): Posted<Vec<(String, String)>>,
) -> Response {
    let mut filled = Filled(pairs);
    match filled.get("step") {
        "add" => {
            let items = (filled.items() + 1).min(ITEMS_MAX).to_string();
            filled.put("items", items);
            form(&portal, &asker, &session, &filled, Errors::default())
        }
        "edit" => form(&portal, &asker, &session, &filled, Errors::default()),
        _ => try_out(&portal, &asker, &session, filled).await.unwrap_or_else(|_| notice::unavailable(&asker)),
    }
}

async fn try_out(portal: &Portal, asker: &Asker, session: &Session, filled: Filled) -> Result<Response, Fault> {
    let words = Words::of(asker.language);
    let mut errors = Errors::default();
    let (by_hand, places) = filled_in(&filled, session);
    wrong_numbers(&filled, words, &mut errors);
    if !errors.is_empty() {
        return Ok(form(portal, asker, session, &filled, errors));
    }
    let message = by_hand.message();
    let sheet = Sheet { bytes: message.as_bytes(), ..Sheet::default() };
    let sent = tried(portal, session, sheet, Mode::Trial).await?;
    match &sent.decision {
        Decision::Trial(trial) => {
            Ok(check::page(asker, session, (&sent, trial), ("/declarations/new/form", filled.kept())))
        }
        Decision::Approved(_) | Decision::Pending(_) => arrived(portal, session, &sent.facts.reference).await,
        Decision::Refused(_) => {
            for found in &sent.findings {
                errors.add(field_of(found, &places), told(found, asker.language));
            }
            Ok(form(portal, asker, session, &filled, errors))
        }
    }
}

/// What the form says; and of each item in it, which of the form's it is.
fn filled_in(filled: &Filled, session: &Session) -> (FilledIn, Vec<usize>) {
    let text = |name: &str| filled.get(name).to_owned();
    let items = (1..=filled.items()).map(|place| {
        let of = |name: &str| text(&format!("{name}-{place}"));
        (place, FilledItem { gtip: of("gtip"), net_weight: of("weight"), amount: of("amount") })
    });
    let (places, items) = items.filter(|(_, item)| !item.is_empty()).unzip();
    let by_hand = FilledIn {
        secretariat: text("secretariat"),
        payment: text("payment"),
        reference: text("reference"),
        declarant: session.client.firm.clone(),
        exporter: session.exporter().unwrap_or(filled.get("exporter")).to_owned(),
        regime: text("regime"),
        office: text("office"),
        destination: text("destination"),
        delivery_term: text("term"),
        invoice_total: text("total"),
        currency: text("currency"),
        freight: text("freight"),
        insurance: text("insurance"),
        items,
    };
    (by_hand, places)
}

/// Numbers that could be meant in two ways are not guessed at.
fn wrong_numbers(filled: &Filled, words: &Words, errors: &mut Errors) {
    let of_items = (1..=filled.items()).flat_map(|place| ["weight", "amount"].map(|name| format!("{name}-{place}")));
    for name in ["total", "freight", "insurance"].map(str::to_owned).into_iter().chain(of_items) {
        let typed = filled.get(&name);
        if !typed.is_empty() && plain_number(typed).is_none() {
            errors.add(name, words.number_form);
        }
    }
}

/// The field that a finding is about.
fn field_of(found: &Finding, places: &[usize]) -> String {
    let Place::Field { field, position, .. } = &found.place else { return "reference".to_owned() };
    let item = usize::try_from(*position).ok().and_then(|position| places.get(position.checked_sub(1)?));
    let of_item = |name: &str| format!("{name}-{}", item.unwrap_or(&1));
    match field {
        Part::Secretariat => "secretariat".to_owned(),
        Part::Payment => "payment".to_owned(),
        Part::Regime => "regime".to_owned(),
        Part::Office => "office".to_owned(),
        Part::Destination => "destination".to_owned(),
        Part::DeliveryTerm | Part::ItemDeliveryTerm => "term".to_owned(),
        Part::InvoiceTotal => "total".to_owned(),
        Part::InvoiceCurrency | Part::ItemCurrency => "currency".to_owned(),
        Part::Freight | Part::FreightCurrency => "freight".to_owned(),
        Part::Insurance | Part::InsuranceCurrency => "insurance".to_owned(),
        Part::Exporter => "exporter".to_owned(),
        Part::Items | Part::ItemGtip | Part::ItemNumber => of_item("gtip"),
        Part::ItemNetWeight => of_item("weight"),
        Part::ItemAmount
        | Part::ItemFreight
        | Part::ItemFreightCurrency
        | Part::ItemInsurance
        | Part::ItemInsuranceCurrency => of_item("amount"),
        Part::Declaration | Part::Reference | Part::Declarant => "reference".to_owned(),
    }
}

fn form(portal: &Portal, asker: &Asker, session: &Session, filled: &Filled, errors: Errors) -> Response {
    let language = asker.language;
    let words = Words::of(language);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let items = (1..=filled.items()).map(|place| Item {
        legend: fill(words.item, "n", place),
        fields: [("gtip", words.gtip, words.gtip_hint), ("weight", words.weight, ""), ("amount", words.amount, "")]
            .map(|(name, label, hint)| {
                let id = format!("{name}-{place}");
                input(&id, label, hint, InputKind::Text, filled, &errors)
            })
            .into(),
    });
    let page = Page {
        frame: Frame::of(asker, errors.title(words.title, language)),
        words,
        token: session.token(),
        fields: fields(portal, session, filled, &errors, language),
        items: items.collect(),
        may_add: filled.items() < ITEMS_MAX,
        errors,
    };
    html(status, &page)
}

fn fields(portal: &Portal, session: &Session, filled: &Filled, errors: &Errors, language: Language) -> Vec<Input> {
    let (words, shared, rules) = (Words::of(language), Shared::of(language), portal.office.rules());
    let named = |codes: &mut dyn Iterator<Item = (&String, &String)>| {
        codes.map(|(code, name)| (code.clone(), format!("{code} · {name}"))).collect()
    };
    let plain = |codes: &std::collections::HashSet<String>| {
        let mut codes: Vec<&String> = codes.iter().collect();
        codes.sort();
        InputKind::Choice(codes.into_iter().map(|code| (code.clone(), code.clone())).collect())
    };
    let regimes = rules.regimes.iter().filter(|(_, is_export)| **is_export);
    let regimes = regimes.map(|(code, _)| (code.clone(), code.clone())).collect();
    let payments = [("CARI_HESAP", words.from_account), ("BEKLET", words.waits)];
    let payments = payments.map(|(code, name)| (code.to_owned(), name.to_owned())).to_vec();
    let one = |id, label, hint, kind| input(id, label, hint, kind, filled, errors);
    let exporter = match session.exporter() {
        Some(_) => InputKind::Fixed,
        None => InputKind::Text,
    };
    let mut fields = vec![
        one("reference", shared.reference, words.reference_hint, InputKind::Text),
        one("exporter", words.exporter, "", exporter),
        one("secretariat", shared.secretariat, "", InputKind::Choice(secretariats(portal))),
        one("payment", words.payment, "", InputKind::Choice(payments)),
        one("regime", words.regime, "", InputKind::Choice(regimes)),
        one("office", words.office, "", InputKind::Choice(named(&mut rules.offices.iter()))),
        one("destination", shared.destination, "", InputKind::Choice(country_choices(language))),
        one("term", words.term, "", plain(&rules.delivery_terms)),
        one("total", words.total, words.number_hint, InputKind::Text),
        one("currency", words.currency, "", plain(&rules.currencies)),
        one("freight", words.freight, words.costs_hint, InputKind::Text),
        one("insurance", words.insurance, words.costs_hint, InputKind::Text),
    ];
    // Who acts by a power sends for that exporter; an exporter most often sends for itself.
    let own = session.exporter().unwrap_or(&session.client.firm);
    let is_broker = session.exporter().is_none() && session.audience == Some(crate::session::Audience::Broker);
    for field in fields.iter_mut().filter(|field| field.id == "exporter" && (field.value.is_empty() && !is_broker)) {
        own.clone_into(&mut field.value);
    }
    fields
}

fn input(id: &str, label: &str, hint: &'static str, kind: InputKind, filled: &Filled, errors: &Errors) -> Input {
    Input {
        id: id.to_owned(),
        label: label.to_owned(),
        hint,
        value: filled.get(id).to_owned(),
        error: errors.at(id).map(ToOwned::to_owned),
        kind,
    }
}

/// Longest form: twelve fields and those of all items, percent-encoded.
pub(crate) const FORM_BYTES_MAX: usize = 64 << 10;

words! {
    Words;
    title: "Beyanname formu", "Declaration form";
    lede: "Birlik onayı için gereken alanlar. Önce prova yapılır; siz onaylamadan hiçbir şey kaydedilmez.", "The fields that the union's approval needs. It is tried out first; nothing is recorded before you confirm.";
    to_file: "Gümrük mesajınız varsa onu gönderin", "If you have the customs message, send that";
    general: "Beyanname", "Declaration";
    reference_hint: "Gümrük beyannamesindeki referans numaranız. Aynı referans iki kez onaylanmaz.", "Your reference number in the customs declaration. One reference is never approved twice.";
    exporter: "İhracatçı vergi no", "Exporter's tax number";
    payment: "Ödeme", "Payment";
    from_account: "Cari hesaptan ödensin", "Pay from the current account";
    waits: "Kaydedilsin, ödemesi beklesin", "Record it, and let the payment wait";
    regime: "Rejim", "Regime";
    office: "Gümrük idaresi", "Customs office";
    term: "Teslim şekli", "Delivery term";
    total: "Toplam fatura", "Total invoice";
    currency: "Döviz", "Currency";
    freight: "Navlun", "Freight";
    insurance: "Sigorta", "Insurance";
    number_hint: "1.234,56 gibi yazın.", "Enter it like 1.234,56.";
    costs_hint: "Faturanın içindeyse yazın; yoksa boş bırakın.", "Enter it if the invoice includes it; else leave it empty.";
    number_form: "Sayıyı 1.234,56 gibi yazın: binlikler nokta, kuruşlar virgülle.", "Enter the number like 1.234,56: dots between thousands, a comma before the decimals.";
    item: "Kalem {n}", "Item {n}";
    gtip: "GTİP", "Commodity code (GTIP)";
    gtip_hint: "12 hane; noktalı da yazılabilir.", "12 digits; dots are allowed.";
    weight: "Net ağırlık (kg)", "Net weight (kg)";
    amount: "Fatura tutarı", "Invoice amount";
    choose: "Seçin", "Choose";
    add: "Kalem ekle", "Add an item";
    try_out: "Prova yap", "Try it out";
}

#[cfg(test)]
mod tests {
    use super::*;
    use ebirlik_domain::catalogue::Rule;

    #[test]
    fn a_finding_goes_to_the_field_that_it_is_about() {
        let told = |field, position| Finding::new(Rule::Missing).at(Place::Field { field, position, at: 0 });
        // The second item of the message is the form's third, since its second was left empty.
        assert_eq!(field_of(&told(Part::ItemGtip, 2), &[1, 3]), "gtip-3");
        assert_eq!(field_of(&told(Part::Office, 0), &[1]), "office");
        assert_eq!(field_of(&told(Part::Items, 0), &[1]), "gtip-1");
        assert_eq!(field_of(&Finding::new(Rule::Missing), &[1]), "reference");
    }
}
