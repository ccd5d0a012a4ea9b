//! Mails: written in the transaction that moves on along the chain of events, sent afterwards, by any server.
//!
//! A link that is mailed stands beside its text until the mail is sent; the store keeps the link's digest alone.

use crate::behind::MOVE_CURSOR;
use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::events::overtaken;
use crate::passwords::{FORGET_LINKS, FORGET_REQUESTS, SAVE_LINK};
use crate::sql::statements;
use crate::writer::rows::json;
use crate::{Ids, Store};
use jiff::Timestamp;

statements! {
    SAVE_MAIL = "insert into mail (id, event_id, to_address, subject, text, link, attachment_name, attachment, state, tries,
            next_try_at, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', 0, $9, $9)";
    DUE = "select id, event_id, to_address, subject, text, link, attachment_name, attachment, state, tries, next_try_at,
            created_at
        from mail where state = 'queued' and next_try_at <= $1 order by next_try_at limit $2";
    NEWEST = "select id, event_id, to_address, subject, text, link, attachment_name, attachment, state, tries, next_try_at,
            created_at
        from mail order by id desc limit $1";
    TRY = "update mail set tries = tries + 1, next_try_at = $3 where id = $1 and next_try_at = $2 and state = 'queued'";
    SENT = "update mail set state = 'sent', link = '', sent_at = $2 where id = $1";
    FAILED = "update mail set state = 'failed', link = '' where id = $1";
    STANDING = "select (select count(*) from mail where state = 'queued'), (select count(*) from mail where state = 'failed')";
    FORGET_MAILS = "delete from mail where created_at < $1";
    @differ
    OF_KINDS = sqlite "select event.id, event.kind, event.body, account.firm, account.secretariat
        from event left join account on account.id = event.account_id where event.id in (select value from json_each($1))
            and event.kind in (select value from json_each($2)) order by event.id"
    postgres "select event.id, event.kind, event.body, account.firm, account.secretariat
        from event left join account on account.id = event.account_id
        where event.id in (select value::bigint from json_array_elements_text($1::json))
            and event.kind in (select value from json_array_elements_text($2::json)) order by event.id";
}

/// A mail to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMail {
    /// The event that it tells of.
    pub event: i64,
    /// To whom.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Plain text; `{link}` is where the link stands.
    pub text: String,
    /// A link of its own.
    pub link: Option<NewLink>,
    /// A file beside it: name and bytes.
    pub attachment: Option<(String, Vec<u8>)>,
}

/// A link that a mail brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// The whole address.
    pub address: String,
    /// SHA-256 of the secret in it.
    pub digest: [u8; 32],
    /// `application` or `password`.
    pub purpose: &'static str,
    /// An application's number, or a user code.
    pub subject: String,
    /// Until when it works.
    pub ends_at: Timestamp,
}

/// A mail as it is stored. Instants are microseconds UTC.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Mail {
    /// Its number.
    pub id: i64,
    /// The event that it tells of.
    pub event_id: Option<i64>,
    /// To whom.
    pub to_address: String,
    /// Subject.
    pub subject: String,
    /// Plain text; `{link}` is where the link stands.
    pub text: String,
    /// The link; empty without one, and once the mail was sent or given up.
    pub link: String,
    /// Name of the file beside it; empty without one.
    pub attachment_name: String,
    /// The file beside it.
    pub attachment: Option<Vec<u8>>,
    /// `queued`, `sent` or `failed`.
    pub state: String,
    /// How often it was tried to send it.
    pub tries: i64,
    /// When it is tried next.
    pub next_try_at: i64,
    /// When it was written.
    pub created_at: i64,
}

/// Events that a turn looks at, give or take a block.
const TURN_EVENTS: i64 = 1_000;

/// An event that mails may tell of.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MailEvent {
    /// Its number.
    pub id: i64,
    /// What happened.
    pub kind: String,
    /// The rest of it, as JSON.
    pub body: String,
    /// Owner of the account that it is about.
    pub firm: Option<String>,
    /// Where that account is held.
    pub secretariat: Option<String>,
}

/// Events behind those whose mails are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailTurn {
    /// Position in the chain up to which mails are written.
    pub written: i64,
    /// Position up to which this turn looks.
    pub to: i64,
    /// Those that may be told of.
    pub events: Vec<MailEvent>,
}

