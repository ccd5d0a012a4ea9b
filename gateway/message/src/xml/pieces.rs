//! Into which pieces does a document fall, and where does each of them end?
//!
//! Only the borders are found here. What stands between them is proven by [`super::events`].

use super::chars::is_space;
use memchr::{memchr_iter, memchr2, memchr3, memchr3_iter};

/// A piece of a document: markup without its marks, or what stands between markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// `<tag>`, or `<tag/>` when it is empty.
    Start { tag: &'a str, is_empty: bool },
    /// `</tag>`.
    End(&'a str),
    /// Neither markup nor reference.
    Text(&'a str),
    /// `<![CDATA[text]]>`.
    Section(&'a str),
    /// `&body;`.
    Reference(&'a str),
    /// `<!-- -->`, its marks included.
    Comment(&'a str),
    /// `<?xml ?>`, its marks included.
    Declaration(&'a str),
    /// `<?target ?>` of any other target.
    Instruction,
    /// The beginning of a DTD; where it ends is not asked.
    DocumentType,
    /// Markup or a reference without its end.
    Broken,
}

impl<'a> Piece<'a> {
    /// The first piece of a text that is not empty, and its length.
    pub(super) fn first(text: &'a str) -> (Self, usize) {
        let found = match text.as_bytes() {
            [b'<', b'/', ..] => tag_end(text).map(|end| (Self::End(inner(text, 2, end - 1)), end)),
            [b'<', b'?', ..] => Self::instruction(text),
            [b'<', b'!', b'-', b'-', ..] => {
                end_after(text, 4, "-->").map(|end| (Self::Comment(inner(text, 0, end)), end))
            }
            [b'<', b'!', b'[', ..] if text.starts_with(SECTION) => end_after(text, SECTION.len(), "]]>")
                .map(|end| (Self::Section(inner(text, SECTION.len(), end - 3)), end)),
            [b'<', b'!', ..] => is_document_type(text).then_some((Self::DocumentType, DOCUMENT_TYPE.len())),
            [b'<', ..] => tag_end(text).map(|end| (Self::start(text, end), end)),
            [b'&', ..] => reference_end(text).map(|end| (Self::Reference(inner(text, 1, end - 1)), end)),
            bytes => {
                let end = memchr2(b'<', b'&', bytes).unwrap_or(bytes.len());
                Some((Self::Text(inner(text, 0, end)), end))
            }
        };
        found.unwrap_or((Self::Broken, text.len()))
    }

    /// Markup that may stand inside of a value, so that white space before it is part of the value.
    pub(super) fn is_amid_text(self) -> bool {
        matches!(self, Self::Section(_) | Self::Reference(_) | Self::Comment(_))
    }

    fn start(text: &'a str, end: usize) -> Self {
        let tag = inner(text, 1, end - 1);
        let empty = tag.strip_suffix('/');
        Self::Start { tag: empty.unwrap_or(tag), is_empty: empty.is_some() }
    }

    fn instruction(text: &'a str) -> Option<(Self, usize)> {
        // `<?>` ends too, and is nothing.
        let end = end_after(text, 1, "?>").filter(|end| *end > "<?>".len())?;
        let target = inner(text, 2, end - 2);
        let is_declaration = target.strip_prefix("xml").is_some_and(|rest| rest.bytes().next().is_none_or(is_space));
        Some((if is_declaration { Self::Declaration(inner(text, 0, end)) } else { Self::Instruction }, end))
    }
}

/// Where a tag ends: behind the first `>` outside of quotes.
fn tag_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quote = None;
    for index in memchr3_iter(b'>', b'\'', b'"', bytes) {
        let mark = bytes.get(index).copied();
        match quote {
            None if mark == Some(b'>') => return Some(index + 1),
            None => quote = mark,
            Some(_) if quote == mark => quote = None,
            Some(_) => {}
        }
    }
    None
}

/// Where a reference ends, if neither another nor markup begins before.
fn reference_end(text: &str) -> Option<usize> {
    let rest = text.as_bytes().get(1..)?;
    let index = memchr3(b';', b'&', b'<', rest)?;
    (rest.get(index) == Some(&b';')).then_some(index + 2)
}

/// Where markup ends: behind the first such mark from `from` on.
fn end_after(text: &str, from: usize, mark: &str) -> Option<usize> {
    let rest = text.get(from..)?;
    let is_mark = |index: &usize| rest.get(..=*index).is_some_and(|rest| rest.ends_with(mark));
    memchr_iter(b'>', rest.as_bytes()).find(is_mark).map(|index| from + index + 1)
}

fn is_document_type(text: &str) -> bool {
    text.get(..DOCUMENT_TYPE.len()).is_some_and(|start| start.eq_ignore_ascii_case(DOCUMENT_TYPE))
}

fn inner(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

const SECTION: &str = "<![CDATA[";
const DOCUMENT_TYPE: &str = "<!DOCTYPE";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, piece: Piece<'_>, length: usize) {
        assert_eq!(Piece::first(text), (piece, length), "{text}");
    }

    #[track_caller]
    fn check_broken(text: &str) {
        check(text, Piece::Broken, text.len());
    }

    #[test]
    fn tags_end_at_the_first_mark_outside_of_quotes() {
        check("<a>b", Piece::Start { tag: "a", is_empty: false }, 3);
        check("<a/>b", Piece::Start { tag: "a", is_empty: true }, 4);
        check("<>", Piece::Start { tag: "", is_empty: false }, 2);
        check("<a b='\">' c=\"'>/\">", Piece::Start { tag: "a b='\">' c=\"'>/\"", is_empty: false }, 18);
        check("</a >b", Piece::End("a "), 5);
        check("</a b='>'>", Piece::End("a b='>'"), 10);
        for broken in ["<", "<a", "<a b='>", "</", "</a"] {
            check_broken(broken);
        }
    }

    #[test]
    fn text_ends_where_markup_or_a_reference_begins() {
        check("a > b<c", Piece::Text("a > b"), 5);
        check("ş&amp;", Piece::Text("ş"), 2);
        check("a", Piece::Text("a"), 1);
        check("&amp;b", Piece::Reference("amp"), 5);
        check("&;", Piece::Reference(""), 2);
        for broken in ["&", "&a", "&a&b;", "&a<b;"] {
            check_broken(broken);
        }
    }

    #[test]
    fn the_other_markup_ends_at_its_own_mark() {
        check("<!---->", Piece::Comment("<!---->"), 7);
        check("<!--> -->", Piece::Comment("<!--> -->"), 9);
        check("<![CDATA[]]>", Piece::Section(""), 12);
        check("<![CDATA[<a>]]]>]", Piece::Section("<a>]"), 16);
        check("<?xml?>", Piece::Declaration("<?xml?>"), 7);
        check("<?xml a?>b", Piece::Declaration("<?xml a?>"), 9);
        check("<?xmla?>", Piece::Instruction, 8);
        check("<??>", Piece::Instruction, 4);
        check("<!DocType", Piece::DocumentType, 9);
        for broken in
            ["<!-->", "<!--->", "<!-a-->", "<![CDATA[", "<![cdata[]]>", "<?>", "<?>?>", "<?a>", "<!", "<!ELEMENT a>"]
        {
            check_broken(broken);
        }
    }
}
