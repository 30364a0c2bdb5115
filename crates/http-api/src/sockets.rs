//! The sockets of the FastAPI design.

mod agent_updates;
mod debate_updates;
mod end;
mod pulse;
mod subscriptions;

pub(crate) use self::{
    agent_updates::Update as AgentUpdatesMessage,
    debate_updates::{Notice as DebateNotice, Wish as DebateUpdatesRequest},
};

use actix_ws::{AggregatedMessageStream, MessageStream};

use crate::{Api, endpoint::Endpoint};

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = agent_updates::endpoints();
    endpoints.extend(debate_updates::endpoints());
    endpoints
}

/// What the peer says, in whole messages. A frame, or frames that belong together, of more bytes than
/// the limit end the conversation.
fn whole_messages(api: &Api, messages: MessageStream) -> AggregatedMessageStream {
    let most = api.settings().limits.frame;
    messages.max_frame_size(most).aggregate_continuations().max_continuation_size(most)
}
