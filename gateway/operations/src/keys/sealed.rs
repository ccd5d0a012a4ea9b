//! How is a key ring sealed with a passphrase, and opened again?
//!
//! One line of words: what it is, its form, argon2id with its costs and salt, and the ring's text sealed by
//! ChaCha20-Poly1305 under the key that argon2id makes of the passphrase. Everything before the sealed bytes is
//! authenticated with them. Each sealing draws a salt of its own, so each has a key of its own, and the nonce is zero.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use std::fmt;
use zeroize::Zeroizing;

/// A passphrase, wiped from memory when dropped and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// What the operator gave, without the line end that a file has.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// Whether a ring may be sealed with it: twelve characters at least. Guessing has to fail against a stolen copy.
    pub(super) fn is_long_enough(&self) -> bool {
        self.0.chars().count() >= PASSPHRASE_CHARS_MIN
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Passphrase")
    }
}

/// Why a sealed ring stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealedError {
    /// Not the passphrase, or not the bytes that were sealed; nobody can tell which.
    #[error("the passphrase is not the one that it was sealed with, or the file was changed")]
    Passphrase,
    /// Not the form that we write.
    #[error("it is sealed in a form that this program does not know")]
    Form,
}

/// What argon2id is told to spend.
#[derive(Debug, Clone, Copy)]
struct Costs {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Whether a file's text is a sealed ring.
pub(super) fn is_sealed(text: &str) -> bool {
    text.starts_with(NAME)
}

/// Seals a ring's text. `salt` comes from the system's randomness and serves once.
pub(super) fn seal(text: &str, passphrase: &Passphrase, salt: &[u8; 16]) -> Result<String, SealedError> {
    let Costs { memory_kib, passes, lanes } = COSTS;
    let head = format!("{NAME} {FORM} argon2id {memory_kib} {passes} {lanes} {}", BASE64.encode(salt));
    let key = derive(passphrase, salt, COSTS)?;
    // Sealed in place in a buffer that is wiped: the plain text leaves no copy.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() + CHACHA20_POLY1305.tag_len()));
    bytes.extend_from_slice(text.as_bytes());
    key.seal_in_place_append_tag(zero_nonce(), Aad::from(head.as_bytes()), &mut *bytes)
        .map_err(|_| SealedError::Form)?;
    Ok(format!("{head} {}\n", BASE64.encode(&*bytes)))
}

/// The ring's text in a sealed one.
pub(super) fn open(text: &str, passphrase: &Passphrase) -> Result<Zeroizing<String>, SealedError> {
    let text = text.trim_end();
    let (head, sealed) = text.rsplit_once(' ').ok_or(SealedError::Form)?;
    let words: Vec<&str> = head.split(' ').collect();
    let [NAME, FORM, "argon2id", memory_kib, passes, lanes, salt] = words.as_slice() else {
        return Err(SealedError::Form);
    };
    let number = |word: &str, most| word.parse().ok().filter(|number| *number <= most).ok_or(SealedError::Form);
    let costs = Costs {
        memory_kib: number(memory_kib, COSTS_MAX.memory_kib)?,
        passes: number(passes, COSTS_MAX.passes)?,
        lanes: number(lanes, COSTS_MAX.lanes)?,
    };
    let salt = BASE64.decode(salt).map_err(|_| SealedError::Form)?;
    let mut bytes = Zeroizing::new(BASE64.decode(sealed).map_err(|_| SealedError::Form)?);
    let key = derive(passphrase, &salt, costs)?;
    let opened =
        key.open_in_place(zero_nonce(), Aad::from(head.as_bytes()), &mut bytes).map_err(|_| SealedError::Passphrase)?;
    let opened = std::str::from_utf8(opened).map_err(|_| SealedError::Form)?;
    Ok(Zeroizing::new(opened.to_owned()))
}

/// The key that argon2id makes of a passphrase and a salt. Takes a good part of a second.
fn derive(passphrase: &Passphrase, salt: &[u8], costs: Costs) -> Result<LessSafeKey, SealedError> {
    let mut key = Zeroizing::new([0; 32]);
    let params = Params::new(costs.memory_kib, costs.passes, costs.lanes, Some(key.len()));
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.map_err(|_| SealedError::Form)?)
        .hash_password_into(passphrase.0.as_bytes(), salt, &mut *key)
        .map_err(|_| SealedError::Form)?;
    let key = UnboundKey::new(&CHACHA20_POLY1305, &*key).map_err(|_| SealedError::Form)?;
    Ok(LessSafeKey::new(key))
}

/// Never a second time under the same key: see the salt.
fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

const NAME: &str = "ebirlik-sealed-keys";
const FORM: &str = "1";
/// Above the least that OWASP advises for argon2id (19 MiB, two passes): it runs once a start, against thieves of a copy.
const COSTS: Costs = Costs { memory_kib: 64 * 1_024, passes: 3, lanes: 1 };
/// What a file may make us spend: a gigabyte, and some seconds.
const COSTS_MAX: Costs = Costs { memory_kib: 1_024 * 1_024, passes: 16, lanes: 16 };
const PASSPHRASE_CHARS_MIN: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "1 current 2026-01-01 0707";

    #[test]
    fn what_was_sealed_opens_with_its_passphrase_alone() {
        let passphrase = Passphrase::new("dört iyi kelime yeter\n");
        let sealed = seal(TEXT, &passphrase, &[1; 16]).unwrap();
        assert!(is_sealed(&sealed) && !sealed.contains("0707"));
        assert_eq!(open(&sealed, &passphrase).unwrap().as_str(), TEXT);
        assert_eq!(open(&sealed, &Passphrase::new("dort iyi kelime yeter")), Err(SealedError::Passphrase));
        let cheaper = sealed.replace(" 65536 3 ", " 65536 2 ");
        assert_eq!(open(&cheaper, &passphrase), Err(SealedError::Passphrase));
        let changed = sealed.replace("AQEB", "AQEA");
        assert_ne!(changed, sealed);
        assert_eq!(open(&changed, &passphrase), Err(SealedError::Passphrase));
    }

    #[test]
    fn a_form_that_is_not_ours_or_costs_too_much_is_refused() {
        let passphrase = Passphrase::new("dört iyi kelime yeter");
        for text in [
            "ebirlik-sealed-keys",
            "ebirlik-sealed-keys 2 argon2id 65536 3 1 AQEBAQEBAQEBAQEBAQEBAQ AAAA",
            "ebirlik-sealed-keys 1 argon2id 4294967295 3 1 AQEBAQEBAQEBAQEBAQEBAQ AAAA",
            "ebirlik-sealed-keys 1 argon2id 65536 99 1 AQEBAQEBAQEBAQEBAQEBAQ AAAA",
            "ebirlik-sealed-keys 1 argon2id 65536 3 1 AQ AAAA",
            "ebirlik-sealed-keys 1 argon2id 65536 3 1 AQEBAQEBAQEBAQEBAQEBAQ \u{e9}",
        ] {
            assert_eq!(open(text, &passphrase), Err(SealedError::Form), "{text}");
        }
    }

    #[test]
    fn a_passphrase_is_long_enough_and_never_shown() {
        assert!(!Passphrase::new("on bir harf").is_long_enough());
        assert!(Passphrase::new("on iki harf!").is_long_enough());
        assert_eq!(format!("{:?}", Passphrase::new("on iki harf!")), "Passphrase");
    }
}
