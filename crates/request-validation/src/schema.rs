use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// Returns the schema of a request as Pydantic writes it: without references, with titles of fields,
/// `null` as an alternative, and closed lists of words as patterns.
#[must_use]
pub fn request_schema<T: JsonSchema>() -> Schema {
    let mut schema = one_piece::<T>();
    let object = schema.ensure_object();
    rewrite(object, words_to_pattern);
    object.insert("title".to_owned(), T::schema_name().into());
    schema
}

/// Returns the schema of a type without references to other schemas.
#[must_use]
pub fn one_piece<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>()
}

/// Rewrites any other schema as Pydantic writes it: closed lists of words become one `enum`.
pub fn in_pydantic_form(schema: &mut Map<String, Value>) {
    rewrite(schema, words_to_enum);
}

fn rewrite(schema: &mut Map<String, Value>, words: fn(&mut Map<String, Value>)) {
    words(schema);
    format_to_bounds(schema);
    null_to_alternative(schema);
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for (name, property) in properties {
            if let Value::Object(property) = property {
                rewrite(property, words);
                if !refers(property) {
                    property.entry("title").or_insert_with(|| title_case(name).into());
                }
            }
        }
    }
    for keyword in ["items", "additionalProperties"] {
        if let Some(Value::Object(inner)) = schema.get_mut(keyword) {
            rewrite(inner, words);
        }
    }
    if let Some(Value::Array(alternatives)) = schema.get_mut("anyOf") {
        let alternatives = alternatives.iter_mut().filter_map(Value::as_object_mut);
        alternatives.for_each(|alternative| rewrite(alternative, words));
    }
}

/// Whether a schema is a reference to a named one, or that or null: the name serves as the title.
fn refers(schema: &Map<String, Value>) -> bool {
    let alternatives = schema.get("anyOf").and_then(Value::as_array);
    schema.contains_key("$ref")
        || alternatives.is_some_and(|all| all.iter().any(|one| one.get("$ref").is_some()))
}

/// `enum` and lists of `const`, which schemars writes for enums of words.
fn words_to_pattern(schema: &mut Map<String, Value>) {
    replace_words(schema, |words| ("pattern", format!("^({})$", words.join("|")).into()));
}

/// Lists of `const`, which many client generators do not support.
fn words_to_enum(schema: &mut Map<String, Value>) {
    if !schema.contains_key("const") {
        replace_words(schema, |words| ("enum", words.into()));
    }
}

fn replace_words(
    schema: &mut Map<String, Value>,
    write: impl FnOnce(Vec<String>) -> (&'static str, Value),
) {
    let Some((words, meanings)) = words_of(schema) else { return };
    for keyword in ["enum", "const", "oneOf"] {
        schema.remove(keyword);
    }
    schema.entry("type").or_insert_with(|| "string".into());
    let (keyword, value) = write(words);
    schema.insert(keyword.to_owned(), value);
    if !meanings.is_empty() {
        let before = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let description = format!("{before}\n\n{}", meanings.join("\n"));
        schema.insert("description".to_owned(), description.trim().into());
    }
}

/// The words, and a line about each word that is documented.
fn words_of(schema: &Map<String, Value>) -> Option<(Vec<String>, Vec<String>)> {
    if let Some(word) = schema.get("const") {
        let word = word.as_str()?.to_owned();
        let meaning = schema.get("description").and_then(Value::as_str);
        let line = meaning.map(|meaning| format!("* `{word}`: {meaning}"));
        return Some((vec![word], line.into_iter().collect()));
    }
    if let Some(Value::Array(words)) = schema.get("enum") {
        let words = words.iter().filter(|word| !word.is_null());
        let words = words.map(|word| word.as_str().map(str::to_owned));
        return Some((words.collect::<Option<_>>()?, Vec::new()));
    }
    let alternatives = schema.get("oneOf")?.as_array()?;
    let each = alternatives.iter().map(|alternative| words_of(alternative.as_object()?));
    let (words, meanings): (Vec<_>, Vec<_>) = each.collect::<Option<Vec<_>>>()?.into_iter().unzip();
    Some((words.concat(), meanings.concat()))
}

/// The ranges of Rust's numbers, which schemars leaves to `format`.
fn format_to_bounds(schema: &mut Map<String, Value>) {
    let Some(format) = schema.get("format").and_then(Value::as_str) else { return };
    let (least, most) = match format {
        "uint8" => (json!(0), json!(u8::MAX)),
        "uint16" => (json!(0), json!(u16::MAX)),
        "uint32" => (json!(0), json!(u32::MAX)),
        "uint64" | "uint" => (json!(0), json!(u64::MAX)),
        "int32" => (json!(i32::MIN), json!(i32::MAX)),
        "int64" | "int" => (json!(i64::MIN), json!(i64::MAX)),
        "float" | "double" => {
            schema.remove("format");
            return;
        }
        _ => return,
    };
    schema.remove("format");
    schema.entry("minimum").or_insert(least);
    schema.entry("maximum").or_insert(most);
}

/// `"type": ["integer", "null"]` becomes `"anyOf": [{"type": "integer"}, {"type": "null"}]`; the
/// title, description, default and examples stay outside.
fn null_to_alternative(schema: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = schema.get("type") else { return };
    let [kind, Value::String(null)] = &types[..] else { return };
    if null != "null" {
        return;
    }
    let kind = kind.clone();
    let (outer, mut inner): (Map<_, _>, Map<_, _>) =
        std::mem::take(schema).into_iter().partition(|(keyword, _)| {
            ["title", "description", "default", "examples"].contains(&keyword.as_str())
        });
    inner.insert("type".to_owned(), kind);
    schema.insert("anyOf".to_owned(), json!([inner, { "type": "null" }]));
    schema.extend(outer);
}

/// Returns a name as people read it: `max_rounds` is `Max Rounds`.
#[must_use]
pub fn title_case(name: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        first.to_uppercase() + rest
    };
    words.map(capital).collect::<Vec<_>>().join(" ")
}
