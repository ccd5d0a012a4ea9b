//! Which typed declaration is this content?

use super::{Branch, Branches, Content};
use crate::schema::Kind;
use ebirlik_domain::declaration::{Declaration, DeclaredItem, Entry};
use ebirlik_domain::finding::Field;

/// Builds a declaration anew from stored content, so that a waiting one can be priced again: the same facts and
/// the same digest, but without places and without the choice of payment, which is no content. Text that is no stored content gives a declaration that `is_empty`.
pub fn declaration(text: &str) -> Declaration {
    match Content::parse(text) {
        Ok(content) => content.declaration(0),
        Err(_) => Declaration { is_empty: true, content: text.to_owned(), ..Declaration::default() },
    }
}

impl Content<'_> {
    /// The typed declaration, with the stored text and the digest. `shell_at` is where the element around
    /// `Gelen` stands: the place of a missing secretariat.
    pub fn declaration(&self, shell_at: u32) -> Declaration {
        let message = self.top().named("Gelen");
        let header = message.and_then(|message| message.children().named("BeyannameBilgi"));
        let header_at = header.or(message).map_or(shell_at, |branch| branch.node.at);
        let mut declaration = absent(shell_at, header_at);
        declaration.is_empty = !header.is_some_and(Branch::has_value);
        for branch in self.top().chain(header.into_iter().flat_map(Branch::children)) {
            let Some(field) = branch.node.element.field else { continue };
            if let Some(entry) = header_entry(&mut declaration, field) {
                *entry = entry_of(branch);
            } else if field == Field::Items {
                declaration.items_at = branch.node.at;
                declaration.items = branch.children().map(item).collect();
            }
        }
        if declaration.reference.text().is_none()
            && let Some(fallback) = message.and_then(|message| message.children().named("RefID"))
            && !fallback.text().is_empty()
        {
            declaration.reference = entry_of(fallback);
        }
        declaration.content = self.to_text();
        declaration.digest = self.digest();
        declaration
    }
}

fn absent(shell_at: u32, header_at: u32) -> Declaration {
    let mut declaration = Declaration { items_at: header_at, ..Declaration::default() };
    for field in HEADER_FIELDS {
        if let Some(entry) = header_entry(&mut declaration, field) {
            let is_outside = matches!(field, Field::Secretariat | Field::Payment);
            *entry = Entry::absent(if is_outside { shell_at } else { header_at });
        }
    }
    declaration
}

fn entry_of(branch: Branch<'_, '_>) -> Entry {
    Entry::new(branch.text(), branch.node.at)
}

fn header_entry(declaration: &mut Declaration, field: Field) -> Option<&mut Entry> {
    Some(match field {
        Field::Secretariat => &mut declaration.secretariat,
        Field::Payment => &mut declaration.payment,
        Field::Reference => &mut declaration.reference,
        Field::Regime => &mut declaration.regime,
        Field::Office => &mut declaration.office,
        Field::Destination => &mut declaration.destination,
        Field::DeliveryTerm => &mut declaration.delivery_term,
        Field::InvoiceTotal => &mut declaration.invoice_total,
        Field::InvoiceCurrency => &mut declaration.invoice_currency,
        Field::Freight => &mut declaration.freight,
        Field::FreightCurrency => &mut declaration.freight_currency,
        Field::Insurance => &mut declaration.insurance,
        Field::InsuranceCurrency => &mut declaration.insurance_currency,
        Field::Exporter => &mut declaration.exporter,
        Field::Declarant => &mut declaration.declarant,
        _ => return None,
    })
}

fn item(branch: Branch<'_, '_>) -> DeclaredItem {
    let missing = || Entry::absent(branch.node.at);
    let mut item = DeclaredItem {
        number: missing(),
        gtip: missing(),
        net_weight: missing(),
        amount: missing(),
        currency: missing(),
        delivery_term: missing(),
        property: missing(),
        freight: missing(),
        freight_currency: missing(),
        insurance: missing(),
        insurance_currency: missing(),
        payment_methods: Vec::new(),
    };
    for child in branch.children() {
        let element = child.node.element;
        match (element.field, element.name, element.kind) {
            (Some(field), ..) => {
                if let Some(entry) = item_entry(&mut item, field) {
                    *entry = entry_of(child);
                }
            }
            (None, "Ozellik", _) => item.property = entry_of(child),
            (None, "OdemeSekilleri", Kind::List(_)) => add_methods(child.children(), &mut item.payment_methods),
            // The older model's single element.
            (None, "OdemeSekli", Kind::Text) if !child.text().is_empty() => {
                item.payment_methods.push(child.text().to_owned());
            }
            _ => {}
        }
    }
    item
}

fn add_methods(rows: Branches<'_, '_>, methods: &mut Vec<String>) {
    let codes = rows.map(|row| row.text_of("OdemeSekliKodu")).filter(|code| !code.is_empty());
    methods.extend(codes.map(ToOwned::to_owned));
}

fn item_entry(item: &mut DeclaredItem, field: Field) -> Option<&mut Entry> {
    Some(match field {
        Field::ItemNumber => &mut item.number,
        Field::ItemGtip => &mut item.gtip,
        Field::ItemNetWeight => &mut item.net_weight,
        Field::ItemAmount => &mut item.amount,
        Field::ItemCurrency => &mut item.currency,
        Field::ItemDeliveryTerm => &mut item.delivery_term,
        Field::ItemFreight => &mut item.freight,
        Field::ItemFreightCurrency => &mut item.freight_currency,
        Field::ItemInsurance => &mut item.insurance,
        Field::ItemInsuranceCurrency => &mut item.insurance_currency,
        _ => return None,
    })
}

const HEADER_FIELDS: [Field; 15] = [
    Field::Secretariat,
    Field::Payment,
    Field::Reference,
    Field::Regime,
    Field::Office,
    Field::Destination,
    Field::DeliveryTerm,
    Field::InvoiceTotal,
    Field::InvoiceCurrency,
    Field::Freight,
    Field::FreightCurrency,
    Field::Insurance,
    Field::InsuranceCurrency,
    Field::Exporter,
    Field::Declarant,
];
