//! JSON Schemas of structured replies. Hosts make grammars of them, so that the order of the
//! properties is the order in which the model writes them.

use serde_json::{Value, json};
use synod_domain::{BallotForm, Brief, DebateOption, Label, OptionId, Task, TurnNo};

use super::{Excerpt, Expected};

/// Characters of an answer and a statement, where an opening is asked for as an object.
const ANSWER: [usize; 2] = [2, 80];
const STATEMENT: [usize; 2] = [60, 420];

/// The schema of the reply, if it must have one.
pub(super) fn of(brief: &Brief, excerpt: &Excerpt<'_>, expected: Expected) -> Option<Value> {
    match &brief.task {
        Task::Opening { options } => {
            (expected == Expected::OpeningObject).then(|| opening(options.as_deref()))
        }
        Task::Argument { .. } => None,
        Task::ListOptions => Some(list_of_options()),
        Task::ChooseMove { candidates, may_call_vote, .. } => {
            Some(object(json!({ "move": { "enum": moves(candidates, *may_call_vote) } })))
        }
        Task::Vote(form) => Some(ballot(form, excerpt)),
        Task::Rule { options } => {
            let ids: Vec<_> = options.iter().map(|option| option.id.to_string()).collect();
            Some(object(json!({ "choice": { "enum": ids } })))
        }
    }
}

/// The legal moves, as the moderator writes them.
pub(super) fn moves(candidates: &[Label], may_call_vote: bool) -> Vec<String> {
    let of_each = candidates
        .iter()
        .map(|label| label.letter())
        .flat_map(|letter| [format!("speak:{letter}"), format!("ask_evidence:{letter}")]);
    of_each.chain(may_call_vote.then(|| "call_vote".to_owned())).collect()
}

fn opening(options: Option<&[DebateOption]>) -> Value {
    let answer = match options {
        Some(options) => json!({ "enum": texts(options) }),
        None => json!({ "type": "string", "minLength": ANSWER[0], "maxLength": ANSWER[1] }),
    };
    let statement =
        json!({ "type": "string", "minLength": STATEMENT[0], "maxLength": STATEMENT[1] });
    object(json!({ "answer": answer, "statement": statement }))
}

fn list_of_options() -> Value {
    object(json!({ "options": {
        "type": "array",
        "items": option_text(),
        "minItems": 1,
        "maxItems": OptionId::MOST,
    } }))
}

fn ballot(form: &BallotForm, excerpt: &Excerpt<'_>) -> Value {
    let moved_by = form.moved_by.as_deref().map(|turns| moved_by(turns, excerpt));
    let fill = |choice: Value, new_option: Option<Value>| {
        // Numeric bounds are not held by hosts, an enum is.
        let mut fields =
            json!({ "choice": choice, "confidence": { "enum": [0, 0.25, 0.5, 0.75, 1] } });
        for (key, value) in [("new_option", new_option), ("moved_by", moved_by.clone())] {
            if let Some(value) = value {
                fields[key] = value;
            }
        }
        object(fields)
    };
    let mut choices = texts(&form.choices);
    choices.push("abstain");
    let existing = fill(json!({ "enum": choices }), None);
    if form.may_propose {
        json!({ "anyOf": [existing, fill(json!({ "enum": ["new"] }), Some(option_text()))] })
    } else {
        existing
    }
}

/// Only statements that the prompt shows can have moved the voter.
fn moved_by(turns: &[TurnNo], excerpt: &Excerpt<'_>) -> Value {
    let shown = turns.iter().filter(|turn| excerpt.shows(**turn));
    let mut names: Vec<_> = shown.map(|turn| format!("S{}", turn.0)).collect();
    names.push("none".to_owned());
    json!({ "enum": names })
}

fn texts(options: &[DebateOption]) -> Vec<&str> {
    options.iter().map(|option| &*option.text).collect()
}

fn option_text() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": DebateOption::LONGEST })
}

/// An object with exactly these properties.
fn object(properties: Value) -> Value {
    let required: Vec<_> = properties.as_object().into_iter().flat_map(|p| p.keys()).collect();
    let required = json!(required);
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}
