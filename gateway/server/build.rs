//! Puts every file under `schemas/` into the program, so that what is published is what it was built with.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the schemas lie, seen from this crate.
const SCHEMAS: &str = "../../schemas";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={SCHEMAS}");
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join(SCHEMAS).canonicalize()?;
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut out = String::from("/// Every file under `schemas/`, by its path there.\n");
    writeln!(out, "pub(crate) const FILES: &[(&str, &[u8])] = &[")?;
    for file in files {
        let name = file.strip_prefix(&root)?.to_str().ok_or("a schema's name is no UTF-8")?;
        let path = file.to_str().ok_or("a schema's path is no UTF-8")?;
        writeln!(out, "({name:?}, include_bytes!({path:?})),")?;
    }
    writeln!(out, "];")?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("schemas.rs"), out)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
