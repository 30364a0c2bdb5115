use std::fmt;

use serde::Serialize;
use synod_inference::ModelInfo;

/// A model with the same name on more than one host.
#[derive(Debug, Serialize)]
pub(super) struct SharedModel {
    model: String,
    hosts: Vec<String>,
    /// Whether calls are shared among the hosts, because no two report different digests.
    same: bool,
}

impl SharedModel {
    /// Finds the shared models.
    pub(super) fn of<'a>(infos: impl Iterator<Item = &'a ModelInfo>) -> Vec<Self> {
        let mut by_name = Vec::<Vec<&ModelInfo>>::new();
        for info in infos.filter(|info| info.can_be_pooled()) {
            match by_name.iter_mut().find(|infos| infos[0].model == info.model) {
                Some(infos) => infos.push(info),
                None => by_name.push(vec![info]),
            }
        }
        let shared = by_name.into_iter().filter(|infos| infos.len() > 1);
        shared.map(|infos| Self::on_hosts(&infos)).collect()
    }

    fn on_hosts(infos: &[&ModelInfo]) -> Self {
        let mut digests = infos.iter().filter_map(|info| info.digest.as_deref());
        let first = digests.next();
        Self {
            model: infos[0].model.to_string(),
            hosts: infos.iter().map(|info| info.host.to_string()).collect(),
            same: digests.all(|digest| Some(digest) == first),
        }
    }
}

impl fmt::Display for SharedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, hosts, same } = self;
        let what = if *same {
            "calls are shared among them, except for agents that name a host"
        } else {
            "versions differ, and only hosts with the same version share calls"
        };
        write!(f, "{model} is on {}: {what}", hosts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(infos: &[(&str, &str, Option<&str>)]) -> Vec<String> {
        let info = |(host, model, digest): &(&str, &str, Option<&str>)| {
            ModelInfo::new(host.parse().unwrap(), model.parse().unwrap())
                .with_digest(digest.map(str::to_owned))
        };
        let infos: Vec<_> = infos.iter().map(info).collect();
        SharedModel::of(infos.iter()).iter().map(SharedModel::to_string).collect()
    }

    #[test]
    fn model_on_several_hosts_is_reported_once() {
        let none: [String; 0] = [];
        assert_eq!(messages(&[("near", "a", None), ("far", "b", None)]), none);
        let same = "a is on near, far: calls are shared among them, except for agents that name a \
                    host";
        assert_eq!(messages(&[("near", "a", Some("1")), ("far", "a", Some("1"))]), [same]);
        assert_eq!(messages(&[("near", "a", Some("1")), ("far", "a", None)]), [same]);
        let differ = "a is on near, far: versions differ, and only hosts with the same version share \
                      calls";
        assert_eq!(messages(&[("near", "a", Some("1")), ("far", "a", Some("2"))]), [differ]);
    }
}
