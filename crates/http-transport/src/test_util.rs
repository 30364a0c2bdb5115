//! A scripted server for tests of clients: it sends bytes over real connections, as the test says.

mod scripted_response;
mod scripted_server;

pub use scripted_response::{Ending, ScriptedResponse};
pub use scripted_server::{ReceivedRequest, ScriptedServer, refusing_address};
