//! What does the gate need beyond cargo, and how does it get there? PostgreSQL's programs, curl, xmllint, readers of PDF
//! and barcodes, Python with a validator, Chromium with axe-core, and cargo-deny.

use crate::gate::{cargo, finish, root};
use anyhow::{Context, Result, bail};
use std::{
    env, fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Looks where the tests look; installs Debian's package when that is for us to do.
pub(crate) fn ensure_postgresql() -> Result<()> {
    if let Some(folder) = postgresql() {
        println!("found in {}", folder.display());
        return Ok(());
    }
    install("postgresql", "initdb and postgres were not found: install PostgreSQL's server")?;
    postgresql().context("the package `postgresql` was installed, yet initdb and postgres were not found")?;
    Ok(())
}

/// The numbers of the user and the group `postgres`.
pub(crate) fn postgres_account() -> Result<(u32, u32)> {
    let accounts = fs::read_to_string("/etc/passwd")?;
    let numbers = accounts.lines().find_map(|line| {
        let mut fields = line.strip_prefix("postgres:")?.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    numbers.context("there is no user `postgres`; install the package `postgresql`")
}

/// curl tries README's lines as printed, xmllint holds answers against the schemas, pdftotext and zbarimg read what we print.
pub(crate) fn ensure_program(program: &str, package: &str) -> Result<()> {
    // Some know another word for their version; that it starts is enough.
    if Command::new(program).arg("--version").output().is_ok() {
        return Ok(());
    }
    install(package, &format!("{program} was not found: install it"))
}

/// Python, and in an environment of its own inside the build folder what the tests import.
pub(crate) fn ensure_python() -> Result<()> {
    ensure_program("python3", "python3")?;
    let environment = target().join("python");
    let python = environment.join("bin/python");
    let imports = |python: &Path| {
        let is_there = |(package, version): (&str, &str)| format!("assert m.version('{package}') == '{version}'");
        let check = format!("import importlib.metadata as m; {}", PACKAGES.map(is_there).join("; "));
        Command::new(python).args(["-c", &check]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    if imports(&python) {
        return Ok(());
    }
    if !Command::new("python3").args(["-c", "import ensurepip, venv"]).status()?.success() {
        install("python3-venv", "Python's own environments were not found: install them")?;
    }
    finish(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    let packages = PACKAGES.map(|(package, version)| format!("{package}=={version}"));
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    finish(Command::new(&python).args(pip).args(packages))
}

/// axe-core, which finds what people with disabilities would stumble over, unpacked in the build folder: it is read by
/// tests alone and none of it is ours.
pub(crate) fn ensure_axe() -> Result<()> {
    let folder = target().join("axe-core");
    let manifest = fs::read_to_string(folder.join("package/package.json")).unwrap_or_default();
    if manifest.contains(&format!("\"version\": \"{AXE}\"")) {
        return Ok(());
    }
    ensure_program("npm", "npm")?;
    fs::create_dir_all(&folder)?;
    finish(Command::new("npm").args(["pack", "--silent", &format!("axe-core@{AXE}")]).current_dir(&folder))?;
    finish(Command::new("tar").args(["-xzf", &format!("axe-core-{AXE}.tgz")]).current_dir(&folder))
}

/// The build folder.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A folder for what need not outlive a run: in memory where there is one, since a store waits for its disk.
pub(crate) fn memory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { env::temp_dir() }
}

/// Installs Debian's package when that is for us to do, else says what is missing.
fn install(package: &str, missing: &str) -> Result<()> {
    let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !root || !Path::new("/usr/bin/apt-get").exists() {
        bail!("{missing}, on Debian the package `{package}`");
    }
    finish(apt_get().arg("update"))?;
    finish(apt_get().args(["install", "--yes", "--no-install-recommends", package]))
}

/// Builds it when it is absent; without optimisation, since it runs for seconds.
pub(crate) fn ensure_cargo_deny() -> Result<()> {
    if cargo(&["deny", "--version"]).is_ok() {
        return Ok(());
    }
    println!("cargo-deny is absent: building it, which takes some minutes");
    cargo(&["install", "--locked", "--debug", "cargo-deny", "--version", CARGO_DENY])
        .context("cargo-deny could not be installed")
}

/// What tests import in Python, with its version: the second validator of the schemas, by other people than xmllint's,
/// and a mail server that is not ours.
const PACKAGES: [(&str, &str); 2] = [("xmlschema", "4.1.0"), ("aiosmtpd", "1.4.6")];
/// A newer one may know of more faults.
const AXE: &str = "4.14.1";
/// The version that `deny.toml` is written for.
const CARGO_DENY: &str = "0.20.2";

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// The folder of PostgreSQL's programs.
pub(crate) fn postgresql() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(debian.map(|version| version.path().join("bin")))
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}
