//! Keyboards: which letter a key gives under a layout, and how a scanner or a hand strikes them.

use serde_json::{Value, json};

/// A key going down and up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stroke {
    /// Where the key lies, by its name on a US keyboard, such as `KeyA`.
    code: String,
    /// What it means, such as `a` or `Enter`.
    key: String,
    /// What it types.
    text: String,
    /// Held with it.
    shift: bool,
    virtual_key: u32,
}

/// What the computer takes the keyboard for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Us,
    TurkishQ,
    TurkishF,
}

/// What a scanner sends behind a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suffix {
    Enter,
    Tab,
    Nothing,
}

impl Layout {
    pub(crate) const ALL: [Self; 3] = [Self::Us, Self::TurkishQ, Self::TurkishF];

    /// What the key that types this letter on a US keyboard types here, without Shift.
    fn letter(self, us: char) -> char {
        let here = match self {
            Self::Us => US,
            Self::TurkishQ => TURKISH_Q,
            Self::TurkishF => TURKISH_F,
        };
        US.chars().zip(here.chars()).find(|(of_us, _)| *of_us == us).map_or(us, |(_, here)| here)
    }
}

impl Suffix {
    pub(crate) const ALL: [Self; 3] = [Self::Enter, Self::Tab, Self::Nothing];

    fn stroke(self) -> Option<Stroke> {
        match self {
            Self::Enter => Some(Stroke::named("Enter")),
            Self::Tab => Some(Stroke::named("Tab")),
            Self::Nothing => None,
        }
    }
}

impl Stroke {
    /// A key with a name and no letter, such as `Escape` or `F9`.
    pub(crate) fn named(name: &str) -> Self {
        let (virtual_key, text) = match name {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            "ArrowUp" => (38, ""),
            "ArrowDown" => (40, ""),
            "F2" => (113, ""),
            "F8" => (119, ""),
            "F9" => (120, ""),
            other => panic!("no key {other}"),
        };
        Self { code: name.to_owned(), key: name.to_owned(), text: text.to_owned(), shift: false, virtual_key }
    }

    /// The key on which a capital, a digit or a hyphen stands on a US keyboard, as it types under a layout.
    fn of(us: char, layout: Layout, caps_lock: bool) -> Self {
        let (code, shift) = match us {
            'A'..='Z' => (format!("Key{us}"), true),
            '0'..='9' => (format!("Digit{us}"), false),
            '-' => ("Minus".to_owned(), false),
            other => panic!("no key for {other:?}"),
        };
        let letter = layout.letter(us.to_ascii_lowercase());
        let text = if shift == caps_lock { letter } else { upper(letter) };
        let text = if us.is_ascii_alphabetic() { text } else { letter }.to_string();
        Self { code, key: text.clone(), text, shift, virtual_key: u32::from(us) }
    }

    /// What the browser is told of it.
    pub(crate) fn events(&self) -> [Value; 2] {
        let event = |kind: &str| {
            json!({ "type": kind, "code": self.code, "key": self.key, "windowsVirtualKeyCode": self.virtual_key,
                "modifiers": if self.shift { 8 } else { 0 } })
        };
        let mut down = event("keyDown");
        if !self.text.is_empty() {
            down["text"] = json!(self.text);
        }
        [down, event("keyUp")]
    }
}

/// What a scanner strikes for a code: the keys of a US keyboard, capitals with Shift, whatever the computer makes of it.
pub(crate) fn scanned(code: &str, layout: Layout, caps_lock: bool, suffix: Suffix) -> Vec<Stroke> {
    code.chars().map(|us| Stroke::of(us, layout, caps_lock)).chain(suffix.stroke()).collect()
}

/// What a hand strikes for a text of capitals, digits and hyphens, ended with Enter.
pub(crate) fn by_hand(text: &str) -> Vec<Stroke> {
    scanned(text, Layout::Us, false, Suffix::Enter)
}

/// A capital by Turkish rules where the letter is one of Turkish keyboards.
fn upper(letter: char) -> char {
    match letter {
        'i' => 'İ',
        'ı' => 'I',
        other => other.to_uppercase().next().unwrap_or(other),
    }
}

const US: &str = "qwertyuiopasdfghjklzxcvbnm-";
const TURKISH_Q: &str = "qwertyuıopasdfghjklzxcvbnm*";
const TURKISH_F: &str = "fgğıodrnhpuieaütkmljövcçzs/";
