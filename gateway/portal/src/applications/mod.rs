//! The membership branch's queue of applications: what waits and for how long, the papers, and the decision (S-1).

use crate::form::Errors;
use crate::list::{Cell, Column, Field, FieldKind, List, ROWS_OF_A_PAGE, Value, Wish, export};
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{fill, time, words};
use crate::visitor::{FromAddress, Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::Fault;
use ebirlik_domain::time::day_of;
use ebirlik_operations::applications::{Decided, Paper, approve, find, list, read_file, reject};
use ebirlik_operations::uploads::FileKind;
use ebirlik_store::applications::{Application, ApplicationFile};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

/// The queue.
#[derive(Template)]
#[template(path = "applications/page.html")]
struct Page {
    frame: Frame,
    list: List,
    /// How many wait for a decision.
    waiting: String,
}

/// One application.
#[derive(Template)]
#[template(path = "applications/one.html")]
struct OnePage {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    application: Application,
    kind: &'static str,
    papers: Vec<(&'static str, &'static str, ApplicationFile)>,
    sent_at: String,
    decided_at: String,
    age: String,
    /// What was typed.
    reason: String,
}

impl OnePage {
    fn is_open(&self) -> bool {
        self.application.state == SENT
    }
}

/// What the decision's form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Decision {
    act: String,
    reason: String,
}

/// `GET /staff/applications`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let words = Words::of(asker.language);
    let columns = columns(words);
    let wish = Wish::of(pairs, &columns);
    queue(&portal, &asker, &session, &columns, wish).await.unwrap_or_else(|_| notice::unavailable(&asker))
}

async fn queue(
    portal: &Portal,
    asker: &Asker,
    session: &Session,
    columns: &[Column],
    wish: Wish,
) -> Result<Response, Fault> {
    let words = Words::of(asker.language);
    let newest_first = wish.order() == Some(("sent", true));
    let of = (wish.filter("state"), wish.filter("firm"));
    let page = match wish.format() {
        Some(_) => (crate::list::ROWS_MAX, 0),
        None => (ROWS_OF_A_PAGE, wish.offset()),
    };
    let (found, total) = list(&portal.office, &session.client, of, newest_first, page).await?;
    let now = portal.office.clock.now();
    let rows = found.into_iter().map(|application| row(application, words, now)).collect();
    if let Some(format) = wish.format() {
        return Ok(export(asker, format, ("applications", words.title.to_owned()), columns, rows, &wish).await);
    }
    let (_, waiting) = list(&portal.office, &session.client, (SENT, ""), false, (1, 0)).await?;
    let field = |name, label, kind| Field { name, label, kind, value: wish.filter(name).to_owned(), error: None };
    let states = STATES.map(|state| (state.to_owned(), state_in_words(state, words).1.to_owned()));
    let fields = vec![
        field("state", words.state, FieldKind::Choice(states.to_vec())),
        field("firm", words.tax_no, FieldKind::Text),
    ];
    let list = List::new(
        (asker.language, "/staff/applications"),
        (words.title, words.none),
        (columns, fields),
        (rows, total),
        wish,
    );
    let waiting = fill(words.waiting, "n", waiting);
    Ok(html(StatusCode::OK, &Page { frame: Frame::of(asker, words.title), list, waiting }))
}

/// `GET /staff/applications/{id}`
pub(crate) async fn show_one(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    path: Result<Path<i64>, PathRejection>,
) -> Response {
    let Ok(Path(id)) = path else { return notice::not_found(asker).await };
    one(&portal, asker, id, StatusCode::OK, (Errors::default(), String::new())).await
}

