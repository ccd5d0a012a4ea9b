//! What the pages about money show: accounts, their movements, baskets to pay, receipts with their refunds.

use crate::stage::{BROKER, EXPORTER, OTHER_EXPORTER, Stage, approval, given, message, message_with, staff};
use ebirlik_domain::money::Money;
use ebirlik_operations::accounts::{self, Wanted};
use ebirlik_operations::cases::{Act, refuse};
use ebirlik_operations::pay::{basket, list_payable, outcomes};
use ebirlik_operations::refund::{Application, track};
use ebirlik_operations::{Client, Roles};
use ebirlik_store::bank::{Choice, DepositAccount};
use ebirlik_store::cases::CaseState;
use ebirlik_store::on_each_store;
use ebirlik_store::receipts::{FoundReceipt, ReceiptFilter, ReceiptOrder};
use ebirlik_store::testing::TestDatabase;
use jiff::civil::date;

fn of(firm: &str, roles: &str) -> Client {
    let roles = Roles::parse(roles).expect("roles");
    Client { code: "somebody".into(), firm: firm.into(), secretariat: String::new(), roles }
}

fn held(reference: &str) -> String {
    message_with(reference, "IMMIB", "BEKLET", EXPORTER, "610910000011", "25000.00")
}

fn lira(text: &str) -> Money {
    Money::parse(text).expect("money")
}

fn wanted() -> Wanted {
    Wanted {
        from: date(2026, 11, 1),
        to: date(2026, 11, 30),
        kind: String::new(),
        reference: String::new(),
        newest_first: true,
        page: (0, 50),
    }
}

