//! TLS as clients meet it: versions, protocols, certificates of clients, files that change, handshakes that hang.

use crate::authority::{Authority, Issued};
use crate::installation::{Installation, Server, ebirlik, message};
use ebirlik_store::testing::TestDatabase;
use reqwest::Client;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// An installation with its own authority.
struct Secured {
    installation: Installation,
    authority: Authority,
    root: PathBuf,
    server: Issued,
}

impl Secured {
    fn new() -> Self {
        let installation = Installation::new(TestDatabase::sqlite());
        let folder = installation.folder.path().to_owned();
        let authority = Authority::new(&folder, "root");
        let server = authority.server("server", 2040);
        Self { installation, authority, root: folder.join("root.pem"), server }
    }

    /// A client that believes this authority alone and, maybe, shows a certificate.
    fn client(&self, shown: Option<&Issued>) -> Client {
        let root = reqwest::Certificate::from_pem(&fs::read(&self.root).expect("a root")).expect("a root");
        let client = Client::builder().tls_certs_only([root]).pool_max_idle_per_host(0);
        let client = match shown {
            Some(issued) => client.identity(issued.identity()),
            None => client,
        };
        client.build().expect("a client")
    }

    async fn serve(&self, more: &[(&str, &str)]) -> Server {
        let text = |file: &PathBuf| file.to_str().expect("a path").to_owned();
        let files = [text(&self.server.certificate), text(&self.server.key), text(&self.root)];
        let names = ["EBIRLIK_TLS__CERTIFICATE", "EBIRLIK_TLS__KEY", "EBIRLIK_TLS__CLIENT_CA"];
        let mut settings: Vec<(&str, &str)> = names.into_iter().zip(files.iter().map(String::as_str)).collect();
        settings.extend(more);
        self.installation.serve_as("https", &self.client(None), &settings).await
    }

