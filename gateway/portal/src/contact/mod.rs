//! Whom to call, inside and outside working hours (P-4.16.1, P-5.10.1). For everybody, from the foot of every page.

use crate::Portal;
use crate::page::{Frame, html};
use crate::session::Asker;
use crate::text::words;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;

/// Addresses of an installation that pages show or lead to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Site {
    /// Whom people call.
    pub contact: Contact,
    /// Where memberships are applied for.
    pub membership_url: String,
}

/// Whom people call. What is empty is not shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Contact {
    /// Working hours, in Turkish.
    pub hours_tr: String,
    /// Working hours, in English.
    pub hours_en: String,
    /// Telephone within working hours.
    pub phone: String,
    /// E-mail within working hours.
    pub email: String,
    /// Telephone at all other times.
    pub phone_outside: String,
    /// E-mail at all other times.
    pub email_outside: String,
}

impl Default for Contact {
    fn default() -> Self {
        let empty = String::new;
        Self {
            hours_tr: "Pazartesi - Cuma, 09.00 - 18.00".to_owned(),
            hours_en: "Monday to Friday, 09:00 - 18:00".to_owned(),
            phone: empty(),
            email: empty(),
            phone_outside: empty(),
            email_outside: empty(),
        }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "contact/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    hours: String,
    inside: Lines,
    outside: Lines,
}

/// What one is reached by.
struct Lines {
    phone: String,
    email: String,
}

impl Lines {
    fn is_empty(&self) -> bool {
        self.phone.is_empty() && self.email.is_empty()
    }
}

/// `GET /contact`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, asker: Asker) -> Response {
    let (words, contact) = (Words::of(asker.language), portal.site.contact.clone());
    let is_turkish = asker.language == crate::text::Language::Turkish;
    let page = Page {
        frame: Frame::of(&asker, words.title),
        words,
        hours: if is_turkish { contact.hours_tr } else { contact.hours_en },
        inside: Lines { phone: contact.phone, email: contact.email },
        outside: Lines { phone: contact.phone_outside, email: contact.email_outside },
    };
    html(StatusCode::OK, &page)
}

words! {
    Words;
    title: "İletişim", "Contact";
    inside: "Mesai saatleri içinde", "Within working hours";
    outside: "Mesai saatleri dışında", "Outside working hours";
    hours: "Mesai saatleri", "Working hours";
    phone: "Telefon", "Telephone";
    email: "E-posta", "E-mail";
    outside_none: "Acil durumda hizmet durumu sayfasına bakın; gönderdiğiniz beyannameler mesai dışında da işlenir.", "Look at the service status page; declarations that you send are processed outside working hours too.";
}
