//! `POST /v1/registrations` and the exit of its goods: customs binds a code and its own number, once.

use super::answer::{Form, No, json};
use super::{Edge, accepts, body, query};
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use ebirlik_domain::time::printed;
use ebirlik_operations::Client;
use ebirlik_operations::customs::{self, Presentation, Registered};
use ebirlik_operations::status::Answer;
use http::StatusCode;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A registration as sent.
#[derive(Debug, Deserialize)]
struct Asked {
    code: String,
    registration_no: String,
    #[serde(rename = "ref")]
    reference: String,
    exporter: String,
}

/// A registration as JSON says it.
#[derive(Debug, Serialize)]
struct Told<'a> {
    code: &'a str,
    registration_no: &'a str,
    #[serde(rename = "ref")]
    reference: &'a str,
    registered_at: String,
    exited_at: Option<String>,
}

/// Binds a code and a registration number.
pub(crate) async fn register(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
) -> Response {
    let form = Form::accepted(request.headers());
    let answered = async {
        let (_, _, asked): (_, _, Asked) =
            body::asked_in_json(&edge, request, edge.config.limits.list_bytes_max).await?;
        let Asked { code, registration_no, reference, exporter } = asked;
        let asked = Presentation { code, registration_no, reference, exporter };
        told(Box::pin(customs::register(&edge.office, &client, &asked)).await?)
    };
    answered.await.unwrap_or_else(|no: No| no.respond(form))
}

/// The goods have left.
pub(crate) async fn exit(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    parts: Parts,
) -> Response {
    let number = query::in_path(&parts.uri, REGISTRATIONS, "/exit");
    let answered = async {
        accepts(&parts.headers)?;
        told(customs::exit(&edge.office, &client, &number).await?)
    };
    answered.await.unwrap_or_else(|no: No| no.respond(Form::accepted(&parts.headers)))
}

fn told(answer: Answer<Registered>) -> Result<Response, No> {
    let registered = answer.given()?;
    Ok(json(
        StatusCode::OK,
        &Told {
            code: &registered.code,
            registration_no: &registered.registration_no,
            reference: &registered.reference,
            registered_at: printed(registered.registered_at),
            exited_at: registered.exited_at.map(printed),
        },
    ))
}

/// What stands before a registration number in the path.
const REGISTRATIONS: &str = "/v1/registrations/";
