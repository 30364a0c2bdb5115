use std::{convert::Infallible, str::FromStr};

use synod_domain::{HostName, ModelName};
use synod_inference::RequestedModel;

/// A model as `MODEL` or `HOST/MODEL`. Model names may contain slashes too, so the known hosts and their
/// models decide which of the two it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelArg(String);

impl FromStr for ModelArg {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl ModelArg {
    /// Whether the part before the first slash is this host.
    pub(crate) fn names_host(&self, host: &str) -> bool {
        self.0.split_once('/').is_some_and(|(named, _)| named == host)
    }

    /// Resolves the argument to a host and a model. If the host before the slash `lists` a model by the
    /// whole name, as a host `org` may list `org/m-7b`, that model is meant.
    ///
    /// # Errors
    /// [`InvalidId`](synod_domain::InvalidId) if the name is not valid for a model.
    pub(crate) fn resolve(
        &self,
        hosts: &[HostName],
        lists: impl Fn(&HostName, &str) -> bool,
    ) -> Result<RequestedModel, synod_domain::InvalidId> {
        let on_host = self.0.split_once('/').and_then(|(host, model)| {
            let host = hosts.iter().find(|known| known.as_str() == host)?;
            Some((host.clone(), if lists(host, &self.0) { &self.0 } else { model }))
        });
        let (host, model) = match on_host {
            Some((host, model)) => (Some(host), model),
            None => (None, self.0.as_str()),
        };
        Ok(RequestedModel { host, model: Some(ModelName::new(model)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_before_a_slash_is_a_host_only_if_known() {
        let hosts = [HostName::new("gpu").unwrap()];
        let parsed = |text: &str| {
            let lists = |_: &HostName, model: &str| model == "gpu/qwen3";
            text.parse::<ModelArg>().unwrap().resolve(&hosts, lists).unwrap()
        };
        let parts = |w: RequestedModel| (w.host.map(String::from), w.model.map(String::from));
        assert_eq!(parts(parsed("gpu/qwen3:8b")), (Some("gpu".into()), Some("qwen3:8b".into())));
        assert_eq!(parts(parsed("gpu/hf.co/a/b")), (Some("gpu".into()), Some("hf.co/a/b".into())));
        assert_eq!(parts(parsed("gpu/qwen3")), (Some("gpu".into()), Some("gpu/qwen3".into())));
        assert_eq!(parts(parsed("hf.co/a/b")), (None, Some("hf.co/a/b".into())));
    }
}
