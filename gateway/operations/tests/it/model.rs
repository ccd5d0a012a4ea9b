//! A random interleaving of everything that moves a declaration or money, against a model ledger of a few lines.
//!
//! `EBIRLIK_MODEL_STEPS` and `EBIRLIK_MODEL_SEED` run it for longer, and again; a failure tells its seed.

use crate::stage::{BROKER, EXPORTER, Stage, approval, codes, customs, declared, given, message_with};
use ebirlik_domain::decision::Decision;
use ebirlik_domain::money::Money;
use ebirlik_domain::state::State;
use ebirlik_operations::cases::{Act, Effect};
use ebirlik_operations::customs::{Presentation, register};
use ebirlik_operations::pay::{Named, pay};
use ebirlik_operations::refund::Application;
use ebirlik_operations::sign_in::hash_password;
use ebirlik_operations::withdraw::withdraw;
use ebirlik_operations::{Client, Roles};
use ebirlik_store::clients::ClientRow;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use std::env;

/// What the model knows of a declaration.
#[derive(Debug, Clone)]
struct Model {
    reference: String,
    /// US dollars in cents.
    amount: i64,
    state: State,
    hold: bool,
    /// What it cost, in kuruş, once approved.
    fee: i64,
    refunded: i64,
    code: String,
}

impl Model {
    fn message(&self) -> String {
        let payment = if self.hold { "BEKLET" } else { "CARI_HESAP" };
        let amount = format!("{}.{:02}", self.amount / 100, self.amount % 100);
        message_with(&self.reference, "IMMIB", payment, EXPORTER, "610910000011", &amount)
    }

    fn is_approved(&self) -> bool {
        matches!(self.state, State::Approved | State::Registered)
    }
}

/// The fee of an amount in cents: 41.5012 lira a dollar, five per ten thousand, rounded half up to kuruş.
fn fee(amount: i64) -> i64 {
    let (numerator, denominator) = (i128::from(amount) * 415_012 * 5, 100_000_000_i128);
    i64::try_from((2 * numerator + denominator) / (2 * denominator)).expect("a fee")
}

/// The seeded sequence of `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % most as u64).expect("below")
    }
}

struct World {
    stage: Stage,
    url: String,
    random: Random,
    declarations: Vec<Model>,
    balance: i64,
    made: usize,
    registered: usize,
    papers: usize,
    deposits: usize,
    payer: Client,
}

impl World {
    async fn new(url: &str, seed: u64) -> Self {
        let stage = Stage::with_balance(url, "20000").await;
        let payer = ClientRow {
            code: "payer-1".into(),
            firm: EXPORTER.into(),
            secretariat: String::new(),
            contact_office: String::new(),
            roles: "payer".into(),
            password_hash: String::new(),
            payment_password_hash: hash_password("öde").expect("a hash"),
            locked: 0,
        };
        stage.office.store.save_clients(&[payer]).await.expect("a client");
        let roles = Roles::parse("payer").expect("roles");
        let payer = Client { code: "payer-1".into(), firm: EXPORTER.into(), secretariat: String::new(), roles };
        Self {
            stage,
            url: url.to_owned(),
            random: Random(seed),
            declarations: Vec::new(),
            balance: 2_000_000,
            made: 0,
            registered: 0,
            papers: 0,
            deposits: 1,
            payer,
        }
    }

    fn amount(&mut self) -> i64 {
        100 + i64::try_from(self.random.below(4_000_000)).expect("an amount")
    }

    fn fresh(&mut self) -> Model {
        self.made += 1;
        let (amount, hold) = (self.amount(), self.random.below(5) == 0);
        let reference = format!("M-{}", self.made);
        Model { reference, amount, state: State::WaitingPayment, hold, fee: 0, refunded: 0, code: String::new() }
    }

    /// One of the declarations, rather a young one.
    fn pick(&mut self) -> Option<usize> {
        let known = self.declarations.len();
        let back = self.random.below(known.clamp(1, 40));
        known.checked_sub(back + 1)
    }

    async fn step(&mut self) {
        match self.random.below(100) {
            0..=29 => {
                let fresh = self.fresh();
                self.declarations.push(fresh);
                self.send(self.declarations.len() - 1).await;
            }
            30..=41 => self.on_one(Self::send).await,
            42..=49 => self.on_one(Self::send_other).await,
            50..=58 => self.on_one(Self::withdraw).await,
            59..=64 => self.on_one(Self::cancel).await,
            65..=72 => self.on_one(Self::correct).await,
            73..=80 => self.on_one(Self::register).await,
            81..=88 => self.on_one(Self::refund).await,
            89..=95 => self.deposit().await,
            96..=97 => self.on_one(Self::pay).await,
            _ => self.kill().await,
        }
        let held = self.stage.balance().await;
        assert_eq!(held, Money::from_kurus(self.balance).expect("not below zero").to_string());
    }

