use std::{collections::BTreeMap, time::Duration};

use synod_debate_engine::{CallPhase, CallProgress, Thought};
use synod_domain::{AgentId, CallNo, CallStarted, Event, ParticipantProfile, PauseReason, Purpose};
use synod_transcript::{Transcript, grouped, printable};
use textwrap::core::display_width;

use super::{
    CtrlC,
    activity::{Activity, MIN_ESTIMATE, about, listed},
    layout::cut,
    thinking::Words,
};

/// Minimum columns of the current activity; other parts are left out first.
const NARROWEST: usize = 24;
/// Number of ended calls before the total time is estimated.
const MIN_ENDED_CALLS: u32 = 3;
/// The separator between two parts.
const DOT: &str = " · ";

/// The state of the debate for the status line.
#[derive(Default)]
pub(super) struct Status {
    open: BTreeMap<CallNo, OpenCall>,
    ended: u32,
    tokens: u64,
    round: u8,
    phase: &'static str,
    draining: bool,
    paused: Option<PauseReason>,
    /// Time since the debate began.
    elapsed: Duration,
    /// The time in which the debate was neither paused nor only waiting for hosts.
    worked: Duration,
}

/// A call in progress.
struct OpenCall {
    call: CallStarted,
    phase: Option<CallPhase>,
    thought: Words,
    speaks: bool,
}

impl Status {
    pub(super) fn on_event(&mut self, event: &Event) {
        self.tokens += event.meta().map_or(0, synod_domain::CallMeta::tokens);
        if let Some(call) = event.ends_call() {
            self.open.remove(&call);
            self.ended += 1;
        }
        if let Event::CallStarted(call) = event {
            self.round = call.round;
            self.phase = phase_of(call.purpose);
            let open = OpenCall {
                call: call.clone(),
                phase: None,
                thought: Words::default(),
                speaks: false,
            };
            self.open.insert(call.call, open);
        }
        if let Event::DebatePaused(paused) = event {
            self.draining |= !paused.reason.is_for_hosts();
            self.paused = Some(paused.reason);
        } else if let Event::DebateResumed(_) = event {
            self.draining = false;
            self.paused = None;
        }
    }

    /// Sets the time since the debate began.
    pub(super) fn set_elapsed(&mut self, elapsed: Duration) {
        if !self.is_idle() {
            self.worked += elapsed.saturating_sub(self.elapsed);
        }
        self.elapsed = elapsed;
    }

    /// Whether there is no progress: the debate is paused and its open calls have ended, or all of them wait
    /// for unavailable hosts.
    fn is_idle(&self) -> bool {
        let is_away = |open: &OpenCall| matches!(open.phase, Some(CallPhase::Away { .. }));
        match self.paused {
            Some(reason) if reason.is_for_hosts() => true,
            Some(_) => self.open.values().all(is_away),
            None => !self.open.is_empty() && self.open.values().all(is_away),
        }
    }

    /// The number of ended calls and those in progress; at least one more than ended if any is open.
    fn calls(&self) -> u32 {
        let works = self.open.values().filter(|open| open.is_worked_on()).count();
        let works = works.max(usize::from(!self.open.is_empty()));
        self.ended.saturating_add(u32::try_from(works).unwrap_or(u32::MAX))
    }

    pub(super) fn on_phase(&mut self, progress: &CallProgress) {
        if let Some(open) = self.open.get_mut(&progress.call) {
            open.phase = Some(progress.phase);
        }
    }

    pub(super) fn on_thought(&mut self, thought: &Thought) {
        if let Some(open) = self.open.get_mut(&thought.call) {
            open.thought.push(thought);
        }
    }

    pub(super) fn on_delta(&mut self, call: CallNo) {
        if let Some(open) = self.open.get_mut(&call) {
            open.speaks = true;
        }
    }

    /// Formats the status line. If the width is too small, the tokens are left out first, then the time and
    /// the calls; the phase and the effect of Ctrl-C are left out last.
    pub(super) fn in_words(&self, transcript: &Transcript, ctrl_c: CtrlC, width: usize) -> String {
        let Some(setup) = &transcript.setup else { return String::new() };
        let hint = match (self.draining, ctrl_c) {
            (true, CtrlC::Menu | CtrlC::Stops) => "stops after these calls, ^C drops them",
            (true, CtrlC::Unmentioned) => "stops after these calls",
            (false, CtrlC::Menu) => "^C: menu",
            (false, CtrlC::Stops) => "^C stops",
            (false, CtrlC::Unmentioned) => "",
        };
        let round = format!("round {} of {}", self.round, setup.config.max_rounds);
        // Each is narrower than the one before. The phase is kept the longest.
        let mut phases = match self.phase {
            "" => vec![round],
            phase => vec![
                format!("{round}, {phase}"),
                format!("round {}, {phase}", self.round),
                phase.to_owned(),
            ],
        };
        let phase = phases[0].clone();
        let planned = setup.limits.planned_calls;
        let calls = match self.calls() {
            0 => None,
            n if n > planned => Some(format!("call {n}")),
            n => Some(format!("call {n} of {planned}")),
        };
        let tokens = Some(format!("{} tokens", grouped(self.tokens)));
        let mut facts: Vec<_> =
            [calls, Some(self.time(planned)), tokens].into_iter().flatten().collect();
        let work = self.work(transcript);
        let wide = |text: &str| display_width(text) + DOT.len() - 1;
        let least = if work.is_empty() { 0 } else { display_width(&work).min(NARROWEST) + 3 };
        let fixed = display_width(&phase) + wide(hint) + least;
        while !facts.is_empty() && fixed + facts.iter().map(|f| wide(f)).sum::<usize>() > width {
            facts.pop();
        }
        let taken = fixed - least + facts.iter().map(|f| wide(f)).sum::<usize>();
        let room = width.saturating_sub(taken + 3);
        let work = Some(work).filter(|work| !work.is_empty() && room >= NARROWEST / 2);
        let work = work.map(|work| cut(&work, room));
        let narrow = phases.pop().unwrap_or_default();
        let fitting = phases.into_iter().find(|phase| display_width(phase) + wide(hint) <= width);
        let phase = fitting.unwrap_or(narrow);
        // The stop that the user has just requested comes first.
        let hint = Some(hint).filter(|hint| !hint.is_empty());
        let (first, last) = if self.draining { (hint, None) } else { (None, hint) };
        let parts = first.into_iter().chain([&*phase]).chain(work.as_deref());
        let parts = parts.chain(facts.iter().map(String::as_str)).chain(last);
        cut(&parts.collect::<Vec<_>>().join(DOT), width)
    }

