//! Responses: errors, HTML, and cached bodies.

pub(crate) mod cache;
pub(crate) mod error;
pub(crate) mod html;
