use synod_openai_client::{self as openai, JsonSchema};

use crate::{
    Limitation, Message, ModelInfo, Role,
    refusal::{Adjusted, SentForm},
};

/// The name of schemas: servers require one, and do not use it.
const SCHEMA_NAME: &str = "reply";

/// Texts to stop at that every server takes.
pub(super) const MOST_STOPS: usize = 4;

/// The request as such servers take it.
pub(super) fn chat(request: &Adjusted, info: &ModelInfo) -> openai::ChatRequest {
    let Adjusted { messages, form, sampling, without, .. } = request;
    let schema = match form {
        SentForm::Text | SentForm::AnyJson => None,
        SentForm::Schema(schema) => Some(JsonSchema {
            name: SCHEMA_NAME.to_owned(),
            schema: (**schema).to_owned(),
            strict: !without.has(Limitation::StrictSchemas),
        }),
    };
    let limit = Some(request.output_limit(false));
    let (max_tokens, max_completion_tokens) =
        if without.has(Limitation::MaxTokens) { (None, limit) } else { (limit, None) };
    openai::ChatRequest {
        schema,
        any_json: matches!(form, SentForm::AnyJson),
        max_tokens,
        max_completion_tokens,
        temperature: sampling.temperature.map(decimal),
        seed: sampling.seed.map(u64::from),
        stop: sampling.stop.clone(),
        without_usage: without.has(Limitation::StreamUsage),
        whole: without.has(Limitation::Streaming),
        ..openai::ChatRequest::new(info.model.as_str(), messages.iter().map(message))
    }
}

/// What such a request asks for that a server may refuse.
pub(super) fn adds(request: &Adjusted) -> Vec<Limitation> {
    let mut added = vec![Limitation::MaxTokens, Limitation::Streaming];
    if !request.without.has(Limitation::Streaming) {
        added.push(Limitation::StreamUsage);
    }
    if matches!(request.form, SentForm::Schema(_)) {
        added.push(Limitation::StrictSchemas);
    }
    added
}

fn message(message: &Message) -> openai::Message {
    let role = match message.role {
        Role::System => openai::Role::System,
        Role::User => openai::Role::User,
        Role::Assistant => openai::Role::Assistant,
    };
    openai::Message::new(role, &*message.content)
}

/// The number as people write it: 0.7, and not the 0.699999988079071 that it is nearest to.
fn decimal(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| f64::from(number))
}
