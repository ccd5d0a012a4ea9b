//! What do others notice? Well-behaved clients that send declarations, verify codes and come anew while somebody attacks.

use super::wire::{Address, Answer, Stream, answer, basic, request};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Who they are, from the demo's own description.
#[derive(Debug, Clone)]
pub(crate) struct People {
    broker: String,
    customs: String,
    declarant: String,
    exporter: String,
    secretariat: String,
    /// The code of a declaration that was approved before.
    code: String,
}

/// What they measured.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Of every request, first byte sent to last byte read.
    times: Vec<Duration>,
    /// What was not answered as it should be.
    pub(crate) wrong: Vec<String>,
}

impl Measured {
    /// The time that so many of a hundred requests did not pass.
    pub(crate) fn percentile(&mut self, hundredths: usize) -> Duration {
        self.times.sort_unstable();
        let index = (self.times.len() * hundredths / 100).min(self.times.len().saturating_sub(1));
        self.times.get(index).copied().unwrap_or_default()
    }

    /// How many requests.
    pub(crate) fn count(&self) -> usize {
        self.times.len() + self.wrong.len()
    }
}

impl People {
    /// A broker who may act for an exporter with a large account of its own, and the customs officer.
    pub(crate) fn of(info: &Value) -> Result<Self> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let login = |row: &Value| basic(&text(at(row, "user")), &text(at(row, "password")));
        let is_rich = |exporter: &Value, secretariat: &Value| {
            let pays = |row: &Value| {
                *at(row, "secretariat") == *secretariat
                    && *at(row, "pays") == true
                    && text(at(row, "balance")).len() > 9
            };
            list(at(info, "exporters"))
                .iter()
                .any(|row| *at(row, "tax_no") == *exporter && list(at(row, "accounts")).iter().any(pays))
        };
        for broker in list(at(info, "brokers")) {
            for power in list(at(&broker, "may_act_for")) {
                let secretariats = list(at(&power, "secretariats"));
                if let Some(secretariat) = secretariats.iter().find(|one| is_rich(at(&power, "exporter"), one)) {
                    return Ok(Self {
                        broker: login(&broker),
                        customs: login(at(info, "customs")),
                        declarant: text(at(&broker, "tax_no")),
                        exporter: text(at(&power, "exporter")),
                        secretariat: text(secretariat),
                        code: String::new(),
                    });
                }
            }
        }
        bail!("the demo has nobody who can submit")
    }

    /// The broker's `Authorization` line.
    pub(crate) fn login(&self) -> &str {
        &self.broker
    }

    /// A declaration that is approved.
    pub(crate) fn declaration(&self, reference: u64) -> Vec<u8> {
        let Self { declarant, exporter, secretariat, .. } = self;
        let body = format!(
            "<BirlikOnayTalebi xmlns=\"urn:ebirlik:onay:1\"><GenelSekreterlik>{secretariat}</GenelSekreterlik>\
             <Gelen xmlns=\"http://tempuri.org/\"><BeyannameBilgi><Rejim>1000</Rejim><GUMRUK>341300</GUMRUK>\
             <Referans_no>NETWORK-{reference}</Referans_no><Gidecegi_ulke>004</Gidecegi_ulke>\
             <Teslim_sekli>FOB</Teslim_sekli><Toplam_fatura>100.00</Toplam_fatura>\
             <Toplam_fatura_dovizi>USD</Toplam_fatura_dovizi><Gonderici_vergi_no>{exporter}</Gonderici_vergi_no>\
             <Beyan_sahibi_vergi_no>{declarant}</Beyan_sahibi_vergi_no><Kalemler><kalem><Gtip>610910000011</Gtip>\
             <Kalem_sira_no>1</Kalem_sira_no><Net_agirlik>6</Net_agirlik><Fatura_miktari>100.00</Fatura_miktari>\
             <Fatura_miktarinin_dovizi>USD</Fatura_miktarinin_dovizi></kalem></Kalemler></BeyannameBilgi></Gelen>\
             </BirlikOnayTalebi>"
        );
        let headers = format!("{}content-type: application/xml\r\n", self.broker);
        request("POST /v1/approvals", &headers, body.as_bytes())
    }

    /// Has the first declaration approved: its code is what the officers ask for.
    pub(crate) async fn introduce(&mut self, address: &Address) -> Result<()> {
        let mut stream = address.open().await?;
        stream.write_all(&self.declaration(0)).await?;
        let answer = answer(&mut stream, &mut Vec::new()).await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let code = text.split_once("<KriptoKodu>").and_then(|(_, rest)| rest.split_once('<'));
        code.context("the first declaration is not approved")?.0.clone_into(&mut self.code);
        Ok(())
    }

    /// A question for the codes of many declarations.
    pub(crate) fn questions(&self, codes: &[(u64, String)]) -> Vec<u8> {
        let exporter = &self.exporter;
        let entry = |(reference, code): &(u64, String)| serde_json::json!({ "code": code, "ref": format!("NETWORK-{reference}"), "exporter": exporter });
        let list = Value::Array(codes.iter().map(entry).collect()).to_string();
        let headers = format!("{}content-type: application/json\r\n", self.customs);
        request("POST /v1/codes/verify", &headers, list.as_bytes())
    }

    /// A question for its code.
    fn question(&self) -> Vec<u8> {
        let Self { code, exporter, .. } = self;
        request(&format!("GET /v1/codes/{code}?ref=NETWORK-0&exporter={exporter}"), &self.customs, b"")
    }
}

