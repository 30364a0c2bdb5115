#![doc = include_str!("../README.md")]

mod asset;
mod content_type;
mod files;
mod import_map;
mod index;

pub use asset::{Asset, asset, version};
pub use files::IS_EMBEDDED;
pub use index::{Index, index};

use thiserror::Error;

/// A file of the page that is missing or wrong: the build is broken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PageError {
    /// The file was not found.
    #[error(
        "the file crates/page/web/{0} of the page is missing: a debug build reads it from the source tree"
    )]
    Missing(&'static str),
    /// The file is no UTF-8.
    #[error("the file crates/page/web/{0} of the page is not UTF-8")]
    NoText(String),
    /// The file has no import map, which the page needs to find its modules.
    #[error("the file crates/page/web/{0} of the page has no import map")]
    NoImportMap(&'static str),
}
