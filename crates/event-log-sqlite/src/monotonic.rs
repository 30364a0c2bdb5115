use std::time::Duration;

/// Returns the time since an arbitrary point in the past. It is not the clock of the runtime, which tests pause,
/// since the waits here are for the operating system and other processes.
pub(crate) fn monotonic() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Returns the time that has passed since a [`monotonic`] time.
pub(crate) fn since(earlier: Duration) -> Duration {
    monotonic().saturating_sub(earlier)
}
