//! The message format of gpt-oss: `<|start|>assistant<|channel|>analysis<|message|>…<|end|>`, of
//! which some servers leave out the special tokens, all or a part of them.

use super::marks::{Start, start};

const START: &str = "<|start|>";
const CHANNEL: &str = "<|channel|>";
const MESSAGE: &str = "<|message|>";
const CONSTRAIN: &str = "<|constrain|>";
const ROLE: &str = "assistant";

/// The channels of a message; only the first two are for the user.
const CHANNELS: [&str; 4] = ["final", "assistant", "analysis", "commentary"];

/// A longer text is not a header.
const LONGEST_HEADER: usize = 512;

/// Marks that end a message; the header of the next one is among them.
pub(super) const ENDS: [&str; 5] = ["<|end|>", "<|return|>", "<|call|>", START, CHANNEL];

/// How a next message begins where the special tokens are left out.
pub(super) const FUSED: [&str; 4] =
    ["assistantfinal", "assistantanalysis", "assistantcommentary", "assistant<|channel|>"];

/// The same on a line of its own.
pub(super) const FINAL_LINE: &str = "\nfinal\n";

/// The marks of a header that may follow a thought whose own header is missing.
pub(super) const ORPHANS: [&str; 2] = ["<|start|>assistant", CHANNEL];

/// What a text begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// A header of this many bytes, and then a message.
    Whole {
        length: usize,
        is_reply: bool,
    },
    /// More of the text is needed to decide.
    Open,
    No,
}

/// Reads a header. `is_last`: nothing more comes.
pub(super) fn header(text: &str, is_last: bool) -> Header {
    let reader = Reader { rest: text, is_last };
    match reader.read() {
        Ok((rest, is_reply)) => Header::Whole { length: text.len() - rest.len(), is_reply },
        Err(Stop::Open) if text.len() <= LONGEST_HEADER => Header::Open,
        Err(Stop::Open | Stop::No) => Header::No,
    }
}

struct Reader<'a> {
    rest: &'a str,
    is_last: bool,
}

enum Stop {
    Open,
    No,
}

impl<'a> Reader<'a> {
    /// The text after the header, and whether it is a part of the reply.
    fn read(mut self) -> Result<(&'a str, bool), Stop> {
        let is_started = self.skip(START)?;
        let has_role = self.skip(ROLE)?;
        let has_channel = self.skip(CHANNEL)?;
        if has_channel {
            self.rest = self.rest.trim_start_matches(' ');
        }
        let Some(channel) = self.channel()? else {
            let whole = is_started || !has_role && !has_channel;
            return if whole && self.skip(MESSAGE)? {
                Ok((self.rest, true))
            } else {
                Err(Stop::No)
            };
        };
        if !(is_started || has_role || has_channel || self.continues_a_bare(channel)?) {
            return Err(Stop::No);
        }
        let is_private = self.details()?;
        Ok((self.rest, !is_private && matches!(channel, "final" | "assistant")))
    }

    /// Takes a mark off if the text begins with it.
    fn skip(&mut self, mark: &str) -> Result<bool, Stop> {
        match start(self.rest, mark) {
            Start::Whole if self.rest.starts_with(mark) => {
                self.rest = &self.rest[mark.len()..];
                Ok(true)
            }
            Start::Part if !self.is_last && mark.starts_with(self.rest) => Err(Stop::Open),
            Start::Whole | Start::Part | Start::No => Ok(false),
        }
    }

    fn channel(&mut self) -> Result<Option<&'static str>, Stop> {
        for channel in CHANNELS {
            if self.skip(channel)? {
                return Ok(Some(channel));
            }
        }
        Ok(None)
    }

    /// Behind the bare name of a channel: the mark that belongs there, or, since no word continues like that, the
    /// beginning of a thought.
    fn continues_a_bare(&self, channel: &str) -> Result<bool, Stop> {
        if matches!(start(self.rest, "<|"), Start::Whole) {
            return Ok(true);
        }
        match self.rest.chars().next() {
            None | Some('<') if !self.is_last => Err(Stop::Open),
            Some(c) => {
                let begins_a_sentence = c == '\n' || c.is_uppercase() || !c.is_ascii();
                Ok(channel == "analysis" && begins_a_sentence)
            }
            None => Ok(false),
        }
    }

    /// Skips what may come between the name of a channel and its message; whether the message is
    /// for a tool.
    fn details(&mut self) -> Result<bool, Stop> {
        let mut is_for_a_tool = false;
        loop {
            let (before, spaces) = (self.rest, self.rest.trim_start_matches(' '));
            self.rest = spaces;
            if self.skip(MESSAGE)? {
                return Ok(is_for_a_tool);
            }
            if self.skip(CONSTRAIN)? {
                self.skip_word();
            } else if self.skip("to=")? {
                is_for_a_tool = true;
                self.skip_word();
            } else {
                // The mark of the message is left out, or there is nothing but the header yet.
                self.rest = before;
                let is_over = !spaces.is_empty() || self.is_last;
                return if is_over { Ok(is_for_a_tool) } else { Err(Stop::Open) };
            }
        }
    }

    fn skip_word(&mut self) {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | ':');
        self.rest = self.rest.trim_start_matches(is_part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Header, &str) {
        let header = header(text, true);
        let Header::Whole { length, .. } = header else { return (header, text) };
        (header, &text[length..])
    }

    #[test]
    fn headers_are_read_whole_or_with_tokens_left_out() {
        for (text, is_reply, rest) in [
            ("<|channel|>analysis<|message|>Hm", false, "Hm"),
            ("<|start|>assistant<|channel|>final<|message|>Yes", true, "Yes"),
            ("<|channel|>final <|constrain|>json<|message|>{\"a\":1}", true, "{\"a\":1}"),
            ("<|channel|>final <|constrain|>json{\"a\":1}", true, "{\"a\":1}"),
            ("<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}", false, "{}"),
            ("<|channel|>assistant<|message|>Yes", true, "Yes"),
            ("<|message|>Yes", true, "Yes"),
            ("<|channel|>analysisHm", false, "Hm"),
            ("analysisWe need", false, "We need"),
            ("analysis\nwe need", false, "\nwe need"),
            ("final<|message|>Yes", true, "Yes"),
            ("assistantfinalYes", true, "Yes"),
            ("assistant<|channel|>final<|message|>Yes", true, "Yes"),
        ] {
            let (header, after) = read(text);
            assert!(matches!(header, Header::Whole { is_reply: said, .. } if said == is_reply));
            assert_eq!(after, rest, "{text}");
        }
        for text in ["analysis of lamps", "assistants help", "final words", "<|channel|>9", "Yes"] {
            assert_eq!(read(text).0, Header::No, "{text}");
        }
    }

    #[test]
    fn a_header_is_open_until_it_can_be_recognized() {
        let text = "<|start|>assistant<|channel|>final <|constrain|>json<|message|>";
        for end in 1..text.len() {
            assert_eq!(header(&text[..end], false), Header::Open, "{}", &text[..end]);
        }
    }
}
