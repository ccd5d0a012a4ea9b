//! Who may see which page, decided before its handler runs. `lib.rs` says it for each address, beside its handler.

use crate::session::{Asker, Audience, Session};
use crate::{Portal, notice};
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::Method;
use axum::http::header::REFERER;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;

/// Who may come to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everyone; the handler looks for a session where it wants one.
    Anyone,
    /// Whoever is signed in, also before a firm was chosen.
    SignedIn,
    /// Those of these audiences.
    Only(&'static [Audience]),
    /// The handler decides: it also answers when we cannot tell who asks.
    Handler,
}

impl Who {
    /// Whether somebody who is signed in may come.
    pub(crate) fn lets_in(self, session: &Session) -> bool {
        match self {
            Self::Anyone | Self::SignedIn | Self::Handler => true,
            Self::Only(audiences) => session.audience.is_some_and(|audience| audiences.contains(&audience)),
        }
    }
}

/// Sends away whoever may not come in: to the sign-in, to the choice of a firm, or to a page that says so.
pub(crate) async fn keep(State(portal): State<Arc<Portal>>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let who = path.and_then(|path| portal.doors.get(path.as_str()).copied()).unwrap_or(Who::Anyone);
    if matches!(who, Who::Anyone | Who::Handler) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(asker) = Asker::from_request_parts(&mut parts, &portal).await;
    match &asker.session {
        Err(_) => notice::unavailable(&asker),
        Ok(None) => Redirect::to(&sign_in_first(&back_to(&parts, &asker))).into_response(),
        Ok(Some(session)) if who.lets_in(session) => {
            parts.extensions.insert(asker);
            next.run(Request::from_parts(parts, body)).await
        }
        Ok(Some(session)) if session.has_to_choose() => Redirect::to(FIRMS).into_response(),
        Ok(Some(_)) => notice::not_allowed(&asker),
    }
}

/// Where signing in leads back to: what was asked for, or the page whose form was sent too late, where what was typed is
/// typed in again.
fn back_to(parts: &Parts, asker: &Asker) -> String {
    let page = parts.headers.get(REFERER).and_then(|page| page.to_str().ok());
    let path = page.and_then(|page| {
        let (_, rest) = page.split_once("://")?;
        rest.get(rest.find('/')?..)
    });
    path.filter(|_| parts.method == Method::POST).unwrap_or(&asker.asked_for).to_owned()
}

/// The sign-in, which leads back.
pub(crate) fn sign_in_first(asked_for: &str) -> String {
    format!("{SIGN_IN}?next={}", utf8_percent_encode(asked_for, NON_ALPHANUMERIC))
}

/// Where people sign in. Source: P-1.1.
pub(crate) const SIGN_IN: &str = "/login";
/// Where a firm is chosen.
pub(crate) const FIRMS: &str = "/firms";

/// Exporters, for themselves.
pub(crate) const EXPORTERS: &[Audience] = &[Audience::Exporter];
/// Exporters and brokers, for themselves and by a power.
pub(crate) const FOR_A_FIRM: &[Audience] = &[Audience::Exporter, Audience::Broker, Audience::BrokerFor];
/// Staff of a secretariat.
pub(crate) const OF_A_SECRETARIAT: &[Audience] = &[Audience::Staff];
/// Staff of the secretariats and administrators.
pub(crate) const OF_THE_UNIONS: &[Audience] = &[Audience::Staff, Audience::Admin];
/// Administrators alone.
pub(crate) const ADMIN: &[Audience] = &[Audience::Admin];
/// Exporters and brokers for themselves: nobody gives a power by a power.
pub(crate) const FIRMS_THEMSELVES: &[Audience] = &[Audience::Exporter, Audience::Broker];
/// What is an exporter's, also for who holds its power.
pub(crate) const OF_EXPORTERS: &[Audience] = &[Audience::Exporter, Audience::BrokerFor];
/// Brokers, also by a power.
pub(crate) const OF_BROKERS: &[Audience] = &[Audience::Broker, Audience::BrokerFor];

#[cfg(test)]
mod rights;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;
