//! What anyone may read: schemas, reference tables, the error catalogue, the description of this interface.

use super::answer::{Form, No, bytes, json, with};
use super::media;
use axum::extract::Request;
use axum::response::Response;
use ebirlik_domain::catalogue::{Code, Rule, fill};
use http::{StatusCode, header};
use serde_json::{Value, json};
use std::fmt::Write;

// `FILES: &[(&str, &[u8])]`, every file under `schemas/` by its path there.
include!(concat!(env!("OUT_DIR"), "/schemas.rs"));

/// The list of files, or one of them.
pub(crate) async fn schemas(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches("/schemas").trim_start_matches('/');
    if path.is_empty() {
        let files: Vec<String> = FILES.iter().map(|(name, _)| format!("/schemas/{name}")).collect();
        return json(StatusCode::OK, &json!({ "files": files }));
    }
    file(path).unwrap_or_else(|| No::rule(Rule::NotFound).respond(Form::accepted(request.headers())))
}

/// The description of this interface, in the form of `OpenAPI` 3.1.
pub(crate) async fn openapi() -> Response {
    file("http/openapi.json").unwrap_or_else(|| No::rule(Rule::NotFound).respond(Form::Json))
}

/// The error catalogue: a page for people, JSON for programs.
pub(crate) async fn errors(request: Request) -> Response {
    match media::preferred(request.headers().get_all(header::ACCEPT).iter(), &["text/html", "application/json"]) {
        Some(0) => {
            let page = bytes(StatusCode::OK, "text/html; charset=utf-8", errors_page());
            with(page, header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'self'; frame-ancestors 'none'")
        }
        Some(_) => json(StatusCode::OK, &errors_json()),
        None => No::rule(Rule::NotAcceptable).respond(Form::Json),
    }
}

/// A file's text, by its path there.
pub(crate) fn text(path: &str) -> Option<&'static str> {
    let (_, content) = FILES.iter().find(|(name, _)| *name == path)?;
    str::from_utf8(content).ok()
}

fn file(path: &str) -> Option<Response> {
    let (name, content) = FILES.iter().find(|(name, _)| *name == path)?;
    let content_type = match name.rsplit('.').next() {
        Some("json") => "application/json",
        Some("xsd" | "xml" | "wsdl") => "application/xml; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
    let mut response = bytes(StatusCode::OK, content_type, *content);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("public, max-age=3600"));
    Some(response)
}

/// The rules of a code, in the catalogue's order.
fn rules_of(code: Code) -> impl Iterator<Item = Rule> {
    Rule::ALL.iter().copied().filter(move |rule| rule.code() == code)
}

fn errors_json() -> Value {
    let rule = |rule: Rule| {
        json!({
            "rule": rule.name(),
            "message": { "tr": rule.tr(), "en": rule.en() },
            "remedy": { "tr": rule.remedy_tr(), "en": rule.remedy_en() },
        })
    };
    let codes = Code::ALL.iter().map(|code| {
        json!({
            "code": code.as_str(),
            "status": code.status(),
            "notice": code.is_notice(),
            "title": { "tr": code.title_tr(), "en": code.title_en() },
            "rules": rules_of(*code).map(rule).collect::<Vec<_>>(),
        })
    });
    Value::Array(codes.collect())
}

fn errors_page() -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"tr\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"/assets/style-0.css\">\
         <title>Hata kodları / Error codes · e-birlik</title></head>\n<body><main>\
         <h1>Hata kodları <span lang=\"en\">/ Error codes</span></h1>\n",
    );
    for code in Code::ALL {
        let _ = writeln!(
            page,
            "<section id=\"{0}\"><h2>{0} · {1} <span lang=\"en\">/ {2}</span></h2><p>HTTP {3}</p>",
            code.as_str(),
            escaped(code.title_tr()),
            escaped(code.title_en()),
            code.status()
        );
        for rule in rules_of(*code) {
            let _ = writeln!(
                page,
                "<article><h3><code>{}</code></h3><p>{}</p><p>{}</p><p lang=\"en\">{}</p><p lang=\"en\">{}</p></article>",
                rule.name(),
                shown(rule.tr()),
                shown(rule.remedy_tr()),
                shown(rule.en()),
                shown(rule.remedy_en())
            );
        }
        page.push_str("</section>\n");
    }
    page.push_str("</main></body></html>\n");
    page
}

/// A text of the catalogue for the eye: what is filled in at its time is an ellipsis here.
fn shown(text: &str) -> String {
    escaped(&fill(text, "…", "…"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_catalogue_is_published_in_both_languages() {
        let (page, list) = (errors_page(), errors_json());
        assert_eq!(list.as_array().unwrap().len(), Code::ALL.len());
        for rule in Rule::ALL {
            for text in [rule.tr(), rule.en(), rule.remedy_tr(), rule.remedy_en()] {
                assert!(page.contains(&shown(text)), "{}", rule.name());
            }
        }
    }

    #[test]
    fn schema_files_are_inside_the_program() {
        assert!(FILES.iter().any(|(name, _)| *name == "errors/catalogue.toml"));
        assert!(file("reference/secretariats.csv").is_some());
        assert!(file("../Cargo.toml").is_none());
    }

    #[test]
    fn the_description_names_every_door_of_programs() {
        let (_, text) = FILES.iter().find(|(name, _)| *name == "http/openapi.json").unwrap();
        let description: Value = serde_json::from_slice(text).unwrap();
        assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
        for door in super::super::access::DOORS {
            if ["/v1/", "/soap/"].iter().any(|start| door.path.starts_with(start)) {
                let methods = description["paths"][door.path].as_object().unwrap_or_else(|| panic!("{}", door.path));
                for method in door.methods {
                    assert!(methods.contains_key(&method.as_str().to_ascii_lowercase()), "{} {method}", door.path);
                }
            }
        }
    }
}
