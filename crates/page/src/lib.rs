#![doc = include_str!("../README.md")]

mod asset;
mod compact;
mod content_type;
mod files;
mod import_map;
mod index;
mod module_graph;
mod player;
mod rendered;
mod statement_html;

pub use asset::{Asset, asset, version};
pub use files::IS_EMBEDDED;
pub use index::{Index, index};
pub use player::player;
pub use rendered::rendered;
pub use statement_html::statement_html;

use thiserror::Error;

/// A file of the page that is missing or wrong: the build is broken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PageError {
    /// The file was not found.
    #[error(
        "the file crates/page/web/{0} of the page is missing: a debug build reads it from the source tree"
    )]
    Missing(String),
    /// The file is no UTF-8.
    #[error("the file crates/page/web/{0} of the page is not UTF-8")]
    NoText(String),
    /// The file has no import map, which the page needs to find its modules.
    #[error("the file crates/page/web/{0} of the page has no import map")]
    NoImportMap(&'static str),
    /// The import map is no JSON, or maps a module to a file that is missing.
    #[error("the import map of crates/page/web/index.html leads to no file for {0}")]
    NoModule(String),
}
