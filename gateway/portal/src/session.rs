//! Who asks? The session behind a cookie, the language, the address.
//!
//! An identifier is 256 random bits. The browser keeps it in a cookie, the store keeps its SHA-256 only. A session
//! ends after half an hour without use, after twelve hours in any case, and when it is signed out or its client is
//! locked; each sign-in starts a new one.

use crate::text::Language;
use crate::{Portal, csrf};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::StatusCode;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, HeaderMap, HeaderValue, USER_AGENT};
use axum::http::request::Parts;
use ebirlik_domain::decision::Fault;
use ebirlik_operations::acting::{Acting, BROKER, FOR_FIRMS, acting};
use ebirlik_operations::{Client, Role, sign_in};
use ebirlik_store::sessions::{OpenSession, SessionRow};
use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// One request's sender.
#[derive(Clone)]
pub(crate) struct Asker {
    /// The language to answer in.
    pub(crate) language: Language,
    /// Path and query as asked.
    pub(crate) asked_for: String,
    /// The sender's network: its address, or for IPv6 the /64 that one subscriber owns.
    pub(crate) network: IpAddr,
    /// What its browser calls itself, cut short.
    pub(crate) agent: String,
    /// Who is signed in. A fault means that we cannot tell now.
    pub(crate) session: Result<Option<Session>, Fault>,
}

/// A sender whose session is not looked for: what such a page says is the same for everybody and costs no read.
pub(crate) struct Stranger(pub(crate) Asker);

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    /// Its firm is the one acted for: its own, or the one that a person of the portal chose.
    pub(crate) client: Client,
    /// Whom it acts for; none for officers, staff and administrators, and before a firm was chosen.
    pub(crate) acting: Option<Acting>,
    /// As what it sees pages; none before a firm was chosen.
    pub(crate) audience: Option<Audience>,
    /// After so many seconds it ends, however much it is used.
    pub(crate) life_left_s: i64,
}

/// As what somebody sees pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// For an exporter.
    Exporter,
    /// For a customs broker.
    Broker,
    /// For a customs broker, by the power of an exporter.
    BrokerFor,
    /// A customs officer.
    Customs,
    /// Staff of a secretariat.
    Staff,
    /// Who runs the installation.
    Admin,
}

impl Audience {
    fn of(client: &Client, acting: Option<&Acting>) -> Option<Self> {
        match acting {
            Some(Acting { exporter: Some(_), .. }) => Some(Self::BrokerFor),
            Some(Acting { firm, .. }) if firm.kind == BROKER => Some(Self::Broker),
            Some(_) => Some(Self::Exporter),
            None if client.roles.has(Role::Admin) => Some(Self::Admin),
            None if client.roles.has(Role::Staff) => Some(Self::Staff),
            None if client.roles.has(Role::Customs) => Some(Self::Customs),
            None => None,
        }
    }
}

impl Session {
    async fn of(portal: &Portal, id: SessionId, mut client: Client, row: &SessionRow) -> Result<Self, Fault> {
        let acting = acting(&portal.office, &client, &row.firm, &row.exporter).await?;
        if let Some(acting) = &acting {
            client.firm.clone_from(&acting.firm.tax_no);
        }
        let audience = Audience::of(&client, acting.as_ref());
        let age_s = (portal.office.clock.now().as_microsecond() - row.started_at) / 1_000_000;
        Ok(Self { id, client, acting, audience, life_left_s: LIFE_MAX_S - age_s })
    }

    /// Whether it has several firms and acts for none of them yet.
    pub(crate) fn has_to_choose(&self) -> bool {
        self.acting.is_none() && self.client.roles.has_any(&FOR_FIRMS)
    }

    /// Tax number of the exporter whose power is used; none where a firm acts for itself.
    pub(crate) fn exporter(&self) -> Option<&str> {
        self.acting.as_ref()?.exporter.as_ref().map(|exporter| exporter.tax_no.as_str())
    }

    /// What its forms carry.
    pub(crate) fn token(&self) -> String {
        csrf::token_of(&self.id)
    }
}

/// A session's secret name.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SessionId([u8; 32]);

