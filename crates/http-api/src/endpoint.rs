use actix_web::{FromRequest, Handler, Responder, Route, http::Method, web};

use crate::operation::OperationSpec;

/// One method of one path: its handler and its description.
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    /// The template, as `/agents/{agent_id}/status`.
    pub(crate) path: &'static str,
    pub(crate) route: Route,
    /// `None`: not part of the document.
    pub(crate) operation: Option<OperationSpec>,
}

impl Endpoint {
    /// An endpoint for GET. `name` is the function's name in the FastAPI design: with path and method it
    /// makes the operation id.
    pub(crate) fn get<H, A>(path: &'static str, name: &'static str, handler: H) -> Self
    where
        H: Handler<A, Output: Responder + 'static>,
        A: FromRequest + 'static,
    {
        Self::new(Method::GET, path, name, handler)
    }

    /// An endpoint for POST.
    pub(crate) fn post<H, A>(path: &'static str, name: &'static str, handler: H) -> Self
    where
        H: Handler<A, Output: Responder + 'static>,
        A: FromRequest + 'static,
    {
        Self::new(Method::POST, path, name, handler)
    }

    /// An endpoint for any method.
    pub(crate) fn new<H, A>(
        method: Method,
        path: &'static str,
        name: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<A, Output: Responder + 'static>,
        A: FromRequest + 'static,
    {
        let route = web::method(method.clone()).to(handler);
        Self { method, path, route, operation: Some(OperationSpec::new(name)) }
    }

    /// Sets the description.
    pub(crate) fn described(
        mut self,
        describe: impl FnOnce(OperationSpec) -> OperationSpec,
    ) -> Self {
        self.operation = self.operation.map(describe);
        self
    }

    /// Leaves the endpoint out of the document: sockets and pages.
    pub(crate) fn undescribed(mut self) -> Self {
        self.operation = None;
        self
    }
}