on_each_store! {
    /// G-52, P-4.9.3: balance, what waits to be taken by itself, what is free, and where deposits go; none of it is set
    /// aside. Only its owner's payer chooses for an account.
    async fn an_account_tells_what_waits_and_what_is_free(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "600").await;
        let iban = |iban: &str, secretariat: &str, valid_to: &str| DepositAccount {
            iban: iban.into(),
            secretariat: secretariat.into(),
            bank: "Örnek Bank".into(),
            valid_from: "2024-01-01".into(),
            valid_to: valid_to.into(),
        };
        let rows = [iban("1", "IMMIB", ""), iban("2", "IMMIB", "2025-01-01"), iban("3", "OAIB", "")];
        stage.office.store.save_deposit_accounts(&rows).await.unwrap();
        approval(&stage.send(&message("A-1")).await);
        for reference in ["A-2", "A-3"] {
            stage.send(&message(reference)).await;
        }
        stage.send(&held("A-4")).await;
        stage.number().await;
        let owner = of(EXPORTER, "payer");
        let accounts = accounts::list(&stage.office, &owner).await.unwrap();
        let [account] = accounts.as_slice() else { panic!("{accounts:?}") };
        assert_eq!(account.balance(), lira("81.23"));
        assert_eq!((account.waiting.count, account.waiting.fees), (2, lira("1037.54")), "what asked to wait is not taken");
        assert_eq!((account.free(), account.missing()), (Money::ZERO, lira("956.31")));
        assert_eq!((account.outlook.spent, account.outlook.days, account.outlook.limit), (lira("518.77"), 1, lira("1000")));
        assert_eq!(account.deposits.iter().map(|deposit| deposit.iban.as_str()).collect::<Vec<_>>(), ["1"]);
        assert!(accounts::list(&stage.office, &of(BROKER, "payer")).await.unwrap().is_empty());
        let choice = Choice { releases: true, low_balance: Some(lira("5")) };
        let name = account.account.name();
        for (client, code) in [(of(EXPORTER, "edi"), "E3009"), (of(OTHER_EXPORTER, "payer"), "E1404")] {
            let refused = given(accounts::choose(&stage.office, &client, &name, choice).await.unwrap());
            assert_eq!(refused.map(|_| ()), Err(vec![code]));
        }
        assert!(given(accounts::choose(&stage.office, &owner, &name, choice).await.unwrap()).is_ok());
        let accounts = accounts::list(&stage.office, &owner).await.unwrap();
        assert_eq!((accounts[0].choice, accounts[0].outlook.is_low), (choice, false));
        stage.audit_is_clean().await;
    }

    /// G-72: movements by days, kind and reference, from either end, page by page; the balance of each day.
    async fn movements_are_found_from_either_end(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "10000").await;
        for number in 0..5 {
            approval(&stage.send(&message(&format!("BRK-{number}"))).await);
        }
        stage.clock.move_to("2026-11-22T22:00:00Z");
        stage.deposit("HAVALE-ş/7", "100").await;
        let account = accounts::find(&stage.office, &of(EXPORTER, "edi"), "IMMIB-1234567890").await.unwrap().expect("an account");
        let numbers = async |wanted: Wanted| {
            let found = accounts::movements(&stage.office, &account, &wanted).await.unwrap();
            (found.lines.iter().map(|movement| movement.line.number).collect::<Vec<_>>(), found.total)
        };
        assert_eq!(numbers(wanted()).await, (vec![7, 6, 5, 4, 3, 2, 1], 7));
        assert_eq!(numbers(Wanted { page: (2, 2), ..wanted() }).await, (vec![5, 4], 7));
        assert_eq!(numbers(Wanted { page: (6, 2), ..wanted() }).await, (vec![1], 7));
        assert_eq!(numbers(Wanted { newest_first: false, page: (2, 2), ..wanted() }).await, (vec![3, 4], 7));
        assert_eq!(numbers(Wanted { page: (8, 2), ..wanted() }).await, (vec![], 7));
        let deposits = Wanted { kind: "account.deposited".into(), newest_first: false, ..wanted() };
        assert_eq!(numbers(deposits.clone()).await, (vec![1, 7], 2));
        assert_eq!(numbers(Wanted { page: (1, 1), ..deposits }).await, (vec![7], 2));
        assert_eq!(numbers(Wanted { reference: "brk-3".into(), ..wanted() }).await, (vec![5], 1));
        assert_eq!(numbers(Wanted { reference: "havale".into(), ..wanted() }).await, (vec![7], 1));
        assert_eq!(numbers(Wanted { reference: "100%".into(), ..wanted() }).await, (vec![], 0));
        assert_eq!(numbers(Wanted { from: date(2026, 11, 23), ..wanted() }).await, (vec![7], 1), "a day of Türkiye");
        let found = accounts::movements(&stage.office, &account, &wanted()).await.unwrap();
        assert_eq!((found.opening, found.closing), (Money::ZERO, lira("7506.15")));
        assert_eq!(found.days, [(date(2026, 11, 21), lira("7406.15")), (date(2026, 11, 23), lira("7506.15"))]);
        assert_eq!(found.lines[0].reference.as_deref(), Some("HAVALE-ş/7"));
        stage.audit_is_clean().await;
    }

    /// G-57, G-59, G-61: what is about to be paid, with sum, account and what is left; and afterwards what became of each.
    /// Of one exporter alone where its power is used; nothing of others.
    async fn a_basket_tells_what_is_left_and_its_outcomes_why_not(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1100").await;
        for reference in ["W-1", "W-2", "W-3"] {
            stage.send(&held(reference)).await;
        }
        let owner = of(EXPORTER, "payer");
        let payable = list_payable(&stage.office, &owner, None, 0).await.unwrap();
        let ids: Vec<i64> = payable.iter().map(|payable| payable.recorded.id).collect();
        assert!(payable.iter().all(|payable| payable.fee == Some(lira("518.77"))));
        let broker = of(BROKER, "payer");
        assert_eq!(list_payable(&stage.office, &broker, Some(EXPORTER), 0).await.unwrap().len(), 3);
        assert!(list_payable(&stage.office, &broker, Some(OTHER_EXPORTER), 0).await.unwrap().is_empty());
        assert!(list_payable(&stage.office, &of(EXPORTER, "edi"), None, 0).await.unwrap().is_empty());
        let two = basket(&stage.office, &owner, &ids[..2]).await.unwrap();
        let [bill] = two.bills.as_slice() else { panic!("{two:?}") };
        assert_eq!((bill.count, bill.total, bill.left(), bill.missing()), (2, lira("1037.54"), Some(lira("62.46")), Money::ZERO));
        let all = basket(&stage.office, &owner, &ids).await.unwrap();
        assert_eq!((all.bills[0].left(), all.bills[0].missing()), (None, lira("456.31")));
        assert_eq!(basket(&stage.office, &broker, &ids).await.unwrap().bills[0].account, None);
        let strangers = basket(&stage.office, &of(OTHER_EXPORTER, "payer"), &ids).await.unwrap();
        assert!(strangers.bills.is_empty() && strangers.left_out.is_empty());
        approval(&stage.send(&message("W-1")).await);
        approval(&stage.send(&message("W-2")).await);
        let told = outcomes(&stage.office, &owner, &ids).await.unwrap();
        let codes = |place: usize| told[place].findings.iter().map(|finding| finding.code().as_str()).collect::<Vec<_>>();
        assert!(told[0].approval.is_some() && codes(0).is_empty());
        assert_eq!((told[2].approval.is_none(), codes(2)), (true, vec!["N4001"]));
        let left = basket(&stage.office, &owner, &ids).await.unwrap();
        assert_eq!((left.payable.len(), left.left_out.len()), (1, 2));
        stage.audit_is_clean().await;
    }

    /// G-62, G-71, G-75: a firm's receipts, sorted and paged by the store, each with what was given back of its fee and what
    /// still waits for a second person.
    async fn receipts_are_found_with_their_refunds(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        approval(&stage.send(&message("R-1")).await);
        approval(&stage.send(&message_with("R-2", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "900000.00")).await);
        let part = |amount: &str| {
            Act::Refund(Application { amount: Some(lira(amount)), confirmation: "gümrük yazısı".into(), ..Application::default() })
        };
        stage.act("R-1", part("100")).await.expect("given back");
        let case = stage.act("R-2", part("15000")).await.expect("proposed").case;
        stage.number().await;
        let always = ReceiptFilter { until: i64::MAX, ..ReceiptFilter::default() };
        let find = async |firm: &str, filter: &ReceiptFilter, by_amount: bool, page: (u64, u32)| {
            let order = ReceiptOrder { by_amount, descending: true };
            stage.office.store.find_receipts(firm, filter, order, page).await.unwrap()
        };
        let told = |(found, total): (Vec<FoundReceipt>, u64)| {
            let rows = found.iter().map(|row| (row.reference.clone(), row.refunded_kurus, row.pending_kurus));
            (rows.collect::<Vec<_>>(), total)
        };
        let (first, second) = (("R-1".to_owned(), 10_000, 0), ("R-2".to_owned(), 0, 1_500_000));
        assert_eq!(told(find(EXPORTER, &always, true, (0, 50)).await), (vec![second.clone(), first.clone()], 2));
        assert_eq!(told(find(BROKER, &always, true, (1, 50)).await), (vec![first.clone()], 2));
        let (rows, _) = find(EXPORTER, &always, false, (0, 50)).await;
        assert_eq!(rows[0].name(), "IMMIB-2026-0000002");
        assert_eq!(told(find(OTHER_EXPORTER, &always, false, (0, 50)).await), (vec![], 0));
        let elsewhere = ReceiptFilter { secretariat: "OAIB".into(), ..always.clone() };
        assert_eq!(told(find(EXPORTER, &elsewhere, false, (0, 50)).await), (vec![], 0));
        let other = ReceiptFilter { declarant: EXPORTER.into(), ..always };
        assert_eq!(told(find(EXPORTER, &other, false, (0, 50)).await), (vec![], 0));

        let declaration = rows[0].declaration_id;
        assert_eq!(track(&stage.office.store, declaration).await.unwrap()[0].state, CaseState::Open);
        given(refuse(&stage.office, &staff("staff-2"), case, "kanıt yetersiz").await.unwrap()).expect("refused");
        let refused = track(&stage.office.store, declaration).await.unwrap();
        assert_eq!((refused[0].state, refused[0].reason.as_str()), (CaseState::Refused, "kanıt yetersiz"));
        stage.audit_is_clean().await;
    }
}
