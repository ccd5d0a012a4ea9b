//! Was anything lost? Every acknowledged code is asked for, and the audit recomputes the store.

use crate::installation::{Installation, Server};
use crate::message::reference;
use crate::questions::Issued;
use crate::wire::{Connection, request};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// Every acknowledged code is valid and bound to its declaration.
pub(crate) fn every_code(installation: &Installation, server: &Server, issued: &[Issued]) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = Connection::open(&server.address).await?;
        for part in issued.chunks(LIST) {
            let asked: Vec<Value> = part.iter().map(|issued| question(installation, issued)).collect();
            let (user, password) = &installation.customs;
            let body = serde_json::to_vec(&asked)?;
            let asking = request("POST /v1/codes/verify", (user, password), "application/json", &body);
            let status = connection.ask(&asking).await?;
            ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(connection.body()));
            let told: Vec<Value> = serde_json::from_slice(connection.body()).context("no list of verdicts")?;
            let good = |told: &&Value| {
                told.get("verdict").is_some_and(|it| it == "valid") && told.get("bound").is_some_and(|it| it == true)
            };
            let valid = told.iter().filter(good).count();
            ensure!(valid == part.len(), "of {} acknowledged codes {valid} verify", part.len());
        }
        Ok(())
    })
}

fn question(installation: &Installation, issued: &Issued) -> Value {
    let exporter = installation.exporters.get(issued.exporter);
    json!({ "code": String::from_utf8_lossy(&issued.code), "ref": reference(issued.number), "exporter": exporter })
}

/// The most that one list may hold.
const LIST: usize = 5_000;
