//! What all pages share: the frame around them, how they are answered, and the headers that keep them safe.

use crate::Portal;
use crate::access::FIRMS;
use crate::assets;
use crate::csrf;
use crate::menu::{Group, menu};
use crate::notice;
use crate::session::{Asker, IDLE_SURE_S, Session};
use crate::text::{Language, Texts};
use askama::Template;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue, REFERRER_POLICY, RETRY_AFTER,
    SET_COOKIE, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ebirlik_operations::{Client, Role, Roles};
use std::sync::Arc;

/// What the layout around a page needs.
pub(crate) struct Frame {
    pub(crate) text: &'static Texts,
    pub(crate) language: Language,
    /// In the window's title, before the product's name.
    pub(crate) title: String,
    /// This page in the other language.
    pub(crate) other_language: String,
    /// Who is signed in.
    pub(crate) user: Option<User>,
    pub(crate) menu: Vec<Group>,
    pub(crate) style: &'static str,
    pub(crate) scripts: [&'static str; 2],
    pub(crate) icon: &'static str,
}

/// Who is signed in, as the header shows it.
pub(crate) struct User {
    pub(crate) code: String,
    pub(crate) role: &'static str,
    /// Whom it acts for.
    pub(crate) acting: Option<ActingFor>,
    /// For the form that signs out.
    pub(crate) token: String,
    /// Seconds until its session ends: unused, and at the latest.
    pub(crate) session_ends: (i64, i64),
}

/// For whom one acts, on every page (P-4.1.6).
pub(crate) struct ActingFor {
    pub(crate) title: String,
    pub(crate) tax_no: String,
    /// The firm whose user it is, where it acts by an exporter's power.
    pub(crate) by: Option<String>,
    /// Where it can be changed.
    pub(crate) change: &'static str,
}

impl Frame {
    /// Around a page for this sender.
    pub(crate) fn of(asker: &Asker, title: impl Into<String>) -> Self {
        let session = asker.session.as_ref().ok().and_then(Option::as_ref);
        let user = session.map(|session| User::of(session, asker.language));
        let path = asker.asked_for.split('?').next().unwrap_or_default();
        let menu = session.map(|session| menu(session, path, asker.language)).unwrap_or_default();
        let other = in_other_language(&asker.asked_for, asker.language);
        Self { menu, ..Self::new(asker.language, title.into(), other, user) }
    }

    fn new(language: Language, title: String, other_language: String, user: Option<User>) -> Self {
        let [style, icon] = [&assets::STYLE, &assets::ICON].map(assets::Asset::address);
        let scripts = [&assets::SESSION, &assets::PORTAL].map(assets::Asset::address);
        Self { text: language.texts(), language, title, other_language, user, menu: Vec::new(), style, scripts, icon }
    }

    /// For whom a final step is taken, to stand above its button: "X A.Ş. adına".
    pub(crate) fn acting(&self) -> Option<&ActingFor> {
        self.user.as_ref()?.acting.as_ref()
    }

