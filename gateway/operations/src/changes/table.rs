//! Rows of the tables that two people change, as an import writes them: texts under the names of its columns. Which
//! client may change which table, and how rows are told apart.

use crate::client::{Client, Role};
use crate::import::Kind;
use crate::office::Office;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::turkish::fold;
use ebirlik_store::register::{RegisterFilter, RegisterList, RegisterRow};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One row: a text for each column.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cells(BTreeMap<String, String>);

/// A row of a list with the title of the firm that it is about; none in the dated tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRow {
    /// The row.
    pub cells: Cells,
    /// The firm's title, or empty.
    pub title: String,
}

/// What is looked for; empty texts are no limits.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// A part of the key; of firms the tax number or a part of the title.
    pub key: String,
    /// Rows that hold on this day.
    pub day: Option<Date>,
    /// Column, and whether the last comes first.
    pub order: Option<(String, bool)>,
}

/// The tables that two people change.
pub const TABLES: [Kind; 10] = [
    Kind::Rates,
    Kind::Regimes,
    Kind::Exemptions,
    Kind::WatchedGoods,
    Kind::BoundGoods,
    Kind::Holidays,
    Kind::Memberships,
    Kind::Commitments,
    Kind::Payers,
    Kind::ContactOffices,
];

impl Cells {
    /// From columns and texts.
    pub fn of<const N: usize>(cells: [(&str, &str); N]) -> Self {
        Self(cells.into_iter().map(|(column, text)| (column.to_owned(), text.trim().to_owned())).collect())
    }

    /// What stands in a column; nothing where there is none.
    pub fn get(&self, column: &str) -> &str {
        self.0.get(column).map(String::as_str).unwrap_or_default()
    }

    /// The same row with another text in a column.
    #[must_use]
    pub fn with(mut self, column: &str, text: impl Into<String>) -> Self {
        self.0.insert(column.to_owned(), text.into());
        self
    }

    /// Whether nothing stands in any column.
    pub fn is_blank(&self) -> bool {
        self.0.values().all(String::is_empty)
    }

    /// The same row with a text for every column of its table, and none besides.
    pub(super) fn all_of(&self, kind: Kind) -> Self {
        Self(kind.column_names().map(|column| (column.to_owned(), self.get(column).to_owned())).collect())
    }

    /// Whether it holds on a day; a row without days always does.
    fn holds(&self, day: Date) -> bool {
        let day = day.to_string();
        let (from, to) = (self.get("valid_from"), self.get("valid_to"));
        from <= day.as_str() && (to.is_empty() || day.as_str() <= to)
    }
}

/// Whether a client may propose and confirm changes of a table: administrators all of them, staff those of its own
/// secretariat's members and commitments.
pub fn may_change(client: &Client, kind: Kind) -> bool {
    let of_a_secretariat = matches!(kind, Kind::Memberships | Kind::Commitments | Kind::Payers);
    let is_staff = client.roles.has(Role::Staff) && !client.secretariat.is_empty();
    TABLES.contains(&kind) && (client.roles.has(Role::Admin) || (is_staff && of_a_secretariat))
}

/// The secretariat that a client's view ends at; empty for administrators.
pub(crate) fn scope(client: &Client) -> &str {
    if client.roles.has(Role::Admin) { "" } else { &client.secretariat }
}

/// The columns that tell what a row is about, whatever its days.
pub fn key_columns(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Rates => &["sector_code"],
        Kind::Regimes => &["regime"],
        Kind::Exemptions => &["kind", "value"],
        Kind::WatchedGoods | Kind::BoundGoods => &["gtip_prefix"],
        Kind::Holidays => &["date"],
        Kind::Memberships => &["tax_no", "union"],
        Kind::Commitments => &["firm", "secretariat"],
        Kind::Payers => &["exporter", "secretariat", "declarant"],
        _ => &["code"],
    }
}

/// What a row is about, as one text.
pub fn key(kind: Kind, row: &Cells) -> String {
    key_columns(kind).iter().map(|column| row.get(column)).collect::<Vec<_>>().join("|")
}

/// The counter that a change of a table raises.
pub(super) fn counter(kind: Kind) -> &'static str {
    match kind {
        Kind::Memberships | Kind::Commitments | Kind::Payers => "parties",
        Kind::ContactOffices => "clients",
        _ => "rules",
    }
}