impl Mail {
    /// Its text with its link in place; a link that was struck out leaves nothing behind.
    pub fn whole_text(&self) -> String {
        self.text.replace("{link}", &self.link)
    }
}

impl Store {
    /// Events of these kinds that the chain holds behind those whose mails are written, and behind a position that was
    /// looked at before; of a turn's worth.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn mail_turn(&self, looked_at: i64, kinds: &[&str]) -> Result<MailTurn, StoreError> {
        let written = self.cursor("mail").await?;
        let (to, ids) = self.chained_behind(written.max(looked_at), TURN_EVENTS).await?;
        if ids.is_empty() {
            return Ok(MailTurn { written, to, events: Vec::new() });
        }
        let (ids, kinds) = (json(&ids), json(kinds));
        let events = read!(self, store => sqlx::query_as(store.text(&OF_KINDS)).bind(&ids).bind(&kinds)
            .fetch_all(store.readers()))?;
        Ok(MailTurn { written, to, events })
    }

    /// Writes the mails of a turn and their links, and moves on; false when another server was faster.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn write_mails(
        &self,
        turn: &MailTurn,
        mails: &[NewMail],
        ids: &Ids,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let moved = sqlx::query(store.text(&MOVE_CURSOR)).bind("mail").bind(turn.written).bind(turn.to)
                    .execute(&mut *tx).await?;
                if moved.rows_affected() != 1 {
                    return Ok(false);
                }
                for mail in mails {
                    let link = mail.link.as_ref();
                    if let Some(link) = link {
                        sqlx::query(store.text(&SAVE_LINK)).bind(&link.digest[..]).bind(link.purpose).bind(&link.subject)
                            .bind(link.ends_at.as_microsecond()).execute(&mut *tx).await?;
                    }
                    let (name, bytes) = mail.attachment.as_ref().map(|(name, bytes)| (name.as_str(), bytes)).unzip();
                    sqlx::query(store.text(&SAVE_MAIL)).bind(ids.next(now)).bind(mail.event).bind(&mail.to)
                        .bind(&mail.subject).bind(&mail.text).bind(link.map_or("", |link| link.address.as_str()))
                        .bind(name.unwrap_or_default()).bind(bytes).bind(now.as_microsecond())
                        .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                }
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(true)
        })
        .await
    }

    /// Mails that are due, those that wait longest first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_due_mails(&self, limit: u32, now: Timestamp) -> Result<Vec<Mail>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&DUE)).bind(now.as_microsecond()).bind(i64::from(limit))
            .fetch_all(store.readers()))
    }

    /// The newest mails, whatever became of them.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_mails(&self, limit: u32) -> Result<Vec<Mail>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&NEWEST)).bind(i64::from(limit)).fetch_all(store.readers()))
    }

    /// Takes a mail for one try, so that no other server sends it meanwhile; false when another was faster. Without a
    /// word about its end it is due again at `next`.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn try_mail(&self, mail: &Mail, next: Timestamp) -> Result<bool, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let taken = sqlx::query(store.text(&TRY)).bind(mail.id).bind(mail.next_try_at)
                    .bind(next.as_microsecond()).execute(&mut *tx).await?;
                tx.commit().await?;
                Ok(taken.rows_affected() == 1)
            })
        })
        .await
    }

    /// A mail was sent; its link is struck out.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn mail_was_sent(&self, id: i64, now: Timestamp) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&SENT)).bind(id).bind(now.as_microsecond()).execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }

    /// A mail is given up; its link is struck out.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn mail_failed(&self, id: i64) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&FAILED)).bind(id).execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }

    /// How many mails wait, and how many were given up.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn count_mails(&self) -> Result<(i64, i64), StoreError> {
        read!(self, store => sqlx::query_as(store.text(&STANDING)).fetch_one(store.readers()))
    }

    /// Removes mails written, passwords asked for and links that ended before these instants, in microseconds.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn forget_mails(&self, mails: i64, requests: i64, links: i64) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                for (statement, before) in [(&FORGET_MAILS, mails), (&FORGET_REQUESTS, requests), (&FORGET_LINKS, links)] {
                    sqlx::query(store.text(statement)).bind(before).execute(&mut *tx).await?;
                }
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }
}
