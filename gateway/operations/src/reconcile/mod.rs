//! Do customs and we have the same declarations? The monthly match, and its three lists.
//!
//! Source: G-81 to G-85. Registered without our approval; approved and never registered; registered otherwise than
//! approved, with the fields. What arrives by API one by one settles and opens rows of the same lists.

mod registrations;

use crate::client::{Client, Role};
use crate::office::Office;
use crate::status::Answer;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::state::State;
use ebirlik_domain::time::TURKEY;
use ebirlik_message::content;
use ebirlik_store::reconciliations::{CustomsRow, Difference, FoundRow, Ours, RowDecision};
use jiff::civil::Date;
use registrations::Rows;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::io::Read;

/// What a month's match came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Matched {
    /// Rows of the file.
    pub rows: u64,
    /// Of them, known before and unchanged.
    pub known: u64,
    /// Rows of the month that agree with our declaration.
    pub matched: u64,
    /// Open rows of the first list.
    pub without_approval: u64,
    /// Open rows of the second.
    pub never_registered: u64,
    /// Open rows of the third.
    pub differing: u64,
}

/// Where a file cannot be read, and why.
#[derive(Debug, PartialEq, Eq)]
struct Malformed {
    line: u64,
    why: String,
}

/// A month as `2026-11`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month(Date);

impl Month {
    /// From its text.
    pub fn parse(text: &str) -> Option<Self> {
        let shaped = text.len() == "2026-11".len();
        shaped.then(|| format!("{text}-01").parse().ok()).flatten().map(Self)
    }

    /// The month of a day.
    pub fn of(day: Date) -> Self {
        Self(day.first_of_month())
    }

    /// As it is written.
    pub fn text(&self) -> String {
        self.0.strftime("%Y-%m").to_string()
    }

    /// Its first instant and that of the next one, in microseconds UTC.
    pub(crate) fn instants(&self) -> (i64, i64) {
        let instant = |day: Date| TURKEY.to_timestamp(day.at(0, 0, 0, 0)).map_or(0, jiff::Timestamp::as_microsecond);
        (instant(self.0), instant(self.0.saturating_add(jiff::Span::new().months(1))))
    }
}

/// Takes in a month's file, CSV or XML, and matches the month anew. The file is read as it comes; with an error in it
/// nothing of the match is done, and the rows before it are kept for the next try. Without a month it is that of the
/// first row, or the present one where no row says its day.
///
/// # Errors
/// When we cannot tell now.
pub async fn reconcile(
    office: &Office,
    month: Option<Month>,
    file: impl Read + Send,
) -> Result<Answer<Matched>, Fault> {
    let mut matched = Matched::default();
    let mut rows = Rows::of(file);
    let (mut page, mut month) = (Vec::with_capacity(PAGE as usize), month);
    let today = office.clock.today();
    loop {
        match rows.next_row() {
            Ok(Some(row)) => page.push(row),
            Ok(None) => break,
            Err(Malformed { line, why }) => {
                let finding = Finding::new(Rule::CustomsFileMalformed).detail(format!("{line}: {why}"));
                return Ok(Answer::Refused(Refusal::of(None, finding)));
            }
        }
        if page.len() == PAGE as usize {
            let month = month.get_or_insert_with(|| month_of(&page, today));
            keep(office, month, &mut page, &mut matched).await?;
        }
    }
    let month = month.get_or_insert_with(|| month_of(&page, today));
    keep(office, month, &mut page, &mut matched).await?;
    run(office, month, matched).await.map(Answer::Given)
}

fn month_of(rows: &[CustomsRow], today: Date) -> Month {
    let first = rows.first().and_then(|row| row.registered_on.parse().ok());
    Month::of(first.unwrap_or(today))
}

async fn keep(office: &Office, month: &Month, page: &mut Vec<CustomsRow>, matched: &mut Matched) -> Result<(), Fault> {
    if !page.is_empty() {
        matched.rows += page.len() as u64;
        // Of a number that comes twice the last row counts.
        let rows: BTreeMap<String, CustomsRow> = page.drain(..).map(|row| (row.registration_no.clone(), row)).collect();
        let rows: Vec<CustomsRow> = rows.into_values().collect();
        matched.known += office.store.save_customs_rows(&month.text(), &rows).await?;
    }
    Ok(())
}

