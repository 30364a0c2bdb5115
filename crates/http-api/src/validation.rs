//! Requests are judged as Pydantic judges them: everything that is wrong is told at once, in field
//! order, and what only looks different (`"7"` for 7) is taken.
//!
//! A type's ranges are written once, as garde attributes. schemars reads them into a JSON Schema,
//! which is both what the interface documents and what is compiled into a [`Shape`]: one walk over
//! a value coerces it and collects its [`FieldProblem`]s, then serde reads it, then garde checks
//! the rules that join several fields.
//!
//! The walk is our own, since a JSON Schema validator gives yes or no to a value as it stands: it
//! neither coerces nor keeps the order of fields, and its errors would need translating one by one.

mod json;
mod path;
mod schema;
mod shape;
mod validation_error;

use std::{any::TypeId, cell::RefCell, collections::HashMap, rc::Rc};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use json::{JsonLimits, parse};
pub(crate) use path::Origin;
use path::{Path, lookup, places};
pub(crate) use schema::{in_pydantic_form, one_piece, request_schema};
use shape::Shape;
use validation_error::ValidationError;

use crate::response::error::{FieldProblem, abridged};

/// What a request can be read into. Its ranges are garde attributes; its `custom` rules become
/// Pydantic's `value_error`.
pub(crate) trait Request:
    DeserializeOwned + JsonSchema + garde::Validate<Context = ()> + 'static
{
}

impl<T> Request for T where
    T: DeserializeOwned + JsonSchema + garde::Validate<Context = ()> + 'static
{
}

/// Reads a value that came as `sent` tells once more, if it must be shown.
pub(crate) fn accept<T: Request>(
    origin: Origin,
    mut value: Value,
    sent: impl FnOnce() -> Value,
) -> Result<T, Vec<FieldProblem>> {
    if value.is_null() {
        return Err(vec![ValidationError::missing().at(&Path::Origin(origin), &value)]);
    }
    if !value.is_object() {
        return Err(vec![ValidationError::not_a_model().at(&Path::Origin(origin), &value)]);
    }
    let shape = shape_of::<T>();
    let problems = shape.check(&mut value, origin);
    if !problems.is_empty() {
        return Err(problems);
    }
    let accepted: T = match serde_json::from_value(value) {
        Ok(accepted) => accepted,
        Err(error) => {
            let reason = error.to_string();
            return Err(vec![FieldProblem::value_error(vec![origin.into()], reason, sent())]);
        }
    };
    match accepted.validate() {
        Ok(()) => Ok(accepted),
        Err(report) => Err(in_field_order(&shape, origin, &report, &sent())),
    }
}

/// The broken rules; garde sorts them alphabetically.
fn in_field_order(
    shape: &Shape,
    origin: Origin,
    report: &garde::Report,
    sent: &Value,
) -> Vec<FieldProblem> {
    let problem = |(path, error): &(garde::Path, garde::Error)| {
        let places = places(origin, &path.to_string());
        let input = abridged(lookup(sent, &places[1..]));
        FieldProblem::value_error(places, error.message(), input)
    };
    let mut problems: Vec<_> = report.iter().map(problem).collect();
    problems.sort_by_cached_key(|problem| shape.order_of(&problem.loc[1..]));
    problems
}

/// The shape of a type, compiled once per thread.
fn shape_of<T: Request>() -> Rc<Shape> {
    thread_local! {
        static SHAPES: RefCell<HashMap<TypeId, Rc<Shape>>> = RefCell::default();
    }
    SHAPES.with_borrow_mut(|shapes| {
        let compile = || Rc::new(Shape::compile(request_schema::<T>().as_value()));
        Rc::clone(shapes.entry(TypeId::of::<T>()).or_insert_with(compile))
    })
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::{Trial, trial};
