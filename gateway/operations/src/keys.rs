//! The key ring's file: making, rotating, listing and reading it. It has its own backup and never enters the store.

use crypto_code::{KeyRing, KeyRingError};
use jiff::civil::Date;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// Why the key ring cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read or written.
    #[error("the key ring {path} cannot be used: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others may read it.
    #[error("the key ring {0} may be read by others than its owner; set its mode to 0600")]
    Open(PathBuf),
    /// It holds what is no key ring.
    #[error("the key ring {path}: {source}")]
    Content {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: KeyRingError,
    },
    /// It exists already.
    #[error("the key ring {0} exists; rotate it instead, a generation is never reused")]
    Exists(PathBuf),
}

/// Where the key ring is, and when it was last read.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    seen: Mutex<Option<(i64, i64, u64)>>,
}

impl KeyFile {
    /// The file at a path; nothing is read yet.
    pub fn at(path: PathBuf) -> Self {
        Self { path, seen: Mutex::new(None) }
    }

    /// Reads the ring.
    ///
    /// # Errors
    /// When the file is missing, open to others, or holds no key ring.
    pub fn read(&self) -> Result<KeyRing, KeysError> {
        let failed = |source| KeysError::File { path: self.path.clone(), source };
        let metadata = fs::metadata(&self.path).map_err(failed)?;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(KeysError::Open(self.path.clone()));
        }
        let text = Zeroizing::new(fs::read_to_string(&self.path).map_err(failed)?);
        let ring = KeyRing::parse(&text).map_err(|source| KeysError::Content { path: self.path.clone(), source })?;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((metadata.mtime(), metadata.mtime_nsec(), metadata.ino()));
        Ok(ring)
    }

    /// Reads the ring if the file is not the one last read.
    ///
    /// # Errors
    /// As [`KeyFile::read`].
    pub fn read_if_changed(&self) -> Result<Option<KeyRing>, KeysError> {
        let failed = |source| KeysError::File { path: self.path.clone(), source };
        let metadata = fs::metadata(&self.path).map_err(failed)?;
        let now = (metadata.mtime(), metadata.mtime_nsec(), metadata.ino());
        if *self.seen.lock().unwrap_or_else(PoisonError::into_inner) == Some(now) {
            return Ok(None);
        }
        self.read().map(Some)
    }
}

/// Makes a new ring of one generation. `key` comes from the system's randomness.
///
/// # Errors
/// When the file exists or cannot be written.
pub fn generate(path: &Path, key: &[u8; 32], today: Date) -> Result<KeyRing, KeysError> {
    let content = |source| KeysError::Content { path: path.to_owned(), source };
    let ring = KeyRing::generate(key, &today.to_string()).map_err(content)?;
    let beside = write_beside(path, &ring)?;
    // A link never replaces: a ring that stands already stays.
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside).map_err(|source| KeysError::File { path: beside, source })?;
    match linked {
        Ok(()) => sync_folder(path)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(KeysError::Exists(path.to_owned()));
        }
        Err(source) => return Err(KeysError::File { path: path.to_owned(), source }),
    }
    Ok(ring)
}

/// Adds a generation that issues from now on; those before it verify only. Running servers notice within a second.
///
/// # Errors
/// When the ring cannot be read or written, or every generation is used up.
pub fn rotate(path: &Path, key: &[u8; 32], today: Date) -> Result<KeyRing, KeysError> {
    let mut ring = KeyFile::at(path.to_owned()).read()?;
    ring.rotate(key, &today.to_string()).map_err(|source| KeysError::Content { path: path.to_owned(), source })?;
    let beside = write_beside(path, &ring)?;
    fs::rename(&beside, path).map_err(|source| KeysError::File { path: path.to_owned(), source })?;
    sync_folder(path)?;
    Ok(ring)
}

/// Writes a ring beside its place, durably: a reader sees the old ring or the new one, and a crash loses neither.
/// Two writers at once cannot both have the file.
fn write_beside(path: &Path, ring: &KeyRing) -> Result<PathBuf, KeysError> {
    let beside = path.with_extension("new");
    let failed = |source| KeysError::File { path: beside.clone(), source };
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).map_err(failed)?;
    file.write_all(ring.to_text().as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(beside)
}

fn sync_folder(path: &Path) -> Result<(), KeysError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|source| KeysError::File { path: folder.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_ring_is_made_once_rotated_and_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let today = date(2026, 11, 21);
        let first = generate(&path, &[1; 32], today).unwrap();
        assert!(matches!(generate(&path, &[2; 32], today), Err(KeysError::Exists(_))));
        let file = KeyFile::at(path.clone());
        assert_eq!(file.read().unwrap().current(), first.current());
        assert!(file.read_if_changed().unwrap().is_none());
        let second = rotate(&path, &[3; 32], today).unwrap();
        assert_ne!(second.current(), first.current());
        assert_eq!(file.read_if_changed().unwrap().unwrap().current(), second.current());
    }

    #[test]
    fn a_ring_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        generate(&path, &[1; 32], date(2026, 11, 21)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(KeyFile::at(path).read(), Err(KeysError::Open(_))));
    }
}
