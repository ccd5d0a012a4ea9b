//! A whole server: the office, the listeners, what is done every second, and how all of it ends.

use crate::clock::SystemClock;
use crate::config::{Config, ConfigError};
use crate::following::{finish, keep_listing, keep_numbering};
use crate::http::trail::{Trail, TrailError};
use crate::http::{self, Edge, EdgeError, Routes, connection};
use crate::random::{self, NoRandomness};
use crate::tls::{Identity, TlsError};
use crate::turn::{Health, in_time};
use axum::Router;
use ebirlik_domain::money::Money;
use ebirlik_domain::time::Clock;
use ebirlik_operations::card::gateway::GatewayFault;
use ebirlik_operations::mail::{self, PostError};
use ebirlik_operations::standing::Sight;
use ebirlik_operations::{Office, OfficeError, Settings, card, waiting_room};
use ebirlik_store::{Store, StoreError};
use jiff::SignedDuration;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// An address is taken, or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which one.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The files of TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The office.
    #[error(transparent)]
    Office(#[from] OfficeError),
    /// The HTTP side.
    #[error(transparent)]
    Edge(#[from] EdgeError),
    /// The passphrase of the keys.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The bank that takes cards.
    #[error("card payments: {0}")]
    Card(#[from] GatewayFault),
    /// The mail server.
    #[error("mails: {0}")]
    Mail(#[from] PostError),
    /// The collector of traces.
    #[error(transparent)]
    Trail(#[from] TrailError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// A server that runs.
pub(crate) struct Running {
    /// Where it listens; a port 0 has become a real one.
    pub(crate) address: SocketAddr,
    /// What it works with.
    pub(crate) office: Arc<Office>,
    /// Kept to the end: connections to the store that its workshop opened live on its threads.
    edge: Arc<Edge>,
    stopping: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts a server and returns once it listens.
///
/// # Errors
/// When an address, the store or the keys cannot be used.
pub(crate) async fn start(mut config: Config) -> Result<Running, StartError> {
    raise_descriptors(config.limits.connections);
    // The address first: a second server on the same port is told so before it touches the store.
    let (listener, address) = listen(config.listen)?;
    config.listen = address;
    let identity = config.tls.clone().map(Identity::open).transpose()?.map(Arc::new);
    let operator = match config.metrics_listen {
        Some(address) => Some(listen(address)?),
        None => None,
    };
    if let Some(traces) = &config.traces {
        Trail::open(traces)?;
    }
    let store = Store::open(&config.database).await?;
    store.settle_log().await?;
    let office = Office::open(store, Arc::new(SystemClock), settings(&config)?).await?;
    if let Some(card) = &config.card {
        office.take_cards(card.open()?);
    }
    office.mail_by(crate::mail::open(config.mail.as_ref(), &config.public_url(), config.mailbox)?);
    let config = Arc::new(config);
    let edge = Edge::new(Arc::clone(&office), Arc::clone(&config))?;
    let (stopping, stop) = watch::channel(false);
    let serve = |listener: TcpListener, routes: Routes, identity: Option<Arc<Identity>>| {
        let (config, stop) = (Arc::clone(&config), stop.clone());
        let workshop = edge.workshop.handle().cloned();
        tokio::spawn(async move { connection::serve(listener, routes, &config.limits, identity, workshop, stop).await })
    };
    let mut tasks = vec![serve(listener, Routes::of(&edge), identity.clone())];
    tasks.extend(operator.map(|(listener, address)| {
        // The operator's own machine reads the figures without ado.
        let identity = identity.clone().filter(|_| !address.ip().is_loopback());
        serve(listener, http::operator_router(&edge).into(), identity)
    }));
    tasks.extend(identity.map(|identity| tokio::spawn(keep_identity(identity, stop.clone()))));
    tasks.push(tokio::spawn(keep_fresh(Arc::clone(&edge), stop.clone())));
    tasks.push(tokio::spawn(keep_looking(Arc::clone(&edge), stop.clone())));
    // Here, since the chain's transaction has the turn to write from its first statement to its last.
    tasks.push(tokio::spawn(keep_numbering(Arc::clone(&office), stop.clone())));
    // Reads whole declarations, so it is worked on like them: before neither those who verify nor the approvals' writer. A
    // connection to PostgreSQL is served where it was opened, so those are opened here.
    let workshop = edge.workshop.handle().filter(|_| matches!(office.store, Store::Sqlite(_)));
    let workshop = workshop.cloned().unwrap_or_else(Handle::current);
    tasks.push(workshop.spawn(keep_listing(Arc::clone(&office), stop.clone())));
    tasks.push(tokio::spawn(keep_releasing(Arc::clone(&office), stop.clone())));
    tasks.push(tokio::spawn(keep_mailing(Arc::clone(&office), stop.clone())));
    if let Some(card) = &config.card {
        tasks.push(tokio::spawn(keep_asking(Arc::clone(&office), card.ask_again(), stop)));
    }
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "listening");
    Ok(Running { address, office, edge, stopping, tasks })
}

/// Answers on a listener for an office that is open already, with the default limits, until told to stop.
/// For tests, which bring their own clock.
pub async fn serve_office(listener: TcpListener, office: Arc<Office>, stopping: watch::Receiver<bool>) {
    let Ok(address) = listener.local_addr() else { return };
    let config = Arc::new(Config::fresh(address, String::new(), std::path::PathBuf::new()));
    match Edge::new(office, Arc::clone(&config)) {
        Ok(edge) => {
            let workshop = edge.workshop.handle().cloned();
            connection::serve(listener, Routes::of(&edge), &config.limits, None, workshop, stopping).await;
        }
        Err(error) => tracing::error!(%error, "the HTTP side cannot start"),
    }
}

/// Every route over an office that is open already: no socket, and no user who comes too often. For the fuzzer, which
/// asks faster than any broker.
///
/// # Errors
/// When the HTTP side cannot start.
pub fn routes_of(office: Arc<Office>) -> Result<Router, Box<dyn std::error::Error + Send + Sync>> {
    let mut config = Config::fresh(SocketAddr::from(([127, 0, 0, 1], 0)), String::new(), std::path::PathBuf::new());
    config.limits.requests_per_second_user = u32::MAX;
    config.limits.requests_per_second_address = u32::MAX;
    let routes = Routes::of(&Edge::new(office, Arc::new(config))?);
    let answer = move |request| {
        let routes = routes.clone();
        async move { Ok::<_, Infallible>(routes.answer(request).await) }
    };
    Ok(Router::new().fallback_service(tower::service_fn(answer)))
}

impl Running {
    /// Accepts nothing more, finishes what was accepted, and closes the store.
    pub(crate) async fn stop(self) {
        tracing::info!("stopping");
        let _ = self.stopping.send(true);
        for task in self.tasks {
            // A task that panicked has been logged; the others still end in order.
            let _ = task.await;
        }
        if finish(&self.office).await.is_err() {
            tracing::warn!("the last events are chained and numbered at the next start");
        }
        self.office.close().await;
        drop(self.edge);
        let _sent = tokio::task::spawn_blocking(Trail::close).await;
        tracing::info!("stopped");
    }
}

/// Returns when the process is told to stop: SIGTERM, or Ctrl-C.
pub(crate) async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be heard");
            let _ = interrupted.await;
        }
    }
}

/// What an office is told of the configuration.
///
/// # Errors
/// When no number was given to this server and the system gives no randomness, or a passphrase cannot be read.
pub(crate) fn settings(config: &Config) -> Result<Settings, StartError> {
    let server_salt = match config.server_number {
        Some(number) => number,
        None => u8::from_le_bytes(random::bytes()?),
    };
    Ok(Settings {
        keys: config.keys.clone(),
        keys_passphrase: config.keys_passphrase()?,
        low_balance: Money::from_kurus(config.low_balance_kurus).unwrap_or_default(),
        two_people_above: Money::from_kurus(config.two_people_above_kurus).unwrap_or_default(),
        server_salt,
        queue: config.limits.queue,
        batch: config.limits.batch,
    })
}

/// Gives this process as many descriptors as its connections and its store need, within what the system allows.
fn raise_descriptors(connections: usize) {
    let needed = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(DESCRIPTORS_BESIDE);
    let limit = getrlimit(Resource::Nofile);
    // None: without a limit.
    let (current, maximum) = (limit.current.unwrap_or(u64::MAX), limit.maximum.unwrap_or(u64::MAX));
    if current >= needed {
        return;
    }
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(needed.min(maximum)), maximum: limit.maximum });
    if raised.is_err() || maximum < needed {
        let allowed = if raised.is_ok() { maximum } else { current };
        tracing::warn!(needed, allowed, "too few descriptors for limits.connections: raise LimitNOFILE or ulimit -n");
    }
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = listener(address).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Notices each second what others changed in the store, and cleans up now and then.
async fn keep_fresh(edge: Arc<Edge>, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(REFRESH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut turn = 0_u64;
    let mut health = Health::new("what others changed cannot be read; what was read before stays in use");
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        health.report(in_time(edge.office.refresh()).await);
        turn += 1;
        if turn.is_multiple_of(CLEAN_EVERY) {
            edge.clean();
        }
    }
}

/// Looks each second how things stand. What hangs is told as failing or unknown and never holds up the other tasks.
async fn keep_looking(edge: Arc<Edge>, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(REFRESH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut turn, mut writes) = (0_u64, false);
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        // A proof costs a durable write, so an idle server does not give one each second.
        if turn.is_multiple_of(PROVE_EVERY) || !writes {
            writes = edge.works().await;
        }
        turn += 1;
        let submission_crowded = edge.rooms.submission.was_crowded();
        let verification_crowded = edge.rooms.verification.was_crowded();
        edge.office.look(Sight { submission_crowded, verification_crowded, writes }).await;
    }
}

