use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;
use synod_domain::{
    BallotRecorded, DebateId, DebateOption, Event, HostName, Initialized, JudgeRuled, MoveChosen,
    OptionId, OptionsSet, Paused, Recorded, RoundClosed, Then, Timestamp, TurnEnded, TurnNo,
    Verdict,
};

use crate::{
    Entry, Failures, Happening, LeftOut, Names, Round, document::Document, html, markdown,
};

/// A debate read from its log, finished or not. The JSON document is its serialization.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Transcript {
    /// The debate; `None` before its first event.
    pub debate_id: Option<DebateId>,
    /// The time of the first event.
    pub began_at: Option<Timestamp>,
    /// The time of the last event.
    pub last_at: Option<Timestamp>,
    /// The setup: `config`, `limits`, `participants`, `moderator`, `judge`.
    #[serde(flatten)]
    pub setup: Option<Arc<Initialized>>,
    /// The current options, by id.
    pub options: Vec<DebateOption>,
    /// The rounds that have begun, from round 0.
    pub rounds: Vec<Round>,
    /// The reason of the pause; omitted if the debate is not paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<Paused>,
    /// The verdict; `None` until the debate is closed.
    pub verdict: Option<Verdict>,
    /// Calls that were served by another host than the participant's, by that host.
    #[serde(skip)]
    served_elsewhere: BTreeMap<HostName, u64>,
    /// Failed calls.
    #[serde(skip)]
    failures: Failures,
    /// Statements left out of prompts, by round.
    #[serde(skip)]
    left_out: BTreeMap<u8, LeftOut>,
    /// Whether some token counts are estimates.
    #[serde(skip)]
    has_estimates: bool,
    /// Prompt tokens of calls that failed without output: in all, and in round 0.
    #[serde(skip)]
    unread: (u64, u64),
    #[serde(skip)]
    names: Names,
    #[serde(skip)]
    turns_begun: u32,
    #[serde(skip)]
    current_round: u8,
}

