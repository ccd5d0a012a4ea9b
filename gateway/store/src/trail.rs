//! Who did what and when: events of a secretariat, the newest first, for whoever has to look back.
//!
//! Nothing is indexed for it. Numbers of events rise with time, so days are ranges of numbers; a firm's events are in its
//! feed. Of either a slice of a fixed length is looked through at a time, so that a question costs little however much
//! there is, and the page says where to go on.

use crate::Store;
use crate::connection::read;
use crate::error::StoreError;
use crate::sql::statements;

statements! {
    SLICE = "select min(id), count(*)
        from (select id from event where id < $1 and id >= $2 order by id desc limit $3) as slice";
    SLICE_OF_FIRM = "select min(position), count(*)
        from (select position from feed where firm = $4 and position < $1 and event_id >= $2
            order by position desc limit $3) as slice";
    FEED_BEFORE = "select position from feed where firm = $1 and event_id < $2 order by position desc limit 1";
    NEXT_RECORD = "select id, body from (select id, kind, body from event where id >= $1 and id < $2 order by id limit $4)
            as slice where kind = 'declaration.approved' and body like $3 order by id limit 1";
    RECORDED = "select declaration_id from event where id >= $1 and id < $2 and kind = 'declaration.approved'
            and body like $3 order by id limit 1";
    @differ
    TRAIL = sqlite "select event.id, event.id as place, event.kind, happened_at, body, event.declaration_id, reference,
            declaration.declarant, declaration.exporter, account.firm as account_firm
        from event left join declaration on declaration.id = event.declaration_id
        left join account on account.id = event.account_id
        where event.id < $1 and event.id >= $2
            and (declaration.secretariat = $3 or account.secretariat = $3
                or body->>'by' in (select code from client where client.secretariat = $3)
                or event.kind like 'desk.%' and body->>'secretariat' in ('', $3))
            and ($4 = '' or event.kind = $4)
            and ($5 = '' or body->>'by' = $5 or substr(body->>'by', 1, length($5) + 1) = $5 || '/')
        order by event.id desc limit $6"
    postgres "select event.id, event.id as place, event.kind, happened_at, body, event.declaration_id, reference,
            declaration.declarant, declaration.exporter, account.firm as account_firm
        from event left join declaration on declaration.id = event.declaration_id
        left join account on account.id = event.account_id
        where event.id < $1 and event.id >= $2
            and (declaration.secretariat = $3 or account.secretariat = $3
                or body::json->>'by' in (select code from client where client.secretariat = $3)
                or event.kind like 'desk.%' and body::json->>'secretariat' in ('', $3))
            and ($4 = '' or event.kind = $4)
            and ($5 = '' or body::json->>'by' = $5 or substr(body::json->>'by', 1, length($5) + 1) = $5 || '/')
        order by event.id desc limit $6";
    TRAIL_OF_FIRM = sqlite "select event.id, feed.position as place, event.kind, happened_at, body, event.declaration_id,
            reference, declaration.declarant, declaration.exporter, account.firm as account_firm
        from feed cross join event on event.id = feed.event_id
        left join declaration on declaration.id = event.declaration_id
        left join account on account.id = event.account_id
        where feed.firm = $7 and feed.position < $1 and feed.position >= $2 and event.id >= $9
            and ($8 = 0 or event.declaration_id = $8)
            and (declaration.secretariat = $3 or account.secretariat = $3
                or body->>'by' in (select code from client where client.secretariat = $3))
            and ($4 = '' or event.kind = $4)
            and ($5 = '' or body->>'by' = $5 or substr(body->>'by', 1, length($5) + 1) = $5 || '/')
        order by feed.position desc limit $6"
    postgres "select event.id, feed.position as place, event.kind, happened_at, body, event.declaration_id,
            reference, declaration.declarant, declaration.exporter, account.firm as account_firm
        from feed join event on event.id = feed.event_id
        left join declaration on declaration.id = event.declaration_id
        left join account on account.id = event.account_id
        where feed.firm = $7 and feed.position < $1 and feed.position >= $2 and event.id >= $9
            and ($8 = 0 or event.declaration_id = $8)
            and (declaration.secretariat = $3 or account.secretariat = $3
                or body::json->>'by' in (select code from client where client.secretariat = $3))
            and ($4 = '' or event.kind = $4)
            and ($5 = '' or body::json->>'by' = $5 or substr(body::json->>'by', 1, length($5) + 1) = $5 || '/')
        order by feed.position desc limit $6";
}

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct TrailFilter {
    /// Whose events.
    pub secretariat: String,
    /// From this instant on, in microseconds UTC.
    pub from: i64,
    /// Up to this one.
    pub until: i64,
    /// Of this kind; empty is any.
    pub kind: String,
    /// By this user; empty is anybody.
    pub user: String,
    /// Tax number of the firm whose feed is read; empty is every event.
    pub firm: String,
    /// Within a firm's feed: of this declaration, by the store's number; 0 is any.
    pub declaration: i64,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TrailRow {
    /// The store's number.
    pub id: i64,
    /// Where a list goes on behind it.
    pub place: i64,
    /// What happened, such as `declaration.approved`.
    pub kind: String,
    /// Microseconds UTC.
    pub happened_at: i64,
    /// The rest of it, as JSON.
    pub body: String,
    /// The store's number of its declaration, where it is about one.
    pub declaration_id: Option<i64>,
    /// Of that declaration.
    pub reference: Option<String>,
    /// Likewise.
    pub declarant: Option<String>,
    /// Likewise.
    pub exporter: Option<String>,
    /// Owner of the current account, where one was moved.
    pub account_firm: Option<String>,
}

/// A page of events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailPage {
    /// The newest first.
    pub rows: Vec<TrailRow>,
    /// Where to go on; none at the end.
    pub next: Option<i64>,
}

