use std::{collections::BTreeMap, sync::Arc, time::Duration};

use synod_debate_engine::TurnDelta;
use synod_domain::{CallNo, Event, Recorded, Timestamp, TurnEnded};

use crate::kept::Speed;

/// Milliseconds of a debate between two pieces of a statement.
const PIECE_MS: u64 = 80;

/// The events of a debate and the pieces of its statements, with the times of a replay.
///
/// A log has each statement as a whole, with the times of its start and its end. Its words are spread evenly
/// over this time.
#[derive(Debug, Default)]
pub(super) struct Timeline(Vec<Moment>);

/// What a replay shows at a time.
#[derive(Debug)]
pub(super) struct Moment {
    /// The time since the start of the replay.
    pub(super) at: Duration,
    /// The time since the start of the debate.
    pub(super) of_debate: Duration,
    pub(super) what: Replayed,
}

/// A part of a replay.
#[derive(Debug)]
pub(super) enum Replayed {
    Event(Arc<Recorded>),
    Delta(TurnDelta),
}

impl Timeline {
    pub(super) fn of(events: &[Arc<Recorded>], speed: Speed) -> Self {
        let mut parts = Vec::new();
        let mut begun = BTreeMap::new();
        // The clock may have been set back.
        let mut latest = events.first().map_or_else(Timestamp::default, |first| first.at);
        for recorded in events {
            latest = latest.max(recorded.at);
            match &recorded.event {
                Event::CallStarted(call) => {
                    begun.insert(call.call, latest);
                }
                Event::TurnEnded(turn) if speed != Speed::Max => {
                    if let Some(begin) = begun.remove(&turn.call) {
                        parts.extend(pieces(recorded, turn, begin, latest));
                    }
                }
                Event::TurnEnded(_)
                | Event::DebateInitialized(_)
                | Event::DebateStarted
                | Event::DebatePaused(_)
                | Event::DebateResumed(_)
                | Event::DebateRecovered
                | Event::DebateClosed(_)
                | Event::CallVoided(_)
                | Event::Interjected(_)
                | Event::VoteCalled
                | Event::MoveChosen(_)
                | Event::OptionsSet(_)
                | Event::BallotRecorded(_)
                | Event::JudgeRuled(_)
                | Event::RoundClosed(_)
                | Event::Unknown { .. } => {}
            }
            parts.push((latest, Replayed::Event(Arc::clone(recorded))));
        }
        // Stable: at the same time, a piece comes before the end of its statement.
        parts.sort_by_key(|(at, _)| *at);
        let Some(first) = parts.first().map(|(at, _)| *at) else { return Self::default() };
        let (mut replay, mut before) = (Duration::ZERO, first);
        let moment = |(at, what): (Timestamp, Replayed)| {
            replay += speed.wait(Duration::from_millis(at.ms_since(before)));
            before = at;
            Moment { at: replay, of_debate: Duration::from_millis(at.ms_since(first)), what }
        };
        Self(parts.into_iter().map(moment).collect())
    }

    pub(super) fn moments(&self) -> &[Moment] {
        &self.0
    }

    /// The time of the debate that the replay has reached.
    pub(super) fn time_of_debate(&self, replay: Duration) -> Duration {
        let next = self.0.partition_point(|moment| moment.at <= replay);
        let Some(last) = next.checked_sub(1).and_then(|last| self.0.get(last)) else {
            return Duration::ZERO;
        };
        let Some(next) = self.0.get(next) else { return last.of_debate };
        // A long pause is shortened, and its clock runs faster.
        let share = (replay - last.at).div_duration_f64(next.at - last.at).clamp(0.0, 1.0);
        last.of_debate + (next.of_debate - last.of_debate).mul_f64(share)
    }
}

