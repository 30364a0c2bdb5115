//! The interface, asked over the framework's own test calls: no socket, no model.

mod guard;
mod house;
mod observe;
mod ops;
mod system;
