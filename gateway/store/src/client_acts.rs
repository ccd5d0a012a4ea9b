//! What staff do to those who sign in: new users, locks, roles; each with its reason and its event. And their lists.

use crate::clients::{ClientRow, SAVE_CLIENTS};
use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::events::{EventRow, overtaken, save_events};
use crate::parties::RAISE_COUNTER;
use crate::register::holding;
use crate::sql::statements;
use crate::writer::rows::json;
use crate::{Ids, Store};
use jiff::Timestamp;

statements! {
    ACT = "insert into client_act (id, client, kind, detail, reason, done_by, done_at) values ($1, $2, $3, $4, $5, $6, $7)";
    ACTS_OF = "select kind, detail, reason, done_by, done_at from client_act where client = $1 order by id desc limit $2";
    WHOSE_ACT = "select client from client_act where id = $1";
    EXISTS = "select exists (select 1 from client where code = $1)";
    LOCK = "update client set locked = $2 where code = $1 and locked <> $2";
    SET_ROLES = "update client set roles = $2, secretariat = $3, contact_office = '' where code = $1";
    END_SESSIONS = "delete from session where client = $1";
    LIST = "select code, client.firm, secretariat, roles, locked, coalesce(name, '') as name,
            coalesce((select title from firm where tax_no = client.firm), '') as title
        from client left join client_profile on client_profile.client = client.code
        where ($1 = '' or code like $1 escape '!') and ($2 = '' or ' ' || roles || ' ' like '% ' || $2 || ' %')
            and ($3 = '' or secretariat = $3
                or exists (select 1 from membership where membership.firm = client.firm and membership.secretariat = $3)
                or exists (select 1 from commitment where commitment.firm = client.firm and commitment.secretariat = $3)
                or exists (select 1 from client_firm join membership on membership.firm = client_firm.firm
                    where client_firm.client = client.code and membership.secretariat = $3))
        order by code limit $4 offset $5";
    COUNT = "select count(*) from client
        where ($1 = '' or code like $1 escape '!') and ($2 = '' or ' ' || roles || ' ' like '% ' || $2 || ' %')
            and ($3 = '' or secretariat = $3
                or exists (select 1 from membership where membership.firm = client.firm and membership.secretariat = $3)
                or exists (select 1 from commitment where commitment.firm = client.firm and commitment.secretariat = $3)
                or exists (select 1 from client_firm join membership on membership.firm = client_firm.firm
                    where client_firm.client = client.code and membership.secretariat = $3))";
    IS_OF = "select exists (select 1 from client where code = $1 and (secretariat = $2
            or exists (select 1 from membership where membership.firm = client.firm and membership.secretariat = $2)
            or exists (select 1 from commitment where commitment.firm = client.firm and commitment.secretariat = $2)
            or exists (select 1 from client_firm join membership on membership.firm = client_firm.firm
                where client_firm.client = client.code and membership.secretariat = $2)))";
}

/// What is done.
#[derive(Debug, Clone)]
pub enum ClientAct {
    /// Somebody new.
    Create(ClientRow),
    /// It cannot sign in any more.
    Lock,
    /// It can again.
    Unlock,
    /// Other roles, and the secretariat that they are for.
    SetRoles {
        /// Separated by spaces.
        roles: String,
        /// Of staff; empty otherwise.
        secretariat: String,
    },
}

impl ClientAct {
    /// The stored word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Create(_) => "created",
            Self::Lock => "locked",
            Self::Unlock => "unlocked",
            Self::SetRoles { .. } => "roles",
        }
    }

    fn event(&self) -> &'static str {
        match self {
            Self::Create(_) => "user.created",
            Self::Lock => "user.locked",
            Self::Unlock => "user.unlocked",
            Self::SetRoles { .. } => "user.roles",
        }
    }

    /// What comes of it, as JSON.
    fn detail(&self) -> serde_json::Value {
        match self {
            Self::Create(row) => serde_json::json!({ "roles": row.roles, "secretariat": row.secretariat }),
            Self::SetRoles { roles, secretariat } => {
                serde_json::json!({ "roles": roles, "secretariat": secretariat })
            }
            Self::Lock | Self::Unlock => serde_json::json!({}),
        }
    }
}

/// An act that was done.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DoneAct {
    /// What: `created`, `locked`, `unlocked` or `roles`.
    pub kind: String,
    /// What came of it, as JSON.
    pub detail: String,
    /// Why.
    pub reason: String,
    /// User code of who did it.
    pub done_by: String,
    /// Microseconds UTC.
    pub done_at: i64,
}

