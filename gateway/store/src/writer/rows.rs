//! The rows of a batch, and the stored detail of an approval.

use crate::events::{EventRow, hex};
use crate::packed::Packed;
use crate::parties::Basis;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::finding::{Finding, Place};
use ebirlik_domain::money::{Money, Rate};
use ebirlik_domain::price::{Price, PricedItem, UsedRate};
use jiff::civil::Date;
use serde::{Deserialize, Serialize, Serializer};

/// Rows as one JSON array. Our rows hold only texts and numbers, which always serialise.
pub(crate) fn json<R: Serialize>(rows: &[R]) -> String {
    serde_json::to_string(rows).expect("rows of texts and numbers serialise")
}

/// Everything that a batch writes.
pub(super) struct Rows<'a> {
    /// Declarations that are new.
    pub(super) fresh: Vec<DeclarationRow<'a>>,
    /// Declarations that stood and changed.
    pub(super) touched: Vec<DeclarationRow<'a>>,
    pub(super) versions: Vec<VersionRow<'a>>,
    pub(super) approvals: Vec<ApprovalRow<'a>>,
    pub(super) transfers: Vec<TransferRow>,
    pub(super) events: Vec<EventRow>,
    /// What each account pays in all.
    pub(super) debits: Vec<DebitRow>,
    /// What is debited by each power that has a daily limit.
    pub(super) spendings: Vec<SpendingRow<'a>>,
}

impl Rows<'_> {
    /// True when the batch changes nothing: replays and refusals alone.
    pub(super) fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.touched.is_empty() && self.events.is_empty()
    }
}

/// Bytes in JSON are hexadecimal digits.
pub(crate) fn as_hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex(bytes))
}

pub(super) struct DeclarationRow<'a> {
    pub(super) id: i64,
    pub(super) key: [u8; 16],
    pub(super) declarant: &'a str,
    pub(super) reference: &'a str,
    pub(super) exporter: &'a str,
    pub(super) secretariat: &'a str,
    pub(super) digest: Vec<u8>,
    pub(super) state: &'static str,
    pub(super) version: u32,
    pub(super) received_at: i64,
    /// Waits, because its sender asked for it.
    pub(super) hold: bool,
}

pub(super) struct VersionRow<'a> {
    pub(super) declaration_id: i64,
    pub(super) version: u32,
    pub(super) digest: &'a [u8],
    pub(super) content: &'a [u8],
    pub(super) dictionary: i64,
    pub(super) sent_by: &'a str,
    pub(super) sent_at: i64,
}

pub(super) struct ApprovalRow<'a> {
    pub(super) declaration_id: i64,
    pub(super) version: u32,
    pub(super) code: String,
    pub(super) collision: u32,
    pub(super) record_no: String,
    pub(super) kind: &'static str,
    pub(super) approved_at: i64,
    pub(super) valid_until: Option<String>,
    pub(super) fee_kurus: i64,
    pub(super) fob_try_kurus: i64,
    pub(super) account_id: Option<i64>,
    pub(super) balance_kurus: Option<i64>,
    pub(super) detail: &'a [u8],
    pub(super) dictionary: i64,
    pub(super) notices: Option<String>,
    pub(super) renderer: u32,
    pub(super) answer_digest: [u8; 32],
    pub(super) basis: Basis,
}

pub(super) struct TransferRow {
    pub(super) id: i64,
    pub(super) debit_account: i64,
    pub(super) credit_account: i64,
    pub(super) amount_kurus: i64,
    pub(super) declaration_id: i64,
    pub(super) booked_at: i64,
}

pub(super) struct DebitRow {
    pub(super) id: i64,
    pub(super) amount_kurus: i64,
}

/// A power that has a daily limit, in one order on all servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct LimitedPower<'a> {
    pub(super) exporter: &'a str,
    pub(super) declarant: &'a str,
    pub(super) secretariat: &'a str,
    pub(super) valid_from: Date,
}

pub(super) struct SpendingRow<'a> {
    pub(super) power: LimitedPower<'a>,
    pub(super) day: Date,
    pub(super) amount_kurus: i64,
    pub(super) limit_kurus: i64,
}

