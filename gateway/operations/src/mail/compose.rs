//! What a mail says: one template for each kind of event, Turkish first and English below it, in plain text.
//!
//! A template's first line is the subject. Words in braces are filled in; `{link}` is filled in when the mail is sent.

use super::password_link_end;
use super::sentences::{of_account, of_change, of_power, with_reason};
use crate::applications::{self, branch_names};
use crate::changes::list_second_persons;
use crate::links::Token;
use crate::office::Office;
use crate::passwords;
use ebirlik_documents::{Petition, petition_pdf};
use ebirlik_domain::decision::Fault;
use ebirlik_domain::time::TURKEY;
use ebirlik_store::applications::Application;
use ebirlik_store::mails::{MailEvent, NewLink, NewMail};
use jiff::Timestamp;
use serde_json::Value;

/// Events that mails tell of; [`compose`] has an arm for each.
pub(super) const KINDS: &[&str] = &[
    "application.started",
    "application.mail_asked",
    "application.reminded",
    "application.approved",
    "application.rejected",
    "password.asked",
    "password.changed",
    "payment_password.set",
    "account.low",
    "power.applied",
    "power.approved",
    "power.rejected",
    "power.revoked",
    "power.frozen",
    "power.released",
    "table.proposed",
    "table.confirmed",
    "table.refused",
    "user.created",
    "user.locked",
    "user.unlocked",
    "user.roles",
];

/// The mails that tell of an event; none where nobody is left to be told.
///
/// # Errors
/// When we cannot tell now.
pub(super) async fn compose(office: &Office, url: &str, event: &MailEvent) -> Result<Vec<NewMail>, Fault> {
    let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
    let letter = Letter { office, url, event: event.id };
    let mail = match event.kind.as_str() {
        "application.started" | "application.mail_asked" => letter.instructions(&body, INSTRUCTIONS).await?,
        "application.reminded" => letter.instructions(&body, REMINDER).await?,
        "application.approved" => letter.approved(&body).await?,
        "application.rejected" => letter.rejected(&body).await?,
        "password.asked" => letter.forgotten(&body).await?,
        "password.changed" | "payment_password.set" => letter.account(&event.kind, text(&body, "by")),
        "account.low" => return letter.low_balance(event, &body).await,
        kind if kind.starts_with("table.") => return letter.change(kind, &body).await,
        kind if kind.starts_with("user.") => match number(&body, "act") {
            Some(act) => letter.account(kind, &office.store.find_client_of_act(act).await?.unwrap_or_default()),
            None => None,
        },
        kind if kind.starts_with("power.") => return letter.power(kind, &body).await,
        _ => None,
    };
    Ok(mail.into_iter().collect())
}

/// A mail in the making.
struct Letter<'a> {
    office: &'a Office,
    url: &'a str,
    event: i64,
}

