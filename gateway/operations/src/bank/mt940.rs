//! Reading a statement in MT940, as SWIFT describes it and Turkish banks send it.
//!
//! Opening balance and lines must give the closing balance: a file that was cut is refused, not half booked.

use super::{Line, Malformed, amount};
use ebirlik_domain::money::Money;
use jiff::civil::Date;

/// True for a text that begins like such a statement.
pub(super) fn is_one(text: &str) -> bool {
    let start = text.trim_start();
    start.starts_with("{1:") || start.starts_with(":20:")
}

/// A tag with the line that it begins on and its text, further lines joined by line feeds.
struct Field<'t> {
    at: usize,
    tag: &'t str,
    text: String,
}

/// The lines of all statements in the file.
pub(super) fn read(text: &str) -> Result<Vec<Line>, Malformed> {
    let mut lines: Vec<Line> = Vec::new();
    // What the lines so far must come to, in kuruş, where a statement is open.
    let mut balance: Option<i64> = None;
    for Field { at, tag, text } in fields(text) {
        let wrong = |why: &str| Malformed { line: at, why: format!(":{tag}: {why}") };
        match tag {
            "60F" | "60M" => balance = Some(balance_of(&text).ok_or_else(|| wrong("balance"))?),
            "61" => {
                let (line, kurus) = line(&text).ok_or_else(|| wrong("line"))?;
                let sum = balance.and_then(|balance| balance.checked_add(kurus));
                balance = Some(sum.ok_or_else(|| wrong("line without an opening balance"))?);
                lines.push(line);
            }
            "86" => {
                if let Some(last) = lines.last_mut() {
                    last.text = one_line(&format!("{} {text}", last.text));
                }
            }
            "62F" | "62M" => {
                let closing = balance_of(&text).ok_or_else(|| wrong("balance"))?;
                if balance.take() != Some(closing) {
                    return Err(wrong("the lines do not give the closing balance"));
                }
            }
            _ => {}
        }
    }
    match balance {
        None => Ok(lines),
        Some(_) => Err(Malformed { line: text.lines().count(), why: ":62F: missing".to_owned() }),
    }
}

fn fields(text: &str) -> Vec<Field<'_>> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    for (at, line) in (1..).zip(text.lines()) {
        let line = line.trim_end();
        // The envelope's blocks: {1:...}{2:...}{4: before the fields, -} behind them.
        let line = line.rsplit_once("{4:").map_or(line, |(_, rest)| rest);
        if line.is_empty() || line.starts_with('{') || line == "-}" || line == "-" {
            continue;
        }
        let tagged = line.strip_prefix(':').and_then(|rest| rest.split_once(':'));
        match tagged.filter(|(tag, _)| (2..=3).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric())) {
            Some((tag, rest)) => fields.push(Field { at, tag, text: rest.to_owned() }),
            None => {
                if let Some(last) = fields.last_mut() {
                    last.text.push('\n');
                    last.text.push_str(line);
                }
            }
        }
    }
    fields
}

/// `C261120TRY1000,00` in kuruş, below zero for a debit balance. Lira alone.
fn balance_of(text: &str) -> Option<i64> {
    let sign = sign(text.get(..1)?)?;
    day(text.get(1..7)?)?;
    let sum = text.get(7..)?.strip_prefix("TRY")?;
    Some(sign * amount(sum.trim().trim_end_matches(',')).or_else(|| amount(sum.trim()))?.kurus())
}

/// `2611201120C1000,00NTRFREF//BANKREF`, and further text on its second line; with its amount in kuruş.
fn line(text: &str) -> Option<(Line, i64)> {
    let (first, further) = text.split_once('\n').unwrap_or((text, ""));
    let booked_on = day(first.get(..6)?)?;
    let rest = first.get(6..)?;
    // The entry date is optional.
    let rest = if rest.bytes().take(4).filter(u8::is_ascii_digit).count() == 4 { rest.get(4..)? } else { rest };
    let (mark, rest) = if let Some(rest) = rest.strip_prefix("RC") {
        ("D", rest)
    } else if let Some(rest) = rest.strip_prefix("RD") {
        ("C", rest)
    } else {
        (rest.get(..1)?, rest.get(1..)?)
    };
    let sign = sign(mark)?;
    let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != ',')?;
    let (sum, rest) = rest.split_at(end);
    let sum: Money = amount(sum.trim_end_matches(','))?;
    let reference = rest.get(4..).unwrap_or_default();
    let (own, banks) = reference.split_once("//").unwrap_or((reference, ""));
    let bank_reference = if banks.is_empty() { own } else { banks };
    let line = Line {
        booked_on,
        amount: (sign > 0 && !sum.is_zero()).then_some(sum),
        bank_reference: one_line(bank_reference),
        text: one_line(further),
    };
    Some((line, sign * sum.kurus()))
}

fn sign(mark: &str) -> Option<i64> {
    match mark {
        "C" => Some(1),
        "D" => Some(-1),
        _ => None,
    }
}

/// `261120` as a day of this century.
fn day(text: &str) -> Option<Date> {
    let part = |range| text.get(range).and_then(|part: &str| part.parse::<i8>().ok());
    let year: i16 = text.get(..2)?.parse().ok()?;
    Date::new(2000 + year, part(2..4)?, part(4..6)?).ok()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const STATEMENT: &str = "{1:F01TRBANKXXXX}{2:O940}{4:\r\n:20:EKSTRE1\r\n:25:TR330006100519786457841326\r\n:28C:1/1\r\n\
        :60F:C261119TRY100,00\r\n:61:2611201120C1000,00NTRFNONREF//EFT123\r\nHAVALE\r\n\
        :86:IMMIB-1234567890 IHLAMUR A.S. NISPI\r\n AIDAT\r\n:61:261120D50,5NCHGMASRAF\r\n:86:MASRAF\r\n\
        :62F:C261120TRY1049,5\r\n-}\r\n";

    #[test]
    fn a_statement_is_read_line_by_line() {
        let lines = read(STATEMENT).unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].booked_on, lines[0].amount.map(Money::kurus)), (date(2026, 11, 20), Some(100_000)));
        assert_eq!(lines[0].bank_reference, "EFT123");
        assert_eq!(lines[0].text, "HAVALE IMMIB-1234567890 IHLAMUR A.S. NISPI AIDAT");
        assert_eq!(lines[1].amount, None);
    }

    #[test]
    fn a_statement_that_was_cut_or_does_not_add_up_is_refused() {
        let cut = STATEMENT.split(":62F:").next().unwrap();
        assert!(read(cut).unwrap_err().why.contains("missing"));
        let wrong = STATEMENT.replace("C1000,00", "C1000,01");
        assert_eq!(
            read(&wrong).unwrap_err(),
            Malformed { line: 12, why: ":62F: the lines do not give the closing balance".into() }
        );
        for (from, to) in [("TRY", "USD"), ("261120D50,5", "261320D50,5"), ("C1000,00", "X1000,00")] {
            assert!(read(&STATEMENT.replacen(from, to, 1)).is_err(), "{from} {to}");
        }
    }
}
