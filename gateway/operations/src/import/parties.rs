//! Who takes part: firms, memberships, powers of attorney, commitments, who pays, who signs in, opening balances.

use super::table::{File, Read, Row, stored};
use super::{Amiss, ImportErrors, Rows, sum};
use crate::money::{REFERENCE_LETTERS_MAX, deposit_max};
use crate::{Office, Role, Roles};
use argon2::Params;
use argon2::password_hash::phc::PasswordHash;
use ebirlik_domain::iban::Iban;
use ebirlik_domain::rules::Rules;
use ebirlik_store::bank::DepositAccount;
use ebirlik_store::clients::{ClientRow, ContactOffice};
use ebirlik_store::parties::{Commitment, Firm, Membership, PayerCommitment, Power};
use ebirlik_store::{Store, StoreError, accounts::Deposit};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// Letters of a firm's title. The trade registry has titles of some three hundred.
const TITLE_LETTERS_MAX: usize = 500;
/// Letters of a number in a union's register. Eight are usual.
const REGISTRY_NO_LETTERS_MAX: usize = 30;
/// Letters of a user code. Eight are usual.
const USER_LETTERS_MAX: usize = 64;
/// Heaviest argon2 run that a stored hash may ask for at each sign-in: KiB of memory, rounds, lanes.
const RUN_MAX: (u32, u32, u32) = (256 * 1024, 10, 4);
/// Look-ups under way at once.
const LOOKUPS: usize = 16;

type Planned = Result<(Rows, Vec<String>), ImportErrors>;

pub(super) async fn firms(office: &Office, file: File<'_>) -> Planned {
    let read = file.read(|row| {
        let tax_no = row.tax_number("tax_no");
        let title = row.text("title", TITLE_LETTERS_MAX);
        let kind = row.word("kind", &["exporter", "broker"]);
        row.unique("tax_no", &[tax_no.as_ref()?])?;
        Some(Firm { tax_no: tax_no?, title: title?, kind: kind? })
    })?;
    let rows = read.sound()?;
    let known = known_firms(&office.store, rows.iter().map(|row| row.tax_no.clone()).collect()).await?;
    let changed = rows
        .iter()
        .filter(|row| known.get(&row.tax_no).is_some_and(|firm| (&firm.title, &firm.kind) != (&row.title, &row.kind)));
    let notes = vec![format!("{} firms are new, {} change", rows.len() - known.len(), changed.count())];
    Ok((Rows::Firms(rows), notes))
}

pub(super) async fn memberships(office: &Office, file: File<'_>) -> Planned {
    let rules = office.rules();
    let read = file.read(|row| {
        let firm = row.firm("tax_no");
        let union_code = row.code("union", rules.unions.keys(), "a union");
        let registry_no = row.free_text("registry_no", REGISTRY_NO_LETTERS_MAX);
        let term = row.term();
        let (firm, union_code, (valid_from, valid_to)) = (firm?, union_code?, stored(term?));
        let registry_no = registry_no?;
        row.unique("union", &[&firm, &union_code, &valid_from])?;
        let secretariat = rules.unions.get(&union_code)?.clone();
        Some(Membership { firm, union_code, secretariat, valid_from, valid_to, registry_no })
    })?;
    let rows = with_known_firms(office, read).await?;
    let firms: BTreeSet<&str> = rows.iter().map(|row| row.firm.as_str()).collect();
    let notes = vec![format!("memberships of {} firms are added or get a new last day", firms.len())];
    Ok((Rows::Memberships(rows), notes))
}

pub(super) async fn powers(office: &Office, file: File<'_>) -> Planned {
    let rules = office.rules();
    let read = file.read(|row| {
        let (exporter, declarant) = (row.firm("exporter"), row.firm("declarant"));
        let secretariats = secretariats(row, &rules);
        let takes_refunds = if row.cell("takes_refunds").is_empty() { Some(0) } else { row.flag("takes_refunds") };
        let daily_limit = match row.cell("daily_limit") {
            "" => Some(None),
            _ => row.money("daily_limit", deposit_max()).map(|most| Some(most.kurus())),
        };
        let term = row.term();
        let (exporter, declarant, (valid_from, valid_to)) = (exporter?, declarant?, stored(term?));
        let (takes_refunds, daily_limit) = (takes_refunds?, daily_limit?);
        let mut powers = Vec::new();
        for secretariat in secretariats? {
            row.unique("secretariats", &[&exporter, &declarant, &secretariat, &valid_from])?;
            let (exporter, declarant) = (exporter.clone(), declarant.clone());
            let (valid_from, valid_to) = (valid_from.clone(), valid_to.clone());
            let power = Power { exporter, declarant, secretariat, takes_refunds, daily_limit, valid_from, valid_to };
            powers.push(power);
        }
        Some(powers)
    })?;
    let rows: Vec<Power> = with_known_firms(office, read).await?.into_iter().flatten().collect();
    let exporters: BTreeSet<&str> = rows.iter().map(|row| row.exporter.as_str()).collect();
    let notes = vec![format!("powers of {} exporters are added or get a new last day", exporters.len())];
    Ok((Rows::Powers(rows), notes))
}

