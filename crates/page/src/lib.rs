#![doc = include_str!("../README.md")]

mod asset;
#[cfg(not(embedded))]
mod bundle;
mod content;
mod error;
mod index;
#[cfg(not(embedded))]
mod make;
#[cfg(not(embedded))]
mod module;
mod part;
mod player;
mod rendered;
#[cfg(not(embedded))]
mod sheet;
mod statement_html;
#[cfg(not(embedded))]
mod tokens;

pub use asset::{Asset, asset, version};
pub use content::IS_EMBEDDED;
pub use error::PageError;
pub use index::{Index, index};
pub use player::player;
pub use rendered::rendered;
pub use statement_html::statement_html;
