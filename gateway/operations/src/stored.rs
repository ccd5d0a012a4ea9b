//! From a declaration to the statement that its code binds, and from stored content back to a price.

use crypto_code::{Item, NotDecimal, Statement, StatementBytes};
use ebirlik_domain::authority::AuthorisedDeclaration;
use ebirlik_domain::check::CheckedDeclaration;
use ebirlik_domain::declaration::{Declaration, Entry};

/// The canonical statement of a declaration (contract section 6).
///
/// # Errors
/// When an amount is no decimal; a checked declaration has none such.
pub(crate) fn statement(declaration: &Declaration) -> Result<StatementBytes, NotDecimal> {
    fn text(entry: &Entry) -> &str {
        entry.text().unwrap_or_default()
    }
    let items = declaration.items.iter().map(|item| Item {
        number: text(&item.number).parse().unwrap_or_default(),
        gtip: text(&item.gtip),
        net_weight: text(&item.net_weight),
        amount: text(&item.amount),
        currency: text(&item.currency),
    });
    Statement {
        declarant: text(&declaration.declarant),
        reference: text(&declaration.reference),
        exporter: text(&declaration.exporter),
        secretariat: text(&declaration.secretariat),
        office: text(&declaration.office),
        regime: text(&declaration.regime),
        destination: text(&declaration.destination),
        invoice_total: text(&declaration.invoice_total),
        invoice_currency: text(&declaration.invoice_currency),
        items: items.collect(),
    }
    .to_bytes()
}

/// A checked declaration without the judgement of its parties, to be priced again from what is stored.
pub(crate) fn unauthorised(checked: CheckedDeclaration) -> AuthorisedDeclaration {
    AuthorisedDeclaration { checked, payer: None, limit: None, at_desk: false, validity_days: None }
}
