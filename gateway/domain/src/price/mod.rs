//! What does an approval cost? The proportional fee (nispi aidat), exact to the kuruş.
//!
//! Per item: FOB value in its currency x the bulletin's forex buying rate x the sector's rate, rounded half up
//! once; the fee is their sum. Source: contract section 8, rules.

use crate::authority::AuthorisedDeclaration;
use crate::bulletin::Bulletin;
use crate::catalogue::Rule;
use crate::check::{CheckedDeclaration, Cost};
use crate::decision::Fault;
use crate::finding::{Field, Finding};
use crate::money::{Money, Rate};
use crate::rules::Rules;
use ethnum::I256;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// The fee and what it was computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The fee: the sum of the items' fees.
    pub fee: Money,
    /// FOB value of all items in Turkish lira, rounded once.
    pub fob_try: Money,
    /// The exchange rates used, one per currency, by code. Turkish lira needs none.
    pub rates: Vec<UsedRate>,
    /// Items in the order of the message.
    pub items: Vec<PricedItem>,
}

/// One exchange rate as used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedRate {
    /// ISO 4217 code.
    pub currency: String,
    /// Forex buying rate with the bank's decimals.
    pub buying: Decimal,
    /// Units of the currency that the rate is for.
    pub unit: u32,
    /// Date of the bulletin.
    pub date: Date,
    /// Number of the bulletin.
    pub bulletin: String,
}

/// The fee of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedItem {
    /// The item's own number.
    pub number: u32,
    /// Sector whose rate was used.
    pub sector: String,
    /// FOB value in its currency, shown with two decimals.
    pub fob: Decimal,
    /// Its currency.
    pub currency: String,
    /// Rate and extra rate together; zero when free of fee.
    pub rate: Rate,
    /// The fee.
    pub fee: Money,
}

/// A declaration that is sound in every respect and has its price: ready to be settled.
#[derive(Debug, Clone)]
pub struct PricedDeclaration {
    /// What was judged before.
    pub authorised: AuthorisedDeclaration,
    /// Its price today.
    pub price: Price,
}

/// Prices a declaration on a day, as far as it can be judged. Gives `None` when findings stand in the way.
///
/// # Errors
/// [`Fault::NoBulletin`] when an otherwise sound declaration needs a bulletin and there is none;
/// [`Fault::Unavailable`] when our own tables have no rate for a sector.
pub fn price(
    authorised: AuthorisedDeclaration,
    bulletin: Option<&Bulletin>,
    rules: &Rules,
    today: Date,
    findings: &mut Vec<Finding>,
) -> Result<Option<PricedDeclaration>, Fault> {
    let checked = &authorised.checked;
    let mut rates = RatesInUse { bulletin, used: BTreeMap::new() };
    let foreign = rates.collect(checked, findings);
    if !findings.is_empty() {
        return Ok(None);
    }
    if foreign && bulletin.is_none() {
        return Err(Fault::NoBulletin);
    }
    let price = match compute(checked, &rates, rules, today) {
        Ok(price) => price,
        Err(Obstacle::Findings(found)) => {
            findings.extend(found);
            return Ok(None);
        }
        Err(Obstacle::Fault(fault)) => return Err(fault),
    };
    Ok(Some(PricedDeclaration { authorised, price }))
}

/// The one rounding of money: half up, to whole units of `denominator`. Source.
fn round_half_up(numerator: I256, denominator: I256) -> Option<I256> {
    let two = I256::new(2);
    numerator.checked_mul(two)?.checked_add(denominator)?.checked_div(denominator.checked_mul(two)?)
}

enum Obstacle {
    Findings(Vec<Finding>),
    Fault(Fault),
}

/// The currencies of a declaration and their rates out of the bulletin.
struct RatesInUse<'a> {
    bulletin: Option<&'a Bulletin>,
    used: BTreeMap<String, UsedRate>,
}

