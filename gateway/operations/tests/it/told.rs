//! What those who work for the unions are told by mail: of changes that two people make, and of their own accounts.

use crate::changed::given;
use crate::sign_up::{mailed, staged};
use crate::sink::{Received, Sink};
use crate::stage::{EXPORTER, Stage};
use ebirlik_operations::changes::table::Cells;
use ebirlik_operations::changes::{confirm, propose, refuse, withdraw};
use ebirlik_operations::import::Kind;
use ebirlik_operations::sign_in::find_client;
use ebirlik_operations::users::{create, set_locked, set_roles};
use ebirlik_operations::{Client, Role};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::{TestDatabase, execute};

/// Administrators and staff with addresses, one of them locked and one without.
async fn house(url: &str) -> (Stage, Sink) {
    let (stage, sink) = staged(url).await;
    execute(
        url,
        "insert into client (code, firm, secretariat, roles, password_hash, payment_password_hash, locked) values
        ('ada@birlik.example', '', '', 'admin', '', '', 0), ('ece@birlik.example', '', '', 'admin', '', '', 0),
        ('eski@birlik.example', '', '', 'admin', '', '', 1), ('admin-x', '', '', 'admin', '', '', 0),
        ('im@birlik.example', '', 'IMMIB', 'staff', '', '', 0), ('it@birlik.example', '', 'ITKIB', 'staff', '', '', 0)",
    )
    .await;
    (stage, sink)
}

async fn client(stage: &Stage, code: &str) -> Client {
    find_client(&stage.office, code).await.expect("no fault").expect("a client")
}

fn to(mails: &[Received]) -> Vec<&str> {
    let mut to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    to.sort_unstable();
    to
}

fn holiday(day: &str) -> Vec<Cells> {
    vec![Cells::of([("date", day), ("name_tr", "Köprü günü"), ("half_day", "no")])]
}

on_each_store! {
    /// S-12: who may decide on a proposal is told that it waits; who made it, what became of it. What is taken back is
    /// mailed to nobody.
    async fn proposals_and_decisions_on_them_are_mailed(database: TestDatabase) {
        let (stage, sink) = house(&database.url).await;
        let office = &stage.office;
        let (ada, ece, staff) =
            (client(&stage, "ada@birlik.example").await, client(&stage, "ece@birlik.example").await,
            client(&stage, "im@birlik.example").await);
        let refused = given(propose(office, &ada, Kind::Holidays, holiday("2027-05-03"), "Karar {x} 12").await.expect("ok"));
        let mails = mailed(&stage, &sink).await;
        assert_eq!(to(&mails), ["ece@birlik.example"], "not oneself, nobody locked, no staff for a table of all");
        assert!(mails[0].text().contains("ikinci kişinin kararını bekliyor"), "{}", mails[0].text());
        assert!(mails[0].text().contains(&format!("https://onay.example/staff/changes/{refused}")));
        given(refuse(office, &ece, refused, "Resmî değil").await.expect("ok"));
        let mails = mailed(&stage, &sink).await;
        assert_eq!(to(&mails), ["ada@birlik.example"]);
        assert!(mails[0].text().contains("Önerdiğiniz değişiklik reddedildi. Gerekçe: Resmî değil"), "{}", mails[0].text());

        let withdrawn = given(propose(office, &ada, Kind::Holidays, holiday("2027-05-03"), "Karar 13").await.expect("ok"));
        given(withdraw(office, &ada, withdrawn).await.expect("ok"));
        assert_eq!(to(&mailed(&stage, &sink).await), ["ece@birlik.example"]);

        let row = Cells::of([("tax_no", EXPORTER), ("union", "DEMIR"), ("valid_from", "2026-12-01"), ("valid_to", "")]);
        let union = office.rules().unions.iter().find(|(_, of)| *of == "IMMIB").expect("a union").0.clone();
        let row = row.with("union", &union);
        let own = given(propose(office, &staff, Kind::Memberships, vec![row], "Üyelik").await.expect("ok"));
        assert_eq!(to(&mailed(&stage, &sink).await), ["ada@birlik.example", "ece@birlik.example"], "not the other secretariat's");
        given(confirm(office, &ada, own).await.expect("ok"));
        let mails = mailed(&stage, &sink).await;
        assert_eq!(to(&mails), ["im@birlik.example"]);
        assert!(mails[0].text().contains("onaylandı.") && mails[0].text().contains("was confirmed."));
    }

    /// S-12: a user who was made, locked, unlocked or given other roles is told, where its code is an address.
    async fn what_is_done_to_a_user_is_mailed_to_it(database: TestDatabase) {
        let (stage, sink) = house(&database.url).await;
        let (office, ada) = (&stage.office, client(&stage, "ada@birlik.example").await);
        let new = "can@birlik.example";
        for code in [new, "memur-7"] {
            let made = create(office, &ada, (code, "ilk-parola".into()), (&[Role::Staff], "IMMIB"), "Yeni").await;
            assert_eq!(made.expect("no fault"), Ok(()));
        }
        set_roles(office, &ada, new, (&[Role::Customs], ""), "Nakil").await.expect("no fault").expect("done");
        set_locked(office, &ada, new, true, "Ayrıldı").await.expect("no fault").expect("done");
        set_locked(office, &ada, new, false, "Döndü").await.expect("no fault").expect("done");
        let mails = mailed(&stage, &sink).await;
        assert_eq!(to(&mails), [new; 4]);
        let told = ["Sizin için bir kullanıcı açıldı.", "Rolleriniz değiştirildi.", "Hesabınız kilitlendi", "kilidi açıldı."];
        for sentence in told {
            assert_eq!(mails.iter().filter(|mail| mail.text().contains(sentence)).count(), 1, "{sentence}");
        }
        assert!(mails.iter().all(|mail| !mail.text().contains("ilk-parola") && !mail.text().contains("Ayrıldı")));
    }
}
