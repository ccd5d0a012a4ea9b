//! Two firms that have nothing to do with each other, each with one of everything that an address can name.

use super::tests::declared;
use crate::signup::tests::{apply, exporters_form, house, mailed_link, upload};
use crate::tests::{Browser, House};
use ebirlik_domain::decision::{Approval, Decision};
use ebirlik_operations::card::gateway::BankAnswer;
use ebirlik_operations::cases::{Act, Proposal, propose};
use ebirlik_operations::changes::table::Cells;
use ebirlik_operations::import::Kind;
use ebirlik_operations::pay::Named;
use ebirlik_operations::powers::apply::{Paper, Terms, draft, send, sides};
use ebirlik_operations::powers::{EntryId, Order, PowerState, Search, acts};
use ebirlik_operations::reconcile::{self, Month};
use ebirlik_operations::sign_in::find_client;
use ebirlik_operations::status::Answer;
use ebirlik_operations::{Client, bank, card, changes, powers};
use ebirlik_store::parties::Power;
use jiff::civil::date;
use std::collections::HashMap;
use std::sync::Arc;

/// A firm, its broker and its secretariat, with what is theirs.
pub(super) struct Side {
    pub(super) title: &'static str,
    pub(super) exporter: &'static str,
    exporter_user: &'static str,
    broker: &'static str,
    broker_user: &'static str,
    secretariat: &'static str,
    pub(super) staff_user: &'static str,
    /// What an address names, by the words of the table of rights.
    pub(super) objects: HashMap<&'static str, String>,
    /// What nobody else's page may say, beside the title.
    pub(super) secrets: Vec<String>,
}

/// The two sides. A broker that has nothing to do with the first but an ended power, and one with a frozen one, stand by.
pub(super) async fn build() -> (House, [Side; 2]) {
    let house = house().await;
    house.take_cards(BankAnswer::Pending);
    let names = [
        ("Ihlamur Dış", "1234567890", "exporter1", "9876543217", "broker1", "IMMIB", "staff-immib"),
        ("Güneşbahçe", "5260181599", "exporter2", "4840847211", "broker3", "EIB", "staff-eib"),
    ];
    let mut built = names.map(|(title, exporter, exporter_user, broker, broker_user, secretariat, staff_user)| Side {
        title,
        exporter,
        exporter_user,
        broker,
        broker_user,
        secretariat,
        staff_user,
        objects: HashMap::new(),
        secrets: Vec::new(),
    });
    for (side, amount) in built.iter_mut().zip(["25000.00", "33333.00"]) {
        side.fill(&house, amount).await;
    }
    let lines: String = built.iter().map(Side::registered).collect();
    let file = format!("registration_no,code,ref,exporter,registered_on,invoice_total,currency,gtips\n{lines}");
    given(reconcile::reconcile(&house.office, None, file.as_bytes()).await.unwrap());
    for side in &mut built {
        let row = side.row(&house).await;
        side.objects.insert("row", row);
    }
    let ended = Power {
        exporter: "1234567890".into(),
        declarant: "4840847211".into(),
        secretariat: "*".into(),
        takes_refunds: 1,
        daily_limit: None,
        valid_from: "2024-01-01".into(),
        valid_to: "2026-11-20".into(),
    };
    house.office.store.save_powers(&[ended]).await.unwrap();
    let exporter = client(&house, "exporter1").await;
    given(acts::freeze(&house.office, &exporter, "3880718497", true).await.unwrap());
    house.office.catch_up().await.unwrap();
    (house, built)
}

async fn client(house: &House, user: &str) -> Client {
    find_client(&house.office, user).await.unwrap().unwrap()
}

fn given<T>(answer: Answer<T>) -> T {
    match answer {
        Answer::Given(given) => given,
        Answer::Refused(refusal) => panic!("{refusal:?}"),
    }
}

