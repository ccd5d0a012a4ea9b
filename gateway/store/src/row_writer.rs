//! The connection to an SQLite file that writes many rows: approvals, and what follows them.

use crate::connection::BUSY_TIMEOUT;
use crate::error::StoreError;
use rusqlite::{Connection, Row};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;

/// Opened when it is needed first, and anew after an error of the disk.
#[derive(Debug)]
pub(crate) struct RowWriter {
    path: PathBuf,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    connection: Connection,
    mover: LogMover,
}

impl RowWriter {
    /// Of this file.
    pub(crate) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), open: None }
    }

    /// The connection. A commit that returned survives power loss.
    pub(crate) fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        let open = match &mut self.open {
            Some(open) => open,
            none => none.insert(Open::new(&self.path)?),
        };
        open.mover.mind(&open.connection)?;
        Ok(&mut open.connection)
    }

    /// Writes; blocks.
    pub(crate) fn write<T>(
        &mut self,
        write: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let written = self.connection().and_then(write);
        self.look_at(&written);
        written
    }

    /// After an error of the disk, what the connection's memory holds of the file may be wrong: it is used no more.
    pub(crate) fn look_at<T>(&mut self, written: &Result<T, StoreError>) {
        if written.as_ref().is_err_and(StoreError::is_of_the_disk) {
            self.close();
        }
    }

    /// Closes it, if it is open.
    pub(crate) fn close(&mut self) {
        self.open = None;
    }
}

impl Open {
    fn new(path: &Path) -> Result<Self, StoreError> {
        let connection = connect(path)?;
        connection.pragma_update(None, "cache_size", CACHE_KIB)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self { connection, mover: LogMover::start(path.to_owned()) })
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "synchronous", "full")?;
    // Every row that ours point at was read or written in the same transaction; looking it up again costs six searches
    // an approval. The audit does.
    connection.pragma_update(None, "foreign_keys", false)?;
    // The mover does it.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(connection)
}

/// Moves the log into the file on a thread beside the writer. What was written meanwhile the writer moves itself, which is
/// little; then the log begins anew.
#[derive(Debug)]
struct LogMover {
    /// `None` ends the thread.
    wake: Option<SyncSender<()>>,
    moved: Receiver<()>,
    is_moving: bool,
    thread: Option<JoinHandle<()>>,
}

impl LogMover {
    fn start(path: PathBuf) -> Self {
        let (wake, woken) = sync_channel(1);
        let (done, moved) = sync_channel(1);
        let thread = std::thread::spawn(move || {
            let mut connection = None;
            while woken.recv().is_ok() {
                if let Err(error) = move_beside(&path, &mut connection) {
                    tracing::warn!(%error, "the log of SQLite was not moved now; it is moved later");
                    connection = None;
                }
                if done.send(()).is_err() {
                    return;
                }
            }
        });
        Self { wake: Some(wake), moved, is_moving: false, thread: Some(thread) }
    }

    /// To be called before each transaction.
    fn mind(&mut self, connection: &Connection) -> Result<(), StoreError> {
        if self.is_moving {
            if self.moved.try_recv() == Err(TryRecvError::Empty) {
                return Ok(());
            }
            self.is_moving = false;
            checkpoint(connection, MOVE)?;
        } else if checkpoint(connection, "pragma wal_checkpoint(noop)")? >= LOG_PAGES {
            self.is_moving = self.wake.as_ref().is_some_and(|wake| wake.try_send(()).is_ok());
            if !self.is_moving {
                // Without its thread.
                checkpoint(connection, MOVE)?;
            }
        }
        Ok(())
    }
}

impl Drop for LogMover {
    /// Waits for its connection to be closed: the last one of the file to go moves what is left of the log.
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // A panic was logged where it happened.
            let _ended = thread.join();
        }
    }
}

fn move_beside(path: &Path, connection: &mut Option<Connection>) -> Result<(), StoreError> {
    let connection = match connection {
        Some(connection) => connection,
        none => none.insert(connect(path)?),
    };
    checkpoint(connection, MOVE).map(|_| ())
}

/// Moves what no reader holds back, and waits for nobody.
const MOVE: &str = "pragma wal_checkpoint(passive)";

/// Does something to the log; how many of its pages are not in the file yet.
fn checkpoint(connection: &Connection, how: &'static str) -> Result<i64, StoreError> {
    let left = |row: &Row<'_>| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?);
    Ok(connection.prepare_cached(how)?.query_row([], left)?)
}

/// Pages of the file kept in memory, in KiB; SQLite takes them as a number below zero. More is not better: after a page
/// of an index was split, SQLite looks through all of them at the commit.
const CACHE_KIB: i64 = -32_768;
/// The log's length, in pages, from which on it is moved into the file: pages that change again and again are written
/// there once.
const LOG_PAGES: i64 = 1_000;
/// More than there are.
const STATEMENTS: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_begins_anew_under_a_writer_that_never_rests_and_is_gone_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let empty = "pragma journal_mode = wal; create table page (number integer primary key, bytes blob)";
        Connection::open(&path).unwrap().execute_batch(empty).unwrap();
        let mut writer = RowWriter::of(&path);
        for number in 0..ROWS {
            let written = writer
                .write(|connection| Ok(connection.execute("insert into page values (?1, zeroblob(4000))", [number])?));
            assert_eq!(written.unwrap(), 1);
        }
        // Each commit writes two pages or three, of 4 KiB.
        let log = folder.path().join("a.db-wal");
        let pages = std::fs::metadata(&log).unwrap().len() / 4_096;
        assert!(pages < u64::try_from(ROWS).unwrap(), "{pages} pages");
        writer.close();
        assert!(!log.exists());
        let count = |row: &Row<'_>| row.get::<_, i64>(0);
        let kept = Connection::open(&path).unwrap().query_row("select count(*) from page", [], count).unwrap();
        assert_eq!(kept, ROWS);
    }

    const ROWS: i64 = 4_000;
}
