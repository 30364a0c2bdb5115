//! A table at which a debate is held by hand.

use std::sync::Arc;

use synod_debate_protocol::{CallEnd, Command, Debate, NextStep, Rejection, Step};
use synod_domain::{
    AgentId, Brief, CallMeta, CallNo, CallTask, DebateConfig, DebateId, DebateMode, Event,
    FailureCause, HostName, ModelName, Move, ParticipantProfile, Persona, Purpose, Recorded,
    Timestamp, Verdict,
};

pub(crate) struct DebateFixture {
    pub(crate) log: Vec<Recorded>,
    pub(crate) debate: Debate,
    pub(crate) now: Timestamp,
    pub(crate) briefs: Vec<Brief>,
}

/// What a scripted call comes to.
#[derive(Clone, Debug)]
pub(crate) enum ScriptedReply {
    Text(String),
    Late(String),
    Failed(FailureCause),
}

impl From<&str> for ScriptedReply {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for ScriptedReply {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

pub(crate) fn agent(id: &str) -> AgentId {
    AgentId::new(id).unwrap()
}

pub(crate) fn seat(id: &str) -> ParticipantProfile {
    let (host, model) = (HostName::new("local").unwrap(), ModelName::new("model").unwrap());
    ParticipantProfile::new(agent(id), host, model)
        .named(format!("Name of {id}"))
        .with_persona(Persona::new(format!("an expert in {id}")))
}

/// A closed question among a, b, c…: two rounds, two passes, all must agree.
pub(crate) fn closed(n: usize, options: &[&str]) -> DebateConfig {
    let ids = (b'a'..).take(n).map(|c| agent(&(c as char).to_string())).collect();
    let mut config = DebateConfig::structured("Should the town ban cars?", ids);
    (config.max_rounds, config.max_iterations_per_round) = (2, 2);
    if !options.is_empty() {
        config.debate_rules.options = Some(options.iter().map(|o| (*o).to_owned()).collect());
    }
    config
}

/// The same, one speaker at a time.
pub(crate) fn in_turns(mode: DebateMode, n: usize, options: &[&str]) -> DebateConfig {
    DebateConfig { debate_mode: mode, ..closed(n, options) }
}

pub(crate) fn open(n: usize) -> DebateConfig {
    closed(n, &[])
}

pub(crate) fn meta() -> CallMeta {
    CallMeta {
        prompt_tokens: 100,
        output_tokens: 10,
        ..CallMeta::of(ModelName::new("model").unwrap())
    }
}

impl DebateFixture {
    pub(crate) fn new(config: DebateConfig) -> Self {
        Self::with(config, |_| {})
    }

    pub(crate) fn with(config: DebateConfig, change: impl Fn(&mut ParticipantProfile)) -> Self {
        let sit = |id: &AgentId| {
            let mut profile = seat(id.as_str());
            change(&mut profile);
            profile
        };
        let seats = config.selected_agents.iter().map(sit).collect();
        let moderator = config.debate_rules.moderator.as_ref().map(sit);
        let judge = config.debate_rules.judge.as_ref().map(sit);
        let first =
            Debate::initialize(config.validate().unwrap(), seats, moderator, judge).unwrap();
        let now = Timestamp::from_unix_ms(1_764_000_000_000);
        let first = Recorded::new(
            DebateId::from_uuid(Default::default()),
            1,
            now,
            Event::DebateInitialized(Arc::new(first)),
        );
        let debate = Debate::open(&first).unwrap();
        Self { log: vec![first], debate, now, briefs: vec![] }
    }

    pub(crate) fn started(config: DebateConfig) -> Self {
        let mut fixture = Self::new(config);
        fixture.command(Command::Start).unwrap();
        fixture
    }

    /// Decides and records; a second passes between batches.
    pub(crate) fn command(&mut self, command: Command) -> Result<Vec<Event>, Rejection> {
        self.now = Timestamp::from_unix_ms(self.now.unix_ms() + 1_000);
        let events = self.debate.decide(command, self.now)?;
        for event in &events {
            let recorded =
                Recorded::new(self.debate.id(), self.debate.seq() + 1, self.now, event.clone());
            self.debate.apply(&recorded);
            self.log.push(recorded);
        }
        Ok(events)
    }

