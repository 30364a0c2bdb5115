//! Responses: errors, and cached and stored bodies.

pub(crate) mod cache;
pub(crate) mod conditional;
pub(crate) mod error;
pub(crate) mod stored_answers;
