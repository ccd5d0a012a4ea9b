//! Do two implementations agree? Writes seeded cases with our answers, and checks those of the other one.
//!
//! ```text
//! cargo run --release -p crypto-code --example agreement -- write SEED COUNT
//! cargo run --release -p crypto-code --example agreement -- check
//! ```
//!
//! The lines are those of `python/agreement.py`, which is the other one. Each side draws its own cases: what one of
//! them never thinks of, the other may.

use crypto_code::{CryptoCode, Item, KeyRing, MistypedKind, Statement};
use serde_json::{Value, json};
use std::env;
use std::io::{self, BufRead, BufWriter, Write};
use std::process::ExitCode;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["write", seed, count] => write(seed, count),
        ["check"] => check(),
        _ => Err("write SEED COUNT, or check".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn check() -> Outcome<()> {
    let mut lines = 0;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let case: Value = serde_json::from_str(&line)?;
        let answer = match case.get(0).and_then(Value::as_str) {
            Some("code") => case_of_code(&case).ok_or("not a case")?,
            Some("typed") => case_of_typed(text(&case, 1).ok_or("not a case")?),
            _ => return Err(format!("not a case: {line}").into()),
        };
        if answer != case {
            return Err(format!("we say {answer} to {line}").into());
        }
        lines += 1;
    }
    eprintln!("agreed: {lines} cases of the other implementation");
    Ok(())
}

fn write(seed: &str, count: &str) -> Outcome<()> {
    let mut draw = Draw(seed.parse()?);
    let count: u64 = count.parse()?;
    let mut out = BufWriter::new(io::stdout().lock());
    for _ in 0..count / 2 {
        let asked = draw.asked();
        let case = case_of_code(&asked).ok_or("not a case")?;
        let code = text(&case, 6).unwrap_or("10000000000000C7").to_owned();
        writeln!(out, "{case}")?;
        writeln!(out, "{}", case_of_typed(&draw.typed(&code)))?;
    }
    Ok(out.flush()?)
}

/// The same case with our own answer in the last place.
fn case_of_code(case: &Value) -> Option<Value> {
    let (generation, key) = (text(case, 1)?, text(case, 2)?);
    let counter = u32::try_from(case.get(3)?.as_u64()?).ok()?;
    let texts: Vec<&str> = case.get(4)?.as_array()?.iter().filter_map(Value::as_str).collect();
    let [declarant, reference, exporter, secretariat, office, regime, destination, invoice_total, invoice_currency] =
        *texts.as_slice()
    else {
        return None;
    };
    let items: Option<Vec<Item<'_>>> = case.get(5)?.as_array()?.iter().map(item_of).collect();
    let statement = Statement {
        declarant,
        reference,
        exporter,
        secretariat,
        office,
        regime,
        destination,
        invoice_total,
        invoice_currency,
        items: items?,
    };
    let ring = KeyRing::parse(&format!("{generation} current 2026-01-01 {key}")).ok()?;
    let code = statement.to_bytes().ok().map(|bytes| ring.issue(&bytes, counter).to_string());
    Some(json!(["code", generation, key, counter, case.get(4)?, case.get(5)?, code]))
}

fn item_of(item: &Value) -> Option<Item<'_>> {
    Some(Item {
        number: u32::try_from(item.get(0)?.as_u64()?).ok()?,
        gtip: text(item, 1)?,
        net_weight: text(item, 2)?,
        amount: text(item, 3)?,
        currency: text(item, 4)?,
    })
}

fn case_of_typed(typed: &str) -> Value {
    match CryptoCode::parse(typed) {
        Ok(code) => json!(["typed", typed, code.as_str(), null, null]),
        Err(mistyped) => {
            let kind = match mistyped.kind {
                MistypedKind::Length { .. } => "length",
                MistypedKind::Letter { .. } => "letter",
                MistypedKind::Checks => "checks",
            };
            json!(["typed", typed, null, kind, mistyped.typo_at])
        }
    }
}

fn text(case: &Value, place: usize) -> Option<&str> {
    case.get(place)?.as_str()
}

