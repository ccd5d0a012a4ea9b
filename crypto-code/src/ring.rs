//! Who can issue codes, and is this code ours?
//!
//! Knows keys and generations. Randomness, files and today's date are the caller's.

use std::{fmt, ops::RangeInclusive};

use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroize;

use crate::{CryptoCode, Generation, KeyRingError, KeyRingFault, StatementBytes, mac};

/// The keys by generation: the newest issues and verifies, the older ones verify only.
///
/// Whoever holds the ring can issue. Its keys are wiped from memory when it is dropped, and
/// `Debug` never shows them.
///
/// # Examples
///
/// ```
/// use crypto_code::{Check, KeyRing, Statement};
///
/// # let statement = Statement { declarant: "1", reference: "2", exporter: "3", secretariat: "4", office: "5",
/// #     regime: "6", destination: "7", invoice_total: "8", invoice_currency: "TRY", items: Vec::new() };
/// let mut ring = KeyRing::generate(&[7; 32], "2026-01-01")?; // 32 random bytes in earnest
/// let statement = statement.to_bytes()?;
/// let code = ring.issue(&statement, 0);
///
/// ring.rotate(&[8; 32], "2027-01-01")?;
/// assert_eq!(ring.matches(&code, &statement, 0..=3), Check::Genuine { counter: 0 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KeyRing {
    /// Rising by generation, all below the current one.
    older: Vec<RingKey>,
    current: RingKey,
}

/// What a key ring says of a code and a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The code was made with our key for this very statement.
    Genuine {
        /// The collision counter that it was issued with.
        counter: u32,
    },
    /// Not made with our key for this statement, at these counters.
    NotOurs,
    /// The ring has no key of the code's generation.
    UnknownGeneration,
}

/// One key with what the ring's text says of it.
pub(crate) struct RingKey {
    pub(crate) generation: Generation,
    pub(crate) created: String,
    pub(crate) key: Key,
    /// Somebody else may hold it. Never true of the current one.
    pub(crate) leaked: bool,
}

/// 32 secret bytes in one place of the heap, so that moving the owner copies none of them.
pub(crate) struct Key(Box<[u8; 32]>);

impl KeyRing {
    /// A ring with its first key, of generation 1, created on the date (`YYYY-MM-DD`).
    ///
    /// Generation 0 stays unused, so no key ever stands behind a code of zeros.
    ///
    /// # Errors
    ///
    /// [`KeyRingFault::Created`] if the date is not written `YYYY-MM-DD`.
    pub fn generate(key: &[u8; 32], created: &str) -> Result<Self, KeyRingError> {
        Ok(Self { older: Vec::new(), current: RingKey::new(Generation::FIRST, created, Key::copy_of(key))? })
    }

    /// A ring whose first key has the generation after one that is lost, for when no copy of the older ring is left.
    ///
    /// The older codes are then not provable by this ring, and none of their generations is used again.
    ///
    /// # Errors
    ///
    /// [`KeyRingFault::Exhausted`] after generation 31, [`KeyRingFault::Created`] if the date is not written
    /// `YYYY-MM-DD`.
    pub fn generate_after(lost: Generation, key: &[u8; 32], created: &str) -> Result<Self, KeyRingError> {
        let generation = lost.next().ok_or(KeyRingFault::Exhausted)?;
        Ok(Self { older: Vec::new(), current: RingKey::new(generation, created, Key::copy_of(key))? })
    }

    /// Whether the generation was used before this ring begins, so that its key is lost. Generation 0 never was.
    pub fn is_lost(&self, generation: Generation) -> bool {
        let first = self.keys().next().map_or(Generation::FIRST, |key| key.generation);
        (Generation::FIRST..first).contains(&generation)
    }

    /// Marks an older generation as leaked: somebody else may hold its key, and make codes with it.
    ///
    /// It still verifies, but its codes are proved by a register of the codes issued, not by the key alone. Marking
    /// it twice changes nothing.
    ///
    /// # Errors
    ///
    /// [`KeyRingFault::Unknown`] if the ring has no such generation, [`KeyRingFault::Issues`] if it is the current one.
    pub fn mark_leaked(&mut self, generation: Generation) -> Result<(), KeyRingError> {
        if generation == self.current.generation {
            return Err(KeyRingFault::Issues.into());
        }
        let key = self.older.iter_mut().find(|key| key.generation == generation).ok_or(KeyRingFault::Unknown)?;
        key.leaked = true;
        Ok(())
    }

