//! JSON Schemas in forms that more hosts understand.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value, json};

/// What schemas have in common that differ only in their texts and bounds: what a host refuses of
/// one it most likely refuses of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SchemaHash(u64);

impl SchemaHash {
    pub(crate) fn of(schema: &Value) -> Self {
        let mut hasher = DefaultHasher::new();
        trace(schema, &mut hasher);
        Self(hasher.finish())
    }
}

fn trace(schema: &Value, hasher: &mut DefaultHasher) {
    let Some(schema) = schema.as_object() else { return };
    for (key, value) in schema {
        key.hash(hasher);
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    name.hash(hasher);
                    trace(property, hasher);
                }
            }
            ("anyOf" | "oneOf", Value::Array(alternatives)) => {
                alternatives.iter().for_each(|alternative| trace(alternative, hasher));
            }
            ("items", items) => trace(items, hasher),
            ("type", kind) => kind.to_string().hash(hasher),
            _ => {}
        }
    }
    // So that a property of one object is not taken for one of the next.
    "end".hash(hasher);
}

/// The alternatives, where the root is a choice between some.
pub(crate) fn alternatives(schema: &Value) -> Option<&[Value]> {
    let root = schema.as_object()?;
    root.get("anyOf").or_else(|| root.get("oneOf"))?.as_array().map(Vec::as_slice)
}

/// The properties of an object's schema.
pub(crate) fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}

/// A schema whose root is an object and that admits every reply that this one admits, and more: a
/// property that only some alternatives have may be null, and says in its description when it must
/// be. One with such a root stays as it is.
pub(crate) fn with_object_root(schema: &Value) -> Value {
    let Some(alternatives) = alternatives(schema) else { return schema.clone() };
    let objects: Option<Vec<_>> = alternatives.iter().map(properties).collect();
    let Some(objects) = objects else { return json!({ "type": "object" }) };
    // The longest shows the order of the keys best; that of the values is the given one.
    let mut longest_first = objects.clone();
    longest_first.sort_by_key(|object| std::cmp::Reverse(object.len()));
    let mut merged = Map::new();
    for name in longest_first.iter().flat_map(|object| object.keys()) {
        if merged.contains_key(name) {
            continue;
        }
        let forms: Vec<&Value> = objects.iter().filter_map(|object| object.get(name)).collect();
        let is_always_there = alternatives.iter().all(|alternative| requires(alternative, name));
        let form = any_of(&forms);
        let form = if is_always_there { form } else { or_null(form) };
        let described = match Condition::of(schema, name) {
            Some(condition) => with_description(form, condition.sentence(name)),
            None => form,
        };
        merged.insert(name.clone(), described);
    }
    object(&merged)
}

/// The conditions of an object root that a schema with alternatives is merged into, in words; `None`
/// if there are none. The schema admits replies that break them.
pub(crate) fn conditions_in_words(schema: &Value) -> Option<String> {
    let merged = with_object_root(schema);
    let names = properties(&merged)?.keys();
    let sentences: Vec<_> =
        names.filter_map(|name| Some(Condition::of(schema, name)?.sentence(name))).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// When a property that only one alternative has must be filled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition<'a> {
    /// The form of the property.
    pub(super) form: &'a Value,
    /// The property that decides, and the only value of it that asks for this one.
    key: &'a str,
    value: &'a Value,
}

impl<'a> Condition<'a> {
    /// The condition of the property of this name, if another property distinguishes the alternatives.
    pub(super) fn of(schema: &'a Value, name: &str) -> Option<Self> {
        let objects: Vec<_> = alternatives(schema)?.iter().filter_map(properties).collect();
        let mut with = objects.iter().filter(|object| object.contains_key(name));
        let (Some(only), None) = (with.next(), with.next()) else { return None };
        let (key, value) = only.iter().find_map(|(key, form)| {
            let value = single(form)?;
            let mut others = objects.iter().filter(|object| !object.contains_key(name));
            let admits = |form: Option<&Value>| {
                let values = form.and_then(|form| form.get("enum")?.as_array());
                values.is_none_or(|values| values.contains(value))
            };
            (!others.any(|other| admits(other.get(key)))).then_some((key, value))
        })?;
        Some(Self { form: only.get(name)?, key, value })
    }