/// Seeded drawing by `SplitMix64`: the same seed gives the same cases for ever.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(1).max(1);
        usize::try_from(self.next() % end).unwrap_or_default()
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        let place = self.below(choices.len());
        *choices.get(place).expect("a place within the choices")
    }

    /// What a code is asked for; the answer is still missing.
    fn asked(&mut self) -> Value {
        let key = [self.next(), self.next(), self.next(), self.next()].map(|part| format!("{part:016x}")).concat();
        let counter = match self.below(4) {
            0 | 1 => 0,
            2 => self.below(4),
            _ => self.below(1 << 32),
        };
        let mut texts: Vec<String> = (0..7).map(|_| self.text()).collect();
        texts.push(self.decimal());
        texts.push(self.one_of(&["USD", "EUR", "TRY"]).to_owned());
        let items: Vec<Value> = (0..self.one_of(&[0, 1, 1, 1, 2, 6]))
            .map(|number| {
                let number = if self.below(3) == 0 { self.below(1 << 32) } else { number };
                json!([number, self.text(), self.decimal(), self.decimal(), "EUR"])
            })
            .collect();
        let generation = self.one_of(SYMBOLS).to_string();
        json!(["code", generation, key, counter, texts, items, null])
    }

    fn text(&mut self) -> String {
        (0..self.one_of(&[0, 1, 8, 10, 12])).map(|_| self.one_of(TEXT_LETTERS)).collect()
    }

    fn decimal(&mut self) -> String {
        if self.below(40) == 0 {
            return self.one_of(NOT_DECIMAL).to_owned();
        }
        let zeros = self.one_of(&["", "", "0", "000"]);
        let whole = match self.below(4) {
            0 => String::new(),
            1 => format!("{}{}", self.next(), self.next()),
            _ => self.below(100_000).to_string(),
        };
        let fraction = match self.below(4) {
            0 | 1 => String::new(),
            2 => format!(".{:03}", self.below(1_000)),
            _ => format!(".{}00", self.below(1_000_000)),
        };
        let all = format!("{zeros}{whole}{fraction}");
        if all.starts_with(|first: char| first.is_ascii_digit()) { all } else { format!("0{all}") }
    }

    /// A code as people type it, with up to three slips.
    fn typed(&mut self, code: &str) -> String {
        let groups = code.as_bytes().chunks(4).map(String::from_utf8_lossy);
        let groups: Vec<_> = groups.collect();
        let between = self.one_of(&["", "-", " ", ".", "\u{2013}", "\u{a0}"]);
        let mut letters: Vec<char> = groups.join(between).chars().collect();
        for _ in 0..self.one_of(&[0, 0, 1, 1, 1, 2, 3]) {
            self.slip(&mut letters);
        }
        letters.into_iter().map(|letter| self.alike(letter)).collect()
    }

    fn slip(&mut self, letters: &mut Vec<char>) {
        let place = self.below(letters.len());
        match self.below(7) {
            0..=2 => {
                let letter = self.one_of(SYMBOLS);
                letters.iter_mut().skip(place).take(1).for_each(|at| *at = letter);
            }
            3 => {
                let letter = self.one_of(TYPED);
                letters.iter_mut().skip(place).take(1).for_each(|at| *at = letter);
            }
            4 => {
                // Any character at all; surrogates are none.
                let point = u32::try_from(self.below(0x11_0000)).unwrap_or_default();
                letters.insert(place, char::from_u32(point).unwrap_or('\u{200b}'));
            }
            5 => {
                let other = self.below(letters.len());
                letters.swap(place, other);
            }
            _ => {
                letters.remove(place);
            }
        }
    }

    fn alike(&mut self, letter: char) -> char {
        match letter {
            '0' => self.one_of(&['0', '0', 'O', 'o']),
            '1' => self.one_of(&['1', 'I', 'i', 'L', 'l', 'ı', 'İ']),
            other if self.below(2) == 0 => other.to_ascii_lowercase(),
            other => other,
        }
    }
}

const SYMBOLS: &[char] = &[
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'M', 'N', 'P',
    'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];
const TEXT_LETTERS: &[char] = &[
    '0',
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
    '8',
    '9',
    'A',
    'B',
    'K',
    'L',
    'M',
    'a',
    'b',
    'k',
    'l',
    'm',
    '-',
    '/',
    ' ',
    '\t',
    '\n',
    '\r',
    '"',
    '\\',
    'ı',
    'İ',
    'ğ',
    'Ğ',
    'ü',
    'Ü',
    'ş',
    'Ş',
    'ö',
    'Ö',
    'ç',
    'Ç',
    'â',
    'Â',
    '\u{307}',
    '\u{327}',
    '\0',
    '₺',
    '\u{1f4e6}',
];
const NOT_DECIMAL: &[&str] = &[
    "", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "1.2.3", " 1", "1 ", "1\n", "NaN", "٣", "１", "0x1", "1_0", "1'000",
];
const TYPED: &[char] = &[
    'U', 'u', 'ı', 'İ', 'ş', 'Ş', 'ğ', 'Ğ', 'ü', 'Ü', 'ö', 'Ö', 'ç', 'Ç', '*', '~', '$', '=', '_', '/', ':', ',', ';',
    '\'', '"', '٣', '３', '\u{1c}', '\u{1f}', '\u{180e}', '\u{200b}', '\u{2212}', '\u{2014}', '\u{b7}', '\u{3000}',
    '\u{feff}', '\u{a0}', ' ', '-', '.',
];
