//! The current accounts of the firm that one acts for: what is left, how long it lasts, how money comes in.

mod chart;
mod choice;
mod movements;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use choice::{keep, show as show_choice};
pub(crate) use movements::{show as show_movements, statement};

use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{Language, day, fill, lira};
use crate::visitor::{FromAddress, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_domain::iban::Iban;
use ebirlik_operations::accounts::{self, Overview};
use std::sync::Arc;
use words::Words;

/// Every account.
#[derive(Template)]
#[template(path = "accounts/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    /// The account whose choices were kept just now.
    kept: Option<String>,
    /// Whether this user may choose for an account and pay.
    pays: bool,
    /// Whether an exporter's power is used.
    by_power: bool,
    accounts: Vec<Account>,
}

/// One account, in words.
struct Account {
    name: String,
    secretariat: String,
    balance: String,
    waiting: String,
    free: String,
    /// What everything that waits costs more than there is.
    missing: Option<String>,
    is_low: bool,
    limit: String,
    forecast: String,
    reckoned: String,
    releases: &'static str,
    /// Bank, IBAN in fours, IBAN bare.
    deposits: Vec<(String, String, String)>,
}

/// `GET /accounts`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let Ok(found) = accounts::list(&portal.office, &session.client).await else { return notice::unavailable(&asker) };
    let kept = pairs.into_iter().find(|(name, _)| name == KEPT).map(|(_, account)| account);
    let kept = kept.filter(|kept| found.iter().any(|overview| overview.account.name() == *kept));
    html(StatusCode::OK, &Page::of(&portal, &asker, &session, &found, kept))
}

impl Page {
    fn of(portal: &Portal, asker: &Asker, session: &Session, found: &[Overview], kept: Option<String>) -> Self {
        let (words, names) = (Words::of(asker.language), portal.office.rules());
        let accounts = found.iter().map(|overview| {
            let secretariat = names.secretariats.get(&overview.account.secretariat).cloned();
            Account::of(overview, secretariat.unwrap_or_default(), asker.language)
        });
        Self {
            frame: Frame::of(asker, words.title),
            words,
            kept,
            pays: crate::payments::is_open_to(&session.client),
            by_power: session.exporter().is_some(),
            accounts: accounts.collect(),
        }
    }
}

impl Account {
    fn of(overview: &Overview, secretariat: String, language: Language) -> Self {
        let words = Words::of(language);
        let (outlook, waiting) = (&overview.outlook, overview.waiting);
        let fees = if waiting.has_more { words.at_least } else { words.waiting_debits };
        let missing = overview.missing();
        let deposits = overview.deposits.iter().map(|deposit| {
            let shown = Iban::parse(&deposit.iban).map_or_else(|| deposit.iban.clone(), |iban| iban.to_string());
            (deposit.bank.clone(), shown, deposit.iban.clone())
        });
        Self {
            name: overview.account.name(),
            secretariat,
            balance: lira(overview.balance(), language),
            waiting: fill(&fill(fees, "sum", lira(waiting.fees, language)), "n", waiting.count),
            free: lira(overview.free(), language),
            missing: (!missing.is_zero()).then(|| lira(missing, language)),
            is_low: outlook.is_low,
            limit: lira(outlook.limit, language),
            forecast: match outlook.runs_out_on {
                Some(on) => fill(words.runs_out, "day", day(on)),
                None if outlook.spent.is_zero() => words.nothing_spent.to_owned(),
                None => words.lasts.to_owned(),
            },
            reckoned: fill(
                &fill(&fill(words.reckoned, "days", outlook.days), "spent", lira(outlook.spent, language)),
                "daily",
                lira(outlook.daily, language),
            ),
            releases: if overview.choice.releases { words.releases } else { words.releases_not },
            deposits: deposits.collect(),
        }
    }
}

/// Names the account whose choices were kept, in an address.
const KEPT: &str = "kept";
