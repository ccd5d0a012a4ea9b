//! Powers of attorney: who sees which, and in what state they are. How they are applied for stands in [`apply`], how they
//! are decided on, ended and frozen in [`acts`].
//!
//! An exporter sees the powers that it gave, a broker those that it holds, each with the applications for them. Staff see
//! what their own secretariat decides on. What belongs to others is nowhere.

pub mod acts;
pub mod apply;

use crate::acting::BROKER;
use crate::client::{Client, Role};
use crate::office::Office;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::money::Money;
use ebirlik_domain::turkish::{fold, sort_key};
use ebirlik_store::parties::{Firm, Membership};
use ebirlik_store::power_applications::ApplicationRow;
use ebirlik_store::powers::{PowerKey, PowerRow};
use jiff::Timestamp;
use jiff::civil::Date;

/// As what a power or an application for one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PowerState {
    /// Its maker has not sent it yet.
    Draft,
    /// It waits for the secretariat.
    Waiting,
    /// The secretariat said no.
    Rejected,
    /// It was given up before a decision.
    Cancelled,
    /// It holds from a later day on.
    Coming,
    /// It holds.
    Holds,
    /// The exporter keeps its holder from acting.
    Frozen,
    /// It was ended before its day.
    Revoked,
    /// Its term is over.
    Ended,
}

impl PowerState {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Draft,
        Self::Waiting,
        Self::Rejected,
        Self::Cancelled,
        Self::Coming,
        Self::Holds,
        Self::Frozen,
        Self::Revoked,
        Self::Ended,
    ];

    /// Its word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Waiting => "waiting",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Coming => "coming",
            Self::Holds => "holds",
            Self::Frozen => "frozen",
            Self::Revoked => "revoked",
            Self::Ended => "ended",
        }
    }

    /// From its word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Of a power of the register on a day.
    pub fn of(power: &PowerRow, today: Date) -> Self {
        let today = today.to_string();
        let is_over = !power.valid_to.is_empty() && power.valid_to < today;
        match () {
            () if is_over && power.revoked_at != 0 => Self::Revoked,
            () if is_over => Self::Ended,
            () if power.frozen == 1 => Self::Frozen,
            () if power.valid_from > today => Self::Coming,
            () => Self::Holds,
        }
    }

    /// Whether it counts, or will without anybody's doing but a release.
    pub fn is_alive(self) -> bool {
        matches!(self, Self::Coming | Self::Holds | Self::Frozen)
    }

    /// Of an application that is no power of the register; none of one that is.
    pub fn of_application(application: &ApplicationRow) -> Option<Self> {
        match application.state.as_str() {
            "draft" => Some(Self::Draft),
            "waiting" => Some(Self::Waiting),
            "rejected" => Some(Self::Rejected),
            "cancelled" => Some(Self::Cancelled),
            _ => None,
        }
    }
}

/// What an entry of a list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryId {
    /// A power of the register.
    Power(PowerKey),
    /// An application.
    Application(i64),
}

/// A power or an application, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub id: EntryId,
    /// Who gives it: tax number and title.
    pub exporter: (String, String),
    /// Who holds it: tax number and title.
    pub declarant: (String, String),
    /// Where it holds: a secretariat, or `*` for all.
    pub scope: String,
    /// First day; empty in drafts.
    pub valid_from: String,
    /// Last day, or empty.
    pub valid_to: String,
    /// As what it stands.
    pub state: PowerState,
    /// Of an application: when it was made.
    pub made_at: Option<Timestamp>,
}

/// By what a list is put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The exporter's title.
    Exporter,
    /// The holder's title.
    Declarant,
    /// Where it holds.
    Scope,
    /// First day.
    From,
    /// Last day; those without come last.
    To,
    /// State.
    State,
    /// When it was made.
    Made,
}

/// Which entries are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// A part of a title, or of a tax number.
    pub text: &'a str,
    /// In this state.
    pub state: Option<PowerState>,
    /// For this secretariat.
    pub secretariat: &'a str,
    /// In this order, and whether the last comes first.
    pub order: (Order, bool),
}

