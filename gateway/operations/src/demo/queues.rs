//! What the last days of the history leave for staff to do: something in every queue of every secretariat, each put
//! there by the operation that puts it there in earnest.

use super::history::{Tale, USERS};
use super::trade::{Trade, reference, registration_no};
use super::{DemoError, cell, rows};
use crate::applications::{self, AccountType, Details, Starting};
use crate::cases::{Act, Proposal, propose};
use crate::changes::{self, table::Cells};
use crate::customs::{Presentation, register};
use crate::import::Kind;
use crate::powers::apply::{self, Paper, Terms};
use crate::reconcile::{Month, reconcile};
use crate::sign_in::find_client;
use crate::status::Answer;
use crate::{Client, bank};
use ebirlik_domain::decision::{Approval, Decision};
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::fmt::Write;

static APPLICATIONS: &str = include_str!("../../../../fixtures/demo/history/applications.csv");
/// The paper of everybody.
static PAPER: &[u8] = include_bytes!("../../../../fixtures/demo/history/paper.pdf");

/// What staff will find.
pub(super) struct Queues {
    /// One trade of each secretariat.
    places: Vec<usize>,
    /// Of the month whose registrations customs sends: the file.
    month: Month,
    registrations: String,
}

impl Queues {
    pub(super) fn of(trades: &[Trade], today: Date) -> Self {
        let mut known = BTreeSet::new();
        let places = (0..).zip(trades).filter(|(_, trade)| known.insert(&trade.secretariat)).map(|(place, _)| place);
        Self {
            places: places.collect(),
            month: Month::of(today.checked_sub(PAPERS_DAY.days()).unwrap_or(today)),
            registrations: "registration_no,code,ref,exporter,invoice_total,currency\n".to_owned(),
        }
    }

    /// What comes at the end of a day, so many days before the last.
    pub(super) async fn fill(&mut self, tale: &mut Tale<'_>, date: Date, days: i64) -> Result<(), DemoError> {
        tale.years.turn_to_minute(date, EVENING);
        for place in self.places.clone() {
            match days {
                BANK_DAY => statement(tale, place, date).await?,
                PAPERS_DAY => self.papers(tale, place, date).await?,
                POWERS_DAY => power(tale, place, date).await?,
                _ => {}
            }
        }
        match days {
            MATCH_DAY => self.month_of_customs(tale, date).await?,
            CHANGES_DAY => changes(tale, date).await?,
            _ => {}
        }
        for row in rows(APPLICATIONS).iter().filter(|row| cell(row, "days").parse() == Ok(days)) {
            let (kind, branch) = match cell(row, "secretariat") {
                "" => (AccountType::Exporter, ""),
                chosen => (AccountType::Broker, chosen),
            };
            let details = Details::parse(cell(row, "name"), cell(row, "email"), cell(row, "phone"));
            let details = details.map_err(|_| DemoError::Missing(cell(row, "name").to_owned()))?;
            sign_up(tale, kind, (cell(row, "firm"), branch), &details).await?;
        }
        Ok(())
    }

