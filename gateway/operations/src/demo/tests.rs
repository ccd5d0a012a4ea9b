//! The demo keeps what is promised of it (contract section 11).

use super::*;
use crate::approve::{Mode, approve};
use crate::import::tests::{load, office, office_at, office_with};
use crate::sign_in::{Purpose, find_client, sign_in};
use ebirlik_domain::decision::Decision;
use ebirlik_domain::money::Money;
use ebirlik_domain::time::TURKEY;
use ebirlik_message::{RequestFacts, read};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use jiff::civil::date;
use std::collections::BTreeSet;

on_each_store! {
    async fn the_demo_has_the_parties_that_are_promised(database: TestDatabase) {
        let office = office(&database).await;
        seed(&office).await.unwrap();
        let cast = cast(&office).await.unwrap();
        assert!(cast.brokers.len() >= 3 && cast.exporters.len() >= 6 && cast.secretariats.len() >= 4);
        assert!(cast.exporters.iter().any(|exporter| exporter.memberships.len() >= 2), "one in two secretariats");
        assert!(cast.exporters.iter().any(|exporter| exporter.memberships.is_empty()), "one that is a member nowhere");
        let pairs = pairs(&cast);
        assert!(!pairs.contains(&("9876543217".into(), "6281948215".into(), "ITKIB".into())), "a power that has ended");
        assert!(!pairs.contains(&("9876543217".into(), "9935181908".into(), "EIB".into())), "no automatic debit");

        let paying = |accounts: &[Account]| accounts.iter().any(|account| account.pays);
        let own = cast.exporters.iter().find(|exporter| exporter.tax_no == "1234567890").unwrap();
        assert!(paying(&own.accounts), "one paid by the exporter's own account");
        let paid = cast.exporters.iter().find(|exporter| exporter.tax_no == "1860913903").unwrap();
        let broker = cast.brokers.iter().find(|broker| broker.tax_no == "3880718497").unwrap();
        assert!(paid.accounts.is_empty() && paying(&broker.accounts), "one paid by its broker's account");

        let small: Vec<(&str, &Account)> = cast.exporters.iter()
            .flat_map(|exporter| exporter.accounts.iter().map(|account| (exporter.tax_no.as_str(), account)))
            .filter(|(_, account)| (50_000..=200_000).contains(&kurus(account)))
            .collect();
        let [(short, account)] = small.as_slice() else { panic!("{small:?}") };
        assert!(account.pays && pairs.iter().any(|(_, exporter, at)| exporter == short && *at == account.secretariat));
        let all = cast.brokers.iter().flat_map(|broker| &broker.accounts);
        for other in all.chain(cast.exporters.iter().flat_map(|exporter| &exporter.accounts)) {
            let balance = kurus(other);
            assert!(other == *account || balance == 0 || balance >= 100_000_000, "{other:?}");
        }
        for chapter in ["08", "61"] {
            let watched = &office.rules().watched;
            assert!(!watched.iter().any(|row| row.prefix.starts_with(chapter) || chapter.starts_with(&row.prefix)));
        }
    }

    /// G-36, G-37, G-49: what `may_act_for` lists is approved and paid at once.
    async fn every_pair_that_is_listed_is_approved(database: TestDatabase) {
        let office = office(&database).await;
        seed(&office).await.unwrap();
        let cast = cast(&office).await.unwrap();
        let request = String::from_utf8(step("plain-sample-wrapped").request.to_vec()).unwrap();
        for (number, (broker, exporter, secretariat)) in pairs(&cast).into_iter().enumerate() {
            let message = request.replace("1234567890", &exporter).replace("9876543217", &broker)
                .replace("CNL26-00101", &format!("ÇİFT-{number}"))
                .replace(">IMMIB<", &format!(">{secretariat}<"));
            let user = cast.brokers.iter().find(|party| party.tax_no == broker).unwrap().user.clone();
            let client = find_client(&office, &user).await.unwrap().unwrap();
            let declaration = read(message.as_bytes(), &RequestFacts::default()).unwrap().declaration;
            let decision = approve(&office, &client, declaration, Mode::Real).await.unwrap();
            assert!(matches!(decision, Decision::Approved(_)), "{broker} {exporter} {secretariat}: {decision:?}");
        }
    }
}

