use serde_json::{Map, Value};
use synod_inference::{Message, Role};

use crate::error::{ApiError, FieldProblem, Place};

/// What was said before, from entries of `role` and `content`; what else they hold is ignored.
pub(super) fn messages(history: Vec<Map<String, Value>>) -> Result<Vec<Message>, ApiError> {
    let mut problems = Vec::new();
    let mut messages = Vec::with_capacity(history.len());
    for (index, entry) in history.into_iter().enumerate() {
        let role = role(&entry).map_err(|problem| problem.of(index, "role"));
        let content = content(&entry).map_err(|problem| problem.of(index, "content"));
        match (role, content) {
            (Ok(role), Ok(content)) => messages.push(Message { role, content: content.into() }),
            (role, content) => problems.extend([role.err(), content.err()].into_iter().flatten()),
        }
    }
    if problems.is_empty() { Ok(messages) } else { Err(ApiError::Invalid(problems)) }
}

/// What is wrong with a value of an entry.
enum Flaw<'a> {
    Missing(&'a Map<String, Value>),
    NoString(&'a Value),
    NoRole(&'a Value),
}

fn role(entry: &Map<String, Value>) -> Result<Role, Flaw<'_>> {
    let role = entry.get("role").ok_or(Flaw::Missing(entry))?;
    match role.as_str() {
        Some("system") => Ok(Role::System),
        Some("user") => Ok(Role::User),
        Some("assistant") => Ok(Role::Assistant),
        Some(_) | None => Err(Flaw::NoRole(role)),
    }
}

fn content(entry: &Map<String, Value>) -> Result<&str, Flaw<'_>> {
    let content = entry.get("content").ok_or(Flaw::Missing(entry))?;
    content.as_str().ok_or(Flaw::NoString(content))
}

impl Flaw<'_> {
    /// As of this key of this entry.
    fn of(self, index: usize, key: &str) -> FieldProblem {
        let loc: Vec<Place> =
            vec!["body".into(), "conversation_history".into(), index.into(), key.into()];
        let (kind, msg, input) = match self {
            Self::NoRole(role) => {
                return FieldProblem::not_among(
                    loc,
                    ["system", "user", "assistant"].into_iter(),
                    role.clone(),
                );
            }
            Self::Missing(entry) => ("missing", "Field required", Value::Object(entry.clone())),
            Self::NoString(value) => {
                ("string_type", "Input should be a valid string", value.clone())
            }
        };
        FieldProblem { kind, loc, msg: msg.to_owned(), input, ctx: Map::new() }
    }
}
