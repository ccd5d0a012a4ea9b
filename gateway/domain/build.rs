//! Turns the error catalogue `schemas/errors/catalogue.toml` into the enums `Code` and `Rule`.
//!
//! A rule without all of its texts, or a name used twice, stops the build: a message that can be
//! refused without a reason in both languages does not exist.

use std::collections::BTreeSet;
use std::env;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::fs;
use std::path::Path;

use toml::{Table, Value};

/// Where the catalogue lies, seen from this crate.
const CATALOGUE: &str = "../../schemas/errors/catalogue.toml";

/// Lines of a function beyond which the linter asks for a reason, and those around the arms of ours.
const LINES_MAX: usize = 100;
const MATCH_LINES: usize = 2;

/// What both enums derive.
const DERIVE: &str = "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]";

/// One `[[error]]`: a code with its HTTP status and titles.
struct Code {
    name: String,
    status: i64,
    title_tr: String,
    title_en: String,
}

/// One `[[error.rule]]`: the exact reason within a code, and what is said about it.
struct Rule {
    name: String,
    code: String,
    tr: String,
    en: String,
    remedy_tr: String,
    remedy_en: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={CATALOGUE}");
    println!("cargo::rerun-if-changed=build.rs");
    let (codes, rules) = read(&fs::read_to_string(CATALOGUE)?)?;
    let mut out = String::new();
    write_codes(&mut out, &codes)?;
    write_rules(&mut out, &rules)?;
    let folder = env::var("OUT_DIR")?;
    fs::write(Path::new(&folder).join("catalogue.rs"), out)?;
    Ok(())
}

/// Reads the catalogue, and refuses one with gaps or doubles.
fn read(text: &str) -> Result<(Vec<Code>, Vec<Rule>), Box<dyn Error>> {
    let document: Table = text.parse()?;
    let mut codes = Vec::new();
    let mut rules = Vec::new();
    let mut seen = BTreeSet::new();
    for error in tables(&document, "error")? {
        let code = Code {
            name: text_of(error, "code")?,
            status: error.get("status").and_then(Value::as_integer).ok_or("an error without status")?,
            title_tr: text_of(error, "title_tr")?,
            title_en: text_of(error, "title_en")?,
        };
        for rule in tables(error, "rule")? {
            let rule = Rule {
                name: text_of(rule, "name")?,
                code: code.name.clone(),
                tr: text_of(rule, "tr")?,
                en: text_of(rule, "en")?,
                remedy_tr: text_of(rule, "remedy_tr")?,
                remedy_en: text_of(rule, "remedy_en")?,
            };
            if !seen.insert(rule.name.clone()) {
                return Err(format!("{CATALOGUE}: the rule {} stands twice", rule.name).into());
            }
            rules.push(rule);
        }
        if !seen.insert(code.name.clone()) {
            return Err(format!("{CATALOGUE}: the code {} stands twice", code.name).into());
        }
        codes.push(code);
    }
    Ok((codes, rules))
}

/// The tables of the array `key`; at least one must be there.
fn tables<'a>(table: &'a Table, key: &str) -> Result<Vec<&'a Table>, Box<dyn Error>> {
    let list = table.get(key).and_then(Value::as_array).ok_or_else(|| format!("{CATALOGUE}: no [[{key}]]"))?;
    list.iter().map(|entry| entry.as_table().ok_or_else(|| format!("{CATALOGUE}: {key} is no table").into())).collect()
}

/// The text `key`, which must not be empty.
fn text_of(table: &Table, key: &str) -> Result<String, Box<dyn Error>> {
    match table.get(key).and_then(Value::as_str) {
        Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
        _ => Err(format!("{CATALOGUE}: no {key} in {table}").into()),
    }
}

/// The Rust source of `Code`.
fn write_codes(out: &mut String, codes: &[Code]) -> fmt::Result {
    writeln!(out, "/// A published error or notice code, in the catalogue's order. Its meaning never changes.")?;
    writeln!(out, "{DERIVE}\npub enum Code {{")?;
    for code in codes {
        let doc = format!("{} ({}).", code.title_en, code.title_tr);
        writeln!(out, "#[doc = {doc:?}]\n{},", code.name)?;
    }
    let names: Vec<&str> = codes.iter().map(|code| code.name.as_str()).collect();
    writeln!(out, "}}\nimpl Code {{\n/// Every code.\npub const ALL: &[Self] = &[{}];", list(&names, ", "))?;
    let mut method = |signature: &str, doc: &str, body: &dyn Fn(&Code) -> String| {
        let pairs = codes.iter().map(|code| (code.name.as_str(), body(code))).collect();
        write_method(out, signature, doc, pairs)
    };
    method("as_str(self) -> &'static str", "The code as printed, such as `E2005`.", &|code| quoted(&code.name))?;
    method("status(self) -> u16", "The HTTP status that this code alone leads to.", &|code| code.status.to_string())?;
    method("title_tr(self) -> &'static str", "The Turkish title.", &|code| quoted(&code.title_tr))?;
    method("title_en(self) -> &'static str", "The English title.", &|code| quoted(&code.title_en))?;
    let notices: Vec<&str> = names.into_iter().filter(|name| name.starts_with('N')).collect();
    writeln!(out, "/// Whether this is a notice: the message is taken all the same.")?;
    writeln!(out, "pub const fn is_notice(self) -> bool {{\nmatches!(self, {})\n}}\n}}", list(&notices, " | "))
}

