//! A list that people work with: paged, filtered and sorted by the store, its columns chosen by the reader, all of it in
//! the address; as a page, as a workbook and as CSV with the same values.
//!
//! A feature names its [`Column`]s and [`Field`]s, asks the store for what [`Wish`] says, and gives rows of [`Value`]s.

pub(crate) mod export;
mod period;
mod value;
mod wish;

pub(crate) use export::{Format, ROWS_MAX, export};
pub(crate) use period::Period;
pub(crate) use value::Value;
pub(crate) use wish::{ROWS_OF_A_PAGE, Wish};

use crate::text::{Language, fill, words};

/// A column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Its name in addresses.
    pub(crate) key: &'static str,
    pub(crate) head: &'static str,
    /// About how many letters are seen, for the workbook.
    pub(crate) width: u16,
    /// Figures stand to the right.
    pub(crate) figures: bool,
    /// Whether the store can sort by it.
    pub(crate) sorts: bool,
}

/// A filter: a field above the list.
pub(crate) struct Field {
    /// Its name in addresses.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) kind: FieldKind,
    /// What it holds.
    pub(crate) value: String,
    /// What is wrong with that.
    pub(crate) error: Option<&'static str>,
}

/// What is filled in.
pub(crate) enum FieldKind {
    Text,
    /// `21.11.2026`
    Day,
    /// Values with their labels; the empty value is all.
    Choice(Vec<(String, String)>),
}

/// One cell of a page.
pub(crate) struct Cell {
    pub(crate) value: Value,
    /// Where it leads.
    pub(crate) link: Option<String>,
}

impl From<Value> for Cell {
    fn from(value: Value) -> Self {
        Self { value, link: None }
    }
}

/// The list as `list/list.html` shows it.
pub(crate) struct List {
    pub(crate) language: Language,
    pub(crate) words: &'static Words,
    pub(crate) path: String,
    /// What it is a list of.
    pub(crate) title: String,
    /// What is said where nothing is found.
    pub(crate) none: &'static str,
    pub(crate) fields: Vec<Field>,
    /// Those shown, with their places among all.
    pub(crate) shown: Vec<(usize, Column)>,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) total: u64,
    pub(crate) wish: Wish,
}

impl List {
    /// A page of `total` rows at `path`, as wished. `columns` are all that there are.
    pub(crate) fn new(
        (language, path): (Language, impl Into<String>),
        (title, none): (impl Into<String>, &'static str),
        (columns, fields): (&[Column], Vec<Field>),
        (rows, total): (Vec<Vec<Cell>>, u64),
        wish: Wish,
    ) -> Self {
        let shown = columns.iter().copied().enumerate().filter(|(_, column)| !wish.hides(column.key)).collect();
        Self {
            language,
            words: Words::of(language),
            path: path.into(),
            title: title.into(),
            none,
            fields,
            shown,
            columns: columns.to_vec(),
            rows,
            total,
            wish,
        }
    }

    /// Those of a row's cells that are shown.
    pub(crate) fn cells<'a>(&'a self, row: &'a [Cell]) -> impl Iterator<Item = &'a Cell> {
        self.shown.iter().filter_map(|(place, _)| row.get(*place))
    }

    pub(crate) fn text(&self, cell: &Cell) -> String {
        cell.value.shown(self.language)
    }

    /// "1.204 satırdan 51-100"
    pub(crate) fn caption(&self) -> String {
        let first = self.wish.offset() + 1;
        let last = self.wish.offset() + self.rows.len() as u64;
        let number = |number: u64| value::grouped(number, self.language);
        let said = fill(self.words.range, "total", number(self.total));
        fill(&fill(&said, "first", number(first)), "last", number(last))
    }

    pub(crate) fn has_next(&self) -> bool {
        self.wish.offset() + (self.rows.len() as u64) < self.total
    }

    pub(crate) fn next(&self) -> String {
        self.address(&self.wish.at_page(self.wish.page() + 1))
    }

    pub(crate) fn previous(&self) -> Option<String> {
        (self.wish.page() > 1).then(|| self.address(&self.wish.at_page(self.wish.page() - 1)))
    }

    pub(crate) fn sorted(&self, column: &Column, descending: bool) -> String {
        self.address(&self.wish.sorted(column.key, descending))
    }

    /// `ascending`, `descending` or nothing, for `aria-sort`.
    pub(crate) fn order(&self, column: &Column) -> Option<&'static str> {
        let (key, descending) = self.wish.order()?;
        (key == column.key).then_some(if descending { "descending" } else { "ascending" })
    }

    pub(crate) fn has_field(&self, column: &Column) -> bool {
        self.fields.iter().any(|field| field.name == column.key)
    }

    pub(crate) fn without(&self, column: &Column) -> String {
        self.address(&self.wish.hiding(column.key))
    }

    pub(crate) fn as_file(&self, format: &str) -> String {
        format!("{}&format={format}", self.address(&self.wish.at_page(1)))
    }

    /// Whether any filter narrows it.
    pub(crate) fn is_narrowed(&self) -> bool {
        self.fields.iter().any(|field| !field.value.is_empty())
    }

    /// The filters alone undone.
    pub(crate) fn cleared(&self) -> String {
        self.address(&self.wish.cleared())
    }

    pub(crate) fn address(&self, wish: &Wish) -> String {
        format!("{}?{}", self.path, wish.query())
    }
}

words! {
    Words;
    range: "{total} satırdan {first} - {last}", "{first} - {last} of {total} rows";
    filter: "Filtrele", "Filter";
    clear: "Filtreleri temizle", "Clear filters";
    all: "Hepsi", "All";
    day_form: "gg.aa.yyyy", "dd.mm.yyyy";
    previous: "Önceki sayfa", "Previous page";
    next: "Sonraki sayfa", "Next page";
    pages: "Sayfalar", "Pages";
    ascending: "Artan sırala", "Sort ascending";
    descending: "Azalan sırala", "Sort descending";
    hide: "Sütunu gizle", "Hide column";
    columns: "Sütunlar", "Columns";
    show: "Seçilenleri göster", "Show the chosen ones";
    menu: "Sütun menüsü", "Column menu";
    excel: "Excel indir", "Download as Excel";
    csv: "CSV indir", "Download as CSV";
}

#[cfg(test)]
mod tests;
