//! Agents through the engine's port: briefs in, requests to a scripted model and replies out.

#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

mod assignment;
mod briefs;
mod call_harness;
mod calls;
mod chats;
mod debate;
mod directory;
mod hosts;
mod kept;
mod laws;
mod layout;
mod prompts;
mod roles;
mod task_harness;
mod tasks;
mod thinking;
mod time_budget;
mod windows;
