//! What does a SOAP message say before its body: who sends it, and what must be understood?
//!
//! It is read before it is known who sends it, so that no more is read than a header may have. Known is the
//! `UsernameToken` of WS-Security with a plain password; what it holds goes to signing in and nowhere else. What is not
//! well-formed is told by who reads the whole message afterwards. Source: Web Services Security, `UsernameToken` Profile
//! 1.0 (OASIS, March 2004).

use super::decode::decode;
use super::events::{Event, Events};
use super::namespaces::Space;
use super::pass::Stop;
use crate::request::{FormError, RequestFacts};
use crate::soap::Version;
use ebirlik_domain::catalogue::Rule;
use std::borrow::Cow;

/// What a SOAP message says before its body.
pub struct Head {
    /// Its version; none where it does not begin with an envelope that we know.
    pub version: Option<Version>,
    /// Who sends it, by its own word.
    pub sender: Sender,
    /// Why it cannot be taken, whoever sends it.
    pub flaw: Option<FormError>,
}

/// Who sends a message, by its own word. Never printed, since it holds a password.
#[derive(PartialEq, Eq)]
pub enum Sender {
    /// It does not say.
    Unnamed,
    /// A user code with its password.
    Named {
        /// As sent, without white space around it.
        user: String,
        /// As sent.
        password: String,
    },
    /// It says so in another way than the one that we take.
    Unsupported,
}

/// Reads the beginning of a message as far as its body. [`HEAD_BYTES`] of it are enough.
///
/// ```
/// use ebirlik_message::{RequestFacts, soap};
/// let body = b"<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body/></e:Envelope>";
/// let head = soap::head(body, &RequestFacts::default());
/// assert_eq!(head.version, Some(soap::Version::Soap12));
/// assert!(head.sender == soap::Sender::Unnamed && head.flaw.is_none());
/// ```
pub fn head(start: &[u8], request: &RequestFacts<'_>) -> Head {
    let decoded = decode(Cow::Borrowed(start), request.charset, request.limits.decoded_bytes);
    // Where it was cut, its last character may be half.
    let text = decoded.unwrap_or_else(|undecodable| Cow::Owned(undecodable.before));
    let mut reading = Reading::over(&text, request);
    reading.run();
    let Reading { version, security, flaw, .. } = reading;
    Head { version, sender: security.sender(), flaw: flaw.map(|stop| super::form_error(&text, stop)) }
}

/// The state of the reading.
struct Reading<'a> {
    events: Events<'a>,
    open: Vec<Part>,
    version: Option<Version>,
    security: Security,
    flaw: Option<Stop>,
}

/// What an open element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Envelope,
    Header,
    Security,
    Token,
    User,
    Password,
    Other,
}

/// What was said of the sender so far.
#[derive(Default)]
struct Security {
    has_token: bool,
    is_unsupported: bool,
    user: Option<String>,
    password: Option<String>,
}

impl<'a> Reading<'a> {
    fn over(text: &'a str, request: &RequestFacts<'_>) -> Self {
        let events = Events::of(text, request.limits);
        Self { events, open: Vec::with_capacity(8), version: None, security: Security::default(), flaw: None }
    }

