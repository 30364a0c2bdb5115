use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::validation::{Request, request_schema};

/// How one endpoint is described.
pub(crate) struct Operation {
    /// The function's name in the FastAPI design.
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) body: Option<RequestOf>,
    pub(crate) query: Option<RequestOf>,
    pub(crate) headers: Vec<HeaderOf>,
    /// Status, what it means, and the schema of its body.
    pub(crate) answers: Vec<(u16, &'static str, Option<SchemaOf>)>,
    /// Texts that 200 may be, besides JSON of its schema.
    pub(crate) texts: &'static [&'static str],
}

/// A header that an operation reads, if it comes.
pub(crate) struct HeaderOf {
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
    /// Of its text.
    pub(crate) schema: Value,
}

/// Writes a type's schema into a document.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// A type that requests are read into.
#[derive(Clone, Copy)]
pub(crate) struct RequestOf {
    pub(crate) name: fn() -> std::borrow::Cow<'static, str>,
    pub(crate) schema: fn() -> Schema,
    #[cfg(test)]
    pub(crate) trial: crate::validation::Trial,
}

impl Operation {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            description: "",
            body: None,
            query: None,
            headers: Vec::new(),
            answers: Vec::new(),
            texts: &[],
        }
    }

    /// What it does, in a sentence or two.
    pub(crate) fn does(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// It reads this body.
    pub(crate) fn body<T: Request>(mut self) -> Self {
        self.body = Some(RequestOf::of::<T>());
        self
    }

    /// It reads this query.
    pub(crate) fn query<T: Request>(mut self) -> Self {
        self.query = Some(RequestOf::of::<T>());
        self
    }

    /// It reads this header, if it comes.
    pub(crate) fn header(
        mut self,
        name: &'static str,
        meaning: &'static str,
        schema: Value,
    ) -> Self {
        self.headers.push(HeaderOf { name, meaning, schema });
        self
    }

    /// It answers this.
    pub(crate) fn answers<T: JsonSchema>(mut self, status: u16, meaning: &'static str) -> Self {
        self.answers.push((status, meaning, Some(schema_of::<T>)));
        self
    }

    /// Its answer of 200 may be a text of one of these media types.
    pub(crate) fn texts(mut self, media_types: &'static [&'static str]) -> Self {
        self.texts = media_types;
        self
    }

    /// It answers this, which has no JSON.
    pub(crate) fn answers_text(
        mut self,
        status: u16,
        meaning: &'static str,
        media_types: &'static [&'static str],
    ) -> Self {
        self.answers.push((status, meaning, None));
        self.texts(media_types)
    }

    /// It refuses with this status; the body is an error's.
    pub(crate) fn refuses(mut self, status: u16, meaning: &'static str) -> Self {
        self.answers.push((status, meaning, None));
        self
    }
}

impl RequestOf {
    fn of<T: Request>() -> Self {
        Self {
            name: T::schema_name,
            schema: request_schema::<T>,
            #[cfg(test)]
            trial: crate::validation::trial::<T>,
        }
    }
}

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}
