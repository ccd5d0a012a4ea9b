//! The form of a proposal, row by row; what it comes to; and its way to a second person.

use super::columns::{self, Shape, choice_label, choices, filled, hint, imported, is_optional, label, name, shape};
use super::preview::{Rows, Shown};
use super::words::Words;
use crate::form::Errors;
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{Language, fill};
use crate::visitor::{FromAddress, Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_operations::Role;
use ebirlik_operations::changes::table::{Cells, TABLES, may_change};
use ebirlik_operations::changes::{self, Draft, Judged, Refused};
use ebirlik_operations::import::{Amiss, Kind, RowError};
use std::sync::Arc;

/// The form.
#[derive(Template)]
#[template(path = "tables/propose.html")]
struct FormPage {
    frame: Frame,
    words: &'static Words,
    title: &'static str,
    action: String,
    token: String,
    errors: Errors,
    /// Each row's heading and fields.
    rows: Vec<(String, Vec<Input>)>,
    reason: String,
}

/// A field of a row.
struct Input {
    id: String,
    column: &'static str,
    label: &'static str,
    hint: &'static str,
    optional: bool,
    is_choice: bool,
    /// Value and label.
    choices: Vec<(String, String)>,
    value: String,
}

/// What was filled in, with what it comes to.
#[derive(Template)]
#[template(path = "tables/check.html")]
struct CheckPage {
    frame: Frame,
    words: &'static Words,
    action: String,
    token: String,
    /// Every field of the form again.
    carried: Vec<(&'static str, String)>,
    rows: Rows,
    before: Rows,
    preview: Option<Shown>,
    reason: String,
    code: String,
}

/// What the form sends.
struct Sent {
    token: String,
    step: String,
    reason: String,
    rows: Vec<Cells>,
}

/// `GET /staff/tables/{table}/propose`; the query fills in a row.
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(table): Path<String>,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let Some(kind) = Kind::parse(&table).filter(|kind| TABLES.contains(kind)) else {
        return notice::not_found(asker).await;
    };
    if !may_change(&session.client, kind) {
        return notice::not_allowed(&asker);
    }
    let mut row = Cells::default();
    for column in kind.column_names() {
        let given = pairs.iter().find(|(name, _)| name == column).map(|(_, text)| text.as_str());
        row = row.with(column, given.unwrap_or_default());
    }
    let sent = Sent { token: String::new(), step: String::new(), reason: String::new(), rows: vec![row] };
    FormPage::of(&portal, &asker, &session, kind, &sent, Errors::default()).answer()
}

/// `POST /staff/tables/{table}/propose`: one more row, a preview, back to the form, or off to the second person.
pub(crate) async fn submit(
    State(portal): State<Arc<Portal>>,
    Path(table): Path<String>,
    Posted(asker, session, pairs): Posted<Vec<(String, String)>>,
) -> Response {
    let Some(kind) = Kind::parse(&table).filter(|kind| TABLES.contains(kind)) else {
        return notice::not_found(asker).await;
    };
    let mut sent = Sent::of(kind, pairs);
    match sent.step.as_str() {
        "add" => {
            sent.rows.push(Cells::default());
            FormPage::of(&portal, &asker, &session, kind, &sent, Errors::default()).answer()
        }
        "edit" => FormPage::of(&portal, &asker, &session, kind, &sent, Errors::default()).answer(),
        step => {
            sent.rows.retain(|row| !is_untouched(kind, row));
            judge(&portal, &asker, &session, kind, &sent, step == "send").await
        }
    }
}

/// Judges what was filled in; sends it to the second person where that is wished and nothing is wrong.
async fn judge(portal: &Portal, asker: &Asker, session: &Session, kind: Kind, sent: &Sent, sends: bool) -> Response {
    let (office, client) = (&portal.office, &session.client);
    let wrong = |errors| FormPage::of(portal, asker, session, kind, sent, errors).answer();
    if sends {
        return match changes::propose(office, client, kind, sent.rows.clone(), &sent.reason).await {
            Ok(Judged::Given(id)) => Redirect::to(&format!("/staff/changes/{id}")).into_response(),
            Ok(Judged::Wrong(errors)) => wrong(told(kind, &errors, asker.language)),
            Ok(Judged::Refused(Refused::NotAllowed)) => notice::not_allowed(asker),
            Ok(Judged::Refused(refused)) => wrong(refusal(refused, asker.language)),
            Err(_) => notice::unavailable(asker),
        };
    }
    let mut errors =
        if sent.reason.trim().is_empty() { refusal(Refused::ReasonMissing, asker.language) } else { Errors::default() };
    match changes::draft(office, client, kind, sent.rows.clone()).await {
        Ok(Judged::Given(draft)) if errors.is_empty() => check(portal, asker, session, kind, sent, &draft).await,
        Ok(Judged::Given(_)) => wrong(errors),
        Ok(Judged::Wrong(found)) => {
            errors.append(told(kind, &found, asker.language));
            wrong(errors)
        }
        Ok(Judged::Refused(Refused::NotAllowed)) => notice::not_allowed(asker),
        Ok(Judged::Refused(refused)) => {
            errors.append(refusal(refused, asker.language));
            wrong(errors)
        }
        Err(_) => notice::unavailable(asker),
    }
}

async fn check(portal: &Portal, asker: &Asker, session: &Session, kind: Kind, sent: &Sent, draft: &Draft) -> Response {
    let Ok(preview) = changes::preview_draft(&portal.office, draft).await else { return notice::unavailable(asker) };
    let words = Words::of(asker.language);
    let columns: Vec<&'static str> = kind.column_names().collect();
    let carried = sent.rows.iter().flat_map(|row| columns.iter().map(|column| (*column, row.get(column).to_owned())));
    let page = CheckPage {
        frame: Frame::of(asker, words.check_title),
        words,
        action: action(kind),
        token: session.token(),
        carried: carried.collect(),
        rows: Rows::written(kind, &draft.rows, &draft.before, asker.language),
        before: Rows::standing(kind, &draft.before, asker.language),
        preview: preview.map(|preview| Shown::of(preview, asker.language)),
        reason: sent.reason.clone(),
        code: session.client.code.clone(),
    };
    html(StatusCode::OK, &page)
}

impl Sent {
    /// A row begins where its first column comes again.
    fn of(kind: Kind, pairs: Vec<(String, String)>) -> Self {
        let mut sent = Self { token: String::new(), step: String::new(), reason: String::new(), rows: Vec::new() };
        let first = kind.column_names().next().unwrap_or_default();
        for (name, text) in pairs {
            match name.as_str() {
                "token" => sent.token = text,
                "step" => sent.step = text,
                "reason" => sent.reason = text,
                name => {
                    let Some(column) = kind.column_names().find(|column| *column == name) else { continue };
                    if column == first {
                        sent.rows.push(Cells::default());
                    }
                    if let Some(row) = sent.rows.pop() {
                        sent.rows.push(row.with(column, imported(kind, column, &text)));
                    }
                }
            }
        }
        sent.rows.truncate(changes::ROWS_MAX + 1);
        sent
    }
}

/// Whether nobody filled in anything of a row: lists have a first value by themselves.
fn is_untouched(kind: Kind, row: &Cells) -> bool {
    kind.column_names().all(|column| shape(kind, column) == Shape::Flag || row.get(column).is_empty())
}

impl FormPage {
    fn of(portal: &Portal, asker: &Asker, session: &Session, kind: Kind, sent: &Sent, errors: Errors) -> Self {
        let (words, names) = (Words::of(asker.language), columns::Words::of(asker.language));
        let is_admin = session.client.roles.has(Role::Admin);
        let own = if is_admin { "" } else { session.client.secretariat.as_str() };
        let rules = portal.office.rules();
        let input = |place: usize, column: &'static str, row: &Cells| {
            let shape = shape(kind, column);
            let codes = match shape {
                Shape::Flag => vec!["no".to_owned(), "yes".to_owned()],
                _ => choices(&rules, kind, column, own),
            };
            let choices = codes.into_iter().map(|code| (code.clone(), choice_label(&code, names).to_owned()));
            Input {
                id: format!("{column}-{place}"),
                column,
                label: label(column, names),
                hint: hint(kind, column, names),
                optional: is_optional(column),
                is_choice: matches!(shape, Shape::Flag | Shape::Choice),
                choices: choices.collect(),
                value: filled(kind, column, row.get(column), asker.language),
            }
        };
        let blank = [Cells::default()];
        let rows = if sent.rows.is_empty() { &blank[..] } else { &sent.rows };
        let rows = rows.iter().zip(1..).map(|(row, place)| {
            let inputs = kind.column_names().map(|column| input(place, column, row)).collect();
            (fill(words.row, "n", place), inputs)
        });
        let title = name(kind, names);
        Self {
            frame: Frame::of(asker, errors.title(title, asker.language)),
            title,
            action: action(kind),
            token: session.token(),
            rows: rows.collect(),
            reason: sent.reason.clone(),
            errors,
            words,
        }
    }

    fn answer(self) -> Response {
        html(if self.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &self)
    }
}

