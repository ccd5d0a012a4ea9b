//! What differs between two versions of a declaration?
//!
//! Items are matched by their number and named by it. Of other lists, equal rows cancel out, and what remains is
//! paired in order; such rows are named by their position in the document.

use super::digest::{by_number, canonical, item_number, write_row};
use super::{Branch, Branches, Content};
use crate::schema::{Kind, List};
use ebirlik_domain::decision::Change;
use std::fmt::Write as _;

/// The differences between two stored contents, at most 1,000; a side that is no stored content counts
/// as empty.
pub fn differences(old: &str, new: &str) -> Vec<Change> {
    let old = Content::parse(old).unwrap_or_default();
    let new = Content::parse(new).unwrap_or_default();
    let mut comparison = Comparison { old: &old, new: &new, path: String::new(), changes: Vec::new() };
    comparison.groups(Some(old.top()), Some(new.top()));
    comparison.changes
}

/// More differences than this are not listed.
const CHANGES_MAX: usize = 10_000;

struct Comparison<'c> {
    old: &'c Content<'c>,
    new: &'c Content<'c>,
    path: String,
    changes: Vec<Change>,
}

type Side<'c> = Option<Branch<'c, 'c>>;

impl<'c> Comparison<'c> {
    fn groups(&mut self, old: Option<Branches<'c, 'c>>, new: Option<Branches<'c, 'c>>) {
        let sorted = |side: Option<Branches<'c, 'c>>| {
            let mut children: Vec<_> = side.into_iter().flatten().collect();
            children.sort_by_key(|child| child.node.index);
            children.into_iter().peekable()
        };
        let (mut old, mut new) = (sorted(old), sorted(new));
        loop {
            let next = [old.peek(), new.peek()].into_iter().flatten().map(|child| child.node.index).min();
            let Some(next) = next else { return };
            let is_next = |child: &Branch<'c, 'c>| child.node.index == next;
            let (old, new) = (old.next_if(is_next), new.next_if(is_next));
            self.elements(old, new);
        }
    }

    fn elements(&mut self, old: Side<'c>, new: Side<'c>) {
        let Some(element) = old.or(new).map(|branch| branch.node.element) else { return };
        let length = self.path.len();
        if self.path.is_empty() && !element.is_container() {
            self.path.push_str("/BirlikOnayTalebi");
        }
        self.path.push('/');
        self.path.push_str(element.name);
        match element.kind {
            Kind::Group(_) => self.groups(old.map(Branch::children), new.map(Branch::children)),
            Kind::List(list) => self.lists(list, old, new),
            _ => {
                let text = |content: &Content<'_>, side: Side<'c>| {
                    side.filter(|_| content.counts(element)).map_or("", Branch::text)
                };
                let (old, new) = (text(self.old, old), text(self.new, new));
                if canonical(element, old) != canonical(element, new) && self.changes.len() < CHANGES_MAX {
                    self.changes.push(Change { path: self.path.clone(), old: old.to_owned(), new: new.to_owned() });
                }
            }
        }
        self.path.truncate(length);
    }

    fn lists(&mut self, list: &List, old: Side<'c>, new: Side<'c>) {
        let rows = |side: Side<'c>| -> Vec<Branch<'c, 'c>> { side.into_iter().flat_map(Branch::children).collect() };
        let (old, new) = (rows(old), rows(new));
        let pairs = if list.is_items { pairs_of_items(&old, &new) } else { self.pairs_of_rows(&old, &new) };
        for (name, old, new) in pairs {
            if self.changes.len() >= CHANGES_MAX {
                return;
            }
            let length = self.path.len();
            // Writing to a string cannot fail.
            let _ = write!(self.path, "/{}[{name}]", list.row.name);
            self.groups(old.map(Branch::children), new.map(Branch::children));
            self.path.truncate(length);
        }
    }

    fn pairs_of_rows(&self, old: &[Branch<'c, 'c>], new: &[Branch<'c, 'c>]) -> Vec<(String, Side<'c>, Side<'c>)> {
        let keyed = |content: &Content<'_>, rows: &[Branch<'c, 'c>]| {
            let key = |(position, row): (usize, &Branch<'c, 'c>)| {
                let mut bytes = Vec::new();
                write_row(content, *row, &mut bytes);
                (bytes, position, *row)
            };
            let mut keyed: Vec<_> = (1..).zip(rows).map(key).filter(|(bytes, ..)| !bytes.is_empty()).collect();
            keyed.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
            keyed
        };
        let (old, new) = (keyed(self.old, old), keyed(self.new, new));
        let left = |these: &[(Vec<u8>, usize, Branch<'c, 'c>)], others: &[(Vec<u8>, usize, Branch<'c, 'c>)]| {
            let mut others = others.iter().peekable();
            let mut left: Vec<_> = Vec::new();
            for (bytes, position, row) in these {
                while others.next_if(|other| other.0 < *bytes).is_some() {}
                if others.next_if(|other| other.0 == *bytes).is_none() {
                    left.push((*position, *row));
                }
            }
            left.sort_by_key(|(position, _)| *position);
            left
        };
        let (mut gone, mut come) = (left(&old, &new).into_iter(), left(&new, &old).into_iter());
        let mut pairs = Vec::new();
        loop {
            match (gone.next(), come.next()) {
                (None, None) => return pairs,
                (old, new) => {
                    let position = new.or(old).map_or(0, |(position, _)| position);
                    pairs.push((position.to_string(), old.map(|(_, row)| row), new.map(|(_, row)| row)));
                }
            }
        }
    }
}

fn pairs_of_items<'c>(old: &[Branch<'c, 'c>], new: &[Branch<'c, 'c>]) -> Vec<(String, Side<'c>, Side<'c>)> {
    let sorted = |items: &[Branch<'c, 'c>]| {
        let mut items: Vec<_> = items.iter().map(|item| (item_number(*item), *item)).collect();
        items.sort_by(|one, other| by_number(one.0, other.0));
        items.into_iter().peekable()
    };
    let (mut old, mut new) = (sorted(old), sorted(new));
    let mut pairs = Vec::new();
    loop {
        let numbers = [old.peek(), new.peek()].into_iter().flatten().map(|(number, _)| *number);
        let Some(next) = numbers.min_by(|one, other| by_number(one, other)) else { return pairs };
        let is_next = |item: &(&str, Branch<'c, 'c>)| item.0 == next;
        let (old, new) = (old.next_if(is_next), new.next_if(is_next));
        pairs.push((next.to_owned(), old.map(|(_, item)| item), new.map(|(_, item)| item)));
    }
}
