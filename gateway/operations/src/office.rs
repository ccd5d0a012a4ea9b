//! The office: everything that an operation needs at hand, opened once.
//!
//! What it keeps in memory (rules, exchange rates, keys) is refreshed each second, and rules also the moment an
//! approval sees that they changed. What is remembered of the register is compared in the approval's transaction. What is
//! remembered of credentials is believed for a second and a half. Balances and numbers are never kept.

use crate::card::Cards;
use crate::client_changes::ClientChanges;
use crate::guessing::{CODE_WAIT_MAX, Guessing, PASSWORD_WAIT_MAX};
use crate::keys::{KeyFile, Passphrase};
use crate::mail::Mailing;
use crate::register::Register;
use crate::rules;
use crate::seal::AnswerSeal;
use crate::sign_in::PasswordChecks;
use crate::standing::LastLook;
use crate::waiting_room::WaitingRoom;
use ebirlik_domain::bulletin::Bulletin;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::money::Money;
use ebirlik_domain::rules::Rules;
use ebirlik_domain::time::Clock;
use ebirlik_store::feed::Followed;
use ebirlik_store::parties::Changes;
use ebirlik_store::writer::{Writer, WriterSettings};
use ebirlik_store::{Connections, Ids, Store, StoreError, Wall, Walled};
use jiff::civil::Date;
use std::path::PathBuf;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// What an office is told once.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The key ring's file.
    pub keys: PathBuf,
    /// What opens it, if it is sealed.
    pub keys_passphrase: Option<Passphrase>,
    /// A balance below this after a debit gives a notice (G-52).
    pub low_balance: Money,
    /// What moves more money than this needs a second person.
    pub two_people_above: Money,
    /// Declarations that may wait for the writer.
    pub queue: usize,
    /// Most declarations that are settled in one transaction.
    pub batch: usize,
    /// Should differ from server to server on one store.
    pub server_salt: u8,
}