    /// Declarations of one day: one that customs registers with another sum, one that it never sees, two with which
    /// something is wrong and about whose fee a second person decides, and one of watched goods, at the desk.
    async fn papers(&mut self, tale: &mut Tale<'_>, place: usize, date: Date) -> Result<(), DemoError> {
        let mut approved = Vec::new();
        for amount in [24_800, 31_500, LARGE, LARGE] {
            approved.extend(send(tale, place, date, (amount, None)).await?);
        }
        send(tale, place, date, (18_400, Some(WATCHED))).await?;
        let Some(trade) = tale.trades.get(place) else { return Ok(()) };
        let [differs, _, cancelled, corrected] = approved.as_slice() else {
            return Err(DemoError::Missing(format!("declarations of {}", trade.exporter)));
        };
        let registration_no = registration_no(date, &trade.office, tale.number);
        let presented = Presentation {
            code: differs.code.clone(),
            registration_no: registration_no.clone(),
            reference: differs.reference.clone(),
            exporter: trade.exporter.clone(),
        };
        register(tale.office, &tale.customs, &presented).await?;
        let (code, reference, exporter) = (&differs.code, &differs.reference, &trade.exporter);
        let _ = writeln!(self.registrations, "{registration_no},{code},{reference},{exporter},28400.00,");
        let right = trade.plain(&corrected.reference, LARGE / 10, None)?;
        for (approval, act, reason) in [
            (cancelled, Act::Cancel, "Sevkiyat yapılmadan sözleşme feshedildi"),
            (corrected, Act::Correct(Box::new(right)), "Fatura toplamında fazladan bir sıfır yazılmış"),
        ] {
            let proposal = Proposal {
                declarant: trade.declarant.clone(),
                reference: approval.reference.clone(),
                act,
                reason: reason.to_owned(),
                proof: format!("Dilekçe {}", approval.reference),
            };
            given(propose(tale.office, &trade.staff, proposal).await?, "case")?;
        }
        Ok(())
    }

    /// Customs' file of the month, with two declarations that no union approved.
    async fn month_of_customs(&mut self, tale: &Tale<'_>, date: Date) -> Result<(), DemoError> {
        for (place, trade) in (1..).zip(&tale.trades).take(2) {
            let number = registration_no(date, &trade.office, 99_000_000 + place);
            let _ = writeln!(self.registrations, "{number},,,{},{}00.00,EUR", trade.exporter, 120 + place);
        }
        let file = std::mem::take(&mut self.registrations);
        given(reconcile(tale.office, Some(self.month.clone()), file.as_bytes()).await?, "month of customs")?;
        Ok(())
    }
}

/// Sends one declaration of a trade; the approval, if it is one at once.
async fn send(
    tale: &mut Tale<'_>,
    place: usize,
    date: Date,
    (amount, gtip): (u64, Option<&str>),
) -> Result<Option<Approval>, DemoError> {
    let Some(trade) = tale.trades.get(place) else { return Ok(None) };
    tale.number += 1;
    let declaration = trade.plain(&reference(date, tale.number), amount, gtip)?;
    Ok(match trade.send(tale.office, declaration).await? {
        Decision::Approved(approval) => Some((*approval).clone()),
        _ => None,
    })
}

/// A bank statement: money for the account of a trade, two payments of nobody can tell whom, and the bank's own charge.
async fn statement(tale: &Tale<'_>, place: usize, date: Date) -> Result<(), DemoError> {
    let Some(trade) = tale.trades.get(place) else { return Ok(()) };
    let day = date.strftime("%d.%m.%Y");
    let file = format!(
        "Tarih;Tutar;Dekont No;Açıklama\n\
         {day};150.000,00;{place}01;{} nispi aidat\n\
         {day};{}.250,00;{place}02;Gümrük müşaviri ödemesi, müşteri adına\n\
         {day};4.{}00,00;{place}03;Birlik aidatı\n\
         {day};-12,50;{place}04;Havale masrafı\n",
        trade.account(),
        7 + place,
        1 + place % 9,
    );
    given(bank::import(tale.office, &trade.secretariat, file.as_bytes()).await?, "bank statement")?;
    Ok(())
}

/// Somebody signs up for a firm and sends both papers.
async fn sign_up(
    tale: &Tale<'_>,
    kind: AccountType,
    (firm, branch): (&str, &str),
    details: &Details,
) -> Result<(), DemoError> {
    let missing = || DemoError::Missing(format!("application for {firm}"));
    let found = applications::find_firm(tale.office, kind, firm).await?.map_err(|_| missing())?;
    let Starting::Started(handle) = applications::start(tale.office, &found, branch, details).await? else {
        return Err(missing());
    };
    let application = applications::find_by_handle(tale.office, &handle).await?.ok_or_else(missing)?;
    for paper in applications::Paper::ALL {
        applications::keep_of(tale.office, &application, paper, "belge.pdf", PAPER.to_vec()).await?;
    }
    applications::send_of(tale.office, &application).await?;
    Ok(())
}

