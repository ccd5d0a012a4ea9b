//! Every page by everybody, with real objects of one's own and of another firm: what is another's is not found, is told to
//! nobody, and is changed by nobody. A page or a place in an address that the table does not know makes the test fail.

use super::Who;
use super::tests::browser_of;
use super::world::{Side, build};
use crate::pages::pages;
use crate::session::Audience;
use crate::tests::{Browser, House, Page};
use Tie::{Admin, Broker, BrokerFor, Exporter, Staff, Stranger};
use axum::http::StatusCode;

/// What somebody is to a side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tie {
    /// The firm itself.
    Exporter,
    /// Its broker, for itself.
    Broker,
    /// Its broker by its power.
    BrokerFor,
    /// Staff of its secretariat.
    Staff,
    /// Who runs the installation.
    Admin,
    /// Nobody. True: it may know that the firm exists, having held a power of it.
    Stranger(bool),
}

/// Who comes: the user, as what it sees pages, the exporter whose card it tries to enter, and what it is to either side.
struct Role(&'static str, Option<Audience>, &'static str, [Tie; 2]);

const ROLES: &[Role] = &[
    Role("", None, "", [Stranger(false), Stranger(false)]),
    Role("exporter1", Some(Audience::Exporter), "", [Exporter, Stranger(false)]),
    Role("exporter2", Some(Audience::Exporter), "", [Stranger(false), Exporter]),
    Role("broker1", Some(Audience::Broker), "", [Broker, Stranger(false)]),
    Role("broker1", Some(Audience::BrokerFor), "1234567890", [BrokerFor, Stranger(false)]),
    // A power of the first side that has ended, a frozen one, and no power at all of the second.
    Role("broker3", Some(Audience::Broker), "1234567890", [Stranger(true), Broker]),
    Role("broker2", Some(Audience::Broker), "1234567890", [Stranger(true), Stranger(false)]),
    Role("broker2", Some(Audience::Broker), "5260181599", [Stranger(true), Stranger(false)]),
    Role("customs", Some(Audience::Customs), "", [Stranger(false), Stranger(false)]),
    Role("staff-immib", Some(Audience::Staff), "", [Staff, Stranger(false)]),
    Role("staff-eib", Some(Audience::Staff), "", [Stranger(false), Staff]),
    Role("admin", Some(Audience::Admin), "", [Admin, Admin]),
];

const PARTIES: &[Tie] = &[Exporter, Broker, BrokerFor];
const BOTH: &[Tie] = &[Exporter, Broker];
/// Whose money it is; by a power one sees what is declared, never what the exporter has.
const PAYERS: &[Tie] = &[Exporter];
const OFFICE: &[Tie] = &[Staff];
const UNIONS: &[Tie] = &[Staff, Admin];
/// It belongs to nobody: a word of ours, a firm of the public register, or a secret that opens by itself.
const NOBODYS: &[Tie] = &[];

