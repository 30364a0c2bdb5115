use synod_domain::Timestamp;
use tokio::time::Instant;

/// The time of a running debate: the wall time at which it began to run here, advanced by the monotonic
/// clock. It is set anew whenever the debate begins to run again, so that its events follow the wall clock.
///
/// The log derives the running time from the times of events. With the wall clock, a correction of the
/// clock or a suspended machine would use up the deadline.
#[derive(Debug, Default)]
pub(super) struct Pace(Option<(Timestamp, Instant)>);

impl Pace {
    /// Follows an event of this time, after which the debate runs or not.
    pub(super) fn follow(&mut self, is_running: bool, at: Timestamp) {
        if !is_running {
            self.0 = None;
        } else if self.0.is_none() {
            self.0 = Some((at, Instant::now()));
        }
    }

    /// The time now; `None` if the debate does not run.
    pub(super) fn now(&self) -> Option<Timestamp> {
        self.0.map(|(began, read_at)| began.after(read_at.elapsed()))
    }
}
