use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// More than any settings or keys have.
const LARGEST: u64 = 4 << 20;

/// Reads a file of settings or a key as text.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    let text = String::from_utf8(bytes(path)?);
    text.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}

/// Reads a file. What never ends, as `/dev/zero`, is refused like what is too large.
pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    read(File::open(path)?)
}

/// Reads stdin like a file.
pub(crate) fn stdin() -> io::Result<Vec<u8>> {
    read(io::stdin().lock())
}

fn read(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        let detail = format!("it has more than {LARGEST} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, detail));
    }
    Ok(bytes)
}
