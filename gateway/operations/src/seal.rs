//! Codes from the key ring and digests of answers, for the approval writer.

use crate::keys::{KeyFile, KeysError};
use crypto_code::{KeyRing, StatementBytes};
use ebirlik_domain::decision::Approval;
use ebirlik_message::reply;
use ebirlik_store::writer::Seal;
use std::sync::{Arc, PoisonError, RwLock};

/// The key ring in use, and its file, which the operator may rotate while we run.
pub(crate) struct AnswerSeal {
    file: KeyFile,
    ring: RwLock<Arc<KeyRing>>,
}

impl AnswerSeal {
    pub(crate) fn open(file: KeyFile) -> Result<Self, KeysError> {
        let ring = RwLock::new(Arc::new(file.read()?));
        Ok(Self { file, ring })
    }

    /// Reads the file again when it changed.
    pub(crate) fn reread(&self) -> Result<(), KeysError> {
        if let Some(ring) = self.file.read_if_changed()? {
            *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        }
        Ok(())
    }

    /// The ring in use.
    pub(crate) fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Seal for AnswerSeal {
    fn code(&self, statement: &StatementBytes, collision: u32) -> String {
        self.ring().issue(statement, collision).as_str().to_owned()
    }

    fn answer_digest(&self, approval: &Approval) -> [u8; 32] {
        reply::digest(approval)
    }

    fn renderer(&self) -> u32 {
        reply::RENDERER
    }
}
