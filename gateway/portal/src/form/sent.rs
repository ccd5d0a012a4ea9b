//! What a form sent, whichever way browsers send it: as pairs, or in parts where a file may come with it.

use crate::session::Asker;
use crate::{Portal, notice};
use axum::RequestExt;
use axum::extract::{Form, FromRequest, FromRequestParts, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use ebirlik_operations::uploads::FILE_BYTES_MAX;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Bytes of a form with a file: the largest file, and the fields around it.
pub(crate) const FORM_WITH_FILE_BYTES_MAX: usize = FILE_BYTES_MAX + 64 * 1024;
/// Forms with files that are read at a time: some 80 MB.
pub(crate) const FILES_AT_A_TIME: usize = 16;
/// Fields that are looked at.
const FIELDS_MAX: usize = 1_000;

/// The fields, and the one file that a form of ours may hold.
#[derive(Default)]
pub(crate) struct Sent {
    pairs: Vec<(String, String)>,
    /// Name and bytes; nothing where none was chosen.
    file: Option<(String, Vec<u8>)>,
    /// It was longer than its address takes, or broke off: what came before is here.
    pub(crate) is_cut: bool,
    /// Kept as long as the file is in memory.
    _place: Option<OwnedSemaphorePermit>,
}

impl Sent {
    /// A form of which nothing could be read.
    pub(crate) fn cut() -> Self {
        Self { is_cut: true, ..Self::default() }
    }

    /// A field's text as typed; empty where it did not come.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// Every value of a field that comes more than once.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The file; nothing where none was chosen.
    pub(crate) fn file(&self) -> Option<&[u8]> {
        self.file.as_ref().map(|(_, bytes)| bytes.as_slice())
    }

    /// The file with its name, taken out.
    pub(crate) fn take_file(&mut self) -> Option<(String, Vec<u8>)> {
        self.file.take()
    }

    /// The file, taken out; empty where none was chosen.
    pub(crate) fn into_file(self) -> Vec<u8> {
        self.file.map(|(_, bytes)| bytes).unwrap_or_default()
    }

    /// Reads parts up to where they end, or break off.
    async fn read(&mut self, mut parts: Multipart) {
        while self.pairs.len() < FIELDS_MAX {
            let part = match parts.next_field().await {
                Ok(Some(part)) => part,
                Ok(None) => return,
                Err(_) => break,
            };
            let name = part.name().unwrap_or_default().to_owned();
            // Some browsers send a path; its last part is the name.
            let file_name = part.file_name().map(|name| name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned());
            match (part.bytes().await, file_name) {
                (Ok(bytes), Some(file_name)) if !bytes.is_empty() => self.file = Some((file_name, bytes.into())),
                (Ok(_), Some(_)) => {}
                (Ok(bytes), None) => self.pairs.push((name, String::from_utf8_lossy(&bytes).into_owned())),
                (Err(_), _) => break,
            }
        }
        self.is_cut = true;
    }
}

impl FromRequest<Arc<Portal>> for Sent {
    type Rejection = Response;

    /// # Errors
    /// When too many forms with files are being read.
    async fn from_request(request: Request, portal: &Arc<Portal>) -> Result<Self, Response> {
        let content_type =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !content_type.starts_with("multipart/form-data") {
            let pairs = request.extract::<Form<Vec<(String, String)>>, _>().await;
            return Ok(match pairs {
                Ok(Form(pairs)) => Self { pairs, ..Self::default() },
                Err(_) => Self::cut(),
            });
        }
        let Ok(place) = Arc::clone(&portal.files).try_acquire_owned() else {
            let Ok(asker) = Asker::from_request_parts(&mut request.into_parts().0, portal).await;
            return Err(notice::unavailable(&asker));
        };
        let mut sent = Self { _place: Some(place), ..Self::default() };
        match request.extract::<Multipart, _>().await {
            Ok(parts) => sent.read(parts).await,
            Err(_) => sent.is_cut = true,
        }
        Ok(sent)
    }
}
