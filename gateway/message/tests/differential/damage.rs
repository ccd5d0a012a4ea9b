//! How are messages damaged? With pieces of markup, characters at the borders of what is allowed, tags moved,
//! attributes doubled, bytes changed, encodings exchanged; always the same from the same seed.

use encoding_rs::{UTF_8, WINDOWS_1254};
use std::fs;
use std::path::Path;

/// Numbers that look random. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `below`.
    pub(crate) fn throw(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from(mixed >> 33).expect("31 bits") % below.max(1)
    }

    fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.throw(list.len())]
    }
}

/// The messages that damage begins with: the fixtures that are not long, and some that have all kinds of markup.
pub(crate) fn seeds(fixtures: &Path) -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = RICH.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    let mut paths = vec![fixtures.join("first/declaration.xml")];
    for case in fs::read_dir(fixtures.join("bilge")).expect("the fixtures") {
        paths.push(case.expect("a case").path().join("request.xml"));
    }
    paths.sort();
    for path in paths {
        seeds.extend(fs::read(path).ok().filter(|text| text.len() < SEED_BYTES_MAX));
    }
    assert!(seeds.len() > 40, "only {} seeds", seeds.len());
    seeds
}

/// One of the seeds, damaged in one to four ways.
pub(crate) fn damaged(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    // Half of all damage is done to short ones, where it hits markup.
    let among = if dice.throw(2) == 0 { RICH.len() } else { seeds.len() };
    let mut text = seeds[dice.throw(among)].clone();
    for _ in 0..=dice.throw(4) {
        damage(dice, &mut text);
    }
    if dice.throw(12) == 0 { reencoded(dice, &text) } else { text }
}

fn damage(dice: &mut Dice, text: &mut Vec<u8>) {
    let at = place(dice, text);
    match dice.throw(12) {
        0 => text.splice(at..at, [u8::try_from(dice.throw(256)).expect("a byte")]).for_each(drop),
        1 if at < text.len() => text[at] ^= 1 << dice.throw(8),
        2 => {
            let end = (at + 1 + dice.throw(6)).min(text.len());
            text.drain(at..end);
        }
        3 => {
            let mut letter = [0; 4];
            let letter = border(dice).encode_utf8(&mut letter).as_bytes().to_vec();
            text.splice(at..at, letter);
        }
        4 => {
            // A tag, or whatever stands from one `<` to the next, comes again somewhere else.
            let ends: Vec<usize> = (0..text.len()).filter(|index| text[*index] == b'<').collect();
            if ends.len() > 2 {
                let first = dice.throw(ends.len() - 1);
                let piece = text[ends[first]..ends[first + 1]].to_vec();
                let at = ends[dice.throw(ends.len())];
                text.splice(at..at, piece);
            }
        }
        5 => {
            // An attribute or declaration, at the end of a start tag.
            let tags: Vec<usize> = (1..text.len()).filter(|index| text[*index] == b'>').collect();
            if let Some(at) = tags.get(dice.throw(tags.len())) {
                let at = if text[at - 1] == b'/' { at - 1 } else { *at };
                text.splice(at..at, dice.pick(ATTRIBUTES).bytes());
            }
        }
        6 if dice.throw(8) == 0 => text.truncate(at),
        _ => text.splice(at..at, dice.pick(PIECES).bytes()).for_each(drop),
    }
}

/// Somewhere in the text, mostly beside markup.
fn place(dice: &mut Dice, text: &[u8]) -> usize {
    let at = dice.throw(text.len() + 1);
    if dice.throw(3) == 0 {
        return at;
    }
    let is_markup = |byte: &u8| b"<>=\"'&;/:!?-[]".contains(byte);
    text[at..].iter().position(is_markup).map_or(at, |offset| at + offset + dice.throw(2))
}

/// A character at, before or behind a border of the productions 2 (`Char`), 4 and 4a (names).
fn border(dice: &mut Dice) -> char {
    let border = BORDERS[dice.throw(BORDERS.len())];
    let code = (border + u32::from(dice.throw(2) == 0)).saturating_sub(u32::from(dice.throw(2) == 0));
    char::from_u32(code).unwrap_or('\u{FFFD}')
}

/// The text in another encoding, with and without saying so.
fn reencoded(dice: &mut Dice, text: &[u8]) -> Vec<u8> {
    let decoded = UTF_8.decode_without_bom_handling(text).0;
    match dice.throw(5) {
        0 => [b"\xEF\xBB\xBF", text].concat(),
        1 => [0xFF, 0xFE].into_iter().chain(decoded.encode_utf16().flat_map(u16::to_le_bytes)).collect(),
        2 => [0xFE, 0xFF].into_iter().chain(decoded.encode_utf16().flat_map(u16::to_be_bytes)).collect(),
        3 => WINDOWS_1254.encode(&decoded.replace("UTF-8", "windows-1254")).0.into_owned(),
        _ => WINDOWS_1254.encode(&decoded).0.into_owned(),
    }
}

