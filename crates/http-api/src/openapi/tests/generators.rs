//! Requirements of client generators; `tests/clients` runs some of them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{each, whole};

fn schemas() -> Map<String, Value> {
    whole()["components"]["schemas"].as_object().expect("schemas").clone()
}

/// Every schema of the document, with its place.
fn each_schema(schema: &Value, place: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(place, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        each_schema(property, &format!("{place}.{name}"), visit);
    }
    for keyword in ["anyOf", "oneOf"] {
        for alternative in schema[keyword].as_array().into_iter().flatten() {
            each_schema(alternative, place, visit);
        }
    }
    if let Some(items) = schema.get("items") {
        each_schema(items, &format!("{place}[]"), visit);
    }
}

fn each_of_all(visit: &mut impl FnMut(&str, &Value)) {
    for (name, schema) in schemas() {
        each_schema(&schema, &name, visit);
    }
    each(&whole()["paths"], &mut |key, value| {
        if key == "schema" {
            each_schema(value, "an operation", visit);
        }
    });
}

/// Letters only: generators write names as `snake_case`, `camelCase` and `PascalCase`.
fn plain(name: &str) -> String {
    name.replace(['_', ' '], "").to_lowercase()
}

#[test]
fn no_schema_accepts_any_value() {
    each_of_all(&mut |place, schema| {
        let keywords = ["type", "$ref", "anyOf", "oneOf", "const", "enum"];
        let says_something = keywords.iter().any(|keyword| schema.get(keyword).is_some());
        assert!(says_something || place == "ValidationError.input", "{place}: {schema}");
        let is_open = schema["type"] == "object" && schema["properties"].is_null();
        let open =
            ["JsonSchemaDocument", "NoData", "TaskRequest.parameters", "ValidationError.ctx"];
        let is_map = schema["additionalProperties"].is_object();
        assert!(!is_open || is_map || open.contains(&place), "{place}: {schema}");
    });
}

#[test]
fn a_closed_set_of_words_is_one_enum() {
    let mut count = 0;
    each_of_all(&mut |place, schema| {
        for alternative in schema["oneOf"].as_array().into_iter().flatten() {
            assert!(alternative["$ref"].is_string(), "{place}: {alternative}");
        }
        if let Some(words) = schema["enum"].as_array() {
            assert_eq!(schema["type"], "string", "{place}");
            assert!(words.iter().all(Value::is_string), "{place}: {words:?}");
            count += 1;
        }
        let pattern = schema["pattern"].as_str().unwrap_or_default();
        assert!(!pattern.contains('|'), "{place}: {pattern}");
    });
    assert!(count > 20, "{count}");
    let status = &schemas()["DebateStatus"];
    let words = ["initialized", "running", "paused", "completed", "stopped", "failed"];
    assert_eq!((&status["type"], &status["enum"]), (&json!("string"), &json!(words)));
}

#[test]
fn a_union_has_a_discriminator() {
    let schemas = schemas();
    for union in ["DebateEvent", "DebateNotice", "AgentUpdatesMessage", "TranscriptEntry"] {
        let schema = &schemas[union];
        let tag = schema["discriminator"]["propertyName"].as_str().expect("a discriminator");
        let mapping = schema["discriminator"]["mapping"].as_object().expect("a mapping");
        assert_eq!(schema["oneOf"].as_array().map(Vec::len), Some(mapping.len()), "{union}");
        for (word, reference) in mapping {
            let name = reference.as_str().and_then(|path| path.rsplit('/').next());
            let variant = &schemas[name.expect("a reference")];
            assert_eq!(variant["properties"][tag]["const"], *word, "{union}");
            let required = variant["required"].as_array().expect("required");
            assert!(required.contains(&json!(tag)), "{union}: {word}");
            assert!(variant.get("$ref").is_none(), "{union}: {word} has its fields elsewhere");
        }
    }
}

/// `openapi-typescript` makes a field required that has a default.
#[test]
fn a_field_with_a_default_is_not_required() {
    for (name, schema) in schemas() {
        each_schema(&schema, &name, &mut |place, schema| {
            assert!(schema.get("default").is_none(), "{place}: {schema}");
        });
    }
    let schemas = schemas();
    let request = &schemas["DebateConfigurationRequest"];
    let required = ["debate_topic", "problem_statement", "selected_agents"];
    assert_eq!(request["required"], json!(required));
    let rounds = request["properties"]["max_rounds"]["description"].as_str();
    assert!(
        rounds.is_some_and(|rounds| rounds.ends_with("configured otherwise: 5.")),
        "{rounds:?}"
    );
    assert!(schemas["DebateRules"].get("required").is_none());
    let rules = &schemas["EffectiveDebateRules"];
    let properties = rules["properties"].as_object().map(Map::len);
    assert_eq!(rules["required"].as_array().map(Vec::len), properties);
}

#[test]
fn no_names_clash() {
    let schemas = schemas();
    let names: BTreeSet<_> = schemas.keys().map(|name| plain(name)).collect();
    assert_eq!(names.len(), schemas.len());
    for (name, schema) in &schemas {
        assert!(!name.ends_with(|c: char| c.is_ascii_digit()), "{name}");
        assert_eq!(schema["title"], *name);
        for (property, inner) in schema["properties"].as_object().into_iter().flatten() {
            assert_ne!(plain(property), plain(name), "{name} has a property of its name");
            // Generators name such a type by its title.
            let needs_name = inner["enum"].is_array() || inner["properties"].is_object();
            assert!(!needs_name, "{name}.{property} has no name");
        }
    }
}

#[test]
fn every_operation_has_one_tag_and_a_url() {
    let document = whole();
    let tags = document["tags"].as_array().expect("tags");
    let tags: Vec<_> = tags.iter().map(|tag| &tag["name"]).collect();
    let mut used = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for operation in methods.as_object().expect("methods").values() {
            let own = operation["tags"].as_array().expect("tags");
            assert!(own.len() == 1 && tags.contains(&&own[0]), "{path}: {own:?}");
            used.insert(own[0].to_string());
        }
    }
    assert_eq!(used.len(), tags.len());
    assert_eq!(document["servers"][0]["url"], "/");
}

#[test]
fn the_first_content_type_is_the_default() {
    let document = whole();
    let first = |path: &str| {
        let content = &document["paths"][path]["get"]["responses"]["200"]["content"];
        content.as_object().and_then(|content| content.keys().next()).map(String::as_str)
    };
    assert_eq!(first("/api/v1/debates/{debate_id}/transcript"), Some("text/markdown"));
    assert_eq!(first("/api/v1/debates/{debate_id}/events"), Some("application/json"));
    let schemas = schemas();
    assert_eq!(
        schemas["TranscriptFormat"]["enum"],
        json!(["markdown", "md", "json", "html", "ndjson", "text"])
    );
}
