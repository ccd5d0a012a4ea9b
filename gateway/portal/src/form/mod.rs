//! What is wrong with a form: told at the top, with the focus, and once more beside each field. Handlers collect it,
//! `form/errors.html` shows the summary, a page shows [`Errors::at`] beside its fields.

pub(crate) mod sent;

use crate::text::Language;
use ebirlik_domain::catalogue;
use ebirlik_domain::decision::Refusal;
use ebirlik_domain::finding::Finding;
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
