//! What an import takes, and what it says when it takes nothing.

use super::*;
use crate::{Settings, keys};
use ebirlik_domain::rules::{FeeRate, Rules};
use ebirlik_domain::time::Clock;
use ebirlik_store::Store;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use jiff::Timestamp;
use jiff::civil::date;
use std::sync::Arc;

struct Stopped(Timestamp);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// An office on an empty store, on Saturday 21 November 2026.
pub(crate) async fn office(database: &TestDatabase) -> Arc<Office> {
    office_at(database, "2026-11-21T11:03:22.123Z").await
}

pub(crate) async fn office_at(database: &TestDatabase, now: &str) -> Arc<Office> {
    office_with(database, Arc::new(Stopped(now.parse().unwrap()))).await
}

pub(crate) async fn office_with(database: &TestDatabase, clock: Arc<dyn Clock>) -> Arc<Office> {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    keys::generate(&keys, &[7; 32], date(2026, 1, 1)).unwrap();
    let low_balance = Money::parse("1000").unwrap();
    let settings = Settings {
        keys,
        keys_passphrase: None,
        low_balance,
        two_people_above: Money::ZERO,
        queue: 1_024,
        batch: 256,
        server_salt: 1,
    };
    Office::open(Store::open(&database.url).await.unwrap(), clock, settings).await.unwrap()
}

pub(crate) async fn load(office: &Office, kind: Kind, text: &str) -> Imported {
    let imported = plan(office, kind, text.as_bytes()).await.unwrap().commit(office).await.unwrap();
    office.refresh().await.unwrap();
    imported
}

/// Every error as `line column: value`.
async fn errors(office: &Office, kind: Kind, text: &str) -> Vec<String> {
    match plan(office, kind, text.as_bytes()).await {
        Err(ImportErrors::Rows { errors, left_off: 0 }) => {
            errors.iter().map(|error| format!("{} {}: {}", error.line, error.column, error.value)).collect()
        }
        other => panic!("{kind}: {other:?}"),
    }
}

async fn expected(office: &Office, kind: Kind, text: &str) -> String {
    match plan(office, kind, text.as_bytes()).await {
        Err(ImportErrors::Rows { mut errors, .. }) => errors.remove(0).expected,
        other => panic!("{kind}: {other:?}"),
    }
}

fn rate_on(rules: &Rules, sector: &str, day: jiff::civil::Date) -> Option<u32> {
    rules.fee_rate_on(sector, day).map(|FeeRate { rate, .. }| rate.ppm())
}

const FIRMS: &str = "tax_no,title,kind\n1234567890,Ihlamur A.Ş.,exporter\n9876543217,Çınarlı Ltd. Şti.,broker\n";
const RATES: &str = "sector_code,rate_e4,extra_rate_e4,valid_from,valid_to,note\n";

#[test]
fn a_kind_is_its_word_and_says_its_columns() {
    for kind in Kind::ALL {
        assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        assert!(kind.help().contains(kind.columns().required[0]), "{}", kind.help());
    }
    assert_eq!(Kind::parse("money"), None);
    assert!(Kind::Memberships.help().starts_with("tax_no,union,valid_from,[valid_to],[registry_no]: "));
}

