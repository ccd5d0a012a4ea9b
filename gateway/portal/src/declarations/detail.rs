//! One declaration's whole story on a page: how it stands, its code, versions, price, money and what happened.

use super::price::PriceView;
use super::words::{Words as Shared, state_in_words};
use crate::desk::verdict::kind_in_words;
use crate::page::{Frame, html};
use crate::session::Asker;
use crate::text::{Language, day, lira, time, words};
use crate::visitor::Visitor;
use crate::{Portal, notice, payments};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use crypto_code::CryptoCode;
use ebirlik_documents::{Symbol, square_of};
use ebirlik_domain::state::State as Standing;
use ebirlik_operations::papers::{Paper, Slip};
use ebirlik_operations::story::{self, Happened, Story};
use std::sync::Arc;

/// The page.
#[derive(Template)]
#[template(path = "declarations/detail.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    shared: &'static Shared,
    /// What was done a moment ago, and what comes next.
    done: Option<&'static str>,
    id: i64,
    reference: String,
    state: (&'static str, &'static str),
    facts: Vec<(&'static str, String)>,
    code: Option<Code>,
    price: Option<PriceView>,
    moved: Vec<Moved>,
    versions: Vec<Version>,
    events: Vec<Event>,
    pays: bool,
    withdraws: bool,
}

/// The code for eyes, copying and cameras.
struct Code {
    printed: String,
    bare: String,
    square: Option<Symbol>,
}

struct Moved {
    at: String,
    what: &'static str,
    amount: String,
    receipt: Option<String>,
}

struct Version {
    number: u32,
    at: String,
    by: String,
    changes: Vec<(String, String, String)>,
}

struct Event {
    at: String,
    what: &'static str,
    detail: String,
}

