//! The stage of these tests: a few parties, a clock that stands, a key, and messages.

use ebirlik_domain::bulletin::{Bulletin, ForexRate};
use ebirlik_domain::decision::{Approval, Decision, Fault};
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::money::Money;
use ebirlik_domain::time::Clock;
use ebirlik_message::{RequestFacts, read};
use ebirlik_operations::approve::{Mode, approve};
use ebirlik_operations::cases::{Act, ActResult, Proposal, propose};
use ebirlik_operations::keys::Passphrase;
use ebirlik_operations::status::{Answer, Status, status};
use ebirlik_operations::{Client, Office, Roles, Settings, keys};
use ebirlik_store::Store;
use ebirlik_store::accounts::Deposit;
use ebirlik_store::parties::{Commitment, Firm, Membership, PayerCommitment, Power};
use jiff::Timestamp;
use jiff::civil::date;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

pub(crate) const BROKER: &str = "9876543217";
pub(crate) const EXPORTER: &str = "1234567890";
pub(crate) const OTHER_EXPORTER: &str = "5260181599";

/// 2026-11-21 14:03:22.123 in Türkiye, until it is moved.
pub(crate) struct StoppedClock(AtomicI64);

impl StoppedClock {
    pub(crate) fn move_to(&self, instant: &str) {
        let instant: Timestamp = instant.parse().expect("an instant");
        self.0.store(instant.as_microsecond(), Ordering::Relaxed);
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::Relaxed)).expect("an instant")
    }
}

pub(crate) struct Stage {
    pub(crate) office: Arc<Office>,
    pub(crate) clock: Arc<StoppedClock>,
    pub(crate) client: Client,
    keys: tempfile::TempDir,
}

impl Stage {
    /// An exporter with `balance` at IMMIB whose account pays for a broker's declarations by itself.
    pub(crate) async fn with_balance(url: &str, balance: &str) -> Self {
        let keys = tempfile::tempdir().expect("a folder");
        keys::generate(&keys.path().join("keys"), &[7; 32], date(2026, 1, 1)).expect("keys");
        let stage = Self::open(url, keys, 1).await;
        let store = &stage.office.store;
        seed_parties(store).await;
        stage.deposit("1", balance).await;
        stage
    }

    /// A second office on the same store and keys: another server.
    pub(crate) async fn beside(&self, url: &str) -> Self {
        let keys = tempfile::tempdir().expect("a folder");
        std::fs::copy(self.keys.path().join("keys"), keys.path().join("keys")).expect("copied keys");
        Self::open(url, keys, 2).await
    }

    /// Where its keys are.
    pub(crate) fn keys(&self) -> PathBuf {
        self.keys.path().join("keys")
    }

    /// Another office on the same store and keys, as after the end of this one without a word.
    pub(crate) async fn killed(&self, url: &str) -> Self {
        let keys = tempfile::tempdir().expect("a folder");
        std::fs::copy(self.keys.path().join("keys"), keys.path().join("keys")).expect("copied keys");
        let stage = Self::open(url, keys, 4).await;
        stage.clock.0.store(self.clock.0.load(Ordering::Relaxed), Ordering::Relaxed);
        stage
    }

    /// The same office after a restart.
    pub(crate) async fn restarted(self, url: &str) -> Self {
        self.office.close().await;
        Self::open(url, self.keys, 3).await
    }

    async fn open(url: &str, keys: tempfile::TempDir, server_salt: u8) -> Self {
        let clock = Arc::new(StoppedClock(AtomicI64::new(0)));
        clock.move_to("2026-11-21T11:03:22.123Z");
        let settings = Settings {
            keys: keys.path().join("keys"),
            keys_passphrase: Some(passphrase()),
            low_balance: Money::parse("1000").expect("money"),
            two_people_above: Money::parse("10000").expect("money"),
            queue: 4_096,
            batch: 256,
            server_salt,
        };
        let store = Store::open(url).await.expect("the store opens");
        let office = Office::open(store, Arc::clone(&clock) as _, settings).await.expect("the office opens");
        let roles = Roles::parse("edi payer").expect("roles");
        let client = Client { code: "broker1".into(), firm: BROKER.into(), secretariat: String::new(), roles };
        Self { office, clock, client, keys }
    }

    pub(crate) async fn deposit(&self, reference: &str, amount: &str) {
        let amount = Money::parse(amount).expect("money");
        if amount.is_zero() {
            return;
        }
        let deposit = Deposit {
            kind: "deposit",
            firm: EXPORTER.into(),
            secretariat: "IMMIB".into(),
            amount,
            reference: reference.into(),
        };
        let now = self.clock.now();
        self.office.store.deposit(&[deposit], &self.office.ids, now).await.expect("a deposit");
    }

