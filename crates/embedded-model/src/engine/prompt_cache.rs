/// How many tokens of a prompt are computed in one step. A call can be cancelled between steps.
pub(super) const CHUNK: usize = 32;

/// Returns how many tokens of the last prompt are reused for the next.
///
/// Only whole chunks are reused: tokens that are computed in another grouping may differ in the last
/// bits, and a prompt with a seed must give the same reply whatever came before. At least one token
/// is left to compute, for its logits.
pub(super) fn reusable<T: PartialEq>(last: &[T], next: &[T]) -> usize {
    let common = last.iter().zip(next).take_while(|(a, b)| a == b).count();
    common.min(next.len().saturating_sub(1)) / CHUNK * CHUNK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_whole_chunks_are_reused() {
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
