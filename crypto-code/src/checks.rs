//! Are the sixteen symbols free of typing errors, and if one is wrong, which?
//!
//! A Reed-Solomon code over GF(32): the field is built by x⁵ + x² + 1 with α = x (value 2), and
//! the symbols, in printed order from the highest power down, are a polynomial with roots α and α².
//! Two roots give distance three: one or two wrong symbols never pass, and one can be located.
//! Needs no key and knows none.

/// What the two checks say of sixteen symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Both checks hold.
    Sound,
    /// Exactly one position (1..=16) explains the error.
    OneWrong(u8),
    /// No single position explains the error.
    Damaged,
}

/// The two check symbols of a message: the remainder of `message · x²` by (x − α)(x − α²).
pub(crate) fn checks_of(message: [u8; 14]) -> [u8; 2] {
    message.into_iter().fold([0, 0], |[high, low], symbol| {
        let carried = high ^ symbol;
        [low ^ times(carried, GENERATOR[0]), times(carried, GENERATOR[1])]
    })
}

/// Reads sixteen symbol values.
pub(crate) fn read(symbols: &[u8; 16]) -> Reading {
    let first = value_at(symbols, ALPHA);
    let second = value_at(symbols, ALPHA_SQUARED);
    if first == 0 && second == 0 {
        return Reading::Sound;
    }
    // An error e at the power k gives first = e·αᵏ and second = e·α²ᵏ, so second = first·αᵏ.
    // If only one of them is zero, no k from 0 to 15 fits.
    let mut product = first;
    for position in (1..=16).rev() {
        if product == second {
            return Reading::OneWrong(position);
        }
        product = times(product, ALPHA);
    }
    Reading::Damaged
}

/// The polynomial's value at a point, by Horner's rule.
fn value_at(symbols: &[u8; 16], point: u8) -> u8 {
    symbols.iter().fold(0, |sum, symbol| times(sum, point) ^ symbol)
}

/// The product of two field elements.
fn times(left: u8, right: u8) -> u8 {
    let mut product = 0;
    let mut shifted = left;
    for bit in 0..5 {
        if right >> bit & 1 == 1 {
            product ^= shifted;
        }
        shifted <<= 1;
        if shifted & 0b10_0000 != 0 {
            shifted ^= FIELD;
        }
    }
    product
}

/// x⁵ + x² + 1.
const FIELD: u8 = 0b10_0101;
const ALPHA: u8 = 2;
const ALPHA_SQUARED: u8 = 4;
/// (x − α)(x − α²) = x² + 6x + 8: the coefficients below x².
const GENERATOR: [u8; 2] = [6, 8];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(errors: &[(usize, u8)], expected: impl Fn(Reading) -> bool) {
        let mut symbols = sealed([1, 27, 3, 0, 31, 8, 9, 10, 11, 30, 2, 2, 16, 5]);
        for &(position, error) in errors {
            symbols[position - 1] ^= error;
        }
        let reading = read(&symbols);
        assert!(expected(reading), "{errors:?} read as {reading:?}");
    }

    fn sealed(message: [u8; 14]) -> [u8; 16] {
        let mut symbols = [0; 16];
        symbols[..14].copy_from_slice(&message);
        symbols[14..].copy_from_slice(&checks_of(message));
        symbols
    }

    #[test]
    fn the_field_has_thirty_one_powers_of_alpha() {
        let mut power = 1;
        for exponent in 1..=31 {
            power = times(power, ALPHA);
            assert_eq!(power == 1, exponent == 31, "exponent {exponent}");
        }
        assert_eq!(GENERATOR, [ALPHA ^ ALPHA_SQUARED, times(ALPHA, ALPHA_SQUARED)]);
    }

    #[test]
    fn sealed_symbols_are_sound() {
        check(&[], |reading| reading == Reading::Sound);
    }

    /// The code is linear, so what holds for one word's error patterns holds for every word's.
    #[test]
    fn every_single_error_is_pointed_at() {
        for position in 1..=16_u8 {
            for error in 1..32 {
                check(&[(position.into(), error)], |reading| reading == Reading::OneWrong(position));
            }
        }
    }

    /// All 115,320 patterns of two wrong symbols; some look like one wrong symbol elsewhere.
    #[test]
    fn every_double_error_is_caught() {
        for one in 1..=15 {
            for other in one + 1..=16 {
                for error in 1..32 {
                    for second in 1..32 {
                        check(&[(one, error), (other, second)], |reading| reading != Reading::Sound);
                    }
                }
            }
        }
    }
}
