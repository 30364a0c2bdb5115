//! JSON that a prompt describes in words, which replaces a refused schema.

use serde_json::{Map, Value, json};

use super::reply::Author;

/// The words before the keys.
const MARK: &str = "with these keys in this order:\n";

/// The object described at the end of a prompt, if there is one.
pub(super) fn object(prompt: &str, author: &mut Author) -> Option<Value> {
    let (_, keys) = prompt.rsplit_once(MARK)?;
    let keys = keys.split("<|end|>").next().unwrap_or_default();
    let mut object = Map::new();
    for (name, words) in keys.lines().filter_map(key) {
        let value = match words.split_once(" where ") {
            Some((words, condition)) if holds(condition, &object) => filled(words, author),
            Some(_) => Value::Null,
            None => filled(words, author),
        };
        object.insert(name, value);
    }
    Some(Value::Object(object))
}

/// `"name": words`
fn key(line: &str) -> Option<(String, &str)> {
    let (name, words) = line.split_once(": ")?;
    Some((serde_json::from_str(name).ok()?, words))
}

/// `"key" is "value", else null`
fn holds(condition: &str, object: &Map<String, Value>) -> bool {
    let condition = condition.trim_end_matches(", else null");
    let Some((key, value)) = condition.split_once(" is ") else { return false };
    let key = serde_json::from_str::<String>(key).unwrap_or_default();
    object.get(&key) == serde_json::from_str(value).ok().as_ref()
}

fn filled(words: &str, author: &mut Author) -> Value {
    if let Some(values) = words.strip_prefix("one of ") {
        let values = serde_json::from_str::<Value>(&format!("[{values}]")).unwrap_or_default();
        return author.instance(&json!({ "enum": values }));
    }
    let text = json!({ "type": "string", "maxLength": 80 });
    if words.starts_with("a list") {
        return author.instance(&json!({ "type": "array", "items": text, "maxItems": 3 }));
    }
    serde_json::from_str(words).unwrap_or_else(|_| author.instance(&text))
}