impl Store {
    /// Events behind a place of the list, or from its beginning; at most a slice is looked through.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_trail(
        &self,
        filter: &TrailFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<TrailPage, StoreError> {
        let of_firm = !filter.firm.is_empty();
        let (from, until) = (first_number(filter.from), first_number(filter.until));
        let before = match before {
            Some(before) => before,
            None if of_firm => self.feed_before(&filter.firm, until).await?,
            None => until,
        };
        let statement = if of_firm { &SLICE_OF_FIRM } else { &SLICE };
        let (least, count): (Option<i64>, i64) = read!(self, store => {
            let query = sqlx::query_as(store.text(statement)).bind(before).bind(from).bind(SLICE_ROWS);
            if of_firm { query.bind(&filter.firm) } else { query }.fetch_one(store.readers())
        })?;
        let Some(least) = least else { return Ok(TrailPage::default()) };
        let statement = if of_firm { &TRAIL_OF_FIRM } else { &TRAIL };
        let rows: Vec<TrailRow> = read!(self, store => {
            let query = sqlx::query_as(store.text(statement)).bind(before).bind(least).bind(&filter.secretariat)
                .bind(&filter.kind).bind(&filter.user).bind(i64::from(limit));
            if of_firm { query.bind(&filter.firm).bind(filter.declaration).bind(from) } else { query }
                .fetch_all(store.readers())
        })?;
        let is_full = u32::try_from(rows.len()).is_ok_and(|rows| rows >= limit);
        let next = if is_full { rows.last().map(|row| row.place) } else { (count == SLICE_ROWS).then_some(least) };
        Ok(TrailPage { rows, next })
    }

    /// The number of the declaration with a union record number such as `26IMMIB000000042`, given between two instants.
    ///
    /// Record numbers of a secretariat rise with time, as numbers of events do, so halving finds the moment; around it
    /// every approval is looked at, since clocks of several servers differ a little.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn declaration_of_record(
        &self,
        record_no: &str,
        secretariat: &str,
        (from, until): (i64, i64),
    ) -> Result<Option<i64>, StoreError> {
        let year = record_no.get(..2).unwrap_or_default();
        let series = format!("%\"record_no\":\"{year}{secretariat}%");
        let (mut low, mut high) = (first_number(from), first_number(until));
        while high - low > first_number(MOMENT_MICROS) {
            let middle = low + (high - low) / 2;
            let next: Option<(i64, String)> = read!(self, store => sqlx::query_as(store.text(&NEXT_RECORD)).bind(middle)
                .bind(high).bind(&series).bind(SLICE_ROWS).fetch_optional(store.readers()))?;
            match next.and_then(|(id, body)| Some((id, record_in(&body)?))) {
                Some((id, found)) if found.as_str() <= record_no => low = id,
                _ => high = middle,
            }
        }
        let (low, high) = (low - first_number(MOMENT_MICROS), high + first_number(MOMENT_MICROS));
        let exact = format!("%\"record_no\":\"{record_no}\"%");
        let found: Option<Option<i64>> = read!(self, store => sqlx::query_scalar(store.text(&RECORDED)).bind(low)
            .bind(high).bind(&exact).fetch_optional(store.readers()))?;
        Ok(found.flatten())
    }

    /// The place in a firm's feed behind the last event before a number.
    async fn feed_before(&self, firm: &str, until: i64) -> Result<i64, StoreError> {
        let last: Option<i64> = read!(self, store => sqlx::query_scalar(store.text(&FEED_BEFORE)).bind(firm).bind(until)
            .fetch_optional(store.readers()))?;
        Ok(last.map_or(0, |position| position + 1))
    }
}

/// The record number that an approval's event tells.
fn record_in(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    Some(body.get("record_no")?.as_str()?.to_owned())
}

/// The lowest number that is drawn at an instant; see [`crate::Ids`].
pub(crate) fn first_number(micros: i64) -> i64 {
    micros.saturating_mul(256)
}

/// Events looked through for one page.
const SLICE_ROWS: i64 = 10_000;
/// As far as clocks of servers differ, and more.
const MOMENT_MICROS: i64 = 5_000_000;
