use serde::Serialize;
use serde_json::{Value, value::RawValue};

/// A request for the next message of a chat. Only what is set is sent.
#[derive(Debug, Clone, Default)]
pub struct ChatRequest {
    /// The model's name.
    pub model: String,
    /// The chat so far.
    pub messages: Vec<Message>,
    /// JSON that the answer has to be.
    pub schema: Option<JsonSchema>,
    /// Without a schema: the answer has to be a JSON object, of any form. The prompt has to ask for
    /// it as well.
    pub any_json: bool,
    /// Most tokens of the answer, by the name that nearly every server knows.
    pub max_tokens: Option<u32>,
    /// The same, by the name that some models of OpenAI insist on.
    pub max_completion_tokens: Option<u32>,
    /// Softmax temperature.
    pub temperature: Option<f64>,
    /// Seed of the draws.
    pub seed: Option<u64>,
    /// The answer ends before the first of these texts; servers take four or more.
    pub stop: Vec<String>,
    /// A streamed answer does not tell what it cost: for servers that refuse `stream_options`.
    pub without_usage: bool,
    /// A streamed answer comes as one piece, for servers that refuse to stream.
    pub whole: bool,
    /// How hard the model thinks before it answers: `none`, `low`, … Which words a server takes is
    /// up to it and its model.
    pub reasoning_effort: Option<String>,
    /// Variables of the chat template, as an object, of servers that have one: llama.cpp's, vLLM
    /// and SGLang.
    pub chat_template_kwargs: Option<Value>,
    /// The slot of llama.cpp's server that is to serve it (`id_slot`); others do not know it.
    pub slot: Option<u32>,
}

/// A JSON Schema, as `response_format` takes it.
#[derive(Debug, Clone)]
pub struct JsonSchema {
    /// Its name: letters, digits, `_` and `-`.
    pub name: String,
    /// The schema, sent byte for byte.
    pub schema: Box<RawValue>,
    /// The server holds the answer to it, or refuses the schema. Only sent if set.
    pub strict: bool,
}

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Whoever set the model up.
    System,
    /// Whoever asks.
    User,
    /// The model.
    Assistant,
}

impl Message {
    /// A message.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }

    /// What is asked.
    pub fn user(content: impl Into<String>) -> Self {
        Self::new(Role::User, content)
    }
}

impl ChatRequest {
    /// A request with a model and messages, all else left to the server.
    pub fn new(model: impl Into<String>, messages: impl IntoIterator<Item = Message>) -> Self {
        Self { model: model.into(), messages: messages.into_iter().collect(), ..Self::default() }
    }
}

/// A request as it is sent.
#[derive(Serialize)]
pub(crate) struct Ask<'a> {
    model: &'a str,
    messages: &'a [Message],
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_template_kwargs: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_slot: Option<u32>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ResponseFormat<'a> {
    JsonObject,
    JsonSchema { json_schema: Schema<'a> },
}

#[derive(Serialize)]
struct Schema<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    strict: bool,
    schema: &'a RawValue,
}

impl<'a> ResponseFormat<'a> {
    fn of(request: &'a ChatRequest) -> Option<Self> {
        match &request.schema {
            Some(JsonSchema { name, schema, strict }) => {
                Some(Self::JsonSchema { json_schema: Schema { name, strict: *strict, schema } })
            }
            None => request.any_json.then_some(Self::JsonObject),
        }
    }
}

impl<'a> Ask<'a> {
    pub(crate) fn of(request: &'a ChatRequest, stream: bool) -> Self {
        let asks_usage = stream && !request.without_usage;
        Self {
            model: &request.model,
            messages: &request.messages,
            stream,
            stream_options: asks_usage.then_some(StreamOptions { include_usage: true }),
            response_format: ResponseFormat::of(request),
            max_tokens: request.max_tokens,
            max_completion_tokens: request.max_completion_tokens,
            temperature: request.temperature,
            seed: request.seed,
            stop: &request.stop,
            reasoning_effort: request.reasoning_effort.as_deref(),
            chat_template_kwargs: request.chat_template_kwargs.as_ref(),
            id_slot: request.slot,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(request: &ChatRequest) -> String {
        serde_json::to_string(&Ask::of(request, true)).unwrap()
    }

    #[test]
    fn only_what_is_set_is_sent() {
        let request = ChatRequest::new("m", [Message::user("hi")]);
        assert_eq!(
            sent(&request),
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}"#
        );
        let request = ChatRequest { without_usage: true, ..request };
        assert_eq!(
            sent(&request),
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}"#
        );
    }

    #[test]
    fn a_schema_is_sent_byte_for_byte_and_a_limit_by_the_name_that_is_set() {
        let text = r#"{"required":["b","a"],  "type":"object"}"#;
        let schema = |strict| {
            let schema = RawValue::from_string(text.to_owned()).unwrap();
            Some(JsonSchema { name: "ballot".to_owned(), schema, strict })
        };
        let request =
            ChatRequest { schema: schema(true), max_tokens: Some(9), ..ChatRequest::new("m", []) };
        let format = format!(
            r#""response_format":{{"type":"json_schema","json_schema":{{"name":"ballot","strict":true,"schema":{text}}}}}"#
        );
        let usual = sent(&request);
        assert!(usual.contains(&format) && usual.contains(r#","max_tokens":9"#), "{usual}");
        let request = ChatRequest {
            schema: schema(false),
            max_completion_tokens: Some(9),
            max_tokens: None,
            ..request
        };
        let other = sent(&request);
        assert!(other.contains(r#","max_completion_tokens":9"#), "{other}");
        assert!(!other.contains(r#""max_tokens""#) && !other.contains("strict"), "{other}");
        let request = ChatRequest { schema: None, any_json: true, ..request };
        let any = sent(&request);
        assert!(any.contains(r#""response_format":{"type":"json_object"}"#), "{any}");
    }
}