impl RatesInUse<'_> {
    /// Looks up every currency that the price needs; true when any is foreign. Currencies that the bulletin
    /// lacks become findings, each at the element that names it.
    fn collect(&mut self, checked: &CheckedDeclaration, findings: &mut Vec<Finding>) -> bool {
        let declaration = &checked.declaration;
        let mut foreign = false;
        let mut needs = |currency: &str, finding: &dyn Fn() -> Finding| {
            if currency == LIRA {
                return;
            }
            foreign = true;
            let Some(bulletin) = self.bulletin else { return };
            match bulletin.rates.get(currency) {
                Some(rate) => {
                    self.used.entry(currency.to_owned()).or_insert_with(|| UsedRate {
                        currency: currency.to_owned(),
                        buying: rate.buying,
                        unit: rate.unit,
                        date: bulletin.date,
                        bulletin: bulletin.number.clone(),
                    });
                }
                None => findings.push(finding().value(currency).detail(bulletin.date.to_string())),
            }
        };
        let included = checked.items.iter().any(|item| item.costs_included);
        let header = [
            (&checked.freight, &declaration.freight_currency, Field::FreightCurrency),
            (&checked.insurance, &declaration.insurance_currency, Field::InsuranceCurrency),
        ];
        for (cost, entry, field) in header {
            if let Some(cost) = cost.as_ref().filter(|_| included) {
                needs(&cost.currency, &|| Finding::new(Rule::CurrencyNotInBulletin).at(entry.place(field, 0)));
            }
        }
        for ((item, declared), position) in checked.items.iter().zip(&declaration.items).zip(1..) {
            let freight = item.freight.as_ref().filter(|_| item.costs_included).map(|cost| &cost.currency);
            let insurance = item.insurance.as_ref().filter(|_| item.costs_included).map(|cost| &cost.currency);
            let parts = [
                (item.currency.as_ref(), &declared.currency, Field::ItemCurrency),
                (freight, &declared.freight_currency, Field::ItemFreightCurrency),
                (insurance, &declared.insurance_currency, Field::ItemInsuranceCurrency),
            ];
            for (currency, entry, field) in parts {
                let Some(currency) = currency else { continue };
                needs(currency, &|| {
                    let finding = Finding::new(Rule::CurrencyNotInBulletin).at(entry.place(field, position));
                    finding.item(declared.number.text())
                });
            }
        }
        foreign
    }

    /// Turkish lira for one unit of the currency.
    fn lira_per_unit(&self, currency: &str) -> Option<Decimal> {
        if currency == LIRA {
            return Some(Decimal::ONE);
        }
        let rate = self.used.get(currency)?;
        rate.buying.checked_div(Decimal::from(rate.unit))
    }
}

/// Turkish lira counts one and needs no bulletin.
const LIRA: &str = "TRY";