impl SessionId {
    /// A new one, that nobody can foresee.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub(crate) fn draw(random: &SystemRandom) -> Result<Self, Fault> {
        let mut bytes = [0; 32];
        random.fill(&mut bytes).map_err(|_| {
            tracing::error!("the system gives no randomness; nobody can sign in");
            Fault::Unavailable
        })?;
        Ok(Self(bytes))
    }

    /// From the cookie's 64 hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let digits = text.as_bytes();
        if digits.len() != 2 * bytes.len() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// What the cookie holds.
    pub(crate) fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// What the store keeps.
    pub(crate) fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

/// Starts a session for a client who has proved its password.
///
/// # Errors
/// When the store does not take it or there is no randomness.
pub(crate) async fn start(portal: &Portal, client: &Client, agent: &str) -> Result<SessionId, Fault> {
    let id = SessionId::draw(&portal.random)?;
    let now = portal.office.clock.now().as_microsecond();
    portal.office.store.start_session(&id.digest(), &client.code, agent, now).await?;
    Ok(id)
}

/// The sessions of a client that live, the one used last first.
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn list(portal: &Portal, client: &Client) -> Result<Vec<OpenSession>, Fault> {
    let (started_after, seen_after) = bounds(portal.office.clock.now(), IDLE_MAX_S);
    Ok(portal.office.store.list_sessions(&client.code, started_after, seen_after).await?)
}

/// Ends a session, and clears away those that ran out.
///
/// # Errors
/// When the store does not take it.
pub(crate) async fn end(portal: &Portal, id: &SessionId) -> Result<(), Fault> {
    let (started_after, seen_after) = bounds(portal.office.clock.now(), IDLE_MAX_S);
    Ok(portal.office.store.end_session(&id.digest(), started_after, seen_after).await?)
}

/// `GET /session`: being asked for is what renews a session.
pub(crate) async fn renew() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// The client of a living session.
async fn find(portal: &Portal, id: SessionId) -> Result<Option<Session>, Fault> {
    let (store, now, digest) = (&portal.office.store, portal.office.clock.now(), id.digest());
    // Most requests come within a minute of the last, and then nothing is written.
    let (started_after, seen_lately) = bounds(now, TOUCH_EVERY_S);
    let mut found = store.find_session(&digest, started_after, seen_lately).await?;
    if found.is_none() {
        let (started_after, seen_after) = bounds(now, IDLE_MAX_S);
        found = store.find_session(&digest, started_after, seen_after).await?;
        // A store that can be read and not written still answers the officer.
        if found.is_some() && store.touch_session(&digest, now.as_microsecond()).await.is_err() {
            tracing::warn!("a session's use could not be noted");
        }
    }
    let Some(found) = found else { return Ok(None) };
    match sign_in::find_client(&portal.office, &found.client).await? {
        Some(client) => Ok(Some(Session::of(portal, id, client, &found).await?)),
        None => Ok(None),
    }
}

/// After which instants, in microseconds, a living session started and was seen within so many seconds.
fn bounds(now: Timestamp, seen_within_s: i64) -> (i64, i64) {
    let ago = |seconds: i64| now.as_microsecond().saturating_sub(seconds.saturating_mul(1_000_000));
    (ago(LIFE_MAX_S), ago(seen_within_s))
}

impl FromRequestParts<Arc<Portal>> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Infallible> {
        // Looked for already where it was decided who may come in.
        if let Some(asker) = parts.extensions.get::<Self>() {
            return Ok(asker.clone());
        }
        let mut asker = Self::stranger(parts, portal.cookies);
        if let Some(id) = cookie(&parts.headers, portal.cookies.session()).and_then(SessionId::parse) {
            asker.session = find(portal, id).await;
        }
        Ok(asker)
    }
}

impl FromRequestParts<Arc<Portal>> for Stranger {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Infallible> {
        Ok(Self(Asker::stranger(parts, portal.cookies)))
    }
}

impl Asker {
    fn stranger(parts: &Parts, cookies: Cookies) -> Self {
        let accepted = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = Language::asked_for(parts.uri.query())
            .or_else(|| cookie(&parts.headers, cookies.language()).and_then(Language::parse))
            .unwrap_or_else(|| Language::accepted(accepted));
        let asked_for = parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(UNKNOWN, |peer| peer.0.ip());
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let agent = agent.chars().take(AGENT_LETTERS_MAX).collect();
        Self { language, asked_for, network: network(address), agent, session: Ok(None) }
    }
}

/// How cookies are named and written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cookies {
    /// True where all traffic is HTTPS.
    pub(crate) secure: bool,
}