/// What an approval's answer is made of beside its columns and notices.
#[derive(Serialize, Deserialize)]
pub(crate) struct Detail {
    rates: Vec<RateDetail>,
    items: Vec<ItemDetail>,
    /// Of rows that have no notices of their own yet.
    #[serde(default, skip_serializing)]
    notices: Vec<NoticeDetail>,
}

#[derive(Serialize, Deserialize)]
struct RateDetail {
    currency: String,
    buying: String,
    unit: u32,
    date: String,
    bulletin: String,
}

/// Short names: an item of goods costs this row in every approval.
#[derive(Serialize, Deserialize)]
struct ItemDetail {
    n: u32,
    sector: String,
    fob: String,
    currency: String,
    ppm: u32,
    fee: i64,
}

#[derive(Serialize, Deserialize)]
struct NoticeDetail {
    rule: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    place: Option<(String, u32, u32)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    item: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    detail: Option<String>,
}

/// Rates, items and notices of an approval.
type Parts = (Vec<UsedRate>, Vec<PricedItem>, Vec<Finding>);

impl Detail {
    /// What is kept of a price.
    pub(crate) fn pack(price: &Price) -> Packed {
        let rates = price.rates.iter().map(|rate| RateDetail {
            currency: rate.currency.clone(),
            buying: rate.buying.to_string(),
            unit: rate.unit,
            date: rate.date.to_string(),
            bulletin: rate.bulletin.clone(),
        });
        let items = price.items.iter().map(|item| ItemDetail {
            n: item.number,
            sector: item.sector.clone(),
            fob: item.fob.to_string(),
            currency: item.currency.clone(),
            ppm: item.rate.ppm(),
            fee: item.fee.kurus(),
        });
        let detail = Self { rates: rates.collect(), items: items.collect(), notices: Vec::new() };
        Packed::of(&serde_json::to_string(&detail).expect("texts and numbers serialise"))
    }

    /// What is kept of the notices; `None` where there are none.
    pub(crate) fn notices(notices: &[Finding]) -> Option<String> {
        let notices = notices.iter().map(|notice| NoticeDetail {
            rule: notice.rule.name().to_owned(),
            place: match &notice.place {
                Place::Located { path, line, column } => Some((path.clone(), *line, *column)),
                _ => None,
            },
            item: notice.item.clone(),
            value: notice.value.clone(),
            detail: notice.detail.clone(),
        });
        let notices: Vec<NoticeDetail> = notices.collect();
        (!notices.is_empty()).then(|| json(&notices))
    }

    /// The parts as the domain knows them, from both columns; or what is wrong with them.
    pub(crate) fn read(detail: &str, notices: Option<&str>) -> Result<Parts, String> {
        let mut detail: Self = serde_json::from_str(detail).map_err(|error| error.to_string())?;
        if let Some(notices) = notices {
            detail.notices = serde_json::from_str(notices).map_err(|error| error.to_string())?;
        }
        detail.into_parts().ok_or_else(|| "a part of it cannot be".to_owned())
    }

    fn into_parts(self) -> Option<Parts> {
        let rates = self.rates.into_iter().map(|rate| {
            Some(UsedRate {
                buying: rate.buying.parse().ok()?,
                date: rate.date.parse().ok()?,
                currency: rate.currency,
                unit: rate.unit,
                bulletin: rate.bulletin,
            })
        });
        let items = self.items.into_iter().map(|item| {
            Some(PricedItem {
                number: item.n,
                sector: item.sector,
                fob: item.fob.parse().ok()?,
                currency: item.currency,
                rate: Rate::from_ppm(item.ppm),
                fee: Money::from_kurus(item.fee)?,
            })
        });
        let notices = self.notices.into_iter().map(|notice| {
            let place = match notice.place {
                Some((path, line, column)) => Place::Located { path, line, column },
                None => Place::Nowhere,
            };
            let rule = Rule::named(&notice.rule)?;
            Some(Finding { rule, place, item: notice.item, value: notice.value, detail: notice.detail })
        });
        Some((rates.collect::<Option<_>>()?, items.collect::<Option<_>>()?, notices.collect::<Option<_>>()?))
    }
}
