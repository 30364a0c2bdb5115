use serde::Serialize;
use serde_json::{Value, value::RawValue};

/// A request for the next message of a chat. Only fields that are set are sent.
#[derive(Debug, Clone, Default)]
pub struct ChatRequest {
    /// The model's name.
    pub model: String,
    /// The chat so far.
    pub messages: Vec<Message>,
    /// The schema of a JSON reply.
    pub schema: Option<JsonSchema>,
    /// Without a schema: the reply must be a JSON object. The prompt must ask for JSON as well.
    pub any_json: bool,
    /// The maximum number of tokens of the reply, under the name that nearly every server knows.
    pub max_tokens: Option<u32>,
    /// The same, under the name that some models of OpenAI require.
    pub max_completion_tokens: Option<u32>,
    /// The sampling temperature.
    pub temperature: Option<f64>,
    /// The seed of the sampler.
    pub seed: Option<u64>,
    /// Texts that end the reply; servers accept four or more.
    pub stop: Vec<String>,
    /// Does not request usage with a stream, for servers that refuse `stream_options`.
    pub without_usage: bool,
    /// Requests a stream as one piece, for servers that refuse to stream.
    pub whole: bool,
    /// How much the model reasons before it replies: `none`, `low`, … The accepted values depend on
    /// server and model.
    pub reasoning_effort: Option<String>,
    /// Variables of the chat template, as an object, for llama.cpp's server, vLLM and SGLang.
    pub chat_template_kwargs: Option<Value>,
    /// The slot of llama.cpp's server to use (`id_slot`).
    pub slot: Option<u32>,
}

/// A JSON Schema, as `response_format` takes it.
#[derive(Debug, Clone)]
pub struct JsonSchema {
    /// The name: letters, digits, `_` and `-`.
    pub name: String,
    /// The schema, sent byte for byte.
    pub schema: Box<RawValue>,
    /// Makes the server enforce the schema, or refuse it. Sent only if set.
    pub strict: bool,
}

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The role of the author.
    pub role: Role,
    /// The text.
    pub content: String,
}

/// The role of the author of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions.
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
}

impl Message {
    /// Creates a message.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }

    /// Creates a message of the user.
    pub fn user(content: impl Into<String>) -> Self {
        Self::new(Role::User, content)
    }
}

impl ChatRequest {
    /// Creates a request with a model and messages and the defaults of the server.
    pub fn new(model: impl Into<String>, messages: impl IntoIterator<Item = Message>) -> Self {
        Self { model: model.into(), messages: messages.into_iter().collect(), ..Self::default() }
    }
}

/// A request on the wire.
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
    fn only_fields_that_are_set_are_sent() {
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
    fn schema_bytes_and_the_chosen_limit_name_are_sent() {
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
