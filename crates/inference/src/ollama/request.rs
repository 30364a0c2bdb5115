use std::sync::Arc;

use synod_ollama_client::{self as ollama, Format, Options, RawJson, Think};

use super::load_profile::FixedProfile;
use crate::{ChatError, ChatRequest, Message, ModelCard, ReplyForm, Role, Sampling};

/// The request as Ollama takes it.
pub(super) fn chat(
    request: ChatRequest,
    card: &ModelCard,
    profile: &FixedProfile,
    thinks: bool,
    shift: Option<bool>,
) -> Result<ollama::ChatRequest, ChatError> {
    let messages: Vec<_> = request.messages.iter().map(message).collect();
    let format = match request.form {
        ReplyForm::Text => None,
        ReplyForm::Json(schema) => Some(Format::Schema(RawJson::of(&schema).map_err(|error| {
            let detail = "the schema of the reply cannot be written".to_owned();
            ChatError::Refused { host: card.host.clone(), detail, source: Some(Arc::new(error)) }
        })?)),
    };
    // A model that thinks first may write its JSON into the thinking, or not at all.
    let think = (thinks && format.is_some()).then_some(Think::Off);
    Ok(ollama::ChatRequest {
        format,
        think,
        options: Some(options(request.sampling, profile)),
        keep_alive: profile.keep_alive(),
        // Rather an error than a prompt cut in silence.
        truncate: Some(false),
        shift,
        ..ollama::ChatRequest::new(card.model.as_str(), messages)
    })
}

fn message(message: &Message) -> ollama::Message {
    let role = match message.role {
        Role::System => ollama::Role::System,
        Role::User => ollama::Role::User,
        Role::Assistant => ollama::Role::Assistant,
    };
    ollama::Message::new(role, &*message.content)
}

fn options(sampling: Sampling, profile: &FixedProfile) -> Options {
    // 0 would be no limit.
    let most = sampling.max_output_tokens.max(1);
    Options {
        num_ctx: profile.num_ctx(),
        num_predict: Some(i32::try_from(most).unwrap_or(i32::MAX)),
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