    /// Begins all that is due and gives the briefs of the calls begun.
    pub(crate) fn begin_due(&mut self) -> Vec<Brief> {
        let mut begun = vec![];
        while let Some(brief) = self.begin_one() {
            begun.push(brief);
        }
        begun
    }

    /// Begins the first due step, unless that closes the debate.
    pub(crate) fn begin_one(&mut self) -> Option<Brief> {
        let step = self.due().first().copied()?;
        let brief = self.debate.brief(&step);
        let events = self.command(Command::Begin(step)).unwrap();
        matches!(events[..], [Event::CallStarted(_)]).then(|| {
            self.briefs.push(brief.clone());
            brief
        })
    }

    pub(crate) fn due(&self) -> Vec<Step> {
        match self.debate.next_step() {
            NextStep::Begin(steps) => steps,
            NextStep::Wait | NextStep::Done => vec![],
        }
    }

    pub(crate) fn end(&mut self, call: CallNo, said: impl Into<ScriptedReply>) -> Vec<Event> {
        let (how, text) = match said.into() {
            ScriptedReply::Text(text) => (CallEnd::Replied { cut: false }, text),
            ScriptedReply::Late(text) => (CallEnd::Failed(FailureCause::Deadline), text),
            ScriptedReply::Failed(cause) => (CallEnd::Failed(cause), "so far".into()),
        };
        self.command(Command::Ended { call, how, text, meta: meta() }).unwrap()
    }

    /// Holds the debate to its end.
    pub(crate) fn hold<S: Into<ScriptedReply>>(
        &mut self,
        mut say: impl FnMut(&Brief) -> S,
    ) -> &Verdict {
        loop {
            let begun = self.begin_due();
            if begun.is_empty() {
                break;
            }
            for brief in begun {
                let said = say(&brief);
                self.end(brief.call, said);
            }
        }
        self.verdict()
    }

    pub(crate) fn verdict(&self) -> &Verdict {
        self.debate.verdict().expect("the debate is closed")
    }

    /// Type, and the words that matter of each event.
    pub(crate) fn kinds(&self) -> Vec<&str> {
        self.log.iter().map(|recorded| recorded.event.kind()).collect()
    }

    /// The whole log as its lines.
    pub(crate) fn lines(&self) -> String {
        let line = |recorded| serde_json::to_string(recorded).unwrap() + "\n";
        self.log.iter().map(line).collect()
    }
}

/// Votes by round and index, as `["121", "122"]`; `-` abstains, `x` says something unreadable, `!`
/// fails. Turns are spoken; the clerk lists two options; the moderator takes the first legal move.
pub(crate) fn votes<'a>(fixture: &'a [&'a str]) -> impl FnMut(&Brief) -> ScriptedReply + 'a {
    move |brief| match brief.purpose {
        Purpose::Opening | Purpose::Argument => {
            let turn = brief.turn.unwrap().0;
            let said = format!("Statement {turn} has a point. Then a first and a second one.");
            match &brief.task {
                CallTask::Opening { options: None } => {
                    let answer = ["Second", "First"][brief.label.unwrap().index() % 2];
                    format!("{said}\nAnswer: {answer}").into()
                }
                _ => said.into(),
            }
        }
        Purpose::Options => r#"{"options":["First","Second"]}"#.into(),
        Purpose::Ballot => ballot(fixture[usize::from(brief.round)], brief),
        Purpose::RunOff => ballot(fixture[usize::from(brief.round) + 1], brief),
        Purpose::Judge => "nothing".into(),
        Purpose::Move => legal_moves(brief)[0].to_string().into(),
    }
}

pub(crate) fn legal_moves(brief: &Brief) -> &[Move] {
    match &brief.task {
        CallTask::ChooseMove { moves, .. } => moves,
        task => panic!("{task:?}"),
    }
}

fn ballot(row: &str, brief: &Brief) -> ScriptedReply {
    let index = brief.label.unwrap().index();
    let asks_cause = brief.purpose == Purpose::Ballot && brief.round > 0;
    let cause = if asks_cause { r#","moved_by":"none""# } else { "" };
    let fill = |choice: &str| format!(r#"{{"choice":"{choice}","confidence":0.5{cause}}}"#).into();
    match row.as_bytes()[index] {
        b'-' => fill("abstain"),
        b'x' => "I would rather not say which of O1 and O2.".into(),
        b'!' => ScriptedReply::Failed(FailureCause::ModelError),
        option => fill(&format!("O{}", option as char)),
    }
}
