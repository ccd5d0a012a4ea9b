//! A bank with a hosted page, over HTTP: orders, questions and notices in JSON, each signed.
//!
//! Each message carries `signature`, HMAC-SHA256 over its kind and its fields in the order in which they stand here.

use super::gateway::{Answering, BankAnswer, CardGateway, Forged, GatewayFault, Notice, StartedOrder};
use super::signature::Secret;
use ebirlik_domain::money::Money;
use reqwest::Client;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What we know of the bank.
#[derive(Debug, Clone)]
pub struct HostedSettings {
    /// Our number with it.
    pub merchant: String,
    /// What signs.
    pub secret: Secret,
    /// Where it answers, such as `https://sanalpos.example`.
    pub url: String,
    /// Longest wait for an answer of it.
    pub timeout: Duration,
}

/// A bank with a hosted page.
#[derive(Debug)]
pub struct HostedPage {
    settings: HostedSettings,
    client: Client,
}

#[derive(Serialize)]
struct OrderMessage<'a> {
    merchant: &'a str,
    order_no: &'a str,
    amount_kurus: i64,
    currency: &'static str,
    return_url: &'a str,
    notice_url: &'a str,
    signature: String,
}

#[derive(Deserialize)]
struct PageMessage {
    order_no: String,
    page: String,
    signature: String,
}

#[derive(Serialize)]
struct QuestionMessage<'a> {
    merchant: &'a str,
    order_no: &'a str,
    signature: String,
}

/// What the bank says of an order, asked or unasked.
#[derive(Deserialize)]
struct StateMessage {
    merchant: String,
    order_no: String,
    amount_kurus: i64,
    currency: String,
    state: String,
    bank_reference: String,
    signature: String,
}

impl StateMessage {
    fn is_signed(&self, kind: &str, secret: &Secret) -> bool {
        let amount = self.amount_kurus.to_string();
        let fields = [kind, &self.merchant, &self.order_no, &amount, &self.currency, &self.state, &self.bank_reference];
        secret.proves(&fields, &self.signature)
    }
}

impl HostedPage {
    /// Ready to ask. The process must have chosen its provider of TLS before.
    ///
    /// # Errors
    /// When there is no HTTP.
    pub fn new(settings: HostedSettings) -> Result<Self, GatewayFault> {
        let client = Client::builder()
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            // Whoever moved is not the bank.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| GatewayFault::Unknown(error.to_string()))?;
        Ok(Self { settings, client })
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, message: &impl Serialize) -> Result<T, GatewayFault> {
        let address = format!("{}/{path}", self.settings.url.trim_end_matches('/'));
        let answered = self
            .client
            .post(address)
            .json(message)
            .send()
            .await
            .map_err(|error| if error.is_connect() { GatewayFault::Unreached } else { unknown(&error) })?;
        let mut answered = answered.error_for_status().map_err(|error| unknown(&error))?;
        let mut body = Vec::new();
        while let Some(piece) = answered.chunk().await.map_err(|error| unknown(&error))? {
            body.extend_from_slice(&piece);
            if body.len() > ANSWER_BYTES_MAX {
                return Err(GatewayFault::Unknown("the answer is too long".to_owned()));
            }
        }
        serde_json::from_slice(&body).map_err(|_| GatewayFault::Unknown("the answer is not in its form".to_owned()))
    }

    async fn start_now(&self, order: &StartedOrder) -> Result<String, GatewayFault> {
        let HostedSettings { merchant, secret, .. } = &self.settings;
        let amount = order.amount.kurus().to_string();
        let StartedOrder { order_no, return_url, notice_url, .. } = order;
        let signature = secret.sign(&["order", merchant, order_no, &amount, CURRENCY, return_url, notice_url]);
        let amount_kurus = order.amount.kurus();
        let message =
            OrderMessage { merchant, order_no, amount_kurus, currency: CURRENCY, return_url, notice_url, signature };
        let answer: PageMessage = self.post("orders", &message).await?;
        if answer.order_no != *order_no || !secret.proves(&["page", order_no, &answer.page], &answer.signature) {
            return Err(GatewayFault::Unknown("the page is not signed".to_owned()));
        }
        Ok(answer.page)
    }

    async fn ask_now(&self, order_no: &str) -> Result<BankAnswer, GatewayFault> {
        let HostedSettings { merchant, secret, .. } = &self.settings;
        let signature = secret.sign(&["question", merchant, order_no]);
        let answer: StateMessage = self.post("status", &QuestionMessage { merchant, order_no, signature }).await?;
        let is_for_us = answer.merchant == *merchant && answer.order_no == order_no && answer.currency == CURRENCY;
        if !answer.is_signed("answer", secret) || !is_for_us {
            return Err(GatewayFault::Unknown("the answer is not signed, or of another order".to_owned()));
        }
        match (answer.state.as_str(), Money::from_kurus(answer.amount_kurus)) {
            ("paid", Some(amount)) if !answer.bank_reference.is_empty() => {
                Ok(BankAnswer::Paid { bank_reference: answer.bank_reference, amount })
            }
            ("failed", _) => Ok(BankAnswer::Failed),
            ("pending", _) => Ok(BankAnswer::Pending),
            _ => Err(GatewayFault::Unknown("the answer says a state that we do not know".to_owned())),
        }
    }
}

impl CardGateway for HostedPage {
    fn start<'a>(&'a self, order: &'a StartedOrder) -> Answering<'a, String> {
        Box::pin(self.start_now(order))
    }

    fn ask<'a>(&'a self, order_no: &'a str) -> Answering<'a, BankAnswer> {
        Box::pin(self.ask_now(order_no))
    }

    fn read_notice(&self, body: &[u8]) -> Result<Notice, Forged> {
        let notice: StateMessage = serde_json::from_slice(body).map_err(|_| Forged::Form)?;
        if !notice.is_signed("notice", &self.settings.secret) {
            return Err(Forged::Signature);
        }
        if notice.merchant != self.settings.merchant {
            return Err(Forged::Merchant);
        }
        let amount = Money::from_kurus(notice.amount_kurus).filter(|_| notice.currency == CURRENCY);
        Ok(Notice { order_no: notice.order_no, amount: amount.ok_or(Forged::Amount)? })
    }
}

fn unknown(error: &reqwest::Error) -> GatewayFault {
    // Without the address, which may carry what is nobody's business.
    let what = if error.is_timeout() { "it took too long".to_owned() } else { format!("{:?}", error.status()) };
    GatewayFault::Unknown(what)
}

/// Lira, as ISO 4217 calls it.
const CURRENCY: &str = "TRY";
/// Longest answer of a bank; ours have half a kilobyte.
const ANSWER_BYTES_MAX: usize = 16 << 10;
