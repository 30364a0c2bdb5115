use std::{pin::Pin, time::Duration};

use tokio::time::{Instant, Sleep, sleep_until};

/// Time without a message to the client after which it gets a heartbeat.
const SILENCE: Duration = Duration::from_secs(30);
/// Interval of pings.
const PING: Duration = Duration::from_secs(20);
/// Time without a message of the client after a ping, after which it is gone.
const ANSWER: Duration = Duration::from_secs(40);
/// Time after which a client that reads nothing is gone.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The timed actions of a socket.
pub(super) struct Heartbeat {
    sent: Instant,
    pinged: Instant,
    /// The first ping since the last message of the client.
    unanswered: Option<Instant>,
    timer: Pin<Box<Sleep>>,
}

/// An action that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tick {
    Heartbeat,
    Ping,
    /// The client is gone.
    Gone,
}

impl Heartbeat {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        let timer = Box::pin(sleep_until(now + PING));
        Self { sent: now, pinged: now, unanswered: None, timer }
    }

    /// A message was sent to the client.
    pub(super) fn sent(&mut self) {
        self.sent = Instant::now();
    }

    /// A message of the client was received.
    pub(super) fn received(&mut self) {
        self.unanswered = None;
    }

    /// Waits for the next action that is due. The timer is set when it runs out, and not moved with every
    /// message.
    pub(super) async fn next(&mut self) -> Tick {
        loop {
            let (due, tick) = self.due();
            let now = Instant::now();
            if now >= due {
                match tick {
                    Tick::Heartbeat => self.sent = now,
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
        for other in [Some((self.sent + SILENCE, Tick::Heartbeat)), gone].into_iter().flatten() {
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
    async fn a_silent_client_is_pinged_and_given_up() {
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
    async fn messages_postpone_heartbeats_and_answers_keep_the_client() {
        let (mut heartbeat, began) = (super::Heartbeat::new(), Instant::now());
        while began.elapsed() < Duration::from_secs(300) {
            // Cancel safe: no tick is lost.
            match timeout(Duration::from_secs(7), heartbeat.next()).await {
                Ok(tick) => assert_eq!(tick, Tick::Ping),
                Err(_) => heartbeat.sent(),
            }
            heartbeat.received();
        }
        heartbeat.sent();
        let quiet = Instant::now();
        while heartbeat.next().await != Tick::Heartbeat {
            heartbeat.received();
        }
        assert_eq!(quiet.elapsed().as_secs(), SILENCE.as_secs());
    }
}