on_each_store! {
    async fn a_dry_run_changes_nothing_and_a_commit_all(database: TestDatabase) {
        let office = office(&database).await;
        let planned = plan(&office, Kind::Firms, FIRMS.as_bytes()).await.unwrap();
        assert_eq!(planned.summary().rows, 2);
        assert_eq!(planned.summary().notes, ["2 firms are new, 0 change"]);
        assert!(office.store.find_firm("1234567890").await.unwrap().is_none());
        assert_eq!(planned.commit(&office).await.unwrap(), Imported { kind: Kind::Firms, rows: 2, before: 0 });
        assert_eq!(office.store.find_firm("9876543217").await.unwrap().unwrap().title, "Çınarlı Ltd. Şti.");
        let again = plan(&office, Kind::Firms, FIRMS.replace("Ihlamur", "Ihlamur Dış").as_bytes()).await.unwrap();
        assert_eq!(again.summary().notes, ["0 firms are new, 1 change"]);
    }

    /// G-46, G-47, G-48: whose account pays is fixed by the payer commitment; it is opened and filled.
    async fn a_payer_commitment_opens_the_account_that_pays(database: TestDatabase) {
        let office = office(&database).await;
        load(&office, Kind::Firms, FIRMS).await;
        let payers = "exporter,secretariat,declarant,payer,automatic,valid_from\n\
            1234567890,IMMIB,9876543217,9876543217,yes,2024-01-01\n";
        load(&office, Kind::Payers, payers).await;
        let day = date(2026, 11, 21);
        let payer = |declarant: &'static str| {
            let store = office.store.clone();
            async move { store.authority("1234567890", declarant, "IMMIB", day).await.unwrap().0.payer }
        };
        let account = office.store.find_account("9876543217", "IMMIB").await.unwrap().unwrap();
        assert!(payer("9876543217").await.is_some_and(|payer| payer.automatic && payer.account == account));
        assert_eq!(payer("1234567890").await, None);
        load(&office, Kind::Firms, "tax_no,title,kind\n3880718497,Yedikapı A.Ş.,broker\n").await;
        let other = payers.replace(",9876543217,yes", ",3880718497,yes");
        assert_eq!(errors(&office, Kind::Payers, &other).await, ["2 payer: 3880718497"]);

        let balances = "firm,secretariat,amount,reference\n9876543217,IMMIB,1000.50,B-1\n1234567890,EIB,2.00,B-2\n";
        assert_eq!(load(&office, Kind::Balances, balances).await.before, 0);
        assert_eq!(load(&office, Kind::Balances, balances).await.before, 2);
        let accounts = office.store.list_accounts("9876543217").await.unwrap();
        assert_eq!(accounts.iter().map(|account| account.balance_kurus).collect::<Vec<_>>(), [100_050]);
        let changed = plan(&office, Kind::Balances, balances.replace("2.00", "3.00").as_bytes()).await.unwrap();
        assert!(matches!(changed.commit(&office).await, Err(ImportErrors::Store(StoreError::Conflict(_)))));
    }

    /// a rate changes from a day on; two rates for one sector on one day are refused.
    async fn two_rates_for_one_sector_on_one_day_are_refused(database: TestDatabase) {
        let office = office(&database).await;
        let overlapping = format!("{RATES}FINDIK,4,0,2026-07-01,,new\n");
        assert_eq!(errors(&office, Kind::Rates, &overlapping).await, ["2 valid_from: 2026-07-01"]);
        assert!(expected(&office, Kind::Rates, &overlapping).await.contains("the store has one from 2024-01-01"));
        let within = format!("{RATES}FINDIK,3,0,2024-01-01,2026-07-01,\nFINDIK,4,0,2026-07-01,,\n");
        assert_eq!(errors(&office, Kind::Rates, &within).await, ["3 valid_from: 2026-07-01"]);
        let twice = format!("{RATES}FINDIK,3,0,2024-01-01,,\nFINDIK,4,0,2024-01-01,,\n");
        assert_eq!(errors(&office, Kind::Rates, &twice).await, ["3 sector_code: FINDIK"]);
        let spanned = format!("{RATES}FINDIK,3,0,2020-01-01,2023-12-31,\nFINDIK,3,0,2021-01-01,2021-02-01,\n\
            FINDIK,3,0,2022-01-01,2022-02-01,\n");
        let both = ["3 valid_from: 2021-01-01", "4 valid_from: 2022-01-01"];
        assert_eq!(errors(&office, Kind::Rates, &spanned).await, both);

        let change = format!("{RATES}FINDIK,3,0,2024-01-01,2026-06-30,\nFINDIK,4,0.5,2026-07-01,,\n");
        load(&office, Kind::Rates, &change).await;
        let rules = office.rules();
        assert_eq!(rate_on(&rules, "FINDIK", date(2026, 6, 30)), Some(300));
        assert_eq!(rate_on(&rules, "FINDIK", date(2026, 7, 1)), Some(400));
    }

    /// G-66, G-67, G-68: a further exporter needs a power only, a further secretariat no new password, and a
    /// broker may have several users.
    async fn a_broker_grows_without_new_commitments_and_passwords(database: TestDatabase) {
        let office = office(&database).await;
        load(&office, Kind::Firms, FIRMS).await;
        load(&office, Kind::Firms, "tax_no,title,kind\n5260181599,Güneşbahçe Ltd. Şti.,exporter\n").await;
        load(&office, Kind::Commitments, "firm,secretariat,valid_from\n9876543217,IMMIB,2024-01-01\n").await;
        let powers = "exporter,declarant,secretariats,valid_from,valid_to\n";
        load(&office, Kind::Powers, &format!("{powers}1234567890,9876543217,IMMIB EIB,2024-01-01,\n")).await;
        let hash = crate::sign_in::hash_password("gizli").unwrap();
        let users = format!("user,roles,firm,secretariat,password_hash\nb1,edi payer,9876543217,,\"{hash}\"\n\
            b2,edi,9876543217,,\n");
        load(&office, Kind::Users, &users).await;
        let facts = async |exporter: &str, secretariat: &str| {
            let (facts, _) = office.store.authority(exporter, "9876543217", secretariat, office.clock.today()).await.unwrap();
            (facts.power, facts.committed)
        };
        assert_eq!(facts("1234567890", "EIB").await, (true, false));
        assert_eq!(facts("5260181599", "IMMIB").await, (false, true));

        load(&office, Kind::Commitments, "firm,secretariat,valid_from\n9876543217,EIB,2026-11-01\n").await;
        load(&office, Kind::Powers, &format!("{powers}5260181599,9876543217,*,2026-11-01,\n")).await;
        assert_eq!(facts("1234567890", "EIB").await, (true, true));
        assert_eq!(facts("5260181599", "IMMIB").await, (true, true));
        load(&office, Kind::Users, "user,roles,firm,secretariat\nb1,edi payer,9876543217,\n").await;
        let [first, second] = ["b1", "b2"].map(|code| office.store.find_client(code));
        assert_eq!(first.await.unwrap().unwrap().password_hash, hash, "the password stays");
        assert_eq!(second.await.unwrap().unwrap().firm, "9876543217");
    }
}

