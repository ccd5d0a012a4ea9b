//! Into which pieces does a document fall, and where does each of them end?
//!
//! Only the borders are found here, those of markup by quick-xml. What stands between them, and all that the pull
//! reader is lenient about, is proven by [`super::events`].

use memchr::memchr2;
use quick_xml::Reader;
use quick_xml::events::Event as Token;

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
        if !text.starts_with(['<', '&']) {
            let end = memchr2(b'<', b'&', text.as_bytes()).unwrap_or(text.len());
            return (Self::Text(inner(text, 0, end)), end);
        }
        let mut reader = Reader::from_str(text);
        // Ends are compared by who knows the places of all.
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        let token = reader.read_event();
        let end = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        let piece = match token {
            Ok(Token::Start(_)) => Self::Start { tag: inner(text, 1, end - 1), is_empty: false },
            Ok(Token::Empty(_)) => Self::Start { tag: inner(text, 1, end - 2), is_empty: true },
            Ok(Token::End(_)) => Self::End(inner(text, 2, end - 1)),
            Ok(Token::CData(_)) => Self::Section(inner(text, SECTION.len(), end - 3)),
            Ok(Token::GeneralRef(_)) => Self::Reference(inner(text, 1, end - 1)),
            Ok(Token::Comment(_)) => Self::Comment(inner(text, 0, end)),
            Ok(Token::Decl(_)) => Self::Declaration(inner(text, 0, end)),
            Ok(Token::PI(_)) => Self::Instruction,
            Ok(Token::DocType(_) | Token::Text(_) | Token::Eof) | Err(_) => return Self::broken(text),
        };
        (piece, end)
    }

    /// Markup that may stand inside of a value, so that white space before it is part of the value.
    pub(super) fn is_amid_text(self) -> bool {
        matches!(self, Self::Section(_) | Self::Reference(_) | Self::Comment(_))
    }

    /// What has no end, unless it is a DTD: that is refused whether it ends or not.
    fn broken(text: &'a str) -> (Self, usize) {
        let is_document_type =
            text.get(..DOCUMENT_TYPE.len()).is_some_and(|start| start.eq_ignore_ascii_case(DOCUMENT_TYPE));
        if is_document_type { (Self::DocumentType, DOCUMENT_TYPE.len()) } else { (Self::Broken, text.len()) }
    }
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
