//! Sending customs' file in the browser: pasted or chosen, tried out first, then sent. The rules are `operations::sending`.

use super::words::Words as Shared;
use super::{address_of, check};
use crate::form::{Errors, Said, Sent as Parts};
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{fill, words};
use crate::visitor::{Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::{Decision, Fault};
use ebirlik_domain::finding::Finding;
use ebirlik_operations::approve::Mode;
use ebirlik_operations::incoming::{MESSAGE_BYTES_MAX, Sheet, pasted};
use ebirlik_operations::sending::{self, Sent, may_send};
use std::sync::Arc;

/// The form, with what was found wrong.
#[derive(Template)]
#[template(path = "declarations/send.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    shared: &'static Shared,
    errors: Errors,
    token: String,
    secretariats: Vec<(String, String)>,
    filled: Filled,
    findings: Vec<Said>,
}

/// What the form sends. The message is kept as it came: it may hold customs' credentials, so it is never shown again.
#[derive(Default)]
struct Filled {
    message: Vec<u8>,
    secretariat: String,
    payment: String,
}

/// `GET /declarations/new`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, Visitor(asker, session): Visitor) -> Response {
    if !may_send(&session.client) {
        return notice::not_allowed(&asker);
    }
    form(&portal, &asker, &session, Filled::default(), Errors::default(), &[])
}

/// `POST /declarations/new`: tries out, sends, or goes back to the form.
pub(crate) async fn submit(
    State(portal): State<Arc<Portal>>,
    Posted(asker, session, mut sent): Posted<Parts>,
) -> Response {
    let (words, mut errors) = (Words::of(asker.language), Errors::default());
    if sent.is_cut {
        errors.add("message", words.too_large);
        return form(&portal, &asker, &session, Filled::default(), errors, &[]);
    }
    let text = |name: &str| sent.text(name).trim().to_owned();
    let (secretariat, payment, pasted) = (text("secretariat"), text("payment"), pasted(sent.text("message")));
    let mode = if sent.text("step") == "send" { Mode::Real } else { Mode::Trial };
    let message = sent.take_file().map_or(pasted, |(_, bytes)| bytes);
    let filled = Filled { message, secretariat, payment };
    if filled.message.is_empty() {
        errors.add("message", words.message_missing);
        return form(&portal, &asker, &session, filled, errors, &[]);
    }
    answer(&portal, &asker, &session, filled, mode).await.unwrap_or_else(|_| notice::unavailable(&asker))
}

async fn answer(
    portal: &Portal,
    asker: &Asker,
    session: &Session,
    filled: Filled,
    mode: Mode,
) -> Result<Response, Fault> {
    let sheet = Sheet { bytes: &filled.message, secretariat: &filled.secretariat, payment: &filled.payment };
    let sent = tried(portal, session, sheet, mode).await?;
    match &sent.decision {
        Decision::Approved(_) | Decision::Pending(_) => arrived(portal, session, &sent.facts.reference).await,
        Decision::Trial(trial) => Ok(check::page(asker, session, (&sent, trial), ("/declarations/new", Vec::new()))),
        Decision::Refused(_) => {
            let mut errors = Errors::default();
            let words = Words::of(asker.language);
            errors.add("findings", fill(words.refused, "n", sent.findings.len()));
            Ok(form(portal, asker, session, filled, errors, &sent.placed()))
        }
    }
}

/// Sends a message, or tries it out.
pub(crate) async fn tried(portal: &Portal, session: &Session, sheet: Sheet<'_>, mode: Mode) -> Result<Sent, Fault> {
    Box::pin(sending::send(&portal.office, &session.client, session.exporter(), sheet, mode)).await
}

/// To the page of what was recorded, which says what comes next.
pub(crate) async fn arrived(portal: &Portal, session: &Session, reference: &str) -> Result<Response, Fault> {
    let id = ebirlik_operations::story::number_of(&portal.office, &session.client, reference).await?;
    let address = id.map_or_else(|| "/declarations".to_owned(), |id| format!("{}?done=sent", address_of(id)));
    Ok(Redirect::to(&address).into_response())
}

/// Secretariats by code, with their names.
pub(crate) fn secretariats(portal: &Portal) -> Vec<(String, String)> {
    let rules = portal.office.rules();
    rules.secretariats.iter().map(|(code, name)| (code.clone(), format!("{code} · {name}"))).collect()
}

fn form(
    portal: &Portal,
    asker: &Asker,
    session: &Session,
    filled: Filled,
    errors: Errors,
    findings: &[Finding],
) -> Response {
    let language = asker.language;
    let words = Words::of(language);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page {
        frame: Frame::of(asker, errors.title(words.title, language)),
        words,
        shared: Shared::of(language),
        errors,
        token: session.token(),
        secretariats: secretariats(portal),
        filled,
        findings: findings.iter().take(FINDINGS_SHOWN).map(|finding| Said::of(finding, language)).collect(),
    };
    html(status, &page)
}

/// Longest form: a message, and what stands around it.
pub(crate) const FORM_BYTES_MAX: usize = MESSAGE_BYTES_MAX + (64 << 10);
/// Findings on a page; more are seen once these are mended.
const FINDINGS_SHOWN: usize = 100;

words! {
    Words;
    title: "Beyanname gönder", "Send a declaration";
    lede: "Gümrük programınızın hazırladığı mesajı yapıştırın ya da dosyasını seçin. Önce prova yapılır; siz onaylamadan hiçbir şey kaydedilmez.", "Paste the message that your customs program made, or choose its file. It is tried out first; nothing is recorded before you confirm.";
    fill_in: "Dosyanız yoksa formu doldurun", "If you have no file, fill in the form";
    message: "Mesaj (XML ya da EDIFACT)", "Message (XML or EDIFACT)";
    file: "Dosya", "File";
    file_hint: "XML ya da EDIFACT, en fazla 1 MB. Dosya seçilirse yapıştırılan mesaja bakılmaz.", "XML or EDIFACT, 1 MB at most. If a file is chosen, the pasted message is not looked at.";
    secretariat_hint: "Mesajın kendisi söylüyorsa o geçerlidir.", "If the message itself names one, that one counts.";
    as_in_message: "Mesajda yazan", "As in the message";
    payment: "Ödeme", "Payment";
    from_account: "Cari hesaptan ödensin", "Pay from the current account";
    waits: "Kaydedilsin, ödemesi beklesin", "Record it, and let the payment wait";
    try_out: "Prova yap", "Try it out";
    not_shown: "Mesaj gümrük şifresi içerebileceğinden burada yeniden gösterilmez: programınızda düzeltip yeniden gönderin.", "The message may hold the password of customs, so it is not shown here again: mend it in your program and send it again.";
    message_missing: "Mesajı yapıştırın ya da dosyasını seçin.", "Paste the message or choose its file.";
    too_large: "Mesaj 1 MB sınırını aşıyor. Daha büyüğünü programınızdan gönderin.", "The message exceeds 1 MB. Send a larger one by your program.";
    refused: "Beyanname kabul edilmedi. Bulunan sorun sayısı: {n}", "The declaration was not accepted. Problems found: {n}";
    findings: "Bulunan sorunlar", "What was found";
    problem: "Sorun ve çözümü", "Problem and remedy";
    error_code: "Kod", "Code";
    where_: "Yeri", "Place";
    value: "Değer", "Value";
}
