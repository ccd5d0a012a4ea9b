//! What we need of a bank that takes cards: a page for an order, an answer to our question, and proof of its notices.

use ebirlik_domain::money::Money;
use std::fmt::Debug;
use std::pin::Pin;

/// What a bank will have answered.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T, GatewayFault>> + Send + 'a>>;

/// A bank that takes cards on its own page. Card data never comes to us.
pub trait CardGateway: Debug + Send + Sync {
    /// Tells the bank of an order; gives the address of its page. The same order again gives its page again.
    fn start<'a>(&'a self, order: &'a StartedOrder) -> Answering<'a, String>;
    /// What became of an order, from server to server. Nothing else counts.
    fn ask<'a>(&'a self, order_no: &'a str) -> Answering<'a, BankAnswer>;
    /// Reads a notice and proves that it is the bank's and meant for us.
    ///
    /// # Errors
    /// When it is not.
    fn read_notice(&self, body: &[u8]) -> Result<Notice, Forged>;
}

/// What a bank is told of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedOrder {
    /// Our number.
    pub order_no: String,
    /// What it is to take, in lira.
    pub amount: Money,
    /// Where the browser goes afterwards.
    pub return_url: String,
    /// Where its notices go.
    pub notice_url: String,
}

/// What a bank says of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BankAnswer {
    /// It has taken the money.
    Paid {
        /// Its own reference.
        bank_reference: String,
        /// How much it took.
        amount: Money,
    },
    /// It took nothing and never will for this order.
    Failed,
    /// Nobody knows yet.
    Pending,
}

/// What a proved notice speaks of. What it says of the payment is not believed; it only makes us ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Our number of the order.
    pub order_no: String,
    /// How much it names.
    pub amount: Money,
}

/// A notice that is not the bank's, or not for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// Not in the bank's form.
    #[error("a notice is not in the bank's form")]
    Form,
    /// Its signature does not fit.
    #[error("a notice has a wrong signature")]
    Signature,
    /// It is for another merchant.
    #[error("a notice is for another merchant")]
    Merchant,
    /// It is not in lira, or its amount is none.
    #[error("a notice names another currency or no amount")]
    Amount,
    /// It names an order that we do not have, or another amount than the order's.
    #[error("a notice names no order of ours, or another amount")]
    Order,
}

/// Why a bank did not answer.
#[derive(Debug, thiserror::Error)]
pub enum GatewayFault {
    /// It was not reached: whatever we wanted to tell it, it has not heard.
    #[error("the bank cannot be reached")]
    Unreached,
    /// It was asked and did not answer in time or in its form; what it did is not known.
    #[error("the bank did not answer: {0}")]
    Unknown(String),
}
