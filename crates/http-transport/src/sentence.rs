use serde_json::Value;

/// Keys under which servers put the message of an error, the most specific first.
const KEYS: &[&str] =
    &["message", "detail", "error", "msg", "error_message", "reason", "errors", "title"];

/// The maximum number of errors of a list that are shown.
const MOST: usize = 8;

/// Finds the message in the JSON of an error: a text, an object that holds a message under one of the
/// usual keys, a list of errors with their places (`loc` and `msg`, as FastAPI and Mistral report), or
/// a text that is such JSON itself. Returns `None` if there is no message.
#[must_use]
pub fn sentence(error: &Value) -> Option<String> {
    match error {
        Value::String(text) => of_text(text),
        Value::Array(list) => {
            let mut found: Vec<String> = Vec::new();
            for sentence in list.iter().filter_map(sentence) {
                if found.len() < MOST && !found.contains(&sentence) {
                    found.push(sentence);
                }
            }
            (!found.is_empty()).then(|| found.join("; "))
        }
        Value::Object(fields) => {
            let message = KEYS.iter().find_map(|key| sentence(fields.get(*key)?))?;
            Some(match fields.get("loc").and_then(place) {
                Some(place) => format!("`{place}`: {message}"),
                None => message,
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Returns the title of an HTML page, such as proxies send for an error.
#[must_use]
pub fn title(page: &str) -> Option<String> {
    if !page.trim_start().starts_with('<') {
        return None;
    }
    // Only ASCII changes, so that the offsets hold.
    let lower = page.to_ascii_lowercase();
    let begin = lower.find("<title>")? + "<title>".len();
    let end = begin + lower[begin..].find("</title>")?;
    let title = page[begin..end].split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then_some(title)
}

fn of_text(text: &str) -> Option<String> {
    let text = text.trim();
    let inner = text.starts_with(['{', '[']).then(|| serde_json::from_str::<Value>(text).ok());
    let message = inner.flatten().and_then(|inner| sentence(&inner));
    message.or_else(|| (!text.is_empty()).then(|| text.to_owned()))
}

/// The field of the request that is at fault, as `response_format.json_schema`.
fn place(loc: &Value) -> Option<String> {
    let parts = loc.as_array()?.iter().filter_map(|part| match part {
        Value::String(key) => Some(key.clone()),
        Value::Number(index) => Some(index.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    });
    let mut parts: Vec<_> = parts.collect();
    if parts.len() > 1 && parts[0] == "body" {
        parts.remove(0);
    }
    (!parts.is_empty()).then(|| parts.join("."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_message_is_found_in_every_shape_of_error() {
        let listed = json!([
            {"type": "extra_forbidden", "loc": ["body", "stream_options"],
                "msg": "Extra inputs are not permitted", "input": {"include_usage": true}},
            {"type": "extra_forbidden", "loc": ["body", "seed"],
                "msg": "Extra inputs are not permitted", "input": 7},
        ]);
        let both = "`stream_options`: Extra inputs are not permitted; \
                    `seed`: Extra inputs are not permitted";
        for (error, message) in [
            (json!("no"), "no"),
            (json!({"message": "no", "type": "x"}), "no"),
            (json!({"detail": "no"}), "no"),
            (json!({"error": {"message": {"detail": "no"}}}), "no"),
            (json!("{\"error\": {\"message\": \"no\"}}"), "no"),
            (json!([{"error": {"code": 400, "message": "no"}}]), "no"),
            (json!({"errors": ["no", "no", "nor this"]}), "no; nor this"),
            (json!("{not json"), "{not json"),
            (json!({"loc": ["body"], "msg": "no"}), "`body`: no"),
            (json!({"detail": listed}), both),
            (json!({"message": {"detail": listed}}), both),
        ] {
            assert_eq!(sentence(&error).as_deref(), Some(message), "{error}");
        }
        for error in [json!({"code": 7}), json!(null), json!(""), json!([]), json!({"message": 7})]
        {
            assert_eq!(sentence(&error), None, "{error}");
        }
    }

    #[test]
    fn an_error_page_is_reduced_to_its_title() {
        let nginx = "<html>\r\n<head><TITLE>504 Gateway\n Time-out</TITLE></head><body></body>";
        assert_eq!(title(nginx).as_deref(), Some("504 Gateway Time-out"));
        for text in ["", "no <title>page</title>", "<html>", "<title>", "<title></title>"] {
            assert_eq!(title(text), None, "{text}");
        }
    }
}
