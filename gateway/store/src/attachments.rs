//! Papers of a declaration: the files that were attached to it, each once.

use crate::connection::{on, read, retrying};
use crate::declarations::{Recorded, instant};
use crate::error::StoreError;
use crate::events::{EventRow, hex, overtaken, save_events};
use crate::sql::statements;
use crate::uploads::{Upload, save_upload};
use crate::{Ids, Store};
use jiff::Timestamp;

statements! {
    ATTACHED_BEFORE = "select upload_id from attachment where declaration_id = $1 and kind = $2 and digest = $3";
    ATTACHED_COUNT = "select count(*) from attachment where declaration_id = $1";
    ATTACH = "insert into attachment (declaration_id, kind, digest, upload_id) values ($1, $2, $3, $4)";
    ATTACHED = "select upload.id, attachment.kind, upload.digest, media_type, name,
            cast(length(bytes) as bigint) as size, uploaded_by, uploaded_at
        from attachment join upload on upload.id = attachment.upload_id
        where attachment.declaration_id = $1 order by upload.id";
    IS_ATTACHED = "select exists (select 1 from attachment where declaration_id = $1 and upload_id = $2)";
    @differ
    LOCK_DECLARATION = sqlite "select id from declaration where id = $1"
        postgres "select id from declaration where id = $1 for update";
}

/// A paper as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The number of its file.
    pub id: i64,
    /// What it is: one of the published kinds.
    pub kind: String,
    /// SHA-256 of its bytes.
    pub digest: Vec<u8>,
    /// Its media type.
    pub media_type: String,
    /// What its sender called it; may be empty.
    pub name: String,
    /// How many bytes it has.
    pub size: i64,
    /// User code of the sender.
    pub uploaded_by: String,
    /// When.
    pub uploaded_at: Timestamp,
}

/// What became of a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attaching {
    /// It is attached under this number, now or before.
    Done(i64),
    /// The declaration has as many as it may have.
    TooMany,
}

#[derive(sqlx::FromRow)]
struct AttachedRow {
    id: i64,
    kind: String,
    digest: Vec<u8>,
    media_type: String,
    name: String,
    size: i64,
    uploaded_by: String,
    uploaded_at: i64,
}

impl Store {
    /// Attaches a file to a declaration; the same file of the same kind is the same paper.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn attach(
        &self,
        declaration: i64,
        (kind, upload): (&str, &Upload),
        most: i64,
        ids: &Ids,
    ) -> Result<Attaching, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                // Two at once are counted one behind the other.
                let _: i64 = sqlx::query_scalar(store.text(&LOCK_DECLARATION)).bind(declaration)
                    .fetch_one(&mut *tx).await?;
                let before: Option<i64> = sqlx::query_scalar(store.text(&ATTACHED_BEFORE)).bind(declaration).bind(kind)
                    .bind(&upload.digest[..]).fetch_optional(&mut *tx).await?;
                if let Some(before) = before {
                    return Ok(Attaching::Done(before));
                }
                let count: i64 = sqlx::query_scalar(store.text(&ATTACHED_COUNT)).bind(declaration)
                    .fetch_one(&mut *tx).await?;
                if count >= most {
                    return Ok(Attaching::TooMany);
                }
                let (now, id) = (upload.uploaded_at, ids.next(upload.uploaded_at));
                save_upload!(store, tx, id, upload);
                sqlx::query(store.text(&ATTACH)).bind(declaration).bind(kind).bind(&upload.digest[..]).bind(id)
                    .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                let body = serde_json::json!({
                    "paper": id.to_string(), "kind": kind, "sha256": hex(&upload.digest), "media_type": upload.media_type,
                    "name": upload.name, "bytes": upload.bytes.len(), "by": upload.uploaded_by,
                });
                let event = EventRow::new(ids.next(now), "declaration.paper_attached", Some(declaration), None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
                Ok(Attaching::Done(id))
            })
        })
        .await
    }

    /// The papers of a declaration, the oldest first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_attached(&self, declaration: i64) -> Result<Vec<Attached>, StoreError> {
        let rows: Vec<AttachedRow> =
            read!(self, store => sqlx::query_as(store.text(&ATTACHED)).bind(declaration).fetch_all(store.readers()))?;
        rows.into_iter().map(AttachedRow::into_attached).collect()
    }

    /// The declaration that a code was issued for.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_declaration_of_code(&self, code: &str) -> Result<Option<Recorded>, StoreError> {
        match self.find_code(code).await? {
            Some((id, _)) => self.find_declaration_by_id(id).await,
            None => Ok(None),
        }
    }

    /// A paper of a declaration as a file; `None` when the number is none of that declaration's.
    ///
    /// # Errors
    /// As [`Store::find_upload`].
    pub async fn find_attached(&self, declaration: i64, id: i64) -> Result<Option<Upload>, StoreError> {
        let is_attached: bool = read!(self, store => sqlx::query_scalar(store.text(&IS_ATTACHED)).bind(declaration)
            .bind(id).fetch_one(store.readers()))?;
        if is_attached { self.find_upload(id).await } else { Ok(None) }
    }
}

impl AttachedRow {
    fn into_attached(self) -> Result<Attached, StoreError> {
        Ok(Attached {
            id: self.id,
            kind: self.kind,
            digest: self.digest,
            media_type: self.media_type,
            name: self.name,
            size: self.size,
            uploaded_by: self.uploaded_by,
            uploaded_at: instant("upload", "uploaded_at", self.uploaded_at)?,
        })
    }
}
