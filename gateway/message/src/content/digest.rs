//! When are two declarations the same? When their canonical serialisations are.
//!
//! Elements in schema order, empty ones left out, numbers in their shortest form, items sorted by number, other
//! rows by their own serialisation. A value is `name 01 value 00`, a group or list `name 02 .. 03`; these bytes
//! cannot occur in a value of XML, so no two contents share a serialisation.

use super::{Branch, Branches, Content};
use crate::schema::{Element, Kind};
use ebirlik_domain::number;
use sha2::{Digest as _, Sha256};
use std::cmp::Ordering;
use std::ops::Range;

impl Content<'_> {
    /// SHA-256 of the canonical serialisation: equal for the same declaration, however it was written.
    pub fn digest(&self) -> [u8; 32] {
        let mut out = Vec::with_capacity(self.nodes.len() * 24);
        write_group(self, self.top(), &mut out);
        Sha256::digest(&out).into()
    }
}

/// The shortest form of a number, `600` for `0600.00`; any other value as it is.
pub(super) fn canonical<'t>(element: &Element, text: &'t str) -> &'t str {
    if !element.is_number() {
        return text;
    }
    let Some((integer, fraction)) = number::parts(text) else { return text };
    let zeros = integer.bytes().take_while(|digit| *digit == b'0').count().min(integer.len() - 1);
    let digits = fraction.len() - fraction.bytes().rev().take_while(|digit| *digit == b'0').count();
    let end = if digits == 0 { integer.len() } else { integer.len() + 1 + digits };
    text.get(zeros..end).unwrap_or(text)
}

/// Item numbers in the order of numbers; what is no number comes last.
pub(super) fn by_number(one: &str, other: &str) -> Ordering {
    let key = |text: &str| (!text.bytes().all(|byte| byte.is_ascii_digit()), text.len());
    key(one).cmp(&key(other)).then_with(|| one.cmp(other))
}

/// The canonical item number of a `kalem`.
pub(super) fn item_number<'t>(item: Branch<'t, '_>) -> &'t str {
    let number = item.children().named("Kalem_sira_no");
    number.map_or("", |branch| canonical(branch.node.element, branch.text()))
}

/// Serialises a row.
pub(super) fn write_row(content: &Content<'_>, row: Branch<'_, '_>, out: &mut Vec<u8>) {
    write_group(content, row.children(), out);
    if !out.is_empty() {
        out.push(CLOSE);
    }
}

fn write_group(content: &Content<'_>, children: Branches<'_, '_>, out: &mut Vec<u8>) {
    if children.clone().is_sorted_by_key(|child| child.node.index) {
        for child in children {
            write_element(content, child, out);
        }
    } else {
        let mut sorted: Vec<_> = children.collect();
        sorted.sort_by_key(|child| child.node.index);
        for child in sorted {
            write_element(content, child, out);
        }
    }
}

fn write_element(content: &Content<'_>, branch: Branch<'_, '_>, out: &mut Vec<u8>) {
    let element = branch.node.element;
    let start = out.len();
    out.extend_from_slice(element.name.as_bytes());
    let name_end = out.len() + 1;
    match element.kind {
        Kind::Group(_) => {
            out.push(OPEN);
            write_group(content, branch.children(), out);
        }
        Kind::List(list) => {
            out.push(OPEN);
            write_rows(content, branch.children(), list.is_items, out);
        }
        _ => {
            out.push(EQUALS);
            if content.counts(element) {
                out.extend_from_slice(canonical(element, branch.text()).as_bytes());
            }
        }
    }
    if out.len() == name_end {
        out.truncate(start);
    } else {
        out.push(if element.is_container() { CLOSE } else { END });
    }
}

fn write_rows(content: &Content<'_>, rows: Branches<'_, '_>, are_items: bool, out: &mut Vec<u8>) {
    let base = out.len();
    let mut written: Vec<(&str, Range<usize>)> = Vec::new();
    for row in rows {
        let start = out.len();
        write_group(content, row.children(), out);
        if out.len() > start {
            out.push(CLOSE);
            written.push((if are_items { item_number(row) } else { "" }, start - base..out.len() - base));
        }
    }
    let bytes = out.get(base..).unwrap_or_default();
    let text = |range: &Range<usize>| bytes.get(range.clone()).unwrap_or_default();
    let order = |one: &(&str, Range<usize>), other: &(&str, Range<usize>)| {
        by_number(one.0, other.0).then_with(|| text(&one.1).cmp(text(&other.1)))
    };
    if !written.is_sorted_by(|one, other| order(one, other) != Ordering::Greater) {
        written.sort_by(order);
        let sorted: Vec<u8> = written.iter().flat_map(|(_, range)| text(range)).copied().collect();
        out.truncate(base);
        out.extend_from_slice(&sorted);
    }
}

/// Between a name and its value.
const EQUALS: u8 = 1;
/// Between a name and what is inside.
const OPEN: u8 = 2;
/// After what is inside.
const CLOSE: u8 = 3;
/// After a value.
const END: u8 = 0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ITEM;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let (_, weight) = ITEM.find("Net_agirlik", 0).unwrap();
        assert_eq!(canonical(weight, text), expected, "{text}");
    }

    #[test]
    fn numbers_are_brought_to_their_shortest_form_and_other_text_stays() {
        check("600.00", "600");
        check("0600.50", "600.5");
        check("000.50", "0.5");
        check("0", "0");
        check("000", "0");
        check("0.0", "0");
        check("10", "10");
        check("100.010", "100.01");
        for text in ["", "1,5", "-1.0", "1.", ".5", "1e3", "01.x0"] {
            check(text, text);
        }
        let (_, code) = ITEM.find("Gtip", 0).unwrap();
        assert_eq!(canonical(code, "0100"), "0100");
    }

    #[test]
    fn items_sort_by_number_and_not_by_letter() {
        let mut numbers = ["10", "x", "9", "", "1"];
        numbers.sort_by(|one, other| by_number(one, other));
        assert_eq!(numbers, ["", "1", "9", "10", "x"]);
    }
}
