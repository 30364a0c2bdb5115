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
        let (was, is) = (short(recorded_digest), short(served_digest));
        let agents = enumeration(&agents);
        write!(f, "the model {model} on {host}, used by {agents}, was {was} and is {is}")
    }
}

/// The beginning of a digest, without the name of its algorithm.
fn short(digest: &str) -> &str {
    let hash = digest.split_once(':').map_or(digest, |(_, hash)| hash);
    hash.char_indices().nth(ModelChange::SHORT).map_or(hash, |(end, _)| &hash[..end])
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
}
