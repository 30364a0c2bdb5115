mod context_fit;
mod loading;
mod named_models;
mod trials;

use std::sync::Arc;

use synod_debate_engine::DebateHandle;
use synod_debate_protocol::Debate;
use synod_domain::{DebateId, DebateRules, HostName, Initialized, ParticipantProfile, enumeration};
use synod_event_log::Takeover;
use synod_inference::{Gateway, RequestedModel};
use synod_runtime::Synod;

use super::access::Access;
use crate::{
    CliError,
    args::DebateArgs,
    compose::{self, Embedded, ModelHosts, connect},
    config::{Config, HostKind},
    context,
    environment::Environment,
    output::say,
    participants,
    question::Question,
    store::{self, Store},
};

/// The host name of the embedded model.
const EMBEDDED: &str = "embedded";

/// An open debate and the services that it needs.
pub(in crate::commands) struct OpenDebate {
    pub(super) handle: DebateHandle,
    /// Drives the debate until it is dropped.
    pub(super) synod: Synod,
    pub(super) store: Store,
    pub(super) gateway: Arc<Gateway>,
    pub(super) access: Access,
    /// The name under which this process claims the debate.
    pub(super) worker: String,
}

/// Selects participants and models, and opens the debate.
pub(super) async fn open_debate(
    args: &DebateArgs,
    mut config: Config,
    environment: &Environment,
) -> Result<OpenDebate, CliError> {
    // Before anything slow: a directory that cannot be used is reported at once.
    let store = Store::open(&args.keep, &config.log, environment)?;
    let participants = participants::select(args, &mut config.registry)?;
    let question = Question::find(args).await?;
    let context = context::read(question.context, args.quiet).await?;
    let context = [args.background.as_str(), &context].map(str::trim).join("\n\n");
    let context = context.trim().to_owned();
    let rules = args.config(question.text, participants, context)?;
    let DebateRules { moderator, judge, .. } = &rules.debate_rules;
    for agent in rules.selected_agents.iter().chain(moderator).chain(judge) {
        config.registry.get(agent).map_err(|error| args.with_location(agent, error))?;
    }
    let mut model_hosts = connect(&config, environment, embedded(args)).await?;
    let models = models(args, &model_hosts)?;
    let (registry, gateway) = (&config.registry, Arc::clone(&model_hosts.gateway));
    let assign = || trials::assign(&rules, registry, &models, &gateway, args.quiet);
    let (mut assigned, mut has_loaded) = assign().await;
    if let Err(error) = &assigned
        && loading::may_help(error)
        && loading::wait(&mut model_hosts, args.quiet).await
    {
        let (again, has_loaded_more) = assign().await;
        (assigned, has_loaded) = (again, has_loaded || has_loaded_more);
    }
    if has_loaded {
        // The hosts now report the windows of these models.
        model_hosts.listings = gateway.models().await;
    }
    let profiles = match assigned {
        Ok(profiles) => profiles,
        Err(error) => {
            let error = named_models::describe_all(error, &models, &model_hosts).await;
            return Err(args.with_location_of_models(error));
        }
    };
    let setup =
        Debate::initialize(rules, profiles.participants, profiles.moderator, profiles.judge)
            .map_err(|invalid| CliError::Usage(invalid.to_string()))?;
    context_fit::check(&setup, &mut model_hosts, args.quiet).await?;
    if !args.quiet {
        report_models(&model_hosts, &setup);
        report_unlisted(&model_hosts, &setup);
        report_refusals(&model_hosts, &setup);
    }
    let access = Access::of(&setup, &model_hosts);
    if let Some(why) = access.refusal() {
        return Err(CliError::NoHost(why));
    }
    let settings = store::engine_settings("debate", Takeover::OnRequest);
    let worker = settings.worker.clone();
    let synod = Synod::builder(gateway)
        .with_agents(config.registry)
        .with_log(Arc::clone(&store.log))
        .with_records(Arc::clone(&store.records))
        .with_engine_settings(settings)
        .build();
    let handle = synod.debates().open(setup).await?;
    Ok(OpenDebate { handle, synod, store, gateway: model_hosts.gateway, access, worker })
}

/// Opens a kept debate again, to resume it in this process.
pub(in crate::commands) async fn reopen(
    id: DebateId,
    setup: &Initialized,
    store: Store,
    config: Config,
    environment: &Environment,
) -> Result<OpenDebate, CliError> {
    let uses_embedded = setup.profiles().any(|profile| profile.host.as_str() == EMBEDDED);
    let embedded = if uses_embedded { Embedded::Named } else { Embedded::Never };
    let model_hosts = connect(&config, environment, embedded).await?;
    if let Some(why) = setup.profiles().find_map(|profile| unavailable(profile, &model_hosts)) {
        return Err(CliError::NoHost(format!("{why}; the debate is left as it is")));
    }
    let access = Access::of(setup, &model_hosts);
    let gateway = Arc::clone(&model_hosts.gateway);
    let settings = store::engine_settings("resume", Takeover::OnRequest);
    let worker = settings.worker.clone();
    let synod = Synod::builder(gateway)
        .with_agents(config.registry)
        .with_log(Arc::clone(&store.log))
        .with_records(Arc::clone(&store.records))
        .with_engine_settings(settings)
        .build();
    let handle = synod.debates().get(id).await?;
    Ok(OpenDebate { handle, synod, store, gateway: model_hosts.gateway, access, worker })
}

