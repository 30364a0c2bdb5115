//! The slots of a llama.cpp server, each with the last prompt it has read.

use crate::share::common;

/// A server with a number of slots. The common prefix of a prompt and the slot's last one is not read again
/// (`cache_prompt`).
pub(crate) struct Slots<'a, T> {
    slots: Vec<Slot<'a, T>>,
    clock: usize,
}

struct Slot<'a, T> {
    read: &'a [T],
    last_used: usize,
}

/// The minimum share of a prompt that a slot must have read to be chosen for it
/// (`--slot-prompt-similarity`, 0.1 by default).
const LEAST_SIMILAR: f64 = 0.1;

impl<'a, T: PartialEq> Slots<'a, T> {
    pub(crate) fn new(slots: usize) -> Self {
        Self { slots: (0..slots).map(|_| Slot { read: &[], last_used: 0 }).collect(), clock: 0 }
    }

    /// Reads the prompts of one group, a number at a time. Returns the tokens that had been read before.
    pub(crate) fn read_together(&mut self, group: &[&'a [T]], at_a_time: usize) -> usize {
        let waves = group.chunks(at_a_time.clamp(1, self.slots.len()));
        waves.map(|wave| self.read_wave(wave)).sum()
    }

    /// Assigns each prompt a slot: the free one that has read most of it, if that is enough, or else the least
    /// recently used one.
    fn read_wave(&mut self, wave: &[&'a [T]]) -> usize {
        let mut busy = Vec::new();
        let mut served = 0;
        for &prompt in wave {
            let free = (0..self.slots.len()).filter(|slot| !busy.contains(slot));
            let common = |slot: &usize| common(self.slots[*slot].read, prompt);
            let similar = free
                .clone()
                .max_by_key(common)
                .filter(|slot| common(slot) as f64 > LEAST_SIMILAR * prompt.len() as f64);
            let oldest = free.min_by_key(|slot| self.slots[*slot].last_used);
            let slot = similar.or(oldest).expect("a wave has no more prompts than there are slots");
            served += common(&slot);
            self.clock += 1;
            self.slots[slot] = Slot { read: prompt, last_used: self.clock };
            busy.push(slot);
        }
        served
    }
}
