//! Firms, memberships, powers of attorney, commitments and who pays. Days are `YYYY-MM-DD` in Türkiye.

use crate::connection::{on, read, reading};
use crate::error::StoreError;
use crate::events::{EventRow, save_events};
use crate::history::{HistoryRow, SAVE_CHANGES, changes};
use crate::powers::told;
use crate::sql::{Sql, statements};
use crate::{Ids, Store, accounts};
use ebirlik_domain::authority::{AuthorityFacts, Payer, PowerLimit};
use ebirlik_domain::money::Money;
use ebirlik_domain::turkish::{fold, sort_key};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::named_params;
use serde::{Deserialize, Serialize};

statements! {
    RAISE_COUNTER = "update change_counter set version = version + 1 where name = $1";
    TOUCH_COUNTER = "update change_counter set version = version where name = 'clients'";
    COUNTERS = "select name, version from change_counter order by name";
    FIRM = "select tax_no, title, kind from firm where tax_no = $1";
    HAS_FIRMS = "select exists (select 1 from firm)";
    MEMBERSHIPS_OF = "select firm, union_code, secretariat, valid_from, valid_to, registry_no from membership
        where firm = $1 order by valid_from, union_code";
    DECLARANTS_OF = "select distinct declarant from power where exporter = $1 order by declarant";
    AUTHORITY = "select
        exists (select 1 from firm where tax_no = $1) as exporter_known,
        exists (select 1 from membership where firm = $1 and secretariat = $3
            and valid_from <= $4 and (valid_to = '' or valid_to >= $4)) as member,
        held.secretariat is not null
            and not exists (select 1 from power_freeze where exporter = $1 and declarant = $2 and frozen = 1) as power,
        exists (select 1 from commitment where firm = $2 and secretariat = $3
            and valid_from <= $4 and (valid_to = '' or valid_to >= $4)) as committed,
        (select account_id from payer_commitment where exporter = $1 and secretariat = $3 and declarant in ('', $2)
            and valid_from <= $4 and (valid_to = '' or valid_to >= $4)
            order by declarant desc, valid_from desc limit 1) as payer_account,
        (select automatic from payer_commitment where exporter = $1 and secretariat = $3 and declarant in ('', $2)
            and valid_from <= $4 and (valid_to = '' or valid_to >= $4)
            order by declarant desc, valid_from desc limit 1) as payer_automatic,
        (select cast(sum(version) as bigint) from change_counter where name in ('rules', 'bulletins')) as tables_version,
        (select version from change_counter where name = 'parties') as parties_version,
        held.secretariat as power_secretariat, held.valid_from as power_from, held.daily_limit as power_limit
        -- Of several powers the most generous one.
        from (select 1) as one left join (select secretariat, valid_from, daily_limit from power
            where exporter = $1 and declarant = $2 and secretariat in ($3, '*')
                and valid_from <= $4 and (valid_to = '' or valid_to >= $4)
            order by daily_limit is null desc, daily_limit desc, secretariat, valid_from limit 1) as held on true";
    TAKES_REFUNDS = "select exists (select 1 from power where exporter = $1 and declarant = $2
        and secretariat in ($3, '*') and takes_refunds = 1 and valid_from <= $4 and (valid_to = '' or valid_to >= $4))
        and not exists (select 1 from power_freeze where exporter = $1 and declarant = $2 and frozen = 1)";
    BASIS = "select cast(sum(case when name = 'parties' then 0 else version end) as bigint),
        cast(sum(case when name = 'parties' then version else 0 end) as bigint)
        from change_counter where name in ('rules', 'bulletins', 'parties')";
    @differ
    SAVE_FIRMS = sqlite "insert into firm (tax_no, title, kind, folded, ordered)
        select value->>'tax_no', value->>'title', value->>'kind', value->>'folded', value->>'ordered'
        from json_each($1) where true
        on conflict (tax_no) do update set title = excluded.title, kind = excluded.kind, folded = excluded.folded,
            ordered = excluded.ordered"
    postgres "insert into firm (tax_no, title, kind, folded, ordered)
        select tax_no, title, kind, folded, ordered
        from json_to_recordset($1::json) as x(tax_no text, title text, kind text, folded text, ordered text)
        on conflict (tax_no) do update set title = excluded.title, kind = excluded.kind, folded = excluded.folded,
            ordered = excluded.ordered";
    SAVE_MEMBERSHIPS = sqlite "insert into membership (firm, union_code, secretariat, valid_from, valid_to, registry_no)
        select value->>'firm', value->>'union_code', value->>'secretariat', value->>'valid_from', value->>'valid_to',
            value->>'registry_no'
        from json_each($1) where true
        on conflict (firm, union_code, valid_from) do update
            set valid_to = excluded.valid_to, registry_no = excluded.registry_no"
    postgres "insert into membership (firm, union_code, secretariat, valid_from, valid_to, registry_no)
        select firm, union_code, secretariat, valid_from, valid_to, registry_no from json_to_recordset($1::json)
            as x(firm text, union_code text, secretariat text, valid_from text, valid_to text, registry_no text)
        on conflict (firm, union_code, valid_from) do update
            set valid_to = excluded.valid_to, registry_no = excluded.registry_no";
    SAVE_POWERS = sqlite "insert into power
            (exporter, declarant, secretariat, takes_refunds, daily_limit, valid_from, valid_to)
        select value->>'exporter', value->>'declarant', value->>'secretariat', value->>'takes_refunds',
            value->>'daily_limit', value->>'valid_from', value->>'valid_to'
        from json_each($1) where true
        on conflict (exporter, declarant, secretariat, valid_from) do update set takes_refunds = excluded.takes_refunds,
            daily_limit = excluded.daily_limit, valid_to = excluded.valid_to"
    postgres "insert into power (exporter, declarant, secretariat, takes_refunds, daily_limit, valid_from, valid_to)
        select exporter, declarant, secretariat, takes_refunds, daily_limit, valid_from, valid_to
        from json_to_recordset($1::json) as x(exporter text, declarant text, secretariat text, takes_refunds bigint,
            daily_limit bigint, valid_from text, valid_to text)
        on conflict (exporter, declarant, secretariat, valid_from) do update set takes_refunds = excluded.takes_refunds,
            daily_limit = excluded.daily_limit, valid_to = excluded.valid_to";
    SAVE_COMMITMENTS = sqlite "insert into commitment (firm, secretariat, valid_from, valid_to)
        select value->>'firm', value->>'secretariat', value->>'valid_from', value->>'valid_to'
        from json_each($1) where true
        on conflict (firm, secretariat, valid_from) do update set valid_to = excluded.valid_to"
    postgres "insert into commitment (firm, secretariat, valid_from, valid_to)
        select firm, secretariat, valid_from, valid_to from json_to_recordset($1::json)
            as x(firm text, secretariat text, valid_from text, valid_to text)
        on conflict (firm, secretariat, valid_from) do update set valid_to = excluded.valid_to";
    SAVE_PAYERS = sqlite "insert into payer_commitment
            (exporter, secretariat, declarant, account_id, automatic, valid_from, valid_to)
        select value->>'exporter', value->>'secretariat', value->>'declarant', account.id, value->>'automatic',
            value->>'valid_from', value->>'valid_to'
        -- In this order: for each row its account, never for each account all rows.
        from json_each($1) cross join account on account.kind = 'current'
            and account.firm = value->>'payer' and account.secretariat = value->>'secretariat' where true
        on conflict (exporter, secretariat, declarant, valid_from) do update
            set account_id = excluded.account_id, automatic = excluded.automatic, valid_to = excluded.valid_to"
    postgres "insert into payer_commitment
            (exporter, secretariat, declarant, account_id, automatic, valid_from, valid_to)
        select x.exporter, x.secretariat, x.declarant, account.id, x.automatic, x.valid_from, x.valid_to
        from json_to_recordset($1::json) as x(exporter text, secretariat text, declarant text, payer text,
            automatic bigint, valid_from text, valid_to text)
        join account on account.kind = 'current'
            and account.firm = x.payer and account.secretariat = x.secretariat
        on conflict (exporter, secretariat, declarant, valid_from) do update
            set account_id = excluded.account_id, automatic = excluded.automatic, valid_to = excluded.valid_to";
}

