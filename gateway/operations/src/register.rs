//! What does the register say of a declaration's parties, without asking it each time?
//!
//! What was read is remembered with the versions that it was read at, and never believed by itself: an approval's own
//! transaction compares the versions, and any other answer compares them before it is given.

use ebirlik_domain::authority::AuthorityFacts;
use ebirlik_store::parties::Basis;
use jiff::civil::Date;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};
use tokio::sync::{Semaphore, SemaphorePermit};

/// What is remembered, all of one day and of one state of the store.
#[derive(Debug)]
pub(crate) struct Register {
    remembered: RwLock<Remembered>,
    /// Reads at a time. Hundreds may come after a change; for connections they would wait a second only.
    turns: Semaphore,
}

#[derive(Debug, Default)]
struct Remembered {
    read: Option<(Date, Basis)>,
    facts: HashMap<String, AuthorityFacts>,
}

/// Whose declaration, for whom, through which secretariat: one key.
pub(crate) fn parties(exporter: &str, declarant: &str, secretariat: &str) -> String {
    [exporter, declarant, secretariat].join("\n")
}

impl Default for Register {
    fn default() -> Self {
        Self { remembered: RwLock::default(), turns: Semaphore::new(TURNS) }
    }
}

impl Register {
    /// A turn to read, after which somebody else may have read the same.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    /// What was read of these parties on a day, while the tables had this version.
    pub(crate) fn find(&self, parties: &str, day: Date, tables: i64) -> Option<(AuthorityFacts, Basis)> {
        let remembered = self.remembered.read().unwrap_or_else(PoisonError::into_inner);
        let (_, basis) = remembered.read.filter(|(read_on, basis)| *read_on == day && basis.tables == tables)?;
        Some((*remembered.facts.get(parties)?, basis))
    }

    /// Remembers what was read; what was read at other versions is forgotten.
    pub(crate) fn remember(&self, parties: String, day: Date, facts: AuthorityFacts, basis: Basis) {
        let mut remembered = self.write();
        if remembered.read != Some((day, basis)) || remembered.facts.len() >= PARTIES_MAX {
            *remembered = Remembered { read: Some((day, basis)), facts: HashMap::new() };
        }
        remembered.facts.insert(parties, facts);
    }

    /// Forgets everything.
    pub(crate) fn forget(&self) {
        *self.write() = Remembered::default();
    }

    fn write(&self) -> RwLockWriteGuard<'_, Remembered> {
        self.remembered.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As many as there are connections for submissions.
const TURNS: usize = 4;
/// Parties remembered; some 150 bytes each. All of Türkiye's exporters are fewer.
const PARTIES_MAX: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_was_read_counts_for_its_day_and_versions_alone() {
        let register = Register::default();
        let (day, key) = (date(2026, 11, 26), parties("1", "2", "IMMIB"));
        let facts = AuthorityFacts { member: true, ..AuthorityFacts::default() };
        let basis = Basis { tables: 3, parties: 7 };
        register.remember(key.clone(), day, facts, basis);
        assert_eq!(register.find(&key, day, 3), Some((facts, basis)));
        assert_eq!(register.find(&key, day, 4), None);
        assert_eq!(register.find(&key, date(2026, 11, 27), 3), None);
        assert_eq!(register.find(&parties("1", "3", "IMMIB"), day, 3), None);
        register.remember(parties("1", "3", "IMMIB"), day, facts, Basis { tables: 3, parties: 8 });
        assert_eq!(register.find(&key, day, 3), None);
    }
}
