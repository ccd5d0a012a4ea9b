//! Is a document valid? Two validators of XSD 1.0 that share no code have to say the same: `xmllint` of libxml2, and
//! `xmlschema` in Python.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

/// The schema of what we ask and answer.
pub(crate) const ONAY: &str = "birlik-onay-1.xsd";

/// What the validators have against a document; nothing when it is valid.
///
/// Anything but a verdict (a validator is missing, a schema or a document cannot be read, the two differ) fails the test.
pub(crate) fn flaw(schema: &str, document: &[u8]) -> Option<String> {
    flaws(schema, &[document]).pop().expect("one verdict")
}

/// The same of many documents, in their order.
pub(crate) fn flaws(schema: &str, documents: &[impl AsRef<[u8]>]) -> Vec<Option<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let names: Vec<String> = (0..documents.len()).map(|number| format!("{number:05}.xml")).collect();
    for (name, document) in names.iter().zip(documents) {
        fs::write(folder.path().join(name), document).expect("a file");
    }
    let first: Vec<Option<String>> =
        names.chunks(AT_ONCE).flat_map(|names| xmllint(schema, folder.path(), names)).collect();
    let second = xmlschema(schema, documents);
    for (document, both) in documents.iter().zip(first.iter().zip(&second)) {
        let shown = String::from_utf8_lossy(document.as_ref());
        assert_eq!(both.0.is_some(), both.1.is_some(), "the validators differ: {both:?} of\n{shown}");
    }
    first
}

/// The published schemas.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/xml").canonicalize().expect("the schemas")
}

fn xmllint(schema: &str, folder: &Path, names: &[String]) -> Vec<Option<String>> {
    let mut command = Command::new("xmllint");
    command.args(["--nonet", "--noout", "--huge", "--schema"]).arg(self::folder().join(schema)).args(names);
    let output = command
        .current_dir(folder)
        .output()
        .unwrap_or_else(|fault| panic!("xmllint does not run ({fault}): install the Debian package libxml2-utils"));
    let said = String::from_utf8_lossy(&output.stderr);
    let mut of: HashMap<&str, Vec<&str>> = HashMap::new();
    for line in said.lines() {
        let name = names.iter().find(|name| line.starts_with(name.as_str()));
        of.entry(name.map_or("", String::as_str)).or_default().push(line);
    }
    let verdict = |name: &String| {
        let lines = of.get(name.as_str()).cloned().unwrap_or_default();
        match lines.last() {
            Some(last) if *last == format!("{name} validates") => None,
            Some(last) if *last == format!("{name} fails to validate") => Some(lines.join("\n")),
            _ => panic!("xmllint gives no verdict on {name}: {said}"),
        }
    };
    names.iter().map(verdict).collect()
}

fn xmlschema(schema: &str, documents: &[impl AsRef<[u8]>]) -> Vec<Option<String>> {
    static PYTHON: LazyLock<Mutex<Python>> = LazyLock::new(|| Mutex::new(Python::start()));
    let schema = folder().join(schema);
    let mut python = PYTHON.lock().unwrap_or_else(PoisonError::into_inner);
    documents.iter().map(|document| python.ask(&schema, document.as_ref())).collect()
}

/// A process that keeps the schemas read. It ends when its pipe closes, with the tests.
struct Python {
    _process: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    fn start() -> Self {
        // Beside the build's own folders, where the gate puts it.
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("python").join("bin/python");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/validate.py");
        let started = Command::new(&program).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = started.unwrap_or_else(|fault| {
            panic!("{} does not run ({fault}): `cargo xtask step programs` installs it", program.display())
        });
        let asks = process.stdin.take().expect("a pipe");
        let answers = BufReader::new(process.stdout.take().expect("a pipe"));
        Self { _process: process, asks, answers }
    }

    fn ask(&mut self, schema: &Path, document: &[u8]) -> Option<String> {
        writeln!(self.asks, "{}\t{}", schema.display(), document.len()).expect("Python reads");
        self.asks.write_all(document).and_then(|()| self.asks.flush()).expect("Python reads");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("Python answers");
        serde_json::from_str(&line).unwrap_or_else(|fault| panic!("Python gives no verdict ({fault}); see above"))
    }
}

/// Documents that one `xmllint` takes: as many as a command line holds anywhere.
const AT_ONCE: usize = 1_000;
