//! What stands around the request in a SOAP message: envelope, body and operation, each with one element inside.

use super::namespaces::Space;
use crate::soap::Version;

/// An element around the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shell {
    /// `Envelope`.
    Envelope(Version),
    /// `Body`.
    Body,
    /// `OnayIste`.
    Operation,
}

/// What an element inside a shell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    /// SOAP's header.
    Header,
    /// The next shell.
    Shell(Shell),
    /// The request itself.
    Request,
}

/// How far a shell is filled.
pub(super) const EMPTY: u32 = 0;
/// The header stood, its body may follow.
pub(super) const BEGUN: u32 = 1;
/// Nothing more may stand there.
pub(super) const FULL: u32 = 2;

impl Shell {
    /// What this element is inside of the shell, which is so far filled; `None` where it may not stand.
    pub(super) fn inside(self, name: &str, space: Space, filled: u32) -> Option<Inside> {
        match (self, name, space) {
            (Self::Envelope(version), "Header", Space::Soap(found)) if found == version && filled == EMPTY => {
                Some(Inside::Header)
            }
            (Self::Envelope(version), "Body", Space::Soap(found)) if found == version && filled <= BEGUN => {
                Some(Inside::Shell(Self::Body))
            }
            (Self::Body, "OnayIste", Space::Known) if filled == EMPTY => Some(Inside::Shell(Self::Operation)),
            (Self::Operation, "BirlikOnayTalebi", Space::Known) if filled == EMPTY => Some(Inside::Request),
            _ => None,
        }
    }
}
