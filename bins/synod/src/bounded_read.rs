//! Reads files of limited size: settings, keys and questions.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, Read},
    path::Path,
};

/// Maximum bytes of a file. Settings and keys are much smaller.
const LARGEST: u64 = 4 << 20;

/// Reads a file as UTF-8, without the byte order mark that some editors write.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    let mut text = String::from_utf8(bytes(path)?)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))?;
    let mark = text.len() - without_bom(&text).len();
    text.drain(..mark);
    Ok(text)
}

/// Returns a text without its byte order mark.
pub(crate) fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Expands `~` and `~/…` to the home folder, as a shell does. A shell does not do so for the paths of a
/// configuration file, a variable or `--option=~/…`.
pub(crate) fn expand_tilde(path: &Path) -> Cow<'_, Path> {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest).into(),
        (Ok(_) | Err(_), _) => path.into(),
    }
}

/// Reads a file. An endless file such as `/dev/zero` is refused as too large.
pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    at_most(LARGEST, File::open(expand_tilde(path))?)
}

/// Reads stdin, with the same limit.
pub(crate) fn stdin() -> io::Result<Vec<u8>> {
    at_most(LARGEST, io::stdin().lock())
}

/// Reads to the end, and refuses more than `most` bytes.
pub(crate) fn at_most(most: u64, source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let detail = format!("larger than the limit of {most} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, detail));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_order_mark_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for (bytes, expected) in [("\u{feff}key\n", "key\n"), ("key", "key"), ("\u{feff}", "")] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(text(&path).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_larger_than_its_limit_is_refused() {
        assert_eq!(at_most(3, &b"abc"[..]).unwrap(), b"abc");
        let error = at_most(3, &b"abcd"[..]).unwrap_err();
        assert_eq!(error.to_string(), "larger than the limit of 3 bytes");
        assert!(at_most(1 << 10, io::repeat(0)).is_err(), "it has no end");
    }

    #[test]
    fn tilde_is_expanded_only_where_a_shell_expands_it() {
        let home = std::env::home_dir().unwrap();
        assert_eq!(expand_tilde(Path::new("~/a/b")), home.join("a/b"));
        assert_eq!(expand_tilde(Path::new("~")), home);
        for path in ["/etc/~", "~other/a", "a/~/b", "./~/a"] {
            assert_eq!(expand_tilde(Path::new(path)), Path::new(path));
        }
    }
}
