use std::{fmt, sync::Arc};

use crate::ChatRequest;

/// How a request is made once more, the same as it was. A prompt that can be made again need not be
/// kept while a host works on it, which may be minutes, only for the case that it must be sent once
/// more. Clones share it.
#[derive(Clone)]
pub struct RequestFactory(Arc<Make>);

type Make = dyn Fn() -> ChatRequest + Send + Sync;

impl RequestFactory {
    /// Made by this function, each time the same.
    pub fn new(make: impl Fn() -> ChatRequest + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    pub(crate) fn make(&self) -> ChatRequest {
        (self.0)()
    }
}

impl fmt::Debug for RequestFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestFactory")
    }
}
