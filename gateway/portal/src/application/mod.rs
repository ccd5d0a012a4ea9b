//! An application by the link that was mailed: its two papers are uploaded, looked over and sent; then how it stands.

use crate::form::{Errors, told};
use crate::page::{Frame, html};
use crate::session::Asker;
use crate::text::{fill, time, words};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::multipart::{Field, Multipart, MultipartError, MultipartRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::Fault;
use ebirlik_operations::applications::{
    Keeping, Opened, Paper, Sending, branch_names, extend, further_end, keep, open, send,
};
use ebirlik_operations::links::Token;
use ebirlik_operations::uploads::{FILE_BYTES_MAX, too_large};
use ebirlik_store::applications::{Application, ApplicationFile};
use jiff::Timestamp;
use std::sync::Arc;

/// An application as its applicant sees it.
#[derive(Template)]
#[template(path = "application/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    application: Application,
    papers: Vec<PaperRow>,
    branches: String,
    ends_at: String,
    /// Until when it can be put off by a click.
    further_end: Option<String>,
    sent_at: String,
}

/// A paper that is wanted.
struct PaperRow {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    /// The file that is kept.
    kept: Option<String>,
}

/// A link that opens nothing any more.
#[derive(Template)]
#[template(path = "application/over.html")]
struct OverPage {
    frame: Frame,
    words: &'static Words,
    sentence: String,
}

impl Page {
    fn is_open(&self) -> bool {
        self.application.state == "started"
    }

    fn is_complete(&self) -> bool {
        self.papers.iter().all(|paper| paper.kept.is_some())
    }
}

/// `GET /application/{token}`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, asker: Asker, Path(token): Path<String>) -> Response {
    page(&portal, &asker, &token, StatusCode::OK, Errors::default()).await
}

/// `POST /application/{token}`: the papers, each kept for itself.
pub(crate) async fn upload(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    Path(token): Path<String>,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let Some(link) = Token::parse(&token) else { return over(&asker, None) };
    // Each holds its files in memory until they are kept.
    let Ok(_place) = portal.uploads.acquire().await else { return notice::unavailable(&asker) };
    let mut errors = Errors::default();
    let kept = match form {
        Ok(form) => keep_all(&portal, &asker, &link, form, &mut errors).await,
        Err(_) => return notice::stale_form(&asker),
    };
    match kept {
        Ok(0) if errors.is_empty() => {
            errors.add(Paper::Petition.as_str(), Words::of(asker.language).choose_a_file);
            page(&portal, &asker, &token, StatusCode::UNPROCESSABLE_ENTITY, errors).await
        }
        Ok(_) if errors.is_empty() => Redirect::to(&format!("/application/{token}")).into_response(),
        Ok(_) => page(&portal, &asker, &token, StatusCode::UNPROCESSABLE_ENTITY, errors).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// `POST /application/{token}/extend`: seven days more, once; the page says until when.
pub(crate) async fn put_off(State(portal): State<Arc<Portal>>, asker: Asker, Path(token): Path<String>) -> Response {
    let Some(link) = Token::parse(&token) else { return over(&asker, None) };
    match extend(&portal.office, &link).await {
        Ok(_) => Redirect::to(&format!("/application/{token}")).into_response(),
        Err(_) => notice::unavailable(&asker),
    }
}

/// `POST /application/{token}/send`: to the membership branch.
pub(crate) async fn submit(State(portal): State<Arc<Portal>>, asker: Asker, Path(token): Path<String>) -> Response {
    let Some(link) = Token::parse(&token) else { return over(&asker, None) };
    match send(&portal.office, &link).await {
        // Sent before, or over: the page says which.
        Ok(Sending::Sent | Sending::Closed) => Redirect::to(&format!("/application/{token}")).into_response(),
        Ok(Sending::Incomplete) => {
            let mut errors = Errors::default();
            errors.add(Paper::Petition.as_str(), Words::of(asker.language).both_needed);
            page(&portal, &asker, &token, StatusCode::UNPROCESSABLE_ENTITY, errors).await
        }
        Err(_) => notice::unavailable(&asker),
    }
}

/// Keeps every file of a form that may be kept; gives how many, and adds why others are not.
async fn keep_all(
    portal: &Portal,
    asker: &Asker,
    link: &Token,
    mut form: Multipart,
    errors: &mut Errors,
) -> Result<usize, Fault> {
    let mut kept = 0;
    loop {
        let mut field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => return Ok(kept),
            Err(_) => break,
        };
        let Some(paper) = field.name().and_then(Paper::parse) else { continue };
        let name = field.file_name().unwrap_or_default().to_owned();
        let Ok(bytes) = whole(&mut field).await else { break };
        if name.is_empty() && bytes.is_empty() {
            continue;
        }
        match keep(&portal.office, link, paper, &name, bytes).await? {
            Keeping::Kept => kept += 1,
            Keeping::Refused(finding) => errors.add(paper.as_str(), told(&finding, asker.language)),
            // The page that follows says so.
            Keeping::Closed => return Ok(kept + 1),
        }
    }
    errors.add(Paper::Petition.as_str(), told(&too_large(), asker.language));
    Ok(kept)
}

/// A file up to one byte more than may be kept; the rest is read and thrown away, so that the answer is heard.
async fn whole(field: &mut Field<'_>) -> Result<Vec<u8>, MultipartError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        let room = (FILE_BYTES_MAX + 1).saturating_sub(bytes.len());
        bytes.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
    }
    Ok(bytes)
}

