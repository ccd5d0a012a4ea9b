//! Where in SQLite's file does a row go that follows the approvals?
//!
//! Searches that end at the page of an index or table which nothing has read before.

use crate::sql::texts;

texts! {
    BOOKED = "select 1 from account_line indexed by account_line_booked where account_id = ?1 and booked_at >= ?2";
    EXPORTERS_RECEIPTS = "select 1 from receipt indexed by receipt_exporter where exporter = ?1 and paid_at >= ?2";
    DECLARANTS_RECEIPTS = "select 1 from receipt indexed by receipt_declarant where declarant = ?1 and paid_at >= ?2";
    SUMMARIES = "select 1 from declaration_summary where firm = ?1 and received_at >= ?2";
}
