use synod_openai_client::{self as openai, JsonSchema};

use crate::{ChatError, ChatRequest, Message, ModelCard, ReplyForm, Role};

/// What schemas are called: servers want a name, and nobody reads it.
const SCHEMA_NAME: &str = "reply";

/// Texts to stop at that every server takes.
const MOST_STOPS: usize = 4;

/// The request as such servers take it.
pub(super) fn chat(
    request: ChatRequest,
    card: &ModelCard,
) -> Result<openai::ChatRequest, ChatError> {
    let ChatRequest { messages, form, sampling, .. } = request;
    if sampling.stop.len() > MOST_STOPS {
        let detail = format!("more than {MOST_STOPS} texts to stop at");
        return Err(ChatError::Refused { host: card.host.clone(), detail, source: None });
    }
    let schema = match form {
        ReplyForm::Text => None,
        ReplyForm::Json(schema) => Some(JsonSchema {
            name: SCHEMA_NAME.to_owned(),
            schema: (*schema).to_owned(),
            strict: true,
        }),
    };
    Ok(openai::ChatRequest {
        schema,
        max_tokens: Some(sampling.thinking.limit_of_reply(sampling.max_output_tokens, false)),
        temperature: sampling.temperature.map(decimal),
        seed: sampling.seed.map(u64::from),
        stop: sampling.stop,
        ..openai::ChatRequest::new(card.model.as_str(), messages.iter().map(message))
    })
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
