use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    sync::{Arc, LazyLock, OnceLock},
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use crate::{
    compact::compact,
    content_type::content_type,
    files::{self, File, IS_EMBEDDED},
};

/// A file that the page loads.
#[derive(Debug)]
pub struct Asset {
    /// Its media type, with a charset if it is a text.
    pub content_type: &'static str,
    /// The SHA-256 of its content, in hexadecimal digits.
    pub hash: String,
    /// Its content.
    pub bytes: Cow<'static, [u8]>,
    gzip: OnceLock<Option<Vec<u8>>>,
}

/// Returns the file at a path within the page's folder, as `js/app.js`. An embedded file is kept with its
/// compressed form; a debug build reads the file again. No HTML: [`index`](crate::index()) serves that.
#[must_use]
pub fn asset(path: &str) -> Option<Arc<Asset>> {
    static EMBEDDED: LazyLock<BTreeMap<String, Arc<Asset>>> = LazyLock::new(|| {
        let read = |path: Cow<'_, str>| Some((path.clone().into_owned(), read(&path)?));
        files::paths().into_iter().filter_map(read).collect()
    });
    if IS_EMBEDDED { EMBEDDED.get(path).cloned() } else { read(path) }
}

fn read(path: &str) -> Option<Arc<Asset>> {
    let file = files::file(path).filter(|_| !path.ends_with(".html"))?;
    Some(Arc::new(Asset::of(path, file)))
}

/// The version in the URLs of assets: `dev` in debug builds, whose files may change at any time, else a hash
/// of all files, so that clients may keep an asset for ever.
#[must_use]
pub fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        if !IS_EMBEDDED {
            return "dev".to_owned();
        }
        let mut all = Sha256::new();
        for path in files::paths() {
            let Some(file) = files::file(&path) else { continue };
            all.update(path.as_bytes());
            all.update([0]);
            all.update(file.sha256);
        }
        hex(&all.finalize()[..8])
    });
    &VERSION
}

impl Asset {
    fn of(path: &str, file: File) -> Self {
        Self {
            content_type: content_type(path),
            hash: hex(&file.sha256),
            bytes: if IS_EMBEDDED { compacted(path, file.bytes) } else { file.bytes },
            gzip: OnceLock::new(),
        }
    }

    /// Its content, compressed once. `None` if gzip makes it no smaller.
    pub fn gzip(&self) -> Option<&[u8]> {
        let compressed = || {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(&self.bytes).ok()?;
            encoder.finish().ok().filter(|gzip| gzip.len() < self.bytes.len())
        };
        self.gzip.get_or_init(compressed).as_deref()
    }
}

/// The page's own scripts and styles without comments. Vendored files stay as they are.
fn compacted(path: &str, bytes: Cow<'static, [u8]>) -> Cow<'static, [u8]> {
    let is_own = path.starts_with("js/") || path.starts_with("css/");
    match str::from_utf8(&bytes) {
        Ok(source) if is_own => compact(source).into_bytes().into(),
        Ok(_) | Err(_) => bytes,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn an_asset_is_served_in_two_encodings() {
        let file = File { bytes: Cow::Owned(b"body {} ".repeat(100)), sha256: [0xab; 32] };
        let asset = Asset::of("css/a.css", file);
        assert_eq!(asset.content_type, "text/css; charset=utf-8");
        assert_eq!(asset.hash, "ab".repeat(32));
        let gzip = asset.gzip().expect("it is smaller");
        let mut plain = Vec::new();
        GzDecoder::new(gzip).read_to_end(&mut plain).expect("gzip");
        assert_eq!(plain, &*asset.bytes);
    }

    #[test]
    fn what_gzip_does_not_shrink_has_no_compressed_form() {
        let asset = Asset::of("a.svg", File { bytes: Cow::Borrowed(b"<svg/>"), sha256: [0; 32] });
        assert_eq!(asset.gzip(), None);
    }

    #[test]
    fn html_is_no_asset() {
        assert!(asset("index.html").is_none() && asset("player.html").is_none());
    }
}
