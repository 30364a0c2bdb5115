use serde_json::Value;

use crate::{Place, abridged_text};

/// Bytes of a key that are quoted.
const LONGEST_KEY: usize = 256;

/// The part of a request that a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The body.
    Body,
    /// The query string.
    Query,
}

impl From<Origin> for Place {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Body => "body".into(),
            Origin::Query => "query".into(),
        }
    }
}

/// The path to a value. It is kept on the stack and written out only for problems.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    Origin(Origin),
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl Path<'_> {
    pub(crate) fn origin(&self) -> Origin {
        match self {
            Self::Origin(origin) => *origin,
            Self::Key(parent, _) | Self::Index(parent, _) => parent.origin(),
        }
    }

    pub(crate) fn places(&self) -> Vec<Place> {
        let (parent, place) = match self {
            Self::Origin(origin) => return vec![(*origin).into()],
            Self::Key(parent, key) => (parent, Place::Key(abridged_text(key, LONGEST_KEY))),
            Self::Index(parent, index) => (parent, Place::from(*index)),
        };
        let mut places = parent.places();
        places.push(place);
        places
    }
}

/// The places of a path that garde wrote, as `debate_rules.options[1]`.
pub(crate) fn places(origin: Origin, path: &str) -> Vec<Place> {
    let steps = path.split(['.', '[']).filter(|step| !step.is_empty());
    let place = |step: &str| {
        let index = step.strip_suffix(']').and_then(|index| index.parse::<usize>().ok());
        index.map_or_else(|| Place::from(step), Place::from)
    };
    std::iter::once(origin.into()).chain(steps.map(place)).collect()
}

/// The value at this path; null if absent.
pub(crate) fn lookup<'a>(value: &'a Value, places: &[Place]) -> &'a Value {
    places.iter().fold(value, |value, place| match place {
        Place::Key(key) => &value[key.as_str()],
        Place::Index(index) => &value[*index],
    })
}
