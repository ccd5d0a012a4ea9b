//! Who signs in, as administrators and staff look after them: lists, locks, roles, new members of staff.
//!
//! Administrators look after everybody; staff lock and unlock those who act for firms of its secretariat. Nobody changes
//! oneself, each act has its reason, and each is an event.

use crate::acting::FOR_FIRMS;
use crate::changes::reasoned;
use crate::client::{Client, Role, Roles};
use crate::office::Office;
use crate::sign_in::hash_password;
use ebirlik_domain::decision::Fault;
use ebirlik_store::client_acts::{ClientAct, ClientFilter, DoneAct, ListedClient};
use ebirlik_store::clients::ClientRow;

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is no such user, or it is not this client's to look after.
    NotFound,
    /// This is administrators' work.
    NotAllowed,
    /// Nobody changes oneself.
    Oneself,
    /// No reason was given, or one that is too long.
    ReasonMissing,
    /// A user code has 1 to 64 letters a-z, digits, and - _ . @
    CodeForm,
    /// Somebody has this user code.
    Taken,
    /// At least one role, and of those who work for the unions alone.
    RolesForm,
    /// Staff belongs to a secretariat, and nobody else does.
    SecretariatForm,
    /// It is so already.
    NothingNew,
}

/// One who signs in, with what was done to it, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its row.
    pub row: ListedClient,
    /// What was done.
    pub acts: Vec<DoneAct>,
}

/// Roles that administrators give.
pub const OF_THE_UNIONS: [Role; 3] = [Role::Customs, Role::Staff, Role::Admin];

/// A page of those whom a client looks after, by code, and how many there are in all.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    office: &Office,
    client: &Client,
    (code, role, secretariat): (&str, &str, &str),
    (limit, offset): (u32, u64),
) -> Result<(Vec<ListedClient>, u64), Fault> {
    let secretariat = if client.roles.has(Role::Admin) { secretariat } else { &client.secretariat };
    if secretariat.is_empty() && !client.roles.has(Role::Admin) {
        return Ok((Vec::new(), 0));
    }
    let [code, role, secretariat] = [code, role, secretariat].map(str::to_owned);
    Ok(office.store.list_clients(&ClientFilter { code, role, secretariat }, limit, offset).await?)
}

/// One whom a client looks after.
///
/// # Errors
/// When the store does not answer.
pub async fn find(office: &Office, client: &Client, code: &str) -> Result<Option<User>, Fault> {
    if !sees(office, client, code).await? {
        return Ok(None);
    }
    let Some(row) = office.store.find_client(code).await? else { return Ok(None) };
    let name = office.store.find_profile(code).await?.map(|(name, _)| name).unwrap_or_default();
    let title = office.store.find_firm(&row.firm).await?.map(|firm| firm.title).unwrap_or_default();
    let ClientRow { code, firm, secretariat, roles, locked, .. } = row;
    let acts = office.store.list_acts_of(&code, ACTS_MAX).await?;
    Ok(Some(User { row: ListedClient { code, firm, title, secretariat, roles, name, locked }, acts }))
}

/// Whether a client may lock and unlock a user.
pub fn may_lock(client: &Client, row: &ListedClient) -> bool {
    let acts_for_firms =
        Roles::parse(&row.roles).is_some_and(|roles| roles.has_any(&FOR_FIRMS) && !roles.has_any(&OF_THE_UNIONS));
    row.code != client.code && (client.roles.has(Role::Admin) || (client.roles.has(Role::Staff) && acts_for_firms))
}

/// Locks a user, who is signed out everywhere at once, or unlocks it.
///
/// # Errors
/// When the store does not take it.
pub async fn set_locked(
    office: &Office,
    client: &Client,
    code: &str,
    locked: bool,
    reason: &str,
) -> Result<Result<(), Refused>, Fault> {
    let user = match changeable(office, client, code).await? {
        Ok(user) => user,
        Err(refused) => return Ok(Err(refused)),
    };
    if !may_lock(client, &user.row) {
        return Ok(Err(Refused::NotAllowed));
    }
    let act = if locked { ClientAct::Lock } else { ClientAct::Unlock };
    act_on(office, client, code, &act, reason).await
}

