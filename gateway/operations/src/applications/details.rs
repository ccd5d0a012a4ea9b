//! Who applies: name, e-mail address and mobile number as people type them, brought into the one form that is kept.

use ebirlik_domain::turkish::composed;

/// Details that follow the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// Name, never forced to capitals.
    pub name: String,
    /// E-mail address, its ASCII letters small: it becomes a user code.
    pub email: String,
    /// Eleven digits from 0.
    pub phone: String,
}

/// What is wrong with details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetailFlaw {
    /// No name, too long a name, or signs that names do not have.
    Name,
    /// Not an e-mail address.
    Email,
    /// Not eleven digits from 0.
    Phone,
}

impl Details {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn parse(name: &str, email: &str, phone: &str) -> Result<Self, Vec<DetailFlaw>> {
        let (name, email, phone) = (parse_name(name), parse_email(email), parse_phone(phone));
        let flaws = [
            name.is_none().then_some(DetailFlaw::Name),
            email.is_none().then_some(DetailFlaw::Email),
            phone.is_none().then_some(DetailFlaw::Phone),
        ];
        match (name, email, phone) {
            (Some(name), Some(email), Some(phone)) => Ok(Self { name, email, phone }),
            _ => Err(flaws.into_iter().flatten().collect()),
        }
    }
}

/// Letters with apostrophes, dots, hyphens and blanks between, at most [`NAME_MAX`].
fn parse_name(text: &str) -> Option<String> {
    let name = composed(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    // A letter may come as a base and a mark, as Macs write it.
    let is_mark = |letter: char| ('\u{300}'..='\u{36f}').contains(&letter);
    let fits = |letter: char| letter.is_alphabetic() || is_mark(letter) || " '’.-".contains(letter);
    let sound = name.chars().any(char::is_alphabetic) && name.chars().all(fits) && name.chars().count() <= NAME_MAX;
    sound.then_some(name)
}

/// An ASCII address with a dotted host. Source: RFC 5321, 4.1.2 without quoted names and address literals.
fn parse_email(text: &str) -> Option<String> {
    let email = text.trim().to_ascii_lowercase();
    let (local, host) = email.rsplit_once('@')?;
    let in_local = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    let is_atom = |atom: &str| !atom.is_empty() && atom.bytes().all(in_local);
    let of_host = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(of_host)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let sound = email.len() <= EMAIL_MAX
        && local.len() <= LOCAL_MAX
        && local.split('.').all(is_atom)
        && host.contains('.')
        && host.split('.').all(is_label)
        && !host.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    sound.then_some(email)
}

/// Eleven digits from 0; `+90` and what people put between digits are taken. Source: P-1.1.5, P-1.2.5.
fn parse_phone(text: &str) -> Option<String> {
    let typed: String =
        text.chars().filter(|letter| !letter.is_whitespace() && !"()-.\u{200e}".contains(*letter)).collect();
    let phone = match typed.strip_prefix("+90") {
        Some(rest) if !rest.starts_with('0') => format!("0{rest}"),
        Some(rest) => rest.to_owned(),
        None => typed,
    };
    let sound = phone.len() == 11 && phone.starts_with('0') && phone.bytes().all(|byte| byte.is_ascii_digit());
    sound.then_some(phone)
}

/// Longest name, in letters.
const NAME_MAX: usize = 200;
/// Longest address. Source: RFC 5321, 4.5.3.1.3 less the brackets.
const EMAIL_MAX: usize = 254;
/// Longest part before the `@`. Source: RFC 5321, 4.5.3.1.1.
const LOCAL_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// P-1.1.5, P-1.2.5; Turkish rules: phone.
    #[test]
    fn a_mobile_number_has_eleven_digits_from_0() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(parse_phone(text).as_deref(), expected, "{text}");
        for right in ["05321234567", "0532 123 45 67", "+90 532 123 45 67", "+905321234567", " (0532) 123-45-67 "] {
            check(right, Some("05321234567"));
        }
        for wrong in ["", "5321234567", "15321234567", "0532123456", "053212345678", "0532123456a", "00905321234567"] {
            check(wrong, None);
        }
        check("٠٥٣٢١٢٣٤٥٦٧", None);
    }

    /// Turkish rules: names.
    #[test]
    fn names_keep_their_letters() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(parse_name(text).as_deref(), expected, "{text}");
        check("  Şükrü   Öğütçü-İnce ", Some("Şükrü Öğütçü-İnce"));
        check("M. Ali O'Neill", Some("M. Ali O'Neill"));
        check("Ayşe", Some("Ayşe"));
        check("S\u{327}u\u{308}kru\u{308}", Some("Şükrü"));
        check("ıtır D'Arcy", Some("ıtır D'Arcy"));
        check(&"ş".repeat(200), Some(&*"ş".repeat(200)));
        for wrong in ["", " . ", "Ali 2", "a\u{7}b", "<b>", &"ş".repeat(201)] {
            check(wrong, None);
        }
    }

    #[test]
    fn an_address_is_one_address_in_small_letters() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(parse_email(text).as_deref(), expected, "{text}");
        check(" Ayse.YILMAZ+x@Ihlamur.Example ", Some("ayse.yilmaz+x@ihlamur.example"));
        for wrong in [
            "",
            "ayse",
            "ayse@",
            "@b.co",
            "a@b",
            "a@b..co",
            "a..b@c.de",
            "a b@c.de",
            "a@c.de, b@c.de",
            "a@c.de\nBcc: x@y.z",
            "ayşe@c.de",
            "a@[10.0.0.1]",
            "a@10.0.0.1",
            "a@-c.de",
            "a@b@c.de",
        ] {
            check(wrong, None);
        }
    }
}
