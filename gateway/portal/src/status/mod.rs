//! How things stand, for everybody: out of memory, without a sign-in, and nothing about anybody.

use crate::Portal;
use crate::page::{Frame, html};
use crate::session::Stranger;
use crate::text::{Language, Texts, day, fill, time};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_operations::standing::{Level, Part, Standing};
use std::sync::Arc;

/// A sentence for the whole, and a row for each part.
#[derive(Template)]
#[template(path = "status/page.html")]
struct Page {
    frame: Frame,
    whole: Level,
    sentence: &'static str,
    rows: Vec<Row>,
    /// When it was looked at last.
    looked_at: Option<String>,
}

/// One part.
struct Row {
    name: &'static str,
    level: Level,
    word: &'static str,
    since: Option<String>,
    /// What else there is to know.
    detail: Option<String>,
}

/// `GET /status`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, stranger: Stranger) -> Response {
    let language = stranger.0.language;
    html(
        StatusCode::OK,
        &Page::of(Frame::of(&stranger.0, language.texts().status_title), language, &portal.office.standing()),
    )
}

impl Page {
    fn class(&self) -> &'static str {
        class_of(self.whole)
    }

    fn of(frame: Frame, language: Language, standing: &Standing) -> Self {
        let text = language.texts();
        let bulletin = standing.bulletin.as_ref();
        let bulletin =
            bulletin.map(|(date, number)| fill(&fill(text.status_bulletin, "day", day(*date)), "number", number));
        let rows = vec![
            Row::of(text.status_submission, standing.submission, text, None),
            Row::of(text.status_verification, standing.verification, text, None),
            Row::of(text.status_payments, standing.payments, text, None),
            Row::of(text.status_rates, standing.rates, text, bulletin),
        ];
        let whole = rows.iter().map(|row| row.level).max_by_key(|level| gravity(*level)).unwrap_or_default();
        let sentence = match whole {
            Level::Works => text.status_all_works,
            Level::Crowded => text.status_some_crowded,
            Level::Fails => text.status_some_fails,
            Level::Unknown => text.status_all_unknown,
        };
        Self { frame, whole, sentence, rows, looked_at: standing.looked_at.map(time) }
    }
}

impl Row {
    fn class(&self) -> &'static str {
        class_of(self.level)
    }

    fn of(name: &'static str, part: Part, text: &'static Texts, detail: Option<String>) -> Self {
        let since = part.since.map(|since| fill(text.status_since, "time", time(since)));
        Self { name, level: part.level, word: word(part.level, text), since, detail }
    }
}

fn word(level: Level, text: &'static Texts) -> &'static str {
    match level {
        Level::Works => text.status_works,
        Level::Crowded => text.status_crowded,
        Level::Fails => text.status_fails,
        Level::Unknown => text.status_unknown,
    }
}

/// The class that gives a level its colour; shape and word say the same.
fn class_of(level: Level) -> &'static str {
    match level {
        Level::Works => "good",
        Level::Crowded => "warn",
        Level::Fails => "bad",
        Level::Unknown => "unsure",
    }
}

/// What is worst is said of the whole.
fn gravity(level: Level) -> u8 {
    match level {
        Level::Works => 0,
        Level::Crowded => 1,
        Level::Unknown => 2,
        Level::Fails => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing() -> Standing {
        let since = Some("2026-11-21T11:03:22Z".parse().unwrap());
        let part = |level| Part { level, since };
        Standing {
            submission: part(Level::Works),
            verification: part(Level::Works),
            payments: part(Level::Works),
            rates: part(Level::Works),
            bulletin: Some(("2026-11-20".parse().unwrap(), "2026/220".to_owned())),
            looked_at: since,
        }
    }

    fn page(language: Language, standing: &Standing) -> String {
        Page::of(Frame::sample(language, false), language, standing).render().unwrap()
    }

    #[test]
    fn each_part_has_its_word_and_since_when() {
        let shown = page(Language::Turkish, &standing());
        for part in [
            "Her şey çalışıyor",
            "Beyanname kabulü ve onay",
            "Kod doğrulama",
            "Çalışıyor",
            "21.11.2026 14:03",
            "2026/220",
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        let mut broken = standing();
        broken.payments.level = Level::Fails;
        broken.submission.level = Level::Crowded;
        let shown = page(Language::English, &broken);
        for part in
            ["Something does not work", "Not working", "Crowded", r#"class="state bad""#, r#"class="state warn""#]
        {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }

    #[test]
    fn what_nobody_knows_is_grey_and_says_so() {
        let shown = page(Language::Turkish, &Standing::default());
        assert!(shown.contains("Bilinmiyor") && shown.contains(r#"class="state unsure""#), "{shown}");
        assert!(!shown.contains("Çalışıyor"));
    }
}
