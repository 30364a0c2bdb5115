use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs},
};

use super::BindError;

/// The number of attempts to find a port that is free on both loopback addresses.
const TRIES: usize = 16;

/// Listens at a name or an address. `localhost` is loopback of both families, if the machine has both.
pub(super) fn listen(host: &str, port: u16) -> Result<Vec<TcpListener>, BindError> {
    if host.eq_ignore_ascii_case("localhost") {
        return loopback(port);
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let refused = |source| BindError::Host { host: host.to_owned(), source };
    let mut addresses = (host, port).to_socket_addrs().map_err(refused)?;
    let address = addresses.next().ok_or_else(|| refused(io::ErrorKind::NotFound.into()))?;
    Ok(vec![bind(address)?])
}

fn loopback(port: u16) -> Result<Vec<TcpListener>, BindError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let four = match bind((Ipv4Addr::LOCALHOST, port).into()) {
            Ok(listener) => listener,
            Err(BindError::Host { .. }) => {
                return Ok(vec![bind((Ipv6Addr::LOCALHOST, port).into())?]);
            }
            Err(error) => return Err(error),
        };
        let chosen = four.local_addr().map_or(port, |address| address.port());
        match bind((Ipv6Addr::LOCALHOST, chosen).into()) {
            Ok(six) => return Ok(vec![four, six]),
            // The machine has one family only.
            Err(BindError::Host { .. }) => return Ok(vec![four]),
            Err(BindError::InUse { .. }) if port == 0 && tries < TRIES => {}
            Err(error) => return Err(error),
        }
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).map_err(|source| {
        let is = |kind| source.kind() == kind;
        if is(io::ErrorKind::AddrInUse) {
            BindError::InUse { address, source }
        } else if is(io::ErrorKind::PermissionDenied) {
            BindError::Denied { address, source }
        } else {
            BindError::Host { host: address.ip().to_string(), source }
        }
    })
}
