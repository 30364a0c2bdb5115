use synod_domain::near_names;

use super::{HostModels, LeftOut, OtherModels, ResolveError, standing::Standing};
use crate::{HostError, HostName, ModelCard, ModelKind, ModelName, Scale};

/// Weights above this take long to load and push much out of memory.
const LARGE: u64 = 8 << 30;

/// What a seat asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The host; `None`: any.
    pub host: Option<HostName>,
    /// The model; `None`: one is chosen.
    pub model: Option<ModelName>,
}

/// What a choice takes into account beside what the hosts told.
pub(super) trait Experience {
    /// What a user can do to have a model, or some model, on a host.
    fn how_to_get(&self, host: &HostName, model: Option<&ModelName>) -> Option<String>;

    /// How much a model on a host has to do; the least is best.
    fn standing(&self, card: &ModelCard) -> Standing;

    /// Why a model does not chat, if a call has shown that.
    fn refusal(&self, card: &ModelCard) -> Option<String>;

    /// A host has failed, and is left alone.
    fn is_resting(&self, host: &HostName) -> bool;
}

/// Fills the seats from what the hosts told, in their order of preference.
pub(super) fn choose(
    wanted: &[Wanted],
    listings: &[HostModels],
    experience: &dyn Experience,
) -> Result<Vec<ModelCard>, ResolveError> {
    let fill = |(index, seat): (usize, &Wanted)| {
        let told = Told::to(seat, listings, experience)?;
        match &seat.model {
            Some(model) => told.named(model),
            None => told.any(wanted[..index].iter().filter(|earlier| *earlier == seat).count()),
        }
    };
    wanted.iter().enumerate().map(fill).collect()
}

/// What the hosts that a seat allows told.
struct Told<'a> {
    cards: Vec<&'a ModelCard>,
    asked: Vec<HostName>,
    unanswered: Vec<(HostName, HostError)>,
    experience: &'a dyn Experience,
}

impl<'a> Told<'a> {
    fn to(
        seat: &Wanted,
        listings: &'a [HostModels],
        experience: &'a dyn Experience,
    ) -> Result<Self, ResolveError> {
        let mut told =
            Self { cards: Vec::new(), asked: Vec::new(), unanswered: Vec::new(), experience };
        let allowed = |host| seat.host.as_ref().is_none_or(|only| only == host);
        for HostModels { host, models } in listings.iter().filter(|told| allowed(&told.host)) {
            match models {
                Ok(cards) => {
                    told.asked.push(host.clone());
                    told.cards.extend(cards);
                }
                Err(source) if seat.host.is_some() => {
                    let (host, source) = (host.clone(), source.clone());
                    return Err(ResolveError::HostUnavailable { host, source });
                }
                Err(error) => told.unanswered.push((host.clone(), error.clone())),
            }
        }
        Ok(told)
    }

    fn named(self, model: &ModelName) -> Result<ModelCard, ResolveError> {
        let found = self.cards.iter().filter(|card| is_named(card, model));
        let key = |card: &&&ModelCard| {
            let exact = card.model == *model;
            (!self.may_chat(card), !exact, card.remote, self.experience.standing(card))
        };
        match found.min_by_key(key) {
            Some(card) => match self.why_not(card) {
                None => Ok((*card).clone()),
                Some(why) => {
                    let (host, model) = (card.host.clone(), card.model.clone());
                    Err(ResolveError::CannotChat { host, model, why })
                }
            },
            None => Err(ResolveError::ModelNotFound {
                model: model.clone(),
                others: Box::new(OtherModels {
                    near: self.near(model),
                    available: self
                        .cards
                        .iter()
                        .filter(|card| card.chats)
                        .map(|card| card.model.clone())
                        .collect(),
                }),
                how_to_get: self.remedy(Some(model)),
                asked: self.asked,
                unanswered: self.unanswered,
            }),
        }
    }