    async fn on_one(&mut self, act: impl AsyncFnOnce(&mut Self, usize)) {
        if let Some(index) = self.pick() {
            act(self, index).await;
        }
    }

    /// What the model says of paying out of the account.
    fn settle(&mut self, index: usize) -> bool {
        let declaration = &mut self.declarations[index];
        let fee = fee(declaration.amount);
        if fee > self.balance {
            return false;
        }
        self.balance -= fee;
        (declaration.state, declaration.fee) = (State::Approved, fee);
        true
    }

    async fn send(&mut self, index: usize) {
        let before = self.declarations[index].clone();
        let decision = self.stage.send(&before.message()).await;
        match before.state {
            State::WaitingPayment if before.hold || !self.settle(index) => {
                assert!(matches!(decision, Decision::Pending(_)), "{before:?}: {decision:?}");
            }
            State::WaitingPayment => self.declarations[index].code = approval(&decision).code.clone(),
            State::Approved | State::Registered => assert_eq!(approval(&decision).code, before.code),
            _ => assert_eq!(codes(&decision), ["E5002"], "{before:?}"),
        }
    }

    async fn send_other(&mut self, index: usize) {
        let (before, amount) = (self.declarations[index].clone(), self.amount());
        if before.state == State::WaitingPayment {
            self.declarations[index].amount = amount;
            return self.send(index).await;
        }
        let other = Model { amount, ..before.clone() };
        let expected = if before.is_approved() { "E5001" } else { "E5002" };
        assert_eq!(codes(&self.stage.send(&other.message()).await), [expected], "{before:?}");
    }

    async fn withdraw(&mut self, index: usize) {
        let before = self.declarations[index].clone();
        let answer =
            given(withdraw(&self.stage.office, &self.stage.client, &before.reference, None).await.expect("no fault"));
        match before.state {
            State::Registered => assert_eq!(answer.map(|_| ()), Err(vec!["E5003"])),
            State::Cancelled => assert_eq!(answer.map(|_| ()), Err(vec!["E5002"])),
            _ => {
                assert_eq!(answer.expect("withdrawn").state, State::Withdrawn);
                self.declarations[index].state = State::Withdrawn;
            }
        }
    }

    async fn cancel(&mut self, index: usize) {
        let before = self.declarations[index].clone();
        let done = self.stage.act(&before.reference, Act::Cancel).await;
        if matches!(before.state, State::Withdrawn | State::Cancelled) {
            assert_eq!(done, Err(vec!["E5005"]));
        } else {
            assert_eq!(done.expect("cancelled").effect, Some(Effect::Cancelled));
            self.declarations[index].state = State::Cancelled;
        }
    }

    async fn correct(&mut self, index: usize) {
        let (before, amount) = (self.declarations[index].clone(), self.amount());
        let other = Model { amount, ..before.clone() };
        let done = self.stage.act(&before.reference, Act::Correct(Box::new(declared(&other.message())))).await;
        let difference = fee(amount) - before.fee;
        if !before.is_approved() {
            assert_eq!(done, Err(vec!["E5005"]), "{before:?}");
        } else if before.refunded > 0 && difference < 0 {
            assert_eq!(done, Err(vec!["E4003"]), "{before:?}");
        } else if difference > self.balance {
            assert_eq!(done, Err(vec!["E4002"]), "{before:?}");
        } else {
            let Some(Effect::Corrected(corrected)) = done.expect("corrected").effect else { panic!("{before:?}") };
            self.balance -= difference;
            let declaration = &mut self.declarations[index];
            (declaration.amount, declaration.fee) = (amount, fee(amount));
            declaration.code = corrected.approval.code;
        }
    }

    async fn register(&mut self, index: usize) {
        let before = self.declarations[index].clone();
        self.registered += 1;
        let asked = Presentation {
            code: before.code.clone(),
            registration_no: format!("26341300EX{:08}", self.registered),
            reference: before.reference.clone(),
            exporter: EXPORTER.into(),
        };
        let answer = given(register(&self.stage.office, &customs(), &asked).await.expect("no fault")).map(|_| ());
        match before.state {
            _ if before.code.is_empty() => assert_eq!(answer, Err(vec!["E2002"])),
            State::Approved => {
                assert_eq!(answer, Ok(()));
                self.declarations[index].state = State::Registered;
            }
            State::Registered => assert_eq!(answer, Err(vec!["E5003"])),
            _ => assert_eq!(answer, Err(vec!["E5002"])),
        }
    }

