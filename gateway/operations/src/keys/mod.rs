//! The key ring's file: making, rotating, sealing, listing and reading it. It has its own keeping and never enters the
//! store. `docs/keys.md` is written for those who keep it.

mod sealed;

pub use sealed::{Passphrase, SealedError};

use crypto_code::{Generation, KeyRing, KeyRingError};
use jiff::civil::Date;
use std::fs::{self, OpenOptions};
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
    /// It is sealed, and nobody gave the passphrase.
    #[error("the key ring {0} is sealed; set EBIRLIK_KEYS_PASSPHRASE, or keys_passphrase_file in the configuration")]
    NoPassphrase(PathBuf),
    /// It does not open.
    #[error("the key ring {path} stays closed: {source}")]
    Sealed {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: SealedError,
    },
    /// Too short to seal with.
    #[error("a passphrase to seal keys with has at least twelve characters; five random words are good")]
    ShortPassphrase,
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
    /// Another command is at work.
    #[error("another command is changing the key ring; if none runs, one was cut off: then remove {0}")]
    Changing(PathBuf),
}

/// Where the key ring is, what opens it, and when it was last read.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    passphrase: Option<Passphrase>,
    seen: Mutex<Option<Mark>>,
}

/// What tells one version of the file from another: when it was written, and its inode.
type Mark = (i64, i64, u64);

/// What a change of the ring may need: fresh from the system's randomness, and the day.
#[derive(Debug)]
pub struct Fresh {
    /// For a new generation.
    pub key: Zeroizing<[u8; 32]>,
    /// For sealing.
    pub salt: [u8; 16],
    /// When it happens.
    pub today: Date,
}

/// How a ring's text lies in its file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Sealed,
}

impl KeyFile {
    /// The file at a path, and the passphrase if it is sealed; nothing is read yet.
    pub fn at(path: PathBuf, passphrase: Option<Passphrase>) -> Self {
        Self { path, passphrase, seen: Mutex::new(None) }
    }

    /// Reads the ring. A sealed one takes a good part of a second.
    ///
    /// # Errors
    /// When the file is missing, open to others, does not open with the passphrase, or holds no key ring.
    pub fn read(&self) -> Result<KeyRing, KeysError> {
        Ok(self.read_in_its_form()?.0)
    }

    /// Reads the ring if the file is not the one last read.
    ///
    /// # Errors
    /// As [`KeyFile::read`].
    pub fn read_if_changed(&self) -> Result<Option<KeyRing>, KeysError> {
        let metadata = fs::metadata(&self.path).map_err(|source| file_error(&self.path, source))?;
        if *self.seen.lock().unwrap_or_else(PoisonError::into_inner) == Some(mark(&metadata)) {
            return Ok(None);
        }
        self.read().map(Some)
    }