/// Addresses that name something: by which words it is filled in, and whose it is.
const NAMING: &[(&str, &[&str], &[Tie])] = &[
    ("/assets/{file}", &["asset"], NOBODYS),
    ("/signup/{kind}", &["kind"], NOBODYS),
    ("/signup/{kind}/person", &["kind"], NOBODYS),
    ("/signup/waiting/{handle}", &["secret"], NOBODYS),
    ("/application/{token}", &["secret"], NOBODYS),
    ("/application/{token}/send", &["secret"], NOBODYS),
    ("/application/{token}/extend", &["secret"], NOBODYS),
    ("/password/{token}", &["secret"], NOBODYS),
    ("/mailbox/{id}", &["secret"], NOBODYS),
    ("/declarations/{id}", &["declaration"], PARTIES),
    ("/declarations/{id}/withdraw", &["declaration"], PARTIES),
    ("/declarations/{id}/receipts/{number}", &["declaration", "receipt"], PARTIES),
    ("/powers/new/{tax_no}", &["broker"], NOBODYS),
    ("/powers/applications/{id}", &["application"], BOTH),
    ("/powers/applications/{id}/paper", &["application"], BOTH),
    ("/powers/held/{key}", &["power"], BOTH),
    // One's own powers for a broker that one names.
    ("/powers/brokers/{tax_no}", &["broker"], NOBODYS),
    ("/payments/card/{order}", &["order"], PAYERS),
    ("/accounts/{account}", &["account"], PAYERS),
    ("/accounts/{account}/statement", &["account"], PAYERS),
    ("/accounts/{account}/choice", &["account"], PAYERS),
    ("/receipts/{number}", &["receipt"], PARTIES),
    ("/receipts/{number}/paper", &["receipt"], PARTIES),
    ("/staff/applications/{id}", &["signup"], OFFICE),
    ("/staff/applications/{id}/{paper}", &["signup", "paper"], OFFICE),
    ("/staff/powers/{id}", &["application"], OFFICE),
    ("/staff/powers/{id}/paper", &["application"], OFFICE),
    ("/staff/powers/held/{key}", &["power"], OFFICE),
    ("/staff/cases/{id}", &["case"], OFFICE),
    ("/staff/declarations/{id}", &["declaration"], OFFICE),
    ("/staff/declarations/{id}/{act}", &["declaration", "act"], OFFICE),
    ("/staff/receipts/{number}", &["receipt"], OFFICE),
    ("/staff/bank/{key}", &["line"], OFFICE),
    ("/staff/reconciliation/{id}", &["row"], OFFICE),
    ("/staff/reconciliation/{id}/letter", &["row"], OFFICE),
    ("/staff/tables/{table}", &["table"], NOBODYS),
    ("/staff/tables/{table}/propose", &["table"], NOBODYS),
    ("/staff/changes/{id}", &["change"], UNIONS),
    ("/staff/changes/{id}/confirm", &["change"], UNIONS),
    ("/staff/changes/{id}/refuse", &["change"], UNIONS),
    ("/staff/changes/{id}/withdraw", &["change"], UNIONS),
    ("/staff/firms/{tax_no}", &["exporter"], UNIONS),
    ("/staff/users/{code}", &["user"], UNIONS),
    ("/staff/users/{code}/lock", &["user"], UNIONS),
    ("/staff/users/{code}/roles", &["user"], UNIONS),
];

/// Forms that would do something if nobody looked whose it is: all the words that our pages' buttons send.
const FORMS: &[&str] = &[
    "",
    "&act=approve&decision=confirm&step=do&reason=x&proof=x&tax_no=5260181599",
    "&act=cancel&decision=refuse&step=do&reason=x&proof=x&locked=1&low_balance=1",
    "&act=freeze&decision=book&step=send&reason=x&roles=customs&locked=yes",
];

/// The addresses of a side: as the table of pages has it, filled in, who may come and whose it is.
fn addresses(side: &Side) -> Vec<(&'static str, String, Who, Option<&'static [Tie]>)> {
    let address = |(path, who, _): (&'static str, Who, _)| {
        if !path.contains('{') {
            return (path, path.to_owned(), who, None);
        }
        let known = NAMING.iter().find(|(known, ..)| *known == path);
        let (_, words, whose) = known.unwrap_or_else(|| panic!("{path} is no page of the table of rights"));
        let mut words = words.iter();
        let part = |part: &str| {
            let is_place = part.starts_with('{');
            if is_place { side.objects[words.next().expect("a word for each place")].clone() } else { part.to_owned() }
        };
        (path, path.split('/').map(part).collect::<Vec<_>>().join("/"), who, Some(*whose))
    };
    pages().into_iter().map(address).collect()
}

/// What is wrong with an answer: the table does not let it be given, or it says something of a side to a stranger.
fn judged(
    asked: &str,
    (role, tie): (&Role, Tie),
    side: &Side,
    door: (Who, Option<&[Tie]>),
    page: &Page,
) -> Vec<String> {
    let Role(user, audience, ..) = role;
    let expected = expected(asked, (*audience, tie), door, page.status.as_u16());
    let about = format!("{asked} of {} by {user:?} {audience:?}", side.title);
    let mut wrong = Vec::new();
    if !expected.contains(&page.status.as_u16()) {
        wrong.push(format!("{about}: {} {}, expected {expected:?}", page.status, page.location()));
    }
    if audience.is_none() && expected == [303] && !page.location().starts_with("/login") {
        wrong.push(format!("{about}: leads to {:?}", page.location()));
    }
    let Stranger(knows) = tie else { return wrong };
    let title = (!knows).then_some(side.title);
    for secret in side.secrets.iter().map(String::as_str).chain(title) {
        // The mailbox of a demo shows everybody's mails; where mails are sent it is not there.
        if !asked.contains(" /mailbox") && page.body.contains(secret) {
            wrong.push(format!("{about}: tells {secret}"));
        }
    }
    wrong
}

