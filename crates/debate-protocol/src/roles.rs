//! The personas that every brief of a debate holds.

use std::sync::Arc;

use synod_domain::{Initialized, ParticipantProfile, Persona};

/// The personas of all participants where everybody asked shares one model on one host, else none.
///
/// They are sorted by their text, so that their order does not follow that of the speakers.
pub(crate) fn shared_by(setup: &Initialized) -> Arc<[Persona]> {
    let Some(first) = setup.participants.first() else { return Arc::default() };
    let others = setup.moderator.iter().chain(&setup.judge);
    if !setup.participants.iter().chain(others).all(|asked| is_served_alike(asked, first)) {
        return Arc::default();
    }
    let mut personas: Vec<_> = setup.participants.iter().map(|asked| &asked.persona).collect();
    personas.sort_unstable_by_key(|persona| (&persona.expertise, &persona.voice));
    personas.dedup();
    personas.into_iter().cloned().collect()
}

/// Whether the calls of both go to the same hosts and the same model.
fn is_served_alike(one: &ParticipantProfile, other: &ParticipantProfile) -> bool {
    (&one.host, &one.model, &one.digest, one.pooled)
        == (&other.host, &other.model, &other.digest, other.pooled)
}
