//! A random interleaving of everything that moves a declaration or money, against a model ledger of a few lines; in the
//! middle of it the process ends again and again, and what had no answer is sent once more.
//!
//! `EBIRLIK_MODEL_STEPS` and `EBIRLIK_MODEL_SEED` run it for longer, and again; a failure tells its seed.

mod cards;
mod end;

use crate::chance::{Random, number};
use crate::stage::{BROKER, EXPORTER, Stage, approval, codes, customs, declared, given, message_with};
use crate::till::payer;
use cards::{CardModel, ModelBank};
use ebirlik_domain::decision::Decision;
use ebirlik_domain::money::Money;
use ebirlik_domain::state::State;
use ebirlik_domain::time::Clock;
use ebirlik_operations::Client;
use ebirlik_operations::cases::{Act, ActResult, Effect};
use ebirlik_operations::customs::{Presentation, register};
use ebirlik_operations::pay::{Named, pay};
use ebirlik_operations::refund::Application;
use ebirlik_operations::withdraw::withdraw;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use jiff::SignedDuration;

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

struct World {
    stage: Stage,
    url: String,
    random: Random,
    declarations: Vec<Model>,
    balance: i64,
    /// What the broker's power lets be debited a day, and what was; the run stays within one day.
    limit: Option<i64>,
    spent: i64,
    made: usize,
    registered: usize,
    papers: usize,
    deposits: usize,
    payer: Client,
    bank: ModelBank,
    orders: Vec<CardModel>,
    /// Whether the process ends in the middle of the next act.
    is_cut: bool,
    /// How often it ended so, and how often of these before the act had its answer.
    cuts: usize,
    cut_short: usize,
}

impl World {
    async fn new(url: &str, seed: u64) -> Self {
        let stage = Stage::with_balance(url, "20000").await;
        let payer = payer(&stage, "payer-1", EXPORTER).await;
        let bank = ModelBank::default();
        bank.serve(&stage.office);
        Self {
            stage,
            url: url.to_owned(),
            random: Random(seed),
            declarations: Vec::new(),
            balance: 2_000_000,
            limit: None,
            spent: 0,
            made: 0,
            registered: 0,
            papers: 0,
            deposits: 1,
            payer,
            bank,
            orders: Vec::new(),
            is_cut: false,
            cuts: 0,
            cut_short: 0,
        }
    }

    fn amount(&mut self) -> i64 {
        100 + i64::try_from(self.random.place(4_000_000)).expect("an amount")
    }

    fn fresh(&mut self) -> Model {
        self.made += 1;
        let (amount, hold) = (self.amount(), self.random.place(5) == 0);
        let reference = format!("M-{}", self.made);
        Model { reference, amount, state: State::WaitingPayment, hold, fee: 0, refunded: 0, code: String::new() }
    }

    /// One of the declarations, rather a young one.
    fn pick(&mut self) -> Option<usize> {
        let known = self.declarations.len();
        let back = self.random.place(known.clamp(1, 40));
        known.checked_sub(back + 1)
    }

    async fn step(&mut self) {
        let later = self.stage.clock.now().checked_add(STEP).expect("an instant");
        self.stage.clock.move_to(&later.to_string());
        self.is_cut = self.random.place(CUT_ONE_IN) == 0;
        match self.random.place(100) {
            0..=22 => {
                let fresh = self.fresh();
                self.declarations.push(fresh);
                self.send(self.declarations.len() - 1).await;
            }
            23..=32 => self.on_one(Self::send).await,
            33..=40 => self.on_one(Self::send_other).await,
            41..=47 => self.on_one(Self::withdraw).await,
            48..=53 => self.on_one(Self::cancel).await,
            54..=60 => self.on_one(Self::correct).await,
            61..=68 => self.on_one(Self::register).await,
            69..=75 => self.on_one(Self::refund).await,
            76..=81 => self.deposit().await,
            82..=84 => self.on_one(Self::pay).await,
            85..=88 => self.begin_card().await,
            89..=92 => self.bank_decides(),
            93..=96 => self.notice().await,
            97 => self.sweep().await,
            98 => self.limit().await,
            _ => self.number().await,
        }
        let held = self.stage.balance().await;
        assert_eq!(held, Money::from_kurus(self.balance).expect("not below zero").to_string());
    }