/// The answers that may be given.
fn expected(asked: &str, who: (Option<Audience>, Tie), door: (Who, Option<&[Tie]>), status: u16) -> &'static [u16] {
    let ((audience, tie), (door, whose)) = (who, door);
    let lets_in = match door {
        Who::Anyone | Who::Handler => true,
        Who::SignedIn => audience.is_some(),
        Who::Only(audiences) => audience.is_some_and(|audience| audiences.contains(&audience)),
    };
    match () {
        // Said before anybody is looked at.
        () if status == 405 => &[405],
        () if !lets_in && audience.is_none() => &[303],
        () if !lets_in => &[403],
        // A form with a word that none of ours sends is no form of ours, whatever it is about.
        () if !is_theirs(whose, tie) && asked.starts_with("POST") => &[403, 404],
        () if !is_theirs(whose, tie) => &[404],
        // What is one's own is shown, acted on, or not acted on for a reason that is told.
        () if asked.starts_with("POST") || door == Who::Handler => &[200, 303, 403, 404, 409, 410, 422, 429],
        () if whose.is_some_and(<[Tie]>::is_empty) => &[200, 303, 403, 404, 410],
        // Some of these are for firms alone; and what was paid is named behind the address.
        () if door == Who::SignedIn => &[200, 204, 303, 403],
        () if asked.contains("/payments/done") => &[404],
        () => &[200, 303, 422],
    }
}

fn is_theirs(whose: Option<&[Tie]>, tie: Tie) -> bool {
    whose.is_none_or(|whose| whose.is_empty() || whose.contains(&tie))
}

async fn asked_by(house: &House, Role(user, _, exporter, ties): &Role) -> (Browser, String) {
    if user.is_empty() {
        return (house.browser(), "0f".to_owned());
    }
    let enters = ties[0] == BrokerFor;
    let mut browser = browser_of(house, user, if enters { exporter } else { "" }).await;
    let token = browser.get("/account").await.token().to_owned();
    if !exporter.is_empty() && !enters {
        let refused = browser.post("/firms", format!("token={token}&exporter={exporter}")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{user} for {exporter}");
    }
    (browser, token)
}

/// Rights (P-4.7.1.6, G-60, S-13): page x role x own, another's, by a power that holds, has ended, is frozen or never was;
/// by reading, and by sending forms that would do something. Object references in addresses are all tried.
#[tokio::test]
async fn nobody_sees_or_changes_what_is_anothers() {
    let (house, sides) = build().await;
    let mut wrong = Vec::new();
    for (place, side) in sides.iter().enumerate() {
        let mut its_own = side.its_own(&house).await;
        let before = side.seen_by_its_own(&mut its_own).await;
        for role in ROLES {
            let (mut browser, token) = asked_by(&house, role).await;
            let tie = role.3[place];
            for (path, address, who, whose) in addresses(side) {
                let page = browser.get(&address).await;
                wrong.extend(judged(&format!("GET {path}"), (role, tie), side, (who, whose), &page));
                // What would be done rightly is done last, below.
                for form in FORMS.iter().filter(|_| !is_theirs(whose, tie)) {
                    let sent = browser.post(&address, format!("token={token}{form}")).await;
                    wrong.extend(judged(&format!("POST {path} {form}"), (role, tie), side, (who, whose), &sent));
                }
            }
        }
        let after = side.seen_by_its_own(&mut its_own).await;
        let changed = before.iter().zip(&after).filter(|(before, after)| before != after);
        wrong.extend(changed.map(|(_, after)| format!("others changed something of {}: {after}", side.title)));
    }
    // Everybody comes in first, and firms act last: who acts rightly may end a power that others act by.
    let mut asking = Vec::new();
    for role in ROLES {
        asking.push((role, asked_by(&house, role).await));
    }
    for (role, (mut browser, token)) in asking.into_iter().rev() {
        for (place, side) in sides.iter().enumerate() {
            for (path, address, who, whose) in addresses(side) {
                // These end the session.
                if ["/sign-out", "/login", "/account/sessions", "/account/payment-password"].contains(&path) {
                    continue;
                }
                let sent = browser.post(&address, format!("token={token}")).await;
                wrong.extend(judged(&format!("POST {path}"), (role, role.3[place]), side, (who, whose), &sent));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The table of rights knows the pages that there are and no others.
#[test]
fn the_table_names_only_pages_that_there_are() {
    let known: Vec<&str> = pages().into_iter().map(|(path, ..)| path).collect();
    let gone: Vec<&str> = NAMING.iter().map(|(path, ..)| *path).filter(|path| !known.contains(path)).collect();
    assert!(gone.is_empty(), "{gone:?}");
}
