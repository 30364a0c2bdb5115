//! The form of schemas in the document, which suits generators of clients.

use serde_json::{Map, Value, json};
use synod_request_validation::{in_pydantic_form, title_case};

/// The location of named schemas in the document.
pub(super) const PLACE: &str = "#/components/schemas/";

/// A reference to a named schema.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{PLACE}{name}") })
}

/// Brings one schema into the form of the document.
///
/// Defaults are stated in words: `openapi-typescript` makes a field required that has a `default`.
pub(super) fn in_document_form(schema: &mut Map<String, Value>, defaults: Defaults) {
    in_pydantic_form(schema);
    say_null(schema);
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for property in properties.values_mut().filter_map(Value::as_object_mut) {
        let Some(default) = property.remove("default") else { continue };
        match (defaults, stated(&default)) {
            (Defaults::Stated | Defaults::StatedUnlessConfigured, Some(stated)) => {
                let unless = match defaults {
                    Defaults::StatedUnlessConfigured => {
                        " unless the server is configured otherwise"
                    }
                    Defaults::Stated | Defaults::LeftOut => "",
                };
                let said = property.get("description").and_then(Value::as_str).unwrap_or_default();
                let stop = if said.is_empty() || said.ends_with('.') { "" } else { "." };
                let said = format!("{said}{stop} Default{unless}: {stated}.");
                property.insert("description".to_owned(), said.trim().into());
            }
            (Defaults::Stated | Defaults::StatedUnlessConfigured, None)
            | (Defaults::LeftOut, _) => {}
        }
    }
}

/// `None` in Rust is null on the wire.
fn say_null(schema: &mut Map<String, Value>) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace("`None`", "null");
    }
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    let properties = properties.into_iter().flat_map(Map::values_mut);
    properties.filter_map(Value::as_object_mut).for_each(say_null);
}

/// How defaults are documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defaults {
    /// They are stated in the description: a request may leave the field out.
    Stated,
    /// They are stated in the description, and the settings of a server may say otherwise.
    StatedUnlessConfigured,
    /// Left out: a response has no defaults.
    LeftOut,
}

/// A default in words; `None` for one that a reader expects anyway.
fn stated(default: &Value) -> Option<String> {
    match default {
        Value::Null | Value::Object(_) | Value::Array(_) => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(format!("`{text}`")),
        Value::Bool(_) | Value::Number(_) => Some(default.to_string()),
    }
}

/// Names each alternative of a union that has a discriminator field: `turn_ended` of `DebateEvent` is
/// `TurnEndedEvent`. The union then refers to them.
pub(super) fn name_variants(
    name: &str,
    schema: &mut Map<String, Value>,
    definitions: &Map<String, Value>,
) -> Vec<(String, Map<String, Value>)> {
    let Some(tag) = tag_of(schema) else { return Vec::new() };
    let Some(Value::Array(variants)) = schema.remove("oneOf") else { return Vec::new() };
    let properties = take_object(schema, "properties");
    let required = take_array(schema, "required");
    schema.remove("type");
    let last_word = name.rfind(char::is_uppercase).unwrap_or(0);
    let (mut named, mut references, mut mapping) = (Vec::new(), Vec::new(), Map::new());
    for variant in variants {
        let Value::Object(mut variant) = variant else { continue };
        let word = variant["properties"][&tag]["const"].as_str().unwrap_or_default().to_owned();
        let mut base = base_of(&mut variant, definitions);
        let mut properties = properties.clone();
        properties.extend(take_object(&mut variant, "properties"));
        properties.extend(take_object(&mut base, "properties"));
        let mut required = required.clone();
        required.extend(take_array(&mut variant, "required"));
        required.extend(take_array(&mut base, "required"));
        let mut whole = Map::new();
        whole.insert("type".to_owned(), "object".into());
        whole.insert("properties".to_owned(), properties.into());
        whole.insert("required".to_owned(), required.into());
        whole.extend(variant.into_iter().filter(|(keyword, _)| keyword != "type"));
        let name = format!("{}{}", pascal_case(&word), &name[last_word..]);
        references.push(reference(&name));
        mapping.insert(word, format!("{PLACE}{name}").into());
        named.push((name, whole));
    }
    schema.insert("oneOf".to_owned(), references.into());
    let discriminator = json!({ "propertyName": tag, "mapping": mapping });
    schema.insert("discriminator".to_owned(), discriminator);
    named
}

/// The discriminator field of a union, if the schema is one.
fn tag_of(schema: &Map<String, Value>) -> Option<String> {
    let variants = schema.get("oneOf")?.as_array()?;
    let first = variants.first()?["properties"].as_object()?;
    let is_tag = |name: &&String| {
        variants.iter().all(|variant| variant["properties"][name.as_str()]["const"].is_string())
    };
    first.keys().find(is_tag).cloned()
}

/// Returns the schema that a variant refers to and extends. Generators support either a reference or its
/// siblings.
fn base_of(
    variant: &mut Map<String, Value>,
    definitions: &Map<String, Value>,
) -> Map<String, Value> {
    let Some(Value::String(base)) = variant.remove("$ref") else { return Map::new() };
    let base = base.strip_prefix(PLACE).and_then(|name| definitions.get(name));
    base.and_then(Value::as_object).cloned().unwrap_or_default()
}

fn take_object(schema: &mut Map<String, Value>, keyword: &str) -> Map<String, Value> {
    match schema.remove(keyword) {
        Some(Value::Object(object)) => object,
        Some(_) | None => Map::new(),
    }
}

fn take_array(schema: &mut Map<String, Value>, keyword: &str) -> Vec<Value> {
    match schema.remove(keyword) {
        Some(Value::Array(items)) => items,
        Some(_) | None => Vec::new(),
    }
}

/// `turn_ended` is `TurnEnded`.
fn pascal_case(word: &str) -> String {
    title_case(word).replace(' ', "")
}
