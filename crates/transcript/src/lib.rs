#![doc = include_str!("../README.md")]

mod count;
mod document;
mod entry;
mod failures;
mod format;
mod html;
mod left_out;
mod markdown;
mod names;
mod printable;
mod round;
mod summary;
mod table;
mod transcript;
mod words;

pub use count::grouped;
pub use entry::{Entry, Happening};
pub use failures::Failures;
pub use format::{TranscriptFormat, UnknownFormat};
pub use html::CONTENT_SECURITY_POLICY;
pub use left_out::LeftOut;
pub use names::Names;
pub use printable::printable;
pub use round::Round;
pub use summary::{Fact, QuotedStatement, VerdictSummary};
pub use transcript::Transcript;
pub use words::{cut_in_words, options_in_words, pause_in_words, silence_in_words, tie_in_words};
