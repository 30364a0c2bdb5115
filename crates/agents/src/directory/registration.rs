//! Agents that are added, changed and removed while the system runs.

use std::{panic::resume_unwind, sync::Arc};

use synod_domain::{AgentId, AgentProfile, Timestamp};
use synod_event_log::LogError;

use super::{AgentDirectory, Member, agent_record::AgentRecord};
use crate::{AgentChange, DirectoryError, registry::Flaw, statistics::StatisticsRecord};

impl AgentDirectory {
    /// Adds an agent. Its host and model need not exist yet; until they do, the agent is unavailable.
    ///
    /// Dropping the future does not undo the change.
    ///
    /// # Errors
    /// [`DirectoryError::Taken`], [`DirectoryError::Full`], [`DirectoryError::Store`], or
    /// [`DirectoryError::InvalidProfile`] for the first invalid value.
    pub async fn add(
        &self,
        id: AgentId,
        change: AgentChange,
    ) -> Result<AgentProfile, DirectoryError> {
        let directory = self.clone();
        complete(async move { directory.store_added(id, change).await }).await
    }

    /// Changes an agent.
    ///
    /// Dropping the future does not undo the change.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownAgent`], [`DirectoryError::Store`], or
    /// [`DirectoryError::InvalidProfile`] for the first invalid value.
    pub async fn change(
        &self,
        id: &AgentId,
        change: AgentChange,
    ) -> Result<AgentProfile, DirectoryError> {
        let (directory, id) = (self.clone(), id.clone());
        complete(async move { directory.store_changed(&id, change).await }).await
    }

    /// Removes an agent and its statistics. Its calls and tasks under way continue. A configured agent
    /// stays removed when the system is built again, until an agent of its id is added.
    ///
    /// Dropping the future does not undo the change.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownAgent`], [`DirectoryError::Store`].
    pub async fn remove(&self, id: &AgentId) -> Result<AgentProfile, DirectoryError> {
        let (directory, id) = (self.clone(), id.clone());
        complete(async move { directory.store_removed(&id).await }).await
    }

