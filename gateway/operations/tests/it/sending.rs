//! Declarations that a person sends in the browser, and the story of each.

use crate::stage::{BROKER, EXPORTER, OTHER_EXPORTER, Stage, customs, message, message_with};
use ebirlik_domain::decision::Decision;
use ebirlik_domain::finding::Place;
use ebirlik_operations::approve::Mode;
use ebirlik_operations::incoming::{FilledIn, FilledItem, Sheet};
use ebirlik_operations::papers::{Paper, Slip};
use ebirlik_operations::sending::{Sent, send};
use ebirlik_operations::story::{Story, number_of, receipt, story};
use ebirlik_operations::withdraw::withdraw;
use ebirlik_operations::{Client, Roles};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;

/// A person who acts for a firm.
fn person(firm: &str, roles: &str) -> Client {
    let roles = Roles::parse(roles).expect("roles");
    Client { code: "ayse@example.com".into(), firm: firm.into(), secretariat: String::new(), roles }
}

async fn sent(stage: &Stage, client: &Client, message: &str, mode: Mode) -> Sent {
    let sheet = Sheet { bytes: message.as_bytes(), secretariat: "IMMIB", payment: "CARI_HESAP" };
    send(&stage.office, client, None, sheet, mode).await.expect("no fault")
}

fn codes(sent: &Sent) -> Vec<&'static str> {
    sent.findings.iter().map(|finding| finding.code().as_str()).collect()
}

async fn told(stage: &Stage, client: &Client, exporter: Option<&str>, id: i64) -> Option<Story> {
    story(&stage.office, client, exporter, id).await.expect("no fault")
}

