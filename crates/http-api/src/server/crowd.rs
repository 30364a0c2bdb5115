use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval};

use crate::peer::{Patience, Peer};

/// All connections are looked at that often.
const LOOK: Duration = Duration::from_millis(250);

/// The peers of all connections of a server. Clones are the same.
#[derive(Clone)]
pub(super) struct Crowd {
    patience: Patience,
    /// Connections from which on there must be room for more.
    full: usize,
    members: Arc<Mutex<Members>>,
}

#[derive(Default)]
struct Members {
    peers: HashMap<u64, Arc<Peer>>,
    last: u64,
}

/// One of the crowd, as long as it lives.
pub(super) struct Member {
    number: u64,
    peer: Arc<Peer>,
    members: Arc<Mutex<Members>>,
}

impl Crowd {
    /// For a server that takes at most this many connections.
    pub(super) fn of(connections: usize, patience: Patience) -> Self {
        // Beyond the last eighth no connection would be accepted, not even from fast clients.
        let full = connections - (connections / 8).max(1);
        Self { patience, full, members: Arc::default() }
    }

    /// A peer has connected. If that makes too many, the one that the server has waited for longest is
    /// dismissed: those that send and take what they should are never waited for.
    pub(super) fn enter(&self) -> Member {
        let peer = Peer::new();
        let mut members = lock(&self.members);
        if members.peers.len() >= self.full {
            members.dismiss_slowest();
        }
        members.last += 1;
        let number = members.last;
        members.peers.insert(number, Arc::clone(&peer));
        Member { number, peer, members: Arc::clone(&self.members) }
    }

    /// Dismisses those that are too slow, for ever.
    pub(super) async fn watch(&self) -> Infallible {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            for peer in lock(&self.members).peers.values() {
                peer.dismiss_if_slow(&self.patience);
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

impl Member {
    pub(super) fn peer(&self) -> &Arc<Peer> {
        &self.peer
    }
}

impl Drop for Member {
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

    const PATIENCE: Patience = Patience {
        head: Duration::from_secs(20),
        end: Duration::from_secs(1),
        write: Duration::from_secs(30),
    };

    fn is_dismissed(member: &Member) -> bool {
        member.peer().check().is_err()
    }

    #[tokio::test(start_paused = true)]
    async fn the_slowest_makes_room_and_those_being_served_stay() {
        let crowd = Crowd::of(8, PATIENCE);
        let mut members = Vec::new();
        for _ in 0..7 {
            members.push(crowd.enter());
            advance(Duration::from_millis(10)).await;
        }
        members[0].peer().expect(None);
        assert!(!members.iter().any(is_dismissed));
        members.push(crowd.enter());
        let dismissed: Vec<_> = (0..8).filter(|n| is_dismissed(&members[*n])).collect();
        assert_eq!(dismissed, [1], "the first is being served, the second waits longest");
        members.push(crowd.enter());
        assert!(is_dismissed(&members[2]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_slow_are_found_and_nothing_is_kept_of_those_who_left() {
        let crowd = Crowd::of(8, PATIENCE);
        let member = crowd.enter();
        let watch = tokio::time::timeout(Duration::from_secs(19), crowd.watch());
        assert!(watch.await.is_err() && !is_dismissed(&member));
        let watch = tokio::time::timeout(Duration::from_secs(2), crowd.watch());
        assert!(watch.await.is_err() && is_dismissed(&member));
        drop(member);
        assert!(lock(&crowd.members).peers.is_empty());
    }
}
