//! Where in the message is a finding? Path, line and column, worked out only when somebody asks.

use crate::edifact::{self, Envelope};
use crate::request::Wire;
use crate::schema::{DECLARATION, Group, ITEM};
use crate::soap::Version;
use ebirlik_domain::finding::{Field, Place};

/// The decoded text of a message, and what is needed to name places in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    text: String,
    is_bare: bool,
    envelope: Option<Box<Envelope>>,
    soap: Option<Version>,
}

/// A place worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Path in the wire's own terms, such as `/Gelen/BeyannameBilgi/GUMRUK` or `?secretariat`.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, in characters from 1.
    pub column: u32,
}

impl Source {
    /// The decoded text of a message without its byte order mark. `is_bare` when secretariat and payment come
    /// from the query.
    pub fn new(text: String, is_bare: bool) -> Self {
        Self { text, is_bare, envelope: None, soap: None }
    }

    /// The decoded text of an EDIFACT interchange, and its envelope.
    pub fn edifact(text: String, envelope: Envelope) -> Self {
        Self { text, is_bare: false, envelope: Some(Box::new(envelope)), soap: None }
    }

    /// The same, with the SOAP around the message.
    #[must_use]
    pub(crate) fn enveloped(mut self, soap: Option<Version>) -> Self {
        self.soap = soap;
        self
    }

    /// The decoded text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The envelope of an EDIFACT interchange; `None` for XML.
    pub fn envelope(&self) -> Option<&Envelope> {
        self.envelope.as_deref()
    }

    /// The SOAP around the message, and so around its answer.
    pub fn soap(&self) -> Option<Version> {
        self.soap
    }

    /// Content type of the answer.
    pub fn content_type(&self) -> &'static str {
        self.soap.map_or(self.wire().content_type(), Version::content_type)
    }

    /// The form in which the message came and its answer goes.
    pub fn wire(&self) -> Wire {
        if self.envelope.is_some() { Wire::Edifact } else { Wire::Xml }
    }

    /// The place worked out; `None` for a finding about the request as a whole.
    pub fn locate(&self, place: &Place) -> Option<Located> {
        self.locate_all(&[place]).pop().flatten()
    }

    /// Many places worked out in one pass over the text.
    pub fn locate_all(&self, places: &[&Place]) -> Vec<Option<Located>> {
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by_key(|index| places.get(*index).copied().and_then(offset_of));
        let mut walk = Walk::over(&self.text);
        let mut located = vec![None; places.len()];
        for index in order {
            if let (Some(place), Some(slot)) = (places.get(index), located.get_mut(index)) {
                *slot = self.located(place, &mut walk);
            }
        }
        located
    }

    fn located(&self, place: &Place, walk: &mut Walk<'_>) -> Option<Located> {
        match place {
            Place::Field { field, position, at } => {
                let (line, column) = walk.to(*at);
                Some(Located { path: self.path_of(*field, *position, *at), line, column })
            }
            Place::Source { path, at } => {
                let (line, column) = walk.to(*at);
                Some(Located { path: path.clone(), line, column })
            }
            Place::Located { path, line, column } => Some(Located { path: path.clone(), line: *line, column: *column }),
            Place::Nowhere => None,
        }
    }

    fn path_of(&self, field: Field, position: u32, at: u32) -> String {
        if self.envelope.is_some() {
            return edifact::path_of(field, position);
        }
        let path = path_of(field, position, self.is_bare);
        // The element may stand there under its other name.
        let written = match (field, self.name_at(at)) {
            (Field::Reference, "RefID") => Some("/Gelen/RefID"),
            (Field::FreightCurrency, "Toplam_navlun_dovizi") => Some("/Gelen/BeyannameBilgi/Toplam_navlun_dovizi"),
            _ => None,
        };
        written.map_or(path, ToOwned::to_owned)
    }

    /// The local name of the element whose start tag stands at this offset.
    fn name_at(&self, at: u32) -> &str {
        let tag = self.text.get(to_usize(at)..).and_then(|rest| rest.strip_prefix('<')).unwrap_or_default();
        let end = tag.find([' ', '\t', '\r', '\n', '/', '>']).unwrap_or(tag.len());
        let name = tag.get(..end).unwrap_or_default();
        name.split_once(':').map_or(name, |(_, local)| local)
    }
}

