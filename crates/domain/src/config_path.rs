use std::fmt;

/// The place of a value in a [`DebateConfig`](crate::DebateConfig): a field, a key of its
/// `debate_rules`, or one element of either. Displayed as `debate_rules.options[1]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigPath {
    is_rule: bool,
    name: &'static str,
    index: Option<usize>,
}

/// One step of a [`ConfigPath`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathSegment {
    /// A field or key.
    Name(&'static str),
    /// A place in a list, from 0.
    Index(usize),
}

const RULES: &str = "debate_rules";

impl ConfigPath {
    /// A field of the configuration.
    #[must_use]
    pub const fn field(name: &'static str) -> Self {
        Self { is_rule: false, name, index: None }
    }

    /// A key of `debate_rules`.
    #[must_use]
    pub const fn rule(name: &'static str) -> Self {
        Self { is_rule: true, name, index: None }
    }

    /// The element at this place, from 0.
    #[must_use]
    pub const fn at(self, index: usize) -> Self {
        Self { index: Some(index), ..self }
    }

    /// The name of the field, or of the key in `debate_rules`. No two of them are the same.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the value is one of `debate_rules`.
    #[must_use]
    pub const fn is_rule(&self) -> bool {
        self.is_rule
    }

    /// The place in a list, from 0.
    #[must_use]
    pub const fn index(&self) -> Option<usize> {
        self.index
    }

    /// The steps from the whole configuration to the value.
    pub fn segments(&self) -> impl Iterator<Item = PathSegment> + use<> {
        let rules = self.is_rule.then_some(PathSegment::Name(RULES));
        let index = self.index.map(PathSegment::Index);
        rules.into_iter().chain([PathSegment::Name(self.name)]).chain(index)
    }
}

impl fmt::Display for ConfigPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_rule {
            write!(f, "{RULES}.")?;
        }
        f.write_str(self.name)?;
        self.index.map_or(Ok(()), |index| write!(f, "[{index}]"))
    }
}
