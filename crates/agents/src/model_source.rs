use std::sync::Arc;

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use synod_inference::{ChatModel, Gateway, HostName, ModelName, ResolveError};

/// A source of the models that agents use: a [`Gateway`], or a function from host and name.
pub trait ModelSource: Send + Sync {
    /// Returns the model of this name on this host.
    fn chat_model<'a>(
        &'a self,
        host: &'a HostName,
        model: &'a ModelName,
    ) -> BoxFuture<'a, Result<Arc<dyn ChatModel>, ResolveError>>;

    /// Returns a model whose calls may also be served by other hosts with the same model; models are the same
    /// if their digests are equal or unknown. By default, returns the model on this host.
    fn pooled_model<'a>(
        &'a self,
        host: &'a HostName,
        model: &'a ModelName,
        digest: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Arc<dyn ChatModel>, ResolveError>> {
        let _ = digest;
        self.chat_model(host, model)
    }

    /// Asks a host for the content digest of a model. `None`: the host does not answer or reports none. By
    /// default `None`.
    fn served_digest<'a>(
        &'a self,
        host: &'a HostName,
        model: &'a ModelName,
    ) -> BoxFuture<'a, Option<String>> {
        let _ = (host, model);
        future::ready(None).boxed()
    }

    /// The content digest of a model as its host reported it last, without asking. By default `None`.
    fn known_digest(&self, host: &HostName, model: &ModelName) -> Option<String> {
        let _ = (host, model);
        None
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

    fn served_digest<'a>(
        &'a self,
        host: &'a HostName,
        model: &'a ModelName,
    ) -> BoxFuture<'a, Option<String>> {
        Self::served_digest(self, host, model).boxed()
    }

    fn known_digest(&self, host: &HostName, model: &ModelName) -> Option<String> {
        Self::known_digest(self, host, model)
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
