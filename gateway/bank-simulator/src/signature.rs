//! The signature under what the bank and its merchant tell one another, as the bank's manual has it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::Write;

/// HMAC-SHA256 over the fields with `|` between, each with `\` before `\` and `|`; in hexadecimal digits.
pub(crate) fn sign(secret: &str, fields: &[&str]) -> String {
    let mut text = String::new();
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            text.push('|');
        }
        for letter in field.chars() {
            if matches!(letter, '|' | '\\') {
                text.push('\\');
            }
            text.push(letter);
        }
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out by Python's `hmac`.
    #[test]
    fn a_signature_is_that_of_another_program() {
        let signed = sign("anahtar", &["notice", "M-1", "EB1", "51877", "TRY", "paid", "A|B"]);
        assert_eq!(signed, "f1b74a7cc9a1a035ff2b8711f170c11c4b22004d48d1d293f232fcb583ef3fef");
    }
}
