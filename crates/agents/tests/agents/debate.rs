//! A whole debate by the rules: the rules read every reply that the schemas allow, and prompts keep the
//! invariants of a debate.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use synod_agents::{AgentFactory, Registry};
use synod_debate_engine::{Participant, Progress};
use synod_debate_protocol::{Addressee, CallEnd, Command, Debate, NextStep, Step};
use synod_domain::{
    AgentId, DebateConfig, DebateId, DebateMode, DebateRules, Event, HostName, ModelName,
    MoveSource, ParticipantProfile, Recorded, Rung, Scale, Timestamp,
};
use synod_inference::{
    ChatModel, ChatRequest, Flow, ReplyForm, ResolveError, ScriptedModel, ScriptedReply,
};

use crate::call_harness::user;

/// Words of the log that must not appear in prompts.
const SECRETS: [&str; 3] = ["Zenobia", "xerxes", "frobmodel"];

/// The agents whose personas the participants have.
const PERSONAS: [&str; 3] = ["analyst", "critic", "pragmatist"];

/// Returns a reply that a grammar for the schema would allow.
pub(crate) fn fill(schema: &Value, pick: &mut dyn FnMut(usize) -> usize) -> Value {
    if let Some(forms) = schema["anyOf"].as_array() {
        return fill(&forms[pick(forms.len())], pick);
    }
    if let Some(values) = schema["enum"].as_array() {
        return values[pick(values.len())].clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let properties = schema["properties"].as_object().unwrap();
            let filled = properties.iter().map(|(key, value)| (key.clone(), fill(value, pick)));
            filled.collect::<Map<_, _>>().into()
        }
        Some("array") => {
            let most = usize::try_from(schema["maxItems"].as_u64().unwrap()).unwrap();
            let length = 1 + pick(most);
            (0..length).map(|i| format!("idea {i}")).collect()
        }
        Some("string") => {
            let shortest = usize::try_from(schema["minLength"].as_u64().unwrap()).unwrap();
            json!(format!("text {} {}", pick(99), "x".repeat(shortest)))
        }
        other => panic!("a schema of {other:?}"),
    }
}

pub(crate) struct Run {
    debate: Debate,
    pub(crate) log: Vec<Recorded>,
    /// In the order of the calls.
    pub(crate) requests: Vec<(Step, ChatRequest)>,
}

/// Runs a debate of three participants. `pick` chooses among the values that a schema allows; `speak` returns the
/// statement of a number.
pub(crate) fn run(
    debate_mode: DebateMode,
    rules: DebateRules,
    (rounds, passes): (u8, u8),
    scale: Scale,
    mut pick: impl FnMut(usize) -> usize + Send + 'static,
    speak: impl Fn(u32) -> String + Send + 'static,
) -> Run {
    let mut statements = 0;
    let model = ScriptedModel::new("m").answering(move |request| match &request.form {
        ReplyForm::Json(schema) => {
            let schema = serde_json::from_str(schema.get()).unwrap();
            ScriptedReply::text(fill(&schema, &mut pick).to_string())
        }
        ReplyForm::Text => {
            statements += 1;
            ScriptedReply::text(speak(statements))
        }
    });
    hold(&model, debate_mode, rules, (rounds, passes), scale)
}