    /// The time so far, and an estimate for all planned calls once enough calls have ended. An early
    /// consensus makes the debate shorter.
    fn time(&self, planned: u32) -> String {
        let seconds = self.worked.as_secs();
        let passed = format!("{}:{:02}", seconds / 60, seconds % 60);
        if self.ended < MIN_ENDED_CALLS || seconds == 0 {
            return passed;
        }
        let open = u32::try_from(self.open.len()).unwrap_or(u32::MAX);
        let calls = planned.max(self.ended.saturating_add(open));
        let all = self.worked.mul_f64(f64::from(calls) / f64::from(self.ended));
        if all < MIN_ESTIMATE { passed } else { format!("{passed} of at most {}", about(all)) }
    }

    /// Describes the activity of each open call, grouped by activity.
    fn work(&self, transcript: &Transcript) -> String {
        let mut groups: Vec<(Activity, Vec<String>)> = Vec::new();
        for open in self.open.values() {
            let activity = open.activity(transcript);
            let name = open.name(transcript);
            match groups.iter_mut().find(|(known, _)| *known == activity) {
                Some((_, names)) => names.push(name),
                None => groups.push((activity, vec![name])),
            }
        }
        groups.sort_by(|(one, _), (other, _)| one.cmp(other));
        let groups =
            groups.iter().map(|(activity, names)| activity.in_words(&listed(names), names.len()));
        groups.collect::<Vec<_>>().join(", ")
    }
}

/// The phase of a round that a call belongs to.
const fn phase_of(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Opening => "blind opening",
        Purpose::Options => "options",
        Purpose::Argument | Purpose::Move => "discussion",
        Purpose::Ballot => "ballots",
        Purpose::RunOff => "run-off",
        Purpose::Judge => "the judge rules",
    }
}

impl OpenCall {
    /// Whether the call waits neither in a queue nor for a host.
    const fn is_worked_on(&self) -> bool {
        match self.phase {
            Some(CallPhase::Away { .. } | CallPhase::Queued { .. }) => false,
            Some(CallPhase::Loading | CallPhase::Prompting | CallPhase::Generating) | None => true,
        }
    }

    fn activity(&self, transcript: &Transcript) -> Activity {
        match self.phase {
            Some(CallPhase::Away { waited, next_try }) => {
                Activity::WaitsForHost { host: self.host(transcript), waited, next_try }
            }
            Some(CallPhase::Queued { ahead, wait }) => Activity::Waits(ahead, wait),
            Some(CallPhase::Loading) => Activity::Loads(self.model(transcript)),
            Some(CallPhase::Prompting) => Activity::Reads,
            None => Activity::Works("is asked", "are asked"),
            Some(CallPhase::Generating) if self.thought.count > 0 && !self.speaks => {
                Activity::Thinks(self.thought.in_words())
            }
            Some(CallPhase::Generating) => match self.call.purpose {
                Purpose::Opening | Purpose::Argument => Activity::Works("speaks", "speak"),
                Purpose::Ballot | Purpose::RunOff => Activity::Works("votes", "vote"),
                Purpose::Options => Activity::Works("lists the options", "list the options"),
                Purpose::Move => Activity::Works("chooses a speaker", "choose a speaker"),
                Purpose::Judge => Activity::Works("rules", "rule"),
            },
        }
    }

    fn name(&self, transcript: &Transcript) -> String {
        match self.call.purpose {
            // Not the name of an agent, because several agents may use the model.
            Purpose::Options => "the clerk".to_owned(),
            Purpose::Move => "the moderator".to_owned(),
            Purpose::Opening
            | Purpose::Argument
            | Purpose::Ballot
            | Purpose::RunOff
            | Purpose::Judge => transcript.names().get(&self.call.agent_id),
        }
    }

    fn model(&self, transcript: &Transcript) -> String {
        let profile = self.profile(transcript);
        profile.map_or_else(|| self.name(transcript), |profile| printable(profile.model.as_str()))
    }

    fn host(&self, transcript: &Transcript) -> String {
        let profile = self.profile(transcript);
        profile.map_or_else(|| "a host".to_owned(), |profile| printable(profile.host.as_str()))
    }

    fn profile<'a>(&self, transcript: &'a Transcript) -> Option<&'a ParticipantProfile> {
        let agent: &AgentId = &self.call.agent_id;
        let mut profiles = transcript.setup.iter().flat_map(|setup| setup.profiles());
        profiles.find(|profile| profile.agent_id == *agent).map(AsRef::as_ref)
    }
}