impl Side {
    async fn fill(&mut self, house: &House, amount: &str) {
        let approval = self.declare(house, "ONAY", "CARI_HESAP", amount).await.expect("an approval");
        assert!(self.declare(house, "BEKLE", "BEKLET", amount).await.is_none());
        self.secrets = vec![
            self.reference("ONAY"),
            self.reference("BEKLE"),
            approval.code.clone(),
            approval.record_no.clone(),
            approval.price.fee.to_string().replace('.', ","),
        ];
        house.office.catch_up().await.unwrap();
        let store = &house.office.store;
        let declaration =
            store.find_declaration(ebirlik_store::DeclarationKey::of(self.broker, &self.reference("ONAY")));
        let account = store.list_accounts(self.exporter).await.unwrap();
        let account = account.iter().find(|account| account.secretariat == self.secretariat).unwrap();
        self.secrets.push(crate::text::lira(
            ebirlik_domain::money::Money::from_kurus(account.balance_kurus).unwrap(),
            crate::text::Language::Turkish,
        ));
        self.objects = HashMap::from([
            ("declaration", declaration.await.unwrap().unwrap().id.to_string()),
            ("receipt", format!("{}-2026-0000001", self.secretariat)),
            ("account", account.name()),
            ("order", self.order(house).await),
            ("application", self.application(house).await),
            ("power", self.power(house).await),
            ("case", self.case(house).await),
            ("line", self.line(house).await),
            ("change", self.change(house).await),
            ("exporter", self.exporter.to_owned()),
            ("broker", self.broker.to_owned()),
            ("user", self.exporter_user.to_owned()),
            ("act", "cancel".to_owned()),
            ("paper", "petition".to_owned()),
            ("table", "memberships".to_owned()),
            ("kind", "exporter".to_owned()),
            ("asset", "style.css".to_owned()),
            ("secret", "0f".repeat(32)),
        ]);
        let signup = self.sign_up(house).await;
        self.objects.insert("signup", signup);
    }

    fn reference(&self, what: &str) -> String {
        format!("{}-{what}-7", self.secretariat)
    }

    async fn declare(&self, house: &House, what: &str, payment: &str, amount: &str) -> Option<Arc<Approval>> {
        let parties = (self.secretariat, self.exporter, self.broker);
        match declared(house, self.broker_user, parties, (&self.reference(what), payment, amount)).await {
            Decision::Approved(approval) => Some(approval),
            Decision::Pending(_) => None,
            other => panic!("{other:?}"),
        }
    }

    /// A card payment of what waits.
    async fn order(&self, house: &House) -> String {
        let payer = client(house, self.exporter_user).await;
        let named = [Named { declarant: self.broker.to_owned(), reference: self.reference("BEKLE") }];
        let password = format!("demo-{}-pay", self.exporter_user);
        given(card::begin(&house.office, &payer, &password, &named).await.unwrap()).order_no
    }

    /// An application for a power, sent.
    async fn application(&self, house: &House) -> String {
        let exporter = client(house, self.exporter_user).await;
        let sides = given(sides(&house.office, &exporter, self.broker).await.unwrap());
        let terms =
            Terms { secretariat: self.secretariat.to_owned(), valid_from: Some(date(2026, 11, 1)), ..Terms::default() };
        let paper = Paper { name: "vekalet.pdf".to_owned(), bytes: b"%PDF-1.7".to_vec() };
        let id = given(draft(&house.office, &exporter, (&sides, &terms), None, Some(paper)).await.unwrap());
        given(send(&house.office, &exporter, id).await.unwrap());
        id.to_string()
    }

    /// The power that its broker holds, as addresses name it.
    async fn power(&self, house: &House) -> String {
        let exporter = client(house, self.exporter_user).await;
        let state = Some(PowerState::Holds);
        let search = Search { text: self.broker, state, secretariat: self.secretariat, order: (Order::State, false) };
        let held = powers::list(&house.office, &exporter, &search).await.unwrap();
        let EntryId::Power(key) = &held[0].id else { panic!("{held:?}") };
        let scope = if key.secretariat == "*" { "all" } else { &key.secretariat };
        [&key.exporter, &key.declarant, scope, &key.valid_from].join(".")
    }

    /// An act that waits for a second person.
    async fn case(&self, house: &House) -> String {
        let proposal = Proposal {
            declarant: self.broker.to_owned(),
            reference: self.reference("ONAY"),
            act: Act::Cancel,
            reason: "dilekçe üzerine".to_owned(),
            proof: "17".to_owned(),
        };
        let staff = client(house, self.staff_user).await;
        given(propose(&house.office, &staff, proposal).await.unwrap()).case.to_string()
    }

