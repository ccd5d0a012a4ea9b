//! Whose work is a read? Each kind has connections of its own, so that one kind under load never takes another's.

use std::time::Duration;

/// A kind of work with connections of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wall {
    /// Verification of codes, by program and at the desk.
    Verification,
    /// Declarations on their way to an answer.
    Submission,
    /// What people and their programs look up: pages, accounts, status; and the commands.
    People,
    /// What no request waits for: the audit chain, what changed, the state of things.
    Background,
}

impl Wall {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Verification, Self::Submission, Self::People, Self::Background];

    /// Its name in figures.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::Submission => "submission",
            Self::People => "people",
            Self::Background => "background",
        }
    }

    /// Connections that only read. A read takes some tens of microseconds, so a few serve tens of thousands a second;
    /// a slow one, such as a long list, leaves the others free. Two for what is behind the scenes: one may be long.
    pub(crate) fn connections(self) -> u32 {
        match self {
            Self::Verification | Self::Submission | Self::People => READERS_MAX,
            Self::Background => 2,
        }
    }

    /// How long a read waits for a free connection before it counts as failed. Long enough to open one, and for a
    /// customs officer or a page shorter than the patience of whoever waits; nobody waits for what is in the background.
    pub(crate) fn patience(self) -> Duration {
        match self {
            Self::Verification | Self::Submission => Duration::from_secs(1),
            Self::People => Duration::from_secs(2),
            Self::Background => Duration::from_secs(5),
        }
    }
}

/// Connections that read, of one wall at most.
pub(crate) const READERS_MAX: u32 = 4;

/// One of something for each wall.
#[derive(Debug, Clone)]
pub struct Walled<T> {
    verification: T,
    submission: T,
    people: T,
    background: T,
}

impl<T> Walled<T> {
    /// Made wall by wall.
    pub fn each(mut make: impl FnMut(Wall) -> T) -> Self {
        Self {
            verification: make(Wall::Verification),
            submission: make(Wall::Submission),
            people: make(Wall::People),
            background: make(Wall::Background),
        }
    }

    /// The one of a wall.
    pub fn of(&self, wall: Wall) -> &T {
        match wall {
            Wall::Verification => &self.verification,
            Wall::Submission => &self.submission,
            Wall::People => &self.people,
            Wall::Background => &self.background,
        }
    }
}

/// How many connections of a wall are open and in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// Open.
    pub open: u32,
    /// Of these, busy with a read.
    pub busy: u32,
    /// That may be open.
    pub most: u32,
}
