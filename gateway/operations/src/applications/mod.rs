//! Signing up: somebody asks to act for a firm of the register, proves it with two papers, and a membership branch
//! decides.
//!
//! An application lives seven days; its applicant is reminded two days before they end, and may have seven more. The
//! applicant's browser knows it by a handle, which can only ask for the mail again; its papers are sent by the link that
//! was mailed, so that the address is proved.

mod branch;
mod details;

pub use branch::{Decided, approve, find, list, read_file, reject};
pub use details::{DetailFlaw, Details};

use crate::acting::BROKER;
use crate::links::Token;
use crate::office::Office;
use crate::uploads;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::finding::Finding;
use ebirlik_domain::tax_number::TaxNumber;
use ebirlik_domain::turkish::sort_key;
use ebirlik_store::applications::{Application, ApplicationFile, NewApplication};
use ebirlik_store::parties::Firm;
use ebirlik_store::uploads::Upload;
use jiff::{SignedDuration, Timestamp};

/// For which kind of firm somebody applies: exactly two. Source: P-1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountType {
    /// An exporter.
    Exporter,
    /// A customs broker, which may export too (P-1.3).
    Broker,
}

impl AccountType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Exporter, Self::Broker];

    /// The word in addresses and in the register.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exporter => "exporter",
            Self::Broker => BROKER,
        }
    }

    /// From the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A paper that goes with an application. Source: P-1.1.10, P-1.2.10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// The petition, stamped and signed.
    Petition,
    /// The signature circular of whoever signed it.
    Circular,
}

impl Paper {
    /// Both; both are needed.
    pub const ALL: [Self; 2] = [Self::Petition, Self::Circular];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Petition => "petition",
            Self::Circular => "circular",
        }
    }

    /// From the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|paper| paper.as_str() == text)
    }
}

/// Why a tax number leads no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirmFlaw {
    /// Not ten or eleven digits.
    Form,
    /// Its check digit is wrong.
    CheckDigit,
    /// No firm of this kind has it in the register.
    Unknown,
}

/// What became of an application that was to begin.
pub enum Starting {
    /// It began; the handle is for the applicant's browser.
    Started(Token),
    /// This address began too many within the hour.
    TooOften,
    /// The secretariat is needed and was not chosen from the list.
    NoSecretariat,
}

/// What became of asking for the mail again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// It is on its way.
    Asked,
    /// Only from this instant on.
    Wait(Timestamp),
    /// It was asked for as often as it may be.
    TooOften,
    /// The application is no longer open.
    Closed,
}

/// What a mailed link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// An application with its files, open or sent.
    Application(Box<Application>, Vec<ApplicationFile>),
    /// An application that was not sent until this instant; it is gone.
    Expired(Timestamp),
    /// Nothing.
    Unknown,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeping {
    /// It is kept, in the place of an earlier one.
    Kept,
    /// Why it is not.
    Refused(Finding),
    /// The application is no longer open.
    Closed,
}

/// What became of sending an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// It is with the membership branch.
    Sent,
    /// A paper is missing.
    Incomplete,
    /// The application is no longer open.
    Closed,
}

/// The firm of a tax number, if the register has it as one of this kind.
///
/// # Errors
/// When the store does not answer.
pub async fn find_firm(office: &Office, kind: AccountType, tax_no: &str) -> Result<Result<Firm, FirmFlaw>, Fault> {
    let digits: String = tax_no.chars().filter(|letter| !letter.is_whitespace()).collect();
    let tax_no = match TaxNumber::parse(&digits) {
        Ok(tax_no) => tax_no,
        Err(Rule::CheckDigit) => return Ok(Err(FirmFlaw::CheckDigit)),
        Err(_) => return Ok(Err(FirmFlaw::Form)),
    };
    let found = office.store.find_firm(tax_no.as_str()).await?;
    Ok(found.filter(|firm| firm.kind == kind.as_str()).ok_or(FirmFlaw::Unknown))
}

/// The secretariats among which an applicant for this firm has to choose, code and name, by name. None where the firm's
/// memberships say it: an exporter's application goes to each of its unions' (P-1.1.14), a broker's to the one chosen
/// (P-1.2.14).
///
/// # Errors
/// When the store does not answer.
pub async fn choices(office: &Office, firm: &Firm) -> Result<Vec<(String, String)>, Fault> {
    if firm.kind != BROKER && !office.store.list_secretariats_of(&firm.tax_no, office.clock.today()).await?.is_empty() {
        return Ok(Vec::new());
    }
    let rules = office.rules();
    let mut all: Vec<(String, String)> =
        rules.secretariats.iter().map(|(code, name)| (code.clone(), name.clone())).collect();
    all.sort_by_cached_key(|(_, name)| sort_key(name));
    Ok(all)
}

