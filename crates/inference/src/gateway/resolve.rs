use synod_domain::{InvalidId, near_names};

use super::{ExcludedModels, HostModels, OtherModels, ResolveError, host_rank::HostRank};
use crate::{HostError, HostName, ModelInfo, ModelKind, ModelName, ModelRefusal, Scale};

/// Weights above this take long to load and push much out of memory.
const LARGE: u64 = 8 << 30;

/// A model requested by an agent or a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestedModel {
    /// The host; `None`: any.
    pub host: Option<HostName>,
    /// The model; `None`: one is chosen.
    pub model: Option<ModelName>,
}

/// A model on any host.
impl From<ModelName> for RequestedModel {
    fn from(model: ModelName) -> Self {
        Self { host: None, model: Some(model) }
    }
}

impl RequestedModel {
    /// Reads `MODEL` or `HOST/MODEL`. Model names may contain slashes too, so the known hosts decide which
    /// of the two it is. If the host before the slash `lists` a model by the whole name, as a host `org` may
    /// list `org/m-7b`, that model is meant.
    ///
    /// # Errors
    /// [`InvalidId`] if the name is not valid for a model.
    pub fn parse<'a>(
        text: &str,
        hosts: impl IntoIterator<Item = &'a HostName>,
        lists: impl Fn(&HostName, &str) -> bool,
    ) -> Result<Self, InvalidId> {
        let on_host = text.split_once('/').and_then(|(host, model)| {
            let host = hosts.into_iter().find(|known| known.as_str() == host)?;
            Some((host.clone(), if lists(host, text) { text } else { model }))
        });
        let (host, model) = match on_host {
            Some((host, model)) => (Some(host), model),
            None => (None, text),
        };
        Ok(Self { host, model: Some(ModelName::new(model)?) })
    }
}

/// What a choice takes into account beside the listings of the hosts.
pub(super) trait Experience {
    /// What a user can do to have a model, or some model, on a host.
    fn install_hint(&self, host: &HostName, model: Option<&ModelName>) -> Option<String>;

    /// How well a model on a host serves a call now; the least is best.
    fn rank(&self, info: &ModelInfo) -> HostRank;

    /// Why a model is not served, if a call or a load has shown that.
    fn refusal(&self, info: &ModelInfo) -> Option<ModelRefusal>;

    /// Whether calls to a model fail for now.
    fn fails(&self, info: &ModelInfo) -> bool;

    /// A model that a host may serve although it does not list it.
    fn unlisted_model(&self, host: &HostName, model: &ModelName) -> Option<ModelInfo>;

    /// Whether a host has failed, and is avoided.
    fn is_avoided(&self, host: &HostName) -> bool;
}

/// Chooses one model per request from what the hosts offer, in their order of preference.
pub(super) fn choose(
    wanted: &[RequestedModel],
    listings: &[HostModels],
    experience: &dyn Experience,
) -> Result<Vec<ModelInfo>, ResolveError> {
    let chosen = |(index, request): (usize, &RequestedModel)| {
        let offers = Offers::to(request, listings, experience)?;
        match &request.model {
            Some(model) => offers.named(model),
            None => {
                offers.any(wanted[..index].iter().filter(|earlier| *earlier == request).count())
            }
        }
    };
    wanted.iter().enumerate().map(chosen).collect()
}

/// What the hosts that a request allows offer.
struct Offers<'a> {
    infos: Vec<&'a ModelInfo>,
    /// The model of the request on hosts that do not list it and may serve it.
    unlisted: Vec<ModelInfo>,
    asked: Vec<HostName>,
    unanswered: Vec<(HostName, HostError)>,
    experience: &'a dyn Experience,
}

impl<'a> Offers<'a> {
    fn to(
        request: &RequestedModel,
        listings: &'a [HostModels],
        experience: &'a dyn Experience,
    ) -> Result<Self, ResolveError> {
        let mut offers = Self {
            infos: Vec::new(),
            unlisted: Vec::new(),
            asked: Vec::new(),
            unanswered: Vec::new(),
            experience,
        };
        let allowed = |host| request.host.as_ref().is_none_or(|only| only == host);
        let unlisted = |host| experience.unlisted_model(host, request.model.as_ref()?);
        for HostModels { host, models } in listings.iter().filter(|listing| allowed(&listing.host))
        {
            match models {
                Ok(infos) => {
                    offers.asked.push(host.clone());
                    offers.infos.extend(infos);
                    let lists_none = infos.iter().all(|info| info.unlisted);
                    if request.host.is_some() || lists_none {
                        offers.unlisted.extend(unlisted(host));
                    }
                }
                Err(HostError::NotFound { .. }) if let Some(info) = unlisted(host) => {
                    offers.asked.push(host.clone());
                    offers.unlisted.push(info);
                }
                Err(source) if request.host.is_some() => {
                    let (host, source) = (host.clone(), source.clone());
                    return Err(ResolveError::HostUnavailable { host, source });
                }
                Err(error) => offers.unanswered.push((host.clone(), error.clone())),
            }
        }
        Ok(offers)
    }

