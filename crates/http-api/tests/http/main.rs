//! The interface over the framework's test calls, on scripted models.

mod agent_updates;
mod agents;
mod conformance;
mod debates;
mod document;
mod events;
mod failures;
mod fan_out;
mod frames;
mod guard;
mod idempotency;
mod interventions;
mod kept;
mod listing;
mod new_debates;
mod observe;
mod ollama;
mod ops;
mod pages;
mod prefix;
mod schemas;
mod sockets;
mod system;
mod tasks;
mod test_app;
mod transcripts;