/// The Rust source of `Rule`.
fn write_rules(out: &mut String, rules: &[Rule]) -> fmt::Result {
    writeln!(out, "/// The exact reason for an error or notice; each belongs to one [`Code`].")?;
    writeln!(out, "{DERIVE}\npub enum Rule {{")?;
    for rule in rules {
        let (en, tr) = (code_words(&rule.en), code_words(&rule.tr));
        writeln!(out, "#[doc = {en:?}]\n#[doc = \"\"]\n#[doc = {tr:?}]\n{},", rule.name)?;
    }
    let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    writeln!(out, "}}\nimpl Rule {{\n/// Every rule.\npub const ALL: &[Self] = &[{}];", list(&names, ", "))?;
    let mut method = |signature: &str, doc: &str, body: &dyn Fn(&Rule) -> String| {
        let pairs = rules.iter().map(|rule| (rule.name.as_str(), body(rule))).collect();
        write_method(out, signature, doc, pairs)
    };
    method("name(self) -> &'static str", "The rule's name in the catalogue.", &|rule| quoted(&rule.name))?;
    method("code(self) -> Code", "The code under which the rule is published.", &|rule| {
        format!("Code::{}", rule.code)
    })?;
    method("tr(self) -> &'static str", "What is wrong, in Turkish; completed by [`fill`].", &|rule| quoted(&rule.tr))?;
    method("en(self) -> &'static str", "What is wrong, in English; completed by [`fill`].", &|rule| quoted(&rule.en))?;
    method("remedy_tr(self) -> &'static str", "What to write instead, in Turkish.", &|rule| quoted(&rule.remedy_tr))?;
    method("remedy_en(self) -> &'static str", "What to write instead, in English.", &|rule| quoted(&rule.remedy_en))?;
    writeln!(out, "/// The rule of this name, if the catalogue has one.")?;
    writeln!(out, "pub fn named(name: &str) -> Option<Self> {{")?;
    writeln!(out, "Self::ALL.iter().copied().find(|rule| rule.name() == name)\n}}\n}}")
}

/// A method that gives each variant its expression; variants with the same expression share an arm.
fn write_method(out: &mut String, signature: &str, doc: &str, pairs: Vec<(&str, String)>) -> fmt::Result {
    let mut arms: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, expression) in pairs {
        match arms.iter_mut().find(|(known, _)| *known == expression) {
            Some((_, names)) => names.push(name),
            None => arms.push((expression, vec![name])),
        }
    }
    writeln!(out, "/// {doc}")?;
    if arms.len() + MATCH_LINES > LINES_MAX {
        writeln!(out, "#[expect(clippy::too_many_lines, reason = \"a line for each rule of the catalogue\")]")?;
    }
    writeln!(out, "pub const fn {signature} {{\nmatch self {{")?;
    for (expression, names) in arms {
        writeln!(out, "{} => {expression},", list(&names, " | "))?;
    }
    writeln!(out, "}}\n}}")
}

/// `Self::A, Self::B`.
fn list(names: &[&str], between: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("Self::{name}")).collect();
    names.join(between)
}

/// A Rust string literal.
fn quoted(text: &str) -> String {
    format!("{text:?}")
}

/// The text with words that are markup or program names set as code, so that documentation shows them whole.
fn code_words(text: &str) -> String {
    text.split(' ').map(code_word).collect::<Vec<_>>().join(" ")
}

fn code_word(word: &str) -> String {
    let core = word.trim_matches(|c: char| "().,;:".contains(c));
    if core.is_empty()
        || !core.contains(['_', '<', '&', '{', '/']) && !core.chars().skip(1).any(|c| c.is_ascii_uppercase())
    {
        return word.to_owned();
    }
    word.replacen(core, &format!("`{core}`"), 1)
}
