use serde_json::Value;

/// A text of a message: a string, or a list of parts of which only texts are read.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) said: String,
    /// Parts of the type `thinking`, as Mistral's models have them.
    pub(super) thought: String,
}

impl Text {
    pub(super) fn of(value: &Value) -> Self {
        let mut text = Self::default();
        text.add(value);
        text
    }

    /// Of a field that holds nothing but reasoning.
    pub(super) fn all(self) -> String {
        self.said + &self.thought
    }

    fn add(&mut self, value: &Value) {
        match value {
            Value::String(said) => self.said.push_str(said),
            Value::Array(parts) => parts.iter().for_each(|part| self.add(part)),
            Value::Object(part) => {
                if let Some(Value::String(said)) = part.get("text") {
                    self.said.push_str(said);
                }
                if let Some(thought) = part.get("thinking") {
                    self.thought.push_str(&Self::of(thought).all());
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