pub(super) async fn commitments(office: &Office, file: File<'_>) -> Planned {
    let rules = office.rules();
    let read = file.read(|row| {
        let firm = row.firm("firm");
        let secretariat = row.code("secretariat", rules.secretariats.keys(), "a secretariat");
        let term = row.term();
        let (firm, secretariat, (valid_from, valid_to)) = (firm?, secretariat?, stored(term?));
        row.unique("secretariat", &[&firm, &secretariat, &valid_from])?;
        Some(Commitment { firm, secretariat, valid_from, valid_to })
    })?;
    let rows = with_known_firms(office, read).await?;
    let firms: BTreeSet<&str> = rows.iter().map(|row| row.firm.as_str()).collect();
    let notes = vec![format!("commitments of {} firms get a secretariat or a new last day", firms.len())];
    Ok((Rows::Commitments(rows), notes))
}

/// G-46, G-47: the exporter's own account pays, or that of the declarant which agreed to it.
pub(super) async fn payers(office: &Office, file: File<'_>) -> Planned {
    let rules = office.rules();
    let read = file.read(|row| {
        let exporter = row.firm("exporter");
        let secretariat = row.code("secretariat", rules.secretariats.keys(), "a secretariat");
        let anybody = row.cell("declarant").is_empty();
        let declarant = if anybody { Some(String::new()) } else { row.firm("declarant") };
        let payer = row.firm("payer");
        let (automatic, term) = (row.flag("automatic"), row.term());
        let (exporter, secretariat, declarant, payer) = (exporter?, secretariat?, declarant?, payer?);
        if payer != exporter && payer != declarant {
            return row.wrong("payer", "the exporter, or the declarant that the row names");
        }
        let (valid_from, valid_to) = stored(term?);
        row.unique("payer", &[&exporter, &secretariat, &declarant, &valid_from])?;
        Some(PayerCommitment { exporter, secretariat, declarant, payer, automatic: automatic?, valid_from, valid_to })
    })?;
    let rows = with_known_firms(office, read).await?;
    let automatic = rows.iter().filter(|row| row.automatic == 1).count();
    let accounts: BTreeSet<_> = rows.iter().map(|row| (&row.payer, &row.secretariat)).collect();
    let notes = vec![
        format!("{automatic} of {} payer commitments let the account be debited automatically", rows.len()),
        format!("{} current accounts are opened where they are not open yet", accounts.len()),
    ];
    Ok((Rows::Payers(rows), notes))
}

pub(super) fn contact_offices(office: &Office, file: File<'_>) -> Planned {
    let rules = office.rules();
    let read = file.read(|row| {
        let code = contact_office_code(row, "code").filter(|code| !code.is_empty());
        let code = code.or_else(|| row.wrong("code", "a code"));
        let secretariat = row.code("secretariat", rules.secretariats.keys(), "a secretariat");
        let name = row.text("name", NAME_LETTERS_MAX);
        let code = code?;
        row.unique("code", &[&code])?;
        Some(ContactOffice { code, secretariat: secretariat?, name: name? })
    })?;
    let rows = read.sound()?;
    let notes = vec![format!("{} contact offices", rows.len())];
    Ok((Rows::ContactOffices(rows), notes))
}

/// Where firms wire their deposits to (P-4.9.3).
pub(super) fn deposit_accounts(office: &Office, file: File<'_>) -> Planned {
    let rules = office.rules();
    let read = file.read(|row| {
        let iban = Iban::parse(row.cell("iban"));
        let iban = iban.or_else(|| row.wrong("iban", "a Turkish IBAN with right check digits"));
        let secretariat = row.code("secretariat", rules.secretariats.keys(), "a secretariat");
        let (bank, term) = (row.text("bank", NAME_LETTERS_MAX), row.term());
        let iban = iban?.as_str().to_owned();
        row.unique("iban", &[&iban])?;
        let (valid_from, valid_to) = stored(term?);
        Some(DepositAccount { iban, secretariat: secretariat?, bank: bank?, valid_from, valid_to })
    })?;
    let rows = read.sound()?;
    let notes = vec![format!("{} bank accounts for deposits", rows.len())];
    Ok((Rows::DepositAccounts(rows), notes))
}

