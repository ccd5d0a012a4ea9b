//! Does this machine's scanner type what it reads? Three barcodes to try it with; nothing is checked. And which keys does
//! the desk listen to?

use super::officer;
use super::words::Words;
use crate::page::{Frame, html};
use crate::session::Asker;
use crate::{Portal, assets};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_documents::bars_of;
use std::fmt::Write;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "desk/scanner.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    scripts: [&'static str; 4],
    barcodes: Vec<Barcode>,
    /// The desk's keys: name, the first key, and what it does.
    keys: [(&'static str, &'static str, &'static str); 5],
}

/// Bars, and what they hold.
struct Barcode {
    label: &'static str,
    holds: &'static str,
    width: u32,
    /// Of the dark bars, one a stroke.
    path: String,
}

/// `GET /desk/scanner`
pub(crate) async fn show(State(_): State<Arc<Portal>>, asker: Asker) -> Response {
    if let Err(elsewhere) = officer(&asker, &asker.asked_for) {
        return *elsewhere;
    }
    let words = Words::of(asker.language);
    html(StatusCode::OK, &Page::of(Frame::of(&asker, words.scanner_title), words))
}

impl Page {
    fn of(frame: Frame, words: &'static Words) -> Self {
        let all = [(words.scanner_digits, DIGITS), (words.scanner_code, CODE), (words.scanner_letters, LETTERS)];
        let text = frame.text;
        let keys = [
            ("clear", "Esc", text.key_clear),
            ("past", "↑", text.key_past),
            ("compare", "↓", text.compare),
            ("list", "F2", words.key_list),
            ("print", "F9", text.key_print),
        ];
        let scripts = [&assets::DESK_CODE, &assets::DESK_HANDS, &assets::DESK_SCANNER, &assets::DESK_KEYS];
        Self {
            frame,
            words,
            keys,
            scripts: scripts.map(assets::Asset::address),
            barcodes: all.into_iter().filter_map(|(label, holds)| Barcode::of(label, holds)).collect(),
        }
    }
}

impl Barcode {
    fn of(label: &'static str, holds: &'static str) -> Option<Self> {
        let bars = bars_of(holds)?;
        let mut path = String::new();
        for (left, _, long) in bars.runs {
            let left = u32::from(left) + QUIET;
            let _ = write!(path, "M{left} 0h{long}v40h-{long}z");
        }
        Some(Self { label, holds, width: u32::from(bars.width) + 2 * QUIET, path })
    }
}

/// Well formed, and never issued: what it would be asked for is a code of generation D without a key.
const CODE: &str = "DENEMEKRTSCAQWZ1";
/// Its twin, as an information slip has it.
const DIGITS: &str = "00508446038094998191993825";
/// Shows which layout the keys come in.
const LETTERS: &str = "ABCDEFGHIJKLMNOPQ";
/// White beside the bars: ten modules. Source: Code 128's own rule.
const QUIET: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;
    use crypto_code::CryptoCode;
    use ebirlik_documents::digits_of;

    #[test]
    fn the_trial_has_three_barcodes_a_code_and_its_twin_among_them() {
        assert!(CryptoCode::parse(CODE).is_ok());
        assert_eq!(digits_of(CODE).as_deref(), Some(DIGITS));
        for language in [Language::Turkish, Language::English] {
            let page = Page::of(Frame::sample(language, true), Words::of(language));
            assert_eq!(page.barcodes.len(), 3);
            let html = page.render().unwrap();
            assert_eq!(html.matches("<path d=\"M10 0h2v40h-2z").count(), 3, "each begins with a bar of two: {html}");
        }
    }
}
