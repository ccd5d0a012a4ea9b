//! Many at once: twins, one account, two servers.

use crate::stage::{Stage, approval, codes, message};
use ebirlik_domain::decision::Decision;
use ebirlik_domain::money::Money;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use std::collections::HashSet;
use std::sync::Arc;

async fn send_at_once(stage: &Arc<Stage>, messages: Vec<String>) -> Vec<Decision> {
    let sent: Vec<_> = messages
        .into_iter()
        .map(|message| {
            let stage = Arc::clone(stage);
            tokio::spawn(async move { stage.send(&message).await })
        })
        .collect();
    let mut decisions = Vec::new();
    for task in sent {
        decisions.push(task.await.expect("no panic"));
    }
    decisions
}

on_each_store! {
    /// G-29, G-42, G-43: however often and however concurrently it is sent, one approval and one debit.
    async fn a_thousand_twins_are_one_approval(database: TestDatabase) {
        let stage = Arc::new(Stage::with_balance(&database.url, "100000").await);
        let decisions = send_at_once(&stage, vec![message("BRK-1"); 1_000]).await;
        let first = approval(&decisions[0]);
        assert!(decisions.iter().all(|decision| approval(decision) == first));
        assert_eq!(stage.balance().await, "99481.23");
        stage.audit_is_clean().await;
    }

    /// G-45: an account that can pay half of them pays exactly that many; G-30: every code differs.
    async fn an_account_pays_exactly_what_it_can(database: TestDatabase) {
        // 100 fees of 518.77 and one kuruş short of another.
        let stage = Arc::new(Stage::with_balance(&database.url, "52395.76").await);
        let messages = (0..200).map(|number| message(&format!("BRK-{number}"))).collect();
        let decisions = send_at_once(&stage, messages).await;
        let approved: HashSet<String> = decisions
            .iter()
            .filter(|decision| matches!(decision, Decision::Approved(_)))
            .map(|decision| approval(decision).code.clone())
            .collect();
        let short = decisions.iter().filter(|decision| codes(decision).contains(&"N4001")).count();
        assert_eq!((approved.len(), short), (100, 100));
        assert_eq!(stage.balance().await, "518.76");
        stage.audit_is_clean().await;
    }

    /// Two servers on one store: the same twins, the same account; deposits beside them.
    async fn two_servers_are_right_together(database: TestDatabase) {
        let one = Arc::new(Stage::with_balance(&database.url, "25938.50").await);
        let two = Arc::new(one.beside(&database.url).await);
        let messages: Vec<String> = (0..60).map(|number| message(&format!("BRK-{number}"))).collect();
        let (on_one, on_two, ()) = tokio::join!(
            send_at_once(&one, messages.clone()),
            send_at_once(&two, messages),
            async {
                for number in 0..10 {
                    one.deposit(&format!("late-{number}"), "518.77").await;
                }
            }
        );
        let mut codes = HashSet::new();
        for (first, second) in on_one.iter().zip(&on_two) {
            if let (Decision::Approved(first), Decision::Approved(second)) = (first, second) {
                assert_eq!(first, second);
            }
        }
        for decision in on_one.iter().chain(&on_two) {
            if let Decision::Approved(approved) = decision {
                codes.insert(approved.code.clone());
            }
        }
        // 50 fees were there, ten came later: never more than sixty, and what is left is whole.
        let left = Money::parse(&one.balance().await).unwrap().kurus();
        assert_eq!(60 * 51_877 - left, i64::try_from(codes.len()).unwrap() * 51_877);
        one.audit_is_clean().await;
    }

    /// G-43: a client that hangs up cuts nothing in half.
    async fn a_client_that_hangs_up_loses_nothing(database: TestDatabase) {
        let stage = Arc::new(Stage::with_balance(&database.url, "100000").await);
        for number in 0..50 {
            let hasty = Arc::clone(&stage);
            let sent = tokio::spawn(async move { hasty.send(&message(&format!("BRK-{number}"))).await });
            tokio::task::yield_now().await;
            sent.abort();
        }
        let messages = (0..50).map(|number| message(&format!("BRK-{number}"))).collect();
        let decisions = send_at_once(&stage, messages).await;
        assert!(decisions.iter().all(|decision| matches!(decision, Decision::Approved(_))));
        assert_eq!(stage.balance().await, "74061.50");
        stage.audit_is_clean().await;
    }
}

/// D-2: the same holds where the engine knows only SERIALIZABLE, and every conflict is tried again.
#[tokio::test(flavor = "multi_thread")]
async fn money_is_right_at_serializable_too() {
    a_thousand_twins_are_one_approval(TestDatabase::serializable().await).await;
    an_account_pays_exactly_what_it_can(TestDatabase::serializable().await).await;
    two_servers_are_right_together(TestDatabase::serializable().await).await;
    a_client_that_hangs_up_loses_nothing(TestDatabase::serializable().await).await;
}
