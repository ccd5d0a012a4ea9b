//! What would HTTP alone cost? A hyper server that takes a body and answers 500 bytes, or 300 to a GET.

use anyhow::Result;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use tokio::net::TcpListener;

/// Serves on the port of `BARE_PORT` until told to end.
pub(crate) fn serve() -> Result<()> {
    let port: u16 = std::env::var(PORT)?.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)),
            );
        }
    })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let bytes: &'static [u8] = if request.method() == Method::GET { &[b'g'; 300] } else { &[b'p'; 500] };
    // A body that breaks ends its connection by itself.
    let _whole = request.into_body().collect().await;
    Ok(Response::new(Full::new(Bytes::from_static(bytes))))
}

/// Names the port.
pub(crate) const PORT: &str = "BARE_PORT";