impl Search<'_> {
    fn finds(&self, entry: &Entry) -> bool {
        let text = fold(self.text.trim());
        let names = |(tax_no, title): &(String, String)| tax_no.contains(&text) || fold(title).contains(&text);
        (text.is_empty() || names(&entry.exporter) || names(&entry.declarant))
            && self.state.is_none_or(|state| state == entry.state)
            && (self.secretariat.is_empty() || entry.scope == self.secretariat || entry.scope == "*")
    }

    /// Those that are wanted, in order. Titles are compared as Turkish is, which no database of ours can; a firm's own
    /// list is short enough to be put in order here.
    fn of(&self, mut entries: Vec<Entry>) -> Vec<Entry> {
        entries.retain(|entry| self.finds(entry));
        // What is equal stands by its names.
        entries.sort_by_cached_key(|entry| [&entry.exporter, &entry.declarant].map(|(_, title)| sort_key(title)));
        let endless = |day: &str| (day.is_empty(), day.to_owned());
        match self.order.0 {
            Order::Exporter => entries.sort_by_cached_key(|entry| sort_key(&entry.exporter.1)),
            Order::Declarant => entries.sort_by_cached_key(|entry| sort_key(&entry.declarant.1)),
            Order::Scope => entries.sort_by_cached_key(|entry| entry.scope.clone()),
            Order::From => entries.sort_by_cached_key(|entry| entry.valid_from.clone()),
            Order::To => entries.sort_by_cached_key(|entry| endless(&entry.valid_to)),
            Order::State => entries.sort_by_key(|entry| entry.state),
            Order::Made => entries.sort_by_key(|entry| entry.made_at),
        }
        if self.order.1 {
            entries.reverse();
        }
        entries
    }
}

/// A power with the number of the application whose paper it rests on, where it came by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The power.
    pub power: PowerRow,
    /// As what it stands.
    pub state: PowerState,
    /// What was debited by it today; known of those that have a daily limit.
    pub spent: Money,
    /// The application that it came by.
    pub application: Option<i64>,
}

/// The powers of a firm and the applications for them (P-4.7.1, P-5.4.1).
///
/// # Errors
/// When the store does not answer.
pub async fn list(office: &Office, client: &Client, search: &Search<'_>) -> Result<Vec<Entry>, Fault> {
    let Some(firm) = office.store.find_firm(&client.firm).await? else { return Ok(Vec::new()) };
    let (powers, applications) = all_of(office, &firm).await?;
    let mine = |row: &&ApplicationRow| row.state != "draft" || row.made_by_firm == client.firm;
    let mut entries = of_powers(&powers, office.clock.today());
    for row in applications.iter().filter(mine) {
        entries.extend(of_application(row)?);
    }
    Ok(search.of(entries))
}

/// What a secretariat is to decide on, or decided (S-4); with text, also the powers of the firm that has that tax number.
///
/// # Errors
/// When the store does not answer.
pub async fn list_for_staff(office: &Office, staff: &Client, search: &Search<'_>) -> Result<Vec<Entry>, Fault> {
    let mut entries = Vec::new();
    if staff.secretariat.is_empty() || !staff.roles.has(Role::Staff) {
        return Ok(entries);
    }
    let states = ["waiting", "rejected", "cancelled"];
    for state in states.into_iter().filter(|state| search.state.is_none_or(|wanted| wanted.as_str() == *state)) {
        for row in office.store.list_applications_at(&staff.secretariat, state, APPLICATIONS_LISTED_MAX).await? {
            entries.extend(of_application(&row)?);
        }
    }
    if let Some(firm) = office.store.find_firm(search.text.trim()).await? {
        let (mut powers, _) = all_of(office, &firm).await?;
        let mut kept = Vec::new();
        for power in powers.drain(..) {
            if concerns(office, staff, &power).await? {
                kept.push(power);
            }
        }
        entries.extend(of_powers(&kept, office.clock.today()));
    }
    Ok(search.of(entries))
}

/// A power that the client may see: its firms, and staff of a secretariat that it holds for.
///
/// # Errors
/// When the store does not answer.
pub async fn find(office: &Office, client: &Client, key: &PowerKey) -> Result<Option<Shown>, Fault> {
    let Some(power) = office.store.find_power(key).await? else { return Ok(None) };
    let is_party = !client.firm.is_empty() && [&power.exporter, &power.declarant].contains(&&client.firm);
    if !is_party && !concerns(office, client, &power).await? {
        return Ok(None);
    }
    let applications = office.store.list_applications_of_exporter(&power.exporter).await?;
    let application = applications.iter().rev().find(|row| {
        let granted = row.power();
        row.state == "approved"
            && (&granted.declarant, &granted.secretariat) == (&power.declarant, &power.secretariat)
            && granted.valid_from == power.valid_from
    });
    let state = PowerState::of(&power, office.clock.today());
    let spent = office.store.spent_by_power(key, office.clock.today()).await?;
    Ok(Some(Shown { state, spent, application: application.map(|row| row.id), power }))
}