/// The path of a field in the terms of the XML message: `position` names the item, from 1.
pub fn path_of(field: Field, position: u32, is_bare: bool) -> String {
    let named = |group: &'static Group| group.element_of(field).map(|element| element.name);
    match field {
        Field::Secretariat if is_bare => "?secretariat".to_owned(),
        Field::Secretariat => "/BirlikOnayTalebi/GenelSekreterlik".to_owned(),
        Field::Payment if is_bare => "?payment".to_owned(),
        Field::Payment => "/BirlikOnayTalebi/Odeme".to_owned(),
        Field::Declaration => "/Gelen/BeyannameBilgi".to_owned(),
        _ => match (named(&DECLARATION), named(&ITEM)) {
            (Some(name), _) => format!("/Gelen/BeyannameBilgi/{name}"),
            (None, Some(name)) => format!("/Gelen/BeyannameBilgi/Kalemler/kalem[{position}]/{name}"),
            (None, None) => "/Gelen".to_owned(),
        },
    }
}

fn offset_of(place: &Place) -> Option<u32> {
    match place {
        Place::Field { at, .. } | Place::Source { at, .. } => Some(*at),
        Place::Located { .. } | Place::Nowhere => None,
    }
}

/// A walk over a text that knows line and column. CRLF and a lone CR are one line end.
pub(crate) struct Walk<'a> {
    text: &'a str,
    offset: usize,
    line: u32,
    column: u32,
}

impl<'a> Walk<'a> {
    pub(crate) fn over(text: &'a str) -> Self {
        Self { text, offset: 0, line: 1, column: 1 }
    }

    /// Line and column of an offset, which is best not before the last one.
    pub(crate) fn to(&mut self, at: u32) -> (u32, u32) {
        let at = to_usize(at).min(self.text.len());
        if at < self.offset {
            *self = Self::over(self.text);
        }
        let bytes = self.text.as_bytes();
        for index in self.offset..at {
            match bytes.get(index) {
                Some(b'\r') if bytes.get(index + 1) == Some(&b'\n') => {}
                Some(b'\n' | b'\r') => {
                    self.line = self.line.saturating_add(1);
                    self.column = 1;
                }
                // The second and later bytes of a character.
                Some(0x80..=0xBF) => {}
                _ => self.column = self.column.saturating_add(1),
            }
        }
        self.offset = at;
        (self.line, self.column)
    }
}

/// An offset as kept, from one in memory.
pub(crate) fn to_offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn to_usize(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, at: usize, expected: (u32, u32)) {
        assert_eq!(Walk::over(text).to(to_offset(at)), expected, "{text:?} at {at}");
    }

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        check("", 0, (1, 1));
        check("ab", 1, (1, 2));
        check("şığ<", 6, (1, 4));
        check("a\nb", 2, (2, 1));
        check("a\r\nb", 3, (2, 1));
        check("a\rb", 2, (2, 1));
        check("a\r\r\n\nb", 5, (4, 1));
        check("😀\u{2028}x", 7, (1, 3));
        check("ab", 99, (1, 3));
    }

    #[test]
    fn many_places_are_found_in_one_pass_and_in_any_order() {
        let source = Source::new("<a>\n <b/>\n</a>".to_owned(), true);
        let place = |at| Place::Source { path: "/a".to_owned(), at };
        let (late, early) = (place(10), place(5));
        let located = source.locate_all(&[&late, &Place::Nowhere, &early]);
        let lines: Vec<_> =
            located.iter().map(|place| place.as_ref().map(|place| (place.line, place.column))).collect();
        assert_eq!(lines, [Some((3, 1)), None, Some((2, 2))]);
    }

    /// fields have the names that customs gives them.
    #[test]
    fn fields_are_named_by_their_elements() {
        let path = |field, position| path_of(field, position, false);
        assert_eq!(path(Field::Office, 0), "/Gelen/BeyannameBilgi/GUMRUK");
        assert_eq!(path(Field::FreightCurrency, 0), "/Gelen/BeyannameBilgi/Toplan_navlun_dovizi");
        assert_eq!(path(Field::ItemGtip, 3), "/Gelen/BeyannameBilgi/Kalemler/kalem[3]/Gtip");
        assert_eq!(path(Field::Items, 0), "/Gelen/BeyannameBilgi/Kalemler");
        assert_eq!(path(Field::Declaration, 0), "/Gelen/BeyannameBilgi");
        assert_eq!(path(Field::Payment, 0), "/BirlikOnayTalebi/Odeme");
        assert_eq!(path_of(Field::Secretariat, 0, true), "?secretariat");
    }
}
