//! What machines sign in with: secrets and certificates.

use crate::stage::{BROKER, Stage};
use ebirlik_operations::credentials::{
    SECRET_BYTES, Secret, add_secret, bind_certificate, client_of_certificate, list_certificates, list_secrets,
};
use ebirlik_operations::sign_in::{Purpose, failed, hash_password, sign_in, sign_in_machine};
use ebirlik_store::clients::ClientRow;
use ebirlik_store::credentials::CertificateRow;
use ebirlik_store::testing::TestDatabase;
use ebirlik_store::{StoreError, Wall, on_each_store};
use std::time::{Duration, Instant};

fn client(code: &str, locked: i64) -> ClientRow {
    ClientRow {
        code: code.to_owned(),
        firm: BROKER.to_owned(),
        secretariat: String::new(),
        contact_office: String::new(),
        roles: "edi".to_owned(),
        password_hash: String::new(),
        payment_password_hash: String::new(),
        locked,
    }
}

fn certificate(digit: u8) -> CertificateRow {
    let subject = format!("CN=machine {digit}");
    CertificateRow { fingerprint: vec![digit; 32], subject, valid_from: 1, valid_until: 2, bound_at: 3 }
}

on_each_store! {
    /// A secret signs its own user's machines in, and nobody else, nowhere else, and not after its end.
    async fn a_secret_is_for_the_machines_of_one_user(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "0").await;
        let office = &stage.office;
        let one = ClientRow { password_hash: hash_password("a password").unwrap(), ..client("one", 0) };
        office.store.save_clients(&[one, client("two", 0)]).await.unwrap();
        let version = office.store.changes().await.unwrap().clients;
        let secret = Secret::of(&[7; SECRET_BYTES]);
        let signs_in = async |user: &str| sign_in_machine(office, Wall::People, user, secret.as_str()).await.unwrap().is_some();
        assert!(!signs_in("one").await);
        add_secret(office, "one", "erp", &secret).await.unwrap();
        assert!(office.store.changes().await.unwrap().clients > version, "servers notice");
        assert!(signs_in("one").await && !signs_in("two").await);
        assert!(sign_in_machine(office, Wall::People, "one", "a password").await.unwrap().is_some(), "the password still counts");
        for purpose in [Purpose::Operate, Purpose::Pay] {
            assert!(sign_in(office, "one", secret.as_str(), purpose).await.unwrap().is_none(), "{purpose:?}");
        }
        let taken = add_secret(office, "one", "erp", &Secret::of(&[8; SECRET_BYTES])).await;
        assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
        assert!(matches!(add_secret(office, "none", "erp", &secret).await, Err(StoreError::Missing(_))));

        // The day of use is noted soon after.
        let deadline = Instant::now() + Duration::from_secs(20);
        while list_secrets(office, "one").await.unwrap()[0].last_used_on != "2026-11-21" {
            assert!(Instant::now() < deadline, "no use was noted");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        office.store.save_clients(&[client("one", 1)]).await.unwrap();
        assert!(!signs_in("one").await, "a locked user");
        office.store.save_clients(&[client("one", 0)]).await.unwrap();
        office.store.revoke_secret("one", "erp").await.unwrap();
        assert!(!signs_in("one").await && list_secrets(office, "one").await.unwrap().is_empty());
        assert!(matches!(office.store.revoke_secret("one", "erp").await, Err(StoreError::Missing(_))));
    }

    /// A new password ends the user's sessions in browsers, and nobody else's; another change does not.
    async fn a_new_password_signs_out_of_every_browser(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "0").await;
        let store = &stage.office.store;
        store.save_clients(&[client("one", 0), client("two", 0)]).await.unwrap();
        store.start_session(&[1; 32], "one", "", 10).await.unwrap();
        store.start_session(&[2; 32], "two", "", 10).await.unwrap();
        let lives = async |digit: u8| store.find_session(&[digit; 32], 0, 0).await.unwrap().is_some();
        store.save_clients(&[client("one", 0)]).await.unwrap();
        assert!(lives(1).await && lives(2).await);
        store.save_clients(&[ClientRow { password_hash: "new".to_owned(), ..client("one", 0) }]).await.unwrap();
        assert!(!lives(1).await && lives(2).await);
    }

    /// A certificate belongs to one user; a lock and its removal keep it out.
    async fn a_certificate_belongs_to_one_user(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "0").await;
        let office = &stage.office;
        office.store.save_clients(&[client("one", 0), client("two", 0)]).await.unwrap();
        let user = async |digit: u8| client_of_certificate(office, Wall::People, &[digit; 32]).await.unwrap().map(|client| client.code);
        assert_eq!(user(1).await, None);
        bind_certificate(office, "one", &certificate(1)).await.unwrap();
        bind_certificate(office, "one", &certificate(2)).await.unwrap();
        assert_eq!(list_certificates(office, "one").await.unwrap(), [certificate(1), certificate(2)]);
        assert_eq!((user(1).await.as_deref(), user(2).await.as_deref()), (Some("one"), Some("one")));
        let taken = bind_certificate(office, "two", &certificate(1)).await.unwrap_err().to_string();
        assert!(taken.contains("bound to one"), "{taken}");
        assert!(matches!(bind_certificate(office, "none", &certificate(3)).await, Err(StoreError::Missing(_))));
        office.store.save_clients(&[client("one", 1)]).await.unwrap();
        assert_eq!(user(1).await, None, "a locked user");
        office.store.save_clients(&[client("one", 0)]).await.unwrap();
        assert!(office.store.release_certificate("two", &[1; 32]).await.is_err(), "another user's");
        office.store.release_certificate("one", &[1; 32]).await.unwrap();
        assert_eq!((user(1).await, user(2).await.as_deref()), (None, Some("one")));
    }
}

/// The eleventh failure of a user code from a network waits; another code, another network and this machine do not.
#[tokio::test]
async fn failed_sign_ins_wait_by_user_and_network() {
    let database = TestDatabase::sqlite();
    let stage = Stage::with_balance(&database.url, "0").await;
    let waited = async |user: &str, network: &str| {
        let started = Instant::now();
        failed(&stage.office, user, network.parse().unwrap()).await;
        started.elapsed()
    };
    for _ in 0..30 {
        waited("one", "127.0.0.1").await;
    }
    for _ in 0..10 {
        waited("one", "192.0.2.1").await;
    }
    // The clock stands, and so does what it counts: by now thirty failures would wait for five seconds.
    assert!(waited("one", "192.0.2.1").await >= Duration::from_millis(250));
    for (user, network) in [("one", "192.0.2.2"), ("two", "192.0.2.1"), ("one", "127.0.0.1")] {
        assert!(waited(user, network).await < Duration::from_secs(4), "{user} {network}");
    }
}
