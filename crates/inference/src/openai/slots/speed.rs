use std::time::Duration;

/// Shorter texts show nothing of how fast a server reads: most of the time is that of the request.
const LEAST_BYTES: usize = 1_000;

/// Part of a figure that the latest measurement makes up.
const WEIGHT: f64 = 0.3;

/// How fast a server is, as far as its slots have shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Speed {
    /// Seconds to read a byte of a prompt.
    reading: Option<f64>,
    /// Seconds that a call keeps its slot.
    serving: Option<f64>,
}

impl Speed {
    /// A server took this long until the first token of a reply, for which it read this many bytes.
    pub(super) fn read(&mut self, bytes: usize, took: Duration) {
        if bytes >= LEAST_BYTES {
            learn(&mut self.reading, took.as_secs_f64() / bytes as f64);
        }
    }

    /// A call kept its slot for this time.
    pub(super) fn served(&mut self, took: Duration) {
        learn(&mut self.serving, took.as_secs_f64());
    }

    /// How long it takes to read this many bytes; `None` before a speed is known.
    pub(super) fn to_read(self, bytes: usize) -> Duration {
        Duration::try_from_secs_f64(self.reading.unwrap_or_default() * bytes as f64)
            .unwrap_or(Duration::MAX)
    }

    /// How much longer a call is likely to keep its slot; `None` before any has ended. One that takes
    /// longer than usual is expected to take half as long again.
    pub(super) fn left(self, elapsed: Duration) -> Option<Duration> {
        let usual = Duration::try_from_secs_f64(self.serving?).ok()?;
        Some(usual.checked_sub(elapsed).unwrap_or(elapsed / 2))
    }
}

fn learn(known: &mut Option<f64>, measured: f64) {
    *known = Some(known.map_or(measured, |known| known + WEIGHT * (measured - known)));
}
