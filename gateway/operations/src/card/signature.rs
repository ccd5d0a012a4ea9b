//! The signature under what a bank and we tell one another: HMAC-SHA256 over the fields in a fixed order.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// The secret that the bank and we share.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// As the bank gave it.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The signature under these fields, 64 hexadecimal digits.
    pub(super) fn sign(&self, fields: &[&str]) -> String {
        let bytes = self.mac(fields).finalize().into_bytes();
        ebirlik_store::events::hex(&bytes)
    }

    /// Whether this is the signature under these fields, found out in a time that tells nothing about it.
    pub(super) fn proves(&self, fields: &[&str], signature: &str) -> bool {
        unhex(signature).is_some_and(|bytes| self.mac(fields).verify_slice(&bytes).is_ok())
    }

    fn mac(&self, fields: &[&str]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("HMAC takes a key of any length");
        mac.update(canonical(fields).as_bytes());
        mac
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// The fields with `|` between, which no field can imitate: within one it is `\|`, and a backslash `\\`.
fn canonical(fields: &[&str]) -> String {
    let escaped = fields.iter().map(|field| field.replace('\\', r"\\").replace('|', r"\|"));
    escaped.collect::<Vec<String>>().join("|")
}

/// The bytes of hexadecimal digits.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = text.as_bytes().iter().map(digit).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    Some(pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_reaches_into_the_next_one() {
        assert_ne!(canonical(&["a|b", "c"]), canonical(&["a", "b|c"]));
        assert_ne!(canonical(&["a\\", "b"]), canonical(&["a", "\\b"]));
        assert_eq!(canonical(&["a", "", "b"]), "a||b");
    }

    /// Worked out by Python's `hmac`.
    #[test]
    fn a_signature_is_that_of_another_program() {
        let signed = Secret::new("anahtar").sign(&["notice", "M-1", "EB1", "51877", "TRY", "paid", "A|B"]);
        assert_eq!(signed, "f1b74a7cc9a1a035ff2b8711f170c11c4b22004d48d1d293f232fcb583ef3fef");
    }

    #[test]
    fn a_signature_fits_its_fields_and_secret_alone() {
        let secret = Secret::new("anahtar");
        let signature = secret.sign(&["notice", "M", "EB1"]);
        assert_eq!(signature.len(), 64);
        assert!(secret.proves(&["notice", "M", "EB1"], &signature));
        for (secret, fields, signature) in [
            (&secret, ["notice", "M", "EB2"], signature.as_str()),
            (&Secret::new("başka"), ["notice", "M", "EB1"], &signature),
            (&secret, ["notice", "M", "EB1"], &signature[..62]),
            (&secret, ["notice", "M", "EB1"], &signature[..63]),
            (&secret, ["notice", "M", "EB1"], ""),
            (&secret, ["notice", "M", "EB1"], "ğ"),
        ] {
            assert!(!secret.proves(&fields, signature), "{fields:?} {signature}");
        }
    }
}
