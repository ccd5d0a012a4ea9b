//! How is an attack carried out, and what does the attacker see?

use super::attacks::{Attack, Deed};
use super::wire::{Address, answers};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until, timeout_at};

/// How large a run is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Connections that are held.
    pub(crate) held: usize,
    /// Connections that flood.
    pub(crate) floods: usize,
    /// What slow ones are given by the server's settings.
    pub(crate) limit: Duration,
    /// How long the normal state, and each flood, is watched.
    pub(crate) normal: Duration,
}

/// What the attackers saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// How many connections there were.
    pub(crate) connections: usize,
    /// The longest that one was held, from its last answer or its beginning.
    pub(crate) longest: Duration,
    /// Connections that were not cut until the end.
    pub(crate) left: usize,
    /// Answers by status.
    pub(crate) answers: BTreeMap<u16, usize>,
    /// What was not right.
    pub(crate) complaints: Vec<String>,
}

/// What one connection came to.
struct Ended {
    lasted: Duration,
    is_cut: bool,
    heard: Vec<u8>,
}

impl Size {
    /// The settings that give slow ones this limit; none where it is the shipped one.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let names = [
            "EBIRLIK_LIMITS__HEADER_TIMEOUT_MS",
            "EBIRLIK_LIMITS__BODY_PAUSE_TIMEOUT_MS",
            "EBIRLIK_LIMITS__IDLE_TIMEOUT_MS",
        ];
        let is_shipped = self.limit == Duration::from_secs(10);
        let value = self.limit.as_millis().to_string();
        if is_shipped { Vec::new() } else { names.map(|name| (name, value.clone())).to_vec() }
    }

    /// When a slow connection must have been cut: it is looked at each second, and this machine is busy.
    pub(crate) fn cut_by(&self, attack: &Attack) -> Duration {
        // What is drained of a refused body takes ten seconds whatever the settings say.
        let limit = if attack.statuses == [401] { Duration::from_secs(10) } else { self.limit };
        limit + SLACK
    }
}

impl Attack {
    /// Carries it out.
    pub(crate) async fn run(&self, address: &Address, size: &Size) -> Seen {
        match &self.deed {
            Deed::Hold { opening, drop, reads } => {
                let now = Instant::now();
                let (again, end) = (now + size.normal, now + size.cut_by(self) + OPENING);
                let sent = Arc::new((opening.clone(), drop.clone()));
                let ended = hold(address, size.held, sent, *reads, again, end).await;
                self.judge(ended, true)
            }
            Deed::Flood { opening, again } => {
                let end = Instant::now() + size.normal;
                let ended = flood(address, size.floods, Arc::new((opening.clone(), again.clone())), end).await;
                self.judge(ended, false)
            }
            Deed::Ask(cases) => {
                let end = Instant::now() + size.normal;
                let mut seen = Seen { connections: cases.len(), ..Seen::default() };
                for case in cases {
                    seen.complaints.extend(case.ask(address).await.err().map(|error| format!("{error:#}")));
                }
                sleep_until(end.into()).await;
                seen
            }
        }
    }

    fn judge(&self, ended: Vec<Ended>, must_be_cut: bool) -> Seen {
        let mut seen = Seen { connections: ended.len(), ..Seen::default() };
        for one in ended {
            if one.is_cut {
                seen.longest = seen.longest.max(one.lasted);
            } else {
                seen.left += usize::from(must_be_cut);
            }
            if self.statuses.is_empty() || one.heard.is_empty() {
                continue;
            }
            match answers(&one.heard) {
                Ok(answers) => {
                    for answer in answers {
                        *seen.answers.entry(answer.status).or_default() += 1;
                    }
                }
                // A flood is cut in the middle of an answer when the time is over.
                Err(_) if !must_be_cut && !one.is_cut => {}
                Err(error) => seen.complaints.push(format!("an answer is ill-formed: {error:#}")),
            }
        }
        for status in seen.answers.keys().filter(|status| !self.statuses.contains(status)) {
            seen.complaints.push(format!("answered {status}"));
        }
        seen
    }
}

/// Opening and drop.
type Sent = Arc<(Vec<u8>, Vec<u8>)>;

