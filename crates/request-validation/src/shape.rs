mod compile;
mod declare;
mod lax;
mod list;
mod object;
mod problems;
mod scalars;

use serde_json::Value;

use crate::{FieldProblem, Origin, Place, path::Path, validation_error::ValidationError};
use list::{List, OneOrMany};
pub use object::Field;
use object::Object;
use problems::Problems;
use scalars::{Float, Integer, Text};

/// The shape of a value: what one walk over it coerces and checks.
///
/// The shape of a [`RequestModel`](crate::RequestModel) is compiled from its JSON Schema. For values that
/// no type describes, shapes are declared by [`RequestShape::object`], [`RequestShape::text`] and the like.
#[derive(Debug)]
pub struct RequestShape(pub(crate) Kind);

#[derive(Debug)]
pub(crate) enum Kind {
    /// Any value. Schemas that request types do not use are left to serde.
    Any,
    /// Null, or a value of this shape.
    Nullable(Box<RequestShape>),
    Text(Text),
    Integer(Integer),
    Float(Float),
    Boolean,
    List(List),
    OneOrMany(OneOrMany),
    Object(Object),
}

/// A rule of a text. The error is the end of a message, such as `must be lower case`.
pub type TextRule = fn(&str) -> Result<(), String>;

impl RequestShape {
    /// Coerces values where possible and returns all problems in field order, at most 128 and one that
    /// counts the others.
    pub fn check(&self, value: &mut Value, origin: Origin) -> Vec<FieldProblem> {
        self.check_at(value, &Path::Origin(origin))
    }

    /// Checks the value of one top-level field, as [`check`](Self::check) does.
    pub fn check_field(&self, name: &str, value: &mut Value, origin: Origin) -> Vec<FieldProblem> {
        self.check_at(value, &Path::Key(&Path::Origin(origin), name))
    }

    fn check_at(&self, value: &mut Value, path: &Path<'_>) -> Vec<FieldProblem> {
        let mut problems = Problems::default();
        self.walk(value, path, &mut problems);
        problems.listed(path.origin())
    }

    /// The position of a value among its siblings, and that of each of its ancestors. Problems sorted by
    /// it are in field order.
    pub(crate) fn order_of(&self, places: &[Place]) -> Vec<usize> {
        let Some((place, rest)) = places.split_first() else { return Vec::new() };
        let (order, inner) = match (&self.0, place) {
            (Kind::Nullable(inner), _) => return inner.order_of(places),
            (Kind::List(list), Place::Index(index)) => (*index, Some(list.items())),
            (Kind::Object(object), Place::Key(key)) => object.order_of(key),
            (
                Kind::List(_)
                | Kind::OneOrMany(_)
                | Kind::Object(_)
                | Kind::Any
                | Kind::Text(_)
                | Kind::Integer(_)
                | Kind::Float(_)
                | Kind::Boolean,
                _,
            ) => (0, None),
        };
        let mut orders = vec![order];
        orders.extend(inner.into_iter().flat_map(|inner| inner.order_of(rest)));
        orders
    }

    fn walk(&self, value: &mut Value, path: &Path<'_>, problems: &mut Problems) {
        let judged = match &self.0 {
            Kind::Any => Ok(None),
            Kind::Nullable(_) if value.is_null() => Ok(None),
            Kind::Nullable(inner) => return inner.walk(value, path, problems),
            Kind::Text(text) => text.judge(value).map(|()| None),
            Kind::Integer(integer) => integer.judge(value),
            Kind::Float(float) => float.judge(value),
            Kind::Boolean => lax::boolean(value).map(|flag| Some(flag.into())),
            Kind::List(list) => match value.as_array_mut() {
                Some(items) => return list.walk(items, path, problems),
                None => Err(ValidationError::new("list_type", "Input should be a valid list")),
            },
            Kind::OneOrMany(texts) => return texts.walk(value, path, problems),
            Kind::Object(object) => match value.as_object_mut() {
                Some(members) => return object.walk(members, path, problems),
                None => {
                    Err(ValidationError::new("dict_type", "Input should be a valid dictionary"))
                }
            },
        };
        match judged {
            Ok(None) => {}
            Ok(Some(coerced)) => *value = coerced,
            Err(error) => problems.push(|| error.at(path, value)),
        }
    }
}