/// Notices each second, and at once on SIGHUP, that the files of TLS were changed.
async fn keep_identity(identity: Arc<Identity>, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(REFRESH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut hangup = signal(SignalKind::hangup())
        .inspect_err(|error| tracing::warn!(%error, "SIGHUP cannot be heard; changed files are noticed all the same"))
        .ok();
    let (mut fails, mut ends_soon) = (false, false);
    loop {
        let told = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = told => {}
            _ = ticks.tick() => {}
        }
        let reread = identity.reread();
        match &reread {
            Ok(true) => {
                metrics::counter!(TLS_RELOADS, "outcome" => "done").increment(1);
                tracing::info!("the files of TLS changed; new connections get the new certificate");
            }
            Err(error) if !fails => {
                metrics::counter!(TLS_RELOADS, "outcome" => "failed").increment(1);
                tracing::error!(%error, "the changed files of TLS cannot be used; the certificate before stays");
            }
            Ok(false) | Err(_) => {}
        }
        fails = reread.is_err();
        let days = identity.days_left(SystemClock.now());
        metrics::gauge!("ebirlik_tls_certificate_days_left").set(days);
        if days < SOON_DAYS && !ends_soon {
            tracing::warn!(days, "the certificate of TLS ends soon; a new one is picked up without a restart");
        }
        ends_soon = days < SOON_DAYS;
    }
}

