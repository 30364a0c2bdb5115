//! Servers for tests of clients: they send bytes over real connections, as the test says.

mod scripted_response;
mod scripted_server;
mod tls_server;

pub use scripted_response::{Ending, ScriptedResponse};
pub use scripted_server::{ReceivedRequest, ScriptedServer, refusing_address};
pub use tls_server::{Certificate, PlainText, TlsServer, TlsVersion};
