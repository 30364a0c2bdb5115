use sha2::{Digest, Sha256};

use crate::Step;

/// The sampling seed of a call: the debate's seed plus the first four bytes, big-endian, of the
/// SHA-256 of `purpose/round/pass/index-or-turn/repair/attempt`, modulo 2³¹. It does not depend on
/// the order in which replies arrive. `place` is the index or turn: of an opening or argument the
/// turn, of a ballot the voter's index, of a move the turns of its round so far, of a ruling 1 or 2,
/// of the clerk 0.
#[must_use]
pub fn sampling_seed(seed: u32, step: &Step, place: u32) -> u32 {
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
