//! The balance of an account from day to day, drawn as steps: whole numbers only, and a table that says the same.

use super::words::Words;
use crate::text::{Language, day, fill, lira};
use ebirlik_domain::money::Money;
use jiff::civil::Date;
use std::fmt::Write;

/// A drawing of [`WIDTH`] by [`HEIGHT`] with its words.
pub(super) struct Chart {
    pub(super) words: &'static Words,
    /// What the drawing shows, for whoever does not see it.
    pub(super) about: String,
    /// The line, and the same closed along the foot.
    pub(super) line: String,
    pub(super) area: String,
    /// Height of the warning limit with its words, where it lies within the drawing.
    pub(super) limit: Option<(i64, String)>,
    pub(super) most: String,
    pub(super) from: String,
    pub(super) to: String,
    /// Day and balance.
    pub(super) rows: Vec<(String, String)>,
}

impl Chart {
    /// From the balance before the first day and the one at the end of each day on which it moved.
    pub(super) fn of(
        (from, to): (Date, Date),
        opening: Money,
        days: &[(Date, Money)],
        limit: Money,
        language: Language,
    ) -> Self {
        let words = Words::of(language);
        let thinned = thinned(days);
        let every = || std::iter::once(opening).chain(days.iter().map(|(_, balance)| *balance));
        let (least, most) = (every().min().unwrap_or_default(), every().max().unwrap_or_default());
        let closing = every().last().unwrap_or_default();
        let top = most.kurus().max(1);
        let length = i64::from((to - from).get_days()).max(1);
        let x = |on: Date| share(i64::from((on - from).get_days()), length, WIDTH);
        let y = |balance: Money| HEIGHT - share(balance.kurus(), top, HEIGHT);
        let mut line = format!("M0 {}", y(opening));
        for (on, balance) in &thinned {
            // Nothing fails: the text is a string.
            let _ = write!(line, "H{}V{}", x(*on), y(*balance));
        }
        let _ = write!(line, "H{WIDTH}");
        let mut about = fill(&fill(words.chart_about, "from", day(from)), "to", day(to));
        for (name, sum) in [("opening", opening), ("closing", closing), ("least", least), ("most", most)] {
            about = fill(&about, name, lira(sum, language));
        }
        Self {
            words,
            about,
            area: format!("{line}V{HEIGHT}H0Z"),
            line,
            limit: (limit <= most && !limit.is_zero())
                .then(|| (y(limit), fill(words.chart_limit, "sum", lira(limit, language)))),
            most: lira(most, language),
            from: day(from),
            to: day(to),
            rows: thinned.iter().map(|(on, balance)| (day(*on), lira(*balance, language))).collect(),
        }
    }
}

/// At most [`ROWS_MAX`] days, each the last of its stretch.
fn thinned(days: &[(Date, Money)]) -> Vec<(Date, Money)> {
    let stretch = days.len().div_ceil(ROWS_MAX).max(1);
    days.chunks(stretch).filter_map(|days| days.last().copied()).collect()
}

/// `part` of `whole`, laid on a length; within it whatever the parts.
fn share(part: i64, whole: i64, length: i64) -> i64 {
    let share = i128::from(part) * i128::from(length) / i128::from(whole.max(1));
    i64::try_from(share).unwrap_or(length).clamp(0, length)
}

/// Of the drawing, without its margins.
const WIDTH: i64 = 700;
const HEIGHT: i64 = 160;
/// Days drawn and told one by one.
const ROWS_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use askama::Template;
    use jiff::civil::date;

    #[derive(Template)]
    #[template(source = r#"{% include "accounts/chart.html" %}"#, ext = "html")]
    struct Page {
        chart: Chart,
    }

    fn kurus(kurus: i64) -> Money {
        Money::from_kurus(kurus).unwrap()
    }

    #[test]
    fn a_balance_is_drawn_in_steps_and_told_as_a_table() {
        let days = [(date(2026, 11, 11), kurus(50_000)), (date(2026, 11, 16), kurus(100_000))];
        let period = (date(2026, 11, 1), date(2026, 11, 21));
        let chart = Chart::of(period, Money::ZERO, &days, kurus(25_000), Language::Turkish);
        assert_eq!(chart.line, "M0 160H350V80H525V0H700");
        assert_eq!(chart.area, "M0 160H350V80H525V0H700V160H0Z");
        assert_eq!(chart.limit, Some((120, "Uyarı sınırı 250,00 TL".to_owned())));
        let page = Page { chart }.render().unwrap();
        for part in
            ["<title id=", "<desc id=", "Başta 0,00 TL, sonda 1.000,00 TL", "11.11.2026", "500,00 TL", "<table>"]
        {
            assert!(page.contains(part), "{part} in {page}");
        }
    }

    #[test]
    fn nothing_and_very_much_are_drawn_too() {
        let period = (date(2026, 11, 1), date(2026, 11, 1));
        let none = Chart::of(period, Money::ZERO, &[], kurus(100), Language::English);
        assert_eq!((none.line.as_str(), none.limit), ("M0 160H700", None));
        let most = [(date(2026, 11, 1), kurus(i64::MAX))];
        assert_eq!(Chart::of(period, Money::ZERO, &most, Money::ZERO, Language::English).line, "M0 160H0V0H700");
        let year: Vec<_> =
            (0..366).map(|n| (date(2026, 1, 1).saturating_add(jiff::Span::new().days(n)), kurus(1))).collect();
        let thin = thinned(&year);
        assert!(thin.len() <= ROWS_MAX && thin.last() == year.last());
    }
}
