//! What a reader wants of a list, as its address says it.

use super::{Column, Format};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Rows of a page.
pub(crate) const ROWS_OF_A_PAGE: u32 = 50;
/// Later pages are nobody's wish.
const PAGE_MAX: u64 = 100_000;
/// Letters of a filter that are looked at.
const FILTER_LETTERS_MAX: usize = 100;

/// Filters, order, columns and page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    filters: Vec<(String, String)>,
    /// Column, and whether the last comes first.
    order: Option<(String, bool)>,
    hidden: Vec<String>,
    /// From 1; 0 is 1.
    page: u64,
    format: Option<Format>,
}

impl Wish {
    /// From the pairs of a query: `sort=-fee`, `hide=a,b` or `show=a&show=b`, `page=2`, `format=xlsx`; everything else
    /// is a filter.
    pub(crate) fn of(pairs: Vec<(String, String)>, columns: &[Column]) -> Self {
        let mut wish = Self::default();
        let mut shown = Vec::new();
        for (name, value) in pairs {
            let value: String = value.trim().chars().take(FILTER_LETTERS_MAX).collect();
            match name.as_str() {
                "sort" if !value.is_empty() => {
                    let key = value.strip_prefix('-');
                    wish.order = Some((key.unwrap_or(&value).to_owned(), key.is_some()));
                }
                "show" => shown.push(value),
                "hide" => wish.hidden.extend(value.split(',').filter(|key| !key.is_empty()).map(str::to_owned)),
                "page" => wish.page = value.parse().unwrap_or(1).clamp(1, PAGE_MAX),
                "format" => wish.format = Format::parse(&value),
                "sort" | "lang" => {}
                _ if value.is_empty() => {}
                _ => wish.filters.push((name, value)),
            }
        }
        if !shown.is_empty() {
            let left = columns.iter().map(|column| column.key).filter(|key| !shown.iter().any(|shown| shown == key));
            wish.hidden = left.map(str::to_owned).collect();
        }
        wish
    }

    /// What a filter holds; empty where nothing was wished.
    pub(crate) fn filter(&self, name: &str) -> &str {
        self.filters.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// The same with a filter that was not wished.
    #[must_use]
    pub(crate) fn with_filter(mut self, name: &str, value: &str) -> Self {
        self.filters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Column and whether the last comes first.
    pub(crate) fn order(&self) -> Option<(&str, bool)> {
        self.order.as_ref().map(|(key, descending)| (key.as_str(), *descending))
    }

    /// The file that is wished instead of a page.
    pub(crate) fn format(&self) -> Option<Format> {
        self.format
    }

    /// From 1.
    pub(crate) fn page(&self) -> u64 {
        self.page.max(1)
    }

    /// Rows before this page.
    pub(crate) fn offset(&self) -> u64 {
        (self.page() - 1) * u64::from(ROWS_OF_A_PAGE)
    }

    pub(crate) fn hides(&self, key: &str) -> bool {
        self.hidden.iter().any(|hidden| hidden == key)
    }

    pub(super) fn at_page(&self, page: u64) -> Self {
        Self { page, format: None, ..self.clone() }
    }

    pub(super) fn sorted(&self, key: &str, descending: bool) -> Self {
        Self { order: Some((key.to_owned(), descending)), ..self.at_page(1) }
    }

    pub(super) fn hiding(&self, key: &str) -> Self {
        let mut wish = self.at_page(self.page);
        wish.hidden.push(key.to_owned());
        wish
    }

    pub(super) fn cleared(&self) -> Self {
        Self { filters: Vec::new(), ..self.at_page(1) }
    }

    /// The same wish as an address says it, without the format.
    pub(super) fn query(&self) -> String {
        let mut pairs: Vec<(&str, String)> =
            self.filters.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        if let Some((key, descending)) = &self.order {
            pairs.push(("sort", format!("{}{key}", if *descending { "-" } else { "" })));
        }
        if !self.hidden.is_empty() {
            pairs.push(("hide", self.hidden.join(",")));
        }
        if self.page() > 1 {
            pairs.push(("page", self.page().to_string()));
        }
        let written = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{}={}", written(name), written(value))).collect();
        pairs.join("&")
    }

    /// What a form that changes something else has to carry along.
    pub(crate) fn carried(&self, but: &str) -> Vec<(&'static str, String)> {
        let order = self.order.as_ref().map(|(key, descending)| format!("{}{key}", if *descending { "-" } else { "" }));
        let hidden = (!self.hidden.is_empty()).then(|| self.hidden.join(","));
        let all = [("sort", order), ("hide", hidden)];
        all.into_iter().filter(|(name, _)| *name != but).filter_map(|(name, value)| Some((name, value?))).collect()
    }

    pub(crate) fn filters(&self) -> &[(String, String)] {
        &self.filters
    }
}
