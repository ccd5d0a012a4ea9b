//! How does a good message become a doubtful one? Seeded slips of a program that writes it.
//!
//! Knows shapes and texts only, nothing of what is right.

use quick_xml::Reader;
use quick_xml::events::Event;

/// An element of a message; names and texts as they are written.
#[derive(Clone)]
pub(crate) struct Node {
    name: String,
    attributes: String,
    text: String,
    children: Vec<Node>,
}

impl Node {
    /// Reads a small, good message without comments or mixed content.
    pub(crate) fn read(message: &str) -> Self {
        let mut reader = Reader::from_str(message);
        let mut open = vec![Self::named("")];
        loop {
            match reader.read_event().expect("a good message") {
                Event::Start(tag) => open.push(Self::opened(&tag)),
                Event::Empty(tag) => {
                    let node = Self::opened(&tag);
                    open.last_mut().expect("a parent").children.push(node);
                }
                Event::End(_) => {
                    let node = open.pop().expect("an open element");
                    open.last_mut().expect("a parent").children.push(node);
                }
                Event::Text(text) => {
                    open.last_mut().expect("a parent").text.push_str(text.trim());
                }
                Event::Eof => return open.remove(0).children.remove(0),
                _ => {}
            }
        }
    }

    /// As a message.
    pub(crate) fn write(&self) -> String {
        let Self { name, attributes, text, children } = self;
        let inside: String = children.iter().map(Self::write).collect();
        format!("<{name}{attributes}>{text}{inside}</{name}>")
    }

    /// Makes one slip, within so many levels from here on, and says which.
    pub(crate) fn slip(&mut self, draw: &mut Draw, levels: usize) -> String {
        let count = self.count(levels);
        let slip = *draw.one_of(SLIPS);
        if slip == Slip::Root {
            self.name.push('x');
            return "Root".to_owned();
        }
        let place = 1 + draw.below(count - 1);
        let mut at = place;
        let (parent, index) = self.find(&mut at, levels).expect("a place among the elements");
        let told = format!("{slip:?} of {}", parent.children[index].name);
        parent.slip_at(index, slip, draw);
        told
    }

    fn slip_at(&mut self, index: usize, slip: Slip, draw: &mut Draw) {
        let node = &mut self.children[index];
        match slip {
            Slip::Value if node.children.is_empty() => {
                // Days stand among many words: where one is meant, days are drawn.
                let values = if node.text.contains('/') { DAYS } else { VALUES };
                node.text = (*draw.one_of(values)).to_owned();
            }
            Slip::Digit if node.children.is_empty() => node.text.push('1'),
            Slip::Spaces if node.children.is_empty() => node.text = format!("\n {} ", node.text),
            Slip::Empty | Slip::Value | Slip::Digit | Slip::Spaces => {
                node.text.clear();
                node.children.clear();
            }
            Slip::Nil if !node.attributes.contains("nil") => {
                let attributes = format!("{} xmlns:i=\"{XSI}\" i:nil=\"true\"", node.attributes);
                *node = Self { attributes, ..Self::named(&node.name) };
            }
            Slip::Gone => drop(self.children.remove(index)),
            Slip::Twice => {
                let again = node.clone();
                self.children.push(again);
            }
            Slip::Unknown => {
                self.children.insert(index, Self { text: "x".to_owned(), ..Self::named("Bilinmeyen") });
            }
            Slip::Foreign => {
                let attributes = (*draw.one_of(FOREIGN)).to_owned();
                self.children.insert(index, Self { attributes, text: "x".to_owned(), ..Self::named("Ek") });
            }
            Slip::Order => {
                let other = draw.below(self.children.len());
                self.children.swap(index, other);
            }
            Slip::Stray => self.text.push_str("stray"),
            Slip::Attribute if !node.attributes.contains(ATTRIBUTE) => node.attributes.push_str(ATTRIBUTE),
            Slip::Inside => node.children.push(Self::named("Bilinmeyen")),
            Slip::Case => node.name = node.name.to_ascii_lowercase() + "_",
            Slip::Moved => {
                let moved = self.children.remove(index);
                let to = draw.below(self.children.len().max(1));
                match self.children.get_mut(to) {
                    Some(sibling) if !sibling.children.is_empty() => sibling.children.push(moved),
                    _ => self.children.push(moved),
                }
            }
            // Written twice, an attribute would be no message at all.
            Slip::Nil | Slip::Attribute | Slip::Root => {}
        }
    }

