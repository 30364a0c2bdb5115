use std::{fmt, sync::Arc};

use crate::ChatRequest;

/// Builds the same request once more. A prompt that can be built again need not be kept in memory while
/// a host works on it, which may take minutes, for the rare case that it must be sent again. Clones share
/// the factory.
#[derive(Clone)]
pub struct RequestFactory(Arc<Make>);

type Make = dyn Fn() -> ChatRequest + Send + Sync;

impl RequestFactory {
    /// From this function, which must return the same request each time.
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
