//! Is the content of a declaration acceptable? Every rule on required values, forms and code lists.
//!
//! Nothing stops at the first error: what cannot be judged stays `None`, and every finding is collected.
//! Source of the rules: contract section 4, "Required" and "Values".

use crate::catalogue::Rule;
use crate::declaration::{Declaration, DeclaredItem, Entry};
use crate::finding::{Field, Finding, Place};
use crate::number;
use crate::rules::{ExemptionKind, Rules};
use crate::tax_number::TaxNumber;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::HashSet;
use std::sync::Arc;

/// Longest reference that we take, in characters. Customs' own column holds 30; twice that leaves room.
pub const REFERENCE_CHARACTERS_MAX: usize = 64;

/// A declaration whose content was judged. A value is `None` only where a finding says why.
#[derive(Debug, Clone)]
pub struct CheckedDeclaration {
    /// What was declared.
    pub declaration: Arc<Declaration>,
    /// A secretariat that may be chosen.
    pub secretariat: Option<String>,
    /// True when the sender asked to wait for payment (`BEKLET`).
    pub hold: bool,
    /// The exporter.
    pub exporter: Option<TaxNumber>,
    /// The declarant.
    pub declarant: Option<TaxNumber>,
    /// Whether the regime bears the fee.
    pub takes_fee: bool,
    /// Total invoice amount.
    pub invoice_total: Option<Decimal>,
    /// Freight of the header.
    pub freight: Option<Cost>,
    /// Insurance of the header.
    pub insurance: Option<Cost>,
    /// Items in the order of the message.
    pub items: Vec<CheckedItem>,
}

/// An item whose content was judged.
#[derive(Debug, Clone)]
pub struct CheckedItem {
    /// Its own number.
    pub number: Option<u32>,
    /// Twelve digits that are known.
    pub gtip: Option<String>,
    /// Kilograms, above zero.
    pub net_weight: Option<Decimal>,
    /// Invoice amount; zero only when sent free of charge.
    pub amount: Option<Decimal>,
    /// Its currency.
    pub currency: Option<String>,
    /// True when freight and insurance are part of the invoice amount.
    pub costs_included: bool,
    /// True when it is sent free of charge and so bears no fee.
    pub exempt: bool,
    /// Its own freight, above zero.
    pub freight: Option<Cost>,
    /// Its own insurance, above zero.
    pub insurance: Option<Cost>,
}

/// Freight or insurance: an amount above zero and its currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Above zero.
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: String,
}

/// Judges the content on a day. What is judged more than once is shared, not copied.
pub fn check(
    declaration: impl Into<Arc<Declaration>>,
    rules: &Rules,
    today: Date,
    findings: &mut Vec<Finding>,
) -> CheckedDeclaration {
    let declaration = declaration.into();
    let mut judge = Judge { rules, today, findings, position: 0, item: None };
    judge.findings.extend(declaration.findings.iter().cloned());
    let (secretariat, hold) = judge.wrapper(&declaration);
    let mut checked = CheckedDeclaration {
        secretariat,
        hold,
        exporter: None,
        declarant: None,
        takes_fee: true,
        invoice_total: None,
        freight: None,
        insurance: None,
        items: Vec::new(),
        declaration,
    };
    if checked.declaration.is_empty {
        let place = Place::Field { field: Field::Declaration, position: 0, at: checked.declaration.items_at };
        judge.findings.push(Finding::new(Rule::Missing).at(place));
    } else {
        judge.header(&mut checked);
        judge.items(&mut checked);
        judge.total(&checked);
    }
    checked
}

/// Delivery terms whose invoice amount includes freight and insurance. Source: rule.
const COSTS_INCLUDED: [&str; 10] = ["CFR", "CIF", "CPT", "CIP", "DAP", "DAT", "DDP", "DDU", "DES", "DEQ"];

struct Judge<'a> {
    rules: &'a Rules,
    today: Date,
    findings: &'a mut Vec<Finding>,
    /// The item being judged, from 1; 0 for the header.
    position: u32,
    /// Its own number as declared.
    item: Option<String>,
}