async fn page(portal: &Portal, asker: &Asker, token: &str, status: StatusCode, errors: Errors) -> Response {
    let opened = match Token::parse(token) {
        Some(link) => open(&portal.office, &link).await,
        None => Ok(Opened::Unknown),
    };
    let (application, files) = match opened {
        Ok(Opened::Application(application, files)) => (*application, files),
        Ok(Opened::Expired(at)) => return over(asker, Some(at)),
        Ok(Opened::Unknown) => return over(asker, None),
        Err(_) => return notice::unavailable(asker),
    };
    let Ok(branches) = branch_names(&portal.office, &application).await else { return notice::unavailable(asker) };
    let words = Words::of(asker.language);
    let title = match application.state.as_str() {
        "started" => words.title,
        "sent" => words.received,
        "approved" => words.approved,
        _ => words.rejected,
    };
    let at = |micros: i64| Timestamp::from_microsecond(micros).map(time).unwrap_or_default();
    let page = Page {
        frame: Frame::of(asker, errors.title(title, asker.language)),
        papers: papers(words, &files),
        token: token.to_owned(),
        branches: branches.join(", "),
        ends_at: at(application.ends_at),
        further_end: further_end(&application).map(time),
        sent_at: application.sent_at.map(at).unwrap_or_default(),
        words,
        errors,
        application,
    };
    html(status, &page)
}

fn papers(words: &'static Words, files: &[ApplicationFile]) -> Vec<PaperRow> {
    let row = |paper: Paper| {
        let (label, hint) = match paper {
            Paper::Petition => (words.petition, words.petition_hint),
            Paper::Circular => (words.circular, words.circular_hint),
        };
        let kept = files.iter().find(|file| file.kind == paper.as_str()).map(|file| file.name.clone());
        PaperRow { name: paper.as_str(), label, hint, kept }
    };
    Paper::ALL.into_iter().map(row).collect()
}

/// The application is gone, since this instant where that is known.
fn over(asker: &Asker, since: Option<Timestamp>) -> Response {
    let words = Words::of(asker.language);
    let (status, sentence) = match since {
        Some(at) => (StatusCode::GONE, fill(words.expired, "time", time(at))),
        None => (StatusCode::NOT_FOUND, words.unknown.to_owned()),
    };
    html(status, &OverPage { frame: Frame::of(asker, words.over), words, sentence })
}

words! {
    Words;
    title: "Başvurunuzu tamamlayın", "Complete your application";
    firm: "Firma", "Firm";
    person: "Ad soyad", "Name";
    email: "E-posta", "E-mail";
    phone: "Cep telefonu", "Mobile number";
    ends_at: "Son gönderme zamanı", "To be sent by";
    extend: "Son gönderme zamanını uzat:", "Put the end off to";
    extend_once: "Bir kez uzatılabilir.", "It can be put off once.";
    extended: "Son gönderme zamanı uzatıldı; bir daha uzatılamaz.", "The end was put off; it cannot be put off again.";
    formats: "JPEG, JPG, PNG ya da PDF; her dosya en çok 5 MB. Damgalı sayfanın telefonla çekilmiş fotoğrafı da olur.", "JPEG, JPG, PNG or PDF, each file 5 MB at most. A photograph of the stamped page will do.";
    petition: "Üyelik dilekçesi", "Membership petition";
    petition_hint: "E-postayla gelen dilekçe; firma kaşesi basılmış ve firma yetkilisince imzalanmış.", "The petition that came by e-mail, stamped by the firm and signed by its authorised person.";
    circular: "İmza sirküleri", "Signature circular";
    circular_hint: "Dilekçeyi imzalayan yetkilinin imza sirküleri.", "Of the person who signed the petition.";
    kept: "Yüklendi", "Uploaded";
    replace: "Değiştirmek için başka bir dosya seçin.", "Choose another file to replace it.";
    upload: "Belgeleri Yükle", "Upload the papers";
    choose_a_file: "Yüklenecek dosyayı seçin.", "Choose the file to upload.";
    both_needed: "Göndermek için iki belge de yüklenmiş olmalı.", "Both papers must be uploaded before sending.";
    check: "Gönderilecek başvuru", "The application to be sent";
    check_lede: "Bilgileri ve belgeleri kontrol edin. Gönderdikten sonra değiştiremezsiniz.", "Look over details and papers. You cannot change them once sent.";
    on_behalf: "{title} adına", "On behalf of {title}";
    send: "Başvuruyu Gönder", "Send the application";
    to_branch: "Üyelik şubesi", "Membership branch";
    received: "Başvurunuz alındı", "Your application was received";
    received_next: "Başvurunuz üyelik şubesinin sırasına girdi. Karar e-posta adresinize bildirilir; onaylanırsa e-postada şifrenizi oluşturacağınız bağlantı bulunur.", "Your application is in the queue of the membership branch. The decision comes to your e-mail address; if it is approved, with a link to set your password.";
    sent_at: "Gönderme zamanı", "Sent at";
    approved: "Başvurunuz onaylandı", "Your application was approved";
    approved_next: "Şifrenizi oluşturacağınız bağlantı e-posta adresinize gönderildi.", "The link to set your password was sent to your e-mail address.";
    rejected: "Başvurunuz kabul edilmedi", "Your application was not accepted";
    reason: "Gerekçe", "Reason";
    over: "Başvuru bulunamadı", "There is no such application";
    expired: "Başvuru zamanında gönderilmediği için belgeleriyle birlikte silindi. Son gönderme zamanı: {time}", "The application was not sent in time and was deleted with its papers. It was to be sent by {time}";
    unknown: "Bağlantı geçerli değil. E-postadaki bağlantının tamamını açtığınızdan emin olun ya da yeniden başvurun.", "The link is not valid. Make sure that you opened all of the link in the e-mail, or apply again.";
    apply_again: "Kayıt Ol", "Sign up";
}
