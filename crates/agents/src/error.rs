use synod_domain::AgentId;
use synod_inference::{ChatError, ResolveError};
use thiserror::Error;

use crate::{Operation, operation::Operations};

/// Why agents cannot be had.
#[derive(Clone, Debug, Error)]
pub enum AgentsError {
    /// The registry has no agent of that id.
    #[error("there is no agent `{id}`{instead}")]
    UnknownAgent {
        /// The id.
        id: AgentId,
        /// The end of the sentence: which agent is probably meant, or which there are.
        instead: String,
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
    #[error("line {line}: unknown key `{key}` in [agents.{agent}]{instead}")]
    UnknownKey {
        /// The line, from 1.
        line: usize,
        /// The agent, as written.
        agent: String,
        /// The key.
        key: String,
        /// The end of the sentence: which key is probably meant, or which there are.
        instead: String,
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
    /// What is said of an agent cannot be.
    #[error("agent `{agent}`: {detail}")]
    Unfit {
        /// The agent.
        agent: AgentId,
        /// The key of what is wrong, as `expertise`.
        key: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// The id is another agent's.
    #[error("there is an agent `{id}` already")]
    Taken {
        /// The id.
        id: AgentId,
    },
    /// There are as many agents as there may be.
    #[error("there are {most} agents already; remove one first")]
    Full {
        /// How many there may be.
        most: usize,
    },
    /// The agent, or its model, is not made for that.
    #[error("agent `{agent}` cannot {operation}, only {}", Operations(has))]
    Lacks {
        /// The agent.
        agent: AgentId,
        /// What was asked of it.
        operation: Operation,
        /// What it can do.
        has: Vec<Operation>,
    },
    /// An agent got no model.
    #[error(transparent)]
    Unresolved(#[from] ResolveError),
    /// A call to a model did not end well.
    #[error(transparent)]
    Call(#[from] ChatError),
}
