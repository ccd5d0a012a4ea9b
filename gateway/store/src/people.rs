//! People of the portal: who they are, their firms, and the exporters for whom a firm holds a power.

use crate::Store;
use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::parties::Firm;
use crate::sql::statements;
use jiff::civil::Date;

statements! {
    FIRMS_OF = "select firm.tax_no, title, kind from client_firm join firm on firm.tax_no = client_firm.firm
        where client_firm.client = $1";
    POWERS_TO = "select exporter, title, secretariat, valid_to from power join firm on firm.tax_no = power.exporter
        where declarant = $1 and valid_from <= $2 and (valid_to = '' or valid_to >= $2)
            and exporter not in (select exporter from power_freeze where declarant = $1 and frozen = 1)
        order by exporter, secretariat";
    HOLDS_POWER = "select exists (select 1 from power where exporter = $1 and declarant = $2
        and valid_from <= $3 and (valid_to = '' or valid_to >= $3))
        and not exists (select 1 from power_freeze where exporter = $1 and declarant = $2 and frozen = 1)";
    PEOPLE_OF = "select client.code, coalesce(name, '') as name, coalesce(phone, '') as phone, roles, locked
        from client left join client_profile on client_profile.client = client.code
        where client.firm = $1 or client.code in (select client from client_firm where firm = $1) order by client.code";
    STAFF_OF = "select code from client where secretariat = $1 and secretariat <> '' and locked = 0
        and ' ' || roles || ' ' like '% staff %' order by code";
    FIRMS_OF_KIND = "select tax_no from firm where kind = $1 order by tax_no";
    PROFILE = "select name, phone from client_profile where client = $1";
    SAVE_PROFILE = "insert into client_profile (client, name, phone) values ($1, $2, $3)
        on conflict (client) do update set name = excluded.name, phone = excluded.phone";
    ADD_FIRM = "insert into client_firm (client, firm, since) values ($1, $2, $3) on conflict (client, firm) do nothing";
}

/// A power that holds, with the exporter's title.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct HeldPower {
    /// Who gave it.
    pub exporter: String,
    /// The exporter's title.
    pub title: String,
    /// For which secretariat; `*` is all.
    pub secretariat: String,
    /// Last day, or empty.
    pub valid_to: String,
}

/// One who signs in for a firm.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PersonRow {
    /// User code, or e-mail address.
    pub code: String,
    /// Name; empty for programs.
    pub name: String,
    /// Mobile number; empty for programs.
    pub phone: String,
    /// Roles, separated by spaces.
    pub roles: String,
    /// 1 when locked.
    pub locked: i64,
}

impl Store {
    /// User codes of a secretariat's staff.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_staff_of(&self, secretariat: &str) -> Result<Vec<String>, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&STAFF_OF)).bind(secretariat).fetch_all(store.readers()))
    }

    /// Tax numbers of the firms of a kind.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_firms_of_kind(&self, kind: &str) -> Result<Vec<String>, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&FIRMS_OF_KIND)).bind(kind).fetch_all(store.readers()))
    }

    /// The firms of a person of the portal, in no order.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_firms_of(&self, client: &str) -> Result<Vec<Firm>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&FIRMS_OF)).bind(client).fetch_all(store.readers()))
    }

    /// The powers that a declarant holds on a day.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_powers_to(&self, declarant: &str, day: Date) -> Result<Vec<HeldPower>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&POWERS_TO))
            .bind(declarant).bind(day.to_string()).fetch_all(store.readers()))
    }

    /// Whether a declarant holds any power of an exporter on a day.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn holds_power(&self, exporter: &str, declarant: &str, day: Date) -> Result<bool, StoreError> {
        Ok(read!(self, store => sqlx::query_scalar(store.text(&HOLDS_POWER))
            .bind(exporter).bind(declarant).bind(day.to_string()).fetch_one(store.readers()))?)
    }

    /// Everyone who signs in for a firm, programs among them.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_people_of(&self, firm: &str) -> Result<Vec<PersonRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&PEOPLE_OF)).bind(firm).fetch_all(store.readers()))
    }

    /// Name and mobile number of a person.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_profile(&self, client: &str) -> Result<Option<(String, String)>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&PROFILE)).bind(client).fetch_optional(store.readers()))
    }

    /// Says who a client is and adds a firm to those that it acts for; `now` in microseconds.
    ///
    /// # Errors
    /// When the database cannot take it: an unknown client or firm among it.
    pub async fn add_person(
        &self,
        client: &str,
        (name, phone): (&str, &str),
        firm: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&SAVE_PROFILE)).bind(client).bind(name).bind(phone).execute(&mut *tx).await?;
                sqlx::query(store.text(&ADD_FIRM)).bind(client).bind(firm).bind(now).execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }
}