impl Transcript {
    /// Reads a log, or the beginning of a log. The log is not audited.
    pub fn of<'a>(log: impl IntoIterator<Item = &'a Recorded>) -> Self {
        let mut transcript = Self::default();
        log.into_iter().for_each(|recorded| transcript.push(recorded));
        transcript
    }

    /// Reads the next event.
    pub fn push(&mut self, recorded: &Recorded) {
        self.debate_id.get_or_insert(recorded.debate_id);
        self.began_at.get_or_insert(recorded.at);
        self.last_at = Some(recorded.at);
        if let Some(host) = recorded.event.meta().and_then(|meta| meta.host.as_ref()) {
            *self.served_elsewhere.entry(HostName::clone(host)).or_default() += 1;
        }
        self.failures.note(&recorded.event);
        if let Some(meta) = recorded.event.meta() {
            self.left_out.entry(self.current_round).or_default().note(meta);
            if meta.estimated && meta.failure.is_some() && meta.output_tokens == 0 {
                let tokens = u64::from(meta.prompt_tokens);
                self.unread.0 += tokens;
                self.unread.1 += if self.current_round == 0 { tokens } else { 0 };
            } else {
                self.has_estimates |= meta.estimated && meta.tokens() > 0;
            }
        }
        match &recorded.event {
            Event::DebateInitialized(setup) => self.set_up(setup),
            Event::CallStarted(call) => {
                self.current_round = call.round;
                self.turns_begun = self.turns_begun.max(call.turn.map_or(0, |turn| turn.0));
            }
            Event::TurnEnded(turn) => {
                self.insert(turn.round, turn.turn.0, Happening::Turn(TurnEnded::clone(turn)));
            }
            Event::Interjected(interjected) => {
                self.happened(Happening::Interjection(interjected.clone()));
            }
            Event::VoteCalled => self.happened(Happening::VoteCalled),
            Event::MoveChosen(chosen) => self.happened(Happening::Move(MoveChosen::clone(chosen))),
            Event::OptionsSet(set) => {
                self.options.clone_from(&set.options);
                self.happened(Happening::Options(OptionsSet::clone(set)));
            }
            Event::BallotRecorded(ballot) => self.cast(ballot),
            Event::JudgeRuled(ruling) => {
                self.round(self.current_round).rulings.push(JudgeRuled::clone(ruling));
            }
            Event::RoundClosed(closed) => {
                self.round(closed.round).closed = Some(RoundClosed::clone(closed));
                let next = closed.round.saturating_add(u8::from(closed.then == Then::Round));
                self.current_round = next;
            }
            Event::DebatePaused(paused) => self.pause = Some((**paused).clone()),
            Event::DebateResumed(_) => self.pause = None,
            Event::DebateClosed(verdict) => {
                self.pause = None;
                self.verdict = Some((**verdict).clone());
            }
            Event::DebateStarted
            | Event::DebateRecovered
            | Event::CallVoided(_)
            | Event::Unknown { .. } => {}
        }
    }

    /// The display names of the agents.
    #[must_use]
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// Calls that were served by another host than the participant's, by that host.
    #[must_use]
    pub const fn served_elsewhere(&self) -> &BTreeMap<HostName, u64> {
        &self.served_elsewhere
    }

    /// The failed calls, by reason.
    #[must_use]
    pub const fn failures(&self) -> &Failures {
        &self.failures
    }

    /// Statements left out of the prompts of a round.
    #[must_use]
    pub fn left_out_of(&self, round: u8) -> LeftOut {
        self.left_out.get(&round).copied().unwrap_or_default()
    }

    /// Statements left out of all prompts.
    pub(crate) fn left_out(&self) -> LeftOut {
        let mut all = LeftOut::default();
        self.left_out.values().for_each(|left_out| all.add(*left_out));
        all
    }

    /// Prompt tokens of calls that failed without output: in all, and in round 0. It is unknown whether a
    /// model read these tokens. The verdict counts them, because the host may have charged for them.
    pub(crate) const fn unread(&self) -> (u64, u64) {
        self.unread
    }

    /// Whether some token counts are estimates, because the host did not report them.
    pub(crate) const fn has_estimates(&self) -> bool {
        self.has_estimates
    }

    /// The text of an option; the id of an option that is not listed.
    #[must_use]
    pub fn option_text(&self, id: OptionId) -> Arc<str> {
        let listed = self.options.iter().find(|option| option.id == id);
        listed.map_or_else(|| id.to_string().into(), |option| Arc::clone(&option.text))
    }

    /// The turn with this number, if it has ended.
    #[must_use]
    pub fn turn(&self, turn: TurnNo) -> Option<&TurnEnded> {
        self.rounds.iter().flat_map(Round::turns).find(|t| t.turn == turn)
    }

    /// The whole debate in Markdown. Text of agents, models and people is escaped: it cannot open a heading,
    /// a table, a link or HTML.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        markdown::render(&Document::of_debate(self))
    }

    /// The whole debate as one HTML file with the content of the Markdown. The file loads nothing and runs
    /// nothing, and text of agents, models and people is escaped.
    #[must_use]
    pub fn to_html(&self) -> String {
        html::render(&Document::of_debate(self))
    }

    /// The question and the verdict in Markdown; `None` if there is no verdict yet.
    #[must_use]
    pub fn verdict_markdown(&self) -> Option<String> {
        self.verdict.is_some().then(|| self.to_text())
    }

    /// The question and the verdict in Markdown, or the note that the debate is not finished.
    #[must_use]
    pub fn to_text(&self) -> String {
        markdown::render(&Document::of_ending(self))
    }

    fn set_up(&mut self, setup: &Arc<Initialized>) {
        let given = setup.config.debate_rules.options.iter().flatten();
        self.options = DebateOption::list(given.map(String::as_str));
        self.names = Names::of(setup);
        self.setup = Some(Arc::clone(setup));
    }

    fn happened(&mut self, what: Happening) {
        self.insert(self.current_round, self.turns_begun, what);
    }

    fn insert(&mut self, round: u8, turns_begun: u32, what: Happening) {
        self.round(round).insert(Entry { turns_begun, what });
    }

    fn cast(&mut self, ballot: &BallotRecorded) {
        let setup = self.setup.clone();
        // The ballots of agents that do not take part come last.
        let seat = |ballot: &BallotRecorded| {
            let mut seats = setup.iter().flat_map(|setup| &setup.participants);
            seats.position(|p| p.agent_id == ballot.agent_id).unwrap_or(usize::MAX)
        };
        let ballots = self.ballots_of(ballot);
        let place = ballots.partition_point(|other| seat(other) <= seat(ballot));
        ballots.insert(place, ballot.clone());
    }

    fn ballots_of(&mut self, ballot: &BallotRecorded) -> &mut Vec<BallotRecorded> {
        let round = self.round(ballot.round);
        if ballot.run_off { &mut round.run_off } else { &mut round.ballots }
    }

    fn round(&mut self, number: u8) -> &mut Round {
        let place = match self.rounds.binary_search_by_key(&number, |round| round.round) {
            Ok(place) => place,
            Err(place) => {
                self.rounds.insert(place, Round { round: number, ..Round::default() });
                place
            }
        };
        &mut self.rounds[place]
    }
}
