//! Is the house in order? What the compiler cannot hold: the code map against the tree, the layers, the mirrored
//! migrations, a test for every capability we claim, and nothing left undone.
//!
//! Each test collects everything that is wrong before it fails.

#[path = "house/turkish.rs"]
mod turkish;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[test]
fn architecture_maps_every_file_and_only_files_that_exist() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap_or_default();
    let (map, mut wrong) = code_map(&text);
    let tree: BTreeSet<String> = rust_files().into_iter().filter(|file| is_mapped(file)).collect();
    wrong.extend(tree.difference(&map).map(|file| format!("not in the code map: {file}")));
    wrong.extend(map.difference(&tree).map(|file| format!("in the code map, not in the tree: {file}")));
    assert_none(wrong);
}

#[test]
fn each_crate_knows_only_the_floors_below() {
    let mut wrong = Vec::new();
    for layer in LAYERS {
        wrong.extend(dependencies(layer.folder).into_iter().filter_map(|name| {
            let reason = layer.forbids(&name)?;
            Some(format!("{}/Cargo.toml: {name}: {reason}", layer.folder))
        }));
        let in_layer = |file: &&String| file.starts_with(&format!("{}/src/", layer.folder));
        // A test may look from above at what its crate must not know.
        for file in rust_files().iter().filter(in_layer).filter(|file| !file.ends_with("/tests.rs")) {
            let source = read(file);
            for (line, number) in product(&source).lines().zip(1..) {
                wrong.extend(crates_named(line).into_iter().filter_map(|name| {
                    let reason = layer.forbids(&name)?;
                    Some(format!("{file}:{number}: {name}: {reason}"))
                }));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn every_file_opens_by_saying_what_it_answers() {
    let openings = ["//!", "#![doc = include_str!("]; // a crate may open with its README
    let silent =
        rust_files().into_iter().filter(|file| !openings.iter().any(|opening| read(file).starts_with(opening)));
    assert_none(silent.map(|file| format!("does not open with //!: {file}")));
}

#[test]
fn migrations_of_the_two_stores_mirror_each_other() {
    let of = |engine: &str| -> BTreeSet<String> {
        files(&root().join("gateway/store/migrations").join(engine))
            .iter()
            .filter_map(|file| Some(file.file_name()?.to_str()?.to_owned()))
            .collect()
    };
    let (sqlite, postgres) = (of("sqlite"), of("postgres"));
    let mut wrong: Vec<String> = sqlite.difference(&postgres).map(|name| format!("only for SQLite: {name}")).collect();
    wrong.extend(postgres.difference(&sqlite).map(|name| format!("only for PostgreSQL: {name}")));
    if sqlite.is_empty() && postgres.is_empty() {
        wrong.push("gateway/store/migrations/{sqlite,postgres} hold no migration".to_owned());
    }
    assert_none(wrong);
}

#[test]
fn every_capability_is_named_by_a_test() {
    let evidence = evidence();
    let bare = capabilities().into_iter().filter(|id| !evidence.iter().any(|line| names(line, id)));
    assert_none(bare.map(|id| format!("no test, no line of a test's notes and no case.toml names {id}")));
}

#[test]
fn nothing_is_left_undone_and_no_lint_is_silenced() {
    let mut wrong = Vec::new();
    for file in rust_files() {
        for (line, number) in read(&file).lines().zip(1..) {
            let code = line.trim_start();
            let attribute = code.starts_with('#');
            if attribute && code.contains("allow(") {
                wrong.push(format!("{file}:{number}: expect with a reason, never allow"));
            }
            if attribute && code.contains("[ignore") {
                wrong.push(format!("{file}:{number}: a test that does not run"));
            }
            if UNDONE.iter().any(|(left, right)| code.contains(&format!("{left}{right}"))) {
                wrong.push(format!("{file}:{number}: left undone"));
            }
        }
    }
    assert_none(wrong);
}

/// What one crate may know.
struct Layer {
    folder: &'static str,
    /// Of our own crates, these.
    ours: &'static [&'static str],
    /// Of other people's crates, all but these.
    never: &'static [&'static str],
}

impl Layer {
    fn forbids(&self, name: &str) -> Option<&'static str> {
        let itself = name == self.folder.replace("gateway/", "ebirlik-");
        if !itself && is_ours(name) && !self.ours.contains(&name) {
            return Some("not on a floor below");
        }
        self.never.contains(&name).then_some("never in this crate")
    }
}

/// ARCHITECTURE.md gives the reasons.
const LAYERS: &[Layer] = &[
    Layer { folder: "crypto-code", ours: &[], never: &["serde", "sqlx", "axum", "tokio"] },
    Layer { folder: "gateway/domain", ours: &[], never: &["serde", "sqlx", "axum", "tokio"] },
    Layer { folder: "gateway/documents", ours: &["ebirlik-domain"], never: &["serde", "sqlx", "axum", "tokio"] },
    Layer { folder: "gateway/message", ours: &["ebirlik-domain"], never: &["sqlx", "axum", "tokio"] },
    Layer { folder: "gateway/store", ours: &["ebirlik-domain", "crypto-code"], never: &["axum"] },
    Layer {
        folder: "gateway/operations",
        ours: &["ebirlik-domain", "ebirlik-documents", "ebirlik-message", "ebirlik-store", "crypto-code"],
        never: &["axum", "sqlx"],
    },
    Layer {
        folder: "gateway/portal",
        ours: &["ebirlik-domain", "ebirlik-documents", "ebirlik-operations", "ebirlik-store", "crypto-code"],
        never: &["sqlx"],
    },
    Layer {
        folder: "gateway/server",
        ours: &[
            "ebirlik-domain",
            "ebirlik-message",
            "ebirlik-store",
            "ebirlik-operations",
            "ebirlik-portal",
            "crypto-code",
        ],
        never: &[],
    },
    // A bank knows nothing of us but its own protocol.
    Layer { folder: "gateway/bank-simulator", ours: &[], never: &["sqlx"] },
    Layer { folder: "xtask", ours: &[], never: &[] },
];

/// What the first version does: a letter or a section, the first number and the last.
///
/// The capabilities are the statements of the list of requirements, G of the gateway, R of the rules, P of the portal and S of
/// the staff behind it.
const CAPABILITIES: &[(&str, u32, u32)] = &[
    ("G-", 1, 14),
    ("G-", 21, 62),
    ("G-", 66, 75),
    ("G-", 79, 86),
    ("G-", 88, 88),
    ("G-", 90, 90),
    ("G-", 92, 95),
    ("G-", 97, 97),
    ("R-1.", 2, 2),
    ("R-1.", 9, 11),
    ("R-2.", 1, 12),
    ("R-2.", 20, 22),
    ("R-3.", 5, 7),
    ("R-3.", 9, 12),
    ("R-4.", 1, 6),
    ("R-5.", 1, 9),
    ("R-", 6, 8),
    ("P-1.", 1, 3),
    ("P-1.1.", 1, 17),
    ("P-1.2.", 1, 17),
    ("P-2.", 1, 3),
    ("P-3.", 1, 2),
    ("P-0.", 1, 3),
    ("P-4.0.", 1, 2),
    ("P-4.1.", 6, 7),
    ("P-4.4.", 1, 6),
    ("P-4.7.", 1, 5),
    ("P-4.7.1.", 1, 6),
    ("P-4.8.", 1, 1),
    ("P-4.13.", 1, 1),
    ("P-4.15.", 1, 2),
    ("P-4.16.", 1, 1),
    ("P-5.0.", 1, 2),
    ("P-5.1.", 1, 2),
    ("P-5.4.", 1, 1),
    ("P-5.4.1.", 1, 5),
    ("P-5.5.", 1, 1),
    ("P-5.7.", 1, 1),
    ("P-5.9.", 1, 2),
    ("P-5.10.", 1, 1),
    ("S-", 1, 2),
    ("S-", 4, 4),
    ("S-", 9, 9),
    ("S-", 12, 13),
];

/// In halves, so that this file does not accuse itself.
const UNDONE: &[(&str, &str)] = &[("todo", "!("), ("unimplemented", "!("), ("// TO", "DO"), ("// FIX", "ME")];

fn capabilities() -> Vec<String> {
    CAPABILITIES.iter().flat_map(|&(start, from, to)| (from..=to).map(move |n| format!("{start}{n}"))).collect()
}

/// Whether the line names the capability, written `R-2.10` in prose or `r_2_10` in a name.
fn names(line: &str, id: &str) -> bool {
    let as_name = |text: &str| text.to_ascii_lowercase().replace(['-', '.'], "_");
    let (line, id) = (as_name(line), as_name(id));
    line.match_indices(&id).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let mut after = line.get(at + id.len()..).unwrap_or_default().chars();
        // R-6 is not named by, nor G-2 by G-21; a number that follows a name, `g_2_00_kurus`, does not disturb.
        let ends = !after.next().is_some_and(|next| next.is_ascii_digit());
        ends && !before.is_some_and(|last| last.is_ascii_alphanumeric())
    })
}

