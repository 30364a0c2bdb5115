//! How much of its prompts a debate finds read.

use crate::{debate::Plan, slots::Slots};

/// The tokens of a debate's prompts.
pub(crate) struct Share {
    pub(crate) calls: usize,
    pub(crate) prompt: usize,
    /// Served by a prefix cache: on one slot, and on two that serve a call each.
    pub(crate) served: [usize; 2],
}

impl Share {
    pub(crate) fn of(plan: Plan, tokens: impl Fn(&str) -> Vec<u32>) -> Self {
        let calls = plan.calls();
        let prompts: Vec<Vec<u32>> = calls.iter().map(|call| tokens(&call.prompt)).collect();
        let served = [1, 2].map(|slots| {
            let mut server = Slots::new(slots);
            let groups = calls.chunk_by(|a, b| a.group == b.group);
            let mut begin = 0;
            let mut served = 0;
            for group in groups {
                let group: Vec<&[u32]> =
                    prompts[begin..begin + group.len()].iter().map(Vec::as_slice).collect();
                served += server.read_together(&group, slots);
                begin += group.len();
            }
            served
        });
        Self { calls: calls.len(), prompt: prompts.iter().map(Vec::len).sum(), served }
    }

    /// The served part, on one slot or on two.
    pub(crate) fn ratio(&self, slots: usize) -> f64 {
        self.served[slots - 1] as f64 / self.prompt as f64
    }
}
