//! Documents as they are made: receipts, slips and statements, each page on its way before the next one is laid out.

use super::answer::{Form as Refusals, No, bytes};
use super::feed::{parameter, period_days};
use super::{Edge, accepts, accounts, query};
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_operations::Client;
pub(crate) use ebirlik_operations::papers::Form;
use ebirlik_operations::papers::{self, Paper, PaperError, Slip, Wanted};
use ebirlik_operations::reconcile::Month;
use ebirlik_store::receipts::ReceiptFilter;
use http::request::Parts;
use http::{HeaderValue, StatusCode, Uri, header};
use hyper::body::{Body as HttpBody, Frame};
use std::collections::BTreeSet;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// One receipt by its number.
pub(crate) async fn one(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    parts: Parts,
) -> Response {
    let number = query::in_path(&parts.uri, RECEIPTS, "");
    let shown = async {
        let (paper, slip) = (paper(&parts.uri)?, slip(&parts.uri)?);
        edge.office.catch_up().await?;
        let made = papers::one_receipt(&edge.office, &client, &number, paper, slip).await.map_err(Fault::from)?;
        let made = made.ok_or_else(|| Refusal::of(None, Finding::new(Rule::NotFound).value(number.clone())))?;
        Ok(named(bytes(StatusCode::OK, PDF, made), &number, Form::Pdf))
    };
    shown.await.unwrap_or_else(|no: No| no.respond(Refusals::accepted(&parts.headers)))
}

/// The document that an address asks for; with none it is JSON, and the client must take that. Who names a form takes it.
///
/// # Errors
/// When it is none that we have, or JSON is not taken.
pub(crate) fn form(parts: &Parts) -> Result<Option<Form>, No> {
    match query::parameter(&parts.uri, "format").as_deref() {
        None | Some("json") => accepts(&parts.headers).map(|_| None),
        Some("pdf") => Ok(Some(Form::Pdf)),
        Some("xlsx") => Ok(Some(Form::Xlsx)),
        Some(other) => Err(parameter("format", other.to_owned())),
    }
}

/// Receipts as one document (G-73).
///
/// # Errors
/// When the query cannot be meant so, too many documents are being made, or the store does not answer.
pub(crate) async fn receipts(
    edge: &Arc<Edge>,
    client: &Arc<Client>,
    uri: &Uri,
    (filter, year, form): (ReceiptFilter, i64, Form),
) -> Result<Response, No> {
    let wanted = Wanted { filter, year, slip: slip(uri)?, paper: paper(uri)?, form };
    let (edge, client) = (Arc::clone(edge), Arc::clone(client));
    let made = streamed(Turn::of(&client), form, move |runtime, pipe| {
        papers::write_receipts(runtime, &edge.office, &client, &wanted, pipe)
    });
    Ok(named(made.await?, "makbuzlar", form))
}

/// The statement of an account as a document (G-72).
///
/// # Errors
/// As [`receipts`].
pub(crate) async fn statement(edge: &Arc<Edge>, client: &Client, uri: &Uri, form: Form) -> Result<Response, No> {
    let account = accounts::own(edge, client, &query::in_path(uri, accounts::ACCOUNTS, "/statement")).await?;
    let days = period_days(uri, edge.office.clock.today())?;
    edge.office.catch_up().await?;
    let (edge, name) = (Arc::clone(edge), format!("ekstre-{}", account.name()));
    let made = streamed(Turn::of(client), form, move |runtime, pipe| {
        papers::write_statement(runtime, &edge.office, &account, days, form, pipe)
    });
    Ok(named(made.await?, &name, form))
}

/// The lists of a month's match as a workbook.
///
/// # Errors
/// As [`receipts`].
pub(crate) async fn differences(
    edge: &Arc<Edge>,
    client: &Arc<Client>,
    month: Month,
    kind: String,
) -> Result<Response, No> {
    let (edge, client, name) = (Arc::clone(edge), Arc::clone(client), format!("mutabakat-{}", month.text()));
    let made = streamed(Turn::of(&client), Form::Xlsx, move |runtime, pipe| {
        papers::write_differences(runtime, &edge.office, &client, (&month, &kind), pipe)
    });
    Ok(named(made.await?, &name, Form::Xlsx))
}