/// Accounts opened in one transaction.
const ACCOUNTS_AT_ONCE: usize = 50;

/// A firm of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Firm {
    /// Tax number.
    pub tax_no: String,
    /// Title in the trade registry.
    pub title: String,
    /// `exporter` or `broker`.
    pub kind: String,
}

/// Membership of a firm in a union.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Membership {
    /// Tax number.
    pub firm: String,
    /// Union code.
    pub union_code: String,
    /// The union's secretariat.
    pub secretariat: String,
    /// First day.
    pub valid_from: String,
    /// Last day, or empty.
    pub valid_to: String,
    /// The firm's number in the union's register; empty where it is not known.
    #[serde(default)]
    pub registry_no: String,
}

/// A power of attorney.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Power {
    /// Who gave it.
    pub exporter: String,
    /// Who holds it.
    pub declarant: String,
    /// For which secretariat; `*` is all.
    pub secretariat: String,
    /// 1 when it says that fees may be given back on the declarant's own petition.
    #[serde(default)]
    pub takes_refunds: i64,
    /// The most that it lets be debited on one day, in kuruş; none where nothing limits it.
    #[serde(default)]
    pub daily_limit: Option<i64>,
    /// First day.
    pub valid_from: String,
    /// Last day, or empty.
    pub valid_to: String,
}

