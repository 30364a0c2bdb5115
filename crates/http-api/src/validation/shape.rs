mod compile;
mod lax;
mod problems;
mod scalars;

use serde_json::{Map, Value};
use synod_domain::instead_of;

use super::{Origin, Path, ValidationError};
use crate::response::error::{FieldProblem, Place, abridged_list, abridged_object};
use problems::Problems;
use scalars::{Float, Integer, Text};

/// What a value must look like: a JSON Schema, compiled for one walk.
#[derive(Debug)]
pub(super) enum Shape {
    /// Anything. What this crate's types do not use is left to serde.
    Any,
    /// Null, or else this.
    Nullable(Box<Shape>),
    Text(Text),
    Integer(Integer),
    Float(Float),
    Boolean,
    List(List),
    Record(Record),
}

/// A list with limits of its length.
#[derive(Debug)]
pub(super) struct List {
    items: Box<Shape>,
    fewest: usize,
    most: usize,
}

/// An object.
#[derive(Debug)]
pub(super) struct Record {
    fields: Vec<Field>,
    /// What other keys may hold; `None`: there must be none.
    others: Option<Box<Shape>>,
}

#[derive(Debug)]
struct Field {
    name: String,
    required: bool,
    shape: Shape,
}

/// Longest key that is compared with the known ones.
const LONGEST_GUESS: usize = 64;

impl Shape {
    /// Coerces values where possible and reports all problems in field order, up to a limit.
    pub(super) fn check(&self, value: &mut Value, origin: Origin) -> Vec<FieldProblem> {
        let mut problems = Problems::default();
        self.walk(value, &Path::Origin(origin), &mut problems);
        problems.told(origin)
    }

    /// Where a value stands among its siblings, and theirs; by this, problems sort as fields do.
    pub(super) fn order_of(&self, places: &[Place]) -> Vec<usize> {
        let Some((place, rest)) = places.split_first() else { return Vec::new() };
        let (order, inner) = match (self, place) {
            (Self::Nullable(inner), _) => return inner.order_of(places),
            (Self::List(list), Place::Index(index)) => (*index, Some(&*list.items)),
            (Self::Record(record), Place::Key(key)) => {
                let fields = &record.fields;
                let order = fields.iter().position(|field| field.name == *key);
                let order = order.unwrap_or(fields.len());
                (order, fields.get(order).map(|field| &field.shape))
            }
            (Self::List(_) | Self::Record(_) | Self::Any, _)
            | (Self::Text(_) | Self::Integer(_) | Self::Float(_) | Self::Boolean, _) => (0, None),
        };
        let mut orders = vec![order];
        orders.extend(inner.into_iter().flat_map(|inner| inner.order_of(rest)));
        orders
    }

    /// Itself, or what it is unless it is null.
    fn some(&self) -> &Self {
        match self {
            Self::Nullable(inner) => inner,
            Self::Any
            | Self::Text(_)
            | Self::Integer(_)
            | Self::Float(_)
            | Self::Boolean
            | Self::List(_)
            | Self::Record(_) => self,
        }
    }

    fn walk(&self, value: &mut Value, path: &Path<'_>, problems: &mut Problems) {
        let judged = match self {
            Self::Any => Ok(None),
            Self::Nullable(_) if value.is_null() => Ok(None),
            Self::Nullable(inner) => return inner.walk(value, path, problems),
            Self::Text(text) => text.judge(value).map(|()| None),
            Self::Integer(whole) => whole.judge(value),
            Self::Float(share) => share.judge(value),
            Self::Boolean => lax::flag(value).map(|flag| Some(flag.into())),
            Self::List(list) => match value.as_array_mut() {
                Some(items) => return list.walk(items, path, problems),
                None => Err(ValidationError::new("list_type", "Input should be a valid list")),
            },
            Self::Record(record) => match value.as_object_mut() {
                Some(object) => return record.walk(object, path, problems),
                None => {
                    Err(ValidationError::new("dict_type", "Input should be a valid dictionary"))
                }
            },
        };
        match judged {
            Ok(None) => {}
            Ok(Some(coerced)) => *value = coerced,
            Err(mistake) => problems.push(|| mistake.at(path, value)),
        }
    }
}

impl List {
    fn walk(&self, items: &mut [Value], path: &Path<'_>, problems: &mut Problems) {
        let (before, count) = (problems.count(), items.len());
        if count > self.most {
            let mistake = ValidationError::list_too_long(self.most, count);
            return problems.push(|| mistake.quoting(path, abridged_list(items)));
        }
        for (index, item) in items.iter_mut().enumerate() {
            self.items.walk(item, &Path::Index(path, index), problems);
        }
        if count < self.fewest && problems.count() == before {
            let mistake = ValidationError::list_too_short(self.fewest, count);
            problems.push(|| mistake.quoting(path, abridged_list(items)));
        }
    }
}

impl Record {
    fn walk(&self, object: &mut Map<String, Value>, path: &Path<'_>, problems: &mut Problems) {
        let lacks = |field: &Field| field.required && !object.contains_key(&field.name);
        // The report shows the value as sent, not as coerced.
        let sent = match path.origin() {
            Origin::Body if self.fields.iter().any(lacks) => abridged_object(object),
            Origin::Body | Origin::Query => Value::Null,
        };
        for field in &self.fields {
            let path = Path::Key(path, &field.name);
            match object.get_mut(&field.name) {
                Some(value) => field.shape.walk(value, &path, problems),
                None if field.required => {
                    problems.push(|| ValidationError::missing().quoting(&path, sent.clone()));
                }
                None => {}
            }
        }
        self.walk_others(object, path, problems);
    }

    /// The known key that an unknown one probably means: the same within a field, one that ends
    /// with it, one that is spelled alike, or else all of them.
    fn instead_of(&self, key: &str) -> String {
        let names = || self.fields.iter().map(|field| field.name.as_str());
        let within = self.fields.iter().find_map(|field| {
            let Shape::Record(inner) = field.shape.some() else { return None };
            let is_there = inner.fields.iter().any(|inner| inner.name == key);
            is_there.then(|| format!("{}.{key}", field.name))
        });
        let ends_with =
            |name: &&str| name.strip_suffix(key).is_some_and(|lead| lead.ends_with('_'));
        let fitting = within.or_else(|| names().find(ends_with).map(str::to_owned));
        fitting
            .map_or_else(|| instead_of(key, names()), |known| format!("; did you mean `{known}`?"))
    }

    fn walk_others(
        &self,
        object: &mut Map<String, Value>,
        path: &Path<'_>,
        problems: &mut Problems,
    ) {
        if let Some(Shape::Any) = self.others.as_deref() {
            return;
        }
        let names = || self.fields.iter().map(|field| field.name.as_str());
        for (key, value) in object {
            if names().any(|name| name == key) {
                continue;
            }
            let path = Path::Key(path, key);
            match &self.others {
                Some(shape) => shape.walk(value, &path, problems),
                None => problems.push(|| {
                    let guessed = if key.len() <= LONGEST_GUESS { key } else { "" };
                    ValidationError::forbidden(&self.instead_of(guessed)).at(&path, value)
                }),
            }
        }
    }
}
