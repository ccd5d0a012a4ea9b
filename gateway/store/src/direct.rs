//! How is one row of an SQLite file read without going to another thread for it?
//!
//! Looking a code up takes some microseconds; handing the question to a thread that owns a connection, and the answer
//! back, takes several times as long. Only for reads by key: whatever may take longer goes through the pools.

use crate::error::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Connections that read on the thread that asks; as many as were ever needed at once.
#[derive(Debug)]
pub(crate) struct DirectReaders {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl DirectReaders {
    /// Of this file. Nothing is opened yet.
    pub(crate) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::default() }
    }

    /// Reads. A connection that failed is not used again.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open()?,
        };
        let found = read(&connection)?;
        self.idle().push(connection);
        Ok(found)
    }

    /// Closes those that rest.
    pub(crate) fn close(&self) {
        self.idle().clear();
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "cache_size", CACHE_KIB)?;
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Readers of a log wait for nobody but for its recovery after a crash.
const PATIENCE: Duration = Duration::from_secs(1);
/// Pages of the file kept in memory for each connection, in KiB; SQLite takes them as a number below zero.
const CACHE_KIB: i64 = -16_384;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_failed_is_not_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        Connection::open(&path).unwrap().execute_batch("create table one (number integer)").unwrap();
        let readers = DirectReaders::of(&path);
        let count =
            |connection: &Connection| connection.query_row("select count(*) from one", [], |row| row.get::<_, i64>(0));
        assert_eq!(readers.read(count).unwrap(), 0_i64);
        assert_eq!(readers.idle().len(), 1);
        assert!(readers.read(|connection| connection.execute("insert into one values (1)", [])).is_err());
        assert_eq!(readers.idle().len(), 0, "it cannot write, and is gone");
        assert_eq!(readers.read(count).unwrap(), 0_i64);
        readers.close();
        assert_eq!(readers.idle().len(), 0);
    }
}
