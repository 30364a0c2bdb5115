//! What a server does on the wire and what the client makes of it, over real TCP connections.

#![expect(clippy::unwrap_used, reason = "what a test's own helpers cannot do fails the test")]

mod https;
mod observe;
mod recordings;
mod requests;
mod server;
mod transport;
mod vectors;