    /// Gives the broker's power a daily limit in kuruş, or none.
    pub(crate) async fn limit_power(&self, daily_limit: Option<i64>) {
        self.office.store.save_powers(&[Power { daily_limit, ..power() }]).await.expect("a power");
    }

    pub(crate) async fn balance(&self) -> String {
        let accounts = self.office.store.list_accounts(EXPORTER).await.expect("accounts");
        let account = accounts.iter().find(|account| account.secretariat == "IMMIB").expect("an account");
        Money::from_kurus(account.balance_kurus).expect("not below zero").to_string()
    }

    pub(crate) async fn send(&self, message: &str) -> Decision {
        self.try_send(message, Mode::Real).await.expect("no fault")
    }

    pub(crate) async fn try_send(&self, message: &str, mode: Mode) -> Result<Decision, Fault> {
        let read = read(message.as_bytes(), &RequestFacts::default()).expect("a message");
        approve(&self.office, &self.client, read.declaration, mode).await
    }

    /// Numbers everything that happened.
    pub(crate) async fn number(&self) {
        while self.office.chain_events().await.expect("a chain") + self.office.number_events().await.expect("numbers")
            > 0
        {}
    }

    /// What the status of a declaration says.
    pub(crate) async fn status(&self, reference: &str) -> Status {
        match status(&self.office, &self.client, reference, None).await.expect("no fault") {
            Answer::Given(status) => status,
            Answer::Refused(refusal) => panic!("{refusal:?}"),
        }
    }

    /// An act of the first member of IMMIB's staff; what became of it, or the codes that say why nothing did.
    pub(crate) async fn act(&self, reference: &str, act: Act) -> Result<ActResult, Vec<&'static str>> {
        self.act_on(reference, act, "dilekçe 26.11.2026/17").await
    }

    /// The same on another paper.
    pub(crate) async fn act_on(&self, reference: &str, act: Act, proof: &str) -> Result<ActResult, Vec<&'static str>> {
        let proposal = Proposal {
            declarant: BROKER.into(),
            reference: reference.into(),
            act,
            reason: "dilekçe üzerine".into(),
            proof: proof.into(),
        };
        given(propose(&self.office, &staff("staff-1"), proposal).await.expect("no fault"))
    }

    pub(crate) async fn audit_is_clean(&self) {
        self.number().await;
        let report = ebirlik_operations::audit::audit(&self.office).await.expect("an audit");
        assert_eq!(report.broken, []);
    }
}

/// A member of IMMIB's staff.
pub(crate) fn staff(code: &str) -> Client {
    let roles = Roles::parse("staff").expect("roles");
    Client { code: code.into(), firm: String::new(), secretariat: "IMMIB".into(), roles }
}

/// A customs officer.
pub(crate) fn customs() -> Client {
    let roles = Roles::parse("customs").expect("roles");
    Client { code: "customs".into(), firm: String::new(), secretariat: String::new(), roles }
}

/// What was given, or the codes of the refusal.
pub(crate) fn given<T>(answer: Answer<T>) -> Result<T, Vec<&'static str>> {
    match answer {
        Answer::Given(given) => Ok(given),
        Answer::Refused(refusal) => Err(refusal.findings.iter().map(|finding| finding.code().as_str()).collect()),
    }
}

/// A message as a declaration, not judged yet.
pub(crate) fn declared(message: &str) -> Declaration {
    read(message.as_bytes(), &RequestFacts::default()).expect("a message").declaration
}

/// For keys that a test seals; others need none.
pub(crate) fn passphrase() -> Passphrase {
    Passphrase::new("beş rastgele kelime yeter mi")
}

/// The broker's power of the exporter, for every secretariat and without an end.
pub(crate) fn power() -> Power {
    Power {
        exporter: EXPORTER.into(),
        declarant: BROKER.into(),
        secretariat: "*".into(),
        takes_refunds: 0,
        daily_limit: None,
        valid_from: "2024-01-01".into(),
        valid_to: String::new(),
    }
}