    /// Applies the stored changes of earlier processes to the configured agents, and reads the stored
    /// statistics. A record that cannot be read is skipped with a warning.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn load(&self) -> Result<(), LogError> {
        let _storing = self.0.storing.lock().await;
        for (key, record) in self.0.records.all::<AgentRecord>().await? {
            match AgentId::new(&key) {
                Ok(id) => self.apply(id, record),
                Err(error) => {
                    tracing::warn!(kind = "agent", key, %error, "skipped a document of no agent");
                }
            }
        }
        let registry = self.registry();
        for (key, record) in self.0.records.all::<StatisticsRecord>().await? {
            if let Some(agent) = AgentId::new(&key).ok().filter(|id| registry.get(id).is_ok()) {
                self.0.services.statistics.restore(agent.clone(), record.into());
                self.note(&agent);
            }
        }
        Ok(())
    }

    /// Returns whether there is an agent of this id, by the store: another process may have added or removed
    /// it.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn has(&self, id: &AgentId) -> Result<bool, LogError> {
        let _storing = self.0.storing.lock().await;
        self.follow_store(id).await?;
        Ok(self.registry().get(id).is_ok())
    }

    /// Adds or removes an agent as another process has done.
    async fn follow_store(&self, id: &AgentId) -> Result<(), LogError> {
        let is_known = self.registry().get(id).is_ok();
        let is_configured = self.0.configured.get(id).is_ok();
        match self.0.records.get::<AgentRecord>(id.as_str()).await? {
            Some(record @ AgentRecord::Added(_)) if !is_known => self.apply(id.clone(), record),
            Some(AgentRecord::Removed) if is_known => self.leave(id),
            None if is_known && !is_configured => self.leave(id),
            Some(AgentRecord::Added(_) | AgentRecord::Changed(_) | AgentRecord::Removed) | None => {
            }
        }
        Ok(())
    }

    fn apply(&self, id: AgentId, record: AgentRecord) {
        let configured = self.0.configured.get(&id).ok().cloned();
        match (record, configured) {
            (AgentRecord::Added(added), configured) => {
                if configured.is_some() {
                    tracing::info!(agent = %id, "the configured agent is replaced by one that was added over HTTP");
                }
                let created_at = added.created_at;
                self.enter(added.into_profile(id), Some(created_at));
            }
            (AgentRecord::Changed(change), Some(configured)) => {
                tracing::info!(agent = %id, "the configured agent has changes that were made over HTTP");
                self.enter(change.over(configured), None);
            }
            (AgentRecord::Changed(_), None) => {
                tracing::warn!(agent = %id, "skipped the changes of an agent that is no longer configured");
            }
            (AgentRecord::Removed, Some(_)) => {
                tracing::info!(agent = %id, "the configured agent was removed over HTTP");
                self.leave(&id);
            }
            (AgentRecord::Removed, None) => {}
        }
    }

    async fn store_added(
        &self,
        id: AgentId,
        change: AgentChange,
    ) -> Result<AgentProfile, DirectoryError> {
        let _storing = self.0.storing.lock().await;
        self.follow_store(&id).await?;
        let agents = {
            let state = self.state();
            if state.members.contains_key(&id) {
                return Err(DirectoryError::Taken { id });
            }
            state.members.len()
        };
        if agents >= Self::MOST {
            return Err(DirectoryError::Full { most: Self::MOST });
        }
        let agent = change.apply(&id, None).map_err(|flaw| invalid(&id, flaw))?;
        let created_at = self.0.services.statistics.now();
        let record = AgentRecord::of_added(&agent, created_at);
        self.0.records.remove::<StatisticsRecord>(id.as_str()).await?;
        self.0.records.put([(id.to_string(), record)]).await?;
        self.0.services.statistics.forget(&id);
        self.enter(agent.clone(), Some(created_at));
        Ok(agent)
    }

    async fn store_changed(
        &self,
        id: &AgentId,
        change: AgentChange,
    ) -> Result<AgentProfile, DirectoryError> {
        let _storing = self.0.storing.lock().await;
        self.follow_store(id).await?;
        let known = self.registry().get(id)?.clone();
        let agent = change.clone().apply(id, Some(known)).map_err(|flaw| invalid(id, flaw))?;
        let record = self.record_of_changed(&agent, &change).await?;
        self.0.records.put([(id.to_string(), record)]).await?;
        self.enter(agent.clone(), None);
        Ok(agent)
    }

    /// Of a configured agent only the changed keys are stored, so that the others follow the configuration.
    async fn record_of_changed(
        &self,
        changed: &AgentProfile,
        change: &AgentChange,
    ) -> Result<AgentRecord, LogError> {
        let id = &changed.id;
        let created_at = self.state().members.get(id).map(|member| member.created_at);
        let created_at = created_at.unwrap_or_else(|| self.0.services.statistics.now());
        if self.0.configured.get(id).is_err() {
            return Ok(AgentRecord::of_added(changed, created_at));
        }
        let earlier = match self.0.records.get(id.as_str()).await? {
            Some(AgentRecord::Added(_)) => return Ok(AgentRecord::of_added(changed, created_at)),
            Some(AgentRecord::Changed(earlier)) => earlier,
            Some(AgentRecord::Removed) | None => AgentChange::default(),
        };
        Ok(AgentRecord::Changed(earlier.followed_by(change, changed)))
    }

    async fn store_removed(&self, id: &AgentId) -> Result<AgentProfile, DirectoryError> {
        let _storing = self.0.storing.lock().await;
        self.follow_store(id).await?;
        let agent = self.registry().get(id)?.clone();
        if self.0.configured.get(id).is_ok() {
            self.0.records.put([(id.to_string(), AgentRecord::Removed)]).await?;
        } else {
            self.0.records.remove::<AgentRecord>(id.as_str()).await?;
        }
        if let Err(error) = self.0.records.remove::<StatisticsRecord>(id.as_str()).await {
            // They are removed when an agent of this id is added.
            tracing::warn!(agent = %id, %error, "the statistics of a removed agent are still stored");
        }
        self.leave(id);
        Ok(agent)
    }

    /// Adds or replaces an agent. Without a time of creation it keeps the one it has.
    fn enter(&self, agent: AgentProfile, created_at: Option<Timestamp>) {
        let id = agent.id.clone();
        let mut state = self.state();
        Arc::make_mut(&mut state.registry).insert(agent);
        let now = self.0.services.statistics.now();
        let member = state.members.entry(id.clone());
        let member = member.or_insert(Member { created_at: now, available: None });
        member.created_at = created_at.unwrap_or(member.created_at);
        drop(state);
        self.note(&id);
    }

    fn leave(&self, id: &AgentId) {
        let mut state = self.state();
        Arc::make_mut(&mut state.registry).remove(id);
        state.members.remove(id);
        self.0.services.statistics.forget(id);
        drop(state);
        self.note(id);
    }
}

/// Completes work even if the caller stops waiting for it: otherwise the store could have a change that
/// the running system has not.
async fn complete<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await.map_err(|error| error.try_into_panic()) {
        Ok(done) => done,
        Err(Ok(panic)) => resume_unwind(panic),
        // The runtime is shutting down, and the caller with it.
        Err(Err(_)) => std::future::pending().await,
    }
}

fn invalid(agent: &AgentId, Flaw { key, detail }: Flaw) -> DirectoryError {
    DirectoryError::InvalidProfile { agent: agent.clone(), key, detail }
}
