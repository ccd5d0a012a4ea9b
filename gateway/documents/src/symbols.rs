//! Which squares and bars does a scanner read as the code?

use crate::digits::digits_of;
use barcoders::sym::code128::Code128;
use qrcode::{Color, EcLevel, QrCode};

/// A symbol as dark runs on a grid of modules, for one fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Modules from side to side.
    pub width: u8,
    /// From the left, from the top, how many modules long; one module high.
    pub runs: Vec<(u8, u8, u8)>,
}

/// The QR code of a bare code, for a page; `None` for what is no code.
pub fn square_of(code: &str) -> Option<Symbol> {
    Symbols::of(code).map(|symbols| symbols.square)
}

/// A text as bars of Code 128: an even number of digits in pairs, anything else as the letters of ASCII. `None` for what
/// these bars cannot hold, or what takes more than 255 modules.
///
/// ```
/// assert_eq!(ebirlik_documents::bars_of("0042").unwrap().width, 11 + 2 * 11 + 11 + 13);
/// ```
pub fn bars_of(text: &str) -> Option<Symbol> {
    let in_pairs = text.len().is_multiple_of(2) && text.bytes().all(|letter| letter.is_ascii_digit());
    let set = if in_pairs { CHARACTER_SET_C } else { CHARACTER_SET_B };
    let bars = Code128::new(format!("{set}{text}")).ok()?.encode();
    Symbol::of(&[bars.into_iter().map(|module| module == 1).collect()])
}

/// Both symbols of one code.
pub(crate) struct Symbols {
    /// The digits below the bars.
    pub(crate) digits: String,
    /// The bare code as a QR code: sixteen symbols just fit the smallest one, at the level that stands a quarter of
    /// it being damaged.
    pub(crate) square: Symbol,
    /// The digits as Code 128-C, one module high.
    pub(crate) bars: Symbol,
}

impl Symbols {
    /// `None` for what is no code.
    pub(crate) fn of(code: &str) -> Option<Self> {
        let digits = digits_of(code)?;
        let square = QrCode::with_error_correction_level(code, EcLevel::Q).ok()?;
        let rows: Vec<Vec<bool>> = square
            .to_colors()
            .chunks(square.width())
            .map(|row| row.iter().map(|module| *module == Color::Dark).collect())
            .collect();
        let bars = bars_of(&digits)?;
        Some(Self { digits, square: Symbol::of(&rows)?, bars })
    }
}

impl Symbol {
    /// `None` for more than 255 modules, which neither symbol of a code has.
    fn of(rows: &[Vec<bool>]) -> Option<Self> {
        let mut runs = Vec::new();
        for (row, top) in rows.iter().zip(0_u8..) {
            let mut left = 0_u8;
            for run in row.chunk_by(|one, next| one == next) {
                let long = u8::try_from(run.len()).ok()?;
                if run.first() == Some(&true) {
                    runs.push((left, top, long));
                }
                left = left.checked_add(long)?;
            }
        }
        Some(Self { width: u8::try_from(rows.first()?.len()).ok()?, runs })
    }
}

/// The library's sign for "all letters of ASCII".
const CHARACTER_SET_B: char = '\u{0181}';
/// The library's sign for "digits in pairs".
const CHARACTER_SET_C: char = '\u{0106}';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_takes_the_smallest_square_and_178_modules_of_bars() {
        let symbols = Symbols::of("7K3M9QWRT2XAB5CD").unwrap();
        assert_eq!(symbols.square.width, 21);
        // start, thirteen pairs, check sum: eleven modules each; the stop has thirteen
        assert_eq!(symbols.bars.width, 11 + 13 * 11 + 11 + 13);
        assert_eq!(symbols.bars.runs.len(), 15 * 3 + 4);
        assert!(Symbols::of("7K3M9QWRT2XAB5CI").is_none());
    }
}
