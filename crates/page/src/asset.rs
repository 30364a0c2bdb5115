use std::{borrow::Cow, fmt::Write as _, io::Write as _, sync::LazyLock};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use crate::{
    content::{IS_EMBEDDED, PageContent, content, text},
    error::PageError,
    part::PagePart,
};

/// A file that the page loads.
#[derive(Debug)]
pub struct Asset {
    /// Its media type, with its charset.
    pub content_type: &'static str,
    content: PageContent,
}

/// Returns the file with a name, as `page.js`, or `None` if the page loads no such file. A debug build makes it
/// anew from the source tree.
///
/// # Errors
/// In debug builds, if a file of the source tree is missing or wrong.
pub fn asset(name: &str) -> Result<Option<Asset>, PageError> {
    let known = [
        (PagePart::Script, "text/javascript; charset=utf-8"),
        (PagePart::Style, "text/css; charset=utf-8"),
        (PagePart::Licences, "text/plain; charset=utf-8"),
    ];
    let found = known.into_iter().find(|(part, _)| part.name() == name);
    found
        .map(|(part, content_type)| Ok(Asset { content_type, content: content(part)? }))
        .transpose()
}

/// The version in the URLs of assets: `dev` in debug builds, whose files may change at any time, else a hash
/// of what is served, so that clients may keep an asset for ever.
#[must_use]
pub fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        if !IS_EMBEDDED {
            return "dev".to_owned();
        }
        let mut all = Sha256::new();
        for part in [PagePart::Script, PagePart::Style] {
            all.update(text(part).unwrap_or_default().as_bytes());
            all.update([0]);
        }
        hex(&all.finalize()[..8])
    });
    &VERSION
}

impl Asset {
    /// The SHA-256 of its content, in hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(&self.content.plain))
    }

    /// Its content.
    #[must_use]
    pub fn plain(self) -> Cow<'static, [u8]> {
        self.content.plain
    }

    /// Its content in the format of gzip.
    ///
    /// # Errors
    /// None in practice: the memory that it is written to does not fail.
    pub fn gzip(self) -> std::io::Result<Cow<'static, [u8]>> {
        if let Some(gzip) = self.content.gzip {
            return Ok(Cow::Borrowed(gzip));
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&self.content.plain)?;
        encoder.finish().map(Cow::Owned)
    }

    /// Its content in the format of Brotli (RFC 7932). `None` in debug builds.
    #[must_use]
    pub fn brotli(&self) -> Option<&'static [u8]> {
        self.content.brotli
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
    fn the_compressed_form_has_the_same_content() {
        for name in ["page.js", "page.css", "licences.txt"] {
            let asset = || asset(name).unwrap().expect("an asset");
            let mut plain = Vec::new();
            GzDecoder::new(&*asset().gzip().unwrap()).read_to_end(&mut plain).expect("gzip");
            assert!(plain == *asset().plain(), "{name}");
            assert_eq!(asset().brotli().is_some(), IS_EMBEDDED, "{name}");
        }
    }

    #[test]
    fn nothing_else_is_an_asset() {
        for name in ["index.html", "player.js", "js/app.js", "../Cargo.toml", "css/base.css", ""] {
            assert!(asset(name).unwrap().is_none(), "{name}");
        }
    }

    #[test]
    fn the_licences_of_vendored_modules_are_served() {
        let text = asset("licences.txt").unwrap().expect("an asset").plain();
        let text = String::from_utf8_lossy(&text);
        for licence in ["preact:", "htm:", "signals:", "The MIT License", "Apache License"] {
            assert!(text.contains(licence), "{licence}");
        }
    }
}
