//! The part of a debate's prompts that a server with a prompt cache need not read again, in tokens of a real
//! tokenizer.

#[cfg(test)]
mod debate;
#[cfg(test)]
mod share;
#[cfg(test)]
mod slots;

#[cfg(test)]
mod tests {
    use synod_domain::{DebateMode, Scale};
    use tiktoken_rs::o200k_base_singleton;

    use crate::{debate::Plan, share::Share, slots::Slots};

    const MODES: [DebateMode; 3] =
        [DebateMode::Structured, DebateMode::Freeform, DebateMode::Autonomous];

    /// Fails if the shared part of the prompts of a wording has shrunk by more than a point, which allows for
    /// changes of the tokenizer, or if a call has more tokens of its own: the served share could also grow
    /// through prompts that are longer than necessary.
    #[test]
    fn the_shared_part_of_prompts_has_not_shrunk() {
        let tokenizer = o200k_base_singleton();
        for (scale, rounds, least, most_of_its_own) in [
            (Scale::Regular, 5, 0.92, 45),
            (Scale::Regular, 2, 0.87, 45),
            (Scale::Small, 5, 0.87, 68),
            (Scale::Small, 2, 0.80, 68),
            (Scale::Tiny, 5, 0.88, 58),
            (Scale::Tiny, 2, 0.80, 58),
        ] {
            for mode in MODES {
                for is_open in [false, true] {
                    let plan = Plan { scale, mode, is_open, rounds };
                    let share = Share::of(plan, |text| tokenizer.encode_with_special_tokens(text));
                    let (ratio, own) = (share.ratio(1), share.own_tokens());
                    assert!(ratio >= least, "{plan:?}, {} calls: {ratio:.3}", share.calls);
                    assert!(own <= most_of_its_own, "{plan:?}: {own} tokens of a call's own");
                }
            }
        }
    }

    #[test]
    fn a_slot_serves_the_prefix_it_has_read() {
        let mut slots = Slots::<u8>::new(2);
        assert_eq!(slots.read_together(&[b"abcd", b"abce"], 1), 3);
        assert_eq!(slots.read_together(&[b"xyzw"], 1), 0, "the other slot");
        assert_eq!(slots.read_together(&[b"abcf", b"xyzv"], 2), 6);
        // In parallel, each slot reads for itself.
        let mut slots = Slots::<u8>::new(2);
        assert_eq!(slots.read_together(&[b"abcd", b"abce"], 2), 0);
    }
}
