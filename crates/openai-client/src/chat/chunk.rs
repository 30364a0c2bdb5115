use serde::Deserialize;

use super::{ChatReply, FinishReason, Usage};
use crate::error::ServerReport;

/// One piece of a chat's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatChunk {
    /// Text of the answer.
    pub content: String,
    /// Text of the reasoning.
    pub reasoning: String,
    /// What the model says in place of the JSON that was asked for.
    pub refusal: String,
    /// Why the answer ends, on its last piece of text or after it.
    pub finish_reason: Option<FinishReason>,
    /// What it cost, mostly on a piece of its own.
    pub usage: Option<Usage>,
}

impl ChatChunk {
    /// Whether this is a part of the answer, so that making the call again could contradict it.
    pub(crate) fn is_output(&self) -> bool {
        !(self.content.is_empty() && self.reasoning.is_empty() && self.refusal.is_empty())
    }
}

/// What the data of an event is.
#[derive(Debug)]
pub(crate) enum Reading {
    Chunk(ChatChunk),
    Done,
    Reported(ServerReport),
    /// JSON, and none of the protocol's.
    Unknown,
    NotJson(serde_json::Error),
}

/// An answer in one piece, or a piece of a streamed one.
#[derive(Deserialize)]
pub(crate) struct Completion {
    /// Empty or missing on the piece that tells the usage.
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice {
    #[serde(alias = "delta")]
    message: Option<Text>,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Text {
    content: Option<String>,
    /// llama.cpp's, DeepSeek's and LM Studio's name for it; vLLM sends both for a while.
    reasoning_content: Option<String>,
    /// vLLM's and OpenRouter's.
    reasoning: Option<String>,
    refusal: Option<String>,
}

impl Completion {
    fn into_chunk(self) -> Option<ChatChunk> {
        if self.choices.is_none() && self.usage.is_none() {
            return None;
        }
        let choice = self.choices.into_iter().flatten().next().unwrap_or_default();
        let text = choice.message.unwrap_or_default();
        let told = text.reasoning_content.filter(|reasoning| !reasoning.is_empty());
        Some(ChatChunk {
            content: text.content.unwrap_or_default(),
            reasoning: told.or(text.reasoning).unwrap_or_default(),
            refusal: text.refusal.unwrap_or_default(),
            finish_reason: choice.finish_reason.and_then(FinishReason::of),
            usage: self.usage,
        })
    }

    /// The whole answer; none where there is no choice.
    pub(crate) fn into_reply(self) -> Option<ChatReply> {
        self.choices.as_ref().filter(|choices| !choices.is_empty())?;
        let mut reply = ChatReply::default();
        reply.push(self.into_chunk()?);
        Some(reply)
    }
}

impl Reading {
    /// Reads the data of one event.
    pub(crate) fn of(data: &[u8]) -> Self {
        let data = data.trim_ascii();
        if data == b"[DONE]" {
            return Self::Done;
        }
        match serde_json::from_slice::<Completion>(data).map(Completion::into_chunk) {
            // A report may stand beside choices.
            Ok(Some(chunk)) if chunk.is_output() => Self::Chunk(chunk),
            Ok(chunk) => match (ServerReport::of_json(data), chunk) {
                (Some(report), _) => Self::Reported(report),
                (None, Some(chunk)) => Self::Chunk(chunk),
                (None, None) => Self::Unknown,
            },
            Err(error) => match ServerReport::of_json(data) {
                Some(report) => Self::Reported(report),
                None => Self::NotJson(error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(data: &str) -> ChatChunk {
        match Reading::of(data.as_bytes()) {
            Reading::Chunk(chunk) => chunk,
            other @ (Reading::Done
            | Reading::Reported(_)
            | Reading::Unknown
            | Reading::NotJson(_)) => panic!("{data}: {other:?}"),
        }
    }

    #[test]
    fn reasoning_is_told_apart_under_either_name_or_both() {
        for delta in [
            r#"{"reasoning_content":"hm"}"#,
            r#"{"reasoning":"hm","content":null}"#,
            r#"{"reasoning":"hm","reasoning_content":"hm","content":""}"#,
            r#"{"reasoning":"hm","reasoning_content":""}"#,
        ] {
            let read = chunk(&format!(r#"{{"choices":[{{"delta":{delta}}}]}}"#));
            assert_eq!((read.content.as_str(), read.reasoning.as_str()), ("", "hm"), "{delta}");
        }
    }

    #[test]
    fn usage_and_reasons_are_read_wherever_they_stand() {
        let usage = Some(Usage { prompt_tokens: 3, completion_tokens: 2 });
        let last = r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#;
        assert_eq!(chunk(last).usage, usage);
        let both = r#"{"choices":[{"delta":{},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#;
        assert_eq!(
            (chunk(both).usage, chunk(both).finish_reason),
            (usage, Some(FinishReason::Length))
        );
        let none = r#"{"choices":[{"delta":{"content":"x"},"finish_reason":""}],"usage":null}"#;
        assert_eq!((chunk(none).usage, chunk(none).finish_reason), (None, None));
        let new = r#"{"choices":[{"delta":{},"finish_reason":"tired"}]}"#;
        assert_eq!(chunk(new).finish_reason, Some(FinishReason::Other("tired".to_owned())));
    }

    #[test]
    fn what_is_no_piece_is_told_as_what_it_is() {
        assert!(matches!(Reading::of(b" [DONE] "), Reading::Done));
        assert!(matches!(Reading::of(br#"{"error":{"message":"x"}}"#), Reading::Reported(_)));
        assert!(matches!(
            Reading::of(br#"{"error":{"message":"x"},"choices":[{"delta":{"content":""}}]}"#),
            Reading::Reported(_)
        ));
        assert!(matches!(Reading::of(b"{}"), Reading::Unknown));
        assert!(matches!(Reading::of(b"{\"choices\":7}"), Reading::NotJson(_)));
        assert!(matches!(Reading::of(b"\xff"), Reading::NotJson(_)));
    }
}