/// Holds so many connections; until `again`, one that was cut comes back a second later.
async fn hold(address: &Address, count: usize, sent: Sent, reads: bool, again: Instant, end: Instant) -> Vec<Ended> {
    let doors = Arc::new(Semaphore::new(DOORS));
    let mut held = JoinSet::new();
    for _ in 0..count {
        let (address, sent, doors) = (address.clone(), Arc::clone(&sent), Arc::clone(&doors));
        held.spawn(async move {
            let mut ended = Vec::new();
            loop {
                let door = doors.acquire().await;
                let opened = if reads { address.reach().await } else { address.reach_narrow().await };
                drop(door);
                ended.push(match opened {
                    Ok(stream) => drip(stream, &sent, reads, end).await,
                    // Not let in at all.
                    Err(_) => Ended { lasted: Duration::ZERO, is_cut: true, heard: Vec::new() },
                });
                sleep(SECOND).await;
                if Instant::now() >= again {
                    return ended;
                }
            }
        });
    }
    held.join_all().await.into_iter().flatten().collect()
}

/// Says the opening, then a drop a second.
async fn drip(stream: TcpStream, sent: &Sent, reads: bool, end: Instant) -> Ended {
    let start = Instant::now();
    let (mut from, mut to) = stream.into_split();
    let mut heard = Vec::new();
    let talk = async {
        if write_all(&mut to, &sent.0, !reads).await.is_err() {
            return;
        }
        loop {
            sleep(SECOND).await;
            if write_all(&mut to, &sent.1, !reads).await.is_err() {
                return;
            }
        }
    };
    let listen = async { if reads { listen_out(&mut from, &mut heard).await } else { std::future::pending().await } };
    let over = timeout_at(end.into(), async {
        tokio::select! {
            () = talk => {}
            () = listen => {}
        }
    });
    let is_cut = over.await.is_ok();
    if is_cut && reads {
        // Writing failed first: what was answered before the end is still there.
        let _ = timeout_at((Instant::now() + SECOND).into(), listen_out(&mut from, &mut heard)).await;
    }
    Ended { lasted: start.elapsed(), is_cut, heard }
}

/// Writes; who does not read must not wait for room either, or would never notice the end.
async fn write_all(to: &mut OwnedWriteHalf, bytes: &[u8], only_what_fits: bool) -> std::io::Result<()> {
    if !only_what_fits {
        return to.write_all(bytes).await;
    }
    to.writable().await?;
    match to.try_write(bytes) {
        Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => Err(error),
        _ => Ok(()),
    }
}

/// Reads to the end; the first part is kept.
async fn listen_out(from: &mut OwnedReadHalf, heard: &mut Vec<u8>) {
    let mut piece = vec![0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if heard.len() < HEARD_MAX {
            heard.extend(piece.get(..length).unwrap_or_default());
        }
    }
}

async fn flood(address: &Address, count: usize, sent: Sent, end: Instant) -> Vec<Ended> {
    let mut floods = JoinSet::new();
    for _ in 0..count {
        let (address, sent) = (address.clone(), Arc::clone(&sent));
        floods.spawn(async move {
            let mut ended = Vec::new();
            while Instant::now() < end {
                if let Ok(stream) = address.reach().await {
                    ended.push(pour(stream, &sent, end).await);
                }
                // So that a server that closes at once is not attacked by the closing alone.
                sleep(Duration::from_millis(5)).await;
            }
            ended
        });
    }
    floods.join_all().await.into_iter().flatten().collect()
}

/// Says the opening, then the same over and over, until cut.
async fn pour(stream: TcpStream, sent: &Sent, end: Instant) -> Ended {
    let start = Instant::now();
    let (mut from, mut to) = stream.into_split();
    let mut heard = Vec::new();
    let talk = async {
        let mut said = to.write_all(&sent.0).await;
        while said.is_ok() && !sent.1.is_empty() {
            said = to.write_all(&sent.1).await;
        }
        std::future::pending::<()>().await;
    };
    let over = timeout_at(end.into(), async {
        tokio::select! {
            () = talk => {}
            () = listen_out(&mut from, &mut heard) => {}
        }
    });
    let is_cut = over.await.is_ok();
    Ended { lasted: start.elapsed(), is_cut, heard: if heard.len() < HEARD_MAX { heard } else { Vec::new() } }
}

/// What slow ones may be given beyond their limit on a busy machine.
pub(crate) const SLACK: Duration = Duration::from_secs(5);
/// How long opening thousands of connections may take.
const OPENING: Duration = Duration::from_secs(3);
const SECOND: Duration = Duration::from_secs(1);
/// Connections opened at a time.
const DOORS: usize = 100;
/// Bytes of answers that are kept to be judged.
const HEARD_MAX: usize = 64 << 10;
