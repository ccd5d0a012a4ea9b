//! Which tables and columns are there, and how are their rows written and read as JSON?
//!
//! Names come from the engine's own catalog, never from a file.

use super::CopyError;
use crate::sql::statements;
use std::collections::BTreeMap;

statements! {
    @differ
    COLUMNS = sqlite "select m.name, c.name, lower(c.type) from sqlite_master m join pragma_table_info(m.name) c
            where m.type = 'table' and m.name not like '\\_sqlx%' escape '\\' and m.name not like 'sqlite\\_%' escape '\\'
            order by m.name, c.cid"
        postgres "select c.table_name::text, c.column_name::text, c.data_type::text
            from information_schema.columns c join information_schema.tables t
                on t.table_schema = c.table_schema and t.table_name = c.table_name
            where c.table_schema = current_schema() and t.table_type = 'BASE TABLE' and c.table_name not like '\\_sqlx%'
            order by c.table_name, c.ordinal_position";
}

/// The engine whose words are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    Text,
    Bytes,
}

/// Every table with its columns, in their order.
#[derive(Debug)]
pub(super) struct Catalog(BTreeMap<String, Vec<(String, Kind)>>);

impl Dialect {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// Keeps everybody out of tables until the transaction ends. SQLite's writer is alone already.
    pub(super) fn lock<'a>(self, tables: impl Iterator<Item = &'a str>) -> Option<String> {
        let tables: Vec<&str> = tables.collect();
        (self == Self::Postgres && !tables.is_empty()).then(|| format!("lock table {}", tables.join(", ")))
    }
}

impl Catalog {
    /// From the rows of [`COLUMNS`]: table, column, type.
    pub(super) fn of(rows: Vec<(String, String, String)>) -> Result<Self, CopyError> {
        let mut tables: BTreeMap<String, Vec<(String, Kind)>> = BTreeMap::new();
        for (table, column, kind) in rows {
            let kind = match kind.as_str() {
                "integer" | "bigint" => Kind::Whole,
                "text" => Kind::Text,
                "blob" | "bytea" => Kind::Bytes,
                other => return Err(CopyError::Foreign(format!("{table}.{column} is of type {other}"))),
            };
            tables.entry(table).or_default().push((column, kind));
        }
        Ok(Self(tables))
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn has(&self, table: &str) -> bool {
        self.0.contains_key(table)
    }

    pub(super) fn columns(&self, table: &str) -> impl Iterator<Item = &str> {
        self.0.get(table).into_iter().flatten().map(|(name, _)| name.as_str())
    }

    /// Reads a table, each row as one array of JSON.
    pub(super) fn select(&self, dialect: Dialect, table: &str) -> String {
        let value = |(name, kind): &(String, Kind)| match (kind, dialect) {
            // SQLite makes an empty text of the hexadecimal digits of nothing.
            (Kind::Bytes, Dialect::Sqlite) => format!("iif({name} is null, null, lower(hex({name})))"),
            (Kind::Bytes, Dialect::Postgres) => format!("encode({name}, 'hex')"),
            (Kind::Whole | Kind::Text, _) => name.clone(),
        };
        let values: Vec<String> = self.0.get(table).into_iter().flatten().map(value).collect();
        let values = values.join(", ");
        match dialect {
            Dialect::Sqlite => format!("select json_array({values}) from {table}"),
            Dialect::Postgres => format!("select json_build_array({values})::text from {table}"),
        }
    }

    /// Fills a table from one array of such rows, whose values are in the order of `columns`.
    pub(super) fn insert(&self, dialect: Dialect, table: &str, columns: &[String]) -> Result<String, CopyError> {
        let standing = self.0.get(table).map(Vec::as_slice).unwrap_or_default();
        let place = |name: &String| columns.iter().position(|column| column == name);
        let places: Option<Vec<usize>> = standing.iter().map(|(name, _)| place(name)).collect();
        let places = places
            .filter(|places| places.len() == columns.len())
            .ok_or_else(|| CopyError::Foreign(format!("{table} has other columns")))?;
        let value = |((_, kind), place): (&(String, Kind), usize)| match (kind, dialect) {
            (Kind::Whole, Dialect::Postgres) => format!("(value->>{place})::bigint"),
            (Kind::Bytes, Dialect::Postgres) => format!("decode(value->>{place}, 'hex')"),
            (Kind::Bytes, Dialect::Sqlite) => format!("unhex(value->>{place})"),
            (Kind::Whole | Kind::Text, _) => format!("value->>{place}"),
        };
        let values: Vec<String> = standing.iter().zip(places).map(value).collect();
        let names: Vec<&str> = standing.iter().map(|(name, _)| name.as_str()).collect();
        let rows = match dialect {
            Dialect::Sqlite => "json_each($1)",
            Dialect::Postgres => "json_array_elements($1::json)",
        };
        Ok(format!("insert into {table} ({}) select {} from {rows}", names.join(", "), values.join(", ")))
    }
}
