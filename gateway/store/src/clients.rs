//! Who signs in: programs, officers, staff. A row is changed, never removed.

use crate::Store;
use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::parties::RAISE_COUNTER;
use crate::sql::statements;
use crate::writer::rows::json;
use serde::Serialize;

statements! {
    CLIENT = "select code, firm, secretariat, contact_office, roles, password_hash, payment_password_hash, locked
        from client where code = $1";
    CONTACT_OFFICES = "select code, secretariat, name from contact_office order by code";
    @differ
    SAVE_CLIENTS = sqlite "insert into client (code, firm, secretariat, contact_office, roles, password_hash, payment_password_hash, locked)
        select value->>'code', value->>'firm', value->>'secretariat', value->>'contact_office', value->>'roles', value->>'password_hash',
            value->>'payment_password_hash', value->>'locked' from json_each($1) where true
        on conflict (code) do update set firm = excluded.firm, secretariat = excluded.secretariat,
            contact_office = excluded.contact_office, roles = excluded.roles, locked = excluded.locked,
            password_hash = case excluded.password_hash when '' then client.password_hash
                else excluded.password_hash end,
            payment_password_hash = case excluded.payment_password_hash when '' then client.payment_password_hash
                else excluded.payment_password_hash end"
    postgres "insert into client (code, firm, secretariat, contact_office, roles, password_hash, payment_password_hash, locked)
        select code, firm, secretariat, contact_office, roles, password_hash, payment_password_hash, locked
        from json_to_recordset($1::json) as x(code text, firm text, secretariat text, contact_office text, roles text,
            password_hash text, payment_password_hash text, locked bigint)
        on conflict (code) do update set firm = excluded.firm, secretariat = excluded.secretariat,
            contact_office = excluded.contact_office, roles = excluded.roles, locked = excluded.locked,
            password_hash = case excluded.password_hash when '' then client.password_hash
                else excluded.password_hash end,
            payment_password_hash = case excluded.payment_password_hash when '' then client.payment_password_hash
                else excluded.payment_password_hash end";
    SAVE_CONTACT_OFFICES = sqlite "insert into contact_office (code, secretariat, name)
        select value->>'code', value->>'secretariat', value->>'name' from json_each($1) where true
        on conflict (code) do update set secretariat = excluded.secretariat, name = excluded.name"
    postgres "insert into contact_office (code, secretariat, name)
        select code, secretariat, name from json_to_recordset($1::json) as x(code text, secretariat text, name text)
        on conflict (code) do update set secretariat = excluded.secretariat, name = excluded.name";
    END_SESSIONS_OF = sqlite "delete from session where client in
        (select value->>'code' from json_each($1) where value->>'password_hash' <> '')"
    postgres "delete from session where client in
        (select code from json_to_recordset($1::json) as x(code text, password_hash text) where password_hash <> '')";
}

/// One who signs in.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct ClientRow {
    /// User code.
    pub code: String,
    /// Tax number of the firm it acts for; empty for officers, staff and administrators.
    pub firm: String,
    /// Secretariat of a member of staff; empty otherwise.
    pub secretariat: String,
    /// Contact office of a member of staff; empty at the centre, and for all others.
    pub contact_office: String,
    /// Roles, separated by spaces.
    pub roles: String,
    /// Argon2id in PHC form; empty cannot sign in. When saved empty, the stored one stays.
    pub password_hash: String,
    /// The second password, to pay with.
    pub payment_password_hash: String,
    /// 1 when locked.
    pub locked: i64,
}

/// A unit of a secretariat with staff of its own (G-14).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct ContactOffice {
    /// Its code.
    pub code: String,
    /// Whose it is.
    pub secretariat: String,
    /// Its name for people.
    pub name: String,
}

impl Store {
    /// Every contact office.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_contact_offices(&self) -> Result<Vec<ContactOffice>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&CONTACT_OFFICES)).fetch_all(store.readers()))
    }

    /// Adds or changes contact offices, all or none.
    ///
    /// # Errors
    /// When a row cannot be stored.
    pub async fn save_contact_offices(&self, rows: &[ContactOffice]) -> Result<(), StoreError> {
        self.save_without_history(&SAVE_CONTACT_OFFICES, rows, "clients").await
    }

    /// A client by its user code.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_client(&self, code: &str) -> Result<Option<ClientRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&CLIENT)).bind(code).fetch_optional(store.readers()))
    }

    /// Adds or changes clients, all or none. Servers notice within two seconds; who gets a new password is signed out
    /// of every browser at once.
    ///
    /// # Errors
    /// When a row cannot be stored.
    pub async fn save_clients(&self, rows: &[ClientRow]) -> Result<(), StoreError> {
        let json = json(rows);
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                for statement in [&SAVE_CLIENTS, &END_SESSIONS_OF] {
                    sqlx::query(store.text(statement)).bind(&json).execute(&mut *tx).await?;
                }
                sqlx::query(store.text(&RAISE_COUNTER)).bind("clients").execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }
}