fn compute(
    checked: &CheckedDeclaration,
    rates: &RatesInUse<'_>,
    rules: &Rules,
    today: Date,
) -> Result<Price, Obstacle> {
    let too_long = |position: usize| {
        let declared = checked.declaration.items.get(position);
        let place = declared.map(|item| item.amount.place(Field::ItemAmount, position_number(position)));
        let mut finding = Finding::new(Rule::NumberTooLong).item(declared.and_then(|item| item.number.text()));
        finding.value = declared.and_then(|item| item.amount.text()).map(ToOwned::to_owned);
        Obstacle::Findings(vec![if let Some(place) = place { finding.at(place) } else { finding }])
    };
    let scale = Scale::of(checked, rates);
    let shares = Shares::of(checked, rates, &scale).ok_or_else(|| too_long(0))?;
    let mut price = Price {
        fee: Money::ZERO,
        fob_try: Money::ZERO,
        rates: rates.used.values().cloned().collect(),
        items: Vec::new(),
    };
    let (mut fob_sum, denominator) =
        (I256::ZERO, scale.money_times_rate().checked_mul(shares.whole).ok_or_else(|| too_long(0))?);
    let mut exceeding = Vec::new();
    for (position, item) in checked.items.iter().enumerate() {
        let (Some(number), Some(gtip), Some(currency)) = (item.number, &item.gtip, &item.currency) else {
            return Err(Obstacle::Fault(Fault::Unavailable));
        };
        let fob = shares.fob(checked, position, rates, &scale).ok_or_else(|| too_long(position))?;
        if fob < I256::ZERO {
            let finding = costs_exceed(checked, position);
            // The header's freight is told once, however many items it exceeds.
            if exceeding.iter().all(|before: &Finding| before.place != finding.place) {
                exceeding.push(finding);
            }
            continue;
        }
        let sector = rules.sector_of(gtip).ok_or(Obstacle::Fault(Fault::Unavailable))?;
        let rate = if item.exempt || !checked.takes_fee {
            Rate::default()
        } else {
            let row = rules.fee_rate_on(sector, today).ok_or(Obstacle::Fault(Fault::Unavailable))?;
            row.rate.checked_add(row.extra).ok_or(Obstacle::Fault(Fault::Unavailable))?
        };
        let fee = fee_of(fob, denominator, rate).ok_or_else(|| too_long(position))?;
        let shown = shares.shown(fob, currency, rates, &scale).ok_or_else(|| too_long(position))?;
        fob_sum = fob_sum.checked_add(fob).ok_or_else(|| too_long(position))?;
        price.fee = price.fee.checked_add(fee).ok_or_else(|| too_long(position))?;
        price.items.push(PricedItem {
            number,
            sector: sector.to_owned(),
            fob: shown,
            currency: currency.clone(),
            rate,
            fee,
        });
    }
    if !exceeding.is_empty() {
        return Err(Obstacle::Findings(exceeding));
    }
    price.fob_try = in_kurus(fob_sum, denominator).ok_or_else(|| too_long(0))?;
    Ok(price)
}

fn fee_of(fob: I256, denominator: I256, rate: Rate) -> Option<Money> {
    in_kurus(fob.checked_mul(I256::from(rate.ppm()))?, denominator.checked_mul(I256::from(1_000_000))?)
}

fn in_kurus(numerator: I256, denominator: I256) -> Option<Money> {
    let kurus = round_half_up(numerator.checked_mul(I256::new(100))?, denominator)?;
    i64::try_from(kurus).ok().and_then(Money::from_kurus)
}

fn costs_exceed(checked: &CheckedDeclaration, position: usize) -> Finding {
    let (item, declared) = (checked.items.get(position), checked.declaration.items.get(position));
    let own = item.is_some_and(|item| item.freight.is_some());
    let (entry, field, at) = match declared {
        Some(declared) if own => (&declared.freight, Field::ItemFreight, position_number(position)),
        _ => (&checked.declaration.freight, Field::Freight, 0),
    };
    let mut finding = Finding::new(Rule::CostsExceedInvoice).at(entry.place(field, at));
    finding.value = entry.text().map(ToOwned::to_owned);
    finding.item(declared.filter(|_| own).and_then(|item| item.number.text()))
}

fn position_number(position: usize) -> u32 {
    u32::try_from(position + 1).unwrap_or(u32::MAX)
}

/// Common scales, so that every amount and every rate of a declaration is a whole number.
struct Scale {
    amounts: u32,
    rates: u32,
}

impl Scale {
    fn of(checked: &CheckedDeclaration, rates: &RatesInUse<'_>) -> Self {
        let costs = checked.items.iter().flat_map(|item| [&item.freight, &item.insurance]);
        let costs = costs.chain([&checked.freight, &checked.insurance]).flatten().map(|cost| cost.amount);
        let amounts = checked.items.iter().filter_map(|item| item.amount).chain(costs);
        let used = rates.used.keys().filter_map(|currency| rates.lira_per_unit(currency));
        Self {
            amounts: amounts.map(|amount| amount.normalize().scale()).max().unwrap_or(0),
            rates: used.map(|rate| rate.normalize().scale()).max().unwrap_or(0),
        }
    }

    fn whole(value: Decimal, scale: u32) -> Option<I256> {
        let value = value.normalize();
        let missing = scale.checked_sub(value.scale())?;
        I256::from(value.mantissa()).checked_mul(I256::new(10).checked_pow(missing)?)
    }

