//! Documentation of the events of a debate, generated from their types.

use std::fmt::Write;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};
use synod_domain::Recorded;

/// Returns the catalogue of events in Markdown: the envelope, every type, and every field with its type
/// and its meaning. `docs/events.md` is a copy.
#[must_use]
pub fn event_catalogue() -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let envelope = settings.into_generator().into_root_schema_for::<Recorded>().to_value();
    let shapes = envelope["$defs"].as_object().cloned().unwrap_or_default();
    let mut page = Page { text: include_str!("catalogue/head.md").to_owned() };
    page.envelope(&envelope);
    let mut described = Vec::new();
    for event in envelope["oneOf"].as_array().into_iter().flatten() {
        described.extend(page.event(event, &shapes));
    }
    page.line("\n## Shapes");
    for (name, shape) in shapes.iter().filter(|(name, _)| !described.contains(name)) {
        page.shape(name, shape);
    }
    page.text
}

struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    fn envelope(&mut self, envelope: &Value) {
        self.line("\n## The envelope\n");
        self.fields(envelope);
        self.line("| `type` | string | One of the types below. |");
        self.line("| `data` | object | The content, which depends on the type. |");
        self.line("\n## Types");
    }

    /// Describes a type of event. Returns the name of the schema of its data.
    fn event(&mut self, event: &Value, shapes: &Map<String, Value>) -> Option<String> {
        let kind = event["properties"]["type"]["const"].as_str().unwrap_or_default();
        self.line(format!("\n### `{kind}`\n\n{}\n", about(event)));
        let name = referred(&event["properties"]["data"]);
        match name.and_then(|name| shapes.get(name)) {
            Some(data) => self.fields(data),
            None => self.line("Its `data` is `{}`."),
        }
        name.map(str::to_owned)
    }

    fn shape(&mut self, name: &str, shape: &Value) {
        self.line(format!("\n### {name}\n\n{}\n", about(shape)));
        if let Some(words) = shape["oneOf"].as_array() {
            self.line("| word | meaning |\n|---|---|");
            for word in words {
                let spelt = word["const"].as_str().unwrap_or_default();
                self.line(format!("| `{spelt}` | {} |", about(word)));
            }
        } else if shape["properties"].is_object() {
            self.fields(shape);
        } else {
            self.line(format!("On the wire: {}.", kind_of(shape)));
        }
    }

    fn fields(&mut self, shape: &Value) {
        self.line("| field | type | meaning |\n|---|---|---|");
        for (name, field) in shape["properties"].as_object().into_iter().flatten() {
            self.line(format!("| `{name}` | {} | {} |", kind_of(field), about(field)));
        }
    }
}

/// A description as one cell of a table.
fn about(schema: &Value) -> String {
    let description = schema["description"].as_str().unwrap_or_default();
    description.replace('\n', " ").replace('|', "\\|").replace("`None`", "null")
}

fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

fn kind_of(schema: &Value) -> String {
    if let Some(name) = referred(schema) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(alternatives) = schema["anyOf"].as_array() {
        return alternatives.iter().map(kind_of).collect::<Vec<_>>().join(" or ");
    }
    let named = |kind: &Value| kind_named(kind.as_str().unwrap_or("anything"), schema);
    let kind = &schema["type"];
    match kind.as_array() {
        Some(kinds) => kinds.iter().map(named).collect::<Vec<_>>().join(" or "),
        None => named(kind),
    }
}

fn kind_named(kind: &str, schema: &Value) -> String {
    let mut named = kind.to_owned();
    if kind == "array" {
        let _ = write!(named, " of {}", kind_of(&schema["items"]));
    }
    if let (true, Some(format)) = (kind == "string", schema["format"].as_str()) {
        let _ = write!(named, " ({format})");
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_in_docs_is_current() {
        let kept = include_str!("../../../docs/events.md");
        let advice =
            "docs/events.md is stale; renew it: cargo run -p synod-http-api --example describe";
        assert!(kept == event_catalogue(), "{advice}");
    }

    #[test]
    fn every_field_is_described_and_every_link_resolves() {
        let page = event_catalogue();
        for line in page.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<_> = line.split(" | ").collect();
            assert!(cells.iter().all(|cell| !cell.trim_matches('|').trim().is_empty()), "{line}");
            assert!(!line.contains("anything") && !line.contains("::"), "{line}");
        }
        for link in page.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
            let leads = |line: &str| line.strip_prefix("### ").map(str::to_lowercase);
            assert!(page.lines().any(|line| leads(line).as_deref() == Some(link)), "{link}");
        }
    }
}
