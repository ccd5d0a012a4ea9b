//! Does everything still hold? One installation, all that was sent to it, and the checks of contract section 9 after
//! each fault: every code that a client received verifies; what was not answered, sent again, is answered, and twice
//! the same; what was answered stays as it was; the audit is clean; approvals are as many as declarations.

use super::installation::{Engine, Installation, Server, Start};
use super::load::{Book, Client, Load, Manner, Meaning};
use super::people::{People, verdicts};
use super::postgres::Cluster;
use super::shim::Shim;
use crate::networks::wire::Answer;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// What every kind of fault is given.
pub(crate) struct Tools<'a> {
    pub(crate) program: &'a Path,
    pub(crate) shim: &'a Shim,
    pub(crate) cluster: Option<&'a Arc<Cluster>>,
}

/// An installation under faults.
pub(crate) struct Site<'a> {
    pub(crate) tools: &'a Tools<'a>,
    pub(crate) installation: Installation,
    pub(crate) people: People,
    pub(crate) book: Book,
    pub(crate) rng: fastrand::Rng,
    /// The longest time from the healing of a fault to the first approval.
    pub(crate) recovery: Duration,
    /// What else the table should tell.
    pub(crate) remark: String,
    /// Approvals that the demo made.
    before: usize,
    /// References whose codes were asked for.
    verified: usize,
    /// Declarations sent to a store that was set back since.
    forgotten: usize,
}

impl<'a> Site<'a> {
    /// A fresh installation.
    pub(crate) fn new(tools: &'a Tools<'a>, engine: Engine, seed: u64) -> Result<Self> {
        let installation = Installation::new(tools.program, engine, tools.cluster)?;
        let people = People::of(&installation.info)?;
        let (before, broken) = installation.audit()?;
        ensure!(broken.is_empty(), "the demo itself is not sound: {broken:?}");
        Ok(Self {
            tools,
            installation,
            people,
            book: Book::default(),
            rng: fastrand::Rng::with_seed(seed),
            recovery: Duration::ZERO,
            remark: String::new(),
            before,
            verified: 0,
            forgotten: 0,
        })
    }

    /// A server as it is shipped.
    pub(crate) async fn serve(&self) -> Result<Server> {
        self.installation.serve(&Start::default()).await
    }

    /// Starts to send; the name must be new.
    pub(crate) fn load(&mut self, name: &str, ports: &[u16], change: impl FnOnce(&mut Manner)) -> Load {
        let mut manner = Manner::brisk(name.to_owned(), self.rng.u64(..));
        change(&mut manner);
        Load::start(&self.book, &self.people, ports, &manner)
    }

    /// Waits until one declaration is approved, and counts how long that took.
    pub(crate) async fn until_approved(&mut self, name: &str, port: u16) -> Result<()> {
        let start = Instant::now();
        let load = self.load(name, &[port], |manner| {
            manner.connections = 2;
            manner.pause = Duration::from_millis(20);
        });
        let is_done = |book: &Book| {
            let entries = book.entries();
            let mut ours =
                entries.sent.range(name.to_owned()..).take_while(|(reference, _)| reference.starts_with(name));
            ours.any(|(_, sent)| sent.approved.is_some())
        };
        while !is_done(&self.book) && start.elapsed() < RECOVERY_MAX {
            sleep(Duration::from_millis(5)).await;
        }
        let taken = start.elapsed();
        load.stop().await?;
        self.recovery = self.recovery.max(taken);
        if taken >= RECOVERY_MAX {
            self.book.complain(format!("{name}: nothing is approved {} s after the fault", RECOVERY_MAX.as_secs()));
        }
        Ok(())
    }

    /// After a fault is over: what was not answered is sent until it is, and once more; new codes verify; some of what
    /// was answered is sent again.
    pub(crate) async fn mend(&mut self, port: u16) -> Result<()> {
        let open = self.book.open();
        self.resend(port, &open, 2).await?;
        let known: Vec<String> = self.book.entries().sent.keys().cloned().collect();
        let some: Vec<String> =
            (0..RESENT.min(known.len())).filter_map(|_| known.get(self.rng.usize(..known.len())).cloned()).collect();
        self.resend(port, &some, 1).await?;
        self.verify(port, true).await
    }

