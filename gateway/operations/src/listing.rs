//! The declarations of a firm as a list: which rows, in which order, how many. And the worker that keeps what lists are
//! read from: it follows the events and reads each declaration anew, so that no approval waits for it.
//!
//! Source: P-4.4.1 to P-4.4.6, P-5.1.1, P-5.1.2.

use crate::acting::FOR_FIRMS;
use crate::client::Client;
use crate::countries;
use crate::office::Office;
use crate::papers::period;
use ebirlik_domain::decision::Fault;
use ebirlik_message::content::Content;
use ebirlik_store::Wall;
use ebirlik_store::listing::{Filter, Placed, Standing};
pub use ebirlik_store::listing::{Order, Summary};
use jiff::civil::Date;
use std::collections::{BTreeSet, HashMap};

/// Which declarations a reader wants to see, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// First day on which they came.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// At this secretariat; empty is any.
    pub secretariat: String,
    /// To this country, by customs' code; empty is any.
    pub destination: String,
    /// In this state, by its word; `approved` includes those that customs registered; empty is any.
    pub state: String,
    /// Part of a reference, a code or a registration number, in any case; empty is any.
    pub sought: String,
    /// As what the firm takes part; any where it is not said.
    pub side: Option<Side>,
    /// By what, and whether the last comes first.
    pub order: (Order, bool),
    /// Rows at most.
    pub limit: u32,
    /// Rows before them.
    pub offset: u64,
}

/// As what a firm takes part in a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The goods are its exports.
    Exporter,
    /// It declares.
    Declarant,
    /// The content names it as a manufacturer.
    Manufacturer,
}

impl Side {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Exporter, Self::Declarant, Self::Manufacturer];

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exporter => "exporter",
            Self::Declarant => "declarant",
            Self::Manufacturer => "manufacturer",
        }
    }

    /// As what a firm takes part in a declaration; also several.
    pub fn of(summary: &Summary, firm: &str) -> Vec<Self> {
        let takes_part = |side: &Self| match side {
            Self::Exporter => summary.exporter == firm,
            Self::Declarant => summary.declarant == firm,
            Self::Manufacturer => summary.manufacturers.contains(&format!(" {firm} ")),
        };
        Self::ALL.into_iter().filter(takes_part).collect()
    }
}

/// A part of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// The rows wanted.
    pub rows: Vec<Summary>,
    /// How many there are in all.
    pub total: u64,
    /// Titles of the firms in the rows, by tax number.
    pub titles: HashMap<String, String>,
}

/// The declarations of the client's firm, as exporter and as declarant; by an exporter's power, those alone that the firm
/// declared for it.
///
/// # Errors
/// When the store does not answer.
pub async fn list(office: &Office, client: &Client, exporter: Option<&str>, wanted: &Wanted) -> Result<Listed, Fault> {
    let Some(firm) = firm_of(client) else { return Ok(Listed::default()) };
    let (from, until) = period(wanted.from, wanted.to);
    let filter = Filter {
        firm: firm.to_owned(),
        from,
        until,
        exporter: exporter.unwrap_or_default().to_owned(),
        secretariat: wanted.secretariat.clone(),
        destination: wanted.destination.clone(),
        state: wanted.state.clone(),
        sought: wanted.sought.to_ascii_lowercase(),
        side: wanted.side.map_or("", Side::as_str),
        subject: exporter.unwrap_or(firm).to_owned(),
    };
    let total = office.store.count_summaries(&filter).await?;
    let rows = office.store.list_summaries(&filter, wanted.order, (wanted.limit, wanted.offset)).await?;
    let firms: BTreeSet<&str> = rows.iter().flat_map(|row| [row.exporter.as_str(), row.declarant.as_str()]).collect();
    let titles = office.store.list_titles(&firms.into_iter().collect::<Vec<_>>()).await?;
    Ok(Listed { rows, total, titles })
}

/// How many declarations of the client's firm that came on these days are in each state, by its word.
///
/// # Errors
/// When the store does not answer.
pub async fn count_states(
    office: &Office,
    client: &Client,
    (from, to): (Date, Date),
) -> Result<HashMap<String, u64>, Fault> {
    let Some(firm) = firm_of(client) else { return Ok(HashMap::new()) };
    let (from, until) = period(from, to);
    let filter = Filter { firm: firm.to_owned(), from, until, ..Filter::default() };
    Ok(office.store.count_states(&filter).await?)
}

fn firm_of(client: &Client) -> Option<&str> {
    (client.roles.has_any(&FOR_FIRMS) && !client.firm.is_empty()).then_some(client.firm.as_str())
}

/// Follows the next events: the declarations that they are about are read anew. Gives how many events; 0 when lists are
/// up to date. Safe to run on several servers at once.
///
/// # Errors
/// When the store does not answer.
pub async fn follow(office: &Office) -> Result<usize, Fault> {
    let store = office.behind(Wall::Background);
    let Some(turn) = store.next_listing_turn(office.turn_events()).await? else { return Ok(0) };
    let mut summaries = Vec::new();
    for some in turn.declarations().chunks(READ_AT_ONCE) {
        summaries.extend(store.list_standing(some).await?.into_iter().map(placed));
    }
    Ok(if store.save_listing(&turn, summaries).await? { turn.events() } else { 0 })
}

/// Follows what happened up to now, so that whoever asks sees what it did a moment ago; within a bound, as
/// [`Office::catch_up`].
///
/// # Errors
/// When the store does not answer.
pub async fn catch_up(office: &Office) -> Result<(), Fault> {
    office.catch_up().await?;
    office.follow(|| follow(office)).await
}

fn placed(standing: Standing) -> Placed {
    let Standing { mut summary, content } = standing;
    if let Ok(content) = Content::parse(&content) {
        let header = |name| content.value(&["Gelen", "BeyannameBilgi", name]).unwrap_or_default().to_owned();
        summary.destination = header("Gidecegi_ulke");
        summary.invoice_total = header("Toplam_fatura");
        summary.invoice_currency = header("Toplam_fatura_dovizi");
        let numbers = content.values_named("Imalatci_Vergino").into_iter().filter(|number| is_tax_number(number));
        summary.manufacturers = numbers.fold(String::new(), |all, number| format!("{all} {number} "));
    }
    let country = countries::find(&summary.destination);
    let (destination_tr, destination_en) = country.map_or((-1, -1), |country| (country.place_tr, country.place_en));
    Placed { summary, destination_tr, destination_en }
}

fn is_tax_number(text: &str) -> bool {
    matches!(text.len(), 10 | 11) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Declarations whose contents lie in memory at the same time.
const READ_AT_ONCE: usize = 50;
