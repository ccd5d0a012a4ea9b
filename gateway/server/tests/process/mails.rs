//! Mails as a mail server takes them that is not ours: aiosmtpd, which keeps each in a file.

use crate::installation::Installation;
use ebirlik_store::testing::TestDatabase;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// P-1.1.6, P-3.2: whoever signs up is sent the instructions with their link and the petition filled in, over SMTP.
#[tokio::test]
async fn mails_are_taken_by_a_mail_server_of_others() {
    let installation = Installation::new(TestDatabase::sqlite());
    let mail = MailServer::start(&installation.folder.path().join("mail"));
    let smtp = format!("smtp://127.0.0.1:{}", mail.port);
    let settings = [
        ("EBIRLIK_MAIL__SMTP", smtp.as_str()),
        ("EBIRLIK_MAIL__FROM", "e-birlik <noreply@example.org>"),
        ("EBIRLIK_PUBLIC_URL", "{url}"),
    ];
    let server = installation.serve_as("http", &installation.http, &settings).await;
    let send = async |path: &str, form: &str| {
        let request = installation.http.post(format!("{}{path}", server.url)).body(form.to_owned());
        let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await;
        assert!(answer.expect("an answer").status().is_success(), "{path}");
    };
    let person = "tax_no=1234567890&name=Ay%C5%9Fe+Y%C4%B1lmaz&email=ayse%40example.com&phone=05551234567";
    send("/signup/exporter/person", person).await;
    let told = mail.taken(1).remove(0);
    assert!(told.contains("X-RcptTo: ayse@example.com") && told.contains("X-MailFrom: noreply@example.org"), "{told}");
    assert!(told.contains("Content-Type: application/pdf") && told.contains("/application/"), "{told}");
    // A name with Turkish letters is encoded in its header, and the text says its alphabet.
    assert!(told.is_ascii() && told.contains("charset=utf-8"), "{told}");

    // Who has no account yet is sent no link to a password; the next mail is that of another application.
    send("/forgotten", "email=ayse%40example.com").await;
    send("/signup/exporter/person", &person.replace("ayse", "ali")).await;
    assert_eq!(mail.taken(2).len(), 2);
}

/// aiosmtpd on a port of its own; it is ended when this is dropped.
struct MailServer {
    process: Child,
    port: u16,
    folder: PathBuf,
}

impl MailServer {
    fn start(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        let python = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("python").join("bin/python");
        let process = Command::new(python)
            .args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}"), "-c", "aiosmtpd.handlers.Mailbox"])
            .arg(folder)
            .stdout(Stdio::null())
            .spawn()
            .expect("`cargo xtask test` makes Python's environment");
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "the mail server does not start");
            sleep(Duration::from_millis(50));
        }
        Self { process, port, folder: folder.to_owned() }
    }

    /// The mails that it has, once there are so many.
    fn taken(&self, count: usize) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let files = fs::read_dir(self.folder.join("new")).expect("a Maildir");
            let mails: Vec<_> =
                files.map(|file| fs::read_to_string(file.expect("a file").path()).expect("text")).collect();
            if mails.len() >= count {
                return mails;
            }
            assert!(Instant::now() < deadline, "{count} mails wanted: {mails:?}");
            sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _gone = self.process.wait();
    }
}

/// For a mail, and for the server to start.
const PATIENCE: Duration = Duration::from_secs(30);
