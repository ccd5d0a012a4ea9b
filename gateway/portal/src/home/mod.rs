//! The start page: to the sign-in, to where each role begins, or who you are where no page is open to your roles.

use crate::access::{FIRMS, SIGN_IN};
use crate::page::{Frame, html, roles_in_words};
use crate::session::{Asker, Audience};
use crate::{Portal, desk, notice, payments};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

/// Who is signed in, for roles without pages of their own.
#[derive(Template)]
#[template(path = "home/page.html")]
struct Page {
    frame: Frame,
    code: String,
    /// Title and tax number; empty for who acts for no firm.
    firm: String,
    roles: Vec<&'static str>,
    /// Whether the page for payments is open to this user.
    pays: bool,
}

/// `GET /`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, asker: Asker) -> Response {
    let session = match &asker.session {
        Ok(Some(session)) => session,
        Ok(None) => return Redirect::to(SIGN_IN).into_response(),
        Err(_) => return notice::unavailable(&asker),
    };
    if session.has_to_choose() {
        return Redirect::to(FIRMS).into_response();
    }
    match session.audience {
        Some(Audience::Exporter) => return Redirect::to("/overview").into_response(),
        Some(Audience::Broker) => return Redirect::to("/powers").into_response(),
        Some(Audience::BrokerFor) => return Redirect::to("/declarations").into_response(),
        Some(Audience::Staff) => return Redirect::to("/staff").into_response(),
        _ => {}
    }
    if desk::is_open_to(&session.client) {
        return Redirect::to("/desk").into_response();
    }
    let client = &session.client;
    // The title is a courtesy; without it the number says enough.
    let found = portal.office.store.find_firm(&client.firm).await.ok().flatten();
    let firm = found.map_or_else(|| client.firm.clone(), |firm| format!("{} · {}", firm.title, firm.tax_no));
    let text = asker.language.texts();
    let frame = Frame::of(&asker, text.home_title);
    let (roles, pays) = (roles_in_words(client, text), payments::is_open_to(client));
    html(StatusCode::OK, &Page { frame, code: client.code.clone(), firm, roles, pays })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    impl Page {
        fn sample(language: Language) -> Self {
            Self {
                frame: Frame::sample(language, true),
                code: "BRK-7".to_owned(),
                firm: "Marmara Tekstil A.Ş. · 1234567890".to_owned(),
                roles: vec![language.texts().role_edi, language.texts().role_payer],
                pays: true,
            }
        }
    }

    #[test]
    fn the_page_says_who_is_signed_in_and_what_there_is() {
        let page = Page::sample(Language::Turkish).render().unwrap();
        for part in ["BRK-7", "Marmara Tekstil A.Ş. · 1234567890", "Beyanname gönderen program, Ödeme yetkilisi"] {
            assert!(page.contains(part), "{part}");
        }
        assert!(page.contains(r#"href="/payments""#));
        assert!(page.contains(r#"href="/errors""#) && page.contains(r#"href="/schemas/""#));
        assert!(Page::sample(Language::English).render().unwrap().contains("Program that submits declarations, Payer"));
    }
}