/// An application that the client may see: a draft its maker's firm, any other both firms and the secretariat that
/// decides.
///
/// # Errors
/// When the store does not answer.
pub async fn find_application(office: &Office, client: &Client, id: i64) -> Result<Option<ApplicationRow>, Fault> {
    let found = office.store.find_power_application(id).await?;
    Ok(found.filter(|row| {
        let is_party = !client.firm.is_empty() && [&row.exporter, &row.declarant].contains(&&client.firm);
        let is_theirs =
            client.roles.has(Role::Staff) && !client.secretariat.is_empty() && row.secretariat == client.secretariat;
        match row.state.as_str() {
            "draft" => is_party && row.made_by_firm == client.firm,
            _ => is_party || is_theirs,
        }
    }))
}

/// The powers of the same two firms, as staff compare them with what is applied for.
///
/// # Errors
/// When the store does not answer.
pub async fn list_between(office: &Office, exporter: &str, declarant: &str) -> Result<Vec<Entry>, Fault> {
    let mut powers = office.store.list_powers_given(exporter).await?;
    powers.retain(|power| power.declarant == declarant);
    Ok(of_powers(&powers, office.clock.today()))
}

/// The memberships of a firm, those that hold first (P-4.8.1).
///
/// # Errors
/// When the store does not answer.
pub async fn list_memberships(office: &Office, firm: &str) -> Result<Vec<(Membership, bool)>, Fault> {
    let today = office.clock.today();
    let rows = office.store.list_memberships_of(firm).await?;
    let mut rows: Vec<_> =
        rows.into_iter().map(|row| (holds(&row, today), row)).map(|(holds, row)| (row, holds)).collect();
    rows.sort_by_key(|(_, holds)| !holds);
    Ok(rows)
}

/// The secretariats of the unions in which a firm is a member today (P-5.4.1.2).
///
/// # Errors
/// When the store does not answer.
pub async fn secretariats_of(office: &Office, firm: &str) -> Result<Vec<String>, Fault> {
    let rows = list_memberships(office, firm).await?;
    let mut codes: Vec<String> = rows.into_iter().filter(|(_, holds)| *holds).map(|(row, _)| row.secretariat).collect();
    codes.sort();
    codes.dedup();
    Ok(codes)
}

fn holds(row: &Membership, today: Date) -> bool {
    let today = today.to_string();
    row.valid_from <= today && (row.valid_to.is_empty() || row.valid_to >= today)
}

/// Whether a power is the business of a member of staff: it holds for their secretariat, or for all and its exporter is a
/// member there.
async fn concerns(office: &Office, staff: &Client, power: &PowerRow) -> Result<bool, Fault> {
    if !staff.roles.has(Role::Staff) || staff.secretariat.is_empty() {
        return Ok(false);
    }
    Ok(power.secretariat == staff.secretariat
        || power.secretariat == "*" && secretariats_of(office, &power.exporter).await?.contains(&staff.secretariat))
}

async fn all_of(office: &Office, firm: &Firm) -> Result<(Vec<PowerRow>, Vec<ApplicationRow>), Fault> {
    let store = &office.store;
    Ok(if firm.kind == BROKER {
        (store.list_powers_held(&firm.tax_no).await?, store.list_applications_of_declarant(&firm.tax_no).await?)
    } else {
        (store.list_powers_given(&firm.tax_no).await?, store.list_applications_of_exporter(&firm.tax_no).await?)
    })
}

fn of_powers(powers: &[PowerRow], today: Date) -> Vec<Entry> {
    let entry = |power: &PowerRow| Entry {
        id: EntryId::Power(power.key()),
        exporter: (power.exporter.clone(), power.exporter_title.clone()),
        declarant: (power.declarant.clone(), power.declarant_title.clone()),
        scope: power.secretariat.clone(),
        valid_from: power.valid_from.clone(),
        valid_to: power.valid_to.clone(),
        state: PowerState::of(power, today),
        made_at: None,
    };
    powers.iter().map(entry).collect()
}

/// None for an approved one: it is a power.
fn of_application(row: &ApplicationRow) -> Result<Option<Entry>, Fault> {
    let Some(state) = PowerState::of_application(row) else { return Ok(None) };
    Ok(Some(Entry {
        id: EntryId::Application(row.id),
        exporter: (row.exporter.clone(), row.exporter_title.clone()),
        declarant: (row.declarant.clone(), row.declarant_title.clone()),
        scope: row.scope.clone(),
        valid_from: row.valid_from.clone(),
        valid_to: row.valid_to.clone(),
        state,
        made_at: Some(row.made_at()?),
    }))
}

/// Applications of one state that staff see at once, the newest; about a year of the largest secretariat.
const APPLICATIONS_LISTED_MAX: u32 = 5_000;
