use std::{io, sync::Arc};

use synod_domain::DebateId;
use thiserror::Error;

use super::ExportHeader;

/// Errors returned by reading an export.
#[derive(Debug, Error)]
#[error("line {line}: {problem}")]
pub struct ExportError {
    /// The number of the line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: LineProblem,
}

/// What is wrong with a line of an export.
#[derive(Debug, Error)]
pub enum LineProblem {
    /// The file cannot be read.
    #[error("cannot be read ({0})")]
    Read(Arc<io::Error>),
    /// The line is longer than an event may be.
    #[error("longer than the limit of {most} bytes")]
    TooLong {
        /// The limit.
        most: u64,
    },
    /// The file does not begin as an export does.
    #[error("not an export of debates, as written by `synod export`")]
    NotAnExport,
    /// A later version wrote the file in another format.
    #[error(
        "the export has format {found}, written by Synod {written_by}; this version reads formats up to \
         {}: install a later version",
        ExportHeader::VERSION
    )]
    NewerFormat {
        /// The version of the format.
        found: u32,
        /// The version of the program.
        written_by: String,
    },
    /// The file ends too early.
    #[error("the export is truncated: it ends here, and {missing} should follow")]
    Truncated {
        /// What is missing.
        missing: String,
    },
    /// The line is not what should be here.
    #[error("not {expected} ({detail})")]
    Malformed {
        /// What should be here.
        expected: &'static str,
        /// Why it is not.
        detail: String,
    },
    /// The event belongs to another debate.
    #[error("an event of debate {found}, among those of {expected}")]
    OtherDebate {
        /// The debate that it names.
        found: DebateId,
        /// The debate whose events these are.
        expected: DebateId,
    },
    /// The sequence has a gap or a repetition.
    #[error("event {found} is in the place of event {expected}")]
    Sequence {
        /// The number of the event.
        found: u64,
        /// The number that follows.
        expected: u64,
    },
    /// The event is not the one that was exported.
    #[error(
        "the hash of event {seq} does not fit: the event, or one before it, was changed, or a later \
         version of Synod wrote it"
    )]
    Hash {
        /// Its number.
        seq: u64,
    },
    /// The hash in the header of a debate is not that of its events.
    #[error("the hash of debate {id} is not that of its events")]
    HeaderHash {
        /// The debate.
        id: DebateId,
    },
    /// Lines follow the last debate.
    #[error("a line after the last of {debates} debates")]
    TooMany {
        /// How many debates the file says it has.
        debates: u64,
    },
}
