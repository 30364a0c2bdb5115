mod response_header;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;
use synod_request_validation::RequestModel;

pub(crate) use response_header::ResponseHeader;

/// The description of an endpoint.
pub(crate) struct OperationSpec {
    /// The function's name in the FastAPI design.
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) body: Option<RequestSchema>,
    pub(crate) query: Option<RequestSchema>,
    pub(crate) headers: Vec<HeaderParameter>,
    pub(crate) answers: Vec<ResponseSpec>,
}

/// A response of an operation.
pub(crate) struct ResponseSpec {
    pub(crate) status: u16,
    pub(crate) meaning: &'static str,
    /// The alternatives for its body, the default first. Empty: no body, or an error.
    pub(crate) forms: Vec<ResponseContent>,
    /// Its headers, in addition to those of every response.
    pub(crate) headers: Vec<ResponseHeader>,
}

/// The content of a response.
#[derive(Clone, Copy)]
pub(crate) enum ResponseContent {
    /// JSON of this schema.
    Json(SchemaOf),
    /// Text of this media type.
    Text(&'static str),
    /// A stream of events, `text/event-stream`.
    EventStream,
}

/// An optional header of a request.
pub(crate) struct HeaderParameter {
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
    /// The schema of its text.
    pub(crate) schema: Value,
}

/// Writes a type's schema into a document.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The schemas of a type that requests are read into.
#[derive(Clone, Copy)]
pub(crate) struct RequestSchema {
    pub(crate) name: fn() -> std::borrow::Cow<'static, str>,
    /// As requests are validated, without references.
    #[cfg(test)]
    pub(crate) schema: fn() -> Schema,
    /// As a document contains it, with references to named schemas.
    pub(crate) described: SchemaOf,
    /// A reference to it in a document.
    pub(crate) named: SchemaOf,
    #[cfg(test)]
    pub(crate) trial: synod_request_validation::test_util::Trial,
}

impl OperationSpec {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            description: "",
            body: None,
            query: None,
            headers: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// Describes the operation in a sentence or two.
    pub(crate) fn description(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// Declares the body.
    pub(crate) fn body<T: RequestModel>(mut self) -> Self {
        self.body = Some(RequestSchema::of::<T>());
        self
    }

    /// Declares the query.
    pub(crate) fn query<T: RequestModel>(mut self) -> Self {
        self.query = Some(RequestSchema::of::<T>());
        self
    }

    /// Declares an optional header.
    pub(crate) fn header(
        mut self,
        name: &'static str,
        meaning: &'static str,
        schema: Value,
    ) -> Self {
        self.headers.push(HeaderParameter { name, meaning, schema });
        self
    }

    /// Declares a JSON response.
    pub(crate) fn response<T: JsonSchema>(self, status: u16, meaning: &'static str) -> Self {
        self.response_in(status, meaning, vec![ResponseContent::Json(schema_of::<T>)])
    }

    /// Declares a text response of this media type.
    pub(crate) fn text_response(
        self,
        status: u16,
        meaning: &'static str,
        media_type: &'static str,
    ) -> Self {
        self.response_in(status, meaning, vec![ResponseContent::Text(media_type)])
    }

    /// The last declared response may also be JSON of this schema.
    pub(crate) fn or_json<T: JsonSchema>(self) -> Self {
        self.or(ResponseContent::Json(schema_of::<T>))
    }

    /// The last declared response may also be a text of this media type.
    pub(crate) fn or_text(self, media_type: &'static str) -> Self {
        self.or(ResponseContent::Text(media_type))
    }

    /// The last declared response may also be a stream of events.
    pub(crate) fn or_event_stream(self) -> Self {
        self.or(ResponseContent::EventStream)
    }

    /// The last declared response has this header.
    pub(crate) fn with_header(mut self, header: ResponseHeader) -> Self {
        debug_assert!(!self.answers.is_empty(), "a header of no answer");
        self.answers.last_mut().into_iter().for_each(|answer| answer.headers.push(header));
        self
    }

    /// Declares that the operation writes to the store, which may be full.
    pub(crate) fn writes(self) -> Self {
        self.error_response(507, "The store is full; nothing was written")
    }

    /// Declares a response without a body or with an error.
    pub(crate) fn error_response(self, status: u16, meaning: &'static str) -> Self {
        self.response_in(status, meaning, Vec::new())
    }

    fn response_in(
        mut self,
        status: u16,
        meaning: &'static str,
        forms: Vec<ResponseContent>,
    ) -> Self {
        self.answers.push(ResponseSpec { status, meaning, forms, headers: Vec::new() });
        self
    }

    fn or(mut self, form: ResponseContent) -> Self {
        debug_assert!(!self.answers.is_empty(), "another form of no answer");
        self.answers.last_mut().into_iter().for_each(|answer| answer.forms.push(form));
        self
    }
}

impl RequestSchema {
    fn of<T: RequestModel>() -> Self {
        Self {
            name: T::schema_name,
            #[cfg(test)]
            schema: synod_request_validation::request_schema::<T>,
            described: T::json_schema,
            named: schema_of::<T>,
            #[cfg(test)]
            trial: synod_request_validation::test_util::trial::<T>,
        }
    }
}

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}
