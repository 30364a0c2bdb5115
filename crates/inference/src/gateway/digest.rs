//! The content digests of models.

use super::Gateway;
use crate::{HostName, ModelName};

impl Gateway {
    /// Asks a host for the content digest of a model. Callers that wait at the same time share the answer
    /// of a request that began after they asked. `None`: there is no such host, it does not answer, does
    /// not have the model or reports no digest.
    pub async fn served_digest(&self, host: &HostName, model: &ModelName) -> Option<String> {
        self.directory.host(host).ok()?.list_anew().await.ok()?;
        self.known_digest(host, model)
    }

    /// The content digest of a model by the last list of its host. The host is not asked.
    #[must_use]
    pub fn known_digest(&self, host: &HostName, model: &ModelName) -> Option<String> {
        let model = self.directory.host(host).ok()?.holding(model)?;
        model.info().digest.clone()
    }
}
