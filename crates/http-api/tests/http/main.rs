//! The interface, asked over the framework's own test calls: no socket, no model.

mod agent_updates;
mod agents;
mod house;
mod ollama;
mod system;
mod tasks;
