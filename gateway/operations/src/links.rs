//! What is secret in a link that is mailed: 256 random bits, of which the store keeps the SHA-256 alone.

use ebirlik_domain::decision::Fault;
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use zeroize::Zeroizing;

/// A secret that nobody can foresee.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Zeroizing<[u8; BYTES]>);

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub(crate) fn draw() -> Result<Self, Fault> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        SystemRandom::new().fill(&mut bytes[..]).map_err(|_| {
            tracing::error!("the system gives no randomness; no link can be made");
            Fault::Unavailable
        })?;
        Ok(Self(bytes))
    }

    /// From its 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        if text.len() != 2 * BYTES || !text.bytes().all(|digit| b"0123456789abcdef".contains(&digit)) {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// As it stands in addresses.
    pub fn to_text(&self) -> String {
        self.0.iter().fold(String::with_capacity(2 * BYTES), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// What the store keeps.
    pub(crate) fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.0[..]).into()
    }
}

const BYTES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_kept_as_a_digest() {
        let (one, other) = (Token::draw().unwrap(), Token::draw().unwrap());
        assert!(one != other && Token::parse(&one.to_text()).unwrap() == one);
        assert_ne!(one.digest(), *one.0);
        for wrong in ["", "0a", &"0g".repeat(32), &"0A".repeat(32), &"0a".repeat(33), &"é".repeat(32)] {
            assert!(Token::parse(wrong).is_none(), "{wrong}");
        }
    }
}
