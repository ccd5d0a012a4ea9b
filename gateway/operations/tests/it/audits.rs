//! An audit that finds nothing is worth what it would have found: each kind of damage is named.

use crate::stage::{Stage, approval, message};
use ebirlik_operations::audit::audit;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::{TestDatabase, execute};

/// Damage, what makes it good again, and the invariant that must be named.
const DAMAGE: &[(&str, &str, &str)] = &[
    (
        "update account set balance_kurus = balance_kurus + 1 where kind = 'current'",
        "update account set balance_kurus = balance_kurus - 1 where kind = 'current'",
        "balances equal their lines and are not below zero",
    ),
    (
        "update transfer set credit_account = -credit_account where kind = 'fee'",
        "update transfer set credit_account = -credit_account where kind = 'fee'",
        "ledger lines sum to zero",
    ),
    (
        "update transfer set declaration_id = -declaration_id where kind = 'fee'",
        "update transfer set declaration_id = -declaration_id where kind = 'fee'",
        "no debit without a code",
    ),
    (
        "update declaration set state = 'waiting_payment'",
        "update declaration set state = 'approved'",
        "every approved declaration has one code",
    ),
    (
        "update approval set fee_kurus = fee_kurus + 1",
        "update approval set fee_kurus = fee_kurus - 1",
        "every approval has one posted fee or is free",
    ),
    ("update approval set collision = 1", "update approval set collision = 0", "approvals can be proved"),
    ("update declaration set version = 2", "update declaration set version = 1", "versions are whole"),
    (
        "update approval set declaration_id = -declaration_id",
        "update approval set declaration_id = -declaration_id",
        "rows belong to rows that stand",
    ),
    (
        "update declaration_version set declaration_id = -declaration_id",
        "update declaration_version set declaration_id = -declaration_id",
        "rows belong to rows that stand",
    ),
    ("update event set happened_at = happened_at + 1", "update event set happened_at = happened_at - 1", "events"),
];

on_each_store! {
    /// G-42, G-45: the audit names what was changed past the product, and nothing once it is as it was.
    async fn damage_is_named(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        for reference in ["A-1", "A-2"] {
            approval(&stage.send(&message(reference)).await);
        }
        while stage.office.store.extend_chain().await.expect("a chain") > 0 {}
        stage.audit_is_clean().await;
        // SQLite would not let the rows' owners go.
        let unlocked = if database.url.starts_with("sqlite") { "pragma foreign_keys = off; " } else { "" };
        let named = async || {
            let report = audit(&stage.office).await.expect("an audit");
            report.broken.into_iter().map(|broken| broken.invariant).collect::<Vec<_>>()
        };
        for (damage, repair, invariant) in DAMAGE {
            execute(&database.url, &format!("{unlocked}{damage}")).await;
            let found = named().await;
            assert!(found.iter().any(|found| found.contains(invariant)), "{damage}: {found:?}");
            execute(&database.url, &format!("{unlocked}{repair}")).await;
            assert_eq!(named().await, Vec::<&str>::new(), "{repair}");
        }
        execute(&database.url, "update approval set record_no = '26IMMIB000000001'").await;
        assert!(named().await.contains(&"record numbers are unique"));
    }
}

on_each_store! {
    /// G-71, G-83: numbers that stand still are named, and so are those that are missing or too many; numbers that are only
    /// behind are not.
    async fn numbers_that_do_not_follow_the_chain_are_named(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        for reference in ["N-1", "N-2"] {
            approval(&stage.send(&message(reference)).await);
        }
        stage.number().await;
        approval(&stage.send(&message("N-3")).await);
        stage.office.chain_events().await.expect("a chain");
        let broken = async || {
            let report = audit(&stage.office).await.expect("an audit");
            report.broken.into_iter().map(|broken| broken.invariant).collect::<Vec<_>>()
        };
        assert_eq!(broken().await, [""; 0], "what is only behind is in order");
        // The next turn meets a receipt that is there already.
        let event = "(select max(id) from event where kind = 'declaration.approved')";
        let stray = format!("insert into receipt (secretariat, year, number, event_id) values ('IMMIB', 2026, 3, {event})");
        execute(&database.url, &stray).await;
        assert_eq!(stage.office.number_events().await.expect("a turn"), 0);
        assert_eq!(broken().await, ["numbers are those of the chain up to where they are", "numbers follow the chain"]);
        execute(&database.url, "delete from receipt where number = 3").await;
        stage.audit_is_clean().await;
        for damage in [
            "delete from receipt where number = 3",
            "delete from account_line where number = (select max(number) from account_line)",
            "delete from feed where firm = '9876543217' and position = (select max(position) from feed where firm = '9876543217')",
            "update sequencer set position = position + 1",
        ] {
            let fresh = database.another().await;
            let copied = Stage::with_balance(&fresh.url, "100000").await;
            for reference in ["N-1", "N-2", "N-3"] {
                approval(&copied.send(&message(reference)).await);
            }
            copied.audit_is_clean().await;
            execute(&fresh.url, damage).await;
            let report = audit(&copied.office).await.expect("an audit");
            let named = report.broken.iter().any(|broken| broken.invariant.starts_with("numbers are those of the chain"));
            assert!(named, "{damage}: {:?}", report.broken);
        }
    }
}
