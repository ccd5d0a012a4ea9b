//! How is an answer written as XML? Two spaces a level, elements with text on one line.

use std::fmt::{self, Display, Write as _};

/// XML in the making: one text, into which every value is written where it stands.
pub(super) struct Writer {
    out: String,
    depth: usize,
}

/// Name and value of an attribute.
pub(super) type Attribute<'a> = (&'a str, &'a dyn Display);

impl Writer {
    pub(super) fn new() -> Self {
        Self { out: String::with_capacity(2_048), depth: 0 }
    }

    /// For a part that goes right within the root of an answer.
    pub(super) fn within_root() -> Self {
        Self { depth: 1, ..Self::new() }
    }

    /// `<name attributes>`, the elements that `inside` writes, `</name>`; without elements `<name attributes/>`.
    pub(super) fn element(&mut self, name: &str, attributes: &[Attribute<'_>], inside: impl FnOnce(&mut Self)) {
        self.start(name, attributes);
        let empty = self.out.len();
        self.out.push_str(">\n");
        let open = self.out.len();
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        if self.out.len() == open {
            self.out.truncate(empty);
            self.out.push_str("/>\n");
        } else {
            self.indent();
            self.end(name);
        }
    }

    /// An element with text.
    pub(super) fn text(&mut self, name: &str, attributes: &[Attribute<'_>], text: impl Display) {
        self.start(name, attributes);
        self.out.push('>');
        self.value(&text, false);
        self.end(name);
    }

    pub(super) fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// A part that another writer wrote for this place.
    pub(super) fn part(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub(super) fn into_text(self) -> String {
        self.out
    }

    fn start(&mut self, name: &str, attributes: &[Attribute<'_>]) {
        self.indent();
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            self.value(value, true);
            self.out.push('"');
        }
    }

    fn end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push_str(">\n");
    }

    fn indent(&mut self) {
        self.out.extend(std::iter::repeat_n("  ", self.depth));
    }

    fn value(&mut self, value: &dyn Display, is_attribute: bool) {
        // Writing to a string cannot fail.
        let _ = write!(Escaping { out: &mut self.out, is_attribute }, "{value}");
    }
}

/// Writes values so that they are XML.
struct Escaping<'a> {
    out: &'a mut String,
    is_attribute: bool,
}

impl fmt::Write for Escaping<'_> {
    fn write_str(&mut self, mut text: &str) -> fmt::Result {
        while let Some((plain, rest)) = text.bytes().position(is_special).and_then(|at| text.split_at_checked(at)) {
            self.out.push_str(plain);
            let mut letters = rest.chars();
            letters.next().into_iter().for_each(|letter| self.letter(letter));
            text = letters.as_str();
        }
        self.out.push_str(text);
        Ok(())
    }
}

impl Escaping<'_> {
    fn letter(&mut self, letter: char) {
        match letter {
            '&' => self.out.push_str("&amp;"),
            '<' => self.out.push_str("&lt;"),
            '>' => self.out.push_str("&gt;"),
            '"' if self.is_attribute => self.out.push_str("&quot;"),
            '\r' => self.out.push_str("&#13;"),
            '\n' if self.is_attribute => self.out.push_str("&#10;"),
            '\t' if self.is_attribute => self.out.push_str("&#9;"),
            '\t' | '\n' => self.out.push(letter),
            // XML cannot hold these, not even as references.
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => self.out.push('\u{FFFD}'),
            other => self.out.push(other),
        }
    }
}

/// What a character begins with that may have to be written otherwise.
fn is_special(byte: u8) -> bool {
    // U+FFFE and U+FFFF begin with 0xEF.
    matches!(byte, b'&' | b'<' | b'>' | b'"' | 0..=0x1F | 0xEF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut writer = Writer::new();
        writer.text("a", &[("b", &text)], text);
        assert_eq!(writer.into_text(), format!("{expected}\n"), "{text:?}");
    }

    #[test]
    fn whatever_a_value_holds_the_answer_is_xml() {
        check("ş", "<a b=\"ş\">ş</a>");
        check("<&>\"'", "<a b=\"&lt;&amp;&gt;&quot;'\">&lt;&amp;&gt;\"'</a>");
        check("]]>", "<a b=\"]]&gt;\">]]&gt;</a>");
        check("1\r\n\t2", "<a b=\"1&#13;&#10;&#9;2\">1&#13;\n\t2</a>");
        check("a\u{FF0C}b\u{FEFF}", "<a b=\"a\u{FF0C}b\u{FEFF}\">a\u{FF0C}b\u{FEFF}</a>");
        check("\0\u{1B}\u{FFFE}", "<a b=\"\u{FFFD}\u{FFFD}\u{FFFD}\">\u{FFFD}\u{FFFD}\u{FFFD}</a>");
    }

    #[test]
    fn an_element_with_nothing_inside_closes_itself() {
        let mut writer = Writer::new();
        writer.element("a", &[], |writer| writer.element("b", &[("c", &"1")], |_| {}));
        assert_eq!(writer.into_text(), "<a>\n  <b c=\"1\"/>\n</a>\n");
    }
}
