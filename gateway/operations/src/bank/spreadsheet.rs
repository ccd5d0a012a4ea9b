//! Reading a statement in CSV: a header line with `date`, `amount`, `reference` and `text`, or the Turkish words that
//! banks write there.

use super::{Line, Malformed, amount};
use jiff::civil::Date;
use std::io::Cursor;

/// Names of the columns: ours, then those of banks, in lower case.
const COLUMNS: [&[&str]; 4] = [
    &["date", "tarih", "işlem tarihi", "islem tarihi"],
    &["amount", "tutar", "işlem tutarı", "islem tutari"],
    &["reference", "referans", "dekont no", "işlem no", "islem no"],
    &["text", "açıklama", "aciklama"],
];

/// The lines of the file.
pub(super) fn read(text: &str) -> Result<Vec<Line>, Malformed> {
    let header = text.lines().next().unwrap_or_default();
    let delimiter = if header.contains(';') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(Cursor::new(text.as_bytes()));
    let heads = reader.headers().map_err(|error| Malformed { line: 1, why: error.to_string() })?.clone();
    let place = |names: &[&str]| heads.iter().position(|head| names.contains(&lower(head).as_str()));
    let [Some(date), Some(sum), reference, Some(said)] = COLUMNS.map(place) else {
        return Err(Malformed { line: 1, why: "date, amount, reference, text".to_owned() });
    };
    let mut lines = Vec::new();
    for record in reader.records() {
        let at = |record: &csv::StringRecord| {
            record.position().and_then(|position| usize::try_from(position.line()).ok()).unwrap_or_default()
        };
        let record = record.map_err(|error| Malformed { line: lines.len() + 2, why: error.to_string() })?;
        let cell = |place: usize| record.get(place).unwrap_or_default();
        let wrong = |why: &str| Malformed { line: at(&record), why: why.to_owned() };
        let booked_on = day(cell(date)).ok_or_else(|| wrong(cell(date)))?;
        let (sign, digits) = match cell(sum).strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, cell(sum).trim_start_matches('+')),
        };
        let digits = digits.trim_end_matches("TRY").trim_end_matches("TL").trim();
        let value = amount(digits).ok_or_else(|| wrong(cell(sum)))?;
        lines.push(Line {
            booked_on,
            amount: (sign > 0 && !value.is_zero()).then_some(value),
            bank_reference: reference.map(cell).unwrap_or_default().to_owned(),
            text: cell(said).to_owned(),
        });
    }
    Ok(lines)
}

/// `2026-11-20`, `20.11.2026` or `20/11/2026`.
fn day(text: &str) -> Option<Date> {
    if let Ok(day) = text.parse() {
        return Some(day);
    }
    let mut parts = text.split(['.', '/']);
    let (day, month, year) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Date::new(year, month, day).ok().filter(|_| parts.next().is_none())
}

/// Turkish letters in lower case; only heads of columns pass here.
fn lower(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            'İ' => 'i',
            'I' => 'ı',
            'A'..='Z' => letter.to_ascii_lowercase(),
            'Ç' => 'ç',
            'Ş' => 'ş',
            'Ğ' => 'ğ',
            'Ü' => 'ü',
            'Ö' => 'ö',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ebirlik_domain::money::Money;
    use jiff::civil::date;

    #[test]
    fn banks_and_our_own_heads_are_read() {
        let turkish = "Tarih;Tutar;Dekont No;Açıklama\n20.11.2026;1.000,00;77;IMMIB-1234567890 aidat\n\
            20.11.2026;-12,50 TL;78;Masraf\n";
        let lines = read(turkish).unwrap();
        assert_eq!((lines[0].booked_on, lines[0].amount.map(Money::kurus)), (date(2026, 11, 20), Some(100_000)));
        assert_eq!((lines[0].bank_reference.as_str(), lines[1].amount), ("77", None));
        let own = "date,amount,text\n2026-11-20,1000.00,\"a, b\"\n";
        assert_eq!(read(own).unwrap()[0].text, "a, b");
    }

    #[test]
    fn what_is_no_statement_is_refused_with_its_line() {
        for (text, line) in
            [("a,b\n1,2\n", 1), ("date,amount,text\n2026-13-01,1,x\n", 2), ("date,amount,text\n2026-11-01,bin,x\n", 2)]
        {
            assert_eq!(read(text).unwrap_err().line, line, "{text}");
        }
    }
}
