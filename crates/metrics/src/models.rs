use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

/// Models with a label of their own.
const MOST: usize = 64;

/// The models that were seen: the one label whose values come from outside.
#[derive(Debug, Default)]
pub(crate) struct Models(Mutex<HashSet<String>>);

impl Models {
    /// The label of a model: its name, as long as there are not too many.
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