/// A broker of another place asks for a power of the exporter, until the end of the next year.
async fn power(tale: &Tale<'_>, place: usize, date: Date) -> Result<(), DemoError> {
    let Some(trade) = tale.trades.get(place) else { return Ok(()) };
    let others = tale.trades.iter().filter(|other| other.declarant != trade.declarant);
    let Some(broker) = others.map(|other| &other.broker).nth(place % 3) else { return Ok(()) };
    let sides = given(apply::sides(tale.office, broker, &trade.exporter).await?, "sides of a power")?;
    let terms = Terms {
        daily_limit: None,
        secretariat: trade.secretariat.clone(),
        everywhere: false,
        takes_refunds: place.is_multiple_of(2),
        daily_limit: None,
        valid_from: Some(date),
        valid_to: Date::new(date.year() + 1, 12, 31).ok(),
    };
    let paper = Paper { name: "vekaletname.pdf".to_owned(), bytes: PAPER.to_vec() };
    let id = given(apply::draft(tale.office, broker, (&sides, &terms), None, Some(paper)).await?, "power")?;
    given(apply::send(tale.office, broker, id).await?, "power")
}

/// A member that changes unions and a good that is to pass the desk: both wait for a second person (S-12).
async fn changes(tale: &Tale<'_>, date: Date) -> Result<(), DemoError> {
    let users = rows(USERS);
    let mut proposers: Vec<Client> = Vec::new();
    for role in ["staff", "admin"] {
        let row = users.iter().find(|row| cell(row, "roles") == role);
        let code = row.map(|row| cell(row, "user")).unwrap_or_default();
        proposers.push(find_client(tale.office, code).await?.ok_or_else(|| DemoError::Missing(code.to_owned()))?);
    }
    let begins = date.first_of_month().saturating_add(2.months()).to_string();
    let membership = Cells::of([("tax_no", "1517983901"), ("union", "AHBIB"), ("valid_from", &begins)]);
    let watched = Cells::of([
        ("gtip_prefix", "071340"),
        ("at_desk", "yes"),
        ("validity_days", "30"),
        ("valid_from", &begins),
        ("origin", "Mercimek ihracatı kayda alındı"),
    ]);
    let proposals = [
        (Kind::Memberships, membership, "Üye, Hububat Birliği'ne de katıldı; yönetim kurulu kararı 2026/114"),
        (Kind::WatchedGoods, watched, "İhracat 2006/7 sayılı Tebliğ eki listede değişiklik"),
    ];
    for (proposer, (kind, row, reason)) in proposers.iter().zip(proposals) {
        let made = changes::propose(tale.office, proposer, kind, vec![row], reason).await?;
        if !matches!(made, changes::Judged::Given(_)) {
            return Err(DemoError::Missing(format!("change of {kind}: {made:?}")));
        }
    }
    Ok(())
}

fn given<T>(answer: Answer<T>, what: &str) -> Result<T, DemoError> {
    answer.given().map_err(|refusal| DemoError::Missing(format!("{what}: {refusal:?}")))
}

/// Minutes after half past eight at which the day's declarations are done.
const EVENING: i64 = 560;
/// Days before the last.
const BANK_DAY: i64 = 9;
const PAPERS_DAY: i64 = 8;
const MATCH_DAY: i64 = 7;
const CHANGES_DAY: i64 = 5;
const POWERS_DAY: i64 = 3;
/// In units of a currency: its fee is above what one person decides on alone.
const LARGE: u64 = 900_000;
/// Liquorice root, which waits at the desk.
const WATCHED: &str = "121190860014";
