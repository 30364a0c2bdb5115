//! What the client makes of the bytes of servers, over real TCP connections.

#![expect(clippy::unwrap_used, reason = "a failure of the test's own setup fails the test")]

mod https;
mod observe;
mod recordings;
mod requests;
mod transport;
mod vectors;
