//! The few files that pages load: style, script, icon. Their names carry their digest, so browsers keep them a year.

use crate::Portal;
use crate::notice;
use crate::session::{Asker, hex};
use axum::extract::{FromRequestParts, Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::{Arc, LazyLock};

/// A file that pages load.
pub(crate) struct Asset {
    name: &'static str,
    ending: &'static str,
    media: &'static str,
    bytes: &'static [u8],
    address: LazyLock<String>,
}

macro_rules! asset {
    ($($id:ident = $name:literal $ending:literal $media:literal $file:literal;)+) => {
        $(pub(crate) static $id: Asset = Asset {
            name: $name,
            ending: $ending,
            media: $media,
            bytes: include_bytes!($file),
            address: LazyLock::new(|| $id.make_address()),
        };)+
        static ALL: &[&Asset] = &[$(&$id,)+];
    };
}

asset! {
    STYLE = "style" "css" "text/css; charset=utf-8" "style.css";
    PORTAL = "portal" "js" "text/javascript; charset=utf-8" "portal.js";
    SESSION = "session" "js" "text/javascript; charset=utf-8" "session.js";
    DESK_CODE = "desk-code" "js" "text/javascript; charset=utf-8" "desk/code.js";
    DESK_HANDS = "desk-hands" "js" "text/javascript; charset=utf-8" "desk/hands.js";
    DESK_LIST = "desk-list" "js" "text/javascript; charset=utf-8" "desk/list.js";
    DESK_SCANNER = "desk-scanner" "js" "text/javascript; charset=utf-8" "desk/scanner.js";
    DESK_DECISIONS = "desk-decisions" "js" "text/javascript; charset=utf-8" "desk/decisions.js";
    DESK_KEYS = "desk-keys" "js" "text/javascript; charset=utf-8" "desk/keys.js";
    DESK = "desk" "js" "text/javascript; charset=utf-8" "desk/desk.js";
    ICON = "icon" "svg" "image/svg+xml" "icon.svg";
}

impl Asset {
    /// Where pages find it, such as `/assets/style-0f3a….css`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    fn make_address(&self) -> String {
        let digest = hex(&Sha256::digest(self.bytes));
        let short = digest.get(..16).unwrap_or_default();
        format!("/assets/{}-{short}.{}", self.name, self.ending)
    }

    /// Whether the file name is this asset's, of this or of another version.
    fn is_called(&self, file: &str) -> bool {
        let version = file.strip_prefix(self.name).and_then(|rest| rest.strip_prefix('-'));
        let version = version.and_then(|rest| rest.strip_suffix(self.ending)).and_then(|rest| rest.strip_suffix('.'));
        version.is_some_and(|version| !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }
}

/// `GET /assets/{file}`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, Path(file): Path<String>, mut parts: Parts) -> Response {
    let Some(asset) = ALL.iter().find(|asset| asset.is_called(&file)) else {
        let Ok(asker) = Asker::from_request_parts(&mut parts, &portal).await;
        return notice::not_found(asker).await;
    };
    // While servers are renewed one after another, a page of one may ask the other: it gets what is there, unkept.
    let is_this_version = asset.address().ends_with(&file);
    let keep = if is_this_version { "public, max-age=31536000, immutable" } else { "no-cache" };
    ([(CONTENT_TYPE, asset.media), (CACHE_CONTROL, keep)], asset.bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_the_digest() {
        let address = STYLE.address();
        let file = address.strip_prefix("/assets/").unwrap();
        assert!(STYLE.is_called(file) && !DESK.is_called(file) && STYLE.is_called("style-00ff.css"));
        for other in ["style.css", "style-.css", "style-00ff.js", "style-../x.css", "desk-00.css"] {
            assert!(!STYLE.is_called(other), "{other}");
        }
    }
}
