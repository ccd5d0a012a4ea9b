//! Lists of the register for people: memberships, commitments and who pays, by secretariat, firm, title and day; and
//! what happened to a firm lately.

use crate::Store;
use crate::connection::read;
use crate::error::StoreError;
use crate::sql::{Sql, statements};

statements! {
    TIES = "select exists (select 1 from membership where firm = $1 and secretariat = $2)
        or exists (select 1 from commitment where firm = $1 and secretariat = $2)
        or exists (select 1 from payer_commitment where exporter = $1 and secretariat = $2)
        or exists (select 1 from account where kind = 'current' and firm = $1 and secretariat = $2)";
    POWERS_OF = "select exporter, given.title as exporter_title, declarant, held.title as declarant_title, secretariat,
            takes_refunds, valid_from, valid_to
        from power join firm given on given.tax_no = exporter join firm held on held.tax_no = declarant
        where (exporter = $1 or declarant = $1) and ($2 = '' or secretariat in ($2, '*'))
        order by valid_from desc, exporter, declarant limit $3";
    LATEST = "select event.kind, event.happened_at, declaration.reference, declaration.declarant, declaration.state,
            coalesce(declaration.secretariat, account.secretariat, '') as secretariat
        from feed join event on event.id = feed.event_id
        left join declaration on declaration.id = event.declaration_id
        left join account on account.id = event.account_id and account.kind = 'current'
        where feed.firm = $1
            and feed.position > (select coalesce(max(position), 0) - $3 from feed where firm = $1)
            and ($2 = '' or coalesce(declaration.secretariat, account.secretariat, $2) = $2)
        order by feed.position desc limit $4";
}

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegisterList {
    /// Memberships in unions.
    Memberships,
    /// Secretariats of commitments.
    Commitments,
    /// Who pays.
    Payers,
}

/// What is looked for; empty texts are no limits.
#[derive(Debug, Clone, Default)]
pub struct RegisterFilter {
    /// Rows of this secretariat.
    pub secretariat: String,
    /// Rows about this firm.
    pub firm: String,
    /// Rows of firms whose title holds this, folded.
    pub title: String,
    /// Rows that hold on this day, `YYYY-MM-DD`.
    pub day: String,
    /// Column, and whether the last comes first.
    pub order: Option<(String, bool)>,
}

/// A row of a list; what a list has not is empty.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RegisterRow {
    /// Tax number of the firm that it is about.
    pub tax_no: String,
    /// Its title.
    pub title: String,
    /// Union, of a membership.
    pub union_code: String,
    /// The firm's number there, of a membership.
    pub registry_no: String,
    /// Secretariat.
    pub secretariat: String,
    /// Of who pays: for this declarant's declarations only.
    pub declarant: String,
    /// Of who pays: whose account.
    pub payer: String,
    /// Of who pays: 1 when without being asked.
    pub automatic: i64,
    /// First day.
    pub valid_from: String,
    /// Last day, or empty.
    pub valid_to: String,
}

/// A power of attorney with both titles.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct NamedPower {
    /// Who gave it.
    pub exporter: String,
    /// Its title.
    pub exporter_title: String,
    /// Who holds it.
    pub declarant: String,
    /// Its title.
    pub declarant_title: String,
    /// For which secretariat; `*` is all.
    pub secretariat: String,
    /// 1 when the declarant may apply for fees to be given back.
    pub takes_refunds: i64,
    /// First day.
    pub valid_from: String,
    /// Last day, or empty.
    pub valid_to: String,
}

/// Something that happened to a firm.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LatestEvent {
    /// What, such as `declaration.approved`.
    pub kind: String,
    /// Microseconds UTC.
    pub happened_at: i64,
    /// Of the declaration, where it is about one.
    pub reference: Option<String>,
    /// Likewise.
    pub declarant: Option<String>,
    /// How that declaration stands now.
    pub state: Option<String>,
    /// Where it happened; empty where at no one secretariat.
    pub secretariat: String,
}

/// The statements of a list: it counts, and gives a page in each order, the first of them where none is asked for. All
/// take secretariat, firm, title and day, then limit and offset.
struct Statements {
    count: Sql,
    orders: &'static [(&'static str, Sql)],
}

macro_rules! list {
    ($name:ident, $source:literal, $columns:literal) => {
        const $name: Statements = Statements {
            count: both(concat!("select count(*) ", $source, limited!())),
            orders: &[
                ("tax_no", ordered!($source, $columns, "firm.tax_no, valid_from")),
                ("-tax_no", ordered!($source, $columns, "firm.tax_no desc, valid_from desc")),
                ("title", ordered!($source, $columns, "firm.ordered, firm.tax_no, valid_from")),
                ("-title", ordered!($source, $columns, "firm.ordered desc, firm.tax_no desc, valid_from desc")),
                ("valid_from", ordered!($source, $columns, "valid_from, firm.tax_no")),
                ("-valid_from", ordered!($source, $columns, "valid_from desc, firm.tax_no desc")),
            ],
        };
    };
}

