use synod_debate_protocol::Debate;
use synod_domain::{
    AgentId, DebateConfig, HostName, Initialized, ModelName, ParticipantProfile, Persona,
};

/// A structured debate among these agents over given options.
///
/// # Panics
/// If an agent's id is invalid.
#[must_use]
pub fn closed_question(agents: &[&str], options: &[&str]) -> DebateConfig {
    let mut config = open_question(agents);
    config.debate_rules.options = Some(options.iter().map(|&text| text.to_owned()).collect());
    config
}

/// A structured debate among these agents that finds its options itself.
///
/// # Panics
/// If an agent's id is invalid.
#[must_use]
pub fn open_question(agents: &[&str]) -> DebateConfig {
    let agents = agents.iter().map(|id| AgentId::new(id).expect("an agent's id")).collect();
    DebateConfig::structured("What is to be done?", agents)
}

/// The first event of a debate whose agents have regular models of their own names.
///
/// # Panics
/// If the configuration is invalid.
#[must_use]
pub fn setup(config: DebateConfig) -> Initialized {
    let participants = config.selected_agents.iter().map(profile).collect();
    let moderator = config.debate_rules.moderator.as_ref().map(profile);
    let judge = config.debate_rules.judge.as_ref().map(profile);
    let config = config.validate().expect("a valid configuration");
    Debate::initialize(config, participants, moderator, judge).expect("a configuration that holds")
}

fn profile(agent: &AgentId) -> ParticipantProfile {
    let host = HostName::new("script").expect("a host's name");
    let model = ModelName::new(agent.as_str()).expect("as long as an agent's id may be");
    ParticipantProfile::new(agent.clone(), host, model).with_persona(Persona::new("a test"))
}
