use rusqlite::Row;

use crate::row::RowError;

/// Reads the columns key, json and crc of a document of this kind.
pub(crate) fn read(row: &Row<'_>, kind: &str) -> Result<(String, String), RowError> {
    let (key, json) = (row.get::<_, String>(0)?, row.get::<_, String>(1)?);
    if crc(kind, &key, &json) == row.get::<_, u32>(2)? {
        Ok((key, json))
    } else {
        Err(RowError::Damaged(format!("the checksum of the {kind} {key} is wrong")))
    }
}

/// The checksum of a document.
pub(crate) fn crc(kind: &str, key: &str, json: &str) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    for part in [kind, "\0", key, "\0", json] {
        crc.update(part.as_bytes());
    }
    crc.finalize()
}
