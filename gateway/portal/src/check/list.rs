//! Was this printed list made here? For everybody who holds one: the line under it, and what it says.

use crate::Portal;
use crate::desk::mark::ListMark;
use crate::desk::words::Words as Names;
use crate::page::{Frame, html};
use crate::session::Asker;
use crate::text::{time, words};
use crate::visitor::FromAddress;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "check/list.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    line: String,
    is_asked: bool,
    /// What a line of ours says; nothing of any other.
    facts: Vec<(&'static str, String)>,
}

/// What was asked.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filled {
    #[serde(rename = "satir")]
    line: String,
}

/// `GET /check/list`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    FromAddress(Filled { line }): FromAddress<Filled>,
) -> Response {
    let words = Words::of(asker.language);
    let facts = ListMark::parse(&portal.office, &line).map(|mark| facts(&asker, words, &mark)).unwrap_or_default();
    let is_asked = !line.trim().is_empty();
    html(StatusCode::OK, &Page { frame: Frame::of(&asker, words.title), words, line, is_asked, facts })
}

fn facts(asker: &Asker, words: &'static Words, mark: &ListMark) -> Vec<(&'static str, String)> {
    let (text, names) = (asker.language.texts(), Names::of(asker.language));
    let labels =
        [names.list_sure, names.list_valid, names.list_invalid, names.list_unsure, names.list_repeated, names.list_all];
    let totals = labels.into_iter().zip(mark.totals.map(|total| total.to_string()));
    let first = [(text.asked_at, time(mark.at)), (text.asked_by, mark.officer.clone())];
    first.into_iter().chain(totals).chain([(words.digest, mark.digest.clone())]).collect()
}

words! {
    Words;
    title: "Basılı liste doğrulama", "Check a printed list";
    lede: "Gümrükte basılmış bir kod listesinin bu kurumca düzenlenip düzenlenmediğini öğrenin.", "Find out whether a list of codes that was printed at customs was made here.";
    line: "Listenin altındaki satır", "The line under the list";
    line_hint: "Tarihle başlar, 16 karakterlik işaretle biter. Sözcüklerin arasında boşluk bırakın.", "It begins with the date and ends with the mark of 16 characters. Leave blanks between its words.";
    check: "Doğrula", "Check";
    genuine: "LİSTE GERÇEK", "THE LIST IS GENUINE";
    genuine_do: "Aşağıdakiler kâğıttakilerle aynı olmalı. Farklı bir satır varsa kâğıt değiştirilmiştir.", "What follows has to be the same as on the paper. Where a line differs, the paper was altered.";
    unknown: "BÖYLE BİR LİSTE YOK", "THERE IS NO SUCH LIST";
    unknown_do: "Bu satır burada düzenlenmemiş ya da eksik yazılmış. Bir kez daha bakın; doğruysa kâğıda güvenmeyin.", "This line was not made here, or not typed whole. Look once more; if it is right, do not trust the paper.";
    digest: "Satırların özeti", "Digest of the rows";
}