/// Why an office cannot open.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// The store does not open or answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key ring cannot be read.
    #[error(transparent)]
    Keys(#[from] crate::keys::KeysError),
    /// The reference tables inside the program are damaged.
    #[error(transparent)]
    Tables(#[from] rules::TablesError),
}

/// Everything that an operation needs.
pub struct Office {
    /// What we remember, read as people and their programs look things up ([`Wall::People`]).
    pub store: Store,
    /// The same store behind each wall.
    stores: Walled<Store>,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// Row numbers.
    pub ids: Arc<Ids>,
    pub(crate) writer: Writer,
    pub(crate) seal: Arc<AnswerSeal>,
    pub(crate) passwords: PasswordChecks,
    /// Who tries codes that were never issued, by user code: programs and the desk count together.
    pub(crate) code_guesses: Guessing,
    /// Who tries passwords, by user code and network.
    pub(crate) password_guesses: Guessing,
    remembered: RwLock<Remembered>,
    bulletin_turn: tokio::sync::Mutex<()>,
    pub(crate) register: Register,
    client_changes: ClientChanges,
    pub(crate) last_look: LastLook,
    low_balance: Money,
    pub(crate) two_people_above: Money,
    pub(crate) waiting_room: WaitingRoom,
    cards: OnceLock<Cards>,
    mailing: OnceLock<Mailing>,
    /// Position in the chain up to which this server looked for events to mail.
    pub(crate) mails_looked_at: AtomicI64,
}

/// What is kept in memory, with the versions that it was read at.
#[derive(Clone)]
struct Remembered {
    changes: Changes,
    rules: Arc<Rules>,
    /// The bulletin in force on a day, and that day.
    bulletin: Option<(Date, Option<Arc<Bulletin>>)>,
}

/// Pieces that a reader waits for, however long they take; and more while no declaration waits, for so long.
const CATCH_UP_PIECES: u32 = 5;
const CATCH_UP: Duration = Duration::from_millis(100);
/// Events followed in one transaction. Each may touch a page or two of every firm's own, and on SQLite approvals wait
/// for the whole of it: with few, some milliseconds.
const MANY_EVENTS: i64 = 1_000;
const FEW_EVENTS: i64 = 8;
/// Declarations come while one was settled within this time: the writer rests between its batches.
pub const LATELY: Duration = Duration::from_millis(200);

impl Office {
    /// Opens the office on a store: fills the dated tables when they are empty, reads keys and rules, starts the writer.
    ///
    /// # Errors
    /// When the store does not answer or the key ring cannot be read.
    pub async fn open(store: Store, clock: Arc<dyn Clock>, settings: Settings) -> Result<Arc<Self>, OfficeError> {
        rules::fill_dated_tables(&store).await?;
        let stores = Walled::each(|wall| store.behind(wall));
        let changes = store.changes().await?;
        let rules = Arc::new(rules::load(&store).await?);
        let seal = Arc::new(AnswerSeal::open(KeyFile::at(settings.keys, settings.keys_passphrase))?);
        let ids = Arc::new(Ids::after(store.newest_event().await?, settings.server_salt));
        let writer = Writer::start(WriterSettings {
            store: stores.of(Wall::Submission).clone(),
            clock: Arc::clone(&clock),
            seal: Arc::clone(&seal) as _,
            ids: Arc::clone(&ids),
            queue: settings.queue,
            batch: settings.batch,
            low_balance: settings.low_balance,
        });
        Ok(Arc::new(Self {
            store,
            stores,
            clock,
            ids,
            writer,
            seal,
            passwords: PasswordChecks::default(),
            code_guesses: Guessing::waiting_at_most(CODE_WAIT_MAX),
            password_guesses: Guessing::waiting_at_most(PASSWORD_WAIT_MAX),
            remembered: RwLock::new(Remembered { changes, rules, bulletin: None }),
            bulletin_turn: tokio::sync::Mutex::default(),
            register: Register::default(),
            client_changes: ClientChanges::default(),
            last_look: LastLook::default(),
            low_balance: settings.low_balance,
            two_people_above: settings.two_people_above,
            waiting_room: WaitingRoom::default(),
            cards: OnceLock::new(),
            mailing: OnceLock::new(),
            mails_looked_at: AtomicI64::new(0),
        }))
    }

    /// Takes cards from now on, at this bank; told once.
    pub fn take_cards(&self, cards: Cards) {
        if self.cards.set(cards).is_err() {
            tracing::error!("card payments were set up twice; the first bank stays");
        }
    }

    /// How cards are taken, if they are.
    pub fn cards(&self) -> Option<&Cards> {
        self.cards.get()
    }

    /// Writes and sends mails from now on; told once.
    pub fn mail_by(&self, mailing: Mailing) {
        if self.mailing.set(mailing).is_err() {
            tracing::error!("mails were set up twice; the first way stays");
        }
    }

    /// How mails are made and sent, if they are.
    pub fn mailing(&self) -> Option<&Mailing> {
        self.mailing.get()
    }

    /// Notices what changed in the store and in the key file since the last call. Called each second.
    ///
    /// # Errors
    /// When the store does not answer; what was remembered stays.
    pub async fn refresh(&self) -> Result<(), Fault> {
        if let Err(error) = self.seal.reread() {
            tracing::error!(%error, "the key ring cannot be read; the keys read before stay in use");
        }
        let asked_at = Instant::now();
        let changes = self.behind(Wall::Background).changes().await?;
        self.client_changes.learn(changes.clients, asked_at);
        if changes.tables() == self.remembered().changes.tables() {
            return Ok(());
        }
        self.reload().await
    }

    /// Reads rules anew, and forgets the bulletin and the register.
    pub(crate) async fn reload(&self) -> Result<(), Fault> {
        self.register.forget();
        // The versions first: what changes in between is read again at the next turn.
        let store = self.behind(Wall::Background);
        let changes = store.changes().await?;
        let rules = rules::load(store).await.map_err(|error| {
            tracing::error!(%error, "the rules cannot be loaded");
            Fault::Unavailable
        })?;
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        *remembered = Remembered { changes, rules: Arc::new(rules), bulletin: None };
        Ok(())
    }

    /// A balance below this is told where an account's owner has not chosen another limit (G-52).
    pub fn low_balance(&self) -> Money {
        self.low_balance
    }

    /// The rules as last read.
    pub fn rules(&self) -> Arc<Rules> {
        self.remembered().rules
    }

    /// The rules as last read, and the version of all tables that a price rests on at that time.
    pub(crate) fn rules_and_version(&self) -> (Arc<Rules>, i64) {
        let remembered = self.remembered();
        (remembered.rules, remembered.changes.tables())
    }

    /// Version of the clients and their credentials, at most one and a half seconds old; a change means that what is
    /// remembered of credentials must be proved again.
    ///
    /// # Errors
    /// When the store does not say.
    pub async fn clients_version(&self) -> Result<i64, Fault> {
        self.client_changes.version(|| async { Ok(self.behind(Wall::Background).changes().await?.clients) }).await
    }

    /// Forgets guesses that are long past. To be called from a timer.
    pub fn forget_guesses(&self) {
        for guesses in [&self.code_guesses, &self.password_guesses] {
            guesses.clean(self.clock.now());
        }
    }

    /// The bulletin that prices declarations on a day, if there is one of the last ten days.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn bulletin_on(&self, day: Date) -> Result<Option<Arc<Bulletin>>, Fault> {
        if let Some(bulletin) = self.remembered_bulletin(day) {
            return Ok(Some(bulletin));
        }
        // One asks for all who wait.
        let _turn = self.bulletin_turn.lock().await;
        if let Some(bulletin) = self.remembered_bulletin(day) {
            return Ok(Some(bulletin));
        }
        let changes = self.remembered().changes;
        let store = self.behind(Wall::Submission);
        let found = Box::pin(store.find_bulletin(day)).await?.filter(|bulletin| bulletin.serves(day)).map(Arc::new);
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        if remembered.changes == changes {
            remembered.bulletin = Some((day, found.clone()));
        }
        Ok(found)
    }

    /// Proves that the writer lives and the store takes a durable write.
    ///
    /// # Errors
    /// When they do not.
    pub async fn ready(&self) -> Result<(), Fault> {
        if !self.writer.is_alive() {
            return Err(Fault::Unavailable);
        }
        self.store.prove_writable().await?;
        Ok(())
    }

    /// Chains new events for the audit; called by the server now and then.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn chain_events(&self) -> Result<usize, Fault> {
        Ok(self.behind(Wall::Background).extend_chain().await?)
    }

    /// Gives chained events their numbers for firms, accounts and receipts; called by the server now and then.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn number_events(&self) -> Result<usize, Fault> {
        Ok(self
            .behind(Wall::Background)
            .number_events(self.turn_events(), self.low_balance, (&self.ids, self.clock.now()))
            .await?)
    }

    /// How far the chain's events are numbered.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn numbering(&self) -> Result<Followed, Fault> {
        Ok(self.behind(Wall::Background).numbering().await?)
    }

    /// How far the chain's events are in the lists of declarations.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn listed(&self) -> Result<Followed, Fault> {
        Ok(self.behind(Wall::Background).listed().await?)
    }

    /// Chains and numbers what happened up to now, so that whoever asks sees what it did a moment ago; within a bound,
    /// so that nobody waits long behind others.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn catch_up(&self) -> Result<(), Fault> {
        self.follow(|| async { Ok(self.chain_events().await? + self.number_events().await?) }).await
    }

    /// Follows events piece by piece until nothing is left, within that bound.
    pub(crate) async fn follow<F>(&self, piece: impl Fn() -> F) -> Result<(), Fault>
    where
        F: Future<Output = Result<usize, Fault>>,
    {
        let (began, mut pieces) = (Instant::now(), 0);
        while piece().await? > 0 {
            pieces += 1;
            if pieces >= CATCH_UP_PIECES && (self.idle_for().is_zero() || began.elapsed() >= CATCH_UP) {
                break;
            }
        }
        Ok(())
    }

    /// What we remember, read through the connections of a wall.
    pub fn behind(&self, wall: Wall) -> &Store {
        self.stores.of(wall)
    }

    /// What a wall's connections to the store are doing.
    pub fn connections(&self, wall: Wall) -> Connections {
        self.store.connections(wall)
    }

    /// Generation of the key that new codes are made with.
    pub fn key_generation(&self) -> u8 {
        self.seal.ring().current().value()
    }

    /// How many declarations wait for the writer.
    pub fn waiting(&self) -> usize {
        self.writer.waiting()
    }

    /// For how long no declaration waited for the writer or was settled; zero while one is, and what can wait itself
    /// should.
    pub fn idle_for(&self) -> Duration {
        self.writer.idle_for()
    }

    /// Events that one transaction follows behind the approvals: few while declarations come, where they wait for it, as
    /// on SQLite.
    pub(crate) fn turn_events(&self) -> i64 {
        let few = self.idle_for() < LATELY && matches!(self.store, Store::Sqlite(_));
        if few { FEW_EVENTS } else { MANY_EVENTS }
    }

    /// Settles what waits and closes the store.
    pub async fn close(&self) {
        self.writer.close().await;
        self.store.close().await;
    }

    fn remembered_bulletin(&self, day: Date) -> Option<Arc<Bulletin>> {
        let (remembered, bulletin) = self.remembered().bulletin?;
        bulletin.filter(|_| remembered == day)
    }

    fn remembered(&self) -> Remembered {
        self.remembered.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