    fn named(self, model: &ModelName) -> Result<ModelInfo, ResolveError> {
        let found = self.infos.iter().copied().filter(|info| is_named(info, model));
        let key = |info: &&ModelInfo| {
            let exact = info.model == *model;
            let fails = self.experience.fails(info);
            (!self.may_chat(info), !exact, info.remote, fails, self.experience.rank(info))
        };
        match found.min_by_key(key).or_else(|| self.unlisted.first()) {
            Some(info) => match self.why_never(info) {
                None => Ok(info.clone()),
                Some(why) => {
                    let (host, model) = (info.host.clone(), info.model.clone());
                    Err(ResolveError::CannotChat { host, model, why })
                }
            },
            None => Err(ResolveError::ModelNotFound {
                model: model.clone(),
                others: Box::new(OtherModels {
                    near: self.near(model),
                    available: self
                        .infos
                        .iter()
                        .filter(|info| info.chats)
                        .map(|info| info.model.clone())
                        .collect(),
                }),
                install_hint: self.install_hint(Some(model)),
                asked: self.asked,
                unanswered: self.unanswered,
            }),
        }
    }

    /// The model for the `turn`th (0, 1, …) request that names none.
    fn any(self, turn: usize) -> Result<ModelInfo, ResolveError> {
        let free = || self.infos.iter().copied().filter(|info| !info.remote && self.may_chat(info));
        let mut infos: Vec<_> = free().filter(|info| !info.demo).collect();
        if infos.is_empty() {
            infos = free().collect();
        }
        let fails = |info: &ModelInfo| self.experience.fails(info);
        let is_usable = |info: &ModelInfo| !self.experience.is_avoided(&info.host) && !fails(info);
        if infos.iter().any(|info| is_usable(info) && !is_tiny(info)) {
            infos.retain(|info| !is_tiny(info));
        }
        infos.sort_by_key(|info| self.rank(info));
        let Some(&best) = infos.first() else {
            let remote = self.infos.iter().find(|info| info.chats && info.remote);
            let left_out = |info: &&ModelInfo| Some((info.model.clone(), self.why_not(info)?));
            return Err(ResolveError::NoModel {
                left_out: Box::new(ExcludedModels(
                    self.infos.iter().filter_map(left_out).collect(),
                )),
                remote: remote.map(|info| info.model.clone()),
                install_hint: self.install_hint(None),
                asked: self.asked,
                unanswered: self.unanswered,
            });
        };
        let is_other = |info: &&&ModelInfo| {
            family(info) != family(best) && (info.loaded || !is_large(info)) && !fails(info)
        };
        let other = infos.iter().find(is_other).copied();
        Ok(other.filter(|_| turn % 2 == 1).unwrap_or(best).clone())
    }

    /// The least is taken first: on a host that is not avoided; whose calls do not fail; in the list of its
    /// host; known to chat; loaded, of moderate size, large; then by host; then by size.
    fn rank(&self, info: &ModelInfo) -> (bool, bool, bool, bool, u8, Option<usize>, u64) {
        let is_avoided = self.experience.is_avoided(&info.host);
        let fails = self.experience.fails(info);
        let is_doubtful = info.kind != Some(ModelKind::Chat);
        let host = self.asked.iter().position(|host| *host == info.host);
        let size = info.size.unwrap_or_default();
        let (weight, size) = match (info.loaded, is_large(info)) {
            (true, _) => (0, u64::MAX - size),
            (false, false) => (1, u64::MAX - size),
            (false, true) => (2, size),
        };
        (is_avoided, fails, info.unlisted, is_doubtful, weight, host, size)
    }

    fn may_chat(&self, info: &ModelInfo) -> bool {
        self.why_not(info).is_none()
    }

    /// Why a model cannot hold a chat, as far as that is known.
    fn why_not(&self, info: &ModelInfo) -> Option<String> {
        info.no_chat_reason().or_else(|| Some(self.experience.refusal(info)?.why))
    }

    /// The same of a model that is named. One that could not be loaded is to be loaded again.
    fn why_never(&self, info: &ModelInfo) -> Option<String> {
        let refusal = || self.experience.refusal(info).filter(|refusal| !refusal.is_load);
        info.no_chat_reason().or_else(|| Some(refusal()?.why))
    }

    /// Models that can chat, with a similar name.
    fn near(&self, model: &ModelName) -> Vec<ModelName> {
        let names = self.infos.iter().filter(|info| info.chats).map(|info| info.model.as_str());
        let near = near_names(model.as_str(), names);
        near.into_iter().filter_map(|name| ModelName::new(name).ok()).collect()
    }

    fn install_hint(&self, model: Option<&ModelName>) -> Option<String> {
        let unanswered = self.unanswered.iter().map(|(host, _)| host);
        self.asked
            .iter()
            .chain(unanswered)
            .find_map(|host| self.experience.install_hint(host, model))
    }
}

/// The name as written, or without the tag that Ollama implies.
fn is_named(info: &ModelInfo, wanted: &ModelName) -> bool {
    let (name, wanted) = (info.model.as_str(), wanted.as_str());
    let path = wanted.rsplit('/').next().unwrap_or(wanted);
    name == wanted || !path.contains(':') && name.strip_suffix(":latest") == Some(wanted)
}

fn is_large(info: &ModelInfo) -> bool {
    info.size.is_some_and(|size| size > LARGE)
}

fn is_tiny(info: &ModelInfo) -> bool {
    info.scale() == Scale::Tiny
}

fn family(info: &ModelInfo) -> &str {
    let name = info.model.as_str();
    info.family.as_deref().unwrap_or_else(|| name.split_once(':').map_or(name, |(base, _)| base))
}

#[cfg(test)]
mod tests;
