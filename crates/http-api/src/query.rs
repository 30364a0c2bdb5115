use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{ApiError, FieldProblem};

/// A request's query, read as Pydantic reads it, with everything that is wrong told at once.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

/// What a query can be read into.
pub(crate) trait RequestQuery: DeserializeOwned + JsonSchema + 'static {}

impl<T: RequestQuery> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = web::Query::<T>::from_query(request.query_string());
        ready(read.map(|query| Self(query.into_inner())).map_err(|error| {
            let place = vec!["query".into()];
            let problem = FieldProblem::value_error(place, error.to_string(), Value::Null);
            ApiError::Invalid(vec![problem])
        }))
    }
}
