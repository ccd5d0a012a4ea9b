//! The firms for which one can act, as cards: one's own, and for a broker the exporters whose powers it holds.

use crate::access::FIRMS;
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::words;
use crate::visitor::{Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::Fault;
use ebirlik_operations::acting::{BROKER, FOR_FIRMS, exporters_of, firms_of};
use ebirlik_store::parties::Firm;
use serde::Deserialize;
use std::sync::Arc;

/// Own firms, then exporters.
#[derive(Template)]
#[template(path = "firms/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    token: String,
    own: Vec<Card>,
    /// Under which firm's powers; nothing where no broker is acted for.
    broker: Option<String>,
    exporters: Vec<Card>,
}

/// A firm to act for.
struct Card {
    title: String,
    tax_no: String,
    /// `firm` or `exporter`: what the button sends.
    name: &'static str,
    about: String,
    /// Whether it is acted for now.
    here: bool,
}

/// What a card's button sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    firm: String,
    exporter: String,
}

/// `GET /firms`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, Visitor(asker, session): Visitor) -> Response {
    if !session.client.roles.has_any(&FOR_FIRMS) {
        return notice::not_allowed(&asker);
    }
    match Page::of(&portal, &asker, &session).await {
        Ok(page) => html(StatusCode::OK, &page),
        Err(_) => notice::unavailable(&asker),
    }
}

/// `POST /firms`: from now on the session acts for another firm, or by another exporter's power.
pub(crate) async fn choose(
    State(portal): State<Arc<Portal>>,
    Posted(asker, session, choice): Posted<Choice>,
) -> Response {
    match may_choose(&portal, &session, &choice).await {
        Ok(Some(own)) => {
            let kept = portal.office.store.act_for(&session.id.digest(), &own, &choice.exporter).await;
            if kept.is_ok() { Redirect::to("/").into_response() } else { notice::unavailable(&asker) }
        }
        Ok(None) => notice::not_allowed(&asker),
        Err(_) => notice::unavailable(&asker),
    }
}

/// The firm that the session then acts for; none where the choice is not this client's.
async fn may_choose(portal: &Portal, session: &Session, choice: &Choice) -> Result<Option<String>, Fault> {
    if choice.exporter.is_empty() {
        let own = firms_of(&portal.office, &session.client).await?;
        return Ok(own.into_iter().map(|firm| firm.tax_no).find(|tax_no| *tax_no == choice.firm));
    }
    let Some(acting) = &session.acting else { return Ok(None) };
    let (broker, today) = (&acting.firm, portal.office.clock.today());
    let holds = portal.office.store.holds_power(&choice.exporter, &broker.tax_no, today).await?;
    Ok((broker.kind == BROKER && holds).then(|| broker.tax_no.clone()))
}

impl Page {
    async fn of(portal: &Portal, asker: &Asker, session: &Session) -> Result<Self, Fault> {
        let words = Words::of(asker.language);
        let acting = session.acting.as_ref();
        let firm = acting.map_or("", |acting| acting.firm.tax_no.as_str());
        let exporter = session.exporter();
        let own = firms_of(&portal.office, &session.client).await?;
        let own = own.into_iter().map(|own| Card::own(own, words, firm, exporter.is_none()));
        let broker = acting.map(|acting| &acting.firm).filter(|firm| firm.kind == BROKER);
        let exporters = match broker {
            Some(broker) => exporters_of(&portal.office, &broker.tax_no).await?,
            None => Vec::new(),
        };
        let exporters = exporters.into_iter().map(|card| Card {
            here: exporter == Some(card.tax_no.as_str()),
            about: card.secretariats.join(", ").replace('*', words.every_secretariat),
            title: card.title,
            tax_no: card.tax_no,
            name: "exporter",
        });
        Ok(Self {
            own: own.collect(),
            exporters: exporters.collect(),
            broker: broker.map(|broker| broker.title.clone()),
            frame: Frame::of(asker, words.title),
            token: session.token(),
            words,
        })
    }
}

impl Card {
    fn own(firm: Firm, words: &Words, acted_for: &str, is_own: bool) -> Self {
        let about = if firm.kind == BROKER { words.a_broker } else { words.an_exporter };
        let here = is_own && firm.tax_no == acted_for;
        Self { here, about: about.to_owned(), title: firm.title, tax_no: firm.tax_no, name: "firm" }
    }
}

/// Where cards are entered.
const ACTION: &str = FIRMS;

words! {
    Words;
    title: "İşlem Yapabileceğiniz Firmalar", "Firms you can act for";
    lede: "Bir karta girince bütün sayfalar o firma adına çalışır. Kimin adına işlem yaptığınız her sayfanın üstünde yazar.", "Once you enter a card, every page acts for that firm. For whom you act stands at the top of each page.";
    own: "Firmalarım", "My firms";
    exporters: "Vekaleti olan ihracatçılar", "Exporters whose power is held";
    none: "Bugün geçerli vekaletname yok.", "No power of attorney is valid today.";
    enter: "Adına işlem yap", "Act for it";
    here: "Şu anda bu firma adına işlem yapıyorsunuz", "You act for this firm now";
    a_broker: "Gümrük müşaviri", "Customs broker";
    an_exporter: "İhracatçı", "Exporter";
    every_secretariat: "Bütün genel sekreterlikler", "All general secretariats";
}

#[cfg(test)]
mod tests;
