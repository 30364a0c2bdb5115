use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

/// The maximum number of models with a label of their own.
const MOST: usize = 64;

/// The models seen so far: the only label whose values come from outside.
#[derive(Debug, Default)]
pub(crate) struct Models(Mutex<HashSet<String>>);

impl Models {
    /// Returns the label of a model: its name, unless there are too many.
    pub(crate) fn label(&self, model: Option<&str>) -> String {
        let Some(model) = model else { return "unknown".to_owned() };
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.contains(model) {
            if seen.len() == MOST {
                return "other".to_owned();
            }
            seen.insert(model.to_owned());
        }
        model.to_owned()
    }
}