impl Letter<'_> {
    /// P-1.1.6, P-1.2.6: how to go on, the petition, and the link to send it by; told again before the end.
    async fn instructions(&self, body: &Value, template: &str) -> Result<Option<NewMail>, Fault> {
        let open = self.application(body).await?.filter(|found| found.state == applications::STARTED);
        let Some(application) = open else { return Ok(None) };
        let ends_at = instant(application.ends_at)?;
        let further = applications::further_end(&application);
        let more = |sentence: &str| further.map(|end| format!("{sentence} {}", time(end))).unwrap_or_default();
        let values = [
            ("title", &*application.title),
            ("tax_no", &application.firm),
            ("ends", &time(ends_at)),
            ("more_tr", &more(MORE_DAYS.0)),
            ("more_en", &more(MORE_DAYS.1)),
        ];
        let mail = self.mail(&application.email, template, &values);
        let link = self.link("application", applications::LINK, application.id.to_string(), ends_at)?;
        let petition = self.petition(&application, ends_at).await?;
        Ok(Some(NewMail { link: Some(link), attachment: Some((PETITION_NAME.to_owned(), petition)), ..mail }))
    }

    /// P-1.1.15, P-1.2.15: the link to set a password; who has one is told of the firm that came (P-1.1.17).
    async fn approved(&self, body: &Value) -> Result<Option<NewMail>, Fault> {
        let Some(application) = self.application(body).await? else { return Ok(None) };
        let Some(client) = self.office.store.find_client(&application.email).await? else { return Ok(None) };
        let ends_at = password_link_end(self.office.clock.now());
        let values = [
            ("title", &*application.title),
            ("tax_no", &application.firm),
            ("user", &application.email),
            ("ends", &time(ends_at)),
            ("url", self.url),
        ];
        if !client.password_hash.is_empty() {
            return Ok(Some(self.mail(&application.email, FIRM_ADDED, &values)));
        }
        let link = self.link("password", passwords::LINK, client.code, ends_at)?;
        Ok(Some(NewMail { link: Some(link), ..self.mail(&application.email, APPROVED, &values) }))
    }

    /// P-1.1.16, P-1.2.16: why not.
    async fn rejected(&self, body: &Value) -> Result<Option<NewMail>, Fault> {
        let Some(application) = self.application(body).await? else { return Ok(None) };
        let values = [
            ("title", &*application.title),
            ("tax_no", &application.firm),
            ("reason", &application.reason),
            ("url", self.url),
        ];
        Ok(Some(self.mail(&application.email, REJECTED, &values)))
    }

    /// P-3.1: the link to a new password, for people of the portal alone.
    async fn forgotten(&self, body: &Value) -> Result<Option<NewMail>, Fault> {
        let Some(request) = number(body, "request") else { return Ok(None) };
        let Some(address) = self.office.store.find_password_request(request).await? else { return Ok(None) };
        let client = self.office.store.find_client(&address).await?;
        let is_person = |roles: &str| roles.split(' ').any(|role| role == "portal");
        let Some(client) = client.filter(|client| client.locked == 0 && is_person(&client.roles)) else {
            return Ok(None);
        };
        let ends_at = password_link_end(self.office.clock.now());
        let mail = self.mail(&address, FORGOTTEN, &[("ends", &time(ends_at)), ("url", self.url)]);
        let link = self.link("password", passwords::LINK, client.code, ends_at)?;
        Ok(Some(NewMail { link: Some(link), ..mail }))
    }

    /// P-3.2, S-12: what became of somebody's account, to that somebody; who signs in by another code is told by nobody.
    fn account(&self, kind: &str, user: &str) -> Option<NewMail> {
        let (turkish, english) = of_account(kind).filter(|_| user.contains('@'))?;
        let values = [("what_tr", turkish), ("what_en", english), ("user", user), ("url", self.url)];
        Some(self.mail(user, ACCOUNT, &values))
    }

    /// S-12: a proposal waits, to those who may decide; what was decided, to who proposed it.
    async fn change(&self, kind: &str, body: &Value) -> Result<Vec<NewMail>, Fault> {
        let (Some(id), Some((turkish, english))) = (number(body, "change"), of_change(kind)) else {
            return Ok(Vec::new());
        };
        let Some(change) = self.office.store.find_change(id).await? else { return Ok(Vec::new()) };
        let (people, decision) = match kind {
            "table.proposed" => (list_second_persons(self.office, &change).await?, ""),
            _ => (vec![change.proposed_by], change.decision_reason.as_deref().unwrap_or_default()),
        };
        let values = [
            ("what_tr", &*with_reason(turkish, "Gerekçe", decision)),
            ("what_en", &*with_reason(english, "Reason", decision)),
            ("reason", &change.reason),
            ("change", &id.to_string()),
            ("url", self.url),
        ];
        let reached = people.iter().filter(|code| code.contains('@'));
        Ok(reached.map(|address| self.mail(address, CHANGE, &values)).collect())
    }

    /// G-52: an account runs low; to everyone who acts for its firm.
    async fn low_balance(&self, event: &MailEvent, body: &Value) -> Result<Vec<NewMail>, Fault> {
        let (Some(firm), Some(secretariat)) = (&event.firm, &event.secretariat) else { return Ok(Vec::new()) };
        let balance = body.get("balance").and_then(Value::as_str).unwrap_or_default();
        let title = self.office.store.find_firm(firm).await?.map(|firm| firm.title).unwrap_or_default();
        let (turkish, english) = (lira(balance, '.', ','), lira(balance, ',', '.'));
        let values = [
            ("title", &*title),
            ("tax_no", firm),
            ("secretariat", secretariat),
            ("balance_tr", &turkish),
            ("balance_en", &english),
            ("url", self.url),
        ];
        let people = self.people_of(firm).await?;
        Ok(people.iter().map(|address| self.mail(address, LOW_BALANCE, &values)).collect())
    }

    /// P-4.7.5, P-5.4.1.4: what became of a power, to everyone who acts for one of its firms.
    async fn power(&self, kind: &str, body: &Value) -> Result<Vec<NewMail>, Fault> {
        let (exporter, declarant, reason) = (text(body, "exporter"), text(body, "declarant"), text(body, "reason"));
        let Some((turkish, english)) = of_power(kind) else { return Ok(Vec::new()) };
        let values = [
            ("what_tr", &*with_reason(turkish, "Gerekçe", reason)),
            ("what_en", &*with_reason(english, "Reason", reason)),
            ("exporter", &*self.named(exporter).await?),
            ("declarant", &*self.named(declarant).await?),
            ("url", self.url),
        ];
        let mut people = self.people_of(exporter).await?;
        people.extend(self.people_of(declarant).await?);
        people.sort();
        people.dedup();
        Ok(people.iter().map(|address| self.mail(address, POWER, &values)).collect())
    }

    /// Title and tax number of a firm.
    async fn named(&self, tax_no: &str) -> Result<String, Fault> {
        let title = self.office.store.find_firm(tax_no).await?.map(|firm| firm.title).unwrap_or_default();
        Ok(format!("{title} ({tax_no})"))
    }

    /// The addresses of those who act for a firm on the portal.
    async fn people_of(&self, firm: &str) -> Result<Vec<String>, Fault> {
        let people = self.office.store.list_people_of(firm).await?;
        let is_person = |roles: &str| roles.split(' ').any(|role| role == "portal");
        let reached = people.into_iter().filter(|person| person.locked == 0 && is_person(&person.roles));
        Ok(reached.map(|person| person.code).filter(|code| code.contains('@')).collect())
    }

    async fn application(&self, body: &Value) -> Result<Option<Application>, Fault> {
        match number(body, "application") {
            Some(id) => Ok(self.office.store.find_application(id).await?),
            None => Ok(None),
        }
    }

    fn mail(&self, to: &str, template: &str, values: &[(&str, &str)]) -> NewMail {
        let (subject, text) = template.split_once('\n').unwrap_or((template, ""));
        // Values last: a value that holds braces fills in nothing.
        let mut written = String::with_capacity(text.len());
        let mut rest = text.trim_start();
        while let Some((before, after)) = rest.split_once('{') {
            written.push_str(before);
            let Some((name, after)) = after.split_once('}') else { break };
            match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => written.push_str(&value.replace(['{', '}'], "")),
                None => written.extend(["{", name, "}"]),
            }
            rest = after;
        }
        written.push_str(rest);
        NewMail {
            event: self.event,
            to: to.to_owned(),
            subject: subject.to_owned(),
            text: written,
            link: None,
            attachment: None,
        }
    }

    /// A link of our own; its secret is drawn here and nowhere kept but in the mail that waits.
    fn link(&self, path: &str, purpose: &'static str, subject: String, ends_at: Timestamp) -> Result<NewLink, Fault> {
        let token = Token::draw()?;
        let address = format!("{}/{path}/{}", self.url, token.to_text());
        Ok(NewLink { address, digest: token.digest(), purpose, subject, ends_at })
    }

    async fn petition(&self, application: &Application, ends_at: Timestamp) -> Result<Vec<u8>, Fault> {
        let petition = Petition {
            number: application.id.to_string(),
            to: branch_names(self.office, application).await?,
            firm: application.title.clone(),
            tax_number: application.firm.clone(),
            is_broker: application.kind == crate::acting::BROKER,
            name: application.name.clone(),
            email: application.email.clone(),
            phone: application.phone.clone(),
            begun_at: instant(application.created_at)?,
            ends_at,
        };
        let made = tokio::task::spawn_blocking(move || petition_pdf(&petition, Vec::new())).await;
        made.map_err(|_| Fault::Unavailable)?.map_err(|error| {
            tracing::error!(%error, "a petition cannot be made");
            Fault::Unavailable
        })
    }
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(body: &Value, name: &str) -> Option<i64> {
    body.get(name)?.as_str()?.parse().ok()
}

