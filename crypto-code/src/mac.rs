//! Which code does a key give to a statement?
//!
//! The bytes under the MAC are part of the published format: see "The MAC" in the README.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{CryptoCode, Generation, StatementBytes};

/// HMAC-SHA-256 over the domain tag, the statement and the counter.
pub(crate) fn mac(key: &[u8; 32], statement: &StatementBytes, counter: u32) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(DOMAIN_TAG);
    mac.update(statement.as_bytes());
    mac.update(&counter.to_be_bytes());
    mac.finalize().into_bytes().into()
}

/// HMAC-SHA-256 over a text that is marked.
pub(crate) fn of_text(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(MARK_TAG);
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// The first 64 bits of a MAC under the key that is no code's: they name the key.
pub(crate) fn fingerprint(key: &[u8; 32]) -> u64 {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(FINGERPRINT_TAG);
    let mac: [u8; 32] = mac.finalize().into_bytes().into();
    u64::from_be_bytes(*mac.first_chunk().expect("a MAC has 32 bytes"))
}

/// The code that shows the first 65 bits of a MAC, most significant first, five to a symbol.
pub(crate) fn code(generation: Generation, mac: [u8; 32]) -> CryptoCode {
    let (head, _) = mac.split_first_chunk::<16>().expect("a MAC has 32 bytes");
    let mut bits = u128::from_be_bytes(*head);
    let symbols = [(); 13].map(|()| {
        bits = bits.rotate_left(5);
        (bits & 31) as u8
    });
    CryptoCode::sealed(generation, symbols)
}

/// Keeps these MACs apart from any other use of a key; ends in a zero byte.
const DOMAIN_TAG: &[u8] = b"e-birlik crypto-code\0";

/// As [`DOMAIN_TAG`], for marks.
const MARK_TAG: &[u8] = b"e-birlik mark\0";

/// As [`DOMAIN_TAG`], for fingerprints.
const FINGERPRINT_TAG: &[u8] = b"e-birlik crypto-code key\0";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: u128, expected: &str) {
        let mut mac = [0xFF; 32];
        mac[..16].copy_from_slice(&head.to_be_bytes());
        let code = code(Generation::new(1).unwrap(), mac);
        assert_eq!(&code.as_str()[..14], expected, "{head:032x}");
    }

    #[test]
    fn the_first_sixty_five_bits_are_shown_in_order() {
        check(0, "10000000000000");
        check(1 << 127, "1G000000000000");
        check(1 << 63, "10000000000001");
        check(1 << 62, "10000000000000");
        check(u128::MAX, "1ZZZZZZZZZZZZZ");
        check(0b00001_00010_00011 << 113, "11230000000000");
    }
}
