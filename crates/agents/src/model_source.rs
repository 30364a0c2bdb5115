use std::sync::Arc;

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use synod_inference::{ChatModel, Gateway, HostName, ModelName, ResolveError};

/// Where agents get their models.
///
/// A gateway is one, and so is any function that knows models by host and name.
pub trait ModelSource: Send + Sync {
    /// The model of this name on this host.
    fn chat_model<'a>(
        &'a self,
        host: &'a HostName,
        model: &'a ModelName,
    ) -> BoxFuture<'a, Result<Arc<dyn ChatModel>, ResolveError>>;

    /// The model of this name on this host, or the same one, of this digest if both are known, on
    /// another host, which may serve its calls. Unless overruled, the one on this host.
    fn pooled_model<'a>(
        &'a self,
        host: &'a HostName,
        model: &'a ModelName,
        digest: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Arc<dyn ChatModel>, ResolveError>> {
        let _ = digest;
        self.chat_model(host, model)
    }
}

impl ModelSource for Gateway {
    fn chat_model<'a>(
        &'a self,
        host: &'a HostName,
        model: &'a ModelName,
    ) -> BoxFuture<'a, Result<Arc<dyn ChatModel>, ResolveError>> {
        Self::chat_model(self, host, model).boxed()
    }

    fn pooled_model<'a>(
        &'a self,
        host: &'a HostName,
        model: &'a ModelName,
        digest: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Arc<dyn ChatModel>, ResolveError>> {
        Self::pooled_model(self, host, model, digest).boxed()
    }
}

impl<F> ModelSource for F
where
    F: Fn(&HostName, &ModelName) -> Result<Arc<dyn ChatModel>, ResolveError> + Send + Sync,
{
    fn chat_model<'a>(
        &'a self,
        host: &'a HostName,
        model: &'a ModelName,
    ) -> BoxFuture<'a, Result<Arc<dyn ChatModel>, ResolveError>> {
        future::ready(self(host, model)).boxed()
    }
}
