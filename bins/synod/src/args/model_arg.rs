use std::{convert::Infallible, str::FromStr};

use synod_domain::HostName;
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

    /// Resolves the argument to a host and a model, as [`RequestedModel::parse`] does.
    ///
    /// # Errors
    /// [`InvalidId`](synod_domain::InvalidId) if the name is not valid for a model.
    pub(crate) fn resolve(
        &self,
        hosts: &[HostName],
        lists: impl Fn(&HostName, &str) -> bool,
    ) -> Result<RequestedModel, synod_domain::InvalidId> {
        RequestedModel::parse(&self.0, hosts, lists)
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
