//! Who takes our mails? A mail server, spoken to in SMTP.

use ebirlik_store::mails::Mail;
use jiff::Timestamp;
use lettre::address::AddressError;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::{self, AsyncSmtpTransport, PoolConfig};
use lettre::{AsyncTransport, Tokio1Executor};
use std::fmt;
use std::time::{Duration, SystemTime};

/// A mail server, and in whose name mails go out.
pub struct Post {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why there is no way to a mail server.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// Its address cannot be read. The address may hold a password and is not shown.
    #[error("the mail server's address cannot be read; give one such as smtp://host:25 or smtps://user:password@host")]
    Server(#[source] smtp::Error),
    /// Our own address cannot be read.
    #[error("the sender's address cannot be read: {0}")]
    From(#[from] AddressError),
}

/// Why a mail was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It may be taken later.
    ForNow,
    /// It never will be.
    ForEver,
}

impl Post {
    /// To the server at an address such as `smtp://host:25`, in the name of somebody such as
    /// `e-birlik <noreply@example.org>`. Nothing is connected yet.
    ///
    /// # Errors
    /// When one of the two cannot be read.
    pub fn open(server: &str, from: &str) -> Result<Self, PostError> {
        let from = from.parse()?;
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(server).map_err(PostError::Server)?;
        let pool = PoolConfig::new().max_size(CONNECTIONS_MAX).idle_timeout(RESTS);
        Ok(Self { server: server.timeout(Some(PATIENCE)).pool_config(pool).build(), from })
    }

    /// Gives a mail to the server; its text is not kept here.
    pub(super) async fn send(&self, mail: &Mail, now: Timestamp) -> Result<(), Refused> {
        let message = self.message(mail, now).map_err(|error| {
            tracing::error!(mail = mail.id, %error, "a mail cannot be written");
            Refused::ForEver
        })?;
        match self.server.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => {
                // What servers say may name the addressee.
                let (permanent, code) = (error.is_permanent(), error.status().map(|code| code.to_string()));
                tracing::warn!(mail = mail.id, permanent, code, "a mail was not taken");
                Err(if permanent { Refused::ForEver } else { Refused::ForNow })
            }
        }
    }

    fn message(&self, mail: &Mail, now: Timestamp) -> Result<Message, Box<dyn std::error::Error + Send + Sync>> {
        // The same mail sent twice has the same name, so that it can be known again.
        let name = format!("<{}@{}>", mail.id, self.from.email.domain());
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, mail.to_address.parse()?))
            .subject(&mail.subject)
            .message_id(Some(name))
            .date(SystemTime::from(now));
        let text = SinglePart::plain(mail.whole_text());
        let Some(bytes) = &mail.attachment else { return Ok(message.singlepart(text)?) };
        let file = Attachment::new(mail.attachment_name.clone());
        let file = file.body(bytes.clone(), ContentType::parse("application/pdf")?);
        Ok(message.multipart(MultiPart::mixed().singlepart(text).singlepart(file))?)
    }
}

impl fmt::Debug for Post {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Post").field("from", &self.from.to_string()).finish_non_exhaustive()
    }
}

/// Mails go one after the other; a second connection is for whoever asks meanwhile.
const CONNECTIONS_MAX: u32 = 2;
/// Mail servers close connections that rest; ours do not rest that long.
const RESTS: Duration = Duration::from_secs(30);
/// How long each step of the conversation may take.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_and_a_sender_are_read_and_no_password_is_shown() {
        let post = Post::open("smtp://user:gizli@127.0.0.1:2525", "e-birlik <noreply@birlik.example>").unwrap();
        assert!(!format!("{post:?}").contains("gizli"));
        let refused = Post::open("http://user:gizli@host", "a@b.co").err().unwrap();
        assert!(!refused.to_string().contains("gizli"));
        assert!(matches!(Post::open("smtp://127.0.0.1", "nobody"), Err(PostError::From(_))));
    }
}
