//! What is wrong with a message, or worth knowing: the rule, the place, the value.

use crate::catalogue::{Code, Rule};

/// A part of a declaration that a rule can point at, whatever wire it came by.
/// The message crate turns it into a path of its wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// The chosen general secretariat.
    Secretariat,
    /// How the sender wants to pay.
    Payment,
    /// The declaration as a whole.
    Declaration,
    /// The declarant's own reference of the declaration.
    Reference,
    /// Customs regime, four digits.
    Regime,
    /// Customs office of registration.
    Office,
    /// Country of destination.
    Destination,
    /// Delivery term of the header.
    DeliveryTerm,
    /// Total invoice amount.
    InvoiceTotal,
    /// Its currency.
    InvoiceCurrency,
    /// Freight of the whole declaration.
    Freight,
    /// Its currency.
    FreightCurrency,
    /// Insurance of the whole declaration.
    Insurance,
    /// Its currency.
    InsuranceCurrency,
    /// The exporter's tax number.
    Exporter,
    /// The declarant's tax number.
    Declarant,
    /// The list of items.
    Items,
    /// An item's own number.
    ItemNumber,
    /// An item's commodity code.
    ItemGtip,
    /// An item's net weight.
    ItemNetWeight,
    /// An item's invoice amount.
    ItemAmount,
    /// Its currency.
    ItemCurrency,
    /// An item's own delivery term.
    ItemDeliveryTerm,
    /// An item's own freight.
    ItemFreight,
    /// Its currency.
    ItemFreightCurrency,
    /// An item's own insurance.
    ItemInsurance,
    /// Its currency.
    ItemInsuranceCurrency,
}

/// Where a finding points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A field of the declaration.
    Field {
        /// Which field.
        field: Field,
        /// Position of the item in the message, from 1; 0 for the header.
        position: u32,
        /// Where it stands in the source; for a missing field, where its parent stands.
        at: u32,
    },
    /// Any place of the source, named by the reader itself.
    Source {
        /// Path in the wire's own terms.
        path: String,
        /// Offset in the source.
        at: u32,
    },
    /// A place already worked out: path, line and column, the last two counted in characters from 1.
    Located {
        /// Path in the wire's own terms.
        path: String,
        /// Line, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
    },
    /// The request as a whole, or our side.
    Nowhere,
}

/// One finding or notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which rule spoke.
    pub rule: Rule,
    /// Where.
    pub place: Place,
    /// The item's own number (`Kalem_sira_no`) as declared.
    pub item: Option<String>,
    /// The value seen.
    pub value: Option<String>,
    /// What the rule expected or computed; fills `{detail}` of its text.
    pub detail: Option<String>,
}

impl Finding {
    /// A finding without a place: about the request as a whole.
    pub fn new(rule: Rule) -> Self {
        Self { rule, place: Place::Nowhere, item: None, value: None, detail: None }
    }

    /// The same, pointing somewhere.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// The same, with the value seen.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// The same, with what the rule expected.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same, about the item with this number.
    #[must_use]
    pub fn item(mut self, number: Option<impl Into<String>>) -> Self {
        self.item = number.map(Into::into);
        self
    }

    /// The published code.
    pub fn code(&self) -> Code {
        self.rule.code()
    }
}

/// HTTP status of a refusal for content, authority or price findings.
///
/// 403 when any E3xxx speaks but E3003, E3006 and E3007, else 422. Source: contract section 5.
pub fn status_of(findings: &[Finding]) -> u16 {
    let forbids =
        |code: Code| code.as_str().starts_with("E3") && !matches!(code, Code::E3003 | Code::E3006 | Code::E3007);
    if findings.iter().any(|finding| forbids(finding.code())) { 403 } else { 422 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authority_outweighs_content_but_unknown_parties_do_not() {
        let check = |rules: &[Rule], status: u16| {
            let findings: Vec<Finding> = rules.iter().copied().map(Finding::new).collect();
            assert_eq!(status_of(&findings), status, "{rules:?}");
        };
        check(&[Rule::GtipUnknown], 422);
        check(&[Rule::ExporterUnknown, Rule::SecretariatUnknown, Rule::GoodsBound], 422);
        check(&[Rule::GtipUnknown, Rule::NoPower], 403);
        check(&[Rule::NotMember], 403);
        check(&[Rule::NotInCommitment], 403);
        check(&[Rule::NotTheDeclarant], 403);
    }
}
