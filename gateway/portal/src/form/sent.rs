//! A form that carries a file: its fields, the file, and how much of it we take.

use crate::Portal;
use axum::extract::Multipart;
use axum::extract::multipart::MultipartRejection;
use axum::http::StatusCode;
use ebirlik_domain::decision::Fault;
use ebirlik_operations::uploads::FILE_BYTES_MAX;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Bytes of such a form: the largest file, and the fields around it.
pub(crate) const FORM_WITH_FILE_BYTES_MAX: usize = FILE_BYTES_MAX + 64 * 1024;
/// Forms with files that are read at a time: some 80 MB.
pub(crate) const FILES_AT_A_TIME: usize = 16;
/// Fields that are looked at.
const FIELDS_MAX: usize = 64;

/// What was sent.
pub(crate) struct Sent {
    pairs: Vec<(String, String)>,
    /// Name and bytes; nothing where none was chosen.
    pub(crate) file: Option<(String, Vec<u8>)>,
    /// The form was longer than we take: what came before is here.
    pub(crate) too_long: bool,
    /// Kept as long as the file is in memory.
    _place: OwnedSemaphorePermit,
}

impl Sent {
    /// A field; empty where it is missing.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }
}

/// Reads a form whose file stands last.
///
/// # Errors
/// When too many such forms are being read.
pub(crate) async fn read(portal: &Portal, multipart: Result<Multipart, MultipartRejection>) -> Result<Sent, Fault> {
    let place = Arc::clone(&portal.files).try_acquire_owned().map_err(|_| Fault::Busy)?;
    let mut sent = Sent { pairs: Vec::new(), file: None, too_long: false, _place: place };
    let Ok(mut multipart) = multipart else { return Ok(sent) };
    while sent.pairs.len() < FIELDS_MAX {
        let field = match multipart.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(error) => {
                sent.too_long = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
                break;
            }
        };
        let name = field.name().unwrap_or_default().to_owned();
        // Some browsers send a path; its last part is the name.
        let file_name = field.file_name().map(|name| name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned());
        match (field.bytes().await, file_name) {
            (Ok(bytes), Some(file_name)) if !bytes.is_empty() => sent.file = Some((file_name, bytes.to_vec())),
            (Ok(_), Some(_)) => {}
            (Ok(bytes), None) => sent.pairs.push((name, String::from_utf8_lossy(&bytes).into_owned())),
            (Err(error), _) => {
                sent.too_long = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
                break;
            }
        }
    }
    Ok(sent)
}
