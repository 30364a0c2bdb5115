/// Ends a reply before the first of some texts, for hosts that do not. However the reply is cut
/// into pieces, the outcome is the same.
#[derive(Debug)]
pub(super) struct StopFilter {
    stops: Vec<String>,
    /// The end of what came, which may be the beginning of one of the texts.
    held: String,
}

/// What becomes of a piece.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Filtered {
    /// This part of the reply is certain, and it continues.
    Open(String),
    /// The reply ends with this.
    Ended(String),
}

impl StopFilter {
    /// `None`: there is nothing to stop at.
    pub(super) fn new(stops: Vec<String>) -> Option<Self> {
        (!stops.is_empty()).then_some(Self { stops, held: String::new() })
    }

    pub(super) fn push(&mut self, piece: &str) -> Filtered {
        self.held.push_str(piece);
        let found = self.found();
        let begun = self.begun();
        match (found, begun) {
            (Some(at), None) => Filtered::Ended(self.before(at)),
            (Some(at), Some(begun)) if at <= begun => Filtered::Ended(self.before(at)),
            // A text that begins earlier may still be completed.
            (_, Some(begun)) => Filtered::Open(self.before(begun)),
            (None, None) => Filtered::Open(std::mem::take(&mut self.held)),
        }
    }

    /// What was held back, at the end of the reply.
    pub(super) fn rest(&mut self) -> String {
        let end = self.found().unwrap_or(self.held.len());
        self.held.truncate(end);
        std::mem::take(&mut self.held)
    }

    /// Where the first of the texts begins.
    fn found(&self) -> Option<usize> {
        self.stops.iter().filter_map(|stop| self.held.find(stop)).min()
    }

    /// Where the first text begins that is there in part.
    fn begun(&self) -> Option<usize> {
        let longest = self.stops.iter().map(String::len).max().unwrap_or_default();
        let from = self.held.len().saturating_sub(longest.saturating_sub(1));
        let starts = self.held.char_indices().map(|(at, _)| at).skip_while(|at| *at < from);
        starts.into_iter().find(|at| {
            let rest = &self.held[*at..];
            self.stops.iter().any(|stop| stop.len() > rest.len() && stop.starts_with(rest))
        })
    }

    fn before(&mut self, at: usize) -> String {
        let held = self.held.split_off(at);
        std::mem::replace(&mut self.held, held)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filtered(stops: &[String], pieces: &[String]) -> (String, bool) {
        let Some(mut filter) = StopFilter::new(stops.to_vec()) else {
            return (pieces.concat(), false);
        };
        let mut said = String::new();
        for piece in pieces {
            match filter.push(piece) {
                Filtered::Open(text) => said.push_str(&text),
                Filtered::Ended(text) => return (said + &text, true),
            }
        }
        (said + &filter.rest(), false)
    }

    /// The text in pieces, cut where these numbers say.
    fn cut(text: &str, cuts: &[usize]) -> Vec<String> {
        let mut ends: Vec<usize> = cuts
            .iter()
            .map(|cut| cut % (text.len() + 1))
            .filter(|at| text.is_char_boundary(*at))
            .collect();
        ends.sort_unstable();
        ends.push(text.len());
        let mut start = 0;
        let pieces = ends.into_iter().map(|end| {
            let piece = text[start..end].to_owned();
            start = end;
            piece
        });
        pieces.collect()
    }

    #[test]
    fn a_split_stop_text_ends_the_reply_at_the_earliest_match() {
        let stops = ["\n[Speaker".to_owned(), "\nQuestion".to_owned()];
        let pieces = ["We wait.", "\n", "[Spe", "aker B]\nQuestion"].map(str::to_owned);
        assert_eq!(filtered(&stops, &pieces), ("We wait.".to_owned(), true));
        let pieces = ["We wait.\n", "[Spring", " is near"].map(str::to_owned);
        assert_eq!(filtered(&stops, &pieces), ("We wait.\n[Spring is near".to_owned(), false));
        let longer_first = ["abcd".to_owned(), "bc".to_owned()];
        assert_eq!(filtered(&longer_first, &["abc".into(), "d".into()]), (String::new(), true));
        assert_eq!(filtered(&longer_first, &["abc".into(), "x".into()]).0, "a");
        assert_eq!(filtered(&longer_first, &["abc".into()]).0, "a", "the end decides");
    }

    #[test]
    fn text_that_cannot_be_a_stop_text_is_not_held_back() {
        let mut filter = StopFilter::new(vec!["\n\n".to_owned()]).unwrap();
        assert_eq!(filter.push("a line"), Filtered::Open("a line".to_owned()));
        assert_eq!(filter.push("\n"), Filtered::Open(String::new()));
        assert_eq!(filter.push("more"), Filtered::Open("\nmore".to_owned()));
    }

    proptest! {
        #[test]
        fn wherever_a_reply_is_cut_it_ends_before_the_first_stop(
            text in "[ab\né]{0,24}",
            stops in prop::collection::vec("[ab\né]{1,4}", 0..4),
            cuts in prop::collection::vec(0_usize..64, 0..8),
        ) {
            let end = stops.iter().filter_map(|stop| text.find(stop.as_str())).min();
            let expected = &text[..end.unwrap_or(text.len())];
            let (said, _) = filtered(&stops, &cut(&text, &cuts));
            prop_assert_eq!(said, expected);
        }
    }
}
