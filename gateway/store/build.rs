//! A migration that was added is no change of a Rust file; the compiler is told of it here.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
