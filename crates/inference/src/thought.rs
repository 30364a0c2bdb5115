//! Separates thought from replies: models write it into the reply, and not every server removes it.

mod habit;
mod harmony;
mod marks;
mod mention;
mod opening;
mod parted;
mod preamble;
mod sent_parts;
mod splitter;
mod wrapping;

pub(crate) use habit::ThoughtHabit;
pub(crate) use parted::PartedReply;
use sent_parts::Part;
use splitter::ThoughtSplitter;

#[cfg(test)]
mod tests;
