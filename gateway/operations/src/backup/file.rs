//! What does a backup file look like?
//!
//! One line of JSON that says what it is (`head -1` shows it), the rows compressed by gzip, one a line, and the SHA-256
//! of all bytes before. Every bit of the file counts: what was cut or changed is told before the store is touched.

use super::Progress;
use ebirlik_store::backup::{Contents, Sink};
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Take, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The form of the file; raised when an older program could no longer read it.
const FORM: u32 = 1;
/// Bytes of the closing digest.
const DIGEST_BYTES: u64 = 32;
/// Longest first line: some thirty tables with their columns take 4 KB.
const HEADER_BYTES_MAX: u64 = 1 << 20;
/// Longest row. The server takes no message above 1 GiB, and no database a text above it.
const ROW_BYTES_MAX: u64 = 1 << 30;
/// Rows between two calls of the progress.
const PROGRESS_ROWS: u64 = 1_000;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    ebirlik_backup: u32,
    program: String,
    taken_at: String,
    #[serde(flatten)]
    contents: Contents,
}

/// Hashes what passes through.
struct Hashing {
    file: BufWriter<File>,
    hasher: Sha256,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or(bytes));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes a backup beside its place, and puts it there once it is whole and durable.
pub(super) struct Writer<'a> {
    path: PathBuf,
    beside: PathBuf,
    now: Timestamp,
    rows: Option<GzEncoder<Hashing>>,
    contents: Option<Contents>,
    done: u64,
    progress: Progress<'a>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(path: &Path, now: Timestamp, progress: Progress<'a>) -> Self {
        // Two backups at once never write one file.
        let mut beside = path.file_name().unwrap_or_default().to_owned();
        beside.push(format!(".{}.unfinished", std::process::id()));
        let (path, beside) = (path.to_owned(), path.with_file_name(beside));
        Self { path, beside, now, rows: None, contents: None, done: 0, progress }
    }

    /// Closes the file, makes it durable and gives it its name.
    pub(super) fn finish(mut self) -> io::Result<Contents> {
        let (Some(rows), Some(contents)) = (self.rows.take(), self.contents.clone()) else {
            return Err(io::Error::other("nothing was copied"));
        };
        let mut hashing = rows.finish()?;
        let digest = hashing.hasher.finalize();
        hashing.file.write_all(&digest)?;
        hashing.file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&self.beside, &self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
        self.contents = None;
        (self.progress)(self.done, self.done);
        Ok(contents)
    }
}

impl Drop for Writer<'_> {
    /// Of a backup that was begun and not finished nothing stays.
    fn drop(&mut self) {
        if self.contents.is_some() {
            let _ = fs::remove_file(&self.beside);
        }
    }
}

impl Sink for Writer<'_> {
    fn contents(&mut self, contents: &Contents) -> io::Result<()> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.beside)?;
        self.contents = Some(contents.clone());
        let mut hashing = Hashing { file: BufWriter::new(file), hasher: Sha256::new() };
        let header = Header {
            ebirlik_backup: FORM,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            taken_at: self.now.to_string(),
            contents: contents.clone(),
        };
        serde_json::to_writer(&mut hashing, &header)?;
        hashing.write_all(b"\n")?;
        // Beside a running server: little work for nearly all of the gain.
        self.rows = Some(GzEncoder::new(hashing, Compression::fast()));
        Ok(())
    }

    fn row(&mut self, row: &str) -> io::Result<()> {
        let rows = self.rows.as_mut().ok_or_else(|| io::Error::other("rows before contents"))?;
        rows.write_all(row.as_bytes())?;
        rows.write_all(b"\n")?;
        self.done += 1;
        if self.done.is_multiple_of(PROGRESS_ROWS) {
            (self.progress)(self.done, self.contents.as_ref().map_or(0, Contents::rows));
        }
        Ok(())
    }
}

/// Reads a backup whose bytes are known to be those that were written.
pub(super) struct Reader<'a> {
    pub(super) contents: Contents,
    pub(super) taken_at: Timestamp,
    rows: BufReader<GzDecoder<BufReader<Take<File>>>>,
    done: u64,
    progress: Progress<'a>,
}

impl<'a> Reader<'a> {
    /// Proves the whole file by its digest, and reads the first line.
    pub(super) fn open(path: &Path, progress: Progress<'a>) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let length = prove(&mut file)?;
        file.rewind()?;
        let mut file = BufReader::new(file.take(length));
        let mut line = Vec::new();
        file.by_ref().take(HEADER_BYTES_MAX).read_until(b'\n', &mut line)?;
        let header: Header = serde_json::from_slice(&line).map_err(|_| damaged("it is no backup of this program's"))?;
        if header.ebirlik_backup != FORM {
            return Err(damaged("a newer program made it; take that program, or a newer one"));
        }
        let taken_at = header.taken_at.parse().map_err(|_| damaged("it does not say when it was made"))?;
        Ok(Self { contents: header.contents, taken_at, rows: BufReader::new(GzDecoder::new(file)), done: 0, progress })
    }

    fn next_row(&mut self) -> io::Result<Option<String>> {
        let mut row = String::new();
        if self.rows.by_ref().take(ROW_BYTES_MAX).read_line(&mut row)? == 0 {
            return Ok(None);
        }
        if row.pop() != Some('\n') {
            return Err(damaged("a row has no end"));
        }
        self.done += 1;
        if self.done.is_multiple_of(PROGRESS_ROWS) {
            (self.progress)(self.done, self.contents.rows());
        }
        Ok(Some(row))
    }
}

impl Iterator for Reader<'_> {
    type Item = io::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().transpose()
    }
}

/// Holds a file to the digest at its end; the length of what is before it.
fn prove(file: &mut File) -> io::Result<u64> {
    let length = file.metadata()?.len().checked_sub(DIGEST_BYTES).ok_or_else(|| damaged("it is no backup"))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut before = file.take(length);
    loop {
        let read = before.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
    let mut digest = Vec::new();
    file.read_to_end(&mut digest)?;
    if hasher.finalize().as_slice() != digest.as_slice() {
        return Err(damaged("it was cut or changed: its digest does not match; nothing was restored"));
    }
    Ok(length)
}

fn damaged(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ebirlik_store::backup::Table;

    #[test]
    fn an_unfinished_backup_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy");
        let table = Table { name: "firm".to_owned(), columns: vec!["tax_no".to_owned()], rows: 2 };
        let contents = Contents { engine: "sqlite".to_owned(), schema: 3, tables: vec![table] };
        let write = |rows: &[&str], finish: bool| {
            let mut progress = |_, _| ();
            let mut writer = Writer::new(&path, Timestamp::UNIX_EPOCH, &mut progress);
            writer.contents(&contents).unwrap();
            for row in rows {
                writer.row(row).unwrap();
            }
            if finish {
                writer.finish().unwrap();
            }
        };
        write(&["[1]", "[2]"], true);
        write(&["[3]"], false);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let mut progress = |_, _| ();
        let reader = Reader::open(&path, &mut progress).unwrap();
        assert_eq!((&reader.contents, reader.taken_at), (&contents, Timestamp::UNIX_EPOCH));
        assert_eq!(reader.collect::<io::Result<Vec<_>>>().unwrap(), ["[1]", "[2]"]);
    }
}