/// Matches a month with what is known of it now.
async fn run(office: &Office, month: &Month, mut matched: Matched) -> Result<Matched, Fault> {
    let (store, now) = (&office.store, office.clock.now());
    let run = office.ids.next(now);
    let found =
        |kind, key: String, registration_no, declaration_id, secretariat, fields: serde_json::Value| Difference {
            id: office.ids.next(now),
            row_key: format!("{kind}|{key}"),
            month: month.text(),
            kind,
            registration_no,
            declaration_id,
            secretariat,
            fields: fields.to_string(),
            found_at: now.as_microsecond(),
            seen: run,
        };
    let mut after = String::new();
    loop {
        let pairs = store.list_pairs(&month.text(), &after, PAGE).await?;
        let Some(last) = pairs.last() else { break };
        after.clone_from(&last.row.registration_no);
        let mut differences = Vec::new();
        for pair in pairs {
            let number = pair.row.registration_no.clone();
            match pair.ours {
                None => {
                    let fields = serde_json::json!([
                        { "field": "code", "customs": pair.row.code, "ours": null },
                        { "field": "exporter", "customs": pair.row.exporter, "ours": null },
                    ]);
                    differences.push(found(
                        "without_approval",
                        number.clone(),
                        Some(number),
                        None,
                        String::new(),
                        fields,
                    ));
                }
                Some(ours) => {
                    let fields = differing(&pair.row, &ours);
                    if fields.is_empty() {
                        matched.matched += 1;
                    } else {
                        differences.push(found(
                            "differs",
                            number.clone(),
                            Some(number),
                            Some(ours.declaration),
                            ours.secretariat,
                            fields.into(),
                        ));
                    }
                }
            }
        }
        if !differences.is_empty() {
            store.save_differences(&differences).await?;
        }
    }
    let (from, until) = month.instants();
    // Row numbers are microseconds and eight bits: what came more than a year before the month is no more approved in it.
    let mut after = (from - YEAR_MICROS) << 8;
    loop {
        let missing = store.list_never_registered(after, from, until, PAGE).await?;
        let Some((last, _)) = missing.last() else { break };
        after = *last;
        let differences: Vec<Difference> = missing
            .into_iter()
            .map(|(declaration, secretariat)| {
                let key = declaration.to_string();
                found("never_registered", key, None, Some(declaration), secretariat, serde_json::json!([]))
            })
            .collect();
        store.save_differences(&differences).await?;
    }
    for (kind, open) in store.settle_unseen(&month.text(), run, now).await? {
        let open = u64::try_from(open).unwrap_or_default();
        match kind.as_str() {
            "without_approval" => matched.without_approval = open,
            "never_registered" => matched.never_registered = open,
            _ => matched.differing = open,
        }
    }
    Ok(matched)
}

/// The fields in which customs' row and our declaration differ (G-84): value, exporter, goods, and what became of it.
fn differing(row: &CustomsRow, ours: &Ours) -> Vec<serde_json::Value> {
    let declaration = content::declaration(&ours.content);
    let text = |entry: &ebirlik_domain::declaration::Entry| entry.text().unwrap_or_default().to_owned();
    let mut fields = Vec::new();
    let mut compare = |field: &str, customs: &str, ours: &str, same: bool| {
        if !same {
            fields.push(serde_json::json!({ "field": field, "customs": customs, "ours": ours }));
        }
    };
    compare("exporter", &row.exporter, &ours.exporter, row.exporter == ours.exporter);
    compare("ref", &row.reference, &ours.reference, row.reference.is_empty() || row.reference == ours.reference);
    let same = row.declarant.is_empty() || row.declarant == ours.declarant;
    compare("declarant", &row.declarant, &ours.declarant, same);
    let total = text(&declaration.invoice_total);
    let decimal = |text: &str| text.parse::<Decimal>().ok();
    let same = row.invoice_total.is_empty()
        || (decimal(&row.invoice_total).is_some() && decimal(&row.invoice_total) == decimal(&total));
    compare("invoice_total", &row.invoice_total, &total, same);
    let currency = text(&declaration.invoice_currency);
    let same = row.invoice_currency.is_empty() || row.invoice_currency == currency;
    compare("currency", &row.invoice_currency, &currency, same);
    let goods: Vec<String> = declaration.items.iter().map(|item| text(&item.gtip)).collect();
    let goods = goods.join(" ");
    compare("gtips", &row.goods, &goods, row.goods.is_empty() || row.goods == goods);
    if let Some(number) = &ours.registration_no {
        compare("registration_no", &row.registration_no, number, row.registration_no == *number);
    }
    let ended = [State::Withdrawn, State::Cancelled].map(State::as_str).contains(&ours.state.as_str());
    compare("state", "registered", &ours.state, !ended);
    fields
}

