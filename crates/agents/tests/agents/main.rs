//! Agents as an engine sees them: briefs go in, requests to a scripted model and replies come out.

#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

mod briefs;
mod calls;
mod debate;
mod hosts;
mod hurry;
mod laws;
mod layout;
mod office;
mod prompts;
mod roles;
mod roster;
mod seats;
mod stage;
mod talks;
mod tasks;
mod thinking;
mod windows;
