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

    /// The example of the bank's manual, worked out by another program.
    #[test]
    fn a_signature_is_that_of_the_manual() {
        let text = r"notice|M-1|EB1|51877|TRY|paid|A\|B";
        let mut mac = Hmac::<Sha256>::new_from_slice(b"anahtar").unwrap();
        mac.update(text.as_bytes());
        let expected: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(sign("anahtar", &["notice", "M-1", "EB1", "51877", "TRY", "paid", "A|B"]), expected);
    }
}
