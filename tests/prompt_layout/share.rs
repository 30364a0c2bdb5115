//! The served share of the prompts of a debate.

use synod_domain::Purpose;

use crate::{debate::Plan, slots::Slots};

/// The tokens of a debate's prompts.
pub(crate) struct Share {
    pub(crate) calls: usize,
    pub(crate) prompt: usize,
    /// The tokens served by a prefix cache, on one slot and on two slots that serve one call each.
    pub(crate) served: [usize; 2],
    /// The tokens that one slot has to read with any layout: the text shared by all prompts (conduct,
    /// question, options, roles, statements) once; for each blind ballot the voter's own opening, which other
    /// participants do not see yet; and for the clerk the openings, which the following blind ballots
    /// displace again.
    pub(crate) minimum: usize,
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
        // The last two calls are ballots of one round, and differ only in their own parts.
        let shared = match prompts.as_slice() {
            [.., one, other] => common(one, other),
            [] | [_] => 0,
        };
        let openings = calls.iter().filter_map(|call| own_opening(&call.prompt));
        let blind: usize = openings.map(|opening| tokens(opening).len()).sum();
        let clerk: usize = (1..calls.len())
            .filter(|at| calls[*at].purpose == Purpose::Options)
            .map(|at| prompts[at].len() - common(&prompts[at - 1], &prompts[at]))
            .sum();
        let minimum = shared + blind + clerk;
        Self { calls: calls.len(), prompt: prompts.iter().map(Vec::len).sum(), served, minimum }
    }

    /// The served share, on one slot or on two.
    pub(crate) fn ratio(&self, slots: usize) -> f64 {
        self.served[slots - 1] as f64 / self.prompt as f64
    }

    /// The average number of tokens that a call reads on one slot beyond the minimum.
    pub(crate) fn own_tokens(&self) -> usize {
        (self.prompt - self.served[0]).saturating_sub(self.minimum) / self.calls
    }
}

/// The voter's opening in the prompt of a blind ballot.
fn own_opening(prompt: &str) -> Option<&str> {
    let (_, said) = prompt.rsplit_once("You said: \"")?;
    said.rsplit_once('"').map(|(opening, _)| opening)
}

/// The length of the common prefix of two lists.
pub(crate) fn common<T: PartialEq>(before: &[T], now: &[T]) -> usize {
    before.iter().zip(now).take_while(|(before, now)| before == now).count()
}
