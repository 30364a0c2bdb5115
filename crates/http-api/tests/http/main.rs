//! The interface, asked over the framework's own test calls: no socket, no model.

mod debates;
mod house;
mod system;
