//! A table of the configuration: declared keys and the values that the user gave.

use std::collections::BTreeMap;

use synod_domain::instead_of;
use thiserror::Error;
use toml::Value;

use super::{key::Key, source::Source};

/// A table whose keys are declared with [`keys!`](super::key).
pub(crate) trait Table {
    /// The table in messages about unknown keys, after a space; empty: it is not named.
    const PLACE: &'static str;
    /// The keys, in the order of `config show` and of the sample.
    const KEYS: &'static [Key];
    /// Names of tables inside this one.
    const TABLES: &'static [&'static str] = &[];

    /// The given values with their sources.
    fn given(&self) -> &GivenValues;

    fn given_mut(&mut self) -> &mut GivenValues;

    /// Sets the field of a key; `None` if its type does not accept the value.
    fn put(&mut self, key: &str, value: &Value) -> Option<()>;

    /// Finds a key by its name or alias.
    ///
    /// # Errors
    /// [`InvalidSetting::UnknownKey`].
    fn key(name: &str) -> Result<&'static Key, InvalidSetting> {
        Self::KEYS.iter().find(|key| key.is_named(name)).ok_or_else(|| {
            let known = Self::KEYS.iter().map(|key| key.name);
            let instead = instead_of(name, known.chain(Self::TABLES.iter().copied()));
            InvalidSetting::UnknownKey { name: name.to_owned(), place: Self::PLACE, instead }
        })
    }

    /// Sets a key; overrides an earlier value.
    ///
    /// # Errors
    /// [`InvalidSetting`] if the key is unknown or does not accept the value, or if the same source has
    /// set it by its other name.
    fn set(&mut self, name: &str, value: &Value, source: Source) -> Result<(), InvalidSetting> {
        let key = Self::key(name)?;
        key.check(name, value).map_err(InvalidSetting::Other)?;
        if let Some(other) = self.given().rival(key, name, &source) {
            return Err(InvalidSetting::Other(format!(
                "`{other}` and `{name}` are the same setting; remove one"
            )));
        }
        if self.put(key.name, value).is_none() {
            return Err(match (key.complaint)(value) {
                Some(complaint) => InvalidSetting::Other(complaint),
                None if key.range.is_some() && value.is_float() => {
                    InvalidSetting::Other(format!("`{name}` must be a whole number: {}", key.takes))
                }
                None => InvalidSetting::Value { name: name.to_owned(), takes: key.takes },
            });
        }
        let given = GivenValue { name: name.to_owned(), shown: (key.show)(value), source };
        self.given_mut().0.insert(key.name, given);
        Ok(())
    }

    /// Sets a key from the text of a variable or a flag.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    fn set_text(&mut self, name: &str, text: &str, source: Source) -> Result<(), InvalidSetting> {
        let value = (Self::key(name)?.from_text)(text);
        self.set(name, &value, source)
    }

    /// The given keys that a later version will no longer accept, each with the one that replaces it.
    fn deprecated(&self) -> Vec<String> {
        let given = self.given_in_order().filter(|(key, _)| !key.replaced_by.is_empty());
        given.map(|(key, _)| format!("`{}` (use `{}`)", key.name, key.replaced_by)).collect()
    }

    /// The given values in the order of the keys.
    fn given_in_order(&self) -> impl Iterator<Item = (&'static Key, &GivenValue)> {
        Self::KEYS.iter().filter_map(|key| Some((key, self.given().get(key.name)?)))
    }
}

/// The given values of a table with their sources, by their keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct GivenValues(BTreeMap<&'static str, GivenValue>);

/// A given value.
#[derive(Clone, Debug)]
pub(crate) struct GivenValue {
    /// The key as the user wrote it: its name or its alias.
    name: String,
    /// The value as TOML, without secrets.
    pub(crate) shown: String,
    pub(crate) source: Source,
}

impl GivenValues {
    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&GivenValue> {
        self.0.get(key)
    }

    /// The source of a key's value.
    pub(crate) fn source(&self, key: &str) -> Option<&Source> {
        Some(&self.get(key)?.source)
    }

    /// The places of all values, as messages print them.
    pub(crate) fn places(&self) -> BTreeMap<&'static str, String> {
        self.0.iter().map(|(key, value)| (*key, value.place())).collect()
    }

    /// The other name by which a source of the same rank has set the key.
    fn rival(&self, key: &Key, name: &str, source: &Source) -> Option<&str> {
        let earlier = self.get(key.name)?;
        let is_rival = earlier.source.ranks_like(source) && earlier.name != name;
        is_rival.then_some(&*earlier.name)
    }
}

impl GivenValue {
    /// The key and where it is set, as messages print it.
    fn place(&self) -> String {
        match &self.source {
            Source::File { path, line } => {
                format!("{}, line {line}: `{}`", path.display(), self.name)
            }
            Source::Default | Source::Variable(_) | Source::Flag(_) => self.source.to_string(),
        }
    }
}

/// Errors of a single setting.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum InvalidSetting {
    /// The table has no such key.
    #[error("unknown key `{name}`{place}{instead}")]
    UnknownKey {
        name: String,
        place: &'static str,
        /// The end of the sentence: a similar key, or the keys that exist.
        instead: String,
    },
    /// The key does not accept the value.
    #[error("`{name}` must be {takes}")]
    Value { name: String, takes: &'static str },
    /// Another problem.
    #[error("{0}")]
    Other(String),
}
