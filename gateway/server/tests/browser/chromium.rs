//! A Chromium without a window, told what to do over the `DevTools` protocol.
//!
//! Messages are JSON with a zero byte behind each, over two pipes: no port, no WebSocket, and the browser ends when its
//! pipe closes, in whatever way the test ends.

use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// A running browser.
pub(crate) struct Chromium {
    process: Child,
    asks: Option<ChildStdin>,
    hears: Receiver<Value>,
    number: u64,
    /// What happened and was not looked at yet.
    events: VecDeque<Value>,
    _profile: tempfile::TempDir,
}

impl Chromium {
    pub(crate) fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let program = PROGRAMS.into_iter().find(|program| Command::new(program).arg("--version").output().is_ok());
        let program = program.expect("Chromium does not run: `cargo xtask step programs` installs it");
        // The browser reads from descriptor 3 and writes to 4; only a shell can put them there without unsafe code.
        let mut process = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", program])
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell runs");
        let asks = process.stdin.take();
        let said = process.stdout.take().expect("a pipe");
        let (tells, hears) = channel();
        thread::spawn(move || {
            for message in BufReader::new(said).split(0) {
                let Ok(message) = message else { return };
                let message = serde_json::from_slice(&message).expect("Chromium says JSON");
                if tells.send(message).is_err() {
                    return;
                }
            }
        });
        Self { process, asks, hears, number: 0, events: VecDeque::new(), _profile: profile }
    }

    /// Sends a command and gives its result.
    pub(crate) fn ask(&mut self, session: &str, method: &str, parameters: &Value) -> Value {
        let number = self.send(session, method, parameters);
        self.answer(number)
    }

    /// Sends a command without waiting; its number is for [`answer`](Self::answer).
    pub(crate) fn send(&mut self, session: &str, method: &str, parameters: &Value) -> u64 {
        self.number += 1;
        let mut message = json!({ "id": self.number, "method": method, "params": parameters });
        if !session.is_empty() {
            message["sessionId"] = json!(session);
        }
        let mut bytes = serde_json::to_vec(&message).expect("JSON");
        bytes.push(0);
        self.asks.as_mut().expect("a running browser").write_all(&bytes).expect("Chromium listens");
        self.number
    }

    /// Waits for the result of a command; what happens meanwhile is kept.
    pub(crate) fn answer(&mut self, number: u64) -> Value {
        loop {
            let mut message = self.hear("an answer");
            if message["id"] == json!(number) {
                assert!(message["error"].is_null(), "{}", message["error"]);
                return message["result"].take();
            }
            self.keep(message);
        }
    }

    /// The next event of a session's page, waiting for it.
    pub(crate) fn event(&mut self, session: &str) -> Value {
        loop {
            if let Some(event) = self.kept_event(session) {
                return event;
            }
            let message = self.hear("something to happen");
            self.keep(message);
        }
    }

    /// The next event of a session's page, if one has happened.
    pub(crate) fn kept_event(&mut self, session: &str) -> Option<Value> {
        let place = self.events.iter().position(|event| event["sessionId"] == json!(session))?;
        self.events.remove(place)
    }

    fn hear(&self, what: &str) -> Value {
        self.hears.recv_timeout(PATIENCE).unwrap_or_else(|fault| panic!("waiting for {what}: {fault}"))
    }

    /// Answers to commands that nobody waits for are left out.
    fn keep(&mut self, message: Value) {
        if message["id"].is_null() {
            self.events.push_back(message);
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.asks = None;
        let _ended = self.process.wait();
    }
}

/// Debian's name, and those of others.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// Quiet: no calls home, no window, no sandbox (which root has not), for it only meets our own pages.
const FLAGS: [&str; 13] = [
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
    "--mute-audio",
];
/// Longest wait for anything; a busy machine is slow.
const PATIENCE: Duration = Duration::from_mins(1);