#[tokio::test]
async fn every_error_is_listed_with_its_line_and_nothing_is_stored() {
    let database = TestDatabase::sqlite();
    let office = office(&database).await;
    let firms = "tax_no,title,kind\n1234567891,Yanlış A.Ş.,exporter\n\n830166136,,importer\n\
        1234567890,Doğru A.Ş.,exporter\n1234567890,Yine A.Ş.,exporter\n9876543217,\"kapanmadı\n,exporter\n";
    let found = errors(&office, Kind::Firms, firms).await;
    assert_eq!(
        found,
        [
            "2 tax_no: 1234567891",
            "4 tax_no: 830166136",
            "4 title: ",
            "4 kind: importer",
            "6 tax_no: 1234567890",
            "7 : 2 cells",
        ]
    );
    assert!(office.store.find_firm("1234567890").await.unwrap().is_none());
    let error = plan(&office, Kind::Firms, firms.as_bytes()).await.unwrap_err().to_string();
    assert!(error.starts_with("line 2, tax_no: \"1234567891\"; expected a tax number whose check digit"), "{error}");
    assert!(error.ends_with("Nothing was imported"), "{error}");
}

#[tokio::test]
async fn unions_secretariats_and_firms_must_exist() {
    let database = TestDatabase::sqlite();
    let office = office(&database).await;
    load(&office, Kind::Firms, FIRMS).await;
    let memberships = "tax_no,union,valid_from,valid_to\n1234567890,IKMIP,2024-01-01,\n5260181599,IKMIB,2024-01-01,\n\
        1234567890,IKMIB,2024-13-01,\n1234567890,IKMIB,20240101,\n1234567890,IKMIB,2024-02-01,2024-01-31\n";
    let found = [
        "2 union: IKMIP",
        "3 tax_no: 5260181599",
        "4 valid_from: 2024-13-01",
        "5 valid_from: 20240101",
        "6 valid_to: 2024-01-31",
    ];
    assert_eq!(errors(&office, Kind::Memberships, memberships).await, found);
    let commitments = "firm,secretariat,valid_from\n1234567890,TIM,2024-01-01\n";
    assert_eq!(errors(&office, Kind::Commitments, commitments).await, ["2 secretariat: TIM"]);
    assert!(expected(&office, Kind::Commitments, commitments).await.contains("IMMIB"));
    let powers = "exporter,declarant,secretariats,valid_from\n1234567890,9876543217,IMMIB XX,2024-01-01\n";
    assert_eq!(errors(&office, Kind::Powers, powers).await, ["2 secretariats: IMMIB XX"]);
}

