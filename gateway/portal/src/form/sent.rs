//! What a form sent, whichever way browsers send it: as pairs, or in parts where a file may come with it.

use crate::Portal;
use axum::RequestExt;
use axum::extract::{Form, FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use std::convert::Infallible;
use std::sync::Arc;

/// The fields, and the one file that a form of ours may hold.
#[derive(Default)]
pub(crate) struct Sent {
    pairs: Vec<(String, String)>,
    file: Vec<u8>,
    /// It was longer than its address takes, or broke off.
    pub(crate) is_cut: bool,
}

impl Sent {
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
        (!self.file.is_empty()).then_some(self.file.as_slice())
    }

    /// The file, taken out.
    pub(crate) fn into_file(self) -> Vec<u8> {
        self.file
    }

    async fn of(request: Request) -> Option<Self> {
        let content_type =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !content_type.starts_with("multipart/form-data") {
            let Form(pairs) = request.extract::<Form<Vec<(String, String)>>, _>().await.ok()?;
            return Some(Self { pairs, ..Self::default() });
        }
        let mut parts: Multipart = request.extract().await.ok()?;
        let mut sent = Self::default();
        while let Some(part) = parts.next_field().await.ok()? {
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_some() {
                sent.file = part.bytes().await.ok()?.into();
            } else {
                sent.pairs.push((name, part.text().await.ok()?));
            }
        }
        Some(sent)
    }
}

impl FromRequest<Arc<Portal>> for Sent {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &Arc<Portal>) -> Result<Self, Infallible> {
        Ok(Self::of(request).await.unwrap_or(Self { is_cut: true, ..Self::default() }))
    }
}
