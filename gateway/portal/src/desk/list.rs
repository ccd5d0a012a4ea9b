//! A stack of codes in one go: what has to be looked at comes first, the totals at the foot, all of it on paper with day,
//! officer and count.

use super::mark::ListMark;
use super::verdict::{Answer, Look};
use super::words::Words;
use super::{Filled, answer_alone, asked_by, asking, officer};
use crate::form::Errors;
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::fill;
use crate::{Portal, assets, csrf, notice};
use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_domain::decision::Fault;
use ebirlik_operations::Office;
use ebirlik_operations::verify::verify_for;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;

/// The form, and what came of it.
#[derive(Template)]
#[template(path = "desk/list.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    scripts: [&'static str; 3],
    errors: Errors,
    token: String,
    codes: String,
    result: Option<Outcome>,
    asked_at: String,
    asked_by: String,
}

/// What became of each line, and how many of each there are.
struct Outcome {
    /// The line to print, with our mark.
    mark: String,
    /// Invalid, doubtful, repeated.
    first: Vec<Row>,
    rest: Vec<Row>,
    totals: [(&'static str, usize); 6],
}

/// One line.
pub(super) struct Row {
    /// In the list, from 1.
    pub(super) place: usize,
    pub(super) code: String,
    pub(super) answer: Answer,
    is_repeated: bool,
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sent {
    token: String,
    codes: String,
}

/// `GET /desk/list`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, asker: Asker) -> Response {
    match officer(&asker, &asker.asked_for) {
        Ok(Some(officer)) => page(&portal, &asker, officer, StatusCode::OK, String::new(), Ok(None)),
        Ok(None) => notice::unavailable(&asker),
        Err(elsewhere) => *elsewhere,
    }
}

/// `POST /desk/list`: nothing is changed; a list is too long for an address.
pub(crate) async fn check(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    form: Result<Form<Sent>, FormRejection>,
) -> Response {
    let officer = match officer(&asker, "/desk/list") {
        Ok(Some(officer)) => officer,
        Ok(None) => return notice::unavailable(&asker),
        Err(elsewhere) => return *elsewhere,
    };
    let words = Words::of(asker.language);
    let refused = |status, codes, sentence: String| page(&portal, &asker, officer, status, codes, Err(sentence));
    let Ok(Form(sent)) = form else {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, String::new(), words.list_unread.to_owned());
    };
    if !csrf::is_token_of(&officer.id, &sent.token) {
        return notice::stale_form(&asker);
    }
    let lines = lines(&sent.codes);
    match lines.len() {
        0 => refused(StatusCode::UNPROCESSABLE_ENTITY, sent.codes, words.list_none.to_owned()),
        1..=CODES_MAX => {
            if let Ok(outcome) = outcome(&portal, &asker, officer, lines).await {
                return page(&portal, &asker, officer, StatusCode::OK, String::new(), Ok(Some(outcome)));
            }
            let sentence = asker.language.texts().unknown.to_owned();
            refused(StatusCode::SERVICE_UNAVAILABLE, sent.codes, sentence)
        }
        many => refused(StatusCode::UNPROCESSABLE_ENTITY, sent.codes, fill(words.list_too_many, "n", many)),
    }
}

/// Each line that holds something, with its place.
fn lines(codes: &str) -> Vec<(usize, Filled)> {
    let numbered = codes.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let filled = |line: &str| {
        let mut cells = line.split(['\t', ';']).map(str::to_owned);
        let mut next = || cells.next().unwrap_or_default();
        Filled { code: next(), reference: next(), exporter: next(), only_fill: String::new() }.cleaned()
    };
    numbered.map(|(line, place)| (place, filled(line))).collect()
}

/// Asks about all codes at once; a list with typing errors costs the register nothing for them.
async fn outcome(
    portal: &Portal,
    asker: &Asker,
    officer: &Session,
    lines: Vec<(usize, Filled)>,
) -> Result<Outcome, Fault> {
    let asking = asking(portal, asker, Some(officer));
    let doubts: Vec<Option<Answer>> = lines.iter().map(|(_, filled)| answer_alone(&asking, filled)).collect();
    let well_typed = lines.iter().zip(&doubts).filter(|(_, doubt)| doubt.is_none());
    let questions: Vec<_> = well_typed.map(|((_, filled), _)| asked_by(filled)).collect();
    let mut told = verify_for(&portal.office, &officer.client, &questions).await?.into_iter();
    let rules = portal.office.rules();
    let mut times = HashMap::new();
    let mut rows = Vec::with_capacity(lines.len());
    for ((place, filled), doubt) in lines.into_iter().zip(doubts) {
        let answer = if let Some(doubt) = doubt {
            doubt
        } else {
            let verification = told.next().ok_or(Fault::Unavailable)?;
            Answer::of(&asking, &filled, &verification, |code| rules.secretariats.get(code).cloned())
        };
        let code = if answer.code.is_empty() { filled.code } else { answer.code.clone() };
        *times.entry(code.clone()).or_insert(0_usize) += 1;
        rows.push(Row { place, code, answer, is_repeated: false });
    }
    for row in &mut rows {
        row.is_repeated = times.get(&row.code).is_some_and(|times| *times > 1);
    }
    let by = (portal.office.clock.now(), officer.client.code.as_str());
    Ok(Outcome::of(&portal.office, by, rows, Words::of(asker.language)))
}

impl Outcome {
    fn of(office: &Office, (at, officer): (Timestamp, &str), rows: Vec<Row>, words: &Words) -> Self {
        let count = |test: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| test(row)).count();
        let looks = |look: Look| count(&|row| row.answer.look == look);
        let totals = [
            (words.list_sure, looks(Look::Sure)),
            (words.list_valid, looks(Look::Valid)),
            (words.list_invalid, looks(Look::Invalid)),
            (words.list_unsure, looks(Look::Unsure)),
            (words.list_repeated, count(&|row| row.is_repeated)),
            (words.list_all, rows.len()),
        ];
        let mark = ListMark::of(at, officer, totals.map(|(_, total)| total), &rows).line(office);
        let (mut first, rest): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(Row::comes_first);
        first.sort_by_key(|row| row.answer.look != Look::Invalid);
        Self { mark, first, rest, totals }
    }
}

