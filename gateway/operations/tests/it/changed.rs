//! Registers and dated tables that two people change.

use crate::stage::{BROKER, EXPORTER, Stage, approval, codes, message, staff};
use ebirlik_domain::money::Money;
use ebirlik_operations::changes::table::{Cells, Filter, list as rows_of};
use ebirlik_operations::changes::{
    Judged, Refused, confirm, draft, find, list, preview_draft, preview_proposed, propose, refuse, withdraw,
};
use ebirlik_operations::import::{Amiss, Kind};
use ebirlik_operations::{Client, Office, Roles};
use ebirlik_store::changes::ChangeState;
use ebirlik_store::on_each_store;
use ebirlik_store::rules::FeeRateRow;
use ebirlik_store::testing::TestDatabase;
use jiff::civil::date;

fn admin(code: &str) -> Client {
    let roles = Roles::parse("admin").expect("roles");
    Client { code: code.into(), firm: String::new(), secretariat: String::new(), roles }
}

fn rate(sector: &str, rate: &str, from: &str, to: &str) -> Cells {
    Cells::of([
        ("sector_code", sector),
        ("rate_e4", rate),
        ("extra_rate_e4", "0"),
        ("valid_from", from),
        ("valid_to", to),
        ("note", "karar 2026/9"),
    ])
}

fn membership(union: &str, from: &str, to: &str) -> Cells {
    Cells::of([("tax_no", EXPORTER), ("union", union), ("valid_from", from), ("valid_to", to)])
}

pub(crate) fn given<T: std::fmt::Debug>(judged: Judged<T>) -> T {
    match judged {
        Judged::Given(given) => given,
        other => panic!("{other:?}"),
    }
}

/// The sector of the goods that the stage's messages declare, and its rate as it stands.
async fn standing_rate(office: &Office) -> (String, Cells) {
    let sector = office.rules().sector_of("610910000011").expect("a sector").to_owned();
    let filter = Filter { key: sector.clone(), day: Some(date(2026, 11, 21)), order: None };
    let (rows, total) = rows_of(office, &admin("admin"), Kind::Rates, &filter, (50, 0)).await.unwrap();
    assert_eq!(total, 1);
    (sector, rows[0].cells.clone())
}

