use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Counts connections by their remote address. Clones count together.
#[derive(Clone)]
pub(super) struct Connections {
    most: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection that counts until it is dropped.
pub(super) struct Open {
    from: IpAddr,
    among: Connections,
}

/// The address has too many connections.
pub(super) struct TooMany;

impl Connections {
    pub(super) fn at_most(most: usize) -> Self {
        Self { most, open: Arc::default() }
    }

    /// Counts a new connection.
    ///
    /// # Errors
    /// [`TooMany`] if the address has too many connections already.
    pub(super) fn enter(&self, from: IpAddr) -> Result<Option<Open>, TooMany> {
        let from = from.to_canonical();
        if from.is_loopback() {
            return Ok(None);
        }
        let (open, may_stay) = self.count(from);
        if may_stay {
            Ok(Some(open))
        } else {
            tracing::warn!(%from, "closed a connection: the address has too many");
            Err(TooMany)
        }
    }

    /// Counts a connection, and tells whether it may stay.
    fn count(&self, from: IpAddr) -> (Open, bool) {
        let mut all = self.open();
        let open = all.entry(from).or_default();
        *open += 1;
        (Open { from, among: self.clone() }, *open <= self.most)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_per_address_are_limited() {
        let connections = Connections::at_most(2);
        let [one, other] = [IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2])];
        let (first, may_stay) = connections.count(one);
        assert!(may_stay);
        let (_second, may_stay) = connections.count(one);
        assert!(may_stay);
        let (third, may_stay) = connections.count(one);
        assert!(!may_stay);
        assert!(connections.count(other).1, "another address has its own");
        // One that was refused counts until it is gone, as one that stays does.
        drop(first);
        assert!(!connections.count(one).1);
        drop(third);
        assert!(connections.count(one).1);
    }

    #[test]
    fn a_closed_connection_leaves_no_entry() {
        let connections = Connections::at_most(2);
        drop(connections.count(IpAddr::from([192, 0, 2, 1])));
        assert!(connections.open().is_empty());
    }
}
