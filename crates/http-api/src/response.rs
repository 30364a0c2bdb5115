//! What handlers answer with: errors, streams, pages, and bodies that are kept.

pub(crate) mod cache;
pub(crate) mod error;
pub(crate) mod html;
pub(crate) mod sse;