    /// Whether the generation is marked as leaked.
    pub fn is_leaked(&self, generation: Generation) -> bool {
        self.older.iter().any(|key| key.generation == generation && key.leaked)
    }

    /// A key's fingerprint, to be read aloud and written down: `1a2b-3c4d-5e6f-7081`. It tells two keys apart and
    /// gives nothing of either away. `None` if the ring has no such generation.
    pub fn fingerprint(&self, generation: Generation) -> Option<String> {
        let key = self.keys().find(|key| key.generation == generation)?;
        let bits = mac::fingerprint(key.key.bytes());
        Some([48, 32, 16, 0].map(|shift| format!("{:04x}", bits >> shift & 0xffff)).join("-"))
    }

    /// Makes a new key of the next generation the current one; the present one verifies from now on.
    ///
    /// Returns the new generation. On an error the ring is as before.
    ///
    /// # Errors
    ///
    /// [`KeyRingFault::Exhausted`] after generation 31, [`KeyRingFault::KeyTwice`] if the ring has
    /// this key already, [`KeyRingFault::Created`] if the date is not written `YYYY-MM-DD`.
    pub fn rotate(&mut self, key: &[u8; 32], created: &str) -> Result<Generation, KeyRingError> {
        let next = self.current.generation.next().ok_or(KeyRingFault::Exhausted)?;
        let new = RingKey::new(next, created, Key::copy_of(key))?;
        if self.keys().any(|known| known.key.same_as(&new.key)) {
            return Err(KeyRingFault::KeyTwice.into());
        }
        let retired = std::mem::replace(&mut self.current, new);
        self.older.push(retired);
        Ok(next)
    }

    /// The code of a statement under the current key.
    ///
    /// The counter starts at 0 and is raised by one while the code is already another declaration's.
    pub fn issue(&self, statement: &StatementBytes, counter: u32) -> CryptoCode {
        self.current.issue(statement, counter)
    }

    /// Whether the code was issued for this statement with one of these counters.
    ///
    /// The time taken depends on the statement's length and on how many counters are asked for,
    /// not on where a wrong code differs.
    pub fn matches(&self, code: &CryptoCode, statement: &StatementBytes, counters: RangeInclusive<u32>) -> Check {
        let Some(key) = self.keys().find(|key| key.generation == code.generation()) else {
            return Check::UnknownGeneration;
        };
        let mut matched = 0_u8.ct_eq(&1);
        let mut matched_at = 0;
        // No early end: the time taken says nothing of where a match lies.
        for counter in counters {
            let same = key.issue(statement, counter).as_bytes().ct_eq(code.as_bytes());
            matched_at.conditional_assign(&counter, same);
            matched |= same;
        }
        if matched.into() { Check::Genuine { counter: matched_at } } else { Check::NotOurs }
    }

    /// The mark of a text under the current key: it says that whoever holds the ring wrote the text. It has the form of a
    /// code, and never is one.
    pub fn mark(&self, text: &[u8]) -> CryptoCode {
        self.current.mark(text)
    }

    /// Whether a mark was made for this very text. A leaked key's marks may be anybody's, so they count for nothing.
    pub fn is_mark(&self, mark: &CryptoCode, text: &[u8]) -> bool {
        let key = self.keys().find(|key| key.generation == mark.generation() && !key.leaked);
        key.is_some_and(|key| key.mark(text).as_bytes().ct_eq(mark.as_bytes()).into())
    }

    /// The generation that issues now.
    pub fn current(&self) -> Generation {
        self.current.generation
    }

    /// Each generation with the date its key was created on, rising; the last is the current one.
    pub fn generations(&self) -> impl Iterator<Item = (Generation, &str)> {
        self.keys().map(|key| (key.generation, key.created.as_str()))
    }

    /// The ring of these keys; all older ones are below the current one and rising.
    pub(crate) fn of_keys(older: Vec<RingKey>, current: RingKey) -> Self {
        Self { older, current }
    }

    /// All keys, rising by generation.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &RingKey> {
        self.older.iter().chain([&self.current])
    }
}

impl RingKey {
    pub(crate) fn new(generation: Generation, created: &str, key: Key) -> Result<Self, KeyRingFault> {
        if !is_date(created) {
            return Err(KeyRingFault::Created);
        }
        Ok(Self { generation, created: created.to_owned(), key, leaked: false })
    }

    fn issue(&self, statement: &StatementBytes, counter: u32) -> CryptoCode {
        mac::code(self.generation, mac::mac(self.key.bytes(), statement, counter))
    }

