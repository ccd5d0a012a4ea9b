//! Lists of declarations: what they show, that they follow what happens, and that a rebuild comes to the same.

use crate::stage::{BROKER, EXPORTER, OTHER_EXPORTER, Stage, approval, customs, message, message_with};
use ebirlik_operations::customs::{Presentation, register};
use ebirlik_operations::listing::{Listed, Order, Side, Wanted, count_states, follow, list};
use ebirlik_operations::withdraw::withdraw;
use ebirlik_operations::{Client, Roles};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::{TestDatabase, execute};
use jiff::civil::date;
use std::time::Instant;

fn of_firm(firm: &str) -> Client {
    let roles = Roles::parse("portal").expect("roles");
    Client { code: "ayse@example.com".into(), firm: firm.into(), secretariat: String::new(), roles }
}

/// Everything of a month, the newest first.
fn all() -> Wanted {
    Wanted {
        from: date(2026, 11, 1),
        to: date(2026, 11, 30),
        secretariat: String::new(),
        destination: String::new(),
        state: String::new(),
        sought: String::new(),
        side: None,
        order: (Order::Time, true),
        limit: 50,
        offset: 0,
    }
}

async fn listed(stage: &Stage, firm: &str, wanted: &Wanted) -> Listed {
    list(&stage.office, &of_firm(firm), None, wanted).await.expect("no fault")
}

async fn references(stage: &Stage, firm: &str, wanted: &Wanted) -> Vec<String> {
    let listed = listed(stage, firm, wanted).await;
    assert_eq!(listed.total, listed.rows.len() as u64 + wanted.offset);
    listed.rows.into_iter().map(|row| row.reference).collect()
}

async fn follow_all(stage: &Stage) {
    stage.number().await;
    while follow(&stage.office).await.expect("no fault") > 0 {}
}

/// Three declarations: approved and registered, withdrawn, waiting; the last is manufactured by its exporter.
async fn three(stage: &Stage) {
    let approved = approval(&stage.send(&message("BRK-1")).await);
    let presented = Presentation {
        code: approved.code.clone(),
        registration_no: "26341300EX000001".into(),
        reference: "BRK-1".into(),
        exporter: EXPORTER.into(),
    };
    register(&stage.office, &customs(), &presented).await.expect("no fault");
    stage.clock.move_to("2026-11-21T11:04:00Z");
    approval(&stage.send(&message("BRK-2").replace("004</Gid", "001</Gid")).await);
    withdraw(&stage.office, &stage.client, "BRK-2", None).await.expect("no fault");
    stage.clock.move_to("2026-11-21T11:05:00Z");
    let maker = format!("<Net_agirlik>600</Net_agirlik><Imalatci_Vergino>{EXPORTER}</Imalatci_Vergino>");
    let waiting = message_with("BRK-3", "IMMIB", "BEKLET", EXPORTER, "610910000011", "1000.00");
    stage.send(&waiting.replace("<Net_agirlik>600</Net_agirlik>", &maker)).await;
    follow_all(stage).await;
}

