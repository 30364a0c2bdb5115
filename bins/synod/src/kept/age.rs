use synod_domain::Timestamp;

/// Describes a time of the last days by its age, and an earlier one by its date in UTC.
pub(crate) fn age_in_words(at: Timestamp, now: Timestamp) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match now.ms_since(at) / 1_000 {
        seconds @ ..MINUTE => format!("{seconds} s ago"),
        seconds @ MINUTE..HOUR => format!("{} min ago", seconds / MINUTE),
        seconds @ HOUR..DAY => format!("{} h ago", seconds / HOUR),
        seconds if seconds < 7 * DAY => format!("{} d ago", seconds / DAY),
        _ => at.to_string().chars().take("2026-11-30".len()).collect(),
    }
}
