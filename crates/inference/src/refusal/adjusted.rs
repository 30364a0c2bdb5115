use std::sync::Arc;

use serde_json::{Value, value::RawValue};

use super::{
    asked::Asked,
    concessions::{Concessions, JsonForm},
    json_in_words, schema,
};
use crate::{Limitation, Message, ReplyForm, Role, Sampling};

/// A request without what its host refuses.
#[derive(Clone, Debug)]
pub(crate) struct Adjusted {
    pub(crate) messages: Vec<Message>,
    pub(crate) form: SentForm,
    /// The reply is to be JSON, whether or not the host is asked for it.
    pub(crate) wants_json: bool,
    /// With those texts to stop at that are sent.
    pub(crate) sampling: Sampling,
    /// Texts to stop at that the host is not sent.
    pub(super) unsent_stops: Vec<String>,
    pub(crate) without: Concessions,
}

/// The form that the host is asked for.
#[derive(Clone, Debug)]
pub(crate) enum SentForm {
    Text,
    AnyJson,
    Schema(Arc<RawValue>),
}

impl Adjusted {
    /// The request for a host that takes at most `most_stops` stop texts.
    pub(super) fn new(
        messages: Vec<Message>,
        form: &ReplyForm,
        mut sampling: Sampling,
        without: Concessions,
        most_stops: usize,
    ) -> Self {
        sampling.temperature.take_if(|_| without.has(Limitation::Temperature));
        sampling.repeat_penalty.take_if(|_| without.has(Limitation::RepeatPenalty));
        sampling.seed.take_if(|_| without.has(Limitation::Seed));
        // An empty text would end every reply before it begins.
        sampling.stop.retain(|stop| !stop.is_empty());
        let sent = sampling.stop.len().min(most_stops).min(without.most_stops());
        let unsent_stops = sampling.stop.split_off(sent);
        let mut messages = messages;
        if without.has(Limitation::SystemMessages) {
            messages = alternating(messages);
        }
        let (form, described) = match form {
            ReplyForm::Text => (SentForm::Text, None),
            ReplyForm::Json(given) => json_form(given, &without),
        };
        let wants_json = described.is_some() || matches!(form, SentForm::Schema(_));
        if let Some(words) = described {
            append(&mut messages, &words);
        }
        Self { messages, form, wants_json, sampling, unsent_stops, without }
    }

    /// What the request asks for that a host may refuse; its protocol adds some. `is_union`: the root of
    /// its schema is `anyOf`.
    pub(super) fn asked(&self, is_union: bool, added: &[Limitation], output_tokens: u32) -> Asked {
        let Self { messages, form, sampling, without, .. } = self;
        let json_form = without.json_form();
        let (has_schema, has_form) = match form {
            SentForm::Text => (false, false),
            SentForm::AnyJson => (false, true),
            SentForm::Schema(_) => (true, true),
        };
        let has_system = messages.iter().any(|message| message.role == Role::System);
        let repeats_role = messages.windows(2).any(|pair| pair[0].role == pair[1].role);
        let own = [
            (has_system || repeats_role, Limitation::SystemMessages),
            (has_schema && is_union && json_form == JsonForm::Given, Limitation::UnionSchemas),
            (has_schema && json_form < JsonForm::Plain, Limitation::SchemaDetails),
            (has_schema, Limitation::Schemas),
            (has_form, Limitation::ReplyFormats),
            (sampling.temperature.is_some(), Limitation::Temperature),
            (sampling.seed.is_some(), Limitation::Seed),
        ];
        let own = own.into_iter().filter(|(is_asked, _)| *is_asked).map(|(_, thing)| thing);
        let added = added.iter().copied().filter(|thing| !without.has(*thing));
        Asked::new(own.chain(added).collect(), sampling.stop.len(), output_tokens)
    }
}

impl Adjusted {
    /// Most output tokens to ask for; `thinks`: the model needs some for its thought.
    pub(crate) fn output_limit(&self, thinks: bool) -> u32 {
        let Sampling { max_output_tokens, thinking, .. } = self.sampling;
        thinking.limit_of_reply(max_output_tokens, thinks).min(self.without.most_output())
    }
}

