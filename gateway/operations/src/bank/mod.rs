//! Bank statements: what came in is booked to the account that its sender named, and what nobody can tell waits for a
//! person.
//!
//! Source: G-48, G-92. MT940 and CSV; the same file twice changes nothing, nor do statements that overlap, as long as
//! the bank tells its lines alike.

mod mt940;
mod spreadsheet;

use crate::client::Client;
use crate::money::deposit_max;
use crate::office::Office;
use crate::status::Answer;
use crate::waiting_room;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::Money;
use ebirlik_domain::tax_number::TaxNumber;
use ebirlik_store::bank::{BankLine, ImportedLines, KeptLine, LineDecision};
use ebirlik_store::events::hex;
use encoding_rs::WINDOWS_1254;
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

/// What became of a statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Of the lines that brought money.
    pub lines: ImportedLines,
    /// Lines by which money left, which are none of this module's business.
    pub outgoing: u64,
    /// Declarations that had waited for this money and are approved now.
    pub released: usize,
}

/// What a person decides on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The line's key.
    pub line: String,
    /// Name of the account that it is for; without one it is set aside.
    pub account: Option<String>,
    /// Why.
    pub reason: String,
}

/// A line as a reader finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    booked_on: Date,
    /// `None` where money left.
    amount: Option<Money>,
    bank_reference: String,
    text: String,
}

/// Where a statement cannot be read, and why.
#[derive(Debug, PartialEq, Eq)]
struct Malformed {
    line: usize,
    why: String,
}

/// Takes in a statement of a secretariat's bank account, none of it when it cannot be read, and lets those declarations go that waited for
/// the money.
///
/// # Errors
/// When we cannot tell now.
pub async fn import(office: &Office, secretariat: &str, bytes: &[u8]) -> Result<Answer<Imported>, Fault> {
    let text = decoded(bytes);
    let read = if mt940::is_one(&text) { mt940::read(&text) } else { spreadsheet::read(&text) };
    let read = match read {
        Ok(read) => read,
        Err(Malformed { line, why }) => {
            let finding = Finding::new(Rule::BankStatementMalformed).detail(format!("{line}: {why}"));
            return Ok(Answer::Refused(Refusal::of(None, finding)));
        }
    };
    let outgoing = read.iter().filter(|line| line.amount.is_none()).count() as u64;
    let (mut lines, mut alike) = (Vec::new(), HashMap::<String, u32>::new());
    for line in read {
        let Some(amount) = line.amount else { continue };
        let said = format!("{}\n{amount}\n{}\n{}", line.booked_on, line.bank_reference, line.text);
        let times = alike.entry(said.clone()).or_default();
        *times += 1;
        let key = Sha256::digest(format!("{secretariat}\n{said}\n{times}").as_bytes());
        let account = match_account(office, secretariat, &line.text).await?;
        lines.push(BankLine {
            key: hex(&key),
            booked_on: line.booked_on.to_string(),
            amount,
            bank_reference: line.bank_reference,
            text: line.text,
            account,
        });
    }
    let mut imported = Imported { outgoing, ..Imported::default() };
    // In pieces, so that approvals go on in between; a piece that was taken in before is known the second time. Accounts in
    // one order, as the approval writer takes them, so that neither waits for the other.
    lines.sort_by_key(|line| line.account);
    for piece in lines.chunks(LINES_AT_ONCE) {
        let part = office.store.import_bank_lines(secretariat, piece, &office.ids, office.clock.now()).await?;
        imported.lines.booked += part.booked;
        imported.lines.unmatched += part.unmatched;
        imported.lines.before += part.before;
    }
    // What is booked is booked; the server looks again each second.
    imported.released = waiting_room::release(office).await.unwrap_or_default();
    Ok(Answer::Given(imported))
}

/// Lines of the staff's secretariat that a person must decide on.
///
/// # Errors
/// When the store does not answer.
pub async fn list_unmatched(office: &Office, staff: &Client) -> Result<Vec<KeptLine>, Fault> {
    Ok(office.store.list_unmatched_lines(&staff.secretariat, LIST_MAX).await?)
}

/// One line of the staff's secretariat, however it stands.
///
/// # Errors
/// When the store does not answer.
pub async fn find_line(office: &Office, staff: &Client, key: &str) -> Result<Option<KeptLine>, Fault> {
    Ok(office.store.find_bank_line(&staff.secretariat, key).await?)
}

/// Books a line, or sets it aside; how it stands then.
///
/// # Errors
/// When we cannot tell now.
pub async fn decide(office: &Office, staff: &Client, decision: &Decision) -> Result<Answer<&'static str>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(None, finding)));
    if decision.reason.trim().is_empty() {
        return refused(Finding::new(Rule::ReasonMissing));
    }
    let (what, state) = match &decision.account {
        None => (LineDecision::SetAside, "set_aside"),
        Some(name) => {
            let firm = name.strip_prefix(&staff.secretariat).and_then(|rest| rest.strip_prefix('-'));
            let account = match firm {
                Some(firm) => office.store.find_account(firm, &staff.secretariat).await?,
                None => None,
            };
            let Some(account) = account else {
                return refused(Finding::new(Rule::NotFound).value(name.clone()));
            };
            (LineDecision::Book(account), "booked")
        }
    };
    let by = (staff.code.as_str(), decision.reason.trim());
    let at = (office.ids.as_ref(), office.clock.now());
    if !office.store.decide_line(&staff.secretariat, &decision.line, &what, by, at).await? {
        return refused(Finding::new(Rule::NotFound).value(decision.line.clone()));
    }
    let _released = waiting_room::release(office).await;
    Ok(Answer::Given(state))
}

/// The account that a text names: by its name, or by the tax number of a firm that has one here. Two names are none.
async fn match_account(office: &Office, secretariat: &str, text: &str) -> Result<Option<i64>, Fault> {
    let mut found = BTreeSet::new();
    for number in text.split(|letter: char| !letter.is_ascii_digit()) {
        let Ok(firm) = TaxNumber::parse(number) else { continue };
        found.extend(office.store.find_account(firm.as_str(), secretariat).await?);
    }
    let mut found = found.into_iter();
    Ok(found.next().filter(|_| found.next().is_none()))
}

/// Banks write UTF-8 or the Turkish code page of Windows.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let text =
        std::str::from_utf8(bytes).map_or_else(|_| WINDOWS_1254.decode_without_bom_handling(bytes).0, Cow::Borrowed);
    if text.contains('\0') { Cow::Owned(text.replace('\0', " ")) } else { text }
}

/// An amount of a bank: `1234.56`, `1234,56` or `1.234,56`.
fn amount(text: &str) -> Option<Money> {
    let amount = match text.split_once(',') {
        None => Money::parse(text),
        Some((lira, kurus)) => Money::parse(&format!("{}.{kurus}", lira.replace('.', ""))),
    };
    amount.filter(|amount| *amount <= deposit_max())
}

/// Lines booked in one transaction.
const LINES_AT_ONCE: usize = 500;
/// Lines of one list.
const LIST_MAX: u32 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_banks_write_them() {
        for (text, kurus) in [("1234.56", 123_456), ("1234,56", 123_456), ("1.234,56", 123_456), ("5", 500)] {
            assert_eq!(amount(text).map(Money::kurus), Some(kurus), "{text}");
        }
        for bad in ["", "1,234.56", "-1,00", "1,234", "bin"] {
            assert_eq!(amount(bad), None, "{bad}");
        }
    }
}
