use anstyle::{AnsiColor, Style};

/// The role of a text, which determines its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    /// The participant with this index.
    Speaker(usize),
    /// A person who is not a participant.
    Person,
    /// A remark about the debate.
    Note,
    /// Important text.
    Strong,
    /// A successful result.
    Good,
    /// A warning.
    Caution,
}

/// Colours that are distinguishable on dark and light backgrounds.
const SPEAKERS: [AnsiColor; 6] = [
    AnsiColor::Cyan,
    AnsiColor::Magenta,
    AnsiColor::Yellow,
    AnsiColor::Green,
    AnsiColor::Blue,
    AnsiColor::Red,
];

impl Paint {
    pub(super) fn on(self, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        let style = self.style();
        format!("{style}{text}{style:#}")
    }

    fn style(self) -> Style {
        match self {
            Self::Speaker(index) => SPEAKERS[index % SPEAKERS.len()].on_default().bold(),
            Self::Person => Style::new().bold().underline(),
            Self::Note => Style::new().dimmed(),
            Self::Strong => Style::new().bold(),
            Self::Good => AnsiColor::Green.on_default().bold(),
            Self::Caution => AnsiColor::Yellow.on_default(),
        }
    }
}
