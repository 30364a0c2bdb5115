use serde_json::Value;
use synod_domain::{Event, Recorded};

use crate::statement_html;

/// An event as the page reads it: with `html` beside the text of a turn that ended.
#[must_use]
pub fn rendered(recorded: &Recorded) -> Value {
    let mut envelope = serde_json::to_value(recorded).unwrap_or_default();
    if let (Event::TurnEnded(turn), Some(Value::Object(data))) =
        (&recorded.event, envelope.get_mut("data"))
    {
        data.insert("html".to_owned(), statement_html(&turn.text).into());
    }
    envelope
}