/// The form to ask for, and how the prompt describes it.
fn json_form(given: &Arc<RawValue>, without: &Concessions) -> (SentForm, Option<String>) {
    let value = || serde_json::from_str(given.get()).unwrap_or(Value::Null);
    let changed = |schema: &Value| match serde_json::value::to_raw_value(schema) {
        Ok(text) => SentForm::Schema(text.into()),
        Err(_) => SentForm::Schema(Arc::clone(given)),
    };
    let words = || Some(json_in_words::request(&value()));
    // Most hosts make a grammar of a schema, so that the model does not read its descriptions.
    let conditions = || schema::conditions_in_words(&value());
    match without.json_form() {
        JsonForm::Given => (SentForm::Schema(Arc::clone(given)), None),
        JsonForm::ObjectRoot => (changed(&schema::with_object_root(&value())), conditions()),
        JsonForm::Plain => (changed(&schema::plain(&value())), conditions()),
        JsonForm::AnyJson => (SentForm::AnyJson, words()),
        JsonForm::Prompt => (SentForm::Text, words()),
    }
}

/// The messages as users and models speak in turn, beginning with a user: for models that know no
/// other roles.
fn alternating(messages: Vec<Message>) -> Vec<Message> {
    let system: Vec<_> =
        messages.iter().filter(|message| message.role == Role::System).cloned().collect();
    let others = messages.into_iter().filter(|message| message.role != Role::System);
    let mut merged: Vec<Message> = Vec::new();
    let as_user = system.into_iter().map(|message| Message { role: Role::User, ..message });
    for message in as_user.chain(others) {
        match merged.last_mut() {
            Some(last) if last.role == message.role => {
                last.content = format!("{}\n\n{}", last.content, message.content).into();
            }
            Some(_) | None => merged.push(message),
        }
    }
    merged
}

/// Ends the last message of the user with these words.
fn append(messages: &mut Vec<Message>, words: &str) {
    match messages.iter_mut().rfind(|message| message.role == Role::User) {
        Some(last) => last.content = format!("{}\n\n{words}", last.content).into(),
        None => messages.push(Message::user(words)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::concessions::Scope;

    fn adjusted(messages: Vec<Message>, without: &[Limitation], stops: &[&str]) -> Adjusted {
        let mut concessions = Concessions::default();
        for limitation in without {
            concessions.add(*limitation, Scope::Model);
        }
        let sampling = Sampling::default()
            .with_temperature(0.5)
            .with_repeat_penalty(1.0)
            .with_seed(7)
            .with_stop(stops.iter().copied())
            .with_max_output_tokens(9);
        let form = ReplyForm::json(&serde_json::json!({ "enum": ["a"] }));
        Adjusted::new(messages, &form, sampling, concessions, 4)
    }

    #[test]
    fn a_model_without_a_system_role_hears_user_and_model_in_turn() {
        let said = [
            Message::system("One."),
            Message::assistant("Two."),
            Message::system("Three."),
            Message::user("Four."),
            Message::user("Five."),
        ];
        let request = adjusted(said.to_vec(), &[Limitation::SystemMessages], &[]);
        let expected = [
            Message::user("One.\n\nThree."),
            Message::assistant("Two."),
            Message::user("Four.\n\nFive."),
        ];
        assert_eq!(request.messages, expected);
    }

    #[test]
    fn a_begun_reply_stays_the_last_message() {
        let said = vec![Message::user("Vote."), Message::assistant("I think")];
        let request = adjusted(said, &[Limitation::ReplyFormats], &[]);
        assert_eq!(request.messages[1], Message::assistant("I think"));
        assert!(request.messages[0].content.starts_with("Vote.\n\nReply with JSON"));
        assert!(matches!(request.form, SentForm::Text) && request.wants_json);
    }

    #[test]
    fn each_thing_is_left_out_alone() {
        let request = adjusted(vec![], &[Limitation::Seed], &["a", "", "b", "c", "d", "e"]);
        let Sampling { temperature, seed, stop, .. } = request.sampling;
        assert_eq!((temperature, seed), (Some(0.5), None));
        assert_eq!((stop.join(""), request.unsent_stops.join("")), ("abcd".into(), "e".into()));
        let most = [Limitation::StopTexts { max: 1 }, Limitation::StopTexts { max: 3 }];
        let request = adjusted(vec![], &most, &["a", "b", "c"]);
        assert_eq!(request.sampling.stop, ["a"]);
    }
}
