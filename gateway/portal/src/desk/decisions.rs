//! The officer's own decision on a grey verdict, as `decisions.js` sends it once the register can be reached again.

use super::is_open_to;
use crate::session::Asker;
use crate::{Portal, csrf};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use ebirlik_operations::desk_decisions::{Noting, note};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

/// What the script sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Decided {
    token: String,
    code: String,
    /// `pass` or `hold`.
    decision: String,
    note: String,
    /// Milliseconds since 1970.
    at: i64,
}

/// `POST /desk/decisions`: 204 once it is noted, 422 where it never will be; with anything else the browser keeps it.
pub(crate) async fn take(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    form: Result<Form<Decided>, FormRejection>,
) -> StatusCode {
    let officer = match &asker.session {
        Ok(Some(session)) if is_open_to(&session.client) => session,
        Ok(_) => return StatusCode::FORBIDDEN,
        Err(_) => return StatusCode::SERVICE_UNAVAILABLE,
    };
    let Ok(Form(sent)) = form else { return StatusCode::UNPROCESSABLE_ENTITY };
    if !csrf::is_token_of(&officer.id, &sent.token) {
        return StatusCode::FORBIDDEN;
    }
    let let_pass = match sent.decision.as_str() {
        "pass" => true,
        "hold" => false,
        _ => return StatusCode::UNPROCESSABLE_ENTITY,
    };
    let Ok(decided_at) = Timestamp::from_millisecond(sent.at) else { return StatusCode::UNPROCESSABLE_ENTITY };
    match note(&portal.office, &officer.client, (&sent.code, let_pass, &sent.note), decided_at).await {
        Ok(Noting::Noted) => StatusCode::NO_CONTENT,
        Ok(Noting::Unfit) => StatusCode::UNPROCESSABLE_ENTITY,
        Ok(Noting::TooMany) => StatusCode::TOO_MANY_REQUESTS,
        Ok(Noting::NotAllowed) => StatusCode::FORBIDDEN,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::House;
    use axum::http::header::RETRY_AFTER;

    /// G-32: what an officer decided on grey is taken once the register is back, from officers alone and with their form's
    /// token; what never will do is told apart from what has to wait.
    #[tokio::test]
    async fn an_officers_own_decision_is_taken_once_the_register_is_back() {
        let house = House::open().await;
        let mut officer = house.browser_of("customs").await;
        let page = officer.get("/desk").await;
        let at = house.office.clock.now().as_millisecond() - 60_000;
        let form = |decision: &str, note: &str| {
            format!("token={}&code=1SF9&decision={decision}&note={note}&at={at}", page.token())
        };
        let address = "/desk/decisions";
        for _ in 0..2 {
            assert_eq!(officer.post(address, form("pass", "T%C4%B1r")).await.status, StatusCode::NO_CONTENT);
        }
        for wrong in [form("maybe", ""), form("hold", &"x".repeat(201)), "at=x".to_owned()] {
            assert_eq!(officer.post(address, wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(officer.post(address, "token=0f&code=1&at=1".to_owned()).await.status, StatusCode::FORBIDDEN);
        let mut broker = house.browser_of("broker1").await;
        assert_eq!(broker.post(address, form("pass", "")).await.status, StatusCode::FORBIDDEN);
        let staff = house.browser_of("staff-immib").await.get("/staff/search?kind=desk.let_pass").await;
        assert!(staff.body.contains("memur geçirdi") && staff.body.contains("1SF9"), "{}", staff.body);

        house.office.store.close().await;
        let page = officer.get("/desk?kod=1SF9-ND6A-HM0A-P9A0").await;
        assert!(page.body.contains("data-decide hidden") && page.body.contains("Kendi kararınız"), "{}", page.body);
        let waits = officer.post(address, form("pass", "")).await;
        assert_eq!((waits.status, waits.header(&RETRY_AFTER)), (StatusCode::SERVICE_UNAVAILABLE, "5"));
    }
}
