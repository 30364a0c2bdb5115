use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval};

use crate::peer::{Peer, PeerTimeouts};

/// The interval of checks of all connections.
const LOOK: Duration = Duration::from_millis(250);

/// The peers of all connections of a server. Clones share them.
#[derive(Clone)]
pub(super) struct PeerList {
    timeouts: PeerTimeouts,
    /// The number of connections from which on one is ended for each new one.
    full: usize,
    members: Arc<Mutex<Members>>,
}

#[derive(Default)]
struct Members {
    peers: HashMap<u64, Arc<Peer>>,
    last: u64,
}

/// A peer that is listed until this is dropped.
pub(super) struct ListedPeer {
    number: u64,
    peer: Arc<Peer>,
    members: Arc<Mutex<Members>>,
}

impl PeerList {
    /// For a server with this maximum of connections.
    pub(super) fn of(connections: usize, timeouts: PeerTimeouts) -> Self {
        // An eighth stays free: at the maximum no connection is accepted, not even from fast clients.
        let full = connections - (connections / 8).max(1);
        Self { timeouts, full, members: Arc::default() }
    }

    /// Lists a new peer. If there are too many, the connection is ended for whose peer the server has waited
    /// longest. The server never waits for peers that send and read in time.
    pub(super) fn enter(&self) -> ListedPeer {
        let peer = Peer::new();
        let mut members = lock(&self.members);
        if members.peers.len() >= self.full {
            members.dismiss_slowest();
        }
        members.last += 1;
        let number = members.last;
        members.peers.insert(number, Arc::clone(&peer));
        ListedPeer { number, peer, members: Arc::clone(&self.members) }
    }

    /// Ends the connections of slow peers, for ever.
    pub(super) async fn watch(&self) -> Infallible {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            for peer in lock(&self.members).peers.values() {
                peer.dismiss_if_slow(&self.timeouts);
            }
        }
    }
}

impl Members {
    fn dismiss_slowest(&mut self) {
        let waited_for = |(number, peer): (&u64, &Arc<Peer>)| {
            peer.waited_for_since().map(|since| (since, *number))
        };
        if let Some((_, number)) = self.peers.iter().filter_map(waited_for).min()
            && let Some(peer) = self.peers.remove(&number)
        {
            peer.dismiss();
        }
    }
}

impl ListedPeer {
    pub(super) fn peer(&self) -> &Arc<Peer> {
        &self.peer
    }
}

impl Drop for ListedPeer {
    fn drop(&mut self) {
        lock(&self.members).peers.remove(&self.number);
    }
}

fn lock(members: &Mutex<Members>) -> MutexGuard<'_, Members> {
    members.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const TIMEOUTS: PeerTimeouts = PeerTimeouts {
        head: Duration::from_secs(20),
        end: Duration::from_secs(1),
        write: Duration::from_secs(30),
    };

    fn is_dismissed(member: &ListedPeer) -> bool {
        member.peer().check().is_err()
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_server_drops_the_peer_it_waited_for_longest() {
        let peers = PeerList::of(8, TIMEOUTS);
        let mut members = Vec::new();
        for _ in 0..7 {
            members.push(peers.enter());
            advance(Duration::from_millis(10)).await;
        }
        members[0].peer().expect(None);
        assert!(!members.iter().any(is_dismissed));
        members.push(peers.enter());
        let dismissed: Vec<_> = (0..8).filter(|n| is_dismissed(&members[*n])).collect();
        assert_eq!(dismissed, [1], "the first is being served, the second waits longest");
        members.push(peers.enter());
        assert!(is_dismissed(&members[2]));
    }

    #[tokio::test(start_paused = true)]
    async fn slow_peers_are_found_and_closed_ones_leave_no_entry() {
        let peers = PeerList::of(8, TIMEOUTS);
        let member = peers.enter();
        let watch = tokio::time::timeout(Duration::from_secs(19), peers.watch());
        assert!(watch.await.is_err() && !is_dismissed(&member));
        let watch = tokio::time::timeout(Duration::from_secs(2), peers.watch());
        assert!(watch.await.is_err() && is_dismissed(&member));
        drop(member);
        assert!(lock(&peers.members).peers.is_empty());
    }
}
