//! Amounts of Turkish lira and fee rates: integers, never floats.

use std::fmt;

/// An amount of Turkish lira, held as whole kuruş (1 TL = 100 kuruş).
///
/// Never negative: direction is said by debit and credit, not by sign.
/// Largest value: `i64::MAX` kuruş, about 92 quadrillion TL, so a sum over a year cannot overflow.
///
/// ```
/// use ebirlik_domain::money::Money;
/// assert_eq!(Money::parse("1234.50").unwrap().kurus(), 123_450);
/// assert_eq!(Money::parse("1234.50").unwrap().to_string(), "1234.50");
/// assert!(Money::parse("1,234.50").is_none());
/// assert!(Money::parse("1.234").is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

impl Money {
    /// No lira at all.
    pub const ZERO: Self = Self(0);

    /// From whole kuruş; `None` below zero.
    pub fn from_kurus(kurus: i64) -> Option<Self> {
        (kurus >= 0).then_some(Self(kurus))
    }

    /// From the wire's form: digits, a dot, at most two decimals. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (lira, kurus) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(lira) || !digits(kurus) || kurus.len() > 2 {
            return None;
        }
        let scale = if kurus.len() == 1 { 10 } else { 1 };
        let kurus: i64 = kurus.parse().ok()?;
        lira.parse::<i64>().ok()?.checked_mul(100)?.checked_add(kurus * scale).map(Self)
    }

    /// As people in Türkiye write it: `1.234,56`, `1234,56` or `1234`. `None` for anything else, also for `1,234.56`: what
    /// stands before a comma is never guessed.
    ///
    /// ```
    /// use ebirlik_domain::money::Money;
    /// assert_eq!(Money::parse_tr("1.234,5").unwrap().kurus(), 123_450);
    /// assert_eq!(Money::parse_tr("1234,56").unwrap().kurus(), 123_456);
    /// assert!(Money::parse_tr("1,234.56").is_none());
    /// assert!(Money::parse_tr("1.23").is_none());
    /// ```
    pub fn parse_tr(text: &str) -> Option<Self> {
        let (lira, kurus) = text.split_once(',').unwrap_or((text, "0"));
        let mut groups = lira.split('.');
        let first = groups.next().unwrap_or_default();
        let is_grouped = lira.contains('.');
        if is_grouped && (!(1..=3).contains(&first.len()) || groups.any(|group| group.len() != 3)) {
            return None;
        }
        Self::parse(&format!("{}.{kurus}", lira.replace('.', "")))
    }

    /// Whole kuruş.
    pub fn kurus(self) -> i64 {
        self.0
    }

    /// True when there is nothing to pay.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum; `None` when it cannot be held.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// What is left; `None` when `other` is more.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(Self::from_kurus)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// An amount of kuruş that may be below zero, in lira: `-12.05`. What stands in an account never is; what moves may be.
pub fn signed_lira(kurus: i64) -> String {
    let sign = if kurus < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", kurus.unsigned_abs() / 100, kurus.unsigned_abs() % 100)
}

/// A fee rate in parts per million of the FOB value: five per ten thousand is 500.
///
/// Source: the unions' general assemblies, at most one per thousand (R-2.2), set per sector (R-2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rate(u32);

impl Rate {
    /// From parts per million.
    pub fn from_ppm(ppm: u32) -> Self {
        Self(ppm)
    }

    /// From a table's figure per ten thousand, with at most two decimals (`5`, `7.5`, `10.01`).
    pub fn from_per_ten_thousand(text: &str) -> Option<Self> {
        let hundredths = Money::parse(text)?.kurus();
        u32::try_from(hundredths).ok().map(Self)
    }

    /// Parts per million.
    pub fn ppm(self) -> u32 {
        self.0
    }

    /// Rate and extra rate together.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

impl fmt::Display for Rate {
    /// As a plain fraction without trailing zeros: `0.0005`, `0`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, mut fraction, mut digits) = (self.0 / 1_000_000, self.0 % 1_000_000, 6);
        if fraction == 0 {
            return write!(formatter, "{whole}");
        }
        while fraction.is_multiple_of(10) {
            (fraction, digits) = (fraction / 10, digits - 1);
        }
        write!(formatter, "{whole}.{fraction:0digits$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_and_written_in_the_wires_form() {
        let check = |text: &str, kurus: Option<i64>| assert_eq!(Money::parse(text).map(Money::kurus), kurus, "{text}");
        check("0", Some(0));
        check("0.5", Some(50));
        check("518.77", Some(51_877));
        check("92233720368547758.07", Some(i64::MAX));
        check("92233720368547758.08", None);
        for bad in ["", ".", "1.", ".5", "-1", "+1", "1,5", "1e3", "NaN", "1.005", "١"] {
            check(bad, None);
        }
        assert_eq!(Money::from_kurus(-1), None);
    }

    #[test]
    fn taking_more_than_there_is_gives_nothing() {
        let hundred = Money::parse("100").unwrap();
        assert_eq!(hundred.checked_sub(Money::parse("100.01").unwrap()), None);
        assert_eq!(hundred.checked_sub(hundred), Some(Money::ZERO));
    }

    #[test]
    fn rates_are_parts_per_million() {
        let check = |text: &str, ppm: u32, shown: &str| {
            let rate = Rate::from_per_ten_thousand(text).unwrap();
            assert_eq!((rate.ppm(), rate.to_string().as_str()), (ppm, shown));
        };
        check("5", 500, "0.0005");
        check("10", 1000, "0.001");
        check("10.01", 1001, "0.001001");
        check("0", 0, "0");
        check("10000", 1_000_000, "1");
        check("12500.5", 1_250_050, "1.25005");
    }
}
