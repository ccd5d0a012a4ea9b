//! Documents as they are made: receipts, slips and statements, each page on its way before the next one is laid out.

use super::answer::{Form as Refusals, No, bytes};
use super::feed::{parameter, period_days};
use super::{Edge, accepts, accounts, query};
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_operations::Client;
pub(crate) use ebirlik_operations::papers::Form;
use ebirlik_operations::papers::{self, Paper, PaperError, Slip, Wanted};
use ebirlik_operations::pieces::{Pipe, in_pieces};
use ebirlik_operations::reconcile::Month;
use ebirlik_store::receipts::ReceiptFilter;
use http::request::Parts;
use http::{HeaderValue, StatusCode, Uri, header};
use std::sync::Arc;
use tokio::runtime::Handle;

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
    let (edge, whose) = (Arc::clone(edge), Arc::clone(client));
    let made = streamed(client, form, move |runtime, pipe| {
        papers::write_receipts(runtime, &edge.office, &whose, &wanted, pipe)
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
    let made = streamed(client, form, move |runtime, pipe| {
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
    let (edge, whose, name) = (Arc::clone(edge), Arc::clone(client), format!("mutabakat-{}", month.text()));
    let made = streamed(client, Form::Xlsx, move |runtime, pipe| {
        papers::write_differences(runtime, &edge.office, &whose, (&month, &kind), pipe)
    });
    Ok(named(made.await?, &name, Form::Xlsx))
}

async fn streamed(
    client: &Client,
    form: Form,
    make: impl FnOnce(&Handle, &mut Pipe) -> Result<(), PaperError> + Send + 'static,
) -> Result<Response, No> {
    let pieces = in_pieces(client, make).await?;
    let content_type = if form == Form::Pdf { PDF } else { XLSX };
    Ok(bytes(StatusCode::OK, content_type, Body::from_stream(pieces)))
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
