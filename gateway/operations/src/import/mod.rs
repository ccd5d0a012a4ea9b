//! Bulk import of the registers from CSV: who is who, who pays, and the dated tables.
//!
//! [`plan`] is the dry run: it reads the whole file, lists every error with its line, and stores nothing. A plan
//! without errors is stored by [`Plan::commit`], all or nothing. Formats are those of `fixtures/demo` and of
//! `schemas/reference/dated`; a row that is there already is changed, and none is ever removed.

mod dated;
mod parties;
mod table;
#[cfg(test)]
pub(crate) mod tests;

use crate::Office;
use ebirlik_domain::money::Money;
use ebirlik_store::StoreError;
use ebirlik_store::accounts::{AccountKind, Deposit, Deposited};
use ebirlik_store::bank::DepositAccount;
use ebirlik_store::changes::ChangedRows;
use ebirlik_store::clients::{ClientRow, ContactOffice};
use ebirlik_store::parties::{Commitment, Firm, Membership, PayerCommitment, Power};
use ebirlik_store::rules::{
    BoundGoodsRow, ExemptionRow, FeeRateRow, HolidayRow, RegimeRuleRow, TariffRow, WatchedGoodsRow,
};
use std::fmt;
use table::Columns;

/// Largest file that is read. The whole register of 90,000 exporters with their powers has about 10 MiB.
pub const FILE_BYTES_MAX: usize = 64 << 20;
/// Errors that are listed; the rest is counted. Nobody mends more by hand before trying again.
pub const ERRORS_MAX: usize = 1_000;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Brokers and exporters.
    Firms,
    /// Memberships in unions.
    Memberships,
    /// Powers of attorney.
    Powers,
    /// Secretariats named in commitments.
    Commitments,
    /// Who prepays.
    Payers,
    /// Bank accounts that deposits are wired to.
    DepositAccounts,
    /// Contact offices of the secretariats.
    ContactOffices,
    /// Who signs in.
    Users,
    /// Opening balances of current accounts.
    Balances,
    /// The twelve-digit tariff.
    Tariff,
    /// Fee rates per sector.
    Rates,
    /// What the union does with a regime.
    Regimes,
    /// Marks of free-of-charge sending.
    Exemptions,
    /// Goods that are registered first, or whose approval has a term.
    WatchedGoods,
    /// Goods that one secretariat alone approves.
    BoundGoods,
    /// Public holidays.
    Holidays,
}

impl Kind {
    /// Every kind, in an order in which a new installation can load them.
    pub const ALL: [Self; 16] = [
        Self::Firms,
        Self::Memberships,
        Self::Commitments,
        Self::Powers,
        Self::Payers,
        Self::Balances,
        Self::DepositAccounts,
        Self::ContactOffices,
        Self::Users,
        Self::Tariff,
        Self::Rates,
        Self::Regimes,
        Self::Exemptions,
        Self::WatchedGoods,
        Self::BoundGoods,
        Self::Holidays,
    ];

