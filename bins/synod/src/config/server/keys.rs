use toml::Value;

/// A key of `[server]`.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// The default, as TOML; empty: none.
    pub(crate) default: &'static str,
    /// What it means.
    pub(crate) about: &'static str,
    pub(crate) form: Form,
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    /// A text that is never shown.
    Secret,
    Texts,
    Number,
}

const fn key(name: &'static str, form: Form, default: &'static str, about: &'static str) -> Key {
    Key { name, default, about, form }
}

/// All of them, in the order in which they are shown.
pub(crate) const KEYS: [Key; 21] = [
    key("host", Form::Text, "\"localhost\"", "where to listen; localhost is 127.0.0.1 and ::1"),
    key("port", Form::Number, "8000", "0 for a free one"),
    key("api_key", Form::Secret, "", "what clients must show; needed beyond localhost"),
    key("api_key_file", Form::Text, "", "a file that holds the key, in its place"),
    key(
        "hosts",
        Form::Texts,
        "[]",
        "names that requests may call the server by, besides localhost",
    ),
    key("origins", Form::Texts, "[]", "pages of other servers that may ask: https://desk.example"),
    key("prefix", Form::Text, "", "the path that a proxy publishes the server under: /synod"),
    key(
        "proxies",
        Form::Texts,
        "[]",
        "addresses of proxies whose X-Forwarded-Prefix is believed: 10.0.0.0/8",
    ),
    key("log_format", Form::Text, "", "human or json; human on a terminal if not set"),
    key("workers", Form::Number, "2", "threads that answer requests"),
    key("connections", Form::Number, "1024", "connections at a time"),
    key(
        "connections_per_address",
        Form::Number,
        "64",
        "of these from one address; localhost aside",
    ),
    key("head_seconds", Form::Number, "5", "longest that the head of a request may take"),
    key(
        "body_seconds",
        Form::Number,
        "10",
        "longest that a body may come at less than 1 KiB per second",
    ),
    key(
        "write_seconds",
        Form::Number,
        "30",
        "longest that a client may take less than 1 KiB per second of its answer",
    ),
    key("keep_alive_seconds", Form::Number, "15", "longest that an idle connection is kept"),
    key(
        "drain_seconds",
        Form::Number,
        "1",
        "how long the server still answers after a signal to stop; /readyz says 503 meanwhile",
    ),
    key(
        "grace_seconds",
        Form::Number,
        "10",
        "longest that requests may go on after a signal to stop",
    ),
    key("body_bytes", Form::Number, "1048576", "largest body"),
    key("json_depth", Form::Number, "64", "arrays and objects within one another in a body"),
    key("frame_bytes", Form::Number, "65536", "largest frame of a WebSocket"),
];

impl Key {
    /// What it may hold.
    pub(super) fn takes(&self) -> &'static str {
        match (self.form, self.name) {
            (Form::Text, "log_format") => "`human` or `json`",
            (Form::Text, "prefix") => "a path, as \"/synod\"",
            (Form::Texts, "proxies") => "a list of addresses, as [\"10.0.0.1\", \"10.1.0.0/16\"]",
            (Form::Text | Form::Secret, _) => "a text",
            (Form::Texts, _) => "a list of texts, as [\"one\", \"two\"]",
            (Form::Number, "port") => "a whole number from 0 to 65535",
            (Form::Number, name) if name.ends_with("_seconds") => "a whole number",
            (Form::Number, _) => "a whole number, 1 or more",
        }
    }

    /// A variable's text as what the key holds; what is no number stays a text, and is refused as one.
    pub(super) fn value_of(&self, text: &str) -> Value {
        match self.form {
            Form::Text | Form::Secret => text.into(),
            Form::Number => text.trim().parse().map_or_else(|_| text.into(), Value::Integer),
            Form::Texts => {
                let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
                texts.map(Value::from).collect::<Vec<_>>().into()
            }
        }
    }
}
