use std::{num::NonZeroU32, sync::Arc};

/// The debate, agent or program that a call is made for.
///
/// Within a flow calls are served in the order in which they arrived. The flows of one class share the
/// slots by the tokens that each was served, so a flow with many calls delays only itself. A clone
/// costs a reference count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Flow {
    owner: Owner,
    weight: NonZeroU32,
    is_attended: bool,
    is_accepted: bool,
}

/// The identity of a flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    /// All calls without a named flow are one flow. If each were its own, calls without a name would
    /// go before those with one.
    #[default]
    Unnamed,
    Name(Arc<str>),
    Id([u8; 16]),
}

impl Flow {
    /// The flow of this name, of weight 1.
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self { owner: Owner::Name(name.into()), ..Self::default() }
    }

    /// The flow of the object with this id (the bytes of a UUID), of weight 1.
    #[must_use]
    pub fn of(id: [u8; 16]) -> Self {
        Self { owner: Owner::Id(id), ..Self::default() }
    }

    /// Sets the weight: the share of this flow compared to waiting flows of weight 1. The weight given
    /// with the last call applies.
    #[must_use]
    pub const fn weighing(mut self, weight: NonZeroU32) -> Self {
        self.weight = weight;
        self
    }

    /// Marks a flow in which a person waits for each reply. It may be a few calls ahead of its share,
    /// so that the next question is served soon; in the long run it has its share. Its calls do not
    /// wait for hosts that are away.
    #[must_use]
    pub const fn attended(mut self) -> Self {
        self.is_attended = true;
        self
    }

    /// Marks a flow of work that was accepted earlier, such as a debate, and has few calls at a time. Its calls
    /// wait for their turn however many wait and however long it takes: [`ChatError::Busy`](crate::ChatError::Busy)
    /// would lose a part of that work.
    #[must_use]
    pub const fn accepted(mut self) -> Self {
        self.is_accepted = true;
        self
    }

    pub(super) const fn owner(&self) -> &Owner {
        &self.owner
    }

    pub(super) const fn weight(&self) -> NonZeroU32 {
        self.weight
    }

    pub(crate) const fn is_accepted(&self) -> bool {
        self.is_accepted
    }

    pub(crate) const fn is_attended(&self) -> bool {
        self.is_attended
    }
}

/// The flow that all calls without one share.
impl Default for Flow {
    fn default() -> Self {
        Self {
            owner: Owner::Unnamed,
            weight: NonZeroU32::MIN,
            is_attended: false,
            is_accepted: false,
        }
    }
}