    /// The word of the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Firms => "firms",
            Self::Memberships => "memberships",
            Self::Powers => "powers",
            Self::Commitments => "commitments",
            Self::Payers => "payers",
            Self::DepositAccounts => "deposit-accounts",
            Self::ContactOffices => "contact-offices",
            Self::Users => "users",
            Self::Balances => "balances",
            Self::Tariff => "tariff",
            Self::Rates => "rates",
            Self::Regimes => "regimes",
            Self::Exemptions => "exemptions",
            Self::WatchedGoods => "watched-goods",
            Self::BoundGoods => "bound-goods",
            Self::Holidays => "holidays",
        }
    }

    /// From the word of the command line.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The columns in the order of the fixtures, each with its meaning, as one line of help.
    pub fn help(self) -> String {
        let Columns { required, optional } = self.columns();
        let optional = optional.iter().map(|column| format!("[{column}]"));
        let columns: Vec<String> = required.iter().map(|column| (*column).to_owned()).chain(optional).collect();
        format!("{}: {}", columns.join(","), self.meaning())
    }

    /// The names of its columns, required ones first.
    pub fn column_names(self) -> impl Iterator<Item = &'static str> {
        let Columns { required, optional } = self.columns();
        required.iter().chain(optional).copied()
    }

    fn columns(self) -> Columns {
        let (required, optional): (&[_], &[_]) = match self {
            Self::Firms => (&["tax_no", "title", "kind"], &[]),
            Self::Memberships => (&["tax_no", "union", "valid_from"], &["valid_to", "registry_no"]),
            Self::Powers => (
                &["exporter", "declarant", "secretariats", "valid_from"],
                &["valid_to", "takes_refunds", "daily_limit"],
            ),
            Self::Commitments => (&["firm", "secretariat", "valid_from"], &["valid_to"]),
            Self::Payers => {
                (&["exporter", "secretariat", "declarant", "payer", "automatic", "valid_from"], &["valid_to"])
            }
            Self::DepositAccounts => (&["iban", "secretariat", "bank", "valid_from"], &["valid_to"]),
            Self::ContactOffices => (&["code", "secretariat", "name"], &[]),
            Self::Users => (
                &["user", "roles", "firm", "secretariat"],
                &["contact_office", "password_hash", "payment_password_hash", "locked"],
            ),
            Self::Balances => (&["firm", "secretariat", "amount", "reference"], &[]),
            Self::Tariff => (&["gtip"], &["description_tr", "description_en"]),
            Self::Rates => (&["sector_code", "rate_e4", "extra_rate_e4", "valid_from"], &["valid_to", "note"]),
            Self::Regimes => (&["regime", "needs_approval", "takes_fee", "valid_from"], &["valid_to", "origin"]),
            Self::Exemptions => (&["kind", "value", "valid_from"], &["valid_to", "origin"]),
            Self::WatchedGoods => (&["gtip_prefix", "at_desk", "validity_days", "valid_from"], &["valid_to", "origin"]),
            Self::BoundGoods => (&["gtip_prefix", "secretariat", "valid_from"], &["valid_to", "origin"]),
            Self::Holidays => (&["date", "name_tr", "half_day"], &[]),
        };
        Columns { required, optional }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Firms => "kind is exporter or broker",
            Self::Memberships => {
                "the firm is a member of a union, first and last day included; registry_no is its number there"
            }
            Self::Powers => {
                "power of attorney; secretariats separated by blanks, * is all; takes_refunds is yes or no, no where \
                 it is left out: may the declarant apply for fees to be given back; daily_limit is the most in TL that \
                 may be debited on one day by it, no limit where it is left out"
            }
            Self::Commitments => "a firm that declares named the secretariat in its commitment",
            Self::Payers => {
                "who prepays, the exporter or the declarant named; automatic is yes or no; opens the account"
            }
            Self::DepositAccounts => "bank accounts of a secretariat that deposits are wired to, as firms see them",
            Self::ContactOffices => "units of a secretariat with staff of their own",
            Self::Users => {
                "roles of edi, payer, customs, staff, admin separated by blanks; hashes are argon2id in PHC form, \
                 passwords are never taken; what is left out or empty stays as it was"
            }
            Self::Balances => "opening balance in lira, such as 1000.00; opens the account; a reference books once",
            Self::Tariff => "twelve digits; once a tariff is imported, only its codes are accepted",
            Self::Rates => "parts per ten thousand of the FOB value; one rate per sector and day",
            Self::Regimes => "needs_approval and takes_fee are yes or no",
            Self::Exemptions => "kind is item_property or payment_method",
            Self::WatchedGoods => "at_desk is yes or no; validity_days may be empty",
            Self::BoundGoods => "goods that one secretariat alone approves",
            Self::Holidays => "half_day yes: free from 13:00",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One thing that is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// Line, from 1; the header is line 1.
    pub line: u64,
    /// Name of the column; empty when the whole row is meant.
    pub column: String,
    /// What stands there, cut when long.
    pub value: String,
    /// In which way it is wrong.
    pub amiss: Amiss,
    /// What is expected instead.
    pub expected: String,
}

/// In which way a row is wrong: what a page says in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amiss {
    /// It is not what its column takes.
    Form,
    /// Another row says the same.
    Twice,
    /// Another row of the same key holds on one of its days.
    Overlap,
    /// There is no such firm in the register.
    NotInRegister,
    /// It is another secretariat's.
    OtherSecretariat,
}

