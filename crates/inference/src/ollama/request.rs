use std::sync::Arc;

use synod_ollama_client::{self as ollama, Format, Options, RawJson, Think};

use super::{load_profile::FixedProfile, thinker::Thinker};
use crate::{
    ChatError, Limitation, Message, ModelInfo, Role, Sampling,
    refusal::{Adjusted, SentForm},
};

/// The request as Ollama takes it.
pub(super) fn chat(
    request: Adjusted,
    info: &ModelInfo,
    profile: &FixedProfile,
    thinker: Option<Thinker>,
    shift: Option<bool>,
) -> Result<ollama::ChatRequest, ChatError> {
    let most_output = request.output_limit(thinker.is_some());
    let messages: Vec<_> = request.messages.iter().map(message).collect();
    let format = match &request.form {
        SentForm::Text => None,
        SentForm::AnyJson => Some(Format::Json),
        SentForm::Schema(schema) => Some(Format::Schema(RawJson::of(schema).map_err(|error| {
            let detail = "the schema of the reply cannot be written".to_owned();
            ChatError::Refused { host: info.host.clone(), detail, source: Some(Arc::new(error)) }
        })?)),
    };
    Ok(ollama::ChatRequest {
        format,
        think: think(&request, thinker),
        options: Some(options(request.sampling, profile, most_output)),
        keep_alive: profile.keep_alive(),
        // Rather an error than a prompt cut in silence.
        truncate: (!request.without.has(Limitation::TruncateSwitch)).then_some(false),
        shift: shift.filter(|_| !request.without.has(Limitation::ShiftSwitch)),
        ..ollama::ChatRequest::new(info.model.as_str(), messages)
    })
}

/// What such a request asks for that a server may refuse.
pub(super) fn adds(
    request: &Adjusted,
    thinker: Option<Thinker>,
    shift: Option<bool>,
) -> Vec<Limitation> {
    let mut added = vec![Limitation::TruncateSwitch];
    if shift.is_some() {
        added.push(Limitation::ShiftSwitch);
    }
    if think(request, thinker).is_some() {
        added.push(Limitation::ThinkingSwitch);
    }
    if request.sampling.repeat_penalty.is_some() {
        added.push(Limitation::RepeatPenalty);
    }
    added
}

/// A model that thinks first may write its JSON into the thinking, or not at all.
fn think(request: &Adjusted, thinker: Option<Thinker>) -> Option<Think> {
    let avoids = request.wants_json || request.sampling.thinking.is_avoided;
    let is_sent = avoids && !request.without.has(Limitation::ThinkingSwitch);
    thinker.filter(|_| is_sent).map(Thinker::least)
}

fn message(message: &Message) -> ollama::Message {
    let role = match message.role {
        Role::System => ollama::Role::System,
        Role::User => ollama::Role::User,
        Role::Assistant => ollama::Role::Assistant,
    };
    ollama::Message::new(role, &*message.content)
}

fn options(sampling: Sampling, profile: &FixedProfile, most_output: u32) -> Options {
    Options {
        num_ctx: profile.num_ctx(),
        num_predict: Some(i32::try_from(most_output).unwrap_or(i32::MAX)),
        temperature: sampling.temperature.map(decimal),
        repeat_penalty: sampling.repeat_penalty.map(decimal),
        seed: sampling.seed.map(i64::from),
        stop: sampling.stop,
        ..Options::default()
    }
}

/// The number as people write it: 0.7, and not the 0.699999988079071 that it is nearest to.
fn decimal(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| f64::from(number))
}
