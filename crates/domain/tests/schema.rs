//! The schemas say what serde does.

#![cfg(feature = "schema")]

use schemars::schema_for;
use serde_json::{Value, json};
use synod_domain::{AgentId, DebateConfig, DebateRules, Event, OptionId, Recorded};

#[test]
fn the_types_of_events_are_those_that_are_read() {
    let schema = schema_for!(Recorded).to_value();
    let variants = schema["oneOf"].as_array().unwrap();
    assert_eq!(variants.len(), 16);
    for variant in variants {
        let kind = &variant["properties"]["type"]["const"];
        assert_eq!(variant["required"], json!(["type", "data"]), "{kind}");
        let line = json!({
            "v": 1, "debate_id": "01939b3e-0000-7000-8000-000000000000", "seq": 1,
            "at": "2026-11-23T10:00:04.120Z", "type": kind, "data": {},
        });
        let read = serde_json::from_value::<Recorded>(line).map(|recorded| recorded.event);
        assert!(!matches!(read, Ok(Event::Unknown { .. })), "{kind} is not read");
    }
}

#[test]
fn the_fields_are_those_of_the_configuration() {
    let names = |schema: &Value| -> Vec<String> {
        schema["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let config = schema_for!(DebateConfig).to_value();
    assert_eq!(names(&config), DebateConfig::FIELDS);
    assert_eq!(names(&config["$defs"]["DebateRules"]), DebateRules::KEYS);
}

#[test]
fn ranges_are_those_of_garde() {
    let schema = schema_for!(DebateConfig).to_value();
    let limits = |path: &str, keyword: &str| schema.pointer(path).unwrap()[keyword].clone();
    assert_eq!(limits("/properties/max_rounds", "maximum"), json!(20));
    assert_eq!(limits("/properties/debate_topic", "maxLength"), json!(4_096));
    assert_eq!(limits("/properties/selected_agents", "minItems"), json!(2));
    let seed = "/$defs/DebateRules/properties/seed";
    assert_eq!(limits(seed, "maximum"), json!(0x7FFF_FFFF));
    assert_eq!(limits("/$defs/DebateRules/properties/options", "maxItems"), json!(6));
}

#[test]
fn ids_are_patterns() {
    assert_eq!(schema_for!(AgentId).get("maxLength"), Some(&json!(128)));
    assert_eq!(schema_for!(OptionId).get("pattern"), Some(&json!("^[Oo][1-6]$")));
}