fn action(kind: Kind) -> String {
    format!("/staff/tables/{kind}/propose")
}

/// What an import finds wrong, in words, each at its field.
pub(super) fn told(kind: Kind, found: &[RowError], language: Language) -> Errors {
    let (words, names) = (Words::of(language), columns::Words::of(language));
    let mut errors = Errors::default();
    for error in found {
        let row = error.line.saturating_sub(1);
        let sentence = match error.amiss {
            Amiss::Form => words.line_form,
            Amiss::Twice => words.line_twice,
            Amiss::Overlap => words.line_overlap,
            Amiss::NotInRegister => words.line_not_known,
            Amiss::OtherSecretariat => words.line_other,
        };
        let sentence = fill(&fill(sentence, "row", row), "column", label(&error.column, names));
        let sentence = fill(&sentence, "hint", hint(kind, &error.column, names));
        let shown = filled(kind, &error.column, &error.value, language);
        errors.add(format!("{}-{row}", error.column), fill(&sentence, "value", shown));
    }
    errors
}

/// Why nothing was done, in words, at the field of the reason.
pub(super) fn refusal(refused: Refused, language: Language) -> Errors {
    let words = Words::of(language);
    let sentence = match refused {
        Refused::NotFound | Refused::NotAllowed => language.texts().not_allowed,
        Refused::Empty => words.empty,
        Refused::TooMany => words.too_many,
        Refused::NothingNew => words.nothing_new,
        Refused::ReasonMissing => words.no_reason,
        Refused::SecondPersonNeeded => words.second_needed,
        Refused::NotProposer => words.not_proposer,
        Refused::Decided => words.decided_before,
        Refused::ChangedMeanwhile => words.changed_meanwhile,
        Refused::Awaits(_) => words.awaits,
    };
    let id = if let Refused::Awaits(id) = refused { id.to_string() } else { String::new() };
    let mut errors = Errors::default();
    errors.add("reason", fill(sentence, "n", id));
    errors
}
