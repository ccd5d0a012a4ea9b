//! What do other people's programs read from our documents?

use flate2::read::DeflateDecoder;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A PDF in a folder of its own, for programs that read files.
pub(crate) struct Printed {
    folder: tempfile::TempDir,
}

/// A word and where it stands: left, top, right, bottom in points.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) page: usize,
    pub(crate) text: String,
    pub(crate) at: [f64; 4],
}

impl Printed {
    pub(crate) fn new(pdf: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("document.pdf"), pdf).expect("a file can be written");
        Self { folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("document.pdf")
    }

    /// The text of each page, each run of white a single space.
    pub(crate) fn pages(&self) -> Vec<String> {
        let text = run("pdftotext", "poppler-utils", &["-layout"], &[&self.file(), Path::new("-")]);
        let pages = text.split('\u{c}').map(|page| page.split_whitespace().collect::<Vec<_>>().join(" "));
        let mut pages: Vec<String> = pages.collect();
        pages.pop();
        pages
    }

    /// The text of all pages without any white, for words that lines broke.
    pub(crate) fn letters(&self) -> String {
        let text = run("pdftotext", "poppler-utils", &["-raw"], &[&self.file(), Path::new("-")]);
        text.split_whitespace().collect()
    }

    /// Every word and where it stands, and how wide and high each page is.
    pub(crate) fn words(&self) -> (Vec<Word>, Vec<[f64; 2]>) {
        let (mut words, mut pages) = (Vec::new(), Vec::new());
        let boxes = run("pdftotext", "poppler-utils", &["-bbox"], &[&self.file(), Path::new("-")]);
        for line in boxes.lines() {
            let numbers = || line.split('"').skip(1).step_by(2).filter_map(|number| number.parse().ok());
            if line.contains("<page ") {
                pages.push(numbers().collect::<Vec<f64>>().try_into().expect("width and height"));
            } else if line.contains("<word ") {
                let text = line.split(['>', '<']).nth(2).unwrap_or_default().to_owned();
                let at = numbers().collect::<Vec<f64>>().try_into().expect("four sides");
                words.push(Word { page: pages.len(), text, at });
            }
        }
        (words, pages)
    }

    /// What a camera and a scanner read from the first page, printed at this many dots to the inch.
    pub(crate) fn scanned(&self, dots: &str) -> Vec<String> {
        let picture = self.folder.path().join("page");
        let first = ["-png", "-gray", "-singlefile", "-r", dots];
        run("pdftoppm", "poppler-utils", &first, &[&self.file(), &picture]);
        let read = run("zbarimg", "zbar-tools", &["--quiet"], &[&picture.with_extension("png")]);
        let mut read: Vec<String> = read.lines().map(str::to_owned).collect();
        read.sort();
        read
    }
}

fn run(program: &str, package: &str, options: &[&str], files: &[&Path]) -> String {
    let done = Command::new(program).args(options).args(files).output();
    let done = done.unwrap_or_else(|fault| panic!("{program}: {fault}; install the Debian package `{package}`"));
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("UTF-8")
}

/// A part of a workbook, unpacked. Parts are found by the heads before them; a packed part knows its own end.
pub(crate) fn part(workbook: &[u8], name: &str) -> String {
    let named = |at: &usize| workbook[at + 30..].starts_with(name.as_bytes());
    let heads = (0..workbook.len() - 30).filter(|at| workbook[*at..].starts_with(b"PK\x03\x04"));
    let head = heads.into_iter().find(named).unwrap_or_else(|| panic!("no {name}"));
    let length = |at: usize| usize::from(u16::from_le_bytes([workbook[head + at], workbook[head + at + 1]]));
    let mut text = String::new();
    let packed = &workbook[head + 30 + length(26) + length(28)..];
    DeflateDecoder::new(packed).read_to_string(&mut text).expect("a part is packed text");
    text
}
