use crate::ModelKind;

/// Whether a model chats, by its host, its settings and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Abilities {
    pub(crate) chats: bool,
    pub(crate) kind: Option<ModelKind>,
    /// Its host does not report it: this is what its name shows.
    pub(crate) guessed: bool,
}

impl Abilities {
    /// What a user has `set` takes precedence over what the host has `reported` (whether the model chats,
    /// and its kind), and that over the name.
    pub(crate) fn of(
        model: &str,
        reported: Option<(bool, Option<ModelKind>)>,
        set: Option<bool>,
    ) -> Self {
        let by_name = ModelKind::of_name(model);
        let other = |kind: &ModelKind| !kind.chats();
        match (set, reported) {
            (Some(true), _) => Self { chats: true, kind: Some(ModelKind::Chat), guessed: false },
            // A name that shows another kind casts a doubt.
            (None, Some((true, _))) => {
                Self { chats: true, kind: by_name.or(Some(ModelKind::Chat)), guessed: false }
            }
            (Some(false), _) | (None, Some((false, _))) => {
                let kind = reported.and_then(|(_, kind)| kind).or(by_name).filter(other);
                Self { chats: false, kind, guessed: false }
            }
            (None, None) => {
                let chats = by_name.is_none_or(ModelKind::chats);
                Self { chats, kind: by_name, guessed: true }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_count_before_the_host_and_the_host_before_the_name() {
        let reports_chat = Some((true, None));
        let reports_embedding = Some((false, Some(ModelKind::Embedding)));
        for (model, reported, set, expected) in [
            ("llama3", None, None, (true, Some(ModelKind::Chat), true)),
            ("mine", None, None, (true, None, true)),
            ("bge-m3", None, None, (false, Some(ModelKind::Embedding), true)),
            ("mine", reports_chat, None, (true, Some(ModelKind::Chat), false)),
            ("bge-chef", reports_chat, None, (true, Some(ModelKind::Embedding), false)),
            ("llama3", reports_embedding, None, (false, Some(ModelKind::Embedding), false)),
            ("llama3", Some((false, None)), None, (false, None, false)),
            ("bge-m3", reports_embedding, Some(true), (true, Some(ModelKind::Chat), false)),
            ("mine", reports_chat, Some(false), (false, None, false)),
        ] {
            let Abilities { chats, kind, guessed } = Abilities::of(model, reported, set);
            assert_eq!((chats, kind, guessed), expected, "{model} {reported:?} {set:?}");
        }
    }
}
