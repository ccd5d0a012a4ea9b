//! Do the numbers for firms, accounts and receipts hold what the chain holds up to where they are, and nothing else?
//!
//! How far they are depends on clocks and is no matter of an audit; whether they can go on is asked by a turn that is not
//! kept, see [`crate::Store::try_numbering`].

use super::chain::LeafSum;
use crate::sql::statements;
use sha2::{Digest, Sha256};

statements! {
    FEED_NUMBERED = "select feed.firm, feed.position, feed.event_id from feed join event on event.id = feed.event_id
        join declaration on declaration.id = event.declaration_id and declaration.declarant = feed.firm
        where (feed.firm, feed.position) > ($1, $2) order by feed.firm, feed.position limit $3";
    LINES_NUMBERED = "select account_id, number, event_id from account_line
        where (account_id, number) > ($1, $2) order by account_id, number limit $3";
    RECEIPTS_NUMBERED = "select event_id from receipt where event_id > $1 order by event_id limit $2";
}

/// The name of this invariant.
pub(super) const NAME: &str = "numbers are those of the chain up to where they are";

/// A sum over numbers, whatever their order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct NumberSum(LeafSum);

impl NumberSum {
    pub(super) fn add(&mut self, numbers: impl IntoIterator<Item = String>) {
        for number in numbers {
            self.0.add(&Sha256::digest(number.as_bytes()));
        }
    }
}

/// Compares the numbers with the chain within a snapshot of either engine.
macro_rules! audit_numbers {
    ($store:ident, $tx:ident, $broken:ident) => {{
        use $crate::audit::{PAGE, chain, numbers};
        let position: i64 =
            sqlx::query_scalar($store.text(&$crate::behind::CURSOR)).bind("feed").fetch_one(&mut *$tx).await?;
        let (mut expected, mut found) = (numbers::NumberSum::default(), numbers::NumberSum::default());
        let (mut after, mut reached) = (0_i64, 0_i64);
        loop {
            let blocks: Vec<chain::Block> = sqlx::query_as($store.text(&chain::BLOCKS))
                .bind(after)
                .bind(chain::BLOCKS_PAGE)
                .fetch_all(&mut *$tx)
                .await?;
            let blocks: Vec<chain::Block> = blocks.into_iter().filter(|block| block.last() <= position).collect();
            let Some(last) = blocks.last() else { break };
            (after, reached) = (last.first_position, last.last());
            // A block that cannot be read is told of by the chain.
            let ids: Vec<i64> = blocks.iter().flat_map(|block| block.ids().unwrap_or_default()).collect();
            let rows: Vec<$crate::feed::EventRow> = sqlx::query_as($store.text(&$crate::feed::EVENTS))
                .bind($crate::writer::rows::json(&ids))
                .fetch_all(&mut *$tx)
                .await?;
            expected.add(rows.iter().flat_map($crate::feed::EventRow::numbers));
        }
        let mut after = (String::new(), 0_i64);
        loop {
            let rows: Vec<(String, i64, i64)> = sqlx::query_as($store.text(&numbers::FEED_NUMBERED))
                .bind(&after.0)
                .bind(after.1)
                .bind(PAGE)
                .fetch_all(&mut *$tx)
                .await?;
            let Some((firm, last, _)) = rows.last() else { break };
            after = (firm.clone(), *last);
            found.add(rows.iter().map(|(_, _, event)| format!("feed {event}")));
        }
        let mut after = (i64::MIN, 0_i64);
        loop {
            let rows: Vec<(i64, i64, i64)> = sqlx::query_as($store.text(&numbers::LINES_NUMBERED))
                .bind(after.0)
                .bind(after.1)
                .bind(PAGE)
                .fetch_all(&mut *$tx)
                .await?;
            let Some((account, last, _)) = rows.last() else { break };
            after = (*account, *last);
            found.add(rows.iter().map(|(account, _, event)| format!("line {event} {account}")));
        }
        let mut after = i64::MIN;
        loop {
            let rows: Vec<i64> = sqlx::query_scalar($store.text(&numbers::RECEIPTS_NUMBERED))
                .bind(after)
                .bind(PAGE)
                .fetch_all(&mut *$tx)
                .await?;
            let Some(last) = rows.last() else { break };
            after = *last;
            found.add(rows.iter().map(|event| format!("receipt {event}")));
        }
        if reached != position {
            $broken(numbers::NAME, format!("they are at position {position}, where no block of the chain ends"));
        } else if expected != found {
            $broken(numbers::NAME, format!("up to position {position} some are missing or too many"));
        }
    }};
}
pub(super) use audit_numbers;
