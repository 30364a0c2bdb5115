use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read},
    os::unix::fs::FileExt,
    path::PathBuf,
};

use rusqlite::Connection;
use synod_domain::DebateId;
use synod_event_log::PartialTexts;

use crate::{
    debate_row::DebateRow,
    directory::{is_debate, open_private, remove},
    leases::Leases,
    row::RowError,
};

/// The text so far of open calls, a file for each debate: its CRC-32, then JSON.
///
/// The files are not synced. They are overwritten in place several times a second, and file systems write
/// a file that replaces another to the disk at once.
#[derive(Clone, Debug)]
pub(crate) struct PartialsFolder(PathBuf);

const CRC_BYTES: usize = 4;

impl PartialsFolder {
    pub(crate) const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Replaces the texts of a debate.
    pub(crate) fn keep(&self, id: DebateId, texts: &PartialTexts) -> io::Result<()> {
        if texts.is_empty() {
            return remove(&self.file(id));
        }
        let json = serde_json::to_vec(texts)?;
        let mut bytes = crc32fast::hash(&json).to_be_bytes().to_vec();
        bytes.extend(json);
        let file = open_private(&self.file(id))?;
        file.write_all_at(&bytes, 0)?;
        file.set_len(bytes.len() as u64)
    }

    /// The texts of a debate. None if they are damaged, or written at this moment.
    pub(crate) fn read(&self, id: DebateId) -> io::Result<PartialTexts> {
        let mut file = match File::open(self.file(id)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(PartialTexts::new()),
            opened => opened?,
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let texts = bytes.split_first_chunk::<CRC_BYTES>().and_then(|(crc, json)| {
            let is_whole = crc32fast::hash(json).to_be_bytes() == *crc;
            is_whole.then(|| serde_json::from_slice(json).ok())?
        });
        Ok(texts.unwrap_or_default())
    }

    /// Removes the texts that are left of debates that have ended or were deleted, unless a process is about
    /// to remove them itself.
    pub(crate) fn remove_orphans(&self, db: &Connection, leases: &Leases) -> Result<(), RowError> {
        // The folder first: a debate has its row before its texts.
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(id) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
            if !has_open_calls(db, leases, id)? {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Removes the texts of all debates.
    pub(crate) fn clear(&self) -> io::Result<()> {
        fs::read_dir(&self.0)?.try_for_each(|entry| {
            let entry = entry?;
            if is_debate(entry.file_name().as_ref()) { remove(&entry.path()) } else { Ok(()) }
        })
    }

    fn file(&self, id: DebateId) -> PathBuf {
        self.0.join(id.to_string())
    }
}

/// Whether there may be open calls of a debate, or a process that drives it.
fn has_open_calls(db: &Connection, leases: &Leases, id: DebateId) -> Result<bool, RowError> {
    let row = match DebateRow::load(db, id) {
        // Its row may be restored.
        Err(RowError::Damaged(_)) => return Ok(true),
        loaded => loaded?.filter(|row| !row.is_purged),
    };
    let Some(row) = row else { return Ok(false) };
    match row.worker.filter(|last| last.is_held && row.is_finished) {
        Some(last) => Ok(leases.live(db)?.contains(&last.incarnation)),
        None => Ok(!row.is_finished),
    }
}
