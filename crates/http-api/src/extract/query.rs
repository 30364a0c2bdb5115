use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use synod_request_validation::{RequestModel, read_query};

use crate::response::error::ApiError;

/// A query string, read as Pydantic reads it; all problems are reported at once. The
/// last of several parameters of a name counts.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: RequestModel> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_query(request.query_string()).map(Self).map_err(ApiError::Invalid))
    }
}
