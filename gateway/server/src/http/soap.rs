//! `POST /soap/onay`: the same as `POST /v1/approvals` in an envelope of SOAP 1.1 or 1.2, and `GET /soap/onay?wsdl`,
//! which describes it to toolkits.
//!
//! Whoever signs in neither by HTTP Basic nor by certificate is named by the message itself, so that its body is taken in
//! before it is known whose it is: within the same limits, and of a budget that is the strangers' alone. No more of it is
//! looked at than its header before its sender is known. What is wrong on the way there is a fault; a decision never is.

use super::answer::{self, Form, No};
use super::approvals::{self, Received, Travel};
use super::observe::SignedIn;
use super::sign_in::{Pair, client_of};
use super::{Edge, access, body, gate, published, query};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::Refusal;
use ebirlik_message::RequestFacts;
use ebirlik_message::soap::{self, HEAD_BYTES, Head, Sender};
use ebirlik_operations::Client;
use ebirlik_store::Wall;
use http::request::Parts;
use http::{Method, StatusCode, header};
use std::sync::Arc;

/// Where the service is.
pub(crate) const SERVICE: &str = "/soap/onay";

/// Takes a message, or describes the service.
pub(crate) async fn serve(State(edge): State<Arc<Edge>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        return describe(&edge, &parts);
    }
    let mut form = Form::of(access::door(SERVICE), &parts.headers);
    answered(&edge, &parts, body, &mut form).await.unwrap_or_else(|no| no.respond(form))
}

/// The answer; once the envelope is known, `form` has its version.
async fn answered(edge: &Arc<Edge>, parts: &Parts, body: Body, form: &mut Form) -> Result<Response, No> {
    let known = parts.extensions.get::<Arc<Client>>();
    let travel = match Travel::of_envelope(&parts.headers) {
        Ok(travel) => travel,
        Err(no) => {
            body::drain(&parts.headers, body).await;
            // Nothing of another kind can say who sends it.
            return Err(if known.is_some() { no } else { No::rule(Rule::SignIn) });
        }
    };
    let budget = if known.is_some() { &edge.bodies } else { &edge.strangers_bodies };
    let received = approvals::receive(edge, parts, body, budget).await?;
    let Head { version, sender, flaw } = head_of(edge, &travel, &received);
    *form = version.map_or(*form, Form::Soap);
    let client = sender_of(edge, parts, known, sender).await?;
    let decided = match flaw {
        Some(flaw) => Err(Refusal::of(None, flaw.into_parts().0).into()),
        None => approvals::decide(edge, (Arc::clone(&client), None), &parts.uri, travel, received).await,
    };
    let mut response = decided.unwrap_or_else(|no| no.respond(*form));
    response.extensions_mut().insert(SignedIn(client));
    Ok(response)
}

/// What the message says before its body. Nothing beyond is unpacked or decoded yet.
fn head_of(edge: &Edge, travel: &Travel, received: &Received) -> Head {
    let limits = edge.config.limits.message();
    let facts = RequestFacts { charset: travel.charset.as_deref(), limits, ..RequestFacts::default() };
    let bytes = &received.gathered.bytes;
    if travel.is_packed {
        return soap::head(&body::beginning(bytes, HEAD_BYTES), &facts);
    }
    soap::head(bytes.get(..HEAD_BYTES).unwrap_or(bytes), &facts)
}

/// Who sends the message: whoever signed in before it was read, and whom it names. Both are the same where there are both.
async fn sender_of(edge: &Edge, parts: &Parts, known: Option<&Arc<Client>>, sender: Sender) -> Result<Arc<Client>, No> {
    let named = match sender {
        Sender::Unnamed => return known.cloned().ok_or_else(|| No::rule(Rule::SignIn)),
        Sender::Unsupported => return Err(No::rule(Rule::SoapToken)),
        Sender::Named { user, password } => Pair { user, password },
    };
    let client = client_of(edge, Wall::Submission, parts, Some(&named)).await?;
    let client = client.ok_or_else(|| No::rule(Rule::SignIn))?;
    if let (None, Some(door)) = (known, access::door(SERVICE)) {
        gate::let_in(edge, door, &client)?;
    }
    Ok(client)
}

/// The description of the service, with the address at which it was asked for.
fn describe(edge: &Edge, parts: &Parts) -> Response {
    let is_asked = query::parameters(&parts.uri).any(|(name, _)| name.eq_ignore_ascii_case("wsdl"));
    match published::text(DESCRIPTION).filter(|_| is_asked) {
        Some(text) => {
            let text = text.replace(EXAMPLE_SITE, &site(edge, parts));
            answer::bytes(StatusCode::OK, "text/xml; charset=utf-8", text)
        }
        None => No::rule(Rule::NotFound).respond(Form::accepted(&parts.headers)),
    }
}

/// Our own address as whoever asks reaches it: as it is set, else as it was asked.
fn site(edge: &Edge, parts: &Parts) -> String {
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or(parts.uri.authority().map(http::uri::Authority::as_str));
    match (&edge.config.public_url, host.filter(|host| is_plain_host(host))) {
        (None, Some(host)) => format!("{}://{host}", if edge.config.is_https() { "https" } else { "http" }),
        _ => edge.config.public_url().trim_end_matches('/').to_owned(),
    }
}

/// Whether a host and port can stand in XML as they are.
fn is_plain_host(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
}

/// The description among the published files, and the address that stands in it there.
const DESCRIPTION: &str = "soap/onay.wsdl";
const EXAMPLE_SITE: &str = "http://127.0.0.1:8080";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_host_becomes_part_of_the_description() {
        for (host, is_plain) in
            [("onay.example.org", true), ("[::1]:8080", true), ("a\"/><b", false), ("a&b", false), ("", false)]
        {
            assert_eq!(is_plain_host(host), is_plain, "{host}");
        }
    }

    #[test]
    fn the_description_has_one_place_for_each_address() {
        let text = published::text(DESCRIPTION).unwrap();
        assert_eq!(text.matches(&format!("location=\"{EXAMPLE_SITE}{SERVICE}\"")).count(), 2);
        assert_eq!(text.matches(EXAMPLE_SITE).count(), 2);
    }
}
