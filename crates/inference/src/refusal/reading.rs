//! What the words of a server say that it refuses.

mod key_name;
mod output_limit;
mod sentence;

use key_name::{Named, names};
use output_limit::{is_used_up, output_limit};
use sentence::{NOUNS, says_unsupported};

/// An answer by which a server may refuse something optional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Of HTTP; 200 for an error in place of the first piece of a reply.
    pub(crate) status: u16,
    /// What it said.
    pub(crate) message: String,
    /// The key of the request that it names apart from that.
    pub(crate) param: Option<String>,
}

/// The refused part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// The roles or the order of the messages.
    Roles,
    Streaming,
    StreamUsage,
    /// A schema with a choice at its root.
    UnionRoot,
    /// Something within a schema that the server's dialect does not have.
    SchemaDialect,
    /// A grammar made of this schema.
    Grammar,
    /// Any grammar.
    Grammars,
    /// Replies by a schema.
    JsonSchema,
    ReplyFormat,
    Strict,
    /// Texts to stop at, or more than this.
    Stops(Option<usize>),
    MaxTokens,
    /// That number of output tokens, with the allowed maximum, if it is given.
    OutputTokens(Option<u32>),
    Temperature,
    RepeatPenalty,
    Seed,
    Thinking,
    Truncate,
    Shift,
}

/// What a refusal is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// These are refused.
    Named(Vec<Subject>),
    /// It does not say what is wrong with the request.
    Unnamed,
    /// It does not say that anything is wrong with the request, and may pass.
    Opaque,
    /// The call is refused, or failed, for another cause.
    Other,
}

impl Refusal {
    /// `asked`: the output tokens that the request allowed.
    pub(super) fn read(&self, asked: u32) -> Reading {
        let text = self.message.to_lowercase();
        if self.is_used_up() {
            return Reading::Other;
        }
        if let Some(most) = self.output_limit(&text, asked) {
            return Reading::Named(vec![Subject::OutputTokens(most)]);
        }
        if !matches!(self.status, 200 | 400 | 404 | 405 | 413 | 415 | 422 | 500 | 501)
            || NOT_OPTIONAL.iter().any(|mark| text.contains(mark))
        {
            return Reading::Other;
        }
        let subjects = self.subjects(&text);
        match self.status {
            _ if !subjects.is_empty() => Reading::Named(subjects),
            _ if self.is_about_request() => Reading::Unnamed,
            // A router of models that finds none for all that is asked.
            404 if text.contains("parameter") => Reading::Unnamed,
            500 => Reading::Opaque,
            _ => Reading::Other,
        }
    }

    /// Whether that number of output tokens is refused; and the allowed maximum, if it is given.
    fn output_limit(&self, text: &str, asked: u32) -> Option<Option<u32>> {
        // 402: OpenRouter, where the credit is enough for fewer.
        // 416: Scaleway.
        if !matches!(self.status, 200 | 400 | 402 | 413 | 416 | 422 | 500) {
            return None;
        }
        // Some relays put the sentence into the field that names the key.
        let param = self.param.as_deref().filter(|param| param.contains(' '));
        let named = param.and_then(|param| output_limit(&param.to_lowercase(), asked));
        named.or_else(|| output_limit(text, asked))
    }

    /// Whether the model used all the output tokens that it was allowed and said nothing: the server
    /// refuses to answer with that, and advises to allow more.
    pub(crate) fn is_used_up(&self) -> bool {
        matches!(self.status, 200 | 400 | 422 | 500) && is_used_up(&self.message.to_lowercase())
    }

    /// It names something optional of the request, as a router does that finds no server for it (404):
    /// the model is not what is missing.
    pub(crate) fn names_option(&self) -> bool {
        match self.read(u32::MAX) {
            Reading::Named(subjects) => !subjects.is_empty(),
            Reading::Unnamed | Reading::Opaque | Reading::Other => false,
        }
    }

    /// Its status says that the request is at fault.
    pub(super) const fn is_about_request(&self) -> bool {
        matches!(self.status, 400 | 422 | 501)
    }

