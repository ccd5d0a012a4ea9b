//! Trains the dictionary that stored declarations are packed with: `cargo run -p ebirlik-benches --example dictionary`.
//!
//! The samples are the contents of our fixtures. Their digits and letters in values are drawn anew for each sample, so
//! that the dictionary learns names and shapes and nobody's figures. The same seed gives the same file.
#![expect(clippy::print_stdout, reason = "a tool of the command line speaks on standard output")]

use ebirlik_message::{RequestFacts, read};
use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut random = Random(0x2026_1126);
    let mut samples: Vec<Vec<u8>> = Vec::new();
    for content in contents(&root.join("fixtures/bilge"))? {
        for _ in 0..SAMPLES_EACH {
            samples.push(redrawn(&content, &mut random));
        }
    }
    for items in 1..=40 {
        for _ in 0..SAMPLES_EACH {
            samples.push(redrawn(&detail(items), &mut random));
        }
    }
    let dictionary = zstd::dict::from_samples(&samples, DICTIONARY_BYTES)?;
    let path = root.join("gateway/store/dictionaries/1.zdict");
    fs::write(&path, &dictionary)?;
    println!("{} samples, {} bytes: {}", samples.len(), dictionary.len(), path.display());
    Ok(())
}

/// Stored contents of the fixtures that can be read and are of an ordinary length, in a fixed order.
fn contents(folder: &Path) -> io::Result<Vec<String>> {
    let mut cases: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    cases.sort();
    let mut contents = Vec::new();
    for case in cases {
        let Ok(bytes) = fs::read(case.join("request.xml")) else { continue };
        if let Ok(read) = read(&bytes, &RequestFacts::default())
            && read.declaration.content.len() < CONTENT_BYTES_MAX
        {
            contents.push(read.declaration.content);
        }
    }
    Ok(contents)
}

/// What an approval keeps of a price of so many items, in the store's form.
fn detail(items: usize) -> String {
    let item = |number| {
        format!(r#"{{"n":{number},"sector":"HAZIRGIYIM","fob":"25000.00","currency":"USD","ppm":500,"fee":51877}}"#)
    };
    let rate = r#"{"currency":"USD","buying":"41.5012","unit":1,"date":"2026-11-20","bulletin":"2026/220"}"#;
    let items: Vec<String> = (1..=items).map(item).collect();
    format!(r#"{{"rates":[{rate}],"items":[{}]}}"#, items.join(","))
}

/// The text with every digit drawn anew.
fn redrawn(text: &str, random: &mut Random) -> Vec<u8> {
    text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' + random.digit() } else { byte }).collect()
}

/// A small seeded generator (`SplitMix64`).
struct Random(u64);

impl Random {
    fn digit(&mut self) -> u8 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u8::try_from((mixed ^ (mixed >> 31)) % 10).unwrap_or_default()
    }
}

/// Beyond 16 KB a dictionary gains little and costs cache.
const DICTIONARY_BYTES: usize = 16 << 10;
const SAMPLES_EACH: usize = 20;
const CONTENT_BYTES_MAX: usize = 64 << 10;