fn pairs(cast: &Cast) -> BTreeSet<(String, String, String)> {
    let mut pairs = BTreeSet::new();
    for broker in &cast.brokers {
        for pair in &broker.may_act_for {
            for secretariat in &pair.secretariats {
                pairs.insert((broker.tax_no.clone(), pair.exporter.clone(), secretariat.clone()));
            }
        }
    }
    pairs
}

fn kurus(account: &Account) -> i64 {
    Money::parse(&account.balance).unwrap().kurus()
}

fn step(case: &str) -> &'static DemoStep {
    &cases().iter().find(|known| known.name == case).unwrap().steps[0]
}

#[tokio::test]
async fn the_info_file_has_the_promised_shape() {
    let database = TestDatabase::sqlite();
    let office = office(&database).await;
    seed(&office).await.unwrap();
    let cast = cast(&office).await.unwrap();
    let info =
        Info { base_url: "http://127.0.0.1:8080".into(), database: "sqlite:x".into(), data_dir: "d".into(), cast };
    let info = serde_json::to_value(&info).unwrap();
    let keys = |value: &serde_json::Value| {
        value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keys(&info), "admin base_url brokers customs data_dir database exporters rates secretariats staff");
    let broker = &info["brokers"][0];
    assert_eq!(keys(broker), "accounts commitment may_act_for password payment_password tax_no title user");
    assert_eq!(keys(&broker["may_act_for"][0]), "exporter secretariats");
    let exporter = &info["exporters"][0];
    assert_eq!(keys(exporter), "accounts memberships password payment_password tax_no title user");
    let account = serde_json::json!(
        { "id": "IMMIB-1234567890", "secretariat": "IMMIB", "balance": "100000000.00", "pays": true });
    assert_eq!(exporter["accounts"][0], account);
    assert_eq!(info["customs"], serde_json::json!({ "user": "customs", "password": "demo-customs" }));
    assert_eq!(keys(&info["staff"][0]), "password secretariat user");
    assert_eq!(info["rates"], serde_json::json!({ "date": "2026-11-20", "USD": "41.5012", "EUR": "48.7001" }));
}

/// G-55, G-56: one password to send, one to pay.
#[tokio::test]
async fn the_demo_passwords_open_the_doors_that_they_should() {
    let database = TestDatabase::sqlite();
    let office = office(&database).await;
    seed(&office).await.unwrap();
    let opens =
        async |user: &str, password: &str, purpose| sign_in(&office, user, password, purpose).await.unwrap().is_some();
    assert!(opens("broker1", "demo-broker1", Purpose::Operate).await);
    assert!(opens("broker1", "demo-broker1-pay", Purpose::Pay).await);
    assert!(!opens("broker1", "demo-broker1", Purpose::Pay).await);
    assert!(opens("staff-eib", "demo-staff-eib", Purpose::Operate).await);
    assert!(!opens("customs", "demo-customs-pay", Purpose::Pay).await);
}

#[tokio::test]
async fn a_store_that_is_not_empty_is_refused() {
    let database = TestDatabase::sqlite();
    let office = office(&database).await;
    seed(&office).await.unwrap();
    assert!(matches!(seed(&office).await, Err(DemoError::NotEmpty { .. })));
    let database = TestDatabase::sqlite();
    let office = office_at(&database, "2026-11-21T11:03:22Z").await;
    load(&office, Kind::Users, "user,roles,firm,secretariat\nroot,admin,,\n").await;
    assert!(matches!(seed(&office).await, Err(DemoError::NotEmpty { .. })));
    assert!(office.store.find_firm("1234567890").await.unwrap().is_none());
}

/// weekends and whole holidays are no business days, half days are.
#[test]
fn the_rates_are_of_the_last_business_day() {
    let check = |today, day| assert_eq!(last_business_day(today), day, "{today}");
    check(date(2026, 11, 20), date(2026, 11, 20));
    check(date(2026, 11, 21), date(2026, 11, 20));
    check(date(2026, 11, 22), date(2026, 11, 20));
    check(date(2027, 1, 1), date(2026, 12, 31));
    check(date(2026, 10, 28), date(2026, 10, 28));
    check(date(2026, 5, 31), date(2026, 5, 26));
    check(date(2027, 5, 19), date(2027, 5, 14));
}

