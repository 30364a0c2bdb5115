//! Responses: errors, HTML, and cached and stored bodies.

pub(crate) mod cache;
pub(crate) mod conditional;
pub(crate) mod error;
pub(crate) mod html;
pub(crate) mod stored_answers;
