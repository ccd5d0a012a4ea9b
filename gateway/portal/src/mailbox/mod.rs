//! What was mailed, for whoever tries the product out: only where the installation shows it to everybody.

use crate::page::{Frame, html};
use crate::session::Asker;
use crate::text::{time, words};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use ebirlik_operations::mail::list_shown;
use ebirlik_store::mails::Mail;
use jiff::Timestamp;
use std::sync::Arc;

/// The newest mails.
#[derive(Template)]
#[template(path = "mailbox/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    mails: Vec<Letter>,
}

/// A mail.
struct Letter {
    mail: Mail,
    written: String,
    lines: Vec<String>,
}

/// `GET /mailbox`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, asker: Asker) -> Response {
    let mails = match list_shown(&portal.office).await {
        Ok(Some(mails)) => mails,
        Ok(None) => return notice::not_found(asker).await,
        Err(_) => return notice::unavailable(&asker),
    };
    let words = Words::of(asker.language);
    let letter = |mail: Mail| Letter {
        written: Timestamp::from_microsecond(mail.created_at).map(time).unwrap_or_default(),
        lines: mail.whole_text().lines().map(str::to_owned).collect(),
        mail,
    };
    let mails = mails.into_iter().map(letter).collect();
    html(StatusCode::OK, &Page { frame: Frame::of(&asker, words.title), words, mails })
}

/// `GET /mailbox/{id}`: the file beside a mail.
pub(crate) async fn download(State(portal): State<Arc<Portal>>, asker: Asker, Path(id): Path<String>) -> Response {
    let mails = match list_shown(&portal.office).await {
        Ok(mails) => mails.unwrap_or_default(),
        Err(_) => return notice::unavailable(&asker),
    };
    match mails
        .into_iter()
        .find(|mail| mail.id.to_string() == id)
        .and_then(|mail| Some((mail.attachment_name, mail.attachment?)))
    {
        Some((name, bytes)) => {
            let disposition = format!("attachment; filename=\"{name}\"");
            ([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, disposition)], bytes).into_response()
        }
        None => notice::not_found(asker).await,
    }
}

words! {
    Words;
    title: "Posta kutusu", "Mailbox";
    lede: "Deneme kurulumu: gönderilen e-postalar yalnızca burada görünür.", "An installation to try out: what is mailed is only seen here.";
    none: "Henüz e-posta yok.", "There are no mails yet.";
    to: "Kime", "To";
    written: "Zaman", "Written";
}
