//! Who is who in the demo, what they may do and what they hold: read from the store, as it is now.
//!
//! [`Info`] has exactly the shape of the file that `ebirlik demo --info` writes. Source: contract section 11.

use super::{DemoError, FIRMS, USERS, cell, password, payment_password, rows};
use crate::{Office, Role, Roles};
use ebirlik_domain::authority::AuthorityFacts;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::money::Money;
use serde::Serialize;
use std::collections::BTreeMap;

/// The file that `--info` writes.
#[derive(Debug, Clone, Serialize)]
pub struct Info {
    /// Where the server listens.
    pub base_url: String,
    /// Address of its store.
    pub database: String,
    /// Its folder.
    pub data_dir: String,
    /// Everything else.
    #[serde(flatten)]
    pub cast: Cast,
}

/// The parties of the demo.
#[derive(Debug, Clone, Serialize)]
pub struct Cast {
    /// Secretariats that take part.
    pub secretariats: Vec<String>,
    /// Customs brokers.
    pub brokers: Vec<Broker>,
    /// Exporters.
    pub exporters: Vec<Exporter>,
    /// A customs officer.
    pub customs: SignIn,
    /// Staff of the secretariats.
    pub staff: Vec<Staff>,
    /// Who runs the installation.
    pub admin: SignIn,
    /// Exchange rates in force.
    pub rates: Rates,
}

/// A customs broker.
#[derive(Debug, Clone, Serialize)]
pub struct Broker {
    /// Tax number.
    pub tax_no: String,
    /// Title.
    pub title: String,
    /// User code.
    pub user: String,
    /// Password to send.
    pub password: String,
    /// Password to pay.
    pub payment_password: String,
    /// Secretariats of its commitment that hold today.
    pub commitment: Vec<String>,
    /// For whom it can get a declaration approved today.
    pub may_act_for: Vec<MayActFor>,
    /// Its current accounts.
    pub accounts: Vec<Account>,
}

/// An exporter for whom a broker can get declarations approved: power, membership, commitment and payer are in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MayActFor {
    /// Tax number.
    pub exporter: String,
    /// At which secretariats.
    pub secretariats: Vec<String>,
}

/// An exporter.
#[derive(Debug, Clone, Serialize)]
pub struct Exporter {
    /// Tax number.
    pub tax_no: String,
    /// Title.
    pub title: String,
    /// Secretariats with a union of which it is a member today.
    pub memberships: Vec<String>,
    /// User code.
    pub user: String,
    /// Password to send.
    pub password: String,
    /// Password to pay.
    pub payment_password: String,
    /// Its current accounts.
    pub accounts: Vec<Account>,
}

/// A current account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Its name.
    pub id: String,
    /// Where it is held.
    pub secretariat: String,
    /// What it holds now.
    pub balance: String,
    /// It is debited automatically: an exporter's for its own declarations, a broker's for those of an exporter.
    pub pays: bool,
}

/// User code and password.
#[derive(Debug, Clone, Serialize)]
pub struct SignIn {
    /// User code.
    pub user: String,
    /// Password.
    pub password: String,
}

/// A member of a secretariat's staff.
#[derive(Debug, Clone, Serialize)]
pub struct Staff {
    /// Of which secretariat.
    pub secretariat: String,
    /// User code.
    pub user: String,
    /// Password.
    pub password: String,
}

/// The exchange rates in force: lira for one dollar and one euro.
#[derive(Debug, Clone, Serialize)]
pub struct Rates {
    /// Day of the bulletin.
    pub date: String,
    /// US dollar.
    #[serde(rename = "USD")]
    pub usd: String,
    /// Euro.
    #[serde(rename = "EUR")]
    pub eur: String,
}

/// Tells the parties of the demo as the store knows them now.
///
/// # Errors
/// When the store does not answer or does not hold the demo.
pub async fn cast(office: &Office) -> Result<Cast, DemoError> {
    let users = Users::read();
    let facts = Facts::read(office).await?;
    let (mut brokers, mut exporters) = (Vec::new(), Vec::new());
    for row in rows(FIRMS) {
        let tax_no = cell(&row, "tax_no").to_owned();
        let missing = || DemoError::Missing(format!("firm {tax_no}"));
        let firm = office.store.find_firm(&tax_no).await?.ok_or_else(missing)?;
        let user = users.of_firm(&tax_no).ok_or_else(missing)?;
        let (title, password, payment_password) = (firm.title, password(&user), payment_password(&user));
        let accounts = accounts(office, &facts, &tax_no).await?;
        if firm.kind == "broker" {
            let (commitment, may_act_for) = (facts.commitment_of(&tax_no), facts.may_act_for(&tax_no));
            brokers.push(Broker { tax_no, title, user, password, payment_password, commitment, may_act_for, accounts });
        } else {
            let memberships = facts.memberships_of(&tax_no);
            exporters.push(Exporter { tax_no, title, memberships, user, password, payment_password, accounts });
        }
    }
    Ok(Cast {
        secretariats: users.staff.iter().map(|staff| staff.secretariat.clone()).collect(),
        brokers,
        exporters,
        customs: users.one(Role::Customs)?,
        admin: users.one(Role::Admin)?,
        staff: users.staff,
        rates: rates(office).await?,
    })
}

