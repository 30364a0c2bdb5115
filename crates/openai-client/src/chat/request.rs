use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A request for the next message of a chat. Only what is set is sent.
#[derive(Debug, Clone, Default)]
pub struct ChatRequest {
    /// The model's name.
    pub model: String,
    /// The chat so far.
    pub messages: Vec<Message>,
    /// JSON that the answer has to be.
    pub schema: Option<JsonSchema>,
    /// Most tokens of the answer. Sent as `max_tokens`, or as `max_completion_tokens` to a server
    /// that has once insisted on it.
    pub max_tokens: Option<u32>,
    /// Softmax temperature.
    pub temperature: Option<f64>,
    /// Seed of the draws.
    pub seed: Option<u64>,
    /// The answer ends before the first of these texts; servers take four or more.
    pub stop: Vec<String>,
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
    /// The server holds the answer to it, or refuses the schema.
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

/// The key that limits the tokens of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenLimit {
    /// What every server knows.
    MaxTokens,
    /// What some models of OpenAI insist on.
    MaxCompletionTokens,
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
    id_slot: Option<u32>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

struct ResponseFormat<'a>(&'a JsonSchema);

impl Serialize for ResponseFormat<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Outer<'a> {
            r#type: &'static str,
            json_schema: Inner<'a>,
        }
        #[derive(Serialize)]
        struct Inner<'a> {
            name: &'a str,
            strict: bool,
            schema: &'a RawValue,
        }
        let JsonSchema { name, schema, strict } = self.0;
        let inner = Inner { name, strict: *strict, schema };
        Outer { r#type: "json_schema", json_schema: inner }.serialize(serializer)
    }
}

impl<'a> Ask<'a> {
    pub(crate) fn of(request: &'a ChatRequest, limit: TokenLimit, stream: bool) -> Self {
        let most = |wanted| request.max_tokens.filter(|_| limit == wanted);
        Self {
            model: &request.model,
            messages: &request.messages,
            stream,
            stream_options: stream.then_some(StreamOptions { include_usage: true }),
            response_format: request.schema.as_ref().map(ResponseFormat),
            max_tokens: most(TokenLimit::MaxTokens),
            max_completion_tokens: most(TokenLimit::MaxCompletionTokens),
            temperature: request.temperature,
            seed: request.seed,
            stop: &request.stop,
            id_slot: request.slot,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(request: &ChatRequest, limit: TokenLimit) -> String {
        serde_json::to_string(&Ask::of(request, limit, true)).unwrap()
    }

    #[test]
    fn only_what_is_set_is_sent() {
        let request = ChatRequest::new("m", [Message::user("hi")]);
        assert_eq!(
            sent(&request, TokenLimit::MaxTokens),
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}"#
        );
    }

    #[test]
    fn a_schema_is_sent_byte_for_byte_and_a_limit_by_the_name_the_server_wants() {
        let text = r#"{"required":["b","a"],  "type":"object"}"#;
        let schema = RawValue::from_string(text.to_owned()).unwrap();
        let request = ChatRequest {
            schema: Some(JsonSchema { name: "ballot".to_owned(), schema, strict: true }),
            max_tokens: Some(9),
            ..ChatRequest::new("m", [])
        };
        let format = format!(
            r#""response_format":{{"type":"json_schema","json_schema":{{"name":"ballot","strict":true,"schema":{text}}}}}"#
        );
        let (usual, other) = (
            sent(&request, TokenLimit::MaxTokens),
            sent(&request, TokenLimit::MaxCompletionTokens),
        );
        assert!(usual.contains(&format) && usual.contains(r#","max_tokens":9"#), "{usual}");
        assert!(other.contains(r#","max_completion_tokens":9"#), "{other}");
        assert!(!other.contains(r#""max_tokens""#), "{other}");
    }
}
