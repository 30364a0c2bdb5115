use std::{pin::Pin, time::Duration};

use tokio::time::{Instant, Sleep, sleep_until};

/// After that long without a word of ours the peer gets a heartbeat.
const SILENCE: Duration = Duration::from_secs(30);
/// The peer is pinged that often.
const PING: Duration = Duration::from_secs(20);
/// A peer that is silent for that long after a ping is gone.
const ANSWER: Duration = Duration::from_secs(40);
/// Of any socket, a peer that takes nothing for that long is gone.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// What a socket does by the clock.
pub(super) struct Heartbeat {
    said: Instant,
    pinged: Instant,
    /// The first ping since the peer was heard.
    unanswered: Option<Instant>,
    timer: Pin<Box<Sleep>>,
}

/// An action that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tick {
    Heartbeat,
    Ping,
    /// The peer is gone.
    Gone,
}

impl Heartbeat {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        let timer = Box::pin(sleep_until(now + PING));
        Self { said: now, pinged: now, unanswered: None, timer }
    }

    /// Something was said to the peer.
    pub(super) fn said(&mut self) {
        self.said = Instant::now();
    }

    /// Something was heard from the peer.
    pub(super) fn heard(&mut self) {
        self.unanswered = None;
    }

    /// The next thing that is due, when it is. The timer is set to what was due when it last ran
    /// out, and not moved with every word.
    pub(super) async fn next(&mut self) -> Tick {
        loop {
            let (due, tick) = self.due();
            let now = Instant::now();
            if now >= due {
                match tick {
                    Tick::Heartbeat => self.said = now,
                    Tick::Ping => {
                        self.pinged = now;
                        self.unanswered.get_or_insert(now);
                    }
                    Tick::Gone => {}
                }
                return tick;
            }
            if self.timer.is_elapsed() {
                self.timer.as_mut().reset(due);
            }
            self.timer.as_mut().await;
        }
    }
}

impl Heartbeat {
    /// Returns the next action.
    fn due(&self) -> (Instant, Tick) {
        let mut first = (self.pinged + PING, Tick::Ping);
        let gone = self.unanswered.map(|pinged| (pinged + ANSWER, Tick::Gone));
        for other in [Some((self.said + SILENCE, Tick::Heartbeat)), gone].into_iter().flatten() {
            if other.0 <= first.0 {
                first = other;
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_peer_is_pinged_told_that_we_live_and_given_up() {
        let (mut heartbeat, began) = (super::Heartbeat::new(), Instant::now());
        let mut ticks = Vec::new();
        loop {
            let tick = heartbeat.next().await;
            ticks.push((began.elapsed().as_secs(), tick));
            if tick == Tick::Gone {
                break;
            }
        }
        use Tick::{Gone, Heartbeat, Ping};
        assert_eq!(ticks, [(20, Ping), (30, Heartbeat), (40, Ping), (60, Gone)]);
    }

    #[tokio::test(start_paused = true)]
    async fn words_put_heartbeats_off_and_answers_keep_the_peer() {
        let (mut heartbeat, began) = (super::Heartbeat::new(), Instant::now());
        while began.elapsed() < Duration::from_secs(300) {
            // Cancel safe: no tick is lost.
            match timeout(Duration::from_secs(7), heartbeat.next()).await {
                Ok(tick) => assert_eq!(tick, Tick::Ping),
                Err(_) => heartbeat.said(),
            }
            heartbeat.heard();
        }
        heartbeat.said();
        let quiet = Instant::now();
        while heartbeat.next().await != Tick::Heartbeat {
            heartbeat.heard();
        }
        assert_eq!(quiet.elapsed().as_secs(), SILENCE.as_secs());
    }
}