/// A secretariat named in a firm's commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// Tax number.
    pub firm: String,
    /// Secretariat.
    pub secretariat: String,
    /// First day.
    pub valid_from: String,
    /// Last day, or empty.
    pub valid_to: String,
}

/// Who pays for an exporter's declarations at a secretariat (G-47).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayerCommitment {
    /// The exporter.
    pub exporter: String,
    /// The secretariat.
    pub secretariat: String,
    /// For declarations of this declarant only; empty is any.
    pub declarant: String,
    /// Tax number of the firm whose current account pays.
    pub payer: String,
    /// 1 when the account may be debited without being asked.
    pub automatic: i64,
    /// First day.
    pub valid_from: String,
    /// Last day, or empty.
    pub valid_to: String,
}

/// Versions of everything that a declaration is judged by: equal versions, equal judgement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Basis {
    /// Of the dated tables and exchange rates together, as [`Changes::tables`].
    pub tables: i64,
    /// Of firms, memberships, powers, commitments and payers.
    pub parties: i64,
}

/// Versions of what servers keep in memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// Of clients and their credentials.
    pub clients: i64,
    /// Of the dated tables.
    pub rules: i64,
    /// Of the exchange rates.
    pub bulletins: i64,
}

impl Changes {
    /// One version of all tables that a price rests on: both only rise, so the sum tells every change.
    pub fn tables(&self) -> i64 {
        self.rules + self.bulletins
    }
}

#[derive(sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts of the register, each a column")]
struct AuthorityRow {
    exporter_known: bool,
    member: bool,
    power: bool,
    committed: bool,
    payer_account: Option<i64>,
    payer_automatic: Option<i64>,
    tables_version: i64,
    parties_version: i64,
    power_secretariat: Option<String>,
    power_from: Option<String>,
    power_limit: Option<i64>,
}

impl AuthorityRow {
    /// From the columns of [`AUTHORITY`].
    fn of_sqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            exporter_known: row.get(0)?,
            member: row.get(1)?,
            power: row.get(2)?,
            committed: row.get(3)?,
            payer_account: row.get(4)?,
            payer_automatic: row.get(5)?,
            tables_version: row.get(6)?,
            parties_version: row.get(7)?,
            power_secretariat: row.get(8)?,
            power_from: row.get(9)?,
            power_limit: row.get(10)?,
        })
    }

    /// The limit of the power that counts, where it has one.
    fn limit(&self) -> Result<Option<PowerLimit>, StoreError> {
        let (Some(kurus), Some(from)) = (self.power_limit, &self.power_from) else { return Ok(None) };
        let wrong = |column| StoreError::Inconsistent { table: "power", column, value: format!("{from} {kurus}") };
        Ok(Some(PowerLimit {
            everywhere: self.power_secretariat.as_deref() == Some("*"),
            valid_from: from.parse().map_err(|_| wrong("valid_from"))?,
            most: Money::from_kurus(kurus).ok_or_else(|| wrong("daily_limit"))?,
        }))
    }
}

