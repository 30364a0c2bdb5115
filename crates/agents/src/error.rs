use synod_domain::AgentId;
use synod_inference::ResolveError;
use thiserror::Error;

/// Why agents cannot be had.
#[derive(Clone, Debug, Error)]
pub enum AgentsError {
    /// The registry has no agent of that id.
    #[error("there is no agent `{id}`{}", suggestion(nearest.as_ref().map(AgentId::as_str)))]
    UnknownAgent {
        /// The id.
        id: AgentId,
        /// The known id nearest to it.
        nearest: Option<AgentId>,
    },
    /// The file is not TOML.
    #[error("line {line}: {detail}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// What the parser said.
        detail: String,
    },
    /// An agent's table has a key that means nothing.
    #[error("line {line}: unknown key `{key}` in [agents.{agent}]{}", suggestion(Some(nearest)))]
    UnknownKey {
        /// The line, from 1.
        line: usize,
        /// The agent, as written.
        agent: String,
        /// The key.
        key: String,
        /// The known key nearest to it.
        nearest: &'static str,
    },
    /// An agent's table says something that cannot be.
    #[error("line {line}: [agents.{agent}] {detail}")]
    Invalid {
        /// The line, from 1.
        line: usize,
        /// The agent, as written.
        agent: String,
        /// What is wrong.
        detail: String,
    },
    /// A seat got no model.
    #[error(transparent)]
    Unresolved(#[from] ResolveError),
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|word| format!("; did you mean `{word}`?")).unwrap_or_default()
}
