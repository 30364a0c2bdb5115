//! The OpenAPI document, and checks of responses against it.

use std::sync::LazyLock;

use actix_web::http::{Method, StatusCode};
use regex::Regex;
use serde_json::{Map, Value};

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(synod_http_api::openapi()).expect("JSON"));

/// Panics unless the document contains this response. Responses outside of routes are not in it: unknown paths
/// and methods, redirects, malformed HTTP, failures of the server itself.
pub(crate) fn assert_promised(
    method: &Method,
    path: &str,
    status: StatusCode,
    content_type: &str,
    body: &Value,
) {
    let path = path.split('?').next().unwrap_or_default();
    let Some(operation) = operation(method, path) else { return };
    let name = format!("{method} {path} → {status} {content_type}");
    let answer = &operation["responses"][status.as_str()];
    if answer.is_null() && (status.is_server_error() || status == StatusCode::BAD_REQUEST) {
        return;
    }
    assert!(answer.is_object(), "{name} is not in the document: {body}");
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type.is_empty() {
        return assert!(answer["content"].is_null(), "{name} has no body");
    }
    let content = &answer["content"][media_type];
    assert!(content.is_object(), "{name} has another content type in the document: {body}");
    if media_type == "application/json" || media_type.ends_with("+json") {
        assert_fits(&content["schema"], body, &name);
    }
}

/// Panics unless a value matches this named schema.
pub(crate) fn assert_is(name: &str, value: &Value) {
    let schema = &DOCUMENT["components"]["schemas"][name];
    assert!(schema.is_object(), "there is no schema {name}");
    assert_fits(schema, value, name);
}

/// The operations that document a status, as `post /debate/initialize`, sorted.
pub(crate) fn documented_with(status: &str) -> Vec<String> {
    let paths = DOCUMENT["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, methods)| {
        methods.as_object().into_iter().flatten().map(move |(method, operation)| {
            (format!("{method} {path}"), operation["responses"][status].is_object())
        })
    });
    let mut found: Vec<_> = operations.filter_map(|(name, has)| has.then_some(name)).collect();
    found.sort();
    found
}

/// The words of a named schema.
pub(crate) fn words_of(name: &str) -> Vec<&'static str> {
    let schema = &DOCUMENT["components"]["schemas"][name];
    let mapping = schema["discriminator"]["mapping"].as_object();
    mapping.into_iter().flatten().map(|(word, _)| word.as_str()).collect()
}

fn assert_fits(schema: &Value, value: &Value, name: &str) {
    if let Err(mistake) = check(schema, value, "$") {
        panic!("{name}: {mistake}\n{value:#}");
    }
}

/// The operation of a path: of all that match, the one with fewest parameters.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let matches = |template: &str| {
        let (template, path) = (template.split('/'), path.split('/'));
        template.clone().count() == path.clone().count()
            && template.zip(path).all(|(t, p)| t == p || (t.starts_with('{') && !p.is_empty()))
    };
    let paths = DOCUMENT["paths"].as_object()?.iter();
    let paths = paths.filter(|(template, _)| matches(template));
    let (_, methods) = paths.min_by_key(|(template, _)| template.matches('{').count())?;
    methods.get(method.as_str().to_ascii_lowercase())
}