impl fmt::Display for RowError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, value, expected, .. } = self;
        write!(formatter, "line {line}")?;
        if !column.is_empty() {
            write!(formatter, ", {column}")?;
        }
        write!(formatter, ": {value:?}; expected {expected}")
    }
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportErrors {
    /// Too large.
    #[error("the file has {bytes} bytes, at most {FILE_BYTES_MAX} are read; split it. Nothing was imported")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Another encoding.
    #[error("line {line} is not UTF-8; save the file as \"CSV UTF-8\". Nothing was imported")]
    NotUtf8 {
        /// Line, from 1.
        line: usize,
    },
    /// Nothing in it.
    #[error("the file has no row below its header. Nothing was imported")]
    Empty,
    /// What is wrong, by line.
    #[error("{}. Nothing was imported", listed(.errors, *.left_off))]
    Rows {
        /// At most [`ERRORS_MAX`], by line.
        errors: Vec<RowError>,
        /// Further ones.
        left_off: usize,
    },
    /// The store failed, or a reference stands for another booking already.
    #[error("{0}. Nothing was imported")]
    Store(#[from] StoreError),
}

/// A file without errors, not yet stored.
#[derive(Debug)]
pub struct Plan {
    kind: Kind,
    rows: Rows,
    notes: Vec<String>,
}

/// What a plan will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// What the file holds.
    pub kind: Kind,
    /// Rows below the header that say something.
    pub rows: usize,
    /// What will change, a sentence each.
    pub notes: Vec<String>,
}

/// What was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// What the file held.
    pub kind: Kind,
    /// Rows stored.
    pub rows: usize,
    /// Of them, those that had been booked before and changed nothing. Only of balances.
    pub before: usize,
}

/// Rows ready for the store.
#[derive(Debug)]
enum Rows {
    Firms(Vec<Firm>),
    Memberships(Vec<Membership>),
    Powers(Vec<Power>),
    Commitments(Vec<Commitment>),
    Payers(Vec<PayerCommitment>),
    DepositAccounts(Vec<DepositAccount>),
    ContactOffices(Vec<ContactOffice>),
    Users(Vec<ClientRow>),
    Balances(Vec<Deposit>),
    Tariff(Vec<TariffRow>),
    Rates(Vec<FeeRateRow>),
    Regimes(Vec<RegimeRuleRow>),
    Exemptions(Vec<ExemptionRow>),
    WatchedGoods(Vec<WatchedGoodsRow>),
    BoundGoods(Vec<BoundGoodsRow>),
    Holidays(Vec<HolidayRow>),
}

/// The dry run: reads a file against the store and stores nothing.
///
/// # Errors
/// With everything that is wrong in the file, or when the store does not answer.
pub async fn plan(office: &Office, kind: Kind, bytes: &[u8]) -> Result<Plan, ImportErrors> {
    let file = table::File::open(bytes, kind.columns())?;
    let (rows, notes) = match kind {
        Kind::Firms => parties::firms(office, file).await?,
        Kind::Memberships => parties::memberships(office, file).await?,
        Kind::Powers => parties::powers(office, file).await?,
        Kind::Commitments => parties::commitments(office, file).await?,
        Kind::Payers => parties::payers(office, file).await?,
        Kind::DepositAccounts => parties::deposit_accounts(office, file)?,
        Kind::ContactOffices => parties::contact_offices(office, file)?,
        Kind::Users => parties::users(office, file).await?,
        Kind::Balances => parties::balances(office, file).await?,
        Kind::Tariff => dated::tariff(office, file).await?,
        Kind::Rates => dated::rates(office, file).await?,
        Kind::Regimes => dated::regimes(office, file).await?,
        Kind::Exemptions => dated::exemptions(office, file).await?,
        Kind::WatchedGoods => dated::watched_goods(office, file).await?,
        Kind::BoundGoods => dated::bound_goods(office, file).await?,
        Kind::Holidays => dated::holidays(file)?,
    };
    Ok(Plan { kind, rows, notes })
}

impl Plan {
    /// What it will do.
    pub fn summary(&self) -> Summary {
        Summary { kind: self.kind, rows: self.rows.len(), notes: self.notes.clone() }
    }