/// at most one per thousand, and three more; 10.01 per ten thousand is refused.: the law's first
/// floor of two per ten thousand is not held; one is taken.
#[tokio::test]
async fn a_rate_above_the_ceiling_is_refused() {
    let database = TestDatabase::sqlite();
    let office = office(&database).await;
    let rates = format!(
        "{RATES}FINDIK,10.01,0,2024-01-01,,\nZEYTIN,10,30.01,2024-01-01,,\nHALI,-1,\"0,5\",2024-01-01,,\n\
         BALIK,1,0,2024-01-01,,\n"
    );
    let found =
        ["2 rate_e4: 10.01", "3 extra_rate_e4: 30.01", "4 rate_e4: -1", "4 extra_rate_e4: 0,5", "5 sector_code: BALIK"];
    assert_eq!(errors(&office, Kind::Rates, &rates).await, found);
    let bounds = format!("{RATES}FINDIK,10,30,2024-01-01,,\n");
    load(&office, Kind::Rates, &bounds).await;
    assert_eq!(rate_on(&office.rules(), "FINDIK", date(2026, 11, 21)), Some(1_000));
    load(&office, Kind::Rates, &format!("{RATES}HALI,1,0,2024-01-01,,\n")).await;
    assert_eq!(rate_on(&office.rules(), "HALI", date(2026, 11, 21)), Some(100));
    let ended = format!("{RATES}FINDIK,10,30,2024-01-01,2026-01-31,\n");
    let notes = plan(&office, Kind::Rates, ended.as_bytes()).await.unwrap().summary().notes;
    assert!(notes[1].ends_with("cannot be priced: FINDIK"), "{notes:?}");
}

#[tokio::test]
async fn users_have_roles_that_fit_and_no_passwords() {
    let database = TestDatabase::sqlite();
    let office = office(&database).await;
    load(&office, Kind::Firms, FIRMS).await;
    let users = "user,roles,firm,secretariat,password_hash\na:b,edi,1234567890,,\nu2,chief,,,\nu3,edi,,,\n\
        u4,staff,,,\nu5,customs,1234567890,IMMIB,\nu6,admin,,,gizli-parola\nu7,staff,,IMMIB,\nu7,admin,,,\n\
        u8,edi,5260181599,,\nu9,admin,,,\"$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNo\"\n";
    let found = [
        "2 user: a:b",
        "3 roles: chief",
        "4 firm: ",
        "5 secretariat: ",
        "6 firm: 1234567890",
        "6 secretariat: IMMIB",
        "7 password_hash: (not shown)",
        "9 user: u7",
        "10 firm: 5260181599",
        "11 password_hash: (not shown)",
    ];
    assert_eq!(errors(&office, Kind::Users, users).await, found);
    let header = "user,roles,firm,secretariat,password\nu1,admin,,,gizli\n";
    assert_eq!(errors(&office, Kind::Users, header).await, ["1 password: password"]);
    load(&office, Kind::Users, "user,roles,firm,secretariat,locked\nu1,admin,,,yes\n").await;
    load(&office, Kind::Users, "user,roles,firm,secretariat\nu1,admin customs,,\n").await;
    let user = office.store.find_client("u1").await.unwrap().unwrap();
    assert_eq!((user.locked, user.roles.as_str()), (1, "admin customs"), "a lock stays");
}