    fn mark(&self, text: &[u8]) -> CryptoCode {
        mac::code(self.generation, mac::of_text(self.key.bytes(), text))
    }
}

impl Key {
    /// A key to be filled in place.
    pub(crate) fn blank() -> Self {
        Self(Box::new([0; 32]))
    }

    fn copy_of(bytes: &[u8; 32]) -> Self {
        let mut key = Self::blank();
        key.0.copy_from_slice(bytes);
        key
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8; 32] {
        &mut self.0
    }

    pub(crate) fn same_as(&self, other: &Self) -> bool {
        self.0.ct_eq(other.bytes()).into()
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KeyRing(")?;
        for key in &self.older {
            write!(out, "{} ", key.generation)?;
        }
        write!(out, "{} current)", self.current.generation)
    }
}

/// The shape only: which days exist is the caller's to know.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::statement::tests::{CHANGES, sample};

    fn ring() -> KeyRing {
        KeyRing::generate(&[7; 32], "2026-01-01").unwrap()
    }

    fn statement() -> StatementBytes {
        sample().to_bytes().unwrap()
    }

    fn check(code: CryptoCode, counters: RangeInclusive<u32>, expected: Check) {
        assert_eq!(ring().matches(&code, &statement(), counters), expected, "{code}");
    }

    /// G-29.
    #[test]
    fn a_code_is_genuine_for_its_own_statement() {
        check(ring().issue(&statement(), 0), 0..=0, Check::Genuine { counter: 0 });
        check(ring().issue(&statement(), 2), 0..=3, Check::Genuine { counter: 2 });
        check(ring().issue(&statement(), u32::MAX), u32::MAX - 1..=u32::MAX, Check::Genuine { counter: u32::MAX });
    }

    #[test]
    fn a_mark_is_of_one_text_and_is_no_code() {
        let mut marked = ring();
        let mark = marked.mark(b"list");
        assert!(marked.is_mark(&mark, b"list") && !marked.is_mark(&mark, b"List"));
        let statement = statement();
        assert_ne!(marked.mark(statement.as_bytes()), marked.issue(&statement, 0));
        check(marked.mark(statement.as_bytes()), 0..=3, Check::NotOurs);
        let generation = marked.current();
        marked.rotate(&[8; 32], "2027-01-01").unwrap();
        assert!(marked.is_mark(&mark, b"list"), "an older key's mark stays good");
        marked.mark_leaked(generation).unwrap();
        assert!(!marked.is_mark(&mark, b"list"), "a leaked key marks for anybody");
        assert!(!KeyRing::generate(&[9; 32], "2026-01-01").unwrap().is_mark(&mark, b"list"));
    }

    #[test]
    fn a_counter_not_asked_for_is_not_ours() {
        check(ring().issue(&statement(), 4), 0..=3, Check::NotOurs);
        check(ring().issue(&statement(), 0), RangeInclusive::new(1, 0), Check::NotOurs);
    }

    /// G-30, G-31: a code moved to another declaration fails.
    #[test]
    fn changing_any_field_of_a_statement_changes_the_code() {
        let code = ring().issue(&statement(), 0);
        for (name, change) in CHANGES {
            let mut changed = sample();
            change(&mut changed);
            let changed = changed.to_bytes().unwrap();
            assert_ne!(ring().issue(&changed, 0), code, "{name}");
            assert_eq!(ring().matches(&code, &changed, 0..=3), Check::NotOurs, "{name}");
        }
    }

    /// G-30.
    #[test]
    fn ten_thousand_declarations_get_ten_thousand_codes() {
        let mut codes = HashSet::new();
        for number in 0..10_000 {
            let reference = format!("BRK-2026-{number:05}");
            let mut statement = sample();
            statement.reference = &reference;
            let code = ring().issue(&statement.to_bytes().unwrap(), 0);
            assert!(codes.insert(code), "{reference}");
        }
    }

    #[test]
    fn another_counter_gives_another_code() {
        assert_ne!(ring().issue(&statement(), 0), ring().issue(&statement(), 1));
    }

    #[test]
    fn an_older_generation_verifies_and_no_longer_issues() {
        let mut ring = ring();
        let old = ring.issue(&statement(), 0);
        let next = ring.rotate(&[8; 32], "2027-01-01").unwrap();
        let new = ring.issue(&statement(), 0);
        assert_eq!((old.generation().value(), new.generation()), (1, next));
        assert_eq!(ring.matches(&old, &statement(), 0..=0), Check::Genuine { counter: 0 });
        assert_eq!(ring.matches(&new, &statement(), 0..=0), Check::Genuine { counter: 0 });
        check(new, 0..=0, Check::UnknownGeneration);
    }

