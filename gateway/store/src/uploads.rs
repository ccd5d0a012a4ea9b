//! Files that people send: written in the transaction of what they are for, read by number.
//!
//! What a file is for stands in a table of its own beside this one; see [`crate::attachments`] for papers of declarations.

use crate::Store;
use crate::connection::read;
use crate::declarations::instant;
use crate::error::StoreError;
use crate::sql::statements;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

statements! {
    SAVE_UPLOAD = "insert into upload (id, digest, media_type, bytes, name, uploaded_by, uploaded_at)
        values ($1, $2, $3, $4, $5, $6, $7)";
    UPLOAD = "select digest, media_type, bytes, name, uploaded_by, uploaded_at from upload where id = $1";
}

/// A file as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// SHA-256 of its bytes.
    pub digest: [u8; 32],
    /// Its media type, as its content shows.
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// What its sender called it; may be empty.
    pub name: String,
    /// User code of the sender, or who else sent it.
    pub uploaded_by: String,
    /// When.
    pub uploaded_at: Timestamp,
}

/// Digest, media type, bytes, name, sender, instant.
type UploadTuple = (Vec<u8>, String, Vec<u8>, String, String, i64);

/// Keeps a file within the transaction of what it is for, under a number of [`crate::Ids`].
macro_rules! save_upload {
    ($store:ident, $tx:ident, $id:expr, $upload:expr) => {{
        let upload: &$crate::uploads::Upload = $upload;
        sqlx::query($store.text(&$crate::uploads::SAVE_UPLOAD))
            .bind($id)
            .bind(&upload.digest[..])
            .bind(&upload.media_type)
            .bind(&upload.bytes)
            .bind(&upload.name)
            .bind(&upload.uploaded_by)
            .bind(upload.uploaded_at.as_microsecond())
            .execute(&mut *$tx)
            .await
            .map_err(|error| $crate::events::overtaken(error.into()))?;
    }};
}
pub(crate) use save_upload;

impl Upload {
    /// A file with its digest.
    pub fn of(bytes: Vec<u8>, media_type: &str, name: &str, (by, at): (&str, Timestamp)) -> Self {
        Self {
            digest: Sha256::digest(&bytes).into(),
            media_type: media_type.to_owned(),
            bytes,
            name: name.to_owned(),
            uploaded_by: by.to_owned(),
            uploaded_at: at,
        }
    }
}

impl Store {
    /// A file by its number. Who may have it is decided by what it is for.
    ///
    /// # Errors
    /// When the database cannot answer, or the file is not what was written.
    pub async fn find_upload(&self, id: i64) -> Result<Option<Upload>, StoreError> {
        let row: Option<UploadTuple> =
            read!(self, store => sqlx::query_as(store.text(&UPLOAD)).bind(id).fetch_optional(store.readers()))?;
        let Some((digest, media_type, bytes, name, uploaded_by, at)) = row else { return Ok(None) };
        let upload = Upload::of(bytes, &media_type, &name, (&uploaded_by, instant("upload", "uploaded_at", at)?));
        if upload.digest[..] != digest[..] {
            return Err(StoreError::Inconsistent { table: "upload", column: "bytes", value: id.to_string() });
        }
        Ok(Some(upload))
    }
}
