//! Copies out of one store and into another, between the engines.

use super::{COPIED, Contents, CopyError, FILLED_BY_US, Gap, LEFT_OUT, Sink};
use crate::accounts::{AccountKind, Deposit};
use crate::connection::SQLITE_SCHEMA;
use crate::parties::{Firm, Membership};
use crate::testing::{TestDatabase, columns};
use crate::{Ids, Store, on_each_store};
use ebirlik_domain::money::Money;
use std::collections::BTreeSet;
use std::io;

/// A copy in memory.
#[derive(Debug, Default, Clone)]
struct Copy {
    contents: Option<Contents>,
    rows: Vec<String>,
}

impl Sink for Copy {
    fn contents(&mut self, contents: &Contents) -> io::Result<()> {
        self.contents = Some(contents.clone());
        Ok(())
    }

    fn row(&mut self, row: &str) -> io::Result<()> {
        self.rows.push(row.to_owned());
        Ok(())
    }
}

impl Copy {
    async fn of(store: &Store) -> Self {
        let mut copy = Self::default();
        store.copy_out(&mut copy).await.expect("a copy");
        copy
    }

    fn contents(&self) -> &Contents {
        self.contents.as_ref().expect("contents")
    }

    async fn put_into(&self, url: &str, gap: Option<&Gap>) -> Result<(), CopyError> {
        let store = Store::connect(url).await?;
        let result = store.copy_in(self.contents(), &mut self.rows.iter().cloned().map(Ok), gap).await;
        store.close().await;
        result
    }

    /// Each table's rows in one order and one spelling.
    fn compared(&self) -> Vec<(String, Vec<serde_json::Value>)> {
        let mut rows = self.rows.iter().map(|row| serde_json::from_str(row).expect("JSON"));
        let tables = self.contents().tables.iter();
        tables
            .map(|table| {
                let count = usize::try_from(table.rows).expect("a count");
                let mut rows: Vec<serde_json::Value> = rows.by_ref().take(count).collect();
                rows.sort_by_key(ToString::to_string);
                (table.name.clone(), rows)
            })
            .collect()
    }
}

/// A store with parties, money, a session and values at the edge of what a column takes.
async fn filled(url: &str) -> Store {
    let store = Store::open(url).await.expect("the store opens");
    let title = "Öğüt \"Işık\" \\ A.Ş.\n\tİkinci satır \u{1f600} \u{7f}";
    let firm = Firm { tax_no: "1234567890".into(), title: title.into(), kind: "exporter".into() };
    store.save_firms(&[firm]).await.expect("firms");
    let membership = Membership {
        firm: "1234567890".into(),
        union_code: "IMIB".into(),
        secretariat: "IMMIB".into(),
        valid_from: "2024-01-01".into(),
        valid_to: String::new(),
        registry_no: String::new(),
    };
    store.save_memberships(&[membership]).await.expect("memberships");
    store.open_account(AccountKind::Current, "1234567890", "IMMIB").await.expect("an account");
    let deposit = Deposit {
        kind: "deposit",
        firm: "1234567890".into(),
        secretariat: "IMMIB".into(),
        amount: Money::from_kurus(9_007_199_254_740_993).expect("money"),
        reference: "1".into(),
    };
    let now = "2026-11-22T00:00:00Z".parse().expect("an instant");
    store.deposit(&[deposit], &Ids::after(0, 1), now).await.expect("a deposit");
    store.open_account(AccountKind::Income, "", "OAIB").await.expect("an account");
    store
}

