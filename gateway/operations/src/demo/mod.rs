//! The demo without its server: parties and money to play with, who may do what, and the declarations to send.
//!
//! The parties are `fixtures/demo`, loaded by the same code as an operator's files, and everything told about them
//! afterwards is read from the store. The exchange rates are illustrative: those of `fixtures/demo` under the day of
//! the last business day, and under a bulletin number 0, which the bank never gives.

mod cases;
mod cast;
mod history;
mod queues;
#[cfg(test)]
mod tests;
mod trade;

pub use cases::{DemoCase, DemoStep, cases};
pub use cast::{Account, Broker, Cast, Exporter, Info, MayActFor, Rates, SignIn, Staff, cast};
pub use history::{Years, users as users_of_history};

use crate::import::{self, ImportErrors, Kind};
use crate::rates::{BulletinError, parse_bulletin};
use crate::sign_in::hash_password;
use crate::{Office, Role, Roles};
use ebirlik_domain::decision::Fault;
use ebirlik_domain::time::day_of;
use ebirlik_store::StoreError;
use ebirlik_store::clients::ClientRow;
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use std::collections::{BTreeMap, HashSet};
use std::thread;
use tokio::task::JoinSet;

/// Days that the search for a business day goes back. The longest holiday with its weekends has nine.
const DAYS_BACK_MAX: usize = 10;
/// Number of the made bulletin within its year. The bank counts from 1.
const ILLUSTRATIVE_NUMBER: u32 = 0;

static FIRMS: &str = include_str!("../../../../fixtures/demo/firms.csv");
static USERS: &str = include_str!("../../../../fixtures/demo/users.csv");
static BULLETIN: &str = include_str!("../../../../fixtures/demo/bulletin-2026-11-20.xml");
static HOLIDAYS: &str = include_str!("../../../../schemas/reference/dated/holidays.csv");

/// The demo's files in the order of their references to one another.
static FILES: [(Kind, &str); 8] = [
    (Kind::Firms, FIRMS),
    (Kind::Memberships, include_str!("../../../../fixtures/demo/memberships.csv")),
    (Kind::Commitments, include_str!("../../../../fixtures/demo/commitments.csv")),
    (Kind::Powers, include_str!("../../../../fixtures/demo/powers.csv")),
    (Kind::Payers, include_str!("../../../../fixtures/demo/payers.csv")),
    (Kind::Balances, include_str!("../../../../fixtures/demo/balances.csv")),
    (Kind::DepositAccounts, include_str!("../../../../fixtures/demo/deposit-accounts.csv")),
    (Kind::Users, USERS),
];

