use serde_json::{Map, Value};
use synod_domain::instead_of;

use super::{Kind, Problems, RequestShape};
use crate::{Origin, abridged::abridged_object, path::Path, validation_error::ValidationError};

/// An object.
#[derive(Debug)]
pub(crate) struct Object {
    pub(super) fields: Vec<Field>,
    /// The shape of the values of unknown keys; `None`: unknown keys are refused.
    pub(super) others: Option<Box<RequestShape>>,
}

/// A field of an object.
#[derive(Debug)]
pub struct Field {
    pub(super) name: String,
    /// Further names under which the field may be sent. With any, null counts as absent.
    pub(super) aliases: &'static [&'static str],
    pub(super) required: bool,
    pub(super) shape: RequestShape,
}

/// The longest key that is compared with the known keys, in bytes.
const LONGEST_GUESS: usize = 64;

impl Object {
    pub(super) fn order_of(&self, key: &str) -> (usize, Option<&RequestShape>) {
        let order = self.fields.iter().position(|field| field.name == key);
        let order = order.unwrap_or(self.fields.len());
        (order, self.fields.get(order).map(|field| &field.shape))
    }

    pub(super) fn walk(
        &self,
        object: &mut Map<String, Value>,
        path: &Path<'_>,
        problems: &mut Problems,
    ) {
        // A problem quotes the object as it was sent, before coercion.
        let sent = match path.origin() {
            Origin::Body if self.fields.iter().any(|field| field.quotes(object)) => {
                abridged_object(object)
            }
            Origin::Body | Origin::Query => Value::Null,
        };
        for field in &self.fields {
            if !field.aliases.is_empty() {
                field.walk_aliases(object, &sent, path, problems);
                continue;
            }
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

    fn walk_others(
        &self,
        object: &mut Map<String, Value>,
        path: &Path<'_>,
        problems: &mut Problems,
    ) {
        if self.others.as_ref().is_some_and(|others| matches!(others.0, Kind::Any)) {
            return;
        }
        for (key, value) in object {
            if self.names().any(|name| name == key) {
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

    fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }

    /// Suggests the known key that an unknown one probably means: the same key within a field, one that
    /// ends with it, or one with a similar spelling. Otherwise lists all.
    fn instead_of(&self, key: &str) -> String {
        let within = self.fields.iter().find_map(|field| {
            let Kind::Object(inner) = &field.shape.or_null().0 else { return None };
            inner.names().any(|inner| inner == key).then(|| format!("{}.{key}", field.name))
        });
        let ends_with =
            |name: &&str| name.strip_suffix(key).is_some_and(|lead| lead.ends_with('_'));
        let suggested = within.or_else(|| self.names().find(ends_with).map(str::to_owned));
        match suggested {
            Some(known) => format!("; did you mean `{known}`?"),
            None => instead_of(key, self.names()),
        }
    }
}

impl Field {
    /// Whether a problem of this field quotes the whole object.
    fn quotes(&self, object: &Map<String, Value>) -> bool {
        if self.aliases.is_empty() {
            self.required && !object.contains_key(&self.name)
        } else {
            self.sent_names(object).count() != 1
        }
    }

    fn all_names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().copied())
    }

    /// The names under which the field was sent; null counts as absent.
    fn sent_names(&self, object: &Map<String, Value>) -> impl Iterator<Item = &str> {
        self.all_names().filter(|name| object.get(*name).is_some_and(|value| !value.is_null()))
    }

    /// Checks a field that has several names and keeps it under its first one.
    fn walk_aliases(
        &self,
        object: &mut Map<String, Value>,
        sent: &Value,
        path: &Path<'_>,
        problems: &mut Problems,
    ) {
        let found: Vec<_> = self.sent_names(object).collect();
        match found[..] {
            [] if self.required => {
                let path = Path::Key(path, &self.name);
                problems.push(|| ValidationError::missing().quoting(&path, sent.clone()));
            }
            [] => {}
            [name] => {
                let mut value = object.remove(name).unwrap_or_default();
                self.shape.walk(&mut value, &Path::Key(path, name), problems);
                for name in self.all_names() {
                    object.remove(name);
                }
                object.insert(self.name.clone(), value);
            }
            _ => {
                let names: Vec<_> = self.all_names().collect();
                let (names, found) = (names.join(", "), found.join(" and "));
                let error = ValidationError::rule(&format!("give one of {names}, not {found}"));
                problems.push(|| error.quoting(path, sent.clone()));
            }
        }
    }
}

impl RequestShape {
    /// Itself, or the shape of a value that is not null.
    fn or_null(&self) -> &Self {
        if let Kind::Nullable(inner) = &self.0 { inner } else { self }
    }
}