    /// A line of a bank statement that nobody could tell.
    async fn line(&self, house: &House) -> String {
        let file = format!("date,amount,text\n2026-11-20,1000.00,KIMDEN {}\n", self.secretariat);
        given(bank::import(&house.office, self.secretariat, file.as_bytes()).await.unwrap());
        let staff = client(house, self.staff_user).await;
        bank::list_unmatched(&house.office, &staff).await.unwrap().remove(0).line_key
    }

    /// A registration of customs that differs from the approval, as a line of its file.
    fn registered(&self) -> String {
        let [reference, _, code, ..] = self.secrets.as_slice() else { panic!("{:?}", self.secrets) };
        format!("26341300EX{},{code},{reference},{},2026-11-21,1.00,USD,\n", &self.exporter[..6], self.exporter)
    }

    /// What came of it.
    async fn row(&self, house: &House) -> String {
        let staff = client(house, self.staff_user).await;
        let month = Month::parse("2026-11").unwrap();
        let found = reconcile::list(&house.office, &staff, &month, "differs", 0, 10).await.unwrap();
        found.iter().find(|row| row.exporter.as_deref() == Some(self.exporter)).unwrap().id.to_string()
    }

    /// A change of the register that waits for a second person.
    async fn change(&self, house: &House) -> String {
        let staff = client(house, self.staff_user).await;
        let row = Cells::of([
            ("firm", self.broker),
            ("secretariat", self.secretariat),
            ("valid_from", "2027-01-01"),
            ("valid_to", ""),
        ]);
        let proposed = changes::propose(&house.office, &staff, Kind::Commitments, vec![row], "dilekçe").await.unwrap();
        let changes::Judged::Given(id) = proposed else { panic!("{proposed:?}") };
        id.to_string()
    }

    /// Somebody who wants to sign up for the exporter, and waits for its secretariats.
    async fn sign_up(&self, house: &House) -> String {
        let mut browser = house.browser();
        let form =
            exporters_form(&format!("{}@firma.example", self.exporter_user)).replace("1234567890", self.exporter);
        apply(&mut browser, "exporter", &form).await;
        let link = mailed_link(house, "application").await;
        let papers: [(&str, &str, &[u8]); 2] =
            [("petition", "dilekçe.pdf", b"%PDF-1.7 bir"), ("circular", "sirküler.png", b"\x89PNG\r\n\x1a\n")];
        upload(&mut browser, &link, &papers).await;
        browser.post(&format!("{link}/send"), String::new()).await;
        let queue = house.browser_of(self.staff_user).await.get("/staff/applications").await.body;
        let (_, rest) = queue.split_once("href=\"/staff/applications/").expect("an application");
        rest.split('"').next().unwrap().to_owned()
    }

    /// What those see whose all this is: nothing of it may have changed after others tried.
    pub(super) async fn seen_by_its_own(&self, browsers: &mut [Browser; 2]) -> Vec<String> {
        let named = |pattern: &str, name: &str| pattern.replace("{}", &self.objects[name]);
        let [exporter, staff] = browsers;
        let mut seen = Vec::new();
        for address in [
            named("/declarations/{}", "declaration"),
            named("/powers/held/{}", "power"),
            named("/powers/applications/{}", "application"),
            named("/accounts/{}", "account"),
            named("/accounts/{}/choice", "account"),
            "/users".to_owned(),
        ] {
            seen.push(exporter.get(&address).await.body);
        }
        for address in [
            named("/staff/declarations/{}", "declaration"),
            named("/staff/cases/{}", "case"),
            named("/staff/bank/{}", "line"),
            named("/staff/reconciliation/{}", "row"),
            named("/staff/changes/{}", "change"),
            named("/staff/applications/{}", "signup"),
            named("/staff/powers/{}", "application"),
            named("/staff/users/{}", "user"),
        ] {
            seen.push(staff.get(&address).await.body);
        }
        seen
    }

    pub(super) async fn its_own(&self, house: &House) -> [Browser; 2] {
        [house.browser_of(self.exporter_user).await, house.browser_of(self.staff_user).await]
    }
}
