//! Puts the declarations that the demo sends into the program: every case of `fixtures` marked `demo = true`.
//!
//! A case that lacks what the demo must compare stops the build.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

/// Where the cases lie, seen from this crate: XML, then EDIFACT.
const CASES: [&str; 2] = ["../../fixtures/bilge", "../../fixtures/edifact"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut folders = Vec::new();
    for cases in CASES {
        println!("cargo::rerun-if-changed={cases}");
        let mut found: Vec<_> =
            fs::read_dir(cases)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        found.retain(|folder| folder.join("case.toml").is_file());
        found.sort();
        folders.extend(found);
    }
    let mut out = "&[\n".to_owned();
    for folder in folders {
        let case: Table = fs::read_to_string(folder.join("case.toml"))?.parse()?;
        if case.get("demo").and_then(Value::as_bool) == Some(true) {
            write_case(&mut out, &folder, &case).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
    }
    out.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("cases.rs"), out)?;
    Ok(())
}

fn write_case(out: &mut String, folder: &Path, case: &Table) -> Result<(), Box<dyn Error>> {
    let name = folder.file_name().and_then(|name| name.to_str()).ok_or("a folder without a name")?;
    writeln!(out, "DemoCase {{ name: {name:?}, shows: {:?}, steps: &[", text(case, "shows")?)?;
    let steps = case.get("step").and_then(Value::as_array).ok_or("no [[step]]")?;
    let mut answers: Vec<&str> = Vec::new();
    for step in steps {
        let step = step.as_table().ok_or("a step is no table")?;
        let request = fs::canonicalize(folder.join(text(step, "request")?))?;
        let codes = step.get("codes").and_then(Value::as_array).ok_or("no codes")?;
        let codes: Vec<&str> = codes.iter().filter_map(Value::as_str).collect();
        let answer = text(step, "answer")?;
        let same_answer_as = answers.iter().position(|before| *before == answer);
        answers.push(answer);
        let optional = |key: &str| step.get(key).and_then(Value::as_str);
        writeln!(
            out,
            "DemoStep {{ user: {:?}, query: {:?}, content_type: {:?}, request: include_bytes!({:?}), status: {}, \
             durum: {:?}, surum: {:?}, codes: &{codes:?}, fee: {:?}, same_answer_as: {same_answer_as:?} }},",
            text(step, "user")?,
            optional("query").unwrap_or_default(),
            optional("content_type").unwrap_or("application/xml"),
            request.display().to_string(),
            number(step, "status").ok_or("no status")?,
            text(step, "durum")?,
            number(step, "surum"),
            optional("fee"),
        )?;
    }
    writeln!(out, "] }},")?;
    Ok(())
}

fn text<'a>(table: &'a Table, key: &str) -> Result<&'a str, String> {
    table.get(key).and_then(Value::as_str).ok_or_else(|| format!("no {key}"))
}

fn number(table: &Table, key: &str) -> Option<i64> {
    table.get(key).and_then(Value::as_integer)
}