on_each_store! {
    /// G-11, P-0.3: a person tries out, sends, and after a break sends again: one declaration, one debit, one answer.
    async fn a_form_sent_again_is_applied_once(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        let ayse = person(BROKER, "portal");
        let tried = sent(&stage, &ayse, &message("FORM-1"), Mode::Trial).await;
        assert!(matches!(&tried.decision, Decision::Trial(trial) if trial.price.fee.to_string() == "518.77"));
        assert_eq!((tried.facts.exporter_title.as_str(), tried.facts.items.len()), ("Örnek A.Ş.", 1));
        assert_eq!(number_of(&stage.office, &ayse, "FORM-1").await, Ok(None));
        // What goes on to be sent is the same declaration, without the secrets of another system.
        let kept = tried.message.clone().expect("a message");
        assert!(!kept.contains("5ec2e7") && !kept.contains("77123456789"), "{kept}");
        let first = sent(&stage, &ayse, &kept, Mode::Real).await;
        assert!(matches!(first.decision, Decision::Approved(_)), "{first:?}");
        let again = sent(&stage, &ayse, &message("FORM-1"), Mode::Real).await;
        assert_eq!(again.decision, first.decision);
        assert_eq!(stage.balance().await, "481.23");
        let other = message_with("FORM-1", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "9.00");
        assert_eq!(codes(&sent(&stage, &ayse, &other, Mode::Real).await), ["E5001"]);
        stage.audit_is_clean().await;
    }

    /// G-11, G-59: the payment chosen beside a message counts where the message names none.
    async fn the_payment_chosen_beside_a_message_counts(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        let message = message("FORM-9").replace("<Odeme>CARI_HESAP</Odeme>", "");
        assert!(!message.contains("<Odeme>"), "{message}");
        let sheet = Sheet { bytes: message.as_bytes(), secretariat: "", payment: "BEKLET" };
        let ayse = person(BROKER, "portal");
        let tried = send(&stage.office, &ayse, None, sheet, Mode::Trial).await.expect("no fault");
        assert!(tried.facts.waits && tried.message.is_some_and(|kept| kept.contains("<Odeme>BEKLET</Odeme>")));
        let sent = send(&stage.office, &ayse, None, sheet, Mode::Real).await.expect("no fault");
        assert!(matches!(sent.decision, Decision::Pending(_)), "{sent:?}");
        assert_eq!(stage.balance().await, "1000.00");
    }

    /// G-11: what is wrong is told with its place, all at once, and nothing is recorded.
    async fn findings_are_told_with_their_places(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        let ayse = person(BROKER, "portal");
        let wrong = message("FORM-2").replace("<Rejim>1000</Rejim>", "").replace("610910000011", "000000000000");
        let tried = sent(&stage, &ayse, &wrong, Mode::Real).await;
        assert_eq!(codes(&tried), ["E2001", "E2005"]);
        let places: Vec<_> = tried.placed().into_iter().map(|finding| finding.place).collect();
        let at = |place: &Place, expected: &str, on: Option<u32>| {
            matches!(place, Place::Located { path, line, .. } if path == expected && on.is_none_or(|on| on == *line))
        };
        assert!(at(&places[0], "/Gelen/BeyannameBilgi/Rejim", None), "{places:?}");
        assert!(at(&places[1], "/Gelen/BeyannameBilgi/Kalemler/kalem[1]/Gtip", Some(7)), "{places:?}");
        assert_eq!(codes(&sent(&stage, &ayse, "<Gelen>", Mode::Real).await), ["E1001"]);
        assert_eq!(codes(&sent(&stage, &ayse, "UNB+UNOA", Mode::Real).await)[0], "E1101");
        assert_eq!(number_of(&stage.office, &ayse, "FORM-2").await, Ok(None));
    }

    /// G-11: users who send by program and people of the portal send for the declarant's firm; nobody else does, and by one
    /// exporter's power nobody sends for another.
    async fn only_people_of_the_declarant_send(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        let refused = async |client: &Client| codes(&sent(&stage, client, &message("FORM-3"), Mode::Real).await);
        assert_eq!(refused(&person(BROKER, "payer")).await, ["E3009"]);
        assert_eq!(refused(&customs()).await, ["E3009"]);
        assert_eq!(refused(&person(EXPORTER, "portal")).await, ["E3008"]);
        let message = message("FORM-3");
        let sheet = Sheet { bytes: message.as_bytes(), ..Sheet::default() };
        let by_power = send(&stage.office, &person(BROKER, "portal"), Some(OTHER_EXPORTER), sheet, Mode::Real).await;
        assert_eq!(codes(&by_power.expect("no fault")), ["E3002"]);
        assert!(matches!(sent(&stage, &person(BROKER, "edi"), &message, Mode::Real).await.decision, Decision::Approved(_)));
    }

    /// G-11: a form makes the message that a program would send.
    async fn a_form_makes_the_same_message(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        let text = ToOwned::to_owned;
        let item = FilledItem { gtip: text("610910000011"), net_weight: text("600"), amount: text("25000,00") };
        let filled = FilledIn {
            secretariat: text("IMMIB"),
            payment: text("CARI_HESAP"),
            reference: text("A<&\u{1}> "),
            declarant: text(BROKER),
            exporter: text(EXPORTER),
            regime: text("1000"),
            office: text("341300"),
            destination: text("004"),
            delivery_term: text("FOB"),
            invoice_total: text("25.000,00"),
            currency: text("USD"),
            items: vec![item],
            ..FilledIn::default()
        };
        let made = sent(&stage, &person(BROKER, "portal"), &filled.message(), Mode::Real).await;
        assert_eq!(made.facts.reference, "A<&>");
        assert!(matches!(&made.decision, Decision::Approved(approval) if approval.price.fee.to_string() == "518.77"), "{made:?}");
    }

    /// The whole story: versions, money with its receipt, events in order; for its two firms and for nobody else.
    async fn a_story_is_told_to_its_firms_alone(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        let ayse = person(BROKER, "portal");
        stage.send(&message_with("FORM-4", "IMMIB", "BEKLET", EXPORTER, "610910000011", "9.00")).await;
        sent(&stage, &ayse, &message("FORM-4"), Mode::Real).await;
        let id = number_of(&stage.office, &ayse, "FORM-4").await.expect("no fault").expect("a declaration");
        let whole = told(&stage, &ayse, None, id).await.expect("its own");
        assert!(whole.may_withdraw && !whole.waits_for_payment());
        assert_eq!((whole.status.versions.len(), whole.exporter_title.as_str()), (2, "Örnek A.Ş."));
        let kinds: Vec<_> = whole.happened.iter().map(|happened| happened.kind.as_str()).collect();
        assert_eq!(kinds, ["declaration.recorded", "declaration.approved"]);
        let number = whole.happened[1].receipt.clone().expect("a receipt");
        assert_eq!(whole.happened[1].paid.map(|paid| paid.to_string()).as_deref(), Some("518.77"));
        assert_eq!(whole.happened[1].by.as_deref(), Some("ayse@example.com"));

        let exporter = person(EXPORTER, "portal");
        assert!(told(&stage, &exporter, None, id).await.is_some_and(|story| !story.may_withdraw));
        assert!(told(&stage, &ayse, Some(EXPORTER), id).await.is_some());
        assert!(told(&stage, &ayse, Some(OTHER_EXPORTER), id).await.is_none());
        assert!(told(&stage, &person(OTHER_EXPORTER, "portal"), None, id).await.is_none());
        assert!(told(&stage, &customs(), None, id).await.is_none());
        let paper = async |client: &Client, number: &str| {
            let kind = (Paper::A4, Slip::Receipt);
            receipt(&stage.office, client, (None, id), number, kind).await.expect("a document or none")
        };
        assert!(paper(&exporter, &number).await.is_some_and(|pdf| pdf.starts_with(b"%PDF-")));
        assert!(paper(&exporter, "IMMIB-2026-0000099").await.is_none());
        assert!(paper(&person(OTHER_EXPORTER, "portal"), &number).await.is_none());

        withdraw(&stage.office, &ayse, "FORM-4", None).await.expect("no fault");
        let ended = told(&stage, &ayse, None, id).await.expect("its own");
        assert!(!ended.may_withdraw && ended.happened.len() == 3);
    }
}
