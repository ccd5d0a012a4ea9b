//! What breaks the syntax, in the words and numbers of CONTRL.

use super::segments::Tag;
use ebirlik_domain::catalogue::Rule;

/// Something that the syntax or the directory forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) code: Code,
    pub(super) spot: Spot,
    /// Number of the segment in its message, UNH being 1; 0 outside.
    pub(super) position: u32,
}

/// Where in the interchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    /// Offset in the text.
    pub(super) at: u32,
    /// The segment's tag; zeros where there is none.
    pub(super) tag: Tag,
    /// Element, from 1 without the tag; 0 for the segment as a whole.
    pub(super) element: u16,
    /// Component, from 1; 0 for the element as a whole.
    pub(super) component: u16,
}

/// Which rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// No `UNB` at the beginning.
    NoOpening,
    /// `UNA` names characters that cannot serve.
    Marks,
    /// A syntax version that does not exist.
    Version,
    /// A syntax level that we do not read.
    CharacterSet,
    /// A byte that the level does not know.
    Bytes,
    /// A character that the level does not hold, or a control.
    Character,
    /// No tag of three capital letters where a segment begins.
    NoSegment,
    /// The text ends before the segment does.
    NotEnded,
    /// A tag with nesting indicators.
    Nesting,
    /// Something that must stand does not.
    Missing,
    /// A segment where it may not stand.
    NotHere,
    /// A value that may not stand here.
    Value,
    /// More elements or components than there are.
    TooMany,
    /// An element or segment more often than it may stand.
    Repeated,
    /// A group of segments more often than it may stand.
    GroupRepeated,
    /// The wrong decimal mark.
    DecimalMark,
    /// Letters among digits, or the like.
    Kind,
    /// No digit before the decimal mark.
    LeadingDigit,
    /// Longer than so many characters.
    TooLong(u16),
    /// Not exactly so many characters.
    TooShort(u16),
    /// A separator with nothing after it.
    Trailing,
    /// Reference at the end unlike that at the beginning.
    Reference,
    /// A count that is not the number counted.
    Count,
    /// Groups beside messages.
    Mixed,
    /// An envelope with nothing in it.
    Empty,
    /// Something outside the envelope.
    Outside,
    /// A message of another kind.
    MessageType,
    /// A function of the message that we do not do.
    Function,
    /// A second message; we take one a request.
    SecondMessage,
    /// More segments than we take.
    OverLimit(usize),
    /// More items than we take.
    TooManyItems(usize),
}

impl Flaw {
    pub(super) fn new(code: Code, spot: Spot) -> Self {
        Self { code, spot, position: 0 }
    }

    /// The same, in the segment at this place of its message.
    pub(super) fn in_message(mut self, position: u32) -> Self {
        self.position = position;
        self
    }

    /// The path of its place: `/CST[28]/2/1` is the first component of the second element of the message's 28th
    /// segment; `/UNZ/1` stands outside the message.
    pub(super) fn path(&self) -> String {
        let mut path = format!("/{}", tag_text(&self.spot.tag));
        if self.position > 0 {
            path = format!("{path}[{}]", self.position);
        }
        match (self.spot.element, self.spot.component) {
            (0, _) => path,
            (element, 0) => format!("{path}/{element}"),
            (element, component) => format!("{path}/{element}/{component}"),
        }
    }

    /// What is said about it: its place, and what is wrong in both languages.
    pub(super) fn detail(&self) -> String {
        if let Code::OverLimit(limit) | Code::TooManyItems(limit) = self.code {
            return limit.to_string();
        }
        let (tr, en) = self.code.words();
        let tag = tag_text(&self.spot.tag);
        let number = if self.position > 0 { format!(" [{}]", self.position) } else { String::new() };
        let place = match (self.spot.element, self.spot.component) {
            (0, _) => format!("{tag}{number}"),
            (element, 0) => format!("{tag}{number} {element}"),
            (element, component) => format!("{tag}{number} {element}.{component}"),
        };
        let limit = match self.code {
            Code::TooLong(limit) | Code::TooShort(limit) => format!(" ({limit})"),
            _ => String::new(),
        };
        format!("{place}: {tr} / {en}{limit}").trim_start_matches(": ").to_owned()
    }
}

