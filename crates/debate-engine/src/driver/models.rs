//! The check that hosts serve the models that the debate has recorded.

use std::{future::pending, sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use synod_debate_protocol::{Addressee, Command, NextStep};
use synod_domain::{ModelChange, ParticipantProfile};
use tokio::time::timeout;

use super::{Driver, Halt, seats::Seats};
use crate::ParticipantFactory;

/// The longest time that a host may take to report its models. After that its calls are made, and fail if it
/// does not serve them.
const LIMIT: Duration = Duration::from_secs(30);

/// The check of the models. While it lasts, no call begins.
#[derive(Default)]
pub(super) enum ModelCheck {
    /// The hosts were asked, or the debate has just begun.
    #[default]
    Done,
    /// Before the next call begins, the hosts are asked.
    Due,
    /// The hosts are being asked.
    Asking(BoxFuture<'static, ServedModels>),
}

/// The digests that hosts report for the models of a debate.
pub(crate) struct ServedModels(Vec<(Arc<ParticipantProfile>, Arc<str>)>);

impl ServedModels {
    /// Asks the hosts of these profiles, once for each model.
    pub(crate) async fn ask(
        profiles: impl Iterator<Item = &Arc<ParticipantProfile>>,
        factory: &dyn ParticipantFactory,
    ) -> Self {
        let mut models = Vec::<Arc<ParticipantProfile>>::new();
        for profile in profiles.filter(|profile| profile.digest.is_some()) {
            if !models.iter().any(|known| is_same_model(known, profile)) {
                models.push(Arc::clone(profile));
            }
        }
        let asked = models.into_iter().map(|profile| {
            let served = timeout(LIMIT, factory.served_digest(&profile));
            async move { Some((profile, served.await.ok()??)) }
        });
        let asked: Vec<_> = asked.collect();
        Self(join_all(asked).await.into_iter().flatten().collect())
    }

    /// The digest that the host of a profile reports, if it does.
    pub(crate) fn digest(&self, profile: &ParticipantProfile) -> Option<Arc<str>> {
        let served = self.0.iter().find(|(served, _)| is_same_model(served, profile));
        served.map(|(_, digest)| Arc::clone(digest))
    }
}

impl ModelCheck {
    pub(super) const fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }

    /// The models, once the hosts have reported them. Never, unless they are being asked.
    pub(super) async fn result(&mut self) -> ServedModels {
        match self {
            Self::Asking(asked) => asked.await,
            Self::Done | Self::Due => pending().await,
        }
    }
}

fn is_same_model(one: &ParticipantProfile, other: &ParticipantProfile) -> bool {
    (&one.host, &one.model) == (&other.host, &other.model)
}

impl Driver<'_> {
    /// Whether the models are checked. If not, asks the hosts once calls are due.
    pub(super) fn are_models_checked(&mut self) -> bool {
        match self.models {
            ModelCheck::Done => true,
            ModelCheck::Asking(_) => false,
            ModelCheck::Due => {
                let live = &self.work.live;
                let setup = live.read(|debate| match debate.next_step() {
                    NextStep::Begin(_) => Some(Arc::clone(debate.setup())),
                    NextStep::Wait | NextStep::Done => None,
                });
                let Some(setup) = setup.flatten() else { return false };
                if setup.profiles().all(|profile| profile.digest.is_none()) {
                    self.models = ModelCheck::Done;
                    return true;
                }
                let factory = Arc::clone(&self.work.factory);
                let asked = async move { ServedModels::ask(setup.profiles(), &*factory).await };
                self.models = ModelCheck::Asking(asked.boxed());
                false
            }
        }
    }

    /// Pauses the debate if these models are not those that it has recorded.
    pub(super) async fn compare(&mut self, served: &ServedModels) -> Result<(), Halt> {
        self.models = ModelCheck::Done;
        let changes =
            self.work.live.read(|debate| debate.model_changes(|profile| served.digest(profile)));
        self.pause_for(changes.unwrap_or_default()).await
    }

    /// Whether the host of a step is known to serve another model than the debate has recorded.
    pub(super) fn has_changed_model(&self, asked: Addressee) -> bool {
        let (_, profile) = self.seats.asked(asked);
        let recorded = profile.digest.as_ref();
        let known = recorded.and_then(|_| self.work.factory.known_digest(&profile));
        known.is_some() && known.as_ref() != recorded
    }

    /// Pauses the debate for the models that are known to have changed.
    pub(super) async fn pause_for_known_changes(&mut self) -> Result<(), Halt> {
        let known = |profile: &ParticipantProfile| self.work.factory.known_digest(profile);
        let changes = self.work.live.read(|debate| debate.model_changes(known));
        self.pause_for(changes.unwrap_or_default()).await
    }

    /// Makes the calls with the models that the debate has recorded by now.
    pub(super) fn take_seats(&mut self) {
        let work = &self.work;
        if let Some(setup) = work.live.read(|debate| Arc::clone(debate.setup())) {
            self.seats = Seats::take(work.claim.id, &setup, &*work.factory);
        }
    }

    async fn pause_for(&mut self, changes: Box<[ModelChange]>) -> Result<(), Halt> {
        for change in &changes {
            tracing::warn!(debate.id = %self.work.claim.id, %change, "a model has changed");
        }
        if changes.is_empty() {
            Ok(())
        } else {
            self.carry_out(Command::PauseForModels { changes }).await
        }
    }
}
