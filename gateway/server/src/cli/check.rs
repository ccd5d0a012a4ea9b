//! `ebirlik check`: every form and content error of a message, without server or store.

use super::{CommandError, output};
use crate::clock::SystemClock;
use crate::http::answer::{finding_json, told};
use clap::Args;
use ebirlik_domain::check::check;
use ebirlik_domain::finding::{Finding, Place};
use ebirlik_domain::time::Clock;
use ebirlik_message::{Read, RequestFacts, Source, Wire};
use ebirlik_operations::rules;
use std::fs;
use std::path::PathBuf;

/// List every form and content error of a message, offline
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik check declaration.xml\n  ebirlik check bare.xml --secretariat IMMIB\n\n\
    Ends with 0 when nothing is wrong, 1 when something is, 2 when the file cannot be read. The secretariat of a\n\
    message without wrapper comes with the address that it is sent to: it is judged where --secretariat names it.\n\
    Powers, memberships and balances are the server's to judge: ask it with ?dryRun=true.")]
pub(crate) struct Check {
    /// The message
    file: PathBuf,
    /// The secretariat, for a message without wrapper
    #[arg(long, value_name = "CODE")]
    secretariat: Option<String>,
    /// How to pay, for a message without wrapper: `CARI_HESAP` or `BEKLET`
    #[arg(long, value_name = "WORD")]
    payment: Option<String>,
    /// Print JSON, one finding a line
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(crate) fn run(self) -> Result<u8, CommandError> {
        let body = fs::read(&self.file).map_err(|error| CommandError::File(self.file.clone(), error))?;
        let facts = RequestFacts {
            charset: None,
            secretariat: self.secretariat.as_deref(),
            payment: self.payment.as_deref(),
            ..RequestFacts::default()
        };
        let (errors, notices) = match Wire::of(&body).read(&body, &facts) {
            Err(form) => match form.into_parts() {
                (_, Some(contrl)) => (contrl.findings, Vec::new()),
                (finding, None) => (vec![finding], Vec::new()),
            },
            Ok(Read { declaration, source }) => {
                let notices = declaration.notices.clone();
                let mut findings = Vec::new();
                check(declaration, &rules::builtin()?, SystemClock.today(), &mut findings);
                let mut findings = located(findings, &source);
                // Of a message without wrapper the file cannot name it.
                findings.retain(|finding| self.secretariat.is_some() || !is_of_the_address(finding));
                (findings, located(notices, &source))
            }
        };
        for finding in errors.iter().chain(&notices) {
            if self.json { output::line(finding_json(finding)) } else { output::line(in_words(finding)) }
        }
        if !self.json {
            output::note(format_args!("{} errors, {} notices", errors.len(), notices.len()));
        }
        Ok(u8::from(!errors.is_empty()))
    }
}

fn is_of_the_address(finding: &Finding) -> bool {
    matches!(&finding.place, Place::Located { path, .. } if path == "?secretariat")
}

/// The findings with their places worked out, in the order of the message.
fn located(findings: Vec<Finding>, source: &Source) -> Vec<Finding> {
    let places: Vec<&Place> = findings.iter().map(|finding| &finding.place).collect();
    let places = source.locate_all(&places);
    let located = findings.into_iter().zip(places).map(|(finding, place)| match place {
        Some(place) => finding.at(Place::Located { path: place.path, line: place.line, column: place.column }),
        None => finding,
    });
    let mut located: Vec<Finding> = located.collect();
    located.sort_by_key(|finding| match finding.place {
        Place::Located { line, column, .. } => (line, column),
        _ => (0, 0),
    });
    located
}

/// `12:3 E2005 /Gelen/...: what is wrong`, and below it the value and the remedy.
fn in_words(finding: &Finding) -> String {
    let told = told(finding);
    let place = match &finding.place {
        Place::Located { path, line, column } => format!("{line}:{column} {path} "),
        _ => String::new(),
    };
    let value = finding.value.as_deref().map(|value| format!("\n    value: {value}")).unwrap_or_default();
    let code = finding.code();
    format!(
        "{place}{}\n    {}\n    {}{value}\n    > {}\n    > {}",
        code.as_str(),
        told.tr,
        told.en,
        told.remedy_tr,
        told.remedy_en
    )
}
