//! The declaration of a key. Everything that names a key is derived from it: the field that holds its
//! value, its name in the file, in variables and in messages, the sample, and `synod config show`.

use toml::Value;

use super::value::KeyValue;

/// A declared key.
#[derive(Debug)]
pub(crate) struct Key {
    /// The name in the file, in variables and in messages.
    pub(crate) name: &'static str,
    /// Another name; empty: none.
    pub(crate) alias: &'static str,
    /// The comment in the sample.
    pub(crate) about: &'static str,
    /// The key that replaces this one, which a later version will no longer accept; empty: none.
    pub(crate) replaced_by: &'static str,
    /// The default, as TOML; empty: none.
    pub(crate) default: &'static str,
    /// The values in the sample, as TOML, each with its table; empty: the default.
    pub(crate) samples: &'static [(&'static str, &'static str)],
    /// The accepted values, as messages print them after "must be".
    pub(crate) takes: &'static str,
    /// The bounds of a number, both included.
    pub(super) range: Option<(f64, f64)>,
    /// Reads the text of a variable.
    pub(super) from_text: fn(&str) -> Value,
    /// Describes a value that is not accepted, where `takes` is not enough.
    pub(super) complaint: fn(&Value) -> Option<String>,
    /// Prints a value as TOML, without secrets.
    pub(super) show: fn(&Value) -> String,
}

impl Key {
    /// The declaration of a key of this type, before its name.
    pub(super) const fn of<T: KeyValue>() -> Self {
        Self {
            name: "",
            alias: "",
            replaced_by: "",
            about: "",
            default: "",
            samples: &[],
            takes: T::TAKES,
            range: None,
            from_text: T::from_text,
            complaint: T::complaint,
            show: T::show,
        }
    }

    /// Whether the name is that of the key or its alias. An alias that is a field of `debate_rules` over
    /// HTTP may have the name of that object before it.
    pub(super) fn is_named(&self, name: &str) -> bool {
        let field = name.strip_prefix("debate_rules.").unwrap_or(name);
        name == self.name || !self.alias.is_empty() && field == self.alias
    }

    /// The bounds of a number, as messages print them after "must be".
    pub(crate) fn bounds(&self) -> Option<&'static str> {
        self.range.map(|_| self.takes)
    }

    /// The flag of the same name.
    pub(crate) fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }

    /// Checks the bounds.
    ///
    /// # Errors
    /// A sentence about the key, which the user wrote as `name`.
    pub(super) fn check(&self, name: &str, value: &Value) -> Result<(), String> {
        let Some((least, most)) = self.range else { return Ok(()) };
        #[expect(clippy::cast_precision_loss, reason = "an imprecise number is out of range")]
        let number = value.as_float().or_else(|| value.as_integer().map(|number| number as f64));
        let Some(number) = number else {
            return Err(format!("`{name}` must be a number: {}", self.takes));
        };
        if (least..=most).contains(&number) {
            return Ok(());
        }
        Err(format!("`{name}` must be {}", self.takes))
    }
}

/// Declares a table of keys: a struct with a field for each key, and its [`Table`](super::table::Table).
///
/// After the name of the struct come the table as messages name it, after a space, and the names of the
/// tables inside it, if there are any. A key is `name: Type { "comment", property: value, … }`, with the
/// properties of [`Key`].
macro_rules! keys {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $Table:ident($place:expr $(, $tables:expr)?) {
            $($key:ident: $Type:ty { $about:literal $(, $property:ident: $value:expr)* $(,)? })*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default)]
        $visibility struct $Table {
            $(
                #[doc = $about]
                pub(crate) $key: Option<$Type>,
            )*
            /// The given values with their sources.
            pub(crate) given: $crate::config::table::GivenValues,
        }

        impl $crate::config::table::Table for $Table {
            const PLACE: &'static str = $place;
            $(const TABLES: &'static [&'static str] = $tables;)?
            const KEYS: &'static [$crate::config::key::Key] = &[$(
                $crate::config::key::Key {
                    name: stringify!($key),
                    about: $about,
                    $($property: $value,)*
                    ..$crate::config::key::Key::of::<$Type>()
                },
            )*];

            fn given(&self) -> &$crate::config::table::GivenValues {
                &self.given
            }

            fn given_mut(&mut self) -> &mut $crate::config::table::GivenValues {
                &mut self.given
            }

            fn put(&mut self, key: &str, value: &toml::Value) -> Option<()> {
                match key {
                    $(stringify!($key) => {
                        self.$key = Some(<$Type as $crate::config::value::KeyValue>::read(value)?);
                    })*
                    _ => return None,
                }
                Some(())
            }
        }
    };
}
pub(super) use keys;
