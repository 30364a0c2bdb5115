use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::{
    response::error::{ApiError, FieldProblem},
    validation::{self, Origin, Request},
};

/// A query string, read as Pydantic reads it; all problems are reported at once. Of
/// parameters that come twice the last counts.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: Request> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self).map_err(ApiError::Invalid))
    }
}

pub(crate) fn read<T: Request>(query: &str) -> Result<T, Vec<FieldProblem>> {
    validation::accept(Origin::Query, parameters(query), || parameters(query))
}

pub(crate) fn parameters(query: &str) -> Value {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let pairs = pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())));
    Value::Object(pairs.collect::<Map<_, _>>())
}
