//! How is an answer written as XML? Two spaces a level, elements with text on one line.

use std::fmt::Write as _;

/// XML in the making.
pub(super) struct Writer {
    out: String,
    depth: usize,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self { out: String::with_capacity(2_048), depth: 0 }
    }

    /// `<name attributes>`, the elements that `inside` writes, `</name>`; without elements `<name attributes/>`.
    pub(super) fn element(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) {
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
    pub(super) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.start(name, attributes);
        self.out.push('>');
        self.escape(text, false);
        self.end(name);
    }

    pub(super) fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            self.escape(value, true);
            self.out.push('"');
        }
    }

    fn end(&mut self, name: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "</{name}>");
    }

    fn indent(&mut self) {
        self.out.extend(std::iter::repeat_n("  ", self.depth));
    }

    fn escape(&mut self, text: &str, is_attribute: bool) {
        for letter in text.chars() {
            match letter {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' if is_attribute => self.out.push_str("&quot;"),
                '\r' => self.out.push_str("&#13;"),
                '\n' if is_attribute => self.out.push_str("&#10;"),
                '\t' if is_attribute => self.out.push_str("&#9;"),
                '\t' | '\n' => self.out.push(letter),
                // XML cannot hold these, not even as references.
                '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => self.out.push('\u{FFFD}'),
                other => self.out.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut writer = Writer::new();
        writer.text("a", &[("b", text)], text);
        assert_eq!(String::from_utf8(writer.into_bytes()).unwrap(), format!("{expected}\n"), "{text:?}");
    }

    #[test]
    fn whatever_a_value_holds_the_answer_is_xml() {
        check("ş", "<a b=\"ş\">ş</a>");
        check("<&>\"'", "<a b=\"&lt;&amp;&gt;&quot;'\">&lt;&amp;&gt;\"'</a>");
        check("]]>", "<a b=\"]]&gt;\">]]&gt;</a>");
        check("1\r\n\t2", "<a b=\"1&#13;&#10;&#9;2\">1&#13;\n\t2</a>");
        check("\0\u{1B}\u{FFFE}", "<a b=\"\u{FFFD}\u{FFFD}\u{FFFD}\">\u{FFFD}\u{FFFD}\u{FFFD}</a>");
    }

    #[test]
    fn an_element_with_nothing_inside_closes_itself() {
        let mut writer = Writer::new();
        writer.element("a", &[], |writer| writer.element("b", &[("c", "1")], |_| {}));
        assert_eq!(String::from_utf8(writer.into_bytes()).unwrap(), "<a>\n  <b c=\"1\"/>\n</a>\n");
    }
}