on_each_store! {
    /// P-4.4.1, P-4.4.2, P-4.4.3, P-4.4.4, P-5.1.1, P-5.1.2: both firms see a declaration, nobody else does; days,
    /// secretariat, type, country, state and a search narrow the list.
    async fn a_list_shows_what_is_asked_of_it(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "10000").await;
        three(&stage).await;
        for firm in [EXPORTER, BROKER] {
            assert_eq!(references(&stage, firm, &all()).await, ["BRK-3", "BRK-2", "BRK-1"]);
        }
        assert!(references(&stage, OTHER_EXPORTER, &all()).await.is_empty());
        let rows = listed(&stage, EXPORTER, &all()).await.rows;
        let seen: Vec<_> = rows.iter().map(|row| (row.state.as_str(), row.fee_kurus, row.invoice_total.as_str())).collect();
        let fee = Some(51_877);
        assert_eq!(seen, [("waiting_payment", None, "1000.00"), ("withdrawn", fee, "25000.00"), ("registered", fee, "25000.00")]);
        assert_eq!(rows[2].registration_no, "26341300EX000001");
        let cases: [(Wanted, &[&str]); 12] = [
            (Wanted { state: "approved".into(), ..all() }, &["BRK-1"]),
            (Wanted { state: "withdrawn".into(), ..all() }, &["BRK-2"]),
            (Wanted { state: "cancelled".into(), ..all() }, &[]),
            (Wanted { destination: "001".into(), ..all() }, &["BRK-2"]),
            (Wanted { secretariat: "OAIB".into(), ..all() }, &[]),
            (Wanted { side: Some(Side::Exporter), ..all() }, &["BRK-3", "BRK-2", "BRK-1"]),
            (Wanted { side: Some(Side::Declarant), ..all() }, &[]),
            (Wanted { side: Some(Side::Manufacturer), ..all() }, &["BRK-3"]),
            (Wanted { sought: "brk-2".into(), ..all() }, &["BRK-2"]),
            (Wanted { sought: "EX000001".into(), ..all() }, &["BRK-1"]),
            (Wanted { sought: "%".into(), ..all() }, &[]),
            (Wanted { to: date(2026, 11, 20), ..all() }, &[]),
        ];
        for (wanted, expected) in cases {
            assert_eq!(references(&stage, EXPORTER, &wanted).await, expected, "{wanted:?}");
        }
        let days = (date(2026, 11, 1), date(2026, 11, 30));
        let counts = count_states(&stage.office, &of_firm(BROKER), days).await.expect("no fault");
        assert_eq!((counts.get("registered"), counts.get("approved"), counts.len()), (Some(&1), None, 3));
        let nobody = Client { roles: Roles::parse("customs").expect("roles"), ..of_firm(BROKER) };
        assert_eq!(list(&stage.office, &nobody, None, &all()).await, Ok(Listed::default()));
    }

    /// P-4.4.6: each order is the same there and back, and pages make up the whole.
    async fn orders_and_pages_agree(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "10000").await;
        three(&stage).await;
        let check = async |order, expected: [&str; 3]| {
            let up = references(&stage, EXPORTER, &Wanted { order: (order, false), ..all() }).await;
            assert_eq!(up, expected, "{order:?}");
            let mut down = Vec::new();
            for offset in 0..3 {
                let wanted = Wanted { order: (order, true), limit: 1, offset, ..all() };
                down.extend(listed(&stage, EXPORTER, &wanted).await.rows.into_iter().map(|row| row.reference));
            }
            down.reverse();
            assert_eq!(down, expected, "{order:?}");
        };
        check(Order::Time, ["BRK-1", "BRK-2", "BRK-3"]).await;
        check(Order::Reference, ["BRK-1", "BRK-2", "BRK-3"]).await;
        check(Order::Fee, ["BRK-3", "BRK-1", "BRK-2"]).await;
        check(Order::CountryTurkish, ["BRK-1", "BRK-3", "BRK-2"]).await; // Almanya, Fransa
        check(Order::CountryEnglish, ["BRK-2", "BRK-1", "BRK-3"]).await; // France, Germany
        check(Order::State, ["BRK-1", "BRK-3", "BRK-2"]).await;
    }

    /// P-4.4.6: what two servers followed at once is what one rebuilds from the beginning.
    async fn a_rebuild_comes_to_the_same(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "10000").await;
        let beside = stage.beside(&database.url).await;
        three(&stage).await;
        stage.send(&message_with("BRK-3", "IMMIB", "BEKLET", EXPORTER, "610910000011", "2000.00")).await;
        stage.number().await;
        for _ in 0..4 {
            let (one, other) = tokio::join!(follow(&stage.office), follow(&beside.office));
            one.expect("no fault");
            other.expect("no fault");
        }
        let kept = listed(&stage, EXPORTER, &all()).await;
        assert_eq!((kept.total, kept.rows[0].invoice_total.as_str(), kept.rows[0].version), (3, "2000.00", 2));
        execute(&database.url, "update sequencer set position = 0 where name = 'listing'").await;
        execute(&database.url, "delete from declaration_summary where reference = 'BRK-2'").await;
        assert_eq!(listed(&stage, EXPORTER, &all()).await.total, 2);
        follow_all(&stage).await;
        assert_eq!(listed(&stage, EXPORTER, &all()).await, kept);
        stage.audit_is_clean().await;
    }

    /// P-4.4.6: fifty thousand of a firm are counted, paged and sorted; the first page takes milliseconds
    /// (`benches/README.md` has the figures), and here at least no seconds.
    async fn fifty_thousand_of_a_firm_are_listed(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "10").await;
        execute(&database.url, &fifty_thousand()).await;
        let of_page = async |order, descending, offset| {
            let started = Instant::now();
            let page = listed(&stage, EXPORTER, &Wanted { order: (order, descending), offset, ..all() }).await;
            println!("{:?} {order:?} from {offset}: {:?}", database.engine, started.elapsed());
            assert!(started.elapsed().as_secs() < 2);
            page
        };
        let newest = of_page(Order::Time, true, 0).await;
        assert_eq!((newest.total, newest.rows.len(), newest.rows[0].reference.as_str()), (50_000, 50, "R-50000"));
        let last = of_page(Order::Time, true, 49_980).await;
        assert_eq!((last.rows.len(), last.rows[19].reference.as_str()), (20, "R-00001"));
        for order in [Order::Fee, Order::Reference, Order::CountryTurkish, Order::State] {
            assert_eq!(of_page(order, false, 0).await.rows[0].reference, "R-00001", "{order:?}");
        }
        let all_of_it = Wanted { limit: 100_000, order: (Order::Reference, false), ..all() };
        let rows = listed(&stage, EXPORTER, &all_of_it).await.rows;
        assert!(rows.len() == 50_000 && rows.is_sorted_by(|one, next| one.reference < next.reference));
    }
}

/// Rows of one firm, a second apart, in rising order of everything.
fn fifty_thousand() -> String {
    format!(
        "with recursive n(i) as (select cast(1 as bigint) union all select i + 1 from n where i < 50000)
        insert into declaration_summary (firm, received_at, declaration_id, declarant, exporter, secretariat, reference,
            state, version, destination, destination_tr, destination_en, invoice_total, invoice_currency,
            manufacturers, fee_kurus, code, approved_at, registration_no)
        select '{EXPORTER}', 1794000000000000 + i * 1000000, i, '{BROKER}', '{EXPORTER}', 'IMMIB',
            'R-' || substr('0000' || i, length('0000' || i) - 4), 'approved', 1, '004',
            i / 200, i / 200, '25000.00', 'USD', '', 50000 + i, '1SF9ND6AHM0AP9A0', 1794000000000000 + i * 1000000, ''
        from n"
    )
}
