//! Builds the typed request that must send a given JSON request.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use synod_ollama_client::{
    ChatRequest, EmbedRequest, Format, GenerateRequest, Image, Input, KeepAlive, Message, Options,
    PullRequest, RawJson, Role, Think,
};

/// Takes fields out of a JSON object, each once, if their type fits.
struct Fields(Map<String, Value>);

impl Fields {
    fn of(json: &Value) -> Self {
        Self(json.as_object().cloned().unwrap_or_default())
    }

    fn take<T>(&mut self, key: &str, read: impl FnOnce(&Value) -> Option<T>) -> Option<T> {
        let value = read(self.0.get(key)?)?;
        self.0.shift_remove(key);
        Some(value)
    }

    fn number<T: serde::de::DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        self.take(key, |value| serde_json::from_value(value.clone()).ok())
    }

    fn text(&mut self, key: &str) -> Option<String> {
        self.take(key, text)
    }

    fn flag(&mut self, key: &str) -> Option<bool> {
        self.take(key, Value::as_bool)
    }

    fn list<T>(&mut self, key: &str, read: impl Fn(&Value) -> Option<T>) -> Vec<T> {
        self.take(key, |value| value.as_array()?.iter().map(read).collect()).unwrap_or_default()
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn raw(value: &Value) -> Option<RawJson> {
    RawJson::of(value).ok()
}

/// Whether the reply is streamed, which is Ollama's default.
pub(crate) fn is_streamed(body: &Value) -> bool {
    body["stream"] != Value::Bool(false)
}

pub(crate) fn chat(body: &Value) -> ChatRequest {
    let mut fields = Fields::of(body);
    fields.0.shift_remove("stream");
    ChatRequest {
        model: fields.text("model").unwrap_or_default(),
        messages: fields.list("messages", message),
        format: fields.take("format", format),
        options: fields.take("options", options),
        think: fields.take("think", think),
        keep_alive: fields.take("keep_alive", keep_alive),
        tools: fields.list("tools", raw),
        truncate: fields.flag("truncate"),
        shift: fields.flag("shift"),
        logprobs: fields.flag("logprobs"),
        top_logprobs: fields.number("top_logprobs"),
        debug_render_only: fields.flag("_debug_render_only"),
        extra: fields.0,
    }
}

pub(crate) fn generate(body: &Value) -> GenerateRequest {
    let mut fields = Fields::of(body);
    fields.0.shift_remove("stream");
    GenerateRequest {
        model: fields.text("model").unwrap_or_default(),
        prompt: fields.text("prompt").unwrap_or_default(),
        suffix: fields.text("suffix"),
        system: fields.text("system"),
        template: fields.text("template"),
        raw: fields.flag("raw"),
        images: fields.list("images", image),
        context: fields.number("context").unwrap_or_default(),
        format: fields.take("format", format),
        options: fields.take("options", options),
        think: fields.take("think", think),
        keep_alive: fields.take("keep_alive", keep_alive),
        truncate: fields.flag("truncate"),
        shift: fields.flag("shift"),
        logprobs: fields.flag("logprobs"),
        top_logprobs: fields.number("top_logprobs"),
        extra: fields.0,
    }
}

pub(crate) fn embed(body: &Value) -> EmbedRequest {
    let mut fields = Fields::of(body);
    let input = match fields.text("input") {
        Some(one) => Input::One(one),
        None => Input::Many(fields.list("input", text)),
    };
    EmbedRequest {
        truncate: fields.flag("truncate"),
        dimensions: fields.number("dimensions"),
        options: fields.take("options", options),
        keep_alive: fields.take("keep_alive", keep_alive),
        ..EmbedRequest::new(fields.text("model").unwrap_or_default(), input)
    }
}

pub(crate) fn pull(body: &Value) -> PullRequest {
    let mut fields = Fields::of(body);
    PullRequest {
        model: fields.text("model").unwrap_or_default(),
        insecure: fields.flag("insecure"),
        stream: fields.flag("stream"),
    }
}

fn message(value: &Value) -> Option<Message> {
    let mut fields = Fields::of(value);
    Some(Message {
        role: fields.take("role", role)?,
        content: fields.text("content")?,
        thinking: fields.text("thinking"),
        images: fields.list("images", image),
        tool_calls: fields.number("tool_calls").unwrap_or_default(),
        tool_name: fields.text("tool_name"),
        tool_call_id: fields.text("tool_call_id"),
    })
}

fn role(value: &Value) -> Option<Role> {
    Some(match value.as_str()? {
        "system" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        _ => return None,
    })
}

fn image(value: &Value) -> Option<Image> {
    STANDARD.decode(value.as_str()?).ok().map(Image::new)
}

fn format(value: &Value) -> Option<Format> {
    if value == "json" {
        return Some(Format::Json);
    }
    value.as_object().and_then(|_| raw(value)).map(Format::Schema)
}

fn think(value: &Value) -> Option<Think> {
    Some(match value.as_str() {
        None => match value.as_bool()? {
            true => Think::On,
            false => Think::Off,
        },
        Some("low") => Think::Low,
        Some("medium") => Think::Medium,
        Some("high") => Think::High,
        Some("max") => Think::Max,
        Some(_) => return None,
    })
}

fn keep_alive(value: &Value) -> Option<KeepAlive> {
    match (value.as_i64(), value.as_str()) {
        (Some(0), _) => Some(KeepAlive::Unload),
        (Some(-1), _) => Some(KeepAlive::Forever),
        (_, Some("10m0s")) => Some(KeepAlive::For(Duration::from_secs(600))),
        (_, Some(other)) => Some(KeepAlive::Text(other.to_owned())),
        _ => None,
    }
}

fn options(value: &Value) -> Option<Options> {
    let mut fields = Fields(value.as_object()?.clone());
    Some(Options {
        num_ctx: fields.number("num_ctx"),
        num_batch: fields.number("num_batch"),
        num_gpu: fields.number("num_gpu"),
        main_gpu: fields.number("main_gpu"),
        use_mmap: fields.flag("use_mmap"),
        num_thread: fields.number("num_thread"),
        draft_num_predict: fields.number("draft_num_predict"),
        num_predict: fields.number("num_predict"),
        temperature: fields.number("temperature"),
        top_k: fields.number("top_k"),
        top_p: fields.number("top_p"),
        min_p: fields.number("min_p"),
        typical_p: fields.number("typical_p"),
        repeat_last_n: fields.number("repeat_last_n"),
        repeat_penalty: fields.number("repeat_penalty"),
        presence_penalty: fields.number("presence_penalty"),
        frequency_penalty: fields.number("frequency_penalty"),
        seed: fields.number("seed"),
        num_keep: fields.number("num_keep"),
        stop: fields.list("stop", text),
        extra: fields.0,
    })
}

/// Whether `whole` has all that `part` has: in objects key by key, elsewhere exactly.
pub(crate) fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| contains(whole, part)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(w, p)| contains(w, p))
        }
        (Value::Number(whole), Value::Number(part)) => whole.as_f64() == part.as_f64(),
        _ => whole == part,
    }
}
