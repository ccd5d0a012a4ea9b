//! What handlers ask for: who is signed in, a form of its session, what the address says. A handler that takes them
//! has nothing left to check.

use crate::form::Sent;
use crate::session::{Asker, Session};
use crate::{Portal, access, csrf, notice};
use axum::extract::{FromRequest, FromRequestParts, Query, RawForm, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::sync::Arc;

/// Who is signed in. Others are sent to the sign-in, which leads back.
pub(crate) struct Visitor(pub(crate) Asker, pub(crate) Session);

/// A form with the token of its sender's session. One without is told that it is stale, and nothing is done.
pub(crate) struct Posted<F>(pub(crate) Asker, pub(crate) Session, pub(crate) F);

/// What the address says after its question mark; nothing where it cannot be read.
pub(crate) struct FromAddress<Q>(pub(crate) Q);

impl FromRequestParts<Arc<Portal>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Response> {
        let Ok(asker) = Asker::from_request_parts(parts, portal).await;
        match asker.session.clone() {
            Ok(Some(session)) => Ok(Self(asker, session)),
            Ok(None) => Err(Redirect::to(&access::sign_in_first(&asker.asked_for)).into_response()),
            Err(_) => Err(notice::unavailable(&asker)),
        }
    }
}

impl<Q: DeserializeOwned + Default + Send> FromRequestParts<Arc<Portal>> for FromAddress<Q> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Infallible> {
        let query = Query::<Q>::from_request_parts(parts, portal).await;
        Ok(Self(query.map(|Query(query)| query).unwrap_or_default()))
    }
}

/// The field that all forms have.
#[derive(Deserialize)]
struct Token {
    token: String,
}

impl<F: DeserializeOwned> FromRequest<Arc<Portal>> for Posted<F> {
    type Rejection = Response;

    async fn from_request(request: Request, portal: &Arc<Portal>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let Visitor(asker, session) = Visitor::from_request_parts(&mut parts, portal).await?;
        let Ok(RawForm(bytes)) = RawForm::from_request(Request::from_parts(parts, body), portal).await else {
            return Err(notice::stale_form(&asker));
        };
        let token = serde_urlencoded::from_bytes::<Token>(&bytes);
        match (token, serde_urlencoded::from_bytes(&bytes)) {
            (Ok(Token { token }), Ok(form)) if csrf::is_token_of(&session.id, &token) => Ok(Self(asker, session, form)),
            _ => Err(notice::stale_form(&asker)),
        }
    }
}

/// With a file. A form that was cut off before its token comes as nothing but cut off: its page says so, and there is
/// nothing to act on.
impl FromRequest<Arc<Portal>> for Posted<Sent> {
    type Rejection = Response;

    async fn from_request(request: Request, portal: &Arc<Portal>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let Visitor(asker, session) = Visitor::from_request_parts(&mut parts, portal).await?;
        let sent = Sent::from_request(Request::from_parts(parts, body), portal).await?;
        match csrf::is_token_of(&session.id, sent.text("token")) {
            true => Ok(Self(asker, session, sent)),
            false if sent.is_cut => Ok(Self(asker, session, Sent::cut())),
            false => Err(notice::stale_form(&asker)),
        }
    }
}
