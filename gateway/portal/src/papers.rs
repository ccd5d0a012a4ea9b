//! Documents on their way to the browser: each piece leaves as it is made.

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use ebirlik_domain::decision::Fault;
use ebirlik_operations::papers::{Form, Paper, PaperError, Slip};
use ebirlik_operations::pieces::{Pipe, in_pieces};
use ebirlik_operations::{Client, Office};
use std::sync::Arc;
use tokio::runtime::Handle;

/// Makes a document and sends it to be kept. `name` is the file's name without its ending.
///
/// # Errors
/// When too many are being made, or the store does not answer.
pub(crate) async fn document(
    (office, client): (&Arc<Office>, &Client),
    (name, form): (&str, Form),
    make: impl FnOnce(&Handle, &Office, &mut Pipe) -> Result<(), PaperError> + Send + 'static,
) -> Result<Response, Fault> {
    office.catch_up().await?;
    let shared = Arc::clone(office);
    let pieces = in_pieces(client, move |runtime, pipe| make(runtime, &shared, pipe)).await?;
    Ok(file(name, form, Body::from_stream(pieces)))
}

/// A document that is made already.
pub(crate) fn file(name: &str, form: Form, body: impl Into<Body>) -> Response {
    let (media, ending) = match form {
        Form::Pdf => ("application/pdf", "pdf"),
        Form::Xlsx => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    };
    let kept: String = name.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
    let disposition = format!("attachment; filename=\"{kept}.{ending}\"");
    ([(CONTENT_TYPE, media.to_owned()), (CONTENT_DISPOSITION, disposition)], body.into()).into_response()
}

/// What an address says of a document; what it does not say, or not so that it can be meant, is the usual.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) form: Form,
    pub(crate) paper: Paper,
    pub(crate) slip: Slip,
}

impl Asked {
    /// By `format=xlsx`, `paper=80mm` and `slip=bilgi`, as in the programs' interface.
    pub(crate) fn of(pairs: &[(String, String)]) -> Self {
        let says = |name: &str, word: &str| pairs.iter().any(|(key, value)| key == name && value == word);
        Self {
            form: if says("format", "xlsx") { Form::Xlsx } else { Form::Pdf },
            paper: if says("paper", "80mm") { Paper::Roll80mm } else { Paper::A4 },
            slip: if says("slip", "bilgi") { Slip::Information } else { Slip::Receipt },
        }
    }
}
