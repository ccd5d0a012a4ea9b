//! Commands beside a running server, and their exit codes.

use crate::installation::{Installation, ebirlik, element, message};
use ebirlik_store::testing::TestDatabase;
use std::fs;
use std::io::Write;
use std::process::Stdio;

/// G-66, G-67, G-68: a further user and a further power take effect beside the running server, with exit codes.
#[tokio::test(flavor = "multi_thread")]
async fn commands_take_effect_beside_the_running_server() {
    let installation = Installation::new(TestDatabase::sqlite());
    let server = installation.serve().await;
    let mut pair = installation.pair();
    let added = installation.run(
        &["users", "add", "--user", "broker1-second", "--firm", &pair.declarant, "--roles", "edi"],
        "a second password\n",
    );
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    pair.user = "broker1-second".into();
    pair.password = "a second password".into();
    let (status, answer) =
        installation.post(&server.url, &pair, message(&pair, "CMD-1", "100.00")).await.expect("an answer");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    let code = element(&answer, "KriptoKodu").expect("a code");

    // Rates changed by command price the very next declaration.
    let today = installation.info["rates"]["date"].as_str().expect("a date").to_owned();
    let bulletin = include_str!("../../../../fixtures/demo/bulletin-2026-11-20.xml");
    let (year, rest) = today.split_at(4);
    let (month, day) = rest[1..].split_once('-').expect("a date");
    let bulletin = bulletin
        .replace("20.11.2026", &format!("{day}.{month}.{year}"))
        .replace("<ForexBuying>41.5012</ForexBuying>", "<ForexBuying>50.0000</ForexBuying>");
    let file = installation.folder.path().join("bulletin.xml");
    fs::write(&file, bulletin).expect("written");
    let imported = installation.run(&["rates", "import", file.to_str().expect("a path")], "");
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let (_, answer) =
        installation.post(&server.url, &pair, message(&pair, "CMD-2", "100.00")).await.expect("an answer");
    assert_eq!(element(&answer, "Tutar").as_deref(), Some("2.50"), "{}", String::from_utf8_lossy(&answer));

    // Verification by command: valid 0, not 1, cannot tell 3.
    let customs = installation.info["customs"]["password"].as_str().expect("a password").to_owned();
    let verify = |url: &str, code: &str| {
        let status = ebirlik()
            .args(["verify", code, "--url", url, "--user", "customs"])
            .env("EBIRLIK_PASSWORD", &customs)
            .stdout(Stdio::null())
            .status();
        status.expect("the program runs").code()
    };
    assert_eq!(verify(&server.url, &code), Some(0));
    assert_eq!(verify(&server.url, "0000-0000-0000-0000"), Some(1));
    assert_eq!(verify("http://127.0.0.1:9", &code), Some(3));
    let declaration = installation.folder.path().join("declaration.xml");
    fs::write(&declaration, message(&pair, "CMD-1", "100.00")).expect("written");
    let offline = |file: &std::path::Path| {
        let arguments = ["verify", &code, "--offline", "--declaration", file.to_str().expect("a path")];
        installation.run(&arguments, "").status.code()
    };
    assert_eq!(offline(&declaration), Some(0));
    fs::write(&declaration, message(&pair, "CMD-1", "100.01")).expect("written");
    assert_eq!(offline(&declaration), Some(1));

    // Rotated keys issue from the next second on; old codes verify.
    let rotated = installation.run(&["keys", "rotate"], "");
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    assert_eq!(verify(&server.url, &code), Some(0));
    installation.audit_is_clean();
}

/// `check` reads offline and lists every error; `submit` tells by its exit code.
#[tokio::test(flavor = "multi_thread")]
async fn check_and_submit_tell_by_exit_code() {
    let installation = Installation::new(TestDatabase::sqlite());
    let server = installation.serve().await;
    let pair = installation.pair();
    let good = installation.folder.path().join("good.xml");
    let bad = installation.folder.path().join("bad.xml");
    fs::write(&good, message(&pair, "SUB-1", "100.00")).expect("written");
    fs::write(&bad, message(&pair, "SUB-2", "100,00")).expect("written");
    let check = |file: &std::path::Path| ebirlik().arg("check").arg(file).output().expect("the program runs");
    assert_eq!(check(&good).status.code(), Some(0));
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bilge");
    let bare = fixtures.join("plain-sample-no-namespace/request.xml");
    assert_eq!(check(&bare).status.code(), Some(0), "its secretariat comes with the address");
    let complained = check(&bad);
    assert_eq!(complained.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&complained.stdout).matches("E2002").count(), 2);
    let submit = |file: &std::path::Path, url: &str| {
        let mut child = ebirlik()
            .args(["submit", "--url", url, "--user", &pair.user])
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        child.stdin.take().expect("a pipe").write_all(format!("{}\n", pair.password).as_bytes()).expect("written");
        child.wait_with_output().expect("an end").status.code()
    };
    assert_eq!(submit(&good, &server.url), Some(0));
    assert_eq!(submit(&bad, &server.url), Some(1));
    assert_eq!(submit(&good, "http://127.0.0.1:9"), Some(2));
}

/// G-91: the commands take EDIFACT as they take XML.
#[tokio::test(flavor = "multi_thread")]
async fn commands_take_edifact_too() {
    let installation = Installation::new(TestDatabase::sqlite());
    let server = installation.serve().await;
    let fixture = |case: &str| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/edifact");
        root.join(case).join("request.edi").display().to_string()
    };
    let run = |arguments: &[&str]| {
        let output =
            ebirlik().args(arguments).env("EBIRLIK_PASSWORD", "demo-broker1").output().expect("the program runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (good, bad, broken) = (fixture("level-k-turkish-letters"), fixture("unknown-gtip"), fixture("unt-missing"));
    assert_eq!(run(&["check", &good]).0, Some(0));
    let (exit, told) = run(&["check", &bad]);
    assert!(exit == Some(1) && told.contains("/CUSDEC/CST[1]/CST:108") && told.contains("E2005"), "{told}");
    let (exit, told) = run(&["check", &broken]);
    assert!(exit == Some(1) && told.contains("E1101") && told.contains("UNT"), "{told}");
    let (exit, told) = run(&["check", &fixture("several-flaws-at-once")]);
    assert_eq!((exit, told.matches("E1101").count()), (Some(1), 3), "{told}");
    let submit = |file: &str| run(&["submit", file, "--json", "--url", &server.url, "--user", "broker1"]);
    assert_eq!(submit(&broken).0, Some(1));
    let (exit, told) = submit(&good);
    assert_eq!(exit, Some(0), "{told}");
    let answer: serde_json::Value = serde_json::from_str(&told).expect("a line of JSON");
    let code = answer["answer"]["code"].as_str().expect("a code").to_owned();
    let verify = |file: &str| {
        let config = installation.config().display().to_string();
        run(&["verify", &code, "--offline", "--declaration", file, "--config", &config]).0
    };
    assert_eq!(verify(&good), Some(0));
    assert_eq!(verify(&bad), Some(1));
}
