//! The turns and ballots of each participant, for the report of silent ones.

use synod_domain::{AgentId, FailureCause, Silent};

/// The results of one participant's turns and ballots in the whole debate.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Voice {
    /// Whether it made a statement; `None` until a turn of it has ended.
    spoke: Option<bool>,
    /// Whether it returned a ballot; `None` until one was recorded.
    voted: Option<bool>,
    /// The causes of its failed calls with their counts, in order of first occurrence.
    failures: Vec<(FailureCause, u32)>,
}

impl Voice {
    /// Records the end of a turn, with or without a statement.
    pub(crate) fn turn_ended(&mut self, spoke: bool, cause: Option<FailureCause>) {
        self.spoke = Some(self.spoke == Some(true) || spoke);
        self.failed(cause);
    }

    /// Records a ballot, or its failure.
    pub(crate) fn ballot_recorded(&mut self, came: bool, cause: Option<FailureCause>) {
        self.voted = Some(self.voted == Some(true) || came);
        self.failed(cause);
    }

    fn failed(&mut self, cause: Option<FailureCause>) {
        let Some(cause) = cause else { return };
        match self.failures.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => self.failures.push((cause, 1)),
        }
    }

    /// The report on the participant, if it never spoke or never voted.
    pub(crate) fn silence(&self, agent_id: &AgentId) -> Option<Silent> {
        let (never_spoke, never_voted) = (self.spoke == Some(false), self.voted == Some(false));
        (never_spoke || never_voted).then(|| Silent {
            agent_id: agent_id.clone(),
            never_spoke,
            never_voted,
            cause: self.most_frequent_cause(),
        })
    }

    fn most_frequent_cause(&self) -> Option<FailureCause> {
        // `max_by_key` returns the last of equals; reversed, that is the earliest.
        self.failures.iter().rev().max_by_key(|(_, count)| *count).map(|(cause, _)| *cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent() -> AgentId {
        AgentId::new("a").unwrap()
    }

    #[test]
    fn one_statement_and_one_ballot_are_enough_to_have_taken_part() {
        let mut voice = Voice::default();
        assert_eq!(voice.silence(&agent()), None, "nothing was asked yet");
        voice.turn_ended(true, None);
        voice.turn_ended(false, Some(FailureCause::Deadline));
        voice.ballot_recorded(false, Some(FailureCause::Invalid));
        voice.ballot_recorded(true, None);
        assert_eq!(voice.silence(&agent()), None);
    }

    #[test]
    fn the_most_frequent_cause_is_reported_ties_by_time() {
        let mut voice = Voice::default();
        voice.turn_ended(false, Some(FailureCause::Deadline));
        voice.ballot_recorded(true, None);
        voice.turn_ended(false, Some(FailureCause::AllThought));
        let silence = |cause| Silent {
            agent_id: agent(),
            never_spoke: true,
            never_voted: false,
            cause: Some(cause),
        };
        assert_eq!(voice.silence(&agent()), Some(silence(FailureCause::Deadline)));
        voice.turn_ended(false, Some(FailureCause::AllThought));
        assert_eq!(voice.silence(&agent()), Some(silence(FailureCause::AllThought)));
    }
}
