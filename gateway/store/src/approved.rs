//! The approvals that stand, the newest first, with what each can be judged again from.

use crate::Store;
use crate::connection::read;
use crate::declarations::{ApprovalRow, StoredApproval};
use crate::error::StoreError;
use crate::packed::Packed;
use crate::sql::statements;

statements! {
    LATEST_APPROVALS = "select declaration.id, declaration.declarant, declaration.exporter, v.content,
            v.dictionary as content_dictionary, declaration.reference, declaration.secretariat, approval.version, code,
            collision, record_no, kind, approved_at, valid_until, fee_kurus, fob_try_kurus, balance_kurus, detail,
            approval.dictionary, notices, renderer, answer_digest, tables_version, parties_version
        from approval join declaration on declaration.id = approval.declaration_id
            and declaration.version = approval.version
        join declaration_version v on v.declaration_id = approval.declaration_id and v.version = approval.version
        where approval.declaration_id < $1 order by approval.declaration_id desc limit $2";
}

/// An approved declaration with what it can be judged again from.
#[derive(Debug)]
pub struct ApprovedContent {
    /// The store's number.
    pub id: i64,
    /// Declarant's tax number.
    pub declarant: String,
    /// Exporter's tax number.
    pub exporter: String,
    /// The approved content.
    pub content: String,
    /// The approval.
    pub stored: StoredApproval,
}

#[derive(sqlx::FromRow)]
struct ApprovedRow {
    id: i64,
    declarant: String,
    exporter: String,
    content: Vec<u8>,
    content_dictionary: i64,
    #[sqlx(flatten)]
    approval: ApprovalRow,
}

impl Store {
    /// Approved declarations recorded before this number, the newest first: the approvals that stand.
    ///
    /// # Errors
    /// When the database cannot answer, or holds what cannot be read.
    pub async fn list_latest_approved(&self, before: i64, limit: u32) -> Result<Vec<ApprovedContent>, StoreError> {
        let rows: Vec<ApprovedRow> = read!(self, store => sqlx::query_as(store.text(&LATEST_APPROVALS)).bind(before)
            .bind(i64::from(limit)).fetch_all(store.readers()))?;
        rows.into_iter().map(ApprovedRow::into_content).collect()
    }
}

impl ApprovedRow {
    fn into_content(self) -> Result<ApprovedContent, StoreError> {
        let content = Packed { bytes: self.content, dictionary: self.content_dictionary };
        Ok(ApprovedContent {
            id: self.id,
            declarant: self.declarant,
            exporter: self.exporter,
            content: content.text("declaration_version", "content")?,
            stored: self.approval.into_stored()?,
        })
    }
}