    async fn on_one(&mut self, act: impl AsyncFnOnce(&mut Self, usize)) {
        if let Some(index) = self.pick() {
            act(self, index).await;
        }
    }

    /// What the model says of a debit by standing consent, which a limit of the power may forbid.
    fn settle_by_consent(&mut self, index: usize) -> bool {
        let fee = fee(self.declarations[index].amount);
        if self.limit.is_some_and(|limit| self.spent + fee > limit) || !self.settle(index) {
            return false;
        }
        self.spent += if self.limit.is_some() { fee } else { 0 };
        true
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
        let message = before.message();
        let (decision, _) = self.act(async |stage| stage.send(&message).await).await;
        match before.state {
            State::WaitingPayment if before.hold || !self.settle_by_consent(index) => {
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
        let message = other.message();
        let (decision, _) = self.act(async |stage| stage.send(&message).await).await;
        assert_eq!(codes(&decision), [expected], "{before:?}");
    }

    async fn withdraw(&mut self, index: usize) {
        let before = self.declarations[index].clone();
        let withdrawn =
            self.act(async |stage| withdraw(&stage.office, &stage.client, &before.reference, None).await).await.0;
        let answer = given(withdrawn.expect("no fault"));
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
        let (done, again) = self.act(async |stage| stage.act(&before.reference, Act::Cancel).await).await;
        if matches!(before.state, State::Withdrawn | State::Cancelled) {
            assert_eq!(done, Err(vec!["E5005"]));
        } else if again && done == Err(vec!["E5005"]) {
            // Done the first time: an act that cannot be done twice says so.
            self.declarations[index].state = State::Cancelled;
            assert_eq!(self.stage.status(&before.reference).await.state, State::Cancelled);
        } else {
            assert_eq!(done.expect("cancelled").effect, Some(Effect::Cancelled));
            self.declarations[index].state = State::Cancelled;
        }
    }

    async fn correct(&mut self, index: usize) {
        let (before, amount) = (self.declarations[index].clone(), self.amount());
        let other = Model { amount, ..before.clone() };
        let message = other.message();
        let correct =
            async |stage: &Stage| stage.act(&before.reference, Act::Correct(Box::new(declared(&message)))).await;
        let (done, again) = self.act(correct).await;
        let difference = fee(amount) - before.fee;
        if !before.is_approved() {
            assert_eq!(done, Err(vec!["E5005"]), "{before:?}");
        } else if before.refunded > 0 && difference < 0 {
            assert_eq!(done, Err(vec!["E4003"]), "{before:?}");
        } else if difference > self.balance {
            assert_eq!(done, Err(vec!["E4002"]), "{before:?}");
        } else {
            self.balance -= difference;
            let declaration = &mut self.declarations[index];
            (declaration.amount, declaration.fee) = (amount, fee(amount));
            match done {
                Ok(done) => {
                    let Some(Effect::Corrected(corrected)) = done.effect else { panic!("{before:?}") };
                    declaration.code.clone_from(&corrected.approval.code);
                }
                refused => {
                    assert!(again, "{before:?}: {refused:?}");
                    self.learn_code(index).await;
                }
            }
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
        let (registered, _) = self.act(async |stage| register(&stage.office, &customs(), &asked).await).await;
        let answer = given(registered.expect("no fault")).map(|_| ());
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
        let part = self.random.place(3) == 0;
        let amount = if part { left / 2 } else { left };
        let application = Application {
            amount: Money::from_kurus(amount),
            applied_by: None,
            applied_on: None,
            confirmation: "gümrük yazısı".into(),
        };
        self.papers += 1;
        let paper = format!("dilekçe {}", self.papers);
        let refund =
            async |stage: &Stage| stage.act_on(&before.reference, Act::Refund(application.clone()), &paper).await;
        let (done, again) = self.act(refund).await;
        if done.is_ok() {
            // Sent again, since its answer was lost.
            let second = refund(&self.stage).await;
            assert!(second.is_ok() || second == Err(vec!["E4003"]) || second == Err(vec!["E4005"]), "{second:?}");
        }
        let is_ended = matches!(before.state, State::Withdrawn | State::Cancelled);
        if amount <= 0 {
            assert_eq!(done, Err(vec!["E4003"]), "{before:?}");
        } else if !is_ended && amount == left {
            assert_eq!(done, Err(vec!["E4005"]), "{before:?}");
        } else {
            let is_done = |done: &ActResult| matches!(done.effect, Some(Effect::Refunded { .. }));
            // Where all of it went back the first time, nothing is left for a second.
            let left_nothing = again && (done == Err(vec!["E4003"]) || done == Err(vec!["E4005"]));
            assert!(left_nothing || done.as_ref().is_ok_and(is_done), "{before:?}: {done:?}");
            self.balance += amount;
            self.declarations[index].refunded += amount;
        }
    }

    async fn deposit(&mut self) {
        let amount = 1 + i64::try_from(self.random.place(150_000)).expect("an amount");
        // Every third comes twice.
        self.deposits += 1;
        let (reference, text) = (self.deposits.to_string(), Money::from_kurus(amount).expect("money").to_string());
        for _ in 0..=usize::from(self.deposits.is_multiple_of(3)) {
            self.act(async |stage| stage.deposit(&reference, &text).await).await;
        }
        self.balance += amount;
    }

    async fn pay(&mut self, index: usize) {
        let before = self.declarations[index].clone();
        let named = Named { declarant: BROKER.into(), reference: before.reference.clone() };
        let (payer, named) = (self.payer.clone(), [named]);
        let (paid, _) = self.act(async |stage| pay(&stage.office, &payer, "öde", &named).await).await;
        let decision = given(paid.expect("no fault")).expect("decisions").remove(0);
        match before.state {
            State::WaitingPayment if self.settle(index) => {
                self.declarations[index].code = approval(&decision).code.clone();
            }
            State::WaitingPayment => assert!(matches!(decision, Decision::Pending(_)), "{decision:?}"),
            State::Approved | State::Registered => assert_eq!(approval(&decision).code, before.code),
            _ => assert_eq!(codes(&decision), ["E5002"]),
        }
    }

    /// The limit of the power is set, to some fees more than were spent or to fewer, or taken away.
    async fn limit(&mut self) {
        let more = i64::try_from(self.random.place(500_000)).expect("an amount") - 50_000;
        self.limit = (self.random.place(3) > 0).then_some((self.spent + more).max(1));
        self.stage.limit_power(self.limit).await;
    }

    /// A turn of the chain and of the numbers.
    async fn number(&mut self) {
        let turn = async |stage: &Stage| {
            stage.office.chain_events().await?;
            stage.office.number_events().await
        };
        self.act(turn).await.0.expect("no fault");
    }
}

/// How much later each step is.
const STEP: SignedDuration = SignedDuration::from_millis(100);
/// In one step of so many the process ends.
const CUT_ONE_IN: usize = 25;

on_each_store! {
    /// G-42, G-43, G-45, G-53, G-62: whatever happens in whatever order, wherever the process ends, money, states and codes
    /// are those of the model, nothing that was acknowledged is lost or done twice, and the audit is clean.
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
        let paid = world.orders.iter().filter(|order| order.is_paid()).count();
        println!("{} declarations, {paid} of {} card orders paid, {} ends", world.made, world.orders.len(), world.cuts);
        println!("{} of them before an answer", world.cut_short);
        assert!(paid > 0 && world.cut_short > 0 && world.cut_short < world.cuts);
    }
}
