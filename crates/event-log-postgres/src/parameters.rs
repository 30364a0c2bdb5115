//! Numbers as parameters and columns: PostgreSQL's have a sign.

use std::time::Duration;

/// Numbers that PostgreSQL does not have become its largest one: they are beyond every log.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn limit(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// A CRC-32 as an `integer`.
pub(crate) const fn signed_crc(crc: u32) -> i32 {
    i32::from_be_bytes(crc.to_be_bytes())
}
