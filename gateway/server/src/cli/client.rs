//! Asking a server as one of its users does: over HTTP, with a user code and a password, a client certificate, or both.

use super::{CommandError, output};
use clap::Args;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Certificate, Client, ClientBuilder, Identity, Method, RequestBuilder, Response, StatusCode, Url};
use std::error::Error;
use std::fs;
use std::iter::successors;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// Whom a server's certificate is believed for, and which one is shown to it.
#[derive(Debug, Default, Args)]
pub(crate) struct Trust {
    /// Believe servers whose certificate this private authority issued (PEM), and no others
    #[arg(long, value_name = "FILE", requires = "url")]
    ca: Option<PathBuf>,
    /// Sign in with this client certificate (PEM); then --user is not needed
    #[arg(long, value_name = "FILE", requires = "certificate_key", requires = "url")]
    certificate: Option<PathBuf>,
    /// Private key of the client certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "certificate")]
    certificate_key: Option<PathBuf>,
}

/// A server, and who asks it.
#[derive(Debug, Clone)]
pub(crate) struct Asking {
    client: Client,
    base: Url,
    /// User code and password; nothing where a certificate says it all.
    basic: Option<(String, String)>,
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
    /// A file holds no certificate, or no key.
    #[error("{0}: {1}")]
    Pem(PathBuf, #[source] reqwest::Error),
    /// No connection, or it broke off.
    #[error("the server cannot be asked: {}", innermost(.0))]
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
        Self::over(Client::builder(), url, Some((user, password)))
    }

    /// Ready to ask as the command line says. With a user it takes the password from where commands do.
    ///
    /// # Errors
    /// When the address is none, a file cannot be used, or there is no password.
    pub(crate) fn trusting(trust: &Trust, url: &str, user: Option<&str>) -> Result<Self, CommandError> {
        let client = trust.apply(Client::builder())?;
        let basic = user.map(|user| Ok::<_, CommandError>((user.to_owned(), output::password()?))).transpose()?;
        Ok(Self::over(client, url, basic)?)
    }

    fn over(client: ClientBuilder, url: &str, basic: Option<(String, String)>) -> Result<Self, ClientError> {
        let mut base = Url::parse(url).map_err(|_| ClientError::Url(url.to_owned()))?;
        if base.cannot_be_a_base() || !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        let client = client.timeout(ANSWER_TIMEOUT).connect_timeout(CONNECT_TIMEOUT).build()?;
        Ok(Self { client, base, basic })
    }

    /// The same server, asked by another user.
    pub(crate) fn as_user(&self, user: &str, password: &str) -> Self {
        Self { basic: Some((user.to_owned(), password.to_owned())), ..self.clone() }
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
        let request = self.client.request(method, url);
        Ok(match &self.basic {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        })
    }
}

impl Trust {
    /// Whether a certificate says who asks.
    pub(crate) fn signs_in(&self) -> bool {
        self.certificate.is_some()
    }

    fn apply(&self, mut client: ClientBuilder) -> Result<ClientBuilder, CommandError> {
        let read = |file: &PathBuf| fs::read(file).map_err(|error| CommandError::File(file.clone(), error));
        let unfit = |file: &PathBuf| {
            let file = file.clone();
            move |error| CommandError::from(ClientError::Pem(file, error))
        };
        if let Some(file) = &self.ca {
            let authorities = Certificate::from_pem_bundle(&read(file)?).map_err(unfit(file))?;
            client = client.tls_certs_only(authorities);
        }
        if let (Some(file), Some(key)) = (&self.certificate, &self.certificate_key) {
            let pair = Zeroizing::new([read(key)?, b"\n".to_vec(), read(file)?].concat());
            client = client.identity(Identity::from_pem(&pair).map_err(unfit(file))?);
        }
        Ok(client)
    }
}

/// What it comes down to, such as a certificate that is not believed, with the address before it.
fn innermost(error: &reqwest::Error) -> String {
    let causes = successors(error.source(), |cause| (*cause).source());
    causes.last().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
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