/// Letters A-Z, digits and hyphens, or nothing.
fn contact_office_code(row: &mut Row<'_>, column: &'static str) -> Option<String> {
    let code = row.cell(column);
    let fits = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '-';
    if code.len() <= CONTACT_OFFICE_LETTERS_MAX && code.chars().all(fits) {
        return Some(code.to_owned());
    }
    row.wrong(column, format!("up to {CONTACT_OFFICE_LETTERS_MAX} letters A-Z, digits and -"))
}

/// Letters of a contact office's code.
const CONTACT_OFFICE_LETTERS_MAX: usize = 20;
/// Letters of its name.
const NAME_LETTERS_MAX: usize = 120;

/// The contact office of a member of staff, one of its own secretariat.
fn contact_office_of_user(row: &mut Row<'_>, offices: &[ContactOffice]) -> Option<String> {
    let code = contact_office_code(row, "contact_office")?;
    let known = offices.iter().any(|office| office.code == code && office.secretariat == row.cell("secretariat"));
    if code.is_empty() || known {
        return Some(code);
    }
    row.wrong("contact_office", "a contact office of the row's secretariat; import it under contact-offices first")
}

pub(super) async fn users(office: &Office, file: File<'_>) -> Planned {
    let tables = office.rules();
    let offices = office.store.list_contact_offices().await?;
    let read = file.read(|row| {
        let contact_office = contact_office_of_user(row, &offices);
        let code = user_code(row);
        let (words, firm, secretariat) = (roles(row), firm_of_user(row), secretariat_of_user(row, &tables));
        let (password_hash, payment_password_hash) = (hash(row, "password_hash"), hash(row, "payment_password_hash"));
        let locked = if row.cell("locked").is_empty() { Some(None) } else { row.flag("locked").map(Some) };
        let (code, roles) = (code?, words?);
        row.unique("user", &[&code])?;
        let (password_hash, payment_password_hash) = (password_hash?, payment_password_hash?);
        let (firm, secretariat) = (firm?, secretariat?);
        let contact_office = contact_office?;
        let row = ClientRow {
            code,
            firm,
            secretariat,
            contact_office,
            roles,
            password_hash,
            payment_password_hash,
            locked: 0,
        };
        Some((row, locked?))
    })?;
    let read = with_known_firms(office, read).await?;
    let known = known_clients(&office.store, read.iter().map(|(row, _)| row.code.clone()).collect()).await?;
    let mut rows = Vec::new();
    for (mut row, locked) in read {
        // A file that does not speak of locks opens none.
        row.locked = locked.unwrap_or_else(|| known.get(&row.code).map_or(0, |client| client.locked));
        rows.push(row);
    }
    let without = rows.iter().filter(|row| row.password_hash.is_empty() && !known.contains_key(&row.code)).count();
    let notes = vec![
        format!("{} users are new, {} change", rows.len() - known.len(), known.len()),
        format!("{without} new users have no password yet and cannot sign in"),
    ];
    Ok((Rows::Users(rows), notes))
}

pub(super) async fn balances(office: &Office, file: File<'_>) -> Planned {
    let rules = office.rules();
    let read = file.read(|row| {
        let firm = row.firm("firm");
        let secretariat = row.code("secretariat", rules.secretariats.keys(), "a secretariat");
        let amount = row.money("amount", deposit_max());
        let reference = row.text("reference", REFERENCE_LETTERS_MAX);
        row.unique("reference", &[reference.as_ref()?])?;
        Some(Deposit {
            kind: "opening",
            firm: firm?,
            secretariat: secretariat?,
            amount: amount?,
            reference: reference?,
        })
    })?;
    let rows = with_known_firms(office, read).await?;
    let total = sum(rows.iter().map(|row| row.amount)).map_or_else(String::new, |sum| format!(" with {sum} TL in all"));
    let notes = vec![format!("{} opening balances{total}; references booked before change nothing", rows.len())];
    Ok((Rows::Balances(rows), notes))
}

/// `*`, or secretariats separated by blanks.
fn secretariats(row: &mut Row<'_>, rules: &Rules) -> Option<Vec<String>> {
    let words: Vec<String> = row.cell("secretariats").split_ascii_whitespace().map(ToOwned::to_owned).collect();
    if words == ["*"] || !words.is_empty() && words.iter().all(|word| rules.secretariats.contains_key(word)) {
        return Some(words);
    }
    let codes: Vec<&str> = rules.secretariats.keys().map(String::as_str).collect();
    row.wrong("secretariats", format!("* or codes separated by blanks of {}", codes.join(", ")))
}

