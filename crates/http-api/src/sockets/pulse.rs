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
pub(super) struct Pulse {
    said: Instant,
    pinged: Instant,
    /// The first ping since the peer was heard.
    unanswered: Option<Instant>,
    timer: Pin<Box<Sleep>>,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    Heartbeat,
    Ping,
    /// The peer is gone.
    Gone,
}

impl Pulse {
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
    pub(super) async fn next(&mut self) -> Beat {
        loop {
            let (due, beat) = self.due();
            let now = Instant::now();
            if now >= due {
                match beat {
                    Beat::Heartbeat => self.said = now,
                    Beat::Ping => {
                        self.pinged = now;
                        self.unanswered.get_or_insert(now);
                    }
                    Beat::Gone => {}
                }
                return beat;
            }
            if self.timer.is_elapsed() {
                self.timer.as_mut().reset(due);
            }
            self.timer.as_mut().await;
        }
    }
}

impl Pulse {
    /// What is due first.
    fn due(&self) -> (Instant, Beat) {
        let mut first = (self.pinged + PING, Beat::Ping);
        let gone = self.unanswered.map(|pinged| (pinged + ANSWER, Beat::Gone));
        for other in [Some((self.said + SILENCE, Beat::Heartbeat)), gone].into_iter().flatten() {
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
        let (mut pulse, began) = (Pulse::new(), Instant::now());
        let mut beats = Vec::new();
        loop {
            let beat = pulse.next().await;
            beats.push((began.elapsed().as_secs(), beat));
            if beat == Beat::Gone {
                break;
            }
        }
        use Beat::{Gone, Heartbeat, Ping};
        assert_eq!(beats, [(20, Ping), (30, Heartbeat), (40, Ping), (60, Gone)]);
    }

    #[tokio::test(start_paused = true)]
    async fn words_put_heartbeats_off_and_answers_keep_the_peer() {
        let (mut pulse, began) = (Pulse::new(), Instant::now());
        while began.elapsed() < Duration::from_secs(300) {
            // Whoever is cancelled while it waits loses no beat.
            match timeout(Duration::from_secs(7), pulse.next()).await {
                Ok(beat) => assert_eq!(beat, Beat::Ping),
                Err(_) => pulse.said(),
            }
            pulse.heard();
        }
        pulse.said();
        let quiet = Instant::now();
        while pulse.next().await != Beat::Heartbeat {
            pulse.heard();
        }
        assert_eq!(quiet.elapsed().as_secs(), SILENCE.as_secs());
    }
}