    /// Sends declarations until each is approved, so many times; the book compares the answers.
    pub(crate) async fn resend(&self, port: u16, references: &[String], times: u32) -> Result<()> {
        let mut client = Client::to(port);
        for reference in references {
            let goods = self.book.entries().sent.get(reference).context("sent before")?.goods;
            let request = self.people.declaration(reference, goods)?;
            let mut done = 0;
            let deadline = Instant::now() + RECOVERY_MAX;
            while done < times {
                match self.book.ask(&mut client, reference, &request).await {
                    Some(Meaning::Approved) => done += 1,
                    Some(Meaning::Refused) => break, // the book complained
                    Some(Meaning::Again) | None => sleep(Duration::from_millis(20)).await,
                }
                if Instant::now() > deadline {
                    self.book.complain(format!("{reference}: not answered after the fault"));
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Every code that a client received since the last look, or at all, is valid.
    pub(crate) async fn verify(&mut self, port: u16, only_new: bool) -> Result<()> {
        let mut codes: Vec<(Duration, (String, String, usize))> = {
            let entries = self.book.entries();
            let of = |(reference, sent): (&String, &super::load::Sent)| {
                Some((sent.approved.as_ref()?.1, (sent.code()?, reference.clone(), sent.goods.pair)))
            };
            entries.sent.iter().filter_map(of).collect()
        };
        codes.sort_unstable();
        let from = if only_new { self.verified.min(codes.len()) } else { 0 };
        self.verified = codes.len();
        let codes: Vec<_> = codes.into_iter().skip(from).map(|(_, code)| code).collect();
        let mut client = Client::to(port);
        for part in codes.chunks(LIST_MAX) {
            let answer = self.answered(&mut client, part).await?;
            for (verdict, (code, reference, _)) in verdicts(&answer.body, part.len())?.iter().zip(part) {
                if verdict != "valid" {
                    self.book.complain(format!("{reference}: its code {code} is {verdict}"));
                }
            }
        }
        Ok(())
    }

    /// The answer to a list of codes: asked again while it cannot be given.
    async fn answered(&self, client: &mut Client, part: &[(String, String, usize)]) -> Result<Answer> {
        let question = self.people.question(part)?;
        let deadline = Instant::now() + RECOVERY_MAX;
        loop {
            let answer = client.ask(&question).await?;
            if answer.status == 200 {
                return Ok(answer);
            }
            let is_patient = answer.status == 503 && Instant::now() < deadline;
            ensure!(is_patient, "verification: {}", String::from_utf8_lossy(&answer.body));
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Some code that a client received, with its reference and pair.
    pub(crate) fn some_code(&self) -> Option<(String, String, usize)> {
        let entries = self.book.entries();
        entries.sent.iter().find_map(|(reference, sent)| Some((sent.code()?, reference.clone(), sent.goods.pair)))
    }

    /// From now on this is what was sent.
    pub(crate) fn keep(&mut self, book: &Book) {
        self.book = book.clone();
        self.verified = 0;
    }

    /// The store is as the demo left it: what was sent before counts for the table alone.
    pub(crate) fn forget(&mut self) {
        self.forgotten += self.book.forget();
        self.verified = 0;
    }

    /// Everything sent to this site.
    pub(crate) fn sent(&self) -> usize {
        self.forgotten + self.book.entries().sent.len()
    }

    /// The last checks of a kind of fault: all codes, the audit, the count.
    pub(crate) async fn close(&mut self) -> Result<()> {
        let server = self.serve().await?;
        self.mend(server.port).await?;
        self.verify(server.port, false).await?;
        drop(server);
        self.audit()
    }

    /// The audit is clean, and approvals are as many as the declarations sent and the demo's.
    pub(crate) fn audit(&self) -> Result<()> {
        let declarations = self.book.entries().sent.len();
        let (approvals, broken) = self.installation.audit()?;
        for broken in broken {
            self.book.complain(format!("audit: {broken}"));
        }
        if approvals != self.before + declarations {
            let wanted = self.before + declarations;
            self.book.complain(format!("{approvals} approvals in the store, {wanted} declarations were sent"));
        }
        Ok(())
    }
}

/// Codes in one question.
const LIST_MAX: usize = 5_000;
/// Answered declarations that are sent again after each fault.
const RESENT: usize = 20;
/// After a fault is healed, everything works again within this time.
const RECOVERY_MAX: Duration = Duration::from_mins(1);
