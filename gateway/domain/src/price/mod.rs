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
use std::sync::OnceLock;

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
    /// Its part of an answer, once that was written: some hundred bytes an item.
    pub written: Written,
}

/// A text that follows from what it stands beside, kept so that it is written once. It never makes two values differ, and a
/// copy, which may be changed, begins without one.
#[derive(Debug, Default)]
pub struct Written(OnceLock<String>);

impl Written {
    /// The text; written now if it was not before.
    pub fn or_write(&self, write: impl FnOnce() -> String) -> &str {
        self.0.get_or_init(write)
    }
}

impl Clone for Written {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Written {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Written {}

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
    let before = findings.len();
    let foreign = rates.collect(checked, findings);
    if !findings.is_empty() {
        // Whatever else is wrong, what exceeds the invoice is told too, where the amounts can be reckoned with.
        let can_be_reckoned = findings.len() == before
            && (!foreign || bulletin.is_some())
            && checked.items.iter().all(|item| item.amount.is_some() && item.currency.is_some());
        if can_be_reckoned && let Err(found) = FobValues::of(checked, &rates) {
            findings.extend(found);
        }
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
    exact::over(exact::times(numerator, two)?.checked_add(denominator)?, exact::times(denominator, two)?)
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
}

impl UsedRate {
    /// Turkish lira for one unit of the currency.
    fn lira_per_unit(&self) -> Option<Decimal> {
        self.buying.checked_div(Decimal::from(self.unit))
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
    let too_long = |position: usize| Obstacle::Findings(too_long(checked, position));
    let FobValues { scale, shares, fobs } = FobValues::of(checked, rates).map_err(Obstacle::Findings)?;
    let mut price = Price {
        fee: Money::ZERO,
        fob_try: Money::ZERO,
        rates: rates.used.values().cloned().collect(),
        items: Vec::with_capacity(checked.items.len()),
        written: Written::default(),
    };
    let (mut fob_sum, denominator) =
        (I256::ZERO, exact::times(scale.money_times_rate(), shares.whole).ok_or_else(|| too_long(0))?);
    let mut sector_rate = None::<(&str, Rate)>;
    for (position, (item, fob)) in checked.items.iter().zip(fobs).enumerate() {
        let (Some(number), Some(gtip), Some(currency)) = (item.number, &item.gtip, &item.currency) else {
            return Err(Obstacle::Fault(Fault::Unavailable));
        };
        let sector = rules.sector_of(gtip).ok_or(Obstacle::Fault(Fault::Unavailable))?;
        let rate = if item.exempt || !checked.takes_fee {
            Rate::default()
        } else if let Some((_, rate)) = sector_rate.filter(|(known, _)| *known == sector) {
            rate // items beside each other are mostly of one sector
        } else {
            let row = rules.fee_rate_on(sector, today).ok_or(Obstacle::Fault(Fault::Unavailable))?;
            let rate = row.rate.checked_add(row.extra).ok_or(Obstacle::Fault(Fault::Unavailable))?;
            sector_rate = Some((sector, rate));
            rate
        };
        let fee = fee_of(fob, denominator, rate).ok_or_else(|| too_long(position))?;
        let shown = shares.shown(fob, currency, &scale).ok_or_else(|| too_long(position))?;
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
    price.fob_try = in_kurus(fob_sum, denominator).ok_or_else(|| too_long(0))?;
    Ok(price)
}

/// The FOB value of each item, exact: times [`Shares::whole`] and the scales.
struct FobValues<'a> {
    scale: Scale<'a>,
    shares: Shares,
    fobs: Vec<I256>,
}

impl<'a> FobValues<'a> {
    /// Of items that all have an amount in a currency with a rate; or what stands in the way.
    fn of(checked: &CheckedDeclaration, rates: &'a RatesInUse<'_>) -> Result<Self, Vec<Finding>> {
        let scale = Scale::of(checked, rates).ok_or_else(|| too_long(checked, 0))?;
        let shares = Shares::of(checked, &scale).ok_or_else(|| too_long(checked, 0))?;
        let (mut fobs, mut exceeding) = (Vec::with_capacity(checked.items.len()), Vec::new());
        for position in 0..checked.items.len() {
            let fob = shares.fob(checked, position, &scale).ok_or_else(|| too_long(checked, position))?;
            if fob < I256::ZERO {
                let finding = costs_exceed(checked, position);
                // The header's freight is told once, however many items it exceeds.
                if exceeding.iter().all(|before: &Finding| before.place != finding.place) {
                    exceeding.push(finding);
                }
            }
            fobs.push(fob);
        }
        if exceeding.is_empty() { Ok(Self { scale, shares, fobs }) } else { Err(exceeding) }
    }
}

fn too_long(checked: &CheckedDeclaration, position: usize) -> Vec<Finding> {
    let declared = checked.declaration.items.get(position);
    let place = declared.map(|item| item.amount.place(Field::ItemAmount, position_number(position)));
    let mut finding = Finding::new(Rule::NumberTooLong).item(declared.and_then(|item| item.number.text()));
    finding.value = declared.and_then(|item| item.amount.text()).map(ToOwned::to_owned);
    vec![if let Some(place) = place { finding.at(place) } else { finding }]
}

fn fee_of(fob: I256, denominator: I256, rate: Rate) -> Option<Money> {
    in_kurus(exact::times(fob, I256::from(rate.ppm()))?, exact::times(denominator, I256::from(1_000_000))?)
}

fn in_kurus(numerator: I256, denominator: I256) -> Option<Money> {
    let kurus = round_half_up(exact::times(numerator, I256::new(100))?, denominator)?;
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
struct Scale<'a> {
    amounts: u32,
    rates: u32,
    /// The rates as whole numbers, by currency.
    whole_rates: Vec<(&'a str, I256)>,
}

impl<'a> Scale<'a> {
    fn of(checked: &CheckedDeclaration, rates: &'a RatesInUse<'_>) -> Option<Self> {
        let costs = checked.items.iter().flat_map(|item| [&item.freight, &item.insurance]);
        let costs = costs.chain([&checked.freight, &checked.insurance]).flatten().map(|cost| cost.amount);
        let amounts = checked.items.iter().filter_map(|item| item.amount).chain(costs);
        let amounts = amounts.map(|amount| amount.normalize().scale()).max().unwrap_or(0);
        let used = rates.used.iter().map(|(currency, rate)| Some((currency.as_str(), rate.lira_per_unit()?)));
        let used: Vec<(&str, Decimal)> = used.chain([Some((LIRA, Decimal::ONE))]).collect::<Option<_>>()?;
        let rates = used.iter().map(|(_, rate)| rate.normalize().scale()).max().unwrap_or(0);
        let whole = |(currency, rate)| Some((currency, Self::whole(rate, rates)?));
        Some(Self { amounts, rates, whole_rates: used.into_iter().map(whole).collect::<Option<_>>()? })
    }

    fn whole(value: Decimal, scale: u32) -> Option<I256> {
        let value = value.normalize();
        let missing = scale.checked_sub(value.scale())?;
        exact::times(I256::from(value.mantissa()), exact::ten_to(missing)?)
    }

    fn amount(&self, value: Decimal) -> Option<I256> {
        Self::whole(value, self.amounts)
    }

    /// Turkish lira for one unit of the currency.
    fn rate(&self, currency: &str) -> Option<I256> {
        self.whole_rates.iter().find(|(known, _)| *known == currency).map(|(_, rate)| *rate)
    }

    /// What a product of an amount and a rate must be divided by.
    fn money_times_rate(&self) -> I256 {
        // Both are scales of decimals, 28 at most.
        exact::ten_to(self.amounts + self.rates).unwrap_or(I256::MAX)
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
    fn of(checked: &CheckedDeclaration, scale: &Scale) -> Option<Self> {
        let one_currency = checked.items.windows(2).all(|pair| matches!(pair, [a, b] if a.currency == b.currency));
        let weights: Option<Vec<I256>> = checked
            .items
            .iter()
            .map(|item| {
                let amount = scale.amount(item.amount?)?;
                if one_currency {
                    return Some(amount);
                }
                exact::times(amount, scale.rate(item.currency.as_deref()?)?)
            })
            .collect();
        let weights = weights?;
        let included = || checked.items.iter().filter(|item| item.costs_included);
        let in_lira = |cost: &Option<Cost>, shared: bool| match cost.as_ref().filter(|_| shared) {
            Some(cost) => lira(cost, scale),
            None => Some(I256::ZERO),
        };
        let freight = in_lira(&checked.freight, included().any(|item| item.freight.is_none()))?;
        let insurance = in_lira(&checked.insurance, included().any(|item| item.insurance.is_none()))?;
        let sum = weights.iter().try_fold(I256::ZERO, |sum, weight| sum.checked_add(*weight))?;
        let nothing_shared = (freight == I256::ZERO && insurance == I256::ZERO) || sum == I256::ZERO;
        Some(Self { weights, whole: if nothing_shared { I256::ONE } else { sum }, freight, insurance })
    }

    /// FOB value of an item in lira, times `whole` and the scales: exact.
    fn fob(&self, checked: &CheckedDeclaration, position: usize, scale: &Scale) -> Option<I256> {
        let item = checked.items.get(position)?;
        let rate = scale.rate(item.currency.as_deref()?)?;
        let value = exact::times(exact::times(scale.amount(item.amount?)?, rate)?, self.whole)?;
        if !item.costs_included {
            return Some(value);
        }
        let weight = *self.weights.get(position)?;
        let part = |own: &Option<Cost>, header: I256| match own {
            Some(cost) => exact::times(lira(cost, scale)?, self.whole),
            None => exact::times(header, weight),
        };
        value.checked_sub(part(&item.freight, self.freight)?)?.checked_sub(part(&item.insurance, self.insurance)?)
    }

    /// The FOB value in the item's own currency, rounded to two decimals for the eye.
    fn shown(&self, fob: I256, currency: &str, scale: &Scale) -> Option<Decimal> {
        let rate = exact::times(exact::ten_to(scale.amounts)?, scale.rate(currency)?)?;
        let denominator = exact::times(rate, self.whole)?;
        let hundredths = round_half_up(exact::times(fob, I256::new(100))?, denominator)?;
        Decimal::try_from_i128_with_scale(i128::try_from(hundredths).ok()?, 2).ok()
    }
}

fn lira(cost: &Cost, scale: &Scale) -> Option<I256> {
    exact::times(scale.amount(cost.amount)?, scale.rate(&cost.currency)?)
}

/// Products and quotients of whole numbers. Nearly all fit in 128 bits, which processors reckon with themselves; the
/// others take 256.
mod exact {
    use ethnum::I256;

    pub(super) fn times(one: I256, other: I256) -> Option<I256> {
        let short = short(one).zip(short(other)).and_then(|(one, other)| one.checked_mul(other));
        short.map(I256::from).or_else(|| one.checked_mul(other))
    }

    pub(super) fn over(numerator: I256, denominator: I256) -> Option<I256> {
        match (short(numerator), short(denominator)) {
            (Some(numerator), Some(denominator)) => numerator.checked_div(denominator).map(I256::from),
            _ => numerator.checked_div(denominator),
        }
    }

    /// Ten to this power.
    pub(super) fn ten_to(power: u32) -> Option<I256> {
        10_i128.checked_pow(power).map(I256::from).or_else(|| I256::new(10).checked_pow(power))
    }

    fn short(number: I256) -> Option<i128> {
        i128::try_from(number).ok()
    }
}

#[cfg(test)]
mod tests;
