//! The keeping of the keys, as `docs/keys.md` describes it, and what everybody sees of a leaked key.

use crate::installation::{Installation, ebirlik, element, message};
use ebirlik_store::testing::TestDatabase;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PAGE: &str = include_str!("../../../../docs/keys.md");
const PASSPHRASE: &str = "beş rastgele kelime yeter mi";

/// The commands of the page, in their order, with its folders under ours.
fn commands(folder: &Path) -> String {
    let blocks = PAGE.split("```sh\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0));
    let folder = folder.to_str().expect("a path");
    let script: String = blocks.collect();
    script.replace("/etc/ebirlik", &format!("{folder}/etc")).replace("/media", &format!("{folder}/media"))
}

/// Every command of the page works, in the order of the page, and leaves what it says.
#[test]
fn the_ceremony_is_what_the_page_says() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["etc", "media/first", "media/second", "bin"] {
        fs::create_dir_all(folder.path().join(name)).expect("a folder");
    }
    let config = "listen = \"127.0.0.1:0\"\ndatabase = \"sqlite:store.db\"\nkeys = \"code-keys\"\ndata_dir = \".\"\n";
    fs::write(folder.path().join("etc/ebirlik.toml"), config).expect("written");
    let asks = folder.path().join("bin/systemd-ask-password");
    fs::write(&asks, format!("#!/bin/sh\necho '{PASSPHRASE}'\n")).expect("written");
    fs::set_permissions(&asks, fs::Permissions::from_mode(0o700)).expect("a mode");
    let program = Path::new(env!("CARGO_BIN_EXE_ebirlik")).parent().expect("a folder").display();
    let path = format!("{program}:{}/bin:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default());
    let script = commands(folder.path());
    assert!(script.matches("ebirlik ").count() > 15, "{script}");
    let output = Command::new("sh").args(["-eux", "-c", &script]).env("PATH", path).output().expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let last =
        said.lines().filter(|line| line.contains("  issues  ") || line.contains("  leaked  ")).collect::<Vec<_>>();
    let [.., leaked, issues] = last.as_slice() else { panic!("{said}") };
    assert!(leaked.starts_with("3  ") && leaked.contains("leaked") && issues.starts_with("4  "), "{said}");
    for name in ["etc/code-keys", "media/first/code-keys-1", "media/second/code-keys-4"] {
        let file = folder.path().join(name);
        assert_eq!(fs::metadata(&file).expect("a ring").permissions().mode() & 0o777, 0o600, "{name}");
        assert!(fs::read_to_string(&file).expect("a ring").starts_with("ebirlik-sealed-keys "), "{name}");
    }
    assert!(!said.contains(PASSPHRASE));
}

/// A server on sealed keys starts with the passphrase's file, and says what is missing or wrong without it.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_on_sealed_keys() {
    let installation = Installation::new(TestDatabase::sqlite());
    let secret = installation.folder.path().join("data/passphrase");
    fs::write(&secret, format!("{PASSPHRASE}\n")).expect("written");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("a mode");
    let serve = || {
        let mut command = ebirlik();
        command.args(["serve", "--config"]).arg(installation.config()).stdout(Stdio::null()).stderr(Stdio::piped());
        let output = command.output().expect("the program runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let config = fs::read_to_string(installation.config()).expect("a configuration");
    let with_passphrase = format!("keys_passphrase_file = \"passphrase\"\n{config}");
    fs::write(installation.config(), &with_passphrase).expect("written");
    let sealed = installation.run(&["keys", "seal"], "");
    assert!(sealed.status.success(), "{}", String::from_utf8_lossy(&sealed.stderr));

    fs::write(installation.config(), &config).expect("written");
    let (code, said) = serve();
    assert!(code == Some(1) && said.contains("is sealed") && said.contains("EBIRLIK_KEYS_PASSPHRASE"), "{said}");
    fs::write(installation.config(), &with_passphrase).expect("written");
    fs::write(&secret, "another passphrase\n").expect("written");
    let (code, said) = serve();
    assert!(code == Some(1) && said.contains("stays closed"), "{said}");
    assert!(!said.contains("another passphrase"), "{said}");

    fs::write(&secret, PASSPHRASE).expect("written");
    let server = installation.serve().await;
    let pair = installation.pair();
    let (status, _) = installation.post(&server.url, &pair, message(&pair, "SEAL-1", "1.00")).await.expect("an answer");
    assert_eq!(status, 200);
    installation.audit_is_clean();
    assert!(!installation.logs().contains(PASSPHRASE));
}

/// Beside a running server: a marked key issues no more, and every way of asking names it.
#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_asks_hears_of_a_leaked_key() {
    let installation = Installation::new(TestDatabase::sqlite());
    let server = installation.serve().await;
    let pair = installation.pair();
    let sent = message(&pair, "LEAK-1", "100.00");
    let (_, answer) = installation.post(&server.url, &pair, sent.clone()).await.expect("an answer");
    let code = element(&answer, "KriptoKodu").expect("a code");
    let declaration = installation.folder.path().join("declaration.xml");
    fs::write(&declaration, sent).expect("written");
    let offline = || {
        let declaration = declaration.to_str().expect("a path");
        let output = installation.run(&["verify", &code, "--offline", "--declaration", declaration], "");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    assert_eq!(offline().0, Some(0));

    let marked = installation.run(&["keys", "leaked", "1"], "");
    assert!(marked.status.success(), "{}", String::from_utf8_lossy(&marked.stderr));
    let (exit, said) = offline();
    assert!(exit == Some(1) && said.contains("  leaked  ") && !said.contains("valid"), "{said}");
    let stored = installation.run(&["verify", &code], "");
    let said = String::from_utf8_lossy(&stored.stdout).into_owned();
    assert!(stored.status.success() && said.contains("  valid  ") && said.contains("leaked"), "{said}");

    // The server notices by itself, within seconds.
    let deadline = Instant::now() + Duration::from_secs(30);
    let customs = installation.info["customs"].clone();
    let told = loop {
        let asked = installation.http.get(format!("{}/v1/codes/{code}", server.url));
        let asked = asked.basic_auth(customs["user"].as_str().expect("a user"), customs["password"].as_str());
        let told: Value = asked.send().await.expect("an answer").json().await.expect("JSON");
        if told.get("key").is_some() || Instant::now() > deadline {
            break told;
        }
    };
    assert_eq!((&told["verdict"], &told["key"]), (&"valid".into(), &"leaked".into()), "{told}");
    let new = installation.post(&server.url, &pair, message(&pair, "LEAK-2", "100.00")).await.expect("an answer");
    assert!(element(&new.1, "KriptoKodu").expect("a code").starts_with('2'));
    installation.audit_is_clean();
    assert!(installation.logs().contains("whose key has leaked") && !installation.logs().contains(&code));
}
