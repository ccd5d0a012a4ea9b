//! Feeds, statements and receipts: numbered without gaps, in one order, also by several servers at once.

use crate::stage::{BROKER, EXPORTER, Stage, approval, message, message_with};
use ebirlik_operations::cases::Act;
use ebirlik_operations::withdraw::withdraw;
use ebirlik_store::on_each_store;
use ebirlik_store::receipts::ReceiptFilter;
use ebirlik_store::testing::TestDatabase;
use std::sync::Arc;

const ALWAYS: ReceiptFilter = ReceiptFilter {
    from: 0,
    until: i64::MAX,
    exporter: String::new(),
    declarant: String::new(),
    secretariat: String::new(),
};

on_each_store! {
    /// G-52, G-72: everything that happened, for the exporter and for its declarant, readable from any point; the statement of
    /// the account adds up to its balance.
    async fn a_firm_reads_what_happened_from_any_point(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        approval(&stage.send(&message("BRK-1")).await);
        withdraw(&stage.office, &stage.client, "BRK-1", None).await.unwrap();
        stage.number().await;
        let kinds = async |firm: &str, after: i64| {
            let entries = stage.office.store.list_feed(firm, after, 100).await.unwrap();
            entries.into_iter().map(|entry| (entry.position, entry.kind)).collect::<Vec<_>>()
        };
        let told = [
            (1, "account.deposited"),
            (2, "declaration.approved"),
            (3, "declaration.withdrawn"),
            // Below 1,000 lira, the installation's limit; told once.
            (4, "account.low"),
        ];
        let told = told.map(|(position, kind)| (position, kind.to_owned()));
        assert_eq!(kinds(EXPORTER, 0).await, told);
        assert_eq!(kinds(EXPORTER, 2).await, told[2..]);
        assert_eq!(kinds(BROKER, 0).await.len(), 2, "the account is none of the broker's");
        let account = stage.office.store.find_account(EXPORTER, "IMMIB").await.unwrap().expect("an account");
        let lines = stage.office.store.list_lines(account, 0, i64::MAX, 100).await.unwrap();
        let lines: Vec<_> = lines.iter().map(|line| (line.number, line.amount_kurus, line.balance_kurus)).collect();
        assert_eq!(lines, [(1, 100_000, 100_000), (2, -51_877, 48_123)]);
        stage.audit_is_clean().await;
    }

    /// G-69, G-70: a power that is given or ended is told to both sides.
    async fn a_power_is_told_to_both_sides(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "0").await;
        let file = format!("exporter,declarant,secretariats,valid_from,valid_to\n{EXPORTER},{BROKER},IMMIB,2026-01-01,\n");
        let plan = ebirlik_operations::import::plan(&stage.office, ebirlik_operations::import::Kind::Powers, file.as_bytes());
        plan.await.expect("a plan").commit(&stage.office).await.expect("imported");
        stage.number().await;
        for firm in [EXPORTER, BROKER] {
            let feed = stage.office.store.list_feed(firm, 0, 10).await.unwrap();
            assert_eq!((feed.len(), feed[0].kind.as_str()), (1, "power.recorded"), "{firm}");
        }
        stage.audit_is_clean().await;
    }

    /// G-71, G-73, G-74, G-75: a receipt for each payment, in the exporter's name, its number gapless in the secretariat's
    /// year; by exporter and declarant; also for what a correction charged.
    async fn each_payment_has_its_receipt(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "10000").await;
        for number in 0..3 {
            approval(&stage.send(&message(&format!("BRK-{number}"))).await);
        }
        let free = message_with("FREE-1", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "1.00")
            .replace("<Rejim>1000", "<Rejim>2300");
        approval(&stage.send(&free).await);
        let more = message_with("BRK-0", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "30000.00");
        stage.act("BRK-0", Act::Correct(Box::new(crate::stage::declared(&more)))).await.expect("corrected");
        stage.clock.move_to("2027-01-04T11:00:00Z");
        let bulletin = stage.office.store.find_bulletin("2026-11-21".parse().unwrap()).await.unwrap().expect("a bulletin");
        let bulletin = ebirlik_domain::bulletin::Bulletin { date: "2027-01-04".parse().unwrap(), ..bulletin };
        stage.office.store.save_bulletin(&bulletin, 0).await.unwrap();
        approval(&stage.send(&message("BRK-9")).await);
        stage.number().await;
        let store = &stage.office.store;
        let receipts = store.list_receipts(EXPORTER, 0, &ALWAYS, 100).await.unwrap();
        let told: Vec<_> = receipts.iter().map(|receipt| (receipt.name(), receipt.amount.to_string())).collect();
        let expected = [
            ("IMMIB-2026-0000001", "518.77"),
            ("IMMIB-2026-0000002", "518.77"),
            ("IMMIB-2026-0000003", "518.77"),
            ("IMMIB-2026-0000004", "103.75"),
            ("IMMIB-2027-0000001", "518.77"),
        ];
        assert_eq!(told, expected.map(|(name, amount)| (name.to_owned(), amount.to_owned())));
        assert_eq!(store.list_receipts(BROKER, 0, &ALWAYS, 100).await.unwrap().len(), 5);
        let of_others = ReceiptFilter { exporter: "5260181599".into(), ..ALWAYS };
        assert!(store.list_receipts(BROKER, 0, &of_others, 100).await.unwrap().is_empty());
        assert_eq!(store.list_receipts_of("IMMIB", 2026, 1, &ALWAYS, 100).await.unwrap().len(), 3);
        stage.audit_is_clean().await;
    }

    /// Two servers number what both of them did: one order, no gap, nothing twice.
    async fn two_servers_number_together(database: TestDatabase) {
        let one = Arc::new(Stage::with_balance(&database.url, "100000").await);
        let two = Arc::new(one.beside(&database.url).await);
        let mut tasks = Vec::new();
        for (number, stage) in (0..60).zip([&one, &two].into_iter().cycle()) {
            let stage = Arc::clone(stage);
            tasks.push(tokio::spawn(async move {
                approval(&stage.send(&message(&format!("BRK-{number}"))).await);
                stage.office.chain_events().await.expect("a chain");
                stage.office.number_events().await.expect("numbers");
            }));
        }
        for task in tasks {
            task.await.expect("no panic");
        }
        one.audit_is_clean().await;
        let feed = one.office.store.list_feed(EXPORTER, 0, 1_000).await.unwrap();
        assert_eq!(feed.len(), 61);
        assert!(feed.iter().zip(1..).all(|(entry, position)| entry.position == position));
        assert_eq!(one.office.store.list_receipts(EXPORTER, 0, &ALWAYS, 100).await.unwrap().len(), 60);
    }
}
