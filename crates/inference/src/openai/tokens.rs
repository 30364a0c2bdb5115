/// A count of tokens; `None` for zero and for counts that do not fit, which are not meant as counts.
pub(super) fn tokens(count: u64) -> Option<u32> {
    u32::try_from(count).ok().filter(|count| *count > 0)
}
