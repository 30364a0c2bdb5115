use std::{io, sync::Arc};

use synod_event_log::LogError;

use crate::{directory::DataDirectory, options::StoreOptions};

/// Why debates can neither begin nor continue, if the disk has too little space for them.
pub(crate) fn shortage(
    dir: &DataDirectory,
    options: &StoreOptions,
) -> io::Result<Option<LogError>> {
    let (free_bytes, needed_bytes) =
        (options.disk.free_bytes(dir.path())?, options.low_space_bytes);
    let error = || LogError::LowSpace { dir: Arc::from(dir.path()), free_bytes, needed_bytes };
    Ok((free_bytes < needed_bytes).then(error))
}