/// Why the model of a participant cannot be called now. Its calls would fail, and the debate might end for it.
fn unavailable(profile: &ParticipantProfile, model_hosts: &ModelHosts) -> Option<String> {
    let ParticipantProfile { host, model, .. } = profile;
    if host.as_str() == EMBEDDED {
        return None;
    }
    if !model_hosts.hosts().contains(host) {
        return Some(format!(
            "the debate uses the model `{model}` of the host `{host}`, which is not configured here; add \
             [hosts.{host}] to synod.toml"
        ));
    }
    if profile.pooled && model_hosts.infos().any(|info| info.model == *model) {
        return None;
    }
    let mut refusals = model_hosts.refusals().into_iter();
    if let Some((_, refusal)) = refusals.find(|(refusing, _)| *refusing == host) {
        return Some(format!("the debate needs the host `{host}`: {refusal}"));
    }
    // Some hosts list no models, or not all.
    let mut listed = model_hosts.infos().filter(|info| info.host == *host).peekable();
    let is_missing = listed.peek().is_some() && listed.all(|info| info.model != *model);
    is_missing.then(|| {
        let remedy = match model_hosts.server(host).map(|server| server.kind) {
            Some(HostKind::Ollama) => format!("`ollama pull {model}` on that host gets it again"),
            Some(HostKind::OpenAi) | None => "load it there again".to_owned(),
        };
        format!("the host `{host}` no longer has the model `{model}` of the debate ({remedy})")
    })
}

/// Resolves the requested models to the known hosts.
fn models(args: &DebateArgs, model_hosts: &ModelHosts) -> Result<Vec<RequestedModel>, CliError> {
    let mut hosts = model_hosts.hosts();
    hosts.extend(HostName::new(EMBEDDED).ok());
    let lists = |host: &HostName, name: &str| model_hosts.lists(host, name);
    let models = args.models.iter().map(|model| model.resolve(&hosts, lists));
    let models = models.collect::<Result<_, _>>();
    models.map_err(|error| args.with_location_of_models(CliError::Usage(error.to_string())))
}

/// Whether the embedded model may be used.
fn embedded(args: &DebateArgs) -> Embedded {
    if args.models.iter().any(|model| model.names_host(EMBEDDED)) {
        Embedded::Named
    } else if args.models.is_empty() {
        Embedded::IfNeeded
    } else {
        Embedded::Never
    }
}

/// Reports the hosts of the debate, and why the demo model is used if it is.
fn report_models(model_hosts: &ModelHosts, setup: &Initialized) {
    let at = |server: &compose::ModelServer| {
        let serves = setup.profiles().any(|profile| profile.host == server.name);
        serves.then(|| server.name_and_url())
    };
    let hosts: Vec<_> = model_hosts.servers.iter().filter_map(at).collect();
    if !hosts.is_empty() {
        say(&format!("Using {}{}", enumeration(&hosts), replicas(model_hosts, setup)));
    }
    if setup.profiles().any(|profile| profile.host.as_str() == EMBEDDED) {
        say(&match model_hosts.why_embedded.as_deref() {
            None => "The small built-in demo model debates. Expect weak arguments.".to_owned(),
            Some(why) => format!(
                "{why}, so the small built-in demo model debates. Expect weak arguments; \
                 `ollama pull llama3.2:3b` installs a better model."
            ),
        });
    }
}

/// Reports the models of the debate that their hosts do not list, and may serve all the same, and settings for
/// models that an Ollama does not have.
fn report_unlisted(model_hosts: &ModelHosts, setup: &Initialized) {
    let mut models: Vec<_> =
        setup.profiles().map(|profile| (&profile.host, &profile.model)).collect();
    models.sort_unstable();
    models.dedup();
    for (host, model) in models {
        if let Some(note) = model_hosts.unlisted_note(host, model) {
            say(&note);
        }
    }
    for server in &model_hosts.servers {
        for (_, sentence) in model_hosts.missing_in_ollama(server) {
            say(&format!("{} has {sentence}", server.name));
        }
    }
}

/// Reports the configured hosts that refuse access and are not needed.
fn report_refusals(model_hosts: &ModelHosts, setup: &Initialized) {
    for (host, refusal) in model_hosts.refusals() {
        let is_by_hand =
            model_hosts.server(host).is_some_and(|server| server.settings.configured_by_hand());
        // A host may have become available since the first request.
        if is_by_hand && setup.profiles().all(|profile| profile.host != *host) {
            say(&format!("{host} is left out: {refusal}"));
        }
    }
}

/// Describes the other hosts that calls may go to.
fn replicas(model_hosts: &ModelHosts, setup: &Initialized) -> String {
    let pooled = setup.profiles().filter(|profile| profile.pooled);
    let others: Vec<_> = pooled
        .flat_map(|profile| {
            model_hosts.gateway.replicas(&profile.host, &profile.model, profile.digest.as_deref())
        })
        .filter(|other| setup.profiles().all(|profile| profile.host != *other))
        .collect();
    let servers = model_hosts.servers.iter().filter(|server| others.contains(&server.name));
    let servers: Vec<_> = servers.map(compose::ModelServer::name_and_url).collect();
    match servers.as_slice() {
        [] => String::new(),
        [_, ..] => format!("; calls may also go to {}", enumeration(&servers)),
    }
}