    fn amount(&self, value: Decimal) -> Option<I256> {
        Self::whole(value, self.amounts)
    }

    fn rate(&self, value: Decimal) -> Option<I256> {
        Self::whole(value, self.rates)
    }

    /// What a product of an amount and a rate must be divided by.
    fn money_times_rate(&self) -> I256 {
        I256::new(10).pow(self.amounts + self.rates)
    }
}

/// How the header's freight and insurance are shared: by invoice amount, in lira where currencies differ.
struct Shares {
    weights: Vec<I256>,
    /// The sum of the weights, or 1 when nothing is shared. Every FOB value is a fraction of this.
    whole: I256,
    freight: I256,
    insurance: I256,
}

impl Shares {
    fn of(checked: &CheckedDeclaration, rates: &RatesInUse<'_>, scale: &Scale) -> Option<Self> {
        let one_currency = checked.items.windows(2).all(|pair| matches!(pair, [a, b] if a.currency == b.currency));
        let weights: Option<Vec<I256>> = checked
            .items
            .iter()
            .map(|item| {
                let amount = scale.amount(item.amount?)?;
                if one_currency {
                    return Some(amount);
                }
                amount.checked_mul(scale.rate(rates.lira_per_unit(item.currency.as_deref()?)?)?)
            })
            .collect();
        let weights = weights?;
        let included = || checked.items.iter().filter(|item| item.costs_included);
        let in_lira = |cost: &Option<Cost>, shared: bool| match cost.as_ref().filter(|_| shared) {
            Some(cost) => lira(cost, rates, scale),
            None => Some(I256::ZERO),
        };
        let freight = in_lira(&checked.freight, included().any(|item| item.freight.is_none()))?;
        let insurance = in_lira(&checked.insurance, included().any(|item| item.insurance.is_none()))?;
        let sum = weights.iter().try_fold(I256::ZERO, |sum, weight| sum.checked_add(*weight))?;
        let nothing_shared = (freight == I256::ZERO && insurance == I256::ZERO) || sum == I256::ZERO;
        Some(Self { weights, whole: if nothing_shared { I256::ONE } else { sum }, freight, insurance })
    }

    /// FOB value of an item in lira, times `whole` and the scales: exact.
    fn fob(
        &self,
        checked: &CheckedDeclaration,
        position: usize,
        rates: &RatesInUse<'_>,
        scale: &Scale,
    ) -> Option<I256> {
        let item = checked.items.get(position)?;
        let rate = scale.rate(rates.lira_per_unit(item.currency.as_deref()?)?)?;
        let value = scale.amount(item.amount?)?.checked_mul(rate)?.checked_mul(self.whole)?;
        if !item.costs_included {
            return Some(value);
        }
        let weight = *self.weights.get(position)?;
        let part = |own: &Option<Cost>, header: I256| match own {
            Some(cost) => lira(cost, rates, scale)?.checked_mul(self.whole),
            None => header.checked_mul(weight),
        };
        value.checked_sub(part(&item.freight, self.freight)?)?.checked_sub(part(&item.insurance, self.insurance)?)
    }

    /// The FOB value in the item's own currency, rounded to two decimals for the eye.
    fn shown(&self, fob: I256, currency: &str, rates: &RatesInUse<'_>, scale: &Scale) -> Option<Decimal> {
        let rate = scale.rate(rates.lira_per_unit(currency)?)?;
        let denominator = I256::new(10).checked_pow(scale.amounts)?.checked_mul(rate)?.checked_mul(self.whole)?;
        let hundredths = round_half_up(fob.checked_mul(I256::new(100))?, denominator)?;
        Decimal::try_from_i128_with_scale(i128::try_from(hundredths).ok()?, 2).ok()
    }
}

fn lira(cost: &Cost, rates: &RatesInUse<'_>, scale: &Scale) -> Option<I256> {
    scale.amount(cost.amount)?.checked_mul(scale.rate(rates.lira_per_unit(&cost.currency)?)?)
}

#[cfg(test)]
mod tests;