    fn subjects(&self, text: &str) -> Vec<Subject> {
        let text = &refused_part(text);
        let param = self.param.as_deref().unwrap_or_default().to_lowercase();
        let is_refusal = REFUSING.iter().any(|word| text.contains(word));
        let mut found = Vec::new();
        if ROLES.iter().any(|mark| text.contains(mark))
            || is_refusal && names(text, "system", Named::Marked)
            || is_refusal && param.starts_with("messages") && param.ends_with("role")
            || is_refusal && text.contains("messages.") && text.contains(".role`")
        {
            found.push(Subject::Roles);
        }
        found.extend(about_format(text, &param, is_refusal));
        let is_named = |key: &str, how: Named| is_refusal && names(text, key, how) || param == key;
        for (key, how, subject) in KEYS {
            if is_named(key, *how) && !found.contains(subject) {
                found.push(*subject);
            }
        }
        for (noun, subject) in NOUNS {
            if says_unsupported(text, noun) && !found.contains(subject) {
                found.push(*subject);
            }
        }
        // Elsewhere it is named as too large, and that is no refusal of the name.
        let wants_other_limit = text.contains("use 'max_completion_tokens'")
            || text.contains("max_completion_tokens") && text.contains("not supported");
        if wants_other_limit
            || text.contains("max_tokens") && LOCATED.iter().any(|mark| text.contains(mark))
        {
            found.push(Subject::MaxTokens);
        }
        let limits_stops = ["too long", "maximum", "at most", "exceed", "too many", "less than"];
        let is_about_stops = names(text, "stop", Named::Marked)
            || ["stop sequences", "stop_sequences", "length of stop", "stop conditions"]
                .iter()
                .any(|mark| text.contains(mark));
        if is_about_stops && limits_stops.iter().any(|mark| text.contains(mark)) {
            found.retain(|subject| !matches!(subject, Subject::Stops(_)));
            found.push(Subject::Stops(most_stops(text)));
        }
        if text.contains("verified to stream") && !found.contains(&Subject::Streaming) {
            found.push(Subject::Streaming);
        }
        found
    }
}

/// What is not optional, and is refused in words that could be taken for others.
const NOT_OPTIONAL: &[&str] = &[
    "does not support chat",
    "does not support generate",
    "does not support completion",
    "does not support the chat",
    "content management policy",
    "content_filter",
    "api key",
    "too large",
    "context length",
    "context size",
    "context window",
    "out of memory",
    "cuda error",
    "insufficient",
    "billing",
    "credit balance",
];

/// Templates of models whose roles are user and assistant only, and what servers say of such
/// models.
const ROLES: &[&str] = &[
    "system role not supported",
    "system role is not supported",
    "system role isn't supported",
    "roles must alternate",
    "must alternate between user",
    "only user and assistant roles",
    "only user and model roles",
    "only user, assistant",
    "developer instruction is not enabled",
    "system messages",
    "system message is not supported",
    "system prompt is not supported",
    "system prompts are not supported",
    "system instruction is not",
    "does not support system",
    "doesn't support system",
    "unexpected role",
    "unknown role",
    "invalid role",
    "unsupported role",
];

/// Words that distinguish a refusal from another mention.
const REFUSING: &[&str] = &[
    "not support",
    "n't support",
    "unsupported",
    "unrecognized",
    "unrecognised",
    "not recognized",
    "unknown",
    "unexpected",
    "extra_forbidden",
    "extra inputs",
    "extra fields",
    "extra keys",
    "additional properties",
    "not permitted",
    "not allowed",
    "not enabled",
    "enabled only",
    "unavailable",
    "not available",
    "not implemented",
    "not accepted",
    "not valid",
    "invalid",
    "deprecated",
    "must be",
    "should be",
    "cannot",
    // OpenRouter.
    "no endpoints found that",
];

/// Signs of a list of errors by place.
const LOCATED: &[&str] = &["extra_forbidden", "extra inputs"];

