use std::fmt;

/// A size for people, such as `3.4 MiB`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes(pub(crate) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
        if self.0 < 1_024 {
            return write!(f, "{} B", self.0);
        }
        #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
        let mut size = self.0 as f64 / 1_024.0;
        let mut unit = 0;
        while size >= 1_023.95 && unit + 1 < UNITS.len() {
            size /= 1_024.0;
            unit += 1;
        }
        write!(f, "{size:.1} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_largest_unit_that_leaves_one_or_more() {
        let sizes = [0, 1_023, 1_024, 3_565_158, (1 << 30) - 1, 1 << 30, u64::MAX];
        let shown = sizes.map(|size| Bytes(size).to_string());
        let expected =
            ["0 B", "1023 B", "1.0 KiB", "3.4 MiB", "1.0 GiB", "1.0 GiB", "16777216.0 TiB"];
        assert_eq!(shown, expected);
    }
}