impl Code {
    /// Data element 0085. Source: UN/EDIFACT service code list.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Version => 2,
            Self::NoSegment | Self::Value | Self::Function => 12,
            Self::NoOpening | Self::NotEnded | Self::Missing => 13,
            Self::NotHere => 15,
            Self::TooMany => 16,
            Self::MessageType | Self::SecondMessage => 17,
            Self::OverLimit(_) | Self::TooManyItems(_) => 18,
            Self::DecimalMark => 19,
            Self::Character | Self::Bytes => 21,
            Self::Marks => 22,
            Self::Reference => 28,
            Self::Count => 29,
            Self::Mixed => 30,
            Self::Empty => 32,
            Self::Outside => 33,
            Self::Nesting => 34,
            Self::Repeated => 35,
            Self::GroupRepeated => 36,
            Self::Kind => 37,
            Self::LeadingDigit => 38,
            Self::TooLong(_) => 39,
            Self::TooShort(_) => 40,
            Self::Trailing => 45,
            Self::CharacterSet => 46,
        }
    }

    /// The catalogue's rule.
    pub(super) fn rule(self) -> Rule {
        match self {
            Self::CharacterSet => Rule::EdifactLevel,
            Self::Bytes => Rule::EdifactBytes,
            Self::MessageType => Rule::EdifactMessage,
            Self::Function => Rule::EdifactFunction,
            Self::OverLimit(_) => Rule::TooManySegments,
            Self::TooManyItems(_) => Rule::TooManyItems,
            _ => Rule::EdifactSyntax,
        }
    }

    /// What is wrong, in Turkish and English.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NoOpening => ("UNB bölütü yok ya da okunamıyor", "UNB is missing or cannot be read"),
            Self::Marks => ("UNA'daki hizmet karakterleri kullanılamaz", "the service characters of UNA cannot serve"),
            Self::Version => ("söz dizimi sürümü desteklenmiyor", "syntax version not supported"),
            Self::CharacterSet => ("karakter düzeyi desteklenmiyor", "syntax level not supported"),
            Self::Bytes => ("karakter düzeyinde olmayan bayt", "a byte that the syntax level does not know"),
            Self::Character => {
                ("karakter düzeyinde olmayan karakter", "a character that the syntax level does not hold")
            }
            Self::NoSegment => ("bölüt adı üç büyük harf olmalı", "a segment must begin with three capital letters"),
            Self::NotEnded => ("bölüt bitirilmemiş", "the segment is not ended"),
            Self::Nesting => ("iç içelik göstergesi kullanılamaz", "nesting indicators are not allowed"),
            Self::Missing => ("zorunlu veri yok", "mandatory data are missing"),
            Self::NotHere => ("bölüt burada bulunamaz", "the segment may not stand here"),
            Self::Value => ("değer geçersiz", "invalid value"),
            Self::TooMany => ("fazla öğe ya da bileşen", "too many elements or components"),
            Self::Repeated => ("izin verilenden çok yinelenmiş", "repeated more often than allowed"),
            Self::GroupRepeated => {
                ("bölüt grubu izin verilenden çok", "the segment group stands more often than allowed")
            }
            Self::DecimalMark => ("ondalık işareti yanlış", "wrong decimal mark"),
            Self::Kind => ("karakter türü yanlış", "wrong kind of characters"),
            Self::LeadingDigit => ("ondalık işaretinden önce rakam yok", "no digit before the decimal mark"),
            Self::TooLong(_) => ("değer çok uzun", "value too long"),
            Self::TooShort(_) => ("değer çok kısa", "value too short"),
            Self::Trailing => ("boş veri için ayraç konmuş", "a separator with no data after it"),
            Self::Reference => ("başlangıç ve bitiş referansları farklı", "the references do not match"),
            Self::Count => ("sayı uyuşmuyor", "the count does not match"),
            Self::Mixed => ("gruplar ve iletiler karışık", "groups and messages are mixed"),
            Self::Empty => ("zarfın içi boş", "the envelope is empty"),
            Self::Outside => ("zarfın dışında veri var", "data outside the envelope"),
            Self::MessageType => {
                ("ileti türü CUSDEC D.96B ya da D.19B değil", "the message is not CUSDEC D.96B or D.19B")
            }
            Self::Function => ("iletinin işlevi desteklenmiyor", "the function of the message is not supported"),
            Self::SecondMessage => ("bir istekte tek ileti gönderilir", "one message a request is taken"),
            Self::OverLimit(_) | Self::TooManyItems(_) => ("sınır aşıldı", "over a limit"),
        }
    }
}

/// The tag as text; empty where there is none.
pub(super) fn tag_text(tag: &Tag) -> &str {
    if tag[0] == 0 { "" } else { str::from_utf8(tag).unwrap_or_default() }
}