/// The lines which may name a capability: names and notes of tests, and the cases of the fixtures.
fn evidence() -> Vec<String> {
    let mut lines = Vec::new();
    for file in rust_files().iter().filter(|file| !file.ends_with("tests/house.rs")) {
        let source = read(file);
        let product = if is_test_file(file, &source) { "" } else { product(&source) };
        let tests = source.strip_prefix(product).unwrap_or_default();
        lines.extend(tests.lines().map(str::trim).filter(|line| is_note_or_name(line)).map(str::to_owned));
    }
    let cases = files(&root().join("fixtures"));
    let cases = cases.iter().filter(|file| file.file_name().is_some_and(|name| name == "case.toml"));
    for case in cases {
        let text = fs::read_to_string(case).expect("a case.toml can be read");
        lines.extend(text.lines().map(str::to_owned));
    }
    lines
}

fn is_note_or_name(line: &str) -> bool {
    line.starts_with("//") || line.starts_with("fn ") || line.starts_with("async fn ")
}

/// Whether all of it is tests: it lies under `tests/`, or has tests and no module for them.
fn is_test_file(file: &str, source: &str) -> bool {
    file.contains("/tests/")
        || (product(source) == source && ["#[test]", "#[tokio::test"].iter().any(|mark| source.contains(mark)))
}