/// No colon: HTTP Basic separates user code and password by one.
fn user_code(row: &mut Row<'_>) -> Option<String> {
    let code = row.cell("user");
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.@".contains(letter);
    if (1..=USER_LETTERS_MAX).contains(&code.len()) && code.chars().all(fits) {
        return Some(code.to_owned());
    }
    row.wrong("user", format!("1 to {USER_LETTERS_MAX} letters a-z, digits, and - _ . @"))
}

fn roles(row: &mut Row<'_>) -> Option<String> {
    let words = row.cell("roles").split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    if !words.is_empty() && Roles::parse(&words).is_some() {
        return Some(words);
    }
    let all = Role::ALL.map(Role::as_str).join(", ");
    row.wrong("roles", format!("at least one of {all}, separated by blanks"))
}

/// One who sends or pays acts for a firm; nobody else does.
fn firm_of_user(row: &mut Row<'_>) -> Option<String> {
    let roles = Roles::parse(row.cell("roles"))?;
    match (roles.has_any(&[Role::Edi, Role::Payer]), row.cell("firm").is_empty()) {
        (true, _) => row.firm("firm"),
        (false, true) => Some(String::new()),
        (false, false) => row.wrong("firm", "nothing, since only edi and payer act for a firm"),
    }
}

/// Staff belongs to a secretariat; nobody else does.
fn secretariat_of_user(row: &mut Row<'_>, tables: &Rules) -> Option<String> {
    let roles = Roles::parse(row.cell("roles"))?;
    match (roles.has(Role::Staff), row.cell("secretariat").is_empty()) {
        (true, _) => row.code("secretariat", tables.secretariats.keys(), "a secretariat"),
        (false, true) => Some(String::new()),
        (false, false) => row.wrong("secretariat", "nothing, since only staff belongs to a secretariat"),
    }
}

/// An argon2id hash in PHC form that costs no more than we bear at each sign-in, or nothing.
fn hash(row: &mut Row<'_>, column: &'static str) -> Option<String> {
    let text = row.cell(column);
    if text.is_empty() {
        return Some(String::new());
    }
    let bearable = |hash: PasswordHash| {
        let (memory, rounds, lanes) = RUN_MAX;
        let params = Params::try_from(&hash).ok()?;
        let bearable = params.m_cost() <= memory && params.t_cost() <= rounds && params.p_cost() <= lanes;
        (bearable && hash.algorithm == argon2::ARGON2ID_IDENT && hash.salt.is_some() && hash.hash.is_some())
            .then_some(())
    };
    if PasswordHash::new(text).ok().and_then(bearable).is_some() {
        return Some(text.to_owned());
    }
    row.wrong_secret(column, "an argon2id hash in PHC form, $argon2id$v=19$..., and never a password")
}

/// The rows of a file whose firms are all in the register.
async fn with_known_firms<T>(office: &Office, mut read: Read<T>) -> Result<Vec<T>, ImportErrors> {
    let known = known_firms(&office.store, read.firms()).await?;
    for (firm, places) in read.mentions.iter().filter(|(firm, _)| !known.contains_key(*firm)) {
        for (line, column) in places {
            let expected = "a firm of the register; import it under firms first".to_owned();
            read.errors.push((*line, column), firm, Amiss::NotInRegister, expected);
        }
    }
    read.sound()
}

async fn known_firms(store: &Store, numbers: BTreeSet<String>) -> Result<BTreeMap<String, Firm>, StoreError> {
    look_up(store, numbers, |store, number| async move { store.find_firm(&number).await }).await
}

async fn known_clients(store: &Store, codes: BTreeSet<String>) -> Result<BTreeMap<String, ClientRow>, StoreError> {
    look_up(store, codes, |store, code| async move { store.find_client(&code).await }).await
}

/// Looks keys up, several at once: a file may name every exporter of the country.
async fn look_up<T, F>(
    store: &Store,
    keys: BTreeSet<String>,
    find: impl Fn(Store, String) -> F,
) -> Result<BTreeMap<String, T>, StoreError>
where
    T: Send + 'static,
    F: Future<Output = Result<Option<T>, StoreError>> + Send + 'static,
{
    let mut found = BTreeMap::new();
    let mut under_way = JoinSet::new();
    let mut keys = keys.into_iter();
    loop {
        while under_way.len() < LOOKUPS
            && let Some(key) = keys.next()
        {
            let answer = find(store.clone(), key.clone());
            under_way.spawn(async move { (key, answer.await) });
        }
        let Some(done) = under_way.join_next().await else { return Ok(found) };
        let (key, answer) = done.map_err(|error| StoreError::Missing(format!("a look-up broke off: {error}")))?;
        if let Some(value) = answer? {
            found.insert(key, value);
        }
    }
}
