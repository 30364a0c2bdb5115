use std::{cell::Cell, rc::Rc};

use actix_web::{HttpRequest, dev::Extensions, rt::net::TcpStream};

/// Closes a socket's connection once all that was to be said on it is said.
///
/// When both sides have said goodbye the server closes first, and clients wait for it (RFC 6455
/// §7.1.1). actix-http takes an upgraded connection for one with a request that is yet to be read, and
/// waits a second for the rest; it does not once nothing more can come.
#[derive(Clone, Debug, Default)]
pub(crate) struct HangUp(Option<Rc<Connection>>);

#[derive(Debug)]
struct Connection {
    #[cfg(unix)]
    descriptor: std::os::fd::RawFd,
    both_said_goodbye: Cell<bool>,
}

impl HangUp {
    /// Of a connection that a client has opened; kept with it.
    pub(crate) fn keep(stream: &TcpStream, kept: &mut Extensions) {
        #[cfg(unix)]
        let descriptor = std::os::fd::AsRawFd::as_raw_fd(stream);
        kept.insert(Self(Some(Rc::new(Connection {
            #[cfg(unix)]
            descriptor,
            both_said_goodbye: Cell::new(false),
        }))));
    }

    /// Of the connection of a request; of none, if another server than ours has it.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        request.conn_data::<Self>().cloned().unwrap_or_default()
    }

    /// The peer has said goodbye and is about to be told so.
    pub(crate) fn both_said_goodbye(&self) {
        if let Some(connection) = &self.0 {
            connection.both_said_goodbye.set(true);
        }
    }

    /// All is said. For the connection itself to call, which has the descriptor still open.
    pub(crate) fn at_the_end(&self) {
        #[cfg(unix)]
        if let Some(connection) = &self.0
            && connection.both_said_goodbye.get()
        {
            use nix::sys::socket::{Shutdown, shutdown};
            if let Err(error) = shutdown(connection.descriptor, Shutdown::Read) {
                tracing::debug!(%error, "a connection closes by itself");
            }
        }
    }
}