/// Runs a debate of three participants on this model.
pub(crate) fn hold(
    model: &ScriptedModel,
    debate_mode: DebateMode,
    rules: DebateRules,
    (rounds, passes): (u8, u8),
    scale: Scale,
) -> Run {
    let serving: Arc<dyn ChatModel> = Arc::new(model.clone());
    let factory = AgentFactory::new(Arc::new(move |_: &HostName, _: &ModelName| {
        Ok::<_, ResolveError>(Arc::clone(&serving))
    }));

    let built_in = Registry::built_in();
    let seat = |i: usize| {
        ParticipantProfile::new(
            AgentId::new(format!("xerxes{i}")).unwrap(),
            HostName::new("local").unwrap(),
            ModelName::new("frobmodel").unwrap(),
        )
        .named(format!("Zenobia {i}"))
        .with_scale(scale)
        .with_persona(
            built_in.get(&AgentId::new(PERSONAS[i % 3]).unwrap()).unwrap().persona.clone(),
        )
    };
    let seats: Vec<_> = (0..3).map(seat).collect();
    let agents = seats.iter().map(|seat| seat.agent_id.clone()).collect();
    let mut config = DebateConfig::structured("What should we do?", agents);
    config.max_rounds = rounds;
    config.max_iterations_per_round = passes;
    config.debate_mode = debate_mode;
    config.debate_rules = rules;

    let at = Timestamp::from_unix_ms(0);
    let mut log = Vec::new();
    let mut record = |event| {
        let seq = log.len() as u64 + 1;
        let debate_id = DebateId::from_uuid(Default::default());
        log.push(Recorded::new(debate_id, seq, at, event));
        log.last().cloned().unwrap()
    };
    let moderator = config.debate_rules.moderator.as_ref().map(|_| seat(8));
    let judge = config.debate_rules.judge.as_ref().map(|_| seat(9));
    let first = Debate::initialize(config.validate().unwrap(), seats, moderator, judge).unwrap();
    let mut debate = Debate::open(&record(Event::DebateInitialized(first.into()))).unwrap();
    let mut requests = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut commands = vec![Command::Start];
    loop {
        for command in commands.drain(..) {
            for event in debate.decide(command, at).unwrap() {
                debate.apply(&record(event));
            }
        }
        let NextStep::Begin(steps) = debate.next_step() else { break };
        let (step, brief) = (steps[0], debate.brief(&steps[0]));
        let agent = factory.agent(debate.asked(&step), Flow::default());
        let reply = runtime.block_on(agent.speak(brief.clone(), Progress::unheard())).unwrap();
        requests.push((step, model.record().requests.pop().unwrap()));
        commands.push(Command::Begin(step));
        commands.push(Command::Ended {
            call: brief.call,
            how: CallEnd::Replied { cut: reply.cut },
            text: reply.text,
            meta: reply.meta,
        });
    }
    Run { debate, log, requests }
}

fn rules() -> impl Strategy<Value = (DebateMode, DebateRules)> {
    let options = vec!["Act now".to_owned(), "Wait".to_owned(), "Ask again".to_owned()];
    let mode = prop_oneof![
        Just(DebateMode::Structured),
        Just(DebateMode::Freeform),
        Just(DebateMode::Autonomous)
    ];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (mode, flags).prop_map(move |(mode, (open, judged, moderated))| {
        let moderated = moderated && mode == DebateMode::Autonomous;
        let rules = DebateRules {
            options: (!open).then(|| options.clone()),
            moderator: moderated.then(|| AgentId::new("xerxes8").unwrap()),
            judge: judged.then(|| AgentId::new("xerxes9").unwrap()),
            ..DebateRules::default()
        };
        (mode, rules)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn replies_allowed_by_schemas_are_read_strictly(
        (mode, rules) in rules(),
        small: bool,
        picks in proptest::collection::vec(any::<u16>(), 1..60),
    ) {
        let scale = if small { Scale::Small } else { Scale::Regular };
        let mut picks = picks.into_iter().cycle();
        let pick = move |n| usize::from(picks.next().unwrap()) % n;
        // A clerk may list whole sentences only, of openings that state no answer in a line.
        let speak = |i| {
            format!("Point{i} stands. Idea 0. Idea 1. Idea 2. Idea 3. Idea 4. Idea 5.")
        };
        let run = run(mode, rules, (2, 2), scale, pick, speak);
        prop_assert!(run.debate.verdict().is_some());
        for recorded in &run.log {
            if let Event::BallotRecorded(ballot) = &recorded.event {
                prop_assert_eq!(ballot.via, Some(Rung::Strict));
            }
            if let Event::MoveChosen(chosen) = &recorded.event {
                prop_assert_eq!(chosen.source, MoveSource::Moderator);
            }
            prop_assert!(!matches!(recorded.event, Event::CallVoided(_)), "{:?}", recorded.event);
        }

        // Invariant 20: prompts identify agents by label only.
        for (_, request) in &run.requests {
            for message in &request.messages {
                prop_assert!(!SECRETS.iter().any(|secret| message.content.contains(secret)));
            }
        }
        // Invariant 19: blind prompts have no statements of peers.
        for (step, request) in run.requests.iter().filter(|(step, _)| step.round == 0) {
            if let Addressee::Participant(_) = step.asked {
                prop_assert!(!user(request).contains("[Speaker"));
            }
        }
        // Invariant 21: the transcript of a prompt is a prefix of every later one.
        let heard: Vec<_> = run.requests.iter().filter_map(|(_, request)| {
            let text = user(request);
            let begin = text.find("\n\nSaid so far:")?;
            // The transcript ends before the first part without a mark.
            let parts = text[begin + 2..].match_indices("\n\n");
            let end = parts.map(|(at, _)| begin + 2 + at).find(|at| !text[*at + 2..].starts_with('['));
            Some(&text[begin..end?])
        }).collect();
        prop_assert!(heard.windows(2).all(|two| two[1].starts_with(two[0])));
        prop_assert!(heard.len() > 3);
    }
}
