use synod_domain::{Brief, TranscriptEntry, TurnNo};

/// The part of a transcript that a prompt shows: all of it, or the latest rounds if the window of the model
/// is too small.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Excerpt<'a> {
    shown: &'a [TranscriptEntry],
    current_round: u8,
    omitted: u32,
}

impl<'a> Excerpt<'a> {
    /// The excerpt of an empty transcript.
    pub(crate) const NOTHING: Excerpt<'static> =
        Excerpt { shown: &[], current_round: 0, omitted: 0 };

    /// Returns the whole transcript.
    pub(crate) fn whole(brief: &'a Brief) -> Self {
        Self { shown: &brief.transcript, current_round: brief.round, omitted: 0 }
    }

    /// Returns the last entries.
    pub(crate) fn of_last(entries: usize, brief: &'a Brief) -> Self {
        let left_out = brief.transcript.len().saturating_sub(entries);
        let (left_out, shown) = brief.transcript.split_at(left_out);
        let omitted = u32::try_from(statements(left_out).count()).unwrap_or(u32::MAX);
        Self { shown, current_round: brief.round, omitted }
    }

    /// Returns the excerpt without its oldest round; `None` if only the current round is left.
    pub(crate) fn without_oldest_round(self) -> Option<Self> {
        let oldest = self.shown.first()?.round();
        if oldest >= self.current_round {
            return None;
        }
        let length = self.shown.iter().take_while(|entry| entry.round() == oldest).count();
        let (left_out, shown) = self.shown.split_at(length);
        let statements = statements(left_out).count();
        let omitted = self.omitted + u32::try_from(statements).unwrap_or(u32::MAX);
        Some(Self { shown, omitted, ..self })
    }

    /// Returns the entries shown.
    pub(crate) const fn entries(&self) -> &'a [TranscriptEntry] {
        self.shown
    }

    /// Returns the number of statements left out.
    pub(crate) const fn omitted(&self) -> u32 {
        self.omitted
    }

    /// Whether the statement of this turn is shown.
    pub(crate) fn shows(&self, turn: TurnNo) -> bool {
        statements(self.shown).any(|shown| shown == turn)
    }
}

fn statements(entries: &[TranscriptEntry]) -> impl Iterator<Item = TurnNo> {
    entries.iter().filter_map(|entry| match entry {
        TranscriptEntry::Statement { turn, .. } => Some(*turn),
        TranscriptEntry::Interjection { .. } => None,
    })
}
