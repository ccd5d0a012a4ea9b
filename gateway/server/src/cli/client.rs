//! Asking a server as one of its users does: over HTTP, with a user code and a password.

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use std::time::Duration;

/// A server, and who asks it.
#[derive(Debug, Clone)]
pub(crate) struct Asking {
    client: Client,
    base: Url,
    user: String,
    password: String,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answered {
    /// HTTP status.
    pub(crate) status: StatusCode,
    /// The body.
    pub(crate) body: Vec<u8>,
    /// When to come back, if the server says so.
    pub(crate) retry_after: Option<Duration>,
}

/// Why a server was not heard.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// The address.
    #[error("{0:?} is no address of a server; give one such as https://onay.example.org")]
    Url(String),
    /// No connection, or it broke off.
    #[error("the server cannot be asked: {0}")]
    Http(#[from] reqwest::Error),
    /// It refused.
    #[error("the server refuses ({status}): {reason}")]
    Refused {
        /// HTTP status.
        status: StatusCode,
        /// What it says.
        reason: String,
    },
    /// It answered in a way that we do not know.
    #[error("the server answered {0} in a form that is not ours")]
    Foreign(StatusCode),
}

impl Asking {
    /// Ready to ask.
    ///
    /// # Errors
    /// When the address is none.
    pub(crate) fn new(url: &str, user: String, password: String) -> Result<Self, ClientError> {
        let mut base = Url::parse(url).map_err(|_| ClientError::Url(url.to_owned()))?;
        if base.cannot_be_a_base() || !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        let client = Client::builder().timeout(ANSWER_TIMEOUT).connect_timeout(CONNECT_TIMEOUT).build()?;
        Ok(Self { client, base, user, password })
    }

    /// The same server, asked by another user.
    pub(crate) fn as_user(&self, user: &str, password: &str) -> Self {
        Self { user: user.to_owned(), password: password.to_owned(), ..self.clone() }
    }

    /// Asks with `GET`.
    ///
    /// # Errors
    /// When the server is not heard.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answered, ClientError> {
        heard(self.request(Method::GET, path, query)?.send().await?).await
    }

    /// Sends a body with `POST`; a server that is busy is asked again, with the same bytes, a few times.
    ///
    /// # Errors
    /// When the server is not heard.
    pub(crate) async fn post(
        &self,
        path: &str,
        query: &[(&str, &str)],
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Answered, ClientError> {
        let body = bytes::Bytes::from(body);
        let mut tries = 1;
        loop {
            let request = self.request(Method::POST, path, query)?.header(CONTENT_TYPE, content_type);
            let answered = heard(request.body(body.clone()).send().await?).await?;
            match answered.retry_after {
                Some(pause) if tries < TRIES_MAX => tokio::time::sleep(pause.min(PAUSE_MAX)).await,
                _ => return Ok(answered),
            }
            tries += 1;
        }
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, &str)]) -> Result<RequestBuilder, ClientError> {
        let mut url = self.base.join(path).map_err(|_| ClientError::Url(path.to_owned()))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(self.client.request(method, url).basic_auth(&self.user, Some(&self.password)))
    }
}

async fn heard(response: Response) -> Result<Answered, ClientError> {
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let body = response.bytes().await?.to_vec();
    Ok(Answered { status, body, retry_after: retry_after.map(Duration::from_secs) })
}

/// Longest wait for an answer. A declaration of 9,999 items takes about a second.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often the same bytes are sent to a server that cannot tell now.
const TRIES_MAX: u32 = 5;
/// Longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(5);