#[tokio::test]
async fn money_and_references_are_exact_and_unique() {
    let database = TestDatabase::sqlite();
    let office = office(&database).await;
    load(&office, Kind::Firms, FIRMS).await;
    let head = "firm;secretariat;amount;reference\n";
    let balances = format!(
        "{head}1234567890;IMMIB;1.234,50;R1\n1234567890;IMMIB;0;R2\n1234567890;IMMIB;10;R3\n\
         1234567890;EIB;10;R3\n1234567890;EIB;1000000000000.01;R4\n"
    );
    let found = ["2 amount: 1.234,50", "3 amount: 0", "5 reference: R3", "6 amount: 1000000000000.01"];
    assert_eq!(errors(&office, Kind::Balances, &balances).await, found);
}

/// twelve digits. Once a tariff is there, the other codes are unknown.
#[tokio::test]
async fn a_tariff_has_codes_of_twelve_digits() {
    let database = TestDatabase::sqlite();
    let office = office(&database).await;
    let tariff = "gtip,description_tr\n0703.10.19.00.11,Soğan\n70310190011,Soğan\n070310190011,Yine\n990000000000x,\n";
    let found = ["3 gtip: 70310190011", "4 gtip: 070310190011", "5 gtip: 990000000000x"];
    assert_eq!(errors(&office, Kind::Tariff, tariff).await, found);
    assert!(office.rules().knows_gtip("070310990000"));
    load(&office, Kind::Tariff, "gtip\n0703.10.19.00.11\n").await;
    assert!(office.rules().knows_gtip("070310190011") && !office.rules().knows_gtip("070310990000"));
}

/// The defaults inside the program pass the same checks.
#[tokio::test]
async fn the_reference_tables_can_be_imported_again() {
    let database = TestDatabase::sqlite();
    let office = office(&database).await;
    macro_rules! table {
        ($kind:ident, $file:literal) => {
            (Kind::$kind, include_str!(concat!("../../../../schemas/reference/dated/", $file)))
        };
    }
    let tables = [
        table!(Rates, "fee-rates.csv"),
        table!(Regimes, "regime-rules.csv"),
        table!(Exemptions, "fee-exemptions.csv"),
        table!(WatchedGoods, "watched-goods.csv"),
        table!(BoundGoods, "forced-secretariats.csv"),
        table!(Holidays, "holidays.csv"),
    ];
    for (kind, text) in tables {
        let rows = text.lines().count() - 1;
        assert_eq!(load(&office, kind, text).await.rows, rows, "{kind}");
    }
    let watched = "gtip_prefix,at_desk,validity_days,valid_from\n08,maybe,400,2024-01-01\n1,yes,,2024-01-01\n";
    let found = ["2 at_desk: maybe", "2 validity_days: 400", "3 gtip_prefix: 1"];
    assert_eq!(errors(&office, Kind::WatchedGoods, watched).await, found);
}

#[tokio::test]
async fn a_file_is_utf8_with_the_right_columns() {
    let database = TestDatabase::sqlite();
    let office = office(&database).await;
    let marked = format!("\u{feff}{}", FIRMS.replace('\n', "\r\n"));
    assert_eq!(plan(&office, Kind::Firms, marked.as_bytes()).await.unwrap().summary().rows, 2);
    let header = "tax_no,name,title,title\n1234567890,a,b,c\n";
    assert_eq!(errors(&office, Kind::Firms, header).await, ["1 name: name", "1 title: title", "1 kind: "]);
    let latin = b"tax_no,title,kind\n1234567890,\xC7inar,exporter\n";
    assert!(matches!(plan(&office, Kind::Firms, latin).await, Err(ImportErrors::NotUtf8 { line: 2 })));
    for empty in ["", "tax_no,title,kind\n", "tax_no,title,kind\n,,\n"] {
        assert!(matches!(plan(&office, Kind::Firms, empty.as_bytes()).await, Err(ImportErrors::Empty)), "{empty:?}");
    }
    let large = vec![b'\n'; FILE_BYTES_MAX + 1];
    assert!(matches!(plan(&office, Kind::Firms, &large).await, Err(ImportErrors::TooLarge { .. })));
    let many = format!("tax_no,title,kind\n{}", "1,t,exporter\n".repeat(ERRORS_MAX + 5));
    let Err(ImportErrors::Rows { errors, left_off }) = plan(&office, Kind::Firms, many.as_bytes()).await else {
        panic!("taken")
    };
    assert_eq!((errors.len(), left_off), (ERRORS_MAX, 5));
}
