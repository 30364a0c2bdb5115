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

#[cfg(test)]
mod tests {
    use synod_domain::{Purpose, TurnNo};

    use super::*;
    use crate::Addressee;

    /// Worked out with another program: 7 + the first four bytes of the hash, modulo 2³¹.
    #[test]
    fn seeds_depend_on_their_key_alone() {
        let judge = Step {
            purpose: Purpose::Judge,
            asked: Addressee::Judge { second: false },
            round: 2,
            pass: None,
            turn: None,
            evidence: false,
            attempt: 1,
            repair: false,
        };
        let voter = Addressee::Participant(2);
        let ballot = Step { purpose: Purpose::Ballot, asked: voter, round: 1, attempt: 3, ..judge };
        let (pass, turn) = (Some(2), Some(TurnNo(7)));
        let argument =
            Step { purpose: Purpose::Argument, asked: voter, round: 1, pass, turn, ..judge };
        let (round, repair) = (3, true);
        let chosen =
            Step { purpose: Purpose::Move, asked: Addressee::Moderator, round, repair, ..judge };
        assert_eq!(sampling_seed(7, &judge, 1), 2_015_485_125, "judge/2/0/1/0/1");
        assert_eq!(sampling_seed(7, &judge, 2), 372_474_056, "judge/2/0/2/0/1");
        assert_eq!(sampling_seed(7, &ballot, 2), 1_046_253_199, "ballot/1/0/2/0/3");
        assert_eq!(sampling_seed(7, &argument, 7), 1_930_740_751, "argument/1/2/7/0/1");
        assert_eq!(sampling_seed(7, &chosen, 4), 1_881_961_179, "move/3/0/4/1/1");
    }
}
