//! The store's own suite, on both engines.

use crate::testing::{TestDatabase, columns, execute};
use crate::{
    Store, Wall, accounts, applications, approved, attachments, audit, backup, bank, behind, bulletins, cards, cases,
    changes, client_acts, clients, codes, corrections, credentials, declarations, desk_decisions, events, feed,
    history, left_out, listing, mails, movements, nodes, on_each_store, parties, passwords, people, places,
    power_applications, powers, queues, receipts, reconciliations, register, registrations, rules, sessions,
    settlements, trail, uploads, waiting, writer,
};
use sqlx::{Executor, SqlSafeStr};
use std::time::Instant;

fn every_statement() -> impl Iterator<Item = (&'static str, &'static crate::sql::Sql)> {
    let files = [
        parties::ALL,
        people::ALL,
        desk_decisions::ALL,
        applications::ALL,
        passwords::ALL,
        mails::ALL,
        powers::ALL,
        power_applications::ALL,
        clients::ALL,
        credentials::ALL,
        sessions::ALL,
        settlements::ALL,
        rules::ALL,
        bulletins::ALL,
        accounts::ALL,
        approved::ALL,
        bank::ALL,
        cards::ALL,
        cases::ALL,
        changes::ALL,
        client_acts::ALL,
        codes::ALL,
        corrections::ALL,
        declarations::ALL,
        behind::ALL,
        feed::ALL,
        movements::ALL,
        queues::ALL,
        receipts::ALL,
        history::ALL,
        left_out::ALL,
        listing::ALL,
        listing::LISTS,
        reconciliations::ALL,
        register::ALL,
        registrations::ALL,
        writer::batch::ALL,
        events::ALL,
        audit::ALL,
        attachments::ALL,
        trail::ALL,
        uploads::ALL,
        waiting::ALL,
        audit::chain::ALL,
        audit::numbers::ALL,
        backup::ALL,
        backup::catalog::ALL,
    ];
    files.into_iter().flatten().copied().chain(register::of_lists())
}

on_each_store! {
    async fn every_statement_can_be_prepared(database: TestDatabase) {
        let store = Store::open(&database.url).await.expect("the store opens");
        for (name, statement) in every_statement() {
            let prepared = match &store {
                Store::Sqlite(store) => {
                    let mut connection = store.readers().acquire().await.expect("a connection");
                    (&mut *connection).prepare(store.text(statement).into_sql_str()).await.map(|_| ())
                }
                Store::Postgres(store) => {
                    let mut connection = store.readers().acquire().await.expect("a connection");
                    (&mut *connection).prepare(store.text(statement).into_sql_str()).await.map(|_| ())
                }
            };
            assert!(prepared.is_ok(), "{name}: {prepared:?}");
        }
        match &store {
            Store::Sqlite(store) => {
                let connection = rusqlite::Connection::open(&store.path).expect("a connection");
                for (name, text) in writer::sqlite::ALL.iter().chain(places::ALL) {
                    let prepared = connection.prepare(text).map(|_| ());
                    assert!(prepared.is_ok(), "{name}: {prepared:?}");
                }
            }
            Store::Postgres(store) => {
                let mut connection = store.readers().acquire().await.expect("a connection");
                for (name, text) in writer::postgres::ALL.iter().chain(nodes::ALL) {
                    let prepared = (&mut *connection).prepare(text.into_sql_str()).await.map(|_| ());
                    assert!(prepared.is_ok(), "{name}: {prepared:?}");
                }
            }
        }
    }
}

/// Mirrored migrations: both engines hold the same tables with the same columns.
#[tokio::test(flavor = "multi_thread")]
async fn the_two_schemas_are_the_same() {
    let (lite, post) = (TestDatabase::sqlite(), TestDatabase::postgres().await);
    for database in [&lite, &post] {
        Store::open(&database.url).await.expect("the store opens").close().await;
    }
    let (mut lite, mut post) = (columns(&lite.url).await, columns(&post.url).await);
    lite.sort_unstable();
    post.sort_unstable();
    assert!(lite.len() > 80, "{lite:?}");
    assert_eq!(lite, post);
}

on_each_store! {
    /// A program refuses a schema that it does not know, and says what to do.
    async fn a_newer_schema_is_left_to_its_own_program(database: TestDatabase) {
        Store::open(&database.url).await.expect("the store opens").close().await;
        let later = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
            values (9999, 'later', true, '', 0)";
        execute(&database.url, later).await;
        let refused = Store::open(&database.url).await.expect_err("a newer schema").to_string();
        assert!(refused.contains("newer program") && refused.contains("9999"), "{refused}");
        Store::connect(&database.url).await.expect("a backup can still be taken").close().await;
    }

    /// D-7: with every connection of one wall taken, the others read as ever, and whoever needs one hears so in time.
    async fn a_wall_without_connections_holds_up_no_other(database: TestDatabase) {
        let store = Store::open(&database.url).await.expect("the store opens");
        for full in Wall::ALL {
            let crowded = store.behind(full);
            let mut taken = Vec::new();
            for _ in 0..full.connections() {
                taken.push(hold(&crowded).await);
            }
            let seen = store.connections(full);
            assert_eq!((seen.open, seen.busy), (seen.most, seen.most), "{full:?}");
            for free in Wall::ALL.into_iter().filter(|wall| *wall != full) {
                store.behind(free).newest_event().await.expect("another wall answers");
            }
            let start = Instant::now();
            assert!(crowded.newest_event().await.is_err(), "{full:?}");
            assert!(start.elapsed() >= full.patience() && start.elapsed() < full.patience() * 2, "{full:?}");
            drop(taken);
        }
    }
}

