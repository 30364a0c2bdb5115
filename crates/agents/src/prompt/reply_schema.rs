//! JSON Schemas of structured replies. Hosts turn them into grammars, so the model writes the properties in
//! the order of the schema.

use serde_json::{Map, Value, json};
use synod_domain::{
    BallotForm, Brief, CallTask, DebateOption, Move, OptionId, Scale, TranscriptEntry,
};

use super::{Excerpt, ReplyKind};

/// Minimum and maximum characters of the answer and the statement of an opening, and of an option.
const ANSWER: [usize; 2] = [2, 80];
const STATEMENT: [usize; 2] = [60, 420];
const OPTION: [usize; 2] = [1, DebateOption::LONGEST];

/// Returns the schema of the reply; `None` for plain text.
pub(super) fn of(
    brief: &Brief,
    excerpt: &Excerpt<'_>,
    reply_kind: ReplyKind,
    scale: Scale,
) -> Option<Value> {
    match &brief.task {
        CallTask::Opening { options } => {
            (reply_kind == ReplyKind::OpeningObject).then(|| opening(options.as_deref()))
        }
        CallTask::Argument { .. } => None,
        CallTask::ListOptions => Some(list_of_options()),
        CallTask::ChooseMove { moves, .. } => {
            Some(object([("move", one_of(moves.iter().map(Move::to_string)))]))
        }
        CallTask::Vote(form) => Some(ballot(form, excerpt, scale)),
        CallTask::Rule { options } => {
            let ids = options.iter().map(|option| option.id.to_string());
            Some(object([("choice", one_of(ids))]))
        }
    }
}

/// Whether a voter may propose an option. Tiny models may not: in measurements they proposed only `abstain`
/// and the name of the field.
pub(super) fn may_propose(form: &BallotForm, scale: Scale) -> bool {
    form.may_propose && scale != Scale::Tiny
}

/// Whether the schema offers to abstain. For smaller models it does not: a model of 1.5 billion parameters
/// did nothing else. Without options, abstaining is the only choice.
fn may_abstain(form: &BallotForm, scale: Scale) -> bool {
    scale == Scale::Regular || form.choices.is_empty()
}

/// Returns the statements that a voter may name, and `none`, if the ballot asks for one. A statement that
/// the prompt does not show is excluded.
fn moved_by(form: &BallotForm, excerpt: &Excerpt<'_>) -> Option<Vec<String>> {
    form.moved_by.as_deref().map(|turns| {
        let shown = turns.iter().filter(|turn| excerpt.shows(**turn));
        shown.map(|turn| format!("S{}", turn.0)).chain(["none".to_owned()]).collect()
    })
}

/// Returns the first statement that voters of this round may name, as `S4`. It is the same for all voters;
/// the schema of each excludes its own statements.
pub(super) fn first_that_may_have_moved(
    form: &BallotForm,
    brief: &Brief,
    excerpt: &Excerpt<'_>,
) -> Option<String> {
    let turns = form.moved_by.as_deref().unwrap_or_default();
    let earliest_round = if brief.round <= 1 { 0 } else { brief.round };
    let first = excerpt.entries().iter().find_map(|entry| match entry {
        TranscriptEntry::Statement { round, turn, .. } if *round >= earliest_round => Some(*turn),
        TranscriptEntry::Statement { .. } | TranscriptEntry::Interjection { .. } => None,
    });
    let may_name_any = turns.iter().any(|turn| excerpt.shows(*turn));
    first.filter(|_| may_name_any).map(|turn| format!("S{}", turn.0))
}

fn opening(options: Option<&[DebateOption]>) -> Value {
    let answer = options.map_or_else(|| string(ANSWER), |options| one_of(texts(options)));
    object([("answer", answer), ("statement", string(STATEMENT))])
}

/// The options in the answers of the openings, which the clerk does not merge.
fn list_of_options() -> Value {
    let most = OptionId::MOST;
    let list = json!({ "type": "array", "items": string(OPTION), "minItems": 1, "maxItems": most });
    object([("options", list)])
}

fn ballot(form: &BallotForm, excerpt: &Excerpt<'_>, scale: Scale) -> Value {
    let moved_by = moved_by(form, excerpt).map(one_of);
    let fill = |choice: Value, new_option: Option<Value>| {
        // Hosts ignore numeric bounds and respect an enum.
        let confidence = one_of([0.0, 0.25, 0.5, 0.75, 1.0]);
        let always = [("choice", choice), ("confidence", confidence)];
        let sometimes = [("new_option", new_option), ("moved_by", moved_by.clone())];
        object(always.into_iter().chain(
            sometimes.into_iter().filter_map(|(key, value)| value.map(|value| (key, value))),
        ))
    };
    let abstain = may_abstain(form, scale).then_some("abstain");
    let existing = fill(one_of(texts(&form.choices).chain(abstain)), None);
    if may_propose(form, scale) {
        json!({ "anyOf": [existing, fill(one_of(["new"]), Some(string(OPTION)))] })
    } else {
        existing
    }
}

fn texts(options: &[DebateOption]) -> impl Iterator<Item = &str> {
    options.iter().map(|option| &*option.text)
}

fn one_of<T: Into<Value>>(values: impl IntoIterator<Item = T>) -> Value {
    json!({ "enum": values.into_iter().map(Into::into).collect::<Vec<Value>>() })
}

fn string([shortest, longest]: [usize; 2]) -> Value {
    json!({ "type": "string", "minLength": shortest, "maxLength": longest })
}

/// An object with exactly these properties.
fn object(properties: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let properties: Map<String, Value> =
        properties.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    json!({
        "type": "object",
        "required": properties.keys().collect::<Vec<_>>(),
        "properties": properties,
        "additionalProperties": false,
    })
}
