//! Those who sign in, as administrators and staff look after them; and a firm's card for whoever answers the phone.

use crate::stage::{BROKER, EXPORTER, Stage, approval, message, staff};
use ebirlik_operations::firm_card::firm_card;
use ebirlik_operations::sign_in::{Purpose, find_client, sign_in};
use ebirlik_operations::users::{Refused, create, find, list, set_locked, set_roles};
use ebirlik_operations::{Client, Role, Roles};
use ebirlik_store::clients::ClientRow;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;

fn admin() -> Client {
    let roles = Roles::parse("admin").expect("roles");
    Client { code: "admin".into(), firm: String::new(), secretariat: String::new(), roles }
}

fn row(code: &str, firm: &str, secretariat: &str, roles: &str) -> ClientRow {
    ClientRow {
        code: code.into(),
        firm: firm.into(),
        secretariat: secretariat.into(),
        contact_office: String::new(),
        roles: roles.into(),
        password_hash: String::new(),
        payment_password_hash: String::new(),
        locked: 0,
    }
}

on_each_store! {
    /// S-12: administrators make, change and lock users of the unions, each with a reason and an event; nobody oneself.
    async fn administrators_look_after_users_and_nobody_after_oneself(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "0").await;
        let (office, admin) = (&stage.office, admin());
        office.store.save_clients(&[row("admin", "", "", "admin")]).await.unwrap();
        let new = |code: &'static str, roles: &'static [Role], secretariat: &'static str, reason: &'static str| {
            let admin = admin.clone();
            async move { create(office, &admin, (code, "ilk-parola".into()), (roles, secretariat), reason).await.unwrap() }
        };
        assert_eq!(new("memur 1", &[Role::Staff], "IMMIB", "x").await, Err(Refused::CodeForm));
        assert_eq!(new("memur-1", &[Role::Staff], "", "x").await, Err(Refused::SecretariatForm));
        assert_eq!(new("memur-1", &[Role::Customs], "IMMIB", "x").await, Err(Refused::SecretariatForm));
        assert_eq!(new("memur-1", &[Role::Edi], "", "x").await, Err(Refused::RolesForm));
        assert_eq!(new("memur-1", &[], "", "x").await, Err(Refused::RolesForm));
        assert_eq!(new("memur-1", &[Role::Staff], "IMMIB", "").await, Err(Refused::ReasonMissing));
        assert_eq!(new("memur-1", &[Role::Staff], "IMMIB", "Yeni memur").await, Ok(()));
        assert_eq!(new("memur-1", &[Role::Staff], "IMMIB", "Yeni memur").await, Err(Refused::Taken));
        let made = sign_in(office, "memur-1", "ilk-parola", Purpose::Operate).await.unwrap().unwrap();
        assert_eq!((made.secretariat.as_str(), made.roles.has(Role::Staff)), ("IMMIB", true));
        let refused = create(office, &made, ("memur-2", "x".into()), (&[Role::Staff], "IMMIB"), "x").await.unwrap();
        assert_eq!(refused, Err(Refused::NotAllowed));

        assert_eq!(set_locked(office, &admin, "admin", true, "x").await.unwrap(), Err(Refused::Oneself));
        assert_eq!(set_roles(office, &admin, "admin", (&[Role::Customs], ""), "x").await.unwrap(), Err(Refused::Oneself));
        assert_eq!(set_locked(office, &admin, "memur-1", true, " ").await.unwrap(), Err(Refused::ReasonMissing));
        assert_eq!(set_locked(office, &admin, "memur-1", true, "Ayrıldı").await.unwrap(), Ok(()));
        assert!(find_client(office, "memur-1").await.unwrap().is_none());
        assert_eq!(set_locked(office, &admin, "memur-1", true, "Ayrıldı").await.unwrap(), Err(Refused::NothingNew));
        assert_eq!(set_locked(office, &admin, "memur-1", false, "Döndü").await.unwrap(), Ok(()));
        let roles = (&[Role::Customs][..], "");
        assert_eq!(set_roles(office, &admin, "memur-1", roles, "Gümrüğe geçti").await.unwrap(), Ok(()));
        assert_eq!(set_roles(office, &admin, "memur-1", roles, "x").await.unwrap(), Err(Refused::NothingNew));
        let user = find(office, &admin, "memur-1").await.unwrap().unwrap();
        let kinds: Vec<&str> = user.acts.iter().map(|act| act.kind.as_str()).collect();
        assert_eq!(kinds, ["roles", "unlocked", "locked", "created"]);
        assert_eq!((user.acts[2].reason.as_str(), user.acts[2].done_by.as_str()), ("Ayrıldı", "admin"));
        assert_eq!(user.row.secretariat, "");
        stage.audit_is_clean().await;
    }

    /// S-12: staff see and lock those who act for firms of their secretariat, and nobody else.
    async fn staff_lock_people_of_firms_of_their_secretariat_alone(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "0").await;
        let (office, immib) = (&stage.office, staff("staff-1"));
        let eib = Client { secretariat: "EIB".into(), ..staff("staff-eib") };
        let rows = [
            row("ayse@ornek.example", "", "", "portal"),
            row("broker1", BROKER, "", "edi payer"),
            row("staff-1", "", "IMMIB", "staff"),
            row("staff-2", "", "IMMIB", "staff"),
            row("customs", "", "", "customs"),
        ];
        office.store.save_clients(&rows).await.unwrap();
        office.store.add_person("ayse@ornek.example", ("Ayşe", "05321234567"), EXPORTER, 1).await.unwrap();
        let codes = async |client: &Client, role: &str| -> Vec<String> {
            let (rows, total) = list(office, client, ("", role, ""), (50, 0)).await.unwrap();
            assert_eq!(rows.len() as u64, total);
            rows.into_iter().map(|row| row.code).collect()
        };
        assert_eq!(codes(&immib, "").await, ["ayse@ornek.example", "broker1", "staff-1", "staff-2"]);
        assert_eq!(codes(&immib, "portal").await, ["ayse@ornek.example"]);
        assert_eq!(codes(&eib, "").await, [""; 0]);
        assert_eq!(codes(&admin(), "").await.len(), 5);
        for hidden in ["customs", "nobody"] {
            assert_eq!(set_locked(office, &immib, hidden, true, "x").await.unwrap(), Err(Refused::NotFound), "{hidden}");
        }
        assert_eq!(set_locked(office, &eib, "ayse@ornek.example", true, "x").await.unwrap(), Err(Refused::NotFound));
        assert_eq!(set_locked(office, &immib, "staff-2", true, "x").await.unwrap(), Err(Refused::NotAllowed));
        assert_eq!(set_locked(office, &immib, "staff-1", true, "x").await.unwrap(), Err(Refused::Oneself));
        assert_eq!(set_locked(office, &immib, "ayse@ornek.example", true, "Kart çalındı").await.unwrap(), Ok(()));
        assert!(find_client(office, "ayse@ornek.example").await.unwrap().is_none());
        let roles = set_roles(office, &immib, "broker1", (&[Role::Admin], ""), "x").await.unwrap();
        assert_eq!(roles, Err(Refused::NotAllowed));
        let roles = set_roles(office, &admin(), "broker1", (&[Role::Admin], ""), "x").await.unwrap();
        assert_eq!(roles, Err(Refused::RolesForm), "who acts for a firm keeps to that");
        stage.number().await;
    }

    /// S-9: a firm's card shows what the secretariat has to do with it, and nothing of others.
    async fn a_firms_card_ends_at_the_secretariat(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "2000").await;
        approval(&stage.send(&message("BRK-1")).await);
        stage.number().await;
        let office = &stage.office;
        let card = firm_card(office, &staff("staff-1"), EXPORTER).await.unwrap().unwrap();
        assert_eq!((card.memberships.len(), card.commitments.len(), card.payers.len()), (1, 1, 1));
        assert_eq!((card.powers.len(), card.accounts[0].balance_kurus), (1, 148_123));
        assert_eq!(card.latest[0].kind, "declaration.approved");
        assert_eq!(card.latest[0].reference.as_deref(), Some("BRK-1"));
        let broker = firm_card(office, &staff("staff-1"), BROKER).await.unwrap().unwrap();
        assert_eq!(broker.commitments.iter().map(|row| row.secretariat.as_str()).collect::<Vec<_>>(), ["IMMIB"]);
        let oaib = Client { secretariat: "OAIB".into(), ..staff("staff-oaib") };
        assert!(firm_card(office, &oaib, EXPORTER).await.unwrap().is_none());
        assert!(firm_card(office, &oaib, BROKER).await.unwrap().is_some());
        assert_eq!(firm_card(office, &admin(), BROKER).await.unwrap().unwrap().commitments.len(), 2);
        assert!(firm_card(office, &stage.client, EXPORTER).await.unwrap().is_none());
    }
}
