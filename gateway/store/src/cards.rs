//! Card orders: begun with us, paid on the bank's page, and booked once when the bank has confirmed.
//!
//! A declaration is in one open order at most; the unique index has the last word. No card data comes here.

use crate::accounts::{ACCOUNT_ID, AccountKind, BOOK, CARD, CREDIT, OPEN_ACCOUNT};
use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::events::{EventRow, overtaken, save_events};
use crate::sql::statements;
use crate::{Ids, Store};
use ebirlik_domain::money::Money;
use jiff::Timestamp;

statements! {
    IN_OPEN_ORDER = "select card_order.order_no from card_order_line join card_order on card_order.id = order_id
        where declaration_id = $1 and open = 1";
    BEGIN_ORDER = "insert into card_order (id, order_no, client, firm, secretariat, amount_kurus, state, settled,
            begun_at, asked_at)
        values ($1, $2, $3, $4, $5, $6, 'begun', 0, $7, $7)";
    BEGIN_LINE = "insert into card_order_line (order_id, declaration_id, fee_kurus, open) values ($1, $2, $3, 1)";
    ORDER = "select id, order_no, client, firm, secretariat, amount_kurus, state, settled, bank_reference, begun_at,
            asked_at, closed_at
        from card_order where order_no = $1";
    OPEN_ORDERS = "select id, order_no, client, firm, secretariat, amount_kurus, state, settled, bank_reference, begun_at,
            asked_at, closed_at
        from card_order where state = 'begun' and asked_at <= $1 order by asked_at limit $2";
    UNSETTLED_ORDERS = "select id, order_no, client, firm, secretariat, amount_kurus, state, settled, bank_reference,
            begun_at, asked_at, closed_at
        from card_order where state = 'paid' and settled = 0 and closed_at > $1 order by closed_at limit $2";
    LINES = "select declaration_id, fee_kurus from card_order_line where order_id = $1 order by declaration_id";
    ASKED = "update card_order set asked_at = $2 where order_no = $1 and asked_at < $2";
    CONFIRM = "update card_order set state = 'paid', bank_reference = $2, closed_at = $3, settled = 0
        where order_no = $1 and state in ('begun', 'failed', 'expired')";
    CLOSE = "update card_order set state = $2, closed_at = $3 where order_no = $1 and state = 'begun'";
    SETTLE = "update card_order set settled = 1 where id = $1 and state = 'paid' and settled = 0";
    CLOSE_LINES = "update card_order_line set open = 0
        where open = 1 and order_id = (select id from card_order where order_no = $1)";
}

/// How far an order came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// The payer was sent to the bank; nothing is known yet.
    Begun,
    /// The bank has the money, and it is booked.
    Paid,
    /// The bank says that it took nothing.
    Failed,
    /// The bank's time ran out and it took nothing.
    Expired,
}

impl OrderState {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Begun, Self::Paid, Self::Failed, Self::Expired].into_iter().find(|state| state.as_str() == text)
    }
}

/// An order that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// What the bank calls it by; unique.
    pub order_no: String,
    /// User code of the payer.
    pub client: String,
    /// The payer's firm.
    pub firm: String,
    /// Where its current account is.
    pub secretariat: String,
    /// The sum of the lines.
    pub amount: Money,
    /// What it pays for.
    pub lines: Vec<OrderLine>,
}

/// A declaration of an order, and its fee as priced when the order began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderLine {
    /// The store's number of the declaration.
    pub declaration: i64,
    /// Its fee.
    pub fee: Money,
}

/// An order as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The store's number.
    pub id: i64,
    /// What the bank calls it by.
    pub order_no: String,
    /// User code of the payer.
    pub client: String,
    /// The payer's firm.
    pub firm: String,
    /// Where its current account is.
    pub secretariat: String,
    /// What the bank is to take.
    pub amount: Money,
    /// How far it came.
    pub state: OrderState,
    /// Whether each declaration of a paid order was looked at.
    pub settled: bool,
    /// The bank's own reference, once paid.
    pub bank_reference: Option<String>,
    /// When it began.
    pub begun_at: Timestamp,
    /// When the bank was asked last; at first when it began.
    pub asked_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// What became of an order that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BegunOrder {
    /// It stands.
    Begun,
    /// One of its declarations is in this open order; nothing was written.
    InOpenOrder(String),
}

/// What became of the bank's confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmedOrder {
    /// Booked now.
    Booked,
    /// It was booked before; nothing changed.
    Before,
}

#[derive(sqlx::FromRow)]
struct OrderRow {
    id: i64,
    order_no: String,
    client: String,
    firm: String,
    secretariat: String,
    amount_kurus: i64,
    state: String,
    settled: i64,
    bank_reference: Option<String>,
    begun_at: i64,
    asked_at: i64,
    closed_at: Option<i64>,
}

