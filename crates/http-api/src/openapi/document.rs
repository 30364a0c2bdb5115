use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use synod_request_validation::title_case;

use super::{components::Components, tag::Tag};
use crate::{
    endpoint::Endpoint,
    middleware::guard,
    operation::{OperationSpec, ResponseContent, ResponseHeader, ResponseSpec},
};

const ABOUT: &str = "Several language models debate a question and vote on the answer.";

/// Returns the document of these endpoints. Those without a description are left out.
pub(crate) fn document(endpoints: &[Endpoint]) -> Value {
    let mut components = Components::new();
    let mut paths = Map::new();
    for Endpoint { method, path, operation, .. } in endpoints {
        let Some(operation) = operation else { continue };
        let route = Route {
            method: method.as_str().to_ascii_lowercase(),
            path: template(path),
            is_free: guard::is_free(method, path),
        };
        let described = route.describe(operation, &mut components);
        paths.entry(route.path).or_insert_with(|| json!({}))[route.method] = described;
    }
    components.live();
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Synod", "description": ABOUT, "version": env!("CARGO_PKG_VERSION") },
        "servers": [
            { "url": "/", "description": "The server that serves this document" },
            { "url": "http://127.0.0.1:8000", "description": "The default address" },
        ],
        "tags": Tag::list(),
        "paths": paths,
        "components": {
            "schemas": components.into_schemas(),
            "headers": ResponseHeader::components(),
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "apiKey": { "type": "apiKey", "in": "header", "name": "X-API-Key" },
            },
        },
        // On loopback no key is needed.
        "security": [{}, { "bearer": [] }, { "apiKey": [] }],
    })
}

/// A method of a path, both as the document writes them.
struct Route {
    method: String,
    path: String,
    /// No key is needed.
    is_free: bool,
}

impl Route {
    fn describe(&self, operation: &OperationSpec, components: &mut Components) -> Value {
        let mut described = Map::new();
        described.insert("tags".to_owned(), json!([Tag::of(&self.path).word()]));
        described.insert("summary".to_owned(), title_case(operation.name).into());
        if !operation.description.is_empty() {
            described.insert("description".to_owned(), operation.description.into());
        }
        described.insert("operationId".to_owned(), self.operation_id(operation.name).into());
        let parameters = self.parameters(operation, components);
        if !parameters.is_empty() {
            described.insert("parameters".to_owned(), parameters.into());
        }
        if let Some(body) = operation.body {
            let media = components.body(body);
            let body = json!({ "required": true, "content": { "application/json": media } });
            described.insert("requestBody".to_owned(), body);
        }
        described.insert("responses".to_owned(), self.responses(operation, components));
        described.into()
    }

    /// As FastAPI makes it: function, path and method, every other character an underscore.
    fn operation_id(&self, name: &str) -> String {
        let id = format!("{name}{}", self.path);
        let id = id.replace(|c: char| !(c.is_alphanumeric() || c == '_'), "_");
        format!("{id}_{}", self.method)
    }