/// `POST /staff/applications/{id}`: the decision.
pub(crate) async fn decide(
    State(portal): State<Arc<Portal>>,
    path: Result<Path<i64>, PathRejection>,
    Posted(asker, session, decision): Posted<Decision>,
) -> Response {
    let Ok(Path(id)) = path else { return notice::not_found(asker).await };
    let decided = match decision.act.as_str() {
        "approve" => approve(&portal.office, &session.client, id).await,
        _ => reject(&portal.office, &session.client, id, &decision.reason).await,
    };
    let words = Words::of(asker.language);
    let mut errors = Errors::default();
    let status = match decided {
        Ok(Decided::Done) => return Redirect::to(&format!("/staff/applications/{id}")).into_response(),
        Ok(Decided::NotFound) => return notice::not_found(asker).await,
        Ok(Decided::Before) => {
            errors.add("decision", words.decided_before);
            StatusCode::CONFLICT
        }
        Ok(Decided::NotAPerson) => {
            errors.add("decision", words.not_a_person);
            StatusCode::CONFLICT
        }
        Ok(Decided::ReasonNeeded) => {
            errors.add("reason", words.reason_needed);
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(_) => return notice::unavailable(&asker),
    };
    one(&portal, asker, id, status, (errors, decision.reason)).await
}

/// `GET /staff/applications/{id}/{paper}`: a file from outside, so it is kept and never shown by the browser.
pub(crate) async fn download(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    path: Result<Path<(i64, String)>, PathRejection>,
) -> Response {
    let Ok(Path((id, paper))) = path else { return notice::not_found(asker).await };
    let Some(paper) = Paper::parse(&paper) else { return notice::not_found(asker).await };
    match read_file(&portal.office, &session.client, id, paper).await {
        Ok(Some(file)) => {
            let ending = FileKind::of_media_type(&file.media_type).map_or("bin", FileKind::ending);
            let disposition = format!("attachment; filename=\"{}-{id}.{ending}\"", paper.as_str());
            let headers = [
                (CONTENT_TYPE, file.media_type),
                (CONTENT_DISPOSITION, disposition),
                (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
            ];
            (headers, file.bytes).into_response()
        }
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

async fn one(
    portal: &Portal,
    asker: Asker,
    id: i64,
    status: StatusCode,
    (errors, reason): (Errors, String),
) -> Response {
    let Ok(Some(session)) = &asker.session else { return notice::unavailable(&asker) };
    let (application, files) = match find(&portal.office, &session.client, id).await {
        Ok(Some(found)) => found,
        Ok(None) => return notice::not_found(asker).await,
        Err(_) => return notice::unavailable(&asker),
    };
    let words = Words::of(asker.language);
    let at = |micros: Option<i64>| {
        micros.and_then(|micros| Timestamp::from_microsecond(micros).ok()).map(time).unwrap_or_default()
    };
    let label = |paper: Paper| if paper == Paper::Petition { words.petition } else { words.circular };
    let papers = Paper::ALL.into_iter().filter_map(|paper| {
        let file = files.iter().find(|file| file.kind == paper.as_str())?;
        Some((paper.as_str(), label(paper), file.clone()))
    });
    let page = OnePage {
        frame: Frame::of(&asker, errors.title(words.one, asker.language)),
        papers: papers.collect(),
        token: session.token(),
        kind: kind_in_words(&application, words),
        sent_at: at(application.sent_at),
        decided_at: at(application.decided_at),
        age: days(&application, portal.office.clock.now()).to_string(),
        words,
        errors,
        application,
        reason,
    };
    html(status, &page)
}

fn row(application: Application, words: &'static Words, now: Timestamp) -> Vec<Cell> {
    let sent = application.sent_at.and_then(|micros| Timestamp::from_microsecond(micros).ok());
    let (class, state) = state_in_words(&application.state, words);
    let age = days(&application, now);
    vec![
        Cell {
            link: Some(format!("/staff/applications/{}", application.id)),
            value: sent.map_or(Value::Empty, Value::Time),
        },
        Value::Number(age).into(),
        Value::Tag(class, state.to_owned()).into(),
        Value::Text(kind_in_words(&application, words).to_owned()).into(),
        Value::Code(application.firm).into(),
        Value::Text(application.title).into(),
        Value::Text(application.name).into(),
    ]
}

/// Civil days that it waits, or waited for its decision.
fn days(application: &Application, now: Timestamp) -> u64 {
    let at = |micros: i64| Timestamp::from_microsecond(micros).unwrap_or(now);
    let (Some(sent), end) = (application.sent_at.map(at), application.decided_at.map_or(now, at)) else { return 0 };
    day_of(end).since(day_of(sent)).map_or(0, |span| u64::try_from(span.get_days()).unwrap_or_default())
}

fn kind_in_words(application: &Application, words: &'static Words) -> &'static str {
    if application.kind == "broker" { words.broker } else { words.exporter }
}

/// Class and word of a state.
fn state_in_words(state: &str, words: &'static Words) -> (&'static str, &'static str) {
    match state {
        "approved" => ("good", words.approved),
        "rejected" => ("bad", words.rejected),
        _ => ("warn", words.sent),
    }
}

fn columns(words: &'static Words) -> [Column; 7] {
    let column = |key, head, width, figures| Column { key, head, width, figures, sorts: key == "sent" };
    [
        column("sent", words.sent_at, 17, false),
        column("age", words.age, 8, true),
        column("state", words.state, 18, false),
        column("kind", words.kind, 16, false),
        column("firm", words.tax_no, 12, false),
        column("title", words.firm, 40, false),
        column("name", words.person, 25, false),
    ]
}

const SENT: &str = "sent";
const STATES: [&str; 3] = [SENT, "approved", "rejected"];

words! {
    Words;
    title: "Üyelik başvuruları", "Membership applications";
    waiting: "Karar bekleyen başvuru: {n}", "Applications that wait for a decision: {n}";
    none: "Bu seçime uyan başvuru yok.", "There are no applications for this choice.";
    one: "Üyelik başvurusu", "Membership application";
    sent_at: "Gönderme zamanı", "Sent at";
    age: "Gün", "Days";
    state: "Durum", "State";
    kind: "Hesap türü", "Account type";
    tax_no: "Vergi numarası", "Tax number";
    firm: "Firma", "Firm";
    person: "Ad soyad", "Name";
    email: "E-posta", "E-mail";
    phone: "Cep telefonu", "Mobile number";
    exporter: "İhracatçı", "Exporter";
    broker: "Gümrük müşaviri", "Customs broker";
    sent: "Karar bekliyor", "Waits for a decision";
    approved: "Onaylandı", "Approved";
    rejected: "Kabul edilmedi", "Not accepted";
    papers: "Belgeler", "Papers";
    petition: "Üyelik dilekçesi", "Membership petition";
    circular: "İmza sirküleri", "Signature circular";
    download: "İndir", "Download";
    papers_about: "Dilekçedeki kaşe ve imzayı, imza sirkülerini ve aşağıdaki bilgileri karşılaştırın.", "Compare stamp and signature of the petition, the signature circular, and the details below.";
    decision: "Karar", "Decision";
    approve: "Onayla", "Approve";
    approve_about: "Kişi bu firma adına işlem yapmaya yetkili olur; şifre oluşturma bağlantısı e-postasına gider.", "The person may act for this firm; the link to set a password goes to the e-mail address.";
    reject: "Reddet", "Reject";
    reject_about: "Gerekçe başvurana e-postayla bildirilir.", "The reason goes to the applicant by e-mail.";
    reason: "Gerekçe", "Reason";
    reason_needed: "Ret gerekçesini yazın (en çok 1000 harf).", "Enter the reason of the rejection (1000 letters at most).";
    decided_before: "Bu başvuru hakkında daha önce karar verilmiş.", "This application was decided before.";
    not_a_person: "Bu e-posta adresi bir programın ya da görevlinin kullanıcı kodu; firma eklenemez. Başvuruyu gerekçesiyle reddedin.", "This e-mail address is the user code of a program or of staff; no firm can be added. Reject the application with the reason.";
    decided_at: "Karar zamanı", "Decided at";
    decided_by: "Karar veren", "Decided by";
    to_queue: "Başvurulara dön", "Back to the applications";
}

#[cfg(test)]
mod tests;
