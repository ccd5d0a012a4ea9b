//! Why a bulletin is not taken, and what to do about it.

use super::{BULLETIN_BYTES_MAX, INDISPENSABLE, NEW_LIRA_SINCE};
use ebirlik_store::StoreError;
use jiff::civil::Date;

/// Why a file is not taken as a bulletin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BulletinError {
    /// Larger than any bulletin.
    #[error("it has {bytes} bytes, a bulletin at most {BULLETIN_BYTES_MAX}; give the bank's file for one day")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Neither of the bank's two encodings.
    #[error("its encoding {declared} is not taken; save it as the bank publishes it, in UTF-8 or ISO-8859-9")]
    Encoding {
        /// What the file says, or how it looks.
        declared: String,
    },
    /// Bytes that the declared encoding does not know.
    #[error("its bytes are not {encoding}, as it says; save it as the bank publishes it")]
    Bytes {
        /// The encoding in force.
        encoding: &'static str,
    },
    /// Not well-formed.
    #[error("it is not well-formed XML at line {line}: {reason}; fetch the file again")]
    NotXml {
        /// Line, from 1.
        line: usize,
        /// What the reader says.
        reason: String,
    },
    /// A document type declaration; the bank's files have none.
    #[error(
        "it has a DOCTYPE, which the bank's bulletins have not; where the bank shows a page instead of a file, \
         there is no bulletin of that day: take the one before"
    )]
    Doctype,
    /// Another document.
    #[error("its root is <{root}> and not <Tarih_Date>; give a bulletin such as the bank's today.xml")]
    NotABulletin {
        /// The root's name.
        root: String,
    },
    /// Cut short.
    #[error("it ends before </Tarih_Date>; fetch the file again")]
    Incomplete,
    /// No day.
    #[error("its attribute Tarih is {value:?} and not a day such as 20.11.2026")]
    Day {
        /// What stands there.
        value: String,
    },
    /// From before the currency reform.
    #[error("it is of {date}, when rates were in old lira; bulletins are taken from {NEW_LIRA_SINCE} on")]
    OldLira {
        /// Its day.
        date: Date,
    },
    /// From tomorrow.
    #[error("it is of {date}, but today is {today}; check the file and this machine's clock")]
    Future {
        /// Its day.
        date: Date,
        /// Today in Türkiye.
        today: Date,
    },
    /// No number.
    #[error("its attribute Bulten_No is {value:?} and not a number such as 2026/220")]
    Number {
        /// What stands there.
        value: String,
    },
    /// An entry without a currency.
    #[error(
        "a currency is named {value:?}; three capital letters in CurrencyCode and Kod, the same in both, are needed"
    )]
    Currency {
        /// What stands there.
        value: String,
    },
    /// A unit that is no power of ten.
    #[error("{currency}: its Unit is {value:?} and not 1, 10, 100 or 1000")]
    Unit {
        /// The currency.
        currency: String,
        /// What stands there.
        value: String,
    },
    /// A comma where the bank writes a dot.
    #[error(
        "{currency}: its ForexBuying {value:?} has a comma; the bank writes a dot, and we do not guess which digits \
         are decimals: give the bank's own file"
    )]
    Comma {
        /// The currency.
        currency: String,
        /// What stands there.
        value: String,
    },
    /// No plain decimal.
    #[error("{currency}: its ForexBuying is {value:?} and not a plain decimal such as 41.5012")]
    Rate {
        /// The currency.
        currency: String,
        /// What stands there.
        value: String,
    },
    /// Without the dollar.
    #[error("it has no buying rate of {INDISPENSABLE}, so it is not a whole bulletin; fetch the file again")]
    NoDollar,
}

/// Why an import of bulletins stored nothing, or not all.
#[derive(Debug, thiserror::Error)]
pub enum RatesError {
    /// No file was given.
    #[error("no bulletin was given; name at least one file")]
    NoFile,
    /// A file is not taken; nothing was stored.
    #[error("{file}: {error}. Nothing was imported")]
    Bulletin {
        /// Its name.
        file: String,
        /// Why.
        #[source]
        error: BulletinError,
    },
    /// Two files say different things of one day; nothing was stored.
    #[error("{first} and {second} are both of {date} and differ; give only the right one. Nothing was imported")]
    TwoOfOneDay {
        /// A file.
        first: String,
        /// Another.
        second: String,
        /// The day of both.
        date: Date,
    },
    /// The store failed.
    #[error("{stored} of the bulletins are stored, then the store failed: {error}. Import the same files again")]
    Store {
        /// Bulletins stored before.
        stored: usize,
        /// Why.
        #[source]
        error: StoreError,
    },
}
