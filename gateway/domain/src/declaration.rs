//! A declaration as it was read: text in place, nothing judged yet.

use crate::finding::{Field, Finding, Place};

/// A declared value, trimmed. Empty, absent and nil are the same: no text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    text: String,
    at: u32,
}

impl Entry {
    /// A value that stands at an offset of the source.
    pub fn new(text: impl Into<String>, at: u32) -> Self {
        Self { text: text.into(), at }
    }

    /// A missing value; `parent_at` is where its parent stands.
    pub fn absent(parent_at: u32) -> Self {
        Self { text: String::new(), at: parent_at }
    }

    /// The text, if there is any.
    pub fn text(&self) -> Option<&str> {
        (!self.text.is_empty()).then_some(self.text.as_str())
    }

    /// Offset in the source: of the element, or of its parent when it is missing.
    pub fn at(&self) -> u32 {
        self.at
    }

    /// The place of this entry when it stands for `field` of the item at `position` (0 for the header).
    pub fn place(&self, field: Field, position: u32) -> Place {
        Place::Field { field, position, at: self.at }
    }
}

/// One declaration, with all that approval, price and code rest on, and the whole of its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declaration {
    /// General secretariat chosen by the sender.
    pub secretariat: Entry,
    /// `CARI_HESAP` or `BEKLET`; absent means the former. Not content.
    pub payment: Entry,
    /// The declarant's reference (`Referans_no`, or `RefID` where that is empty).
    pub reference: Entry,
    /// Customs regime.
    pub regime: Entry,
    /// Customs office of registration.
    pub office: Entry,
    /// Country of destination.
    pub destination: Entry,
    /// Delivery term.
    pub delivery_term: Entry,
    /// Total invoice amount.
    pub invoice_total: Entry,
    /// Its currency.
    pub invoice_currency: Entry,
    /// Freight.
    pub freight: Entry,
    /// Its currency.
    pub freight_currency: Entry,
    /// Insurance.
    pub insurance: Entry,
    /// Its currency.
    pub insurance_currency: Entry,
    /// Exporter's tax number.
    pub exporter: Entry,
    /// Declarant's tax number.
    pub declarant: Entry,
    /// Where the list of items stands, or its parent.
    pub items_at: u32,
    /// Items in the order of the message.
    pub items: Vec<DeclaredItem>,
    /// True when the message has no declaration in it at all (then nothing above is judged).
    pub is_empty: bool,
    /// The whole content in the text form of the message crate, without the customs credentials.
    pub content: String,
    /// SHA-256 of the content, independent of order and spelling: equal for the same declaration.
    pub digest: [u8; 32],
    /// What the reader itself found wrong with the content.
    pub findings: Vec<Finding>,
    /// What the reader wants the sender to know, places worked out.
    pub notices: Vec<Finding>,
}

/// One item of goods as declared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeclaredItem {
    /// Item number.
    pub number: Entry,
    /// Commodity code.
    pub gtip: Entry,
    /// Net weight in kilograms.
    pub net_weight: Entry,
    /// Invoice amount.
    pub amount: Entry,
    /// Its currency.
    pub currency: Entry,
    /// Delivery term of this item, over the header's.
    pub delivery_term: Entry,
    /// Characteristic (`02` and `15`: free of charge).
    pub property: Entry,
    /// Freight of this item, over the header's share.
    pub freight: Entry,
    /// Its currency.
    pub freight_currency: Entry,
    /// Insurance of this item, over the header's share.
    pub insurance: Entry,
    /// Its currency.
    pub insurance_currency: Entry,
    /// Codes of the payment methods.
    pub payment_methods: Vec<String>,
}