const KEYS: &[(&str, Named, Subject)] = &[
    ("stream_options", Named::Anywhere, Subject::StreamUsage),
    ("include_usage", Named::Anywhere, Subject::StreamUsage),
    ("strict", Named::Marked, Subject::Strict),
    ("stop", Named::Marked, Subject::Stops(None)),
    ("temperature", Named::Marked, Subject::Temperature),
    ("repeat_penalty", Named::Anywhere, Subject::RepeatPenalty),
    ("seed", Named::Marked, Subject::Seed),
    ("think", Named::Marked, Subject::Thinking),
    ("think value", Named::Anywhere, Subject::Thinking),
    ("support thinking", Named::Anywhere, Subject::Thinking),
    ("reasoning_effort", Named::Anywhere, Subject::Thinking),
    ("chat_template_kwargs", Named::Anywhere, Subject::Thinking),
    ("enable_thinking", Named::Anywhere, Subject::Thinking),
    ("truncate", Named::Marked, Subject::Truncate),
    ("shift", Named::Marked, Subject::Shift),
    ("stream", Named::Marked, Subject::Streaming),
];

fn about_format(text: &str, param: &str, is_refusal: bool) -> Option<Subject> {
    let has = |mark: &str| text.contains(mark);
    let at_root = || {
        has("top level")
            || has("top-level")
            || has("root")
            || has("type: null")
            || has("type 'object'")
            || has("type: \"object\"")
            || has("type: \"none\"")
    };
    let names_union = has("anyof") || has("oneof");
    if has("vocabulary required for format") {
        return Some(Subject::Grammars);
    }
    if names_union && at_root() || has("json schema of 'type: \"object\"'") {
        return Some(Subject::UnionRoot);
    }
    let is_dialect = has("in context=")
        || has("invalid schema")
        || has("invalid json schema")
        || has("invalid json_schema")
        || has("response_schema")
        || has("unsupported json schema")
        || has("json schema contains")
        || is_refusal && (names_union || has("additionalproperties") || has("minlength"));
    if is_dialect {
        return Some(Subject::SchemaDialect);
    }
    let is_grammar = has("initialize samplers")
        || has("json schema conversion failed")
        || has("grammar") && (is_refusal || has("fail") || has("error") || has("pars"));
    if is_grammar {
        return Some(Subject::Grammar);
    }
    if names(text, "strict", Named::Marked) {
        return None;
    }
    let by_schema = has("json_schema") || has("structured output") || has(".format of type string");
    let by_format = names(text, "response_format", Named::Anywhere)
        || names(text, "format", Named::Marked)
        || has("invalid format:")
        || has("json mode")
        || has("json_object")
        || has("guided decoding")
        || has("guided_json");
    match (by_schema, by_format) {
        (true, _) if is_refusal || has("unmarshal") => Some(Subject::JsonSchema),
        (false, true) if is_refusal => Some(Subject::ReplyFormat),
        _ if param.starts_with("response_format") => Some(Subject::ReplyFormat),
        _ => None,
    }
}

/// The part of a text that says what is refused: the places of a list of errors, without the input
/// that they repeat, and otherwise all up to the list of what would have been taken.
fn refused_part(text: &str) -> String {
    let is_by_place = ["loc'", "loc\"", "loc\\"].iter().any(|mark| text.contains(mark));
    if LOCATED.iter().any(|mark| text.contains(mark)) && is_by_place {
        let places = text.split("loc").skip(1).map(|rest| {
            let end = rest.find([']', ')']).map_or(rest.len(), |end| end + 1);
            &rest[..end]
        });
        let places: String = places.collect();
        return format!("extra_forbidden {places}");
    }
    let listed = ["expected one of", "supported parameters", "allowed parameters", "valid keys"];
    let end = listed.iter().filter_map(|mark| text.find(mark)).min();
    text[..end.unwrap_or(text.len())].to_owned()
}

/// The number of texts that would be taken.
fn most_stops(text: &str) -> Option<usize> {
    let marks = [
        "maximum length ",
        "maximum of ",
        "at most ",
        "must not exceed ",
        "less than ",
        "maximum number of items is ",
        "up to ",
        "max_model_len(",
        "max is ",
    ];
    let figures = marks.iter().filter_map(|mark| {
        let rest = text.split_once(mark)?.1;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    });
    figures.min()
}

#[cfg(test)]
mod tests;
