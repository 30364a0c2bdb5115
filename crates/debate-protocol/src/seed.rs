use sha2::{Digest, Sha256};

use crate::{Asked, Step};

/// The sampling seed of a call: the debate's seed plus the first four bytes, big-endian, of the
/// SHA-256 of `purpose/round/pass/index-or-turn/repair/attempt`, modulo 2³¹. It does not depend on
/// the order in which replies arrive.
#[must_use]
pub fn sampling_seed(seed: u32, step: &Step) -> u32 {
    let place = match (step.turn, step.asked) {
        (Some(turn), _) => turn.0,
        (None, Asked::Participant(index)) => u32::try_from(index).unwrap_or(u32::MAX),
        (None, Asked::Moderator) => 0,
        (None, Asked::Judge { second }) => 1 + u32::from(second),
    };
    let key = format!(
        "{}/{}/{}/{place}/{}/{}",
        step.purpose.as_str(),
        step.round,
        step.pass.unwrap_or(0),
        u8::from(step.repair),
        step.attempt
    );
    let hash = Sha256::digest(key);
    let drawn = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    seed.wrapping_add(drawn) & 0x7FFF_FFFF
}