    #[test]
    fn a_generation_is_never_reused() {
        let mut ring = ring();
        for value in 2..32 {
            assert_eq!(ring.rotate(&[value + 10; 32], "2027-01-01").unwrap().value(), value);
        }
        let error = ring.rotate(&[99; 32], "2058-01-01").unwrap_err();
        assert_eq!(error.fault, KeyRingFault::Exhausted);
        assert_eq!(ring.generations().count(), 31);
    }

    #[test]
    fn a_leaked_generation_verifies_and_is_named() {
        let mut ring = ring();
        let old = ring.issue(&statement(), 0);
        let first = ring.current();
        assert_eq!(ring.mark_leaked(first).unwrap_err().fault, KeyRingFault::Issues);
        ring.rotate(&[8; 32], "2027-01-01").unwrap();
        assert_eq!(ring.mark_leaked(Generation::new(9).unwrap()).unwrap_err().fault, KeyRingFault::Unknown);
        ring.mark_leaked(first).unwrap();
        ring.mark_leaked(first).unwrap();
        assert!(ring.is_leaked(first) && !ring.is_leaked(ring.current()));
        assert_eq!(ring.matches(&old, &statement(), 0..=0), Check::Genuine { counter: 0 });
    }

    #[test]
    fn after_a_loss_no_generation_is_used_again() {
        let ring = KeyRing::generate_after(Generation::new(4).unwrap(), &[8; 32], "2027-01-01").unwrap();
        assert_eq!(ring.current().value(), 5);
        let lost = (0..32).filter(|value| ring.is_lost(Generation::new(*value).unwrap()));
        assert_eq!(lost.collect::<Vec<_>>(), [1, 2, 3, 4]);
        let beyond = KeyRing::generate_after(Generation::new(31).unwrap(), &[8; 32], "2027-01-01");
        assert_eq!(beyond.unwrap_err().fault, KeyRingFault::Exhausted);
    }

    #[test]
    fn a_fingerprint_tells_keys_apart() {
        let fingerprint = |key| {
            let ring = KeyRing::generate(&[key; 32], "2026-01-01").unwrap();
            ring.fingerprint(ring.current()).unwrap()
        };
        assert_eq!(fingerprint(7), FINGERPRINT_OF_SEVENS);
        assert_ne!(fingerprint(8), fingerprint(7));
        assert_eq!(ring().fingerprint(Generation::new(2).unwrap()), None);
    }

    /// HMAC-SHA-256 under 32 bytes of 7 over `e-birlik crypto-code key` and a zero byte, by another program.
    const FINGERPRINT_OF_SEVENS: &str = "6978-4ba5-44e1-e465";

    #[test]
    fn a_key_is_never_reused_and_a_date_is_a_date() {
        let mut ring = ring();
        let fault = |ring: &mut KeyRing, key, date| ring.rotate(&[key; 32], date).unwrap_err().fault;
        assert_eq!(fault(&mut ring, 7, "2027-01-01"), KeyRingFault::KeyTwice);
        for date in ["", "2027-1-1", "01.01.2027", "2027-01-01 ", "2027/01/01", "2027-01-0\u{663}"] {
            assert_eq!(fault(&mut ring, 8, date), KeyRingFault::Created, "{date:?}");
        }
        assert_eq!(ring.current().value(), 1);
    }

    #[test]
    fn debug_shows_no_key() {
        let mut ring = KeyRing::generate(&[0xAB; 32], "2026-01-01").unwrap();
        ring.rotate(&[0xCD; 32], "2027-01-01").unwrap();
        assert_eq!(format!("{ring:?}"), "KeyRing(1 2 current)");
    }

    proptest! {
        /// G-31: without the key, well-formed codes of the right generation are not ours.
        #[test]
        fn a_guess_is_not_ours(mac in any::<[u8; 32]>()) {
            let guess = mac::code(ring().current(), mac);
            prop_assert_eq!(ring().matches(&guess, &statement(), 0..=3), Check::NotOurs);
        }

        /// G-31.
        #[test]
        fn another_key_gives_another_code(key in any::<[u8; 32]>()) {
            prop_assume!(key != [7; 32]);
            let other = KeyRing::generate(&key, "2026-01-01").unwrap();
            prop_assert_eq!(ring().matches(&other.issue(&statement(), 0), &statement(), 0..=3), Check::NotOurs);
        }
    }
}