impl Row {
    fn comes_first(&self) -> bool {
        self.is_repeated || matches!(self.answer.look, Look::Invalid | Look::Unsure)
    }
}

fn page(
    portal: &Portal,
    asker: &Asker,
    officer: &Session,
    status: StatusCode,
    codes: String,
    result: Result<Option<Outcome>, String>,
) -> Response {
    let words = Words::of(asker.language);
    let mut errors = Errors::default();
    let result = result.unwrap_or_else(|sentence| {
        errors.add("codes", sentence);
        None
    });
    let title = if result.is_some() { words.list_result } else { words.list_title };
    let asking = asking(portal, asker, Some(officer));
    let page = Page {
        frame: Frame::of(asker, errors.title(title, asker.language)),
        words,
        scripts: [&assets::DESK_CODE, &assets::DESK_HANDS, &assets::DESK_LIST].map(assets::Asset::address),
        errors,
        token: officer.token(),
        codes,
        result,
        asked_at: asking.at,
        asked_by: asking.officer,
    };
    html(status, &page)
}

/// As many as one request to `POST /v1/codes/verify` may hold.
const CODES_MAX: usize = 5_000;
/// Longest form: codes with reference and tax number, percent-encoded.
pub(crate) const LIST_BYTES_MAX: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::hex;
    use crate::tests::House;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use sha2::{Digest, Sha256};

    #[test]
    fn a_line_is_a_code_with_what_it_is_compared_with() {
        let read = lines("1SF9-ND6A\n\n 7K3M \tBRK-1\t123 456\r\nA;B;C;D\n");
        let read: Vec<_> = read
            .iter()
            .map(|(place, filled)| (*place, filled.code.as_str(), filled.reference.as_str(), filled.exporter.as_str()))
            .collect();
        assert_eq!(read, [(1, "1SF9-ND6A", "", ""), (3, "7K3M", "BRK-1", "123456"), (4, "A", "B", "C")]);
    }

    /// G-32, G-33: a stack of codes is told at once, what has to be looked at first.
    #[tokio::test]
    async fn a_list_shows_the_bad_ones_first_and_the_totals_at_the_foot() {
        let house = House::open().await;
        let (approval, exporter) = house.approved().await;
        let mut officer = house.browser_of("customs").await;
        let token = officer.get("/desk/list").await.token().to_owned();
        let send = |codes: String| format!("token={token}&codes={}", codes.replace('\n', "%0D%0A"));
        let codes = format!("{};{};{exporter}\n0000000000000000\n1SF9\n", approval.code, approval.reference);
        let page = officer.post("/desk/list", send(codes)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let place = |part: &str| page.body.find(part).unwrap_or_else(|| panic!("{part} in {}", page.body));
        let code = super::super::printed(&approval.code);
        assert!(place("Böyle bir kod hiç verilmedi.") < place("yazılan karakter sayısı: 4"));
        assert!(place("yazılan karakter sayısı: 4") < place(&code) && place(&code) < place("Toplamlar"));
        assert!(place("<dt>Sorgulanan kod</dt><dd>3</dd>") > place("karşılaştırıldı</dt><dd>1</dd>"));
        signed_mark_holds(&house, &page.body, &format!("1 {code} +\n2 0000-0000-0000-0000 -\n3 1SF9 ?\n")).await;

        let page = officer.post("/desk/list", send(format!("{0}\n{0}\n", approval.code))).await;
        assert_eq!(page.body.matches("Listede birden çok kez.").count(), 2, "{}", page.body);
    }

    /// The printed list bears a mark that anybody can have confirmed, over when, who, totals and rows.
    async fn signed_mark_holds(house: &House, page: &str, rows: &str) {
        let (_, rest) = page.split_once("id=\"mark\">").unwrap();
        let line = rest.split('<').next().unwrap();
        let facts = format!("2026-11-21T11:03:22Z customs 1/0/1/1/0/3 {}", hex(&Sha256::digest(rows)).split_at(16).0);
        assert!(line.starts_with(&facts), "{line}, {facts}");
        let mut anyone = house.browser();
        let address = |line: &str| format!("/check/list?satir={}", utf8_percent_encode(line, NON_ALPHANUMERIC));
        let (facts, mark) = line.rsplit_once(' ').unwrap();
        for typed in [line.to_owned(), format!("  {facts}  {}", mark.to_lowercase())] {
            let shown = anyone.get(&address(&typed)).await;
            assert_eq!(shown.status, StatusCode::OK);
            for part in ["LİSTE GERÇEK", "21.11.2026 14:03", "customs", "Sorgulanan kod</dt><dd>3"] {
                assert!(shown.body.contains(part), "{part} in {}", shown.body);
            }
        }
        for wrong in [line.replace("1/0/1", "2/0/0"), line.replace("customs", "staff"), "a b".to_owned()] {
            assert!(anyone.get(&address(&wrong)).await.body.contains("BÖYLE BİR LİSTE YOK"), "{wrong}");
        }
        assert!(anyone.get("/check/list?lang=en").await.body.contains("Check a printed list"));
    }

    #[tokio::test]
    async fn a_list_has_a_code_at_least_and_five_thousand_at_most() {
        let house = House::open().await;
        let mut officer = house.browser_of("customs").await;
        let token = officer.get("/desk/list").await.token().to_owned();
        for (codes, told) in [
            ("%0D%0A".to_owned(), "En az bir kod yazın."),
            ("1SF9%0D%0A".repeat(5_001), "gelen: 5001"),
            ("1SF9".repeat(300_000), "Liste okunamadı."),
        ] {
            let page = officer.post("/desk/list", format!("token={token}&codes={codes}")).await;
            assert!(page.status.is_client_error() && page.body.contains(told), "{told}: {}", page.status);
            assert!(page.body.contains("<title>Hata: Liste sorgulama"));
        }
        let full = officer.post("/desk/list", format!("token={token}&codes={}", "1SF9%0D%0A".repeat(5_000))).await;
        assert!(full.status == StatusCode::OK && full.body.contains("<dt>Sorgulanan kod</dt><dd>5000</dd>"));
        let stale = officer.post("/desk/list", "token=0f&codes=1SF9".to_owned()).await;
        assert_eq!(stale.status, StatusCode::FORBIDDEN);
        let mut broker = house.browser_of("broker1").await;
        for address in ["/desk/list", "/desk/scanner"] {
            assert_eq!(broker.get(address).await.status, StatusCode::FORBIDDEN);
            assert_eq!(house.browser().get(address).await.status, StatusCode::SEE_OTHER);
            assert_eq!(officer.get(address).await.status, StatusCode::OK);
        }
    }

    /// The digits below the bars stand for the code, at the desk too.
    #[tokio::test]
    async fn the_digits_of_a_slip_are_its_code() {
        let house = House::open().await;
        let (approval, _) = house.approved().await;
        let mut officer = house.browser_of("customs").await;
        let digits = ebirlik_documents::digits_of(&approval.code).unwrap();
        let page = officer.get(&format!("/desk?kod={digits}")).await;
        assert!(page.body.contains("GEÇERLİ") && page.body.contains(&super::super::printed(&approval.code)));
    }
}
