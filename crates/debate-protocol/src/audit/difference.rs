use serde_json::Value;
use synod_domain::Event;

/// Where an event differs from the one that follows from those before it: the field and both
/// values. `None` if they are of two types, or nothing differs that a log shows.
pub(super) fn in_words(found: &Event, due: &Event) -> Option<String> {
    if found.kind() != due.kind() {
        return Some(format!("`{}` is due", due.kind()));
    }
    let (field, found, due) = first(String::new(), &data(found)?, &data(due)?)?;
    Some(format!("`{field}` is {found} in the log, and {due} by the events before it"))
}

/// What an event that follows from others holds; `None` of one that a model, a person or a clock
/// has made.
fn data(event: &Event) -> Option<Value> {
    let data = match event {
        Event::OptionsSet(set) => serde_json::to_value(set),
        Event::RoundClosed(closed) => serde_json::to_value(closed),
        Event::DebateClosed(verdict) => serde_json::to_value(verdict),
        Event::DebateInitialized(_)
        | Event::DebateStarted
        | Event::DebatePaused(_)
        | Event::DebateResumed(_)
        | Event::DebateRecovered
        | Event::Interjected(_)
        | Event::VoteCalled
        | Event::CallStarted(_)
        | Event::CallVoided(_)
        | Event::TurnEnded(_)
        | Event::MoveChosen(_)
        | Event::BallotRecorded(_)
        | Event::JudgeRuled(_)
        | Event::Unknown { .. } => return None,
    };
    data.ok()
}

/// The first place where two documents differ.
fn first(path: String, found: &Value, due: &Value) -> Option<(String, String, String)> {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (found, due) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
            let value = |of: &serde_json::Map<_, _>, key: &String| {
                of.get(key).cloned().unwrap_or(Value::Null)
            };
            keys.into_iter().find_map(|key| first(below(key), &value(one, key), &value(other, key)))
        }
        (Value::Array(one), Value::Array(other)) => {
            let missing = &Value::Null;
            (0..one.len().max(other.len())).find_map(|place| {
                let (one, other) = (one.get(place), other.get(place));
                first(below(&place.to_string()), one.unwrap_or(missing), other.unwrap_or(missing))
            })
        }
        _ => (found != due).then(|| (path, found.to_string(), due.to_string())),
    }
}