on_each_store! {
    /// S-12: a rate changes from a day on by two people; the old row ends the day before, and history keeps both.
    async fn a_rate_changes_by_two_people_with_its_history(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let (office, one, two) = (&stage.office, admin("admin-1"), admin("admin-2"));
        let (sector, stood) = standing_rate(office).await;
        let new = rate(&sector, "9.5", "2027-01-01", "");
        let id = given(propose(office, &one, Kind::Rates, vec![new.clone()], "Kurul kararı").await.unwrap());

        let proposed = find(office, &two, id).await.unwrap().unwrap();
        assert_eq!(proposed.rows, [new.clone(), stood.clone().with("valid_to", "2026-12-31")]);
        assert_eq!(proposed.before, std::slice::from_ref(&stood));
        assert_eq!(confirm(office, &one, id).await.unwrap(), Judged::Refused(Refused::SecondPersonNeeded));
        assert_eq!(refuse(office, &one, id, "hayır").await.unwrap(), Judged::Refused(Refused::SecondPersonNeeded));
        assert_eq!(confirm(office, &staff("staff-1"), id).await.unwrap(), Judged::Refused(Refused::NotFound));
        let again = propose(office, &two, Kind::Rates, vec![rate(&sector, "8", "2027-06-01", "")], "Ben de").await;
        assert_eq!(again.unwrap(), Judged::Refused(Refused::Awaits(id)));
        let versions = office.store.basis().await.unwrap();

        given(confirm(office, &two, id).await.unwrap());
        assert_eq!(confirm(office, &two, id).await.unwrap(), Judged::Refused(Refused::Decided));
        assert!(office.store.basis().await.unwrap().tables > versions.tables, "servers notice");
        let before: Vec<FeeRateRow> = office.store.rows_at("", versions.tables).await.unwrap();
        let after: Vec<FeeRateRow> = office.store.rows_at("", versions.tables + 1).await.unwrap();
        let of = |rows: &[FeeRateRow]| rows.iter().filter(|row| row.sector == sector).count();
        assert_eq!((of(&before), of(&after)), (1, 2));
        office.refresh().await.unwrap();
        let ppm = |day| office.rules().fee_rate_on(&sector, day).map(|row| row.rate.ppm());
        assert_eq!(ppm(date(2027, 1, 1)), Some(950));
        assert_ne!(ppm(date(2026, 12, 31)), Some(950));
        let change = find(office, &one, id).await.unwrap().unwrap().change;
        assert_eq!((change.state, change.decided_by.as_deref()), (ChangeState::Confirmed, Some("admin-2")));
        stage.audit_is_clean().await;
        // The key is free again.
        let later = propose(office, &two, Kind::Rates, vec![rate(&sector, "8", "2027-06-01", "")], "Yeni karar").await;
        given(withdraw(office, &two, given(later.unwrap())).await.unwrap());
    }

    /// S-12: what an import would refuse is refused here, by line; a refusal needs its reason and writes nothing.
    async fn wrong_rows_are_told_by_line_and_refusals_write_nothing(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let (office, one, two) = (&stage.office, admin("admin-1"), admin("admin-2"));
        let (sector, stood) = standing_rate(office).await;
        let rows = vec![rate(&sector, "4", "2027-01-01", ""), rate(&sector, "11", "1.1.2027", ""), rate("YOK", "4", "2027-01-01", "")];
        let Judged::Wrong(errors) = draft(office, &one, Kind::Rates, rows).await.unwrap() else { panic!("sound") };
        let told: Vec<_> = errors.iter().map(|error| (error.line, error.column.as_str(), error.amiss)).collect();
        let expected = [(3, "rate_e4", Amiss::Form), (3, "valid_from", Amiss::Form), (4, "sector_code", Amiss::Form)];
        assert_eq!(told, expected);
        let later = vec![rate(&sector, "4", "2023-01-01", "")];
        let Judged::Wrong(errors) = draft(office, &one, Kind::Rates, later).await.unwrap() else { panic!("sound") };
        assert_eq!(errors.iter().map(|error| error.amiss).collect::<Vec<_>>(), [Amiss::Overlap]);
        let same = draft(office, &one, Kind::Rates, vec![stood.clone()]).await.unwrap();
        assert!(matches!(same, Judged::Refused(Refused::NothingNew)), "{same:?}");
        let silent = propose(office, &one, Kind::Rates, vec![stood.clone().with("rate_e4", "1")], " ").await.unwrap();
        assert_eq!(silent, Judged::Refused(Refused::ReasonMissing));
        let tariff = propose(office, &one, Kind::Tariff, vec![stood.clone()], "x").await.unwrap();
        assert_eq!(tariff, Judged::Refused(Refused::NotAllowed));

        let id = given(propose(office, &one, Kind::Rates, vec![stood.clone().with("rate_e4", "1")], "Hata").await.unwrap());
        assert_eq!(refuse(office, &two, id, "").await.unwrap(), Judged::Refused(Refused::ReasonMissing));
        given(refuse(office, &two, id, "Karar yok").await.unwrap());
        assert_eq!(standing_rate(office).await.1, stood);
        let refused = list(office, &one, ChangeState::Refused).await.unwrap();
        assert_eq!(refused[0].decision_reason.as_deref(), Some("Karar yok"));
    }

    /// S-12: rows that were changed by an import meanwhile are not written over.
    async fn rows_that_changed_meanwhile_are_looked_at_again(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let (office, one, two) = (&stage.office, admin("admin-1"), admin("admin-2"));
        let (sector, stood) = standing_rate(office).await;
        let id = given(propose(office, &one, Kind::Rates, vec![rate(&sector, "9", "2027-01-01", "")], "Karar").await.unwrap());
        let ppm = (stood.get("rate_e4").parse::<i64>().unwrap() - 1) * 100;
        let row = FeeRateRow {
            sector: sector.clone(),
            rate_ppm: ppm,
            extra_ppm: 0,
            valid_from: stood.get("valid_from").to_owned(),
            valid_to: String::new(),
            origin: String::new(),
        };
        office.store.save_fee_rates(&[row]).await.unwrap();
        assert_eq!(confirm(office, &two, id).await.unwrap(), Judged::Refused(Refused::ChangedMeanwhile));
        assert_eq!(standing_rate(office).await.1.get("valid_to"), "", "nothing was written");
    }

    /// S-12: the preview tells what approved declarations would have cost.
    async fn a_preview_tells_what_past_declarations_would_have_cost(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        for reference in ["BRK-1", "BRK-2", "BRK-3"] {
            approval(&stage.send(&message(reference)).await);
        }
        let (office, one) = (&stage.office, admin("admin-1"));
        let (sector, _) = standing_rate(office).await;
        let doubled = rate(&sector, "10", "2027-01-01", "");
        let sound = given(draft(office, &one, Kind::Rates, vec![doubled.clone()]).await.unwrap());
        let preview = preview_draft(office, &sound).await.unwrap().unwrap();
        assert_eq!((preview.day, preview.judged, preview.differ), (date(2027, 1, 1), 3, 3));
        assert_eq!((preview.before.fee, preview.after.fee), (money("1556.31"), money("3112.59")));
        let first = &preview.differences[0];
        assert_eq!((first.before.fee, first.after.fee), (Some(money("518.77")), Some(money("1037.53"))));
        let id = given(propose(office, &one, Kind::Rates, vec![doubled], "Karar").await.unwrap());
        let proposed = find(office, &one, id).await.unwrap().unwrap();
        assert_eq!(preview_proposed(office, &one, &proposed).await.unwrap(), Some(preview));

        let other = given(draft(office, &one, Kind::BoundGoods, vec![Cells::of([
            ("gtip_prefix", "6109"), ("secretariat", "EIB"), ("valid_from", "2027-01-01"),
        ])]).await.unwrap());
        let preview = preview_draft(office, &other).await.unwrap().unwrap();
        assert_eq!((preview.before.refused, preview.after.refused), (0, 3));
        assert_eq!(preview.differences[0].after.codes.len(), 1);
        let desk = given(draft(office, &one, Kind::WatchedGoods, vec![Cells::of([
            ("gtip_prefix", "6109"), ("at_desk", "yes"), ("validity_days", "30"), ("valid_from", "2027-01-01"),
        ])]).await.unwrap());
        let preview = preview_draft(office, &desk).await.unwrap().unwrap();
        assert_eq!((preview.after.at_desk, preview.differences[0].after.validity_days), (3, Some(30)));
    }

    /// S-9: a membership ends and another begins by proposal, of the own secretariat alone; the feed tells the firm.
    async fn memberships_end_and_begin_by_two_people_of_their_secretariat(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        approval(&stage.send(&message("BRK-1")).await);
        let (office, one, two) = (&stage.office, staff("staff-1"), staff("staff-2"));
        let elsewhere = Client { secretariat: "EIB".into(), ..staff("staff-eib") };
        let end = membership("IMIB", "2024-01-01", "2026-11-20");
        let others = propose(office, &elsewhere, Kind::Memberships, vec![end.clone()], "Dilekçe").await.unwrap();
        let Judged::Wrong(errors) = others else { panic!("{others:?}") };
        assert_eq!(errors[0].amiss, Amiss::OtherSecretariat);
        let rates = propose(office, &one, Kind::Rates, vec![rate("FINDIK", "3", "2027-01-01", "")], "x").await.unwrap();
        assert_eq!(rates, Judged::Refused(Refused::NotAllowed));
        let sound = given(draft(office, &one, Kind::Memberships, vec![end.clone()]).await.unwrap());
        let preview = preview_draft(office, &sound).await.unwrap().unwrap();
        assert_eq!((preview.judged, preview.before.refused, preview.after.refused), (1, 0, 1));

        let id = given(propose(office, &one, Kind::Memberships, vec![end], "Dilekçe 26.11.2026").await.unwrap());
        assert!(find(office, &elsewhere, id).await.unwrap().is_none(), "not theirs to see");
        assert_eq!(list(office, &elsewhere, ChangeState::Open).await.unwrap().len(), 0);
        assert_eq!(list(office, &two, ChangeState::Open).await.unwrap().len(), 1);
        approval(&stage.send(&message("BRK-2")).await);
        given(confirm(office, &two, id).await.unwrap());
        assert_eq!(codes(&stage.send(&message("BRK-3")).await), ["E3004"]);
        let begin = membership("IMIB", "2026-11-21", "");
        let id = given(propose(office, &two, Kind::Memberships, vec![begin], "Yeniden üye").await.unwrap());
        given(confirm(office, &one, id).await.unwrap());
        approval(&stage.send(&message("BRK-3")).await);
        let filter = Filter { key: EXPORTER.into(), day: Some(date(2026, 11, 21)), order: None };
        assert_eq!(rows_of(office, &one, Kind::Memberships, &filter, (50, 0)).await.unwrap().1, 1);
        let named = Filter { key: "örnek a.ş".into(), ..Filter::default() };
        assert_eq!(rows_of(office, &one, Kind::Memberships, &named, (50, 0)).await.unwrap().1, 3);
        assert_eq!(rows_of(office, &elsewhere, Kind::Memberships, &named, (50, 0)).await.unwrap().1, 0);
        let commitment = Cells::of([("firm", BROKER), ("secretariat", "IMMIB"), ("valid_from", "2027-01-01")]);
        let id = given(propose(office, &one, Kind::Commitments, vec![commitment], "Yenileme").await.unwrap());
        assert_eq!(find(office, &two, id).await.unwrap().unwrap().rows[1].get("valid_to"), "2026-12-31");
        stage.audit_is_clean().await;
        let feed = office.store.list_feed(EXPORTER, 0, 100).await.unwrap();
        assert_eq!(feed.iter().filter(|entry| entry.kind == "table.confirmed").count(), 2);
    }
}

fn money(text: &str) -> Money {
    Money::parse(text).expect("money")
}