    fn opened(tag: &str) -> Self {
        let (name, attributes) = tag.split_at(tag.find(char::is_whitespace).unwrap_or(tag.len()));
        Self { attributes: attributes.trim_end().to_owned(), ..Self::named(name) }
    }

    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), attributes: String::new(), text: String::new(), children: Vec::new() }
    }

    fn count(&self, levels: usize) -> usize {
        if levels == 0 { 1 } else { 1 + self.children.iter().map(|child| child.count(levels - 1)).sum::<usize>() }
    }

    /// The parent of the element that comes `at` places after this one, and which of its children that is.
    fn find(&mut self, at: &mut usize, levels: usize) -> Option<(&mut Self, usize)> {
        if levels == 0 {
            return None;
        }
        let mut index = 0;
        while index < self.children.len() {
            *at -= 1;
            if *at == 0 {
                return Some((self, index));
            }
            let below = self.children[index].count(levels - 1) - 1;
            if *at <= below {
                return self.children[index].find(at, levels - 1);
            }
            *at -= below;
            index += 1;
        }
        None
    }
}

/// Seeded drawing by `SplitMix64`.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).expect("a small number")).expect("a small number")
    }

    pub(crate) fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slip {
    Value,
    Digit,
    Spaces,
    Empty,
    Nil,
    Gone,
    Twice,
    Unknown,
    Foreign,
    Order,
    Stray,
    Attribute,
    Inside,
    Case,
    Moved,
    Root,
}

/// Values are most of what goes wrong.
const SLIPS: &[Slip] = &[
    Slip::Value,
    Slip::Value,
    Slip::Value,
    Slip::Value,
    Slip::Value,
    Slip::Value,
    Slip::Digit,
    Slip::Spaces,
    Slip::Empty,
    Slip::Nil,
    Slip::Gone,
    Slip::Gone,
    Slip::Twice,
    Slip::Unknown,
    Slip::Foreign,
    Slip::Order,
    Slip::Stray,
    Slip::Attribute,
    Slip::Inside,
    Slip::Case,
    Slip::Moved,
    Slip::Root,
];
const VALUES: &[&str] = &[
    "0",
    "1",
    "600",
    "0600.50",
    "600.00",
    "1,5",
    "-1",
    "+1",
    "1e3",
    "1.",
    ".5",
    "1.2.3",
    "1.000,50",
    "1 0",
    "NaN",
    "INF",
    "\u{0661}",
    "1.0",
    "1.5",
    "007",
    "1234567890123456",
    "0.123456789",
    "0.12345678",
    "18/01/2026",
    "x",
    "ş",
    "USD",
    "XTS", // ISO 4217: for tests alone
    "1000",
    "4000",
    "004",
    "999",
    "FOB",
    "341300",
    "&#49;2",
    "<![CDATA[12]]>",
    "610910000011",
    "000000000000",
    "1234567890",
    "1234567891",
    "IMMIB",
    "TIM",
    "immib",
    "BEKLET",
    "CARI_HESAP",
    "CEK",
];
const DAYS: &[&str] = &[
    "18/01/2026",
    "18.01.2026",
    "2026-01-18",
    "2026-1-8",
    "31/02/2026",
    "18/01.2026",
    "18-01-2026",
    "00/01/2026",
    "29/02/2026",
    "29/02/2024",
    "18/01/26",
    " 18/01/2026 ",
    "1,5",
    "x",
];
const FOREIGN: &[&str] = &[" xmlns=\"\"", " xmlns=\"urn:baska\"", " xmlns=\"http://www.w3.org/2001/XMLSchema\""];
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// What no element has.
pub(crate) const ATTRIBUTE: &str = " ek=\"1\"";
