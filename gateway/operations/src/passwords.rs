//! Passwords that people choose: which are good enough, and how they are set by a link or after proving the one that is
//! known.

use crate::client::Client;
use crate::links::Token;
use crate::office::Office;
use crate::sign_in::{PASSWORD_BYTES_MAX, Purpose, sign_in};
use ebirlik_domain::decision::Fault;
use ebirlik_store::Wall;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFlaw {
    /// Fewer than [`LETTERS_MIN`] characters.
    Short,
    /// More than can be looked at.
    Long,
    /// Among the first that are guessed.
    Common,
    /// The user's own name.
    LikeUser,
    /// The password to pay with is to be another one than that to sign in with (G-55, G-56).
    LikeOther,
    /// It is the one that is to be changed.
    Unchanged,
}

/// What became of a password that was to be set by a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// It stands; every session of the user has ended.
    Set,
    /// It is not good enough; the link still works.
    Flawed(PasswordFlaw),
    /// The link was used, or its time is over.
    Over,
}

/// What became of a password that somebody who is signed in chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changing {
    /// It stands.
    Set,
    /// The user's own password is wrong.
    NotProved,
    /// It is not good enough.
    Flawed(PasswordFlaw),
}

/// Whether a password is good enough for a user. Anything that can be typed or pasted may stand in it.
///
/// # Errors
/// Why it is not.
pub fn check(password: &str, user: &str) -> Result<(), PasswordFlaw> {
    if password.chars().count() < LETTERS_MIN {
        return Err(PasswordFlaw::Short);
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordFlaw::Long);
    }
    let small = password.to_ascii_lowercase();
    if small.trim() == user || user.split('@').next().is_some_and(|name| name == small.trim()) {
        return Err(PasswordFlaw::LikeUser);
    }
    let mut letters: Vec<char> = small.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < DIFFERENT_MIN || COMMON.lines().any(|common| common == small.trim()) {
        return Err(PasswordFlaw::Common);
    }
    Ok(())
}

/// The user whose password a link sets, as long as it works.
///
/// # Errors
/// When the store does not answer.
pub async fn find_user(office: &Office, link: &Token) -> Result<Option<String>, Fault> {
    let now = office.clock.now().as_microsecond();
    let found = office.store.find_link(&link.digest()).await?;
    Ok(found
        .filter(|found| found.purpose == LINK && found.used_at.is_none() && found.ends_at > now)
        .map(|found| found.subject))
}

/// Sets a password by a link, which works once (P-2.3).
///
/// # Errors
/// When we cannot tell now.
pub async fn set(office: &Office, link: &Token, password: &str) -> Result<Setting, Fault> {
    let Some(user) = find_user(office, link).await? else { return Ok(Setting::Over) };
    if let Err(flaw) = check(password, &user) {
        return Ok(Setting::Flawed(flaw));
    }
    let hash = office.passwords.hash(Wall::People, password.to_owned()).await?;
    let set = office.store.set_password_by_link(&link.digest(), &hash, &office.ids, office.clock.now()).await?;
    Ok(if set.is_some() { Setting::Set } else { Setting::Over })
}

/// Asks for a link to a new password. What is written is the same whether the address is anybody's or not, so that
/// neither answer nor time tells; whose it is is looked up when the mail is written.
///
/// # Errors
/// When the store does not take it.
pub async fn ask(office: &Office, address: &str) -> Result<(), Fault> {
    let address: String = code_of(address).chars().take(ADDRESS_LETTERS_MAX).collect();
    let now = office.clock.now();
    let since = now.as_microsecond() - HOUR_MICROS;
    Ok(office.store.ask_for_password(&address, (since, ASKED_AN_HOUR_MAX), &office.ids, now).await?)
}

/// Changes the password of a client who is signed in, once it has proved the one that it has. Its other sessions than
/// the one of this digest end (P-3.2).
///
/// # Errors
/// When we cannot tell now.
pub async fn change(
    office: &Office,
    client: &Client,
    (own, password): (&str, &str),
    session: &[u8; 32],
) -> Result<Changing, Fault> {
    if let Some(refused) = prove(office, client, own, password).await? {
        return Ok(refused);
    }
    if password == own {
        return Ok(Changing::Flawed(PasswordFlaw::Unchanged));
    }
    if sign_in(office, &client.code, password, Purpose::Pay).await?.is_some() {
        return Ok(Changing::Flawed(PasswordFlaw::LikeOther));
    }
    let hash = office.passwords.hash(Wall::People, password.to_owned()).await?;
    office.store.change_password((&client.code, &hash), session, &office.ids, office.clock.now()).await?;
    Ok(Changing::Set)
}

