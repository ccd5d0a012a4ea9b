//! How is written what follows the approvals: feeds, lines of accounts, receipts, lists? A turn at a time, in one
//! transaction with the cursor that it moves, so that of several servers one wins.
//!
//! On SQLite on the approval writer's connection, row by row: the commit of any other would make the writer's read its
//! pages anew. On PostgreSQL as sets.

use crate::audit::chain::Block;
use crate::connection::read;
use crate::error::StoreError;
use crate::events::{EventRow, save_events};
use crate::sql::{Sql, statements};
use crate::writer::rows::json;
use crate::writer::sqlite::SqliteBooks;
use crate::{PostgresStore, SqliteStore, Store};
use rusqlite::{Connection, Statement, params};
use serde::Serialize;
use std::sync::Arc;

statements! {
    CURSOR = "select position from sequencer where name = $1";
    BLOCKS_AFTER = "select first_position, events, event_ids, dictionary, hash from audit_block
        where first_position > $1 order by first_position limit $2";
    @differ
    MOVE_CURSOR = sqlite "update sequencer set position = ?3 where name = ?1 and position = ?2"
    postgres "update sequencer set position = $3 where name = $1 and position = $2";
}

/// A row that follows the approvals.
pub(crate) trait Row: Serialize + Send + Sync + Sized + 'static {
    /// Gives it to the statement of SQLite, whose parameters are `?1`, `?2`: of `$1` SQLite takes the order, not the number.
    fn save(&self, save: &mut Statement<'_>) -> rusqlite::Result<()>;

    /// Looks for the places in SQLite's file where it goes and nobody looked before.
    fn seek(&self, _connection: &Connection) -> rusqlite::Result<()> {
        Ok(())
    }

    /// All as the one parameter of PostgreSQL's statement.
    fn set(rows: &[Self]) -> String {
        json(rows)
    }
}

/// What [`Row::seek`] does: whether the statement finds anything is all the same.
macro_rules! seek {
    ($connection:ident, $statement:expr, $($value:expr),+ $(,)?) => {
        $connection.prepare_cached($statement)?.exists(rusqlite::params![$($value),+]).map(|_| ())
    };
}
pub(crate) use seek;

/// What [`Row::save`] does: the statement once, with these parameters.
macro_rules! values {
    ($save:ident, $($value:expr),+ $(,)?) => {
        $save.execute(rusqlite::params![$($value),+]).map(|_| ())
    };
}
pub(crate) use values;

/// Rows of one statement.
pub(crate) struct Set {
    statement: &'static Sql,
    rows: Box<dyn Rows>,
}

trait Rows: Send + Sync {
    fn is_empty(&self) -> bool;
    fn save(&self, save: &mut Statement<'_>) -> rusqlite::Result<()>;
    fn seek(&self, connection: &Connection) -> rusqlite::Result<()>;
    fn set(&self) -> String;
}

impl<R: Row> Rows for Vec<R> {
    fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    fn save(&self, save: &mut Statement<'_>) -> rusqlite::Result<()> {
        self.iter().try_for_each(|row| row.save(save))
    }

    fn seek(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.iter().try_for_each(|row| row.seek(connection))
    }

    fn set(&self) -> String {
        R::set(self)
    }
}

impl Set {
    pub(crate) fn of<R: Row>(statement: &'static Sql, rows: Vec<R>) -> Self {
        Self { statement, rows: Box::new(rows) }
    }
}

/// One turn: what is written, and how far it takes its cursor.
pub(crate) struct Writing {
    /// Its name, from where, to where.
    pub(crate) cursor: (&'static str, i64, i64),
    /// In their order; empty ones are left out.
    pub(crate) sets: Vec<Set>,
    /// What happened by it.
    pub(crate) events: Vec<EventRow>,
    /// False to see whether it can be done, and leave everything as it was.
    pub(crate) is_kept: bool,
}

impl Store {
    /// Where a cursor stands.
    pub(crate) async fn cursor(&self, name: &str) -> Result<i64, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&CURSOR)).bind(name).fetch_one(store.readers()))
    }

    /// Writes a turn; false when another server moved the cursor first.
    pub(crate) async fn write_behind(&self, writing: Writing) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(store) => store.write_behind(writing).await,
            Self::Postgres(store) => store.write_behind(writing).await,
        }
    }

    /// Numbers of the events that the chain holds behind a position, so many give or take a block; and the position of the
    /// last of them.
    pub(crate) async fn chained_behind(&self, from: i64, most: i64) -> Result<(i64, Vec<i64>), StoreError> {
        // Under light load each block holds one event.
        let blocks: Vec<Block> = read!(self, store => sqlx::query_as(store.text(&BLOCKS_AFTER)).bind(from).bind(most)
            .fetch_all(store.readers()))?;
        let (mut to, mut ids) = (from, Vec::new());
        for block in blocks {
            // A block of another server may be committed after the one behind it became visible: never skip one.
            if block.first_position != to + 1 || (to > from && to - from + block.events > most) {
                break;
            }
            ids.extend(block.ids()?);
            to = block.first_position + block.events - 1;
        }
        Ok((to, ids))
    }
}

impl SqliteStore {
    async fn write_behind(&self, writing: Writing) -> Result<bool, StoreError> {
        let store = self.clone();
        // Whoever asks may be on a thread that steps back, and a thread is born as its maker is: here no such one makes it.
        let written = self.runtime.spawn(async move {
            let direct = Arc::clone(&store.direct);
            let seek = move || direct.read(|connection| writing.seek(connection)).map(|()| writing);
            let writing = on_a_thread(seek).await?;
            let mut turn = store.turn().await?;
            on_a_thread(move || turn.write(|connection| writing.write(connection))).await
        });
        written.await.unwrap_or(Err(StoreError::Late))
    }
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    // A panic was logged where it happened.
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(StoreError::Late))
}

impl Writing {
    /// Of a file larger than memory a page may have to come from the disk: better before the turn than in it.
    fn seek(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.sets.iter().try_for_each(|set| set.rows.seek(connection))
    }

    fn write(self, connection: &mut Connection) -> Result<bool, StoreError> {
        let (cursor, from, to) = self.cursor;
        let books = SqliteBooks::begin(connection)?;
        if books.prepared(MOVE_CURSOR.sqlite)?.execute(params![cursor, from, to])? != 1 {
            return Ok(false);
        }
        for set in self.sets.iter().filter(|set| !set.rows.is_empty()) {
            set.rows.save(&mut *books.prepared(set.statement.sqlite)?)?;
        }
        books.save_events(&self.events)?;
        if self.is_kept {
            books.keep()?;
        }
        Ok(true)
    }
}

impl PostgresStore {
    async fn write_behind(&self, writing: Writing) -> Result<bool, StoreError> {
        let (store, (cursor, from, to)) = (self, writing.cursor);
        let mut tx = store.begin().await?;
        let moved = sqlx::query(store.text(&MOVE_CURSOR)).bind(cursor).bind(from).bind(to).execute(&mut *tx).await?;
        if moved.rows_affected() != 1 {
            return Ok(false);
        }
        for set in writing.sets.iter().filter(|set| !set.rows.is_empty()) {
            sqlx::query(store.text(set.statement)).bind(set.rows.set()).execute(&mut *tx).await?;
        }
        if !writing.events.is_empty() {
            save_events!(store, tx, &writing.events);
        }
        if writing.is_kept {
            tx.commit().await?;
        } else {
            tx.rollback().await?;
        }
        Ok(true)
    }
}