    fn sentence(self, name: &str) -> String {
        let name = Value::from(name);
        format!("{name} must be null unless {}.", self.clause())
    }

    /// As `"choice" is "new"`.
    pub(super) fn clause(self) -> String {
        format!("{} is {}", Value::from(self.key), self.value)
    }
}

fn single(form: &Value) -> Option<&Value> {
    match form.get("enum")?.as_array()?.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

fn with_description(mut form: Value, description: String) -> Value {
    if let Some(form) = form.as_object_mut() {
        form.insert("description".to_owned(), description.into());
    }
    form
}

/// The schema in the part of the language that nearly every host understands: an object at the
/// root, all properties required and with a type, and no bounds. It admits what this one admits,
/// and more.
pub(crate) fn plain(schema: &Value) -> Value {
    simplified(&with_object_root(schema))
}

fn simplified(schema: &Value) -> Value {
    if let Some(properties) = properties(schema) {
        let plain = properties.iter().map(|(name, property)| {
            let form = simplified(property);
            let form = if requires(schema, name) { form } else { or_null(form) };
            let description = property.get("description").and_then(Value::as_str);
            let described = match description {
                Some(description) => with_description(form, description.to_owned()),
                None => form,
            };
            (name.clone(), described)
        });
        return object(&plain.collect());
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        return json!({ "type": types_of(values), "enum": values });
    }
    if let Some(alternatives) = alternatives(schema) {
        return json!({ "anyOf": alternatives.iter().map(simplified).collect::<Vec<_>>() });
    }
    let mut simple = Map::new();
    if let Some(kind) = schema.get("type") {
        simple.insert("type".to_owned(), kind.clone());
    }
    if let Some(items) = schema.get("items") {
        simple.insert("items".to_owned(), simplified(items));
    }
    Value::Object(simple)
}

fn requires(schema: &Value, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|required| required.iter().any(|key| key == name))
}

/// An object with exactly these properties.
fn object(properties: &Map<String, Value>) -> Value {
    json!({
        "type": "object",
        "required": properties.keys().collect::<Vec<_>>(),
        "properties": properties,
        "additionalProperties": false,
    })
}

