use std::time::Duration;

use futures_util::StreamExt;
use synod_inference::{
    ChatError, ChatEvent, ChatModel, ChatRequest, Completion, HostName, ModelName, Phase,
    StopReason,
};

use crate::statistics::FinishedCall;

/// The maximum size of a reply, and of the thinking before it, in bytes. A longer reply is endless.
const MAX_REPLY_BYTES: usize = 256 * 1024;

/// The reply of a model outside of debates.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelReply {
    /// The host.
    pub host: HostName,
    /// The model.
    pub model: ModelName,
    /// The reply.
    pub text: String,
    /// The thinking before the reply, if the model shows it.
    pub thinking: String,
    /// How the reply ended, with usage and timings.
    pub completion: Completion,
}

impl ModelReply {
    /// Returns the call for the statistics.
    pub(crate) fn finished_call(&self) -> FinishedCall {
        let Completion { usage, timings, .. } = &self.completion;
        let times = [timings.first_token_ms, timings.generation_ms];
        let model_time = times.into_iter().flatten().map(Duration::from_millis).sum();
        FinishedCall::success(usage.prompt_tokens, usage.output_tokens, model_time)
    }
}

/// Sends a request and collects the reply. `phase` is called with each phase of the call.
pub(crate) async fn request_reply(
    model: &dyn ChatModel,
    request: ChatRequest,
    mut phase: impl FnMut(Phase),
) -> Result<ModelReply, ChatError> {
    let info = model.info();
    let mut host = info.host.clone();
    let (mut text, mut thinking) = (String::new(), String::new());
    let mut events = model.chat(request);
    let completion = loop {
        match events.next().await {
            Some(Ok(ChatEvent::Phase(entered))) => phase(entered),
            Some(Ok(ChatEvent::Moved(info))) => host = info.host.clone(),
            // Thinking beyond the maximum is dropped.
            Some(Ok(ChatEvent::Thinking(piece)))
                if thinking.len() + piece.len() > MAX_REPLY_BYTES => {}
            Some(Ok(ChatEvent::Thinking(piece))) => thinking.push_str(&piece),
            Some(Ok(ChatEvent::Delta(piece))) => text.push_str(&piece),
            Some(Ok(ChatEvent::Corrected { thinking: thought, reply })) => {
                (thinking, text) = (thought, reply);
            }
            Some(Ok(ChatEvent::Finished(completion))) => break completion,
            Some(Err(error)) => return Err(error),
            None => {
                let detail = "the reply ended without being complete".to_owned();
                return Err(ChatError::Interrupted { host, detail, source: None });
            }
        }
        if text.len() > MAX_REPLY_BYTES {
            tracing::warn!(model = %info.model, "cut a reply without end");
            break Completion { reason: StopReason::Length, ..Completion::default() };
        }
    };
    Ok(ModelReply { host, model: info.model.clone(), text, thinking, completion })
}
