//! A JSON Schema in the words in which a model is asked for such JSON.

use serde_json::Value;

use super::schema::{Condition, alternatives, properties, with_object_root};

/// Asks for JSON that is valid under this schema.
pub(super) fn request(schema: &Value) -> String {
    let root = with_object_root(schema);
    let Some(keys) = properties(&root) else {
        return format!("Reply with JSON and nothing else: {}.", described(&root));
    };
    let mut text =
        "Reply with one JSON object and nothing else, with these keys in this order:".to_owned();
    for (name, property) in keys {
        let value = match Condition::of(schema, name) {
            Some(condition) => {
                format!("{} where {}, else null", described(condition.form), condition.clause())
            }
            None => described(property),
        };
        text += &format!("\n{}: {value}", Value::from(name.as_str()));
    }
    text
}

fn described(schema: &Value) -> String {
    if let Some(Value::Array(values)) = schema.get("enum") {
        let listed: Vec<String> = values.iter().map(Value::to_string).collect();
        let one = if listed.len() > 1 { "one of " } else { "" };
        return format!("{one}{}", listed.join(", "));
    }
    if let Some(forms) = alternatives(schema) {
        return forms.iter().map(described).collect::<Vec<_>>().join(", or ");
    }
    match schema.get("type") {
        Some(Value::Array(kinds)) => {
            let kinds = kinds.iter().map(|kind| of_type(kind.as_str(), schema));
            kinds.collect::<Vec<_>>().join(", or ")
        }
        kind => of_type(kind.and_then(Value::as_str), schema),
    }
}

fn of_type(kind: Option<&str>, schema: &Value) -> String {
    match kind {
        Some("string") => {
            format!("a text{}", bounds(schema, ["minLength", "maxLength"], " of ", " characters"))
        }
        Some("number") => {
            format!("a number{}", bounds(schema, ["minimum", "maximum"], " from ", ""))
        }
        Some("integer") => {
            format!("a whole number{}", bounds(schema, ["minimum", "maximum"], " from ", ""))
        }
        Some("boolean") => "true or false".to_owned(),
        Some("null") => "null".to_owned(),
        Some("array") => {
            let count = bounds(schema, ["minItems", "maxItems"], " of ", "");
            match schema.get("items") {
                Some(items) => format!("a list{count}, each {}", described(items)),
                None => format!("a list{count}"),
            }
        }
        Some("object") => match properties(schema) {
            Some(keys) => {
                let keys = keys.iter().map(|(name, property)| {
                    format!("{}: {}", Value::from(name.as_str()), described(property))
                });
                format!("an object with {}", keys.collect::<Vec<_>>().join("; "))
            }
            None => "an object".to_owned(),
        },
        Some(_) | None => "any value".to_owned(),
    }
}

fn bounds(schema: &Value, [least, most]: [&str; 2], before: &str, after: &str) -> String {
    match (schema.get(least), schema.get(most)) {
        (Some(least), Some(most)) => format!("{before}{least} to {most}{after}"),
        (Some(least), None) => format!(" of at least {least}{after}"),
        (None, Some(most)) => format!(" of at most {most}{after}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::refusal::schema::tests::open_ballot;

    #[test]
    fn open_ballots_are_described_with_their_condition() {
        let expected = "Reply with one JSON object and nothing else, with these keys in this order:\n\
                        \"choice\": one of \"Tea\", \"Coffee\", \"new\"\n\
                        \"confidence\": one of 0.0, 0.5, 1.0\n\
                        \"new_option\": a text of 1 to 200 characters where \"choice\" is \"new\", else null\n\
                        \"moved_by\": one of \"S1\", \"none\"";
        assert_eq!(request(&open_ballot()), expected);
    }

    #[test]
    fn every_kind_of_value_has_words() {
        let schema = json!({ "type": "object", "properties": {
            "options": { "type": "array", "minItems": 1, "maxItems": 6,
                "items": { "type": "string", "maxLength": 80 } },
            "sure": { "type": "boolean" },
            "share": { "type": "number", "minimum": 0, "maximum": 1 },
            "count": { "type": "integer", "minimum": 1 },
            "both": { "anyOf": [{ "type": "string" }, { "type": "null" }] },
            "inner": { "type": "object", "properties": { "a": { "enum": ["x\ny"] } } },
            "free": {},
        } });
        let expected = "Reply with one JSON object and nothing else, with these keys in this order:\n\
                        \"options\": a list of 1 to 6, each a text of at most 80 characters\n\
                        \"sure\": true or false\n\
                        \"share\": a number from 0 to 1\n\
                        \"count\": a whole number of at least 1\n\
                        \"both\": a text, or null\n\
                        \"inner\": an object with \"a\": \"x\\ny\"\n\
                        \"free\": any value";
        assert_eq!(request(&schema), expected);
        let list = json!({ "type": "array", "items": { "type": "string" } });
        assert_eq!(request(&list), "Reply with JSON and nothing else: a list, each a text.");
    }
}