fn at<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// Lets them work until told to stop.
pub(crate) struct Others {
    stop: Arc<AtomicBool>,
    clients: JoinSet<Measured>,
}

impl Others {
    /// Two that submit, two that verify, and one that connects anew for each question.
    pub(crate) fn start(address: &Address, people: &People, references: &Arc<AtomicU64>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut clients = JoinSet::new();
        for kind in [Kind::Submits, Kind::Submits, Kind::Verifies, Kind::Verifies, Kind::ComesAnew] {
            let client = Client {
                address: address.clone(),
                people: people.clone(),
                references: Arc::clone(references),
                kind,
                open: None,
            };
            clients.spawn(client.work(Arc::clone(&stop)));
        }
        Self { stop, clients }
    }

    /// What they measured.
    pub(crate) async fn stop(mut self) -> Measured {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Measured::default();
        while let Some(measured) = self.clients.join_next().await {
            let Ok(measured) = measured else { continue };
            all.times.extend(measured.times);
            all.wrong.extend(measured.wrong);
        }
        all
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Submits,
    Verifies,
    ComesAnew,
}

struct Client {
    address: Address,
    people: People,
    references: Arc<AtomicU64>,
    kind: Kind,
    open: Option<(Stream, Vec<u8>)>,
}

impl Client {
    async fn work(mut self, stop: Arc<AtomicBool>) -> Measured {
        let mut measured = Measured::default();
        while !stop.load(Ordering::Relaxed) {
            let (request, sign) = match self.kind {
                Kind::Submits => (
                    self.people.declaration(self.references.fetch_add(1, Ordering::Relaxed)),
                    "<Durum>ONAYLANDI</Durum>",
                ),
                Kind::Verifies | Kind::ComesAnew => (self.people.question(), "\"valid\""),
            };
            let start = Instant::now();
            match timeout(PATIENCE, self.ask(&request)).await {
                Ok(Ok(answer)) if String::from_utf8_lossy(&answer.body).contains(sign) && answer.status == 200 => {
                    measured.times.push(start.elapsed());
                }
                Ok(Ok(answer)) => measured.wrong.push(format!("{:?}: status {}", self.kind, answer.status)),
                Ok(Err(error)) => measured.wrong.push(format!("{:?}: {error:#}", self.kind)),
                Err(_) => measured.wrong.push(format!("{:?}: no answer in {} s", self.kind, PATIENCE.as_secs())),
            }
            if self.kind == Kind::ComesAnew {
                self.open = None;
            }
            sleep(PAUSE).await;
        }
        measured
    }

    /// On the open connection, or once more on a new one, as every client does: the server may close a resting one.
    async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        if let Some((mut stream, mut left)) = self.open.take()
            && stream.write_all(request).await.is_ok()
            && let Ok(answer) = answer(&mut stream, &mut left).await
        {
            self.open = Some((stream, left));
            return Ok(answer);
        }
        let (mut stream, mut left) = (self.address.open().await?, Vec::new());
        stream.write_all(request).await.context("not sent")?;
        let answer = answer(&mut stream, &mut left).await?;
        self.open = Some((stream, left));
        Ok(answer)
    }
}

/// Between two requests of one client: they measure, they do not load.
const PAUSE: Duration = Duration::from_millis(10);
/// Who waits longer was not answered.
const PATIENCE: Duration = Duration::from_secs(20);
