//! What a server does on the wire and what the client makes of it, over real TCP connections.

mod https;
mod observe;
mod recordings;
mod requests;
mod server;
mod transport;
mod vectors;
