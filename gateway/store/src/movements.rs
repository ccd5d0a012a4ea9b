//! The lines of a current account as people look for them, and its balance day by day.

use crate::Store;
use crate::connection::read;
use crate::error::StoreError;
use crate::feed::AccountLine;
use crate::sql::statements;

statements! {
    DAYS = "select last.day, account_line.balance_kurus
        from (select (booked_at + $4) / 86400000000 as day, max(number) as number from account_line
            where account_id = $1 and number > $2 and number <= $3 group by (booked_at + $4) / 86400000000) last
        join account_line on account_line.account_id = $1 and account_line.number = last.number
        order by last.day";
    @differ
    MOVEMENTS = sqlite "select number, booked_at, amount_kurus, balance_kurus, event.kind, event.body,
            declaration.reference, declaration.declarant, declaration.exporter, count(*) over () as total
        from account_line join event on event.id = account_line.event_id
        left join declaration on declaration.id = event.declaration_id
        where account_line.account_id = $1 and number > $2 and number <= $3 and ($4 = '' or event.kind = $4)
            and ($5 = '' or instr(lower(declaration.reference), lower($5)) > 0
                or instr(lower(event.body->>'reference'), lower($5)) > 0)
        order by number * $6 limit $7 offset $8"
    postgres "select number, booked_at, amount_kurus, balance_kurus, event.kind, event.body,
            declaration.reference, declaration.declarant, declaration.exporter, count(*) over () as total
        from account_line join event on event.id = account_line.event_id
        left join declaration on declaration.id = event.declaration_id
        where account_line.account_id = $1 and number > $2 and number <= $3 and ($4 = '' or event.kind = $4)
            and ($5 = '' or strpos(lower(declaration.reference), lower($5)) > 0
                or strpos(lower(event.body::json->>'reference'), lower($5)) > 0)
        order by number * $6 limit $7 offset $8";
}

/// Which lines of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MovementFilter {
    /// Lines behind this number.
    pub after: i64,
    /// The last number.
    pub last: i64,
    /// The event that moved it, such as `account.deposited`; empty is any.
    pub kind: String,
    /// A part of the reference of the declaration or of the payment; empty is any.
    pub reference: String,
}

impl MovementFilter {
    /// Whether it takes every line between its numbers: these have no gaps, so that a page is a stretch of them.
    fn takes_all(&self) -> bool {
        self.kind.is_empty() && self.reference.is_empty()
    }
}

#[derive(sqlx::FromRow)]
struct MovementRow {
    #[sqlx(flatten)]
    line: AccountLine,
    total: i64,
}

impl Store {
    /// Lines of an account behind an offset, the newest first or the oldest, and how many the filter takes in all.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_movements(
        &self,
        account: i64,
        filter: &MovementFilter,
        newest_first: bool,
        (offset, limit): (u64, u32),
    ) -> Result<(Vec<AccountLine>, u64), StoreError> {
        let (mut after, mut last) = (filter.after, filter.last);
        let mut skipped = i64::try_from(offset).unwrap_or(i64::MAX);
        if filter.takes_all() {
            if newest_first {
                last = last.saturating_sub(skipped);
                after = after.max(last.saturating_sub(i64::from(limit)));
            } else {
                after = after.saturating_add(skipped);
                last = last.min(after.saturating_add(i64::from(limit)));
            }
            skipped = 0;
        }
        let direction = if newest_first { -1 } else { 1_i64 };
        let rows: Vec<MovementRow> = read!(self, store => sqlx::query_as(store.text(&MOVEMENTS)).bind(account)
            .bind(after).bind(last).bind(&filter.kind).bind(&filter.reference).bind(direction).bind(i64::from(limit))
            .bind(skipped).fetch_all(store.readers()))?;
        let found = rows.first().map_or(0, |row| row.total);
        let total = if filter.takes_all() { (filter.last - filter.after).max(0) } else { found };
        Ok((rows.into_iter().map(|row| row.line).collect(), total.unsigned_abs()))
    }

    /// The balance after the last line of each day on which an account moved, between two of its numbers: the day, counted
    /// from 1970-01-01 in a zone so many microseconds before UTC, and kuruş.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_balances(
        &self,
        account: i64,
        (after, last): (i64, i64),
        zone_micros: i64,
    ) -> Result<Vec<(i64, i64)>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&DAYS)).bind(account).bind(after).bind(last).bind(zone_micros)
            .fetch_all(store.readers()))
    }
}
