//! Debates as a file, to move them to another store.
//!
//! The file is NDJSON. Its first line is an [`ExportHeader`]; each debate is a [`DebateHeader`] and one
//! [`EventLine`] per event. Each event has its id and the [hash](ChainHash) of the log up to it, so that a
//! file that was cut or changed is refused with the number of the line.

mod error;
mod import;
mod line;
mod reader;

use std::{fmt::Write, sync::Arc};

use synod_domain::{DebateId, Recorded};

pub use self::{
    error::{ExportError, LineProblem},
    import::{ImportError, Imported, import},
    line::{DebateHeader, EventLine, ExportHeader},
    reader::ExportReader,
};
use crate::{ChainHash, EventId, EventLog, LogError, PAGE_SIZE};

/// A debate as an export holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedDebate {
    /// The debate.
    pub id: DebateId,
    /// Its grade, if a user gave one.
    pub grade: Option<String>,
    /// Its events, from the first.
    pub events: Vec<(EventId, Arc<Recorded>)>,
}

impl ExportedDebate {
    /// Reads the log of a debate.
    ///
    /// # Errors
    /// [`LogError::UnknownDebate`], [`LogError::Purged`], [`LogError::Unavailable`].
    pub async fn read(log: &dyn EventLog, id: DebateId) -> Result<Self, LogError> {
        let mut events = Vec::new();
        loop {
            let page = log.read(id, events.len() as u64 + 1, PAGE_SIZE).await?;
            let is_last = page.len() < PAGE_SIZE;
            events.extend(page.into_iter().map(|stored| (stored.event_id, stored.recorded)));
            if is_last {
                return Ok(Self { id, grade: None, events });
            }
        }
    }

    /// The hash of the log.
    #[must_use]
    pub fn chain(&self) -> ChainHash {
        self.chains().last().unwrap_or_else(|| ChainHash::start(self.id))
    }

    /// The lines of the debate in an export, each with a line break.
    ///
    /// # Errors
    /// If an event cannot be written as JSON.
    pub fn lines(&self) -> Result<String, serde_json::Error> {
        let header = DebateHeader {
            debate_id: self.id,
            events: self.events.len() as u64,
            chain: self.chain().to_string(),
            grade: self.grade.clone(),
        };
        let mut text = serde_json::to_string(&header)? + "\n";
        for ((id, recorded), chain) in self.events.iter().zip(self.chains()) {
            let (event_id, event) = (*id.as_uuid(), Arc::clone(recorded));
            let line = EventLine { event_id, chain: chain.to_string(), event };
            // Writing to a text cannot fail.
            writeln!(text, "{}", serde_json::to_string(&line)?).unwrap_or_default();
        }
        Ok(text)
    }

    /// The hash after each event.
    fn chains(&self) -> impl Iterator<Item = ChainHash> {
        self.events.iter().scan(ChainHash::start(self.id), |chain, (id, recorded)| {
            *chain = chain.next(*id, &json(recorded));
            Some(*chain)
        })
    }
}

/// The first line of an export of this many debates, with its line break. `written_by` is the version of
/// the program.
///
/// # Errors
/// If it cannot be written as JSON.
pub fn export_header(debates: u64, written_by: &str) -> Result<String, serde_json::Error> {
    let header = ExportHeader {
        synod_export: ExportHeader::VERSION,
        written_by: written_by.to_owned(),
        debates,
    };
    Ok(serde_json::to_string(&header)? + "\n")
}

/// An event as the hash of a log includes it.
fn json(recorded: &Recorded) -> Vec<u8> {
    // Events are maps with string keys, so writing them as JSON cannot fail.
    serde_json::to_vec(recorded).unwrap_or_default()
}

#[cfg(test)]
mod tests;
