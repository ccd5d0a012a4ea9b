//! Which mail server takes our mails, and where do their links lead?

use crate::server::StartError;
use ebirlik_operations::mail::{Mailing, Post};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The section `[mail]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The mail server, such as `smtps://user:password@mail.example.org`, `smtp://mail.example.org?tls=required`, or
    /// `smtp://127.0.0.1:25`.
    smtp: Address,
    /// In whose name mails go out, such as `e-birlik <noreply@example.org>`.
    from: String,
}

/// An address that may hold a password and is not shown where settings are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Address(String);

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Address")
    }
}

impl Settings {
    /// The first setting that would be unsafe: its name, what may be shown of it, and why it is refused.
    pub(crate) fn unsafe_setting(&self) -> Option<(&'static str, String, &'static str)> {
        let Ok(url) = Url::parse(&self.smtp.0) else { return Some(("mail.smtp", String::new(), NO_SERVER)) };
        let host = url.host_str().unwrap_or_default();
        let is_own = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let is_private = url.scheme() == "smtps" || url.query_pairs().any(|(name, _)| name == "tls");
        (!is_own && !is_private).then(|| ("mail.smtp", host.to_owned(), IN_THE_CLEAR))
    }
}

/// How mails are made and sent here: to the server of the settings, or to nobody; all of them shown on a page where
/// `is_shown`.
///
/// # Errors
/// When a setting cannot be read.
pub(crate) fn open(settings: Option<&Settings>, public_url: &str, is_shown: bool) -> Result<Mailing, StartError> {
    let post = settings.map(|settings| Post::open(&settings.smtp.0, &settings.from)).transpose()?;
    Ok(Mailing { public_url: public_url.trim_end_matches('/').to_owned(), post, is_shown })
}

const NO_SERVER: &str =
    "not an address; give one such as smtp://127.0.0.1:25 or smtps://user:password@mail.example.org";
const IN_THE_CLEAR: &str = "links that set passwords would cross the network in the clear; give smtps://, or add \
    ?tls=required (or ?tls=opportunistic in a network of your own)";

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(smtp: &str) -> Settings {
        toml::from_str(&format!("smtp = \"{smtp}\"\nfrom = \"e-birlik <a@birlik.example>\"\n")).unwrap()
    }

    #[test]
    fn mails_do_not_cross_a_network_in_the_clear_unasked() {
        let check = |smtp: &str, is_safe: bool| {
            assert_eq!(settings(smtp).unsafe_setting().is_none(), is_safe, "{smtp}");
        };
        check("smtp://127.0.0.1:2525", true);
        check("smtp://localhost", true);
        check("smtps://user:gizli@mail.example.org", true);
        check("smtp://mail.example.org:587?tls=required", true);
        check("smtp://mail.example.org", false);
        check("mail.example.org", false);
        assert!(!format!("{:?}", settings("smtps://user:gizli@mail.example.org")).contains("gizli"));
        let told = settings("smtp://user:gizli@mail.example.org").unsafe_setting().unwrap();
        assert_eq!(told.1, "mail.example.org", "the password is not told");
    }

    #[tokio::test]
    async fn an_address_of_ours_ends_without_a_slash() {
        let mailing = open(Some(&settings("smtp://127.0.0.1:1")), "https://onay.example/", false).unwrap();
        assert!(mailing.post.is_some() && mailing.public_url == "https://onay.example");
    }
}