    async fn refund(&mut self, index: usize) {
        let before = self.declarations[index].clone();
        let left = before.fee - before.refunded;
        let part = self.random.below(3) == 0;
        let amount = if part { left / 2 } else { left };
        let application = Application {
            amount: Money::from_kurus(amount),
            applied_by: None,
            applied_on: None,
            confirmation: "gümrük yazısı".into(),
        };
        self.papers += 1;
        let paper = format!("dilekçe {}", self.papers);
        let done = self.stage.act_on(&before.reference, Act::Refund(application.clone()), &paper).await;
        if done.is_ok() {
            // Sent again, since its answer was lost.
            let again = self.stage.act_on(&before.reference, Act::Refund(application), &paper).await;
            assert!(again.is_ok() || again == Err(vec!["E4003"]) || again == Err(vec!["E4005"]), "{again:?}");
        }
        let is_ended = matches!(before.state, State::Withdrawn | State::Cancelled);
        if amount <= 0 {
            assert_eq!(done, Err(vec!["E4003"]), "{before:?}");
        } else if !is_ended && amount == left {
            assert_eq!(done, Err(vec!["E4005"]), "{before:?}");
        } else {
            assert!(matches!(done.expect("refunded").effect, Some(Effect::Refunded { .. })), "{before:?}");
            self.balance += amount;
            self.declarations[index].refunded += amount;
        }
    }

    async fn deposit(&mut self) {
        let amount = 1 + i64::try_from(self.random.below(150_000)).expect("an amount");
        // Every third comes twice.
        self.deposits += 1;
        for _ in 0..=usize::from(self.deposits.is_multiple_of(3)) {
            let text = Money::from_kurus(amount).expect("money").to_string();
            self.stage.deposit(&self.deposits.to_string(), &text).await;
        }
        self.balance += amount;
    }

    async fn pay(&mut self, index: usize) {
        let before = self.declarations[index].clone();
        let named = Named { declarant: BROKER.into(), reference: before.reference.clone() };
        let paid = pay(&self.stage.office, &self.payer, "öde", &[named]).await.expect("no fault");
        let decision = given(paid).expect("decisions").remove(0);
        match before.state {
            State::WaitingPayment if self.settle(index) => {
                self.declarations[index].code = approval(&decision).code.clone();
            }
            State::WaitingPayment => assert!(matches!(decision, Decision::Pending(_)), "{decision:?}"),
            State::Approved | State::Registered => assert_eq!(approval(&decision).code, before.code),
            _ => assert_eq!(codes(&decision), ["E5002"]),
        }
    }

    /// The office goes in the middle of a message; what it did is found out by sending the same again.
    async fn kill(&mut self) {
        let fresh = self.fresh();
        let text = fresh.message();
        self.declarations.push(fresh);
        let index = self.declarations.len() - 1;
        let waits = self.random.below(4);
        {
            let mut sent = Box::pin(self.stage.send(&text));
            for _ in 0..=waits {
                if let Some(_answered) = futures_poll_once(&mut sent).await {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        let url = self.url.clone();
        take_mut(&mut self.stage, async |stage| stage.killed(&url).await).await;
        self.send(index).await;
    }
}

/// Runs a future up to its next wait.
async fn futures_poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    let mut once = Some(future);
    std::future::poll_fn(move |context| {
        let polled = once.take().map(|future| std::pin::Pin::new(future).poll(context));
        std::task::Poll::Ready(match polled {
            Some(std::task::Poll::Ready(output)) => Some(output),
            _ => None,
        })
    })
    .await
}

/// Replaces a stage by what becomes of it.
async fn take_mut(stage: &mut Stage, change: impl AsyncFnOnce(&Stage) -> Stage) {
    let after = change(stage).await;
    *stage = after;
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

on_each_store! {
    /// G-42, G-43, G-45, G-62: whatever happens in whatever order, money, states and codes are those of the model, and the
    /// audit is clean.
    async fn any_run_agrees_with_a_model_ledger(database: TestDatabase) {
        let (steps, seed) = (number("EBIRLIK_MODEL_STEPS", 1_200), number("EBIRLIK_MODEL_SEED", 20_261_126));
        // Shown by the test runner where the test fails.
        println!("EBIRLIK_MODEL_SEED={seed} EBIRLIK_MODEL_STEPS={steps}");
        let mut world = World::new(&database.url, seed).await;
        for step in 1..=steps {
            world.step().await;
            if step.is_multiple_of(25_000) {
                world.stage.audit_is_clean().await;
            }
        }
        world.stage.audit_is_clean().await;
    }
}