/// `GET /declarations/{id}`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let Ok(id) = id.parse() else { return notice::not_found(asker).await };
    match story::story(&portal.office, &session.client, session.exporter(), id).await {
        Ok(Some(story)) => {
            let pays = payments::is_open_to(&session.client) && story.waits_for_payment();
            html(StatusCode::OK, &Page::of(&asker, &story, pays, query.as_deref()))
        }
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// `GET /declarations/{id}/receipts/{number}`: the receipt as PDF; `?slip=information` the slip with the same facts,
/// `?paper=80mm` on a roll.
pub(crate) async fn receipt(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path((id, number)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let Ok(id) = id.parse() else { return notice::not_found(asker).await };
    let says = |pair: &str| query.as_deref().is_some_and(|query| query.split('&').any(|said| said == pair));
    let slip = if says("slip=information") { Slip::Information } else { Slip::Receipt };
    let paper = if says("paper=80mm") { Paper::Roll80mm } else { Paper::A4 };
    let of = (session.exporter(), id);
    match story::receipt(&portal.office, &session.client, of, &number, (paper, slip)).await {
        Ok(Some(pdf)) => {
            // The number was found among those of the store, so it is plain.
            let name = format!("attachment; filename=\"{number}.pdf\"");
            ([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, name)], pdf).into_response()
        }
        Ok(None) => notice::not_found(asker).await,
        Err(error) => {
            tracing::error!(%error, "a receipt cannot be made");
            notice::unavailable(&asker)
        }
    }
}

impl Page {
    fn of(asker: &Asker, story: &Story, pays: bool, query: Option<&str>) -> Self {
        let (language, status) = (asker.language, &story.status);
        let (words, shared) = (Words::of(language), Shared::of(language));
        let code = status.code.as_deref().and_then(|code| CryptoCode::parse(code).ok());
        let is_alive = status.state.is_approved();
        let versions = status.versions.iter().map(|version| Version {
            number: version.version,
            at: time(version.sent_at),
            by: version.sent_by.clone(),
            changes: version
                .changes
                .iter()
                .take(CHANGES_SHOWN)
                .map(|change| (change.path.clone(), change.old.clone(), change.new.clone()))
                .collect(),
        });
        Self {
            frame: Frame::of(asker, format!("{} · {}", status.reference, words.title)),
            done: query.and_then(|query| done(query, status.state, words)),
            id: story.id,
            reference: status.reference.clone(),
            state: state_in_words(status.state.as_str(), shared),
            facts: facts(story, language),
            code: code.filter(|_| is_alive).map(|code| Code {
                printed: code.printed(),
                square: square_of(code.as_str()),
                bare: code.as_str().to_owned(),
            }),
            price: status.price.as_deref().map(|price| PriceView::of(price, status.code.is_some(), language)),
            moved: story.happened.iter().filter_map(|happened| moved(happened, words, language)).collect(),
            versions: versions.collect(),
            events: story.happened.iter().map(|happened| event(happened, words)).collect(),
            pays,
            withdraws: story.may_withdraw,
            words,
            shared,
        }
    }
}

/// What to say after an act that led here.
fn done(query: &str, state: Standing, words: &'static Words) -> Option<&'static str> {
    let after = |act: &str| query.split('&').any(|pair| pair.strip_prefix("done=") == Some(act));
    match state {
        Standing::Withdrawn if after("withdrawn") => Some(words.done_withdrawn),
        Standing::Approved | Standing::Registered if after("sent") => Some(words.done_approved),
        Standing::WaitingPayment if after("sent") => Some(words.done_waiting),
        Standing::AtDesk if after("sent") => Some(words.done_desk),
        _ => None,
    }
}

fn facts(story: &Story, language: Language) -> Vec<(&'static str, String)> {
    let (words, shared, text, status) = (Words::of(language), Shared::of(language), language.texts(), &story.status);
    let firm = |title: &str, number: &str| format!("{title} · {number}").trim_start_matches(" · ").to_owned();
    let some = [
        (text.kind, status.kind.map(|kind| kind_in_words(text, kind).to_owned())),
        (text.approved_at, status.approved_at.map(time)),
        (text.record_no, status.record_no.clone()),
        (text.valid_until, status.valid_until.map(day)),
        (text.registration_no, status.registration_no.clone()),
        (text.ended_at, status.ended_at.map(time)),
    ];
    let always = [
        (shared.reference, status.reference.clone()),
        (shared.exporter, firm(&story.exporter_title, &status.exporter)),
        (shared.declarant, firm(&story.declarant_title, &status.declarant)),
        (shared.secretariat, status.secretariat.clone()),
        (words.received_at, time(story.received_at)),
        (words.sent_by, status.versions.first().map(|version| version.sent_by.clone()).unwrap_or_default()),
    ];
    always.into_iter().chain(some.into_iter().filter_map(|(name, value)| Some((name, value?)))).collect()
}

fn moved(happened: &Happened, words: &'static Words, language: Language) -> Option<Moved> {
    let (what, amount) = match (happened.paid, happened.returned) {
        (Some(paid), _) if happened.kind == "declaration.corrected" => (words.paid_more, paid),
        (Some(paid), _) => (words.paid, paid),
        (None, Some(returned)) => (words.returned, returned),
        (None, None) => return None,
    };
    Some(Moved { at: time(happened.at), what, amount: lira(amount, language), receipt: happened.receipt.clone() })
}

fn event(happened: &Happened, words: &'static Words) -> Event {
    let what = match happened.kind.as_str() {
        "declaration.recorded" => words.recorded,
        "declaration.approved" => words.approved,
        "declaration.withdrawn" => words.withdrawn,
        "declaration.cancelled" => words.cancelled,
        "declaration.released" => words.released,
        "declaration.corrected" => words.corrected,
        "declaration.paper_attached" => words.paper_attached,
        "fee.refunded" => words.refunded,
        "customs.registered" => words.registered,
        "customs.registered_anew" => words.registered_anew,
        "customs.exited" => words.exited,
        "customs.second_presentation" => words.second_presentation,
        _ => words.something,
    };
    let parts = [happened.by.as_deref(), happened.detail.as_deref()];
    let detail = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    Event { at: time(happened.at), what, detail }
}

/// Differences between two versions on a page.
const CHANGES_SHOWN: usize = 100;

words! {
    Words;
    title: "Beyanname", "Declaration";
    received_at: "Geliş zamanı", "Received at";
    sent_by: "Gönderen", "Sent by";
    done_approved: "Beyanname onaylandı. Onay kodunu gümrük beyannamesine yazın.", "The declaration is approved. Enter the approval code in the customs declaration.";
    done_waiting: "Beyanname kaydedildi ve ödemesi bekleniyor. Ödendiğinde onay kodu verilir.", "The declaration is recorded and waits for its payment. The approval code is given once it is paid.";
    done_desk: "Beyanname kaydedildi. Genel sekreterlik karar verince onay kodu burada görünür.", "The declaration is recorded. The approval code appears here once the general secretariat has decided.";
    done_withdrawn: "Beyannameden vazgeçildi; onay kodu varsa artık geçersiz. Ödenmiş ücretin iadesi için genel sekreterliğe başvurun.", "The declaration is withdrawn; a code that it had is no longer valid. Ask the general secretariat for a refund of a fee that was paid.";
    facts: "Ayrıntı", "Details";
    copy: "Kodu kopyala", "Copy the code";
    copied: "Kopyalandı", "Copied";
    square: "Onay kodunun karekodu", "QR code of the approval code";
    to_pay: "Ödeme sayfasına git", "Go to the payment page";
    withdraw: "Vazgeç", "Withdraw";
    acts: "Ne yapabilirsiniz", "What you can do";
    money: "Ödemeler ve iadeler", "Payments and refunds";
    amount: "Tutar", "Amount";
    paid: "Nispi aidat ödendi", "Fee paid";
    paid_more: "Düzeltme farkı ödendi", "Difference of a correction paid";
    returned: "İade edildi", "Given back";
    receipt: "Makbuz", "Receipt";
    slip: "Bilgi fişi", "Information slip";
    versions: "Sürümler", "Versions";
    version: "Sürüm {n}", "Version {n}";
    path: "Alan", "Field";
    old: "Önce", "Before";
    new: "Sonra", "After";
    events: "Neler oldu", "What happened";
    when: "Zaman", "Time";
    what: "Olay", "Event";
    recorded: "Kaydedildi", "Recorded";
    approved: "Onaylandı", "Approved";
    withdrawn: "Vazgeçildi", "Withdrawn";
    cancelled: "Genel sekreterlik iptal etti", "Cancelled by the general secretariat";
    released: "Onay masasından geçti", "Passed by the approval desk";
    corrected: "Genel sekreterlik düzeltti", "Corrected by the general secretariat";
    paper_attached: "Belge eklendi", "Paper attached";
    refunded: "Aidat iade edildi", "Fee given back";
    registered: "Gümrükte tescil edildi", "Registered at customs";
    registered_anew: "Başka bir tescile bağlandı", "Bound to another registration";
    exited: "Eşya çıktı", "The goods have left";
    second_presentation: "Kod başka bir beyanname için sunuldu ve reddedildi", "The code was presented for another declaration and refused";
    something: "Kayıt değişti", "The record changed";
}