macro_rules! limited {
    () => {
        " where ($1 = '' or kept.secretariat = $1) and ($2 = '' or firm.tax_no = $2)
            and ($3 = '' or firm.folded like $3 escape '!')
            and ($4 = '' or (valid_from <= $4 and (valid_to = '' or valid_to >= $4)))"
    };
}

macro_rules! ordered {
    ($source:literal, $columns:literal, $by:literal) => {
        both(concat!(
            "select firm.tax_no, firm.title, kept.secretariat, valid_from, valid_to, ",
            $columns,
            " ",
            $source,
            limited!(),
            " order by ",
            $by,
            " limit $5 offset $6"
        ))
    };
}

const fn both(text: &'static str) -> Sql {
    Sql { sqlite: text, postgres: text }
}

list!(
    MEMBERSHIPS,
    "from membership kept join firm on firm.tax_no = kept.firm",
    "union_code, registry_no, '' as declarant, '' as payer, cast(0 as bigint) as automatic"
);
list!(
    COMMITMENTS,
    "from commitment kept join firm on firm.tax_no = kept.firm",
    "'' as union_code, '' as registry_no, '' as declarant, '' as payer, cast(0 as bigint) as automatic"
);
list!(
    PAYERS,
    "from payer_commitment kept join firm on firm.tax_no = kept.exporter join account on account.id = kept.account_id",
    "'' as union_code, '' as registry_no, declarant, account.firm as payer, automatic"
);

/// Every statement of the lists, for the test that prepares all of them.
#[cfg(test)]
pub(crate) fn of_lists() -> impl Iterator<Item = (&'static str, &'static Sql)> {
    const LISTS: [&Statements; 3] = [&MEMBERSHIPS, &COMMITMENTS, &PAYERS];
    LISTS.into_iter().flat_map(|list| {
        let orders = list.orders.iter().map(|(order, statement)| (*order, statement));
        std::iter::once(("count", &list.count)).chain(orders)
    })
}

impl RegisterList {
    fn statements(self) -> &'static Statements {
        match self {
            Self::Memberships => &MEMBERSHIPS,
            Self::Commitments => &COMMITMENTS,
            Self::Payers => &PAYERS,
        }
    }
}

impl Store {
    /// A page of a list and how many rows there are in all.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_register(
        &self,
        list: RegisterList,
        filter: &RegisterFilter,
        limit: u32,
        offset: u64,
    ) -> Result<(Vec<RegisterRow>, u64), StoreError> {
        let Statements { count, orders } = list.statements();
        let order = filter.order.as_ref().map(|(key, last)| format!("{}{key}", if *last { "-" } else { "" }));
        let found = orders.iter().find(|(name, _)| Some(*name) == order.as_deref());
        let (_, statement) = found.or_else(|| orders.first()).ok_or(StoreError::Overtaken)?;
        let title = if filter.title.is_empty() { String::new() } else { holding(&filter.title) };
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let rows = read!(self, store => sqlx::query_as(store.text(statement)).bind(&filter.secretariat)
            .bind(&filter.firm).bind(&title).bind(&filter.day).bind(i64::from(limit)).bind(offset)
            .fetch_all(store.readers()))?;
        let total: i64 = read!(self, store => sqlx::query_scalar(store.text(count)).bind(&filter.secretariat)
            .bind(&filter.firm).bind(&title).bind(&filter.day).fetch_one(store.readers()))?;
        Ok((rows, u64::try_from(total).unwrap_or_default()))
    }

    /// Whether a firm has to do with a secretariat: as a member, by a commitment, as a payer or by an account.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn has_ties(&self, firm: &str, secretariat: &str) -> Result<bool, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&TIES)).bind(firm).bind(secretariat)
            .fetch_one(store.readers()))
    }

    /// Powers that a firm gave or holds, at one secretariat or, with an empty one, at all; the newest first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_powers_of(
        &self,
        firm: &str,
        secretariat: &str,
        limit: u32,
    ) -> Result<Vec<NamedPower>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&POWERS_OF)).bind(firm).bind(secretariat)
            .bind(i64::from(limit)).fetch_all(store.readers()))
    }

    /// What happened to a firm lately, at one secretariat or, with an empty one, at all; the newest first. Looks through
    /// the firm's last [`LOOKED_THROUGH`] entries.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_latest(&self, firm: &str, secretariat: &str, limit: u32) -> Result<Vec<LatestEvent>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&LATEST)).bind(firm).bind(secretariat).bind(LOOKED_THROUGH)
            .bind(i64::from(limit)).fetch_all(store.readers()))
    }
}

/// Entries of a firm's feed that are looked through for the latest of one secretariat.
pub const LOOKED_THROUGH: i64 = 500;

/// A pattern of `like` for texts that hold this one; its own signs are no wildcards.
pub(crate) fn holding(text: &str) -> String {
    format!("%{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}
