//! The handlers, by interface.

mod answer_once;
pub(crate) mod api_v1;
pub(crate) mod assets;
pub(crate) mod compat;
mod create_debate;
mod debate_command;
mod debate_reads;
pub(crate) mod docs;
pub(crate) mod ops;
pub(crate) mod page;
pub(crate) mod share_link;
pub(crate) mod ws;