/// Begins an application. One that was begun before and not finished is no obstacle (P-1.1.8, P-1.2.8).
///
/// # Errors
/// When we cannot tell now.
pub async fn start(office: &Office, firm: &Firm, secretariat: &str, details: &Details) -> Result<Starting, Fault> {
    let choices = choices(office, firm).await?;
    let secretariat = if choices.is_empty() { "" } else { secretariat };
    if !choices.is_empty() && choices.iter().all(|(code, _)| code != secretariat) {
        return Ok(Starting::NoSecretariat);
    }
    let now = office.clock.now();
    let lately = now.as_microsecond() - HOUR_MICROS;
    if office.store.count_applications(&details.email, lately).await? >= STARTS_AN_HOUR_MAX {
        return Ok(Starting::TooOften);
    }
    let handle = Token::draw()?;
    let new = NewApplication {
        handle: handle.digest(),
        kind: &firm.kind,
        firm: &firm.tax_no,
        secretariat,
        name: &details.name,
        email: &details.email,
        phone: &details.phone,
        ends_at: now + LIFE,
    };
    office.store.start_application(&new, &office.ids, now).await?;
    Ok(Starting::Started(handle))
}

/// The application of a handle, as long as it lives.
///
/// # Errors
/// When the store does not answer.
pub async fn find_by_handle(office: &Office, handle: &Token) -> Result<Option<Application>, Fault> {
    let found = office.store.find_application_by_handle(&handle.digest()).await?;
    Ok(found.filter(|application| !is_over(office, application)))
}

/// Asks for the instruction mail again, now and then.
///
/// # Errors
/// When we cannot tell now.
pub async fn ask_again(office: &Office, handle: &Token) -> Result<Asking, Fault> {
    let Some(application) = find_by_handle(office, handle).await?.filter(|found| found.state == STARTED) else {
        return Ok(Asking::Closed);
    };
    let now = office.clock.now();
    let before = (now - PAUSE).as_microsecond();
    let asked = office.store.mail_application_again(application.id, (before, MAILS_MAX), &office.ids, now).await?;
    let next = Timestamp::from_microsecond(application.mailed_at).map_or(now, |at| at + PAUSE);
    Ok(match asked {
        true => Asking::Asked,
        false if application.mails >= MAILS_MAX => Asking::TooOften,
        false => Asking::Wait(next.max(now)),
    })
}

/// What a mailed link opens.
///
/// # Errors
/// When the store does not answer.
pub async fn open(office: &Office, link: &Token) -> Result<Opened, Fault> {
    let Some(found) = office.store.find_link(&link.digest()).await?.filter(|found| found.purpose == LINK) else {
        return Ok(Opened::Unknown);
    };
    let application = match found.subject.parse() {
        Ok(id) => office.store.find_application(id).await?,
        Err(_) => None,
    };
    match application.filter(|application| !is_over(office, application)) {
        Some(application) => {
            let files = office.store.list_application_files(application.id).await?;
            Ok(Opened::Application(Box::new(application), files))
        }
        None => Ok(Timestamp::from_microsecond(found.ends_at).map_or(Opened::Unknown, Opened::Expired)),
    }
}

/// Keeps a paper of the application that a link opens. Name and content have to agree (P-1.1.11, P-1.2.11).
///
/// # Errors
/// When we cannot tell now.
pub async fn keep(office: &Office, link: &Token, paper: Paper, name: &str, bytes: Vec<u8>) -> Result<Keeping, Fault> {
    let Opened::Application(application, _) = open(office, link).await? else { return Ok(Keeping::Closed) };
    keep_of(office, &application, paper, name, bytes).await
}

/// As [`keep`], of an application that is known.
pub(crate) async fn keep_of(
    office: &Office,
    application: &Application,
    paper: Paper,
    name: &str,
    bytes: Vec<u8>,
) -> Result<Keeping, Fault> {
    let kind = match uploads::check_with_ending(&bytes, name) {
        Ok(kind) => kind,
        Err(finding) => return Ok(Keeping::Refused(finding)),
    };
    let by = format!("application {}", application.id);
    let upload = Upload::of(bytes, kind.media_type(), name, (&by, office.clock.now()));
    let kept = office.store.keep_application_file(application.id, paper.as_str(), &upload, &office.ids).await?;
    Ok(if kept { Keeping::Kept } else { Keeping::Closed })
}