/// The pieces of a statement, without the last one, which comes with its end.
fn pieces(
    recorded: &Recorded,
    turn: &TurnEnded,
    begin: Timestamp,
    end: Timestamp,
) -> Vec<(Timestamp, Replayed)> {
    let ms = end.ms_since(begin);
    let words: Vec<_> = turn.text.split_inclusive(char::is_whitespace).collect();
    let most = usize::try_from(ms / PIECE_MS).unwrap_or(usize::MAX);
    let count = words.len().min(most);
    let Some(per_piece) = words.len().checked_div(count) else { return Vec::new() };
    let chunks = words.chunks(per_piece.max(1));
    let all = chunks.len() as u64 + 1;
    let piece = |(index, words): (u32, &[&str])| {
        // `part` is less than `all`, so that the time is less than `ms`. Logs of imports may span any time.
        let part = u128::from(index) + 1;
        let at = u64::try_from(u128::from(ms) * part / u128::from(all)).unwrap_or(ms);
        let at = begin.after(Duration::from_millis(at));
        let delta = TurnDelta {
            debate_id: recorded.debate_id,
            call: CallNo(turn.call.0),
            turn: turn.turn,
            agent_id: turn.agent_id.clone(),
            index,
            whole: false,
            text: words.concat(),
        };
        (at, Replayed::Delta(delta))
    };
    (0..).zip(chunks).map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = include_str!("../../../../../crates/transcript/tests/logs/consensus.ndjson");

    fn events() -> Vec<Arc<Recorded>> {
        LOG.lines().map(|line| Arc::new(serde_json::from_str(line).expect("an event"))).collect()
    }

    fn shown(timeline: &Timeline) -> Vec<Arc<Recorded>> {
        let events = timeline.moments().iter().filter_map(|moment| match &moment.what {
            Replayed::Event(recorded) => Some(Arc::clone(recorded)),
            Replayed::Delta(_) => None,
        });
        events.collect()
    }

    #[test]
    fn a_replay_has_every_event_in_order_and_in_time() {
        for speed in ["0.1", "4", "max"] {
            let timeline = Timeline::of(&events(), speed.parse().expect("a speed"));
            assert_eq!(shown(&timeline), events(), "{speed}");
            assert!(timeline.moments().is_sorted_by_key(|moment| (moment.at, moment.of_debate)));
        }
        let instant = Timeline::of(&events(), Speed::Max);
        assert!(instant.moments().iter().all(|moment| moment.at == Duration::ZERO));
        assert!(Timeline::of(&[], Speed::Max).moments().is_empty());
    }

    #[test]
    fn a_long_pause_is_shortened() {
        let mut all = events();
        let last = all.len() - 1;
        let mut late = Recorded::clone(&all[last]);
        late.at = late.at.after(Duration::from_secs(86_400));
        all[last] = Arc::new(late);
        let timeline = Timeline::of(&all, Speed::Times(1.0));
        let [.., before, end] = timeline.moments() else { panic!("moments") };
        assert_eq!(end.at - before.at, Duration::from_secs(3));
        let middle = timeline.time_of_debate(before.at + Duration::from_millis(1_500));
        assert!(middle > before.of_debate + Duration::from_secs(40_000), "{middle:?}");
        assert!(middle < end.of_debate, "{middle:?}");
    }

    #[test]
    fn a_clock_that_was_set_back_changes_no_order() {
        let mut all = events();
        let mut early = Recorded::clone(&all[5]);
        early.at = Timestamp::default();
        all[5] = Arc::new(early);
        assert_eq!(shown(&Timeline::of(&all, Speed::Times(4.0))), all);
    }
    #[test]
    fn a_turn_of_many_words_over_millennia_has_its_pieces_in_order() {
        let mut all = events();
        let turn = all.iter().position(|recorded| matches!(recorded.event, Event::TurnEnded(_)));
        let end = turn.expect("a turn") + 1;
        let mut late = Recorded::clone(&all[end - 1]);
        late.at = late.at.after(Duration::from_hours(8_000 * 365 * 24));
        if let Event::TurnEnded(turn) = &mut late.event {
            let turn = Arc::make_mut(turn);
            turn.text = "word ".repeat(100_000).into();
        }
        all[end - 1] = Arc::new(late);
        let timeline = Timeline::of(&all, Speed::Times(4.0));
        assert!(timeline.moments().is_sorted_by_key(|moment| (moment.at, moment.of_debate)));
        assert_eq!(shown(&timeline), all);
    }
}
