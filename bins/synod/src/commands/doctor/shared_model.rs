use std::fmt;

use serde::Serialize;
use synod_inference::ModelInfo;

/// A model of one name on more than one host.
#[derive(Debug, Serialize)]
pub(super) struct SharedModel {
    model: String,
    hosts: Vec<String>,
    /// Its calls are shared among the hosts: none tells another digest than the others.
    same: bool,
}

impl SharedModel {
    /// All of them.
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
            "its calls are shared among them, but for agents that name a host"
        } else {
            "in versions that differ: only hosts with the same one share its calls"
        };
        write!(f, "{model} is on {}: {what}", hosts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(infos: &[(&str, &str, Option<&str>)]) -> Vec<String> {
        let info = |(host, model, digest): &(&str, &str, Option<&str>)| ModelInfo {
            host: host.parse().unwrap(),
            model: model.parse().unwrap(),
            digest: digest.map(str::to_owned),
            family: None,
            parameters: None,
            size: None,
            window: None,
            loaded: false,
            placement: None,
            chats: true,
            kind: Some(synod_inference::ModelKind::Chat),
            guessed: false,
            embeds: false,
            continues_reply: false,
            demo: false,
            remote: false,
        };
        let infos: Vec<_> = infos.iter().map(info).collect();
        SharedModel::of(infos.iter()).iter().map(SharedModel::to_string).collect()
    }

    #[test]
    fn a_model_on_several_hosts_is_told_once() {
        let none: [String; 0] = [];
        assert_eq!(told(&[("near", "a", None), ("far", "b", None)]), none);
        let same = "a is on near, far: its calls are shared among them, but for agents that name a \
                    host";
        assert_eq!(told(&[("near", "a", Some("1")), ("far", "a", Some("1"))]), [same]);
        assert_eq!(told(&[("near", "a", Some("1")), ("far", "a", None)]), [same]);
        let differ = "a is on near, far: in versions that differ: only hosts with the same one share \
                      its calls";
        assert_eq!(told(&[("near", "a", Some("1")), ("far", "a", Some("2"))]), [differ]);
    }
}