/// Until when an open application would have to be sent with seven days more; `None` where it had them.
pub fn further_end(application: &Application) -> Option<Timestamp> {
    let ends_at = Timestamp::from_microsecond(application.ends_at).ok()?;
    application.extended_at.is_none().then(|| ends_at + LIFE)
}

/// Gives the application that a link opens seven days more, once; false where it had them, or is no longer open.
///
/// # Errors
/// When we cannot tell now.
pub async fn extend(office: &Office, link: &Token) -> Result<bool, Fault> {
    let Opened::Application(application, _) = open(office, link).await? else { return Ok(false) };
    let by = i64::try_from(LIFE.as_micros()).unwrap_or_default();
    Ok(office.store.extend_application(application.id, by, &office.ids, office.clock.now()).await?)
}

/// Sends the application that a link opens to its membership branches.
///
/// # Errors
/// When we cannot tell now.
pub async fn send(office: &Office, link: &Token) -> Result<Sending, Fault> {
    let Opened::Application(application, files) = open(office, link).await? else { return Ok(Sending::Closed) };
    if application.state == STARTED && files.len() < Paper::ALL.len() {
        return Ok(Sending::Incomplete);
    }
    send_of(office, &application).await
}

/// As [`send`], of an application that is known.
pub(crate) async fn send_of(office: &Office, application: &Application) -> Result<Sending, Fault> {
    let branches = branches_of(office, application).await?;
    let papers = i64::try_from(Paper::ALL.len()).unwrap_or(i64::MAX);
    let now = office.clock.now();
    let sent = office.store.send_application(application.id, (&branches, papers), &office.ids, now).await?;
    Ok(if sent { Sending::Sent } else { Sending::Closed })
}

/// The secretariats whose membership branch decides on an application.
///
/// # Errors
/// When the store does not answer.
pub async fn branches_of(office: &Office, application: &Application) -> Result<Vec<String>, Fault> {
    if application.secretariat.is_empty() {
        return Ok(office.store.list_secretariats_of(&application.firm, office.clock.today()).await?);
    }
    Ok(vec![application.secretariat.clone()])
}

/// The names of the secretariats whose membership branch decides.
///
/// # Errors
/// When the store does not answer.
pub async fn branch_names(office: &Office, application: &Application) -> Result<Vec<String>, Fault> {
    let rules = office.rules();
    let name = |code: String| rules.secretariats.get(&code).cloned().unwrap_or(code);
    Ok(branches_of(office, application).await?.into_iter().map(name).collect())
}

/// Has the applicants reminded whose applications end soon; gives how many.
///
/// # Errors
/// When the store does not take it.
pub async fn remind(office: &Office) -> Result<usize, Fault> {
    let now = office.clock.now();
    Ok(office.store.remind_of_applications(now + REMINDED_BEFORE, AT_ONCE, &office.ids, now).await?)
}

/// Removes applications that were not sent in time, with their files (S-2); gives how many.
///
/// # Errors
/// When the store does not take it.
pub async fn forget_overdue(office: &Office) -> Result<usize, Fault> {
    Ok(office.store.forget_applications(AT_ONCE, &office.ids, office.clock.now()).await?)
}

/// Whether it was not sent in time; the store may still hold it.
fn is_over(office: &Office, application: &Application) -> bool {
    application.state == STARTED && application.ends_at <= office.clock.now().as_microsecond()
}

/// The purpose of the links that open applications.
pub(crate) const LINK: &str = "application";
/// The state of an application that is not sent yet.
pub const STARTED: &str = "started";
/// How long an application lives that is not sent. Source: P-1.1.12.
const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Between two instruction mails.
const PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// Instruction mails of one application: a mailbox is not to be filled by strangers.
const MAILS_MAX: i64 = 10;
/// Applications that one address may begin within an hour; enough for a broker's and an exporter's firms.
const STARTS_AN_HOUR_MAX: i64 = 10;
const HOUR_MICROS: i64 = 3_600 * 1_000_000;
/// So long before its end an applicant is reminded.
const REMINDED_BEFORE: SignedDuration = SignedDuration::from_hours(2 * 24);
/// Applications that are reminded of, or removed, in one go.
const AT_ONCE: u32 = 100;
