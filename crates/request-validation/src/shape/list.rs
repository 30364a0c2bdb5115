use serde_json::Value;

use super::{Problems, RequestShape};
use crate::{abridged::abridged_list, path::Path, validation_error::ValidationError};

/// A list with limits of its length.
#[derive(Debug)]
pub(crate) struct List {
    pub(super) items: Box<RequestShape>,
    pub(super) fewest: usize,
    pub(super) most: usize,
}

impl List {
    pub(super) fn items(&self) -> &RequestShape {
        &self.items
    }

    pub(super) fn walk(&self, items: &mut [Value], path: &Path<'_>, problems: &mut Problems) {
        let (before, count) = (problems.count(), items.len());
        if count > self.most {
            let error = ValidationError::list_too_long(self.most, count);
            return problems.push(|| error.quoting(path, abridged_list(items)));
        }
        for (index, item) in items.iter_mut().enumerate() {
            self.items.walk(item, &Path::Index(path, index), problems);
        }
        if count < self.fewest && problems.count() == before {
            let error = ValidationError::list_too_short(self.fewest, count);
            problems.push(|| error.quoting(path, abridged_list(items)));
        }
    }
}

/// A value, or a list of one to `most` of them. A single value becomes a list of one.
#[derive(Debug)]
pub(crate) struct OneOrMany {
    pub(super) item: Box<RequestShape>,
    pub(super) most: usize,
    /// The plural noun for the items in messages.
    pub(super) noun: &'static str,
}

impl OneOrMany {
    pub(super) fn walk(&self, value: &mut Value, path: &Path<'_>, problems: &mut Problems) {
        let Value::Array(items) = value else {
            self.item.walk(value, path, problems);
            *value = Value::Array(vec![value.take()]);
            return;
        };
        if items.is_empty() || items.len() > self.most {
            let error = ValidationError::rule(&format!("give 1 to {} {}", self.most, self.noun));
            return problems.push(|| error.quoting(path, items.len().into()));
        }
        for (index, item) in items.iter_mut().enumerate() {
            self.item.walk(item, &Path::Index(path, index), problems);
        }
    }
}