/// Why the demo cannot be set up or told.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Somebody's store.
    #[error(
        "this store holds data already ({found}); the demo is set up in an empty one only: leave --dir and --database out, or name a new place"
    )]
    NotEmpty {
        /// What was found.
        found: String,
    },
    /// A file inside the program is wrong.
    #[error("the demo's {kind} cannot be loaded: {errors}")]
    Import {
        /// Which file.
        kind: Kind,
        /// Why.
        #[source]
        errors: ImportErrors,
    },
    /// The bulletin inside the program is wrong.
    #[error("the demo's bulletin cannot be read: {0}")]
    Bulletin(#[from] BulletinError),
    /// A party of the demo is not in the store.
    #[error("the store does not hold the demo's {0}")]
    Missing(String),
    /// The office cannot do its part.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sets the demo up in an empty store: parties, money, passwords and exchange rates.
///
/// # Errors
/// When the store is not empty, or fails.
pub async fn seed(office: &Office) -> Result<(), DemoError> {
    refuse_data(office).await?;
    begin(office, &[USERS]).await
}

/// As [`seed`], with two years of history of other firms behind it; `years` is the office's clock, and is turned to `now`
/// for the rest.
///
/// # Errors
/// As [`seed`].
pub async fn seed_lived_in(office: &Office, years: &Years, now: Timestamp) -> Result<(), DemoError> {
    years.turn_to(now);
    refuse_data(office).await?;
    history::tell(office, years, day_of(now)).await?;
    years.turn_to(now);
    begin(office, &[USERS, history::USERS]).await
}

async fn begin(office: &Office, users: &[&str]) -> Result<(), DemoError> {
    for (kind, text) in FILES {
        load(office, kind, text).await?;
    }
    set_passwords(office, users).await?;
    publish_rates(office).await?;
    office.refresh().await?;
    Ok(())
}

async fn load(office: &Office, kind: Kind, text: &str) -> Result<(), DemoError> {
    let wrong = |errors| DemoError::Import { kind, errors };
    import::plan(office, kind, text.as_bytes()).await.map_err(wrong)?.commit(office).await.map_err(wrong)?;
    Ok(())
}

/// The demo writes into nobody's data.
async fn refuse_data(office: &Office) -> Result<(), DemoError> {
    let store = &office.store;
    if store.has_firms().await? {
        return Err(DemoError::NotEmpty { found: "firms".to_owned() });
    }
    // Both counters start at one and rise with each change.
    let changes = store.changes().await?;
    if changes.clients > 1 {
        return Err(DemoError::NotEmpty { found: "users".to_owned() });
    }
    if changes.bulletins > 1 {
        return Err(DemoError::NotEmpty { found: "exchange rates".to_owned() });
    }
    Ok(())
}

/// Gives each user of the demo its password, and those who pay the second one (G-55, G-56).
async fn set_passwords(office: &Office, users: &[&str]) -> Result<(), DemoError> {
    let mut clients: Vec<ClientRow> = Vec::new();
    for user in users.iter().flat_map(|text| rows(text)) {
        let code = cell(&user, "user");
        let client = office.store.find_client(code).await?;
        clients.push(client.ok_or_else(|| DemoError::Missing(format!("user {code}")))?);
    }
    let pays = |client: &ClientRow| Roles::parse(&client.roles).is_some_and(|roles| roles.has(Role::Payer));
    let mut passwords: Vec<String> = clients.iter().map(|client| password(&client.code)).collect();
    passwords.extend(clients.iter().filter(|client| pays(client)).map(|client| payment_password(&client.code)));
    let mut hashes = hashes(passwords).await?;
    for client in &mut clients {
        let mut hash_of = |password: String| hashes.remove(&password).unwrap_or_default();
        client.password_hash = hash_of(password(&client.code));
        if pays(client) {
            client.payment_password_hash = hash_of(payment_password(&client.code));
        }
    }
    Ok(office.store.save_clients(&clients).await?)
}

/// The password of a user of the demo. It is no secret: whoever runs a demo may know it.
pub(crate) fn password(user: &str) -> String {
    format!("demo-{user}")
}

pub(crate) fn payment_password(user: &str) -> String {
    format!("demo-{user}-pay")
}

/// Hashes passwords on all cores: each takes tens of milliseconds and 19 MiB.
async fn hashes(passwords: Vec<String>) -> Result<BTreeMap<String, String>, DemoError> {
    let at_once = thread::available_parallelism().map_or(2, usize::from).min(8);
    let mut hashes = BTreeMap::new();
    let mut under_way = JoinSet::new();
    let mut passwords = passwords.into_iter();
    loop {
        while under_way.len() < at_once
            && let Some(password) = passwords.next()
        {
            under_way.spawn_blocking(move || hash_password(&password).map(|hash| (password, hash)));
        }
        let Some(done) = under_way.join_next().await else { return Ok(hashes) };
        let (password, hash) = done.map_err(|_| Fault::Unavailable)??;
        hashes.insert(password, hash);
    }
}

/// Makes an illustrative bulletin for the last business day.
async fn publish_rates(office: &Office) -> Result<(), DemoError> {
    let date = last_business_day(office.clock.today());
    let mut bulletin = parse_bulletin(BULLETIN.as_bytes(), Date::MAX)?;
    bulletin.date = date;
    bulletin.number = format!("{}/{ILLUSTRATIVE_NUMBER}", date.year());
    office.store.save_bulletin(&bulletin, office.clock.now().as_microsecond()).await?;
    tracing::info!(%date, number = bulletin.number, "the demo's exchange rates are illustrative, not the bank's");
    Ok(())
}

/// the last day on or before `today` that is neither at a weekend nor a whole holiday. Half days are business days.
pub(crate) fn last_business_day(today: Date) -> Date {
    let holidays = rows(HOLIDAYS).into_iter().filter(|row| cell(row, "half_day") == "no");
    let holidays: HashSet<String> = holidays.map(|row| cell(&row, "date").to_owned()).collect();
    let is_open = |day: &Date| {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !holidays.contains(&day.to_string())
    };
    let back = std::iter::successors(Some(today), |day| day.yesterday().ok());
    back.take(DAYS_BACK_MAX + 1).find(is_open).unwrap_or(today)
}

/// Rows of a table inside the program, by column.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().flatten().collect()
}

fn cell<'a>(row: &'a BTreeMap<String, String>, column: &str) -> &'a str {
    row.get(column).map(String::as_str).unwrap_or_default()
}