    /// The model of the seat that is the `turn`th (0, 1, …) to leave the choice.
    fn any(self, turn: usize) -> Result<ModelCard, ResolveError> {
        let free = || self.cards.iter().copied().filter(|card| !card.remote && self.may_chat(card));
        let mut cards: Vec<_> = free().filter(|card| !card.demo).collect();
        if cards.is_empty() {
            cards = free().collect();
        }
        let is_usable = |card: &ModelCard| !self.experience.is_resting(&card.host);
        if cards.iter().any(|card| is_usable(card) && !is_tiny(card)) {
            cards.retain(|card| !is_tiny(card));
        }
        cards.sort_by_key(|card| self.rank(card));
        let Some(&best) = cards.first() else {
            let remote = self.cards.iter().find(|card| card.chats && card.remote);
            let left_out = |card: &&ModelCard| Some((card.model.clone(), self.why_not(card)?));
            return Err(ResolveError::NoModel {
                left_out: Box::new(LeftOut(self.cards.iter().filter_map(left_out).collect())),
                remote: remote.map(|card| card.model.clone()),
                how_to_get: self.remedy(None),
                asked: self.asked,
                unanswered: self.unanswered,
            });
        };
        let other = cards
            .into_iter()
            .find(|card| family(card) != family(best) && (card.loaded || !is_large(card)));
        Ok(other.filter(|_| turn % 2 == 1).unwrap_or(best).clone())
    }

    /// The least is taken first: on a host that does not rest; known to chat; loaded, of moderate
    /// size, large; then by host; then by size.
    fn rank(&self, card: &ModelCard) -> (bool, bool, u8, Option<usize>, u64) {
        let rests = self.experience.is_resting(&card.host);
        let is_doubtful = card.kind != Some(ModelKind::Chat);
        let host = self.asked.iter().position(|host| *host == card.host);
        let size = card.size.unwrap_or_default();
        let (weight, size) = match (card.loaded, is_large(card)) {
            (true, _) => (0, u64::MAX - size),
            (false, false) => (1, u64::MAX - size),
            (false, true) => (2, size),
        };
        (rests, is_doubtful, weight, host, size)
    }

    fn may_chat(&self, card: &ModelCard) -> bool {
        self.why_not(card).is_none()
    }

    /// Why a model cannot hold a chat, as far as that is known.
    fn why_not(&self, card: &ModelCard) -> Option<String> {
        card.why_no_chat().or_else(|| self.experience.refusal(card))
    }

    /// Models that can chat, with a name much like this one.
    fn near(&self, model: &ModelName) -> Vec<ModelName> {
        let names = self.cards.iter().filter(|card| card.chats).map(|card| card.model.as_str());
        let near = near_names(model.as_str(), names);
        near.into_iter().filter_map(|name| ModelName::new(name).ok()).collect()
    }

    fn remedy(&self, model: Option<&ModelName>) -> Option<String> {
        let unanswered = self.unanswered.iter().map(|(host, _)| host);
        self.asked.iter().chain(unanswered).find_map(|host| self.experience.how_to_get(host, model))
    }
}

/// The name as written, or without the tag that Ollama implies.
fn is_named(card: &ModelCard, wanted: &ModelName) -> bool {
    let (name, wanted) = (card.model.as_str(), wanted.as_str());
    let path = wanted.rsplit('/').next().unwrap_or(wanted);
    name == wanted || !path.contains(':') && name.strip_suffix(":latest") == Some(wanted)
}

fn is_large(card: &ModelCard) -> bool {
    card.size.is_some_and(|size| size > LARGE)
}

fn is_tiny(card: &ModelCard) -> bool {
    card.scale() == Scale::Tiny
}

fn family(card: &ModelCard) -> &str {
    let name = card.model.as_str();
    card.family.as_deref().unwrap_or_else(|| name.split_once(':').map_or(name, |(base, _)| base))
}

#[cfg(test)]
mod tests;
