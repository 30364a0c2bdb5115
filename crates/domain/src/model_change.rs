use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{AgentId, HostName, ModelName, enumeration};

/// A host serves a model with other content than a debate has recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModelChange {
    /// The agents that use the model: participants in their order, moderator, judge.
    pub agents: Box<[AgentId]>,
    /// The host.
    pub host: HostName,
    /// The model.
    pub model: ModelName,
    /// The content digest that the debate has recorded.
    pub recorded_digest: Arc<str>,
    /// The content digest that the host reports.
    pub served_digest: Arc<str>,
}

impl ModelChange {
    /// The number of characters of a digest in messages, as in lists of models.
    const SHORT: usize = 12;
}

/// As in `the model llama3.2:3b on gpu, used by ann and bob, was a80c4f17acd5 and is 365c0bd3c000`.
impl fmt::Display for ModelChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { agents, host, model, recorded_digest, served_digest } = self;
        let agents: Vec<_> = agents.iter().map(AgentId::as_str).collect();
        let (was, is) = short(recorded_digest, served_digest);
        let agents = enumeration(&agents);
        write!(f, "the model {model} on {host}, used by {agents}, was {was} and is {is}")
    }
}

/// The beginnings of two digests, without the name of their algorithm, up to where they differ.
fn short<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let hash = |digest: &'a str| digest.split_once(':').map_or(digest, |(_, hash)| hash);
    let (one, other) = (hash(one), hash(other));
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let length = ModelChange::SHORT.max(same + 1);
    let cut = |hash: &'a str| hash.char_indices().nth(length).map_or(hash, |(end, _)| &hash[..end]);
    (cut(one), cut(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_with_short_digests() {
        let change = ModelChange {
            agents: ["ann", "bob"].map(|id| AgentId::new(id).unwrap()).into(),
            host: HostName::new("gpu").unwrap(),
            model: ModelName::new("llama3.2:3b").unwrap(),
            recorded_digest:
                "sha256:a80c4f17acd55265feec403c7aef86be0c25983ab279d83f3bcd3abbcb5b8b72".into(),
            served_digest: "ünbekannt".into(),
        };
        let text =
            "the model llama3.2:3b on gpu, used by ann and bob, was a80c4f17acd5 and is ünbekannt";
        assert_eq!(change.to_string(), text);
    }
    #[test]
    fn digests_are_as_long_as_tells_them_apart() {
        let (zeros, one) = ("0".repeat(64), format!("{}1{}", "0".repeat(40), "0".repeat(23)));
        let (was, is) = short(&zeros, &one);
        assert_eq!((was.len(), is.len()), (41, 41));
        assert_ne!(was, is);
        assert_eq!(short("sha256:abc", "abcd"), ("abc", "abcd"));
        assert_eq!(short("", ""), ("", ""));
    }
}
