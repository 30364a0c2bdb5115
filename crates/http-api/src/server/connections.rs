use std::{
    any::Any,
    collections::HashMap,
    net::{IpAddr, Shutdown},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use actix_web::{dev::Extensions, rt::net::TcpStream};
use socket2::SockRef;

/// Counts connections by the address they come from. Clones count together.
#[derive(Clone)]
pub(super) struct Connections {
    most: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection that counts, as long as it lives.
struct Open {
    from: IpAddr,
    among: Connections,
}

impl Connections {
    pub(super) fn at_most(most: usize) -> Self {
        Self { most, open: Arc::default() }
    }

    /// A client has connected. If its address has too many connections already, this one closes.
    pub(super) fn enter(&self, stream: &dyn Any, kept: &mut Extensions) {
        let Some(stream) = stream.downcast_ref::<TcpStream>() else { return };
        let Ok(from) = stream.peer_addr().map(|address| address.ip().to_canonical()) else {
            return;
        };
        if from.is_loopback() {
            return;
        }
        let open = {
            let mut all = self.open();
            let open = all.entry(from).or_default();
            *open += 1;
            *open
        };
        kept.insert(Open { from, among: self.clone() });
        if open > self.most {
            tracing::warn!(%from, "closed a connection: the address has too many");
            // If it is closed already, all is well.
            SockRef::from(stream).shutdown(Shutdown::Both).unwrap_or_default();
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut all = self.among.open();
        if let Some(open) = all.get_mut(&self.from) {
            *open -= 1;
            if *open == 0 {
                all.remove(&self.from);
            }
        }
    }
}
