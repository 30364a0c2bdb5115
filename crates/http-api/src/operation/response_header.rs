use serde_json::{Map, Value, json};

/// A header of responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseHeader {
    ETag,
    IdempotencyReplayed,
    Link,
    Location,
    RequestId,
    ResponseTime,
    RetryAfter,
    WwwAuthenticate,
}

impl ResponseHeader {
    const ALL: [Self; 8] = [
        Self::ETag,
        Self::IdempotencyReplayed,
        Self::Link,
        Self::Location,
        Self::RequestId,
        Self::ResponseTime,
        Self::RetryAfter,
        Self::WwwAuthenticate,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::ETag => "ETag",
            Self::IdempotencyReplayed => "Idempotency-Replayed",
            Self::Link => "Link",
            Self::Location => "Location",
            Self::RequestId => "X-Request-Id",
            Self::ResponseTime => "X-Response-Time",
            Self::RetryAfter => "Retry-After",
            Self::WwwAuthenticate => "WWW-Authenticate",
        }
    }

    fn described(self) -> Value {
        let text = json!({ "type": "string" });
        let (meaning, schema) = match self {
            Self::ETag => ("A weak ETag: the number of the last event", text),
            Self::IdempotencyReplayed => (
                "`true` where an earlier request with the same `Idempotency-Key` had this effect; \
                 absent otherwise",
                json!({ "type": "string", "enum": ["true"] }),
            ),
            Self::Link => ("The next page, as `<…>; rel=\"next\"`; absent on the last page", text),
            Self::Location => (
                "The URL of the created resource",
                json!({ "type": "string", "format": "uri-reference" }),
            ),
            Self::RequestId => ("The id of the request: the client's, or a new one", text),
            Self::ResponseTime => (
                "Processing time in seconds, such as `0.0042`",
                json!({ "type": "string", "pattern": "^[0-9]+\\.[0-9]{4}$" }),
            ),
            Self::RetryAfter => (
                "Seconds after which to ask again; absent where the server cannot estimate them",
                json!({ "type": "integer", "minimum": 0 }),
            ),
            Self::WwwAuthenticate => ("The authentication scheme: `Bearer`", text),
        };
        json!({ "description": meaning, "schema": schema })
    }

    /// All of them, by name.
    pub(crate) fn components() -> Value {
        let all = Self::ALL.map(|header| (header.name().to_owned(), header.described()));
        Value::Object(all.into_iter().collect())
    }

    /// References to these, by name.
    pub(crate) fn references(headers: impl IntoIterator<Item = Self>) -> Value {
        let reference = |header: Self| {
            let place = format!("#/components/headers/{}", header.name());
            (header.name().to_owned(), json!({ "$ref": place }))
        };
        Value::Object(headers.into_iter().map(reference).collect::<Map<_, _>>())
    }
}