impl Judge<'_> {
    fn find(&mut self, rule: Rule, entry: &Entry, field: Field) {
        let mut finding = Finding::new(rule).at(entry.place(field, self.position)).item(self.item.clone());
        finding.value = entry.text().map(ToOwned::to_owned);
        self.findings.push(finding);
    }

    fn required<'e>(&mut self, entry: &'e Entry, field: Field) -> Option<&'e str> {
        let text = entry.text();
        if text.is_none() {
            self.find(Rule::Missing, entry, field);
        }
        text
    }

    /// A required value out of a code list.
    fn listed<'e>(
        &mut self,
        entry: &'e Entry,
        field: Field,
        known: impl Fn(&Rules, &str) -> bool,
        rule: Rule,
    ) -> Option<&'e str> {
        let text = self.required(entry, field)?;
        if known(self.rules, text) {
            return Some(text);
        }
        self.find(rule, entry, field);
        None
    }

    fn currency<'e>(&mut self, entry: &'e Entry, field: Field) -> Option<&'e str> {
        self.listed(entry, field, |rules, text| rules.currencies.contains(text), Rule::CurrencyUnknown)
    }

    fn number(&mut self, entry: &Entry, field: Field) -> Option<Decimal> {
        match number::parse(self.required(entry, field)?) {
            Ok(number) => Some(number),
            Err(rule) => {
                self.find(rule, entry, field);
                None
            }
        }
    }

    fn tax_number(&mut self, entry: &Entry, field: Field) -> Option<TaxNumber> {
        match TaxNumber::parse(self.required(entry, field)?) {
            Ok(number) => Some(number),
            Err(rule) => {
                self.find(rule, entry, field);
                None
            }
        }
    }

    /// Freight or insurance. Zero is absent (customs makes senders write a zero); without a currency of its own
    /// it is in the invoice's.
    fn cost(&mut self, amount: &Entry, currency: &Entry, fields: (Field, Field), invoice: &Entry) -> Option<Cost> {
        amount.text()?;
        let number = self.number(amount, fields.0)?;
        let currency = match currency.text() {
            Some(_) => self.currency(currency, fields.1)?,
            None => invoice.text().filter(|code| self.rules.currencies.contains(*code))?,
        };
        (!number.is_zero()).then(|| Cost { amount: number, currency: currency.to_owned() })
    }

    fn wrapper(&mut self, declaration: &Declaration) -> (Option<String>, bool) {
        let secretariat = self.listed(
            &declaration.secretariat,
            Field::Secretariat,
            |rules, text| rules.secretariats.contains_key(text),
            Rule::SecretariatUnknown,
        );
        let hold = match declaration.payment.text() {
            None | Some("CARI_HESAP") => false,
            Some("BEKLET") => true,
            Some(_) => {
                self.find(Rule::PaymentUnknown, &declaration.payment, Field::Payment);
                false
            }
        };
        (secretariat.map(ToOwned::to_owned), hold)
    }

    fn header(&mut self, checked: &mut CheckedDeclaration) {
        let declaration = &checked.declaration;
        if let Some(reference) = self.required(&declaration.reference, Field::Reference)
            && (reference.chars().count() > REFERENCE_CHARACTERS_MAX || reference.contains(char::is_control))
        {
            self.find(Rule::ReferenceForm, &declaration.reference, Field::Reference);
            if let Some(finding) = self.findings.last_mut() {
                finding.detail = Some(REFERENCE_CHARACTERS_MAX.to_string());
            }
        }
        checked.takes_fee = self.regime(&declaration.regime);
        self.listed(
            &declaration.office,
            Field::Office,
            |rules, text| rules.offices.contains_key(text),
            Rule::OfficeUnknown,
        );
        self.listed(
            &declaration.destination,
            Field::Destination,
            |rules, text| rules.countries.contains(text),
            Rule::CountryUnknown,
        );
        self.delivery_term(&declaration.delivery_term, Field::DeliveryTerm);
        checked.invoice_total = self.number(&declaration.invoice_total, Field::InvoiceTotal);
        self.currency(&declaration.invoice_currency, Field::InvoiceCurrency);
        let invoice = &declaration.invoice_currency;
        let fields = (Field::Freight, Field::FreightCurrency);
        checked.freight = self.cost(&declaration.freight, &declaration.freight_currency, fields, invoice);
        let fields = (Field::Insurance, Field::InsuranceCurrency);
        checked.insurance = self.cost(&declaration.insurance, &declaration.insurance_currency, fields, invoice);
        checked.exporter = self.tax_number(&declaration.exporter, Field::Exporter);
        checked.declarant = self.tax_number(&declaration.declarant, Field::Declarant);
    }

    fn regime(&mut self, entry: &Entry) -> bool {
        let Some(regime) =
            self.listed(entry, Field::Regime, |rules, text| rules.regimes.contains_key(text), Rule::RegimeUnknown)
        else {
            return true;
        };
        let (needs_approval, takes_fee) = self.rules.regime_on(regime, self.today);
        if self.rules.regimes.get(regime) != Some(&true) {
            self.find(Rule::RegimeNotExport, entry, Field::Regime);
        } else if !needs_approval {
            self.find(Rule::RegimeNoApproval, entry, Field::Regime);
        }
        takes_fee
    }

    fn delivery_term<'e>(&mut self, entry: &'e Entry, field: Field) -> Option<&'e str> {
        self.listed(entry, field, |rules, text| rules.delivery_terms.contains(text), Rule::DeliveryTermUnknown)
    }

    fn items(&mut self, checked: &mut CheckedDeclaration) {
        if checked.declaration.items.is_empty() {
            let place = Place::Field { field: Field::Items, position: 0, at: checked.declaration.items_at };
            self.findings.push(Finding::new(Rule::ItemsMissing).at(place));
        }
        let mut seen = HashSet::new();
        let mut items = Vec::with_capacity(checked.declaration.items.len());
        for item in &checked.declaration.items {
            self.position += 1;
            self.item = item.number.text().map(ToOwned::to_owned);
            items.push(self.item(item, &checked.declaration.delivery_term, &mut seen));
        }
        self.position = 0;
        self.item = None;
        checked.items = items;
    }

    fn item(&mut self, item: &DeclaredItem, header_term: &Entry, seen: &mut HashSet<u32>) -> CheckedItem {
        let number = self.item_number(&item.number, seen);
        let gtip = self.gtip(&item.gtip);
        let net_weight = self.number(&item.net_weight, Field::ItemNetWeight).filter(|weight| {
            if weight.is_zero() {
                self.find(Rule::NotPositive, &item.net_weight, Field::ItemNetWeight);
            }
            !weight.is_zero()
        });
        let property = item.property.text().unwrap_or_default();
        let unpaid = FREE_PROPERTIES.contains(&property);
        let amount = self.number(&item.amount, Field::ItemAmount).filter(|amount| {
            let refused = amount.is_zero() && !unpaid;
            if refused {
                self.find(Rule::AmountZero, &item.amount, Field::ItemAmount);
            }
            !refused
        });
        let currency = self.currency(&item.currency, Field::ItemCurrency);
        let term = match item.delivery_term.text() {
            Some(_) => self.delivery_term(&item.delivery_term, Field::ItemDeliveryTerm),
            None => header_term.text(),
        };
        let methods = &item.payment_methods;
        let is_exempt = |kind, value: &str| self.rules.is_exempt(kind, value, self.today);
        let exempt = is_exempt(ExemptionKind::ItemProperty, property)
            || (!methods.is_empty() && methods.iter().all(|method| is_exempt(ExemptionKind::PaymentMethod, method)));
        let freight = (Field::ItemFreight, Field::ItemFreightCurrency);
        let insurance = (Field::ItemInsurance, Field::ItemInsuranceCurrency);
        CheckedItem {
            number,
            gtip,
            net_weight,
            amount,
            costs_included: term.is_some_and(|term| COSTS_INCLUDED.contains(&term)),
            exempt,
            freight: self.cost(&item.freight, &item.freight_currency, freight, &item.currency),
            insurance: self.cost(&item.insurance, &item.insurance_currency, insurance, &item.currency),
            currency: currency.map(ToOwned::to_owned),
        }
    }

    fn item_number(&mut self, entry: &Entry, seen: &mut HashSet<u32>) -> Option<u32> {
        let text = self.required(entry, Field::ItemNumber)?;
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let Some(number) = digits.then(|| text.parse().ok()).flatten().filter(|number| *number > 0) else {
            self.find(Rule::ItemNumberForm, entry, Field::ItemNumber);
            return None;
        };
        if !seen.insert(number) {
            self.find(Rule::ItemNumberTwice, entry, Field::ItemNumber);
            return None;
        }
        Some(number)
    }

    fn gtip(&mut self, entry: &Entry) -> Option<String> {
        let text = self.required(entry, Field::ItemGtip)?;
        if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            self.find(Rule::GtipForm, entry, Field::ItemGtip);
            return None;
        }
        if !self.rules.knows_gtip(text) {
            self.find(Rule::GtipUnknown, entry, Field::ItemGtip);
            return None;
        }
        Some(text.to_owned())
    }

    /// The items' amounts must add up to the total, where all are in one currency.
    fn total(&mut self, checked: &CheckedDeclaration) {
        let declaration = &checked.declaration;
        let currency = declaration.invoice_currency.text();
        let (Some(total), Some(_)) = (checked.invoice_total, currency) else { return };
        let one_currency = declaration.items.iter().all(|item| item.currency.text() == currency);
        if !one_currency || declaration.items.is_empty() {
            return;
        }
        let mut sum = Some(Decimal::ZERO);
        for item in &declaration.items {
            let amount = item.amount.text().and_then(|text| number::parse(text).ok());
            let Some(amount) = amount else { return };
            sum = sum.and_then(|sum| sum.checked_add(amount));
        }
        if sum != Some(total) {
            self.find(Rule::AmountsDisagree, &declaration.invoice_total, Field::InvoiceTotal);
            if let (Some(finding), Some(sum)) = (self.findings.last_mut(), sum) {
                finding.detail = Some(sum.to_string());
            }
        }
    }
}

/// Characteristics with which an invoice amount may be zero. Source: contract section 4.
const FREE_PROPERTIES: [&str; 2] = ["02", "15"];
