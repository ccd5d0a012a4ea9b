//! What may a message hold? The published tables of `schemas/edifact`, read once.

use super::segments::Tag;
use std::sync::LazyLock;

/// A directory of the United Nations, as far as we speak it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Directory {
    /// D.96B.
    D96B,
    /// D.19B.
    D19B,
}

/// Messages and segments of one table.
#[derive(Debug)]
pub(super) struct Table {
    messages: Vec<(String, Vec<Node>)>,
    segments: Vec<(Tag, Vec<Element>)>,
}

/// A place in a message.
#[derive(Debug)]
pub(super) struct Node {
    /// Its tag; of a group, the tag of the segment that opens it.
    pub(super) tag: Tag,
    pub(super) is_mandatory: bool,
    /// How often it may stand.
    pub(super) max: u32,
    /// Where it is, such as `CST*/MOA*`: groups by the segments that open them, with a star.
    pub(super) path: String,
    /// What is in a group, the segment that opens it first; nothing for a segment.
    pub(super) inside: Vec<Node>,
}

/// An element of a segment.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) is_mandatory: bool,
    /// Of a simple element.
    pub(super) format: Option<Format>,
    /// Of a composite one.
    pub(super) components: Vec<(bool, Format)>,
}

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) kind: Kind,
    pub(super) length: u16,
    /// Just so long, not up to it.
    pub(super) is_fixed: bool,
}

/// Which characters a value has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Letters,
    Number,
    Any,
}

impl Directory {
    /// By release number of version `D`.
    pub(super) fn of(version: &str, release: &str, agency: &str) -> Option<Self> {
        match (version, release, agency) {
            ("D", "96B", "UN") => Some(Self::D96B),
            ("D", "19B", "UN") => Some(Self::D19B),
            _ => None,
        }
    }

    /// The release number.
    pub(super) fn release(self) -> &'static str {
        match self {
            Self::D96B => "96B",
            Self::D19B => "19B",
        }
    }

    /// Its table.
    pub(super) fn table(self) -> &'static Table {
        match self {
            Self::D96B => &D96B,
            Self::D19B => &D19B,
        }
    }
}

impl Table {
    /// The service segments of a syntax version.
    pub(super) fn of_syntax(version: u8) -> &'static Self {
        if version >= 4 { &SYNTAX_4 } else { &SYNTAX_3 }
    }

    /// The structure of a message.
    pub(super) fn message(&self, name: &str) -> &[Node] {
        self.messages.iter().find(|(known, _)| known == name).map(|(_, nodes)| nodes.as_slice()).unwrap_or_default()
    }

    /// The elements of a segment; `None` for one that is checked for its place alone.
    pub(super) fn segment(&self, tag: Tag) -> Option<&[Element]> {
        self.segments.iter().find(|(known, _)| *known == tag).map(|(_, elements)| elements.as_slice())
    }

    /// Reads a table; `None` when it is not one. A test reads each.
    fn parse(text: &str) -> Option<Self> {
        let mut table = Self { messages: Vec::new(), segments: Vec::new() };
        for block in text.split("\n\n") {
            let mut lines = block.lines().filter(|line| !line.starts_with('#')).peekable();
            let Some(heading) = lines.next() else { continue };
            let lines: Vec<&str> = lines.collect();
            match heading.split_once(' ')? {
                ("message", name) => {
                    let nodes = nodes(&mut lines.as_slice(), 2, "")?;
                    table.messages.push((name.to_owned(), nodes));
                }
                ("segment", tag) => table.segments.push((tag_of(tag)?, elements(&lines)?)),
                _ => return None,
            }
        }
        Some(table)
    }
}

/// The nodes at this depth, taken from the front of the lines.
fn nodes(lines: &mut &[&str], depth: usize, above: &str) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    while let Some((line, rest)) = lines.split_first() {
        let content = line.trim_start();
        if line.len() - content.len() != depth {
            break;
        }
        *lines = rest;
        let [name, standing, max] = content.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let (is_mandatory, max) = (standing == "M", max.parse().ok()?);
        let node = if name.starts_with("SG") {
            let trigger = rest.first()?.trim_start().split(' ').next()?;
            let path = format!("{above}{trigger}*");
            let mut inside = self::nodes(lines, depth + 2, &format!("{path}/"))?;
            // The segment that opens a group stands at the group's own path.
            inside.first_mut()?.path.clone_from(&path);
            Node { tag: tag_of(trigger)?, is_mandatory, max, path, inside }
        } else {
            Node { tag: tag_of(name)?, is_mandatory, max, path: format!("{above}{name}"), inside: Vec::new() }
        };
        nodes.push(node);
    }
    Some(nodes)
}

