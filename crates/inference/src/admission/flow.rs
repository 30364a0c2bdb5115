use std::{num::NonZeroU32, sync::Arc};

/// Whose call it is: the debate, the agent or the program that it is made for.
///
/// Within a flow the first that came is served first. Between the flows of one class, places go
/// by the tokens that each was served, so that one that asks a lot delays nobody but itself. A
/// clone costs a count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Flow {
    owner: Owner,
    weight: NonZeroU32,
    is_attended: bool,
}

/// What makes two flows one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    /// All calls that nobody has named are one flow. Were each its own, calls without a name would
    /// go before those of everyone who gave one.
    #[default]
    Nobody,
    Name(Arc<str>),
    Id([u8; 16]),
}

impl Flow {
    /// The flow of this name, of weight 1.
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self { owner: Owner::Name(name.into()), ..Self::default() }
    }

    /// The flow of the thing with this id (the bytes of a UUID), of weight 1.
    #[must_use]
    pub fn of(id: [u8; 16]) -> Self {
        Self { owner: Owner::Id(id), ..Self::default() }
    }

    /// The same flow with this weight: its share beside flows of weight 1 that wait as well. The
    /// weight of the last call counts.
    #[must_use]
    pub const fn weighing(mut self, weight: NonZeroU32) -> Self {
        self.weight = weight;
        self
    }

    /// The same flow, with somebody who sits there and waits for each reply: it may be a few calls
    /// ahead of its share, so that who asks again is next again. In the long run it has its share. Its
    /// calls do not wait for hosts that are away.
    #[must_use]
    pub const fn attended(mut self) -> Self {
        self.is_attended = true;
        self
    }

    pub(super) const fn owner(&self) -> &Owner {
        &self.owner
    }

    pub(super) const fn weight(&self) -> NonZeroU32 {
        self.weight
    }

    pub(crate) const fn is_attended(&self) -> bool {
        self.is_attended
    }
}

/// Nobody's: shared by all calls without a flow of their own.
impl Default for Flow {
    fn default() -> Self {
        Self { owner: Owner::Nobody, weight: NonZeroU32::MIN, is_attended: false }
    }
}
