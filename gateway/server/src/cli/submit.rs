//! `ebirlik submit`: sends messages to a server, as a broker's program does, and tells what came back.

use super::client::{Answered, Asking, ClientError, Trust};
use super::reply::Reply;
use super::{CommandError, output};
use clap::Args;
use ebirlik_message::Wire;
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Send messages (files or folders) to a server
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  EBIRLIK_PASSWORD=... ebirlik submit outbox/ --url https://onay.example.org --user broker1\n\n\
    Sends every .xml and .edi file, in the order of their names. Ends with 0 when all are approved, 1 when some are\n\
    not, 2 for wrong usage or no connection. Sending again never hurts: an approved declaration gets its answer again."
)]
pub(crate) struct Submit {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Address of the server
    #[arg(long)]
    url: String,
    /// User code; the password or secret comes from `EBIRLIK_PASSWORD` or standard input
    #[arg(long, required_unless_present = "certificate")]
    user: Option<String>,
    #[command(flatten)]
    trust: Trust,
    /// The secretariat, for messages without wrapper
    #[arg(long, value_name = "CODE")]
    secretariat: Option<String>,
    /// Messages under way at a time
    #[arg(long, default_value = "4", value_name = "N")]
    concurrency: NonZeroUsize,
    /// Print JSON, one result a line
    #[arg(long)]
    json: bool,
}

/// What became of one file.
struct Sent {
    file: PathBuf,
    outcome: Result<(u16, Reply), ClientError>,
}

impl Submit {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        let mut files = Vec::new();
        for path in &self.paths {
            collect(path, &mut files).map_err(|error| CommandError::File(path.clone(), error))?;
        }
        if files.is_empty() {
            return Err(CommandError::Usage("there is no .xml or .edi file in these folders"));
        }
        let asking = Asking::trusting(&self.trust, &self.url, self.user.as_deref())?;
        let bar = output::bar(u64::try_from(files.len()).ok());
        let (mut all_approved, mut all_heard) = (true, true);
        let places = Arc::new(Semaphore::new(self.concurrency.get()));
        let mut under_way = JoinSet::new();
        for file in files {
            let (asking, places, secretariat) = (asking.clone(), Arc::clone(&places), self.secretariat.clone());
            under_way.spawn(async move {
                let _place = places.acquire_owned().await;
                let outcome = send(&asking, &file, secretariat.as_deref()).await;
                Sent { file, outcome }
            });
        }
        while let Some(sent) = under_way.join_next().await {
            let Ok(sent) = sent else {
                all_heard = false;
                continue;
            };
            all_approved &= matches!(&sent.outcome, Ok((_, reply)) if reply.state == "ONAYLANDI");
            all_heard &= sent.outcome.is_ok();
            let told = if self.json { as_json(&sent) } else { in_words(&sent) };
            bar.suspend(|| output::line(told));
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(match (all_heard, all_approved) {
            (false, _) => 2,
            (true, false) => 1,
            (true, true) => 0,
        })
    }
}

async fn send(asking: &Asking, file: &Path, secretariat: Option<&str>) -> Result<(u16, Reply), ClientError> {
    let query: Vec<(&str, &str)> = secretariat.map(|code| ("secretariat", code)).into_iter().collect();
    // A file that went away since it was listed is sent empty, and refused like any other that says nothing.
    let body = tokio::fs::read(file).await.unwrap_or_default();
    let content_type = match Wire::of(&body) {
        // The document says its own encoding.
        Wire::Xml => "application/xml",
        Wire::Edifact => Wire::Edifact.content_type(),
    };
    let Answered { status, body, .. } = asking.post("v1/approvals", &query, content_type, body).await?;
    let reply = Reply::read(&body).ok_or(ClientError::Foreign(status))?;
    Ok((status.as_u16(), reply))
}

/// The files at a path: itself, or what a folder holds, by name.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !fs::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries =
        fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() || has_extension(&entry, &["xml", "edi"]) {
            collect(&entry, files)?;
        }
    }
    Ok(())
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    extensions.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

fn in_words(sent: &Sent) -> String {
    let file = sent.file.display();
    let reply = match &sent.outcome {
        Ok((_, reply)) => reply,
        Err(error) => return format!("{file}  {error}"),
    };
    let mut line = format!("{file}  {}  {}", reply.reference.as_deref().unwrap_or("-"), reply.state);
    if let Some(code) = &reply.code {
        line.push_str("  ");
        line.push_str(code);
    }
    if let Some(fee) = &reply.fee {
        let _ = write!(line, "  {fee} TL");
    }
    if !reply.notices.is_empty() {
        let _ = write!(line, "  [{}]", reply.notices.join(" "));
    }
    for error in &reply.errors {
        let at = error.line.as_deref().zip(error.column.as_deref());
        let at = at.map(|(line, column)| format!("{line}:{column} ")).unwrap_or_default();
        let path = error.path.as_deref().unwrap_or_default();
        let _ = write!(line, "\n    {} {at}{path} {}", error.code, error.message);
    }
    line
}

fn as_json(sent: &Sent) -> String {
    let file = sent.file.display().to_string();
    match &sent.outcome {
        Ok((status, reply)) => json!({ "file": file, "status": status, "answer": reply }).to_string(),
        Err(error) => json!({ "file": file, "status": null, "error": error.to_string() }).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_messages_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.xml", "a.EDI", "notes.txt", "c/d.xml"] {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        let mut files = Vec::new();
        collect(folder.path(), &mut files).unwrap();
        let names: Vec<_> =
            files.iter().map(|file| file.strip_prefix(folder.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.EDI", "b.xml", "c/d.xml"]);
        assert!(collect(&folder.path().join("none"), &mut files).is_err());
    }
}
