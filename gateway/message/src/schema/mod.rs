//! Which elements does the customs message have, and of what type?
//!
//! Static tables of every element that customs' schema, real messages or other software know (G-22, R-5.4,
//! The names are customs' own, misspellings and capitals included. A table is in
//! schema order, which is the order of the digest too: new elements go to the end of their table.
//! Source: WSDL of the customs service `KontrolHizmeti`, and a real message for the elements it lacks.

mod header;
mod item;

pub use header::{DECLARATION, ENVELOPE, GELEN, ROOT, WRAPPER};
pub use item::ITEM;

use ebirlik_domain::finding::Field;

/// An element that a group may hold once.
#[derive(Debug)]
pub struct Element {
    /// Local name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// The field of a declaration that it is, if rules look at it.
    pub field: Option<Field>,
    /// Whether it counts when declarations are compared.
    pub standing: Standing,
    /// Whether it is the row of a list, and so may stand more than once.
    pub is_row: bool,
}

/// What an element holds.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any text.
    Text,
    /// A decimal number; compares as a number.
    Decimal,
    /// A whole number; compares as a number.
    Int,
    /// A day.
    Date,
    /// Elements, each at most once.
    Group(&'static Group),
    /// Rows of one element.
    List(&'static List),
    /// Another spelling of the element of that name.
    Synonym(&'static str),
    /// Nothing that is ever looked at: customs' credentials, SOAP headers.
    Dropped,
}

/// Whether an element counts when declarations are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Content,
    /// It does where `Referans_no` is empty: then it is the reference itself.
    Fallback,
    /// It does not, but people may want to see it.
    Kept,
    /// It does not, and it is not kept.
    Passing,
    /// A shell around the declaration (SOAP, operation): its elements count, it does not.
    Shell,
}

/// Elements that stand beside each other, each at most once.
#[derive(Debug)]
pub struct Group {
    /// The elements in schema order.
    pub elements: &'static [Element],
}

/// Rows of one element.
#[derive(Debug)]
pub struct List {
    /// The row.
    pub row: Element,
    /// True for the goods items, which have numbers of their own.
    pub is_items: bool,
}

impl Group {
    /// The element of this local name and its place in the table, searched from `hint` on: messages mostly
    /// come in schema order, so that the first comparison hits. A synonym gives the element that it means.
    pub fn find(&'static self, name: &str, hint: usize) -> Option<(usize, &'static Element)> {
        let (before, after) = self.elements.split_at_checked(hint).unwrap_or((self.elements, &[]));
        let mut candidates = (hint..).zip(after).chain((0..).zip(before));
        let (index, element) = candidates.find(|(_, element)| element.name == name)?;
        match element.kind {
            Kind::Synonym(meant) => self.find(meant, 0),
            _ => Some((index, element)),
        }
    }

    /// True for this very group.
    pub fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }

    /// The element that is this field of a declaration.
    pub fn element_of(&'static self, field: Field) -> Option<&'static Element> {
        self.elements.iter().find(|element| element.field == Some(field))
    }
}

impl Element {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, field: None, standing: Standing::Content, is_row: false }
    }

    const fn field(mut self, field: Field) -> Self {
        self.field = Some(field);
        self
    }

    const fn standing(mut self, standing: Standing) -> Self {
        self.standing = standing;
        self
    }

    const fn row(mut self) -> Self {
        self.is_row = true;
        self
    }

    /// The group that this element is, if it is one.
    pub fn group(&self) -> Option<&'static Group> {
        match self.kind {
            Kind::Group(group) => Some(group),
            _ => None,
        }
    }

    /// True when it holds elements and no value.
    pub fn is_container(&self) -> bool {
        matches!(self.kind, Kind::Group(_) | Kind::List(_))
    }

    /// True when the value compares as a number.
    pub fn is_number(&self) -> bool {
        matches!(self.kind, Kind::Decimal | Kind::Int)
    }
}

const fn text(name: &'static str) -> Element {
    Element::new(name, Kind::Text)
}

const fn decimal(name: &'static str) -> Element {
    Element::new(name, Kind::Decimal)
}

const fn int(name: &'static str) -> Element {
    Element::new(name, Kind::Int)
}

const fn date(name: &'static str) -> Element {
    Element::new(name, Kind::Date)
}

const fn group(name: &'static str, group: &'static Group) -> Element {
    Element::new(name, Kind::Group(group))
}

const fn list(name: &'static str, list: &'static List) -> Element {
    Element::new(name, Kind::List(list))
}

const fn rows(row: &'static str, of: &'static Group) -> List {
    List { row: group(row, of).row(), is_items: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(group: &'static Group, see: &mut impl FnMut(&'static Group)) {
        see(group);
        for element in group.elements {
            match element.kind {
                Kind::Group(group) => walk(group, see),
                Kind::List(list) => walk(list.row.group().unwrap(), see),
                _ => {}
            }
        }
    }

    #[track_caller]
    fn check(group: &'static Group, name: &str, expected: Option<&str>) {
        for hint in [0, 5, group.elements.len(), 999] {
            assert_eq!(group.find(name, hint).map(|(_, element)| element.name), expected, "{name} from {hint}");
        }
    }

    /// A bit each in the reader's set of elements seen.
    #[test]
    fn every_table_has_each_name_once_and_fits_a_set_of_128() {
        walk(&ROOT, &mut |group| {
            assert!(group.elements.len() <= 128);
            for (index, element) in group.elements.iter().enumerate() {
                assert!(
                    group.elements.iter().skip(index + 1).all(|other| other.name != element.name),
                    "{}",
                    element.name
                );
            }
        });
        assert_eq!(DECLARATION.elements.len(), 70 + 5);
        assert_eq!(ITEM.elements.len(), 81 + 5);
    }

    #[test]
    fn names_are_found_from_any_hint_and_case_counts() {
        check(&DECLARATION, "GUMRUK", Some("GUMRUK"));
        check(&DECLARATION, "Gumruk", None);
        check(&DECLARATION, "Toplam_navlun_dovizi", Some("Toplan_navlun_dovizi"));
        check(&DECLARATION, "Referans_Tarihi", None);
        check(&ITEM, "Referans_Tarihi", Some("Referans_Tarihi"));
        check(&ITEM, "konteyner_Bilgi", Some("konteyner_Bilgi"));
        check(&ITEM, "Imalatci_VergiNo", None);
    }
}
