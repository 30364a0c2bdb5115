use std::{any::TypeId, cell::RefCell, collections::HashMap, rc::Rc};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::{
    FieldProblem, JsonLimits, Origin, RequestShape, abridged, parse,
    path::{Path, lookup, places},
    request_schema,
    validation_error::ValidationError,
};

/// A type that requests are read into. Its ranges are garde attributes; its `custom` rules become
/// Pydantic's `value_error`.
pub trait RequestModel:
    DeserializeOwned + JsonSchema + garde::Validate<Context = ()> + 'static
{
}

impl<T> RequestModel for T where
    T: DeserializeOwned + JsonSchema + garde::Validate<Context = ()> + 'static
{
}

/// Reads a body. `is_json` tells whether its content type is JSON; as FastAPI does, any other body is
/// treated as a text, which is no object.
///
/// # Errors
/// All problems of the body, in the order of the fields, at most 128 and one that counts the others.
pub fn read_body<T: RequestModel>(
    bytes: &[u8],
    is_json: bool,
    limits: JsonLimits,
) -> Result<T, Vec<FieldProblem>> {
    let value = match bytes {
        [] => Value::Null,
        _ if is_json => parse(bytes, limits).map_err(|problem| vec![*problem])?,
        _ => Value::String(String::from_utf8_lossy(bytes).into_owned()),
    };
    read_value(Origin::Body, value, || parse(bytes, limits).unwrap_or_default())
}

/// Reads a query string. The last of several parameters of a name counts.
///
/// # Errors
/// All problems of the query, in the order of the fields.
pub fn read_query<T: RequestModel>(query: &str) -> Result<T, Vec<FieldProblem>> {
    read_value(Origin::Query, query_value(query), || query_value(query))
}

/// Returns the parameters of a query string as an object of texts.
#[must_use]
pub fn query_value(query: &str) -> Value {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let pairs = pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())));
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// Reads a value. `sent` returns the value as it was before coercion, and is called only to quote it
/// in a problem.
///
/// # Errors
/// All problems of the value, in the order of the fields.
pub fn read_value<T: RequestModel>(
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
    let model: T = match serde_json::from_value(value) {
        Ok(model) => model,
        Err(error) => {
            let reason = error.to_string();
            return Err(vec![FieldProblem::value_error(vec![origin.into()], reason, sent())]);
        }
    };
    match model.validate() {
        Ok(()) => Ok(model),
        Err(report) => Err(in_field_order(&shape, origin, &report, &sent())),
    }
}

/// The broken rules; garde sorts them alphabetically.
fn in_field_order(
    shape: &RequestShape,
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
pub(crate) fn shape_of<T: RequestModel>() -> Rc<RequestShape> {
    thread_local! {
        static SHAPES: RefCell<HashMap<TypeId, Rc<RequestShape>>> = RefCell::default();
    }
    SHAPES.with_borrow_mut(|shapes| {
        let compile = || Rc::new(RequestShape::compile(request_schema::<T>().as_value()));
        Rc::clone(shapes.entry(TypeId::of::<T>()).or_insert_with(compile))
    })
}