/// Makes a document on a thread of its own. What breaks before its first piece is full is answered as a fault; later the
/// connection ends within the document, so that nobody takes a part for the whole.
async fn streamed(
    turn: Option<Turn>,
    form: Form,
    make: impl FnOnce(&Handle, &mut Pipe) -> Result<(), PaperError> + Send + 'static,
) -> Result<Response, No> {
    let turn = turn.ok_or(Fault::Busy)?;
    let (sender, mut receiver) = mpsc::channel(CHUNKS);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut pipe = Pipe { sender, buffer: Vec::with_capacity(CHUNK_BYTES) };
        if let Err(error) = make(&runtime, &mut pipe).and_then(|()| pipe.end().map_err(PaperError::Gone)) {
            tracing::warn!(%error, "a document was not made to its end");
        }
    });
    let Some(Piece::Bytes(first)) = receiver.recv().await else { return Err(Fault::Unavailable.into()) };
    let content_type = if form == Form::Pdf { PDF } else { XLSX };
    Ok(bytes(StatusCode::OK, content_type, Body::new(Chunks { first: Some(first), receiver })))
}

/// A turn at making a long document: of [`TURNS`] at once, one for each firm or secretariat, so that nobody who reads
/// slowly holds them all.
struct Turn(String);

/// Who has a turn now.
static TAKEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

impl Turn {
    fn of(client: &Client) -> Option<Self> {
        let whose = if client.firm.is_empty() { &client.secretariat } else { &client.firm };
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        (taken.len() < TURNS && taken.insert(whose.clone())).then(|| Self(whose.clone()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        TAKEN.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// What travels from the maker to the client. A maker that goes without its end broke off.
enum Piece {
    Bytes(Bytes),
    End,
}

/// What a document is written into: pieces on their way to the client.
struct Pipe {
    sender: mpsc::Sender<Piece>,
    buffer: Vec<u8>,
}

impl Pipe {
    fn send(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK_BYTES));
        self.sender.blocking_send(Piece::Bytes(piece.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn end(&mut self) -> io::Result<()> {
        self.send()?;
        self.sender.blocking_send(Piece::End).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl io::Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= CHUNK_BYTES {
            self.send()?;
        }
        Ok(bytes.len())
    }

    /// Pieces go when they are full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The pieces as a body.
struct Chunks {
    first: Option<Bytes>,
    receiver: mpsc::Receiver<Piece>,
}

impl HttpBody for Chunks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        self.receiver.poll_recv(context).map(|piece| match piece {
            Some(Piece::Bytes(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Piece::End) => None,
            None => Some(Err(io::Error::other("the document broke off"))),
        })
    }
}

fn paper(uri: &Uri) -> Result<Paper, No> {
    match query::parameter(uri, "paper").as_deref() {
        None | Some("a4") => Ok(Paper::A4),
        Some("80mm") => Ok(Paper::Roll80mm),
        Some(other) => Err(parameter("paper", other.to_owned())),
    }
}

fn slip(uri: &Uri) -> Result<Slip, No> {
    match query::parameter(uri, "slip").as_deref() {
        None | Some("makbuz") => Ok(Slip::Receipt),
        Some("bilgi") => Ok(Slip::Information),
        Some(other) => Err(parameter("slip", other.to_owned())),
    }
}

fn named(mut response: Response, name: &str, form: Form) -> Response {
    let end = if form == Form::Pdf { "pdf" } else { "xlsx" };
    let kept: String = name.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{kept}.{end}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// What stands before a receipt's number in the path.
const RECEIPTS: &str = "/v1/receipts/";
const PDF: &str = "application/pdf";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Long documents that are made at once; each keeps a thread and a core busy.
const TURNS: usize = 2;
/// Pieces that wait for the client.
const CHUNKS: usize = 8;
const CHUNK_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use ebirlik_operations::Roles;

    /// G-73: one firm holds one turn at a time, and leaves the other to others.
    #[test]
    fn one_firm_has_one_turn() {
        let of = |firm: &str, secretariat: &str| Client {
            code: "x".to_owned(),
            firm: firm.to_owned(),
            secretariat: secretariat.to_owned(),
            roles: Roles::default(),
        };
        let first = Turn::of(&of("1234567890", ""));
        assert!(first.is_some() && Turn::of(&of("1234567890", "")).is_none());
        let second = Turn::of(&of("", "IMMIB"));
        assert!(second.is_some() && Turn::of(&of("", "OAIB")).is_none());
        drop(first);
        assert!(Turn::of(&of("1234567890", "")).is_some());
        drop(second);
    }
}