fn any_of(forms: &[&Value]) -> Value {
    let mut distinct: Vec<&Value> = Vec::new();
    for form in forms {
        if !distinct.contains(form) {
            distinct.push(form);
        }
    }
    if let [only] = distinct[..] {
        return only.clone();
    }
    let enums: Option<Vec<_>> = distinct.iter().map(|form| form.get("enum")?.as_array()).collect();
    match enums {
        Some(enums) => {
            let mut values: Vec<&Value> = Vec::new();
            for value in enums.into_iter().flatten() {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            json!({ "enum": values })
        }
        None => json!({ "anyOf": distinct }),
    }
}

fn or_null(mut form: Value) -> Value {
    if let Some(Value::Array(values)) = form.get_mut("enum") {
        if !values.contains(&Value::Null) {
            values.push(Value::Null);
        }
        if let Some(kind) = form.get_mut("type") {
            *kind = type_or_null(kind);
        }
        return form;
    }
    match form.get_mut("type") {
        Some(kind) => {
            *kind = type_or_null(kind);
            form
        }
        None => json!({ "anyOf": [form, { "type": "null" }] }),
    }
}

fn type_or_null(kind: &Value) -> Value {
    let mut kinds = kind.as_array().cloned().unwrap_or_else(|| vec![kind.clone()]);
    if !kinds.iter().any(|kind| kind == "null") {
        // First: whatever fills a form without thinking takes the first.
        kinds.insert(0, json!("null"));
    }
    Value::Array(kinds)
}

fn types_of(values: &[Value]) -> Value {
    let mut kinds: Vec<&str> = Vec::new();
    for value in values {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if let [only] = kinds[..] { json!(only) } else { json!(kinds) }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The form of an open ballot.
    pub(crate) fn open_ballot() -> Value {
        let filled = |choice: &[&str], new: Option<Value>| {
            let mut properties = Map::new();
            properties.insert("choice".into(), json!({ "enum": choice }));
            properties.insert("confidence".into(), json!({ "enum": [0.0, 0.5, 1.0] }));
            if let Some(new) = new {
                properties.insert("new_option".into(), new);
            }
            properties.insert("moved_by".into(), json!({ "enum": ["S1", "none"] }));
            object(&properties)
        };
        let text = json!({ "type": "string", "minLength": 1, "maxLength": 200 });
        json!({ "anyOf": [filled(&["Tea", "Coffee"], None), filled(&["new"], Some(text))] })
    }

    #[test]
    fn an_open_ballot_becomes_one_object_in_the_order_of_its_keys() {
        let merged = with_object_root(&open_ballot());
        let expected = json!({
            "type": "object",
            "required": ["choice", "confidence", "new_option", "moved_by"],
            "properties": {
                "choice": { "enum": ["Tea", "Coffee", "new"] },
                "confidence": { "enum": [0.0, 0.5, 1.0] },
                "new_option": { "type": ["null", "string"], "minLength": 1, "maxLength": 200,
                    "description": "\"new_option\" must be null unless \"choice\" is \"new\"." },
                "moved_by": { "enum": ["S1", "none"] },
            },
            "additionalProperties": false,
        });
        assert_eq!(merged.to_string(), expected.to_string());
        assert_eq!(with_object_root(&merged), merged);
    }

    #[test]
    fn a_plain_schema_has_types_and_no_bounds() {
        let expected = json!({
            "type": "object",
            "required": ["choice", "confidence", "new_option", "moved_by"],
            "properties": {
                "choice": { "type": "string", "enum": ["Tea", "Coffee", "new"] },
                "confidence": { "type": "number", "enum": [0.0, 0.5, 1.0] },
                "new_option": { "type": ["null", "string"],
                    "description": "\"new_option\" must be null unless \"choice\" is \"new\"." },
                "moved_by": { "type": "string", "enum": ["S1", "none"] },
            },
            "additionalProperties": false,
        });
        assert_eq!(plain(&open_ballot()).to_string(), expected.to_string());
        let list = json!({ "type": "object", "required": [], "properties": {
            "options": { "type": "array", "maxItems": 6, "items": { "type": "string", "minLength": 1 } },
            "kind": { "enum": ["a"] },
        } });
        let plain = plain(&list);
        assert_eq!(plain["properties"]["options"]["type"], json!(["null", "array"]));
        assert_eq!(plain["properties"]["options"]["items"], json!({ "type": "string" }));
        let kind = json!({ "type": ["null", "string"], "enum": ["a", null] });
        assert_eq!(plain["properties"]["kind"], kind);
    }

    #[test]
    fn ballots_that_differ_in_their_texts_only_have_one_shape() {
        let open = open_ballot();
        let mut other = open.clone();
        other["anyOf"][0]["properties"]["choice"]["enum"] = json!(["Milk"]);
        other["anyOf"][1]["properties"]["new_option"]["maxLength"] = json!(80);
        assert_eq!(SchemaHash::of(&open), SchemaHash::of(&other));
        assert_ne!(SchemaHash::of(&open), SchemaHash::of(&open["anyOf"][0]));
        assert_ne!(SchemaHash::of(&open["anyOf"][0]), SchemaHash::of(&open["anyOf"][1]));
    }

    #[test]
    fn unmergeable_schemas_become_any_object() {
        let odd = json!({ "anyOf": [{ "type": "string" }, { "type": "object" }] });
        assert_eq!(with_object_root(&odd), json!({ "type": "object" }));
    }
}
