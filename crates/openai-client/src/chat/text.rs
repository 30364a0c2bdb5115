use serde_json::Value;

/// The text of a message: a string, or a list of parts, of which only texts are read.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) content: String,
    /// Parts of the type `thinking`, which Mistral's models have.
    pub(super) thinking: String,
}

impl Text {
    pub(super) fn of(value: &Value) -> Self {
        let mut text = Self::default();
        text.add(value);
        text
    }

    /// Returns all text, for a field that holds only reasoning.
    pub(super) fn all(self) -> String {
        self.content + &self.thinking
    }

    fn add(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.content.push_str(text),
            Value::Array(parts) => parts.iter().for_each(|part| self.add(part)),
            Value::Object(part) => {
                if let Some(Value::String(text)) = part.get("text") {
                    self.content.push_str(text);
                }
                if let Some(thinking) = part.get("thinking") {
                    self.thinking.push_str(&Self::of(thinking).all());
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
