//! Passwords, secrets and locks that change while servers run: how soon does each of them know?

use crate::installation::{Installation, Server};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::{Engine, TestDatabase};
use std::time::{Duration, Instant};

/// Status of a request with this user code and password.
async fn status(installation: &Installation, server: &Server, user: &str, password: &str) -> u16 {
    let request = installation.http.get(format!("{}/v1/accounts", server.url)).basic_auth(user, Some(password));
    request.send().await.expect("an answer").status().as_u16()
}

/// Runs a command, and proves that two seconds after it no server believes the pair any more.
async fn reaches(installation: &Installation, servers: &[Server], pair: (&str, &str), command: (&[&str], &str)) {
    for server in servers {
        assert_eq!(status(installation, server, pair.0, pair.1).await, 200, "{command:?}");
    }
    let done = installation.run(command.0, command.1);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let changed = Instant::now();
    for server in servers {
        loop {
            let asked = changed.elapsed();
            if status(installation, server, pair.0, pair.1).await == 401 {
                break;
            }
            assert!(asked < Duration::from_secs(2), "{command:?}: believed when asked {asked:?} after it");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

on_each_store! {
    /// G-60, G-61: a changed password, a revoked secret and a lock reach every server within two seconds.
    async fn changed_credentials_reach_every_server_within_two_seconds(database: TestDatabase) {
        let servers_wanted = if database.engine == Engine::Postgres { 2 } else { 1 };
        let installation = Installation::new(database);
        let firm = installation.pair().declarant;
        let mut servers = Vec::new();
        for _ in 0..servers_wanted {
            servers.push(installation.serve().await);
        }
        let add = ["users", "add", "--user", "machine", "--firm", &firm, "--roles", "edi"];
        assert!(installation.run(&add, "first password\n").status.success());
        reaches(&installation, &servers, ("machine", "first password"), (&add, "second password\n")).await;

        // A secret is printed once, alone; two of one name are refused.
        let made = installation.run(&["users", "secret", "--user", "machine", "--name", "erp"], "");
        let secret = String::from_utf8(made.stdout).expect("a text").trim().to_owned();
        assert!(made.status.success() && secret.starts_with("ebirlik_") && secret.len() == 48, "{secret}");
        assert!(!installation.run(&["users", "secret", "--user", "machine", "--name", "erp"], "").status.success());
        assert!(!installation.run(&["users", "secret", "--user", "nobody"], "").status.success());
        assert_eq!(status(&installation, &servers[0], "broker1", &secret).await, 401, "it is not this user's");
        let revoke = ["users", "secret", "--user", "machine", "--revoke", "erp"];
        assert_eq!(status(&installation, &servers[0], "machine", &secret).await, 200);
        let listed = installation.run(&["users", "secret", "--user", "machine", "--list"], "");
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        assert!(listed.starts_with("erp  made 20") && !listed.contains(&secret), "{listed}");

        // It is for machines: the sign-in page does not know it.
        let form = format!("user=machine&password={secret}");
        let page = installation.http.post(format!("{}/login", servers[0].url));
        let page = page.header("content-type", "application/x-www-form-urlencoded").body(form).send().await;
        assert_eq!(page.expect("an answer").status(), 422);
        reaches(&installation, &servers, ("machine", &secret), (&revoke, "")).await;

        let lock = ["users", "add", "--user", "machine", "--firm", &firm, "--roles", "edi", "--lock"];
        reaches(&installation, &servers, ("machine", "second password"), (&lock, "")).await;
        assert!(!installation.logs().contains(&secret));
    }
}