impl Cookies {
    /// Name of the session's cookie. The prefix makes browsers refuse one that another host or plain HTTP set.
    pub(crate) fn session(self) -> &'static str {
        if self.secure { "__Host-ebirlik" } else { "ebirlik" }
    }

    /// Name of the language's cookie.
    pub(crate) fn language(self) -> &'static str {
        if self.secure { "__Host-ebirlik-dil" } else { "ebirlik-dil" }
    }

    /// Gives the browser a session, for as long as it is open.
    pub(crate) fn keep_session(self, id: &SessionId) -> HeaderValue {
        self.written(&format!("{}={}", self.session(), id.to_hex()))
    }

    /// Takes the session away.
    pub(crate) fn drop_session(self) -> HeaderValue {
        self.written(&format!("{}=; Max-Age=0", self.session()))
    }

    /// Keeps the language for a year.
    pub(crate) fn keep_language(self, language: Language) -> HeaderValue {
        self.written(&format!("{}={}; Max-Age=31536000", self.language(), language.code()))
    }

    fn written(self, pair: &str) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let cookie = format!("{pair}; Path=/; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::try_from(cookie).expect("names, digits and language codes are ASCII")
    }
}

/// The value of a cookie.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';')).find_map(|pair| {
        let (found, value) = pair.split_once('=')?;
        (found.trim() == name).then(|| value.trim())
    })
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

/// Of what a browser calls itself.
const AGENT_LETTERS_MAX: usize = 200;
/// Half an hour without use.
const IDLE_MAX_S: i64 = 30 * 60;
/// So long a page can count on its session without asking: a use may be noted somewhat late.
pub(crate) const IDLE_SURE_S: i64 = IDLE_MAX_S - TOUCH_EVERY_S;
/// A working day with its overtime.
const LIFE_MAX_S: i64 = 12 * 60 * 60;
/// A use is noted at most so often.
const TOUCH_EVERY_S: i64 = 60;
/// Where the server does not say who is at the other end.
const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_read_back_from_its_cookie_and_kept_as_a_digest() {
        let random = SystemRandom::new();
        let (one, other) = (SessionId::draw(&random).unwrap(), SessionId::draw(&random).unwrap());
        assert!(one != other);
        assert!(SessionId::parse(&one.to_hex()).unwrap() == one);
        assert_ne!(one.digest().as_slice(), one.as_bytes());
        for wrong in ["", "0a", &"0g".repeat(32), &"0a".repeat(33), &"é".repeat(32)] {
            assert!(SessionId::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn cookies_are_closed_to_scripts_and_other_sites() {
        let id = SessionId::parse(&"0a".repeat(32)).unwrap();
        let plain = Cookies { secure: false };
        let secure = Cookies { secure: true };
        let said = |value: HeaderValue| value.to_str().unwrap().to_owned();
        assert_eq!(
            said(secure.keep_session(&id)),
            format!("__Host-ebirlik={}; Path=/; HttpOnly; SameSite=Lax; Secure", "0a".repeat(32))
        );
        assert_eq!(said(plain.drop_session()), "ebirlik=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
        assert!(said(secure.keep_language(Language::English)).starts_with("__Host-ebirlik-dil=en; Max-Age=31536000;"));
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=1; ebirlik-dil=en".parse().unwrap());
        headers.append(COOKIE, "ebirlik=abc".parse().unwrap());
        assert_eq!(cookie(&headers, "ebirlik"), Some("abc"));
        assert_eq!(cookie(&headers, "ebirlik-dil"), Some("en"));
        assert_eq!(cookie(&headers, "birlik"), None);
    }

    #[test]
    fn a_session_lives_half_an_hour_unused_and_half_a_day_at_most() {
        let now = "2026-11-21T12:00:00Z".parse::<Timestamp>().unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_microsecond();
        assert_eq!(bounds(now, IDLE_MAX_S), (at("2026-11-21T00:00:00Z"), at("2026-11-21T11:30:00Z")));
    }

    #[test]
    fn a_whole_v6_network_is_one_sender() {
        let check = |address: &str, expected: &str| {
            assert_eq!(network(address.parse().unwrap()), expected.parse::<IpAddr>().unwrap());
        };
        check("192.0.2.7", "192.0.2.7");
        check("::ffff:192.0.2.7", "192.0.2.7");
        check("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::");
    }
}
