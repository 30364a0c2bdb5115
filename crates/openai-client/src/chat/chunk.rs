use serde::Deserialize as _;
use serde_json::Value;
use synod_http_transport::{MessageText, mended_json};

use super::{ChatReply, FinishReason, Usage};
use crate::error::ServerReport;
use crate::sse::SseEvent;

/// A piece of the reply to a chat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatChunk {
    /// Text.
    pub content: String,
    /// Reasoning.
    pub reasoning: String,
    /// A refusal in place of the requested JSON.
    pub refusal: String,
    /// Why the reply ended, on the last piece of text or after it.
    pub finish_reason: Option<FinishReason>,
    /// The tokens of the call, usually on a piece of their own.
    pub usage: Option<Usage>,
}

impl ChatChunk {
    /// Whether the piece has output, which a repeated call could contradict.
    pub(crate) fn is_output(&self) -> bool {
        !(self.content.is_empty() && self.reasoning.is_empty() && self.refusal.is_empty())
    }
}

/// The content of an event.
#[derive(Debug)]
pub(crate) enum EventContent {
    /// `is_mended`: its texts may have halves of characters for a `HalfJoiner`.
    Chunk {
        chunk: ChatChunk,
        is_mended: bool,
    },
    Done,
    Reported(ServerReport),
    /// Nothing of a reply: blank, or JSON that the protocol does not know.
    Nothing,
    NotJson(serde_json::Error),
}

impl EventContent {
    /// Reads an event, or a reply in one piece. `choice` is the index of the choice that is read,
    /// which the first piece sets. `has_output`: earlier pieces had some, so that a message beside the
    /// last piece repeats it.
    pub(crate) fn of(event: &SseEvent, choice: &mut Option<u64>, has_output: bool) -> Self {
        let data = event.data.trim_ascii();
        if data.is_empty() {
            return Self::Nothing;
        }
        if data == b"[DONE]" {
            return Self::Done;
        }
        if is_sign_of_life(data) && !event.is_error {
            return Self::Nothing;
        }
        let mended = |error| match mended_json(data) {
            Some(mended) => serde_json::from_str(&mended).map(|value| (value, true)),
            None => Err(error),
        };
        match serde_json::from_slice(data).map(|value| (value, false)).or_else(mended) {
            Ok((value, is_mended)) => {
                Self::of_value(&value, event.is_error, is_mended, choice, has_output)
            }
            Err(_) if event.is_error => Self::Reported(ServerReport::of_body(data)),
            Err(error) => Self::NotJson(error),
        }
    }

    fn of_value(
        value: &Value,
        is_error: bool,
        is_mended: bool,
        choice: &mut Option<u64>,
        has_output: bool,
    ) -> Self {
        if let Some(report) = ServerReport::in_answer(value, is_error) {
            return Self::Reported(report);
        }
        match ChatChunk::of(value, choice, has_output) {
            Some(chunk) => Self::Chunk { chunk, is_mended },
            None => Self::Nothing,
        }
    }
}

/// Words by which some servers keep a connection open, in place of a comment.
const SIGNS_OF_LIFE: [&str; 6] =
    ["ping", "pong", "keepalive", "keep-alive", "keep_alive", "heartbeat"];

fn is_sign_of_life(data: &[u8]) -> bool {
    SIGNS_OF_LIFE.iter().any(|sign| data.eq_ignore_ascii_case(sign.as_bytes()))
}

impl ChatChunk {
    /// Reads a piece of a reply, or a whole reply. Fields of an unexpected type are ignored, so that
    /// the text beside them is not lost.
    fn of(value: &Value, index: &mut Option<u64>, has_output: bool) -> Option<Self> {
        let choice = choice_of(value, index);
        let usage = Usage::of(&value["usage"]);
        if !value["choices"].is_array() && usage.is_none() {
            return None;
        }
        let Some(choice) = choice else { return Some(Self { usage, ..Self::default() }) };
        let finish_reason = choice["finish_reason"].as_str().and_then(FinishReason::of);
        // A server may repeat the whole message beside its last piece, or send it there only.
        let is_sent_here = !has_output && finish_reason.is_some() && !has_text(&choice["delta"]);
        let keys = if is_sent_here { ["message", "delta"] } else { ["delta", "message"] };
        let message = keys.into_iter().map(|key| &choice[key]);
        let message = message.into_iter().find(|value| value.is_object()).unwrap_or(&Value::Null);
        let text = text_of(if message.is_null() { &choice["text"] } else { &message["content"] });
        // The first name is that of llama.cpp, DeepSeek and LM Studio, the second of vLLM and
        // OpenRouter. Some servers send both.
        let reasoning = ["reasoning_content", "reasoning"].into_iter();
        let mut reasoning = reasoning.map(|key| text_of(&message[key]).all());
        let reasoning = reasoning.find(|text| !text.is_empty());
        Some(Self {
            content: text.content,
            reasoning: reasoning.unwrap_or_default() + &text.thinking,
            refusal: text_of(&message["refusal"]).content,
            finish_reason,
            usage,
        })
    }
}

