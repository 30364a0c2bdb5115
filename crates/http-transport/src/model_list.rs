use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error as _, IgnoredAny, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

/// The maximum number of entries that are used of a list.
const MAX_ENTRIES: usize = 10_000;
/// The maximum size of an entry, in bytes.
const MAX_ENTRY: usize = 64 * 1024;

/// The entries of a server's list of models. Null is an empty list.
///
/// An entry that cannot be read is left out; if none can be read, the list is not one of models. Of a longer list the first 10,000 are used.
#[derive(Debug)]
pub struct ModelList<M>(pub Vec<M>);

impl<M> Default for ModelList<M> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<M: DeserializeOwned> ModelList<M> {
    /// Reads the entries of a sequence.
    ///
    /// # Errors
    /// The sequence is not JSON, or no entry can be read.
    pub fn read<'de, A: SeqAccess<'de>>(mut entries: A) -> Result<Self, A::Error> {
        let mut models = Vec::new();
        let (mut count, mut first_error) = (0, None);
        while count < MAX_ENTRIES {
            let Some(entry) = entries.next_element::<&RawValue>()? else { break };
            count += 1;
            match read_entry(entry) {
                Ok(model) => models.push(model),
                Err(error) => {
                    tracing::debug!(%error, "skipped a model that cannot be read");
                    first_error.get_or_insert(error);
                }
            }
        }
        while entries.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        if count > MAX_ENTRIES {
            tracing::info!(
                count,
                used = MAX_ENTRIES,
                "the list of models is too long to be used whole"
            );
        }
        match first_error {
            Some(error) if models.is_empty() => Err(A::Error::custom(error)),
            Some(_) | None => Ok(Self(models)),
        }
    }
}

fn read_entry<M: DeserializeOwned>(entry: &RawValue) -> serde_json::Result<M> {
    if entry.get().len() > MAX_ENTRY {
        return Err(serde_json::Error::custom("an entry of more than 64 KiB"));
    }
    serde_json::from_str(entry.get())
}

impl<'de, M: DeserializeOwned> Deserialize<'de> for ModelList<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<M>(PhantomData<fn() -> M>);

impl<'de, M: DeserializeOwned> Visitor<'de> for ListVisitor<M> {
    type Value = ModelList<M>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of models")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, entries: A) -> Result<ModelList<M>, A::Error> {
        ModelList::read(entries)
    }

    fn visit_unit<E>(self) -> Result<ModelList<M>, E> {
        Ok(ModelList::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_bounded_and_entries_that_cannot_be_read_are_left_out() {
        let read = |json: &str| serde_json::from_str::<ModelList<String>>(json).map(|list| list.0);
        let large = format!("\"{}\"", "x".repeat(MAX_ENTRY));
        assert_eq!(read(&format!("[\"a\",7,{large},null,\"b\"]")).unwrap(), ["a", "b"]);
        assert_eq!(read("null").unwrap(), Vec::<String>::new());
        assert!(read("[]").unwrap().is_empty() && read("[7]").is_err());
        assert!(read("7").is_err() && read("[\"a\"").is_err());
        let long = format!("[{}\"z\"]", "\"a\",".repeat(MAX_ENTRIES));
        assert_eq!(read(&long).unwrap(), vec!["a"; MAX_ENTRIES]);
    }
}
