//! Pages that say one thing and show the way out: not found, not allowed, not now.

use crate::page::{Frame, html};
use crate::session::Asker;
use askama::Template;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

/// One sentence under its title.
#[derive(Template)]
#[template(path = "notice/page.html")]
struct Page {
    frame: Frame,
    sentence: &'static str,
}

/// For a browser that is none any more.
#[derive(Template)]
#[template(path = "notice/old_browser.html")]
struct OldBrowser {}

/// The address is nobody's.
pub(crate) async fn not_found(asker: Asker) -> Response {
    let text = asker.language.texts();
    notice(StatusCode::NOT_FOUND, &asker, text.not_found_title, text.not_found)
}

/// The address is ours, asked in a way that it does not know.
pub(crate) async fn method_not_allowed(asker: Asker) -> Response {
    let text = asker.language.texts();
    notice(StatusCode::METHOD_NOT_ALLOWED, &asker, text.no_such_method_title, text.no_such_method)
}

/// Whether it is Internet Explorer that asks, which none of our pages is made for (P-0.2).
pub(crate) fn is_old_browser(headers: &HeaderMap) -> bool {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    ["MSIE ", "Trident/"].iter().any(|mark| agent.contains(mark))
}

/// A page without style or script, in both languages, that Internet Explorer can show.
pub(crate) fn old_browser() -> Response {
    html(StatusCode::OK, &OldBrowser {})
}

/// Signed in, but not for this.
pub(crate) fn not_allowed(asker: &Asker) -> Response {
    let text = asker.language.texts();
    notice(StatusCode::FORBIDDEN, asker, text.not_allowed_title, text.not_allowed)
}

/// Signed in, but nobody who pays for a firm.
pub(crate) fn not_a_payer(asker: &Asker) -> Response {
    let text = asker.language.texts();
    notice(StatusCode::FORBIDDEN, asker, text.not_allowed_title, text.payments_not_yours)
}

/// A form without its token, or from elsewhere.
pub(crate) fn stale_form(asker: &Asker) -> Response {
    let text = asker.language.texts();
    notice(StatusCode::FORBIDDEN, asker, text.stale_form_title, text.stale_form)
}

/// Something of ours is out of reach.
pub(crate) fn unavailable(asker: &Asker) -> Response {
    let text = asker.language.texts();
    notice(StatusCode::SERVICE_UNAVAILABLE, asker, text.unavailable_title, text.unavailable)
}

fn notice(status: StatusCode, asker: &Asker, title: &'static str, sentence: &'static str) -> Response {
    html(status, &Page { frame: Frame::of(asker, title), sentence })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    impl Page {
        fn sample() -> Self {
            Self { frame: Frame::sample(Language::Turkish, false), sentence: "Bir <cümle>." }
        }
    }

    #[test]
    fn a_notice_says_what_is_and_shows_the_way_out() {
        let page = Page::sample().render().unwrap();
        assert!(page.contains("<h1>Sayfa</h1>"));
        assert!(page.contains("Bir &#60;cümle&#62;."), "{page}");
        assert!(page.contains(r#"<a class="button" href="/">Başlangıç sayfasına git</a>"#));
    }
}
