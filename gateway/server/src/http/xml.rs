//! Writing small XML answers: elements of our namespace, escaped, two spaces a level as everywhere.

use std::fmt::Write;

/// An element that is still open.
#[derive(Debug)]
pub(crate) struct Element {
    name: &'static str,
    attributes: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// An empty element.
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, attributes: String::new(), text: String::new(), children: Vec::new() }
    }

    /// The root of an answer, in our namespace.
    pub(crate) fn root(name: &'static str) -> Self {
        let mut root = Self::new(name);
        root.attribute("xmlns", "urn:ebirlik:onay:1");
        root
    }

    /// Adds an attribute.
    pub(crate) fn attribute(&mut self, name: &str, value: &str) {
        self.attributes.push(' ');
        self.attributes.push_str(name);
        self.attributes.push_str("=\"");
        escape(&mut self.attributes, value);
        self.attributes.push('"');
    }

    /// Sets the text of an element without children.
    pub(crate) fn content(&mut self, text: &str) {
        self.text.clear();
        escape(&mut self.text, text);
    }

    /// Adds a child.
    pub(crate) fn child(&mut self, child: Element) {
        self.children.push(child);
    }

    /// Adds a child with a text.
    pub(crate) fn text(&mut self, name: &'static str, text: &str) {
        let mut child = Self::new(name);
        child.content(text);
        self.child(child);
    }

    /// Adds a child with a text, if there is one.
    pub(crate) fn maybe(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// The whole document.
    pub(crate) fn into_document(self) -> Vec<u8> {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.write(&mut out, 0);
        out.into_bytes()
    }

    fn write(&self, out: &mut String, level: usize) {
        let Self { name, attributes, text, children } = self;
        let indent = 2 * level;
        let _ = write!(out, "{:indent$}<{name}{attributes}", "");
        if children.is_empty() && text.is_empty() {
            out.push_str("/>\n");
        } else if children.is_empty() {
            let _ = writeln!(out, ">{text}</{name}>");
        } else {
            out.push_str(">\n");
            for child in children {
                child.write(out, level + 1);
            }
            let _ = writeln!(out, "{:indent$}</{name}>", "");
        }
    }
}

/// Escapes for text and attributes alike; what XML 1.0 cannot hold becomes U+FFFD.
fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_put_in_stays_well_formed() {
        let mut root = Element::root("A");
        root.text("B", "<&>\"\u{1}ğ\n");
        root.maybe("C", None);
        let mut child = Element::new("D");
        child.attribute("e", "a\"b<");
        root.child(child);
        let document = String::from_utf8(root.into_document()).unwrap();
        assert_eq!(
            document,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<A xmlns=\"urn:ebirlik:onay:1\">\n  \
             <B>&lt;&amp;&gt;&quot;\u{fffd}ğ&#10;</B>\n  <D e=\"a&quot;b&lt;\"/>\n</A>\n"
        );
    }
}
