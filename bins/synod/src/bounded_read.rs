use std::{
    borrow::Cow,
    fs::File,
    io::{self, Read},
    path::Path,
};

/// More than any settings or keys have.
const LARGEST: u64 = 4 << 20;

/// Reads a file of settings or a key as text, without the byte order mark that some editors begin it
/// with.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    let mut text = String::from_utf8(bytes(path)?)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))?;
    let mark = text.len() - without_bom(&text).len();
    text.drain(..mark);
    Ok(text)
}

/// A text without its byte order mark.
pub(crate) fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// A path as a shell reads it: `~` and `~/…` are in the home folder. Those of a configuration file, of
/// a variable and of `--option=~/…` come as they were written.
pub(crate) fn expand_tilde(path: &Path) -> Cow<'_, Path> {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest).into(),
        (Ok(_) | Err(_), _) => path.into(),
    }
}

/// Reads a file. An endless one such as `/dev/zero` is refused as too large.
pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    read(File::open(expand_tilde(path))?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for (bytes, expected) in [("\u{feff}key\n", "key\n"), ("key", "key"), ("\u{feff}", "")] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(text(&path).unwrap(), expected);
        }
    }

    #[test]
    fn a_tilde_is_the_home_folder_where_a_shell_would_read_it_so() {
        let home = std::env::home_dir().unwrap();
        assert_eq!(expand_tilde(Path::new("~/a/b")), home.join("a/b"));
        assert_eq!(expand_tilde(Path::new("~")), home);
        for path in ["/etc/~", "~other/a", "a/~/b", "./~/a"] {
            assert_eq!(expand_tilde(Path::new(path)), Path::new(path));
        }
    }
}
