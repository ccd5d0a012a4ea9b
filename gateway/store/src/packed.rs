//! How are long texts kept small?
//!
//! By zstd with a dictionary trained on declarations: ten items of some 6 KB become some hundred bytes. The dictionary's
//! number stands with each row, so a better one never touches old rows. Packing is done before the writer is asked.

use crate::StoreError;
use std::cell::RefCell;
use std::io;
use std::sync::LazyLock;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::get_frame_content_size;

/// A text, packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    pub(crate) bytes: Vec<u8>,
    /// Number of the dictionary; 0 is none, and the text stands as it is.
    pub(crate) dictionary: i64,
}

impl Packed {
    /// Packs a text.
    pub fn of(text: &str) -> Self {
        let packed = COMPRESSOR.with_borrow_mut(|compressor| compressor.as_mut()?.compress(text.as_bytes()).ok());
        match packed {
            Some(bytes) => Self { bytes, dictionary: NEWEST },
            // Memory for the context could not be had: the text itself is as good.
            None => Self::as_it_stands(text.to_owned()),
        }
    }

    /// Keeps a text that is short anyway, readable for whoever looks.
    pub(crate) fn as_it_stands(text: String) -> Self {
        Self { bytes: text.into_bytes(), dictionary: 0 }
    }

    /// Reads a stored text; `table` and `column` say where it stood, for whoever has to look at it.
    ///
    /// # Errors
    /// When it is damaged, or packed with a dictionary that is not known.
    pub fn text(&self, table: &'static str, column: &'static str) -> Result<String, StoreError> {
        let wrong = |value: String| StoreError::Inconsistent { table, column, value };
        let bytes = match self.dictionary {
            0 => self.bytes.clone(),
            NEWEST => unpacked(&self.bytes).map_err(|error| wrong(error.to_string()))?,
            other => return Err(wrong(format!("dictionary {other} is not known"))),
        };
        String::from_utf8(bytes).map_err(|error| wrong(error.to_string()))
    }
}

fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
    // The frame says how long the text is; a damaged one may say anything.
    let length = get_frame_content_size(bytes).ok().flatten().and_then(|length| usize::try_from(length).ok());
    let length = length.filter(|length| *length <= TEXT_BYTES_MAX).ok_or(io::ErrorKind::InvalidData)?;
    DECOMPRESSOR.with_borrow_mut(|decompressor| match decompressor {
        Some(decompressor) => decompressor.decompress(bytes, length),
        None => Err(io::ErrorKind::OutOfMemory.into()),
    })
}

/// Number of the dictionary that packs.
const NEWEST: i64 = 1;
/// Made by `cargo run -p ebirlik-benches --example dictionary`.
static DICTIONARY: &[u8] = include_bytes!("../dictionaries/1.zdict");
/// The fastest level: higher ones gain little once there is a dictionary.
const LEVEL: i32 = 1;
/// Longer than the longest message, so that no damaged row fills the memory.
const TEXT_BYTES_MAX: usize = 256 << 20;

static ENCODER: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
static DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));

thread_local! {
    /// A context for each thread: making one costs more than using it.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> =
        RefCell::new(Compressor::with_prepared_dictionary(&ENCODER).ok());
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> =
        RefCell::new(Decompressor::with_prepared_dictionary(&DECODER).ok());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_back() {
        for text in ["", "content 1\nGelen\n BeyannameBilgi\n  Rejim: 1000\n", &"ğüşıöçİ ".repeat(100_000)] {
            let packed = Packed::of(text);
            assert_eq!((packed.dictionary, packed.text("t", "c").unwrap()), (NEWEST, text.to_owned()));
        }
        let plain = Packed { bytes: b"as it stands".to_vec(), dictionary: 0 };
        assert_eq!(plain.text("t", "c").unwrap(), "as it stands");
    }

    #[test]
    fn what_cannot_be_unpacked_is_told() {
        for (bytes, dictionary) in [(&b"damaged"[..], NEWEST), (&[0xff], 0), (b"", 99)] {
            let damaged = Packed { bytes: bytes.to_vec(), dictionary };
            assert!(matches!(damaged.text("t", "c"), Err(StoreError::Inconsistent { .. })));
        }
    }
}
