use std::collections::BTreeMap;

use synod_debate_engine::{CallPhase, CallProgress};
use synod_domain::{CallNo, CallStarted, Event, Purpose};
use synod_transcript::{Transcript, printable};

/// What goes on, for the status line.
#[derive(Default)]
pub(super) struct Status {
    open: BTreeMap<CallNo, (CallStarted, Option<CallPhase>)>,
    calls: u32,
    tokens: u64,
    round: u8,
    draining: bool,
}

impl Status {
    pub(super) fn record(&mut self, event: &Event) {
        self.tokens += event.meta().map_or(0, synod_domain::CallMeta::tokens);
        if let Some(call) = event.ends_call() {
            self.open.remove(&call);
        }
        if let Event::CallStarted(call) = event {
            self.calls += 1;
            self.round = call.round;
            self.open.insert(call.call, (call.clone(), None));
        }
        self.draining |= matches!(event, Event::DebatePaused(_));
    }

    pub(super) fn reach(&mut self, progress: &CallProgress) {
        if let Some((_, reached)) = self.open.get_mut(&progress.call) {
            *reached = Some(progress.phase);
        }
    }

    pub(super) fn in_words(&self, transcript: &Transcript) -> String {
        let Some(setup) = &transcript.setup else { return String::new() };
        let stops =
            if self.draining { "stops after these calls, ^C drops them" } else { "^C stops" };
        let mut parts = vec![format!("round {} of {}", self.round, setup.config.max_rounds)];
        parts.extend(self.work(transcript));
        parts.push(match self.calls {
            1 => "1 call".to_owned(),
            n => format!("{n} calls"),
        });
        parts.push(format!("{} tokens", self.tokens));
        // What the user has just asked for comes first.
        parts.insert(if self.draining { 0 } else { parts.len() }, stops.to_owned());
        parts.join(" · ")
    }

    fn work(&self, transcript: &Transcript) -> Option<String> {
        let (first, phase) = self.open.values().next()?;
        let name = match first.purpose {
            // Neutral, whoever's model it is.
            Purpose::Options => "the clerk".to_owned(),
            Purpose::Move => "the moderator".to_owned(),
            Purpose::Opening
            | Purpose::Argument
            | Purpose::Ballot
            | Purpose::RunOff
            | Purpose::Judge => transcript.names().get(&first.agent_id),
        };
        let model = || {
            let mut seats = transcript.setup.iter().flat_map(|setup| {
                setup.participants.iter().chain(&setup.moderator).chain(&setup.judge)
            });
            let seat = seats.find(|seat| seat.agent_id == first.agent_id);
            seat.map_or_else(|| name.clone(), |seat| printable(seat.model.as_str()))
        };
        let verb = match first.purpose {
            Purpose::Opening | Purpose::Argument => "speaks",
            Purpose::Ballot | Purpose::RunOff => "votes",
            Purpose::Options => "lists the options",
            Purpose::Move => "chooses a speaker",
            Purpose::Judge => "rules",
        };
        let doing = match phase {
            Some(CallPhase::Queued { .. }) => format!("{name} waits"),
            Some(CallPhase::Loading) => format!("{} is loading", model()),
            Some(CallPhase::Prompting) => format!("{name} reads"),
            Some(CallPhase::Generating) | None => format!("{name} {verb}"),
        };
        Some(match self.open.len() - 1 {
            0 => doing,
            more => format!("{doing} ({more} more)"),
        })
    }
}
