//! For which firm does a person act, and by whose power?

use crate::client::{Client, Role};
use crate::office::Office;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::turkish::sort_key;
use ebirlik_store::parties::Firm;

/// Whom a person acts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acting {
    /// Its own firm.
    pub firm: Firm,
    /// The exporter whose power the firm uses; none where it acts for itself.
    pub exporter: Option<Firm>,
}

/// An exporter for whom a broker may act today, and at which secretariats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExporterCard {
    /// Tax number.
    pub tax_no: String,
    /// Title.
    pub title: String,
    /// Secretariats named by its powers; `*` is all.
    pub secretariats: Vec<String>,
    /// The day on which the first of these powers ends; empty where none does.
    pub valid_to: String,
}

/// The firms for which a client signs in, by title.
///
/// # Errors
/// When the store does not answer.
pub async fn firms_of(office: &Office, client: &Client) -> Result<Vec<Firm>, Fault> {
    let mut firms = office.store.list_firms_of(&client.code).await?;
    if !client.firm.is_empty() && firms.iter().all(|firm| firm.tax_no != client.firm) {
        firms.extend(office.store.find_firm(&client.firm).await?);
    }
    firms.sort_by_cached_key(|firm| (sort_key(&firm.title), firm.tax_no.clone()));
    Ok(firms)
}

/// The exporters whose powers a broker holds today, by title (P-5.9.1).
///
/// # Errors
/// When the store does not answer.
pub async fn exporters_of(office: &Office, broker: &str) -> Result<Vec<ExporterCard>, Fault> {
    let mut cards: Vec<ExporterCard> = Vec::new();
    for power in office.store.list_powers_to(broker, office.clock.today()).await? {
        match cards.last_mut().filter(|card| card.tax_no == power.exporter) {
            Some(card) => {
                card.secretariats.push(power.secretariat);
                if card.valid_to.is_empty() || (!power.valid_to.is_empty() && power.valid_to < card.valid_to) {
                    card.valid_to = power.valid_to;
                }
            }
            None => cards.push(ExporterCard {
                tax_no: power.exporter,
                title: power.title,
                secretariats: vec![power.secretariat],
                valid_to: power.valid_to,
            }),
        }
    }
    cards.sort_by_cached_key(|card| (sort_key(&card.title), card.tax_no.clone()));
    Ok(cards)
}

/// Whom a client acts for, given what it chose before: a choice that no longer holds is none. Who has one firm only need
/// not choose it; `None` for officers, staff and administrators, and for who has yet to choose.
///
/// # Errors
/// When the store does not answer.
pub async fn acting(office: &Office, client: &Client, firm: &str, exporter: &str) -> Result<Option<Acting>, Fault> {
    if !client.roles.has_any(&FOR_FIRMS) {
        return Ok(None);
    }
    let mut firms = firms_of(office, client).await?;
    let chosen = match firms.iter().position(|own| own.tax_no == firm) {
        Some(place) => firms.swap_remove(place),
        None if firms.len() == 1 => firms.remove(0),
        None => return Ok(None),
    };
    let by_power = !exporter.is_empty()
        && chosen.kind == BROKER
        && office.store.holds_power(exporter, &chosen.tax_no, office.clock.today()).await?;
    let exporter = if by_power { office.store.find_firm(exporter).await? } else { None };
    Ok(Some(Acting { firm: chosen, exporter }))
}

/// Roles of those who act for firms.
pub const FOR_FIRMS: [Role; 3] = [Role::Edi, Role::Payer, Role::Portal];
/// What the register calls a customs broker.
pub const BROKER: &str = "broker";
