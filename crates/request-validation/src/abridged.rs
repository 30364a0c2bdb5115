use serde_json::{Map, Value};

/// Bytes of a value that are quoted. The values of most requests are shorter and quoted whole.
const MOST: usize = 8 << 10;
/// Bytes that a value counts for in addition to its text.
const EACH: usize = 8;

/// Returns a value as a response quotes it: whole, or its beginning (about 8 KiB). The response to a
/// hostile request must not be many times its size.
#[must_use]
pub fn abridged(value: &Value) -> Value {
    Quote { left: MOST }.value(value)
}

/// The same of an object.
pub(crate) fn abridged_object(object: &Map<String, Value>) -> Value {
    Quote { left: MOST }.object(object)
}

/// The same of a list.
pub(crate) fn abridged_list(items: &[Value]) -> Value {
    Quote { left: MOST }.list(items)
}

/// Returns a text, or its first `most` bytes (at a character boundary) and an ellipsis.
#[must_use]
pub fn abridged_text(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(most)])
}

struct Quote {
    left: usize,
}

impl Quote {
    fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                self.take(0);
                value.clone()
            }
            Value::String(text) => self.text(text).into(),
            Value::Array(items) => self.list(items),
            Value::Object(object) => self.object(object),
        }
    }

    fn text(&mut self, text: &str) -> String {
        let quoted = abridged_text(text, self.left);
        self.take(quoted.len());
        quoted
    }

    fn list(&mut self, items: &[Value]) -> Value {
        self.take(0);
        let mut quoted = Vec::new();
        for item in items {
            if self.left == 0 {
                quoted.push(format!("… and {} more", items.len() - quoted.len()).into());
                break;
            }
            quoted.push(self.value(item));
        }
        Value::Array(quoted)
    }

    fn object(&mut self, object: &Map<String, Value>) -> Value {
        self.take(0);
        let mut quoted = Map::new();
        for (key, value) in object {
            if self.left == 0 {
                let more = format!("and {} more", object.len() - quoted.len());
                quoted.insert("…".to_owned(), more.into());
                break;
            }
            let key = self.text(key);
            quoted.insert(key, self.value(value));
        }
        Value::Object(quoted)
    }

    fn take(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes + EACH);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn short_values_are_quoted_whole(
            texts in prop::collection::hash_map(".{0,20}", (".{0,40}", any::<i64>()), 0..40),
        ) {
            let value = json!({ "map": texts, "list": texts.keys().collect::<Vec<_>>() });
            prop_assert_eq!(abridged(&value), value);
        }
    }

    #[test]
    fn long_values_are_quoted_in_part() {
        let long = "ä".repeat(1 << 20);
        let deep = (0..60).fold(json!(vec![1; 50_000]), |inner, _| json!([inner, 2]));
        let wide: Map<_, _> = (0..50_000).map(|n| (n.to_string(), n.into())).collect();
        for value in [json!(long), json!(vec![1; 500_000]), deep, json!(wide), json!({ long: 1 })] {
            let quoted = abridged(&value).to_string();
            assert!(quoted.len() < 3 * MOST && quoted.contains('…'), "{}", quoted.len());
        }
        assert_eq!(abridged(&json!(vec![1; 5_000]))[1_023], "… and 3977 more");
    }
}
