//! Agents as an engine sees them: briefs go in, requests to a scripted model and replies come out.

mod briefs;
mod calls;
mod laws;
mod prompts;
mod seats;
mod stage;
