//! Which civil day is it in Türkiye? Instants are kept in UTC; people and rules live at UTC+3.

use jiff::{Timestamp, civil::Date, tz::Offset};

/// Türkiye is at UTC+3 all year since 2016. Source: facts of the field, rule R-8.
pub const TURKEY: Offset = Offset::constant(3);

/// The civil day in Türkiye at an instant: the day of approval, of a membership, of a rate.
pub fn day_of(instant: Timestamp) -> Date {
    TURKEY.to_datetime(instant).date()
}

/// `2026-11-21T14:03:22.123+03:00`: an instant as answers show it, cut to milliseconds.
pub fn printed(instant: Timestamp) -> String {
    let local = TURKEY.to_datetime(instant);
    format!(
        "{}T{:02}:{:02}:{:02}.{:03}+03:00",
        local.date(),
        local.hour(),
        local.minute(),
        local.second(),
        local.millisecond()
    )
}

/// Where "now" comes from. Only the server reads the real clock; tests hold it still.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// The present civil day in Türkiye.
    fn today(&self) -> Date {
        day_of(self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// the day changes at midnight in Türkiye, which is 21:00 UTC.
    /// Turkish rules: time zone.
    #[test]
    fn the_day_ends_at_midnight_in_turkey() {
        let check = |utc: &str, day: &str| assert_eq!(day_of(utc.parse().unwrap()).to_string(), day);
        check("2026-11-20T20:59:59Z", "2026-11-20");
        check("2026-11-20T21:00:00Z", "2026-11-21");
        assert_eq!(printed("2026-11-21T11:03:22.123456Z".parse().unwrap()), "2026-11-21T14:03:22.123+03:00");
    }
}
