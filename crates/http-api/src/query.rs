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
pub(crate) trait RequestQuery:
    DeserializeOwned + JsonSchema + garde::Validate<Context = ()> + 'static
{
}

impl RequestQuery for crate::wire::TasksQuery {}

impl<T: RequestQuery> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = web::Query::<T>::from_query(request.query_string());
        let valid = |query: web::Query<T>| {
            let query = query.into_inner();
            query.validate().map_err(|report| report.to_string())?;
            Ok(Self(query))
        };
        ready(read.map_err(|error| error.to_string()).and_then(valid).map_err(|reason| {
            let place = vec!["query".into()];
            ApiError::Invalid(vec![FieldProblem::value_error(place, reason, Value::Null)])
        }))
    }
}