/// The users of the demo's file.
struct Users {
    /// Code, roles and firm.
    all: Vec<(String, Roles, String)>,
    staff: Vec<Staff>,
}

impl Users {
    fn read() -> Self {
        let (mut all, mut staff) = (Vec::new(), Vec::new());
        for row in rows(USERS) {
            let user = cell(&row, "user").to_owned();
            let roles = Roles::parse(cell(&row, "roles")).unwrap_or_default();
            if roles.has(Role::Staff) {
                let secretariat = cell(&row, "secretariat").to_owned();
                staff.push(Staff { secretariat, password: password(&user), user: user.clone() });
            }
            all.push((user, roles, cell(&row, "firm").to_owned()));
        }
        Self { all, staff }
    }

    fn of_firm(&self, tax_no: &str) -> Option<String> {
        self.all.iter().find(|(.., firm)| firm == tax_no).map(|(user, ..)| user.clone())
    }

    fn one(&self, role: Role) -> Result<SignIn, DemoError> {
        let found = self.all.iter().find(|(_, roles, _)| roles.has(role));
        let (user, ..) = found.ok_or_else(|| DemoError::Missing(format!("user with the role {}", role.as_str())))?;
        Ok(SignIn { user: user.clone(), password: password(user) })
    }
}

/// What the register says today of each exporter, declarant and secretariat of the demo.
struct Facts(BTreeMap<(String, String, String), AuthorityFacts>);

impl Facts {
    async fn read(office: &Office) -> Result<Self, DemoError> {
        let (today, rules) = (office.clock.today(), office.rules());
        let firms = rows(FIRMS);
        let of_kind = |kind: &'static str| firms.iter().filter(move |row| cell(row, "kind") == kind);
        let mut facts = BTreeMap::new();
        for exporter in of_kind("exporter").map(|row| cell(row, "tax_no")) {
            let declarants = of_kind("broker").map(|row| cell(row, "tax_no")).chain([exporter]);
            for declarant in declarants {
                for secretariat in rules.secretariats.keys() {
                    let (found, _) = office.store.authority(exporter, declarant, secretariat, today).await?;
                    facts.insert((exporter.to_owned(), declarant.to_owned(), secretariat.clone()), found);
                }
            }
        }
        Ok(Self(facts))
    }

    fn memberships_of(&self, firm: &str) -> Vec<String> {
        let own = self.0.iter().filter(|((exporter, declarant, _), _)| exporter == firm && declarant == firm);
        own.filter(|(_, facts)| facts.member).map(|((.., secretariat), _)| secretariat.clone()).collect()
    }

    fn commitment_of(&self, firm: &str) -> Vec<String> {
        let named = self.0.iter().filter(|((_, declarant, _), facts)| declarant == firm && facts.committed);
        let mut named: Vec<String> = named.map(|((.., secretariat), _)| secretariat.clone()).collect();
        named.sort();
        named.dedup();
        named
    }

    fn may_act_for(&self, broker: &str) -> Vec<MayActFor> {
        let mut pairs: Vec<MayActFor> = Vec::new();
        for ((exporter, declarant, secretariat), facts) in &self.0 {
            let pays = facts.payer.is_some_and(|payer| payer.automatic);
            if declarant != broker || !(facts.power && facts.member && facts.committed && pays) {
                continue;
            }
            match pairs.last_mut().filter(|pair| pair.exporter == *exporter) {
                Some(pair) => pair.secretariats.push(secretariat.clone()),
                None => {
                    pairs.push(MayActFor { exporter: exporter.clone(), secretariats: vec![secretariat.clone()] });
                }
            }
        }
        pairs
    }

    /// True when the account is debited automatically for declarations of anybody.
    fn pays(&self, account: i64) -> bool {
        self.0.values().filter_map(|facts| facts.payer).any(|payer| payer.automatic && payer.account == account)
    }
}

async fn accounts(office: &Office, facts: &Facts, firm: &str) -> Result<Vec<Account>, DemoError> {
    let accounts = office.store.list_accounts(firm).await?.into_iter();
    Ok(accounts
        .map(|account| Account {
            id: account.name(),
            pays: facts.pays(account.id),
            balance: Money::from_kurus(account.balance_kurus).unwrap_or_default().to_string(),
            secretariat: account.secretariat,
        })
        .collect())
}

async fn rates(office: &Office) -> Result<Rates, DemoError> {
    let bulletin = office.bulletin_on(office.clock.today()).await?.ok_or(Fault::NoBulletin)?;
    let rate = |currency: &str| {
        let rate = bulletin.rates.get(currency).map(|rate| rate.buying.to_string());
        rate.ok_or_else(|| DemoError::Missing(format!("rate of {currency}")))
    };
    Ok(Rates { date: bulletin.date.to_string(), usd: rate("USD")?, eur: rate("EUR")? })
}