/// Lets declarations go that waited for money which came meanwhile.
async fn keep_releasing(office: Arc<Office>, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(REFRESH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut health = Health::new("the waiting room cannot be looked at; declarations short of money go on waiting");
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        health.report(in_time(async { waiting_room::release(&office).await.map(|_| ()) }).await);
    }
}

/// Writes the mails of what happened, sends those that are due, and now and then does what is due by the clock.
async fn keep_mailing(office: Arc<Office>, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(REFRESH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut turn = 0_u64;
    let mut writing = Health::new("mails cannot be written; what happened is mailed later");
    let mut sending = Health::new("mails cannot be sent; they wait");
    let mut tidying = Health::new("what is due by the clock cannot be done; it is done later");
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        writing.report(in_time(async { mail::write(&office).await.map(|_| ()) }).await);
        sending.report(in_time(async { mail::send(&office).await.map(|_| ()) }).await);
        if turn.is_multiple_of(TIDY_EVERY) {
            tidying.report(in_time(mail::tidy(&office)).await);
            if let Ok((queued, failed)) = mail::standing(&office).await {
                metrics::gauge!("ebirlik_mails_queued").set(u32::try_from(queued).unwrap_or(u32::MAX));
                metrics::gauge!("ebirlik_mails_failed").set(u32::try_from(failed).unwrap_or(u32::MAX));
            }
        }
        turn += 1;
    }
}

/// Asks the bank what became of card payments that nobody heard of, and takes up what a crash left; until an order is
/// closed.
async fn keep_asking(office: Arc<Office>, ask_again: Duration, mut stop: watch::Receiver<bool>) {
    // Of two turns that come a moment too soon none would ask.
    let mut ticks = interval(ask_again / 2);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let asked_before = SignedDuration::try_from(ask_again / 2).unwrap_or(SignedDuration::ZERO);
    let mut health = Health::new("card payments cannot be looked at; what the bank took is booked later");
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        health.report(card::sweep(&office, asked_before).await.map(|_| ()));
    }
}

/// Descriptors for everything but connections: the store, the log, listeners.
const DESCRIPTORS_BESIDE: u64 = 256;
/// What the system holds for one client that takes no answer; it counts twice that. Left to itself it takes four
/// megabytes each, thousands of such clients use up the memory of all connections, and none of them looks stuck.
const SEND_BUFFER: u32 = 64 << 10;
/// Connections that the system holds for us until we accept them; it may allow fewer.
const BACKLOG: u32 = 4096;
/// Rules, rates, keys and files that others changed are noticed within this time.
const REFRESH: Duration = Duration::from_secs(1);
/// Turns of [`REFRESH`] between two proofs that a write is durable.
const PROVE_EVERY: u64 = 5;
/// A certificate with fewer days left is warned of.
const SOON_DAYS: i32 = 14;
/// Counts what became of changed files of TLS.
const TLS_RELOADS: &str = "ebirlik_tls_reloads_total";
/// Turns of [`REFRESH`] between two cleanings.
const CLEAN_EVERY: u64 = 5;
/// Turns of [`REFRESH`] between two looks for what is over.
const TIDY_EVERY: u64 = 60;
