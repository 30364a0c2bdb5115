#![doc = include_str!("../README.md")]

mod abridged;
mod field_problem;
mod json;
mod path;
mod read;
mod schema;
mod shape;
#[cfg(any(test, feature = "test-util"))]
pub mod test_util;
mod validation_error;

pub use abridged::{abridged, abridged_text};
pub use field_problem::{FieldProblem, Place};
pub use json::{JsonLimits, parse};
pub use path::Origin;
pub use read::{RequestModel, query_value, read_body, read_query, read_value};
pub use schema::{in_pydantic_form, one_piece, request_schema, title_case};
pub use shape::{Field, RequestShape, TextRule};