    /// Those of the path, then those of the query, then headers.
    fn parameters(&self, operation: &OperationSpec, components: &mut Components) -> Vec<Value> {
        let in_path = names(&self.path).map(in_path);
        let query = operation.query.map(|query| components.query(query)).unwrap_or_default();
        let required = query.get("required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|r| r == name));
        let properties = query.get("properties").and_then(Value::as_object);
        let in_query = properties.into_iter().flatten().map(|(name, schema)| {
            let mut schema = schema.clone();
            let description =
                schema.as_object_mut().and_then(|schema| schema.remove("description"));
            let required = is_required(name);
            let mut parameter = json!({ "name": name, "in": "query", "required": required });
            if let Some(description) = description {
                parameter["description"] = description;
            }
            parameter["schema"] = schema;
            parameter
        });
        let headers = operation.headers.iter().map(|header| {
            let mut schema = header.schema.clone();
            schema["title"] = header.name.into();
            json!({
                "name": header.name, "in": "header", "required": false,
                "description": header.meaning, "schema": schema,
            })
        });
        in_path.chain(in_query).chain(headers).collect()
    }

    fn responses(&self, operation: &OperationSpec, components: &mut Components) -> Value {
        let mut responses: BTreeMap<u16, (String, &[ResponseContent])> = BTreeMap::new();
        let mut own_headers: BTreeMap<u16, Vec<ResponseHeader>> = BTreeMap::new();
        for ResponseSpec { status, meaning, forms, headers } in &operation.answers {
            own_headers.entry(*status).or_default().extend(headers);
            match responses.get_mut(status) {
                Some((meanings, _)) => *meanings = format!("{meanings}; {meaning}"),
                None => drop(responses.insert(*status, ((*meaning).to_owned(), forms))),
            }
        }
        let reads = operation.body.is_some() || operation.query.is_some();
        if reads || names(&self.path).next().is_some() {
            responses.entry(422).or_insert_with(|| ("Validation Error".to_owned(), &[]));
        }
        if operation.body.is_some() {
            for (status, meaning) in [
                (408, "The body arrived too slowly"),
                (413, "The body is too large"),
                (503, "The memory for request bodies is used up"),
            ] {
                responses.entry(status).or_insert_with(|| (meaning.to_owned(), &[]));
            }
        }
        let mut anywhere = vec![
            (400, "The request is not valid HTTP, or does not name one host"),
            (500, "An internal error; its cause is in the log of the server"),
            (403, "The `Origin` is not one of `server.origins`"),
            (421, "The `Host` header is not one of the names of the server"),
        ];
        if !self.is_free {
            anywhere.push((401, "The request has no API key, or a wrong one"));
        }
        for (status, meaning) in anywhere {
            responses.entry(status).or_insert_with(|| (meaning.to_owned(), &[]));
        }
        let responses = responses.into_iter().map(|(status, (meaning, forms))| {
            let mut response = json!({ "description": meaning });
            let own = own_headers.remove(&status).unwrap_or_default();
            response["headers"] = ResponseHeader::references(own.into_iter().chain(always(status)));
            if status >= 400 && forms.is_empty() {
                response["content"] = self.error(status, components);
            }
            for form in forms {
                let (media_type, schema) = match form {
                    ResponseContent::Json(schema) => {
                        ("application/json", components.answer(*schema))
                    }
                    ResponseContent::Text(media_type) => (*media_type, json!({ "type": "string" })),
                    ResponseContent::EventStream => {
                        ("text/event-stream", components.event_stream())
                    }
                };
                response["content"][media_type] = json!({ "schema": schema });
            }
            (status.to_string(), response)
        });
        Value::Object(responses.collect())
    }

    fn error(&self, status: u16, components: &mut Components) -> Value {
        if self.path.starts_with("/api/v1/") {
            json!({ "application/problem+json": { "schema": components.problem() } })
        } else if status == 500 {
            json!({ "application/json": { "schema": components.internal_error() } })
        } else if status == 422 {
            json!({ "application/json": { "schema": components.validation_error() } })
        } else {
            json!({ "application/json": { "schema": components.detail() } })
        }
    }
}

/// The headers of every response of a status.
fn always(status: u16) -> Vec<ResponseHeader> {
    let mut headers = vec![ResponseHeader::RequestId, ResponseHeader::ResponseTime];
    match status {
        401 => headers.push(ResponseHeader::WwwAuthenticate),
        503 => headers.push(ResponseHeader::RetryAfter),
        _ => {}
    }
    headers
}

/// A parameter of a path. The example agent exists on every server.
fn in_path(name: &str) -> Value {
    let mut schema = json!({ "type": "string", "title": title_case(name) });
    let mut parameter = json!({ "name": name, "in": "path", "required": true });
    match name {
        "agent_id" => parameter["example"] = "critic".into(),
        "debate_id" | "task_id" => schema["format"] = "uuid".into(),
        _ => {}
    }
    parameter["schema"] = schema;
    parameter
}

/// A path without the expressions its parameters must match: `/a/{name:.*}` is `/a/{name}`.
fn template(path: &str) -> String {
    let segment = |segment: &str| match segment.split_once(':') {
        Some((name, _)) if name.starts_with('{') => format!("{name}}}"),
        Some(_) | None => segment.to_owned(),
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// The names of a path's parameters.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}
