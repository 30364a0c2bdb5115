use std::{mem, sync::Arc};

use synod_domain::{
    BallotRecorded, BallotResult, CallMeta, CallStarted, CallVoided, Event, JudgeRuled, Label,
    Recorded, RoundClosed, Then, Timestamp, TranscriptEntry, TurnEnded, TurnResult, VoidCause,
};

use crate::{
    Addressee, Debate, Pause, Stage, Status,
    debate::{ClosedRound, CountedBallot},
    speaking_order::PastTurn,
    step_state::{StepProgress, StepState},
    tally,
};

impl Debate {
    /// Applies an event. Never fails: the rules were checked when the event was decided.
    /// Events of later versions stay in the log and have no effect here.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.seq = recorded.seq;
        self.apply_event(&recorded.event, recorded.at);
    }

    pub(crate) fn apply_event(&mut self, event: &Event, at: Timestamp) {
        if !matches!(event, Event::DebateRecovered) {
            self.running_ms = self.running_ms(at);
        }
        self.last_at = at;
        self.account(event.meta());
        match event {
            Event::DebateStarted => self.status = Status::Running,
            Event::DebateResumed(resumed) => {
                self.status = Status::Running;
                self.pause = None;
                resumed.accepted_models.iter().for_each(|change| self.accept(change));
                for state in &mut self.steps {
                    (state.attempt, state.lost) = (1, 0);
                }
            }
            Event::DebatePaused(paused) => {
                self.status = Status::Paused;
                self.pause = Some(Box::new(Pause { since: at, paused: Arc::clone(paused) }));
            }
            Event::Interjected(said) => {
                self.interjections = self.interjections.saturating_add(1);
                let text = Arc::clone(&said.text);
                Arc::make_mut(&mut self.transcript)
                    .push(TranscriptEntry::Interjection { round: self.round, text });
            }
            Event::VoteCalled => self.call_vote(),
            Event::CallStarted(started) => self.begin(started),
            Event::TurnEnded(ended) => self.end_turn(ended),
            Event::OptionsSet(set) => {
                self.options = set.options.as_slice().into();
                if self.stage == Stage::Options {
                    self.first_options = self.options.len();
                    self.enter_voting();
                }
            }
            Event::BallotRecorded(ballot) => self.take_ballot(ballot),
            Event::MoveChosen(chosen) => self.take_move(chosen),
            Event::JudgeRuled(ruled) => self.take_ruling(ruled),
            Event::CallVoided(voided) => self.void(voided),
            Event::RoundClosed(closed) => self.close_round(closed),
            Event::DebateClosed(verdict) => {
                self.status = Status::Closed;
                self.pause = None;
                self.verdict = Some(Arc::clone(verdict));
            }
            Event::DebateInitialized(_) | Event::DebateRecovered | Event::Unknown { .. } => {}
        }
    }

    fn account(&mut self, meta: Option<&CallMeta>) {
        let Some(meta) = meta else { return };
        let (prompt, output) = (u64::from(meta.prompt_tokens), u64::from(meta.output_tokens));
        self.tokens.prompt += prompt;
        self.tokens.output += output;
        if self.round == 0 {
            self.tokens.round0_prompt += prompt;
            self.tokens.round0_output += output;
        }
    }

    fn begin(&mut self, started: &CallStarted) {
        self.calls_begun = self.calls_begun.max(started.call.0);
        self.turns_begun = self.turns_begun.max(started.turn.map_or(0, |turn| turn.0));
        let asked = self.index_of(&started.agent_id).map(Addressee::Participant);
        let state = self.steps.iter_mut().find(|state| match state.asked {
            Addressee::Participant(_) => Some(state.asked) == asked,
            Addressee::Moderator | Addressee::Judge { .. } => true,
        });
        if let Some(state) = state {
            state.turn = started.turn;
            state.progress = StepProgress::Open(started.call);
        }
    }

    pub(crate) fn end(&mut self, call: synod_domain::CallNo) -> Option<usize> {
        let place = self.steps.iter().position(|state| state.open() == Some(call))?;
        self.steps[place].progress = StepProgress::Ended;
        Some(place)
    }

    fn end_turn(&mut self, ended: &TurnEnded) {
        let (Some(place), Some(index)) = (self.end(ended.call), self.index_of(&ended.agent_id))
        else {
            return;
        };
        let spoke = ended.result == TurnResult::Spoke;
        if let Some(voice) = self.voices.get_mut(index) {
            voice.turn_ended(spoke, ended.cause);
        }
        if self.stage == Stage::Discussion {
            let speaker = Label::of(index);
            self.turns.push(PastTurn { round: self.round, speaker, spoke });
        }
        if spoke {
            let entry = TranscriptEntry::Statement {
                round: ended.round,
                label: Label::of(index),
                turn: ended.turn,
                text: Arc::clone(&ended.text),
            };
            self.pending.push((place, entry));
        }
        self.settle_speaking();
    }

    fn call_vote(&mut self) {
        self.vote_called = true;
        self.settle_speaking();
    }

    fn void(&mut self, voided: &CallVoided) {
        self.calls_voided += 1;
        if matches!(voided.cause, VoidCause::Lost | VoidCause::Aborted) {
            self.calls_repeated += 1;
        }
        let Some(place) = self.end(voided.call) else { return };
        let state = &mut self.steps[place];
        let due = StepProgress::Due { last: Some(voided.call) };
        match voided.cause {
            VoidCause::Closed => {
                self.closing = true;
                return;
            }
            VoidCause::Aborted => state.progress = due,
            VoidCause::Lost => {
                state.progress = due;
                state.attempt = state.attempt.saturating_add(1);
                state.lost = state.lost.saturating_add(1);
            }
            VoidCause::Invalid => {
                state.progress = due;
                state.repair = Some(voided.detail.as_deref().unwrap_or_default().into());
            }
        }
        self.settle_speaking();
    }

    fn take_ballot(&mut self, ballot: &BallotRecorded) {
        self.end(ballot.call);
        let Some(index) = self.index_of(&ballot.agent_id) else { return };
        if let Some(voice) = self.voices.get_mut(index) {
            voice.ballot_recorded(ballot.result != BallotResult::None, ballot.cause);
        }
        if let Some(place) = self.ballots.get_mut(index) {
            *place = Some(CountedBallot {
                result: ballot.result,
                option: ballot.option,
                proposal: ballot.proposal.clone(),
                confidence: ballot.confidence,
                moved_by: ballot.moved_by,
            });
        }
        if ballot.run_off && self.all_ended() {
            self.close_run_off();
        }
    }

    fn take_ruling(&mut self, ruled: &JudgeRuled) {
        self.end(ruled.call);
        self.rulings.push(ruled.option);
        if let [Some(_)] = self.rulings[..] {
            self.steps = vec![StepState::new(Addressee::Judge { second: true })];
        }
    }

    fn close_round(&mut self, closed: &RoundClosed) {
        let mut ballots: Vec<_> = mem::take(&mut self.ballots).into_iter().flatten().collect();
        ballots.shrink_to_fit();
        // One by one: most debates have few rounds.
        self.rounds.reserve_exact(1);
        self.rounds.push(ClosedRound { ballots, tally: Arc::clone(&closed.tally) });
        self.outcome = closed.outcome;
        self.vote_called = false;
        match closed.then {
            Then::Round => {
                self.round = self.round.saturating_add(1);
                self.enter_discussion();
            }
            Then::RunOff => self.enter_ballots(Stage::RunOff),
            Then::Judge => self.enter_judging(),
            Then::Close => {}
        }
    }

    fn close_run_off(&mut self) {
        let ballots: Vec<CountedBallot> =
            mem::take(&mut self.ballots).into_iter().flatten().collect();
        let tally = tally::run_off(self, &ballots);
        let tied = tally.leader().is_none();
        self.run_off = Some(Box::new(ClosedRound { ballots, tally: tally.into() }));
        if tied && self.setup.judge.is_some() {
            self.enter_judging();
        }
    }

    /// Ends the current group of turns, if none of it is left, and enters the next step.
    fn settle_speaking(&mut self) {
        if self.vote_called && self.stage == Stage::Discussion {
            self.steps.retain(|state| state.due().is_none());
        }
        if !matches!(self.stage, Stage::Opening | Stage::Discussion) || !self.all_ended() {
            return;
        }
        let nobody_spoke = self.pending.is_empty();
        let mut pending = mem::take(&mut self.pending);
        pending.sort_by_key(|(place, _)| *place);
        let transcript = Arc::make_mut(&mut self.transcript);
        transcript.reserve_exact(pending.len());
        transcript.extend(pending.into_iter().map(|(_, entry)| entry));
        if self.stage == Stage::Opening {
            if self.is_open_question() {
                self.stage = Stage::Options;
                self.steps = vec![StepState::new(Addressee::Moderator)];
            } else {
                self.enter_voting();
            }
        } else {
            self.go_on(nobody_spoke);
        }
    }

    pub(crate) fn enter_voting(&mut self) {
        self.enter_ballots(Stage::Voting);
    }

    fn enter_ballots(&mut self, stage: Stage) {
        self.stage = stage;
        self.steps = (0..self.participants()).map(StepState::participant).collect();
        self.ballots = vec![None; self.participants()];
    }

    fn enter_judging(&mut self) {
        self.stage = Stage::Judging;
        self.steps = vec![StepState::new(Addressee::Judge { second: false })];
    }
}
