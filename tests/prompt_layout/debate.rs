//! The prompts of whole debates, with models that reply at once.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use synod_agents::{AgentFactory, Registry};
use synod_debate_engine::{Participant, Progress};
use synod_debate_protocol::{CallEnd, Command, Debate, NextStep, Step};
use synod_domain::{
    AgentId, DebateConfig, DebateId, DebateMode, DebateRules, Event, HostName, ModelName,
    ParticipantProfile, Purpose, Recorded, Scale, Timestamp,
};
use synod_inference::{
    ChatModel, ChatRequest, Flow, ReplyForm, ResolveError, ScriptedModel, ScriptedReply,
};

/// The measured debate: three agents on one model that never agree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) scale: Scale,
    pub(crate) mode: DebateMode,
    pub(crate) is_open: bool,
    pub(crate) rounds: u8,
}

/// A call of the debate.
pub(crate) struct Call {
    pub(crate) purpose: Purpose,
    /// The group of the call. Calls of one group may be made in parallel.
    pub(crate) group: usize,
    /// All messages, joined as by a chat template.
    pub(crate) prompt: String,
}

const AGENTS: [&str; 3] = ["analyst", "critic", "pragmatist"];
const ANSWERS: [&str; 3] =
    ["Close the street to cars", "Keep the street open", "Close it on Saturdays only"];

/// Words of statements, which differ as the statements of models do.
const WORDS: [&str; 40] = [
    "shops",
    "children",
    "the",
    "clinic",
    "needs",
    "a",
    "safer",
    "crossing",
    "before",
    "winter",
    "cars",
    "bring",
    "few",
    "customers",
    "and",
    "parking",
    "costs",
    "more",
    "than",
    "benches",
    "people",
    "who",
    "walk",
    "buy",
    "often",
    "while",
    "drivers",
    "leave",
    "sooner",
    "because",
    "noise",
    "keeps",
    "them",
    "away",
    "from",
    "terraces",
    "in",
    "summer",
    "evenings",
    "mostly",
];

impl Plan {
    /// The calls, in the order in which they begin.
    pub(crate) fn calls(self) -> Vec<Call> {
        let model = ScriptedModel::new("m").answering({
            let mut calls = 0;
            move |request| {
                calls += 1;
                ScriptedReply::text(reply(request, calls, self.scale))
            }
        });
        let mut debate = Held::begun(self.config(), self.scale, &model);
        let (mut calls, mut group, mut last) = (Vec::new(), 0, None);
        while let Some((step, request)) = debate.step(&model) {
            let kind = Some((step.purpose, step.round, step.pass)).filter(|_| is_parallel(&step));
            if kind.is_none() || kind != last {
                group += 1;
            }
            last = kind;
            calls.push(Call { purpose: step.purpose, group, prompt: template(&request) });
        }
        calls
    }

    fn config(self) -> DebateConfig {
        let agents = AGENTS.map(|id| AgentId::new(id).expect("an id")).to_vec();
        let mut config = DebateConfig::structured("Should Mill Street be closed to cars?", agents);
        config.problem_statement =
            "Mill Street has 12 shops, a school and a clinic. A car park is 300 m away.".to_owned();
        config.debate_mode = self.mode;
        (config.max_rounds, config.max_iterations_per_round) = (self.rounds, 1);
        config.consensus_threshold = 1.0;
        config.debate_rules = DebateRules {
            options: (!self.is_open).then(|| ANSWERS.map(str::to_owned).to_vec()),
            min_rounds: self.rounds,
            ..DebateRules::default()
        };
        config
    }
}

/// Whether other calls of the kind may begin before the call has ended.
const fn is_parallel(step: &Step) -> bool {
    match step.purpose {
        Purpose::Opening | Purpose::Ballot | Purpose::RunOff => true,
        Purpose::Argument => step.pass.is_some(),
        Purpose::Options | Purpose::Move | Purpose::Judge => false,
    }
}

/// A debate in progress.
struct Held {
    debate: Debate,
    factory: AgentFactory,
    commands: Vec<Command>,
    runtime: tokio::runtime::Runtime,
}

const AT: Timestamp = Timestamp::from_unix_ms(0);