/// Gives a user of the unions other roles; of staff also the secretariat.
///
/// # Errors
/// When the store does not take it.
pub async fn set_roles(
    office: &Office,
    client: &Client,
    code: &str,
    (roles, secretariat): (&[Role], &str),
    reason: &str,
) -> Result<Result<(), Refused>, Fault> {
    if !client.roles.has(Role::Admin) {
        return Ok(Err(Refused::NotAllowed));
    }
    let user = match changeable(office, client, code).await? {
        Ok(user) => user,
        Err(refused) => return Ok(Err(refused)),
    };
    // Who acts for a firm keeps to that.
    if Roles::parse(&user.row.roles).is_none_or(|had| had.has_any(&FOR_FIRMS)) {
        return Ok(Err(Refused::RolesForm));
    }
    let words = match words(office, roles, secretariat) {
        Ok(words) => words,
        Err(refused) => return Ok(Err(refused)),
    };
    if words == user.row.roles && secretariat == user.row.secretariat {
        return Ok(Err(Refused::NothingNew));
    }
    let act = ClientAct::SetRoles { roles: words, secretariat: secretariat.to_owned() };
    act_on(office, client, code, &act, reason).await
}

/// Whether a user can get other roles: one of the unions alone.
pub fn may_set_roles(client: &Client, row: &ListedClient) -> bool {
    let of_the_unions = Roles::parse(&row.roles).is_some_and(|roles| !roles.has_any(&FOR_FIRMS));
    client.roles.has(Role::Admin) && row.code != client.code && of_the_unions
}

/// A new user of the unions, who signs in with this password first. It is not kept, only its hash.
///
/// # Errors
/// When the store does not take it.
pub async fn create(
    office: &Office,
    client: &Client,
    (code, password): (&str, String),
    (roles, secretariat): (&[Role], &str),
    reason: &str,
) -> Result<Result<(), Refused>, Fault> {
    if !client.roles.has(Role::Admin) {
        return Ok(Err(Refused::NotAllowed));
    }
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.@".contains(letter);
    if !(1..=CODE_LETTERS_MAX).contains(&code.len()) || !code.chars().all(fits) {
        return Ok(Err(Refused::CodeForm));
    }
    let words = match words(office, roles, secretariat) {
        Ok(words) => words,
        Err(refused) => return Ok(Err(refused)),
    };
    if reasoned(reason).is_none() {
        return Ok(Err(Refused::ReasonMissing));
    }
    let hashed = tokio::task::spawn_blocking(move || hash_password(&password));
    let row = ClientRow {
        code: code.to_owned(),
        firm: String::new(),
        secretariat: secretariat.to_owned(),
        contact_office: String::new(),
        roles: words,
        password_hash: hashed.await.map_err(|_| Fault::Unavailable)??,
        payment_password_hash: String::new(),
        locked: 0,
    };
    let done = act_on(office, client, code, &ClientAct::Create(row), reason).await?;
    Ok(done.map_err(|refused| if refused == Refused::NothingNew { Refused::Taken } else { refused }))
}

/// The stored words of roles that fit together and to a secretariat.
fn words(office: &Office, roles: &[Role], secretariat: &str) -> Result<String, Refused> {
    let given = OF_THE_UNIONS.into_iter().filter(|role| roles.contains(role));
    let words: Vec<&str> = given.map(Role::as_str).collect();
    if words.is_empty() || words.len() != roles.len() {
        return Err(Refused::RolesForm);
    }
    let fits = if roles.contains(&Role::Staff) {
        office.rules().secretariats.contains_key(secretariat)
    } else {
        secretariat.is_empty()
    };
    if fits { Ok(words.join(" ")) } else { Err(Refused::SecretariatForm) }
}

async fn sees(office: &Office, client: &Client, code: &str) -> Result<bool, Fault> {
    if client.roles.has(Role::Admin) {
        return Ok(true);
    }
    let is_staff = client.roles.has(Role::Staff) && !client.secretariat.is_empty();
    Ok(is_staff && office.store.is_client_of(code, &client.secretariat).await?)
}

/// A user whom a client sees and who is somebody else.
async fn changeable(office: &Office, client: &Client, code: &str) -> Result<Result<User, Refused>, Fault> {
    if code == client.code {
        return Ok(Err(Refused::Oneself));
    }
    Ok(find(office, client, code).await?.ok_or(Refused::NotFound))
}

async fn act_on(
    office: &Office,
    client: &Client,
    code: &str,
    act: &ClientAct,
    reason: &str,
) -> Result<Result<(), Refused>, Fault> {
    let Some(reason) = reasoned(reason) else { return Ok(Err(Refused::ReasonMissing)) };
    let (by, now) = (client.code.as_str(), office.clock.now());
    let done = office.store.act_on_client((code, act), (by, &reason), (&office.ids, now)).await?;
    Ok(if done { Ok(()) } else { Err(Refused::NothingNew) })
}

/// Letters of a user code.
const CODE_LETTERS_MAX: usize = 64;
/// Acts that are listed.
const ACTS_MAX: u32 = 50;
