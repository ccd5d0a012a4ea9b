//! What are countries called, and in which order do their names stand?

use crate::rules::{COUNTRIES, TablesError};
use ebirlik_domain::turkish::sort_key;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A country as customs names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country {
    /// Customs' code, three characters.
    pub code: String,
    /// Its Turkish name.
    pub turkish: String,
    /// Its English name.
    pub english: String,
    /// Its place among all by the Turkish names, from 0.
    pub place_tr: i64,
    /// Its place among all by the English names, from 0.
    pub place_en: i64,
}

/// Every country, by its Turkish name.
pub fn list() -> &'static [Country] {
    &ATLAS.countries
}

/// The country of a code.
pub fn find(code: &str) -> Option<&'static Country> {
    ATLAS.places.get(code).and_then(|place| ATLAS.countries.get(*place))
}

#[derive(Default)]
struct Atlas {
    countries: Vec<Country>,
    /// By code, where in `countries`.
    places: HashMap<String, usize>,
}

static ATLAS: LazyLock<Atlas> = LazyLock::new(|| {
    // A damaged table stops the program when it reads its rules; names are not worth a second stop.
    read().inspect_err(|error| tracing::error!(%error, "the names of countries cannot be read")).unwrap_or_default()
});

fn read() -> Result<Atlas, TablesError> {
    let mut countries: Vec<Country> = Vec::new();
    for row in COUNTRIES.rows()? {
        let code = row.text("customs_code")?;
        if code.is_empty() || countries.iter().any(|known| known.code == code) {
            continue;
        }
        let (turkish, english) = (row.text("name_tr")?, row.text("name_en")?);
        countries.push(Country { code, turkish, english, place_tr: 0, place_en: 0 });
    }
    countries.sort_by(|one, other| one.english.cmp(&other.english));
    (0..).zip(&mut countries).for_each(|(place, country)| country.place_en = place);
    countries.sort_by_cached_key(|country| sort_key(&country.turkish));
    (0..).zip(&mut countries).for_each(|(place, country)| country.place_tr = place);
    let places = (0..).zip(&countries).map(|(place, country)| (country.code.clone(), place)).collect();
    Ok(Atlas { countries, places })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_stand_by_name_in_each_language() {
        let (germany, france) = (find("004").unwrap(), find("001").unwrap());
        assert_eq!((germany.turkish.as_str(), germany.english.as_str()), ("Almanya", "Germany"));
        assert!(germany.place_tr < france.place_tr && france.place_en < germany.place_en);
        assert!(list().len() > 200 && find("000").is_none());
        assert!(list().is_sorted_by_key(|country| country.place_tr));
    }
}
