use std::{
    fs::File,
    io::{self, ErrorKind, Write},
};

use crate::{
    directory::{DataDirectory, create_private, is_blank, remove},
    options::StoreOptions,
};

/// How many bytes are written at once.
const CHUNK: usize = 1 << 20;

/// A file that takes space on the disk, and is deleted when the disk is full: then there is room to record
/// that debates were paused.
pub(crate) struct Reserve<'a>(&'a DataDirectory);

impl<'a> Reserve<'a> {
    pub(crate) const fn at(dir: &'a DataDirectory) -> Self {
        Self(dir)
    }

    /// Makes the file if it is missing, unless there would be too little space left.
    pub(crate) fn make(&self, options: &StoreOptions) -> io::Result<()> {
        let bytes = options.reserve_bytes;
        if bytes == 0 || self.has(bytes) {
            return Ok(());
        }
        let needed = options.low_space_bytes.saturating_add(bytes);
        if options.disk.free_bytes(self.0.path())? < needed {
            return Ok(());
        }
        // One of another size.
        self.release()?;
        self.create(bytes)
    }

    pub(crate) fn exists(&self) -> bool {
        self.0.reserve().exists()
    }

    /// Whether the file has this size.
    fn has(&self, bytes: u64) -> bool {
        self.0.reserve().metadata().is_ok_and(|file| file.len() == bytes)
    }

    fn create(&self, bytes: u64) -> io::Result<()> {
        let mut file = create_private(&self.0.reserve())?;
        let allocated = match allocate(&file, bytes) {
            Err(error) if error.kind() == ErrorKind::Unsupported => fill(&mut file, bytes),
            other => other,
        };
        if let Err(error) = allocated {
            // A part of it is of no use.
            let _ = remove(&self.0.reserve());
            return Err(error);
        }
        Ok(())
    }

    /// Deletes the file, unless it has content: then it is not a reserve. Returns whether it was deleted.
    pub(crate) fn release(&self) -> io::Result<bool> {
        let path = self.0.reserve();
        match is_blank(&path) {
            Ok(true) => remove(&path).map(|()| true),
            Ok(false) => Ok(false),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    Ok(rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, bytes)?)
}

fn fill(file: &mut File, bytes: u64) -> io::Result<()> {
    let zeros = vec![0; CHUNK];
    let mut left = bytes;
    while left > 0 {
        let part = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        file.write_all(&zeros[..part])?;
        left -= part as u64;
    }
    Ok(())
}