    /// Makes a new ring of one generation, sealed when there is a passphrase. After a loss without a copy, the generation
    /// is the one after the last that was `lost`.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn generate(&self, fresh: &Fresh, lost: Option<Generation>) -> Result<KeyRing, KeysError> {
        let today = fresh.today.to_string();
        let ring = match lost {
            Some(lost) => KeyRing::generate_after(lost, &fresh.key, &today),
            None => KeyRing::generate(&fresh.key, &today),
        };
        let ring = ring.map_err(|source| self.content_error(source))?;
        let form = if self.passphrase.is_some() { Form::Sealed } else { Form::Plain };
        let text = self.written(&ring, form, &fresh.salt)?;
        write_new(&self.path, &text)?;
        Ok(ring)
    }

    /// Adds a generation that issues from now on; those before it verify only. Running servers notice within a second.
    ///
    /// # Errors
    /// When the ring cannot be read or written, or every generation is used up.
    pub fn rotate(&self, fresh: &Fresh) -> Result<KeyRing, KeysError> {
        self.change(fresh, None, |ring| ring.rotate(&fresh.key, &fresh.today.to_string()).map(|_| ()))
    }

    /// A generation never issues again: if it is the one that does, a new one is added. Twice is as once.
    ///
    /// # Errors
    /// As [`KeyFile::rotate`], and when the ring has no such generation.
    pub fn retire(&self, generation: Generation, fresh: &Fresh) -> Result<KeyRing, KeysError> {
        self.change(fresh, None, |ring| retire(ring, generation, fresh))
    }

    /// Somebody else may hold a generation's key: it is retired and marked, so that every verification names it. Which of
    /// its codes are good the store says.
    ///
    /// # Errors
    /// As [`KeyFile::retire`].
    pub fn mark_leaked(&self, generation: Generation, fresh: &Fresh) -> Result<KeyRing, KeysError> {
        self.change(fresh, None, |ring| {
            retire(ring, generation, fresh)?;
            ring.mark_leaked(generation)
        })
    }

    /// Seals the ring with the passphrase.
    ///
    /// # Errors
    /// As [`KeyFile::read`]; when there is no passphrase, or a short one.
    pub fn seal(&self, fresh: &Fresh) -> Result<KeyRing, KeysError> {
        self.change(fresh, Some(Form::Sealed), |_| Ok(()))
    }

    /// Writes a sealed copy of the ring to a new file, and leaves the ring as it is.
    ///
    /// # Errors
    /// As [`KeyFile::seal`], and when the file exists.
    pub fn seal_copy(&self, copy: &Path, fresh: &Fresh) -> Result<KeyRing, KeysError> {
        let ring = self.read()?;
        write_new(copy, &self.written(&ring, Form::Sealed, &fresh.salt)?)?;
        Ok(ring)
    }

    /// Takes the seal off: the ring lies in the clear, guarded by its mode alone.
    ///
    /// # Errors
    /// As [`KeyFile::read`].
    pub fn unseal(&self, fresh: &Fresh) -> Result<KeyRing, KeysError> {
        self.change(fresh, Some(Form::Plain), |_| Ok(()))
    }

    fn read_in_its_form(&self) -> Result<(KeyRing, Form), KeysError> {
        let metadata = fs::metadata(&self.path).map_err(|source| file_error(&self.path, source))?;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(KeysError::Open(self.path.clone()));
        }
        let text = Zeroizing::new(fs::read_to_string(&self.path).map_err(|source| file_error(&self.path, source))?);
        let (text, form) = if sealed::is_sealed(&text) {
            // Also a ring that stays closed was seen: trying the same passphrase on it each second helps nobody.
            self.note_seen(&metadata);
            let passphrase = self.passphrase.as_ref().ok_or_else(|| KeysError::NoPassphrase(self.path.clone()))?;
            (sealed::open(&text, passphrase).map_err(|source| self.sealed_error(source))?, Form::Sealed)
        } else {
            (text, Form::Plain)
        };
        let ring = KeyRing::parse(&text).map_err(|source| self.content_error(source))?;
        self.note_seen(&metadata);
        Ok((ring, form))
    }

    fn note_seen(&self, metadata: &fs::Metadata) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(mark(metadata));
    }

    /// Reads, changes and replaces the ring, in the form that it has or in another. The file beside is the lock: what
    /// one command writes no other has read before.
    fn change(
        &self,
        fresh: &Fresh,
        form: Option<Form>,
        change: impl FnOnce(&mut KeyRing) -> Result<(), KeyRingError>,
    ) -> Result<KeyRing, KeysError> {
        let mut beside = Beside::make(&self.path)?;
        let (mut ring, present) = self.read_in_its_form()?;
        change(&mut ring).map_err(|source| self.content_error(source))?;
        beside.write(&self.written(&ring, form.unwrap_or(present), &fresh.salt)?)?;
        fs::rename(&beside.path, &self.path).map_err(|source| file_error(&self.path, source))?;
        sync_folder(&self.path)?;
        Ok(ring)
    }

    fn written(&self, ring: &KeyRing, form: Form, salt: &[u8; 16]) -> Result<Zeroizing<String>, KeysError> {
        let text = ring.to_text();
        if form == Form::Plain {
            return Ok(text);
        }
        let passphrase = self.passphrase.as_ref().ok_or_else(|| KeysError::NoPassphrase(self.path.clone()))?;
        if !passphrase.is_long_enough() {
            return Err(KeysError::ShortPassphrase);
        }
        sealed::seal(&text, passphrase, salt).map(Zeroizing::new).map_err(|source| self.sealed_error(source))
    }

    fn content_error(&self, source: KeyRingError) -> KeysError {
        KeysError::Content { path: self.path.clone(), source }
    }

    fn sealed_error(&self, source: SealedError) -> KeysError {
        KeysError::Sealed { path: self.path.clone(), source }
    }
}

/// Makes a new ring of one generation, in the clear. `key` comes from the system's randomness.
///
/// # Errors
/// When the file exists or cannot be written.
pub fn generate(path: &Path, key: &[u8; 32], today: Date) -> Result<KeyRing, KeysError> {
    let fresh = Fresh { key: Zeroizing::new(*key), salt: [0; 16], today };
    KeyFile::at(path.to_owned(), None).generate(&fresh, None)
}

fn mark(metadata: &fs::Metadata) -> Mark {
    (metadata.mtime(), metadata.mtime_nsec(), metadata.ino())
}

fn retire(ring: &mut KeyRing, generation: Generation, fresh: &Fresh) -> Result<(), KeyRingError> {
    if ring.current() == generation {
        ring.rotate(&fresh.key, &fresh.today.to_string())?;
    }
    let known = ring.generations().any(|(known, _)| known == generation);
    if known { Ok(()) } else { Err(crypto_code::KeyRingFault::Unknown.into()) }
}

/// A file beside its place, which only one command at a time can make; gone when this is dropped, unless renamed.
struct Beside {
    path: PathBuf,
    file: fs::File,
}

impl Beside {
    fn make(path: &Path) -> Result<Self, KeysError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let path = path.with_file_name(name);
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(KeysError::Changing(path)),
            Err(source) => Err(KeysError::File { path, source }),
        }
    }

    /// Durably: a reader sees the old ring or the new one, and a crash loses neither.
    fn write(&mut self, text: &str) -> Result<(), KeysError> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(|source| file_error(&self.path, source))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Writes a file that must not be there yet.
fn write_new(path: &Path, text: &str) -> Result<(), KeysError> {
    let mut beside = Beside::make(path)?;
    beside.write(text)?;
    // A link never replaces: a ring that stands already stays.
    match fs::hard_link(&beside.path, path) {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(KeysError::Exists(path.to_owned())),
        Err(source) => Err(file_error(path, source)),
    }
}

fn sync_folder(path: &Path) -> Result<(), KeysError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|source| file_error(folder, source))
}

fn file_error(path: &Path, source: std::io::Error) -> KeysError {
    KeysError::File { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
