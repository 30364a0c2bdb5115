/// Tokens of a prompt that are computed in one step: between steps a call can be cancelled.
pub(super) const CHUNK: usize = 32;

/// How much of the last prompt serves the next.
///
/// Whole chunks only: the same tokens computed in another grouping may differ in the last bits, and
/// a prompt and a seed shall give the same reply whatever was asked before. At least one token is
/// left to compute, for its logits.
pub(super) fn reusable<T: PartialEq>(last: &[T], next: &[T]) -> usize {
    let common = last.iter().zip(next).take_while(|(a, b)| a == b).count();
    common.min(next.len().saturating_sub(1)) / CHUNK * CHUNK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_common_chunks_serve_again() {
        let last: Vec<_> = (0..100).collect();
        assert_eq!(reusable(&last, &[&last[..], &[7; 50]].concat()), 96);
        assert_eq!(reusable(&last, &[&last[..40], &[7; 50]].concat()), 32);
        assert_eq!(reusable(&last, &[7; 50]), 0);
        assert_eq!(reusable(&[], &last), 0);
        assert_eq!(reusable(&last, &[]), 0);
    }

    #[test]
    fn one_token_is_always_left_to_compute() {
        let last: Vec<_> = (0..96).collect();
        assert_eq!(reusable(&last, &last), 64);
        assert_eq!(reusable(&last, &last[..33]), 32);
        assert_eq!(reusable(&last, &last[..32]), 0);
    }
}
