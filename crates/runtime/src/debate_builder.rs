use std::sync::Arc;

use futures_util::StreamExt;
use synod_debate_engine::{DebateHandle, EngineError, FeedItem};
use synod_domain::{
    AgentId, DebateConfig, DebateMode, Event, InvalidId, PauseReason, Recorded, Verdict,
};

use crate::{OpenError, RunError, Synod};

/// The agents of a debate that names none.
const AGENTS: [&str; 3] = ["analyst", "critic", "pragmatist"];

/// Configures and starts a debate; see [`Synod::debate`].
///
/// The default is a structured debate of three built-in agents with the rounds, threshold and time limits
/// of [`DebateConfig::structured`]. Without options the question is open: the answers of the openings, which
/// participants state in a line `Answer: …`, become the options.
#[derive(Debug)]
#[must_use]
pub struct DebateBuilder {
    synod: Synod,
    config: DebateConfig,
    agents: Vec<String>,
}

impl DebateBuilder {
    pub(crate) fn new(synod: Synod, question: String) -> Self {
        let agents = AGENTS.map(str::to_owned).to_vec();
        Self { synod, config: DebateConfig::structured(question, Vec::new()), agents }
    }

    /// Sets the participants in their order, by the ids of agents or of
    /// [`with_participant`](crate::SynodBuilder::with_participant).
    pub fn agents(self, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { agents: ids.into_iter().map(Into::into).collect(), ..self }
    }

    /// Sets the answers to choose among, 2 to 6.
    pub fn options(self, options: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let options = options.into_iter().map(Into::into).collect();
        self.configure(|config| config.debate_rules.options = Some(options))
    }

    /// Sets the background that all participants read.
    pub fn context(self, context: impl Into<String>) -> Self {
        self.configure(|config| config.problem_statement = context.into())
    }

    /// Sets who speaks when.
    pub fn mode(self, mode: DebateMode) -> Self {
        self.configure(|config| config.debate_mode = mode)
    }

    /// Sets the maximum number of rounds, 1 to 20. A debate with few rounds may need its `min_rounds`
    /// lowered; this does so.
    pub fn rounds(self, rounds: u8) -> Self {
        self.configure(|config| {
            config.max_rounds = rounds;
            let least = &mut config.debate_rules.min_rounds;
            *least = (*least).min(rounds);
        })
    }

    /// Sets the share of all participants that must agree, 0 to 1.
    pub fn threshold(self, share: f64) -> Self {
        self.configure(|config| config.consensus_threshold = share)
    }

    /// Changes any other setting.
    pub fn configure(mut self, change: impl FnOnce(&mut DebateConfig)) -> Self {
        change(&mut self.config);
        self
    }

    /// Opens the debate, starts it, and returns its verdict.
    ///
    /// # Errors
    /// [`RunError`]: the debate could not be opened, the log failed, or the debate paused because hosts serve
    /// no calls. A paused debate can be resumed with the handle in the error.
    pub async fn run(self) -> Result<Arc<Verdict>, RunError> {
        self.run_with(|_| ()).await
    }

    /// Like [`run`](Self::run), and calls `on_event` with each event of the debate.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_with(
        self,
        mut on_event: impl FnMut(&Recorded),
    ) -> Result<Arc<Verdict>, RunError> {
        let debate = self.start().await?;
        let mut feed = debate.watch(0);
        while let Some(item) = feed.next().await {
            let FeedItem::Event(recorded) = item? else { continue };
            on_event(&recorded);
            if let Event::DebateClosed(verdict) = &recorded.event {
                return Ok(Arc::clone(verdict));
            }
            if let Event::DebatePaused(pause) = &recorded.event
                && pause.reason != PauseReason::Command
            {
                return Err(RunError::Paused { debate, pause: Arc::clone(pause) });
            }
        }
        // A feed without a verdict ends when the engine is closed.
        Err(EngineError::Closing.into())
    }

    /// Opens the debate and starts it.
    ///
    /// # Errors
    /// [`OpenError`]: an invalid setting, an unknown agent, no model, or a failed log.
    pub async fn start(self) -> Result<DebateHandle, OpenError> {
        let Self { synod, mut config, agents } = self;
        config.selected_agents =
            agents.into_iter().map(AgentId::new).collect::<Result<_, InvalidId>>()?;
        let debate = synod.open(&config).await?;
        debate.start().await?;
        Ok(debate)
    }
}
