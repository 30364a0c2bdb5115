use llama_cpp_2::{
    ApplyChatTemplateError, NewLlamaChatMessageError,
    model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel},
    token::LlamaToken,
};
use synod_inference::{Message, Role};
use thiserror::Error;

/// Errors returned when a prompt is built from messages.
#[derive(Debug, Error)]
pub(super) enum PromptError {
    #[error("there are no messages")]
    Empty,
    #[error("the chat template failed")]
    Template(#[from] ApplyChatTemplateError),
    #[error("the chat template failed")]
    Message(#[from] NewLlamaChatMessageError),
    #[error("the chat template drops message {0}")]
    Dropped(usize),
}

/// The chat template of the model if llama.cpp supports it, or else ChatML, the most common one.
pub(super) fn template(model: &LlamaModel) -> LlamaChatTemplate {
    let known =
        |template: &LlamaChatTemplate| model.apply_chat_template(template, &[], true).is_ok();
    model.chat_template(None).ok().filter(known).unwrap_or_else(|| {
        tracing::warn!("the chat template of the model is missing or unknown, using ChatML");
        LlamaChatTemplate::new("chatml").expect("no NUL in it")
    })
}

/// The tokens of a chat, up to the text that the model continues: the opening of its turn, and the
/// beginning of its reply if the last message has one.
pub(super) fn tokens(
    model: &LlamaModel,
    template: &LlamaChatTemplate,
    messages: &[Message],
) -> Result<Vec<LlamaToken>, PromptError> {
    let (begun, turns) = match messages.split_last() {
        None => return Err(PromptError::Empty),
        Some((last, turns)) if last.role == Role::Assistant => (&*last.content, turns),
        Some(_) => ("", messages),
    };
    let chat = turns
        .iter()
        .enumerate()
        .map(|(at, message)| LlamaChatMessage::new(role(message.role).to_owned(), mark(at)))
        .collect::<Result<Vec<_>, _>>()?;
    let frame = model.apply_chat_template(template, &chat, true)?;

    let vocab = model.vocab();
    let mut tokens = Vec::new();
    let mut rest = frame.as_str();
    for (at, message) in turns.iter().enumerate() {
        let (before, after) = rest.split_once(&mark(at)).ok_or(PromptError::Dropped(at))?;
        vocab.tokenize_into(before.as_bytes(), &mut tokens, false, true);
        // Messages are text, even if they look like the end of a turn.
        vocab.tokenize_into(message.content.as_bytes(), &mut tokens, false, false);
        rest = after;
    }
    vocab.tokenize_into(rest.as_bytes(), &mut tokens, false, true);
    vocab.tokenize_into(begun.as_bytes(), &mut tokens, false, false);
    if vocab.should_add_bos() && tokens.first() != Some(&vocab.bos()) {
        tokens.insert(0, vocab.bos());
    }
    Ok(tokens)
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

/// A placeholder for a message while the template is applied, so that no message can forge the
/// marks of the template.
fn mark(at: usize) -> String {
    format!("\u{2}{at}\u{3}")
}
