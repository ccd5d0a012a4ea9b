//! `POST` and `GET /v1/approvals/{ref}/papers`: papers of a declaration, sent and read as files (G-6).

use super::answer::{Form, No, bytes, json};
use super::{Edge, accepts, body, query};
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::Refusal;
use ebirlik_domain::finding::Finding;
use ebirlik_domain::time::printed;
use ebirlik_operations::Client;
use ebirlik_operations::attachments::{self, Named, Paper};
use ebirlik_operations::uploads::{FILE_BYTES_MAX, FileKind, too_large};
use ebirlik_store::attachments::Attached;
use ebirlik_store::events::hex;
use ebirlik_store::uploads::Upload;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, Uri, header};
use serde_json::{Value, json as object};
use std::sync::Arc;

/// Attaches a paper, or lists those that are attached.
pub(crate) async fn serve(edge: State<Arc<Edge>>, client: Extension<Arc<Client>>, request: Request) -> Response {
    let form = Form::accepted(request.headers());
    let served = async {
        if request.method() == Method::POST {
            attach(&edge, &client, request).await
        } else {
            let parts = request.into_parts().0;
            accepts(&parts.headers)?;
            let named = named(&parts.uri, &query::in_path(&parts.uri, APPROVALS, PAPERS));
            let listed = attachments::list(&edge.office, &client, &named).await?.given()?;
            Ok(json(StatusCode::OK, &listed.iter().map(told).collect::<Vec<Value>>()))
        }
    };
    served.await.unwrap_or_else(|no: No| no.respond(form))
}

/// One paper as the file that it is, to be kept and never shown in place.
pub(crate) async fn one(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    parts: Parts,
) -> Response {
    let (reference, paper) = query::around_in_path(&parts.uri, APPROVALS, "/papers/");
    let read = async {
        let id = paper.parse().map_err(|_| Refusal::of(None, Finding::new(Rule::NotFound).value(paper.clone())))?;
        let named = named(&parts.uri, &reference);
        Ok(file(id, attachments::read(&edge.office, &client, &named, id).await?.given()?))
    };
    read.await.unwrap_or_else(|no: No| no.respond(Form::accepted(&parts.headers)))
}

async fn attach(edge: &Edge, client: &Client, request: Request) -> Result<Response, No> {
    let (parts, body) = request.into_parts();
    let early = match accepts(&parts.headers) {
        Ok(_) if parts.headers.contains_key(header::CONTENT_ENCODING) => Err(No::rule(Rule::ContentEncoding)),
        accepted => accepted.map(|_| ()),
    };
    if let Err(no) = early {
        body::drain(&parts.headers, body).await;
        return Err(no);
    }
    let gathered = body::gather(&parts.headers, body, FILE_BYTES_MAX, &edge.config.limits, &edge.bodies).await;
    let gathered = gathered.map_err(|no| match no {
        No::Refused(refusal) if refusal.findings.iter().any(|finding| finding.rule == Rule::BodyTooLarge) => {
            body::too_large(too_large()).into()
        }
        no => no,
    })?;
    let text = |name| query::parameter(&parts.uri, name).unwrap_or_default();
    let paper = Paper { kind: text("kind"), name: text("name"), bytes: gathered.bytes.to_vec() };
    let reference = query::in_path(&parts.uri, APPROVALS, PAPERS);
    let declarant = query::parameter(&parts.uri, "declarant");
    let of = (reference.as_str(), declarant.as_deref());
    let attached = attachments::attach(&edge.office, client, of, paper).await?.given()?;
    Ok(json(StatusCode::OK, &told(&attached)))
}

fn named(uri: &Uri, reference: &str) -> Named {
    Named {
        reference: reference.to_owned(),
        declarant: query::parameter(uri, "declarant"),
        code: query::parameter(uri, "code"),
        exporter: query::parameter(uri, "exporter"),
    }
}

fn told(attached: &Attached) -> Value {
    object!({
        "paper": attached.id.to_string(),
        "kind": attached.kind,
        "name": attached.name,
        "media_type": attached.media_type,
        "bytes": attached.size,
        "sha256": hex(&attached.digest),
        "attached_by": attached.uploaded_by,
        "attached_at": printed(attached.uploaded_at),
    })
}

/// Named by us: whatever its sender called it, it ends in what it is.
fn file(id: i64, upload: Upload) -> Response {
    let kind = FileKind::of_media_type(&upload.media_type);
    let mut response =
        bytes(StatusCode::OK, kind.map_or("application/octet-stream", FileKind::media_type), upload.bytes);
    let name = format!("attachment; filename=\"belge-{id}.{}\"", kind.map_or("bin", FileKind::ending));
    if let Ok(value) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// What stands before a reference in the path, and what behind it.
const APPROVALS: &str = "/v1/approvals/";
const PAPERS: &str = "/papers";