    fn run(&mut self) {
        while let Ok(Some(event)) = self.events.next() {
            let goes_on = match event {
                Event::Open { name, space, at } => self.begin(name, space, at, true),
                Event::Leaf { name, space, at, text } => {
                    let goes_on = self.begin(name, space, at, false);
                    self.add(text);
                    self.open.pop();
                    goes_on
                }
                Event::Close => {
                    self.open.pop();
                    true
                }
                Event::Text(text) => {
                    self.add(text);
                    true
                }
                Event::Letter(letter) => {
                    self.add(letter.encode_utf8(&mut [0; 4]));
                    true
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    /// An element begins. False where nothing more is to be read.
    fn begin(&mut self, name: &'a str, space: Space, at: usize, has_attributes: bool) -> bool {
        if at > HEADER_BYTES_MAX {
            let detail = HEADER_BYTES_MAX.to_string();
            self.flaw = Some(Stop { rule: Rule::TextTooLong, detail, at, path: HEADER.to_owned() });
            return false;
        }
        let part = match (self.open.last().copied(), name, space) {
            (None, "Envelope", Space::Soap(version)) => {
                self.version = Some(version);
                Part::Envelope
            }
            (Some(Part::Envelope), "Header", Space::Soap(_)) => Part::Header,
            // The body, or what cannot be read any further.
            (None | Some(Part::Envelope), ..) => return false,
            (Some(Part::Header), "Security", Space::Security) => Part::Security,
            (Some(Part::Header), ..) => {
                if has_attributes {
                    self.understand(name, at);
                }
                Part::Other
            }
            (Some(Part::Security), "UsernameToken", Space::Security) => {
                self.security.is_unsupported |= self.security.has_token;
                self.security.has_token = true;
                Part::Token
            }
            // When it was made is nobody's proof, and needs none beside a password.
            (Some(Part::Security), "Timestamp", _) => Part::Other,
            (Some(Part::Security), ..) => {
                self.security.is_unsupported = true;
                Part::Other
            }
            (Some(Part::Token), "Username", Space::Security) => {
                self.security.is_unsupported |= self.security.user.replace(String::new()).is_some();
                Part::User
            }
            (Some(Part::Token), "Password", Space::Security) => {
                let kind = self.events.attribute("", "Type").filter(|_| has_attributes);
                let is_plain = kind.is_none_or(|kind| kind.ends_with("#PasswordText"));
                let is_second = self.security.password.replace(String::new()).is_some();
                self.security.is_unsupported |= is_second || !is_plain;
                Part::Password
            }
            (Some(_), ..) => Part::Other,
        };
        self.open.push(part);
        true
    }

    fn add(&mut self, text: &str) {
        let kept = match self.open.last() {
            Some(Part::User) => self.security.user.as_mut(),
            Some(Part::Password) => self.security.password.as_mut(),
            _ => None,
        };
        if let Some(kept) = kept {
            if kept.len() + text.len() > CREDENTIAL_BYTES_MAX {
                self.security.is_unsupported = true;
            } else {
                kept.push_str(text);
            }
        }
    }

    /// A header that we do not know: it may be that we must.
    fn understand(&mut self, name: &str, at: usize) {
        let Some(version) = self.version else { return };
        let of = |name| self.events.attribute(version.namespace(), name);
        let must = of("mustUnderstand").is_some_and(|must| matches!(must.trim(), "1" | "true"));
        let role = of(match version {
            Version::Soap11 => "actor",
            Version::Soap12 => "role",
        });
        let is_ours = role.is_none_or(|role| role.is_empty() || OUR_ROLES.iter().any(|ours| role.ends_with(*ours)));
        if must && is_ours && self.flaw.is_none() {
            let name = super::flaw::cut(name, super::frame::NAME_MAX);
            let path = format!("{HEADER}/{name}");
            self.flaw = Some(Stop { rule: Rule::SoapHeader, detail: name.to_owned(), at, path });
        }
    }
}

impl Security {
    fn sender(self) -> Sender {
        match (self.has_token, self.user, self.password) {
            (false, ..) if !self.is_unsupported => Sender::Unnamed,
            (true, Some(user), Some(password)) if !self.is_unsupported => {
                let user = user.trim().to_owned();
                let is_sound =
                    !user.is_empty() && ![&user, &password].iter().any(|text| text.contains(char::is_control));
                if is_sound { Sender::Named { user, password } } else { Sender::Unsupported }
            }
            _ => Sender::Unsupported,
        }
    }
}

/// What of a message is to be read for its head: the longest header in any encoding, and more.
pub const HEAD_BYTES: usize = 4 * HEADER_BYTES_MAX;
/// What stands before the body. A token has less than a kilobyte.
const HEADER_BYTES_MAX: usize = 64 << 10;
/// Longest user code and longest password: as long as a password may be at all.
const CREDENTIAL_BYTES_MAX: usize = 1_024;
const HEADER: &str = "/Envelope/Header";
/// How the names end of those roles that whoever answers has. Source: SOAP 1.1, section 4.2.2; SOAP 1.2, section 2.2.
const OUR_ROLES: [&str; 2] = ["/next", "/ultimateReceiver"];
