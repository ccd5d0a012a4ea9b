//! ebirlik-bank-simulator: a bank with a hosted card page on this machine, to try card payments with.

use clap::Parser;
use ebirlik_bank_simulator::{Bank, Mood, Settings};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

/// A bank with a hosted card page, to try card payments with. It takes no real card.
#[derive(Debug, Parser)]
struct Told {
    /// Where it listens
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// Its one merchant
    #[arg(long, default_value = "DENEME")]
    merchant: String,
    /// What signs between the bank and its merchant
    #[arg(long, default_value = "deneme-anahtari")]
    secret: String,
    /// honest, or nasty: forged, late, repeated, reordered and lost notices, questions that fail or hang
    #[arg(long, default_value = "honest")]
    mood: String,
    /// What a nasty mood is drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let told = Told::parse();
    let mood = Mood::named(&told.mood).ok_or_else(|| io::Error::other("the mood is honest or nasty"))?;
    let settings = Settings {
        listen: told.listen,
        merchant: told.merchant,
        secret: told.secret,
        seed: told.seed,
        mood,
        pace: Duration::from_secs(1),
        open_for: Duration::from_mins(90),
    };
    let bank = Bank::open(settings).await?;
    writeln!(io::stdout(), "the bank is open at {}; what it took: {0}/control/taken", bank.url())?;
    bank.stay_open().await;
    Ok(())
}