#[tokio::test]
async fn the_demo_works_on_any_day_and_says_that_its_rates_are_made() {
    for now in ["2026-05-31T09:00:00Z", "2028-02-29T21:30:00Z"] {
        let database = TestDatabase::sqlite();
        let office = office_at(&database, now).await;
        seed(&office).await.unwrap();
        let today = TURKEY.to_datetime(now.parse().unwrap()).date();
        let bulletin = office.bulletin_on(today).await.unwrap().unwrap();
        assert_eq!(bulletin.number, format!("{}/0", bulletin.date.year()), "the bank never gives number 0");
        assert!(!cast(&office).await.unwrap().brokers[0].may_act_for.is_empty());
    }
}

#[test]
fn the_cases_of_the_demo_are_in_the_program() {
    assert!(cases().len() >= 10);
    let again = cases().iter().find(|case| case.name == "sent-again-after-payment").unwrap();
    let same: Vec<_> = again.steps.iter().map(|step| (step.status, step.same_answer_as)).collect();
    assert_eq!(same, [(200, None), (200, Some(0)), (409, None), (200, Some(0))]);
    for case in cases() {
        for step in case.steps {
            assert!(!step.request.is_empty() && rows(USERS).iter().any(|row| cell(row, "user") == step.user));
            assert!(step.fee.is_none_or(|fee| Money::parse(fee).is_some()), "{}", case.name);
        }
    }
    assert!(cases().iter().any(|case| case.steps[0].codes == ["N4001"]));
}

/// P-4.1 and the portal's demo: two years of forty other firms, without a gap in the books; the promised cast is as ever.
#[tokio::test]
async fn a_lived_in_demo_has_two_years_of_forty_firms_and_clean_books() {
    let database = TestDatabase::sqlite();
    let years = std::sync::Arc::new(Years::default());
    let now = "2026-11-21T11:03:22Z".parse().unwrap();
    years.turn_to(now);
    let office = office_with(&database, std::sync::Arc::clone(&years) as _).await;
    seed_lived_in(&office, &years, now).await.unwrap();
    let lived_in: BTreeSet<String> = users_of_history().into_iter().map(|(_, whom)| whom).collect();
    assert!(lived_in.contains("Mut Kayısı ve Sebze İhracat A.Ş.") && lived_in.contains("AKIB"));
    assert_eq!(rows(include_str!("../../../../fixtures/demo/history/firms.csv")).len(), 40);
    let cast = cast(&office).await.unwrap();
    assert!(cast.exporters.iter().all(|exporter| exporter.title != "Mut Kayısı ve Sebze İhracat A.Ş."));
    while office.chain_events().await.unwrap() > 0 {}
    let report = crate::audit::audit(&office).await.unwrap();
    assert!(report.broken.is_empty(), "{:?}", report.broken);
    assert!(report.approvals > 1_500, "{}", report.approvals);
    for (staff, secretariat) in staff_of_the_demo() {
        let client = find_client(&office, &staff).await.unwrap().unwrap();
        let queues = crate::queues::queues(&office, &client).await.unwrap();
        let empty: Vec<&str> = queues.iter().filter(|queue| queue.count == 0).map(|queue| queue.name).collect();
        assert!(empty.is_empty() && queues.iter().all(|queue| queue.count < 50), "{secretariat}: {queues:?}");
        // S-1, S-4 and the cases wait for this person: somebody else brought them.
        let cases = crate::cases::list_open(&office, &client).await.unwrap();
        assert!(cases.iter().any(|(case, _)| case.proposed_by != staff), "{secretariat}");
    }
    let admin = find_client(&office, "admin").await.unwrap().unwrap();
    let open = crate::changes::list(&office, &admin, ebirlik_store::changes::ChangeState::Open).await.unwrap();
    assert_eq!(open.iter().filter(|change| change.proposed_by != "admin").count(), 2, "S-12: {open:?}");
}

/// One of each secretariat's, with its secretariat.
fn staff_of_the_demo() -> Vec<(String, String)> {
    let all = rows(USERS).into_iter().chain(rows(history::USERS));
    let first = all.filter(|row| cell(row, "roles") == "staff" && !cell(row, "user").ends_with('2'));
    let staff: Vec<_> =
        first.map(|row| (cell(&row, "user").to_owned(), cell(&row, "secretariat").to_owned())).collect();
    assert_eq!(staff.len(), 9);
    staff
}
