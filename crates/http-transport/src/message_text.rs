use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The text of a message: a string, or a list of parts, whose texts are joined.
///
/// Other values, such as images and numbers, are ignored. No more is kept than the text, whatever
/// the server sends.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct MessageText {
    /// What the model says.
    pub content: String,
    /// Parts of a type such as `thinking` (Mistral) or `reasoning`.
    pub thinking: String,
}

impl MessageText {
    /// Returns all text, for a field that holds only reasoning.
    #[must_use]
    pub fn all(self) -> String {
        if self.thinking.is_empty() { self.content } else { self.content + &self.thinking }
    }

    fn add(&mut self, other: &Self) {
        self.content.push_str(&other.content);
        self.thinking.push_str(&other.thinking);
    }
}

/// Whether parts of this type are reasoning, as `reasoning`, `reasoning_text`, `thinking` or
/// `redacted_thinking`.
fn is_thought(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    ["reasoning", "thinking", "thought"].iter().any(|word| kind.contains(word))
}

impl<'de> Deserialize<'de> for MessageText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = MessageText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of parts")
    }

    fn visit_str<E>(self, text: &str) -> Result<MessageText, E> {
        Ok(MessageText { content: text.to_owned(), thinking: String::new() })
    }

    fn visit_string<E>(self, content: String) -> Result<MessageText, E> {
        Ok(MessageText { content, thinking: String::new() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<MessageText, A::Error> {
        let mut text = MessageText::default();
        while let Some(part) = parts.next_element::<MessageText>()? {
            text.add(&part);
        }
        Ok(text)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut part: A) -> Result<MessageText, A::Error> {
        let (mut kind, mut text, mut thinking) =
            (String::new(), MessageText::default(), String::new());
        while let Some(key) = part.next_key::<String>()? {
            match key.as_str() {
                "type" => kind = part.next_value::<MessageText>()?.content,
                // OpenAI's assistants nest the text as `{"text": {"value": …}}`.
                "text" | "value" => text.add(&part.next_value()?),
                "thinking" | "reasoning" | "summary" => {
                    thinking += &part.next_value::<MessageText>()?.all();
                }
                _ => {
                    part.next_value::<IgnoredAny>()?;
                }
            }
        }
        if is_thought(&kind) {
            return Ok(MessageText { content: String::new(), thinking: text.all() + &thinking });
        }
        text.thinking.push_str(&thinking);
        Ok(text)
    }

    fn visit_unit<E>(self) -> Result<MessageText, E> {
        Ok(MessageText::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<MessageText, E> {
        Ok(MessageText::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<MessageText, E> {
        Ok(MessageText::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<MessageText, E> {
        Ok(MessageText::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<MessageText, E> {
        Ok(MessageText::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_and_reasoning_is_separate() {
        for (json, content, thinking) in [
            (r#""a b""#, "a b", ""),
            (
                r#"[{"type":"text","text":"a "},"b",7,null,{"type":"image_url","image_url":{}}]"#,
                "a b",
                "",
            ),
            (r#"{"type":"text","text":{"value":"a","annotations":[]}}"#, "a", ""),
            (r#"[{"type":"reasoning","text":"hm"},{"type":"output_text","text":"a"}]"#, "a", "hm"),
            (r#"[{"text":"hm","type":"reasoning_text"},{"text":"a"}]"#, "a", "hm"),
            (r#"[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]"#, "", "hm"),
            (r#"[{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]}]"#, "", "hm"),
            ("-1", "", ""),
            ("1.5", "", ""),
            ("true", "", ""),
            ("null", "", ""),
        ] {
            let text: MessageText = serde_json::from_str(json).unwrap();
            assert_eq!(
                (text.content.as_str(), text.thinking.as_str()),
                (content, thinking),
                "{json}"
            );
        }
    }
}
