//! The interface, asked over the framework's own test calls: no socket, no model.

mod agent_updates;
mod agents;
mod debates;
mod house;
mod ollama;
mod pages;
mod system;
mod tasks;
