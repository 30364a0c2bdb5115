use std::borrow::Cow;

use crate::{error::PageError, part::PagePart};

/// Whether the page is part of the program: it cannot change while the program runs.
pub const IS_EMBEDDED: bool = cfg!(embedded);

/// A part of the page with its compressed forms, as a release build holds it.
#[cfg(embedded)]
macro_rules! embedded {
    ($name:literal) => {
        PageContent {
            plain: Cow::Borrowed(include_bytes!(concat!(env!("OUT_DIR"), "/", $name))),
            gzip: Some(include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz"))),
            brotli: Some(include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".br"))),
        }
    };
}

/// What is served of a part.
#[derive(Debug)]
pub(crate) struct PageContent {
    pub(crate) plain: Cow<'static, [u8]>,
    /// Compressed at the time of the build, as far as it was.
    pub(crate) gzip: Option<&'static [u8]>,
    pub(crate) brotli: Option<&'static [u8]>,
}

/// Returns what is served of a part.
#[cfg(embedded)]
#[expect(clippy::unnecessary_wraps, reason = "a debug build reads files")]
pub(crate) fn content(part: PagePart) -> Result<PageContent, PageError> {
    Ok(match part {
        PagePart::Script => embedded!("page.js"),
        PagePart::Style => embedded!("page.css"),
        PagePart::Licences => embedded!("licences.txt"),
        PagePart::Index | PagePart::Player | PagePart::PlayerScript | PagePart::PlayerStyle => {
            PageContent {
                plain: text(part)?.into_owned().into_bytes().into(),
                gzip: None,
                brotli: None,
            }
        }
    })
}

/// Returns what is served of a part.
#[cfg(not(embedded))]
pub(crate) fn content(part: PagePart) -> Result<PageContent, PageError> {
    Ok(PageContent {
        plain: text(part)?.into_owned().into_bytes().into(),
        gzip: None,
        brotli: None,
    })
}

/// Returns the text of a part.
#[cfg(embedded)]
#[expect(clippy::unnecessary_wraps, reason = "a debug build reads files")]
pub(crate) fn text(part: PagePart) -> Result<Cow<'static, str>, PageError> {
    Ok(Cow::Borrowed(match part {
        PagePart::Index => include_str!(concat!(env!("OUT_DIR"), "/index.html")),
        PagePart::Script => include_str!(concat!(env!("OUT_DIR"), "/page.js")),
        PagePart::Style => include_str!(concat!(env!("OUT_DIR"), "/page.css")),
        PagePart::Player => include_str!(concat!(env!("OUT_DIR"), "/player.html")),
        PagePart::PlayerScript => include_str!(concat!(env!("OUT_DIR"), "/player.js")),
        PagePart::PlayerStyle => include_str!(concat!(env!("OUT_DIR"), "/player.css")),
        PagePart::Licences => include_str!(concat!(env!("OUT_DIR"), "/licences.txt")),
    }))
}

/// Returns the text of a part, made from the files of the source tree.
#[cfg(not(embedded))]
pub(crate) fn text(part: PagePart) -> Result<Cow<'static, str>, PageError> {
    part.make(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/web"))).map(Cow::Owned)
}
