use std::borrow::Cow;

use garde::{Path, Report, Validate};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::json;
use synod_domain::DebateConfig;

use super::DebateConfigurationRequest;
use crate::DebateDefaults;

/// A debate to open and start: the fields of [`DebateConfigurationRequest`], and no others.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct NewDebateRequest(DebateConfigurationRequest);

impl NewDebateRequest {
    /// Returns the requested configuration, with these defaults for absent fields.
    pub(crate) fn with(self, defaults: &DebateDefaults) -> DebateConfig {
        self.0.with(defaults)
    }
}

impl JsonSchema for NewDebateRequest {
    fn schema_name() -> Cow<'static, str> {
        "NewDebateRequest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = DebateConfigurationRequest::json_schema(generator);
        let object = schema.ensure_object();
        object["description"] = json!("A debate to create and start.");
        object.insert("additionalProperties".to_owned(), json!(false));
        schema
    }
}

impl Validate for NewDebateRequest {
    type Context = ();

    fn validate_into(&self, (): &(), parent: &mut dyn FnMut() -> Path, report: &mut Report) {
        self.0.validate_into(&(), parent, report);
    }
}
