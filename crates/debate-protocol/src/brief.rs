//! The briefs of calls.

use std::{sync::Arc, time::Duration};

use synod_domain::{
    Brief, CallNo, CallTask, Label, OwnAnswer, Purpose, Quote, Repair, Scale, TranscriptEntry,
    shortened, telling_sentence,
};

use crate::{Addressee, Debate, Step, sampling_seed};

/// Most tokens of the replies that are no turns.
const FORM_TOKENS: u32 = 512;
/// Most characters of a quoted sentence.
const LONGEST_QUOTE: usize = 200;

impl Debate {
    /// The brief of a due step: a pure function of the log so far. The number of the call is the next one.
    #[must_use]
    pub fn brief(&self, step: &Step) -> Brief {
        let config = &self.setup.config;
        let index = match step.asked {
            Addressee::Participant(index) => Some(index),
            Addressee::Moderator | Addressee::Judge { .. } => None,
        };
        let turn = self.turn_for(step);
        let max_tokens = match step.purpose {
            Purpose::Opening | Purpose::Argument => config.debate_rules.max_tokens_per_turn,
            Purpose::Options
            | Purpose::Move
            | Purpose::Ballot
            | Purpose::RunOff
            | Purpose::Judge => FORM_TOKENS,
        };
        Brief {
            call: CallNo(self.calls_begun + 1),
            purpose: step.purpose,
            round: step.round,
            turn,
            topic: Arc::clone(&self.topic),
            problem_statement: Arc::clone(&self.problem_statement),
            transcript: self.transcript_for(step),
            options: Arc::clone(&self.options),
            first_options: self.first_options,
            smallest: self.smallest_scale(),
            persona: index.map(|index| self.setup.participants[index].persona.clone()),
            roles: Arc::clone(&self.roles),
            label: index.map(Label::of),
            own_answer: index.and_then(|index| self.own_answer(index)),
            quote: index
                .filter(|_| step.purpose == Purpose::Argument)
                .and_then(|index| self.quote(index, step)),
            task: self.task(step),
            repair: self.repair_of(step),
            seed: config.debate_rules.seed.map(|seed| sampling_seed(seed, step, self.place(step))),
            max_tokens,
            max_tokens_per_turn: config.debate_rules.max_tokens_per_turn,
            time_limit: Duration::from_secs(config.time_limit_per_argument.into()),
        }
    }

    /// Lets a brief share the transcript of this state if both have the same entries. A driver makes briefs
    /// from a state that is ahead of its log, and folds the same events again once they are in the log.
    pub fn share_transcript(&self, brief: &mut Brief) {
        if brief.transcript == self.transcript {
            brief.transcript = Arc::clone(&self.transcript);
        }
    }

    /// The number that distinguishes the sampling seed of a call from others for the same purpose.
    fn place(&self, step: &Step) -> u32 {
        let count = |n| u32::try_from(n).unwrap_or(u32::MAX);
        match (self.turn_for(step), step.asked) {
            (Some(turn), _) => turn.0,
            (None, Addressee::Participant(index)) => count(index),
            (None, Addressee::Moderator) if step.purpose == Purpose::Move => {
                count(self.turns_of_round().len())
            }
            (None, Addressee::Moderator) => 0,
            (None, Addressee::Judge { second }) => 1 + u32::from(second),
        }
    }

    fn smallest_scale(&self) -> Scale {
        let others = self.setup.moderator.iter().chain(&self.setup.judge);
        let asked = self.setup.participants.iter().chain(others);
        asked.map(|profile| profile.scale).min().unwrap_or_default()
    }

    /// The visible part of the transcript. Blind calls see interjections, but no statements.
    fn transcript_for(&self, step: &Step) -> Arc<Vec<TranscriptEntry>> {
        let blind = match step.purpose {
            Purpose::Opening => true,
            Purpose::Ballot => step.round == 0,
            Purpose::Argument
            | Purpose::Options
            | Purpose::Move
            | Purpose::RunOff
            | Purpose::Judge => false,
        };
        if !blind {
            return Arc::clone(&self.transcript);
        }
        let audible =
            |entry: &&TranscriptEntry| matches!(entry, TranscriptEntry::Interjection { .. });
        Arc::new(self.transcript.iter().filter(audible).cloned().collect())
    }

    fn own_answer(&self, index: usize) -> Option<OwnAnswer> {
        let votes = self.rounds.iter().rev().filter_map(|round| round.ballots.get(index)?.option);
        let last_vote = votes.into_iter().next();
        let voted = last_vote.and_then(|id| self.options.get(id.place()));
        voted.map(|option| OwnAnswer::Vote(Arc::clone(&option.text))).or_else(|| {
            self.statements().find_map(|entry| match entry {
                TranscriptEntry::Statement { round: 0, label, text, .. }
                    if label.index() == index =>
                {
                    Some(OwnAnswer::Opening(Arc::clone(text)))
                }
                TranscriptEntry::Statement { .. } | TranscriptEntry::Interjection { .. } => None,
            })
        })
    }

    /// The first sentence that says something of a peer's latest visible statement: in a pass of peers in turn, where
    /// one participant speaks at a time of the last speaker.
    fn quote(&self, index: usize, step: &Step) -> Option<Quote> {
        let n = self.participants();
        let peer = step.pass.map(|pass| {
            let past = usize::from(step.round) + usize::from(pass);
            (index + 1 + past % (n - 1)) % n
        });
        let is_quoted = |speaker| peer.map_or(speaker != index, |peer| speaker == peer);
        self.transcript.iter().rev().find_map(|entry| match entry {
            TranscriptEntry::Statement { label, turn, text, .. } if is_quoted(label.index()) => {
                let sentence = shortened(telling_sentence(text), LONGEST_QUOTE).into_owned();
                Some(Quote { label: *label, turn: *turn, sentence })
            }
            TranscriptEntry::Statement { .. } | TranscriptEntry::Interjection { .. } => None,
        })
    }

    fn task(&self, step: &Step) -> CallTask {
        match step.purpose {
            Purpose::Opening => {
                let options = (!self.is_open_question()).then(|| self.options.to_vec());
                CallTask::Opening { options }
            }
            Purpose::Argument => CallTask::Argument { evidence: step.evidence },
            Purpose::Options => CallTask::ListOptions,
            Purpose::Move => CallTask::ChooseMove { moves: self.legal_moves() },
            Purpose::Ballot | Purpose::RunOff => CallTask::Vote(self.ballot_form(step, 0)),
            Purpose::Judge => {
                let second = step.asked == Addressee::Judge { second: true };
                CallTask::Rule { options: self.tied_options(second) }
            }
        }
    }

    fn repair_of(&self, step: &Step) -> Option<Repair> {
        let state = self.steps.iter().find(|state| state.asked == step.asked)?;
        state.repair.as_deref().map(|error| Repair { error: error.to_owned() })
    }
}
