//! The interface, asked over the framework's own test calls: no socket, no model.

mod debates;
mod events;
mod fan_out;
mod house;
mod idempotency;
mod interventions;
mod listing;
mod sockets;
mod system;
mod transcripts;