/// The counter of the tables in this file.
pub(crate) const PARTIES: &str = "parties";

impl Store {
    /// What the register knows about the parties of a declaration on a day, and the versions that this was read at.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn authority(
        &self,
        exporter: &str,
        declarant: &str,
        secretariat: &str,
        day: Date,
    ) -> Result<(AuthorityFacts, Basis), StoreError> {
        let day = day.to_string();
        let row: AuthorityRow = match self {
            // One row by keys, on the thread that asks.
            Self::Sqlite(store) => store.direct.read(|connection| {
                let named = named_params! { "$1": exporter, "$2": declarant, "$3": secretariat, "$4": day };
                connection.prepare_cached(AUTHORITY.sqlite)?.query_row(named, AuthorityRow::of_sqlite)
            })?,
            Self::Postgres(store) => {
                let read = async || {
                    let query = sqlx::query_as(AUTHORITY.postgres).bind(exporter).bind(declarant);
                    Ok(query.bind(secretariat).bind(&day).fetch_one(store.readers()).await?)
                };
                reading(read).await?
            }
        };
        let payer = row.payer_account.map(|account| Payer { account, automatic: row.payer_automatic == Some(1) });
        let facts = AuthorityFacts {
            exporter_known: row.exporter_known,
            member: row.member,
            power: row.power,
            committed: row.committed,
            payer,
            limit: row.limit()?,
        };
        Ok((facts, Basis { tables: row.tables_version, parties: row.parties_version }))
    }

    /// Did the exporter say in a power that holds on the day that the declarant may apply for its fees?
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn takes_refunds(
        &self,
        exporter: &str,
        declarant: &str,
        secretariat: &str,
        day: Date,
    ) -> Result<bool, StoreError> {
        let day = day.to_string();
        Ok(read!(self, store => sqlx::query_scalar(store.text(&TAKES_REFUNDS))
            .bind(exporter).bind(declarant).bind(secretariat).bind(&day).fetch_one(store.readers()))?)
    }

    /// The versions that a declaration is judged by, as they are now.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn basis(&self) -> Result<Basis, StoreError> {
        let (tables, parties) = read!(self, store => sqlx::query_as(store.text(&BASIS)).fetch_one(store.readers()))?;
        Ok(Basis { tables, parties })
    }

    /// A firm by its tax number.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_firm(&self, tax_no: &str) -> Result<Option<Firm>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&FIRM)).bind(tax_no).fetch_optional(store.readers()))
    }

    /// True when any firm is in the register: then the store is somebody's.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn has_firms(&self) -> Result<bool, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&HAS_FIRMS)).fetch_one(store.readers()))
    }

    /// Every membership that a firm has or had, the oldest first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_memberships_of(&self, firm: &str) -> Result<Vec<Membership>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&MEMBERSHIPS_OF)).bind(firm).fetch_all(store.readers()))
    }

    /// Every declarant that an exporter ever gave a power to.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_declarants_of(&self, exporter: &str) -> Result<Vec<String>, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&DECLARANTS_OF))
            .bind(exporter).fetch_all(store.readers()))
    }

    /// Adds or updates firms, all or none.
    ///
    /// # Errors
    /// When a row cannot be stored.
    pub async fn save_firms(&self, rows: &[Firm]) -> Result<(), StoreError> {
        let named = |Firm { tax_no, title, kind }: &Firm| {
            let (folded, ordered) = (fold(title), sort_key(title));
            serde_json::json!({ "tax_no": tax_no, "title": title, "kind": kind, "folded": folded, "ordered": ordered })
        };
        let named: Vec<_> = rows.iter().map(named).collect();
        self.save_with(&SAVE_FIRMS, &crate::writer::rows::json(&named), Some(&changes(rows)), PARTIES, &[]).await
    }

    /// Adds or ends memberships, all or none.
    ///
    /// # Errors
    /// When a row cannot be stored, such as for an unknown firm.
    pub async fn save_memberships(&self, rows: &[Membership]) -> Result<(), StoreError> {
        self.save(&SAVE_MEMBERSHIPS, rows, PARTIES).await
    }

    /// Adds or ends powers of attorney, all or none.
    ///
    /// # Errors
    /// When a row cannot be stored, such as for an unknown firm.
    pub async fn save_powers(&self, rows: &[Power]) -> Result<(), StoreError> {
        self.save(&SAVE_POWERS, rows, PARTIES).await
    }

    /// As [`Store::save_powers`], and tells both sides of each in their feeds.
    ///
    /// # Errors
    /// As [`Store::save_powers`].
    pub async fn record_powers(&self, rows: &[Power], ids: &Ids, now: Timestamp) -> Result<(), StoreError> {
        let event = |power: &Power| EventRow::new(ids.next(now), "power.recorded", None, None, now, &told(power));
        let events: Vec<EventRow> = rows.iter().map(event).collect();
        let json = crate::writer::rows::json(rows);
        self.save_with(&SAVE_POWERS, &json, Some(&changes(rows)), PARTIES, &events).await
    }

    /// Adds or ends secretariats of commitments, all or none.
    ///
    /// # Errors
    /// When a row cannot be stored, such as for an unknown firm.
    pub async fn save_commitments(&self, rows: &[Commitment]) -> Result<(), StoreError> {
        self.save(&SAVE_COMMITMENTS, rows, PARTIES).await
    }

    /// Opens the payers' accounts and adds or changes who pays.
    ///
    /// # Errors
    /// When a row cannot be stored, such as for an unknown firm.
    pub async fn save_payers(&self, rows: &[PayerCommitment]) -> Result<(), StoreError> {
        // In pieces, so that approvals go on in between.
        for rows in rows.chunks(ACCOUNTS_AT_ONCE) {
            let accounts = rows.iter().map(|row| (row.payer.as_str(), row.secretariat.as_str())).collect();
            self.open_accounts(accounts::AccountKind::Current, &accounts).await?;
        }
        self.save(&SAVE_PAYERS, rows, PARTIES).await
    }

    /// Versions of what servers keep in memory.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn changes(&self) -> Result<Changes, StoreError> {
        let rows: Vec<(String, i64)> =
            read!(self, store => sqlx::query_as(store.text(&COUNTERS)).fetch_all(store.readers()))?;
        let version = |name: &str| rows.iter().find(|row| row.0 == name).map_or(0, |row| row.1);
        Ok(Changes { clients: version("clients"), rules: version("rules"), bulletins: version("bulletins") })
    }

    /// Proves that the store takes a durable write, by one that changes nothing.
    ///
    /// # Errors
    /// When it does not.
    pub async fn prove_writable(&self) -> Result<(), StoreError> {
        crate::connection::retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&TOUCH_COUNTER)).execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }

    /// Stores rows by one statement, raises a change counter and keeps the rows' new state, in one transaction.
    pub(crate) async fn save<R: HistoryRow>(
        &self,
        statement: &Sql,
        rows: &[R],
        counter: &str,
    ) -> Result<(), StoreError> {
        self.save_with(statement, &crate::writer::rows::json(rows), Some(&changes(rows)), counter, &[]).await
    }

    /// As [`Store::save`], for rows whose earlier states nobody asks for.
    pub(crate) async fn save_without_history<R: Serialize>(
        &self,
        statement: &Sql,
        rows: &[R],
        counter: &str,
    ) -> Result<(), StoreError> {
        self.save_with(statement, &crate::writer::rows::json(rows), None, counter, &[]).await
    }

    async fn save_with(
        &self,
        statement: &Sql,
        rows: &str,
        changes: Option<&str>,
        counter: &str,
        events: &[EventRow],
    ) -> Result<(), StoreError> {
        crate::connection::retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(statement)).bind(rows).execute(&mut *tx).await?;
                sqlx::query(store.text(&RAISE_COUNTER)).bind(counter).execute(&mut *tx).await?;
                if let Some(changes) = changes {
                    sqlx::query(store.text(&SAVE_CHANGES)).bind(changes).bind(counter).execute(&mut *tx).await?;
                }
                if !events.is_empty() {
                    save_events!(store, tx, events);
                }
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }
}