impl Held {
    fn begun(config: DebateConfig, scale: Scale, model: &ScriptedModel) -> Self {
        let serving: Arc<dyn ChatModel> = Arc::new(model.clone());
        let factory = AgentFactory::new(Arc::new(move |_: &HostName, _: &ModelName| {
            Ok::<_, ResolveError>(Arc::clone(&serving))
        }));
        let registry = Registry::built_in();
        let seat = |id: &AgentId| {
            let (host, model) = (HostName::new("local"), ModelName::new("m"));
            ParticipantProfile::new(id.clone(), host.expect("a name"), model.expect("a name"))
                .with_scale(scale)
                .with_persona(registry.get(id).expect("a built-in agent").persona.clone())
        };
        let seats = config.selected_agents.iter().map(seat).collect();
        let first = Debate::initialize(config.validate().expect("valid"), seats, None, None)
            .expect("it can be held");
        let first = Recorded::new(
            DebateId::from_uuid(Default::default()),
            1,
            AT,
            Event::DebateInitialized(first.into()),
        );
        let debate = Debate::open(&first).expect("it opens");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        Self { debate, factory, commands: vec![Command::Start], runtime }
    }

    /// Makes the next call that is due.
    fn step(&mut self, model: &ScriptedModel) -> Option<(Step, ChatRequest)> {
        for command in std::mem::take(&mut self.commands) {
            for event in self.debate.decide(command, AT).expect("it is due") {
                let (debate_id, seq) = (self.debate.id(), self.debate.seq() + 1);
                self.debate.apply(&Recorded::new(debate_id, seq, AT, event));
            }
        }
        let NextStep::Begin(steps) = self.debate.next_step() else { return None };
        let (step, brief) = (steps[0], self.debate.brief(&steps[0]));
        let agent = self.factory.agent(self.debate.asked(&step), Flow::default());
        let reply = self.runtime.block_on(agent.speak(brief.clone(), Progress::unheard()));
        let reply = reply.expect("a scripted model answers");
        let request = model.record().requests.pop().expect("it was asked");
        self.commands = vec![
            Command::Begin(step),
            Command::Ended {
                call: brief.call,
                how: CallEnd::Replied { cut: reply.cut },
                text: reply.text,
                meta: reply.meta,
            },
        ];
        Some((step, request))
    }
}

fn reply(request: &ChatRequest, call: usize, scale: Scale) -> String {
    let ReplyForm::Json(schema) = &request.form else {
        let answer = ANSWERS[call % 3];
        let words = if scale == Scale::Regular { 80 } else { 45 };
        return match request.messages.len() {
            2 if call <= 3 => format!("Answer: {answer}\n{}", statement(call, words)),
            _ => statement(call, words),
        };
    };
    filled(&serde_json::from_str(schema.get()).expect("a schema"), call).to_string()
}

/// A number of words in sentences of nine.
fn statement(call: usize, words: usize) -> String {
    let word = |i: usize| WORDS[(call * 17 + i * (7 + call % 5 * 2)) % WORDS.len()];
    let sentences: Vec<String> = (0..words)
        .step_by(9)
        .map(|begin| (begin..words.min(begin + 9)).map(word).collect::<Vec<_>>().join(" "))
        .map(|sentence| sentence[..1].to_uppercase() + &sentence[1..] + ".")
        .collect();
    sentences.join(" ")
}

/// A value that is valid under the schema.
fn filled(schema: &Value, call: usize) -> Value {
    if let Some(forms) = schema["anyOf"].as_array() {
        return filled(&forms[0], call);
    }
    if let Some(values) = schema["enum"].as_array() {
        return values[0].clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let field = |(key, schema): (&String, &Value)| (key.clone(), filled(schema, call));
            fields.map(field).collect::<Map<_, _>>().into()
        }
        Some("array") => json!(ANSWERS),
        // Answers are short, statements are not.
        Some("string") if schema["minLength"].as_u64() < Some(20) => json!(ANSWERS[call % 3]),
        _ => json!(statement(call, 45)),
    }
}

/// The messages as ChatML.
fn template(request: &ChatRequest) -> String {
    let message = |message: &synod_inference::Message| {
        let role = format!("{:?}", message.role).to_lowercase();
        format!("<|im_start|>{role}\n{}<|im_end|>\n", message.content)
    };
    request.messages.iter().map(message).chain(["<|im_start|>assistant\n".to_owned()]).collect()
}
