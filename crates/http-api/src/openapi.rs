//! The description of the interface: OpenAPI 3.1, written as FastAPI writes it, so that clients
//! generated from either are the same.

mod components;
mod document;
mod form;
mod tag;

pub(crate) use document::document;

#[cfg(test)]
mod tests;