fn elements(lines: &[&str]) -> Option<Vec<Element>> {
    let mut elements: Vec<Element> = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_mandatory = *words.get(1)? == "M";
        let format = words.get(2).map(|format| Format::parse(format));
        match (line.starts_with("    "), format) {
            (true, Some(format)) => elements.last_mut()?.components.push((is_mandatory, format?)),
            (true, None) => return None,
            (false, format) => {
                let format = format.map_or(Some(None), |format| format.map(Some))?;
                elements.push(Element { is_mandatory, format, components: Vec::new() });
            }
        }
    }
    Some(elements)
}

impl Format {
    /// From `an..35`, `n6` and the like.
    fn parse(text: &str) -> Option<Self> {
        let letters = text.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let length = text.get(letters.len()..)?.parse().ok()?;
        let kind = match letters.trim_end_matches('.') {
            "a" => Kind::Letters,
            "n" => Kind::Number,
            "an" => Kind::Any,
            _ => return None,
        };
        Some(Self { kind, length, is_fixed: !letters.ends_with('.') })
    }
}

fn tag_of(text: &str) -> Option<Tag> {
    text.as_bytes().try_into().ok()
}

fn read(text: &str) -> Table {
    Table::parse(text).unwrap_or(Table { messages: Vec::new(), segments: Vec::new() })
}

static D96B: LazyLock<Table> = LazyLock::new(|| read(include_str!("../../../../schemas/edifact/d96b.txt")));
static D19B: LazyLock<Table> = LazyLock::new(|| read(include_str!("../../../../schemas/edifact/d19b.txt")));
static SYNTAX_3: LazyLock<Table> = LazyLock::new(|| read(include_str!("../../../../schemas/edifact/syntax-3.txt")));
static SYNTAX_4: LazyLock<Table> = LazyLock::new(|| read(include_str!("../../../../schemas/edifact/syntax-4.txt")));

#[cfg(test)]
mod tests {
    use super::*;

    fn count(nodes: &[Node]) -> usize {
        nodes.iter().map(|node| if node.inside.is_empty() { 1 } else { count(&node.inside) }).sum()
    }

    #[test]
    fn the_published_tables_are_read_whole() {
        let check = |table: &Table, message: &str, segments: usize, defined: usize| {
            assert_eq!((count(table.message(message)), table.segments.len()), (segments, defined), "{message}");
        };
        check(Directory::D96B.table(), "CUSDEC", 151, 33);
        check(Directory::D96B.table(), "CUSRES", 52, 33);
        check(Directory::D19B.table(), "CUSDEC", 165, 33);
        check(Table::of_syntax(3), "CONTRL", 10, 12);
        check(Table::of_syntax(4), "CONTRL", 10, 12);
    }

    #[test]
    fn places_are_named_by_the_groups_around_them() {
        fn paths<'t>(nodes: &'t [Node], out: &mut Vec<&'t str>) {
            for node in nodes {
                if node.inside.is_empty() { out.push(&node.path) } else { paths(&node.inside, out) }
            }
        }
        let mut found = Vec::new();
        paths(Directory::D96B.table().message("CUSDEC"), &mut found);
        for path in ["BGM", "CST", "MOA*", "TOD*/LOC", "CST*", "CST*/MOA*", "CST*/GIR*/MOA*", "CST*/GIS*", "AUT*/DTM"] {
            assert!(found.contains(&path), "{path}");
        }
    }

    #[test]
    fn formats_say_kind_and_length() {
        let format = |kind, length, is_fixed| Some(Format { kind, length, is_fixed });
        assert_eq!(Format::parse("an..35"), format(Kind::Any, 35, false));
        assert_eq!(Format::parse("n6"), format(Kind::Number, 6, true));
        assert_eq!(Format::parse("a4"), format(Kind::Letters, 4, true));
        assert_eq!(Format::parse("x"), None);
    }
}
