use serde_json::Value;

use super::{ChatReply, FinishReason, Usage, text::Text};
use crate::error::ServerReport;
use crate::sse::Event;

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

/// What an event is.
#[derive(Debug)]
pub(crate) enum Reading {
    Chunk(ChatChunk),
    Done,
    Reported(ServerReport),
    /// It holds nothing of an answer: blank, or JSON that the protocol does not know.
    Nothing,
    NotJson(serde_json::Error),
}

impl Reading {
    /// Reads an event, or an answer in one piece. `choice`: the index of the choice that is read,
    /// which is set by the first piece.
    pub(crate) fn of(event: &Event, choice: &mut Option<u64>) -> Self {
        let data = event.data.trim_ascii();
        if data.is_empty() {
            return Self::Nothing;
        }
        if data == b"[DONE]" {
            return Self::Done;
        }
        match serde_json::from_slice(data) {
            Ok(value) => Self::of_value(&value, event.is_error, choice),
            Err(_) if event.is_error => Self::Reported(ServerReport::of_body(data)),
            Err(error) => Self::NotJson(error),
        }
    }

    fn of_value(value: &Value, is_error: bool, choice: &mut Option<u64>) -> Self {
        if let Some(report) = ServerReport::in_answer(value, is_error) {
            return Self::Reported(report);
        }
        match ChatChunk::of(value, choice) {
            Some(chunk) => Self::Chunk(chunk),
            None => Self::Nothing,
        }
    }
}

impl ChatChunk {
    /// Reads a piece of an answer, or all of it. Whatever has a shape of its own is left out, for
    /// the text beside it is worth more.
    fn of(value: &Value, index: &mut Option<u64>) -> Option<Self> {
        let choice = choice_of(value, index);
        let usage = Usage::of(&value["usage"]);
        if !value["choices"].is_array() && usage.is_none() {
            return None;
        }
        let Some(choice) = choice else { return Some(Self { usage, ..Self::default() }) };
        // A server may repeat the whole message beside its last piece.
        let message = ["delta", "message"].into_iter().map(|key| &choice[key]);
        let message = message.into_iter().find(|value| value.is_object()).unwrap_or(&Value::Null);
        let mut text = Text::of(&message["content"]);
        if message.is_null() {
            text = Text::of(&choice["text"]);
        }
        // llama.cpp's, DeepSeek's and LM Studio's name for it; vLLM's and OpenRouter's. Some send
        // both.
        let told = ["reasoning_content", "reasoning"].into_iter();
        let told = told.map(|key| Text::of(&message[key]).all()).find(|text| !text.is_empty());
        Some(Self {
            content: text.said,
            reasoning: told.unwrap_or_default() + &text.thought,
            refusal: Text::of(&message["refusal"]).said,
            finish_reason: choice["finish_reason"].as_str().and_then(FinishReason::of),
            usage,
        })
    }
}

/// The choice of this index; of none yet, the first. Only one is ever asked for, and some servers send
/// more all the same.
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

/// The whole answer; none where there is no choice.
pub(crate) fn whole_reply(value: &Value) -> Option<ChatReply> {
    let mut index = None;
    choice_of(value, &mut index)?;
    let mut reply = ChatReply::default();
    reply.push(ChatChunk::of(value, &mut index)?);
    Some(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &str) -> Reading {
        Reading::of(&Event { data: data.as_bytes().to_vec(), is_error: false }, &mut None)
    }

    fn chunk(data: &str) -> ChatChunk {
        match read(data) {
            Reading::Chunk(chunk) => chunk,
            other @ (Reading::Done
            | Reading::Reported(_)
            | Reading::Nothing
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
            r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}"#,
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
        assert_eq!(chunk(both).content, "", "what was told before is not told twice");
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
        let odd = r#"{"choices":[{"delta":{"content":"x"},"finish_reason":7}]}"#;
        assert_eq!((chunk(odd).content.as_str(), chunk(odd).finish_reason), ("x", None));
    }

    #[test]
    fn odd_counts_are_none_and_cost_no_text() {
        for odd in ["null", "-1", "2.5", "\"2\"", "[]", "{}", "true", "1e30"] {
            let usage = format!(r#"{{"prompt_tokens":3,"completion_tokens":{odd}}}"#);
            let frame = format!(r#"{{"choices":[{{"delta":{{"content":"x"}}}}],"usage":{usage}}}"#);
            let read = chunk(&frame);
            let counted = Some(Usage { prompt_tokens: 3, completion_tokens: 0 });
            assert_eq!((read.content.as_str(), read.usage), ("x", counted), "{odd}");
            let frame = format!(r#"{{"choices":[{{"delta":{{"content":"x"}}}}],"usage":{odd}}}"#);
            assert_eq!((chunk(&frame).content.as_str(), chunk(&frame).usage), ("x", None), "{odd}");
        }
    }

    #[test]
    fn what_is_no_piece_is_told_as_what_it_is() {
        assert!(matches!(read(" [DONE] "), Reading::Done));
        for report in [
            r#"{"error":{"message":"x"}}"#,
            r#"{"error":{"message":"x"},"choices":[{"delta":{"content":"half"}}]}"#,
            r#"{"choices":[{"delta":{"content":""},"finish_reason":"error","error":{"message":"x"}}]}"#,
            r#"{"choices":[{"delta":{},"finish_reason":"abort"}]}"#,
        ] {
            assert!(matches!(read(report), Reading::Reported(_)), "{report}");
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
            assert!(matches!(read(nothing), Reading::Nothing), "{nothing}");
        }
        for piece in [
            r#"{"error":null,"choices":[]}"#,
            r#"{"error":"","choices":[{}]}"#,
            r#"{"error":{},"choices":[null]}"#,
        ] {
            assert_eq!(chunk(piece), ChatChunk::default(), "{piece}");
        }
        for text in ["hello", "{\"choices\":[", "{} {}"] {
            assert!(matches!(read(text), Reading::NotJson(_)), "{text}");
        }
        let half = Event { data: b"\xff".to_vec(), is_error: false };
        assert!(matches!(Reading::of(&half, &mut None), Reading::NotJson(_)));
        let failed = Event { data: b"upstream timed out".to_vec(), is_error: true };
        let Reading::Reported(report) = Reading::of(&failed, &mut None) else {
            panic!("no report")
        };
        assert_eq!(report.message, "upstream timed out");
    }
}