/// Rows as a file that an import reads: row `i` stands in line `i + 2`.
pub(super) fn csv(kind: Kind, rows: &[Cells]) -> Option<Vec<u8>> {
    let columns: Vec<&str> = kind.column_names().collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&columns).ok()?;
    for row in rows {
        writer.write_record(columns.iter().map(|column| row.get(column))).ok()?;
    }
    writer.into_inner().ok()
}

/// The stored rows that end because new ones begin: each with the day before as its last day.
pub(super) fn closing(kind: Kind, given: &[Cells], before: &[Cells]) -> Vec<Cells> {
    let is_given = |row: &Cells| {
        given.iter().any(|given| key(kind, given) == key(kind, row) && given.get("valid_from") == row.get("valid_from"))
    };
    let mut ended = Vec::new();
    for row in before.iter().filter(|row| !row.get("valid_from").is_empty() && !is_given(row)) {
        let begins = given.iter().filter(|given| key(kind, given) == key(kind, row));
        let begins = begins.filter_map(|given| given.get("valid_from").parse::<Date>().ok());
        let first = begins.filter(|day| day.to_string().as_str() > row.get("valid_from") && row.holds(*day)).min();
        if let Some(eve) = first.and_then(|day| day.yesterday().ok()) {
            ended.push(row.clone().with("valid_to", eve.to_string()));
        }
    }
    ended
}

/// The stored rows of the keys of these, in the order of their keys and days.
pub(super) async fn stored(office: &Office, kind: Kind, rows: &[Cells]) -> Result<Vec<Cells>, Fault> {
    let keys: BTreeSet<String> = rows.iter().map(|row| key(kind, row)).collect();
    let mut found = Vec::new();
    if let Some(list) = register(kind) {
        let column = key_columns(kind).first().copied().unwrap_or_default();
        let firms: BTreeSet<&str> = rows.iter().map(|row| row.get(column)).filter(|firm| !firm.is_empty()).collect();
        for firm in firms {
            let filter = RegisterFilter { firm: firm.to_owned(), ..RegisterFilter::default() };
            let (rows, _) = office.store.list_register(list, &filter, ROWS_OF_A_FIRM_MAX, 0).await?;
            found.extend(rows.iter().map(|row| of_register(kind, row)));
        }
    } else {
        found = all(office, kind).await?;
    }
    found.retain(|row| keys.contains(&key(kind, row)));
    found.sort_unstable();
    Ok(found)
}

/// A page of a table as a client sees it, and how many rows there are in all.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    office: &Office,
    client: &Client,
    kind: Kind,
    filter: &Filter,
    (limit, offset): (u32, u64),
) -> Result<(Vec<ListedRow>, u64), Fault> {
    if let Some(list) = register(kind) {
        let is_number = !filter.key.is_empty() && filter.key.bytes().all(|byte| byte.is_ascii_digit());
        let (firm, title) =
            if is_number { (filter.key.clone(), String::new()) } else { (String::new(), fold(&filter.key)) };
        let day = filter.day.map(|day| day.to_string()).unwrap_or_default();
        let order = filter.order.clone();
        let filter = RegisterFilter { secretariat: scope(client).to_owned(), firm, title, day, order };
        let (rows, total) = office.store.list_register(list, &filter, limit, offset).await?;
        let listed = |row: RegisterRow| ListedRow { cells: of_register(kind, &row), title: row.title };
        return Ok((rows.into_iter().map(listed).collect(), total));
    }
    let looked_for = fold(&filter.key);
    let mut rows = all(office, kind).await?;
    rows.retain(|row| {
        let found = key_columns(kind).iter().any(|column| fold(row.get(column)).contains(&looked_for));
        found && filter.day.is_none_or(|day| row.get("valid_from").is_empty() || row.holds(day))
    });
    let column = filter.order.as_ref().map_or("", |(column, _)| column.as_str());
    rows.sort_by_cached_key(|row| (row.get(column).to_owned(), key(kind, row), row.get("valid_from").to_owned()));
    if filter.order.as_ref().is_some_and(|(_, last)| *last) {
        rows.reverse();
    }
    let total = rows.len() as u64;
    let page = rows.into_iter().skip(usize::try_from(offset).unwrap_or(usize::MAX)).take(limit as usize);
    Ok((page.map(|cells| ListedRow { cells, title: String::new() }).collect(), total))
}

fn register(kind: Kind) -> Option<RegisterList> {
    match kind {
        Kind::Memberships => Some(RegisterList::Memberships),
        Kind::Commitments => Some(RegisterList::Commitments),
        Kind::Payers => Some(RegisterList::Payers),
        _ => None,
    }
}

