//! What waits for money, each with the content that stands, so that a page of it is priced after one read.

use crate::Store;
use crate::connection::read;
use crate::declarations::{DeclarationRow, Recorded, Version, VersionRow, recorded, version};
use crate::error::StoreError;
use crate::sql::statements;
use crate::writer::rows::json;
use jiff::civil::Date;

statements! {
    PAYABLE = "select declaration.id, declarant, reference, exporter, declaration.secretariat, declaration.state,
            declaration.version, received_at, ended_at, registration_no, hold, declaration_version.digest, content,
            dictionary, sent_by, sent_at, card_order.order_no
        from declaration join declaration_version on declaration_version.declaration_id = declaration.id
            and declaration_version.version = declaration.version
        left join card_order_line on card_order_line.declaration_id = declaration.id and card_order_line.open = 1
        left join card_order on card_order.id = card_order_line.order_id
        where declaration.state in ('waiting_payment', 'at_desk') and declaration.state = 'waiting_payment'
            and (exporter = $1 or declarant = $1) and ($2 = '' or exporter = $2) and received_at > $3
        order by received_at, declaration.id limit $4";
    SHORT = "select declaration.id, declaration.declarant, reference, declaration.exporter, declaration.secretariat,
            state, declaration.version, received_at, ended_at, registration_no, hold, declaration_version.digest, content,
            dictionary, sent_by, sent_at, null as order_no
        from declaration join payer_commitment on payer_commitment.exporter = declaration.exporter
            and payer_commitment.secretariat = declaration.secretariat
            and payer_commitment.declarant in ('', declaration.declarant)
        join declaration_version on declaration_version.declaration_id = declaration.id
            and declaration_version.version = declaration.version
        where state in ('waiting_payment', 'at_desk') and state = 'waiting_payment' and hold = 0
            and declaration.secretariat = $1 and account_id = $2 and automatic = 1
            and valid_from <= $4 and (valid_to = '' or valid_to >= $4)
        order by urgent desc, received_at, declaration.id limit $3";
    @differ
    CHOSEN = sqlite "select declaration.id, declarant, reference, exporter, declaration.secretariat, declaration.state,
            declaration.version, received_at, ended_at, registration_no, hold, declaration_version.digest, content,
            dictionary, sent_by, sent_at, card_order.order_no
        from declaration join declaration_version on declaration_version.declaration_id = declaration.id
            and declaration_version.version = declaration.version
        left join card_order_line on card_order_line.declaration_id = declaration.id and card_order_line.open = 1
        left join card_order on card_order.id = card_order_line.order_id
        where declaration.id in (select value from json_each($2)) and (exporter = $1 or declarant = $1)
        order by received_at, declaration.id"
    postgres "select declaration.id, declarant, reference, exporter, declaration.secretariat, declaration.state,
            declaration.version, received_at, ended_at, registration_no, hold, declaration_version.digest, content,
            dictionary, sent_by, sent_at, card_order.order_no
        from declaration join declaration_version on declaration_version.declaration_id = declaration.id
            and declaration_version.version = declaration.version
        left join card_order_line on card_order_line.declaration_id = declaration.id and card_order_line.open = 1
        left join card_order on card_order.id = card_order_line.order_id
        where declaration.id in (select value::bigint from json_array_elements_text($2::json))
            and (exporter = $1 or declarant = $1)
        order by received_at, declaration.id";
}

/// A declaration with the content that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The declaration.
    pub recorded: Recorded,
    /// The version that stands.
    pub version: Version,
    /// Number of a card payment of it that has not ended.
    pub card_order: Option<String>,
}

#[derive(sqlx::FromRow)]
struct WaitingRow {
    #[sqlx(flatten)]
    declaration: DeclarationRow,
    #[sqlx(flatten)]
    version: VersionRow,
    order_no: Option<String>,
}

impl Store {
    /// Declarations that wait for a firm's payment and were recorded after an instant in microseconds, first come first;
    /// of one exporter alone where one is named.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_payable(
        &self,
        firm: &str,
        exporter: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError> {
        let rows: Vec<WaitingRow> = read!(self, store => sqlx::query_as(store.text(&PAYABLE)).bind(firm).bind(exporter)
            .bind(after).bind(i64::from(limit)).fetch_all(store.readers()))?;
        rows.into_iter().map(waiting).collect()
    }

    /// Declarations of a firm by the store's numbers, whatever their state; what is not the firm's is left out.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_chosen(&self, firm: &str, ids: &[i64]) -> Result<Vec<Waiting>, StoreError> {
        let rows: Vec<WaitingRow> = read!(self, store => sqlx::query_as(store.text(&CHOSEN)).bind(firm)
            .bind(json(ids)).fetch_all(store.readers()))?;
        rows.into_iter().map(waiting).collect()
    }

    /// As [`Store::list_short_of_money`], with the contents. Where several commitments of the payer fit, a declaration
    /// comes once for each.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_short(
        &self,
        secretariat: &str,
        account: i64,
        day: Date,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError> {
        let rows: Vec<WaitingRow> = read!(self, store => sqlx::query_as(store.text(&SHORT)).bind(secretariat)
            .bind(account).bind(i64::from(limit)).bind(day.to_string()).fetch_all(store.readers()))?;
        rows.into_iter().map(waiting).collect()
    }
}

fn waiting(row: WaitingRow) -> Result<Waiting, StoreError> {
    Ok(Waiting { recorded: recorded(row.declaration)?, version: version(row.version)?, card_order: row.order_no })
}