    #[cfg(test)]
    pub(crate) fn sample(language: Language, signed_in: bool) -> Self {
        let user = signed_in.then(|| User {
            code: "GMR-001".to_owned(),
            role: role_in_words(Role::Customs, language.texts()),
            acting: None,
            token: "0f".repeat(32),
            session_ends: (IDLE_SURE_S, 600),
        });
        Self::new(language, "Sayfa".to_owned(), format!("/sayfa?lang={}", language.other().code()), user)
    }
}

impl User {
    fn of(session: &Session, language: Language) -> Self {
        let role = roles_in_words(&session.client, language.texts()).last().copied().unwrap_or_default();
        let acting = session.acting.as_ref().map(|acting| {
            let shown = acting.exporter.as_ref().unwrap_or(&acting.firm);
            ActingFor {
                title: shown.title.clone(),
                tax_no: shown.tax_no.clone(),
                by: acting.exporter.as_ref().map(|_| acting.firm.title.clone()),
                change: FIRMS,
            }
        });
        let session_ends = (IDLE_SURE_S, session.life_left_s);
        Self { code: session.client.code.clone(), role, acting, token: session.token(), session_ends }
    }
}

/// A client's roles, the widest last.
pub(crate) fn roles_in_words(client: &Client, text: &'static Texts) -> Vec<&'static str> {
    Role::ALL.into_iter().filter(|role| client.roles.has(*role)).map(|role| role_in_words(role, text)).collect()
}

/// Stored roles, the widest last.
pub(crate) fn roles_in_words_of(stored: &str, text: &'static Texts) -> Vec<&'static str> {
    let roles = Roles::parse(stored).unwrap_or_default();
    Role::ALL.into_iter().filter(|role| roles.has(*role)).map(|role| role_in_words(role, text)).collect()
}

pub(crate) fn role_in_words(role: Role, text: &'static Texts) -> &'static str {
    match role {
        Role::Edi => text.role_edi,
        Role::Payer => text.role_payer,
        Role::Portal => text.role_portal,
        Role::Customs => text.role_customs,
        Role::Staff => text.role_staff,
        Role::Admin => text.role_admin,
    }
}

/// The same address with `lang=` of the other language.
fn in_other_language(asked_for: &str, language: Language) -> String {
    let (path, query) = asked_for.split_once('?').unwrap_or((asked_for, ""));
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
    let lang = format!("lang={}", language.other().code());
    let pairs: Vec<&str> = kept.chain([lang.as_str()]).collect();
    // One slash only: two would name another host.
    format!("/{}?{}", path.trim_start_matches('/'), pairs.join("&"))
}

/// A rendered page with its status.
pub(crate) fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, [(CONTENT_TYPE, HTML)], html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Stands around every answer: forms of other sites are refused, the chosen language is kept, headers are set.
pub(crate) async fn guard(State(portal): State<Arc<Portal>>, request: Request, next: Next) -> Response {
    let host = request.uri().authority().map(|authority| authority.as_str().to_owned());
    let host = host.or_else(|| Some(request.headers().get(HOST)?.to_str().ok()?.to_owned()));
    let chosen = Language::asked_for(request.uri().query());
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if notice::is_old_browser(request.headers()) {
        notice::old_browser()
    } else if changes && !csrf::is_from_here(request.headers(), host.as_deref()) {
        let Ok(asker) = Asker::from_request_parts(&mut request.into_parts().0, &portal).await;
        notice::stale_form(&asker)
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    if let Some(language) = chosen {
        headers.append(SET_COOKIE, portal.cookies.keep_language(language));
    }
    for (name, value) in HEADERS {
        // Files from outside come with a stricter policy of their own.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(VARY, HeaderValue::from_static("Cookie, Accept-Language"));
    }
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().entry(RETRY_AFTER).or_insert(HeaderValue::from_static(RETRY_AFTER_S));
    }
    response
}

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// No script and no style but our own files; nobody frames us; forms go nowhere else. The referrer stays on our own
/// host, where browsers need it to say the origin of a form.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];
/// When to come back after a fault.
const RETRY_AFTER_S: &str = "5";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_switch_stays_on_the_page() {
        let check = |asked_for: &str, expected: &str| {
            assert_eq!(in_other_language(asked_for, Language::Turkish), expected);
        };
        check("/", "/?lang=en");
        check("/desk?kod=1SF9&ref=A%26B", "/desk?kod=1SF9&ref=A%26B&lang=en");
        check("/desk?lang=tr&kod=1", "/desk?kod=1&lang=en");
        check("//evil.example/", "/evil.example/?lang=en");
    }

    #[test]
    fn the_layout_says_its_language_and_the_others() {
        #[derive(Template)]
        #[template(source = r#"{% extends "layout.html" %}{% block main %}<h1>x</h1>{% endblock %}"#, ext = "html")]
        struct Bare {
            frame: Frame,
        }
        let page = Bare { frame: Frame::sample(Language::Turkish, true) }.render().unwrap();
        for part in [
            r#"<html lang="tr">"#,
            "<title>Sayfa - e-birlik</title>",
            r##"<a class="skip" href="#main">İçeriğe geç</a>"##,
            r#"<a href="/sayfa?lang=en" lang="en" hreflang="en">English</a>"#,
            "GMR-001",
            "Oturumu kapat",
            r#"name="token" value="0f0f"#,
            "Yardım",
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
        let page = Bare { frame: Frame::sample(Language::English, false) }.render().unwrap();
        assert!(page.contains(r#"<html lang="en">"#) && page.contains(r#"lang="tr" hreflang="tr">Türkçe</a>"#));
        assert!(!page.contains("Sign out"));
    }

    /// What askama does not escape could carry a stranger's script.
    #[test]
    fn no_template_switches_escaping_off_and_none_carries_script_or_style() {
        for (name, template) in TEMPLATES {
            for forbidden in ["|safe", "| safe", "autoescape", " style=", "<style", "onclick", "javascript:"] {
                assert!(!template.contains(forbidden), "{name}: {forbidden}");
            }
            for script in template.split("<script").skip(1) {
                assert!(script.contains("src=") && script.contains("></script>"), "{name}: inline script");
            }
        }
    }

    const TEMPLATES: &[(&str, &str)] = &[
        ("layout", include_str!("layout.html")),
        ("account", include_str!("account/page.html")),
        ("application", include_str!("application/page.html")),
        ("application over", include_str!("application/over.html")),
        ("applications", include_str!("applications/page.html")),
        ("one application", include_str!("applications/one.html")),
        ("mailbox", include_str!("mailbox/page.html")),
        ("password", include_str!("password/set.html")),
        ("password told", include_str!("password/told.html")),
        ("password forgotten", include_str!("password/forgotten.html")),
        ("password change", include_str!("password/change.html")),
        ("signup types", include_str!("signup/types.html")),
        ("signup firm", include_str!("signup/firm.html")),
        ("signup person", include_str!("signup/person.html")),
        ("signup waiting", include_str!("signup/waiting.html")),
        ("declarations", include_str!("declarations/page.html")),
        ("declaration", include_str!("declarations/detail.html")),
        ("price", include_str!("declarations/price.html")),
        ("send", include_str!("declarations/send.html")),
        ("fill", include_str!("declarations/fill.html")),
        ("input", include_str!("declarations/input.html")),
        ("check", include_str!("declarations/check.html")),
        ("acting", include_str!("declarations/acting.html")),
        ("withdraw", include_str!("declarations/withdraw.html")),
        ("overview", include_str!("overview/page.html")),
        ("old browser", include_str!("notice/old_browser.html")),
        ("firms", include_str!("firms/page.html")),
        ("list", include_str!("list/list.html")),
        ("form", include_str!("form/errors.html")),
        ("sign_in", include_str!("sign_in/page.html")),
        ("home", include_str!("home/page.html")),
        ("notice", include_str!("notice/page.html")),
        ("desk", include_str!("desk/page.html")),
        ("status", include_str!("status/page.html")),
        ("powers", include_str!("powers/page.html")),
        ("power facts", include_str!("powers/facts.html")),
        ("power asked", include_str!("powers/ask.html")),
        ("power terms", include_str!("powers/terms.html")),
        ("power application", include_str!("powers/application.html")),
        ("power held", include_str!("powers/held.html")),
        ("power activity", include_str!("powers/activity.html")),
        ("power queue", include_str!("powers/queue.html")),
        ("power decided", include_str!("powers/decide.html")),
        ("memberships", include_str!("memberships/page.html")),
        ("firm users", include_str!("firm_users/page.html")),
        ("contact", include_str!("contact/page.html")),
        ("payments", include_str!("payments/page.html")),
        ("payment check", include_str!("payments/check.html")),
        ("paid", include_str!("payments/done.html")),
        ("paid rows", include_str!("payments/rows.html")),
        ("accounts", include_str!("accounts/page.html")),
        ("movements", include_str!("accounts/movements.html")),
        ("chart", include_str!("accounts/chart.html")),
        ("account choice", include_str!("accounts/choice.html")),
        ("receipts", include_str!("receipts/page.html")),
        ("receipt", include_str!("receipts/one.html")),
        ("card order", include_str!("payments/order.html")),
        ("verdict", include_str!("desk/verdict.html")),
        ("firm card", include_str!("firm_card/page.html")),
        ("tables", include_str!("tables/index.html")),
        ("table", include_str!("tables/list.html")),
        ("proposals", include_str!("tables/lines.html")),
        ("proposal form", include_str!("tables/propose.html")),
        ("proposal check", include_str!("tables/check.html")),
        ("proposal", include_str!("tables/change.html")),
        ("proposal rows", include_str!("tables/rows.html")),
        ("preview", include_str!("tables/preview.html")),
        ("users", include_str!("users/page.html")),
        ("user", include_str!("users/user.html")),
        ("new user", include_str!("users/new.html")),
        ("made user", include_str!("users/made.html")),
        ("user fields", include_str!("users/fields.html")),
        ("check", include_str!("check/page.html")),
        ("check list", include_str!("check/list.html")),
        ("desk list", include_str!("desk/list.html")),
        ("desk scanner", include_str!("desk/scanner.html")),
        ("staff", include_str!("staff/page.html")),
        ("staff list", include_str!("staff/list.html")),
        ("staff message", include_str!("staff/message.html")),
        ("staff findings", include_str!("staff/findings.html")),
        ("staff changes", include_str!("staff/changes.html")),
        ("staff search", include_str!("staff/search.html")),
        ("staff find", include_str!("staff/declarations/find.html")),
        ("staff declaration", include_str!("staff/declarations/page.html")),
        ("staff content", include_str!("staff/declarations/content.html")),
        ("staff act", include_str!("staff/declarations/act.html")),
        ("staff case", include_str!("staff/cases/page.html")),
        ("staff bank", include_str!("staff/bank/page.html")),
        ("staff bank line", include_str!("staff/bank/line.html")),
        ("staff match", include_str!("staff/reconciliation/page.html")),
        ("staff match row", include_str!("staff/reconciliation/row.html")),
        ("staff counter", include_str!("staff/counter/page.html")),
    ];
}