/// Sets the password that a client pays with, once it has proved its own.
///
/// # Errors
/// When we cannot tell now.
pub async fn set_payment(office: &Office, client: &Client, own: &str, password: &str) -> Result<Changing, Fault> {
    if let Some(refused) = prove(office, client, own, password).await? {
        return Ok(refused);
    }
    if password == own {
        return Ok(Changing::Flawed(PasswordFlaw::LikeOther));
    }
    let hash = office.passwords.hash(Wall::People, password.to_owned()).await?;
    office.store.set_payment_password(&client.code, &hash, &office.ids, office.clock.now()).await?;
    Ok(Changing::Set)
}

/// Why a client may not choose a password: its own was wrong, or the new one is not good enough.
async fn prove(office: &Office, client: &Client, own: &str, password: &str) -> Result<Option<Changing>, Fault> {
    if sign_in(office, &client.code, own, Purpose::Operate).await?.is_none() {
        return Ok(Some(Changing::NotProved));
    }
    Ok(check(password, &client.code).err().map(Changing::Flawed))
}

/// The user code that somebody means: of an e-mail address the ASCII letters are small (P-4.0.1), other codes stay.
pub fn code_of(typed: &str) -> String {
    let typed = typed.trim();
    if typed.contains('@') { typed.to_ascii_lowercase() } else { typed.to_owned() }
}

/// The purpose of the links that set passwords.
pub(crate) const LINK: &str = "password";
/// Fewest characters of a password that people choose.
pub const LETTERS_MIN: usize = 10;
/// Fewest different characters.
const DIFFERENT_MIN: usize = 5;
/// Links that one address may ask for within an hour.
const ASKED_AN_HOUR_MAX: i64 = 5;
const HOUR_MICROS: i64 = 3_600 * 1_000_000;
/// Of a longer address only the beginning is kept: it is nobody's.
const ADDRESS_LETTERS_MAX: usize = 254;
/// The first that are guessed, among those that are long enough.
static COMMON: &str = include_str!("common-passwords.txt");

#[cfg(test)]
mod tests {
    use super::*;

    /// P-2.1: ten characters, none of the first that are guessed.
    #[test]
    fn a_password_is_long_and_not_among_the_first_guesses() {
        let check = |password: &str, expected| assert_eq!(check(password, "ayse.yilmaz@ihlamur.example"), expected);
        check("üç kelime 7", Ok(()));
        check("doğru at pil zımba", Ok(()));
        check("şifreşifr", Err(PasswordFlaw::Short));
        check(&"ab1çd".repeat(300), Err(PasswordFlaw::Long));
        check("aaaaaaaaaaaa", Err(PasswordFlaw::Common));
        check("Password123", Err(PasswordFlaw::Common));
        check("1234567890", Err(PasswordFlaw::Common));
        check("Galatasaray1905", Err(PasswordFlaw::Common));
        check("Ayse.Yilmaz", Err(PasswordFlaw::LikeUser));
        check("ayse.yilmaz@ihlamur.example", Err(PasswordFlaw::LikeUser));
    }

    #[test]
    fn every_common_password_is_one_that_would_be_long_enough() {
        for common in COMMON.lines() {
            assert!(common.chars().count() >= LETTERS_MIN && common == common.to_ascii_lowercase(), "{common}");
        }
    }

    /// P-4.0.1: Turkish letters are left alone, so İ never becomes something else.
    #[test]
    fn an_address_is_meant_whatever_its_case() {
        assert_eq!(code_of(" Ayse@Ihlamur.Example "), "ayse@ihlamur.example");
        assert_eq!(code_of("BRK-7"), "BRK-7");
        assert_eq!(code_of("AYŞE@X.CO"), "ayŞe@x.co");
    }
}