/// Firms, memberships, a power, commitments and a payer; the bulletin of 2026-11-20.
async fn seed_parties(store: &Store) {
    let text = ToOwned::to_owned;
    let firm = |tax_no: &str, kind: &str| Firm { tax_no: text(tax_no), title: text("Örnek A.Ş."), kind: text(kind) };
    let firms = [firm(BROKER, "broker"), firm(EXPORTER, "exporter"), firm(OTHER_EXPORTER, "exporter")];
    store.save_firms(&firms).await.expect("firms");
    let membership = |firm: &str, union_code: &str, secretariat: &str| Membership {
        firm: text(firm),
        union_code: text(union_code),
        secretariat: text(secretariat),
        valid_from: text("2024-01-01"),
        valid_to: String::new(),
        registry_no: String::new(),
    };
    let memberships = [membership(EXPORTER, "IMIB", "IMMIB"), membership(OTHER_EXPORTER, "IMIB", "IMMIB")];
    store.save_memberships(&memberships).await.expect("memberships");
    let ended = Power { exporter: text(OTHER_EXPORTER), valid_to: text("2025-06-30"), ..power() };
    store.save_powers(&[power(), ended]).await.expect("powers");
    let commitment = |firm: &str, secretariat: &str| Commitment {
        firm: text(firm),
        secretariat: text(secretariat),
        valid_from: text("2024-01-01"),
        valid_to: String::new(),
    };
    let commitments = [commitment(BROKER, "IMMIB"), commitment(BROKER, "OAIB"), commitment(EXPORTER, "IMMIB")];
    store.save_commitments(&commitments).await.expect("commitments");
    let payer = PayerCommitment {
        exporter: text(EXPORTER),
        secretariat: text("IMMIB"),
        declarant: String::new(),
        payer: text(EXPORTER),
        automatic: 1,
        valid_from: text("2024-01-01"),
        valid_to: String::new(),
    };
    store.save_payers(&[payer]).await.expect("payers");
    let rate =
        |code: &str, unit, buying: &str| (text(code), ForexRate { unit, buying: buying.parse().expect("a rate") });
    let bulletin = Bulletin {
        date: date(2026, 11, 20),
        number: text("2026/220"),
        rates: [rate("USD", 1, "41.5012"), rate("EUR", 1, "48.7001")].into(),
    };
    store.save_bulletin(&bulletin, 0).await.expect("a bulletin");
}

/// A wrapped message of one item, 25,000.00 USD free on board: its fee is 518.77.
pub(crate) fn message(reference: &str) -> String {
    message_with(reference, "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "25000.00")
}

pub(crate) fn message_with(
    reference: &str,
    secretariat: &str,
    payment: &str,
    exporter: &str,
    gtip: &str,
    amount: &str,
) -> String {
    format!(
        r#"<BirlikOnayTalebi xmlns="urn:ebirlik:onay:1"><GenelSekreterlik>{secretariat}</GenelSekreterlik>
<Odeme>{payment}</Odeme><Gelen xmlns="http://tempuri.org/"><RefID>{reference}</RefID>
<KullaniciAdi>77123456789</KullaniciAdi><Sifre>5ec2e7000000000000000000000000aa</Sifre><BeyannameBilgi>
<Rejim>1000</Rejim><GUMRUK>341300</GUMRUK><Referans_no>{reference}</Referans_no><Gidecegi_ulke>004</Gidecegi_ulke>
<Teslim_sekli>FOB</Teslim_sekli><Toplam_fatura>{amount}</Toplam_fatura>
<Toplam_fatura_dovizi>USD</Toplam_fatura_dovizi><Gonderici_vergi_no>{exporter}</Gonderici_vergi_no>
<Beyan_sahibi_vergi_no>{BROKER}</Beyan_sahibi_vergi_no><Kalemler><kalem><Gtip>{gtip}</Gtip>
<Kalem_sira_no>1</Kalem_sira_no><Net_agirlik>600</Net_agirlik><Ozellik>01</Ozellik>
<Fatura_miktari>{amount}</Fatura_miktari><Fatura_miktarinin_dovizi>USD</Fatura_miktarinin_dovizi>
</kalem></Kalemler></BeyannameBilgi></Gelen></BirlikOnayTalebi>"#
    )
}

pub(crate) fn approval(decision: &Decision) -> Arc<Approval> {
    let Decision::Approved(approval) = decision else { panic!("not approved: {decision:?}") };
    Arc::clone(approval)
}

pub(crate) fn codes(decision: &Decision) -> Vec<&'static str> {
    let findings = match decision {
        Decision::Refused(refusal) => &refusal.findings,
        Decision::Pending(pending) => &pending.notices,
        Decision::Trial(trial) => &trial.notices,
        Decision::Approved(approval) => &approval.notices,
    };
    findings.iter().map(|finding| finding.code().as_str()).collect()
}
