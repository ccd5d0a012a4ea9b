//! What is wrong with a form: told at the top, with the focus, and once more beside each field. Handlers collect it,
//! `form/errors.html` shows the summary, a page shows [`Errors::at`] beside its fields.

mod sent;

pub(crate) use sent::{FILES_AT_A_TIME, FORM_WITH_FILE_BYTES_MAX, Sent};

use crate::text::Language;
use ebirlik_domain::catalogue;
use ebirlik_domain::decision::Refusal;
use ebirlik_domain::finding::{Finding, Place};
use std::borrow::Cow;

/// All that is wrong, in the order of the fields.
#[derive(Default)]
pub(crate) struct Errors(Vec<FormError>);

/// What is wrong, and the field to go to.
pub(crate) struct FormError {
    /// The field's `id`.
    pub(crate) field: Cow<'static, str>,
    pub(crate) sentence: String,
}

impl Errors {
    /// Adds one.
    pub(crate) fn add(&mut self, field: impl Into<Cow<'static, str>>, sentence: impl Into<String>) {
        self.0.push(FormError { field: field.into(), sentence: sentence.into() });
    }

    /// Adds all of others.
    pub(crate) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// What the rules say of an act, all of it at one field: nothing else tells which one it was.
    pub(crate) fn refused(field: &'static str, refusal: &Refusal, language: Language) -> Self {
        let mut errors = Self::default();
        for finding in &refusal.findings {
            errors.add(field, told(finding, language));
        }
        errors
    }

    /// True when nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[FormError] {
        &self.0
    }

    /// What is wrong with a field; nothing where it is right.
    pub(crate) fn at(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|error| error.field == field).map(|error| error.sentence.as_str())
    }

    /// The window's title: "Hata: " goes before it while something is wrong.
    pub(crate) fn title(&self, title: &str, language: Language) -> String {
        if self.is_empty() { title.to_owned() } else { format!("{}: {title}", language.texts().error) }
    }
}

/// What a finding says.
pub(crate) fn told(finding: &Finding, language: Language) -> String {
    let sentence = match language {
        Language::Turkish => finding.rule.tr(),
        Language::English => finding.rule.en(),
    };
    let value = finding.value.as_deref().unwrap_or_default();
    catalogue::fill(sentence, value, finding.detail.as_deref().unwrap_or_default())
}

/// A finding as a list shows it: its published code, where, what, and what to do.
pub(crate) struct Said {
    pub(crate) code: &'static str,
    /// Path, with line and column where they are known.
    pub(crate) place: String,
    pub(crate) sentence: String,
    pub(crate) remedy: String,
    /// What was found there.
    pub(crate) value: String,
}

impl Said {
    /// In a language; the place is shown where it was worked out.
    pub(crate) fn of(finding: &Finding, language: Language) -> Self {
        let place = match &finding.place {
            Place::Located { path, line: 0, .. } | Place::Source { path, .. } => path.clone(),
            Place::Located { path, line, column } => match language {
                Language::Turkish => format!("{path} (satır {line}, sütun {column})"),
                Language::English => format!("{path} (line {line}, column {column})"),
            },
            Place::Field { .. } | Place::Nowhere => String::new(),
        };
        let remedy = match language {
            Language::Turkish => finding.rule.remedy_tr(),
            Language::English => finding.rule.remedy_en(),
        };
        // What is missing is named by the end of its path.
        let missing = place.split(' ').next().and_then(|path| path.rsplit(['/', '?']).next()).unwrap_or_default();
        let detail = finding.detail.as_deref().unwrap_or(missing);
        let value = finding.value.as_deref().unwrap_or_default();
        let sentence = match language {
            Language::Turkish => finding.rule.tr(),
            Language::English => finding.rule.en(),
        };
        Self {
            code: finding.code().as_str(),
            sentence: catalogue::fill(sentence, value, detail),
            remedy: catalogue::fill(remedy, value, detail),
            place,
            value: value.to_owned(),
        }
    }
}