/// Takes one connection of a wall for as long as it is held.
async fn hold(store: &Store) -> Box<dyn std::any::Any + Send> {
    match store {
        Store::Sqlite(store) => Box::new(store.readers().acquire().await.expect("a connection")),
        Store::Postgres(store) => Box::new(store.readers().acquire().await.expect("a connection")),
    }
}

/// G-43: SQLite ends a transaction by itself when the disk is full. The connection, which does not know, is replaced.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_sqlite_ended_itself_does_not_stop_the_next_one() {
    let database = TestDatabase::sqlite();
    let store = Store::open(&database.url).await.expect("the store opens");
    let Store::Sqlite(sqlite) = &store else { panic!("an SQLite store") };
    let mut transaction = sqlite.begin().await.expect("a transaction");
    (&mut *transaction).execute("rollback").await.expect("what SQLite does by itself");
    drop(transaction);
    store.prove_writable().await.expect("the next transaction begins");
}

on_each_store! {
    /// Turkish rules: order. The database puts titles in the order of the Turkish alphabet, forwards and backwards, whatever its
    /// own language is and however the title was typed.
    async fn titles_stand_in_turkish_order(database: TestDatabase) {
        let store = Store::open(&database.url).await.expect("the store opens");
        let titles =
            ["9 Eylül", "Cam", "CZ", "çay", "C\u{327}ınar", "Dağ", "ılgın", "irmik", "İzmir", "Oya", "öz", "SU", "Şal", "Zil"];
        let numbers: Vec<String> = (0..titles.len()).map(|place| format!("{:010}", 7_000 - 100 * place)).collect();
        let firm = |(title, tax_no): (&&str, &String)| parties::Firm {
            tax_no: tax_no.clone(),
            title: (*title).to_owned(),
            kind: "exporter".into(),
        };
        let firms: Vec<_> = titles.iter().zip(&numbers).map(firm).collect();
        store.save_firms(&firms).await.expect("firms");
        let row = |firm: &String| parties::Commitment {
            firm: firm.clone(),
            secretariat: "IMMIB".into(),
            valid_from: "2024-01-01".into(),
            valid_to: String::new(),
        };
        store.save_commitments(&numbers.iter().map(row).collect::<Vec<_>>()).await.expect("commitments");
        let listed = async |last_first: bool| {
            let order = Some(("title".to_owned(), last_first));
            let filter = register::RegisterFilter { order, ..register::RegisterFilter::default() };
            let rows = store.list_register(register::RegisterList::Commitments, &filter, 100, 0).await.expect("a list").0;
            rows.into_iter().map(|row| row.title).collect::<Vec<_>>()
        };
        assert_eq!(listed(false).await, titles);
        assert_eq!(listed(true).await, titles.iter().rev().copied().collect::<Vec<_>>());
    }

    /// P-4.12.2; Turkish rules: search. Titles are searched on whatever keyboard the search was typed.
    async fn titles_are_folded_as_searches_are(database: TestDatabase) {
        let store = Store::open(&database.url).await.expect("the store opens");
        let title = "ABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZ abcçdefgğhıijklmnoöprsştuüvyz ÂÎÛ âîû 100%_!";
        let firm = parties::Firm { tax_no: "1234567890".into(), title: title.into(), kind: "exporter".into() };
        store.save_firms(&[firm]).await.expect("a firm");
        let row = parties::Commitment {
            firm: "1234567890".into(),
            secretariat: "IMMIB".into(),
            valid_from: "2024-01-01".into(),
            valid_to: String::new(),
        };
        store.save_commitments(&[row]).await.expect("a commitment");
        let found = async |title: &str| {
            let title = ebirlik_domain::turkish::fold(title);
            let filter = register::RegisterFilter { title, ..register::RegisterFilter::default() };
            store.list_register(register::RegisterList::Commitments, &filter, 10, 0).await.expect("a list").1
        };
        assert_eq!(found(title).await, 1);
        for part in ["FGĞHIİJ", "fgğhıij", "fgghiij", "0%_!"] {
            assert_eq!(found(part).await, 1, "{part}");
        }
        for other in ["0%x", "x", "a%z"] {
            assert_eq!(found(other).await, 0, "{other}");
        }
    }
}
