use std::borrow::Cow;

use rust_embed::Embed;

/// The files of `web/`: embedded in a release build, read from the source tree in a debug build.
#[derive(Embed)]
#[folder = "web/"]
#[include = "index.html"]
#[include = "player.html"]
#[include = "*.svg"]
#[include = "*.ico"]
#[include = "css/*"]
#[include = "js/*"]
#[include = "img/*"]
#[include = "vendor/*"]
#[exclude = "*.test.js"]
#[exclude = "*.d.ts"]
#[exclude = "*.md"]
#[exclude = "*.toml"]
struct Web;

/// Whether the page is part of the program: it cannot change while the program runs.
pub const IS_EMBEDDED: bool = !cfg!(debug_assertions);

/// A file with the hash of its content.
pub(crate) struct File {
    pub(crate) bytes: Cow<'static, [u8]>,
    pub(crate) sha256: [u8; 32],
}

/// The file at a path within `web/`.
pub(crate) fn file(path: &str) -> Option<File> {
    let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.');
    if !path.split('/').all(is_plain) || path.contains(['\\', ':', '\0']) {
        return None;
    }
    let file = Web::get(path)?;
    Some(File { bytes: file.data, sha256: file.metadata.sha256_hash() })
}

/// The paths of all files, in order.
pub(crate) fn paths() -> Vec<Cow<'static, str>> {
    let mut paths: Vec<_> = Web::iter().collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        for path in [
            "../Cargo.toml",
            "css/../../Cargo.toml",
            "/etc/passwd",
            "css//../../Cargo.toml",
            "css/%2e%2e/%2e%2e/Cargo.toml",
            "css\\..\\..\\Cargo.toml",
            ".",
            "..",
            "",
            "css",
            "css/",
            "index.html\0",
            "C:/Windows/win.ini",
        ] {
            assert!(file(path).is_none(), "{path:?}");
        }
        assert!(file("index.html").is_some());
    }

    #[test]
    fn files_for_development_are_not_served() {
        for path in ["jsconfig.json", "test/fold.test.js", "vendor/VENDOR.toml", "README.md"] {
            assert!(file(path).is_none(), "{path}");
        }
        assert!(paths().iter().all(|path| file(path).is_some()));
    }
}
