//! What officers decide for themselves while the register is out of reach.

use crate::stage::{Stage, approval, message, staff};
use ebirlik_operations::desk_decisions::{Noting, note};
use ebirlik_operations::trail::{Happening, Question, search};
use ebirlik_operations::{Client, Roles};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use jiff::Timestamp;
use jiff::civil::date;

fn client(code: &str, roles: &str, secretariat: &str) -> Client {
    let roles = Roles::parse(roles).expect("roles");
    Client { code: code.into(), firm: String::new(), secretariat: secretariat.into(), roles }
}

async fn seen(stage: &Stage, by: &Client, kind: &str) -> Vec<Happening> {
    let question = Question {
        from: date(2026, 11, 20),
        to: date(2026, 11, 22),
        kind: kind.into(),
        user: String::new(),
        tax_no: String::new(),
        reference: String::new(),
    };
    search(&stage.office, by, &question, None, 50).await.expect("an answer").happenings
}

on_each_store! {
    /// G-32, S-13: an officer's own decision on grey is noted once, with user, code and time; the secretariat of the code
    /// finds it, and everybody where the code is nobody's. Too long, too old, too many and by others is refused.
    async fn an_officers_own_decision_is_noted_once(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        let code = approval(&stage.send(&message("BRK-1")).await).code.clone();
        let officer = client("gmr-1", "customs", "");
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let lately = at("2026-11-21T10:30:00Z");
        let tell = async |by: &Client, code: &str, let_pass: bool, why: &str, when: Timestamp| {
            note(&stage.office, by, (code, let_pass, why), when).await.expect("no fault")
        };
        for _ in 0..2 {
            assert_eq!(tell(&officer, &code, true, " Tır dizisi ", lately).await, Noting::Noted);
        }
        assert_eq!(tell(&officer, "1SF9-?", false, "", at("2026-11-21T10:31:00Z")).await, Noting::Noted);
        for (by, code, why, when) in [
            (&officer, "", "", lately),
            (&officer, &*"x".repeat(65), "", lately),
            (&officer, "1SF9", &*"ş".repeat(201), lately),
            (&officer, "1SF9", "a\u{7}b", lately),
            (&officer, "1SF9", "", at("2026-11-21T11:14:00Z")),
            (&officer, "1SF9", "", at("2026-11-07T10:00:00Z")),
        ] {
            assert_eq!(tell(by, code, true, why, when).await, Noting::Unfit, "{code} {why} {when}");
        }
        assert_eq!(tell(&client("x", "portal", ""), &code, true, "", lately).await, Noting::NotAllowed);

        let own = seen(&stage, &staff("staff-1"), "desk.let_pass").await;
        assert_eq!(own.len(), 1);
        let told = (own[0].by.as_str(), own[0].about.as_str(), own[0].reason.as_str(), own[0].proof.as_str());
        assert_eq!(told, ("gmr-1", code.as_str(), "Tır dizisi", "21.11.2026 13:30"));
        let other = client("staff-9", "staff", "OAIB");
        assert!(seen(&stage, &other, "desk.let_pass").await.is_empty(), "another secretariat's code");
        assert_eq!(seen(&stage, &other, "desk.held_back").await.len(), 1, "nobody's code");
        stage.audit_is_clean().await;
    }
}