fn instant(micros: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_microsecond(micros).map_err(|_| Fault::Unavailable)
}

/// `28.11.2026 14:03`, by clocks in Türkiye.
fn time(instant: Timestamp) -> String {
    TURKEY.to_datetime(instant).strftime("%d.%m.%Y %H:%M").to_string()
}

/// `1234.50` as people of a language write it.
fn lira(amount: &str, between: char, before: char) -> String {
    let (whole, kurus) = amount.split_once('.').unwrap_or((amount, "00"));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(between);
        }
        text.push(digit);
    }
    format!("{text}{before}{kurus} TL")
}

const PETITION_NAME: &str = "uyelik-dilekcesi.pdf";
/// Of an application that had no further days yet.
const MORE_DAYS: (&str, &str) = (
    "Yetişmeyecekse açılan sayfada bir tıkla uzatabilirsiniz. Uzatılmış son gönderme zamanı:",
    "If that is too soon, put it off there by one click. To be sent by then:",
);
static REMINDER: &str = include_str!("reminder.txt");
static INSTRUCTIONS: &str = include_str!("instructions.txt");
static APPROVED: &str = include_str!("approved.txt");
static FIRM_ADDED: &str = include_str!("firm_added.txt");
static REJECTED: &str = include_str!("rejected.txt");
static FORGOTTEN: &str = include_str!("forgotten.txt");
static ACCOUNT: &str = include_str!("account.txt");
static CHANGE: &str = include_str!("change.txt");
static LOW_BALANCE: &str = include_str!("low_balance.txt");
static POWER: &str = include_str!("power.txt");

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Both languages fill in the same, no Turkish suffix hangs on a value, and a link stands alone in its line.
    #[test]
    fn every_template_says_the_same_in_both_languages() {
        for template in
            [INSTRUCTIONS, REMINDER, APPROVED, FIRM_ADDED, REJECTED, FORGOTTEN, ACCOUNT, CHANGE, LOW_BALANCE, POWER]
        {
            let (subject, text) = template.split_once('\n').unwrap();
            assert_eq!(subject.split(" / ").count(), 2, "{subject}");
            let (turkish, english) = text.split_once("\n---\n").unwrap();
            let places = |text: &str| -> BTreeSet<String> {
                let names = text.split('{').skip(1).map(|part| part.split('}').next().unwrap().to_owned());
                names.map(|name| name.replace("_tr", "").replace("_en", "")).collect()
            };
            assert_eq!(places(turkish), places(english), "{subject}");
            for part in turkish.split('}').skip(1) {
                let next = part.chars().next();
                assert!(!next.is_some_and(|next| next.is_alphabetic() || "'’".contains(next)), "{subject}: {part}");
            }
            for line in text.lines().filter(|line| line.contains("{link}")) {
                assert_eq!(line, "{link}", "{subject}");
            }
            assert!(english.chars().filter(|letter| letter.is_alphabetic()).all(|letter| letter.is_ascii()));
        }
    }

    #[test]
    fn sums_are_written_as_in_each_language() {
        assert_eq!(lira("1234567.50", '.', ','), "1.234.567,50 TL");
        assert_eq!(lira("0.05", ',', '.'), "0.05 TL");
    }
}