    /// Its rows, where two people change such rows; none for the other kinds.
    pub(crate) fn into_changed(self) -> Option<ChangedRows> {
        Some(match self.rows {
            Rows::Memberships(rows) => ChangedRows::Memberships(rows),
            Rows::Commitments(rows) => ChangedRows::Commitments(rows),
            Rows::Payers(rows) => ChangedRows::Payers(rows),
            Rows::ContactOffices(rows) => ChangedRows::ContactOffices(rows),
            Rows::Rates(rows) => ChangedRows::Rates(rows),
            Rows::Regimes(rows) => ChangedRows::Regimes(rows),
            Rows::Exemptions(rows) => ChangedRows::Exemptions(rows),
            Rows::WatchedGoods(rows) => ChangedRows::WatchedGoods(rows),
            Rows::BoundGoods(rows) => ChangedRows::BoundGoods(rows),
            Rows::Holidays(rows) => ChangedRows::Holidays(rows),
            Rows::Firms(_)
            | Rows::Powers(_)
            | Rows::DepositAccounts(_)
            | Rows::Users(_)
            | Rows::Balances(_)
            | Rows::Tariff(_) => return None,
        })
    }

    /// Stores it, all or nothing. Servers that run notice within a second.
    ///
    /// # Errors
    /// When the store fails, or a deposit's reference has booked something else.
    pub async fn commit(self, office: &Office) -> Result<Imported, ImportErrors> {
        let store = &office.store;
        let (kind, rows, mut before) = (self.kind, self.rows.len(), 0);
        match &self.rows {
            Rows::Firms(rows) => store.save_firms(rows).await?,
            Rows::Memberships(rows) => store.save_memberships(rows).await?,
            Rows::Powers(rows) => store.record_powers(rows, &office.ids, office.clock.now()).await?,
            Rows::Commitments(rows) => store.save_commitments(rows).await?,
            Rows::Payers(rows) => store.save_payers(rows).await?,
            Rows::DepositAccounts(rows) => store.save_deposit_accounts(rows).await?,
            Rows::ContactOffices(rows) => store.save_contact_offices(rows).await?,
            Rows::Users(rows) => store.save_clients(rows).await?,
            Rows::Balances(rows) => before = book(office, rows).await?,
            Rows::Tariff(rows) => store.save_tariff(rows).await?,
            Rows::Rates(rows) => store.save_fee_rates(rows).await?,
            Rows::Regimes(rows) => store.save_regime_rules(rows).await?,
            Rows::Exemptions(rows) => store.save_exemptions(rows).await?,
            Rows::WatchedGoods(rows) => store.save_watched_goods(rows).await?,
            Rows::BoundGoods(rows) => store.save_bound_goods(rows).await?,
            Rows::Holidays(rows) => store.save_holidays(rows).await?,
        }
        Ok(Imported { kind, rows, before })
    }
}

impl Rows {
    fn len(&self) -> usize {
        match self {
            Self::Firms(rows) => rows.len(),
            Self::Memberships(rows) => rows.len(),
            Self::Powers(rows) => rows.len(),
            Self::Commitments(rows) => rows.len(),
            Self::Payers(rows) => rows.len(),
            Self::DepositAccounts(rows) => rows.len(),
            Self::ContactOffices(rows) => rows.len(),
            Self::Users(rows) => rows.len(),
            Self::Balances(rows) => rows.len(),
            Self::Tariff(rows) => rows.len(),
            Self::Rates(rows) => rows.len(),
            Self::Regimes(rows) => rows.len(),
            Self::Exemptions(rows) => rows.len(),
            Self::WatchedGoods(rows) => rows.len(),
            Self::BoundGoods(rows) => rows.len(),
            Self::Holidays(rows) => rows.len(),
        }
    }
}

/// Opens the accounts, which changes no balance, and books all deposits in one transaction.
async fn book(office: &Office, deposits: &[Deposit]) -> Result<usize, StoreError> {
    for deposit in deposits {
        office.store.open_account(AccountKind::Current, &deposit.firm, &deposit.secretariat).await?;
    }
    let booked = office.store.deposit(deposits, &office.ids, office.clock.now()).await?;
    Ok(booked.into_iter().filter(|one| *one == Deposited::Before).count())
}

fn listed(errors: &[RowError], left_off: usize) -> String {
    let mut lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    if left_off > 0 {
        lines.push(format!("and {left_off} more errors"));
    }
    lines.join("\n")
}

/// The sum of deposits for a note; `None` when no ledger could hold it.
fn sum(amounts: impl Iterator<Item = Money>) -> Option<Money> {
    amounts.into_iter().try_fold(Money::ZERO, Money::checked_add)
}
