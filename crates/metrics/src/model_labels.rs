use std::collections::HashSet;

use parking_lot::Mutex;

/// The maximum number of models with labels of their own.
const MAX_MODELS: usize = 64;

/// Labels of models. No other label has values from outside the program, so only models are limited.
#[derive(Debug, Default)]
pub(crate) struct ModelLabels(Mutex<HashSet<String>>);

impl ModelLabels {
    /// Returns the label of a model: its name, unless there are too many.
    pub(crate) fn label(&self, model: Option<&str>) -> String {
        let Some(model) = model else { return "unknown".to_owned() };
        let mut seen = self.0.lock();
        if !seen.contains(model) {
            if seen.len() == MAX_MODELS {
                return "other".to_owned();
            }
            seen.insert(model.to_owned());
        }
        model.to_owned()
    }
}
