use synod_event_log::export::{ExportedDebate, ImportError, Imported};

use crate::output::say;

/// What was done with the debates of a file.
#[derive(Default)]
pub(super) struct Counts {
    new: usize,
    extended: usize,
    known: usize,
    /// Debates that were deleted here.
    skipped: usize,
}

impl Counts {
    pub(super) const fn total(&self) -> usize {
        self.new + self.extended + self.known + self.skipped
    }

    pub(super) fn skip(&mut self, error: &ImportError) {
        self.skipped += 1;
        say(&format!("{error}; it is skipped"));
    }

    pub(super) fn note(&mut self, debate: &ExportedDebate, done: Imported) {
        let id = debate.id;
        match done {
            Imported::New => self.new += 1,
            Imported::Extended { from } => {
                self.extended += 1;
                say(&format!("{id} was kept up to event {from}; the events after it are added"));
            }
            Imported::Known { newer: 0 } => {
                self.known += 1;
                say(&format!("{id} is kept already, and is left as it is"));
            }
            Imported::Known { newer } => {
                self.known += 1;
                say(&format!(
                    "{id} is kept already, with {newer} later events, and is left as it is"
                ));
            }
        }
    }

    /// Such as "2 imported, 1 kept already"; `None` if there were no debates.
    pub(super) fn in_words(&self) -> Option<String> {
        let Self { new, extended, known, skipped } = self;
        let parts = [(new, "imported"), (extended, "completed"), (known, "kept already")];
        let parts = parts.into_iter().chain([(skipped, "skipped")]);
        let parts = parts.filter(|(count, _)| **count > 0);
        let parts: Vec<_> = parts.map(|(count, what)| format!("{count} {what}")).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}
