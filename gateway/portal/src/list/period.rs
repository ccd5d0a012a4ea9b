//! The first and the last day of a list: two fields, filled with the last thirty days where nothing is wished.

use super::{Field, FieldKind, Wish};
use crate::text::{Language, day, parse_day, words};
use jiff::Span;
use jiff::civil::Date;

/// From one day to another.
pub(crate) struct Period {
    pub(crate) from: Date,
    pub(crate) to: Date,
    fields: [Field; 2],
}

impl Period {
    /// As wished by `from` and `to`. What cannot be meant is told beside its field, and the last thirty days are shown.
    pub(crate) fn of(wish: &Wish, today: Date, language: Language) -> Self {
        let words = Words::of(language);
        let read = |name: &str| match wish.filter(name) {
            "" => Ok(None),
            text => parse_day(text).map(Some).ok_or(words.not_a_day),
        };
        let (first, last) = (read(FROM), read(TO));
        let to = last.ok().flatten().unwrap_or(today);
        let from = first.ok().flatten().unwrap_or_else(|| to.saturating_sub(Span::new().days(DAYS)));
        let is_turned = from > to;
        let field = |name, label, wished: Result<Option<Date>, &'static str>, shown: Date| Field {
            name,
            label,
            kind: FieldKind::Day,
            value: if wished.is_err() { wish.filter(name).to_owned() } else { day(shown) },
            error: wished.err(),
        };
        let first = if is_turned { Err(words.turned) } else { first };
        let fields = [field(FROM, words.from, first, from), field(TO, words.to, last, to)];
        let from = if is_turned { to.saturating_sub(Span::new().days(DAYS)) } else { from };
        Self { from, to, fields }
    }

    /// The fields of its list.
    pub(crate) fn into_fields(self) -> Vec<Field> {
        self.fields.into()
    }

    /// The two pairs of an address.
    pub(crate) fn query(&self) -> String {
        format!("{FROM}={}&{TO}={}", day(self.from), day(self.to))
    }
}

const FROM: &str = "from";
const TO: &str = "to";
/// Shown where nothing is wished.
const DAYS: i32 = 30;

words! {
    Words;
    from: "İlk gün", "First day";
    to: "Son gün", "Last day";
    not_a_day: "Günü gg.aa.yyyy olarak yazın, örneğin 21.11.2026.", "Write the day as dd.mm.yyyy, such as 21.11.2026.";
    turned: "İlk gün son günden sonra olamaz.", "The first day cannot come after the last.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_are_read_as_people_write_them_and_thirty_are_shown_otherwise() {
        let today = date(2026, 11, 21);
        let period = |from: &str, to: &str| {
            let pairs = vec![(FROM.to_owned(), from.to_owned()), (TO.to_owned(), to.to_owned())];
            Period::of(&Wish::of(pairs, &[]), today, Language::Turkish)
        };
        let check = |from: &str, to: &str, expected: (Date, Date), errors: [bool; 2]| {
            let period = period(from, to);
            assert_eq!((period.from, period.to), expected, "{from} {to}");
            assert_eq!(period.fields.map(|field| field.error.is_some()), errors, "{from} {to}");
        };
        check("", "", (date(2026, 10, 22), today), [false, false]);
        check("1.11.2026", "5.11.2026", (date(2026, 11, 1), date(2026, 11, 5)), [false, false]);
        check("", "30.01.2026", (date(2025, 12, 31), date(2026, 1, 30)), [false, false]);
        check("dün", "", (date(2026, 10, 22), today), [true, false]);
        check("22.11.2026", "21.11.2026", (date(2026, 10, 22), today), [true, false]);
        assert_eq!(period("dün", "").into_fields()[0].value, "dün", "what was typed is kept");
    }
}