fn of_register(kind: Kind, row: &RegisterRow) -> Cells {
    let (from, to) = (("valid_from", row.valid_from.as_str()), ("valid_to", row.valid_to.as_str()));
    let secretariat = ("secretariat", row.secretariat.as_str());
    match kind {
        Kind::Memberships => {
            let registry_no = ("registry_no", row.registry_no.as_str());
            Cells::of([("tax_no", &row.tax_no), ("union", &row.union_code), registry_no, from, to])
        }
        Kind::Commitments => Cells::of([("firm", &row.tax_no), secretariat, from, to]),
        _ => Cells::of([
            ("exporter", &row.tax_no),
            secretariat,
            ("declarant", &row.declarant),
            ("payer", &row.payer),
            ("automatic", yes(row.automatic)),
            from,
            to,
        ]),
    }
}

/// Every row of a small table.
async fn all(office: &Office, kind: Kind) -> Result<Vec<Cells>, Fault> {
    if kind == Kind::ContactOffices {
        let offices = office.store.list_contact_offices().await?;
        let cells = offices.iter().map(|office| {
            Cells::of([("code", &office.code), ("secretariat", &office.secretariat), ("name", &office.name)])
        });
        return Ok(cells.collect());
    }
    let rows = office.store.dated_rows().await?;
    Ok(match kind {
        Kind::Rates => rows.fee_rates.iter().map(of_rate).collect(),
        Kind::Regimes => rows.regime_rules.iter().map(of_regime).collect(),
        Kind::Exemptions => rows.exemptions.iter().map(of_exemption).collect(),
        Kind::WatchedGoods => rows.watched.iter().map(of_watched).collect(),
        Kind::BoundGoods => rows.bound.iter().map(of_bound).collect(),
        Kind::Holidays => rows.holidays.iter().map(of_holiday).collect(),
        _ => Vec::new(),
    })
}

fn of_rate(row: &ebirlik_store::rules::FeeRateRow) -> Cells {
    Cells::of([
        ("sector_code", &row.sector),
        ("rate_e4", &per_ten_thousand(row.rate_ppm)),
        ("extra_rate_e4", &per_ten_thousand(row.extra_ppm)),
        ("valid_from", &row.valid_from),
        ("valid_to", &row.valid_to),
        ("note", &row.origin),
    ])
}

fn of_regime(row: &ebirlik_store::rules::RegimeRuleRow) -> Cells {
    Cells::of([
        ("regime", &row.regime),
        ("needs_approval", yes(row.needs_approval)),
        ("takes_fee", yes(row.takes_fee)),
        ("valid_from", &row.valid_from),
        ("valid_to", &row.valid_to),
        ("origin", &row.origin),
    ])
}

fn of_exemption(row: &ebirlik_store::rules::ExemptionRow) -> Cells {
    Cells::of([
        ("kind", &row.kind),
        ("value", &row.value),
        ("valid_from", &row.valid_from),
        ("valid_to", &row.valid_to),
        ("origin", &row.origin),
    ])
}

fn of_watched(row: &ebirlik_store::rules::WatchedGoodsRow) -> Cells {
    Cells::of([
        ("gtip_prefix", &row.gtip_prefix),
        ("at_desk", yes(row.at_desk)),
        ("validity_days", &row.validity_days.map(|days| days.to_string()).unwrap_or_default()),
        ("valid_from", &row.valid_from),
        ("valid_to", &row.valid_to),
        ("origin", &row.origin),
    ])
}

fn of_bound(row: &ebirlik_store::rules::BoundGoodsRow) -> Cells {
    Cells::of([
        ("gtip_prefix", &row.gtip_prefix),
        ("secretariat", &row.secretariat),
        ("valid_from", &row.valid_from),
        ("valid_to", &row.valid_to),
        ("origin", &row.origin),
    ])
}

fn of_holiday(row: &ebirlik_store::rules::HolidayRow) -> Cells {
    Cells::of([("date", &row.day), ("name_tr", &row.name_tr), ("half_day", yes(row.half_day))])
}

/// `7.25` of 725 parts per million.
fn per_ten_thousand(ppm: i64) -> String {
    match (ppm / 100, ppm % 100) {
        (whole, 0) => whole.to_string(),
        (whole, rest) => format!("{whole}.{rest:02}").trim_end_matches('0').to_owned(),
    }
}

fn yes(flag: i64) -> &'static str {
    if flag == 1 { "yes" } else { "no" }
}

/// Rows of one firm in one table that are looked at; twenty would be many.
const ROWS_OF_A_FIRM_MAX: u32 = 1_000;
