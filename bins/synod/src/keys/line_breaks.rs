use std::time::Duration;

use tokio::time::Instant;

use super::Key;

/// Text that arrives within this time after an Enter was pasted with it; no one types as fast.
const MAX_GAP: Duration = Duration::from_millis(40);

/// Distinguishes the line breaks of pasted text from Enter where the terminal does not mark pasted
/// text: text follows them at once.
#[derive(Debug, Default)]
pub(super) struct LineBreaks {
    /// The number of Enters that text may follow, and the time of the last one.
    held: Option<(usize, Instant)>,
}

impl LineBreaks {
    /// Returns the keys that are certain, in order, after these were read.
    pub(super) fn after(&mut self, read: Vec<Key>) -> Vec<Key> {
        let mut keys = Vec::with_capacity(read.len());
        for key in read {
            match (key, self.held) {
                (Key::Enter, held) => {
                    let count = held.map_or(0, |(count, _)| count);
                    self.held = Some((count + 1, Instant::now()));
                }
                (key, Some((count, _))) => {
                    self.held = None;
                    let is_text = matches!(key, Key::Char(_) | Key::LineBreak);
                    let before = if is_text { Key::LineBreak } else { Key::Enter };
                    keys.extend(std::iter::repeat_n(before, count));
                    keys.push(key);
                }
                (key, None) => keys.push(key),
            }
        }
        keys
    }

    /// Returns the Enters that no text has followed.
    pub(super) fn entered(&mut self) -> Vec<Key> {
        let is_over = |(_, at): &mut (usize, Instant)| at.elapsed() >= MAX_GAP;
        let held = self.held.take_if(is_over);
        held.map_or_else(Vec::new, |(count, _)| vec![Key::Enter; count])
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const TEXT: Key = Key::Char('x');

    #[tokio::test(start_paused = true)]
    async fn enter_that_text_follows_at_once_is_a_line_break() {
        let mut breaks = LineBreaks::default();
        let keys = breaks.after(vec![TEXT, Key::Enter, Key::Enter, TEXT, Key::Enter]);
        assert_eq!(keys, [TEXT, Key::LineBreak, Key::LineBreak, TEXT]);
        // The rest of a long paste.
        advance(MAX_GAP / 2).await;
        assert_eq!(breaks.entered(), []);
        assert_eq!(breaks.after(vec![TEXT, Key::Enter]), [Key::LineBreak, TEXT]);
        advance(MAX_GAP).await;
        assert_eq!(breaks.entered(), [Key::Enter]);
        assert_eq!(breaks.entered(), []);
        assert_eq!(breaks.after(vec![TEXT]), [TEXT]);
    }

    #[tokio::test(start_paused = true)]
    async fn enter_that_another_key_follows_is_enter() {
        for key in [Key::Escape, Key::Interrupt, Key::Erase] {
            assert_eq!(LineBreaks::default().after(vec![Key::Enter, key]), [Key::Enter, key]);
        }
    }
}
