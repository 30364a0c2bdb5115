//! Models write what they think into their reply, and not every server takes it out.

mod habit;
mod harmony;
mod marks;
mod mention;
mod opening;
mod parted;
mod preamble;
mod splitter;
mod sent_parts;
mod wrapping;

pub(crate) use habit::ThoughtHabit;
pub(crate) use parted::PartedReply;
use splitter::ThoughtSplitter;
use sent_parts::Part;

#[cfg(test)]
mod tests;