on_each_store! {
    /// What comes back is what was there, on the same engine and on the other.
    async fn a_copy_comes_back_the_same_on_both_engines(database: TestDatabase) {
        let store = filled(&database.url).await;
        let copy = Copy::of(&store).await;
        assert!(copy.rows.iter().any(|row| row.contains("9007199254740993")));
        for other in [TestDatabase::sqlite(), TestDatabase::postgres().await] {
            copy.put_into(&other.url, None).await.expect("restored");
            let restored = Store::open(&other.url).await.expect("the store opens");
            assert_eq!(Copy::of(&restored).await.compared(), copy.compared());
            assert_eq!(restored.list_accounts("1234567890").await.expect("accounts").len(), 1);
            restored.close().await;
        }
    }

    /// A store that holds anything stays as it is.
    async fn a_store_that_holds_something_is_refused(database: TestDatabase) {
        let store = filled(&database.url).await;
        let copy = Copy::of(&store).await;
        let refused = copy.put_into(&database.url, None).await;
        assert!(matches!(refused, Err(CopyError::NotEmpty(_))), "{refused:?}");
        assert_eq!(Copy::of(&store).await.compared(), copy.compared());
    }

    /// Rows that break off, break a rule, or are more than announced leave the store empty.
    async fn a_copy_that_is_not_whole_leaves_the_store_empty(database: TestDatabase) {
        let copy = Copy::of(&filled(&TestDatabase::sqlite().url).await).await;
        let empty = Store::open(&database.url).await.expect("the store opens");
        let before = Copy::of(&empty).await.compared();
        let broken = |change: fn(&mut Vec<String>)| {
            let mut copy = copy.clone();
            change(&mut copy.rows);
            copy
        };
        let shorter = broken(|rows| drop(rows.pop()));
        let longer = broken(|rows| rows.push("[1]".to_owned()));
        let malformed = broken(|rows| rows.last_mut().expect("a row").push('"'));
        let twice = broken(|rows| rows[1] = rows[0].clone());
        for copy in [shorter, longer, malformed, twice] {
            assert!(copy.put_into(&database.url, None).await.is_err());
            assert_eq!(Copy::of(&empty).await.compared(), before);
        }
        let mut failing = copy.rows.iter().cloned().map(Ok).chain([Err(io::Error::other("cut"))]);
        let failed = empty.copy_in(copy.contents(), &mut failing, None).await;
        assert!(matches!(failed, Err(CopyError::Rows(_))), "{failed:?}");
        assert_eq!(Copy::of(&empty).await.compared(), before);
    }

    /// Numbers that may have been given after the copy was made are left out.
    async fn a_gap_raises_every_record_counter(database: TestDatabase) {
        let copy = Copy::of(&filled(&TestDatabase::sqlite().url).await).await;
        copy.put_into(&database.url, Some(&Gap { years: 2026..=2027, numbers: 1_000 })).await.expect("restored");
        let restored = Copy::of(&Store::open(&database.url).await.expect("the store opens")).await.compared();
        let counters = restored.iter().find(|(name, _)| name == "record_counter").expect("counters");
        let expected = serde_json::json!([
            ["IMMIB", 2026, 1_000], ["IMMIB", 2027, 1_000], ["OAIB", 2026, 1_000], ["OAIB", 2027, 1_000]
        ]);
        assert_eq!(serde_json::Value::from(counters.1.clone()), expected);
    }

    /// A store of an older schema is copied as it is, also by this program; restored, it meets the later migrations, also
    /// where the empty store is up to date already.
    async fn a_copy_of_an_older_schema_is_brought_up_to_date(database: TestDatabase) {
        let older = TestDatabase::sqlite();
        let store = Store::connect(&older.url).await.expect("the store opens");
        let Store::Sqlite(inner) = &store else { panic!("not SQLite") };
        let mut tx = inner.begin().await.expect("a transaction");
        SQLITE_SCHEMA.run_to(2, &mut *tx).await.expect("migrated");
        sqlx::query("insert into firm (tax_no, title, kind) values ('1234567890', 'Eski A.Ş.', 'exporter')")
            .execute(&mut *tx).await.expect("a firm");
        tx.commit().await.expect("committed");
        let copy = Copy::of(&store).await;
        assert_eq!(copy.contents().schema, 2);
        assert!(copy.contents().tables.iter().all(|table| table.name != "declaration"));
        let running = Store::open(&database.url).await.expect("the store opens");
        let seen = running.changes().await.expect("versions");
        copy.put_into(&database.url, None).await.expect("restored");
        let found = running.changes().await.expect("versions");
        assert!(found.tables() != seen.tables() && found.clients > seen.clients, "a running server notices");
        let restored = Store::open(&database.url).await.expect("the store opens");
        let now = Copy::of(&restored).await;
        let titles = now.compared().into_iter().find(|(name, _)| name == "firm").expect("firms").1;
        assert_eq!(serde_json::Value::from(titles), serde_json::json!([["1234567890", "Eski A.Ş.", "exporter", "eski a.s.", "eski a.s~."]]));
        assert!(now.contents().schema > 2);
        assert_eq!(restored.newest_event().await.expect("a table of a later migration"), 0);
    }

    /// What a newer program wrote is left to it.
    async fn a_copy_of_a_newer_schema_is_refused(database: TestDatabase) {
        let mut copy = Copy::of(&filled(&TestDatabase::sqlite().url).await).await;
        copy.contents.as_mut().expect("contents").schema += 1;
        let refused = copy.put_into(&database.url, None).await;
        assert!(matches!(refused, Err(CopyError::Newer { .. })), "{refused:?}");
    }
}

/// A migration that adds a table has to say here whether a backup holds it.
#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_the_schema_is_copied_or_left_out_on_purpose() {
    let database = TestDatabase::sqlite();
    let store = Store::open(&database.url).await.expect("the store opens");
    let names = columns(&database.url).await;
    let standing: BTreeSet<&str> = names.iter().filter_map(|name| Some(name.split_once('.')?.0)).collect();
    let decided: BTreeSet<&str> = COPIED.iter().chain(LEFT_OUT).copied().collect();
    assert_eq!(standing, decided, "tables of the schema, and those that backup.rs knows");
    assert!(FILLED_BY_US.iter().all(|name| COPIED.contains(name)));
    let copied = Copy::of(&store).await;
    let copied: BTreeSet<String> = copied
        .contents()
        .tables
        .iter()
        .flat_map(|table| table.columns.iter().map(|column| format!("{}.{column}", table.name)))
        .collect();
    let is_wanted = |name: &String| LEFT_OUT.iter().all(|left_out| !name.starts_with(&format!("{left_out}.")));
    assert_eq!(copied, names.into_iter().filter(is_wanted).collect());
}
