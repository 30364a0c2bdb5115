use synod_domain::CallMeta;

use crate::count::counted;

/// Statements of earlier rounds that were left out of prompts because they did not fit the context windows
/// of models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Prompts that were shortened.
    pub prompts: u64,
    /// The maximum number of statements left out of one prompt.
    pub most: u32,
}

impl LeftOut {
    pub(crate) fn note(&mut self, meta: &CallMeta) {
        self.prompts += u64::from(meta.omitted > 0);
        self.most = self.most.max(meta.omitted);
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.prompts += other.prompts;
        self.most = self.most.max(other.most);
    }

    /// A description, such as `up to 6 earlier statements were left out of 3 prompts: the model's window is too
    /// small for all`; `None` if no statement was left out.
    #[must_use]
    pub fn in_words(self) -> Option<String> {
        let Self { prompts, most } = self;
        if prompts == 0 {
            return None;
        }
        let up_to = if prompts == 1 { "" } else { "up to " };
        let were = if most == 1 { "was" } else { "were" };
        Some(format!(
            "{up_to}{} {were} left out of {}: the model's window is too small for all",
            counted(most.into(), "earlier statement"),
            counted(prompts, "prompt")
        ))
    }
}