impl OrderRow {
    fn into_order(self) -> Result<Order, StoreError> {
        let wrong = |column, value: String| StoreError::Inconsistent { table: "card_order", column, value };
        let instant =
            |column, micros: i64| Timestamp::from_microsecond(micros).map_err(|_| wrong(column, micros.to_string()));
        Ok(Order {
            amount: Money::from_kurus(self.amount_kurus)
                .ok_or_else(|| wrong("amount_kurus", self.amount_kurus.to_string()))?,
            state: OrderState::parse(&self.state).ok_or_else(|| wrong("state", self.state.clone()))?,
            begun_at: instant("begun_at", self.begun_at)?,
            asked_at: instant("asked_at", self.asked_at)?,
            closed_at: self.closed_at.map(|micros| instant("closed_at", micros)).transpose()?,
            id: self.id,
            order_no: self.order_no,
            client: self.client,
            firm: self.firm,
            secretariat: self.secretariat,
            settled: self.settled != 0,
            bank_reference: self.bank_reference,
        })
    }
}

impl Store {
    /// Begins an order, unless one of its declarations is in an open one.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn begin_card_order(
        &self,
        order: &NewOrder,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<BegunOrder, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                for line in &order.lines {
                    let other: Option<String> = sqlx::query_scalar(store.text(&IN_OPEN_ORDER)).bind(line.declaration)
                        .fetch_optional(&mut *tx).await?;
                    if let Some(other) = other {
                        return Ok(BegunOrder::InOpenOrder(other));
                    }
                }
                let id = ids.next(now);
                sqlx::query(store.text(&BEGIN_ORDER)).bind(id).bind(&order.order_no).bind(&order.client)
                    .bind(&order.firm).bind(&order.secretariat).bind(order.amount.kurus()).bind(now.as_microsecond())
                    .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                for line in &order.lines {
                    // Somebody else was faster: the next try finds that order.
                    sqlx::query(store.text(&BEGIN_LINE)).bind(id).bind(line.declaration).bind(line.fee.kurus())
                        .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                }
                let body = serde_json::json!({
                    "order": order.order_no, "amount": order.amount.to_string(), "firm": order.firm, "by": order.client,
                });
                let event = EventRow::new(ids.next(now), "card.begun", None, None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
                Ok(BegunOrder::Begun)
            })
        })
        .await
    }

    /// An order by its number.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_card_order(&self, order_no: &str) -> Result<Option<Order>, StoreError> {
        let row: Option<OrderRow> = read!(self, store => sqlx::query_as(store.text(&ORDER)).bind(order_no)
            .fetch_optional(store.readers()))?;
        row.map(OrderRow::into_order).transpose()
    }

    /// The open order that a declaration is in.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_open_card_order(&self, declaration: i64) -> Result<Option<String>, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&IN_OPEN_ORDER)).bind(declaration)
            .fetch_optional(store.readers()))
    }

    /// Open orders whose bank was asked at this instant or before, the longest ago first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_open_card_orders(&self, asked_until: Timestamp, limit: u32) -> Result<Vec<Order>, StoreError> {
        let rows: Vec<OrderRow> = read!(self, store => sqlx::query_as(store.text(&OPEN_ORDERS))
            .bind(asked_until.as_microsecond()).bind(i64::from(limit)).fetch_all(store.readers()))?;
        rows.into_iter().map(OrderRow::into_order).collect()
    }

    /// Paid orders with declarations that were not looked at yet, closed after an instant, the oldest first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_unsettled_card_orders(
        &self,
        closed_after: Timestamp,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        let rows: Vec<OrderRow> = read!(self, store => sqlx::query_as(store.text(&UNSETTLED_ORDERS))
            .bind(closed_after.as_microsecond()).bind(i64::from(limit)).fetch_all(store.readers()))?;
        rows.into_iter().map(OrderRow::into_order).collect()
    }

    /// What an order pays for.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_card_order_lines(&self, order: i64) -> Result<Vec<OrderLine>, StoreError> {
        let rows: Vec<(i64, i64)> =
            read!(self, store => sqlx::query_as(store.text(&LINES)).bind(order).fetch_all(store.readers()))?;
        let line = |(declaration, kurus)| {
            let wrong = || StoreError::Inconsistent {
                table: "card_order_line",
                column: "fee_kurus",
                value: i64::to_string(&kurus),
            };
            Ok(OrderLine { declaration, fee: Money::from_kurus(kurus).ok_or_else(wrong)? })
        };
        rows.into_iter().map(line).collect()
    }

    /// Notes that the bank was asked, so that the next turn asks for others first.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn note_card_order_asked(&self, order_no: &str, now: Timestamp) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&ASKED)).bind(order_no).bind(now.as_microsecond()).execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }

    /// Books what the bank took for an order into the payer's current account, opened if there is none: in one commit
    /// with the order's state, and once, however often the bank says it. Also for an order that counted as failed or
    /// expired: what the bank took is owed.
    ///
    /// # Errors
    /// `Missing` for an order that is none, `Conflict` for a reference of another payment.
    pub async fn confirm_card_order(
        &self,
        order_no: &str,
        bank_reference: &str,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<ConfirmedOrder, StoreError> {
        let order = self.find_card_order(order_no).await?;
        let order = order.ok_or_else(|| StoreError::Missing(format!("there is no card order {order_no}")))?;
        let bank = self.bank_account(&order.secretariat, CARD).await?;
        let reference = card_reference(order_no);
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let confirmed = sqlx::query(store.text(&CONFIRM)).bind(order_no).bind(bank_reference)
                    .bind(now.as_microsecond()).execute(&mut *tx).await;
                let confirmed = match confirmed.map_err(StoreError::from) {
                    Err(error) if error.is_unique_violation() => {
                        return Err(StoreError::Conflict(
                            format!("the bank's reference {bank_reference} has paid another order")));
                    }
                    confirmed => confirmed?,
                };
                if confirmed.rows_affected() != 1 {
                    let stands: Option<OrderRow> =
                        sqlx::query_as(store.text(&ORDER)).bind(order_no).fetch_optional(&mut *tx).await?;
                    let reference = stands.and_then(|order| order.bank_reference);
                    if reference.as_deref() != Some(bank_reference) {
                        return Err(StoreError::Conflict(format!("order {order_no} was paid with another reference")));
                    }
                    return Ok(ConfirmedOrder::Before);
                }
                sqlx::query(store.text(&OPEN_ACCOUNT)).bind(AccountKind::Current.as_str()).bind(&order.firm)
                    .bind(&order.secretariat).execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                let account: i64 = sqlx::query_scalar(store.text(&ACCOUNT_ID)).bind(AccountKind::Current.as_str())
                    .bind(&order.firm).bind(&order.secretariat).fetch_one(&mut *tx).await?;
                sqlx::query(store.text(&BOOK)).bind(ids.next(now)).bind("deposit").bind(bank).bind(account)
                    .bind(order.amount.kurus()).bind(&reference).bind(now.as_microsecond())
                    .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                sqlx::query(store.text(&CREDIT)).bind(account).bind(order.amount.kurus()).execute(&mut *tx).await?;
                let body = serde_json::json!({
                    "amount": order.amount.to_string(), "reference": reference, "bank_reference": bank_reference,
                });
                let event = EventRow::new(ids.next(now), "account.deposited", None, Some(account), now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
                Ok(ConfirmedOrder::Booked)
            })
        })
        .await
    }

    /// Closes an order for which the bank took nothing; false when it was closed before.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn fail_card_order(&self, order_no: &str, ids: &Ids, now: Timestamp) -> Result<bool, StoreError> {
        self.close_card_order(order_no, OrderState::Failed, "card.failed", (ids, now)).await
    }

    /// Closes an order that nobody paid within the bank's time; false when it was closed before.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn expire_card_order(&self, order_no: &str, ids: &Ids, now: Timestamp) -> Result<bool, StoreError> {
        self.close_card_order(order_no, OrderState::Expired, "card.expired", (ids, now)).await
    }

    async fn close_card_order(
        &self,
        order_no: &str,
        state: OrderState,
        event: &'static str,
        (ids, now): (&Ids, Timestamp),
    ) -> Result<bool, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let closed = sqlx::query(store.text(&CLOSE)).bind(order_no).bind(state.as_str())
                    .bind(now.as_microsecond()).execute(&mut *tx).await?;
                if closed.rows_affected() != 1 {
                    return Ok(false);
                }
                sqlx::query(store.text(&CLOSE_LINES)).bind(order_no).execute(&mut *tx).await?;
                let body = serde_json::json!({ "order": order_no });
                let event = EventRow::new(ids.next(now), event, None, None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
                Ok(true)
            })
        })
        .await
    }

    /// Notes that each declaration of a paid order was looked at.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn settle_card_order(&self, order: &Order) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&SETTLE)).bind(order.id).execute(&mut *tx).await?;
                sqlx::query(store.text(&CLOSE_LINES)).bind(&order.order_no).execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }
}

/// What books an order's money only once.
fn card_reference(order_no: &str) -> String {
    format!("CARD-{order_no}")
}
