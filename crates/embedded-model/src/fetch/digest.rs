use std::{fs::File, io, path::Path};

use sha2::{Digest, Sha256};

/// The condition of a cached file, compared with its manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Missing,
    Damaged,
    Sound,
}

/// Reads the whole file, unless its size already differs.
pub(super) fn condition(path: &Path, size: u64, sha256: &str) -> io::Result<Condition> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Condition::Missing),
        Err(error) => return Err(error),
    };
    if file.metadata()?.len() != size {
        return Ok(Condition::Damaged);
    }
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut hasher)?;
    Ok(if hex(hasher) == sha256 { Condition::Sound } else { Condition::Damaged })
}

pub(super) fn hex(hasher: Sha256) -> String {
    format!("{:x}", hasher.finalize())
}