    /// What curl prints by `-w`, or its exit code.
    fn curl(&self, url: &str, print: &str, arguments: &[&str]) -> Result<String, i32> {
        let output = Command::new("curl")
            .args(["--silent", "--output", "/dev/null", "--max-time", "20", "--write-out", print, "--cacert"])
            .arg(&self.root)
            .args(arguments)
            .arg(url)
            .output()
            .expect("curl runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() { Ok(said) } else { Err(output.status.code().unwrap_or(-1)) }
    }

    /// Runs a command of the installation that must succeed; what it printed.
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.installation.run(arguments, "");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// Asks until the answer is as wanted, for some seconds.
async fn until<T: PartialEq + std::fmt::Debug>(wanted: T, ask: impl AsyncFn() -> T) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let found = ask().await;
        if found == wanted {
            return;
        }
        assert!(Instant::now() < deadline, "wanted {wanted:?}, found {found:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

const SAID: &str = "%{http_version} %{response_code}";

/// G-60: over TLS 1.2 and 1.3, HTTP/1.1 and HTTP/2 by ALPN; nothing older, and nothing plain.
#[tokio::test(flavor = "multi_thread")]
async fn g_60_all_is_said_over_tls() {
    let secured = Secured::new();
    let server = secured.serve(&[]).await;
    let ready = format!("{}/health/ready", server.url);
    let said = |arguments: &[&str]| secured.curl(&ready, SAID, arguments);
    assert_eq!(said(&[]).as_deref(), Ok("2 200"));
    assert_eq!(said(&["--tlsv1.3", "--http1.1"]).as_deref(), Ok("1.1 200"));
    assert_eq!(said(&["--tls-max", "1.2"]).as_deref(), Ok("2 200"));
    assert_eq!(said(&["--tls-max", "1.2", "--http1.1"]).as_deref(), Ok("1.1 200"));
    assert_eq!(said(&["--no-alpn"]).as_deref(), Ok("1.1 200"));
    // OpenSSL's own lowest level lets it try what is too old; the server must not agree.
    let old = ["--tls-max", "1.1", "--tlsv1.0", "--ciphers", "DEFAULT@SECLEVEL=0"];
    assert_eq!(said(&old), Err(35));
    let port = server.url.rsplit_once(':').expect("a port").1.to_owned();
    let plain = secured.curl(&format!("http://127.0.0.1:{port}/health/ready"), SAID, &[]);
    assert!(plain.is_err(), "{plain:?}");

    // The main job over HTTPS, by command.
    let pair = secured.installation.pair();
    let file = secured.installation.folder.path().join("tls.xml");
    fs::write(&file, message(&pair, "TLS-1", "100.00")).expect("written");
    let submit = |trust: &[&str]| {
        let mut command = ebirlik();
        command.args(["submit", "--url", &server.url, "--user", &pair.user]).args(trust).arg(&file);
        let output = command.env("EBIRLIK_PASSWORD", &pair.password).output().expect("the program runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (exit, said) = submit(&["--ca", secured.root.to_str().expect("a path")]);
    assert!(exit == Some(0) && said.contains("ONAYLANDI"), "{said}");
    let (exit, said) = submit(&[]);
    assert!(exit == Some(2) && said.contains("certificate"), "an authority that is not known is not believed: {said}");

    // Browsers are told to come by HTTPS only, and keep their cookies to it.
    let answer = secured.client(None).get(format!("{}/login?lang=en", server.url)).send().await.expect("an answer");
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    let cookie = answer.headers()["set-cookie"].to_str().expect("a text");
    assert!(cookie.starts_with("__Host-ebirlik-dil=en;") && cookie.ends_with("; Secure"), "{cookie}");
}

/// G-60: a certificate that is bound to a user signs in for programs, and counts with a password only of that user.
#[tokio::test(flavor = "multi_thread")]
async fn a_bound_certificate_signs_in_as_its_user() {
    let secured = Secured::new();
    let server = secured.serve(&[]).await;
    let accounts = format!("{}/v1/accounts", server.url);
    let ours = secured.authority.client("ours", (2020, 2040));
    let ended = secured.authority.client("ended", (2020, 2021));
    let early = secured.authority.client("early", (2039, 2040));
    let foreign = Authority::new(secured.installation.folder.path(), "elsewhere").client("foreign", (2020, 2040));
    let file = |file: &PathBuf| file.to_str().expect("a path").to_owned();
    let ask = async |shown: Option<&Issued>, basic: Option<(&str, &str)>| {
        let request = secured.client(shown).get(&accounts);
        let request = match basic {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        };
        request.send().await.map(|answer| answer.status().as_u16()).map_err(|_| "no connection")
    };
    let broker = Some(("broker1", "demo-broker1"));
    assert_eq!(ask(None, None).await, Ok(401));
    assert_eq!(ask(Some(&ours), None).await, Ok(401), "bound to nobody");
    assert_eq!(ask(Some(&ours), broker).await, Ok(200), "bound to nobody, and a password");

    let bound = secured.run(&["users", "certificate", "--user", "broker1", "--file", &file(&ours.certificate)]);
    let listed = secured.run(&["users", "certificate", "--user", "broker1"]);
    assert!(listed.contains("CN=ours") && bound.contains(listed.trim()), "{bound}{listed}");
    until(Ok(200), async || ask(Some(&ours), None).await).await;
    assert_eq!(ask(Some(&ours), broker).await, Ok(200));
    assert_eq!(ask(Some(&ours), Some(("broker3", "demo-broker3"))).await, Ok(401), "two users");
    assert_eq!(ask(Some(&ours), Some(("broker1", "wrong"))).await, Ok(401));
    let by_curl = ["--cert", &file(&ours.certificate), "--key", &file(&ours.key)];
    assert_eq!(secured.curl(&accounts, SAID, &by_curl).as_deref(), Ok("2 200"));

    // One user a certificate; one that has ended is not taken; none of them passes a handshake.
    let twice = ["users", "certificate", "--user", "broker3", "--file", &file(&ours.certificate)];
    let refused = secured.installation.run(&twice, "");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("bound to broker1"), "{said}");
    let late = ["users", "certificate", "--user", "broker1", "--file", &file(&ended.certificate)];
    assert!(!secured.installation.run(&late, "").status.success());
    secured.run(&["users", "certificate", "--user", "broker1", "--file", &file(&early.certificate)]);
    for outside in [&ended, &early, &foreign] {
        assert_eq!(ask(Some(outside), broker).await, Err("no connection"), "{outside:?}");
    }

    // Programs sign in by it; pages do not.
    let message_file = secured.installation.folder.path().join("certificate.xml");
    fs::write(&message_file, message(&secured.installation.pair(), "TLS-2", "100.00")).expect("written");
    let submitted = ebirlik()
        .args(["submit", "--url", &server.url, "--ca"])
        .arg(&secured.root)
        .arg("--certificate")
        .arg(&ours.certificate)
        .arg("--certificate-key")
        .arg(&ours.key)
        .arg(&message_file)
        .output()
        .expect("the program runs");
    assert!(submitted.status.success(), "{}", String::from_utf8_lossy(&submitted.stdout));
    let page = secured.curl(&format!("{}/", server.url), "%{redirect_url}", &by_curl).expect("an answer");
    assert!(page.ends_with("/login"), "{page}");

    let fingerprint = listed.split_whitespace().next().expect("a fingerprint").to_owned();
    secured.run(&["users", "certificate", "--user", "broker1", "--remove", "--fingerprint", &fingerprint]);
    let removed = Instant::now();
    loop {
        let asked = removed.elapsed();
        if ask(Some(&ours), None).await == Ok(401) {
            break;
        }
        assert!(asked < Duration::from_secs(2), "believed when asked {asked:?} after it");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// New files serve new connections without a restart; broken ones change nothing; what runs goes on.
#[tokio::test(flavor = "multi_thread")]
async fn changed_files_are_picked_up_without_a_restart() {
    let secured = Secured::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    let server = secured.serve(&[("EBIRLIK_METRICS_LISTEN", &port.to_string())]).await;
    let ready = format!("{}/health/ready", server.url);
    // The operator's own listener is plain on this machine, and the figures are nowhere else.
    let figure = async |name: &str| {
        let text = secured.installation.http.get(format!("http://{port}/metrics")).send().await.expect("figures");
        let text = text.text().await.expect("a text");
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<i64>().ok())
    };
    let admin = secured.client(None).get(format!("{}/metrics", server.url)).basic_auth("admin", Some("demo-admin"));
    assert_eq!(admin.send().await.expect("an answer").status(), 404);
    let days = figure("ebirlik_tls_certificate_days_left").await.expect("days");
    assert!(days > 365, "{days}");

    let kept = Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&fs::read(&secured.root).expect("a root")).expect("a root")])
        .pool_max_idle_per_host(1)
        .build()
        .expect("a client");
    assert!(kept.get(&ready).send().await.is_ok_and(|answer| answer.status() == 200));
    // A new certificate of another authority: who believes the first one alone is not served any more.
    let other = Authority::new(secured.installation.folder.path(), "other-root");
    other.server("renewed", 2041).replace(&secured.server);
    let handshake = async || secured.client(None).get(&ready).send().await.is_ok();
    until(false, handshake).await;
    assert!(kept.get(&ready).send().await.is_ok_and(|answer| answer.status() == 200), "what runs goes on");
    until(Some(1), async || figure(r#"ebirlik_tls_reloads_total{outcome="done"}"#).await).await;

    // A pair that does not fit changes nothing, and is told.
    let whole = fs::read(&secured.server.certificate).expect("a certificate");
    fs::write(&secured.server.certificate, "half a certif").expect("written");
    server.signal("HUP");
    until(Some(1), async || figure(r#"ebirlik_tls_reloads_total{outcome="failed"}"#).await).await;
    let new_root = secured.installation.folder.path().join("other-root.pem");
    let arguments = ["--cacert", new_root.to_str().expect("a path")];
    assert_eq!(secured.curl(&ready, SAID, &arguments).as_deref(), Ok("2 200"));
    assert!(secured.installation.logs().contains("the certificate before stays"));
    fs::write(&secured.server.certificate, whole).expect("written");
    until(Some(2), async || figure(r#"ebirlik_tls_reloads_total{outcome="done"}"#).await).await;
}

/// Who hangs in the handshake is cut in time and holds up nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_handshake_is_cut_and_holds_up_nobody() {
    let secured = Secured::new();
    let server = secured.serve(&[("EBIRLIK_LIMITS__HEADER_TIMEOUT_MS", "2000")]).await;
    let address = server.url.trim_start_matches("https://").to_owned();
    let began = Instant::now();
    let mut hanging: Vec<TcpStream> = (0..200)
        .map(|number| {
            let mut stream = TcpStream::connect(&address).expect("a connection");
            // Silent, or the beginning of a ClientHello.
            if number % 2 == 0 {
                stream.write_all(&[22, 3, 1, 2, 0, 1, 0]).expect("written");
            }
            stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
            stream
        })
        .collect();
    assert!(secured.client(None).get(format!("{}/health/ready", server.url)).send().await.is_ok());
    for stream in &mut hanging {
        let mut said = Vec::new();
        // An end or a reset: either way it is over, and not by our own patience.
        if let Err(error) = stream.read_to_end(&mut said) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        }
    }
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

/// A server that cannot speak TLS as it is told does not start, and names the setting.
#[tokio::test(flavor = "multi_thread")]
async fn unfit_files_are_refused_by_name() {
    let secured = Secured::new();
    let other = secured.authority.server("other", 2040);
    let refused = |certificate: &PathBuf, key: &PathBuf| {
        let output = ebirlik()
            .args(["serve", "--config"])
            .arg(secured.installation.config())
            .env("EBIRLIK_LISTEN", "127.0.0.1:0")
            .env("EBIRLIK_TLS__CERTIFICATE", certificate)
            .env("EBIRLIK_TLS__KEY", key)
            .output()
            .expect("the program runs");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said = refused(&secured.server.certificate, &other.key);
    assert!(said.contains("tls.key = ") && said.contains("does not fit tls.certificate"), "{said}");
    let said = refused(&secured.root.with_file_name("none.pem"), &other.key);
    assert!(said.contains("tls.certificate = "), "{said}");
}
