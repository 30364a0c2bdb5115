use std::sync::Arc;

use synod_debate_protocol::Addressee;
use synod_domain::{DebateId, Initialized, ParticipantProfile};

use crate::{Participant, ParticipantFactory};

/// The participants of a debate, created once by the factory.
pub(super) struct Seats {
    participants: Vec<Seat>,
    moderator: Option<Seat>,
    judge: Option<Seat>,
}

struct Seat {
    taken_by: Arc<dyn Participant>,
    profile: Arc<ParticipantProfile>,
}

impl Seats {
    pub(super) fn take(
        debate: DebateId,
        setup: &Initialized,
        factory: &dyn ParticipantFactory,
    ) -> Self {
        let seat = |profile: &Arc<ParticipantProfile>| Seat {
            taken_by: factory.participant(debate, profile),
            profile: Arc::clone(profile),
        };
        Self {
            participants: setup.participants.iter().map(seat).collect(),
            moderator: setup.moderator.as_ref().map(seat),
            judge: setup.judge.as_ref().map(seat),
        }
    }

    /// The participants.
    pub(super) fn participants(&self) -> impl Iterator<Item = &ParticipantProfile> {
        self.participants.iter().map(|seat| &*seat.profile)
    }

    /// The participant that a step asks, and its profile. Participant 0 stands in for a moderator or
    /// judge that the debate does not have.
    pub(super) fn asked(
        &self,
        asked: Addressee,
    ) -> (Arc<dyn Participant>, Arc<ParticipantProfile>) {
        let seat = match asked {
            Addressee::Participant(index) => self.participants.get(index),
            Addressee::Moderator => self.moderator.as_ref(),
            Addressee::Judge { .. } => self.judge.as_ref(),
        };
        let seat = seat.unwrap_or(&self.participants[0]);
        (Arc::clone(&seat.taken_by), Arc::clone(&seat.profile))
    }
}