/// All kinds of markup that a message may have, in short.
const RICH: &[&str] = &[
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Gelen a='1' b=\"2\"><x>şç &amp; &#65;</x><!-- c --><![CDATA[d]]></Gelen>\n",
    "<a:Gelen xmlns:a='http://tempuri.org/' xmlns:b='u' xmlns='v'><a:x b:y='1' y='2' c:y='3' xmlns:c='w'/></a:Gelen>",
    "<Gelen xmlns='http://tempuri.org/'><x xmlns=''><y xmlns:p='u'><p:z/></y></x>\r\n\t<z>1</z></Gelen>",
    "<?xml version='1.0' standalone='yes' ?><Gelen><Ürün kısa='değer'>&lt;&gt;&quot;&apos;&#x15F;</Ürün></Gelen><!-- -->",
    "<Gelen xml:lang='tr' xml:space='preserve'>]] > ]&gt;<x\n\ta = '>' /><x >a</x ></Gelen >",
];

const PIECES: &[&str] = &[
    "<",
    ">",
    "</",
    "/>",
    "<a>",
    "</a>",
    "<a/>",
    "<a b='c'>",
    "<!--",
    "-->",
    "--",
    "--->",
    "<!-- x -->",
    "<!---->",
    "<![CDATA[",
    "]]>",
    "<![CDATA[x]]>",
    "]]",
    "]>",
    "<![cdata[",
    "<!",
    "<!>",
    "<!a>",
    "<?",
    "?>",
    "<?xml?>",
    "<?xml version='1.0'?>",
    "<?a b?>",
    "&",
    "&;",
    ";",
    "&amp;",
    "&lt;",
    "&#60;",
    "&#0;",
    "&#1;",
    "&#x9;",
    "&#xD;",
    "&#xD800;",
    "&#xFFFE;",
    "&#xFFFF;",
    "&#x10FFFF;",
    "&#x110000;",
    "&#99999999999999999999;",
    "&#-1;",
    "&#;",
    "&#x;",
    "&#X41;",
    "& amp;",
    "&amp",
    "&nbsp;",
    "&a:b;",
    ":",
    "a:",
    ":a",
    "a:b",
    "xmlns",
    "xmlns:",
    "xml:",
    "=",
    "'",
    "\"",
    " ",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\u{85}",
    "\u{A0}",
    "\u{2028}",
    "\u{FEFF}",
    "\0",
    "-",
    ".",
    "1",
    "/",
    "[",
    "]",
    "!",
    "?",
    "%",
    "#",
    "<!ELEMENT a>",
    "<Gelen>",
    "</Gelen>",
    "<:a/>",
    "<a:/>",
    "<a:b:c/>",
    "<1/>",
    "<-a/>",
    "<a b/>",
    "<a b=c/>",
    "<a b='<'/>",
    "<a b='&'/>",
    "<a b='1'c='2'/>",
    "<a  b = '1' />",
    "< a/>",
    "<a/ >",
    "</ a>",
    "</a b='c'>",
    "<xmlns:a/>",
    "<xml:a/>",
    "<xmla/>",
    "<a xml:b='1'/>",
];

const ATTRIBUTES: &[&str] = &[
    " a='1'",
    " a='1' a='2'",
    " b=\"\"",
    " xmlns='u'",
    " xmlns=''",
    " xmlns:p='u'",
    " xmlns:p=''",
    " p:a='1'",
    " xmlns:p='u' xmlns:q='u' p:a='1' q:a='2'",
    " xmlns:p='u' xmlns:q='&#117;' p:a='1' q:a='2'",
    " xmlns:xml='u'",
    " xmlns:xml='http://www.w3.org/XML/1998/namespace'",
    " xmlns:p='http://www.w3.org/XML/1998/namespace'",
    " xmlns='http://www.w3.org/XML/1998/namespace'",
    " xmlns:p='http://www.w3.org/2000/xmlns/'",
    " xmlns:xmlns='u'",
    " xmlns='http://www.w3.org/2000/xmlns/'",
    " xml:lang='tr'",
    " xmlns:='u'",
    " xmlns:a:b='u'",
    " a:b:c='1'",
    " a",
    " a=",
    " a=1",
    " a='",
    "a='1'",
    " 1a='1'",
    " a='&lt;<'",
    " a='&#10;'",
    " a='\t\n'",
    " xmlns:p='u' p:xmlns='1'",
    " İ='1'",
    " xmlns:p='u' p:a='1' a='2'",
    " xmlns:p=' u' xmlns:q='u ' p:a='1' q:a='1'",
    " XML:a='1'",
    " xmlns:xmlx='u'",
];

/// Where classes of characters begin and end.
const BORDERS: &[u32] = &[
    0x09,
    0x0B,
    0x0D,
    0x0E,
    0x1F,
    0x20,
    0x2D,
    0x2F,
    0x3A,
    0x40,
    0x5B,
    0x5F,
    0x60,
    0x7B,
    0x7F,
    0x80,
    0x85,
    0x9F,
    0xA0,
    0xB7,
    0xC0,
    0xD7,
    0xF7,
    0x2FF,
    0x300,
    0x36F,
    0x370,
    0x37E,
    0x1FFF,
    0x200C,
    0x200E,
    0x203F,
    0x2041,
    0x2070,
    0x218F,
    0x2190,
    0x2C00,
    0x2FEF,
    0x3001,
    0xD7FF,
    0xE000,
    0xF900,
    0xFDD0,
    0xFDEF,
    0xFDF0,
    0xFFFD,
    0xFFFE,
    0xFFFF,
    0x0001_0000,
    0x000E_FFFF,
    0x000F_0000,
    0x0010_FFFF,
];

/// Longer messages only take longer.
const SEED_BYTES_MAX: usize = 8_192;
