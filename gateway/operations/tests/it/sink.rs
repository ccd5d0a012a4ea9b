//! A mail server that keeps what it gets: SMTP over a socket, in the plainest way (RFC 5321), and with moods.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ebirlik_operations::links::Token;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The server; it ends when it is dropped.
pub(crate) struct Sink {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    received: Vec<Received>,
    /// What it says to a mail's text, while it is in a mood.
    refusal: Option<&'static str>,
}

/// One mail as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) to: String,
    /// Headers and body, undecoded.
    raw: String,
}

impl Sink {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&shared)));
            }
        });
        Self { address, state, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What it says to every mail from now on; `None` takes them.
    pub(crate) fn refuse(&self, with: Option<&'static str>) {
        self.state.lock().expect("the state").refusal = with;
    }

    /// What came since it was last asked.
    pub(crate) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.state.lock().expect("the state").received)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(connection: TcpStream, state: Arc<Mutex<State>>) {
    let mut stream = BufReader::new(connection);
    let (mut to, mut line) = (String::new(), String::new());
    let mut answer = "220 sink\r\n".to_owned();
    loop {
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        line.clear();
        if stream.read_line(&mut line).await.unwrap_or_default() == 0 {
            return;
        }
        let verb = line.split([' ', '\r']).next().unwrap_or_default().to_ascii_uppercase();
        answer = match verb.as_str() {
            "EHLO" => "250-sink\r\n250 8BITMIME\r\n".to_owned(),
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                "250 ok\r\n".to_owned()
            }
            "DATA" => {
                if stream.write_all(b"354 go on\r\n").await.is_err() {
                    return;
                }
                let raw = text(&mut stream).await;
                let mut state = state.lock().expect("the state");
                if let Some(refusal) = state.refusal {
                    format!("{refusal}\r\n")
                } else {
                    state.received.push(Received { to: to.clone(), raw });
                    "250 taken\r\n".to_owned()
                }
            }
            "QUIT" => return,
            _ => "250 ok\r\n".to_owned(),
        };
    }
}

/// Up to the line with a dot alone; dots that were doubled are single again.
async fn text(stream: &mut BufReader<TcpStream>) -> String {
    let (mut text, mut line) = (String::new(), String::new());
    while stream.read_line(&mut line).await.unwrap_or_default() > 0 && line != ".\r\n" {
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
        line.clear();
    }
    text
}

impl Received {
    /// The text that people read, decoded.
    pub(crate) fn text(&self) -> String {
        let part = self.part("text/plain");
        let (head, body) = part.split_once("\r\n\r\n").expect("a body");
        if head.contains("base64") {
            let packed: String = body.split_whitespace().collect();
            return String::from_utf8(BASE64_STANDARD.decode(packed).expect("base64")).expect("UTF-8");
        }
        if !head.contains("quoted-printable") {
            return body.to_owned();
        }
        let (mut bytes, mut rest) = (Vec::new(), body.replace("=\r\n", ""));
        while let Some((before, after)) = rest.split_once('=') {
            bytes.extend_from_slice(before.as_bytes());
            bytes.push(u8::from_str_radix(&after[..2], 16).expect("two digits"));
            rest = after[2..].to_owned();
        }
        bytes.extend_from_slice(rest.as_bytes());
        String::from_utf8(bytes).expect("UTF-8")
    }

    /// The file beside it.
    pub(crate) fn attachment(&self) -> Vec<u8> {
        let part = self.part("application/pdf");
        let (head, body) = part.split_once("\r\n\r\n").expect("a body");
        assert!(head.contains("base64") && head.contains("uyelik-dilekcesi.pdf"), "{head}");
        let packed: String = body.split("\r\n--").next().expect("an end").split_whitespace().collect();
        BASE64_STANDARD.decode(packed).expect("base64")
    }

    /// The secret of the link to a path such as `password`; the same in both languages.
    pub(crate) fn link(&self, path: &str) -> Token {
        let (text, before) = (self.text(), format!("https://onay.example/{path}/"));
        let found: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(&before)).collect();
        assert_eq!(found.len(), 2, "{text}");
        assert_eq!(found[0], found[1]);
        Token::parse(found[0].trim_end()).expect("a token")
    }

    /// The whole of a mail, or its part of this kind.
    fn part(&self, media: &str) -> &str {
        let from = self.raw.find(media).unwrap_or_else(|| panic!("no {media}: {}", self.raw));
        let Some((_, named)) = self.raw.split_once("boundary=\"") else { return &self.raw };
        let cut = format!("\r\n--{}", named.split('"').next().unwrap_or_default());
        let start = self.raw[..from].rfind(&cut).expect("a part begins") + cut.len();
        let part = &self.raw[start..];
        part.split(&cut).next().unwrap_or(part)
    }
}