/// A source file up to its tests, which stand last.
fn product(source: &str) -> &str {
    source.split_once("#[cfg(test)]\nmod ").map_or(source, |(product, _)| product)
}

/// The files that the section `Code map` names, `path  what it answers` a line, also as a list or a table; and the
/// lines which name a file and do not say what it answers, or name it twice.
fn code_map(architecture: &str) -> (BTreeSet<String>, Vec<String>) {
    let mut map = BTreeSet::new();
    let mut wrong = Vec::new();
    let section = architecture
        .lines()
        .skip_while(|line| !(line.starts_with('#') && line.to_ascii_lowercase().contains("code map")))
        .skip(1)
        .take_while(|line| !line.starts_with("## ") && !line.starts_with("# "));
    for line in section {
        let line = line.trim_matches(|c: char| c.is_whitespace() || matches!(c, '|' | '-' | '*' | '`'));
        let (path, answer) = line.split_once([' ', '`', '|', '\t']).unwrap_or((line, ""));
        if !is_mapped(path) {
            continue;
        }
        if !answer.contains(char::is_alphabetic) {
            wrong.push(format!("the code map does not say what it answers: {path}"));
        }
        if !map.insert(path.to_owned()) {
            wrong.push(format!("twice in the code map: {path}"));
        }
    }
    (map, wrong)
}

/// Whether the code map lists it: the sources of our crates and of xtask.
fn is_mapped(file: &str) -> bool {
    let rust = Path::new(file).extension().is_some_and(|extension| extension == "rs");
    rust && LAYERS.iter().any(|layer| file.starts_with(&format!("{}/src/", layer.folder)))
}

/// The names under `[dependencies]`; what only tests and build scripts use is not bound to the layers.
fn dependencies(folder: &str) -> Vec<String> {
    let manifest: toml::Table = read(&format!("{folder}/Cargo.toml")).parse().expect("cargo has read it before");
    manifest
        .get("dependencies")
        .and_then(toml::Value::as_table)
        .into_iter()
        .flat_map(toml::Table::keys)
        .cloned()
        .collect()
}

/// The crates that a line of code names, as cargo writes them: `ebirlik_store::open` names `ebirlik-store`.
fn crates_named(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or_default();
    let mut names = Vec::new();
    for (at, _) in code.match_indices("::") {
        let before = code.get(..at).unwrap_or_default();
        let start = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(0, |last| last + 1);
        // `domain::serde::x` does not name the crate `serde`.
        if !before.get(..start).unwrap_or_default().ends_with("::") {
            names.push(before.get(start..).unwrap_or_default().replace('_', "-"));
        }
    }
    names
}

fn is_ours(name: &str) -> bool {
    name.starts_with("ebirlik-") || name == "crypto-code"
}

/// Our Rust files, as paths from the root with `/`.
fn rust_files() -> Vec<String> {
    let root = root();
    ["gateway", "crypto-code", "xtask", "fuzz", "benches"]
        .iter()
        .flat_map(|folder| files(&root.join(folder)))
        .filter_map(|file| Some(file.strip_prefix(&root).ok()?.to_str()?.to_owned()))
        .filter(|file| Path::new(file).extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// All files under a folder, in order; none when it does not exist. Build folders are passed over.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a folder can be listed").path();
        if !path.is_dir() {
            found.push(path);
        } else if path.file_name().is_some_and(|name| name != "target") {
            found.extend(files(&path));
        }
    }
    found.sort();
    found
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|fault| panic!("{file}: {fault}"))
}

fn root() -> PathBuf {
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    server.ancestors().nth(2).expect("the server lies two folders down").to_owned()
}

/// Fails with everything that is wrong, one a line.
fn assert_none(wrong: impl IntoIterator<Item = String>) {
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_checks_see_what_they_should() {
    assert!(names("fn g_21_a_declaration_is_read()", "G-21"));
    assert!(names("/// R-2.10, G-22: the fee", "R-2.10"));
    assert!(!names("fn g_21_a_declaration_is_read()", "G-2"));
    assert!(!names("/// R-2.10: the fee", "R-2.1"));
    assert!(!names("avg_21", "G-21"));
    assert_eq!(crates_named("use ebirlik_store::{sqlx::x}; // axum::y"), ["ebirlik-store", "sqlx"]);
    assert_eq!(crates_named("let x = crate::sqlx::open();"), ["crate"]);
    let (map, wrong) =
        code_map("## 2. Code map\n| `xtask/src/main.rs` | verbs |\nxtask/src/gate.rs\n## 3\nxtask/src/x.rs a");
    assert_eq!(map, ["xtask/src/gate.rs", "xtask/src/main.rs"].map(str::to_owned).into());
    assert_eq!(wrong, ["the code map does not say what it answers: xtask/src/gate.rs"]);
}