/// Checks a value against a schema. Only the keywords of the document are supported.
fn check(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let Value::Object(schema) = schema else { return Err(format!("{at}: no schema: {schema}")) };
    schema.iter().try_for_each(|(keyword, rule)| {
        let keeps = match keyword.as_str() {
            "$ref" => {
                let target = rule.as_str().and_then(|rule| rule.strip_prefix('#'));
                let target = target.and_then(|target| DOCUMENT.pointer(target));
                return check(target.expect("a reference leads somewhere"), value, at);
            }
            "anyOf" | "oneOf" => return alternatives(keyword, rule, value, at),
            "properties" => return properties(rule, value, at),
            "additionalProperties" => return others(schema, rule, value, at),
            "items" => {
                let mut items = value.as_array().into_iter().flatten().enumerate();
                return items.try_for_each(|(i, item)| check(rule, item, &format!("{at}[{i}]")));
            }
            "type" => is_of(rule.as_str().unwrap_or_default(), value),
            "const" => value == rule,
            "enum" => rule.as_array().is_some_and(|words| words.contains(value)),
            "required" => {
                let names = rule.as_array().into_iter().flatten().filter_map(Value::as_str);
                let lacks = names.filter(|name| value.is_object() && value.get(name).is_none());
                let lacks: Vec<_> = lacks.collect();
                return if lacks.is_empty() { Ok(()) } else { Err(format!("{at}: no {lacks:?}")) };
            }
            "minimum" => value.as_f64().is_none_or(|n| Some(n) >= rule.as_f64()),
            "maximum" => value.as_f64().is_none_or(|n| Some(n) <= rule.as_f64()),
            "minLength" => length(value).is_none_or(|n| Some(n) >= rule.as_u64()),
            "maxLength" => length(value).is_none_or(|n| Some(n) <= rule.as_u64()),
            "minItems" => value.as_array().is_none_or(|l| Some(l.len() as u64) >= rule.as_u64()),
            "maxItems" => value.as_array().is_none_or(|l| Some(l.len() as u64) <= rule.as_u64()),
            "uniqueItems" => {
                let items = value.as_array().map_or(&[][..], |items| items);
                items.iter().enumerate().all(|(i, item)| !items[..i].contains(item))
            }
            "pattern" => value.as_str().is_none_or(|text| {
                Regex::new(rule.as_str().unwrap_or_default()).expect("a pattern").is_match(text)
            }),
            "format" => value.as_str().is_none_or(|text| is_written_as(rule, text)),
            "title" | "description" | "default" | "example" | "discriminator" => true,
            other => panic!("{at}: the keyword {other} is not known here"),
        };
        if keeps { Ok(()) } else { Err(format!("{at}: {value} breaks {keyword} {rule}")) }
    })
}

fn alternatives(keyword: &str, rule: &Value, value: &Value, at: &str) -> Result<(), String> {
    let all = rule.as_array().expect("alternatives").iter();
    let reported: Vec<_> = all.map(|alternative| check(alternative, value, at)).collect();
    let fitting = reported.iter().filter(|reported| reported.is_ok()).count();
    match (keyword, fitting) {
        (_, 0) => Err(format!("{at}: none of {reported:?}")),
        ("oneOf", 2..) => Err(format!("{at}: {fitting} alternatives fit")),
        (_, _) => Ok(()),
    }
}

fn properties(rule: &Value, value: &Value, at: &str) -> Result<(), String> {
    let rules = rule.as_object().expect("properties").iter();
    let mut given = rules.filter_map(|(name, schema)| Some((name, schema, value.get(name)?)));
    given.try_for_each(|(name, schema, inner)| check(schema, inner, &format!("{at}.{name}")))
}

fn others(
    schema: &Map<String, Value>,
    rule: &Value,
    value: &Value,
    at: &str,
) -> Result<(), String> {
    let named = |name: &str| schema.get("properties").is_some_and(|all| all.get(name).is_some());
    let mut others = value.as_object().into_iter().flatten().filter(|(name, _)| !named(name));
    others.try_for_each(|(name, inner)| match rule.as_bool() {
        Some(true) => Ok(()),
        Some(false) => Err(format!("{at}: {name} is not known")),
        None => check(rule, inner, &format!("{at}.{name}")),
    })
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type {other}"),
    }
}

fn length(value: &Value) -> Option<u64> {
    value.as_str().map(|text| text.chars().count() as u64)
}

fn is_written_as(format: &Value, text: &str) -> bool {
    match format.as_str() {
        Some("uuid") => text.parse::<synod_domain::DebateId>().is_ok(),
        Some("date-time") => text.parse::<synod_domain::Timestamp>().is_ok(),
        other => panic!("there is no format {other:?}"),
    }
}

#[test]
fn the_schema_check_finds_invalid_events() {
    let event = |change: fn(&mut Value)| {
        let mut event = serde_json::json!({
            "v": 1, "debate_id": "01939b3e-0000-7000-8000-000000000000", "seq": 8,
            "at": "2026-11-23T10:00:04.120Z", "type": "debate_paused",
            "data": { "policy": "drain", "reason": "command" },
        });
        change(&mut event);
        check(&DOCUMENT["components"]["schemas"]["DebateEvent"], &event, "$")
    };
    assert_eq!(event(|_| {}), Ok(()));
    for change in [
        (|event| event["type"] = "debate_applauded".into()) as fn(&mut Value),
        |event| event["type"] = "debate_resumed_".into(),
        |event| event["seq"] = "8".into(),
        |event| event["seq"] = (-1).into(),
        |event| event["at"] = "yesterday".into(),
        |event| event["debate_id"] = "x".into(),
        |event| event["data"]["policy"] = "now".into(),
        |event| event["data"] = serde_json::json!({ "policy": "drain" }),
    ] {
        assert!(event(change).is_err());
    }
}