/// One who signs in, in a list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ListedClient {
    /// User code.
    pub code: String,
    /// Tax number of its firm; empty where it has none or several.
    pub firm: String,
    /// That firm's title.
    pub title: String,
    /// Of staff.
    pub secretariat: String,
    /// Separated by spaces.
    pub roles: String,
    /// Of a person of the portal.
    pub name: String,
    /// 1 when locked.
    pub locked: i64,
}

/// Which clients are listed; empty texts are no limits.
#[derive(Debug, Clone, Default)]
pub struct ClientFilter {
    /// The code holds this.
    pub code: String,
    /// It has this role.
    pub role: String,
    /// Staff of this secretariat, and whoever signs in for firms that are its members or committed to it.
    pub secretariat: String,
}

impl Store {
    /// Does an act, with its row and its event. `false`, and nothing is done, where nothing would change: a code that is
    /// taken, a lock that is shut.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn act_on_client(
        &self,
        (code, act): (&str, &ClientAct),
        (by, reason): (&str, &str),
        (ids, now): (&Ids, Timestamp),
    ) -> Result<bool, StoreError> {
        let (id, detail) = (ids.next(now), act.detail());
        // The code may be an e-mail address, and events stay for ever: whose act it was is found by its number.
        let body = serde_json::json!({ "act": id.to_string(), "by": by, "reason": reason, "detail": detail });
        let created = if let ClientAct::Create(row) = act { json(std::slice::from_ref(row)) } else { String::new() };
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let changed = match act {
                    ClientAct::Create(_) => {
                        let taken: bool =
                            sqlx::query_scalar(store.text(&EXISTS)).bind(code).fetch_one(&mut *tx).await?;
                        if taken {
                            return Ok(false);
                        }
                        sqlx::query(store.text(&SAVE_CLIENTS)).bind(&created).execute(&mut *tx).await?
                    }
                    ClientAct::Lock | ClientAct::Unlock => {
                        let locked = i64::from(matches!(act, ClientAct::Lock));
                        sqlx::query(store.text(&LOCK)).bind(code).bind(locked).execute(&mut *tx).await?
                    }
                    ClientAct::SetRoles { roles, secretariat } => {
                        sqlx::query(store.text(&SET_ROLES)).bind(code).bind(roles).bind(secretariat)
                            .execute(&mut *tx).await?
                    }
                };
                if changed.rows_affected() != 1 {
                    return Ok(false);
                }
                sqlx::query(store.text(&END_SESSIONS)).bind(code).execute(&mut *tx).await?;
                sqlx::query(store.text(&RAISE_COUNTER)).bind("clients").execute(&mut *tx).await?;
                sqlx::query(store.text(&ACT)).bind(id).bind(code).bind(act.as_str()).bind(detail.to_string())
                    .bind(reason).bind(by).bind(now.as_microsecond()).execute(&mut *tx).await?;
                let event = EventRow::new(ids.next(now), act.event(), None, None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(true)
        })
        .await
    }

    /// What was done to a client, the newest first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_acts_of(&self, code: &str, limit: u32) -> Result<Vec<DoneAct>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&ACTS_OF)).bind(code).bind(i64::from(limit))
            .fetch_all(store.readers()))
    }

    /// User code of whom an act was done to, by the number that its event names.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_client_of_act(&self, act: i64) -> Result<Option<String>, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&WHOSE_ACT)).bind(act).fetch_optional(store.readers()))
    }

    /// A page of those who sign in, by code, and how many there are in all.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_clients(
        &self,
        filter: &ClientFilter,
        limit: u32,
        offset: u64,
    ) -> Result<(Vec<ListedClient>, u64), StoreError> {
        let code = if filter.code.is_empty() { String::new() } else { holding(&filter.code) };
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let rows = read!(self, store => sqlx::query_as(store.text(&LIST)).bind(&code).bind(&filter.role)
            .bind(&filter.secretariat).bind(i64::from(limit)).bind(offset).fetch_all(store.readers()))?;
        let total: i64 = read!(self, store => sqlx::query_scalar(store.text(&COUNT)).bind(&code).bind(&filter.role)
            .bind(&filter.secretariat).fetch_one(store.readers()))?;
        Ok((rows, u64::try_from(total).unwrap_or_default()))
    }

    /// Whether a client is a secretariat's: its staff, or signs in for a firm that is its member or committed to it.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn is_client_of(&self, code: &str, secretariat: &str) -> Result<bool, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&IS_OF)).bind(code).bind(secretariat)
            .fetch_one(store.readers()))
    }
}