/// Whether the delta has text of any kind.
fn has_text(delta: &Value) -> bool {
    ["content", "reasoning_content", "reasoning", "refusal"]
        .into_iter()
        .any(|key| !text_of(&delta[key]).all().is_empty())
}

/// The text of a field; empty if the field is neither a text nor a list of parts.
fn text_of(value: &Value) -> MessageText {
    MessageText::deserialize(value).unwrap_or_default()
}

/// The choice with this index, or the first one if the index is not known yet. Only one choice is
/// requested; some servers send more.
fn choice_of<'a>(value: &'a Value, index: &mut Option<u64>) -> Option<&'a Value> {
    let index_of = |choice: &Value| choice["index"].as_u64().unwrap_or_default();
    let mut choices = value["choices"].as_array()?.iter().filter(|choice| choice.is_object());
    let chosen = match *index {
        Some(index) => choices.find(|choice| index_of(choice) == index)?,
        None => choices.min_by_key(|choice| index_of(choice))?,
    };
    *index = Some(index_of(chosen));
    Some(chosen)
}

/// Reads a whole reply; `None` if there is no choice.
pub(crate) fn whole_reply(value: &Value) -> Option<ChatReply> {
    let mut index = None;
    choice_of(value, &mut index)?;
    let mut reply = ChatReply::default();
    reply.push(ChatChunk::of(value, &mut index, false)?);
    Some(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &str) -> EventContent {
        EventContent::of(
            &SseEvent { data: data.as_bytes().to_vec(), is_error: false },
            &mut None,
            false,
        )
    }

    fn chunk(data: &str) -> ChatChunk {
        match read(data) {
            EventContent::Chunk { chunk, .. } => chunk,
            other @ (EventContent::Done
            | EventContent::Reported(_)
            | EventContent::Nothing
            | EventContent::NotJson(_)) => panic!("{data}: {other:?}"),
        }
    }

    #[test]
    fn reasoning_is_read_under_either_name_or_both() {
        for delta in [
            r#"{"reasoning_content":"hm"}"#,
            r#"{"reasoning":"hm","content":null}"#,
            r#"{"reasoning":"hm","reasoning_content":"hm","content":""}"#,
            r#"{"reasoning":"hm","reasoning_content":""}"#,
            r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}"#,
            r#"{"content":[{"type":"reasoning","text":"hm"}]}"#,
        ] {
            let read = chunk(&format!(r#"{{"choices":[{{"delta":{delta}}}]}}"#));
            assert_eq!((read.content.as_str(), read.reasoning.as_str()), ("", "hm"), "{delta}");
        }
    }

    #[test]
    fn content_is_a_text_or_a_list_of_parts() {
        for (delta, content) in [
            (r#"{"content":"a b"}"#, "a b"),
            (r#"{"content":[{"type":"text","text":"a "},{"type":"text","text":"b"}]}"#, "a b"),
            (
                r#"{"content":["a ",{"text":"b"},7,null,{"type":"image_url","image_url":{}}]}"#,
                "a b",
            ),
            (r#"{"content":[{"type":"output_text","text":"a b"}]}"#, "a b"),
            (r#"{"content":{"type":"text","text":"a b"}}"#, "a b"),
            (r#"{"content":null}"#, ""),
            (r#"{"content":7}"#, ""),
            (r#"{}"#, ""),
            ("null", ""),
            ("[]", ""),
        ] {
            let read = chunk(&format!(r#"{{"choices":[{{"delta":{delta}}}]}}"#));
            assert_eq!(read.content, content, "{delta}");
        }
        assert_eq!(chunk(r#"{"choices":[{"text":"a","finish_reason":null}]}"#).content, "a");
        let both = r#"{"choices":[{"delta":{},"message":{"content":"all"}}]}"#;
        assert_eq!(chunk(both).content, "", "the text is not repeated");
        let last =
            r#"{"choices":[{"delta":{},"message":{"content":"all"},"finish_reason":"stop"}]}"#;
        assert_eq!(chunk(last).content, "all", "no piece before had text");
        let last = SseEvent { data: last.as_bytes().to_vec(), is_error: false };
        let EventContent::Chunk { chunk, .. } = EventContent::of(&last, &mut None, true) else {
            panic!("{last:?}");
        };
        assert_eq!(chunk.content, "", "earlier pieces had it");
        for word in ["ping", "keep-alive"] {
            assert!(matches!(read(word), EventContent::Nothing), "{word}");
        }
        assert!(matches!(read("ping pong"), EventContent::NotJson(_)));
    }

    #[test]
    fn usage_and_finish_reason_are_read_from_any_piece() {
        let usage = Some(Usage { prompt_tokens: 3, completion_tokens: 2, reasoning_tokens: 0 });
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
        let odd = r#"{"choices":[{"delta":{"content":"x"},"finish_reason":7}]}"#;
        assert_eq!((chunk(odd).content.as_str(), chunk(odd).finish_reason), ("x", None));
    }

    /// OpenAI and vLLM, OpenAI's later protocol, and Perplexity.
    #[test]
    fn reasoning_tokens_are_read_wherever_servers_count_them() {
        for counts in [
            r#""completion_tokens_details":{"reasoning_tokens":900}"#,
            r#""output_tokens_details":{"reasoning_tokens":900}"#,
            r#""completion_tokens_details":null,"reasoning_tokens":900"#,
            r#""completion_tokens_details":{"reasoning_tokens":0},"reasoning_tokens":900"#,
        ] {
            let usage = format!(r#"{{"prompt_tokens":3,"completion_tokens":950,{counts}}}"#);
            let read = chunk(&format!(r#"{{"choices":[],"usage":{usage}}}"#)).usage;
            assert_eq!(read.map(|usage| usage.reasoning_tokens), Some(900), "{counts}");
        }
    }

    #[test]
    fn reasoning_beside_the_reply_is_added_to_it() {
        let completion = |total: u64| {
            let usage = format!(
                r#"{{"prompt_tokens":32,"completion_tokens":9,"total_tokens":{total},"completion_tokens_details":{{"reasoning_tokens":94}}}}"#
            );
            let read = chunk(&format!(r#"{{"choices":[],"usage":{usage}}}"#)).usage;
            read.map(|usage| usage.completion_tokens)
        };
        assert_eq!((completion(135), completion(41)), (Some(103), Some(9)));
    }

    #[test]
    fn invalid_counts_are_ignored_and_text_is_kept() {
        for odd in ["null", "-1", "2.5", "\"2\"", "[]", "{}", "true", "1e30"] {
            let usage = format!(r#"{{"prompt_tokens":3,"completion_tokens":{odd}}}"#);
            let frame = format!(r#"{{"choices":[{{"delta":{{"content":"x"}}}}],"usage":{usage}}}"#);
            let read = chunk(&frame);
            let counted =
                Some(Usage { prompt_tokens: 3, completion_tokens: 0, reasoning_tokens: 0 });
            assert_eq!((read.content.as_str(), read.usage), ("x", counted), "{odd}");
            let frame = format!(r#"{{"choices":[{{"delta":{{"content":"x"}}}}],"usage":{odd}}}"#);
            assert_eq!((chunk(&frame).content.as_str(), chunk(&frame).usage), ("x", None), "{odd}");
        }
    }

    #[test]
    fn events_that_are_not_pieces_are_classified() {
        assert!(matches!(read(" [DONE] "), EventContent::Done));
        for report in [
            r#"{"error":{"message":"x"}}"#,
            r#"{"error":{"message":"x"},"choices":[{"delta":{"content":"half"}}]}"#,
            r#"{"choices":[{"delta":{"content":""},"finish_reason":"error","error":{"message":"x"}}]}"#,
            r#"{"choices":[{"delta":{},"finish_reason":"abort"}]}"#,
        ] {
            assert!(matches!(read(report), EventContent::Reported(_)), "{report}");
        }
        for nothing in [
            "",
            " ",
            "{}",
            "null",
            "[]",
            "7",
            "true",
            "\"x\"",
            "{\"choices\":7}",
            "{\"choices\":null}",
            r#"{"type":"ping"}"#,
            r#"{"error":null}"#,
            r#"{"message":"the model is being loaded"}"#,
        ] {
            assert!(matches!(read(nothing), EventContent::Nothing), "{nothing}");
        }
        for piece in [
            r#"{"error":null,"choices":[]}"#,
            r#"{"error":"","choices":[{}]}"#,
            r#"{"error":{},"choices":[null]}"#,
        ] {
            assert_eq!(chunk(piece), ChatChunk::default(), "{piece}");
        }
        for text in ["hello", "{\"choices\":[", "{} {}"] {
            assert!(matches!(read(text), EventContent::NotJson(_)), "{text}");
        }
        let half = SseEvent { data: b"\xff".to_vec(), is_error: false };
        assert!(matches!(EventContent::of(&half, &mut None, false), EventContent::NotJson(_)));
        let failed = SseEvent { data: b"upstream timed out".to_vec(), is_error: true };
        let EventContent::Reported(report) = EventContent::of(&failed, &mut None, false) else {
            panic!("no report")
        };
        assert_eq!(report.message, "upstream timed out");
    }
}