/// Rows of the three lists that a client may see: staff those of their secretariat and those that nobody can tell whose
/// they are, customs and who runs the installation all. Customs sees no tax numbers: those of its own file it has.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    office: &Office,
    client: &Client,
    month: &Month,
    kind: &str,
    after: i64,
    limit: u32,
) -> Result<Vec<FoundRow>, Fault> {
    let all = client.roles.has_any(&[Role::Customs, Role::Admin]);
    let secretariat = if all { "" } else { client.secretariat.as_str() };
    let mut rows = office.store.list_differences(&month.text(), kind, secretariat, after, limit).await?;
    if client.roles.has(Role::Customs) {
        for row in &mut rows {
            (row.declarant, row.exporter) = (None, None);
        }
    }
    Ok(rows)
}

/// Takes a row on, or settles it with a reason.
///
/// # Errors
/// When we cannot tell now.
pub async fn decide(office: &Office, staff: &Client, id: i64, settled: Option<&str>) -> Result<Answer<()>, Fault> {
    if settled.is_some_and(|reason| reason.trim().is_empty()) {
        return Ok(Answer::Refused(Refusal::of(None, Finding::new(Rule::ReasonMissing))));
    }
    let decision = match settled {
        Some(reason) => RowDecision::Settled(reason.trim().to_owned()),
        None => RowDecision::Owner(staff.code.clone()),
    };
    record(office, staff, id, &decision).await
}

/// Gives a row to somebody else of the same staff.
///
/// # Errors
/// When we cannot tell now.
pub async fn give(office: &Office, staff: &Client, id: i64, to: &str) -> Result<Answer<()>, Fault> {
    if !office.store.list_staff_of(&staff.secretariat).await?.iter().any(|code| code == to) {
        return Ok(Answer::Refused(Refusal::of(None, Finding::new(Rule::NotFound).value(to))));
    }
    record(office, staff, id, &RowDecision::Owner(to.to_owned())).await
}

async fn record(office: &Office, staff: &Client, id: i64, decision: &RowDecision) -> Result<Answer<()>, Fault> {
    let (of, at) = ((staff.secretariat.as_str(), staff.code.as_str()), (office.ids.as_ref(), office.clock.now()));
    if !staff.secretariat.is_empty() && office.store.decide_difference(id, of, decision, at).await? {
        return Ok(Answer::Given(()));
    }
    Ok(Answer::Refused(Refusal::of(None, Finding::new(Rule::NotFound).value(id.to_string()))))
}

/// A field of a row, with what customs and we have there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDifference {
    /// Which field, such as `invoice_total`.
    pub field: String,
    /// In customs' file.
    pub customs: Option<String>,
    /// In our declaration.
    pub ours: Option<String>,
}

/// The fields that a row tells; not what neither side has.
pub fn fields_of(row: &FoundRow) -> Vec<FieldDifference> {
    let fields: Vec<serde_json::Value> = serde_json::from_str(&row.fields).unwrap_or_default();
    let text = |value: &serde_json::Value, name: &str| {
        value.get(name).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
    };
    let field = |value: &serde_json::Value| {
        Some(FieldDifference {
            field: text(value, "field")?,
            customs: text(value, "customs"),
            ours: text(value, "ours"),
        })
    };
    fields.iter().filter_map(field).filter(|field| field.customs != field.ours).collect()
}

/// A leap year.
const YEAR_MICROS: i64 = 366 * 24 * 60 * 60 * 1_000_000;
/// Rows of one page.
const PAGE: u32 = 1_000;
